"""How far a value can be trusted: what it rests on, and where its sources disagree.

Both follow from the facts that apply to a thing, with their corrections and the sources added to them, as known at one
view. Nothing of it decides which value applies: that is the last one recorded, as ever.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, takewhile
from operator import attrgetter
from typing import Any, Literal, NamedTuple, TypeVar, get_args

from pydantic import JsonValue, TypeAdapter

from domain.concepts.given_values import comparable, compared_values, said
from domain.concepts.pledges import ForcesDeployed, ForcesReturned, PledgeState, StrengthReported
from domain.concepts.registry import CONCEPTS
from domain.corrections import EventCorrected, SourceAdded
from domain.facts import Entry, Thing
from domain.history.correction_chains import Corrections
from domain.history.history import View
from domain.history.overlay import BaseHistory, known_at
from domain.history.tracks import BY_ORDER, states_after
from domain.lru import Lru, LruOfEach
from domain.quantities import Assumed, is_nothing
from domain.sources import Source
from domain.times import Period, period
from domain.vocabulary import AttributionBasis

Basis = Literal[AttributionBasis, "unstated"]
T = TypeVar("T")
_BASES: tuple[str, ...] = (*get_args(AttributionBasis), "unstated")


@dataclass(slots=True)
class RestsOn:
    """What a value rests on, over the facts that make it. ``bases`` are those of their attributions, ``unstated`` for
    a fact without one; ``publishers`` are who reported them, of a relay only the one that it repeats; ``best_grading``
    is the best by reliability, then credibility, such as ``B2``, null if none is graded."""

    bases: list[Basis]
    publishers: list[str]
    best_grading: str | None


@dataclass(slots=True)
class DisputedValue:
    """One of the rival values, the events that give it, and the publishers that stand by it."""

    value: JsonValue
    events: list[str]
    publishers: list[str]


@dataclass(slots=True)
class Dispute:
    """A field on which sources disagree, with the rival values, the last one recorded last: that one applies."""

    field: str
    values: list[DisputedValue]


class Doubt(NamedTuple):
    """What is doubtful about a pledge: that it rests on leaks alone, that its sources disagree, or that its size is
    only assumed."""

    rests_on_leaks: bool
    is_disputed: bool
    is_assumed: bool = False


class Reports(NamedTuple):
    """Who reports a fact, and on whose word: its own sources, those of its correction, and those added since."""

    sources: Sequence[Source]
    bases: set[str]

    @classmethod
    def of(cls, fact: Any) -> "Reports":
        """Those of a fact itself."""
        attribution = fact.attribution
        return cls(fact.sources, {"unstated" if attribution is None else attribution.basis})

    @property
    def publishers(self) -> set[str]:
        """The publishers; a relay counts as the one that it repeats."""
        return {source.relays or source.publisher for source in self.sources}


class Trust(NamedTuple):
    """The fields of a state on which its sources disagree, and what it rests on."""

    disputed: list[Dispute]
    rests_on: RestsOn


_Key = tuple[Thing, int, str]
"""A thing, the number of known events about it, and its latest event."""

_RESTS_ON: LruOfEach[Any, _Key, RestsOn] = LruOfEach(20_000)
"""What states rest on, for each order of learning."""

_DISPUTED: LruOfEach[Any, _Key, list[Dispute]] = LruOfEach(20_000)
"""Where the sources of states disagree, for each order of learning."""

_DOUBT: LruOfEach[Any, _Key, Doubt] = LruOfEach(20_000)
"""What is doubtful about pledges but for assumed sizes, for each order of learning."""


class Confidence:
    """What the values of things rest on, as known at one view."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._rests_on = _RESTS_ON.of(view.knowledge)
        self._disputed = _DISPUTED.of(view.knowledge)
        self._doubt = _DOUBT.of(view.knowledge)
        self._looked_up: dict[str, list[Mapping[str, set[int]]]] = {}

    @cached_property
    def _known(self) -> BaseHistory:
        return known_at(self._view.knowledge, self._view.position)

    def trust(self, state: Any) -> Trust:
        """How far a state can be trusted."""
        return Trust(self.disputed(state), self.rests_on(state))

    def rests_on(self, state: Any) -> RestsOn:
        """What a state rests on: the facts that give the values that it still has."""
        return self._kept(self._rests_on, state, self._find_rests_on)

    def _kept(self, known: Lru[_Key, T], state: Any, find: Callable[[Any], T]) -> T:
        """What is found about a state: the same for the same events about its thing, unless some are set aside."""
        if self._has_set_aside:
            return find(state)
        thing = state.latest.thing
        key = thing, len(self._view.record(thing)), state.latest.event_id
        found = known.get(key)
        if found is None:
            found = find(state)
            known.put(key, found)
        return found

    @cached_property
    def _has_set_aside(self) -> bool:
        return bool(self._view.set_aside())

    def _find_rests_on(self, state: Any) -> RestsOn:
        if self._is_said_once(state.latest.thing):
            return _summary([Reports.of(state.latest.fact)])
        return _summary([self._reports(entry) for entry in self._making(state)])

    def disputed(self, state: Any) -> list[Dispute]:
        """The fields of a state on which its sources disagree.

        Two facts disagree if they give different values for a field from the same period on. Each publisher stands by
        the last value that it gave for that period, so that whoever corrects itself disagrees with nobody.
        """
        return self._kept(self._disputed, state, self._find_disputed) if self._times(state) else []

    def _times(self, state: Any) -> list[int]:
        """The times up to a state's from which on its sources may disagree."""
        thing = state.latest.thing
        found = [times for mapping in self._doubtful(thing.kind) if (times := mapping.get(thing.id))]
        if not found:
            return []
        return sorted(at_us for at_us in set().union(*found) if at_us <= state.latest.effective_us)

    def _find_disputed(self, state: Any) -> list[Dispute]:
        kind, entries = state.latest.thing.kind, self._applied(state)
        return [dispute for at_us in self._times(state) for dispute in self._disputed_at(at_us, kind, entries)]

    def doubt(self, pledge: PledgeState) -> Doubt | None:
        """What is doubtful about a pledge; ``None`` if nothing is."""
        if not any(pledge.pledge in mapping for mapping in self._doubtful("pledge")):
            return None
        doubt = self._kept(self._doubt, pledge, self._find_doubt)
        if isinstance(pledge.quantity, Assumed):
            return doubt._replace(is_assumed=True)
        return doubt if any(doubt) else None

    def _find_doubt(self, pledge: PledgeState) -> Doubt:
        return Doubt(self._rests_on_leaks(pledge), bool(self.disputed(pledge)))

    def _rests_on_leaks(self, pledge: PledgeState) -> bool:
        """Whether a pledge rests on leaks alone. What made it comes first: no later fact gives its contributor."""
        making = chain((pledge.made,), self._making(pledge))
        return all(self._reports(entry).bases == {"leak"} for entry in making)

    def doubts(self, pledges: list[PledgeState]) -> dict[str, Doubt]:
        """The pledges about which something is doubtful, by name."""
        doubtful = [names for names in self._doubtful("pledge") if names]
        if not doubtful:
            return {}
        some = (pledge for pledge in pledges if any(pledge.pledge in names for names in doubtful))
        found = ((pledge.pledge, self.doubt(pledge)) for pledge in some)
        return {name: doubt for name, doubt in found if doubt is not None}

    def _doubtful(self, kind: str) -> list[Mapping[str, set[int]]]:
        found = self._looked_up.get(kind)
        if found is None:
            found = self._looked_up[kind] = self._view.knowledge.doubtful(kind)
        return found

    def _applied(self, state: Any) -> list[Entry]:
        """The entries that apply to a thing up to a state of it, in valid order."""
        thing = state.latest.thing
        if self._is_said_once(thing):
            return [state.latest]
        entries = self._known.tracks.applying(thing)
        return entries[: bisect_right(entries, state.latest.order, key=BY_ORDER)]

    def _is_said_once(self, thing: Thing) -> bool:
        """Whether one event alone is about a thing."""
        return len(self._view.record(thing)) == 1

    def _making(self, state: Any) -> Iterator[Entry]:
        """The entries that give the values which a thing still has, the last first."""
        entries = self._applied(state)
        if len(entries) == 1:
            yield from entries
            return
        yield from _giving(entries)
        if isinstance(state, PledgeState) and state.deployed is not None:
            yield from _on_the_ground(entries)

    def _disputed_at(self, at_us: int, kind: str, entries: list[Entry]) -> Iterator[Dispute]:
        """The fields that are given differently from a time on, and have not changed since."""
        giving: dict[str, list[Entry]] = {}
        first, end = (side(entries, at_us, key=BY_TIME) for side in (bisect_left, bisect_right))
        for entry in entries[first:end]:
            for field in compared_values(kind, entry.fact):
                giving.setdefault(field, []).append(entry)
        open_ones = {field for field, some in giving.items() if len(some) > 1}
        for entry in reversed(entries[end:]):
            if not open_ones:
                return
            gives, adds_to, _ = said(entry.fact)
            open_ones.difference_update(gives, adds_to)
        for field in sorted(open_ones):
            values = self._values(kind, field, _of_one_period(giving[field]))
            if len(values) > 1:
                yield Dispute(field, values)

    def _reports(self, entry: Entry) -> Reports:
        reports, corrections = Reports.of(entry.fact), self._known.corrections
        if not corrections.about.get(entry.event_id):
            return reports
        sources, bases = [*reports.sources], reports.bases
        for fact in _supporting(entry.event_id, corrections):
            sources += fact.sources
            if isinstance(fact, SourceAdded) and fact.attribution is not None:
                bases.add(fact.attribution.basis)
        return Reports(sources, bases)

    def _values(self, kind: str, field: str, entries: list[Entry]) -> list[DisputedValue]:
        """The values of a field that some publisher stands by, in the order in which they were given."""
        last_word = {publisher: entry for entry in entries for publisher in self._reports(entry).publishers}
        values: dict[Any, DisputedValue] = {}
        for entry in entries:
            publishers = [publisher for publisher, last in last_word.items() if last is entry]
            if not publishers:
                continue
            value = compared_values(kind, entry.fact)[field]
            known = values.setdefault(comparable(value), DisputedValue(_JSON.dump_python(value, mode="json"), [], []))
            known.events.append(entry.event_id)
            known.publishers = sorted({*known.publishers, *publishers})
        return list(values.values())


