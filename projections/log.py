"""The record: filters, pages, and single events with what became of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from heapq import merge
from typing import Any, NamedTuple

from domain.events import BY_SEQUENCE, Event, content_of
from domain.facts import REFERABLE, Thing
from domain.history.history import ReadableHistory, View
from domain.times import BEFORE_TIME_US, CALENDAR_US, FOREVER_US, period, stamp_us
from domain.vocabulary import normal_form
from projections.asof import Basis, view_of
from projections.event_index import AnySource, EventIndex, EventSource, Places, event_index_of, in_all
from projections.item_filters import at_least
from projections.record import (
    RecordedEvent,
    StoredEvent,
    effective_us,
    reference_to,
    set_aside_in,
    targets_of,
    thing_of,
    what_became_of,
)


@dataclass(slots=True, frozen=True)
class EventFilter:
    """Which events to show; what is ``None`` or empty lets all through. Times are microseconds, bounds included."""

    types: tuple[str, ...] = ()
    about: str | None = None
    actor: str | None = None
    publisher: str | None = None
    locator: str | None = None
    recorded_by: str | None = None
    effective_from_us: int | None = None
    effective_to_us: int | None = None
    recorded_from_us: int | None = None
    recorded_to_us: int | None = None
    attributions: tuple[str, ...] = ()
    reliability_at_least: str | None = None

    def after(self, sequence: int, history: ReadableHistory, basis: Basis) -> Iterator[Event]:
        """The wanted ones of the events after a sequence that were known, and effective by then, by ``sequence``."""
        known = _record_at(basis, history)
        wanted = self._effective_by(known.view.valid_us)
        filed = known.about(self.about) if self.about is not None else []
        tests = [*wanted._tests(), *wanted._tests_of_what_it_is_about(filed)]
        sources = [*wanted._sources(known, filed)]
        candidates = known.found(sources, sequence) if sources else known.view.events_after(sequence)
        return (event for event in candidates if all(test(event) for test in tests))

    def _effective_by(self, last_us: int) -> "EventFilter":
        to_us = last_us if self.effective_to_us is None else min(last_us, self.effective_to_us)
        return replace(self, effective_to_us=to_us)

    def _sources(self, known: "_KnownRecord", filed: Sequence[Event]) -> Iterator[EventSource]:
        """Where the events are that may be wanted, by each filter that leaves any out."""
        record, until = known.record, known.until
        if self.types:
            yield AnySource([record.with_value(_type, one, until) for one in self.types])
        if self.about is not None:
            yield AnySource([record.with_value(referred_to, self.about, until), Places(sorted(map(_place, filed)))])
        if self.actor is not None:
            yield record.with_value(actors_in, self.actor, until)
        if self.publisher is not None:
            yield record.with_value(_publishers, normal_form(self.publisher), until)
        if self.locator is not None:
            yield record.with_value(_locators, normal_form(self.locator), until)
        if self.recorded_by is not None:
            yield record.with_value(_writer, self.recorded_by, until)
        if self.attributions:
            yield AnySource([record.with_value(attributions_in, one, until) for one in self.attributions])
        if self.reliability_at_least is not None:
            grades = at_least(self.reliability_at_least)
            yield AnySource([record.with_value(reliabilities_in, one, until) for one in grades])
        from_us, to_us = _bounds(self.effective_from_us, self.effective_to_us)
        if from_us > BEFORE_TIME_US or to_us < CALENDAR_US[1]:
            yield record.effective(from_us, to_us, until)
        if self.recorded_from_us is not None or self.recorded_to_us is not None:
            from_us, to_us = _bounds(self.recorded_from_us, self.recorded_to_us)
            first = bisect_left(record.events, from_us, hi=until, key=_recorded_us)
            yield Places(range(first, bisect_right(record.events, to_us, hi=until, key=_recorded_us)))

    def _tests_of_what_it_is_about(self, filed: Sequence[Event]) -> Iterator[Any]:
        if self.about is not None:
            ids = {event.event_id for event in filed}
            yield lambda event: event.event_id in ids or self.about in referred_to(event)

    def _tests(self) -> Iterator[Any]:
        if self.types:
            yield lambda event: event.fact.type in self.types
        if self.actor is not None:
            yield lambda event: self.actor in actors_in(event)
        if self.publisher is not None:
            publisher = normal_form(self.publisher)
            yield lambda event: publisher in _publishers(event)
        if self.locator is not None:
            locator = normal_form(self.locator)
            yield lambda event: locator in _locators(event)
        if self.recorded_by is not None:
            yield lambda event: event.recorded_by == self.recorded_by
        if self.attributions:
            yield lambda event: not attributions_in(event).isdisjoint(self.attributions)
        if self.reliability_at_least is not None:
            yield lambda event: not reliabilities_in(event).isdisjoint(at_least(self.reliability_at_least or ""))
        if self.effective_from_us is not None:
            yield lambda event: effective_us(event) >= self.effective_from_us
        if self.effective_to_us is not None:
            yield lambda event: effective_us(event) <= self.effective_to_us
        if self.recorded_from_us is not None:
            yield lambda event: _recorded_us(event) >= self.recorded_from_us
        if self.recorded_to_us is not None:
            yield lambda event: _recorded_us(event) <= self.recorded_to_us


class _KnownRecord(NamedTuple):
    """A record as known at a basis; all that can be known are among its first ``until`` events, or are changed."""

    view: View
    history: ReadableHistory
    record: EventIndex
    until: int

    def found(self, sources: Sequence[EventSource], sequence: int) -> Iterator[Event]:
        """The known events after a sequence that all of some sources have, and all that are changed."""
        changed = self.history.changed_ids
        ids = (self.record.events[place].event_id for place in in_all(sources, sequence, self.until))
        later = (event for event in self._events_by_id(changed) if event.sequence > sequence)
        return merge(
            self._events_by_id(one for one in ids if one not in changed),
            sorted(later, key=BY_SEQUENCE),
            key=BY_SEQUENCE,
        )

    def about(self, reference: str) -> list[Event]:
        """The known events about the things that are referred to like this, corrections of them included."""
        kind, _, name = reference.partition(":")
        things = {Thing(kind, name)}
        if kind not in REFERABLE:  # their names have several parts, or none
            found = self.found([self.record.with_value(_references, reference, self.until)], 0)
            things = {thing for event in found if (thing := thing_of(event)) is not None}
        return [event for thing in things if reference_to(thing) == reference for event in self.view.record(thing)]

    def _events_by_id(self, event_ids: Iterable[str]) -> Iterator[Event]:
        return (event for event_id in event_ids if (event := self.view.event(event_id)) is not None)


def _record_at(basis: Basis, history: ReadableHistory) -> _KnownRecord:
    # On the reported axis, an event may be known before it is recorded.
    last_us = period(basis.known_at).last_us if basis.known_axis == "recorded" else FOREVER_US
    until = history.root.view(0, last_us, "recorded", basis.sequence).position
    return _KnownRecord(view_of(history, basis), history, event_index_of(history.root), until)


def _bounds(from_us: int | None, to_us: int | None) -> tuple[int, int]:
    return BEFORE_TIME_US if from_us is None else from_us, FOREVER_US if to_us is None else to_us


@dataclass(slots=True)
class EventPage:
    """Events in the order of ``sequence``, as they were recorded; ``next_after`` is where the next page begins."""

    items: list[StoredEvent]
    basis: Basis
    next_after: int | None


@dataclass(slots=True)
class OneEvent:
    """An event as recorded, and what became of it by what was known."""

    event: RecordedEvent
    changes: list[StoredEvent]
    basis: Basis


def page_of(history: ReadableHistory, basis: Basis, wanted: EventFilter, after: int, limit: int) -> EventPage:
    """The first ``limit`` wanted events after a sequence, of those known and effective by a basis."""
    found: list[Event] = []
    for event in wanted.after(after, history, basis):
        if len(found) == limit:
            return EventPage(found, basis, found[-1].sequence)
        found.append(event)
    return EventPage(found, basis, None)


def one_event(event_id: str, view: View, basis: Basis) -> OneEvent | None:
    """An event by its id; ``None`` where none of that id was known."""
    event = view.event(event_id)
    if event is None:
        return None
    chain = _chain(event, view)
    became = what_became_of([*_above(event, view), event, *chain], set_aside_in(view))
    return OneEvent(next(one for one in became if one.event is event), chain, basis)


def _above(event: Event, view: View) -> list[Event]:
    """The events that an event about the record is about, the fact about the world first."""
    return [*targets_of(event, view.event)][::-1]


def _chain(event: Event, view: View) -> list[Event]:
    """The events about an event, and about those, by ``sequence``."""
    chain = view.events_about(event.event_id)
    for one in chain:
        chain += (other for other in view.events_about(one.event_id) if other.sequence > one.sequence)
    return sorted(chain, key=lambda one: one.sequence)


_ACTORS = ("contributor", "member", "actor", "partner", "stated_by", "proposed_by", "sought_by", "key_partner")
_ACTOR_LISTS = ("leads", "led_by", "chairs", "invited", "signed_by", "endorsed_by", "by", "contributors_named")


@cache
def _own(fact_type: type, names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of some fields that a type of fact has."""
    return tuple(name for name in names if hasattr(fact_type, name))


