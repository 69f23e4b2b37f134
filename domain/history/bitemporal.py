"""The index that finds what was in force at (valid, known) at a cost that follows the answer, not the whole history.

A ``BitemporalTrack`` holds one thing's states on both axes. Facts that arrive in valid order, as nearly all do, are
appended; one that arrives out of order begins a new layer. It costs little more than what changed, and not the length
of the track: a tree that shares all else with the layer before or, where most states differ from then on, the entries
in shared blocks with a few of the states (``sparse_states.py``).
Learning never changes what was known at an earlier position, so a reader that has fixed its position sees the same
whatever is recorded meanwhile, and needs no lock.

Two indexes find the tracks to read. ``OpenEndedIndex`` has those in force until further notice, by position; from time
to time it begins a page with all that are then open. ``BoundedIndex`` has those with an end, by the period of valid
time that they overlap. Either way, a question reads a small multiple of what was in force.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain
from operator import attrgetter
from typing import Any, Generic, TypeVar

from domain.history.sparse_states import SparseStates, StatesOnDemand
from domain.history.tracks import Track
from domain.times import BEFORE_TIME_US, FOREVER_US

MIN_PAGE_SIZE = 64
"""The number of tracks that a page or a period holds before it is worth splitting."""

PAGE_SHARE = 8
"""A page is full once it has grown by one part in this many. A larger number reads fewer tracks in vain and makes more
pages."""

# --- one thing --------------------------------------------------------------------------------------------------------


Tree = tuple[int, Any, int, Any, Any] | None
"""A persistent search tree: when a state begins, the state, a priority, and the trees of what begins before and after.

