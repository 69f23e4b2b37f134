"""A changed history: events removed, replaced or added, laid over what was known at one position.

An ``Overlay`` lies over an ``AsKnown`` or over another ``Overlay``. Only the things that the changes touch are folded
again, by the one fold (``fold.py``); everything else is read from below. So the cost follows what is touched, not the
length of the history. The outcome equals a fold, from the start, of the changed events."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from domain.checkpoints import unless_stopped
from domain.corrections import target_of
from domain.events import BY_SEQUENCE, Event
from domain.facts import Entry, Thing
from domain.history.as_known import AsKnown
from domain.history.assumed_sizes import as_disclosed
from domain.history.bitemporal import validities
from domain.history.correction_chains import RECORD_FACTS, Corrections
from domain.history.doubtful_things import DoubtfulThings
from domain.history.fold import Fold, FoldListener
from domain.history.knowledge import Knowledge, ReadableKnowledge, SetAside, subjects_of
from domain.history.layered import LayeredMapping, layered_over
from domain.history.tracks import LayeredTracks, Track
from domain.refusals import RuleBroken
from domain.times import BEFORE_TIME_US


class _Judgements(FoldListener[Track]):
    """The events judged here: by event id, from when on each would take effect if it is set aside; and the things
    folded here whose sources have to be looked at closely."""

    def __init__(self) -> None:
        self.begins_us: dict[str, int] = {}
        self.doubtful = DoubtfulThings()

    def on_append(self, track: Track, entry: Entry, state: Any) -> None:
        self.doubtful.look_at_last(track, entry)

    def on_fold(self, track: Track, from_us: int, start: int, end: int) -> None:
        self.doubtful.look_at(track, start)

    def on_sums(self, track: Track, entry: Entry, position: int) -> None:
        self.doubtful.look_at(track, position)

    def on_set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None) -> None:
        self.begins_us[event_id] = BEFORE_TIME_US if effective_us is None else effective_us


class Overlay:
    """The history that results if some events of a base are replaced (``None``: removed) and some are added.

    ``touched`` may name events unknown to the base, which are ignored. ``known`` and ``known_after`` have added events
    last: those that a what-if adds have sequences after all others.
    It is read like a ``Knowledge``, at the one position of its base.
    """

    def __init__(self, base: "BaseHistory", touched: Mapping[str, Event | None], added: Sequence[Event] = ()) -> None:
        self.base = base
        self._events: LayeredMapping[str, Event] = LayeredMapping(base.corrections.events.get)
        about: LayeredMapping[str, tuple[Event, ...]] = LayeredMapping(base.corrections.about.get)
        acting = layered_over(base.corrections.acting)
        self.corrections: Corrections = Corrections(self._events, about, dict(base.corrections.aside), acting)
        self.tracks: LayeredTracks = LayeredTracks(base.tracks)
        self._judgements = _Judgements()
        self._fold = Fold(self.tracks, self.corrections, self._judgements)
        self._added = list(added)
        self._take_in({key: event for key, event in touched.items() if base.corrections.events.get(key) is not None})

    def changed_events(self) -> Iterable[Event]:
        """The events that differ from what was recorded: replaced or added, here or below."""
        own = [event for event in self._events.own.values() if event is not None]
        below = (event for event in self.base.changed_events() if event.event_id not in self._events.own)
        return [*below, *own]

    def own_things(self) -> list[Thing]:
        """The things that were folded again here."""
        return list(self.tracks.own)

    # --- taking in the changes ---

    def _take_in(self, touched: dict[str, Event | None]) -> None:
        """Replace, remove and add events, judge the affected chains of corrections again, and fold what moves."""
        before = self.base.corrections
        changed = [before.events[event_id] for event_id in touched] + self._added
        roots = [root for event in changed if (root := before.root_of(event)) is not None]
        entries = {root.event_id: before.entry(root) for root in roots} | {one.event_id: None for one in self._added}
        chains = _chains_of(before, changed)
        self._replace(touched)
        self._judge_again(touched, chains)
        self._fold.move([(entry, self._entry_now(root_id)) for root_id, entry in entries.items()])
        self._file_again(chains)

    def _file_again(self, before: Iterable[list[Event]]) -> None:
        """Find under which things the events of the affected chains are on record now."""
        known = self.corrections.events.get
        self._refiled = {event.event_id for chain in before for event in chain}
        self._filed: dict[Thing, list[Event]] = {thing: [] for chain in before for thing in _filed_under(chain)}
        left = (event for event_id in self._refiled if (event := known(event_id)) is not None)
        for chain in unless_stopped(_chains_of(self.corrections, [*left, *self._added])):
            self._refiled.update(event.event_id for event in chain)
            for thing in _filed_under(chain):
                self._filed.setdefault(thing, []).extend(chain)

    def _replace(self, touched: dict[str, Event | None]) -> None:
        about = self.corrections.about
        for event_id, event in touched.items():
            fact = self.corrections.events[event_id].fact
            self._events.own[event_id] = event
            if isinstance(fact, RECORD_FACTS):
                others = about.get(target_of(fact), ())
                now = (event if other.event_id == event_id else other for other in others)
                about[target_of(fact)] = tuple(other for other in now if other is not None)
        for event in self._added:
            self.corrections.add(event)

    def _judge_again(self, touched: dict[str, Event | None], chains: Iterable[list[Event]]) -> None:
        gone = [event_id for event_id, event in touched.items() if event is None]
        for event_id in gone:
            self._fold.set_aside(event_id, None)
        tops = (chain[0].event_id for chain in chains)
        heads = [event for event_id in tops if (event := self.corrections.events.get(event_id)) is not None]
        heads += [change for event_id in gone for change in self.corrections.about.get(event_id, ())]
        heads += [self.corrections.topmost(event) for event in self._added]
        for event in unless_stopped({event.event_id: event for event in heads}.values()):
            self._fold.judge(event)

    def _entry_now(self, root_id: str) -> Entry | None:
        root = self.corrections.events.get(root_id)
        return None if root is None else self.corrections.entry(root)

    # --- what a view reads; the position is fixed ---

    def known(self, position: int) -> list[Event]:
        """The events known, in the order of learning, those added last."""
        own = self._events.own
        below = (own.get(event.event_id, event) for event in self.base.known(position))
        return [*(event for event in below if event is not None), *self._added]

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        """The events after a sequence that were known, by ``sequence``; those added have the highest."""
        own = self._events.own
        for event in self.base.known_after(sequence, position):
            now = own.get(event.event_id, event)
            if now is not None:
                yield now
        yield from (event for event in self._added if event.sequence > sequence)

    def known_event(self, event_id: str, position: int) -> Event | None:
        """The event of an id, as the changes have left it."""
        return self.corrections.events.get(event_id)

    def known_about(self, event_id: str, position: int) -> list[Event]:
        """The facts about the record that are about an event."""
        return list(self.corrections.about.get(event_id, ()))

    def set_aside_at(self, position: int) -> list[SetAside]:
        """The events that lack their footing, whenever they would take effect."""
        return [SetAside(self.corrections.events[one], broken) for one, broken in self.corrections.aside.items()]

    def record(self, thing: Thing, position: int) -> list[Event]:
        """The events that are about a thing."""
        below = self.base.record(thing, position)
        if thing not in self._filed:
            return below
        others = (event for event in below if event.event_id not in self._refiled)
        return sorted((*others, *self._filed[thing]), key=BY_SEQUENCE)

    def states_at(self, position: int, valid_us: int) -> list[Any]:
        """The states that a picture shows, of all things, in no particular order."""
        aside = self.corrections.aside
        states = [state for state in self.base.states_at(position, valid_us) if not self._is_replaced(state)]
        own = (_state_in(track, valid_us) for track in self.tracks.own.values())
        states += [state for state in own if state is not None and state.is_current]
        states += [
            SetAside(self.corrections.events[event_id], aside[event_id])
            for event_id, begins_us in self._judgements.begins_us.items()
            if event_id in aside and begins_us <= valid_us
        ]
        return states

    def _is_replaced(self, state: Any) -> bool:
        """Whether a state from below is replaced by one from here."""
        if isinstance(state, SetAside):
            return state.event.event_id in self._judgements.begins_us
        return state.latest.thing in self.tracks.own

    def state_at(self, thing: Thing, position: int, valid_us: int) -> Any:
        """One thing's state, shown in a picture or not."""
        track = self.tracks.own.get(thing)
        return self.base.state_at(thing, position, valid_us) if track is None else _state_in(track, valid_us)

    def boundaries(self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()) -> set[int]:
        """The times in (from, to] at which a state begins, except states of some things."""
        below = self.base.boundaries(position, from_us, to_us, {*without, *self.tracks.own})
        return below | {begins for begins, _, _ in self._stretches(without) if from_us < begins <= to_us}

    def stretches_between(
        self, position: int, from_us: int, to_us: int, without: Collection[Thing] = frozenset()
    ) -> Iterator[tuple[int, int, Any]]:
        """Every state in force at some time between two times, except states of some things; each after its times."""
        yield from self.base.stretches_between(position, from_us, to_us, {*without, *self.tracks.own})
        yield from (one for one in self._stretches(without) if one[0] <= to_us and one[1] > from_us)

    def _stretches(self, without: Collection[Thing]) -> Iterator[tuple[int, int, Any]]:
        for thing, track in self.tracks.own.items():
            if thing not in without and track.entries:
                yield from validities(track)

    def things(self, kind: str) -> list[Thing]:
        """All things of a kind that were ever on record here."""
        own = (thing for thing in (*self.tracks.own, *self._filed) if thing.kind == kind)
        return list(dict.fromkeys((*self.base.things(kind), *own)))

    def doubtful(self, kind: str) -> list[Mapping[str, set[int]]]:
        """The things of a kind whose sources have to be looked at closely, in one mapping or several, with the times
        from which on its sources may disagree."""
        return [*self.base.doubtful(kind), self._judgements.doubtful.of(kind)]


BaseHistory = AsKnown | Overlay
"""A history over which changes are laid."""


def known_at(knowledge: ReadableKnowledge, position: int) -> BaseHistory:
    """What was known at a position, with its tracks and corrections."""
    knowledge = as_disclosed(knowledge)
    if isinstance(knowledge, (AsKnown, Overlay)):
        return knowledge
    assert isinstance(knowledge, Knowledge)
    return AsKnown(knowledge, position)


def _chains_of(corrections: Corrections, events: Iterable[Event]) -> list[list[Event]]:
    """The chains of corrections that some events belong to, whole, each with its first known event first."""
    tops = {top.event_id: top for top in map(corrections.topmost, events)}
    return [corrections.chain(top) for top in tops.values()]


def _filed_under(chain: list[Event]) -> set[Thing]:
    """The things whose records show a chain of corrections."""
    return set() if isinstance(chain[0].fact, RECORD_FACTS) else subjects_of(chain)


def _state_in(track: Track, valid_us: int) -> Any:
    """The thing's state at a time, as ended if it has expired."""
    position = track.position((valid_us + 1, 0))
    state = track.states[position - 1] if position else None
    if state is not None and state.ends_us is not None and state.ends_us <= valid_us:
        return state.after_end()
    return state
