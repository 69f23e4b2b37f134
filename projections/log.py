"""Pages of the record, filtered."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event, content_of
from domain.facts import REFERABLE
from domain.history.history import View
from domain.times import stamp_us
from domain.vocabulary import normal_form
from projections.asof import Basis
from projections.record import RecordedEvent, StoredEvent, effective_us, reference_to, set_aside_in, what_became_of


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

    def effective_by(self, last_us: int) -> "EventFilter":
        """The same, and effective by a time at the latest."""
        to_us = last_us if self.effective_to_us is None else min(last_us, self.effective_to_us)
        return replace(self, effective_to_us=to_us)

    def after(self, sequence: int, view: View) -> Iterator[Event]:
        """The wanted ones of the events after a sequence that were known, by ``sequence``."""
        tests = [*self._tests(), *self._tests_of_what_it_is_about(view)]
        return (event for event in view.events_after(sequence) if all(test(event) for test in tests))

    def _tests_of_what_it_is_about(self, view: View) -> Iterator[Any]:
        if self.about is None:
            return
        things = view.knowledge.things(self.about.partition(":")[0])
        meant = [thing for thing in things if reference_to(thing) == self.about]
        filed = {event.event_id for thing in meant for event in view.record(thing)}
        yield lambda event: event.event_id in filed or self.about in _referred_to(event)

    def _tests(self) -> Iterator[Any]:
        if self.types:
            yield lambda event: event.fact.type in self.types
        if self.actor is not None:
            yield lambda event: self.actor in actors_in(event)
        if self.publisher is not None:
            publisher = normal_form(self.publisher)  # what was recorded long ago may not be in this form
            yield lambda event: any(normal_form(source.publisher) == publisher for source in event.fact.sources)
        if self.locator is not None:
            locator = normal_form(self.locator)
            yield lambda event: any(normal_form(source.locator or "") == locator for source in event.fact.sources)
        if self.recorded_by is not None:
            yield lambda event: event.recorded_by == self.recorded_by
        if self.effective_from_us is not None:
            yield lambda event: effective_us(event) >= self.effective_from_us
        if self.effective_to_us is not None:
            yield lambda event: effective_us(event) <= self.effective_to_us
        if self.recorded_from_us is not None:
            yield lambda event: stamp_us(event.recorded_at) >= self.recorded_from_us
        if self.recorded_to_us is not None:
            yield lambda event: stamp_us(event.recorded_at) <= self.recorded_to_us


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


def page_of(view: View, basis: Basis, wanted: EventFilter, after: int, limit: int) -> EventPage:
    """The first ``limit`` wanted events after a sequence."""
    found: list[Event] = []
    for event in wanted.after(after, view):
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
    above: list[Event] = []
    while isinstance(event.fact, (EventCorrected, EventRetracted, SourceAdded)):
        target = view.event(target_of(event.fact))
        if target is None or target.sequence >= event.sequence:
            break
        above.insert(0, target)
        event = target
    return above


def _chain(event: Event, view: View) -> list[Event]:
    """The events about an event, and about those, by ``sequence``."""
    chain = view.events_about(event.event_id)
    for one in chain:
        chain += (other for other in view.events_about(one.event_id) if other.sequence > one.sequence)
    return sorted(chain, key=lambda one: one.sequence)


_ACTORS = ("contributor", "member", "actor", "partner", "stated_by", "proposed_by", "sought_by", "key_partner")
_ACTOR_LISTS = ("leads", "led_by", "chairs", "invited", "signed_by", "endorsed_by", "by", "contributors_named")


def actors_in(event: Event) -> set[str]:
    """The actors that an event names, in whatever role."""
    fact: Any = content_of(event)
    named = {getattr(fact, name, None) for name in _ACTORS}
    named |= {actor for name in _ACTOR_LISTS for actor in getattr(fact, name, None) or ()}
    named |= {attendance.actor for attendance in getattr(fact, "attendance", None) or ()}
    named |= {fact.attribution.actor} if fact.attribution else set()
    return {name for name in named if name}


def _referred_to(event: Event) -> set[str]:
    """The things that an event names."""
    fact: Any = content_of(event)
    named = {f"{kind}:{value}" for kind in REFERABLE if isinstance(value := getattr(fact, kind, None), str)}
    for kind in ("condition", "basing"):
        several = getattr(fact, f"{kind}s" if kind == "condition" else kind, None)
        named |= {f"{kind}:{name}" for name in several} if isinstance(several, tuple) else set()
    return named | set(getattr(fact, "about", ()))