def actors_in(event: Event) -> set[str]:
    """The actors that an event names, in whatever role."""
    fact: Any = content_of(event)
    fact_type: Any = type(fact)
    named = {getattr(fact, name) for name in _own(fact_type, _ACTORS)}
    named |= {actor for name in _own(fact_type, _ACTOR_LISTS) for actor in getattr(fact, name) or ()}
    named |= {attendance.actor for attendance in getattr(fact, "attendance", None) or ()}
    named |= {fact.attribution.actor} if fact.attribution else set()
    return {name for name in named if name}


def _type(event: Event) -> tuple[str]:
    return (event.fact.type,)


def _place(event: Event) -> int:
    return event.sequence - 1


def _writer(event: Event) -> tuple[str]:
    return (event.recorded_by,)


def _publishers(event: Event) -> set[str]:
    """The publishers of its sources; what was recorded long ago may not be in normal form."""
    return {normal_form(source.publisher) for source in event.fact.sources}


def _locators(event: Event) -> set[str]:
    return {normal_form(source.locator or "") for source in event.fact.sources}


def attributions_in(event: Event) -> set[str]:
    """The bases of attribution of what an event says: its own, and that of its replacement."""
    attributed = (event.fact.attribution, content_of(event).attribution)
    return {one.basis for one in attributed if one is not None}


def reliabilities_in(event: Event) -> set[str]:
    """How reliable its sources are, those of its replacement included, as far as they are graded."""
    sources = {*event.fact.sources, *content_of(event).sources}
    return {source.reliability for source in sources if source.reliability is not None}


def _recorded_us(event: Event) -> int:
    return stamp_us(event.recorded_at)


def _references(event: Event) -> tuple[str, ...]:
    """How the thing that an event is about is referred to."""
    thing = thing_of(event)
    return () if thing is None else (reference_to(thing),)


_OTHER_NAMES = {"conditions": "condition", "part_of": "pledge", "fills": "requirement"}
"""The fields that name things, and are not called as their kind is."""


def referred_to(event: Event) -> set[str]:
    """The things that an event names."""
    fact: Any = content_of(event)
    fact_type: Any = type(fact)
    named = set(getattr(fact, "about", ()))
    for name in _own(fact_type, (*REFERABLE, *_OTHER_NAMES)):
        value = getattr(fact, name)
        kind = _OTHER_NAMES.get(name, name)
        values = (value,) if isinstance(value, str) else value
        named |= {f"{kind}:{one}" for one in values} if isinstance(values, tuple) else set()
    return named
