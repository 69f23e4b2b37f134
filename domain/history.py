"""The history of one coalition: its events, and what stood at any (valid, known), on either known axis.

A history takes in events one by one and never refuses. Reading needs no lock: a question fixes its point first, and
what is recorded later does not change what is seen there."""

from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple, Protocol

from domain.bitemporal import FOREVER, Bounded, OpenEnded, Row
from domain.corrections import EventCorrected, EventRetracted, SourceAdded
from domain.decisions import Draft
from domain.events import Event
from domain.facts import Entry, Thing
from domain.refusals import RuleBroken
from domain.standing import Standing, Track
from domain.times import instant_us, period

KnownAxis = Literal["recorded", "reported"]
BEFORE_TIME = -FOREVER


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


class _Rows:
    """A thing's rows: all of them, and those not closed, in valid order."""

    __slots__ = ("all", "open")

    def __init__(self) -> None:
        self.all: list[Row] = []
        self.open: list[Row] = []


class Knowledge(Standing):
    """What was known at each position in one order of learning, and what stood by it at each time."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        super().__init__()
        self.position = 0
        self._filed: dict[Thing, list[tuple[int, Event]]] = {}
        self._moved: dict[Thing, dict[str, None]] = {}
        self._rows: dict[Thing, _Rows] = {}
        self._open_ended = OpenEnded()
        self._bounded = Bounded()
        self._aside_rows: dict[str, Row] = {}
        for event in events:
            self.learn(event)

    def learn(self, event: Event) -> None:
        """Take in the next event in this order of learning."""
        self._open_ended.begin(self.position)
        self.position += 1
        self.arrive(event)
        self._file(event)

    def known(self, position: int) -> list[Event]:
        """The events known at a position, in the order of learning."""
        return list(islice(self.events.values(), position))

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events known at a position that are about a thing, what is about those events included."""
        return [event for learned_at, event in self._filed.get(thing, ()) if learned_at <= position]

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
        self._filed.setdefault(root.fact.thing, []).append((self.position, event))
        for change in self.changes.get(event.event_id, ()):
            self._file(change)

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows, of all things, in no particular order."""
        rows = [*self._open_ended.near(position), *self._bounded.near(valid_us)]
        return [
            row.state
            for row in rows
            if row.known_from <= position < row.known_to and row.valid_from <= valid_us < row.valid_to
        ]

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state, shown in a picture or not; ``None`` where it was not there, or not known."""
        rows = self._rows.get(thing)
        if rows is None:
            return None
        return next((row.state for row in reversed(rows.all) if row.stands_at(position, valid_us)), None)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        """The times in (from, to] at which, as known at the position, a state begins, but for those of some things."""
        return {
            row.valid_from
            for row in self._rows_without(without)
            if row.known_from <= position < row.known_to and from_us < row.valid_from <= to_us
        }

    def states_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[Any]:
        """Every state, as known at the position, that a thing was in at some time in between, but for some things."""
        for row in self._rows_without(without):
            if row.known_from <= position < row.known_to and row.valid_from <= to_us and row.valid_to > from_us:
                yield row.state

    def _rows_without(self, things: Collection[Thing]) -> Iterator[Row]:
        return (row for thing, rows in tuple(self._rows.items()) if thing not in things for row in rows.all)

    def things(self, kind: str) -> list[Thing]:
        """All things of a kind that were ever on record here."""
        return [thing for thing in tuple(self._rows) if thing.kind == kind]

    def _folded(self, thing: Thing, track: Track, from_us: int) -> None:
        """Close what is no longer thought to hold from a time on, and open what is."""
        rows = self._rows.get(thing)
        if rows is None:
            rows = self._rows[thing] = _Rows()
        position = track.position((from_us, 0))
        if position:
            position -= 1  # the state just before now lasts for a longer or shorter time
            from_us = track.entries[position].effective_us
        self._close_from(rows, from_us)
        for begins_us, ends_us, state in stretches(track, position):
            self._open(rows, begins_us, ends_us, state)

    def _close_from(self, rows: _Rows, from_us: int) -> None:
        """Close the open rows that begin at a time or later."""
        while rows.open and rows.open[-1].valid_from >= from_us:
            row = rows.open.pop()
            row.known_to = self.position
            self._open_ended.close(row)

    def _open(self, rows: _Rows, from_us: int, to_us: int, state: Any) -> None:
        row = Row(self.position, from_us, to_us, state)
        rows.open.append(row)
        rows.all.append(row)
        if state.is_current:
            self._index(row)

    def _index(self, row: Row) -> None:
        if row.valid_to == FOREVER:
            self._open_ended.add(row)
        else:
            self._bounded.add(row)

    def _set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None = None) -> None:
        super()._set_aside(event_id, broken, effective_us)
        row = self._aside_rows.pop(event_id, None)
        if row is not None:
            row.known_to = self.position
            self._open_ended.close(row)
        if broken is not None:
            begins_us = BEFORE_TIME if effective_us is None else effective_us
            row = self._aside_rows[event_id] = Row(
                self.position, begins_us, FOREVER, SetAside(self.events[event_id], broken)
            )
            self._index(row)


