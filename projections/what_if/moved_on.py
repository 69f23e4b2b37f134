"""How far the record has moved on since the fork of a changed history, and which of the later events touch what it
changes.

An event touches it if it is about a thing that the changes are about, here or below, or rests on one; or if a selector
of theirs matches it, so that they would change it on a later fork. What has been found is kept while the history is:
each event is looked at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from domain.checkpoints import unless_stopped
from domain.concepts.conditions import ConditionStated
from domain.events import Event, content_of
from domain.facts import Fact, Thing
from domain.history.as_known import AsKnown
from domain.history.history import View
from domain.history.knowledge import Knowledge
from domain.times import FOREVER_US
from domain.what_if.changes import Alter, ConditionSelector, Decide, Omit, Selector, Shift
from projections.record import targets_of, thing_of
from projections.what_if.changed_history import ChangedHistory
from projections.what_if.selecting import Selection, index_of

MAX_NAMED = 20
"""Events that are named in an answer."""


@dataclass(slots=True, frozen=True)
class LaterEvent:
    """An event recorded since the starting point, by its id and its number in the record."""

    event_id: str
    sequence: int


@dataclass(slots=True, frozen=True)
class RecordMovedOn:
    """``events`` have been recorded since the starting point, of which ``touching`` touch what the scenario changes;
    ``first_touching`` names the first of those."""

    events: int
    touching: int
    first_touching: list[LaterEvent]


class _LookedAt(NamedTuple):
    """What has been found among the events after the fork up to ``until``."""

    until: int
    touching: int
    first: tuple[LaterEvent, ...]


_LOOKED_AT: WeakKeyDictionary[ChangedHistory, _LookedAt] = WeakKeyDictionary()


def record_moved_on(history: ChangedHistory) -> RecordMovedOn:
    """How far the record has moved on."""
    until, fork = history.root.sequence, history.fork.sequence
    looked = _LOOKED_AT.get(history, _LookedAt(fork, 0, ()))
    if looked.until < until:
        found = [LaterEvent(event.event_id, event.sequence) for event in _touching(history, looked.until, until)]
        looked = _LookedAt(until, looked.touching + len(found), (*looked.first, *found)[:MAX_NAMED])
        _LOOKED_AT[history] = looked
    return RecordMovedOn(looked.until - fork, looked.touching, list(looked.first))


def unseen_events(history: ChangedHistory) -> int:
    """How many events ``record_moved_on`` has yet to look at."""
    looked = _LOOKED_AT.get(history)
    return history.root.sequence - (history.fork.sequence if looked is None else looked.until)


def _touching(history: ChangedHistory, after: int, until: int) -> Iterator[Event]:
    """The recorded events after one sequence, up to another, that touch what the history changes."""
    view = history.root.view(FOREVER_US, FOREVER_US, "recorded", until)
    assert isinstance(view.knowledge, Knowledge)
    selection = Selection(index_of(history.root), until, AsKnown(view.knowledge, until))
    things, aims = _changed_things(history, view), list(_aims(history))
    kinds = {aim.condition_kind for aim in aims if isinstance(aim, ConditionSelector)}
    selectors = [aim for aim in aims if isinstance(aim, Selector)]
    for event in unless_stopped(history.root.events[after:until]):
        content = content_of(event)
        if (
            not things.isdisjoint(_things_of(event, view))
            or any(selection.matches(one, event) for one in selectors)
            or (isinstance(content, ConditionStated) and content.kind in kinds)
        ):
            yield event


def _changed_things(history: ChangedHistory, view: View) -> set[Thing]:
    """The things that the changes are about, here and below."""
    below = _changed_things(history.base, view) if isinstance(history.base, ChangedHistory) else set()
    before = (view.event(event_id) for event_id in history.touched)
    events = [event for event in (*before, *history.touched.values(), *history.assumed) if event is not None]
    return below.union(*(_subjects(event, view) for event in events))


def _aims(history: ChangedHistory) -> Iterator[Any]:
    """The targets of the changes, here and below."""
    if isinstance(history.base, ChangedHistory):
        yield from _aims(history.base)
    for change in history.changes:
        match change:
            case Omit():
                yield change.omit
            case Shift():
                yield change.shift
            case Alter():
                yield change.alter
            case Decide():
                yield change.decide


def _things_of(event: Event, view: View) -> set[Thing]:
    """The things that an event is about, and those that it rests on."""
    content = content_of(event)
    resting = (footing.thing for footing in content.footings) if isinstance(content, Fact) else ()
    return {*_subjects(event, view), *resting}


def _subjects(event: Event, view: View) -> set[Thing]:
    """The things that an event is about, itself or through what it corrects, retracts or supports."""
    found = (thing_of(one) for one in (event, *targets_of(event, view.event)))
    return {thing for thing in found if thing is not None}
