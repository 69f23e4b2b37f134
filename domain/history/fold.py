"""The one fold of facts into states, behind the picture, the timeline, the difference and the decisions.

Facts apply in the order of (``effective_at``, ``sequence``), each to the state of its thing at that point. A fact that
would break a rule in the history at hand is set aside with that rule, and applies once its footing is known. So folding
never fails; only deciding (``decisions.py``) refuses, by looking at what would be set aside.

A history is folded one event at a time, in the order of learning, and each event folds again only what it touches. The
outcome equals a naive fold, from the start, of everything known. The ``TrackStore`` decides where tracks are stored,
and the listener what a change leads to: an index, a draft and a what-if are folds over different stores."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from domain.checkpoints import checkpoint
from domain.concepts.meetings import MeetingState
from domain.concepts.pledges import PledgeState, parts
from domain.concepts.registry import CONCEPTS
from domain.concepts.requirements import RequirementState
from domain.events import Event
from domain.facts import Entry, Footing, Thing
from domain.history.correction_chains import RECORD_FACTS, Corrections
from domain.history.sparse_states import on_demand
from domain.history.tracks import BY_ORDER, Order, Track, TrackStore
from domain.refusals import EffectiveBeforeItsFooting, LineOfALine, MeetingIsNotHeld, RuleBroken, UnknownId

Visibility = Hashable
"""What dependents can see of a thing: that it exists, of a meeting that is not held, its status and latest event, of a
requirement that is a line, the event that stated it so, and of a pledge that is a whole or a part, what the rules
between them look at; ``None`` before it exists."""

Steps = list[tuple[Order, Visibility]]
"""What dependents see of a thing, from which order on."""

T = TypeVar("T", bound=Track)

LONG = 64
"""A track with at least so many entries is not folded again for a late fact that changes only sums."""


class FoldedEntry(NamedTuple):
    """An event that came last on its track and touched nothing else: its entry, the state before and the state after.

    A fold whose state of the thing is the very one before can append it as it is.
    """

    entry: Entry
    before: Any
    after: Any

    @classmethod
    def last_of(cls, track: Track) -> "FoldedEntry":
        """What the last event of a track led to."""
        states = track.states
        return cls(track.entries[-1], states[-2] if len(states) > 1 else None, states[-1])


class FoldListener(Generic[T]):
    """Receives the changes that a fold makes; this base class ignores them."""

    def on_append(self, track: T, entry: Entry, state: Any) -> None:
        """An entry came last on its track; ``state`` is what it led to."""

    def on_insert(self, entry: Entry) -> None:
        """An entry was put among others."""

    def on_fold(self, track: T, from_us: int, start: int, end: int) -> None:
        """A track's states from a time on have changed, up to its entry ``end``; ``start`` is the first since then."""

    def on_sums(self, track: T, entry: Entry, position: int) -> None:
        """An entry was put among others, at a position of its track, and changes only the sums of the states since."""

    def on_set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None) -> None:
        """An event was set aside from a time on (``None``: always); if ``broken`` is ``None``, it no longer is."""


