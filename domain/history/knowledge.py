"""What was known at each position in one order of learning, and what was in force at each time."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol

from domain.corrections import EventCorrected
from domain.events import BY_SEQUENCE, Event
from domain.facts import Entry, Thing
from domain.history.bitemporal import BitemporalTrack, BoundedIndex, OpenEndedIndex
from domain.history.correction_chains import RECORD_FACTS, Corrections, replaces_another_thing
from domain.history.doubtful_things import DoubtfulThings
from domain.history.fold import Fold, FoldedEntry, FoldListener
from domain.history.sparse_states import only_adds
from domain.history.tracks import Track, Tracks
from domain.refusals import RuleBroken
from domain.times import BEFORE_TIME_US, FOREVER_US


class SetAside(NamedTuple):
    """An event that lacks its footing in the history at hand, and the rule that it would break."""

    event: Event
    broken: RuleBroken
    ends_us: None = None
    status: str = "set_aside"
    is_current: bool = True


class ReadableKnowledge(Protocol):
    """What a view reads: the events known at a position, and what was in force at each time.

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

    def stretches_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[tuple[int, int, Any]]: ...

    def things(self, kind: str) -> list[Thing]: ...

    def doubtful(self, kind: str) -> list[Mapping[str, set[int]]]: ...


class KnownTrack(Track):
    """A thing's track, its states on both axes, and the events about it with the positions of their learning."""

    __slots__ = ("bitemporal", "events", "learned_at")

    def __init__(self) -> None:
        super().__init__()
        self.bitemporal = BitemporalTrack()
        self.events: list[Event] = []
        self.learned_at: list[int] = []

    def file(self, event: Event, position: int) -> None:
        """File an event as known from a position on."""
        self.events.append(event)
        self.learned_at.append(position)


