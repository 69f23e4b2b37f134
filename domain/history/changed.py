"""A changed history: some events taken out, some replaced, some added, laid over what was known at one position.

``AsKnown`` puts what was known at a position, whatever has been recorded since, in the form of a fold; ``Changed``
lays changes over that, or over another ``Changed``. Only what the changes touch is folded again, by the one fold that
there is (``standing.py``); everything else is read from below. So the cost follows what is touched, not the length of
history. The outcome equals a fold, from the start, of the changed events."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from domain.concepts.meetings import MeetingState
from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.as_known import AsKnown
from domain.history.bitemporal import validities
from domain.history.fold import Fold, Order, Track
from domain.history.knowledge import SetAside, subjects_of
from domain.history.layered import LayeredMapping
from domain.refusals import RuleBroken
from domain.times import BEFORE_TIME_US

K = TypeVar("K")
V = TypeVar("V")

Steps = list[tuple[Order, str | None]]
"""From which order on dependents see what of a thing."""

_RECORD_FACTS = (EventCorrected, EventRetracted, SourceAdded)


class Overlay(Fold):
    """What stands when some events of the ground are replaced (``None``: taken out), and some are added.

    ``touched`` may name events that the ground does not know: they are passed over. Added events have sequences after
    all others. It is read as a ``Knowledge`` is, at the one position of its ground.
    """

    def __init__(
        self, ground: "AsKnown | Overlay", touched: Mapping[str, Event | None], added: Sequence[Event] = ()
    ) -> None:
        super().__init__()
        self.ground = ground
        self.events = self._events = LayeredMapping(ground.events.get)
        self.changes = LayeredMapping(ground.changes.get)
        self.tracks = self._tracks = LayeredMapping(ground.tracks.get)
        self.aside = dict(ground.aside)
        self._judged: dict[str, int] = {}
        self._seen: dict[Thing, list[Steps]] = {}
        self._added = list(added)
        self._take_in({key: event for key, event in touched.items() if ground.events.get(key) is not None})

    def changed_events(self) -> Iterable[Event]:
        """The events that are not as they were recorded: replaced or added, here or below."""
        own = [event for event in self._events.own.values() if event is not None]
        below = (event for event in self.ground.changed_events() if event.event_id not in self._events.own)
        return [*below, *own]

    def own_things(self) -> list[Thing]:
        """The things that were folded anew here."""
        return list(self._tracks.own)

    def dependents_of(self, thing: Thing) -> Iterable[Thing]:
        """The things that have, or had, facts that rest on a thing."""
        return dict.fromkeys((*self.ground.dependents_of(thing), *self.dependents.get(thing, ())))

    # --- taking in the changes ---

    def _take_in(self, touched: dict[str, Event | None]) -> None:
        """Replace, take out and add, judge again the chains of corrections that this touches, and fold what moves."""
        chains = [self.ground.events[event_id] for event_id in touched] + self._added
        whole = [event for one in chains for event in (*self._chain(self._topmost(one)), one)]
        self._refiled = {event.event_id: event for event in whole}
        filed_before = {thing for event in self._refiled.values() for thing in self._filed_under(event)}
        roots = [root for event in chains if (root := self.root_of(event)) is not None]
        before = {root.event_id: self._entry(root) for root in roots}
        tops = {self._topmost(event).event_id for event in chains}
        self._replace(touched)
        self._judge_again(touched, tops)
        before |= {event.event_id: None for event in self._added}
        after = {root_id: self._entry_now(root_id) for root_id in before}
        self._move([(before[root_id], after[root_id]) for root_id in before])
        self._filed: dict[Thing, list[Event]] = {thing: [] for thing in filed_before}
        for event_id in self._refiled:
            event = self.events.get(event_id)
            if event is not None:
                for thing in self._filed_under(event):
                    self._filed.setdefault(thing, []).append(event)

    def _filed_under(self, event: Event) -> set[Thing]:
        """The things in whose records an event is shown."""
        root = self._topmost(event)
        return set() if isinstance(root.fact, _RECORD_FACTS) else subjects_of(self._chain(root))

    def _replace(self, touched: dict[str, Event | None]) -> None:
        for event_id, event in touched.items():
            fact = self.ground.events[event_id].fact
            self._events.own[event_id] = event
            if isinstance(fact, _RECORD_FACTS):
                others = self.changes.get(target_of(fact), ())
                now = (event if other.event_id == event_id else other for other in others)
                self.changes[target_of(fact)] = tuple(other for other in now if other is not None)
        for event in self._added:
            self.events[event.event_id] = event
            if isinstance(event.fact, _RECORD_FACTS):
                target = target_of(event.fact)
                self.changes[target] = (*self.changes.get(target, ()), event)

    def _judge_again(self, touched: dict[str, Event | None], tops: Iterable[str]) -> None:
        gone = [event_id for event_id, event in touched.items() if event is None]
        for event_id in gone:
            self._set_aside(event_id, None)
        heads = [event for event_id in tops if (event := self.events.get(event_id)) is not None]
        heads += [change for event_id in gone for change in self.changes.get(event_id, ())]
        heads += [self._topmost(event) for event in self._added]
        for event in heads:
            self._judge(event)

    def _entry_now(self, root_id: str) -> Entry | None:
        root = self.events.get(root_id)
        return None if root is None else self._entry(root)

    def _move(self, moves: Sequence[tuple[Entry | None, Entry | None]]) -> None:
        """Take entries out of the valid order, put others in, and fold again from the earliest of each thing on."""
        moves = [move for move in moves if _content(move[0]) is not _content(move[1])]
        pending: list[tuple[Order, Thing]] = []
        for entry in (entry for move in moves for entry in move if entry is not None):
            self._seen.setdefault(entry.thing, [_steps(self.ground.tracks.get(entry.thing))])
            pending.append((entry.order, entry.thing))
        for before, _ in moves:
            if before is not None:
                self._take_out(before)
        for _, after in moves:
            if after is not None:
                self._put_in(after)
        for thing, seen in self._seen.items():
            seen.append(_steps(self.tracks[thing]))  # what is folded before this thing is sees it so
        earliest: dict[Thing, Order] = {}
        for order, thing in pending:
            earliest[thing] = min(order, earliest.get(thing, order))
        self._fold_all([(order, thing) for thing, order in earliest.items()])

    def _fold(self, thing: Thing, order: Order) -> Iterable[tuple[Order, Thing]]:
        """Dependents follow only from where the thing is not as any of them may have seen it."""
        seen = self._seen.get(thing)
        if seen is None:
            seen = [_steps(self.tracks.get(thing))]
        super()._fold(thing, order)
        now = _steps(self.tracks[thing])
        self._seen[thing] = [now]
        differing = [first for before in seen if (first := _first_difference(before, now)) is not None]
        return self._followers(thing, min(differing)) if differing else ()

    def _track_to_change(self, thing: Thing) -> Track:
        if thing not in self._tracks.own:
            track = self.ground.tracks.get(thing)
            self._tracks.own[thing] = Track([], [], {}) if track is None else track.copy()
        return self.tracks[thing]

    def _dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        return tuple(self.dependents_of(thing))

    def _set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None = None) -> None:
        super()._set_aside(event_id, broken, effective_us)
        self._judged[event_id] = BEFORE_TIME_US if effective_us is None else effective_us

    # --- what a view reads; the position is fixed ---

    def known(self, position: int) -> list[Event]:
        """The events known, in the order of learning, those added last."""
        own = self._events.own
        below = (own.get(event.event_id, event) for event in self.ground.known(position))
        return [*(event for event in below if event is not None), *self._added]

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        """The events after a sequence that were known, by ``sequence``; those added have the highest."""
        own = self._events.own
        for event in self.ground.known_after(sequence, position):
            now = own.get(event.event_id, event)
            if now is not None:
                yield now
        yield from (event for event in self._added if event.sequence > sequence)

    def known_event(self, event_id: str, position: int) -> Event | None:
        """The event of an id, as the changes have left it."""
        event: Event | None = self.events.get(event_id)
        return event

    def known_about(self, event_id: str, position: int) -> list[Event]:
        """The facts about the record that are about an event."""
        return list(self.changes.get(event_id, ()))

    def set_aside_at(self, position: int) -> list[SetAside]:
        """What lacks its footing, whenever it would take effect."""
        return [SetAside(self.events[event_id], broken) for event_id, broken in self.aside.items()]

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events that are about a thing."""
        below = self.ground.record(thing, position)
        if thing not in self._filed:
            return below
        others = (event for event in below if event.event_id not in self._refiled)
        return sorted((*others, *self._filed[thing]), key=attrgetter("sequence"))

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows, of all things, in no particular order."""
        tracks = self._tracks.own
        states = [state for state in self.ground.states_at(position, valid_us) if not self._is_told_here(state)]
        own = (_state_in(track, valid_us) for track in tracks.values() if track is not None)
        states += [state for state in own if state is not None and state.is_current]
        states += [
            SetAside(self.events[event_id], self.aside[event_id])
            for event_id, begins_us in self._judged.items()
            if event_id in self.aside and begins_us <= valid_us
        ]
        return states

    def _is_told_here(self, state: Any) -> bool:
        if isinstance(state, SetAside):
            return state.event.event_id in self._judged
        return state.latest.thing in self._tracks.own

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state, shown in a picture or not."""
        track = self._tracks.own.get(thing)
        return self.ground.state_at(thing, position, valid_us) if track is None else _state_in(track, valid_us)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        """The times in (from, to] at which a state begins, but for those of some things."""
        below = self.ground.boundaries(position, from_us, to_us, {*without, *self._tracks.own})
        return below | {begins for begins, _, _ in self._stretches(without) if from_us < begins <= to_us}

    def states_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[Any]:
        """Every state that a thing was in at some time in between, but for some things."""
        yield from self.ground.states_between(position, from_us, to_us, {*without, *self._tracks.own})
        for begins_us, ends_us, state in self._stretches(without):
            if begins_us <= to_us and ends_us > from_us:
                yield state

    def _stretches(self, without: Collection[Thing]) -> Iterator[tuple[int, int, Any]]:
        for thing, track in self._tracks.own.items():
            if thing not in without and track is not None and track.entries:
                yield from validities(track)

    def things(self, kind: str) -> list[Thing]:
        """All things of a kind that were ever on record here."""
        own = (thing for thing in (*self._tracks.own, *self._filed) if thing.kind == kind)
        return list(dict.fromkeys((*self.ground.things(kind), *own)))


def _content(entry: Entry | None) -> Any:
    return None if entry is None else entry.fact


def _state_in(track: Track, valid_us: int) -> Any:
    """The thing's state at a time, what has expired by then as ended."""
    position = track.position((valid_us + 1, 0))
    state = track.states[position - 1] if position else None
    if state is not None and state.ends_us is not None and state.ends_us <= valid_us:
        return state.ended()
    return state


def _steps(track: Track | None) -> Steps:
    """From which order on dependents see what of a thing: that it is there, and for a meeting its status."""
    steps: Steps = []
    seen: str | None = None
    for entry, state in zip(track.entries, track.states, strict=True) if track is not None else ():
        now = None if state is None else state.status if isinstance(state, MeetingState) else "there"
        if now != seen:
            steps.append((entry.order, now))
            seen = now
    return steps


def _first_difference(before: Steps, now: Steps) -> Order | None:
    """The order from which on two step functions differ; ``None`` where they do not."""
    if before == now:
        return None
    common = next(
        (index for index, (one, other) in enumerate(zip(before, now, strict=False)) if one != other),
        min(len(before), len(now)),
    )
    return min(steps[common][0] for steps in (before, now) if common < len(steps))