class Fold(Generic[T]):
    """The fold of the events known so far; ``learn`` takes in one more."""

    def __init__(
        self, tracks: TrackStore[T], corrections: Corrections, listener: FoldListener[T] | None = None
    ) -> None:
        self.tracks = tracks
        self.corrections = corrections
        self._events = corrections.events
        self._about = corrections.about
        self._unfolded: set[int] = set()  # by identity, of entries on their tracks
        self._listener = FoldListener[T]() if listener is None else listener

    def learn(self, event: Event) -> T | None:
        """Take in one event and fold again what it touches; returns the track of the thing that it alone is about."""
        if type(event.fact) in RECORD_FACTS or event.event_id in self._about:
            self._change_the_record(event)
            return None
        return self._add(event)

    def adopt(self, event: Event, folded: FoldedEntry) -> T | None:
        """Take in an event as a layer over this fold has folded it; like ``learn``, with the same outcome."""
        entry, before, after = folded
        track = self.tracks.to_change(entry.thing)
        if (track.states[-1] if track.states else None) is not before:
            return self.learn(event)  # what was folded before it was folded anew here
        self._events[event.event_id] = event
        self._append(track, entry, after, entry.fact.footings)
        return track

    def _change_the_record(self, event: Event) -> None:
        """Take in an event that is about another, or that others are about, and replace the entry of their root."""
        root = self.corrections.root_of(event) or event
        before = self.corrections.entry(root)
        for event_id, broken in self.corrections.take_in(event):
            self.set_aside(event_id, broken)
        self.move([(before, self.corrections.entry(root))])

    def judge(self, event: Event) -> None:
        """Judge a whole chain again: set aside, or apply again, the events about an event, and those about them."""
        for event_id, broken in self.corrections.judge(event):
            self.set_aside(event_id, broken)

    def set_aside(self, event_id: str, broken: RuleBroken | None, effective_us: int | None = None) -> None:
        """Set an event aside with the rule that it would break, or apply it again if it breaks none (``None``)."""
        self.corrections.set_aside(event_id, broken)
        self._listener.on_set_aside(event_id, broken, effective_us)

    # --- facts about the world ---

    def _add(self, event: Event) -> T:
        """Take in a fact about the world; nearly all come last in the valid order of their thing and move no other."""
        fact: Any = event.fact
        self._events[event.event_id] = event
        entry = Entry(fact, event.event_id, event.sequence)
        track = self.tracks.to_change(entry.thing)
        before = None
        if track.entries:
            last = track.entries[-1]
            if entry.effective_us <= last.effective_us and entry.order < last.order:
                if not self._changes_only_sums(track, entry):
                    self.move([(None, entry)])
                return track
            entry.thing = last.thing  # all entries of a track share one object
            before = track.states[-1]
        footings = fact.footings
        after = self._state_after(track, before, entry, footings)
        self._append(track, entry, after, footings)
        if self._is_seen_differently(entry.thing, before, after):
            followers = [*self._followers(entry.thing, entry.order)]
            if followers:
                self._fold_all(followers, {}, set())
        return track

    def _changes_only_sums(self, track: T, entry: Entry) -> bool:
        """Put a late entry among many others if it changes nothing but sums; returns whether that is so.

        It is not if a rule is broken, before or now, by it or by a later entry: then all of those are folded again.
        """
        sums = CONCEPTS[entry.thing.kind].sums
        if sums is None or len(track.entries) < LONG or not sums.changes_only_sums(entry.fact):
            return False
        if track.broken and max(track.broken) > entry.order:
            return False
        states = on_demand(track)
        if states is None:
            return False
        before = states.base_before(track, entry)
        if before is None or self._breaks_a_rule(before, entry):
            return False
        after = states.settled(track).with_entry(entry)
        if any(self._breaks_a_rule(state, other) for state, other in after.asking_since(entry.order)):
            return False
        entry.thing = track.entries[0].thing
        position = track.position(entry.order)
        track.entries.insert(position, entry)
        states.replace(after)
        self._note_dependence(entry, entry.fact.footings)
        self._listener.on_sums(track, entry, position)
        return True

    def _breaks_a_rule(self, state: Any, entry: Entry) -> bool:
        """Whether an entry would be set aside."""
        if state.ends_us is not None and state.ends_us <= entry.effective_us:
            state = state.after_end()
        broken = CONCEPTS[entry.thing.kind].broken_rule(state, entry)
        return broken is not None or self._missing_footing(entry, entry.fact.footings) is not None

    def _is_seen_differently(self, thing: Thing, before: Any, after: Any) -> bool:
        """Whether dependents see another thing after its last entry than before."""
        if before is None or isinstance(before, MeetingState):
            return _visible(before) != _visible(after)
        return (
            isinstance(before, PledgeState)
            and self._is_whole_or_part(thing)
            and (parts.seen_by_others(before) != parts.seen_by_others(after))
        )

    def _append(self, track: T, entry: Entry, state: Any, footings: tuple[Footing, ...]) -> None:
        track.entries.append(entry)
        track.states.append(state)
        _note_beginning(track, entry)
        self._note_dependence(entry, footings)
        self._listener.on_append(track, entry, state)

    def _note_dependence(self, entry: Entry, footings: tuple[Footing, ...]) -> None:
        """Note what rests on what: a thing on its footings; of two pledges, a whole and its part, each on the other."""
        for footing in footings:
            self.tracks.depend(footing.thing, entry.thing)
            if footing.thing.kind == entry.thing.kind == "pledge":
                self.tracks.depend(entry.thing, footing.thing)

    def _is_whole_or_part(self, thing: Thing) -> bool:
        return thing.kind == "pledge" and any(other.kind == "pledge" for other in self.tracks.dependents_of(thing))

    def _steps(self, thing: Thing) -> Steps:
        return _steps(self.tracks.find(thing), self._is_whole_or_part(thing))

    def move(self, moves: Sequence[tuple[Entry | None, Entry | None]]) -> None:
        """Take entries out of the valid order, put others in, and fold again from each on."""
        moves = [(before, after) for before, after in moves if _content(before) is not _content(after)]
        seen: dict[Thing, list[Steps]] = {}
        pending: list[tuple[Order, Thing]] = []
        begun: set[Thing] = set()
        for entry in (entry for move in moves for entry in move if entry is not None):
            if entry.thing not in seen and self.tracks.dependents_of(entry.thing):
                seen[entry.thing] = [self._steps(entry.thing)]
            pending.append((entry.order, entry.thing))
            if _begins(entry):
                begun.add(entry.thing)
        for before, _ in moves:
            if before is not None:
                self._take_out(before)
        for _, after in moves:
            if after is not None:
                self._put_in(after)
        for thing, steps in seen.items():
            steps.append(self._steps(thing))  # things folded before this one see it like this
        self._fold_all(pending, seen, begun)

    def _take_out(self, entry: Entry) -> None:
        track = self.tracks.to_change(entry.thing)
        position = track.position(entry.order)
        del track.listed_states()[position], track.entries[position]
        if track.beginnings:
            track.beginnings = [one for one in track.beginnings if one.order != entry.order]
        if track.broken.pop(entry.order, None) is not None:
            self.set_aside(entry.event_id, None)

    def _put_in(self, entry: Entry) -> None:
        track = self.tracks.to_change(entry.thing)
        position = track.position(entry.order)
        states = track.listed_states()
        states.insert(position, states[position - 1] if position else None)
        track.entries.insert(position, entry)
        _note_beginning(track, entry)
        self._unfolded.add(id(entry))
        self._note_dependence(entry, entry.fact.footings)
        self._listener.on_insert(entry)

    # --- folding again ---

    def _fold_all(
        self, pending: list[tuple[Order, Thing]], seen: dict[Thing, list[Steps]], begun: Collection[Thing]
    ) -> None:
        """Fold things again, each from an order on, earliest first, and then their dependents.

        ``seen`` has, for things that have already changed, what dependents saw of them before; ``begun`` has the things
        that may begin at another time than before.
        """
        heapify(pending)
        last: tuple[Order, Thing] | None = None
        while pending:
            order, thing = heappop(pending)
            if (order, thing) == last:
                continue  # several of its footings have been folded; equal entries follow one another
            last = order, thing
            checkpoint()
            for follower in self._fold(thing, order, seen, begun):
                heappush(pending, follower)

    def _fold(
        self, thing: Thing, order: Order, seen: dict[Thing, list[Steps]], begun: Collection[Thing]
    ) -> Iterable[tuple[Order, Thing]]:
        """Fold one thing again from an order on, until its state is as before; returns the dependents to fold next, and
        from where.

        They are folded only from where the thing differs from what any of them may have seen.
        """
        track = self.tracks.to_change(thing)
        has_dependents = bool(self.tracks.dependents_of(thing))
        before = seen.pop(thing, None) or ([self._steps(thing)] if has_dependents else [])
        start = track.position(order)
        end = self._refold(track, start, thing in begun)
        self._listener.on_fold(track, order[0], start, end)
        now = self._steps(thing) if has_dependents else []
        differing = [first for steps in before if (first := _first_difference(steps, now)) is not None]
        return self._followers(thing, min(differing)) if differing else ()

    def _refold(self, track: T, start: int, is_begun: bool) -> int:
        """Fold a track again from one entry on; returns the first entry after which the state is as it was.

        What is set aside since its thing does not exist yet names the beginning, if there is one later: so if that may
        have moved (``is_begun``), everything before it is looked at.
        """
        states = track.listed_states()
        state = states[start - 1] if start else None
        for position in range(start, len(track.entries)):
            entry = track.entries[position]
            state = self._state_after(track, state, entry, entry.fact.footings)
            if id(entry) in self._unfolded:
                self._unfolded.discard(id(entry))
            elif state == states[position] and not (is_begun and state is None):
                return position  # what follows was folded from the same state
            states[position] = state
        return len(track.entries)

    def _followers(self, thing: Thing, order: Order) -> Iterable[tuple[Order, Thing]]:
        """The dependents with entries after an order that rest on the thing, with the order of each entry."""
        for dependent in self.tracks.dependents_of(thing):
            if dependent == thing:
                continue  # it has just been folded
            track = self.tracks.find(dependent)
            if track is None or not track.entries or track.entries[-1].order <= order:
                continue
            later = islice(track.entries, track.position(order), None)
            yield from ((entry.order, dependent) for entry in later if _rests_on(entry, thing))

    def _state_after(self, track: T, state: Any, entry: Entry, footings: tuple[Footing, ...]) -> Any:
        """The state after one more entry; an entry that would break a rule is set aside."""
        if state is not None and state.ends_us is not None and state.ends_us <= entry.effective_us:
            state = state.after_end()
        concept = CONCEPTS[entry.thing.kind]
        broken = concept.broken_rule(state, entry)
        if broken is None:
            broken = self._missing_footing(entry, footings) if footings else None
            if broken is None and entry.thing.kind == "pledge" and parts.has_to_fit_others(entry.fact):
                broken = self._broken_between_pledges(state, entry)
        elif state is None and isinstance(broken, UnknownId):
            broken = _before_it_exists(track, entry, broken)
        if broken is not None or track.broken:
            self._mark(track, entry, broken)
        return concept.evolve(state, entry) if broken is None else state

    def _mark(self, track: T, entry: Entry, broken: RuleBroken | None) -> None:
        if broken is not None:
            if not broken.is_same_as(track.broken.get(entry.order)):
                track.broken[entry.order] = broken
                self.set_aside(entry.event_id, broken, entry.effective_us)
        elif track.broken.pop(entry.order, None) is not None:
            self.set_aside(entry.event_id, None)

    def _missing_footing(self, entry: Entry, footings: tuple[Footing, ...]) -> RuleBroken | None:
        for footing in footings:
            state = self.tracks.state_before(footing.thing, entry.order)
            if state is None:
                return _does_not_exist(footing, self.tracks.find(footing.thing), entry)
            if footing.has_to_be is not None and (unfit := _unfit(footing, state, entry)) is not None:
                return unfit
        return None

    def _broken_between_pledges(self, state: PledgeState | None, entry: Entry) -> RuleBroken | None:
        """The rule that an entry breaks beside the pledge's whole and its parts."""
        whole = parts.whole_after(state, entry.fact)
        return parts.broken_between(
            state,
            entry,
            None if whole is None else self.tracks.state_before(Thing("pledge", whole), entry.order),
            self._parts_before(entry),
        )

    def _parts_before(self, entry: Entry) -> Iterator[PledgeState]:
        for other in self.tracks.dependents_of(entry.thing):
            part = self.tracks.state_before(other, entry.order) if other.kind == "pledge" else None
            if part is not None and part.part_of == entry.thing.id:
                yield part


