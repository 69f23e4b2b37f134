"""The record itself: events as they were recorded, which of them bear on a thing, and what became of each."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_after_validator_function, plain_serializer_function_ser_schema

from domain.corrections import REMARKS, EventCorrected, SourceAdded, target_of
from domain.events import EVENT, Event, content_of
from domain.facts import Fact, Thing
from domain.history.correction_chains import RECORD_FACTS, Corrections
from domain.history.history import View
from domain.sources import Source
from domain.times import BEFORE_TIME_US, period


class _AsStored:
    """Has an event inside an answer written as it is stored, and described as it is."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        as_stored = plain_serializer_function_ser_schema(
            lambda event: EVENT.dump_python(event, mode="json", exclude_none=True)
        )
        return no_info_after_validator_function(lambda event: event, handler(source), serialization=as_stored)

    def __get_pydantic_json_schema__(self, _: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(EVENT.core_schema)


StoredEvent = Annotated[Event, _AsStored()]
"""An event, what is absent left out, wherever it is answered."""


@dataclass(slots=True)
class RecordedEvent:
    """An event, whether it stands, and the events that corrected or retracted it, or added sources to it."""

    event: StoredEvent
    stands: bool
    changed_by: list[str]
    supported_by: list[str]


@dataclass(slots=True)
class EventRef:
    """An event in few words: which, of what type, from when on it holds, when it was recorded, on whose word."""

    event_id: str
    sequence: int
    type: str
    about: str
    effective_at: str | None
    recorded_at: str
    sources: list[Source]


def event_refs(events: Iterable[Event]) -> list[EventRef]:
    """Events in few words, in the order of ``sequence``."""
    return [_event_ref(event) for event in sorted(events, key=lambda event: event.sequence)]


def _event_ref(event: Event) -> EventRef:
    fact = event.fact
    return EventRef(
        event.event_id,
        event.sequence,
        fact.type,
        _about(event),
        effective_at(event),
        event.recorded_at,
        list(fact.sources),
    )


def _about(event: Event) -> str:
    thing = thing_of(event)
    return "record" if thing is None else reference_to(thing)


def reference_to(thing: Thing) -> str:
    """A thing in a word: ``pledge:gbr-ground``, ``coalition``, ``stance:USA logistics``."""
    return " ".join(f"{thing.kind}:{thing.id}".split()).rstrip(":").replace(": ", ":")


def thing_of(event: Event) -> Thing | None:
    """The thing that an event is about, itself or by its replacement; ``None`` for other events about the record."""
    content = content_of(event)
    return content.thing if isinstance(content, Fact) else None


def _recorded_event(event: Event, corrections: Corrections, lacking_footing: Collection[str]) -> RecordedEvent:
    """What became of an event, by what is known of it; what else is known decides whether it lacks its footing."""
    about = corrections.about.get(event.event_id, ())
    changes = [other.event_id for other in about if not isinstance(other.fact, REMARKS)]
    supports = [other.event_id for other in about if isinstance(other.fact, SourceAdded)]
    stands = corrections.change_of(event.event_id) is None and event.event_id not in lacking_footing
    return RecordedEvent(event, stands, changes, supports)


def targets_of(event: Event, find: Callable[[str], Event | None]) -> Iterator[Event]:
    """What an event about the record is about, what that is about, and so on, each recorded before the other."""
    while isinstance(event.fact, RECORD_FACTS):
        target = find(target_of(event.fact))
        if target is None or target.sequence >= event.sequence:
            return
        event = target
        yield event


def known_events(things: Iterable[Thing], view: View) -> list[Event]:
    """The events about some things that were known, in the order of ``sequence``, corrections of them included."""
    events = {event.sequence: event for thing in things for event in view.record(thing)}
    return [events[sequence] for sequence in sorted(events)]


def record_of(things: Iterable[Thing], view: View) -> list[RecordedEvent]:
    """The same, with what became of each, by what was known."""
    return what_became_of(known_events(things, view), set_aside_in(view))


def what_became_of(events: list[Event], lacking_footing: Collection[str] = ()) -> list[RecordedEvent]:
    """Each event with the changes that are about it, among the events given."""
    corrections = Corrections()
    for event in events:
        corrections.learn(event)
    return [_recorded_event(event, corrections, lacking_footing) for event in events]


def set_aside_in(view: View) -> set[str]:
    """The ids of the events that lack their footing in what is known, whenever they take effect."""
    return {one.event.event_id for one in view.set_aside()}


def visible_events(things: Iterable[Thing], view: View) -> list[Event]:
    """Those of the known events that had taken effect; a correction takes effect with its replacement, or with what it
    corrects, if that is sooner, and other facts about the record always have."""
    known = known_events(things, view)
    begins_us = beginnings_us(known)
    return [event for event in known if begins_us[event.event_id] <= view.valid_us]


def beginnings_us(known: Iterable[Event]) -> dict[str, int]:
    """When each of some events, by ``sequence``, takes effect as ``visible_events`` says, by id."""
    begins_us: dict[str, int] = {}
    for event in known:
        fact: Any = event.fact
        begins_us[event.event_id] = effective_us(event)
        if isinstance(fact, EventCorrected) and fact.corrects in begins_us:
            begins_us[event.event_id] = min(effective_us(event), begins_us[fact.corrects])
    return begins_us


def effective_us(event: Event) -> int:
    """From when an event holds; what has no such time holds from always on."""
    written = effective_at(event)
    return period(written).start_us if written else BEFORE_TIME_US


def valid_order(event: Event) -> tuple[int, int]:
    """The place of an event in the order in which events take effect."""
    return effective_us(event), event.sequence


def effective_at(event: Event) -> str | None:
    """From when an event holds, as written; ``None`` for what is about the record itself."""
    content = content_of(event)
    return content.effective_at if isinstance(content, Fact) else None
