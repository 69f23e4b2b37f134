"""What stands: the one fold of facts into states, behind the picture, the timeline, the difference and the decisions.

Facts apply in the order of (``effective_at``, ``sequence``), each against the thing that it is about as that thing is
by then. A fact that would break a rule in the history at hand is set aside, with that rule, and applies once its
footing is there. So folding never fails; refusing is deciding (``decisions.py``), which asks whether anything would
have to be set aside.

A history is folded one event at a time, in the order of learning, each event re-folding only what it touches. The
outcome equals a naive fold, from the start, of everything known."""

from bisect import bisect_left
from collections.abc import Iterable, MutableMapping
from heapq import heapify, heappop, heappush
from itertools import islice
from operator import attrgetter
from typing import Any

from domain.concepts.meetings import MeetingState
from domain.concepts.registry import CONCEPTS
from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event
from domain.facts import Entry, Footing, Thing
from domain.history.correction_chains import TARGET_FIELD, broken_by_change, is_retraction
from domain.refusals import (
    EffectiveBeforeItsFooting,
    MeetingIsNotHeld,
    RuleBroken,
    UnknownId,
)

_ORDER = attrgetter("order")
Order = tuple[int, int]


class Track:
    """Everything that stands about one thing: its entries in valid order, and its state after each."""

    __slots__ = ("broken", "entries", "states")

    def __init__(self, entries: list[Entry], states: list[Any], broken: dict[Order, RuleBroken]) -> None:
        self.entries = entries
        self.states = states
        self.broken = broken

    def copy(self) -> "Track":
        return Track(self.entries[:], self.states[:], dict(self.broken))

    def position(self, order: Order) -> int:
        """Where an entry of that order stands, or would stand."""
        if not self.entries or self.entries[-1].order < order:
            return len(self.entries)
        return bisect_left(self.entries, order, key=_ORDER)

    def state_before(self, order: Order) -> Any:
        """The thing's state just before that order; ``None`` where it is not there by then."""
        position = self.position(order)
        return self.states[position - 1] if position else None


