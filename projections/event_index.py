"""The events of a record by what they say, so that a filtered page costs its length and not that of the record.

For each filter there are posting lists: for each value, where the events with it are. They are made when the filter is
first used, at the cost of one look at each event, and extended by what has been recorded since. Several filters are
followed at once: each says which event from a place on could be the next, and the furthest of them says where to go
on (a leapfrog join). What is found may match; the filters themselves decide.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from domain.checkpoints import checkpoint
from domain.events import Event
from domain.history.history import History
from projections.record import effective_us

BUCKETS = 1 << 14
"""Values that fall into one bucket share a list, so that a record in which all values differ takes no more memory."""

PAGE = 1_024
"""Events whose effective times are sorted together."""

ValuesOf = Callable[[Event], Iterable[str]]


class EventSource(Protocol):
    """The places of the events that may match a filter."""

    def next(self, place: int) -> int | None:
        """The first of them from a place on."""


class Places:
    """Some places, in ascending order."""

    def __init__(self, places: Sequence[int]) -> None:
        self._places = places

    def next(self, place: int) -> int | None:
        """The first of them from a place on."""
        found = bisect_left(self._places, place)
        return self._places[found] if found < len(self._places) else None


class AnySource:
    """The places of any of several sources."""

    def __init__(self, sources: Sequence[EventSource]) -> None:
        self._sources = sources

    def next(self, place: int) -> int | None:
        """The first of them from a place on."""
        return min((found for source in self._sources if (found := source.next(place)) is not None), default=None)


class _Postings:
    """The places of the events with each value. One thread extends the lists; any number of them read meanwhile."""

    def __init__(self, events: Sequence[Event], values_of: ValuesOf) -> None:
        self._events = events
        self._values_of = values_of
        self._buckets: dict[int, array[int]] = {}
        self._length = 0
        self._extended_by: dict[str, object] = {}

    def of(self, value: str, until: int) -> EventSource:
        """Where the first ``until`` events with a value are, and some others."""
        self._extend(until)
        length = self._length
        listed = Places(self._buckets.get(hash(value) % BUCKETS, ()))
        return listed if length >= until else AnySource([listed, Places(range(length, until))])

    @property
    def length(self) -> int:
        """How many events are listed."""
        return self._length

    def _extend(self, until: int) -> None:
        """List the first ``until`` events, unless another thread is at it."""
        claim = object()
        if self._length >= until or self._extended_by.setdefault("thread", claim) is not claim:
            return
        try:
            for place in range(self._length, until):
                if place % PAGE == 0:
                    checkpoint()
                for bucket in {hash(one) % BUCKETS for one in self._values_of(self._events[place])}:
                    self._buckets.setdefault(bucket, array("I")).append(place)
                self._length = place + 1  # set last: up to here, the lists are complete
        finally:
            del self._extended_by["thread"]


class _Page:
    """The places of a page's events in the order in which they take effect, and these times."""

    __slots__ = ("places", "times_us")

    def __init__(self, first: int, events: Sequence[Event]) -> None:
        in_time = sorted((effective_us(event), place) for place, event in enumerate(events, first))
        self.times_us = array("q", (at_us for at_us, _ in in_time))
        self.places = array("I", (place for _, place in in_time))

    def between(self, from_us: int, to_us: int) -> "array[int]":
        """The places of the events that take effect between two times, both included."""
        return self.places[bisect_left(self.times_us, from_us) : bisect_right(self.times_us, to_us)]


class EffectiveBetween:
    """The places of the events that take effect between two times, and of all after the last full page."""

    def __init__(self, pages: Sequence[_Page], from_us: int, to_us: int) -> None:
        self._pages = pages
        self._times = from_us, to_us
        self._number = -1
        self._here: list[int] = []

    def next(self, place: int) -> int | None:
        """The first of them from a place on."""
        for number in range(place // PAGE, len(self._pages)):
            if number != self._number:
                self._number, self._here = number, sorted(self._pages[number].between(*self._times))
            found = bisect_left(self._here, place)
            if found < len(self._here):
                return self._here[found]
        return max(place, len(self._pages) * PAGE)


class EventIndex:
    """The events of a record by what they say and by when they take effect; ``place`` is ``sequence`` less one."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = events
        self._postings: dict[ValuesOf, _Postings] = {}
        self._pages: dict[int, _Page] = {}

    def with_value(self, values_of: ValuesOf, value: str, until: int) -> EventSource:
        """Where the first ``until`` events are for which a function returns a value, and some others."""
        postings = self._postings.get(values_of)
        if postings is None:
            postings = self._postings.setdefault(values_of, _Postings(self.events, values_of))
        return postings.of(value, until)

    def behind(self, values_of: ValuesOf, until: int) -> int:
        """How many of the first ``until`` events are not yet listed by a function's values."""
        postings = self._postings.get(values_of)
        return until if postings is None else max(0, until - postings.length)

    def effective(self, from_us: int, to_us: int, until: int) -> EventSource:
        """Where the first ``until`` events are that take effect between two times, and some others."""
        for number in range(len(self._pages), until // PAGE):
            checkpoint()
            first = number * PAGE
            self._pages[number] = _Page(first, self.events[first : first + PAGE])  # two threads make the same
        return EffectiveBetween([self._pages[number] for number in range(until // PAGE)], from_us, to_us)


class LongerIndex(EventIndex):
    """The index of the first ``length`` events of a record, and of others that would follow them."""

    def __init__(self, index: EventIndex, length: int, following: Sequence[Event]) -> None:
        super().__init__(_Joined(index.events, length, following))
        self._recorded = index
        self._following = EventIndex(following)
        self._length = length

    def with_value(self, values_of: ValuesOf, value: str, until: int) -> EventSource:
        """Where the first ``until`` events are for which a function returns a value, and some others."""
        recorded = self._recorded.with_value(values_of, value, min(until, self._length))
        following = self._following.with_value(values_of, value, max(0, until - self._length))
        return _OneAfterAnother(recorded, self._length, following)


class _OneAfterAnother:
    """The places of one source below ``length``, then those of another."""

    def __init__(self, one: EventSource, length: int, other: EventSource) -> None:
        self._one, self._length, self._other = one, length, other

    def next(self, place: int) -> int | None:
        """The first of them from a place on."""
        if place < self._length and (found := self._one.next(place)) is not None and found < self._length:
            return found
        found = self._other.next(max(0, place - self._length))
        return None if found is None else self._length + found


class _Joined(Sequence[Event]):
    """The first ``length`` of some events, then others, without a copy."""

    def __init__(self, events: Sequence[Event], length: int, following: Sequence[Event]) -> None:
        self._events, self._length, self._following = events, length, following

    def __len__(self) -> int:
        return self._length + len(self._following)

    def __getitem__(self, place: Any) -> Any:
        return self._events[place] if place < self._length else self._following[place - self._length]


def in_all(sources: Sequence[EventSource], first: int, until: int) -> Iterator[int]:
    """The places from ``first`` up to ``until`` that all of some sources have, in ascending order."""
    place = first
    while place < until:
        checkpoint()
        furthest = place
        for source in sources:
            found = source.next(furthest)
            if found is None:
                return
            furthest = found
        if furthest == place:
            yield place
            place += 1
        else:
            place = furthest


_INDEXES: WeakKeyDictionary[History, EventIndex] = WeakKeyDictionary()


def event_index_of(history: History) -> EventIndex:
    """The index of a coalition's record, made once."""
    index = _INDEXES.get(history)
    if index is None:
        index = _INDEXES.setdefault(history, EventIndex(history.events))
    return index