It is a treap: by time a search tree, by priority a heap. Priorities are hashes of the times, so it is balanced as a
random tree is, and the same times give the same tree. A changed tree shares all but a path with the one before.
"""


def _split(tree: Tree, at_us: int) -> tuple[Tree, Tree]:
    """What begins before a time, and what begins at it or later."""
    if tree is None:
        return None, None
    begins_us, state, priority, left, right = tree
    if begins_us < at_us:
        below, above = _split(right, at_us)
        return (begins_us, state, priority, left, below), above
    below, above = _split(left, at_us)
    return below, (begins_us, state, priority, above, right)


def _join(before: Tree, after: Tree) -> Tree:
    """Two trees as one; all of the first begins before all of the second."""
    if before is None or after is None:
        return after if before is None else before
    if before[2] > after[2]:
        begins_us, state, priority, left, right = before
        return begins_us, state, priority, left, _join(right, after)
    begins_us, state, priority, left, right = after
    return begins_us, state, priority, _join(before, left), right


def _tree_of(states: Iterable[tuple[int, Any]]) -> Tree:
    """States by when they begin, in order, as a tree; linear in their number."""
    spine: list[tuple[int, Any, int, Tree]] = []  # the nodes on the way to the last one, still without what is right
    for begins_us, state in states:
        priority = hash((begins_us,))
        left: Tree = None
        while spine and spine[-1][2] < priority:
            left = (*spine.pop(), left)
        spine.append((begins_us, state, priority, left))
    tree: Tree = None
    while spine:
        tree = (*spine.pop(), tree)
    return tree


def _latest(tree: Any, valid_us: int) -> tuple[int, Any]:
    """The state that began last at or before a time, and when; ``None`` has always been."""
    if isinstance(tree, SparseStates):
        return tree.latest(valid_us)
    found: tuple[int, Any] = BEFORE_TIME_US, None
    while tree is not None:
        begins_us, state, _, left, right = tree
        if begins_us <= valid_us:
            found, tree = (begins_us, state), right
        else:
            tree = left
    return found


def _backwards(tree: Any) -> Iterator[tuple[int, Any]]:
    """All states and when they begin, the last first."""
    if isinstance(tree, SparseStates):
        yield from tree.backwards()
        return
    path: list[Any] = []
    while tree is not None or path:
        while tree is not None:
            path.append(tree)
            tree = tree[4]
        begins_us, state, _, tree, _ = path.pop()
        yield begins_us, state


MAX_COPIED = 32
"""A track with no more entries than this is copied whole, which is quicker than a tree."""

MAX_COPIED_IF_MUCH = 128
"""The same for a track of which much has changed."""

MUCH_SHARE = 8
"""Much of a track is at least one part in this many of its entries."""


class _Layer:
    """One thing's states as known from a position on: a tree of states, and those appended since.

    The three lists are parallel: a state, when it begins, and the position at which it was learned; times and
    positions never decrease. The first state is the last of the tree, unless that has yet to be worked out.
    """

    __slots__ = ("begins_us", "learned_at", "states", "tree")

    def __init__(self, tree: Tree | SparseStates) -> None:
        self.tree = tree
        begins_us, state = (tree.last_begins_us, None) if isinstance(tree, SparseStates) else _latest(tree, FOREVER_US)
        self.begins_us = [begins_us]
        self.states = [state]
        self.learned_at = [-1]

    def whole(self) -> Tree:
        """Everything in it as one tree."""
        assert not isinstance(self.tree, SparseStates)
        if len(self.states) == 1:
            return self.tree
        before, _ = _split(self.tree, self.begins_us[1])  # of two that begin at once, the later one counts
        return _join(before, _tree_of(dict(zip(self.begins_us[1:], self.states[1:], strict=True)).items()))


class BitemporalTrack:
    """One thing's states, by valid time and by the position at which they are known."""

    __slots__ = ("_known_from", "_layers", "is_open_ended")

    def __init__(self) -> None:
        self._layers: list[_Layer] = [_Layer(None)]
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

    def relearn(self, position: int, from_us: int, track: Track, start: int, end: int) -> None:
        """Replace what holds from a time on, up to the entry ``end``; ``start`` is the first entry since that time."""
        entries, states, last = track.entries, track.states, self._layers[-1]
        if isinstance(states, StatesOnDemand):
            self._begin_layer(position, _Layer(states.settled(track)))
            return
        is_much = len(entries) <= (end - start) * MUCH_SHARE
        if len(entries) <= (MAX_COPIED_IF_MUCH if is_much else MAX_COPIED):
            layer = _Layer(None)
            layer.begins_us += [entry.effective_us for entry in entries]
            layer.states += states
            layer.learned_at += [position] * len(entries)
        elif is_much or isinstance(last.tree, SparseStates):
            before = last.tree if isinstance(last.tree, SparseStates) else None
            layer = _Layer(SparseStates.of(track, before, appended=len(last.states) - 1))
        else:
            until_us = entries[end].effective_us if end < len(entries) else FOREVER_US
            begins_before = bool(start) and entries[start - 1].effective_us == from_us  # another entry at that time
            first = start - 1 if begins_before else start
            changed = {entries[index].effective_us: states[index] for index in range(first, end)}
            changed.pop(until_us, None)  # of two that begin at once, the later one counts
            earlier, rest = _split(last.whole(), from_us)
            _, later = _split(rest, until_us)
            layer = _Layer(_join(_join(earlier, _tree_of(changed.items())), later))
        self._begin_layer(position, layer)

    def _begin_layer(self, position: int, layer: _Layer) -> None:
        self._layers.append(layer)
        self._known_from.append(position)  # appended last, as above

    def state_at(self, position: int, valid_us: int) -> Any:
        """The state at a time, as known at a position; ``None`` if the thing did not exist."""
        state = self.begun_by(position, valid_us)
        if state is not None and state.ends_us is not None and state.ends_us <= valid_us:
            return state.after_end()
        return state

    def begun_by(self, position: int, valid_us: int) -> Any:
        """The state that began last by a time, as known at a position, even if it has ended since."""
        layer = self._layers[bisect_right(self._known_from, position) - 1]
        begins_us = layer.begins_us
        if valid_us < begins_us[0]:
            _, state = _latest(layer.tree, valid_us)
            return state
        learned_at = layer.learned_at
        end = len(learned_at) if learned_at[-1] <= position else bisect_right(learned_at, position)
        last = end - 1
        if begins_us[last] > valid_us:
            last = bisect_right(begins_us, valid_us, 0, end) - 1
        state = layer.states[last]
        if state is None and not last and isinstance(layer.tree, SparseStates):
            return layer.tree.last()
        return state

    def states_of_entries(self, position: int) -> list[Any] | None:
        """The states after each entry known at a position; ``None`` if not all of them were kept."""
        layer = self._layers[bisect_right(self._known_from, position) - 1]
        return None if layer.tree is not None else layer.states[1 : bisect_right(layer.learned_at, position)]

    def is_only_appended_to_since(self, position: int) -> bool:
        """Whether all that was learned since a position came last."""
        return self._known_from[-1] <= position

    def stretches(self, position: int, from_us: int) -> Iterator[tuple[int, int, Any]]:
        """As known at a position: from when to when which state held, the last first, as far back as a time."""
        layer = self._layers[bisect_right(self._known_from, position) - 1]
        end = bisect_right(layer.learned_at, position)
        appended = zip(layer.begins_us[end - 1 : 0 : -1], layer.states[end - 1 : 0 : -1], strict=True)
        ends_us = FOREVER_US
        for begins_us, state in chain(appended, _backwards(layer.tree)):
            if begins_us < ends_us:  # of those that begin at once, the last counts
                yield from with_expiry(begins_us, ends_us, state)
                ends_us = begins_us
            if ends_us <= from_us:
                return


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

_KNOWN_FROM = attrgetter("known_from")


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
