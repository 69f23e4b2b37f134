"""Finding the events that a selector matches, without reading the whole record.

An index keeps, for every page of the record, which events say what; it is made page by page when first asked for, and
never changes: a page that is full stays as it is. What is about a pledge or a condition is found in its own record."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from domain.checkpoints import unless_stopped
from domain.concepts.conditions import ConditionStated
from domain.corrections import EventCorrected
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import History
from domain.history.overlay import BaseHistory
from domain.times import BEFORE_TIME_US, FOREVER_US, period
from domain.what_if.changes import Selector
from projections.record import effective_us
from projections.what_if.attributed_only import attributed_only

PAGE = 1_024
"""Events on one page of the index."""

FEW = 1_024
"""Up to this number of events, going through them is faster than through all facts about a contributor."""

Key = tuple[str, str]
OF_PLEDGES = ("contributor", "capability", "level")
"""The fields that a fact about a pledge has itself, or else the fact by which the pledge was made."""

_NOTHING: frozenset[Key] = frozenset()

Times = tuple[int, int]
"""The first and the last time at which something takes effect, in microseconds, both included."""


class _Page(NamedTuple):
    """Which events of a page say what, by their places on it; and when they take effect, in the order of that."""

    places: "dict[Key, array[int]]"
    times_us: "array[int]"
    in_time: "array[int]"

    def between(self, times: Times) -> "array[int]":
        """The places of the events that take effect between two times."""
        return self.in_time[bisect_left(self.times_us, times[0]) : bisect_right(self.times_us, times[1])]

    def saying(self, keys: Sequence[Key], times: Times | None) -> list[int]:
        """The places of the events that say any of this, in order; ``times``: of those that take effect then."""
        within = self.between(times) if times is not None else None
        if within is not None and not within:
            return []
        found = {place for key in keys for place in self.places.get(key, ())}
        return sorted(found if within is None else found.intersection(within))


class RecordIndex:
    """The events of a record by what they say, and by what the pledge that they are about was made with."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._pages: dict[int, _Page] = {}
        self._made_with: dict[str, frozenset[Key]] = {}
        self._made_late: dict[Key, dict[str, None]] = {}

    def warm(self) -> None:
        """Make every page that is full."""
        self._first_pages(len(self._events))

    def saying(self, keys: Sequence[Key], until: int, times: Times | None = None) -> Iterator[Event]:
        """The first ``until`` events that say any of this, page by page; ``times``: without most of those that take
        effect at other times. After the last full page, all that is about pledges comes, too."""
        for number, page in enumerate(self._first_pages(until)):
            yield from (self._events[number * PAGE + place] for place in page.saying(keys, times))
        wanted = set(keys)
        for event in self._last(until):
            if _pledge_of(content_of(event)) is not None or not wanted.isdisjoint(_keys_of(event)):
                yield event

    def made_late(self, key: Key) -> Iterable[str]:
        """The pledges that were recorded with this key only after other facts about them."""
        return tuple(self._made_late.get(key, ()))

    def effective(self, times: Times, until: int) -> Iterator[Event]:
        """The first ``until`` events, without most of those that take effect at other times."""
        for number, page in enumerate(self._first_pages(until)):
            yield from (self._events[number * PAGE + place] for place in sorted(page.between(times)))
        yield from self._last(until)

    def are_few(self, times: Times, until: int) -> bool:
        """Whether few events take effect between two times."""
        return sum(len(page.between(times)) for page in self._first_pages(until)) <= FEW

    def _last(self, until: int) -> Sequence[Event]:
        """The events after the last full page."""
        return self._events[until - until % PAGE : until]

    def _first_pages(self, until: int) -> list[_Page]:
        """The pages that hold the first ``until`` events, but for those after the last full page.

        They are made in order. Two threads that make the same ones find the same, or more.
        """
        for number in range(len(self._pages), until // PAGE):
            self._pages[number] = self._page(self._events[number * PAGE : (number + 1) * PAGE])
        return [self._pages[number] for number in range(until // PAGE)]

    def _page(self, events: Sequence[Event]) -> _Page:
        places: dict[Key, array[int]] = {}
        for place, event in enumerate(events):
            for key in self._keys(event):
                places.setdefault(key, array("H")).append(place)
        in_time = sorted((effective_us(event), place) for place, event in enumerate(events))
        return _Page(places, array("q", (at_us for at_us, _ in in_time)), array("H", (place for _, place in in_time)))

    def _keys(self, event: Event) -> Iterable[Key]:
        """What an event says, and what is known by then of how the pledge that it is about was made."""
        keys = _keys_of(event)
        content = content_of(event)
        pledge = _pledge_of(content)
        if pledge is None:
            return keys
        made = frozenset(_pledge_keys(content)) if content.type == "PledgeMade" else _NOTHING
        known = self._made_with.setdefault(pledge, made)
        if not made <= known:
            self._made_with[pledge] = known | made
            for key in made - known:
                self._made_late.setdefault(key, {})[pledge] = None
        return known.union(keys)


def _keys_of(event: Event) -> list[Key]:
    fact: Any = event.fact
    content = content_of(event)
    keys = [("type", fact.type), *_pledge_keys(content)]
    if content is not fact:
        keys.append(("type", content.type))
    if content.type == "ConditionStated":
        keys.append(("condition_kind", content.kind))
    attributed = (fact,) if content is fact else (fact, content)
    keys += [("attribution", one.attribution.basis) for one in attributed if one.attribution is not None]
    return keys


def _pledge_keys(content: Any) -> list[Key]:
    return [(name, value) for name in OF_PLEDGES if (value := getattr(content, name, None))]


def _pledge_of(content: Any) -> str | None:
    """The pledge that a fact is about, if it is about one."""
    thing = getattr(content, "thing", None)
    return thing.id if thing is not None and thing.kind == "pledge" else None


_INDEXES: WeakKeyDictionary[History, RecordIndex] = WeakKeyDictionary()


def index_of(history: History) -> RecordIndex:
    """The index of a history's record, made once."""
    index = _INDEXES.get(history)
    if index is None:
        index = _INDEXES.setdefault(history, RecordIndex(history.events))
    return index


class Selection:
    """Finds events in what is known at a fork and has been changed since, by what they say."""

    def __init__(self, index: RecordIndex, until: int, ground: BaseHistory) -> None:
        self._index = index
        self._until = until
        self._ground = ground
        self._made: dict[str, Any] = {}

    def matching(self, selector: Selector, limit: int) -> list[Event]:
        """The events that a selector matches, in the order of ``sequence``; ``limit`` of them at most."""
        found: dict[str, Event] = {}
        times = _effective_between(selector)
        for event in unless_stopped(self._candidates(selector, times)):
            if event.event_id not in found and self._matches(selector, times, event):
                found[event.event_id] = event
                if len(found) == limit:
                    break
        return sorted(found.values(), key=attrgetter("sequence"))

    def matches(self, selector: Selector, event: Event) -> bool:
        """Whether a selector matches one event."""
        return self._matches(selector, _effective_between(selector), event)

    def conditions(self, kind: str) -> list[str]:
        """The names of the conditions of a kind that are, or were, in force, in alphabetical order."""
        named = {
            content.condition
            for event in self._saying([("condition_kind", kind)])
            if isinstance(content := content_of(event), ConditionStated)
        }
        return sorted(name for name in named if self._kind_of(name) == kind)

    def has_condition(self, name: str) -> bool:
        """Whether a condition of that name is, or was, in force."""
        return self._kind_of(name) is not None

    def _candidates(self, selector: Selector, times: Times | None) -> Iterable[Event]:
        """Events that include all that match, found by the criterion that leaves the fewest to look at."""
        if selector.attributed_only_to is not None:  # nothing that an event says by itself decides it
            return self._attributed_only(selector.attributed_only_to)
        if selector.pledge is not None:
            return self._about([Thing("pledge", selector.pledge)])
        if selector.condition is not None:
            return self._about([Thing("condition", selector.condition)])
        if selector.condition_kind is not None:
            return self._about([Thing("condition", name) for name in self.conditions(selector.condition_kind)])
        if times is not None and self._index.are_few(times, self._until):
            return self._now(self._index.effective(times, self._until))
        if selector.contributor is not None:
            return self._saying_or_pledged(("contributor", selector.contributor), times)
        if selector.attribution is not None:
            return self._saying([("attribution", selector.attribution)], times)
        if selector.type is not None:
            return self._saying([("type", name) for name in selector.type], times)
        if selector.level is not None:
            return self._saying_or_pledged(("level", selector.level), times)
        if selector.capability is not None:
            return self._saying_or_pledged(("capability", selector.capability), times)
        assert times is not None
        return self._now(self._index.effective(times, self._until))

    def _attributed_only(self, bases: Sequence[str]) -> Iterator[Event]:
        """The events that rest on the words of some bases alone; each is in a chain in which some event has them."""
        corrections = self._ground.corrections
        keys = [("attribution", basis) for basis in bases]
        looked_at: set[str] = set()
        for event in self._saying(keys):
            if corrections.events.get(event.event_id) is None or not set(keys).intersection(_keys_of(event)):
                continue
            top = corrections.topmost(event)
            if top.event_id not in looked_at:
                looked_at.add(top.event_id)
                yield from attributed_only(corrections.chain(top), bases)

    def _saying_or_pledged(self, key: Key, times: Times | None) -> Iterator[Event]:
        """The events with this key, and those about pledges that were made with it."""
        yield from self._saying([key], times)
        changed = (content_of(event) for event in self._ground.changed_events())
        made_anew = (fact.pledge for fact in changed if fact.type == "PledgeMade" and key in _pledge_keys(fact))
        for pledge in dict.fromkeys((*self._index.made_late(key), *made_anew)):
            yield from self._ground.record(Thing("pledge", pledge), 0)

    def _saying(self, keys: Sequence[Key], times: Times | None = None) -> Iterable[Event]:
        return self._now(self._index.saying(keys, self._until, times))

    def _now(self, events: Iterable[Event]) -> Iterator[Event]:
        """Events as they are known here, and all that are not as they were recorded."""
        known = (self._ground.corrections.events.get(event.event_id) for event in events)
        yield from (event for event in unless_stopped(known) if event is not None)
        yield from self._ground.changed_events()

    def _about(self, things: Sequence[Thing]) -> Iterator[Event]:
        """What is in the records of things, and of those that rest on them; what a correction moved there, too."""
        resting = [other for thing in things for other in self._ground.tracks.dependents_of(thing)]
        for thing in dict.fromkeys((*things, *resting)):
            yield from self._ground.record(thing, 0)
        for thing in things:
            track = self._ground.tracks.find(thing)
            for entry in track.entries if track is not None else ():
                yield from chain_of(self._ground, self._ground.corrections.events[entry.event_id])

    def _matches(self, selector: Selector, times: Times | None, event: Event) -> bool:
        if not _is_in_time(event, times):  # the fastest to check, and it rules out the most
            return False
        content = content_of(event)
        if selector.type is not None and not {event.fact.type, content.type} & set(selector.type):
            return False
        if selector.attribution is not None and ("attribution", selector.attribution) not in _keys_of(event):
            return False
        if any(
            (wanted := getattr(selector, name)) is not None and wanted != getattr(content, name, None)
            for name in ("pledge", "condition")
        ):
            return False
        if any(
            (wanted := getattr(selector, name)) is not None and wanted != self._own_or_pledged(content, name)
            for name in OF_PLEDGES
        ):
            return False
        return self._is_of_kind(selector, content)

    def _is_of_kind(self, selector: Selector, content: Any) -> bool:
        if selector.condition_kind is None:
            return True
        if content.type == "ConditionStated":
            return bool(content.kind == selector.condition_kind)
        name = getattr(content, "condition", None)
        return isinstance(name, str) and self._kind_of(name) == selector.condition_kind

    def _own_or_pledged(self, content: Any, name: str) -> Any:
        """What a fact says itself, or else what the pledge that it is about was made with."""
        own = getattr(content, name, None)
        pledge = _pledge_of(content)
        return own if own is not None or pledge is None else getattr(self._pledge_made(pledge), name, None)

    def _pledge_made(self, name: str) -> Any:
        """The fact by which a pledge was last made; ``None`` if there is none."""
        if name not in self._made:
            last = self._ground.state_at(Thing("pledge", name), 0, _END_US)
            self._made[name] = None if last is None else last.made.fact
        return self._made[name]

    def _kind_of(self, condition: str) -> str | None:
        last = self._ground.state_at(Thing("condition", condition), 0, _END_US)
        return None if last is None else str(last.kind)


_END_US = FOREVER_US - 1


def chain_of(ground: BaseHistory, event: Event) -> Iterator[Event]:
    """An event, its corrections, and theirs."""
    yield event
    for change in ground.corrections.about.get(event.event_id, ()):
        if isinstance(change.fact, EventCorrected):
            yield from chain_of(ground, change)


def _effective_between(selector: Selector) -> Times | None:
    """The times within which a selector's events take effect; ``None`` if it names neither."""
    if selector.effective_from is None and selector.effective_to is None:
        return None
    return (
        period(selector.effective_from).start_us if selector.effective_from else BEFORE_TIME_US,
        period(selector.effective_to).last_us if selector.effective_to else FOREVER_US,
    )


def _is_in_time(event: Event, times: Times | None) -> bool:
    if times is None:
        return True
    at_us = effective_us(event)
    return at_us != BEFORE_TIME_US and times[0] <= at_us <= times[1]
