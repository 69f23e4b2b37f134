"""What changed between two pictures, and through which events."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import JsonValue

from domain.checkpoints import unless_stopped
from domain.concepts.coalition import FORMATION
from domain.concepts.conditions import ConditionState
from domain.concepts.pledges import PledgeAmended
from domain.corrections import EventCorrected, EventRetracted, SourceAdded, target_of
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import View
from domain.history.knowledge import SetAside
from domain.json_pointers import steps_of
from projections.asof import Basis
from projections.picture.figures import Figure, LevelledFigure
from projections.picture.items import ConditionItem, SetAsideItem, pledge_items
from projections.picture.picture import Picture, picture_in
from projections.picture.scene import Scene, scene_between, scene_of, sizing_things
from projections.picture.size import RequirementFigures, size_part
from projections.pointers import made_from, own_sources, parts_of
from projections.provenance import Provenance, dates_that_pass
from projections.record import EventRef, effective_us, event_refs, thing_of, visible_events
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


class _Side:
    """One of the two pictures, with what its parts are made from."""

    def __init__(self, view: View, basis: Basis) -> None:
        self.view = view
        self.basis = basis
        self.scene: Scene = scene_of(view)
        self.picture: Picture = picture_in(self.scene, basis)
        self.parts = {what: part for what, part in parts_of(self.picture) if not what.startswith("/basis")}
        self.parts |= {f"/pledges/{item.pledge}": item for item in pledge_items(self.scene)}
        states = self.scene.of(SetAside) if self.is_formed else view.states()
        self.aside = {state.event.event_id: state.event for state in states if isinstance(state, SetAside)}
        self._visible: dict[Thing, dict[str, Event]] = {}

    @property
    def is_formed(self) -> bool:
        """Whether the coalition is formed at that point; before, a picture is empty."""
        return self.scene.coalition is not None

    def visible(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that were known and in effect, by id; added sources change nothing."""
        if thing not in self._visible:
            seen = (event for event in visible_events([thing], self.view) if not isinstance(event.fact, SourceAdded))
            self._visible[thing] = {event.event_id: event for event in seen}
        return self._visible[thing]

    def applied(self, thing: Thing) -> dict[str, Event]:
        """Those of the visible events that are not set aside."""
        return {key: event for key, event in self.visible(thing).items() if key not in self.aside}


def difference_of(before: tuple[View, Basis], after: tuple[View, Basis]) -> Difference:
    """Compare two pictures part by part."""
    return _between(_Side(*before), _Side(*after))


def beside(before: tuple[View, Basis], after: tuple[View, Basis]) -> tuple[Picture, Picture, Difference]:
    """Two pictures, and their difference."""
    one, other = _Side(*before), _Side(*after)
    return one.picture, other.picture, _between(one, other)


def _between(one: _Side, other: _Side) -> Difference:
    causes = _Causes(one, other)
    changes = []
    for what in unless_stopped(dict.fromkeys((*one.parts, *other.parts))):
        was, is_now = one.parts.get(what), other.parts.get(what)
        if was == is_now:
            continue
        value_was, value_now = value_of(was), value_of(is_now)
        if value_was != value_now and not _is_empty(was or is_now, was, is_now):
            changes.append(
                Change(what, _unlike_fields(value_was, value_now), value_was, value_now, causes.of(what, was, is_now))
            )
    return Difference(one.basis, other.basis, changes, event_refs(causes.events.values()))


def _is_empty(part: Any, was: Any, is_now: Any) -> bool:
    """Whether a figure is there on one side only, and nothing is in it."""
    return isinstance(part, Figure) and (was is None or is_now is None) and not part.pledges


_SIZE = "/size"


def _waits(what: str, part: Any) -> bool:
    """Whether a part is a figure of the size that pledges enter by what they wait for."""
    is_waiting = isinstance(part, (LevelledFigure, RequirementFigures)) or _is_if_all_move(what)
    return is_waiting and what.startswith(_SIZE)


def _is_if_all_move(what: str) -> bool:
    return what.endswith("/if_all_move")


def _unlike_fields(was: JsonValue, is_now: JsonValue) -> list[str]:
    if not isinstance(was, dict) or not isinstance(is_now, dict):
        return []
    return [name for name in was | is_now if was.get(name) != is_now.get(name)]


