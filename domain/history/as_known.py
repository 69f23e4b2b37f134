"""A history as it was known at one position, whatever has been recorded since."""

from collections.abc import Callable, Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any

from domain.concepts.registry import CONCEPTS
from domain.events import Event
from domain.facts import Entry, Thing
from domain.history.fold import Fold, Track
from domain.history.knowledge import Knowledge, SetAside
from domain.history.layered import LayeredMapping

_ORDER = attrgetter("order")


class AsKnown(Fold):
    """What was known at one position, and its tracks as they were then; events are told apart by ``is_known``.

    It reads only what learning never changes, so the history may go on meanwhile. It is no part of a reference cycle:
    with the last use of it, it is freed at once, and with it the hold that it has on the history.
    """

    def __init__(self, knowledge: Knowledge, position: int, is_known: Callable[[Event], bool]) -> None:
        super().__init__()
        self.knowledge = knowledge
        self.position = position

        def event(event_id: str) -> Event | None:
            found = knowledge.events.get(event_id)
            return found if found is not None and is_known(found) else None

        def changes(event_id: str) -> tuple[Event, ...]:
            return tuple(filter(is_known, knowledge.changes.get(event_id, ())))

        self.events = LayeredMapping(event)
        self.changes = LayeredMapping(changes)
        self.aside = {state.event.event_id: state.broken for state in knowledge.set_aside_at(position)}
        self.tracks = LayeredMapping(_TracksAsKnown(self, is_known).track)

    def changed_events(self) -> Iterable[Event]:
        """The events that are not as they were recorded: none."""
        return ()

    def dependents_of(self, thing: Thing) -> Iterable[Thing]:
        """The things that have, or had, facts that rest on a thing."""
        return self.knowledge._dependents_of(thing)

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

    def states_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[Any]:
        return self.knowledge.states_between(self.position, from_us, to_us, without)

    def things(self, kind: str) -> list[Thing]:
        return self.knowledge.things(kind)


class _TracksAsKnown(Fold):
    """The tracks of things as they were at one position, each worked out when it is first asked for."""

    def __init__(self, known: AsKnown, is_known: Callable[[Event], bool]) -> None:
        super().__init__()
        self.events, self.changes, self.aside = known.events, known.changes, known.aside
        self._knowledge = known.knowledge
        self._position = known.position
        self._is_known = is_known
        self._rebuilt: dict[Thing, Track | None] = {}

    def track(self, thing: Thing) -> Track | None:
        """The thing's track as it was: its entries, and the states that those led to which were not set aside."""
        if thing not in self._rebuilt:
            track = self._track_now(thing)
            if track is None:
                entries = self._entries(thing)
                track = self._refolded(entries) if entries else None
            self._rebuilt[thing] = track
        return self._rebuilt[thing]

    def _track_now(self, thing: Thing) -> Track | None:
        """The thing's track as it is, if nothing at all has been learned since, nor while it was copied."""
        track = self._knowledge.tracks.get(thing)
        if track is None or self._knowledge.position != self._position:
            return None
        track = track.copy()
        return track if track.entries and self._knowledge.position == self._position else None

    def _entries(self, thing: Thing) -> list[Entry]:
        """The entries in valid order: those of events that nothing is about as they are, the others worked out."""
        track = self._knowledge.tracks.get(thing)
        events, changes = self._knowledge.events, self._knowledge.changes
        latest = track.entries[:] if track is not None else []
        untouched = (one for one in latest if one.event_id not in changes)
        found = {one.event_id: one for one in untouched if self._is_known(events[one.event_id])}
        changed = [e.event_id for e in self._knowledge.record(thing, self._position) if e.event_id in changes]
        others = dict.fromkeys((*changed, *self._knowledge.moved_to(thing)))
        # What is changed while this looks is in both; at this position, it is as it was.
        roots = (self.events.get(event_id) for event_id in others if event_id not in found)
        entries = (self._entry(root) for root in roots if root is not None)
        worked_out = (entry for entry in entries if entry is not None and entry.thing == thing)
        return sorted((*found.values(), *worked_out), key=_ORDER)

    def _refolded(self, entries: list[Entry]) -> Track:
        track = Track(entries, [], {})
        evolve = CONCEPTS[entries[0].thing.kind].evolve
        state = None
        for entry in entries:
            if state is not None and state.ends_us is not None and state.ends_us <= entry.effective_us:
                state = state.ended()
            broken = self.aside.get(entry.event_id)
            if broken is None:
                state = evolve(state, entry)
            else:
                track.broken[entry.order] = broken
            track.states.append(state)
        return track