BY_TIME = attrgetter("effective_us")

_JSON: TypeAdapter[Any] = TypeAdapter(Any)


def _summary(reports: list[Reports]) -> RestsOn:
    """What one or more facts rest on together."""
    bases, publishers = reports[0].bases, reports[0].publishers
    for one in reports[1:]:
        bases = bases | one.bases
        publishers |= one.publishers
    gradings = (_grading(source) for one in reports for source in one.sources)
    best = min((grading for grading in gradings if grading != _UNGRADED), default=None)
    return RestsOn(
        [*bases] if len(bases) == 1 else [basis for basis in _BASES if basis in bases],  # type: ignore[list-item, misc]
        sorted(publishers),
        None if best is None else "".join(best).replace(_NOT_GRADED, ""),
    )


_NOT_GRADED = "~"
"""Comes after every letter and digit."""

_UNGRADED = _NOT_GRADED, _NOT_GRADED


def _grading(source: Source) -> tuple[str, str]:
    return source.reliability or _NOT_GRADED, source.credibility or _NOT_GRADED


def _supporting(event_id: str, corrections: Corrections) -> Iterator[Any]:
    """The corrections that act on an event, and the sources added to it or to them that are not retracted."""
    while True:
        for other in corrections.all_about(event_id):
            if isinstance(other.fact, SourceAdded) and not corrections.is_retracted(other.event_id):
                yield other.fact
        change = corrections.change_of(event_id)
        if change is None or not isinstance(change.fact, EventCorrected):
            return
        yield change.fact
        event_id = change.event_id


