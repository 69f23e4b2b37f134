"""The record itself: events as they were recorded, which of them bear on a thing, and what became of each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from domain.corrections import SourceAdded
from domain.events import Event
from domain.facts import Thing
from domain.history import View
from domain.standing import Standing
from domain.times import period


@dataclass(slots=True)
class RecordedEvent:
    """An event, whether it stands as recorded, and the events that corrected, retracted or supported it."""

    event: Event
    stands: bool
    changed_by: list[str]
    supported_by: list[str]


def recorded_event(event: Event, standing: Standing) -> RecordedEvent:
    """What became of an event, by what is known."""
    about = standing.changes.get(event.event_id, ())
    changes = [other.event_id for other in about if not isinstance(other.fact, SourceAdded)]
    supports = [other.event_id for other in about if isinstance(other.fact, SourceAdded)]
    stands = standing.change_of(event.event_id) is None and event.event_id not in standing.aside
    return RecordedEvent(event, stands, changes, supports)


def known_events(things: Iterable[Thing], view: View) -> list[Event]:
    """The events about some things that were known, in the order of ``sequence``, corrections of them included."""
    events = {event.sequence: event for thing in things for event in view.record(thing)}
    return [events[sequence] for sequence in sorted(events)]


def record_of(things: Iterable[Thing], view: View) -> list[RecordedEvent]:
    """The same, with what became of each, by what was known."""
    events = known_events(things, view)
    standing = Standing()
    for event in events:
        standing.arrive(event)
    return [recorded_event(event, standing) for event in events]


def visible_events(things: Iterable[Thing], view: View) -> list[Event]:
    """Those of the known events that had taken effect; what is about the record itself takes effect at once."""
    return [event for event in known_events(things, view) if _effective_us(event) <= view.valid_us]


def _effective_us(event: Event) -> int:
    effective_at: Any = getattr(event.fact, "effective_at", None) or getattr(_replacement(event), "effective_at", None)
    return period(effective_at).start_us if effective_at else -(2**62)


def _replacement(event: Event) -> Any:
    return getattr(event.fact, "replacement", None)