def _unfit(footing: Footing, state: Any, entry: Entry) -> RuleBroken | None:
    """The rule that an entry breaks if its footing exists, but is not what it has to be."""
    if isinstance(state, RequirementState):
        if state.part_of is None:
            return None
        detail = f"the requirement {footing.thing.id} is a line of {state.part_of}, and a line has no lines"
        return LineOfALine(detail, footing.field, (state.stated.event_id,))
    if state.status == footing.has_to_be:
        return None
    detail = f"the meeting {footing.thing.id} is {state.status} {entry.start_in_words}, not {footing.has_to_be}"
    return MeetingIsNotHeld(detail, footing.field, (state.latest.event_id,))


def _content(entry: Entry | None) -> Any:
    return None if entry is None else entry.fact


def _visible(state: Any) -> Visibility:
    if state is None:
        return None
    if isinstance(state, MeetingState) and state.status != "held":
        return f"{state.status} {state.latest.event_id}"
    if isinstance(state, RequirementState) and state.part_of is not None:
        return f"line {state.stated.event_id}"
    return _THERE


_THERE = "there"


def _steps(track: Track | None, is_whole_or_part: bool) -> Steps:
    """What dependents see of a thing, from which order on. A thing that exists never ceases to; meetings, and pledges
    that are wholes or parts, change."""
    states = [] if track is None else track.states
    if track is None or not states or states[-1] is None:
        return []
    first = bisect_left(states, True, key=_exists)
    if not is_whole_or_part and not isinstance(states[-1], MeetingState):
        return [(track.entries[first].order, _visible(states[first]))]
    steps: Steps = []
    last: Visibility = None
    for entry, state in zip(track.entries[first:], islice(states, first, None), strict=True):
        now = parts.seen_by_others(state) if is_whole_or_part else _visible(state)
        if now != last:
            steps.append((entry.order, now))
            last = now
    return steps


