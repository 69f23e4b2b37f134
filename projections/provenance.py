"""What a thing rests on: conditions on a pledge, what their rules look at, and dates that pass by themselves."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate, chain
from operator import itemgetter
from typing import Any

from domain.checkpoints import checkpoint
from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    SimpleRule,
    StanceAtLeast,
    walk,
)
from domain.concepts.meetings import ahead_until_us
from domain.concepts.members import MemberState
from domain.concepts.pledges import PledgeAmended, PledgeReaffirmed
from domain.events import Event, content_of
from domain.facts import ABSENT, Thing
from domain.history.history import View
from domain.times import FOREVER_US, Period, period
from projections.picture.counted import parts_among
from projections.picture.scene import Scene
from projections.record import beginnings_us, effective_us, known_events, valid_order, visible_events, what_became_of

_FORCE = Thing("force", "")
"""Stands for all force pledges, so that many rules that count them lead to each but once."""


class Provenance:
    """Finds, in one scene, all that a thing rests on: itself, and what that rests on in turn.

    Rules that count the whole force (people, contributors, all members) rest on every pledge; ``counted`` follows them
    there. ``steady`` conditions are left out; if ``turned`` is given, only the rules of those conditions are followed.
    """

    def __init__(
        self, scene: Scene, *, counted: bool, steady: Collection[str] = (), turned: Collection[str] | None = None
    ) -> None:
        self._scene = scene
        self._counted = counted
        self._turned = turned
        self._steady = steady
        self._behind: dict[Thing, Collection[Thing]] = {}
        self._waiting = {waiting.pledge.pledge: waiting for waiting in scene.cascade.waiting}
        self._parts = parts_among(waiting.pledge for waiting in scene.cascade.waiting)
        self._force = [waiting.pledge for waiting in scene.cascade.waiting if waiting.is_force]

    def all_behind(self, things: Iterable[Thing]) -> set[Thing]:
        """The things given, and everything that they rest on."""
        found: set[Thing] = set()
        rest = list(things)
        while rest:
            thing = rest.pop()
            if thing not in found:
                checkpoint()
                found.add(thing)
                rest.extend(self._directly_behind(thing))
        found.discard(_FORCE)
        return found

    def _directly_behind(self, thing: Thing) -> Collection[Thing]:
        behind = self._behind.get(thing)
        if behind is None:
            behind = self._behind[thing] = [*self._resting_on(thing)]
        return behind

    def _resting_on(self, thing: Thing) -> Iterable[Thing]:
        if thing is _FORCE:
            return (pledge.made.thing for pledge in self._force)
        if thing.kind == "pledge":
            waiting = self._waiting.get(thing.id)
            on_it = () if waiting is None else waiting.conditions.items()
            conditions = (condition.stated.thing for name, condition in on_it if name not in self._steady)
            return chain(conditions, (part.made.thing for part in self._parts.get(thing.id, ())))
        if thing.kind != "condition" or (self._turned is not None and thing.id not in self._turned):
            return ()
        condition = self._scene.world.conditions.get(thing.id)
        if condition is None or condition.rule is None or condition.is_decided:
            return ()
        return dict.fromkeys(thing for part, _ in walk(condition.rule) for thing in self._deciding_things(part))

    def _deciding_things(self, rule: SimpleRule) -> Iterator[Thing]:
        """The things that decide whether a simple rule holds."""
        match rule:
            case ConditionHolds():
                yield Thing("condition", rule.condition)
            case StanceAtLeast():
                stance = self._scene.world.stance_of(rule.actor, rule.capability)
                yield from () if stance is None else (stance.latest.thing,)
            case ContributorAtLeast():
                for pledge in self._force:
                    if pledge.contributor == rule.contributor and rule.capability in (None, pledge.capability):
                        yield pledge.made.thing
            case PersonnelAtLeast() | ContributorsAtLeast() | AllMembersAtLeast() if self._counted:
                yield _FORCE
                if isinstance(rule, AllMembersAtLeast):
                    yield from (member.latest.thing for member in self._scene.of(MemberState))


def _begins(date: Period) -> int:
    return date.start_us


def _is_over(date: Period) -> int:
    return date.end_us


_DATES = {
    "available_from": _begins,
    "starts_at": ahead_until_us,
    "expires_on": _is_over,
    "until": _is_over,
    "horizon": _is_over,
}
"""The fields whose dates change something by passing, and when they do."""


_DatedEvent = tuple[int, tuple[int, int], Event, int]
"""From when on an event is seen, its valid order, the event, and when a date passes that it gave."""


def dates_that_pass(
    thing: Thing, view: View, after_us: int, until_us: int, lacking_footing: Collection[str]
) -> list[Event]:
    """The events about a thing, as they stand by a view, that take effect between two times, or gave it a date which
    passes between them."""
    standing = [one.event for one in what_became_of(visible_events([thing], view), lacking_footing) if one.stands]
    latest: dict[str, tuple[Event, int]] = {}
    passing: dict[str, tuple[Event, tuple[int, ...]]] = {}
    for event in sorted(standing, key=valid_order):
        latest[event.event_id] = event, effective_us(event)
        for field, passes_us in _dates_of(event):
            dates = passing.get(field)
            passing[field] = event, (passes_us, *(dates[1] if dates is not None and dates[0] is event else ()))
    taking_effect = [event for event, at_us in latest.values() if after_us < at_us <= until_us]
    return taking_effect + [
        event for event, dates in passing.values() if any(after_us < at_us <= until_us for at_us in dates)
    ]


class DatedEvents:
    """The events about one thing that stand, by when they take effect, and by when a date passes that they gave it.

    A date passes unless another event, in effect by then, had given the thing another.
    """

    def __init__(self, thing: Thing, view: View, lacking_footing: Collection[str]) -> None:
        known = known_events([thing], view)
        begins_us = beginnings_us(known)
        standing = [one.event for one in what_became_of(known, lacking_footing) if one.stands]
        self._taking_effect: dict[int, list[Event]] = {}
        self._passing: dict[int, list[Event]] = {}
        dates: dict[str, list[_DatedEvent]] = {}
        for event in standing:
            self._taking_effect.setdefault(effective_us(event), []).append(event)
            for field, passes_us in _dates_of(event):
                row = begins_us[event.event_id], valid_order(event), event, passes_us
                dates.setdefault(field, []).append(row)
        for rows in dates.values():
            self._let_pass(rows)

    def _let_pass(self, rows: list[_DatedEvent]) -> None:
        rows.sort(key=itemgetter(0, 1))
        begins_us = [row[0] for row in rows]
        last = [*accumulate((row[1] for row in rows), max)]
        for _, order, event, passes_us in rows:
            by_then = bisect_right(begins_us, passes_us)
            if by_then and last[by_then - 1] == order:
                self._passing.setdefault(passes_us, []).append(event)

    @property
    def times(self) -> Iterable[int]:
        """The times at which events take effect."""
        return self._taking_effect.keys()

    def taking_effect(self, at_us: int) -> list[Event]:
        """The events that take effect at a time."""
        return self._taking_effect.get(at_us, [])

    def passing(self, at_us: int) -> list[Event]:
        """The events with a date that passes at a time."""
        return self._passing.get(at_us, [])


def _dates_of(event: Event) -> Iterator[tuple[str, int]]:
    """The fields of an event with a date, and when each passes: never, if an amendment takes it away, or a
    reaffirmation gives none."""
    fact: Any = content_of(event)
    for field, passes in _DATES.items():
        date = getattr(fact, field, None)
        if date is None and ((isinstance(fact, PledgeAmended) and field in fact.changes) or _reaffirms(fact, field)):
            yield field, FOREVER_US
        elif date is not None and date is not ABSENT:
            yield field, passes(period(date))
    phases = getattr(fact, "phases", None)
    if phases is None and isinstance(fact, PledgeAmended):
        yield "phases", FOREVER_US
    elif phases is not None and phases is not ABSENT:
        yield from (("phases", period(phase.from_).start_us) for phase in phases)


def _reaffirms(fact: Any, field: str) -> bool:
    return field == "until" and isinstance(fact, PledgeReaffirmed)