def stretches(track: Track, position: int = 0) -> Iterator[tuple[int, int, Any]]:
    """Each state of a thing, from one of its entries on, with the times from which and up to which it was in it."""
    entries, states = track.entries, track.states
    while position < len(entries):
        begins_us = entries[position].effective_us
        ends_us = entries[position + 1].effective_us if position + 1 < len(entries) else FOREVER
        if begins_us != ends_us and states[position] is not None:
            yield from _until_expiry(begins_us, ends_us, states[position])
        position += 1


def _until_expiry(from_us: int, to_us: int, state: Any) -> Iterator[tuple[int, int, Any]]:
    """A state that expires within its time is followed by what it is after its end."""
    if state.ends_us is None or state.ends_us >= to_us:
        yield from_us, to_us, state
    elif state.ends_us <= from_us:
        yield from_us, to_us, state.ended()
    else:
        yield from_us, state.ends_us, state
        yield state.ends_us, to_us, state.ended()


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
        self.events: list[Event] = []
        self._recorded_us: list[int] = []
        self._recorded = Knowledge()
        self._reported: dict[int, _Reported] = {}
        for event in events:
            self.append(event)

    @property
    def sequence(self) -> int:
        """How many events there are."""
        return len(self.events)

    def append(self, event: Event) -> None:
        """Take in what has been recorded; never refuses."""
        self._recorded.learn(event)
        self._recorded_us.append(instant_us(event.recorded_at))
        self.events.append(event)

    def draft(self) -> Draft:
        """Begin to decide what may be recorded next."""
        return Draft(self._recorded)

    @property
    def last_recorded_us(self) -> int:
        """When the latest event was recorded; far in the past where there is none."""
        return self._recorded_us[-1] if self._recorded_us else BEFORE_TIME

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """What stood at a time, as known at another, by the first ``sequence`` events."""
        if axis == "recorded":
            return View(self._recorded, min(sequence, bisect_right(self._recorded_us, known_us)), valid_us)
        reported = self._reported_by(min(sequence, self.sequence))
        return View(reported.knowledge, bisect_right(reported.learned_us, known_us), valid_us)

    def _reported_by(self, sequence: int) -> "_Reported":
        """The first events in the order in which the public could know of them; the last few answers are kept."""
        reported = self._reported.get(sequence)
        if reported is None:
            reported = _reported(self.events[:sequence], self._recorded_us)
            kept = list(self._reported.items())[-(_REPORTED_KEPT - 1) :]
            self._reported = {**dict(kept), sequence: reported}
        return reported


_REPORTED_KEPT = 3


class _Reported(NamedTuple):
    knowledge: Knowledge
    learned_us: list[int]


def _reported(events: Sequence[Event], recorded_us: Sequence[int]) -> _Reported:
    """Fold events in the order of their reports: from the earliest of each one's sources on."""
    known_us = reported_times(events, recorded_us)
    in_order = sorted(range(len(events)), key=lambda index: (known_us[index], index))
    return _Reported(Knowledge(events[index] for index in in_order), [known_us[index] for index in in_order])


def reported_times(events: Sequence[Event], recorded_us: Sequence[int]) -> list[int]:
    """From when each event could be known: the earliest publication of its sources, or else its recording.

    Sources added later count, unless what added them has been retracted.
    """
    known_us = [_known_us(event, recorded) for event, recorded in zip(events, recorded_us, strict=False)]
    additions = [(index, event) for index, event in enumerate(events) if isinstance(event.fact, SourceAdded)]
    if not additions:
        return known_us
    record = Standing()
    for event in events:
        record.arrive(event)
    indexes = {event.event_id: index for index, event in enumerate(events)}
    for index, event in reversed(additions):
        fact: Any = event.fact
        target = indexes.get(fact.event)
        if target is not None and not record.is_retracted(event.event_id):
            known_us[target] = min(known_us[target], known_us[index])
    return known_us


def _known_us(event: Event, recorded_us: int) -> int:
    published = [period(source.published_on).last_us for source in event.fact.sources if source.published_on]
    return min(published, default=recorded_us)


__all__ = [
    "BEFORE_TIME",
    "History",
    "Knowledge",
    "Known",
    "KnownAxis",
    "Readable",
    "SetAside",
    "View",
    "reported_times",
    "stretches",
]
