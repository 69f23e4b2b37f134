"""A warning as it is found, before it is told to anybody."""

from typing import Any, NamedTuple

from pydantic_core import to_jsonable_python

from domain.vocabulary import WarningName
from projections.warnings.known_facts import FactInForce, KnownFacts


class Found(NamedTuple):
    """What is surprising about a fact: ``pointer`` leads into the fact, ``others`` are the facts that it surprises
    beside, and ``remedy`` is a fact, as a client writes it, that would settle it."""

    warning: WarningName
    one: FactInForce
    pointer: str
    detail: str
    others: tuple[FactInForce, ...] = ()
    remedy: dict[str, Any] | None = None

    @property
    def events(self) -> list[str]:
        """The events that it names, the one that it is about first."""
        return [one.event.event_id for one in (self.one, *self.others)]


def about_latest(facts: tuple[FactInForce | None, ...]) -> tuple[FactInForce, tuple[FactInForce, ...]]:
    """Of some facts, the one that was recorded last, and the others, later ones first."""
    known = sorted((one for one in facts if one is not None), key=lambda one: -one.recorded)
    return known[0], tuple(known[1:])


def number(one: FactInForce) -> str:
    """A fact by the number of its event."""
    return f"event {one.event.sequence}"


def remedy_of_double(facts: KnownFacts, first: FactInForce, second: FactInForce) -> dict[str, Any] | None:
    """The next fact that makes one of two: the second's sources are added to the first, then the second is retracted.

    A correction cannot be retracted without what it corrected coming back, so a corrected fact is not retracted here.
    """
    known = facts.sources_of(first)
    missing = [source for source in facts.sources_of(second) if source not in known]
    if missing:
        sources = [to_jsonable_python(source, exclude_none=True) for source in missing]
        return {"type": "SourceAdded", "event": first.event.event_id, "sources": sources}
    if second.said_by is not second.event:
        return None
    reason = f"recorded twice: the same as event {first.event.sequence}"
    return {"type": "EventRetracted", "retracts": second.event.event_id, "reason": reason}