class KnowledgeIndex(FoldListener[KnownTrack]):
    """Remembers the states of a fold at each position, and finds those in force at any of them."""

    def __init__(self, events: Mapping[str, Event]) -> None:
        self.position = 0
        self._events = events
        self._moved: dict[Thing, dict[str, None]] = {}
        self._open_ended = OpenEndedIndex[BitemporalTrack]()
        self._bounded = BoundedIndex[BitemporalTrack]()
        self._without_footing = OpenEndedIndex[BitemporalTrack]()
        self._aside: dict[str, BitemporalTrack] = {}
        self.doubtful = DoubtfulThings()

    # --- received from the fold ---

    def on_append(self, track: KnownTrack, entry: Entry, state: Any) -> None:
        """An entry came last on its track."""
        self.doubtful.look_at_last(track, entry)
        bitemporal = track.bitemporal
        if not bitemporal.append(self.position, entry.effective_us, state):
            last = len(track.entries) - 1
            bitemporal.relearn(self.position, entry.effective_us, track, last, last + 1)
        if not bitemporal.is_open_ended or state.ends_us is not None or not state.is_current:
            self._index(track, state)

    def on_fold(self, track: KnownTrack, from_us: int, start: int, end: int) -> None:
        """A track's states from a time on have changed, up to its entry ``end``; ``start`` is the first since then."""
        self.doubtful.look_at(track, start)
        track.bitemporal.relearn(self.position, from_us, track, start, end)
        if end == len(track.entries) or start == 0:
            self._index(track, track.states[-1] if track.states else None)

    def on_sums(self, track: KnownTrack, entry: Entry, position: int) -> None:
        """An entry was put among others and changes only sums; what adds to one ends nothing."""
        self.doubtful.look_at(track, position)
        track.bitemporal.relearn(self.position, entry.effective_us, track, position, len(track.entries))
        if not track.bitemporal.is_open_ended or not only_adds(entry):
            self._index(track, track.states[-1])

    def on_insert(self, entry: Entry) -> None:
        """An entry was put among others, perhaps because a correction moved its event to another thing."""
        recorded: Any = self._events[entry.event_id].fact
        if recorded is not entry.fact and recorded.thing != entry.thing:
            self._moved.setdefault(entry.thing, {})[entry.event_id] = None

    def on_set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None) -> None:
        """An event was set aside, or applies again."""
        bitemporal = self._aside.pop(event_id, None)
        if bitemporal is not None:
            bitemporal.relearn(self.position, BEFORE_TIME_US, Track(), 0, 0)
            self._without_footing.close(bitemporal)
        if broken is not None:
            bitemporal = self._aside[event_id] = BitemporalTrack()
            begins_us = BEFORE_TIME_US if effective_us is None else effective_us
            bitemporal.append(self.position, begins_us, SetAside(self._events[event_id], broken))
            self._without_footing.add(bitemporal, self.position)

    def _index(self, track: KnownTrack, state: Any) -> None:
        """Index a track so that it is found wherever a picture shows it; ``state`` is its last."""
        bitemporal = track.bitemporal
        is_open_ended = state is not None and (state if state.ends_us is None else state.after_end()).is_current
        if is_open_ended and not bitemporal.is_open_ended:
            self._open_ended.add(bitemporal, self.position)
        elif bitemporal.is_open_ended and not is_open_ended:
            self._open_ended.close(bitemporal)
        bitemporal.is_open_ended = is_open_ended
        if state is not None and not is_open_ended:
            last_us = track.entries[-1].effective_us
            until_us = last_us if state.ends_us is None else max(last_us, state.ends_us)
            self._bounded.add(bitemporal, track.entries[0].effective_us, until_us)

    # --- answered ---

    def moved_to(self, thing: Thing) -> tuple[str, ...]:
        """The ids of the events that a correction moved to a thing."""
        return tuple(self._moved.get(thing, ()))

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states in force of all things, in no particular order."""
        tracks = dict.fromkeys(chain(self._open_ended.near(position), self._bounded.near(valid_us)))
        states = [track.state_at(position, valid_us) for track in tracks]
        return [state for state in states if state is not None and state.is_current]

    def set_aside_at(self, position: int, valid_us: int) -> list[SetAside]:
        """The events set aside at a time."""
        tracks = dict.fromkeys(self._without_footing.near(position))
        states = (track.state_at(position, valid_us) for track in tracks)
        return [state for state in states if state is not None]


class Knowledge:
    """What was known at each position in one order of learning, and what was in force by it at each time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.corrections = Corrections()
        self.tracks = Tracks(KnownTrack)
        self._index = KnowledgeIndex(self.corrections.events)
        self.fold = Fold(self.tracks, self.corrections, self._index)
        self.learned: list[Event] = []
        self._filed_where_moved: dict[str, frozenset[Thing]] = {}
        for event in events:
            self.learn(event)

    @property
    def position(self) -> int:
        """The number of events learned."""
        return self._index.position

    def learn(self, event: Event, folded: FoldedEntry | None = None) -> None:
        """Take in the next event in this order of learning; ``folded`` is what a draft over this made of it."""
        position = self._index.position + 1
        if position == event.sequence:
            position = event.sequence  # the same object, which is kept: 32 bytes less for each event
        self._index.position = position
        track = self.fold.learn(event) if folded is None else self.fold.adopt(event, folded)
        if track is None:
            self._file(event)
        else:
            track.file(event, position)
        self.learned.append(event)  # appended last: readers use its length

    def known(self, position: int) -> list[Event]:
        """The events known at a position, in the order of learning."""
        return self.learned[:position]

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        """The events after a sequence that were known at a position, by ``sequence``; earlier ones cost nothing."""
        start = bisect_right(self.learned, sequence, hi=position, key=BY_SEQUENCE)
        return (self.learned[index] for index in range(start, position))

    def known_event(self, event_id: str, position: int) -> Event | None:
        """The event with an id; ``None`` if it was not known at the position."""
        event = self.corrections.events.get(event_id)
        return event if event is not None and self.is_known(event.sequence, position) else None

    def known_about(self, event_id: str, position: int) -> list[Event]:
        """The facts about the record known at a position that are about an event, by ``sequence``."""
        return [
            change for change in self.corrections.about.get(event_id, ()) if self.is_known(change.sequence, position)
        ]

    def is_known(self, sequence: int, position: int) -> bool:
        """Whether the event of a sequence was known at a position; here, they are learned in the order of sequence."""
        return position > 0 and sequence <= self.learned[position - 1].sequence

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events about a thing that were known at a position, and the known events about them."""
        track = self.tracks.find(thing)
        return [] if track is None else track.events[: bisect_right(track.learned_at, position)]

    def moved_to(self, thing: Thing) -> tuple[str, ...]:
        """The ids of the events that a correction moved to a thing."""
        return self._index.moved_to(thing)

    def _file(self, event: Event) -> None:
        """File an event, and the known events about it, under the thing of its root and where corrections moved it."""
        root = self.corrections.topmost(event)
        if isinstance(root.fact, RECORD_FACTS):
            return
        fact: Any = root.fact
        own = self.corrections.chain(event)
        for one in own:
            self.tracks.to_change(fact.thing).file(one, self.position)
        before = self._filed_where_moved.get(root.event_id, frozenset())
        moved = subjects_of([root, *own]) - {fact.thing}
        for thing in before | moved:
            missing = own if thing in before else self.corrections.chain(root)
            for one in sorted(missing, key=BY_SEQUENCE):
                self.tracks.to_change(thing).file(one, self.position)
        if moved - before:
            self._filed_where_moved[root.event_id] = before | moved

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows, of all things, in no particular order, and the events set aside."""
        return self._index.states_at(position, valid_us) + self.set_aside_at(position, valid_us)

    def set_aside_at(self, position: int, valid_us: int = FOREVER_US - 1) -> list[SetAside]:
        """The events without footing at a time, as known at a position; by default, whenever they would take effect."""
        return self._index.set_aside_at(position, valid_us)

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state, shown in a picture or not; ``None`` if it did not exist, or was not known."""
        track = self.tracks.find(thing)
        return None if track is None else track.bitemporal.state_at(position, valid_us)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        """The times in (from, to] at which, as known at the position, a state begins, except states of some things."""
        validities = self._validities(position, from_us, without)
        return {begins_us for begins_us, _, _ in validities if from_us < begins_us <= to_us}

    def stretches_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[tuple[int, int, Any]]:
        """Every state, as known at the position, in force at some time in between, except states of some things; each
        after the times from and up to which it is in force."""
        validities = self._validities(position, from_us, without)
        return (one for one in validities if one[0] <= to_us and one[1] > from_us)

    def _validities(self, position: int, from_us: int, without: Collection[Thing]) -> Iterator[tuple[int, int, Any]]:
        for thing, track in self.tracks.items():
            if thing not in without:
                yield from track.bitemporal.stretches(position, from_us)

    def things(self, kind: str) -> list[Thing]:
        """All things of a kind that were ever on record here."""
        return [thing for thing in self.tracks if thing.kind == kind]

    def doubtful(self, kind: str) -> list[Mapping[str, set[int]]]:
        """The things of a kind whose sources have to be looked at closely, in one mapping or several, with the times
        from which on its sources may disagree."""
        return [self._index.doubtful.of(kind)]


def subjects_of(events: Sequence[Event]) -> set[Thing]:
    """The things that the first of some events is about: by itself, and by those of the others that correct it."""
    original: Any = events[0].fact
    corrections = (fact for event in events[1:] if isinstance(fact := event.fact, EventCorrected))
    moved = {one.replacement.thing for one in corrections if replaces_another_thing(one.replacement, events[0]) is None}
    return moved | {original.thing}
