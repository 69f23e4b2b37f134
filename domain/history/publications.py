"""The reported axis: when each event was made public, by its own sources and those added to it."""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import BY_SEQUENCE, Event
from domain.history.correction_chains import Corrections
from domain.times import period, stamp_us

_BLOCK = 1_024
"""So many events share one latest time, by which a search passes over them all."""


class Publications:
    """When each event was made public: the earliest publication of its sources.

    An event without a dated source is known from its recording on. Sources added later count as well if they have a
    date, until the event that added them is retracted by one that is itself public (decision 22).

    By its own sources, an event was public from one time on (``own_us``, by index), which never changes; an added
    source moves the time of one event alone (``moved_us``). So the list of events may grow: one thread at a time calls
    ``catch_up``, while others ask about the first so many of them.
    """

    def __init__(self, events: Sequence[Event], find: Callable[[str], Event | None] | None = None) -> None:
        """``events`` are in the order of ``sequence``; ``find`` returns one by its id, by default from an index."""
        self.events = events
        self.own_us = array("q")
        self._latest_us: list[int] = []
        self._about_sources: list[int] = []
        self._about_ids: set[str] = set()
        self._targets: dict[int, int] = {}
        self._dated_us: dict[int, int] = {}
        self._retracting_from: int | None = None
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
            published_us = _published_us(event)
            own_us = stamp_us(event.recorded_at) if published_us is None else published_us
            if index % _BLOCK == 0:
                self._latest_us.append(own_us)
            self._latest_us[-1] = max(self._latest_us[-1], own_us)
            self._note_sources(index, published_us)
            self.own_us.append(own_us)  # appended last: readers use its length

    def _note_sources(self, index: int, published_us: int | None) -> None:
        """Note an event that adds sources, or is about one that does, and so on."""
        event = self.events[index]
        fact: Any = event.fact
        if isinstance(fact, SourceAdded):
            target = self._find(fact.event)
            if target is not None and target.sequence < event.sequence:
                self._targets[index] = bisect_left(self.events, target.sequence, key=BY_SEQUENCE)
        elif not isinstance(fact, (EventCorrected, EventRetracted)) or target_of(fact) not in self._about_ids:
            return
        if published_us is not None:
            self._dated_us[index] = published_us
        if isinstance(fact, EventRetracted) and self._retracting_from is None:
            self._retracting_from = index
        self._about_ids.add(event.event_id)
        self._about_sources.append(index)

    def late(self, sequence: int, known_us: int) -> list[int]:
        """The indexes of those of the first events that their own sources made public only after a time."""
        own_us = self.own_us
        late: list[int] = []
        for begin, latest_us in zip(range(0, sequence, _BLOCK), self._latest_us, strict=False):
            if latest_us > known_us:
                late += [index for index in range(begin, min(begin + _BLOCK, sequence)) if own_us[index] > known_us]
        return late

    def moved_us(self, sequence: int, known_us: int) -> dict[int, int]:
        """From when each event with added sources was public, by index, as seen at a time by the first events."""
        return self._moved(sequence, self._retracted_by(sequence, known_us))

    def with_added_sources(self) -> set[int]:
        """The indexes of the events to which sources were added."""
        return set(self._targets.values())

    def in_order(self, sequence: int) -> list[tuple[int, int]]:
        """The first events by when they were public, if no added source is retracted: that time, and the index."""
        moved_us = self._moved(sequence, ())
        return sorted((moved_us.get(index, self.own_us[index]), index) for index in range(sequence))

    def times(self, known_us: int) -> list[int]:
        """From when each event was public, as seen at a time."""
        times_us = self.own_us.tolist()
        for index, at_us in self.moved_us(len(times_us), known_us).items():
            times_us[index] = at_us
        return times_us

    def times_of_change(self) -> set[int]:
        """Every time at which more, or less, became public."""
        is_retracting = self._retracting_from is not None
        moved_us = self._moved(len(self.own_us), ())
        stay = (at_us for index, at_us in enumerate(self.own_us) if is_retracting or index not in moved_us)
        return {*stay, *moved_us.values()}

    def _moved(self, sequence: int, retracted: Collection[str]) -> dict[int, int]:
        """The same, if the sources added by some events do not count."""
        moved_us: dict[int, int] = {}
        dated_us = dict(self._dated_us)
        for index in self._last_first(sequence):
            if self.events[index].event_id not in retracted:
                self._add_sources(index, dated_us, moved_us)
        return moved_us

    def _retracted_by(self, sequence: int, known_us: int) -> frozenset[str]:
        """The ids of the events that added sources and were retracted by events public at a time.

        Events about an event are recorded after it, so the last is looked at first.
        """
        if self._retracting_from is None or self._retracting_from >= sequence:
            return frozenset()
        retracted = set()
        record = Corrections()
        moved_us: dict[int, int] = {}
        dated_us = dict(self._dated_us)
        for index in self._last_first(sequence):
            event = self.events[index]
            if moved_us.get(index, self.own_us[index]) > known_us:
                continue
            record.learn(event)
            if record.is_retracted(event.event_id):
                retracted.add(event.event_id)
            else:
                self._add_sources(index, dated_us, moved_us)
        return frozenset(retracted)

    def _last_first(self, sequence: int) -> Iterator[int]:
        return reversed(self._about_sources[: bisect_left(self._about_sources, sequence)])

    def _add_sources(self, index: int, dated_us: dict[int, int], moved_us: dict[int, int]) -> None:
        """Make an event public no later than a source added to it."""
        added_us, target = dated_us.get(index), self._targets.get(index)
        if target is None or added_us is None:
            return
        dated_us[target] = min(dated_us.get(target, added_us), added_us)
        moved_us[target] = min(moved_us.get(target, self.own_us[target]), added_us)


def _published_us(event: Event) -> int | None:
    """The last moment of the earliest publication of its own sources."""
    dates = [source.published_on for source in event.fact.sources if source.published_on]
    return min((period(date).last_us for date in dates), default=None)
