"""The reported axis: when each event was made public, by its sources, those added to it, and our own corrections."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from domain.corrections import REMARKS, EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import BY_SEQUENCE, Event
from domain.history.correction_chains import RECORD_FACTS, broken_by_change
from domain.lru import Lru
from domain.sources import Source
from domain.times import BEFORE_TIME_US, FOREVER_US, period, stamp_us

NEVER_US = FOREVER_US + 1
"""The time of report of an event that our own retraction says was never there."""

_BLOCK = 1_024
"""So many events share one latest time, by which a search passes over them all."""

_MAX_CACHED = 4
"""Lengths of the record for which the times that depend on nothing else are cached."""


class Publications:
    """When each event was made public: the earliest publication of its sources.

    An event without a dated source is known from its recording on. Sources added later count as well if they have a
    date, until the event that added them is retracted by one that is itself public (decision 22). A correction or
    retraction without sources is our own: its target is public as if it had been recorded so from the start
    (decision 59), and the change is known with its target.

    By its own sources, an event was public from one time on (``own_us``, by index), which never changes; an added
    source or a change of our own moves the times of one chain of corrections alone (``moved_us``). So the list of
    events may grow: one thread at a time calls ``catch_up``, while others ask about the first so many of them.
    """

    def __init__(self, events: Sequence[Event], find: Callable[[str], Event | None] | None = None) -> None:
        """``events`` are in the order of ``sequence``; ``find`` returns one by its id, by default from an index."""
        self.events = events
        self.own_us = array("q")
        self._latest_us: list[int] = []
        self._chains = _Chains(events, self.own_us)
        self._settled = Lru[int, dict[int, int]](_MAX_CACHED)
        self._find = {event.event_id: event for event in events}.get if find is None else find
        self.catch_up()

    @property
    def sequence(self) -> int:
        """The number of events taken in."""
        return len(self.own_us)

    def catch_up(self) -> None:
        """Take in the events that have been added to the list."""
        for index in range(len(self.own_us), len(self.events)):
            event = self.events[index]
            own_us = published_us(event.fact.sources)
            own_us = stamp_us(event.recorded_at) if own_us is None else own_us
            if index % _BLOCK == 0:
                self._latest_us.append(own_us)
            self._latest_us[-1] = max(self._latest_us[-1], own_us)
            fact: Any = event.fact
            if isinstance(fact, RECORD_FACTS):
                self._chains.join(index, self._find(target_of(fact)))
            self.own_us.append(own_us)  # appended last: readers use its length

    def late(self, sequence: int, known_us: int) -> list[int]:
        """The indexes of those of the first events that their own sources made public only after a time."""
        own_us = self.own_us
        late: list[int] = []
        for begin, latest_us in zip(range(0, sequence, _BLOCK), self._latest_us, strict=False):
            if latest_us > known_us:
                late += [index for index in range(begin, min(begin + _BLOCK, sequence)) if own_us[index] > known_us]
        return late

    def moved_us(self, sequence: int, known_us: int) -> dict[int, int]:
        """From when each event was public that was not by its own sources, by index, as seen at a time by the first
        events."""
        settled = self._settled.get(sequence)
        if settled is None:
            settled = self._chains.settled_us(sequence)
            self._settled.put(sequence, settled)
        return settled | self._chains.unsettled_us(sequence, known_us)

    def may_move(self) -> set[int]:
        """The indexes of all events whose times added sources, or changes of our own, may move."""
        return self._chains.members()

    def is_moved_with(self, index: int) -> bool:
        """Whether an event is known with what it is about, or moves the time of another."""
        return self._chains.has(index)

    def in_order(self, sequence: int) -> list[tuple[int, int]]:
        """The first events by when they were public, if no source has retracted anything: that time, and the index."""
        moved_us = self.moved_us(sequence, BEFORE_TIME_US)
        times = ((moved_us.get(index, self.own_us[index]), index) for index in range(sequence))
        return sorted(one for one in times if one[0] != NEVER_US)

    def times(self, known_us: int) -> list[int]:
        """From when each event was public, as seen at a time."""
        times_us = self.own_us.tolist()
        for index, at_us in self.moved_us(len(times_us), known_us).items():
            times_us[index] = at_us
        return times_us

    def times_of_change(self) -> set[int]:
        """Every time at which more, or less, became public; a few more, where sources have retracted something."""
        moved_us = self.moved_us(len(self.own_us), BEFORE_TIME_US)
        stay = (at_us for index, at_us in enumerate(self.own_us) if index not in moved_us)
        return ({*stay, *moved_us.values()} | self._chains.unsettled_times()) - {NEVER_US}


class _Chains:
    """The chains of corrections and added sources, and the times of report of their events.

    Time matters in a chain only if a source has retracted a change or an added source; else its times are settled by
    the events in it. One thread adds to the chains while others read; a chain only grows at its end.
    """

    def __init__(self, events: Sequence[Event], own_us: "array[int]") -> None:
        self._events = events
        self._own_us = own_us
        self._targets: dict[int, int] = {}
        self._about: dict[int, list[int]] = {}
        self._tops: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}
        self._roots: dict[int, int] = {}
        self._unfit: set[int] = set()
        self._moving: dict[int, None] = {}
        self._unsettled: dict[int, None] = {}
        self._cached: dict[int, tuple[int, dict[int, int]]] = {}

    def join(self, index: int, target: Event | None) -> None:
        """Take in a fact about the record, and the event that it is about, if it is known."""
        event = self._events[index]
        if target is None or target.sequence >= event.sequence:
            return
        above = bisect_left(self._events, target.sequence, key=BY_SEQUENCE)
        top = self._tops.get(above, above)
        self._targets[index], self._tops[index] = above, top
        is_change_of_change = isinstance(target.fact, (EventCorrected, EventRetracted))
        root = self._roots.get(above) if is_change_of_change else above
        fact: Any = event.fact
        if not isinstance(fact, REMARKS):
            if root is not None:
                self._roots[index] = root
            if broken_by_change(target, event, None, None if root is None else self._events[root]) is not None:
                self._unfit.add(index)
        self._members.setdefault(top, [top]).append(index)
        self._about.setdefault(above, []).append(index)
        if isinstance(fact, SourceAdded) or (not isinstance(fact, REMARKS) and not fact.sources):
            self._moving[top] = None
        if isinstance(target.fact, RECORD_FACTS) and isinstance(fact, EventRetracted) and fact.sources:
            self._unsettled[top] = None
        if isinstance(target.fact, EventRetracted) and isinstance(fact, SourceAdded):
            self._unsettled[top] = None

    def members(self) -> set[int]:
        """The indexes of the events of all chains in which times may move."""
        return {index for top in list(self._moving) for index in list(self._members[top])}

    def has(self, index: int) -> bool:
        """Whether an event is in a chain in which times may move."""
        return self._tops.get(index, index) in self._moving

    def settled_us(self, sequence: int) -> dict[int, int]:
        """The times that have moved in the chains where they are settled, by the first events."""
        moved_us: dict[int, int] = {}
        for top in list(self._moving):
            members = self._members[top]
            count = len(members)
            if members[count - 1] >= sequence:
                count = bisect_left(members, sequence)
            if count > 1 and top not in self._unsettled:
                cached = self._cached.get(top)
                if cached is None or cached[0] != count:
                    cached = self._cached[top] = count, self._moved_in(members[:count], BEFORE_TIME_US)
                if cached[1]:
                    moved_us |= cached[1]
        return moved_us

    def unsettled_us(self, sequence: int, known_us: int) -> dict[int, int]:
        """The times that have moved in the other chains, as seen at a time."""
        moved_us: dict[int, int] = {}
        for top in list(self._unsettled):
            members = self._members[top]
            moved_us |= self._moved_in(members[: bisect_left(members, sequence)], known_us)
        return moved_us

    def unsettled_times(self) -> set[int]:
        """Every time that matters in the chains whose times are not settled."""
        indexes = [index for top in self._unsettled for index in self._members[top]]
        facts: list[Any] = [self._events[index].fact for index in indexes]
        replaced = (published_us(fact.replacement.sources) for fact in facts if isinstance(fact, EventCorrected))
        return {*(self._own_us[index] for index in indexes), *(at_us for at_us in replaced if at_us is not None)}

    # --- one chain ---

    def _moved_in(self, chain: Sequence[int], known_us: int) -> dict[int, int]:
        """The times that have moved in a chain, as seen at a time."""
        if not chain:
            return {}
        judged = self._judged(chain, known_us)
        times_us, ours, gone = judged.times_us, judged.ours, judged.gone
        for index in chain[1:]:  # what an event is about comes before it
            above = self._targets[index]
            if above in gone:
                gone.add(index)
            elif index in ours:
                times_us[index] = times_us[above]
        return {
            index: NEVER_US if index in gone else times_us[index]
            for index in chain
            if index in gone or times_us[index] != self._own_us[index]
        }

    def _judged(self, chain: Sequence[int], known_us: int) -> "_Judged":
        """What each event of a chain comes to, by those about it, which come after it: the last is looked at first."""
        judged = _Judged(known_us)
        last = chain[-1]
        for index in reversed(chain):
            about = [one for one in self._about.get(index, ()) if one <= last and judged.counts(one)]
            added = [judged.dated_us[one] for one in about if one in judged.dated_us]
            changes = [one for one in about if one in judged.changes and one not in self._unfit]
            self._judge(judged, index, changes, min(added, default=None))
        return judged

    def _judge(self, judged: "_Judged", index: int, changes: Sequence[int], added_us: int | None) -> None:
        """Judge an event by the changes of it that count, and the earliest date of a source added to it."""
        fact: Any = self._events[index].fact
        mend = next((one for one in changes if one in judged.ours), None)
        judged.mends[index] = mend
        if mend is not None and judged.changes[mend]:
            judged.gone.add(index)
        acting = next((one for one in changes if one in judged.ours or judged.times_us[one] <= judged.known_us), None)
        if acting is not None and judged.changes[acting]:
            judged.retracted.add(index)
        own_us = self._own_us[index]
        if isinstance(fact, SourceAdded):
            dates = [one for one in (published_us(fact.sources), added_us) if one is not None]
            if dates:
                judged.dated_us[index] = min(dates)
        elif isinstance(fact, (EventCorrected, EventRetracted)):
            judged.changes[index] = isinstance(fact, EventRetracted)
            if not fact.sources and added_us is None:
                judged.ours.add(index)
        elif mend is not None:
            own_us = self._mended_us(judged, index)
        judged.times_us[index] = own_us if added_us is None else min(own_us, added_us)

    def _mended_us(self, judged: "_Judged", index: int) -> int:
        """When a fact about the world was public by the sources that our own corrections give it."""
        last = index
        while (mend := judged.mends[last]) is not None and not judged.changes[mend]:
            last = mend
        if last == index:
            return self._own_us[index]
        correction: Any = self._events[last].fact
        at_us = published_us(correction.replacement.sources)
        return stamp_us(self._events[index].recorded_at) if at_us is None else at_us


class _Judged:
    """What the events of a chain come to, by index, as seen at a time.

    ``changes`` says of each correction and retraction whether it is one that retracts; ``ours`` are those without
    sources, ``mends`` the one of these that acts on an event. ``gone`` are the events that were never there, and
    ``retracted`` those on which a retraction acts that could be known.
    """

    def __init__(self, known_us: int) -> None:
        self.known_us = known_us
        self.times_us: dict[int, int] = {}
        self.dated_us: dict[int, int] = {}
        self.changes: dict[int, bool] = {}
        self.mends: dict[int, int | None] = {}
        self.ours: set[int] = set()
        self.gone: set[int] = set()
        self.retracted: set[int] = set()

    def counts(self, index: int) -> bool:
        """Whether an event about another counts: it was there, and is not retracted."""
        return index not in self.gone and index not in self.retracted


def published_us(sources: Iterable[Source]) -> int | None:
    """The last moment of the earliest publication of some sources; ``None`` if none has a date."""
    dates = [source.published_on for source in sources if source.published_on]
    return min((period(date).last_us for date in dates), default=None)
