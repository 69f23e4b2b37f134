"""The history of one coalition: its events, and what was in force at any (valid, known), on either known axis.

A history takes in events one by one and never refuses. Reading needs no lock: a question first fixes its position, and
later events do not change what is known there."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Set
from typing import Any, Literal, NamedTuple, Protocol

from domain.events import Event
from domain.facts import Thing
from domain.history.decisions import Draft
from domain.history.fold import FoldedEntry
from domain.history.instants import Instants, both_ends, last_instant, publication_dates, valid_dates
from domain.history.knowledge import Knowledge, ReadableKnowledge, SetAside
from domain.history.reported import ReportedAxis
from domain.history.tracks import Track
from domain.times import BEFORE_TIME_US, stamp_us

KnownAxis = Literal["recorded", "reported"]


class View(NamedTuple):
    """What was in force at one time, as known at one position of one order of learning."""

    knowledge: ReadableKnowledge
    position: int
    valid_us: int

    def states(self) -> list[Any]:
        """The states that a picture shows."""
        return self.knowledge.states_at(self.position, self.valid_us)

    def state(self, thing: Thing) -> Any:
        """One thing's state, or ``None``."""
        return self.knowledge.state_at(thing, self.position, self.valid_us)

    def record(self, thing: Thing) -> list[Event]:
        """The events about a thing that were known."""
        return self.knowledge.record(thing, self.position)

    def events(self) -> list[Event]:
        """All events that were known, in the order of learning."""
        return self.knowledge.known(self.position)

    def events_after(self, sequence: int) -> Iterator[Event]:
        """The events after a sequence that were known, by ``sequence``."""
        return self.knowledge.known_after(sequence, self.position)

    def event(self, event_id: str) -> Event | None:
        """The event with an id, if it was known."""
        return self.knowledge.known_event(event_id, self.position)

    def events_about(self, event_id: str) -> list[Event]:
        """The corrections and retractions of an event, and the sources added to it, that were known."""
        return self.knowledge.known_about(event_id, self.position)

    def set_aside(self) -> list[SetAside]:
        """The known events that lack their footing, whenever they would take effect."""
        return self.knowledge.set_aside_at(self.position)

    def at(self, valid_us: int) -> "View":
        """The same knowledge, about another time."""
        return self._replace(valid_us=valid_us)


class ReadableHistory(Protocol):
    """A history to read: that of a coalition, or a changed one."""

    @property
    def coalition(self) -> str: ...

    @property
    def sequence(self) -> int: ...

    @property
    def last_recorded_us(self) -> int: ...

    @property
    def root(self) -> "History": ...

    @property
    def changed_ids(self) -> Set[str]: ...

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View: ...


class History:
    """All events of one coalition, in the order of their ``sequence``. One writer at a time; any number of readers."""

    def __init__(self, coalition: str, events: Iterable[Event] = ()) -> None:
        self.coalition = coalition
        self._recorded = Knowledge()
        self.events = self._recorded.learned
        self._reported = ReportedAxis(self._recorded)
        self._valid_instants = Instants()
        self._publication_instants = Instants()
        for event in events:
            self.append(event)

    @property
    def sequence(self) -> int:
        """The number of events."""
        return len(self.events)

    @property
    def root(self) -> "History":
        """The coalition's own history, on which a changed one is based: this one."""
        return self

    @property
    def changed_ids(self) -> Set[str]:
        """The ids of the events that are not as they were recorded: none."""
        return frozenset()

    def __contains__(self, event_id: str) -> bool:
        """Whether an event with an id has been taken in."""
        return event_id in self._recorded.corrections.events

    def append(self, event: Event, folded: FoldedEntry | None = None) -> None:
        """Take in the next recorded event; never refuses. ``folded`` is what a draft over this history made of it."""
        for text in valid_dates(event):
            self._valid_instants.add_date(text, both_ends)
        for text in publication_dates(event):
            self._publication_instants.add_date(text, last_instant)
        self._recorded.learn(event, folded)
        self._reported.catch_up()

    def draft(self) -> Draft:
        """Begin to decide what may be recorded next."""
        return Draft(self._recorded.fold, is_empty=not self.events)

    def track(self, thing: Thing) -> Track | None:
        """All entries about a thing and its states, as known now."""
        return self._recorded.fold.tracks.find(thing)

    @property
    def last_recorded_us(self) -> int:
        """When the latest event was recorded; far in the past if there is none."""
        return _recorded_us(self.events[-1]) if self.events else BEFORE_TIME_US

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """What was in force at a time, as known at another, by the first ``sequence`` events."""
        if axis == "recorded":
            position = bisect_right(self.events, known_us, key=_recorded_us)
            return View(self._recorded, min(sequence, position), valid_us)
        reported = self._reported.at(min(sequence, self.sequence), known_us)
        return View(reported, reported.position, valid_us)

    def known_set(self, known_us: int, axis: KnownAxis, sequence: int) -> tuple[Any, ...]:
        """A name for the events that a view knows: equal names are equal sets, at any time and in every process.

        It begins with the id of the last event that was looked at: a record that has been put in the place of another
        has other ids.
        """
        position = min(sequence, bisect_right(self.events, known_us, key=_recorded_us))
        if axis == "recorded":
            return self._id_of(position), axis, position
        sequence = min(sequence, self.sequence)
        return self._id_of(sequence), axis, sequence, position, self._publication_instants.stretch_of(known_us)

    def stretch_of(self, valid_us: int) -> int:
        """When the stretch of valid time begins, around a time, in which no answer changes but for its basis."""
        return self._valid_instants.stretch_of(valid_us)

    @property
    def events_held(self) -> int:
        """How many events are held, each as often as it is folded in another order."""
        return len(self.events) + self._reported.events_held

    def _id_of(self, sequence: int) -> str | None:
        return self.events[sequence - 1].event_id if sequence else None


def _recorded_us(event: Event) -> int:
    return stamp_us(event.recorded_at)
