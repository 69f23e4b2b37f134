"""The consequences of changes to a history: events that are set aside or applied again, pledges that drop out or become
available, with the reasons, and changes without effect.

Pledges drop out in rounds, as they become available: first those that the changes themselves touch, then those that
waited for them by rules, and so on. Both are in comparison with the baseline, at one view."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from functools import partial
from itertools import pairwise
from typing import Any

from domain.checkpoints import checkpoint, unless_stopped
from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    SimpleRule,
    walk,
)
from domain.concepts.conditions import ConditionState
from domain.facts import Entry, Fact
from domain.history.history import View
from domain.history.knowledge import SetAside
from domain.history.overlay import Overlay
from projections.asof import Basis, view_of
from projections.paging import MAX_MOVES, NextCursor, Page, page_from, whole_on_page
from projections.picture.cascade import ResolvedPledge, RuleContext, RuleCounts
from projections.picture.figures import Bounds
from projections.picture.items import SetAsideItem, set_aside_item
from projections.picture.scene import Scene, scene_of
from projections.what_if.changed_history import ChangedHistory, baseline_of


@dataclass(slots=True)
class Reason:
    """What moved a pledge: a condition, or the pledge itself, as ``kind:id``; what it was, and what it is now.

    ``through`` are the pledges that moved in earlier rounds, or in the same where they hold each other up, and that the
    condition's rule counts.
    """

    what: str
    was: str
    is_now: str
    through: list[str]


@dataclass(slots=True)
class Move:
    """A pledge that is available on one side only; ``personnel`` is null in another unit, ``was`` if it is new."""

    pledge: str
    contributor: str
    capability: str
    personnel: Bounds | None
    was: str | None
    is_now: str | None
    because: list[Reason]


@dataclass(slots=True)
class Round:
    """The pledges that drop out, and that become available, in one round of the cascade."""

    round: int
    fell: list[Move]
    came_in: list[Move]


@dataclass(slots=True)
class Effect:
    """The effect of one change, by its place from 0, after those before it: the events it touched, and whether any
    state differs."""

    change: int
    events: list[str]
    has_effect: bool


@dataclass(slots=True)
class Consequences:
    """The consequences of the changes at one view: events ``set_aside``, and events applied again (``taken_up``).

    A large answer has pages of moves; a round that does not fit goes on under ``next_cursor``.
    """

    set_aside: list[SetAsideItem]
    taken_up: list[SetAsideItem]
    rounds: list[Round]
    changes: list[Effect]
    without_effect: list[int]
    next_cursor: NextCursor = None


FIRST = page_from(None, MAX_MOVES)


def consequences_of(history: ChangedHistory, basis: Basis, page: Page = FIRST) -> Consequences:
    """Explain a changed history at a basis, against its baseline there."""
    view, baseline = view_of(history, basis), baseline_of(history, basis)
    effects = list(_effects(history, basis))
    before, after = _set_aside(baseline), _set_aside(view)
    rounds, next_cursor = _on_page(rounds_between(scene_of(baseline), scene_of(view)), page)
    return Consequences(
        [item for key, item in after.items() if key not in before],
        [item for key, item in before.items() if key not in after],
        rounds,
        effects,
        [effect.change for effect in effects if not effect.has_effect],
        next_cursor,
    )


def _on_page(rounds: list[Round], page: Page) -> tuple[list[Round], str | None]:
    """The rounds with those of their moves that are on a page; a move counts for one, and each pledge in it for one."""
    moves = [(one, is_fall, move) for one in rounds for is_fall in (True, False) for move in _moves(one, is_fall)]
    shown, next_cursor = whole_on_page(moves, lambda part: sum(len(one.through) for one in part[2].because), page)
    found: dict[int, Round] = {}
    for one, is_fall, move in shown:
        _moves(found.setdefault(one.round, Round(one.round, [], [])), is_fall).append(move)
    return list(found.values()), next_cursor


def _moves(one: Round, is_fall: bool) -> list[Move]:
    return one.fell if is_fall else one.came_in


def _set_aside(view: View) -> dict[tuple[str, str], SetAsideItem]:
    found = sorted((s for s in view.states() if isinstance(s, SetAside)), key=lambda state: state.event.sequence)
    return {(state.event.event_id, state.broken.rule): set_aside_item(state) for state in found}


# --- the effect of each change ----------------------------------------------------------------------------------------


def _effects(history: ChangedHistory, basis: Basis) -> Iterable[Effect]:
    for number, (before, after) in enumerate(pairwise(history.views(baseline_of(history, basis), basis.known_axis))):
        checkpoint()
        yield Effect(number, history.effects[number].ids, _stands_otherwise(before, after))


def _stands_otherwise(before: View, after: View) -> bool:
    """Whether any thing that a change has folded anew is in another state than before it."""
    assert isinstance(after.knowledge, Overlay)
    things = after.knowledge.own_things()
    return any(_visible_content(before.state(thing)) != _visible_content(after.state(thing)) for thing in things)


def _visible_content(state: Any) -> Any:
    """A state without what no picture shows: which fact was the latest, and when and by whom that was confirmed."""
    if state is None:
        return None
    named = state._asdict()
    latest = named.pop("latest")
    named.pop("confirmed", None)
    if not named.keys() - _STATUS:
        named |= _content(latest.fact, "since" in named)
    return type(state), {name: value.fact if isinstance(value, Entry) else value for name, value in named.items()}


_STATUS = {"status", "since", "ends_us"}
"""The fields of a state that holds nothing else of what was said, but for the latest fact itself."""


def _content(fact: Any, is_confirmed_by_repeating: bool) -> dict[str, Any]:
    """What a fact says. A repeat says the same at another time, if the state keeps since when that is so."""
    shared = {field.name for field in fields(Fact)} - ({"effective_at"} if not is_confirmed_by_repeating else set())
    return {field.name: getattr(fact, field.name) for field in fields(fact) if field.name not in shared}


# --- the cascade, round by round --------------------------------------------------------------------------------------


def rounds_between(before: Scene, after: Scene) -> list[Round]:
    """Which pledges are available in one scene and not in the other, in the rounds in which they fall and come in."""
    fallen, come = _Removal(before, after).rounds(), _coming(before, after)
    numbers = sorted({*fallen, *come})
    return [Round(number, fallen.get(number, []), come.get(number, [])) for number in numbers]


def _available(scene: Scene) -> dict[str, ResolvedPledge]:
    standing = scene.cascade.standing
    return {name: w for w in scene.cascade.waiting if standing.get(name := w.pledge.pledge) == "available"}


class _Removal:
    """Takes the pledges out that were available, round by round, until only those are left that still are."""

    def __init__(self, before: Scene, after: Scene) -> None:
        self._before = before
        self._after = after
        self._was = _available(before)
        self._stays = _available(after)
        self._now = {waiting.pledge.pledge: waiting for waiting in after.cascade.waiting}
        self._holds = {name: self._may_hold(name) for name in after.world.conditions}
        self._alive = dict(self._was)
        self._fallen: list[str] = []
        self._counted: dict[str, list[str]] = {}

    def _may_hold(self, name: str) -> bool:
        """By facts, or by a rule that held before and has not been looked at yet."""
        condition = self._after.world.conditions[name]
        if condition.is_decided or condition.rule is None:
            return condition.status in ("met", "waived")
        return self._after.cascade.holds[name] or self._before.cascade.holds.get(name, False)

    def rounds(self) -> dict[int, list[Move]]:
        found: dict[int, list[Move]] = {}
        while falling := [name for name in unless_stopped(self._alive) if self._falls(name)]:
            found[len(found) + 1] = [self._move(name, self._fallen) for name in unless_stopped(falling)]
            self._take_out(falling)
            self._counted.clear()
        left = [name for name in self._alive if name not in self._stays]
        if left:
            # They would hold each other up, but nothing brings any of them in.
            self._holds = dict(self._after.cascade.holds)
            found[len(found) + 1] = [self._move(name, [*self._fallen, *left]) for name in unless_stopped(left)]
        return found

    def _falls(self, name: str) -> bool:
        waiting = self._now.get(name)
        return waiting is None or not waiting.is_candidate or waiting.is_kept_back(self._after.world.bits(self._holds))

    def _take_out(self, falling: list[str]) -> None:
        for name in falling:
            del self._alive[name]
        self._fallen += falling
        world = self._after.world
        standing = {name: self._now[name] for name in (*self._alive, *self._stays)}
        counted = RuleCounts(standing.values(), world)
        for name, holds in self._holds.items():
            if holds and not world.conditions[name].is_decided:
                self._holds[name] = counted.holds[name]

    def _move(self, name: str, moved: list[str]) -> Move:
        waiting = self._now.get(name)
        is_now = self._after.cascade.standing.get(name) if waiting is not None else None
        reasons = [] if waiting is None or not waiting.is_candidate else self._reasons(waiting, moved)
        if not reasons:
            standing = "not there" if waiting is None else _standing(self._after, name)
            reasons = [Reason(f"pledge:{name}", "available", standing, [])]
        return _moved(self._was[name], "available", is_now, reasons)

    def _reasons(self, waiting: ResolvedPledge, moved: list[str]) -> list[Reason]:
        return [
            Reason(
                f"condition:{condition.condition}",
                _status_of(condition.condition, self._was[waiting.pledge.pledge], self._before),
                _status_of(condition.condition, waiting, self._after),
                self._counting(condition, moved),
            )
            for condition in waiting.conditions.values()
            if waiting.waits_for(condition, self._holds)
        ]

    def _counting(self, condition: ConditionState, moved: list[str]) -> list[str]:
        """Those of the pledges moved so far that a condition's rule counts; the same for all that fall in a round."""
        name = condition.condition
        if name not in self._counted:
            self._counted[name] = _counting(condition.rule, (self._was[one] for one in moved), self._after.world)
        return self._counted[name]


