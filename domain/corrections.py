"""Facts about the record itself: an event was wrong, should never have been recorded, has another source, or is as it
should be although the ledger warns of it.

A correction says that the record was wrong; an amendment says that the world changed. Both stay visible. A correction
or retraction without sources fixes an error of ours. With sources, it says that the source corrected itself, and is
known to the public from their publication on.
"""

from typing import Annotated, Literal

from pydantic import Field

from domain.concepts.registry import WorldFact
from domain.facts import EventId, Recordable, fact
from domain.sources import Source, Sources
from domain.vocabulary import Text, WarningName

_SOME_EVENT = "0195f0a0-0000-7000-8000-000000000001"
_RAISED = {
    "type": "PledgeRaised", "pledge": "gbr-ground", "level": "committed", "effective_at": "2025-04-11",
    "sources": [{"publisher": "news report"}],
}  # fmt: skip


@fact()
class RecordFact(Recordable):
    """A fact about the record itself; it has no ``effective_at`` and needs no source."""

    sources: Annotated[tuple[Source, ...], Field(max_length=100)] = ()


@fact(corrects=_SOME_EVENT, replacement=_RAISED, reason="misread the level")
class EventCorrected(RecordFact):
    """The record was wrong: ``replacement``, of the same type and id, applies instead of the event in ``corrects``."""

    type: Literal["EventCorrected"] = "EventCorrected"
    corrects: EventId
    replacement: WorldFact
    reason: Text


@fact(retracts=_SOME_EVENT, reason="recorded twice")
class EventRetracted(RecordFact):
    """The event should never have been recorded; retracting a correction or a retraction restores what it changed."""

    type: Literal["EventRetracted"] = "EventRetracted"
    retracts: EventId
    reason: Text


@fact(event=_SOME_EVENT)
class SourceAdded(Recordable):
    """Another source supports an event that is right."""

    type: Literal["SourceAdded"] = "SourceAdded"
    event: EventId
    sources: Sources


@fact(event=_SOME_EVENT, warning="ReportedTwice", reason="a second company, two days after the first")
class WarningDismissed(RecordFact):
    """A warning about an event has been looked at and set aside; retracting this brings the warning back."""

    type: Literal["WarningDismissed"] = "WarningDismissed"
    event: EventId
    warning: WarningName
    reason: Text


AnyRecordFact = EventCorrected | EventRetracted | SourceAdded | WarningDismissed

REMARKS = (SourceAdded, WarningDismissed)
"""The facts about the record that leave an event as it is. They cannot be corrected, only retracted."""


def target_of(record_fact: AnyRecordFact) -> str:
    """The id of the event that a fact about the record is about."""
    match record_fact:
        case EventCorrected():
            return record_fact.corrects
        case EventRetracted():
            return record_fact.retracts
        case SourceAdded() | WarningDismissed():
            return record_fact.event
