"""The few things whose sources have to be looked at closely, by kind, so that all others cost nothing to judge."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile
from typing import Any

from domain.concepts.given_values import comparable, compared_values
from domain.facts import Entry
from domain.history.tracks import Track
from domain.times import Period, period

_NONE: Mapping[str, set[int]] = {}


class DoubtfulThings:
    """The things about which sources may disagree, and the pledges that were made by a leak.

    It only grows as a fold goes on: of what was known earlier, or since a correction, it may name more than it must.
    """

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: dict[str, dict[str, set[int]]] = {}

    def look_at_last(self, track: Track, entry: Entry) -> None:
        """Look at an entry that came last on its track."""
        entries = track.entries
        if _is_leaked(entry):  # what came before it may not apply
            self._times_of(entry)
        if len(entries) > 1 and entries[-2].effective_us == entry.effective_us:
            self._look_beside(track, len(entries) - 1)

    def look_at(self, track: Track, position: int) -> None:
        """Look at the entry at a position of its track, if there is one."""
        if position < len(track.entries):
            if _is_leaked(track.entries[position]):
                self._times_of(track.entries[position])
            self._look_beside(track, position)

    def _look_beside(self, track: Track, position: int) -> None:
        """Look at the entries that take effect at the same time as one of them, unless some are known to disagree."""
        entry = track.entries[position]
        own = _values_of(entry)
        if own and entry.effective_us not in self.of(entry.thing.kind).get(entry.thing.id, ()):
            beside = _beside(track.entries, position)
            if _may_disagree(own, period(entry.fact.effective_at), beside):
                self._times_of(entry).add(entry.effective_us)

    def of(self, kind: str) -> Mapping[str, set[int]]:
        """The names of those of a kind, with the times from which on their sources may disagree, in microseconds."""
        return self._times.get(kind, _NONE)

    def _times_of(self, entry: Entry) -> set[int]:
        return self._times.setdefault(entry.thing.kind, {}).setdefault(entry.thing.id, set())


def _is_leaked(entry: Entry) -> bool:
    fact = entry.fact
    return fact.type == "PledgeMade" and fact.attribution is not None and fact.attribution.basis == "leak"


def _values_of(entry: Entry) -> dict[str, Any]:
    return {name: comparable(value) for name, value in compared_values(entry.thing.kind, entry.fact).items()}


def _beside(entries: list[Entry], position: int) -> Iterator[Entry]:
    """The other entries that take effect at the same time as one of them, the nearest before it first."""
    at_us = entries[position].effective_us
    for others in (range(position - 1, -1, -1), range(position + 1, len(entries))):
        yield from takewhile(lambda other: other.effective_us == at_us, (entries[index] for index in others))


def _may_disagree(own: dict[str, Any], when: Period, others: Iterable[Entry]) -> bool:
    """Whether some values differ from those of others for the same field from the same period on.

    The others are known to agree with each other, so for each field one of them is enough.
    """
    fields = set(own)
    for other in others:
        if period(other.fact.effective_at) != when:
            continue
        for name, value in _values_of(other).items():
            if name in own and own[name] != value:
                return True
            fields.discard(name)
        if not fields:
            return False
    return False
