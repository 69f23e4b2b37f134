"""What changed between two pictures, and through which events."""

from dataclasses import dataclass

from pydantic import JsonValue

from domain.checkpoints import unless_stopped
from domain.history.history import View
from projections.asof import Basis
from projections.causes import Causes, is_empty
from projections.picture.picture import Picture
from projections.record import EventRef, event_refs
from projections.sides import Side
from projections.why import value_of


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
    side only, or deciding a date that passed."""

    before: Basis
    after: Basis
    changes: list[Change]
    events: list[EventRef]


def difference_of(before: tuple[View, Basis], after: tuple[View, Basis]) -> Difference:
    """Compare two pictures part by part."""
    return _between(Side(*before), Side(*after))


def beside(before: tuple[View, Basis], after: tuple[View, Basis]) -> tuple[Picture, Picture, Difference]:
    """Two pictures, and their difference."""
    one, other = Side(*before), Side(*after)
    return one.picture, other.picture, _between(one, other)


def _between(one: Side, other: Side) -> Difference:
    causes = Causes(one, other)
    changes = []
    for what in unless_stopped(dict.fromkeys((*one.parts, *other.parts))):
        was, is_now = one.parts.get(what), other.parts.get(what)
        if was == is_now:
            continue
        value_was, value_now = value_of(was), value_of(is_now)
        if value_was != value_now and not is_empty(was or is_now, was, is_now):
            changes.append(
                Change(what, _unlike_fields(value_was, value_now), value_was, value_now, causes.of(what, was, is_now))
            )
    return Difference(one.basis, other.basis, changes, event_refs(causes.events.values()))


def _unlike_fields(was: JsonValue, is_now: JsonValue) -> list[str]:
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        return []
    return [name for name in was | is_now if was.get(name) != is_now.get(name)]
