"""Events: facts as recorded, with their record details; and the names under which they are stored.

The names are the storage contract: a stored topic is the stable name and a version, never a module path, and stored
events of every past version can always be read.
"""

from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, TypeAdapter
from pydantic_core import to_json

from domain.concepts.registry import WorldFact
from domain.corrections import AnyRecordFact, EventCorrected, EventRetracted, SourceAdded, WarningDismissed

AnyFact = Annotated[WorldFact | AnyRecordFact, Field(discriminator="type")]
"""Every fact that can be recorded."""

Content = WorldFact | EventRetracted | SourceAdded | WarningDismissed
"""What an event says once a correction is read as its replacement."""

FACT: TypeAdapter[Any] = TypeAdapter(AnyFact)
"""Reads one fact as a client writes it."""

FACTS: dict[str, type] = {cls.__name__: cls for cls in (*get_args(get_args(WorldFact)[0]), *get_args(AnyRecordFact))}
"""Every type of fact, by its name."""

BY_SEQUENCE = attrgetter("sequence")
"""The key by which events are sorted and searched in the order of recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalOrigin:
    """Where a fact was proposed before it was recorded: as change ``number`` of a scenario, ``by`` the holder of a key.

    ``edited_by`` wrote the words that were accepted, if that was another key than the one that proposed it first.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    scenario: str
    number: int
    by: str
    edited_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact as recorded. ``sequence`` counts from 1 without gaps; ``recorded_at`` is RFC 3339 in UTC, microseconds.

    With ``proposed``, somebody had proposed the fact, and ``recorded_by`` accepted it.

    The ledger makes events of validated facts, so only ``EVENT``, which reads exports, validates.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    event_id: str
    coalition: str
    sequence: int
    recorded_at: str
    recorded_by: str
    idempotency_key: str | None = None
    proposed: ProposalOrigin | None = None
    fact: AnyFact


EVENT: TypeAdapter[Event] = TypeAdapter(Event)
"""Reads and writes one event as it is stored, exported and answered."""

RecordType = Literal["EventCorrected", "EventRetracted", "SourceAdded", "WarningDismissed"]
RECORD_TYPES: tuple[str, ...] = get_args(RecordType)
"""The facts about the record itself."""


def fact_json(fact: Any) -> bytes:
    """The fact as it is stored: JSON in UTF-8 without absent fields.

    It is written by its own type; a union would look for the type first, at twice the cost.
    """
    json: bytes = fact.__pydantic_serializer__.to_json(fact, exclude_none=True)
    return json


def event_json(event: Event, fact: bytes | None = None) -> bytes:
    """The event as it is stored and answered: as ``EVENT`` writes it, without absent fields.

    ``fact`` is the JSON of its fact, if it has been written already.
    """
    envelope: dict[str, Any] = {
        "event_id": event.event_id, "coalition": event.coalition, "sequence": event.sequence,
        "recorded_at": event.recorded_at, "recorded_by": event.recorded_by,
    }  # fmt: skip
    if event.idempotency_key is not None:
        envelope["idempotency_key"] = event.idempotency_key
    if event.proposed is not None:
        origin = event.proposed
        envelope["proposed"] = {"scenario": origin.scenario, "number": origin.number, "by": origin.by}
        if origin.edited_by is not None:
            envelope["proposed"]["edited_by"] = origin.edited_by
    return b'%b,"fact":%b}' % (to_json(envelope)[:-1], fact_json(event.fact) if fact is None else fact)


def content_of(event: Event) -> Content:
    """The fact that an event puts on record: its own, or the replacement if it is a correction."""
    return event.fact.replacement if isinstance(event.fact, EventCorrected) else event.fact


def with_content(event: Event, content: Any) -> Event:
    """The same event with another content, which is a correction's replacement."""
    if isinstance(event.fact, EventCorrected):
        return replace(event, fact=replace(event.fact, replacement=content))
    return replace(event, fact=content)
