"""The two sides of a difference: what each sees, and the events that make a thing differ between them."""

from collections.abc import Collection, Iterable
from functools import cached_property

from domain.corrections import REMARKS, EventRetracted, SourceAdded, target_of
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.correction_chains import RECORD_FACTS
from domain.history.history import View
from domain.history.knowledge import SetAside
from projections.asof import Basis
from projections.picture.items import pledge_items
from projections.picture.picture import Picture, picture_in
from projections.picture.scene import Scene, scene_of
from projections.pointers import parts_of
from projections.provenance import dates_that_pass
from projections.record import targets_of, thing_of, valid_order, visible_events

_NOT_COMPARED = ("/basis", "/before_formation")
"""What two pictures differ in without the force being another."""


class Side:
    """One of the two pictures, with what its parts are made from."""

    def __init__(self, view: View, basis: Basis) -> None:
        self.view = view
        self.basis = basis
        self.scene: Scene = scene_of(view)
        self.picture: Picture = picture_in(self.scene, basis)
        self.parts = {what: part for what, part in parts_of(self.picture) if not what.startswith(_NOT_COMPARED)}
        self.parts |= {f"/pledges/{item.pledge}": item for item in pledge_items(self.scene)}
        states = self.scene.of(SetAside) if self.is_formed else view.states()
        self.aside = {state.event.event_id: state.event for state in states if isinstance(state, SetAside)}
        self._visible: dict[Thing, dict[str, Event]] = {}

    @property
    def is_formed(self) -> bool:
        """Whether the coalition is formed at that point; before, a picture is empty."""
        return self.scene.coalition is not None

    def visible(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that were known and in effect, by id; remarks change nothing."""
        if thing not in self._visible:
            seen = (event for event in visible_events([thing], self.view) if not isinstance(event.fact, REMARKS))
            self._visible[thing] = {event.event_id: event for event in seen}
        return self._visible[thing]

    def applied(self, thing: Thing) -> dict[str, Event]:
        """Those of the visible events that are not set aside."""
        return {key: event for key, event in self.visible(thing).items() if key not in self.aside}


class TwoSides:
    """How two sides see the same things: the events that tell a thing apart, and what gave those their footing.

    Each thing is looked at once.
    """

    def __init__(self, one: Side, other: Side) -> None:
        self.one = one
        self.other = other
        sides = ((one, other), (other, one))
        self._turned_aside = {
            thing_of(event) for side, beside in sides for key, event in side.aside.items() if key not in beside.aside
        }
        self._unlike: dict[Thing, dict[str, Event]] = {}
        self._apart: dict[Thing, dict[str, Event]] = {}
        self._distinguishing: dict[Thing, dict[str, Event]] = {}

    def is_unlike(self, event_id: str) -> bool:
        """Whether an event is known on one side only, or is not the same on both."""
        return self.one.view.event(event_id) is not self.other.view.event(event_id)

    @cached_property
    def learned(self) -> dict[str, Event]:
        """The events known on one side only, or not the same on both, by id."""
        one, other = self.one.view, self.other.view
        if one.knowledge is other.knowledge:
            few, many = sorted((one.position, other.position))
            return {event.event_id: event for event in one.knowledge.known(many)[few:]}
        events = {event.event_id: event for view in (one, other) for event in view.events()}
        return {key: event for key, event in events.items() if self.is_unlike(key)}

    def known(self, event_id: str) -> Event | None:
        """The event with an id, if either side knows it; as the later side does, if both do."""
        return self.other.view.event(event_id) or self.one.view.event(event_id)

    def all_distinguishing(self, things: Iterable[Thing]) -> dict[str, Event]:
        """The events that tell some things apart, and what gave those their footing, or took it away."""
        found: dict[str, Event] = {}
        for thing in things:
            found.update(self._distinguishing_events(thing))
        return found

    def _distinguishing_events(self, thing: Thing) -> dict[str, Event]:
        if thing not in self._distinguishing:
            footing = self.footing_events(thing, self.events_seen_differently(thing))
            self._distinguishing[thing] = self.differing_events(thing) | footing
        return self._distinguishing[thing]

    def differing_events(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that the sides do not see alike, and those whose date passed in between."""
        if thing not in self._apart:
            passing = {event.event_id: event for event in self._passing(thing)}
            self._apart[thing] = self.events_seen_differently(thing) | passing
        return self._apart[thing]

    def events_seen_differently(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that the sides do not see alike."""
        if thing not in self._unlike:
            self._unlike[thing] = self._unlike_events(thing)
        return self._unlike[thing]

    def _unlike_events(self, thing: Thing) -> dict[str, Event]:
        one, other = self.one.view, self.other.view
        is_alike = one.valid_us == other.valid_us and thing not in self._turned_aside
        if is_alike and one.record(thing) == other.record(thing):
            return {}  # so it is with nearly all things: when each of their events takes effect need not be worked out
        before, after = self.one.applied(thing), self.other.applied(thing)
        unlike = {key: event for key, event in (before | after).items() if before.get(key) is not after.get(key)}
        changes = [event for event in unlike.values() if isinstance(event.fact, RECORD_FACTS)]
        turned = [event for event in changes if event.event_id in self.one.aside or event.event_id in self.other.aside]
        return unlike | {key: target for event in turned for key, target in self.targets_on_one_side(event).items()}

    def evidence_events(self, thing: Thing) -> dict[str, Event]:
        """The events about a thing that the sides do not see alike, and the sources added to any that only one side
        knows: all that can make a difference to what the thing rests on."""
        one, other = (
            {event.event_id: event for event in side.view.record(thing) if isinstance(event.fact, SourceAdded)}
            for side in (self.one, self.other)
        )
        added = {key: event for key, event in (one | other).items() if one.get(key) is not other.get(key)}
        return self.differing_events(thing) | added

    def footing_events(self, thing: Thing, names: Collection[str]) -> dict[str, Event]:
        """What brought, or took away, the footings of some events about a thing, and what that rests on in turn."""
        found: dict[str, Event] = {}
        seen = {thing}
        rest = list(self._footings(thing, names))
        while rest:
            footing = rest.pop()
            if footing not in seen:
                seen.add(footing)
                bringing = self.existence_events(footing)
                found |= bringing
                rest += self._footings(footing, bringing.keys() & self.events_seen_differently(footing).keys())
        return found

    def _footings(self, thing: Thing, names: Collection[str]) -> set[Thing]:
        """The footings, which are not the same on both sides, of some events about a thing.

        Events that both sides know are set aside on one of them because a footing is missing. Those that only one knows
        would be set aside there but for a footing that it alone knows as well.
        """
        if not names:
            return set()
        before, after = self.one.visible(thing), self.other.visible(thing)
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
        is_on_one_side = (self.one.view.state(thing) is None) != (self.other.view.state(thing) is None)
        return is_on_one_side and not self._known_by_one(thing).isdisjoint(self.existence_events(thing))

    def _known_by_one(self, thing: Thing) -> set[str]:
        """The ids of the events about a thing that only one side knows."""
        before, after = ({event.event_id for event in side.view.record(thing)} for side in (self.one, self.other))
        return before ^ after

    def existence_events(self, thing: Thing) -> dict[str, Event]:
        """The first events that make a thing exist on one side only; otherwise all that differ."""
        found = self.differing_events(thing)
        there = [side for side in (self.one, self.other) if side.view.state(thing) is not None]
        if len(there) != 1:
            return found
        visible = there[0].visible(thing)
        retractions = {key: event for key, event in found.items() if isinstance(event.fact, EventRetracted)}
        about = [event for key, event in found.items() if key in visible and key not in retractions]
        later = {event.event_id for event in sorted(about, key=valid_order)[1:]}
        later |= {key for key, event in retractions.items() if target_of(event.fact) in later}  # type: ignore[arg-type]
        return {key: event for key, event in found.items() if key not in later}

    def _passing(self, thing: Thing) -> list[Event]:
        sides = sorted((self.one, self.other), key=lambda side: side.view.valid_us)
        after_us, until_us = (side.view.valid_us for side in sides)
        if after_us == until_us:
            return []
        return dates_that_pass(thing, sides[1].view, after_us, until_us, sides[1].aside)

    def targets_on_one_side(self, event: Event) -> dict[str, Event]:
        """What an event about the record is about, directly or through others, and only one side knows."""
        return {target.event_id: target for target in targets_of(event, self.known) if self.is_unlike(target.event_id)}

    def changes_on_one_side(self, event: Event) -> dict[str, Event]:
        """The corrections and retractions of an event about the record, direct or through others, that only one side
        knows. While the event's own target is unknown, they are about no thing by which they could be found."""
        return {
            key: one
            for key, one in self.learned.items()
            if not isinstance(one.fact, REMARKS)
            and any(target.event_id == event.event_id for target in targets_of(one, self.known))
        }
