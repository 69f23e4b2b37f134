"""Applying changes: which events each change replaces, leaves out or adds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, assert_never
from uuid import UUID, uuid5

from domain.checkpoints import checkpoint, unless_stopped
from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import FACTS, Event, content_of, fact_json
from domain.history.correction_chains import RECORD_FACTS
from domain.history.history import History, View
from domain.history.overlay import BaseHistory, Overlay
from domain.refusals import IdAlreadyUsed, RuleBroken
from domain.what_if.changes import (
    ASSUMED,
    DECIDING,
    MAX_TOUCHED_EVENTS,
    Alter,
    Assume,
    Decide,
    Omit,
    Selector,
    Shift,
    alter_event,
)
from domain.what_if.refusals import FieldIsNotThere, MatchesNothing, NamesNothing, TouchesTooMuch
from domain.what_if.shifts import shift_event
from projections.record import targets_of
from projections.what_if.selecting import RecordIndex, Selection, chain_of, index_of

ASSUMED_BY = "what-if"
"""The ``recorded_by`` of an assumed fact."""

_NAMESPACE = UUID("6f1d5f0c-7a3e-5a55-9d0c-2f0f3a1c7e11")

MAX_LAYERS = 8
"""Overlays laid one over another before they are merged into one."""


class Effects(NamedTuple):
    """What a change does: the events it replaces or leaves out (``None``), by id, and those it adds."""

    touched: dict[str, Event | None]
    added: list[Event]

    @property
    def ids(self) -> list[str]:
        """The ids of the events."""
        return [*self.touched, *(event.event_id for event in self.added)]


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


class ChangeApplier:
    """Applies changes one after another to a ``ground``: what is known of the first ``until`` events of the record.

    Their effects are laid over the ground only if a change has to look at what those before it left, and at the end.
    """

    def __init__(self, root: History, until: int, ground: BaseHistory, next_sequence: int) -> None:
        self.ground = ground
        self._root = root
        self._until = min(until, root.sequence)
        self._index: RecordIndex = index_of(root)
        self._next_sequence = next_sequence
        self._now: dict[str, Event | None] = {}
        self._pending: list[Effects] = []
        self._over: BaseHistory = ground
        self._layers = 0
        self.effects: list[Effects] = []

    def apply(self, change: Any) -> RuleBroken | None:
        """Apply one more change, whole, or return the reason why it does not apply."""
        checkpoint()
        result = self._effects(change)
        if isinstance(result, Effects) and len(self._now.keys() | set(result.ids)) > MAX_TOUCHED_EVENTS:
            result = TouchesTooMuch(f"the changes of a scenario touch at most {MAX_TOUCHED_EVENTS:,} events")
        effects = result if isinstance(result, Effects) else Effects({}, [])
        self.effects.append(effects)
        self._pending.append(effects)
        self._now |= effects.touched | {event.event_id: event for event in effects.added}
        self._next_sequence += len(effects.added)
        return None if isinstance(result, Effects) else result

    def laid(self) -> Any:
        """The history after the changes so far: an ``Overlay``, or the ground if they had no effect."""
        if any(effects.ids for effects in self._pending):
            self._layers += 1
            effects = merged(self._pending)
            if self._layers % MAX_LAYERS == 0:
                self._over, effects = self.ground, merged(self.effects)
            self._over = Overlay(self._over, effects.touched, effects.added)
        self._pending = []
        return self._over

    def _effects(self, change: Any) -> Effects | RuleBroken:
        """The effects of a change, or the reason why it does not apply."""
        match change:
            case Assume():
                return self._assumed([change.assume], "/assume")
            case Omit():
                found = self._aimed_at(change.omit, "/omit")
                if isinstance(found, RuleBroken):
                    return found
                return Effects({event.event_id: None for event in found}, [])
            case Shift():
                return self._altered(change.shift, "/shift", lambda event: shift_event(event, change))
            case Alter():
                return self._altered(change.alter, "/alter", lambda event: alter_event(event, change))
            case Decide():
                return self._decided(change)
        assert_never(change)

    def _event(self, event_id: str) -> Event | None:
        return self._now[event_id] if event_id in self._now else self.ground.corrections.events.get(event_id)

    def _selecting(self) -> Selection:
        return Selection(self._index, self._until, self.laid())

    def _aimed_at(self, aim: Any, field: str) -> list[Event] | RuleBroken:
        """The events that an aim names or matches; at least one."""
        if isinstance(aim, Selector):
            found = self._selecting().matching(aim, limit=MAX_TOUCHED_EVENTS + 1)
            return found or MatchesNothing("the selector matches no event that is known at the starting point", field)
        event = self._event(aim)
        return NamesNothing("no event with this id is known at the starting point", field) if event is None else [event]

    def _altered(self, aim: Any, field: str, alteration: Callable[[Event], Event | RuleBroken]) -> Effects | RuleBroken:
        """Alter the events aimed at; of those that a selector matches, all to which the alteration applies."""
        found = self._aimed_at(aim, field)
        if isinstance(found, RuleBroken):
            return found
        if not isinstance(aim, Selector):
            found = list(self._chain(found[0]))
        results = [(event, alteration(event)) for event in unless_stopped(found)]
        broken = [result for _, result in results if isinstance(result, RuleBroken)]
        others = [result for result in broken if not isinstance(result, FieldIsNotThere)]
        if others or len(broken) == len(results):
            return (others or broken)[0]
        unlike = [(one, other) for one, other in results if isinstance(other, Event) and other.fact != one.fact]
        return Effects({event.event_id: other for event, other in unlike}, [])

    def _chain(self, event: Event) -> Iterator[Event]:
        """An event, its corrections, and theirs; without an overlay, unless corrections were assumed."""
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
                return MatchesNothing(f"no condition of kind {kind} is known at the starting point", "/decide")
        elif selecting.has_condition(change.decide):
            names = [change.decide]
        else:
            return NamesNothing(f"no condition {change.decide} is known at the starting point", "/decide")
        deciding = FACTS[DECIDING[change.becomes]]
        facts = [deciding(condition=n, effective_at=change.effective_at, sources=(ASSUMED,)) for n in names]
        return self._assumed(facts, "/decide")

    def _assumed(self, facts: Sequence[Any], field: str) -> Effects | RuleBroken:
        found: dict[str, Event] = {}
        for sequence, fact in enumerate(facts, start=self._next_sequence):
            event_id = fact.event_id or _id_of(fact, self._root.coalition, sequence)
            if event_id in found or event_id in self._now or self._event(event_id) is not None:
                return IdAlreadyUsed("an event of that id is on record", f"{field}/event_id", (event_id,))
            if isinstance(fact, RECORD_FACTS) and self._event(target_of(fact)) is None:
                return NamesNothing("no event with this id is known at the starting point", field)
            found[event_id] = Event(
                event_id=event_id, coalition=self._root.coalition, sequence=sequence,
                recorded_at=self._recorded_at(), recorded_by=ASSUMED_BY, fact=fact,
            )  # fmt: skip
        return Effects({}, list(found.values()))

    def _recorded_at(self) -> str:
        """The time at which the last event at the fork was recorded, since an event needs one."""
        return self._root.events[self._until - 1].recorded_at if self._until else "1970-01-01T00:00:00.000000Z"


def moves_reports(recorded: View, touched: Mapping[str, Event | None]) -> bool:
    """Whether changes move when others could be known by the public: of a chain of corrections, they leave a part, and
    leave out what is about an added source, or anything where our own corrections decide when the rest was public.

    The whole record is looked at: what was not public may decide when the rest was.
    """
    gone: dict[str, list[Event]] = {}
    for event_id, now in touched.items():
        event = recorded.event(event_id)
        if event is not None and (now is None or _thing_of(now) != _thing_of(event)):
            gone.setdefault(_top_of(recorded, event).event_id, []).append(event)
    return any(_is_moved(recorded, top_id, some, touched) for top_id, some in gone.items())


def _is_moved(recorded: View, top_id: str, gone: Sequence[Event], touched: Mapping[str, Event | None]) -> bool:
    chain = [event] if (event := recorded.event(top_id)) is not None else []
    for one in chain:
        chain += recorded.events_about(one.event_id)
    if all(touched.get(one.event_id, one) is None for one in chain):
        return False
    return any(map(_is_our_own, chain)) or any(_is_about_sources(recorded, one) for one in gone)


def _top_of(recorded: View, event: Event) -> Event:
    """The first event of a chain of corrections."""
    return [event, *targets_of(event, recorded.event)][-1]


def _thing_of(event: Event) -> Any:
    return getattr(content_of(event), "thing", None)


def _is_our_own(event: Event) -> bool:
    """Whether an event is a correction or a retraction without sources."""
    return isinstance(event.fact, (EventCorrected, EventRetracted)) and not event.fact.sources


def _is_about_sources(recorded: View, event: Event) -> bool:
    """Whether an event adds sources, or retracts one that does: then it moves when others could be known."""
    return any(isinstance(one.fact, SourceAdded) for one in (event, *targets_of(event, recorded.event)))


def _id_of(fact: Any, coalition: str, sequence: int) -> str:
    """An id for an assumed fact: the same whenever it is assumed in the same place."""
    return str(uuid5(_NAMESPACE, f"{coalition} {sequence} {fact_json(fact).decode()}"))
