"""The history of one coalition: its events, and what stood at any (valid, known), on either known axis.

A history takes in events one by one and never refuses. Reading needs no lock: a question fixes its point first, and
what is recorded later does not change what is seen there."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, Literal, NamedTuple, Protocol, cast

from domain.corrections import EventCorrected, EventRetracted, SourceAdded
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.bitemporal import BEFORE_TIME, FOREVER, Bounded, Course, OpenEnded, with_expiry
from domain.history.decisions import Draft
from domain.history.fold import Standing, Track, replaces_another_thing
from domain.history.publications import Publications
from domain.refusals import RuleBroken
from domain.times import instant_us

KnownAxis = Literal["recorded", "reported"]

_SEQUENCE = attrgetter("sequence")


class SetAside(NamedTuple):
    """An event that lacks its footing in the history at hand, and the rule that it would break."""

    event: Event
    broken: RuleBroken
    ends_us: None = None
    status: str = "set_aside"
    is_current: bool = True


class Known(Protocol):
    """What a view reads: what was known at a position, and what stood by it at each time.

    ``Knowledge`` is one; a changed history, laid over another, is read in the same way.
    """

    def known(self, position: int) -> list[Event]: ...

    def known_after(self, sequence: int, position: int) -> Iterator[Event]: ...

    def known_event(self, event_id: str, position: int) -> Event | None: ...

    def known_about(self, event_id: str, position: int) -> list[Event]: ...

    def set_aside_at(self, position: int) -> list[SetAside]: ...

    def record(self, thing: Thing, position: int) -> list[Event]: ...

    def states_at(self, position: int, valid_us: int) -> list[Any]: ...

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any: ...

    def boundaries(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> set[int]: ...

    def states_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[Any]: ...

    def things(self, kind: str) -> list[Thing]: ...


class _KnownTrack(Track):
    """A thing's track, what was known of it when, and the events about it with the positions of their learning."""

    __slots__ = ("course", "events", "learned_at")

    def __init__(self) -> None:
        super().__init__([], [], {})
        self.course = Course()
        self.events: list[Event] = []
        self.learned_at: list[int] = []