def _steady_and_turned(one: Scene, other: Scene, if_all_move: bool) -> tuple[set[str], set[str]]:
    """The conditions that are the same on both sides, and those that hold on one only, perhaps by their rules.

    A condition that is stated on one side only is reason enough itself.
    """
    on_both = one.world.conditions.keys() & other.world.conditions.keys()
    before, now = (s.cascade.holds_if_all_move if if_all_move else s.cascade.holds for s in (one, other))
    turned = {name for name in on_both if before[name] != now[name]}
    alike = {name for name in on_both if _stated(one.world.conditions[name]) == _stated(other.world.conditions[name])}
    return alike - turned, turned


def _behind_both(one: Scene, other: Scene, if_all_move: bool = False) -> tuple[Provenance, Provenance]:
    """What stands behind the things in two scenes, as far as it can have changed, now or if all move."""
    steady, turned = _steady_and_turned(one, other, if_all_move)
    return (
        Provenance(one, counted=True, steady=steady, turned=turned),
        Provenance(other, counted=True, steady=steady, turned=turned),
    )


def _stated(condition: ConditionState) -> tuple[Any, ...]:
    """A condition as stated by facts, whichever of them was the latest."""
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


def _targets(event: Event, known: Mapping[str, Event]) -> Iterator[Event]:
    """What an event about the record is about, what that is about, and so on, each recorded before the other."""
    while isinstance(event.fact, _RECORD_FACTS):
        target = known.get(target_of(event.fact))
        if target is None or target.sequence >= event.sequence:
            return
        event = target
        yield event


def _in_valid_order(event: Event) -> tuple[int, int]:
    return effective_us(event), event.sequence


_RECORD_FACTS = (EventCorrected, EventRetracted, SourceAdded)
_WITHOUT_NUMBERS = ("PledgeReaffirmed", "CaveatDeclared", "CaveatLifted")
_ON_THE_GROUND = ("ForcesDeployed", "ForcesReturned")
_AMENDING_THE_SIZE = ("capability", "quantity", "available_from", "expires_on")
_AMENDING_THE_DEPLOYED = ("capability", "quantity")


def _bears_on(fact: Any, is_of_deployed: bool) -> bool:
    """Whether a fact about a pledge can change figures: those of what is deployed, or all others."""
    if isinstance(fact, PledgeAmended):
        amending = _AMENDING_THE_DEPLOYED if is_of_deployed else _AMENDING_THE_SIZE
        return any(getattr(fact, name) is not None for name in amending)
    if fact.type in _WITHOUT_NUMBERS:
        return False
    return fact.type == "PledgeMade" or (fact.type in _ON_THE_GROUND) == is_of_deployed


class _Halfway:
    """The size between two scenes, where only some things have changed, and what stands behind the other changes."""

    def __init__(self, start: Scene, end: Scene, moved: Collection[Thing]) -> None:
        self._scene = scene_between(start, end, moved)
        self._end = end

    def part(self, what: str) -> Any:
        """One part of that size, or ``None``."""
        return size_part(self._scene, steps_of(what)[1:])

    def behind(self, what: str) -> tuple[Provenance, Provenance]:
        """Finds what the changes of a part that are left rest on."""
        return _behind_both(self._scene, self._end, _is_if_all_move(what))


