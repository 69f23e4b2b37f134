"""The index that finds what was in force at (valid, known) at a cost that follows the answer, not the whole history.

A ``BitemporalTrack`` holds one thing's states on both axes. Facts that arrive in valid order, as nearly all do, are
appended; one that arrives out of order begins a new layer, which holds from its time on and leaves the layers below
unchanged. Learning never changes what was known at an earlier position, so a reader that has fixed its position sees
the same whatever is recorded meanwhile, and needs no lock.

Two indexes find the tracks to read. ``OpenEndedIndex`` has those in force until further notice, by position; from time
to time it begins a page with all that are then open. ``BoundedIndex`` has those with an end, by the period of valid
time that they overlap. Either way, a question reads a small multiple of what was in force.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar

from domain.facts import Entry
from domain.history.tracks import Track
from domain.times import BEFORE_TIME_US, FOREVER_US

MIN_PAGE_SIZE = 64
"""The number of tracks that a page or a period holds before it is worth splitting."""

PAGE_SHARE = 8
"""A page is full once it has grown by one part in this many. A larger number reads fewer tracks in vain and makes more
pages."""

# --- one thing --------------------------------------------------------------------------------------------------------


class _Layer:
    """One thing's states from a time on, as known from a position on; the layer ``below`` has earlier times.

    The three lists are parallel: a state, when it begins, and the position at which it was learned; times and
    positions never decrease. The first state is the one in force when the layer's time begins.
    """

    __slots__ = ("begins_us", "below", "from_us", "learned_at", "states")

    def __init__(self, known_from: int, from_us: int, state: Any, below: "_Layer | None") -> None:
        self.from_us = from_us
        self.below = below
        self.begins_us = [from_us]
        self.states = [state]
        self.learned_at = [known_from]


_KNOWN_FROM = attrgetter("known_from")
_EFFECTIVE_US = attrgetter("effective_us")


class BitemporalTrack:
    """One thing's states, by valid time and by the position at which they are known."""

    __slots__ = ("_known_from", "_layers", "is_open_ended")

    def __init__(self) -> None:
        self._layers: list[_Layer] = [_Layer(0, BEFORE_TIME_US, None, None)]
        self._known_from = [0]
        self.is_open_ended = False

    def append(self, position: int, begins_us: int, state: Any) -> bool:
        """Append a state that begins after all others; returns whether it does."""
        layer = self._layers[-1]
        if begins_us < layer.begins_us[-1]:
            return False
        layer.states.append(state)
        layer.begins_us.append(begins_us)
        layer.learned_at.append(position)  # appended last: readers use its length
        return True

    def relearn(self, position: int, from_us: int, entries: Sequence[Entry], states: Sequence[Any]) -> None:
        """Replace what holds from a time onwards; ``entries`` and ``states`` are those of all times.

        Layers no longer than the new one are merged into it, so that few ever lie upon one another.
        """
        start = bisect_left(entries, from_us, key=_EFFECTIVE_US)
        below: _Layer | None = self._layers[-1]
        while below is not None:
            lower = bisect_left(entries, below.from_us, key=_EFFECTIVE_US)
            if start - lower > len(entries) - start:
                break
            from_us, start, below = min(from_us, below.from_us), min(start, lower), below.below
        layer = _Layer(position, from_us, states[start - 1] if start else None, below)
        layer.begins_us += [entry.effective_us for entry in entries[start:]]
        layer.states += states[start:]
        layer.learned_at += [position] * (len(entries) - start)
        self._layers.append(layer)
        self._known_from.append(position)  # appended last, as above

    def state_at(self, position: int, valid_us: int) -> Any:
        """The state at a time, as known at a position; ``None`` if the thing did not exist."""
        layer = self._layers[bisect_right(self._known_from, position) - 1]
        while layer.below is not None and valid_us < layer.from_us:
            layer = layer.below
        learned_at, begins_us = layer.learned_at, layer.begins_us
        end = len(learned_at)
        if learned_at[-1] > position:
            end = bisect_right(learned_at, position)
        last = end - 1
        if begins_us[last] > valid_us:
            last = bisect_right(begins_us, valid_us, 0, end) - 1
        state = layer.states[last]
        if state is not None and state.ends_us is not None and state.ends_us <= valid_us:
            return state.after_end()
        return state

    def stretches(self, position: int, from_us: int) -> Iterator[tuple[int, int, Any]]:
        """Each state known at a position, with the times from and up to which it held, in no order, back to a time."""
        layer: _Layer | None = self._layers[bisect_right(self._known_from, position) - 1]
        ends_us = below_us = FOREVER_US
        while layer is not None and ends_us > from_us:
            for index in range(bisect_right(layer.learned_at, position) - 1, 0, -1):
                begins_us = layer.begins_us[index]
                if begins_us < min(ends_us, below_us):
                    yield from with_expiry(begins_us, ends_us, layer.states[index])
                    ends_us = begins_us
            below_us = layer.from_us
            layer = layer.below