class Knowledge(Standing):
    """What was known at each position in one order of learning, and what stood by it at each time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        super().__init__()
        self.position = 0
        self.learned: list[Event] = []
        self._moved: dict[Thing, dict[str, None]] = {}
        self._open_ended = OpenEnded[Course]()
        self._bounded = Bounded[Course]()
        self._without_footing = OpenEnded[Course]()
        self._aside: dict[str, Course] = {}
        for event in events:
            self.learn(event)

    def learn(self, event: Event) -> None:
        """Take in the next event in this order of learning."""
        self.position += 1
        track = self.arrive(event)
        if track is None:
            self._file(event)
            self._file_where_moved(event)
        else:
            self._file_under(cast(_KnownTrack, track), event)
        self.learned.append(event)  # the last to grow: up to here a reader may look

    def known(self, position: int) -> list[Event]:
        """The events known at a position, in the order of learning."""
        return self.learned[:position]

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        """The events after a sequence that were known at a position, by ``sequence``; none before it is looked at."""
        start = bisect_right(self.learned, sequence, hi=position, key=_SEQUENCE)
        return (self.learned[index] for index in range(start, position))

    def known_event(self, event_id: str, position: int) -> Event | None:
        """The event of an id; ``None`` where none was known at the position."""
        event = self.events.get(event_id)
        return event if event is not None and self._is_known(event, position) else None

    def known_about(self, event_id: str, position: int) -> list[Event]:
        """The facts about the record known at a position that are about an event, by ``sequence``."""
        return [change for change in self.changes.get(event_id, ()) if self._is_known(change, position)]

    def _is_known(self, event: Event, position: int) -> bool:
        """Whether an event was known at a position; here, events are learned in the order of ``sequence``."""
        return position > 0 and event.sequence <= self.learned[position - 1].sequence

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events known at a position that are about a thing, what is about those events included."""
        track = self._known_track(thing)
        return [] if track is None else track.events[: bisect_right(track.learned_at, position)]

    def _known_track(self, thing: Thing) -> _KnownTrack | None:
        return cast("_KnownTrack | None", self.tracks.get(thing))

    def _new_track(self) -> Track:
        return _KnownTrack()

    def moved_to(self, thing: Thing) -> tuple[str, ...]:
        """The ids of the events that a correction made to be about a thing which they were not recorded under."""
        return tuple(self._moved.get(thing, ()))

    def _put_in(self, entry: Entry) -> None:
        super()._put_in(entry)
        recorded: Any = self.events[entry.event_id].fact
        if recorded is not entry.fact and recorded.thing != entry.thing:
            self._moved.setdefault(entry.thing, {})[entry.event_id] = None

    def _file(self, event: Event) -> None:
        """File an event, and what was known about it before it was, under the thing that it comes down to."""
        root = self._topmost(event)
        if isinstance(root.fact, (EventCorrected, EventRetracted, SourceAdded)):
            return
        track = cast(_KnownTrack, self._track_to_change(root.fact.thing))
        for one in self._chain(event):
            self._file_under(track, one)

    def _file_where_moved(self, event: Event) -> None:
        """File a fact, and all that is known about it, also under other things that corrections made it to be about."""
        told = self._chain(self._topmost(event))
        own: Any = told[0].fact
        if isinstance(own, (EventCorrected, EventRetracted, SourceAdded)):
            return
        for thing in things_about(told) - {own.thing}:
            track = cast(_KnownTrack, self._track_to_change(thing))
            filed = {one.event_id for one in track.events}
            for one in sorted(told, key=_SEQUENCE):
                if one.event_id not in filed:
                    self._file_under(track, one)

    def _file_under(self, track: _KnownTrack, event: Event) -> None:
        track.events.append(event)
        track.learned_at.append(self.position)

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows, of all things, in no particular order."""
        courses = dict.fromkeys(chain(self._open_ended.near(position), self._bounded.near(valid_us)))
        states = [course.state_at(position, valid_us) for course in courses]
        current = [state for state in states if state is not None and state.is_current]
        return current + self.set_aside_at(position, valid_us)

    def set_aside_at(self, position: int, valid_us: int = FOREVER - 1) -> list[SetAside]:
        """What has no footing at a time, as known at a position; by default, whenever it would take effect."""
        courses = dict.fromkeys(self._without_footing.near(position))
        states = (course.state_at(position, valid_us) for course in courses)
        return [state for state in states if state is not None]

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state, shown in a picture or not; ``None`` where it was not there, or not known."""
        track = self._known_track(thing)
        return None if track is None else track.course.state_at(position, valid_us)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        """The times in (from, to] at which, as known at the position, a state begins, but for those of some things."""
        stretches = self._stretches(position, from_us, without)
        return {begins_us for begins_us, _, _ in stretches if from_us < begins_us <= to_us}

    def states_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[Any]:
        """Every state, as known at the position, that a thing was in at some time in between, but for some things."""
        stretches = self._stretches(position, from_us, without)
        return (state for begins_us, ends_us, state in stretches if begins_us <= to_us and ends_us > from_us)

    def _stretches(self, position: int, from_us: int, without: Collection[Thing]) -> Iterator[tuple[int, int, Any]]:
        for thing, track in tuple(self.tracks.items()):
            if thing not in without:
                yield from cast(_KnownTrack, track).course.stretches(position, from_us)

    def things(self, kind: str) -> list[Thing]:
        """All things of a kind that were ever on record here."""
        return [thing for thing in tuple(self.tracks) if thing.kind == kind]

    def _appended(self, track: _KnownTrack, entry: Entry, state: Any) -> None:
        course = track.course
        if not course.append(self.position, entry.effective_us, state):
            course.relearn(self.position, entry.effective_us, track.entries, track.states)
        if not course.is_open_ended or state.ends_us is not None or not state.is_current:
            self._index(track, state)

    def _folded(self, track: _KnownTrack, from_us: int) -> None:
        track.course.relearn(self.position, from_us, track.entries, track.states)
        self._index(track, track.states[-1] if track.states else None)

    def _index(self, track: _KnownTrack, state: Any) -> None:
        """See that a course is found wherever a picture shows it; ``state`` is its last."""
        course = track.course
        is_open_ended = state is not None and (state if state.ends_us is None else state.ended()).is_current
        if is_open_ended and not course.is_open_ended:
            self._open_ended.add(course, self.position)
        elif course.is_open_ended and not is_open_ended:
            self._open_ended.close(course)
        course.is_open_ended = is_open_ended
        if state is not None and not is_open_ended:
            last_us = track.entries[-1].effective_us
            self._bounded.add(
                course, track.entries[0].effective_us, last_us if state.ends_us is None else max(last_us, state.ends_us)
            )

    def _set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None = None) -> None:
        super()._set_aside(event_id, broken, effective_us)
        course = self._aside.pop(event_id, None)
        if course is not None:
            course.relearn(self.position, BEFORE_TIME, (), ())
            self._without_footing.close(course)
        if broken is not None:
            course = self._aside[event_id] = Course()
            begins_us = BEFORE_TIME if effective_us is None else effective_us
            course.append(self.position, begins_us, SetAside(self.events[event_id], broken))
            self._without_footing.add(course, self.position)


def things_about(told: Sequence[Event]) -> set[Thing]:
    """The things that a fact, the first of what is told, is about: by itself, and by the corrections that fit it."""
    original: Any = told[0].fact
    fitting = (fact for event in told[1:] if isinstance(fact := event.fact, EventCorrected))
    moved = {fact.replacement.thing for fact in fitting if replaces_another_thing(fact.replacement, told[0]) is None}
    return moved | {original.thing}


