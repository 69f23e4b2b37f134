"""A history as it was known at one position, whatever has been recorded since; changes are laid over it.

It reads only what learning never changes, so the history may grow meanwhile."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from domain.corrections import REMARKS, EventRetracted
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.correction_chains import Corrections
from domain.history.knowledge import Knowledge, KnownTrack, SetAside
from domain.history.layered import LayeredMapping
from domain.history.tracks import BY_ORDER, Order, Track, states_after
from domain.refusals import RuleBroken


class TracksAsKnown:
    """The tracks as they were at a position, each worked out on first use."""

    def __init__(self, knowledge: Knowledge, position: int, corrections: Corrections) -> None:
        self._knowledge = knowledge
        self._position = position
        self._corrections = corrections
        self._cache: dict[Thing, Track | None] = {}

    def find(self, thing: Thing) -> Track | None:
        """The thing's track: its entries, and the states that follow from those not set aside."""
        if thing not in self._cache:
            self._cache[thing] = self._track(thing)
        return self._cache[thing]

    def applying(self, thing: Thing) -> list[Entry]:
        """The entries about a thing that are not set aside, in valid order; its states are not worked out."""
        track = self._cache.get(thing)
        if track is not None:
            return track.applying()
        aside = self._corrections.aside
        entries = self._all_entries(thing)[0]
        return [one for one in entries if one.event_id not in aside] if aside else entries

    def state_before(self, thing: Thing, order: Order) -> Any:
        """The thing's state just before an order: where no other begins at that time, without its track."""
        known = self._knowledge.tracks.find(thing)
        if known is None:
            return None
        at_us, position = order[0], self._position
        state = known.bitemporal.begun_by(position, at_us)
        if state is known.bitemporal.begun_by(position, at_us - 1):
            return state
        track = self.find(thing)
        return None if track is None else track.state_before(order)

    def dependents_of(self, thing: Thing) -> tuple[Thing, ...]:
        """The things that have, or had, facts which rest on a thing."""
        return self._knowledge.tracks.dependents_of(thing)

    def _track(self, thing: Thing) -> Track | None:
        entries, states = self._all_entries(thing)
        if not entries:
            return None
        track = Track()
        track.entries = entries
        aside = self._corrections.aside
        if aside:
            track.broken = {one.order: aside[one.event_id] for one in entries if one.event_id in aside}
        is_kept = states is not None and len(states) == len(entries)
        track.states = states if is_kept and states else [*states_after(entries, track.broken)]
        return track

    def _all_entries(self, thing: Thing) -> tuple[list[Entry], list[Any] | None]:
        """The entries about a thing in valid order, and the states after them if all of these were kept."""
        latest = self._knowledge.tracks.find(thing)
        states = None if latest is None else latest.bitemporal.states_of_entries(self._position)
        return self._entries_now(latest, states) or self._entries(thing), states

    def _entries_now(self, latest: KnownTrack | None, states: list[Any] | None) -> list[Entry] | None:
        """The first entries of a track, if it has only been appended to since, and not while they were copied."""
        knowledge = self._knowledge
        learned = knowledge.position
        if latest is None or states is None or not latest.bitemporal.is_only_appended_to_since(self._position):
            return None
        entries = latest.entries[: len(states)]
        return entries if len(knowledge.learned) == learned == knowledge.position else None

    def _entries(self, thing: Thing) -> list[Entry]:
        """The entries in valid order: taken over if no other event is about theirs, worked out otherwise."""
        track = self._knowledge.tracks.find(thing)
        about, is_known, position = self._knowledge.corrections.about, self._knowledge.is_known, self._position
        latest = track.entries[:] if track is not None else []
        unchanged = [one for one in latest if one.event_id not in about and is_known(one.sequence, position)]
        changed = [e.event_id for e in self._knowledge.record(thing, self._position) if e.event_id in about]
        others = dict.fromkeys((*changed, *self._knowledge.moved_to(thing)))
        if not others:
            return unchanged
        # An event changed meanwhile is in both; at this position, it is unchanged.
        found = {one.event_id: one for one in unchanged}
        roots = (self._corrections.events.get(event_id) for event_id in others if event_id not in found)
        entries = (self._corrections.entry(root) for root in roots if root is not None)
        worked_out = (entry for entry in entries if entry is not None and entry.thing == thing)
        return sorted((*found.values(), *worked_out), key=BY_ORDER)


class AsKnown:
    """The tracks and corrections known at one position.

    It is not part of a reference cycle: after its last use, it is freed at once and no longer holds the history.
    """

    def __init__(self, knowledge: Knowledge, position: int) -> None:
        self.knowledge = knowledge
        self.position = position
        aside = {state.event.event_id: state.broken for state in knowledge.set_aside_at(position)}
        self.corrections = _corrections_as_known(knowledge, position, aside)
        self.tracks = TracksAsKnown(knowledge, position, self.corrections)

    def changed_events(self) -> list[Event]:
        """The events that differ from what was recorded: none."""
        return []

    # --- what a view reads; the position is fixed ---

    def known(self, position: int) -> list[Event]:
        return self.knowledge.known(self.position)

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        return self.knowledge.known_after(sequence, self.position)

    def known_event(self, event_id: str, position: int) -> Event | None:
        return self.knowledge.known_event(event_id, self.position)

    def known_about(self, event_id: str, position: int) -> list[Event]:
        return self.knowledge.known_about(event_id, self.position)

    def set_aside_at(self, position: int) -> list[SetAside]:
        return self.knowledge.set_aside_at(self.position)

    def record(self, thing: Thing, position: int) -> list[Event]:
        return self.knowledge.record(thing, self.position)

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        return self.knowledge.states_at(self.position, valid_us)

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        return self.knowledge.state_at(thing, self.position, valid_us)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        return self.knowledge.boundaries(self.position, from_us, to_us, without)

    def stretches_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[tuple[int, int, Any]]:
        return self.knowledge.stretches_between(self.position, from_us, to_us, without)

    def things(self, kind: str) -> list[Thing]:
        return self.knowledge.things(kind)

    def doubtful(self, kind: str) -> list[Mapping[str, set[int]]]:
        return self.knowledge.doubtful(kind)


def _corrections_as_known(knowledge: Knowledge, position: int, aside: dict[str, RuleBroken]) -> Corrections:
    def event(event_id: str) -> Event | None:
        return knowledge.known_event(event_id, position)

    def about(event_id: str) -> tuple[Event, ...]:
        return tuple(knowledge.known_about(event_id, position))

    known = Corrections(LayeredMapping(event), LayeredMapping(about), aside)
    return Corrections(known.events, known.about, aside, LayeredMapping(_acting_in(known)))


def _acting_in(known: Corrections) -> Callable[[str], Event | None]:
    """Finds the change that acts on an event, where it is on record which events are set aside.

    It is worked out when it is first asked for, with what acts on the events about it, and on those about them.
    """
    found: dict[str, Event | None] = {}

    def is_acting(change: Event) -> bool:
        if isinstance(change.fact, REMARKS) or change.event_id in known.aside:
            return False
        acting = found[change.event_id]
        return acting is None or not isinstance(acting.fact, EventRetracted)

    def acting_on(event_id: str) -> Event | None:
        below = [] if event_id in found else [event_id]
        for one in below:
            below += [other.event_id for other in known.all_about(one) if other.event_id not in found]
        for one in reversed(below):
            found[one] = next(filter(is_acting, known.all_about(one)), None)
        return found[event_id]

    return acting_on
