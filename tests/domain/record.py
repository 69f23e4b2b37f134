"""How the tests of rules are written: given facts, if another is recorded, then it is in force or a rule refuses it."""

from itertools import count
from typing import Any

from domain.events import FACT, RECORD_TYPES, Event
from domain.facts import Thing
from domain.history.history import History
from domain.refusals import Refused
from domain.times import DAY_US, format_instant, period

SOURCES = [{"publisher": "news report", "published_on": "2025-04-10"}]
FORMED = {"type": "CoalitionFormed", "name": "Coalition of the willing"}
FIRST_RECORDED_US = period("2025-04-12").start_us

Fact = dict[str, Any]


def people(least: int | None, most: int | None) -> Fact:
    """A quantity in people."""
    return {"min": least, "max": most, "unit": "personnel"}


def pledge(name: str = "p", quantity: Fact | None = None, **fields: Any) -> Fact:
    """A pledge of 1,000 to 2,000 of ground forces by GBR, unless the fields differ."""
    made = {
        "type": "PledgeMade",
        "pledge": name,
        "contributor": "GBR",
        "level": "pledged",
        "capability": "ground_forces",
    }
    return made | {"quantity": quantity or people(1000, 2000)} | fields


def about(kind: str, name: str = "p", **fields: Any) -> Fact:
    """A fact of some type about a pledge."""
    return {"type": kind, "pledge": name} | fields


def replacing(event_id: str, replacement: Fact, effective_at: str = "2025-04-10") -> Fact:
    """A correction that puts another fact in the place of an event's."""
    replacement = replacement | {"effective_at": effective_at, "sources": SOURCES}
    return {"type": "EventCorrected", "corrects": event_id, "reason": "misread", "replacement": replacement}


class Record:
    """The record of a coalition, with a day between one recording and the next."""

    def __init__(self, *facts: Fact, formed: Fact | None = None) -> None:
        self.history = History("willing")
        self._ids = count(1)
        for fact in (FORMED | (formed or {}), *facts):
            self.record(fact)

    def record(self, *facts: Fact) -> list[str]:
        """Record one list, whole or not at all; returns the event ids. Raises ``Refused``."""
        events = [self._event(fact, place) for place, fact in enumerate(facts, 1)]
        draft = self.history.draft()
        draft.add(events)
        for event, folded in zip(events, draft.folded, strict=True):
            self.history.append(event, folded)
        return [event.event_id for event in events]

    def refuses(self, *facts: Fact) -> list[tuple[str, str]]:
        """The rules and fields by which a list is refused, or none if it would be recorded. Nothing is recorded."""
        events = [self._event(fact, place) for place, fact in enumerate(facts, 1)]
        try:
            self.history.draft().add(events)
        except Refused as refused:
            return [(violation.broken.rule, violation.broken.field) for violation in refused.violations]
        return []

    def collides_with(self, *facts: Fact) -> tuple[str, ...]:
        """The event ids that the first refused fact of a list collides with."""
        try:
            self.history.draft().add([self._event(fact, place) for place, fact in enumerate(facts, 1)])
        except Refused as refused:
            return refused.violations[0].broken.collides_with
        return ()

    def state(self, kind: str, name: str = "p", on: str = "2030", known: str = "2030") -> Any:
        """The state of a thing on a date, as recorded by another."""
        view = self.history.view(period(on).last_us, period(known).last_us, "recorded", self.history.sequence)
        return view.state(Thing(kind, name))

    def _event(self, fact: Fact, place: int) -> Event:
        number = next(self._ids)
        about_the_record = fact["type"] in RECORD_TYPES
        whole = {"sources": SOURCES} | ({} if about_the_record else {"effective_at": "2025-04-10"}) | fact
        return Event(
            event_id=fact.get("event_id") or f"00000000-0000-7000-8000-{number:012}",
            coalition="willing",
            sequence=self.history.sequence + place,
            recorded_at=format_instant(FIRST_RECORDED_US + self.history.sequence * DAY_US),
            recorded_by="test",
            fact=FACT.validate_python(whole),
        )


def given(*facts: Fact, formed: Fact | None = None) -> Record:
    """A record in which a coalition is formed (with other fields, if given) and the facts are in force."""
    return Record(*facts, formed=formed)
