"""What changed between two pictures, and through which events."""

from dataclasses import dataclass
from typing import Any

from pydantic import JsonValue

from domain.coalition import FORMATION
from domain.conditions import ConditionState
from domain.corrections import SourceAdded
from domain.events import Event
from domain.facts import Thing
from domain.history import SetAside, View
from projections.asof import Basis
from projections.behind import Behind, dates_that_pass
from projections.figures import Figure
from projections.items import pledge_items
from projections.parts import made_from, parts_of
from projections.picture import ConditionItem, Picture, Scene, SetAsideItem, picture_in, scene_of
from projections.record import EventRef, event_refs, visible_events
from projections.stepping import Step, no_step
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
        self.picture: Picture = picture_in(self.scene, basis)
        self.parts = {what: part for what, part in parts_of(self.picture) if not what.startswith("/basis")}
        self.parts |= {f"/pledges/{item.pledge}": item for item in pledge_items(self.scene)}
        self._visible: dict[Thing, dict[str, Event]] = {}

    def visible(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that were known and in effect, by id; added sources tell of no change."""
        if thing not in self._visible:
            seen = (event for event in visible_events([thing], self.view) if not isinstance(event.fact, SourceAdded))
            self._visible[thing] = {event.event_id: event for event in seen}
        return self._visible[thing]


def difference_of(before: tuple[View, Basis], after: tuple[View, Basis], step: Step = no_step) -> Difference:
    """Compare two pictures part by part."""
    return _between(_Side(*before), _Side(*after), step)


def beside(
    before: tuple[View, Basis], after: tuple[View, Basis], step: Step = no_step
) -> tuple[Picture, Picture, Difference]:
    """Two pictures, and their difference."""
    one, other = _Side(*before), _Side(*after)
    return one.picture, other.picture, _between(one, other, step)


def _between(one: _Side, other: _Side, step: Step) -> Difference:
    causes = _Causes(one, other)
    changes = []
    parts = dict.fromkeys((*one.parts, *other.parts))
    for number, what in enumerate(parts):
        step(number, len(parts))
        was, is_now = one.parts.get(what), other.parts.get(what)
        if was == is_now:
            continue
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


def _steady_and_turned(one: Scene, other: Scene) -> tuple[set[str], set[str]]:
    """The conditions that are the same on both sides, and those that hold on one only, perhaps by their rules.

    A condition that is stated on one side only is reason enough itself.
    """
    on_both = one.world.conditions.keys() & other.world.conditions.keys()
    turned = {name for name in on_both if one.cascade.holds[name] != other.cascade.holds[name]}
    alike = {name for name in on_both if _told_of(one.world.conditions[name]) == _told_of(other.world.conditions[name])}
    return alike - turned, turned


def _told_of(condition: ConditionState) -> tuple[Any, ...]:
    """A condition as facts have it, whichever of them was the latest."""
    return (condition.stated.fact, *condition._replace(stated=None, latest=None))  # type: ignore[arg-type]


def _named_on_one_side(was: Any, is_now: Any) -> list[str]:
    """The pledges that a condition is on, or is attached to as such, on one side only."""
    before, now = map(_named, (was, is_now))
    return list(dict.fromkeys(named[0] for named in (*before, *now) if (named in before) != (named in now)))


def _named(part: Any) -> dict[tuple[str, str], None]:
    """The pledges that a condition names, and as what."""
    if not isinstance(part, ConditionItem):
        return {}
    attached = (str(target["pledge"]) for target in part.attached_to if "pledge" in target)
    return dict.fromkeys([*((name, "on") for name in part.pledges), *((name, "attached") for name in attached)])


class _Causes:
    """Finds the events behind changes, and remembers them."""

    def __init__(self, one: _Side, other: _Side) -> None:
        self._one = one
        self._other = other
        steady, turned = _steady_and_turned(one.scene, other.scene)
        self._behind = [Behind(side.scene, counted=True, steady=steady, turned=turned) for side in (one, other)]
        self._told: dict[Thing, dict[str, Event]] = {}
        self.events: dict[str, Event] = {}

    def of(self, was: Any, is_now: Any) -> list[str]:
        """The ids of the events that tell two versions of a part from each other, by ``sequence``."""
        changed = self._changed(was, is_now)
        behind = set().union(*(side.all_behind(changed) for side in self._behind))
        found = {key: event for thing in behind for key, event in self._telling_apart(thing).items()}
        found = found or self._set_aside(was, is_now) or self._latest(changed)
        if not found and (was is None or is_now is None):
            found = self._telling_apart(FORMATION)  # before the coalition is formed, there is nothing
        self.events |= found
        return [event.event_id for event in sorted(found.values(), key=lambda event: event.sequence)]

    def _changed(self, was: Any, is_now: Any) -> set[Thing]:
        """What a part was made from on either side, but for the pledges in which nothing has changed."""
        (pledges_was, things_was), (pledges_now, things_now) = made_from(was), made_from(is_now)
        names = pledges_was.keys() | pledges_now.keys()
        unlike = [name for name in names if pledges_was.get(name) != pledges_now.get(name)]
        unlike += _named_on_one_side(was, is_now)
        return things_was | things_now | {Thing("pledge", name) for name in unlike}

    def _telling_apart(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that the sides do not see alike, and those whose date passed in between."""
        if thing not in self._told:
            passing = {event.event_id: event for event in self._passing(thing)}
            self._told[thing] = self._seen_unlike(thing) | passing
        return self._told[thing]

    def _seen_unlike(self, thing: Thing) -> dict[str, Event]:
        one, other = self._one.view, self._other.view
        if one.valid_us == other.valid_us and one.record(thing) == other.record(thing):
            return {}  # so it is with nearly all things: when each of their events takes effect need not be worked out
        before, after = self._one.visible(thing), self._other.visible(thing)
        return {key: event for key, event in (before | after).items() if before.get(key) is not after.get(key)}

    def _passing(self, thing: Thing) -> list[Event]:
        sides = sorted((self._one, self._other), key=lambda side: side.view.valid_us)
        after_us, until_us = (side.view.valid_us for side in sides)
        return [] if after_us == until_us else dates_that_pass(thing, sides[1].view, after_us, until_us)

    def _set_aside(self, *parts: Any) -> dict[str, Event]:
        """The events set aside that some parts tell of, which may be about nothing known."""
        told = {part.event_id for part in parts if isinstance(part, SetAsideItem)}
        events = (state.event for side in (self._one, self._other) for state in side.scene.of(SetAside))
        return {event.event_id: event for event in events if event.event_id in told}

    def _latest(self, things: set[Thing]) -> dict[str, Event]:
        """What was last said of the things, where nothing tells the sides apart."""
        known = {
            key: event
            for thing in things
            for key, event in (self._one.visible(thing) | self._other.visible(thing)).items()
        }
        latest = max(known.values(), key=lambda event: event.sequence, default=None)
        return {} if latest is None else {latest.event_id: latest}