def stretches(track: Track) -> Iterator[tuple[int, int, Any]]:
    """Each state of a thing, with the times from which and up to which it was in it."""
    entries, states = track.entries, track.states
    ends = (*(entry.effective_us for entry in entries[1:]), FOREVER)
    for entry, ends_us, state in zip(entries, ends, states, strict=True):
        if entry.effective_us != ends_us:
            yield from with_expiry(entry.effective_us, ends_us, state)


class View(NamedTuple):
    """What stood at one time, as known at one position of one order of learning."""

    knowledge: Known
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
        """The event of an id, if it was known."""
        return self.knowledge.known_event(event_id, self.position)

    def events_about(self, event_id: str) -> list[Event]:
        """The corrections and retractions of an event, and the sources added to it, that were known."""
        return self.knowledge.known_about(event_id, self.position)

    def set_aside(self) -> list[SetAside]:
        """What lacks its footing in what was known, whenever it would take effect."""
        return self.knowledge.set_aside_at(self.position)

    def at(self, valid_us: int) -> "View":
        """The same knowledge, about another time."""
        return self._replace(valid_us=valid_us)


class Readable(Protocol):
    """A history as questions see it: one of a coalition, or a changed one."""

    @property
    def coalition(self) -> str: ...

    @property
    def sequence(self) -> int: ...

    @property
    def last_recorded_us(self) -> int: ...

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View: ...


class History:
    """All events of one coalition, in the order of their ``sequence``. One writer at a time; any number of readers."""

    def __init__(self, coalition: str, events: Iterable[Event] = ()) -> None:
        self.coalition = coalition
        self._recorded = Knowledge()
        self.events = self._recorded.learned
        self._reported: dict[tuple[int, frozenset[str]], _Reported] = {}
        for event in events:
            self.append(event)

    @property
    def sequence(self) -> int:
        """How many events there are."""
        return len(self.events)

    def append(self, event: Event) -> None:
        """Take in what has been recorded; never refuses."""
        self._recorded.learn(event)

    def draft(self) -> Draft:
        """Begin to decide what may be recorded next."""
        return Draft(self._recorded)

    @property
    def last_recorded_us(self) -> int:
        """When the latest event was recorded; far in the past where there is none."""
        return _recorded_us(self.events[-1]) if self.events else BEFORE_TIME

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """What stood at a time, as known at another, by the first ``sequence`` events."""
        if axis == "recorded":
            position = bisect_right(self.events, known_us, key=_recorded_us)
            return View(self._recorded, min(sequence, position), valid_us)
        reported = self._reported_by(min(sequence, self.sequence), known_us)
        return View(reported, bisect_right(reported.learned_us, known_us), valid_us)

    def _reported_by(self, sequence: int, known_us: int) -> "_Reported":
        """The first events in the order in which the public could know of them, as seen at a time.

        The last few orders are kept. There is one for each sequence, unless added sources have been retracted.
        """
        kept = self._reported
        publications = next((one.publications for (length, _), one in kept.items() if length == sequence), None)
        if publications is None:
            events = self.events[:sequence]
            publications = Publications(events, [_recorded_us(event) for event in events])
        key = sequence, publications.retracted_by(known_us)
        reported = kept.get(key)
        if reported is None:
            reported = _Reported(publications, key[1])
            self._reported = {**dict(list(kept.items())[-(_REPORTED_KEPT - 1) :]), key: reported}
        return reported


_REPORTED_KEPT = 3


class _Reported(Knowledge):
    """Some events, learned in the order of their reports: from the earliest of each one's sources on."""

    def __init__(self, publications: Publications, retracted: frozenset[str]) -> None:
        events = publications.events
        known_us = publications.times(retracted)
        self.publications = publications
        in_order = sorted(range(len(events)), key=lambda index: (known_us[index], index))
        self.learned_us = [known_us[index] for index in in_order]
        self._by_sequence = events
        self._learned_at = [0] * len(events)
        for position, index in enumerate(in_order, start=1):
            self._learned_at[index] = position
        super().__init__(events[index] for index in in_order)

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        start = bisect_right(self._by_sequence, sequence, key=_SEQUENCE)
        indexes = range(start, len(self._by_sequence))
        return (self._by_sequence[index] for index in indexes if self._learned_at[index] <= position)

    def _is_known(self, event: Event, position: int) -> bool:
        return self._learned_at[bisect_left(self._by_sequence, event.sequence, key=_SEQUENCE)] <= position


def _recorded_us(event: Event) -> int:
    return instant_us(event.recorded_at)


__all__ = [
    "BEFORE_TIME",
    "History",
    "Knowledge",
    "Known",
    "KnownAxis",
    "Readable",
    "SetAside",
    "View",
    "stretches",
    "things_about",
]
