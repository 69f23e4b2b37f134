"""One thing's states as known from a position on, where nearly all of them differ from those known before.

A late deployment raises every later sum. To keep all states of each layer would cost the square of their number, so a
layer keeps the entries, which say the same, and a few of the states. The entries are in blocks of some 64, and all
blocks but one or two are those of the layer before: a layer costs a few hundred bytes, and a pointer for each block.
A state that is asked for is folded from the last kept one before it, at most a quarter of the entries.
"""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, chain
from operator import attrgetter
from typing import Any

from domain.facts import Entry
from domain.history.tracks import Track, states_after
from domain.times import BEFORE_TIME_US

BLOCK = 64
"""The number of entries that a layer shares with another, or does not."""

CHECKPOINTS = 4
"""The number of states that a layer keeps."""

_EFFECTIVE_US = attrgetter("effective_us")


_Blocks = list[tuple[Entry, ...]]


class SparseStates:
    """All entries of a track, in blocks, and a few of its states; the others are folded when they are asked for."""

    __slots__ = ("_aside", "_blocks", "_starts_us", "_states", "_step")

    def __init__(self, track: Track, before: "SparseStates | None", appended: int) -> None:
        """``appended`` entries have come last since the layer ``before``."""
        entries = track.entries
        self._blocks: _Blocks = _in_blocks(entries, before._blocks if before is not None else [], appended)
        self._starts_us = [block[0].effective_us for block in self._blocks]
        self._aside = frozenset(track.broken)
        self._step = len(self._blocks) // CHECKPOINTS + 1
        ends = [0, *accumulate(map(len, self._blocks))]
        self._states = [track.states[end - 1] if end else None for end in ends[:: self._step]]

    def latest(self, valid_us: int) -> tuple[int, Any]:
        """The state that began last at or before a time, and when."""
        last = bisect_right(self._starts_us, valid_us) - 1
        if last < 0:
            return BEFORE_TIME_US, None
        first = last // self._step
        end = bisect_right(self._blocks[last], valid_us, key=_EFFECTIVE_US)
        entries = [*chain.from_iterable(self._blocks[first * self._step : last]), *self._blocks[last][:end]]
        *_, state = states_after(entries, self._aside, self._states[first])
        return entries[-1].effective_us, state

    def backwards(self) -> Iterator[tuple[int, Any]]:
        """All states and when they begin, the last first."""
        entries = [*chain.from_iterable(self._blocks)]
        states = [*states_after(entries, self._aside)]
        return zip(map(_EFFECTIVE_US, reversed(entries)), reversed(states), strict=True)


def _in_blocks(entries: list[Entry], before: _Blocks, appended: int) -> _Blocks:
    """Entries in blocks, with as many of those before as possible at either end."""
    first: _Blocks = []
    start = 0
    for block in before:
        if tuple(entries[start : start + len(block)]) != block:
            break
        first.append(block)
        start += len(block)
    last: _Blocks = []
    since = end = max(start, len(entries) - appended)
    for block in reversed(before[len(first) :]):
        if end - len(block) < start or tuple(entries[end - len(block) : end]) != block:
            break
        last.append(block)
        end -= len(block)
    blocks = [*first, *_split_up(entries[start:end]), *reversed(last), *_split_up(entries[since:])]
    return blocks if len(blocks) <= 8 + 4 * len(entries) // BLOCK else _split_up(entries)


def _split_up(entries: list[Entry]) -> _Blocks:
    size = len(entries) if len(entries) <= 2 * BLOCK else BLOCK
    return [tuple(entries[start : start + size]) for start in range(0, len(entries), size or 1)]
