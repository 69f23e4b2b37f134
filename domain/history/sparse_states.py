"""The states of a long track of which much has changed, worked out when they are asked for.

A late deployment raises every later sum. To keep all states of each layer would cost the square of their number, and
so would folding them all for each late fact. So only the entries are kept, which say the same, and a few of the states.
The entries are in blocks, and all blocks but one or two are those of the layer before: a layer costs a few hundred
bytes, and a pointer for each block. A state that is asked for is folded from the last kept one before it, over whole
blocks at once where all their entries only add to sums (``Sums`` of a concept).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, groupby
from math import isqrt
from operator import attrgetter
from typing import Any

from domain.checkpoints import checkpoint
from domain.concepts.registry import CONCEPTS
from domain.facts import Entry
from domain.history.tracks import BY_ORDER, Order, Track, states_after
from domain.times import BEFORE_TIME_US

BLOCK = 64
"""The number of entries that a layer shares with another, or does not; more in a track that is longer than its square.
"""

MANY = 32
"""So many entries that only add to sums have a block of their own."""

OTHERS_SHARE = 4
"""The states of a track are worked out when they are asked for if fewer than one entry in so many does more than add.
"""

CHECKPOINTS = 4
"""The number of states that a layer keeps of a track whose states were all known."""


_EFFECTIVE_US = attrgetter("effective_us")
_NOT_YET = object()


class _Block:
    """Some entries of a thing that follow one another; those of a ``plain`` one only add to sums."""

    __slots__ = ("_run", "asks", "entries", "is_plain")

    def __init__(self, entries: tuple[Entry, ...], is_plain: bool | None = None) -> None:
        self.entries = entries
        self.is_plain = all(map(only_adds, entries)) if is_plain is None else is_plain
        self.asks = not self.is_plain and any(map(_asks_for_sums, entries))
        self._run: Any = _NOT_YET

    def with_entry(self, entry: Entry, most: int) -> "list[_Block]":
        """The same with one more, as several if it then has more than so many."""
        place = bisect_left(self.entries, entry.order, key=BY_ORDER)
        entries = *self.entries[:place], entry, *self.entries[place:]
        if not self.is_plain or not only_adds(entry) or len(entries) > most:
            return _split_up(entries, most)
        return [_Block(entries, is_plain=True)]

    def run(self, aside: frozenset[Order]) -> Any:
        """Its entries taken together, if that can be; ``None`` if some are set aside, or do other things than add."""
        if not self.is_plain or (aside and self._has_any_of(aside)):
            return None
        if self._run is _NOT_YET:
            self._run = _sums(self.entries).run_of(self.entries)
        return self._run

    def _has_any_of(self, aside: frozenset[Order]) -> bool:
        return any(self.entries[0].order <= order <= self.entries[-1].order for order in aside)


def _sums(entries: Sequence[Entry]) -> Any:
    return CONCEPTS[entries[0].thing.kind].sums


def only_adds(entry: Entry) -> bool:
    """Whether an entry only adds to sums of its thing."""
    sums = CONCEPTS[entry.thing.kind].sums
    return sums is not None and sums.only_adds(entry.fact)


def _asks_for_sums(entry: Entry) -> bool:
    sums = CONCEPTS[entry.thing.kind].sums
    return sums is not None and sums.asks_for_sums(entry.fact)


def _first_us(block: _Block) -> int:
    return block.entries[0].effective_us


def _first_order(block: _Block) -> Order:
    return block.entries[0].order


_Blocks = list[_Block]


class SparseStates:
    """All entries of a track, in blocks, and a few of its states; the others are folded when they are asked for.

    It never changes. ``known`` has the states before some blocks, by the number of the block, in ascending order.
    """

    __slots__ = ("_aside", "_blocks", "_known", "_last", "_length")

    def __init__(
        self, blocks: _Blocks, aside: frozenset[Order], known: list[tuple[int, Any]], last: Any = _NOT_YET
    ) -> None:
        self._blocks = blocks
        self._aside = aside
        self._known = known
        self._last = last
        self._length = sum(len(block.entries) for block in blocks)

    @classmethod
    def of(cls, track: Track, before: "SparseStates | None" = None, appended: int = 0) -> "SparseStates":
        """Those of a track whose states are all known; ``appended`` entries have come last since the layer before."""
        blocks = _in_blocks(track.entries, before._blocks if before is not None else [], appended)
        step = len(blocks) // CHECKPOINTS + 1
        ends = [0, *accumulate(len(block.entries) for block in blocks)]
        known = [(number, track.states[ends[number] - 1] if number else None) for number in range(0, len(blocks), step)]
        return cls(blocks, frozenset(track.broken), known, track.states[-1])

    def __len__(self) -> int:
        return self._length

    @property
    def mostly_adds(self) -> bool:
        """Whether most entries only add to sums, and so cost little to pass over."""
        others = sum(len(block.entries) for block in self._blocks if not block.is_plain)
        return others < BLOCK or OTHERS_SHARE * others < self._length

    @property
    def last_begins_us(self) -> int:
        """When the last state begins."""
        return self._blocks[-1].entries[-1].effective_us

    def last(self) -> Any:
        """The last state."""
        if self._last is _NOT_YET:
            self._last = self._before_block(len(self._blocks))
        return self._last

    def latest(self, valid_us: int) -> tuple[int, Any]:
        """The state that began last at or before a time, and when."""
        number = bisect_right(self._blocks, valid_us, key=_first_us) - 1
        if number < 0:
            return BEFORE_TIME_US, None
        entries = self._blocks[number].entries
        end = bisect_right(entries, valid_us, key=_EFFECTIVE_US)
        return entries[end - 1].effective_us, self._within(number, end)

    def before(self, order: Order) -> Any:
        """The state just before an order."""
        number = max(0, bisect_right(self._blocks, order, key=_first_order) - 1)
        return self._within(number, bisect_left(self._blocks[number].entries, order, key=BY_ORDER))

    def after_entry(self, index: int) -> Any:
        """The state after one of the entries, by its place."""
        for number, block in enumerate(self._blocks):
            if index < len(block.entries):
                return self._within(number, index + 1)
            index -= len(block.entries)
        raise IndexError

    def __iter__(self) -> Iterator[Any]:
        """The states after each entry."""
        return states_after(chain.from_iterable(block.entries for block in self._blocks), self._aside)

    def backwards(self) -> Iterator[tuple[int, Any]]:
        """All states and when they begin, the last first."""
        times_us = (entry.effective_us for block in reversed(self._blocks) for entry in reversed(block.entries))
        return zip(times_us, reversed([*self]), strict=True)

    def _within(self, number: int, end: int) -> Any:
        """The state after the first so many entries of a block."""
        block = self._blocks[number]
        if end == len(block.entries):
            return self._before_block(number + 1)
        return self._before_block(number, [_Block(block.entries[:end], block.is_plain or None)] if end else [])

    def _before_block(self, number: int, others: Sequence[_Block] = ()) -> Any:
        """The state before a block, or after others put in its place; with the number of blocks, the last one."""
        place = bisect_right(self._known, number, key=_number) - 1
        first, state = self._known[place]
        return self._after([*self._blocks[first:number], *others], state)

    def _after(self, blocks: Sequence[_Block], state: Any) -> Any:
        """The state after blocks that follow one another: over several at once where they only add."""
        run: Any = None
        for block in blocks:
            checkpoint()
            own = block.run(self._aside)
            both = _sums(block.entries).joined(run, own) if run is not None and own is not None else None
            if both is None and run is not None:
                state = self._after_run(state, run)
            run = own if both is None else both
            if own is None:
                *_, state = states_after(block.entries, self._aside, state)
        return state if run is None else self._after_run(state, run)

    def _after_run(self, state: Any, run: Any) -> Any:
        entries = run.parts[0]
        if state is not None and (state.ends_us is None or state.ends_us > run.last_us):
            return _sums(entries).after_run(state, run)
        *_, state = states_after(chain.from_iterable(run.parts), self._aside, state)
        return state

    # --- others, made of it ---

    def with_entry(self, entry: Entry) -> "SparseStates":
        """The same with an entry among the others that changes nothing but sums."""
        number = max(0, bisect_right(self._blocks, entry.order, key=_first_order) - 1)
        blocks = self._blocks[:]
        blocks[number : number + 1] = blocks[number].with_entry(entry, _most_in_block(len(self)))
        return SparseStates(blocks, self._aside, self._known_until(number))

    def with_appended(self, entries: list[Entry], aside: frozenset[Order]) -> "SparseStates":
        """The same with entries that come last."""
        last = self._blocks[-1]
        blocks = [*self._blocks[:-1], *_split_up([*last.entries, *entries], _most_in_block(len(self)))]
        return SparseStates(blocks, aside, self._known_until(len(self._blocks) - 1))

    def _known_until(self, number: int) -> list[tuple[int, Any]]:
        return [one for one in self._known if one[0] <= number]

    # --- whether an entry that changes only sums can be put in ---

    def base_before(self, entry: Entry, found: dict[_Block, Any]) -> Any:
        """The state before an entry, or one that its rules take for the same; ``found`` has earlier answers.

        To a fact that only adds to sums, what others have added makes no difference.
        """
        order = entry.order
        number = max(0, bisect_right(self._blocks, order, key=_first_order) - 1)
        if not self._blocks[number].is_plain or not only_adds(entry):
            return self.before(order)
        while number > 0 and self._blocks[number - 1].is_plain:
            number -= 1
        if not number:
            return None
        block = self._blocks[number - 1]
        if block not in found:
            found[block] = self._before_block(number)
        return found[block]

    def asking_since(self, order: Order) -> Iterator[tuple[Any, Entry]]:
        """The later entries of which a rule looks at a sum, each after the state before it."""
        first = max(0, bisect_right(self._blocks, order, key=_first_order) - 1)
        asking = [number for number in range(first, len(self._blocks)) if self._blocks[number].asks]
        state = self._before_block(asking[0]) if asking else None
        done = asking[0] if asking else 0
        for number in asking:
            entries, state = self._blocks[number].entries, self._after(self._blocks[done:number], state)
            done = number + 1
            states = states_after(entries, self._aside, state)
            for entry in entries:
                if entry.order > order and _asks_for_sums(entry):
                    yield state, entry  # before it is folded, since it may break a rule now
                state = next(states)


def _number(known: tuple[int, Any]) -> int:
    return known[0]


class StatesOnDemand:
    """The states after each entry of a track: those worked out when they are asked for, and those appended since."""

    __slots__ = ("_appended", "_bases", "_sparse")

    def __init__(self, sparse: SparseStates) -> None:
        self._sparse = sparse
        self._appended: list[Any] = []
        self._bases: dict[_Block, Any] = {}

    def __len__(self) -> int:
        return len(self._sparse) + len(self._appended)

    def __iter__(self) -> Iterator[Any]:
        return chain(self._sparse, self._appended)

    def __getitem__(self, index: int) -> Any:
        index += len(self) if index < 0 else 0
        place = index - len(self._sparse)
        if place >= 0:
            return self._appended[place]
        return self._sparse.last() if place == -1 else self._sparse.after_entry(index)

    def append(self, state: Any) -> None:
        self._appended.append(state)

    def copy(self) -> "StatesOnDemand":
        copy = StatesOnDemand(self._sparse)
        copy._appended, copy._bases = self._appended[:], dict(self._bases)
        return copy

    def settled(self, track: Track) -> SparseStates:
        """The states with those appended."""
        if self._appended:
            self._sparse = self._sparse.with_appended(track.entries[len(self._sparse) :], frozenset(track.broken))
            self._appended = []
        return self._sparse

    def base_before(self, track: Track, entry: Entry) -> Any:
        """The state before an entry that changes only sums, or one that its rules take for the same."""
        return self.settled(track).base_before(entry, self._bases)

    def replace(self, sparse: SparseStates) -> None:
        """Take others in the place of all, which differ by an entry that changes only sums."""
        self._sparse = sparse


def on_demand(track: Track) -> StatesOnDemand | None:
    """A track's states, from now on worked out when they are asked for; ``None`` if most facts do more than add."""
    if isinstance(track.states, StatesOnDemand):
        return track.states if track.states.settled(track).mostly_adds else None
    sparse = SparseStates.of(track)
    if not sparse.mostly_adds:
        return None
    track.states = StatesOnDemand(sparse)
    return track.states


