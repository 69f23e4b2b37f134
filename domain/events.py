"""Events: facts as recorded, with their envelope; and the names under which they are stored.

The names are the storage contract: a stored topic is the stable name and a version, never a module path, and a
stored event of any past version loads for ever.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from domain.corrections import EventCorrected, EventRetracted, SourceAdded, WorldFact

AnyFact = Annotated[WorldFact | EventCorrected | EventRetracted | SourceAdded, Field(discriminator="type")]
"""Every fact that can be recorded."""

FACT: TypeAdapter[Any] = TypeAdapter(AnyFact)
"""Reads one fact as a client writes it."""

FACTS: dict[str, type] = {
    cls.__name__: cls for cls in (*get_args(get_args(WorldFact)[0]), EventCorrected, EventRetracted, SourceAdded)
}
"""Every type of fact, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Event:
    """A fact as recorded. ``sequence`` counts from 1 without gaps; ``recorded_at`` is RFC 3339 in UTC, microseconds."""

    event_id: str
    coalition: str
    sequence: int
    recorded_at: str
    recorded_by: str
    idempotency_key: str | None = None
    fact: AnyFact


EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes one event as it is stored, exported and answered."""

RecordType = Literal["EventCorrected", "EventRetracted", "SourceAdded"]
RECORD_TYPES: tuple[str, ...] = get_args(RecordType)
"""The facts about the record itself."""


def event_json(event: Event) -> bytes:
    """The event as it is stored and answered: JSON in UTF-8, what is absent left out."""
    return EVENT.dump_json(event, exclude_none=True)


__all__ = ["EVENT", "FACT", "FACTS", "RECORD_TYPES", "AnyFact", "Event", "event_json"]