def with_expiry(begins_us: int, ends_us: int, state: Any) -> Iterator[tuple[int, int, Any]]:
    """A state with its times; if it expires within them, the state after its end follows."""
    if state is None:
        return
    if state.ends_us is None or state.ends_us >= ends_us:
        yield begins_us, ends_us, state
    elif state.ends_us <= begins_us:
        yield begins_us, ends_us, state.after_end()
    else:
        yield begins_us, state.ends_us, state
        yield state.ends_us, ends_us, state.after_end()


# --- all things -------------------------------------------------------------------------------------------------------

T = TypeVar("T")


class _Page(Generic[T]):
    """The tracks open when the page began, and those opened since."""

    __slots__ = ("begun_with", "known_from", "opened")

    def __init__(self, known_from: int, begun_with: tuple[T, ...]) -> None:
        self.known_from = known_from
        self.begun_with = begun_with
        self.opened: list[T] = []


class OpenEndedIndex(Generic[T]):
    """The things without an end on the valid axis, by the position at which that was known."""

    def __init__(self) -> None:
        self._pages: list[_Page[T]] = [_Page(0, ())]
        self._open: dict[T, None] = {}

    def add(self, thing: T, position: int) -> None:
        page = self._pages[-1]
        if len(page.opened) > max(MIN_PAGE_SIZE, len(page.begun_with) // PAGE_SHARE):
            page = _Page(position, tuple(self._open))
            self._pages.append(page)
        page.opened.append(thing)
        self._open[thing] = None

    def close(self, thing: T) -> None:
        self._open.pop(thing, None)

    def near(self, position: int) -> Iterator[T]:
        """All things open at the position, and some others."""
        page = self._pages[bisect_right(self._pages, position, key=_KNOWN_FROM) - 1]
        yield from page.begun_with
        yield from page.opened


class _Span(Generic[T]):
    """Something over a period of valid time."""

    __slots__ = ("from_us", "thing", "to_us")

    def __init__(self, from_us: int, to_us: int, thing: T) -> None:
        self.from_us = from_us
        self.to_us = to_us
        self.thing = thing


class _Validity(Generic[T]):
    """The spans that overlap valid time from ``start_us`` to ``end_us``."""

    __slots__ = ("end_us", "room", "spans", "start_us", "starting")

    def __init__(self, start_us: int, end_us: int, spans: list[_Span[T]]) -> None:
        self.start_us = start_us
        self.end_us = end_us
        self.spans = spans
        self.starting = sum(span.from_us >= start_us for span in spans)
        self.room = max(MIN_PAGE_SIZE, (len(spans) - self.starting) // PAGE_SHARE)


class BoundedIndex(Generic[T]):
    """The things with an end on the valid axis, by the period of valid time that they overlap."""

    def __init__(self) -> None:
        self._stretches: list[_Validity[T]] = [_Validity(BEFORE_TIME_US, FOREVER_US, [])]

    def add(self, thing: T, from_us: int, to_us: int) -> None:
        to_us = max(to_us, from_us + 1)  # an empty span counts too: a split relies on it
        span = _Span(from_us, to_us, thing)
        position = bisect_right(self._stretches, from_us, key=_START_US) - 1
        first = self._stretches[position]
        first.starting += 1
        while position < len(self._stretches) and self._stretches[position].start_us < to_us:
            self._stretches[position].spans.append(span)
            position += 1
        if first.starting > first.room:
            self._split(first)

    def near(self, valid_us: int) -> Iterator[T]:
        """All things in force at the time, and some others."""
        while True:
            stretch = self._stretches[bisect_right(self._stretches, valid_us, key=_START_US) - 1]
            spans = stretch.spans
            if valid_us < stretch.end_us:  # else it has just been split: the right half is already in place
                return (span.thing for span in spans)

    def _split(self, left: _Validity[T]) -> None:
        starts = sorted(span.from_us for span in left.spans if span.from_us >= left.start_us)
        middle_us = starts[len(starts) // 2]
        if middle_us == left.start_us:
            left.room *= 2  # all begin at the same time: there is nothing to split by
            return
        right = _Validity(middle_us, left.end_us, [span for span in left.spans if span.to_us > middle_us])
        self._stretches.insert(bisect_right(self._stretches, left.start_us, key=_START_US), right)
        left.end_us = middle_us  # before the spans: a reader takes the spans, then checks the end
        staying = _Validity(left.start_us, middle_us, [span for span in left.spans if span.from_us < middle_us])
        left.spans, left.starting, left.room = staying.spans, staying.starting, staying.room


_START_US = attrgetter("start_us")


def validities(track: Track) -> Iterator[tuple[int, int, Any]]:
    """Each state of a thing, with the times from and up to which it held."""
    entries, states = track.entries, track.states
    ends = (*(entry.effective_us for entry in entries[1:]), FOREVER_US)
    for entry, ends_us, state in zip(entries, ends, states, strict=True):
        if entry.effective_us != ends_us:
            yield from with_expiry(entry.effective_us, ends_us, state)
