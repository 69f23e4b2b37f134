"""What if: a coalition's history, forked at a basis and changed, read in the same way as the history itself.

A changed history is a history (``Readable``): every question of the ledger works on it, with the same parameters. What
it costs follows what the changes touch (``domain/history/changed.py``). Where that cannot be, because a change moves when the
public could know of something else, the changed events are folded anew.

A fork on one known axis is a set of events: those known there. Asked on the other axis, it is these that are looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, assert_never
from uuid import UUID, uuid5

from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import FACTS, Event, fact_json
from domain.history.bitemporal import FOREVER
from domain.history.changed import AsKnown, Changed
from domain.history.history import BEFORE_TIME, History, Knowledge, KnownAxis, Readable, View
from domain.history.publications import Publications
from domain.refusals import IdAlreadyUsed, Refused, RuleBroken, Violation
from domain.times import instant_us, period
from domain.what_if.changes import (
    ASSUMED,
    DECIDING,
    MOST_CHANGES,
    MOST_TOUCHED,
    Alter,
    Assume,
    Change,
    Decide,
    FieldIsNotThere,
    MatchesNothing,
    NamesNothing,
    Omit,
    Selector,
    Shift,
    TouchesTooMuch,
    altered,
    shifted,
)
from domain.what_if.scenarios import Fork, ForkAfterTheEnd, TooManyChanges
from projections.asof import AsOf, Basis, view_of
from projections.what_if.selecting import Ground, RecordIndex, Selecting, chain_of, index_of

ASSUMED_BY = "what-if"
"""Who recorded an assumed fact, where an event has to say so."""

_NAMESPACE = UUID("6f1d5f0c-7a3e-5a55-9d0c-2f0f3a1c7e11")
_KEPT = 8
_MOST_LAYERS = 8


# --- the fork ---------------------------------------------------------------------------------------------------------


def fork_at(history: Readable, asked: AsOf, now_us: int, scenario: str | None = None) -> Fork:
    """Fork a history at a basis; what is left open is now. ``scenario`` names the one that is forked, if it is one.

    Raises ``Refused`` for a fork after the end, ``UnanswerableQuestion`` for a basis that cannot be read.
    """
    if asked.sequence is not None and asked.sequence > history.sequence:
        detail = f"the record has {history.sequence} events"
        raise Refused([Violation(0, ForkAfterTheEnd(detail, "/fork/sequence"))])
    basis = asked.basis(history, now_us)
    return Fork(
        valid_at=basis.valid_at, known_at=basis.known_at, known_axis=basis.known_axis, sequence=basis.sequence,
        scenario=scenario,
    )  # fmt: skip


def basis_of_fork(history: Readable, fork: Fork) -> Basis:
    """The fork as the basis of an answer."""
    return Basis(history.coalition, fork.sequence, fork.valid_at, fork.known_at, fork.known_axis)


# --- the changed history ----------------------------------------------------------------------------------------------


class _Told(NamedTuple):
    """An event that a fork reaches, and whether it is known there."""

    event: Event
    is_known: bool


class ChangedHistory:
    """A history forked and changed. Reading is as for ``History``; ``base`` may itself be changed.

    ``violations`` tell, by the index of the change, what could not be applied and has been left out; a change is
    applied whole or not at all. Use ``changed`` to have that refused. ``step`` is called before each change, and may
    raise to end the work.
    """

    def __init__(
        self, base: Readable, fork: Fork, changes: Sequence[Change], step: Callable[[], None] | None = None
    ) -> None:
        self.base = base
        self.fork = fork
        self.changes = tuple(changes)
        self.root: History = base.root if isinstance(base, ChangedHistory) else base  # type: ignore[assignment]
        self._known_us = period(fork.known_at).last_us
        self._grounds: dict[tuple[int, int], Ground] = base._grounds if isinstance(base, ChangedHistory) else {}
        self._laid: dict[int, tuple[Ground, Changed]] = {}
        self._replayed: dict[tuple[int, int, KnownAxis], AsKnown] = {}
        ground = self._ground(self.baseline(0, self._known_us, fork.known_axis, fork.sequence), fork.known_axis)
        working = _Working(self.root, fork.sequence, ground, _last_sequence(base, fork) + 1)
        self.violations = [
            Violation(number, broken)
            for number, change in enumerate(self.changes)
            if (broken := working.apply(change, step)) is not None
        ]
        working.laid()  # now, so that any number of readers may share it
        self.effects: list[Effects] = working.effects
        self._whole = merged(self.effects)
        self._working = working
        self._assumed_ids = {event.event_id for effects in self.effects for event in effects.added}
        self._assumed_ids |= base._assumed_ids if isinstance(base, ChangedHistory) else set()

    @property
    def assumed(self) -> list[Event]:
        """The assumed facts, as events, as the changes after them have left them."""
        return self._whole.added

    @property
    def touched(self) -> dict[str, Event | None]:
        """The events of the base that are replaced, or left out (``None``), by id."""
        return self._whole.touched

    @property
    def coalition(self) -> str:
        """The coalition's name."""
        return self.base.coalition

    @property
    def sequence(self) -> int:
        """How many recorded events are looked at."""
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
        """The orders of learning that are held for this history, besides that of the record itself."""
        grounds = [
            *self._grounds.values(),
            *self._replayed.values(),
            *(ground for ground, _ in list(self._laid.values())),
        ]
        held = {id(one.knowledge): one.knowledge for one in grounds if isinstance(one, AsKnown)}
        held.pop(id(self.root.view(0, 0, "recorded", 0).knowledge), None)
        return list(held.values())

    def as_of(self, asked: AsOf) -> AsOf:
        """The question, with what it leaves open taken from the fork."""
        return replace(
            asked,
            valid_at=asked.valid_at or self.fork.valid_at,
            known_at=asked.known_at or self.fork.known_at,
            known_axis=asked.known_axis or self.fork.known_axis,
        )

    def view(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """What would have stood at a time, as known at another, by the first ``sequence`` recorded events."""
        if axis == "recorded" and self.fork.known_axis == "reported":
            return self._view_of_replay(valid_us, known_us, axis, sequence)
        if axis == "reported" and self._working.moves_reports:
            return self._view_of_replay(valid_us, known_us, axis, sequence)
        view = self.baseline(valid_us, known_us, axis, sequence)
        if not self.touched and not self.assumed:
            return view
        return View(self._laid_over(self._ground(view, axis)), view.position, valid_us)

    def views(self, baseline: View, axis: KnownAxis) -> Iterator[View]:
        """The baseline, and what each change in turn makes of it."""
        yield baseline
        ground = over = self._ground(baseline, axis)
        for count, effects in enumerate(self.effects, start=1):
            if count % _MOST_LAYERS == 0:
                over, effects = ground, merged(self.effects[:count])  # noqa: PLW2901
            over = Changed(over, effects.touched, effects.added)
            yield View(over, baseline.position, baseline.valid_us)

    def baseline(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        """What stood without the changes: the base, no later than at the fork."""
        sequence = min(sequence, self.fork.sequence)
        if axis == self.fork.known_axis:
            return self.base.view(valid_us, min(known_us, self._known_us), axis, sequence)
        # Forked by what was recorded: the events are the first so many, whenever they were reported.
        recorded = self.root.view(valid_us, self._known_us, "recorded", self.fork.sequence).position
        return self.base.view(valid_us, known_us, axis, min(sequence, recorded))

    def _ground(self, view: View, axis: Any) -> Ground:
        """What a view knew, as something that changes can be laid over; the last few are kept."""
        known = view.knowledge
        if isinstance(known, (AsKnown, Changed)):
            return known
        assert isinstance(known, Knowledge)
        ground = self._grounds.get((id(known), view.position))
        if ground is None:
            ground = _as_known(known, view.position, axis)
            _keep(self._grounds, (id(known), view.position), ground)
        return ground

    def _laid_over(self, ground: Ground) -> Changed:
        if ground is self._working.ground:
            laid: Changed = self._working.laid()
            return laid
        kept = self._laid.get(id(ground))
        if kept is None:
            kept = ground, Changed(ground, self.touched, self.assumed)
            _keep(self._laid, id(ground), kept)
        return kept[1]

    # --- where the changed events have to be folded anew ---

    def _view_of_replay(self, valid_us: int, known_us: int, axis: KnownAxis, sequence: int) -> View:
        key = (known_us, sequence, axis)
        replayed = self._replayed.get(key)
        if replayed is None:
            knowledge = Knowledge(self.replayed_events(known_us, axis, sequence))
            replayed = AsKnown(knowledge, knowledge.position, lambda _: True)
            _keep(self._replayed, key, replayed)
        return View(replayed, replayed.position, valid_us)

    def replayed_events(self, known_us: int, axis: KnownAxis, sequence: int) -> list[Event]:
        """The changed events that would have been known, in the order of ``sequence``, assumed ones last."""
        told = [one for one in self._all_events() if one.event.sequence <= sequence or self._is_assumed(one.event)]
        if axis == "reported":  # there an event may have been known for a time, before a source of it was retracted
            known_us = min(known_us, self._reported_until_us)
            told = [_Told(one.event, True) for one in told]
        times = self._known_times([one.event for one in told], axis, known_us)
        return [one.event for one, at_us in zip(told, times, strict=True) if one.is_known and at_us <= known_us]

    @property
    def _reported_until_us(self) -> int:
        """The last time on the reported axis that the forks reach."""
        below = self.base._reported_until_us if isinstance(self.base, ChangedHistory) else FOREVER
        return min(below, self._known_us) if self.fork.known_axis == "reported" else below

    def _all_events(self) -> list[_Told]:
        """All changed events that the fork reaches, in the order of ``sequence``, assumed ones last.

        On the reported axis it reaches events that were not known there: they can tell when others were, as they do
        in a question with the fork's sequence.
        """
        if isinstance(self.base, ChangedHistory):
            below = self.base._all_events()
        else:
            below = [_Told(event, True) for event in self.root.events[: self.base.sequence]]
        below = [one for one in below if one.event.sequence <= self.fork.sequence or self._is_assumed(one.event)]
        times = self._known_times([one.event for one in below], self.fork.known_axis, self._known_us)
        told = [_Told(event, True) for event in self.assumed]
        return [*self._reached(zip(below, times, strict=True)), *told]

    def _reached(self, below: Iterable[tuple[_Told, int]]) -> Iterator[_Told]:
        for one, at_us in below:
            if not one.is_known or at_us > self._known_us:
                if self.fork.known_axis == "reported" or at_us <= self._known_us:
                    yield _Told(one.event, False)
            elif (event := self.touched.get(one.event.event_id, one.event)) is not None:
                yield _Told(event, True)

    def _known_times(self, events: Sequence[Event], axis: KnownAxis, known_us: int) -> list[int]:
        """From when on each event is known, seen at a time; an assumed one always was, and says nothing of sources."""
        own = [event for event in events if not self._is_assumed(event)]
        recorded_us = [instant_us(event.recorded_at) for event in own]
        times = recorded_us
        if axis == "reported":
            publications = Publications(own, recorded_us)
            times = publications.times(publications.retracted_by(known_us))
        by_id = dict(zip((event.event_id for event in own), times, strict=True))
        return [by_id.get(event.event_id, BEFORE_TIME) for event in events]

    def _is_assumed(self, event: Event) -> bool:
        return event.event_id in self._assumed_ids


def changed(
    base: Readable, fork: Fork, changes: Sequence[Change], step: Callable[[], None] | None = None
) -> ChangedHistory:
    """A history forked and changed. Raises ``Refused``, by the index of the change, where one cannot be applied."""
    if len(changes) > MOST_CHANGES:
        raise Refused(
            [Violation(MOST_CHANGES, TooManyChanges(f"a scenario has at most {MOST_CHANGES} changes", "/changes"))]
        )
    if fork.sequence > base.sequence:
        detail = f"the record has {base.sequence} events"
        raise Refused([Violation(0, ForkAfterTheEnd(detail, "/fork/sequence"))])
    history = ChangedHistory(base, fork, changes, step)
    if history.violations:
        raise Refused(history.violations)
    return history


def baseline_of(history: ChangedHistory, basis: Basis) -> View:
    """What a changed history is compared with, as of a basis: the same fork without the changes."""
    return view_of(ChangedHistory(history.base, history.fork, ()), basis)


def facts_to_adopt(history: ChangedHistory) -> list[Any]:
    """The assumed facts as they would be recorded, each with its id; their sources are still to be given."""
    return [replace(event.fact, event_id=event.event_id) for event in history.assumed]


def _as_known(knowledge: Knowledge, position: int, axis: KnownAxis) -> AsKnown:
    """What was known at a position. On the recorded axis that is told by the sequence."""
    if axis == "recorded":
        return AsKnown(knowledge, position, lambda event: event.sequence <= position)
    known = {event.event_id for event in knowledge.known(position)}
    return AsKnown(knowledge, position, lambda event: event.event_id in known)


def _keep(kept: dict[Any, Any], key: Any, value: Any) -> None:
    """Keep one more, and the last few before it."""
    kept[key] = value
    for oldest in list(kept)[:-_KEPT]:
        kept.pop(oldest, None)


def _last_sequence(history: Readable, fork: Fork) -> int:
    """The last sequence taken: assumed events come after those of the fork, whatever has been recorded since."""
    return max(fork.sequence, history.last_sequence if isinstance(history, ChangedHistory) else 0)


def _is_about_sources(ground: Ground, event_id: str) -> bool:
    """Whether an event adds sources, or takes back one that does: then it moves when another could be known."""
    event = ground.events.get(event_id)
    root = None if event is None else ground.root_of(event)
    return root is not None and isinstance(root.fact, SourceAdded)


# --- applying changes -------------------------------------------------------------------------------------------------


class Effects(NamedTuple):
    """What a change does: the events it replaces or leaves out (``None``), by id, and those it adds."""

    touched: dict[str, Event | None]
    added: list[Event]

    @property
    def ids(self) -> list[str]:
        """The ids of the events."""
        return [*self.touched, *_ids(self.added)]


def merged(effects: Iterable[Effects]) -> Effects:
    """Effects one after another, as one."""
    touched: dict[str, Event | None] = {}
    added: dict[str, Event] = {}
    for one in effects:
        for event_id, event in one.touched.items():
            if event_id not in added:
                touched[event_id] = event
            elif event is None:
                del added[event_id]
            else:
                added[event_id] = event
        added |= {event.event_id: event for event in one.added}
    return Effects(touched, list(added.values()))


def _id_of(fact: Any, coalition: str, sequence: int) -> str:
    """An id for an assumed fact: the same whenever it is assumed in the same place."""
    return str(uuid5(_NAMESPACE, f"{coalition} {sequence} {fact_json(fact).decode()}"))


def _ids(events: Iterable[Event]) -> list[str]:
    return [event.event_id for event in events]


class _Working:
    """The effects so far, and what the next change finds: in the first ``until`` events of the record, over a ground.

    What is laid over the fork is laid only when a change has to look at what those before it left, and at last.
    """

    def __init__(self, root: History, until: int, ground: Ground, next_sequence: int) -> None:
        self.ground = ground
        self._root = root
        self._until = min(until, root.sequence)
        self._index: RecordIndex = index_of(root)
        self._next_sequence = next_sequence
        self._now: dict[str, Event | None] = {}
        self._pending: list[Effects] = []
        self._over: Ground = ground
        self._layers = 0
        self.effects: list[Effects] = []
        self.moves_reports = False

    def apply(self, change: Any, step: Callable[[], None] | None = None) -> RuleBroken | None:
        """Apply one more change, whole; or tell why it cannot be."""
        if step is not None:
            step()
        result = self._effects(change)
        if isinstance(result, Effects) and len(self._now.keys() | set(result.ids)) > MOST_TOUCHED:
            result = TouchesTooMuch(f"the changes of a scenario touch at most {MOST_TOUCHED:,} events")
        effects = result if isinstance(result, Effects) else Effects({}, [])
        self.effects.append(effects)
        self._pending.append(effects)
        self._now |= effects.touched | {event.event_id: event for event in effects.added}
        self._next_sequence += len(effects.added)
        self.moves_reports |= any(_is_about_sources(self.ground, event_id) for event_id in effects.touched)
        return None if isinstance(result, Effects) else result

    def laid(self) -> Any:
        """What there is after the changes so far; a ``Changed`` once there has been one."""
        if any(effects.ids for effects in self._pending):
            self._layers += 1
            effects = merged(self._pending)
            if self._layers % _MOST_LAYERS == 0:
                self._over, effects = self.ground, merged(self.effects)
            self._over = Changed(self._over, effects.touched, effects.added)
        self._pending = []
        return self._over

    def _effects(self, change: Any) -> Effects | RuleBroken:
        """What a change does, or why it cannot."""
        match change:
            case Assume():
                return self._assumed([change.assume], "/assume")
            case Omit():
                found = self._aimed_at(change.omit, "/omit")
                return (
                    found if isinstance(found, RuleBroken) else Effects({event.event_id: None for event in found}, [])
                )
            case Shift():
                return self._altered(change.shift, "/shift", lambda event: shifted(event, change))
            case Alter():
                return self._altered(change.alter, "/alter", lambda event: altered(event, change))
            case Decide():
                return self._decided(change)
        assert_never(change)

    # --- finding ---

    def _event(self, event_id: str) -> Event | None:
        return self._now[event_id] if event_id in self._now else self.ground.events.get(event_id)

    def _selecting(self) -> Selecting:
        return Selecting(self._index, self._until, self.laid())

    def _aimed_at(self, aim: Any, field: str) -> list[Event] | RuleBroken:
        """The events that an aim names or matches; at least one."""
        if isinstance(aim, Selector):
            found = self._selecting().matching(aim, at_most=MOST_TOUCHED + 1)
            return found or MatchesNothing("the selector matches no event that is known at the fork", field)
        event = self._event(aim)
        return NamesNothing("no event of that id is known at the fork", field) if event is None else [event]

    # --- what each sort of change does ---

    def _altered(self, aim: Any, field: str, alteration: Callable[[Event], Event | RuleBroken]) -> Effects | RuleBroken:
        """Alter what is aimed at; of what a selector matches, all that can be altered so."""
        found = self._aimed_at(aim, field)
        if isinstance(found, RuleBroken):
            return found
        if not isinstance(aim, Selector):
            found = list(self._chain(found[0]))
        results = [(event, alteration(event)) for event in found]
        broken = [result for _, result in results if isinstance(result, RuleBroken)]
        others = [result for result in broken if not isinstance(result, FieldIsNotThere)]
        if others or len(broken) == len(results):
            return (others or broken)[0]
        unlike = [(one, other) for one, other in results if isinstance(other, Event) and other.fact != one.fact]
        return Effects({event.event_id: other for event, other in unlike}, [])

    def _chain(self, event: Event) -> Iterator[Event]:
        """An event, what corrects it, and what corrects that; nothing is laid over for it."""
        added = [other for effects in self.effects for other in effects.added]
        if not any(isinstance(other.fact, EventCorrected) for other in added):
            known = (self._event(one.event_id) for one in chain_of(self.ground, event))
            return (one for one in known if one is not None)
        return chain_of(self.laid(), event)

    def _decided(self, change: Decide) -> Effects | RuleBroken:
        selecting = self._selecting()
        if not isinstance(change.decide, str):
            names = selecting.conditions(change.decide.condition_kind)
            if not names:
                kind = change.decide.condition_kind
                return MatchesNothing(f"no condition of kind {kind} is known at the fork", "/decide")
        elif selecting.has_condition(change.decide):
            names = [change.decide]
        else:
            return NamesNothing(f"no condition {change.decide} is known at the fork", "/decide")
        deciding = FACTS[DECIDING[change.becomes]]
        facts = [deciding(condition=n, effective_at=change.effective_at, sources=(ASSUMED,)) for n in names]
        return self._assumed(facts, "/decide")

    def _assumed(self, facts: Sequence[Any], field: str) -> Effects | RuleBroken:
        found: dict[str, Event] = {}
        for sequence, fact in enumerate(facts, start=self._next_sequence):
            event_id = fact.event_id or _id_of(fact, self._root.coalition, sequence)
            if event_id in found or event_id in self._now or self._event(event_id) is not None:
                return IdAlreadyUsed("an event of that id is on record", f"{field}/event_id", (event_id,))
            if isinstance(fact, (EventCorrected, EventRetracted, SourceAdded)) and self._event(target_of(fact)) is None:
                return NamesNothing("no event of that id is known at the fork", field)
            found[event_id] = Event(
                event_id=event_id, coalition=self._root.coalition, sequence=sequence,
                recorded_at=self._recorded_at(), recorded_by=ASSUMED_BY, fact=fact,
            )  # fmt: skip
        return Effects({}, list(found.values()))

    def _recorded_at(self) -> str:
        """When the last event at the fork was recorded: an event has to say something."""
        return self._root.events[self._until - 1].recorded_at if self._until else "1970-01-01T00:00:00.000000Z"