def _giving(entries: list[Entry]) -> Iterator[Entry]:
    """Of the entries that apply to a thing, those that give the values which it still has, the last first; what is on
    the ground apart."""
    values: dict[str, Any] = {}
    settled: set[str] = set()
    endings: list[Callable[[str], bool]] = []
    for entry in reversed(entries):
        gives, adds_to, ends = said(entry.fact)
        is_making = False
        for field in adds_to:
            if field in values:
                settled.add(field)  # before this, the field had another value
            elif not field.startswith("deployed") and not _is_ended(field, endings):
                is_making = True
        for field, given in gives.items():
            if field in settled or field.startswith("deployed") or _is_ended(field, endings):
                continue
            value = comparable(given)
            if values.setdefault(field, value) == value:
                is_making = True
            else:
                settled.add(field)
        if is_making:
            yield entry
        if ends is not None:
            endings.append(ends)


def _is_ended(field: str, endings: list[Callable[[str], bool]]) -> bool:
    return any(ends(field) for ends in endings)


def _on_the_ground(entries: list[Entry]) -> list[Entry]:
    """The entries that make what is on the ground what it is.

    They are those since nothing was there; at a place, since all left it or it was last counted; and without the
    deployments that have left whole. What left nothing behind stands alone.
    """
    making: list[Entry] = []
    is_there = False
    moving = [entry for entry in entries if isinstance(entry.fact, (ForcesDeployed, StrengthReported, ForcesReturned))]
    _, *states = states_after((entries[0], *moving), ())  # nothing else decides what is there
    for entry, state in zip(moving, states, strict=True):
        making = _making_after(making, entry) if is_there else [entry]
        is_there = not is_nothing(state.deployed)
        making = making if is_there else [entry]
    return making


