"""The reported axis: when each event was made public, by its own sources and those added to it."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event
from domain.history.correction_chains import Corrections
from domain.times import period


class Publications:
    """When each event was made public: the earliest publication of its sources.

    An event without a dated source is known from its recording on. Sources added later count as well if they have a
    date, until the event that added them is retracted by one that is itself public (decision 22).
    """

    def __init__(self, events: Sequence[Event], recorded_us: Sequence[int]) -> None:
        self.events = events
        self._published_us = [_published_us(event) for event in events]
        self._known_us = [
            recorded if published is None else published
            for published, recorded in zip(self._published_us, recorded_us, strict=True)
        ]
        self._about_sources = _about_sources(events)
        self._targets = _indexes_of_targets(events, self._about_sources)
        self._is_retracting = any(isinstance(events[index].fact, EventRetracted) for index in self._about_sources)

    def retracted_by(self, known_us: int) -> frozenset[str]:
        """The ids of the events that added sources and were retracted by events public at a time.

        Events about an event are recorded after it, so the last is looked at first.
        """
        if not self._is_retracting:
            return frozenset()
        retracted = set()
        record = Corrections()
        published_us, times_us = self._published_us[:], self._known_us[:]
        for index in reversed(self._about_sources):
            event = self.events[index]
            if times_us[index] > known_us:
                continue
            record.learn(event)
            if record.is_retracted(event.event_id):
                retracted.add(event.event_id)
            else:
                self._add_sources(index, published_us, times_us)
        return frozenset(retracted)

    def times(self, retracted: Collection[str]) -> list[int]:
        """From when each event was public, if the sources added by some events do not count."""
        published_us, times_us = self._published_us[:], self._known_us[:]
        for index in reversed(self._about_sources):
            if self.events[index].event_id not in retracted:
                self._add_sources(index, published_us, times_us)
        return times_us

    def times_of_change(self) -> set[int]:
        """Every time at which more, or less, became public."""
        return {*self.times(()), *(self._known_us if self._is_retracting else ())}

    def _add_sources(self, index: int, published_us: list[int | None], times_us: list[int]) -> None:
        """Make an event public no later than a source added to it."""
        added_us, target = published_us[index], self._targets.get(index)
        if target is None or added_us is None:
            return
        own_us = published_us[target]
        published_us[target] = added_us if own_us is None else min(own_us, added_us)
        times_us[target] = min(times_us[target], added_us)


def _about_sources(events: Sequence[Event]) -> list[int]:
    """The indexes of the events that add sources, of those about them, and so on."""
    ids: set[str] = set()
    found: list[int] = []
    for index, event in enumerate(events):
        fact: Any = event.fact
        if isinstance(fact, SourceAdded) or (
            isinstance(fact, (EventCorrected, EventRetracted)) and target_of(fact) in ids
        ):
            ids.add(event.event_id)
            found.append(index)
    return found


def _indexes_of_targets(events: Sequence[Event], about_sources: Iterable[int]) -> dict[int, int]:
    """The index of the event that each added source supports, if it was recorded before the source."""
    added = {index: fact.event for index in about_sources if isinstance(fact := events[index].fact, SourceAdded)}
    wanted = set(added.values())
    indexes = {event.event_id: index for index, event in enumerate(events) if event.event_id in wanted} if added else {}
    return {index: target for index, name in added.items() if (target := indexes.get(name, index)) < index}


def _published_us(event: Event) -> int | None:
    """The last moment of the earliest publication of its own sources."""
    dates = [source.published_on for source in event.fact.sources if source.published_on]
    return min((period(date).last_us for date in dates), default=None)
