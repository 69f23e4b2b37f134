"""Facts about the record itself: it was wrong, it should never have been there, or it has more support.

Correcting says that the record was wrong; amending says that the world changed. Both stay visible.
"""

from typing import Annotated, Literal

from pydantic import Field

from domain.concepts.registry import WorldFact
from domain.facts import EventId, Recordable, fact
from domain.sources import Source, Sources
from domain.vocabulary import Text

_SOME_EVENT = "0195f0a0-0000-7000-8000-000000000001"
_RAISED = {
    "type": "PledgeRaised", "pledge": "gbr-ground", "level": "committed", "effective_at": "2025-04-11",
    "sources": [{"publisher": "news report"}],
}  # fmt: skip


@fact()
class RecordFact(Recordable):
    """A fact about the record: it has no ``effective_at``, and needs no source."""

    sources: Annotated[tuple[Source, ...], Field(max_length=100)] = ()


@fact(corrects=_SOME_EVENT, replacement=_RAISED, reason="misread the level")
class EventCorrected(RecordFact):
    """The record was wrong: ``replacement``, of the same type and id, stands in the place of what ``corrects``
    names."""

    type: Literal["EventCorrected"] = "EventCorrected"
    corrects: EventId
    replacement: WorldFact
    reason: Text


@fact(retracts=_SOME_EVENT, reason="recorded twice")
class EventRetracted(RecordFact):
    """It should never have been recorded; retracting a correction or a retraction restores what that had changed."""

    type: Literal["EventRetracted"] = "EventRetracted"
    retracts: EventId
    reason: Text


@fact(event=_SOME_EVENT)
class SourceAdded(Recordable):
    """More support for a record that was right."""

    type: Literal["SourceAdded"] = "SourceAdded"
    event: EventId
    sources: Sources


def target_of(record_fact: EventCorrected | EventRetracted | SourceAdded) -> str:
    """The id of the event that a fact about the record is about."""
    match record_fact:
        case EventCorrected():
            return record_fact.corrects
        case EventRetracted():
            return record_fact.retracts
        case SourceAdded():
            return record_fact.event
