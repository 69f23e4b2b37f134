"""What changed between two pictures, and through which events."""

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from domain.facts import Thing
from domain.history import View
from domain.pledges import PledgeState
from projections.asof import Basis
from projections.figures import Figure
from projections.items import pledge_items
from projections.parts import made_from, parts_of
from projections.picture import Picture, Scene, picture_in, scene_of
from projections.record import EventRef, event_refs, visible_events
from projections.why import value_of


@dataclass(slots=True)
class Change:
    """One figure or item that is not the same, and which of its fields; null on the side where it is not there."""

    what: str
    fields: list[str]
    before: JsonValue
    after: JsonValue
    events: list[str]


@dataclass(slots=True)
class Difference:
    """All that changed. ``events`` are those that caused it: in effect and known on one side only, or deciding a date
    that passed."""

    before: Basis
    after: Basis
    changes: list[Change]
    events: list[EventRef]


class _Side:
    """One of the two pictures, with what its parts are made from."""

    def __init__(self, view: View, basis: Basis) -> None:
        self.view = view
        self.basis = basis
        self.scene: Scene = scene_of(view)
        picture: Picture = picture_in(self.scene, basis)
        self.parts = {what: part for what, part in parts_of(picture) if not what.startswith("/basis")}
        self.parts |= {f"/pledges/{item.pledge}": item for item in pledge_items(self.scene)}
        self.waiting = {waiting.pledge.pledge: waiting for waiting in self.scene.cascade.waiting}

    def things_behind(self, pledge: PledgeState) -> set[Thing]:
        """A pledge, the conditions on it, and what their rules look at."""
        waiting = self.waiting.get(pledge.pledge)
        conditions = {c.stated.thing for c in waiting.conditions} if waiting else set()
        ruled = any(c.rule is not None for c in waiting.conditions) if waiting else False
        return {pledge.made.thing} | conditions | (self._looked_at_by_rules() if ruled else set())

    def _looked_at_by_rules(self) -> set[Thing]:
        pledges = {pledge.made.thing for pledge in self.scene.pledges}
        conditions = {condition.stated.thing for condition in self.scene.world.conditions.values()}
        return pledges | conditions | {stance.latest.thing for stance in self.scene.world.stances.values()}


def difference_of(before: tuple[View, Basis], after: tuple[View, Basis]) -> Difference:
    """Compare two pictures part by part."""
    one, other = _Side(*before), _Side(*after)
    causes = _Causes(one, other)
    changes = []
    for what in dict.fromkeys((*one.parts, *other.parts)):
        was, is_now = one.parts.get(what), other.parts.get(what)
        value_was, value_now = value_of(was), value_of(is_now)
        if value_was != value_now and not _is_empty(was or is_now, was, is_now):
            changes.append(
                Change(what, _unlike_fields(value_was, value_now), value_was, value_now, causes.of(was, is_now))
            )
    return Difference(one.basis, other.basis, changes, event_refs(causes.events.values()))


def _is_empty(part: Any, was: Any, is_now: Any) -> bool:
    """Whether a figure is there on one side only, and nothing is in it."""
    return isinstance(part, Figure) and (was is None or is_now is None) and not part.pledges


def _unlike_fields(was: JsonValue, is_now: JsonValue) -> list[str]:
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        return []
    return [name for name in was | is_now if was.get(name) != is_now.get(name)]


class _Causes:
    """Finds the events behind changes, and remembers them."""

    def __init__(self, one: _Side, other: _Side) -> None:
        self._one = one
        self._other = other
        self.events: dict[str, Any] = {}

    def of(self, was: Any, is_now: Any) -> list[str]:
        """The ids of the events that tell two versions of a part from each other, by ``sequence``."""
        found = {event.event_id: event for event in self._between(self._things(was, is_now))}
        self.events |= found
        return [event.event_id for event in sorted(found.values(), key=lambda event: event.sequence)]

    def _things(self, was: Any, is_now: Any) -> set[Thing]:
        (pledges_was, things_was), (pledges_now, things_now) = made_from(was), made_from(is_now)
        things = things_was | things_now
        for name in pledges_was.keys() | pledges_now.keys():
            pledge_was, pledge_now = pledges_was.get(name), pledges_now.get(name)
            if pledge_was is None or pledge_now is None or pledge_was != pledge_now:
                things |= self._behind(pledge_was or pledge_now)
        return things

    def _behind(self, pledge: PledgeState | None) -> set[Thing]:
        return set() if pledge is None else self._one.things_behind(pledge) | self._other.things_behind(pledge)

    def _between(self, things: set[Thing]) -> list[Any]:
        before = {event.event_id: event for event in visible_events(things, self._one.view)}
        after = {event.event_id: event for event in visible_events(things, self._other.view)}
        only = [event for key, event in (before | after).items() if (key in before) != (key in after)]
        return only or list((before | after).values())[-1:]