def _making_after(making: list[Entry], entry: Entry) -> list[Entry]:
    """The entries that make what is on the ground, after one more movement or count."""
    fact = entry.fact
    if isinstance(fact, StrengthReported):
        elsewhere = [one for one in making if fact.basing and one.fact.basing != fact.basing]
        agreeing = [*takewhile(lambda one: _reports_the_same(one.fact, fact), reversed(making))]
        return [*elsewhere, *reversed(agreeing), entry]
    if isinstance(fact, ForcesReturned) and fact.of is not None:
        return [one for one in making if one.event_id != fact.of]
    if isinstance(fact, ForcesReturned) and fact.quantity is None:
        elsewhere = [one for one in making if one.fact.basing != fact.basing]
        if len(elsewhere) < len(making):
            return elsewhere
    making.append(entry)
    return making


def _reports_the_same(fact: Any, other: StrengthReported) -> bool:
    return (
        isinstance(fact, StrengthReported)
        and fact.basing == other.basing
        and comparable(fact.quantity) == comparable(other.quantity)
    )


def _of_one_period(entries: list[Entry]) -> list[Entry]:
    last = _period(entries[-1])
    return [entry for entry in entries if _period(entry) == last]


def _period(entry: Entry) -> Period:
    return period(entry.fact.effective_at)


# --- all things -------------------------------------------------------------------------------------------------------


class DisputedThing(NamedTuple):
    """A thing with the fields on which its sources disagree."""

    thing: Thing
    disputed: list[Dispute]


def all_disputed(view: View) -> list[DisputedThing]:
    """Everything in force about which sources disagree."""
    confidence = Confidence(view)
    found = ((state.latest.thing, confidence.disputed(state)) for state in _doubtful_states(view))
    return [DisputedThing(thing, disputed) for thing, disputed in found if disputed]


def all_resting_on_leaks(view: View) -> list[PledgeState]:
    """The pledges in force that rest on leaks alone."""
    confidence = Confidence(view)
    pledges = (state for state in _doubtful_states(view) if isinstance(state, PledgeState))
    return [pledge for pledge in pledges if (doubt := confidence.doubt(pledge)) and doubt.rests_on_leaks]


def _doubtful_states(view: View) -> Iterator[Any]:
    for kind in CONCEPTS:
        for name in sorted(set[str]().union(*view.knowledge.doubtful(kind))):
            state = view.state(Thing(kind, name))
            if state is not None and state.is_current:
                yield state
