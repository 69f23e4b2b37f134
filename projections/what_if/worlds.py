"""Many worlds at once: which pledges are available in each, when conditions turn out in many ways.

A world is defined by the conditions that hold in it, one bit for each condition that matters. Pledges that wait for the
same conditions are counted together. The cascade's fixed points, least and greatest, are found in all worlds together,
by the rules of ``cascade.py``: rules only ever ask for more, so each is reached by repeating until nothing changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.checkpoints import checkpoint, unless_stopped
from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    AllOf,
    AnyOf,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    StanceAtLeast,
    conditions_in,
)
from domain.concepts.conditions import ConditionState
from domain.refusals import Refused, Violation
from domain.vocabulary import LEVEL_RANK
from domain.what_if.chances import MAX_OPEN_CONDITIONS
from domain.what_if.refusals import AsksTooMuch
from projections.picture.cascade import ResolvedPledge, RuleContext, stance_reaches
from projections.picture.scene import Scene

Bits = NDArray[np.uint64]
Truth = NDArray[np.bool_]
People = float | NDArray[np.float64]
"""The people of a crowd: the same in every world, or one number for each."""


class Crowd:
    """Force pledges that wait for the same open conditions (``need``, as bits)."""

    __slots__ = ("need", "waiting")

    def __init__(self, need: int, waiting: list[ResolvedPledge]) -> None:
        self.need = np.uint64(need)
        self.waiting = waiting


class Worlds:
    """The force pledges of a scene that could be available, and the open conditions that decide which are.

    ``apart`` names pledges that form crowds of their own; ``also`` names conditions that get a bit although nothing
    waits for them. Raises ``Refused`` (``AsksTooMuch``) if more conditions matter than can be distinguished.
    """

    def __init__(self, scene: Scene, apart: Collection[str] = (), also: Iterable[str] = ()) -> None:
        self.world: RuleContext = scene.world
        candidates = [waiting for waiting in scene.cascade.waiting if _could_be_available(waiting)]
        self.conditions = _that_matter(candidates, self.world, also)
        if len(self.conditions) > MAX_OPEN_CONDITIONS:
            count = len(self.conditions)
            detail = f"{count} open conditions matter; at most {MAX_OPEN_CONDITIONS} can be distinguished"
            raise Refused([Violation(0, AsksTooMuch(detail))])
        self.bit = {name: number for number, name in enumerate(self.conditions)}
        self.crowds = list(self._crowds(candidates, apart))
        self.offers: dict[str, list[tuple[int, int, str]]] = {}
        for number, crowd in enumerate(self.crowds):
            for pledge in (waiting.pledge for waiting in crowd.waiting):
                offer = number, LEVEL_RANK[pledge.level], pledge.capability
                self.offers.setdefault(pledge.contributor, []).append(offer)
        self.ruled = {
            name: condition.rule
            for name in self.conditions
            if (condition := self.world.conditions[name]).rule is not None
        }

    def bits(self, names: Iterable[str]) -> int:
        """Some conditions as bits; those that do not matter have none."""
        return sum(1 << self.bit[name] for name in set(names) if name in self.bit)

    def names(self, bits: int) -> list[str]:
        """The conditions of some bits."""
        return [name for name, number in self.bit.items() if bits >> number & 1]

    def _crowds(self, candidates: list[ResolvedPledge], apart: Collection[str]) -> Iterator[Crowd]:
        crowds: dict[tuple[int, str | None], list[ResolvedPledge]] = {}
        for waiting in candidates:
            name = waiting.pledge.pledge
            key = (self.bits(_open_on(waiting)), name if name in apart else None)
            crowds.setdefault(key, []).append(waiting)
        return (Crowd(need, waiting) for (need, _), waiting in crowds.items())

    def people(self, size: Callable[[ResolvedPledge], float]) -> list[People]:
        """The people of each crowd, the same in every world."""
        return [float(sum(size(waiting) for waiting in crowd.waiting)) for crowd in self.crowds]

    # --- the fixed points ---

    def least(self, decided: Bits, failed: Bits | None, people: Sequence[People], present: "Present" = None) -> Bits:
        """The conditions that hold: those decided, and those that rules bring about, starting from nothing."""
        holds = decided
        while self.ruled:
            counts = _Counts(self, holds, people, present)
            grown = reduce(np.bitwise_or, (self._bits_where(name, counts) for name in self.ruled), holds)
            grown = grown if failed is None else grown & ~failed
            if np.array_equal(grown, holds):
                break
            holds = grown
        return holds

    def greatest(self, decided: Bits, failed: Bits | None, people: Sequence[People], present: "Present" = None) -> Bits:
        """The conditions that could hold: as if every rule did, without those that this contradicts."""
        holds = decided | np.uint64(self.bits(self.ruled))
        holds = holds if failed is None else holds & ~failed
        while self.ruled:
            counts = _Counts(self, holds, people, present)
            borne_out = reduce(np.bitwise_or, (self._bits_where(name, counts) for name in self.ruled), decided)
            shrunk = holds & borne_out
            if np.array_equal(shrunk, holds):
                break
            holds = shrunk
        return holds

    def _bits_where(self, name: str, counts: "_Counts") -> Bits:
        checkpoint()
        return counts.truth(self.ruled[name]).astype(np.uint64) << np.uint64(self.bit[name])

    def available(self, holds: Bits, people: Sequence[People], present: "Present" = None) -> NDArray[np.float64]:
        """The people available in each world if these conditions hold."""
        return _Counts(self, holds, people, present).personnel()


Present = Sequence[Truth | None] | None
"""For each crowd, in which worlds it is there; ``None``: in all."""


def _could_be_available(waiting: ResolvedPledge) -> bool:
    """Whether a force pledge waits for nothing but open conditions."""
    is_blocked = any(status == "failed" for _, status in waiting.statuses())
    return waiting.pledge.purpose == "force" and waiting.is_candidate and not is_blocked


def _open_on(waiting: ResolvedPledge) -> Iterator[str]:
    return (condition.condition for condition, status in waiting.statuses() if status == "open")


def _that_matter(candidates: list[ResolvedPledge], world: RuleContext, also: Iterable[str]) -> list[str]:
    """The open conditions that a pledge waits for, and those that their rules name, in the order of their statement."""
    found: set[str] = set()
    rest = [*also, *(name for waiting in candidates for name in _open_on(waiting))]
    while rest:
        name = rest.pop()
        condition = world.conditions.get(name)
        if name not in found and condition is not None and not condition.is_decided:
            found.add(name)
            rest += [other for other, _ in conditions_in(condition.rule)] if condition.rule is not None else []
    return [name for name in world.conditions if name in found]


class _Counts:
    """What rules count in each world, computed when a rule asks for it."""

    def __init__(self, worlds: Worlds, holds: Bits, people: Sequence[People], present: Present) -> None:
        self._worlds = worlds
        self._holds = holds
        self._people = people
        self._present = present
        self._available: dict[int, Truth] = {}
        self._personnel: NDArray[np.float64] | None = None
        self._contributors: NDArray[np.int64] | None = None

    def truth(self, rule: Any) -> Truth:
        """In which worlds a rule holds."""
        match rule:
            case AllOf():
                return reduce(np.logical_and, map(self.truth, rule.all_of))
            case AnyOf():
                return reduce(np.logical_or, map(self.truth, rule.any_of))
            case ConditionHolds():
                return self._condition_holds(rule.condition)
            case PersonnelAtLeast():
                return self.personnel() >= rule.personnel_at_least
            case ContributorsAtLeast():
                return self._contributors_counted() >= rule.contributors_at_least
            case AllMembersAtLeast():
                return self._all_members_reach(rule.all_members_at_least)
            case ContributorAtLeast():
                return self._reaches(rule.contributor, rule.level_at_least, rule.capability)
            case StanceAtLeast():
                return self._everywhere(stance_reaches(rule, self._worlds.world))
        raise TypeError(f"not a rule: {rule!r}")

    def personnel(self) -> NDArray[np.float64]:
        """The people available, by each world."""
        if self._personnel is None:
            total = np.zeros(len(self._holds))
            for number, people in enumerate(unless_stopped(self._people)):
                if isinstance(people, np.ndarray) or people:
                    total += self._is_available(number) * people
            self._personnel = total
        return self._personnel

    def _is_available(self, crowd: int) -> Truth:
        row = self._available.get(crowd)
        if row is None:
            need = self._worlds.crowds[crowd].need
            row = (self._holds & need) == need
            present = None if self._present is None else self._present[crowd]
            row = self._available[crowd] = row if present is None else row & present
        return row

    def _any_available(self, crowds: Iterable[int]) -> Truth:
        found = self._everywhere(False)
        for number in dict.fromkeys(crowds):
            found |= self._is_available(number)
        return found

    def _contributors_counted(self) -> NDArray[np.int64]:
        if self._contributors is None:
            counted = np.zeros(len(self._holds), dtype=np.int64)
            for offers in self._worlds.offers.values():
                counted += self._any_available(crowd for crowd, _, _ in offers)
            self._contributors = counted
        return self._contributors

    def _all_members_reach(self, level: Any) -> Truth:
        members = sorted(self._worlds.world.members)
        if not members:
            return self._everywhere(False)
        return reduce(np.logical_and, (self._reaches(member, level, None) for member in members))

    def _reaches(self, contributor: str, level: Any, capability: str | None) -> Truth:
        offers = self._worlds.offers.get(contributor, ())
        least = LEVEL_RANK[level]
        return self._any_available(
            crowd for crowd, rank, offered in offers if rank >= least and capability in (None, offered)
        )

    def _condition_holds(self, name: str) -> Truth:
        condition: ConditionState | None = self._worlds.world.conditions.get(name)
        if condition is None or condition.is_decided:
            return self._everywhere(condition is not None and condition.status != "failed")
        holds: Truth = (self._holds & np.uint64(1 << self._worlds.bit[name])) != 0
        return holds

    def _everywhere(self, holds: bool) -> Truth:
        return np.full(len(self._holds), holds)