def _coming(before: Scene, after: Scene) -> dict[int, list[Move]]:
    was, is_now = _available(before), _available(after)
    earlier = {waiting.pledge.pledge: waiting for waiting in before.cascade.waiting}
    rounds = after.cascade.round
    coming = {name: waiting for name, waiting in is_now.items() if name not in was}
    found: dict[int, list[Move]] = {}
    counted: dict[tuple[int, str], list[str]] = {}

    def counting(number: int, condition: ConditionState) -> list[str]:
        """Those of the pledges that came in sooner that a condition's rule counts; the same for all in a round."""
        key = number, condition.condition
        if key not in counted:
            sooner = (other for other_name, other in coming.items() if rounds[other_name] < number)
            counted[key] = _counting(condition.rule, sooner, after.world)
        return counted[key]

    for name, waiting in unless_stopped(coming.items()):
        number = rounds[name]
        standing = before.cascade.standing.get(name)
        reasons = _reasons_to_come(waiting, earlier.get(name), before, after, partial(counting, number))
        found.setdefault(number, []).append(_moved(waiting, standing, "available", reasons))
    return found


def _reasons_to_come(
    waiting: ResolvedPledge,
    earlier: ResolvedPledge | None,
    before: Scene,
    after: Scene,
    counting: Callable[[ConditionState], list[str]],
) -> list[Reason]:
    name = waiting.pledge.pledge
    if earlier is None or not earlier.is_candidate:
        standing = "not there" if earlier is None else _standing(before, name)
        return [Reason(f"pledge:{name}", standing, "available", [])]
    return [
        Reason(
            f"condition:{condition.condition}",
            _status_of(condition.condition, earlier, before),
            _status_of(condition.condition, waiting, after),
            counting(condition),
        )
        for condition in earlier.conditions.values()
        if earlier.waits_for(condition, before.cascade.holds)
    ]