def _exists(state: Any) -> bool:
    return state is not None


def _first_difference(before: Steps, now: Steps) -> Order | None:
    """The first order at which two step functions differ; ``None`` if they do not."""
    if before == now:
        return None
    common = next(
        (index for index, (one, other) in enumerate(zip(before, now, strict=False)) if one != other),
        min(len(before), len(now)),
    )
    return min(steps[common][0] for steps in (before, now) if common < len(steps))


def _rests_on(entry: Entry, thing: Thing) -> bool:
    if entry.thing.kind == thing.kind == "pledge" and parts.has_to_fit_others(entry.fact):
        return True
    return any(footing.thing == thing for footing in entry.fact.footings)


def _does_not_exist(footing: Footing, track: Track | None, entry: Entry) -> RuleBroken:
    kind, name = footing.thing
    first = None if track is None else _beginning(track, entry.order)
    if first is None:
        return UnknownId(f"no {kind} {name} is on record", footing.field)
    detail = f"the {kind} {name} does not exist {entry.start_in_words}"
    return EffectiveBeforeItsFooting(detail, footing.field, (first.event_id,))


def _before_it_exists(track: Track, entry: Entry, unknown: UnknownId) -> RuleBroken:
    """The rule that an entry breaks if its thing begins only later; else ``unknown``."""
    first = _beginning(track, entry.order)
    if first is None:
        return unknown
    kind, name = entry.thing
    detail = f"the {kind} {name} does not exist {entry.start_in_words}; it begins {first.start_in_words}"
    return EffectiveBeforeItsFooting(detail, unknown.field, (first.event_id,))


def _beginning(track: Track, order: Order) -> Entry | None:
    """The first entry after an order that can begin its thing. Later states may still be from before this fold."""
    if track.beginnings is None:
        track.beginnings = [one for one in track.entries if _begins(one)]
    position = bisect_right(track.beginnings, order, key=BY_ORDER)
    return track.beginnings[position] if position < len(track.beginnings) else None


def _note_beginning(track: Track, entry: Entry) -> None:
    if track.beginnings is not None and _begins(entry):
        insort(track.beginnings, entry, key=BY_ORDER)


def _begins(entry: Entry) -> bool:
    return CONCEPTS[entry.thing.kind].broken_rule(None, entry) is None
