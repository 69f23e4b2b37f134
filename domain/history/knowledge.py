"""What was known at each position in one order of learning, and what was in force at each time."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple, Protocol, cast

from domain.corrections import EventCorrected, EventRetracted, SourceAdded
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.bitemporal import BitemporalTrack, BoundedIndex, OpenEndedIndex
from domain.history.correction_chains import replaces_another_thing
from domain.history.fold import Fold, Track
from domain.refusals import RuleBroken
from domain.times import BEFORE_TIME_US, FOREVER_US

SEQUENCE = attrgetter("sequence")


class SetAside(NamedTuple):
    """An event that lacks its footing in the history at hand, and the rule that it would break."""

    event: Event
    broken: RuleBroken
    ends_us: None = None
    status: str = "set_aside"
    is_current: bool = True


class ReadableKnowledge(Protocol):
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
        self.course = BitemporalTrack()
        self.events: list[Event] = []
        self.learned_at: list[int] = []


class Knowledge(Fold):
    """What was known at each position in one order of learning, and what stood by it at each time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        super().__init__()
        self.position = 0
        self.learned: list[Event] = []
        self._moved: dict[Thing, dict[str, None]] = {}
        self._open_ended = OpenEndedIndex[BitemporalTrack]()
        self._bounded = BoundedIndex[BitemporalTrack]()
        self._without_footing = OpenEndedIndex[BitemporalTrack]()
        self._aside: dict[str, BitemporalTrack] = {}
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
        start = bisect_right(self.learned, sequence, hi=position, key=SEQUENCE)
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
        for thing in subjects_of(told) - {own.thing}:
            track = cast(_KnownTrack, self._track_to_change(thing))
            filed = {one.event_id for one in track.events}
            for one in sorted(told, key=SEQUENCE):
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

    def set_aside_at(self, position: int, valid_us: int = FOREVER_US - 1) -> list[SetAside]:
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
            course.relearn(self.position, BEFORE_TIME_US, (), ())
            self._without_footing.close(course)
        if broken is not None:
            course = self._aside[event_id] = BitemporalTrack()
            begins_us = BEFORE_TIME_US if effective_us is None else effective_us
            course.append(self.position, begins_us, SetAside(self.events[event_id], broken))
            self._without_footing.add(course, self.position)


def subjects_of(told: Sequence[Event]) -> set[Thing]:
    """The things that a fact, the first of what is told, is about: by itself, and by the corrections that fit it."""
    original: Any = told[0].fact
    fitting = (fact for event in told[1:] if isinstance(fact := event.fact, EventCorrected))
    moved = {fact.replacement.thing for fact in fitting if replaces_another_thing(fact.replacement, told[0]) is None}
    return moved | {original.thing}