class _Causes:
    """Finds the events behind changes, and remembers them."""

    def __init__(self, one: _Side, other: _Side) -> None:
        self._one = one
        self._other = other
        self._behind = {is_so: _behind_both(one.scene, other.scene, is_so) for is_so in (False, True)}
        sides = ((one, other), (other, one))
        self._turned_aside = {
            thing_of(event) for side, beside in sides for key, event in side.aside.items() if key not in beside.aside
        }
        self._unlike: dict[Thing, dict[str, Event]] = {}
        self._apart: dict[Thing, dict[str, Event]] = {}
        self._distinguishing: dict[Thing, dict[str, Event]] = {}
        self._bearing: dict[tuple[Thing, bool], dict[str, Event]] = {}
        self._halfway: dict[frozenset[Thing], tuple[_Halfway, _Halfway]] = {}
        self._learned: dict[str, Event] | None = None
        self.events: dict[str, Event] = {}

    def of(self, what: str, was: Any, is_now: Any) -> list[str]:
        """The ids of the events that tell two versions of a part from each other, by ``sequence``."""
        is_formed_between = self._one.is_formed != self._other.is_formed
        found = self._behind_the_part(what, was, is_now)
        if is_formed_between:
            found = found | self._bringing(FORMATION)
        elif found and _waits(what, is_now or was):
            found = self._until_sufficient(what, was, is_now, found)
        elif not found:
            found = self._latest(self._changed(was, is_now))
        if self._one.view.valid_us == self._other.view.valid_us and not any(map(self._is_unlike, found)):
            found = found | self._learned_beside(found)
        self.events |= found
        return [event.event_id for event in sorted(found.values(), key=lambda event: event.sequence)]

    def _is_unlike(self, event_id: str) -> bool:
        """Whether an event is known on one side only, or is not the same on both."""
        return self._one.view.event(event_id) is not self._other.view.event(event_id)

    def _learned_beside(self, found: Mapping[str, Event]) -> dict[str, Event]:
        """The events known on one side only, about the same things as those found, or else all: at one and the same
        time, nothing but these can have made a difference."""
        if self._learned is None:
            events = {event.event_id: event for side in (self._one, self._other) for event in side.view.events()}
            self._learned = {key: event for key, event in events.items() if self._is_unlike(key)}
        learned = self._learned
        contents = [content_of(event) for event in found.values()]
        things = {footing.thing for content in contents for footing in getattr(content, "footings", ())}
        things |= {thing for event in found.values() if (thing := thing_of(event))}
        return {key: event for key, event in learned.items() if thing_of(event) in things} or learned

    def _until_sufficient(self, what: str, was: Any, is_now: Any, found: dict[str, Event]) -> dict[str, Event]:
        """The events found, and those without which they would lead elsewhere, forwards or backwards.

        What is kept back on both sides comes in where the events found release it, unless others prevent that.
        """
        while True:
            moved = frozenset(thing for thing, events in self._resizing.items() if events.keys() & found.keys())
            forwards, backwards = self._halfway_with(moved)
            wider = found | self._remaining(what, forwards, is_now) | self._remaining(what, backwards, was)
            if wider.keys() == found.keys():
                return found
            found = wider

    @cached_property
    def _resizing(self) -> dict[Thing, dict[str, Event]]:
        """The things on either side that sizes depend on and that are not the same on both, with their events."""
        things = sizing_things(self._one.scene) | sizing_things(self._other.scene)
        return {thing: events for thing in things if (events := self._telling_apart(thing))}

    def _halfway_with(self, moved: frozenset[Thing]) -> tuple["_Halfway", "_Halfway"]:
        """Forwards and backwards, what has become of the size when only some things have changed."""
        if moved not in self._halfway:
            one, other = self._one.scene, self._other.scene
            self._halfway[moved] = _Halfway(one, other, moved), _Halfway(other, one, moved)
        return self._halfway[moved]

    def _remaining(self, what: str, halfway: "_Halfway", wanted: Any) -> dict[str, Event]:
        """The events that tell a part of the size halfway from what it comes to."""
        part = halfway.part(what)
        if part == wanted or value_of(part) == value_of(wanted) or _is_empty(part or wanted, part, wanted):
            return {}
        return self._distinguishing_parts(what, part, wanted, halfway.behind(what))

    def _behind_the_part(self, what: str, was: Any, is_now: Any) -> dict[str, Event]:
        own = own_sources(was)[1] | own_sources(is_now)[1]
        if isinstance(part := is_now or was, SetAsideItem):
            return self._setting_aside(part.event_id, own)
        is_on_one_side = (was is None or is_now is None) and self._one.is_formed == self._other.is_formed
        if is_on_one_side and (found := self._all_distinguishing(own)):
            return found  # whatever else an item is made from does not bring it there
        return self._distinguishing_parts(what, was, is_now, self._behind[_is_if_all_move(what)])

    def _distinguishing_parts(
        self, what: str, was: Any, is_now: Any, provenances: Iterable[Provenance]
    ) -> dict[str, Event]:
        """The events that tell apart what two versions of a part are made from, and what that rests on."""
        own = own_sources(was)[1] | own_sources(is_now)[1]
        changed = self._changed(was, is_now)
        behind = set().union(*(provenance.all_behind(changed) for provenance in provenances))
        counted = {thing for thing in behind - own if thing.kind == "pledge"}
        bearing = self._bearing_on(what, counted) | self._all_distinguishing(behind - counted)
        return bearing or self._all_distinguishing(counted)

    def _all_distinguishing(self, things: Iterable[Thing]) -> dict[str, Event]:
        return {key: event for thing in things for key, event in self._distinguishing_events(thing).items()}

    def _bearing_on(self, what: str, pledges: Iterable[Thing]) -> dict[str, Event]:
        """The events that tell pledges apart, but for those that cannot change what a part counts, and the footings of
        the former."""
        is_of_deployed = what.endswith("/deployed")
        return {key: event for thing in pledges for key, event in self._bearing_of(thing, is_of_deployed).items()}

    def _bearing_of(self, thing: Thing, is_of_deployed: bool) -> dict[str, Event]:
        if (thing, is_of_deployed) not in self._bearing:
            apart = self._telling_apart(thing)
            bearing = {
                key: event
                for key, event in apart.items()
                if any(_bears_on(fact, is_of_deployed) for fact in self._contents(event, thing))
            }
            footing = self._footing_events(thing, bearing.keys() & self._seen_differently(thing).keys())
            is_turned = any((key in self._one.aside) != (key in self._other.aside) for key in bearing)
            if is_turned and not footing:
                bearing = apart  # what has one of them set aside may change no figure by itself
            self._bearing[thing, is_of_deployed] = bearing | footing
        return self._bearing[thing, is_of_deployed]

    def _contents(self, event: Event, thing: Thing) -> Iterator[Any]:
        """What an event says, and what it corrected or retracted said."""
        seen = self._one.visible(thing) | self._other.visible(thing)
        for one in (event, *_targets(event, seen)):
            if not isinstance(one.fact, EventRetracted):
                yield content_of(one)

    def _changed(self, was: Any, is_now: Any) -> set[Thing]:
        """What a part was made from on either side, but for the pledges in which nothing has changed."""
        (pledges_was, things_was), (pledges_now, things_now) = made_from(was), made_from(is_now)
        names = pledges_was.keys() | pledges_now.keys()
        unlike = [name for name in names if pledges_was.get(name) != pledges_now.get(name)]
        unlike += _named_on_one_side(was, is_now)
        return things_was | things_now | {Thing("pledge", name) for name in unlike}

    def _distinguishing_events(self, thing: Thing) -> dict[str, Event]:
        """The events that tell a thing apart on the two sides, and what gave them their footing, or took it away."""
        if thing not in self._distinguishing:
            footing = self._footing_events(thing, self._seen_differently(thing))
            self._distinguishing[thing] = self._telling_apart(thing) | footing
        return self._distinguishing[thing]

    def _telling_apart(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that the sides do not see alike, and those whose date passed in between."""
        if thing not in self._apart:
            passing = {event.event_id: event for event in self._passing(thing)}
            self._apart[thing] = self._seen_differently(thing) | passing
        return self._apart[thing]

    def _seen_differently(self, thing: Thing) -> dict[str, Event]:
        if thing not in self._unlike:
            self._unlike[thing] = self._unlike_events(thing)
        return self._unlike[thing]

    def _unlike_events(self, thing: Thing) -> dict[str, Event]:
        one, other = self._one.view, self._other.view
        is_alike = one.valid_us == other.valid_us and thing not in self._turned_aside
        if is_alike and one.record(thing) == other.record(thing):
            return {}  # so it is with nearly all things: when each of their events takes effect need not be worked out
        before, after = self._one.applied(thing), self._other.applied(thing)
        unlike = {key: event for key, event in (before | after).items() if before.get(key) is not after.get(key)}
        changes = [event for event in unlike.values() if isinstance(event.fact, _RECORD_FACTS)]
        turned = [
            event for event in changes if event.event_id in self._one.aside or event.event_id in self._other.aside
        ]
        return unlike | {key: target for event in turned for key, target in self._known_on_one_side(event).items()}

    def _footing_events(self, thing: Thing, names: Collection[str]) -> dict[str, Event]:
        """What brought, or took away, the footings of some events about a thing, and what that rests on in turn."""
        found: dict[str, Event] = {}
        seen = {thing}
        rest = list(self._footings(thing, names))
        while rest:
            footing = rest.pop()
            if footing not in seen:
                seen.add(footing)
                bringing = self._bringing(footing)
                found |= bringing
                rest += self._footings(footing, bringing.keys() & self._seen_differently(footing).keys())
        return found

    def _footings(self, thing: Thing, names: Collection[str]) -> set[Thing]:
        """The footings, which are not the same on both sides, of some events about a thing.

        Events that both sides know are set aside on one of them for want of a footing. Those that only one side knows
        would be set aside there but for a footing that it alone knows as well.
        """
        if not names:
            return set()
        before, after = self._one.visible(thing), self._other.visible(thing)
        turned = {name for name in names if (name in before) == (name in after)}
        learned = self._known_by_one(thing).intersection(names)
        footings = set()
        for event in (before | after).values():
            is_turned = event.event_id in turned or getattr(event.fact, "corrects", None) in turned
            if is_turned or event.event_id in learned:
                things = (footing.thing for footing in getattr(content_of(event), "footings", ()))
                footings |= {footing for footing in things if is_turned or self._is_learned(footing)}
        return footings

    def _is_learned(self, thing: Thing) -> bool:
        """Whether a thing is there on one side only, by what only that side knows."""
        is_on_one_side = (self._one.view.state(thing) is None) != (self._other.view.state(thing) is None)
        return is_on_one_side and not self._known_by_one(thing).isdisjoint(self._bringing(thing))

    def _known_by_one(self, thing: Thing) -> set[str]:
        """The ids of the events about a thing that only one side knows."""
        before, after = ({event.event_id for event in side.view.record(thing)} for side in (self._one, self._other))
        return before ^ after

    def _bringing(self, thing: Thing) -> dict[str, Event]:
        """The events that tell the sides apart in whether a thing is there: of those that do, the first."""
        found = self._telling_apart(thing)
        there = [side for side in (self._one, self._other) if side.view.state(thing) is not None]
        if len(there) != 1:
            return found
        visible = there[0].visible(thing)
        retractions = {key: event for key, event in found.items() if isinstance(event.fact, EventRetracted)}
        about = [event for key, event in found.items() if key in visible and key not in retractions]
        later = {event.event_id for event in sorted(about, key=_in_valid_order)[1:]}
        later |= {key for key, event in retractions.items() if target_of(event.fact) in later}  # type: ignore[arg-type]
        return {key: event for key, event in found.items() if key not in later}

    def _passing(self, thing: Thing) -> list[Event]:
        sides = sorted((self._one, self._other), key=lambda side: side.view.valid_us)
        after_us, until_us = (side.view.valid_us for side in sides)
        if after_us == until_us:
            return []
        return dates_that_pass(thing, sides[1].view, after_us, until_us, sides[1].aside)

    def _setting_aside(self, event_id: str, own: set[Thing]) -> dict[str, Event]:
        """An event that is set aside on one side only, or not for the same reason, and what made the difference."""
        event = self._one.aside.get(event_id) or self._other.aside[event_id]
        footing = {key: one for thing in own for key, one in self._footing_events(thing, [event_id]).items()}
        if isinstance(event.fact, _RECORD_FACTS):
            footing |= self._known_on_one_side(event) | self._changing_on_one_side(event)
        is_seen_alike = all(
            (event_id in self._one.visible(thing)) == (event_id in self._other.visible(thing)) for thing in own
        )
        return {event_id: event} | (footing or (self._all_distinguishing(own) if is_seen_alike else {}))

    def _known_on_one_side(self, event: Event) -> dict[str, Event]:
        """What an event about the record is about, directly or through others, and only one side knows."""
        before, after = ({one.event_id: one for one in side.view.events()} for side in (self._one, self._other))
        targets = {target.event_id: target for target in _targets(event, before | after)}
        return {key: target for key, target in targets.items() if before.get(key) is not after.get(key)}

    def _changing_on_one_side(self, event: Event) -> dict[str, Event]:
        """The corrections and retractions of an event about the record, direct or through others, that only one side
        knows. While the event's own target is unknown, they are about no thing by which they could be found."""
        before, after = ({one.event_id: one for one in side.view.events()} for side in (self._one, self._other))
        known = before | after
        return {
            key: one
            for key, one in known.items()
            if before.get(key) is not after.get(key)
            and not isinstance(one.fact, SourceAdded)
            and any(target.event_id == event.event_id for target in _targets(one, known))
        }

    def _latest(self, things: set[Thing]) -> dict[str, Event]:
        """What was last said of the things, where nothing tells the sides apart."""
        known = {
            key: event
            for thing in things
            for key, event in (self._one.visible(thing) | self._other.visible(thing)).items()
        }
        latest = max(known.values(), key=lambda event: event.sequence, default=None)
        return {} if latest is None else {latest.event_id: latest}
