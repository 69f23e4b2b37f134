"""The few things whose sources have to be looked at closely, by kind, so that all others cost nothing to judge."""

from collections.abc import Set

from domain.facts import Entry
from domain.history.tracks import Track

_NONE: frozenset[str] = frozenset()


class DoubtfulThings:
    """The things of which a fact rests on a leak, or two facts take effect at the same time and so may disagree.

    It only grows as a fold goes on: of what was known earlier, or since a correction, it may name more than it must.
    """

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def look_at_last(self, track: Track, entry: Entry) -> None:
        """Look at an entry that came last on its track."""
        entries = track.entries
        if (len(entries) > 1 and entries[-2].effective_us == entry.effective_us) or _is_leak(entry):
            self._add(entry)

    def look_at(self, track: Track, position: int) -> None:
        """Look at the entry at a position of its track, if there is one, and at those beside it."""
        entries = track.entries[max(0, position - 1) : position + 2]
        for entry in entries:
            if _is_leak(entry) or sum(other.effective_us == entry.effective_us for other in entries) > 1:
                self._add(entry)

    def of(self, kind: str) -> Set[str]:
        """The names of those of a kind."""
        return self._names.get(kind, _NONE)

    def _add(self, entry: Entry) -> None:
        self._names.setdefault(entry.thing.kind, set()).add(entry.thing.id)


def _is_leak(entry: Entry) -> bool:
    attribution = entry.fact.attribution
    return attribution is not None and attribution.basis == "leak"