def _moved(waiting: ResolvedPledge, was: str | None, is_now: str | None, reasons: list[Reason]) -> Move:
    pledge = waiting.pledge
    size = waiting.people
    personnel = None if size is None or size.undisclosed else Bounds(size.min, size.max)
    return Move(pledge.pledge, pledge.contributor, pledge.capability, personnel, was, is_now, reasons)


def _standing(scene: Scene, name: str) -> str:
    """What a pledge is, where it is not available by itself."""
    pledge = next(waiting.pledge for waiting in scene.cascade.waiting if waiting.pledge.pledge == name)
    return scene.cascade.standing.get(name) or pledge.level


def _status_of(name: str, waiting: ResolvedPledge, scene: Scene) -> str:
    """What a condition is to a pledge: not there, not on it, its status by facts, or that its rule holds."""
    condition = waiting.conditions.get(name)
    if condition is None:
        return "not on it" if name in scene.world.conditions else "not there"
    status = condition.status_for(waiting.pledge.pledge, waiting.pledge.contributor)
    return "holds" if status == "open" and scene.cascade.holds[name] else status


def _counting(rule: Any, waiting: Iterable[ResolvedPledge], world: RuleContext) -> list[str]:
    """Those of some pledges that a rule counts."""
    counts = list(_counts_in(rule, world))
    return [
        one.pledge.pledge
        for one in waiting
        if one.pledge.purpose == "force" and any(_is_counted(count, one, world) for count in counts)
    ]


def _counts_in(rule: Any, world: RuleContext) -> Iterator[SimpleRule]:
    """The simple rules that a rule is made of; those of the conditions that it refers to are each met once."""
    referred: set[str] = set()
    rest = [rule]
    for one in rest:
        for part, _ in walk(one):
            if not isinstance(part, ConditionHolds):
                yield part
            elif part.condition not in referred:
                referred.add(part.condition)
                condition = world.conditions.get(part.condition)
                if condition is not None and condition.rule is not None and not condition.is_decided:
                    rest.append(condition.rule)


def _is_counted(rule: Any, waiting: ResolvedPledge, world: RuleContext) -> bool:
    match rule:
        case PersonnelAtLeast() | ContributorsAtLeast():
            return True
        case AllMembersAtLeast():
            return waiting.pledge.contributor in world.members
        case ContributorAtLeast():
            is_of = rule.capability in (None, waiting.pledge.capability)
            return is_of and waiting.pledge.contributor == rule.contributor
    return False
