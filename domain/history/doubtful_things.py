"""The few things whose sources have to be looked at closely, by kind, so that all others cost nothing to judge."""

from collections.abc import Iterable, Mapping

from domain.concepts.given_values import comparable, compared_values
from domain.facts import Entry
from domain.history.tracks import Track
from domain.times import period

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
        """Look at the entries that take effect at the same time as one of them."""
        entries, entry = track.entries, track.entries[position]
        first = last = position
        while first > 0 and entries[first - 1].effective_us == entry.effective_us:
            first -= 1
        while last + 1 < len(entries) and entries[last + 1].effective_us == entry.effective_us:
            last += 1
        if first < last and _may_disagree(entry, (*entries[first:position], *entries[position + 1 : last + 1])):
            self._times_of(entry).add(entry.effective_us)

    def of(self, kind: str) -> Mapping[str, set[int]]:
        """The names of those of a kind, with the times from which on their sources may disagree, in microseconds."""
        return self._times.get(kind, _NONE)

    def _times_of(self, entry: Entry) -> set[int]:
        return self._times.setdefault(entry.thing.kind, {}).setdefault(entry.thing.id, set())


def _is_leaked(entry: Entry) -> bool:
    fact = entry.fact
    return fact.type == "PledgeMade" and fact.attribution is not None and fact.attribution.basis == "leak"


def _may_disagree(entry: Entry, others: Iterable[Entry]) -> bool:
    """Whether an entry gives another value than some others, for a field from the same period on."""
    kind = entry.thing.kind
    own = {name: comparable(value) for name, value in compared_values(kind, entry.fact).items()}
    when = period(entry.fact.effective_at)
    return any(
        name in own and own[name] != comparable(value)
        for other in others
        if own and period(other.fact.effective_at) == when
        for name, value in compared_values(kind, other.fact).items()
    )
