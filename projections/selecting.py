"""Finding the events that a selector matches, without reading the whole record.

An index keeps, for every page of the record, which events say what; it is made page by page when first asked for, and
never changes: a page that is full stays as it is. What is about a pledge or a condition is found in its own record."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import attrgetter
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from domain.bitemporal import FOREVER
from domain.changes import Selector, brought_by
from domain.corrections import EventCorrected
from domain.events import Event
from domain.facts import Thing
from domain.history import BEFORE_TIME, History
from domain.overlay import AsKnown, Changed
from domain.times import period

PAGE = 1_024
"""Events on one page of the index."""

FEW_PAGES = 4
"""So many pages are sooner gone through than everything that was ever said of a contributor."""

Ground = AsKnown | Changed
Key = tuple[str, str]


class _Page(NamedTuple):
    """Which events of a page say what, by their places on it; and when the first and the last of them take effect."""

    places: "dict[Key, array[int]]"
    earliest_us: int
    latest_us: int


class RecordIndex:
    """The events of a record by what they say."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = events
        self._pages: dict[int, _Page] = {}

    def warm(self) -> None:
        """Make every page that is full."""
        for number in range(len(self._events) // PAGE):
            self._page(number)

    def saying(self, keys: Sequence[Key], until: int) -> Iterator[Event]:
        """The first ``until`` events that say any of this, page by page."""
        for number in range(until // PAGE):
            places = self._page(number).places
            found = [place for key in keys for place in places.get(key, ())]
            yield from (self._events[number * PAGE + place] for place in sorted(set(found)))
        wanted = set(keys)
        yield from (event for event in self._last(until) if not wanted.isdisjoint(_said_by(event)))

    def effective(self, from_us: int, to_us: int, until: int) -> Iterator[Event]:
        """The first ``until`` events, without most of those that take effect at other times."""
        for number in self._pages_effective(from_us, to_us, until):
            yield from self._events[number * PAGE : (number + 1) * PAGE]
        yield from self._last(until)

    def is_short(self, from_us: int, to_us: int, until: int) -> bool:
        """Whether what takes effect between two times is on a few pages."""
        return len(list(islice(self._pages_effective(from_us, to_us, until), FEW_PAGES + 1))) <= FEW_PAGES

    def _pages_effective(self, from_us: int, to_us: int, until: int) -> Iterator[int]:
        for number in range(until // PAGE):
            page = self._page(number)
            if page.earliest_us <= to_us and page.latest_us >= from_us:
                yield number

    def _last(self, until: int) -> Sequence[Event]:
        """The events after the last full page."""
        return self._events[until - until % PAGE : until]

    def _page(self, number: int) -> _Page:
        page = self._pages.get(number)
        if page is None:
            page = self._pages[number] = _page_of(self._events[number * PAGE : (number + 1) * PAGE])
        return page


def _page_of(events: Sequence[Event]) -> _Page:
    places: dict[Key, array[int]] = {}
    for place, event in enumerate(events):
        for key in _said_by(event):
            places.setdefault(key, array("H")).append(place)
    times = [_effective_us(event) for event in events]
    return _Page(places, min(times), max(times))


def _said_by(event: Event) -> Iterator[Key]:
    fact: Any = event.fact
    content = brought_by(event)
    yield "type", fact.type
    if content is not fact:
        yield "type", content.type
    for name in ("contributor", "capability", "level"):
        if value := getattr(content, name, None):
            yield name, value
    if content.type == "ConditionStated":
        yield "condition_kind", content.kind
    for attribution in {one.attribution.basis for one in (fact, content) if one.attribution is not None}:
        yield "attribution", attribution


def _effective_us(event: Event) -> int:
    effective_at = getattr(brought_by(event), "effective_at", None)
    return period(effective_at).start_us if effective_at else BEFORE_TIME


_INDEXES: WeakKeyDictionary[History, RecordIndex] = WeakKeyDictionary()


def index_of(history: History) -> RecordIndex:
    """The index of a history's record, made once."""
    index = _INDEXES.get(history)
    if index is None:
        index = _INDEXES.setdefault(history, RecordIndex(history.events))
    return index


# --- selecting --------------------------------------------------------------------------------------------------------


class Selecting:
    """Finds events in what is known at a fork and has been changed since, by what they say."""

    def __init__(self, index: RecordIndex, until: int, ground: Ground) -> None:
        self._index = index
        self._until = until
        self._ground = ground
        self._made: dict[str, Any] = {}

    def matching(self, selector: Selector, at_most: int) -> list[Event]:
        """The events that a selector matches, in the order of ``sequence``; no more are looked for than so many."""
        found: dict[str, Event] = {}
        times = _effective_between(selector)
        for event in self._candidates(selector):
            # When it takes effect is told soonest, and rules out the most.
            if event.event_id not in found and _is_in_time(event, *times) and self._matches(selector, event):
                found[event.event_id] = event
                if len(found) == at_most:
                    break
        return sorted(found.values(), key=attrgetter("sequence"))

    def conditions(self, kind: str) -> list[str]:
        """The names of the conditions of a kind that stand, or have stood, in alphabetical order."""
        named = {
            brought_by(event).condition
            for event in self._saying([("condition_kind", kind)])
            if brought_by(event).type == "ConditionStated"
        }
        return sorted(name for name in named if self._kind_of(name) == kind)

    def has_condition(self, name: str) -> bool:
        """Whether a condition of that name stands, or has stood."""
        return self._kind_of(name) is not None

    def _candidates(self, selector: Selector) -> Iterable[Event]:
        """Some events among which are all that match: by whatever leaves the fewest to look at."""
        if selector.pledge is not None:
            return self._about([Thing("pledge", selector.pledge)])
        if selector.condition is not None:
            return self._about([Thing("condition", selector.condition)])
        if selector.condition_kind is not None:
            return self._about([Thing("condition", name) for name in self.conditions(selector.condition_kind)])
        from_us, to_us = _effective_between(selector)
        if from_us is not None and to_us is not None and self._index.is_short(from_us, to_us, self._until):
            return self._now(self._index.effective(from_us, to_us, self._until))
        if selector.contributor is not None:
            return self._saying_or_pledged("contributor", selector.contributor)
        if selector.attribution is not None:
            return self._saying([("attribution", selector.attribution)])
        if selector.type is not None:
            return self._saying([("type", name) for name in selector.type])
        if selector.level is not None:
            return self._saying_or_pledged("level", selector.level)
        if selector.capability is not None:
            return self._saying_or_pledged("capability", selector.capability)
        assert from_us is not None
        assert to_us is not None
        return self._now(self._index.effective(from_us, to_us, self._until))

    def _saying_or_pledged(self, name: str, value: str) -> Iterable[Event]:
        """The events that say this of themselves, and those about pledges that were made so."""
        saying = list(self._saying([(name, value)]))
        pledges = dict.fromkeys(brought_by(event).pledge for event in saying if brought_by(event).type == "PledgeMade")
        return [*saying, *(event for name in pledges for event in self._ground.record(Thing("pledge", name), 0))]

    def _saying(self, keys: Sequence[Key]) -> Iterable[Event]:
        return self._now(self._index.saying(keys, self._until))

    def _now(self, events: Iterable[Event]) -> Iterator[Event]:
        """Events as they are known here, and all that are not as they were recorded."""
        known = (self._ground.events.get(event.event_id) for event in events)
        yield from (event for event in known if event is not None)
        yield from self._ground.changed_events()

    def _about(self, things: Sequence[Thing]) -> Iterator[Event]:
        """What is in the records of things, and of those that rest on them; what a correction moved there, too."""
        resting = [other for thing in things for other in self._ground.dependents_of(thing)]
        for thing in dict.fromkeys((*things, *resting)):
            yield from self._ground.record(thing, 0)
        for thing in things:
            track = self._ground.tracks.get(thing)
            for entry in track.entries if track is not None else ():
                yield from chain_of(self._ground, self._ground.events[entry.event_id])

    def _matches(self, selector: Selector, event: Event) -> bool:
        content = brought_by(event)
        if selector.type is not None and not {event.fact.type, content.type} & set(selector.type):
            return False
        if selector.attribution is not None and ("attribution", selector.attribution) not in _said_by(event):
            return False
        if any(
            (wanted := getattr(selector, name)) is not None and wanted != getattr(content, name, None)
            for name in ("pledge", "condition")
        ):
            return False
        if any(
            (wanted := getattr(selector, name)) is not None and wanted != self._own_or_pledged(content, name)
            for name in ("contributor", "capability", "level")
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
        if own is not None or getattr(content, "thing", None) is None or content.thing.kind != "pledge":
            return own
        return getattr(self._pledge_made(content.pledge), name, None)

    def _pledge_made(self, name: str) -> Any:
        """The fact by which a pledge stands, or stood last; ``None`` where there is none."""
        if name not in self._made:
            last = self._ground.state_at(Thing("pledge", name), 0, _END_US)
            self._made[name] = None if last is None else last.made.fact
        return self._made[name]

    def _kind_of(self, condition: str) -> str | None:
        last = self._ground.state_at(Thing("condition", condition), 0, _END_US)
        return None if last is None else str(last.kind)


_END_US = FOREVER - 1


def chain_of(ground: Ground, event: Event) -> Iterator[Event]:
    """An event, what corrects it, and what corrects that."""
    yield event
    for change in ground.changes.get(event.event_id, ()):
        if isinstance(change.fact, EventCorrected):
            yield from chain_of(ground, change)


def _effective_between(selector: Selector) -> tuple[int, int] | tuple[None, None]:
    """From when to when, where a selector says either."""
    if selector.effective_from is None and selector.effective_to is None:
        return None, None
    return (
        period(selector.effective_from).start_us if selector.effective_from else BEFORE_TIME,
        period(selector.effective_to).last_us if selector.effective_to else FOREVER,
    )


def _is_in_time(event: Event, from_us: int | None, to_us: int | None) -> bool:
    if from_us is None or to_us is None:
        return True
    effective_us = _effective_us(event)
    return effective_us != BEFORE_TIME and from_us <= effective_us <= to_us