def _most_in_block(length: int) -> int:
    return max(2 * BLOCK, 2 * isqrt(length))


def _in_blocks(entries: list[Entry], before: _Blocks, appended: int) -> _Blocks:
    """Entries in blocks, with as many of those before as possible at either end."""
    first: _Blocks = []
    start = 0
    for block in before:
        if tuple(entries[start : start + len(block.entries)]) != block.entries:
            break
        first.append(block)
        start += len(block.entries)
    last: _Blocks = []
    since = end = max(start, len(entries) - appended)
    for block in reversed(before[len(first) :]):
        if end - len(block.entries) < start or tuple(entries[end - len(block.entries) : end]) != block.entries:
            break
        last.append(block)
        end -= len(block.entries)
    blocks = [*first, *_split_up(entries[start:end]), *reversed(last), *_split_up(entries[since:])]
    return blocks if len(blocks) <= 8 + 4 * len(entries) // BLOCK else _split_up(entries)


def _split_up(entries: Sequence[Entry], most: int | None = None) -> _Blocks:
    """Entries in blocks, with many that only add to sums apart from others."""
    blocks: _Blocks = []
    others: list[Entry] = []
    for is_plain, group in groupby(entries, key=only_adds):
        some = [*group]
        if not is_plain or len(some) < MANY:
            others += some
        else:
            blocks += [*_of_size(others, most), *_of_size(some, most)]
            others = []
    return [*blocks, *_of_size(others, most)]


def _of_size(entries: Sequence[Entry], most: int | None) -> Iterator[_Block]:
    most = most or 2 * BLOCK
    size = len(entries) if len(entries) <= most else most // 2
    return (_Block(tuple(entries[start : start + size])) for start in range(0, len(entries), size or 1))
