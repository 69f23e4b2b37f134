"""What earlier imports of a mapping put on record, and what became of it since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from api.sheets.changes import differing, is_circumstance, merged
from api.sheets.row_facts import Identity, content_json, identity_of
from domain.corrections import EventCorrected, EventRetracted
from domain.events import BY_SEQUENCE, Event
from domain.facts import Fact, Imported
from domain.history.correction_chains import Corrections
from domain.history.history import History, View
from domain.times import FOREVER_US


@dataclass(slots=True)
class StandingFact:
    """A fact about the world that an import recorded: what applies in its place, and the event that says so.

    ``content`` is ``None`` if it is retracted. ``latest`` is the event to correct or retract. ``changes`` are the
    corrections and retractions of the event, of these, and so on, by whomever.
    """

    event: Event
    latest: Event
    content: dict[str, Any] | None
    changes: list[Event] = field(default_factory=list)


@dataclass(slots=True)
class ImportedFact:
    """All events of one fact of one row, in the order of recording: the first, and the changes since."""

    events: list[Event] = field(default_factory=list)
    standing: list[StandingFact] = field(default_factory=list)

    @property
    def imported(self) -> Imported:
        """The row as it was last imported."""
        last = self.events[-1].fact.imported
        assert last is not None
        return last

    @property
    def in_force(self) -> list[StandingFact]:
        """The facts that are not retracted."""
        return [one for one in self.standing if one.content is not None]

    @property
    def by_hand(self) -> list[Event]:
        """The corrections and retractions that were made otherwise since the last import, by ``sequence``."""
        changes = (change for one in self.standing for change in one.changes)
        since = self.events[-1].sequence
        by_hand = (one for one in changes if one.fact.imported is None and one.sequence > since)
        return sorted(by_hand, key=BY_SEQUENCE)

    def differs_from(self, wanted: dict[str, Any]) -> list[str]:
        """The fields in which a row differs from what is on record; its date and sources may be those of any change."""
        contents = [one.content for one in self.standing if one.content is not None]
        return [
            name
            for name in differing(self.content or {}, wanted)
            if not is_circumstance(name) or all(one.get(name) != wanted.get(name) for one in contents)
        ]

    @property
    def content(self) -> dict[str, Any] | None:
        """What the first fact says after the changes since; ``None`` if it is retracted."""
        in_force = [one.content for one in self.standing if one.content is not None]
        if not in_force:
            return None
        content = in_force[0]
        for change in in_force[1:]:
            content = merged(content, change)
        return content


def recorded_by(mapping: str, history: History) -> dict[Identity, ImportedFact]:
    """What imports of a mapping recorded, by the fact and the row."""
    found: dict[Identity, ImportedFact] = {}
    view = history.view(0, FOREVER_US, "recorded", history.sequence)
    for event in view.events():
        imported = event.fact.imported
        if imported is not None and imported.mapping == mapping:
            found.setdefault(identity_of(imported.part, imported.key), ImportedFact()).events.append(event)
    for recorded in found.values():
        recorded.standing = [_standing(event, view) for event in recorded.events if isinstance(event.fact, Fact)]
    return found


def _standing(event: Event, view: View) -> StandingFact:
    changes = sorted(_about(event, view), key=BY_SEQUENCE)
    if not changes:
        return StandingFact(event, event, content_json(event.fact))
    corrections = Corrections()
    for one in (event, *changes):
        corrections.learn(one)
    latest = event
    while (change := corrections.change_of(latest.event_id)) is not None:
        latest = change
    content = corrections.content(event)
    return StandingFact(event, latest, None if content is None else content_json(content), changes)


def _about(event: Event, view: View) -> Iterator[Event]:
    """The corrections and retractions of an event, of these, and so on."""
    for change in view.events_about(event.event_id):
        if isinstance(change.fact, (EventCorrected, EventRetracted)):
            yield change
            yield from _about(change, view)