class Fold:
    """The fold of the events known so far. ``arrive`` takes in one more."""

    def __init__(self) -> None:
        self.events: MutableMapping[str, Event] = {}
        self.changes: MutableMapping[str, tuple[Event, ...]] = {}
        self.tracks: MutableMapping[Thing, Track] = {}
        self.dependents: MutableMapping[Thing, dict[Thing, None]] = {}
        self.aside: MutableMapping[str, RuleBroken] = {}

    # --- what is known of the record ---

    def arrive(self, event: Event) -> Track | None:
        """Learn one event, and fold again what it touches; gives the track of the thing that it alone is about."""
        if type(event.fact) in TARGET_FIELD:
            self._change_the_record(event, target_of(event.fact))  # type: ignore[arg-type]
        elif event.event_id in self.changes:
            self._change_the_record(event, None)
        else:
            return self._add(event)
        return None

    def _change_the_record(self, event: Event, target_id: str | None) -> None:
        """Learn an event that others are about, or that is about another, and replace the entry it comes down to."""
        root = self.root_of(event) or event
        before = self._entry(root)
        self.events[event.event_id] = event
        if target_id is not None:
            known = self.changes.get(target_id, ())
            self.changes[target_id] = tuple(sorted((*known, event), key=attrgetter("sequence")))
        self._judge(self._topmost(event))
        after = self._entry(root)
        if before is not after and (before is None or after is None or before.fact is not after.fact):
            self._place(before, after)

    def root_of(self, event: Event) -> Event | None:
        """The fact about the world, or the added source, that a chain of changes is about, if it is known."""
        seen: Event | None = event
        while seen is not None and isinstance(seen.fact, (EventCorrected, EventRetracted)):
            seen = self._target(seen)
        return seen

    def _target(self, event: Event) -> Event | None:
        """What a fact about the record is about, if it is known: always something recorded before it."""
        fact: Any = event.fact
        target = self.events.get(target_of(fact))
        return target if target is not None and target.sequence < event.sequence else None

    def _topmost(self, event: Event) -> Event:
        """The first known event of the chain."""
        while isinstance(event.fact, (EventCorrected, EventRetracted, SourceAdded)):
            target = self._target(event)
            if target is None:
                break
            event = target
        return event

    def _entry(self, root: Event) -> Entry | None:
        """The root's entry as it stands: its own content, a replacement's, or none."""
        if root.event_id not in self.events or isinstance(root.fact, (EventCorrected, EventRetracted, SourceAdded)):
            return None
        content = self._content(root)
        return None if content is None else Entry(content, root.event_id, root.sequence)

    def _content(self, event: Event) -> Any:
        acting = self._acting(event.event_id)
        while (change := acting.get(event.event_id)) is not None:
            if isinstance(change.fact, EventRetracted):
                return None
            event = change
        return event.fact.replacement if isinstance(event.fact, EventCorrected) else event.fact

    def change_of(self, event_id: str) -> Event | None:
        """The correction or retraction that acts on an event: it breaks no rule and is not retracted itself."""
        return self._acting(event_id).get(event_id)

    def _acting(self, event_id: str) -> dict[str, Event]:
        """What acts on an event, and on those about it, and on those about these, by the id of what it acts on."""
        chain = [event_id]
        for one in chain:
            chain += [change.event_id for change in self._about(one)]
        acting: dict[str, Event] = {}
        for one in reversed(chain):  # what is about an event comes after it
            for change in self._about(one):
                is_change = not isinstance(change.fact, SourceAdded) and change.event_id not in self.aside
                if is_change and not is_retraction(acting.get(change.event_id)):
                    acting[one] = change
                    break
        return acting

    def _about(self, event_id: str) -> Iterable[Event]:
        """The known facts about the record that are about an event, in the order of their recording."""
        target = self.events.get(event_id)
        known = self.changes.get(event_id, ())
        return known if target is None else (change for change in known if change.sequence > target.sequence)

    def _chain(self, event: Event) -> list[Event]:
        """An event, and all that is about it, directly or through others, each after what it is about."""
        chain = [event]
        for one in chain:
            chain += self._about(one.event_id)
        return chain

    def is_retracted(self, event_id: str) -> bool:
        """Whether a retraction acts on the event."""
        return is_retraction(self.change_of(event_id))

    def _judge(self, event: Event) -> None:
        """Set aside, or take up again, an event about the record, what is about it, and what is about those."""
        chain = self._chain(event)
        roots = {event.event_id: self.root_of(event)}
        for change in chain[1:]:
            is_root = isinstance(change.fact, SourceAdded)
            roots[change.event_id] = change if is_root else roots[target_of(change.fact)]  # type: ignore[arg-type]
        acting: dict[str, Event] = {}
        for one in reversed(chain):
            if isinstance(one.fact, (EventCorrected, EventRetracted, SourceAdded)):
                is_known = self._target(one) is not None
                unknown = None if is_known else UnknownId("no such event is on record", TARGET_FIELD[type(one.fact)])
                self._set_aside(one.event_id, unknown)
            for change in self._about(one.event_id):
                if isinstance(change.fact, SourceAdded) or is_retraction(acting.get(change.event_id)):
                    continue
                broken = broken_by_change(one, change, acting.get(one.event_id), roots[one.event_id])
                self._set_aside(change.event_id, broken)
                if broken is None:
                    acting[one.event_id] = change
            if is_retraction(acting.get(one.event_id)):
                self._set_aside(one.event_id, None)

    def _set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None = None) -> None:
        """Set an event aside with the rule it would break, or take it up again."""
        if broken is not None:
            self.aside[event_id] = broken
        else:
            self.aside.pop(event_id, None)

    # --- what stands in the world ---

    def _track_to_change(self, thing: Thing) -> Track:
        track = self.tracks.get(thing)
        if track is None:
            track = self.tracks[thing] = self._new_track()
        return track

    def _new_track(self) -> Track:
        return Track([], [], {})

    def _add(self, event: Event) -> Track:
        """Learn a fact about the world; nearly all come after all others about their thing, and leave those alone."""
        fact: Any = event.fact
        self.events[event.event_id] = event
        entry = Entry(fact, event.event_id, event.sequence)
        track = self._track_to_change(entry.thing)
        before = None
        if track.entries:
            last = track.entries[-1]
            if entry.effective_us <= last.effective_us and entry.order < last.order:
                self._place(None, entry)
                return track
            entry.thing = last.thing  # one and the same for all of a track
            before = track.states[-1]
        footings = fact.footings
        after = self._state_after(track, before, entry, footings)
        track.entries.append(entry)
        track.states.append(after)
        for footing in footings:
            self._depend(footing.thing, entry.thing)
        self._appended(track, entry, after)
        if (before is None or isinstance(before, MeetingState)) and _seen(before) != _seen(after):
            followers = [*self._followers(entry.thing, entry.order)]
            if followers:
                self._fold_all(followers)
        return track

    def _place(self, before: Entry | None, after: Entry | None) -> None:
        """Take an entry out of the valid order, put another in, and fold again from there, earliest first."""
        pending: list[tuple[Order, Thing]] = []
        if before is not None:
            pending = [(before.order, before.thing), *self._followers(before.thing, before.order)]
            self._take_out(before)
        if after is not None:
            self._put_in(after)
            pending.append((after.order, after.thing))
        self._fold_all(pending)

    def _fold_all(self, pending: list[tuple[Order, Thing]]) -> None:
        """Fold things again, each from an order on, earliest first, and then what rests on them."""
        heapify(pending)
        last: tuple[Order, Thing] | None = None
        while pending:
            order, thing = heappop(pending)
            if (order, thing) == last:
                continue  # several that it rests on have been folded; they come out one after another
            last = order, thing
            for follower in self._fold(thing, order):
                heappush(pending, follower)

    def _take_out(self, entry: Entry) -> None:
        track = self._track_to_change(entry.thing)
        position = track.position(entry.order)
        del track.entries[position], track.states[position]
        if track.broken.pop(entry.order, None) is not None:
            self._set_aside(entry.event_id, None)

    def _put_in(self, entry: Entry) -> None:
        track = self._track_to_change(entry.thing)
        position = track.position(entry.order)
        track.entries.insert(position, entry)
        track.states.insert(position, track.states[position - 1] if position else None)
        for footing in entry.fact.footings:
            self._depend(footing.thing, entry.thing)

    def _depend(self, footing: Thing, thing: Thing) -> None:
        self.dependents.setdefault(footing, {})[thing] = None

    def _dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        dependents = self.dependents.get(thing)
        return tuple(dependents) if dependents else ()

    def _appended(self, track: Any, entry: Entry, state: Any) -> None:
        """Told that an entry came last, and the state that it led to; an index overrides it."""

    def _folded(self, track: Any, from_us: int) -> None:
        """Told that a thing's states from a time on may have changed; an index overrides it."""

    def _fold(self, thing: Thing, order: Order) -> Iterable[tuple[Order, Thing]]:
        """Fold one thing again from an order on; gives the dependents that have to follow, and from where."""
        track = self._track_to_change(thing)
        start = track.position(order)
        state = track.states[start - 1] if start else None
        dependents = self._dependents_of(thing)
        seen_before = [_seen(state), *map(_seen, track.states[start:])] if dependents else []
        for position in range(start, len(track.entries)):
            entry = track.entries[position]
            state = self._state_after(track, state, entry, entry.fact.footings)
            track.states[position] = state
        self._folded(track, order[0])
        if not dependents:
            return ()
        seen_now = [seen_before[0], *map(_seen, track.states[start:])]
        return () if seen_now == seen_before and len(set(seen_now)) == 1 else self._followers(thing, order)

    def _state_after(self, track: Track, state: Any, entry: Entry, footings: tuple[Footing, ...]) -> Any:
        """The state after one more entry; an entry that would break a rule is set aside."""
        if state is not None and state.ends_us is not None and state.ends_us <= entry.effective_us:
            state = state.ended()
        evolve, broken_rule = CONCEPTS[entry.thing.kind]
        broken = broken_rule(state, entry)
        if broken is None:
            broken = self._missing_footing(entry, footings) if footings else None
        elif state is None and isinstance(broken, UnknownId):
            broken = _before_it_is_there(track, entry, broken)
        if broken is not None or track.broken:
            self._mark(track, entry, broken)
        return evolve(state, entry) if broken is None else state

    def _mark(self, track: Track, entry: Entry, broken: RuleBroken | None) -> None:
        if broken is not None:
            track.broken[entry.order] = broken
            self._set_aside(entry.event_id, broken, entry.effective_us)
        elif track.broken.pop(entry.order, None) is not None:
            self._set_aside(entry.event_id, None)

    def _missing_footing(self, entry: Entry, footings: tuple[Footing, ...]) -> RuleBroken | None:
        for footing in footings:
            track = self.tracks.get(footing.thing)
            state = None if track is None else track.state_before(entry.order)
            if state is None:
                return _not_there(footing, track, entry.order)
            if footing.has_to_be is not None and state.status != footing.has_to_be:
                detail = f"the meeting {footing.thing.id} is {state.status} by then, not {footing.has_to_be}"
                return MeetingIsNotHeld(detail, footing.field, (state.latest.event_id,))
        return None

    def _followers(self, thing: Thing, order: Order) -> Iterable[tuple[Order, Thing]]:
        """The dependents that have entries after an order which rest on the thing, and the first of those."""
        for dependent in self._dependents_of(thing):
            if dependent == thing:
                continue  # what is about itself has been folded just now
            track = self.tracks.get(dependent)
            if track is None or not track.entries or track.entries[-1].order <= order:
                continue
            resting = (entry.order for entry in track.entries[track.position(order) :] if _rests_on(entry, thing))
            first = next(resting, None)
            if first is not None:
                yield first, dependent


