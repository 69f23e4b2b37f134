"""Decisions: whether facts may be recorded. Pure, and the only place that refuses.

A fact is refused if the history would have to set something aside because of it: the fact itself, or an event in
force, at any effective time. So the rules are written once, for the fold.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from domain.concepts.coalition import CoalitionFormed
from domain.corrections import EventCorrected
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.fold import Fold, FoldedEntry, FoldListener
from domain.history.layered import layered_over
from domain.history.tracks import LayeredTracks, Track
from domain.refusals import BeginsWithItsFormation, IdAlreadyUsed, Refused, RuleBroken, Violation


class _OtherChanges(FoldListener[Track]):
    """Notes whether a fold made other changes than at the end of a track."""

    def __init__(self) -> None:
        self.were_made = False

    def on_insert(self, entry: Entry) -> None:
        self.were_made = True

    def on_fold(self, track: Track, from_us: int, start: int, end: int) -> None:
        self.were_made = True

    def on_sums(self, track: Track, entry: Entry, position: int) -> None:
        self.were_made = True

    def on_set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None) -> None:
        self.were_made = True


class Draft:
    """A history with the facts about to be recorded; the history itself does not change.

    ``folded`` is what the history can take over once they are recorded, instead of folding them again: one for each,
    and ``None`` for an event that changed anything but the end of a track.
    """

    def __init__(self, base: Fold[Any], is_empty: bool) -> None:
        self._base = base
        self._is_empty = is_empty
        self._events = layered_over(base.corrections.events)
        self._about = layered_over(base.corrections.about)
        self._aside = dict(base.corrections.aside)
        self._tracks = LayeredTracks(base.tracks)
        self._other_changes = _OtherChanges()
        corrections = base.corrections.layer(self._events, self._about, self._aside)
        self._fold = Fold(self._tracks, corrections, self._other_changes)
        self.folded: list[FoldedEntry | None] = []

    def track(self, thing: Thing) -> Track | None:
        """All entries about a thing and its states, with those of the draft."""
        return self._tracks.find(thing)

    def add(self, events: Sequence[Event]) -> None:
        """Take in one list, whole or not at all; each fact sees those before it.

        Raises ``Refused`` with every rule that any of them breaks; the draft is then as it was before.
        """
        attempt = Draft(self._fold if self._events.own else self._base, self._is_empty)
        violations = attempt.violations_of(events)
        if violations:
            raise Refused(violations)
        self._absorb(attempt)

    def violations_of(self, events: Iterable[Event]) -> list[Violation]:
        """Learn the events one by one; returns the rules that they break, by the index of the event."""
        found: list[Violation] = []
        caused: dict[str, int] = {}
        events = tuple(events)
        for index, event in enumerate(events):
            broken = self._unfit(event)
            if broken is None:
                before = set(self._aside)
                self._learn(event)
                self._is_empty = False
                if self._aside:
                    broken = self._aside.get(event.event_id)
                    caused |= {other: index for other in self._aside if other not in before and other != event.event_id}
            if broken is not None:
                found.append(Violation(index, broken))
        found += [
            Violation(index, self._consequence(events[0], events[index], other))
            for other, index in caused.items()
            if other in self._aside
        ]
        if not found:
            return []
        made_up = {event.event_id for event in events if event.fact.event_id is None}
        found = [Violation(index, _without(broken, made_up)) for index, broken in found]
        return sorted(found, key=lambda violation: violation.index)

    def _learn(self, event: Event) -> None:
        self._other_changes.were_made = False
        track = self._fold.learn(event)
        self.folded.append(None if track is None or self._other_changes.were_made else FoldedEntry.last_of(track))

    def _consequence(self, first: Event, cause: Event, other: str) -> RuleBroken:
        """The rule that an event would break because of another in the list, as a violation by the latter.

        If a replacement itself breaks the rule, the pointer names its own field.
        """
        broken = self._aside[other]
        root = self._events[other]
        if isinstance(cause.fact, EventCorrected) and self._fold.corrections.content(root) is cause.fact.replacement:
            own = type(broken)(broken.detail, f"/replacement{broken.field}", broken.collides_with)
            return _without(own, {other, cause.event_id})
        which = "an earlier fact of the list" if root.sequence >= first.sequence else f"event {root.sequence}"
        detail = f"{which} would then break a rule: {broken.detail}"
        others = (one for one in broken.collides_with if one != other)
        return _without(type(broken)(detail, "", (other, *others)), {cause.event_id})

    def _unfit(self, event: Event) -> RuleBroken | None:
        """The rule that an event breaks by its id, or as the first of a coalition."""
        if event.event_id in self._events:
            return IdAlreadyUsed("an event with this id is already on record", "/event_id", (event.event_id,))
        if not isinstance(event.fact, CoalitionFormed) and self._is_empty:
            return BeginsWithItsFormation("the first fact of a coalition must be CoalitionFormed", "/type")
        return None

    def _absorb(self, attempt: "Draft") -> None:
        self._events.own |= attempt._events.own
        self._about.own |= attempt._about.own
        self._fold.corrections.absorb(attempt._fold.corrections)
        self._tracks.absorb(attempt._tracks)
        self._aside.clear()
        self._aside.update(attempt._aside)
        self._is_empty = attempt._is_empty
        self.folded += attempt.folded


def _without(broken: RuleBroken, ids: set[str]) -> RuleBroken:
    """The same rule without some colliding ids: those generated for this list cannot be looked up."""
    if ids.isdisjoint(broken.collides_with):
        return broken
    return type(broken)(broken.detail, broken.field, (one for one in broken.collides_with if one not in ids))
