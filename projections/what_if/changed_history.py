"""A changed history: a coalition's history, forked at a basis and changed, read in the same way as the history itself.

It is a ``ReadableHistory``: every question of the ledger works on it, with the same parameters. Its cost depends on
what the changes touch (``domain/history/overlay.py``). If a change moves the time from which the public could know of
something else, that is not possible, and the changed events are folded again.

A fork on one known axis is a set of events, those known there. A question on the other axis looks at the same events.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

from domain.checkpoints import checkpoint, unless_stopped
from domain.events import Event
from domain.history.as_known import AsKnown
from domain.history.assumed_sizes import WithAssumedSizes, as_disclosed
from domain.history.history import History, KnownAxis, ReadableHistory, View
from domain.history.knowledge import Knowledge
from domain.history.overlay import BaseHistory, Overlay
from domain.history.publications import Publications
from domain.lru import Lru
from domain.quantities import assumed_size
from domain.refusals import Refused, Violation
from domain.times import BEFORE_TIME_US, FOREVER_US, period, stamp_us
from domain.what_if.assumed_sizes import AssumedSize, AssumedSizes
from domain.what_if.changes import MAX_CHANGES, Change, Omit, Selector
from domain.what_if.refusals import ForkAfterTheEnd, MatchesNothing, TooManyChanges
from domain.what_if.scenarios import Fork
from projections.asof import AsOf, Basis, view_of
from projections.what_if.applying import MAX_LAYERS, ChangeApplier, Effects, merged, moves_reports

_MAX_CACHED = 8
"""Orders of events that are cached for a changed history, the last ones used."""


def fork_at(history: ReadableHistory, asked: AsOf, now_us: int, scenario: str | None = None) -> Fork:
    """Fork a history at a basis; what is left open is now. ``scenario`` is its name, if it is that of a scenario.

    Raises ``Refused`` for a fork after the end, ``UnanswerableQuestion`` for a basis that cannot be read.
    """
    if asked.sequence is not None and asked.sequence > history.sequence:
        detail = f"the record has only {history.sequence:,} events"
        raise Refused([Violation(0, ForkAfterTheEnd(detail, "/fork/sequence"))])
    basis = asked.basis(history, now_us)
    return Fork(
        valid_at=basis.valid_at, known_at=basis.known_at, known_axis=basis.known_axis, sequence=basis.sequence,
        scenario=scenario,
    )  # fmt: skip


def basis_of_fork(history: ReadableHistory, fork: Fork) -> Basis:
    """The fork as the basis of an answer."""
    return Basis(history.coalition, fork.sequence, fork.valid_at, fork.known_at, fork.known_axis)


class _ForkEvent(NamedTuple):
    """An event that a fork reaches, and whether it is known there."""

    event: Event
    is_known: bool


class ChangedHistory:
    """A history forked and changed. Reading is as for ``History``; ``base`` may itself be changed.

    ``violations`` list, by the index of the change, what could not be applied and has been left out; a change is
    applied whole or not at all. ``changed`` refuses such changes.
    """

    def __init__(
        self, base: ReadableHistory, fork: Fork, changes: Sequence[Change], undisclosed: AssumedSizes | None = None
    ) -> None:
        self.base = base
        self.undisclosed = undisclosed
        self.fork = fork
        self.changes = tuple(changes)
        self.root: History = base.root
        self._known_us = period(fork.known_at).last_us
        self._grounds: Lru[tuple[int, int], BaseHistory] = (
            base._grounds if isinstance(base, ChangedHistory) else Lru(_MAX_CACHED)
        )
        self._laid = Lru[int, tuple[BaseHistory, Overlay]](_MAX_CACHED)
        self._replayed = Lru[tuple[int, int, KnownAxis], AsKnown](_MAX_CACHED)
        ground = self._ground(self.baseline(0, self._known_us, fork.known_axis, fork.sequence))
        applier = ChangeApplier(self.root, fork.sequence, ground, _last_sequence(base, fork) + 1)
        self.violations = [
            Violation(number, broken)
            for number, change in enumerate(self.changes)
            if (broken := applier.apply(change)) is not None
        ]
        applier.laid()  # now, so that any number of readers may share it
        self.effects: list[Effects] = applier.effects
        self._whole = merged(self.effects)
        self._moves_reports = moves_reports(self.root.view(0, FOREVER_US, "recorded", fork.sequence), self.touched)
        self._applier = applier
        self._assumed_ids = {event.event_id for effects in self.effects for event in effects.added}
        self._assumed_ids |= base._assumed_ids if isinstance(base, ChangedHistory) else set()

    @property
    def assumed(self) -> list[Event]:
        """The assumed facts as events, after the changes that follow them."""
        return self._whole.added

    @property
    def touched(self) -> dict[str, Event | None]:
        """The events of the base that are replaced, or left out (``None``), by id."""
        return self._whole.touched

    @property
    def changed_ids(self) -> Set[str]:
        """The ids of the events that are replaced, left out or assumed, here or below."""
        return self.base.changed_ids | self._assumed_ids | self.touched.keys()

    @property
    def coalition(self) -> str:
        """The coalition's name."""
        return self.base.coalition

    @property
    def sequence(self) -> int:
        """The number of recorded events that the fork reaches."""
        return self.fork.sequence

    @property
    def last_recorded_us(self) -> int:
        """When the latest event of the record was recorded."""
        return self.base.last_recorded_us

    @property
    def last_sequence(self) -> int:
        """The sequence of the last event, assumed ones included."""
        own = self.assumed[-1].sequence if self.assumed else 0
        return max(own, _last_sequence(self.base, self.fork))

    @property
    def own_knowledge(self) -> list[Knowledge]:
        """The orders of learning that this history holds, apart from that of the record itself."""
        grounds = [
            *self._grounds.values(),
            *self._replayed.values(),
            *(ground for ground, _ in self._laid.values()),
        ]
        held = {id(one.knowledge): one.knowledge for one in grounds if isinstance(one, AsKnown)}
        held.pop(id(self.root.view(0, 0, "recorded", 0).knowledge), None)
        return list(held.values())

    def as_of(self, asked: AsOf) -> AsOf:
        """A question, with what it leaves open taken from the fork."""
        return replace(
            asked,
            valid_at=asked.valid_at or self.fork.valid_at,
            known_at=asked.known_at or self.fork.known_at,
            known_axis=asked.known_axis or self.fork.known_axis,
        )

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """The view of a time, as known at another, by the first ``sequence`` recorded events and the changes."""
        return with_assumed_sizes(self._view(valid_us, known_us, axis, sequence), self.undisclosed)

    def _view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        if axis == "recorded" and self.fork.known_axis == "reported":
            return self._view_of_replay(valid_us, known_us, axis, sequence)
        if axis == "reported" and self._moves_reports:
            return self._view_of_replay(valid_us, known_us, axis, sequence)
        view = self.baseline(valid_us, known_us, axis, sequence)
        if not self.touched and not self.assumed:
            return view
        return View(self._laid_over(self._ground(view)), view.position, valid_us)

    def views(self, baseline: View, axis: KnownAxis) -> Iterator[View]:
        """The baseline, and the view after each change in turn."""
        yield baseline
        ground = over = self._ground(baseline)
        for count, effects in enumerate(self.effects, start=1):
            checkpoint()
            if count % MAX_LAYERS == 0:
                over, effects = ground, merged(self.effects[:count])  # noqa: PLW2901
            over = Overlay(over, effects.touched, effects.added)
            yield View(over, baseline.position, baseline.valid_us)

    def baseline(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """The view without the changes: the base, no later than at the fork."""
        sequence = min(sequence, self.fork.sequence)
        if axis == self.fork.known_axis:
            return self.base.view(valid_us, min(known_us, self._known_us), axis, sequence)
        # A fork on the recorded axis reaches the first events, whenever they were reported.
        recorded = self.root.view(valid_us, self._known_us, "recorded", self.fork.sequence).position
        return self.base.view(valid_us, known_us, axis, min(sequence, recorded))

    def _ground(self, view: View) -> BaseHistory:
        """The knowledge of a view, as a base that changes can be laid over; the last few are cached."""
        known = as_disclosed(view.knowledge)
        if isinstance(known, (AsKnown, Overlay)):
            return known
        assert isinstance(known, Knowledge)
        ground = self._grounds.get((id(known), view.position))
        if ground is None:
            ground = AsKnown(known, view.position)
            self._grounds.put((id(known), view.position), ground)
        return ground

    def _laid_over(self, ground: BaseHistory) -> Overlay:
        if ground is self._applier.ground:
            laid: Overlay = self._applier.laid()
            return laid
        cached = self._laid.get(id(ground))
        if cached is None:
            cached = ground, Overlay(ground, self.touched, self.assumed)
            self._laid.put(id(ground), cached)
        return cached[1]

    # --- folding the changed events again, if changes move publications ---

    def _view_of_replay(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        key = (known_us, sequence, axis)
        replayed = self._replayed.get(key)
        if replayed is None:
            knowledge = Knowledge(unless_stopped(self.replayed_events(known_us, axis, sequence)))
            replayed = AsKnown(knowledge, knowledge.position)
            self._replayed.put(key, replayed)
        return View(replayed, replayed.position, valid_us)

    def replayed_events(self, known_us: int, axis: KnownAxis, sequence: int) -> list[Event]:
        """The changed events that would have been known, in the order of ``sequence``, assumed ones last."""
        events = [one for one in self._all_events() if one.event.sequence <= sequence or self._is_assumed(one.event)]
        if axis == "reported":  # there an event may have been known for a time, before a source of it was retracted
            known_us = min(known_us, self._reported_until_us)
            events = [_ForkEvent(one.event, True) for one in events]
        times = self._known_times([one.event for one in events], axis, known_us)
        return [one.event for one, at_us in zip(events, times, strict=True) if one.is_known and at_us <= known_us]

    @property
    def _reported_until_us(self) -> int:
        """The last time on the reported axis that the forks reach."""
        below = self.base._reported_until_us if isinstance(self.base, ChangedHistory) else FOREVER_US
        return min(below, self._known_us) if self.fork.known_axis == "reported" else below

    def _all_events(self) -> list[_ForkEvent]:
        """All changed events that the fork reaches, in the order of ``sequence``, assumed ones last.

        On the reported axis it reaches events that were not known there, since these can decide when others were, as
        they do in a question with the fork's sequence.
        """
        if isinstance(self.base, ChangedHistory):
            below = self.base._all_events()
        else:
            below = [_ForkEvent(event, True) for event in self.root.events[: self.base.sequence]]
        below = [one for one in below if one.event.sequence <= self.fork.sequence or self._is_assumed(one.event)]
        times = self._known_times([one.event for one in below], self.fork.known_axis, self._known_us)
        assumed = [_ForkEvent(event, True) for event in self.assumed]
        return [*self._reached(zip(below, times, strict=True)), *assumed]

    def _reached(self, below: Iterable[tuple[_ForkEvent, int]]) -> Iterator[_ForkEvent]:
        for one, at_us in below:
            if not one.is_known or at_us > self._known_us:
                if self.fork.known_axis == "reported" or at_us <= self._known_us:
                    yield _ForkEvent(one.event, False)
            elif (event := self.touched.get(one.event.event_id, one.event)) is not None:
                yield _ForkEvent(event, True)

    def _known_times(self, events: Sequence[Event], axis: KnownAxis, known_us: int) -> list[int]:
        """The time from which each event is known, as seen at a time; an assumed one always is, and publishes none."""
        own = [event for event in events if not self._is_assumed(event)]
        recorded_us = [stamp_us(event.recorded_at) for event in own]
        times = recorded_us
        if axis == "reported":
            times = Publications(own).times(known_us)
        by_id = dict(zip((event.event_id for event in own), times, strict=True))
        return [by_id.get(event.event_id, BEFORE_TIME_US) for event in events]

    def _is_assumed(self, event: Event) -> bool:
        return event.event_id in self._assumed_ids


def with_assumed_sizes(view: View, undisclosed: AssumedSizes | None) -> View:
    """The view in which pledges of people count with assumed sizes while theirs is undisclosed."""
    if undisclosed is None:
        return view
    sizes = {capability: assumed_size(size.min, size.max) for capability, size in undisclosed.items()}
    return view._replace(knowledge=WithAssumedSizes(view.knowledge, sizes))


def assumed_sizes_in(view: View) -> AssumedSizes | None:
    """The sizes that are assumed in a view, if any are."""
    knowledge = view.knowledge
    if not isinstance(knowledge, WithAssumedSizes):
        return None
    return {name: AssumedSize(min=size.min or 0, max=size.max or 0) for name, size in knowledge.sizes.items()}


def changed(
    base: ReadableHistory, fork: Fork, changes: Sequence[Change], undisclosed: AssumedSizes | None = None
) -> ChangedHistory:
    """A history forked and changed. Raises ``Refused``, by the index of the change, if one cannot be applied."""
    if len(changes) > MAX_CHANGES:
        raise Refused(
            [Violation(MAX_CHANGES, TooManyChanges(f"a scenario has at most {MAX_CHANGES} changes", "/changes"))]
        )
    if fork.sequence > base.sequence:
        detail = f"the record has only {base.sequence:,} events"
        raise Refused([Violation(0, ForkAfterTheEnd(detail, "/fork/sequence"))])
    history = ChangedHistory(base, fork, changes, undisclosed)
    if history.violations:
        raise Refused(history.violations)
    return history


def leaving_out(history: ReadableHistory, basis: Basis) -> ChangedHistory:
    """A history without what rests, as known at a basis, only on the words of the bases that it is ``without``.

    It is what a what-if answers that forks there and omits these events; nothing there to omit is no fault. Raises
    ``Refused`` if there is too much.
    """
    omit = Omit(omit=Selector(attributed_only_to=basis.without))
    fork = Fork(valid_at=basis.valid_at, known_at=basis.known_at, known_axis=basis.known_axis, sequence=basis.sequence)
    undisclosed = history.undisclosed if isinstance(history, ChangedHistory) else None
    left = ChangedHistory(history, fork, (omit,), undisclosed)
    others = [violation for violation in left.violations if not isinstance(violation.broken, MatchesNothing)]
    if others:
        raise Refused(others)
    return left


def unchanged(history: ChangedHistory) -> ChangedHistory:
    """What a changed history is compared with: the same fork without the changes."""
    return ChangedHistory(history.base, history.fork, (), history.undisclosed)


def baseline_of(history: ChangedHistory, basis: Basis) -> View:
    """The view that a changed history is compared with, as of a basis."""
    return view_of(unchanged(history), basis)


def facts_to_adopt(history: ChangedHistory) -> list[Any]:
    """The assumed facts as they would be recorded, each with its id; their sources are still to be added."""
    return [replace(event.fact, event_id=event.event_id) for event in history.assumed]


def _last_sequence(history: ReadableHistory, fork: Fork) -> int:
    """The last sequence in use: assumed events come after those of the fork, whatever has been recorded since."""
    return max(fork.sequence, history.last_sequence if isinstance(history, ChangedHistory) else 0)
