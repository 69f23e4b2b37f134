"""What changed between two pictures, and through which events."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import JsonValue

from domain.checkpoints import unless_stopped
from domain.history.history import View
from projections.asof import Basis
from projections.causes import Causes, is_empty
from projections.paging import MAX_CHANGES, NextCursor, Page, on_page, page_from
from projections.picture.picture import Picture
from projections.record import EventRef, event_refs
from projections.sides import Side
from projections.why import value_of

FIRST = page_from(None, MAX_CHANGES)


@dataclass(slots=True)
class Change:
    """One figure or item that differs, and which of its fields; null on the side on which it is not there."""

    what: str
    fields: list[str]
    before: JsonValue
    after: JsonValue
    events: list[str]


@dataclass(slots=True)
class Difference:
    """All that changed. ``events`` are those that caused it: in effect and known on one side only, set aside on one
    side only, or deciding a date that passed.

    A large answer has pages of changes; a change with more events than fit appears again on the page of
    ``next_cursor``, with the rest of them.
    """

    before: Basis
    after: Basis
    changes: list[Change]
    events: list[EventRef]
    next_cursor: NextCursor = None


def difference_of(before: tuple[View, Basis], after: tuple[View, Basis], page: Page = FIRST) -> Difference:
    """Compare two pictures part by part."""
    return _between(Side(*before), Side(*after), page)


def beside(before: tuple[View, Basis], after: tuple[View, Basis]) -> tuple[Picture, Picture, Difference]:
    """Two pictures, and the first page of their difference."""
    one, other = Side(*before), Side(*after)
    return one.picture, other.picture, _between(one, other, FIRST)


def _between(one: Side, other: Side, page: Page) -> Difference:
    causes = Causes(one, other)
    changed = _changed_parts(one, other)
    shown, next_cursor = on_page(changed, lambda part: causes.of(part.what, part.was, part.is_now), page)
    changes = [
        Change(part.what, _unlike_fields(part.value_was, part.value_now), part.value_was, part.value_now, events)
        for part, events in shown
    ]
    named = {event_id for change in changes for event_id in change.events}
    events = (event for event_id, event in causes.events.items() if event_id in named)
    return Difference(one.basis, other.basis, changes, event_refs(events), next_cursor)


class _ChangedPart(NamedTuple):
    """A part that is not the same on both sides, and as what it is answered on each."""

    what: str
    was: Any
    is_now: Any
    value_was: JsonValue
    value_now: JsonValue


def _changed_parts(one: Side, other: Side) -> Iterator[_ChangedPart]:
    for what in unless_stopped(dict.fromkeys((*one.parts, *other.parts))):
        was, is_now = one.parts.get(what), other.parts.get(what)
        if was == is_now:
            continue
        value_was, value_now = value_of(was), value_of(is_now)
        if _told(value_was) != _told(value_now) and not is_empty(was or is_now, was, is_now):
            yield _ChangedPart(what, was, is_now, value_was, value_now)


def _unlike_fields(was: JsonValue, is_now: JsonValue) -> list[str]:
    was, is_now = _told(was), _told(is_now)
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        return []
    return [name for name in was | is_now if was.get(name) != is_now.get(name)]


def _told(value: JsonValue) -> JsonValue:
    """A value without what it rests on: another source for the same is no change by itself. Where it matters, a figure
    differs in ``leak_only``, or an item in ``disputed``."""
    if isinstance(value, dict):
        return {name: inner for name, inner in value.items() if name != "rests_on"}
    return value