def _seen(state: Any) -> str | None:
    """What dependents can see of a thing: that it is there, and for a meeting its status."""
    if state is None:
        return None
    return state.status if isinstance(state, MeetingState) else "there"


def _rests_on(entry: Entry, thing: Thing) -> bool:
    return any(footing.thing == thing for footing in entry.fact.footings)


def _not_there(footing: Footing, track: Track | None, order: Order) -> RuleBroken:
    kind, name = footing.thing
    first = None if track is None else _beginning(track, order)
    if first is None:
        return UnknownId(f"no {kind} {name} is on record", footing.field)
    return EffectiveBeforeItsFooting(f"the {kind} {name} is not there by then", footing.field, (first.event_id,))


def _before_it_is_there(track: Track, entry: Entry, unknown: UnknownId) -> RuleBroken:
    """Tell a fact about what begins only later from one about what is on record nowhere."""
    first = _beginning(track, entry.order)
    if first is None:
        return unknown
    kind, name = entry.thing
    detail = f"the {kind} {name} is not there by then: it begins on {first.fact.effective_at}"
    return EffectiveBeforeItsFooting(detail, unknown.field, (first.event_id,))


def _beginning(track: Track, order: Order) -> Entry | None:
    """The first entry after an order that can begin its thing. States that far on may be from before this fold."""
    later = islice(track.entries, track.position(order), None)
    return next((one for one in later if one.order > order and _begins(one)), None)


def _begins(entry: Entry) -> bool:
    return CONCEPTS[entry.thing.kind].broken_rule(None, entry) is None
