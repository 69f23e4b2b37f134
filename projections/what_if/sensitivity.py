"""The sensitivity to each open condition: the picture if it is met or fails, and its share of the force held back.

The force held back is what would become available if every open condition were met. A condition's share is its Shapley
value (L. S. Shapley, 1953): what it makes available when it is met after some of the others, on average over all
orders. Shares add up to the whole. Rules count as in the cascade: one condition may satisfy the rule of another.

Up to ``MAX_EXACT`` conditions that matter, every set of them is evaluated; beyond, orders are drawn from a seed, each
with its reverse, and the share has a standard error. Open-ended pledges count with their lower bound; their number is
``open_ended``."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice
from math import comb, factorial, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from domain.checkpoints import checkpoint, unless_stopped
from domain.history.history import View
from domain.refusals import AlreadyDecided, Refused, RuleBroken, Violation
from domain.what_if.assumed_sizes import AssumedSizes
from domain.what_if.chances import SensitivityRequest
from domain.what_if.refusals import IsNotInPeople, NamesNothing
from projections.asof import Basis
from projections.picture.cascade import ResolvedPledge, RuleContext, cascade_of
from projections.picture.figures import Bounds, Figures
from projections.picture.needs import RequirementFigures
from projections.picture.scene import Scene, scene_of
from projections.picture.size import figures_in, size_of
from projections.progress import Step, no_step
from projections.what_if.changed_history import assumed_sizes_in, with_assumed_sizes
from projections.what_if.worlds import Bits, People, Worlds

MAX_EXACT = 20
"""Conditions up to which shares are exact: 2**20 sets are evaluated."""

MAX_SETS = 20
"""The smallest sets returned for a requirement; the answer says whether there are more."""

MAX_SETS_TRIED = 500_000
"""Sets tried, smallest first, if not every set can be evaluated."""

_CHUNK = 1 << 15
FLOAT = NDArray[np.float64]


@dataclass(slots=True)
class Share:
    """People on average over all orders; the standard error is null if the share is exact."""

    min: float
    max: float
    error_min: float | None
    error_max: float | None


@dataclass(slots=True)
class UndisclosedShare:
    """Pledges of undisclosed size: how many become available if the condition alone is met, and its share of all that
    are held back, on average over all orders; the standard error is null if the share is exact."""

    released: int
    share: float
    error: float | None


@dataclass(slots=True)
class ConditionSensitivity:
    """One open condition: the size if it is met, if it fails, and its shares of the force held back, in people and in
    pledges of undisclosed size.

    ``holds``: its rule is satisfied already, so it holds nothing back.
    """

    condition: str
    kind: str
    description: str
    has_rule: bool
    holds: bool
    if_met: Figures
    if_failed: Figures
    share: Share
    undisclosed: UndisclosedShare


@dataclass(slots=True)
class GroupSensitivity:
    """Several conditions that are met or fail together."""

    conditions: list[str]
    if_met: Figures
    if_failed: Figures


@dataclass(slots=True)
class Pair:
    """Two conditions that make nobody available alone, and this many people together."""

    conditions: list[str]
    together: Bounds


@dataclass(slots=True)
class SufficientSets:
    """The smallest sets of open conditions that, met, make the available lower bound reach the required lower bound.

    ``sets`` is empty if no set does; ``is_reached``: none is needed. ``tried_up_to`` is the size up to which all sets
    were examined, ``are_all`` whether all the smallest are listed.
    """

    requirement: str
    required_min: int
    available_min: int
    available_min_if_all_met: int
    is_reached: bool
    sets: list[list[str]]
    are_all: bool
    tried_up_to: int


@dataclass(slots=True)
class Sensitivity:
    """What the size depends on. ``held_back``: the people that become available if every open condition is met, and
    ``held_back_undisclosed`` the pledges of undisclosed size. ``undisclosed`` is what those are assumed to be, if
    anything."""

    basis: Basis
    now: Figures
    if_all_met: Figures
    held_back: Bounds
    held_back_undisclosed: int
    undisclosed: AssumedSizes | None
    open_ended: int
    conditions: list[ConditionSensitivity]
    groups: list[GroupSensitivity]
    method: Literal["exact", "sampled"]
    samples: int | None
    seed: int | None
    pairs: list[Pair]
    reaching: list[SufficientSets]


def sensitivity_of(
    view: View, basis: Basis, asked: SensitivityRequest | None = None, step: Step = no_step
) -> Sensitivity:
    """What the size at a view depends on.

    Raises ``Refused``, by JSON pointer into the question, for what is unknown, not open, or too much.
    """
    asked = asked or SensitivityRequest()
    view = with_assumed_sizes(view, asked.undisclosed)
    scene = scene_of(view)
    _check(asked, scene)
    open_ones = [name for name, condition in scene.world.conditions.items() if not condition.is_decided]
    if_all_met = turned_out(scene, dict.fromkeys(open_ones, "met"))
    worlds = Worlds(scene)
    shares = _Shares(worlds, scene, asked, step)
    return Sensitivity(
        basis=basis,
        now=figures_in(scene),
        if_all_met=figures_in(if_all_met),
        held_back=shares.held_back,
        held_back_undisclosed=shares.held_back_undisclosed,
        undisclosed=assumed_sizes_in(view),
        open_ended=_open_ended(if_all_met) - _open_ended(scene),
        conditions=[_condition(name, scene, shares) for name in unless_stopped(open_ones)],
        groups=[_group(names, scene) for names in unless_stopped(asked.groups)],
        method="exact" if shares.is_exact else "sampled",
        samples=None if shares.is_exact else asked.samples,
        seed=None if shares.is_exact else asked.seed,
        pairs=shares.pairs(),
        reaching=[shares.reaching(required) for required in _requirements(asked, scene)],
    )


def _check(asked: SensitivityRequest, scene: Scene) -> None:
    violations = [
        Violation(0, broken)
        for group, names in enumerate(asked.groups)
        for place, name in enumerate(names)
        if (broken := not_open(name, scene, f"/groups/{group}/{place}")) is not None
    ]
    if violations:
        raise Refused(violations)


def not_open(name: str, scene: Scene, field: str) -> RuleBroken | None:
    """The reason why a condition is already decided, if it is."""
    condition = scene.world.conditions.get(name)
    if condition is None:
        return NamesNothing(f"the condition {name} does not exist on this date", field)
    if condition.is_decided:
        return AlreadyDecided(
            f"the condition {name} is already decided ({condition.status}); only open conditions can vary",
            field,
            (condition.latest.event_id,),
        )
    return None


# --- conditions met or failed -----------------------------------------------------------------------------------------


def turned_out(scene: Scene, statuses: dict[str, Any]) -> Scene:
    """The scene with the cascade as it is if some conditions are met, or have failed."""
    conditions = {
        name: condition._replace(status=statuses[name]) if name in statuses else condition
        for name, condition in scene.world.conditions.items()
    }
    world = RuleContext(conditions, scene.world.members, scene.world.stances)
    pledges = (waiting.pledge for waiting in scene.cascade.waiting)
    return replace(scene, world=world, cascade=cascade_of(pledges, world, scene.valid_us, scene.doubts))


def _condition(name: str, scene: Scene, shares: "_Shares") -> ConditionSensitivity:
    condition = scene.world.conditions[name]
    fact = condition.stated.fact
    return ConditionSensitivity(
        name,
        fact.kind,
        fact.description,
        condition.rule is not None,
        scene.cascade.holds[name],
        figures_in(turned_out(scene, {name: "met"})),
        figures_in(turned_out(scene, {name: "failed"})),
        *shares.of(name),
    )


def _group(names: Sequence[str], scene: Scene) -> GroupSensitivity:
    met, failed = (turned_out(scene, dict.fromkeys(names, status)) for status in ("met", "failed"))
    return GroupSensitivity(list(names), figures_in(met), figures_in(failed))


def _open_ended(scene: Scene) -> int:
    """How many available pledges are in people and have no upper bound."""
    return sum(
        waiting.pledge.purpose == "force"
        and scene.cascade.standing.get(waiting.pledge.pledge) == "available"
        and (size := waiting.range_now) is not None
        and size.max is None
        for waiting in scene.cascade.waiting
    )


def _least(waiting: ResolvedPledge) -> float:
    return float(waiting.personnel_min)


def _undisclosed(waiting: ResolvedPledge) -> float:
    people = waiting.people_now
    return 0.0 if people is None else float(people.undisclosed)


def _most(waiting: ResolvedPledge) -> float:
    size = waiting.range_now
    return 0.0 if size is None else float(size.min if size.max is None else size.max)


# --- all of them together ---------------------------------------------------------------------------------------------


_Shared = tuple[float, float, float]
"""A share of the lower bound, of the upper bound, and of the pledges of undisclosed size; or the errors of these."""

_NO_SHARES: _Shared = (0.0, 0.0, 0.0)


def _shared(of: Iterable[float]) -> _Shared:
    least, most, undisclosed = map(float, of)
    return least, most, undisclosed


class _Shares:
    """The people available by the set of conditions that are met, and what follows from that."""

    def __init__(self, worlds: Worlds, scene: Scene, asked: SensitivityRequest, step: Step) -> None:
        self._worlds = worlds
        self._asked = asked
        self._step = step
        self._scene = scene
        self._least_people = worlds.people(_least)
        self._counted = (self._least_people, worlds.people(_most), worlds.people(_undisclosed))
        holds = scene.cascade.holds
        self._players = [name for name in worlds.conditions if not holds[name]]
        self._bits = np.array([1 << worlds.bit[name] for name in self._players], dtype=np.uint64)
        nothing, everything = self._holding(np.array([0, self._bits.sum()], dtype=np.uint64))
        self._now, self._then = self._people(np.array([nothing, everything], dtype=np.uint64))
        least, most, undisclosed = self._then - self._now
        self.held_back = Bounds(int(least), int(most))
        self.held_back_undisclosed = int(undisclosed)
        self.is_exact = len(self._players) <= MAX_EXACT
        self._holds = self._of_every_set() if self.is_exact else None
        self._shares = self._exact() if self.is_exact else self._sampled()

    def of(self, name: str) -> tuple[Share, UndisclosedShare]:
        """A condition's shares; zero if it does not matter."""
        number = self._players.index(name) if name in self._players else None
        shares, errors = (_NO_SHARES, _NO_SHARES) if number is None else self._shares[number]
        of_least, of_most, of_undisclosed = (None, None, None) if self.is_exact else errors
        released = 0 if number is None else int(self._gain(self._bits[number : number + 1])[0][2])
        return Share(*shares[:2], of_least, of_most), UndisclosedShare(released, shares[2], of_undisclosed)

    def _holding(self, met: Bits) -> Bits:
        return self._worlds.least(met, None, self._least_people)

    def _people(self, holds: Bits) -> FLOAT:
        """The bounds of the people available, and the pledges of undisclosed size, a row for each world."""
        return np.stack([self._worlds.available(holds, one) for one in self._counted], axis=1)

    def _met(self, sets: NDArray[np.uint64]) -> Bits:
        """Sets of players, a bit for each in their own order, as the conditions that are met."""
        met = np.zeros(len(sets), dtype=np.uint64)
        for number, bit in enumerate(self._bits):
            met |= np.where(sets >> np.uint64(number) & np.uint64(1), bit, np.uint64(0))
        return met

    # --- every set ---

    def _of_every_set(self) -> Bits:
        """What holds when each set of players is met, by the set as a number."""
        count = 1 << len(self._players)
        found = np.empty(count, dtype=np.uint64)
        for start in range(0, count, _CHUNK):
            sets = np.arange(start, min(start + _CHUNK, count), dtype=np.uint64)
            found[start : start + _CHUNK] = self._holding(self._met(sets))
            checkpoint()
            self._step(min(start + _CHUNK, count), count)
        return found

    def _value_of_every_set(self, people: list[People]) -> FLOAT:
        assert self._holds is not None
        chunks = (self._holds[start : start + _CHUNK] for start in range(0, len(self._holds), _CHUNK))
        return np.concatenate([self._worlds.available(chunk, people) for chunk in unless_stopped(chunks)])

    def _exact(self) -> list[tuple[_Shared, _Shared]]:
        columns = [shapley(self._value_of_every_set(people), len(self._players)) for people in self._counted]
        return [(_shared(one), _NO_SHARES) for one in zip(*columns, strict=True)]

    # --- orders drawn ---

    def _sampled(self) -> list[tuple[_Shared, _Shared]]:
        """Draw orders, each with its reverse; the mean of such a pair is one sample."""
        chance = np.random.Generator(np.random.PCG64(self._asked.seed))
        count, size = self._asked.samples, len(self._players)
        at_once = max(1, _CHUNK // (2 * (size + 1)))
        samples = np.empty((count, size, len(self._counted)))
        for start in range(0, count, at_once):
            orders = np.argsort(chance.random((min(at_once, count - start), size)), axis=1)
            brought = (self._brought_in(orders) + self._brought_in(orders[:, ::-1])) / 2
            samples[start : start + len(orders)] = brought
            checkpoint()
            self._step(start + len(orders), count)
        means, errors = samples.mean(axis=0), samples.std(axis=0, ddof=1) / sqrt(count)
        return [(_shared(mean), _shared(error)) for mean, error in zip(means, errors, strict=True)]

    def _brought_in(self, orders: NDArray[np.int64]) -> FLOAT:
        """What each player adds after those before it: by order, player, and bound."""
        met = np.zeros((len(orders), orders.shape[1] + 1), dtype=np.uint64)
        met[:, 1:] = np.bitwise_or.accumulate(self._bits[orders], axis=1)
        people = self._people(self._holding(met.ravel())).reshape(*met.shape, len(self._counted))
        steps = np.diff(people, axis=1)
        brought: FLOAT = np.empty_like(steps)
        np.put_along_axis(brought, orders[:, :, None], steps, axis=1)
        return brought

    # --- pairs and sets ---

    def pairs(self) -> list[Pair]:
        """The pairs that matter only together, the largest first."""
        names = self._players
        alone = self._gain(self._bits)[:, :2]
        pairs = [(one, other) for one, other in combinations(range(len(names)), 2)]
        if not pairs:
            return []
        first, second = np.array(pairs).T
        together = self._gain(self._bits[first] | self._bits[second])[:, :2]
        idle = alone.sum(axis=1) == 0
        matter = np.logical_and.reduce((idle[first], idle[second], together.any(axis=1)))
        found = [
            Pair([names[first[index]], names[second[index]]], Bounds(*map(int, together[index])))
            for index in np.flatnonzero(matter)
        ]
        return sorted(found, key=lambda pair: (-(pair.together.max or 0), -(pair.together.min or 0), pair.conditions))

    def _gain(self, met: Bits) -> FLOAT:
        gain: FLOAT = self._people(self._holding(met)) - self._now
        return gain

    def reaching(self, required: RequirementFigures) -> SufficientSets:
        """The smallest sets that reach a requirement."""
        target = required.min or 0
        people = self._worlds.people(lambda waiting: _least(waiting) if counts_for(required, waiting) else 0.0)
        everything = np.array([0, self._bits.sum()], dtype=np.uint64)
        now, then = self._worlds.available(self._holding(everything), people)
        reach = SufficientSets(required.requirement, target, int(now), int(then), bool(now >= target), [], True, 0)
        if now >= target or then < target:
            return reach
        sets, reach.tried_up_to, are_all = self._smallest(people, target)
        reach.sets = [[self._players[number] for number in one] for one in sets[:MAX_SETS]]
        reach.are_all = are_all and len(sets) <= MAX_SETS
        return reach

    def _smallest(self, people: list[People], target: float) -> tuple[list[tuple[int, ...]], int, bool]:
        """The smallest sets of players with which so many are available, the size up to which all sets were looked at,
        and whether all of the smallest were found."""
        if self.is_exact:
            numbers = np.flatnonzero(self._value_of_every_set(people) >= target).astype(np.uint64)
            sizes = np.bitwise_count(numbers)
            smallest = numbers[sizes == sizes.min()]
            players = range(len(self._players))
            sets = [tuple(player for player in players if int(one) >> player & 1) for one in smallest]
            return sorted(sets), len(self._players), True
        return self._smallest_tried(people, target)

    def _smallest_tried(self, people: list[People], target: float) -> tuple[list[tuple[int, ...]], int, bool]:
        tried = 0
        for size in range(1, len(self._players) + 1):
            room = MAX_SETS_TRIED - tried
            tried += comb(len(self._players), size)
            candidates = islice(combinations(range(len(self._players)), size), room)
            found = list(self._those_that_reach(candidates, people, target))
            is_whole = tried <= MAX_SETS_TRIED
            if found or not is_whole:
                return found, size if is_whole else size - 1, is_whole
        return [], len(self._players), True

    def _those_that_reach(
        self, candidates: Iterator[tuple[int, ...]], people: list[People], target: float
    ) -> Iterator[tuple[int, ...]]:
        while chunk := list(islice(candidates, _CHUNK)):
            met = np.bitwise_or.reduce(self._bits[np.array(chunk)], axis=1)
            reached = self._worlds.available(self._holding(met), people) >= target
            yield from (chunk[index] for index in np.flatnonzero(reached))
            checkpoint()
            self._step(0, MAX_SETS_TRIED)


def shapley(values: FLOAT, players: int) -> FLOAT:
    """The Shapley values of a game given by the value of every set, the set as a number whose bits are the players."""
    sizes = np.bitwise_count(np.arange(1 << max(0, players - 1), dtype=np.uint64))
    weights = np.array(
        [factorial(size) * factorial(players - size - 1) / factorial(players) for size in range(players)]
    )
    by_set = weights[sizes] if players else np.ones(1)
    shares = np.empty(players)
    for player in unless_stopped(range(players)):
        halves = values.reshape(-1, 2, 1 << player)
        shares[player] = by_set @ (halves[:, 1, :] - halves[:, 0, :]).ravel()
    return shares


def _requirements(asked: SensitivityRequest, scene: Scene) -> list[RequirementFigures]:
    """The requirements to be reached: those named, or all in people with a lower bound."""
    required = {one.requirement: one for one in size_of(scene).required}
    if asked.requirements is None:
        return [one for one in required.values() if is_in_people(one)]
    violations = [
        Violation(0, broken)
        for place, name in enumerate(asked.requirements)
        if (broken := _not_to_be_reached(name, required, f"/requirements/{place}")) is not None
    ]
    if violations:
        raise Refused(violations)
    return [required[name] for name in asked.requirements]


def _not_to_be_reached(name: str, required: dict[str, RequirementFigures], field: str) -> RuleBroken | None:
    if name not in required:
        return NamesNothing(f"the requirement {name} is not in force on this date", field)
    if not is_in_people(required[name]):
        return IsNotInPeople(f"the requirement {name} has no lower bound in people", field)
    return None


def is_in_people(required: RequirementFigures) -> bool:
    """Whether it has a lower bound in people, and so can be reached."""
    return required.unit == "personnel" and not required.is_cumulative and required.min is not None


def counts_for(required: RequirementFigures, waiting: ResolvedPledge) -> bool:
    """Whether a pledge counts for a requirement: those that fill it, or any, or those of its capability."""
    if required.is_filled_by_name:
        return required.requirement in waiting.pledge.fills
    return required.capability in (None, waiting.pledge.capability)
