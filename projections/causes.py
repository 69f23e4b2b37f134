"""The events behind each change between two pictures: those that tell apart what a part is made from.

If pledges wait for each other, an event found may not explain a change by itself. Then the size is worked out at a
midpoint, with only some things changed, and the events that are still missing are found as well."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Literal

from domain.checkpoints import checkpoint
from domain.concepts.coalition import FORMATION
from domain.concepts.conditions import ConditionState
from domain.concepts.pledges import PledgeAmended
from domain.corrections import EventRetracted
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.correction_chains import RECORD_FACTS
from domain.json_pointers import steps_of
from projections.picture.counted import parts_among
from projections.picture.figures import Figure, LevelledFigure
from projections.picture.items import ConditionItem, SetAsideItem
from projections.picture.needs import RequirementFigures
from projections.picture.running_size import RunningSize, sizing_states
from projections.picture.scene import Scene
from projections.pointers import made_from, own_sources
from projections.provenance import Provenance
from projections.record import targets_of, thing_of
from projections.sides import Side, TwoSides
from projections.why import value_of


def is_empty(part: Any, was: Any, is_now: Any) -> bool:
    """Whether a figure is there on one side only, and nothing is in it."""
    return isinstance(part, Figure) and (was is None or is_now is None) and not part.pledges


_SIZED = ("/size", "/aid")
_WITHIN_DAYS = "/size/within_days/"


def _waits(what: str, part: Any) -> bool:
    """Whether a part is a figure of the size, or of the aid, that pledges enter by what they wait for."""
    is_waiting = isinstance(part, (LevelledFigure, RequirementFigures)) or _is_if_all_move(what)
    is_waiting |= what.endswith("/available") or what.startswith(_WITHIN_DAYS)
    return is_waiting and what.startswith(_SIZED)


def _is_if_all_move(what: str) -> bool:
    return what.endswith("/if_all_move")


def _steady_and_turned(one: Scene, other: Scene, if_all_move: bool) -> tuple[set[str], set[str]]:
    """The conditions that are the same on both sides, and those that hold on one only, perhaps by their rules.

    A condition that is stated on one side only is reason enough itself.
    """
    on_both = one.world.conditions.keys() & other.world.conditions.keys()
    before, now = (s.cascade.holds_if_all_move if if_all_move else s.cascade.holds for s in (one, other))
    turned = {name for name in on_both if before[name] != now[name]}
    alike = {name for name in on_both if _is_stated_alike(one.world.conditions[name], other.world.conditions[name])}
    return alike - turned, turned


def _behind_both(one: Scene, other: Scene, if_all_move: bool = False) -> tuple[Provenance, Provenance]:
    """What stands behind the things in two scenes, as far as it can have changed, now or if all move."""
    steady, turned = _steady_and_turned(one, other, if_all_move)
    return (
        Provenance(one, counted=True, steady=steady, turned=turned),
        Provenance(other, counted=True, steady=steady, turned=turned),
    )


def _is_stated_alike(one: ConditionState, other: ConditionState) -> bool:
    """Whether facts state a condition alike, whichever of them was the latest."""
    return one is other or _stated(one) == _stated(other)


def _stated(condition: ConditionState) -> tuple[Any, ...]:
    """A condition as stated by facts, whichever of them was the latest."""
    return (condition.stated.fact, *condition._replace(stated=None, latest=None))  # type: ignore[arg-type]


def _named_on_one_side(was: Any, is_now: Any) -> list[str]:
    """The pledges that a condition is on, or is attached to as such, on one side only."""
    before, now = map(_named, (was, is_now))
    return list(dict.fromkeys(named[0] for named in (*before, *now) if (named in before) != (named in now)))


_BESIDE = ("deployed", "binding", "available", "pledged")
"""The figures beside a requirement."""


def _beside_on_one_side(was: Any, is_now: Any) -> set[str]:
    """The pledges that are in a figure beside a requirement on one side only, though perhaps in another on both."""
    if not (isinstance(was, RequirementFigures) and isinstance(is_now, RequirementFigures)):
        return set()
    both = ((own_sources(getattr(was, name))[0], own_sources(getattr(is_now, name))[0]) for name in _BESIDE)
    return set().union(*(before.keys() ^ now.keys() for before, now in both))


def _lines_of(part: Any) -> set[str]:
    """The lines of a requirement."""
    return set(part.lines) if isinstance(part, RequirementFigures) else set()


def _named(part: Any) -> dict[tuple[str, str], None]:
    """The pledges that a condition names, and as what."""
    if not isinstance(part, ConditionItem):
        return {}
    attached = (str(target["pledge"]) for target in part.attached_to if "pledge" in target)
    return dict.fromkeys([*((name, "on") for name in part.pledges), *((name, "attached") for name in attached)])


def _doubts_of(part: Any) -> tuple[Any, Any]:
    """What is doubtful about a figure, or an item."""
    return getattr(part, "disputed", None), getattr(part, "leak_only", None)


_WITHOUT_NUMBERS = ("PledgeReaffirmed", "CaveatDeclared", "CaveatLifted")
_ON_THE_GROUND = ("ForcesDeployed", "StrengthReported", "ForcesReturned", "FundsDisbursed")

_Counted = Literal["pledged", "deployed", "required", "within_days"]
"""What figures count of pledges: what is left of them, what is on the ground, both beside a requirement, or what is
left by its notice to move."""

_AMENDING_ITS_SIZE = ("capability", "quantity", "available_from", "expires_on", "part_of", "phases")
_AMENDING: dict[_Counted, tuple[str, ...]] = {
    "pledged": _AMENDING_ITS_SIZE,
    "deployed": ("capability", "quantity"),
    "required": (*_AMENDING_ITS_SIZE, "fills"),
    "within_days": (*_AMENDING_ITS_SIZE, "notice_to_move_days"),
}
"""The fields of an amendment that can change figures of each kind."""


def _counted_in(what: str) -> _Counted:
    if what.startswith(_WITHIN_DAYS):
        return "within_days"
    if what.startswith("/size/required/"):
        return "required"
    return "deployed" if what.endswith(("/deployed", "/disbursed")) else "pledged"


def _bears_on(fact: Any, counted: _Counted) -> bool:
    """Whether a fact about a pledge can change figures of a kind."""
    if isinstance(fact, PledgeAmended):
        return any(name in fact.changes for name in _AMENDING[counted])
    if fact.type in _WITHOUT_NUMBERS:
        return False
    if fact.type == "PledgeMade" or counted == "required":
        return True
    return (fact.type in _ON_THE_GROUND) == (counted == "deployed")


class _Midpoint:
    """The size between two scenes, after only some things have changed, and what the remaining changes rest on."""

    def __init__(self, size: RunningSize, end: Scene) -> None:
        self._size = size
        self._end = end
        self._behind: dict[bool, tuple[Provenance, Provenance]] = {}

    def part(self, what: str) -> Any:
        """One part of that size, or ``None``."""
        return self._size.part(steps_of(what))

    def behind(self, what: str) -> tuple[Provenance, Provenance]:
        """What the remaining changes of a part rest on, as finders for this size and for the end."""
        if_all_move = _is_if_all_move(what)
        if if_all_move not in self._behind:
            self._behind[if_all_move] = _behind_both(self._size.scene(), self._end, if_all_move)
        return self._behind[if_all_move]


class _Path:
    """The changes from one scene to another: the states at its start, at the time of its end, and those at its end.

    A midpoint is made from the last one, if fewer things differ from that than from the start.
    """

    def __init__(self, start: Scene, end: Scene) -> None:
        self._start, self._end = start, end
        self._started, self._arrived = sizing_states(start), sizing_states(end)
        self._first = frozenset[Thing](), RunningSize(end.valid_us, self._started.values(), start.doubts)
        self._last = self._first

    def midpoint(self, moved: frozenset[Thing]) -> _Midpoint:
        """The size after some things have become what they are at the end."""
        checkpoint()
        before, size = min((self._first, self._last), key=lambda one: len(one[0] ^ moved))
        size = size.copy()
        for thing in before ^ moved:
            scene, states = (self._end, self._arrived) if thing in moved else (self._start, self._started)
            size.put(thing, states.get(thing), scene.doubts.get(thing.id) if thing.kind == "pledge" else None)
        self._last = moved, size
        return _Midpoint(size, self._end)


class Causes:
    """Finds the events behind the changes of parts, and remembers them."""

    def __init__(self, one: Side, other: Side) -> None:
        self._one = one
        self._other = other
        self._sides = TwoSides(one, other)
        self._behind = {is_so: _behind_both(one.scene, other.scene, is_so) for is_so in (False, True)}
        self._bearing: dict[_Counted, dict[Thing, dict[str, Event]]] = {counted: {} for counted in _AMENDING}
        self._midpoints: dict[frozenset[Thing], list[_Midpoint]] = {}
        self.events: dict[str, Event] = {}

    def of(self, what: str, was: Any, is_now: Any) -> list[str]:
        """The ids of the events that tell two versions of a part from each other, by ``sequence``."""
        is_formed_between = self._one.is_formed != self._other.is_formed
        found = self._behind_the_part(what, was, is_now) | self._behind_the_doubts(was, is_now)
        if is_formed_between:
            found = found | self._sides.existence_events(FORMATION)
        elif found and _waits(what, is_now or was):
            found = self._until_sufficient(what, was, is_now, found)
        elif not found:
            found = self._latest(self._changed(was, is_now))
        if self._one.view.valid_us == self._other.view.valid_us and not any(map(self._sides.is_unlike, found)):
            found = found | self._learned_beside(found)
        self.events |= found
        return [event.event_id for event in sorted(found.values(), key=lambda event: event.sequence)]

    def _behind_the_doubts(self, was: Any, is_now: Any) -> dict[str, Event]:
        """The events by which a part became more or less doubtful, though nothing else of it may have changed."""
        if was is None or is_now is None or _doubts_of(was) == _doubts_of(is_now):
            return {}
        pledges = {Thing("pledge", name) for name in own_sources(was)[0] | own_sources(is_now)[0]}
        things = pledges & self._doubted | own_sources(was)[1] | own_sources(is_now)[1]
        return {key: event for thing in things for key, event in self._sides.evidence_events(thing).items()}

    @cached_property
    def _doubted(self) -> set[Thing]:
        """The pledges that are not as doubtful on one side as on the other."""
        one, other = self._one.scene.doubts, self._other.scene.doubts
        return {Thing("pledge", name) for name in one.keys() | other.keys() if one.get(name) != other.get(name)}

    def _learned_beside(self, found: Mapping[str, Event]) -> dict[str, Event]:
        """The events known on one side only, about the same things as those found, or else all: at one and the same
        time, nothing but these can have made a difference."""
        learned = self._sides.learned
        contents = [content_of(event) for event in found.values()]
        things = {footing.thing for content in contents for footing in getattr(content, "footings", ())}
        things |= {thing for event in found.values() if (thing := thing_of(event))}
        return {key: event for key, event in learned.items() if thing_of(event) in things} or learned

    def _until_sufficient(self, what: str, was: Any, is_now: Any, found: dict[str, Event]) -> dict[str, Event]:
        """The events found, and those without which they would lead elsewhere, forwards or backwards.

        What is kept back on both sides comes in where the events found release it, unless others prevent that.
        """
        while True:
            moved = frozenset(thing for key in found for thing in self._resized_by.get(key, ()))
            forwards, backwards = self._midpoints_with(moved)
            wider = found | self._remaining(what, forwards, is_now) | self._remaining(what, backwards, was)
            if wider.keys() == found.keys():
                return found
            found = wider

    @cached_property
    def _resized_by(self) -> dict[str, list[Thing]]:
        """The things that sizes depend on and that each event tells apart on the two sides, by its id."""
        things: dict[str, list[Thing]] = {}
        for thing in sizing_states(self._one.scene) | sizing_states(self._other.scene):
            is_doubted = thing in self._doubted
            for key in self._sides.evidence_events(thing) if is_doubted else self._sides.differing_events(thing):
                things.setdefault(key, []).append(thing)
        return things

    @cached_property
    def _paths(self) -> tuple[_Path, _Path]:
        one, other = self._one.scene, self._other.scene
        return _Path(one, other), _Path(other, one)

    def _midpoints_with(self, moved: frozenset[Thing]) -> list[_Midpoint]:
        """The size after only some things have changed, forwards and backwards."""
        if moved not in self._midpoints:
            self._midpoints[moved] = [path.midpoint(moved) for path in self._paths]
        return self._midpoints[moved]

    def _remaining(self, what: str, midpoint: _Midpoint, wanted: Any) -> dict[str, Event]:
        """The events that tell a part of the size halfway from what it comes to."""
        part = midpoint.part(what)
        if part == wanted or value_of(part) == value_of(wanted) or is_empty(part or wanted, part, wanted):
            return {}
        return self._distinguishing_parts(what, part, wanted, midpoint.behind(what))

    def _behind_the_part(self, what: str, was: Any, is_now: Any) -> dict[str, Event]:
        own = own_sources(was)[1] | own_sources(is_now)[1]
        if isinstance(part := is_now or was, SetAsideItem):
            return self._setting_aside(part.event_id, own)
        if what == "/key_partner":
            own = own | {FORMATION}  # which says whether there is one
        is_on_one_side = (was is None or is_now is None) and self._one.is_formed == self._other.is_formed
        if is_on_one_side and (found := self._sides.all_distinguishing(own)):
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
        bearing = self._bearing_on(what, counted) | self._sides.all_distinguishing(behind - counted)
        return bearing or self._sides.all_distinguishing(counted)

    def _bearing_on(self, what: str, pledges: Iterable[Thing]) -> dict[str, Event]:
        """The events that tell pledges apart, but for those that cannot change what a part counts, and the footings of
        the former."""
        counted = _counted_in(what)
        known = self._bearing[counted]
        found: dict[str, Event] = {}
        for thing in pledges:
            if thing not in known:
                known[thing] = self._bearing_of(thing, counted)
            found.update(known[thing])
        return found

    def _bearing_of(self, thing: Thing, counted: _Counted) -> dict[str, Event]:
        apart = self._sides.differing_events(thing)
        if not apart:
            return {}
        seen = self._one.visible(thing) | self._other.visible(thing)
        bearing = {
            key: event
            for key, event in apart.items()
            if any(_bears_on(fact, counted) for fact in _contents(event, seen))
        }
        footing = self._sides.footing_events(thing, bearing.keys() & self._sides.events_seen_differently(thing).keys())
        is_turned = any((key in self._one.aside) != (key in self._other.aside) for key in bearing)
        if is_turned and not footing:
            bearing = apart  # what has one of them set aside may change no figure by itself
        return bearing | footing

    @cached_property
    def _recounted(self) -> dict[str, set[str]]:
        """The pledges with parts or phases that do not count the same on both sides, each with its parts."""
        sides = [
            {waiting.pledge.pledge: waiting.counted for waiting in side.scene.cascade.waiting if waiting.counted}
            for side in (self._one, self._other)
        ]
        parts = [
            parts_among(waiting.pledge for waiting in side.scene.cascade.waiting) for side in (self._one, self._other)
        ]
        return {
            name: {name, *(part.pledge for its in parts for part in its.get(name, ()))}
            for name in sides[0].keys() | sides[1].keys()
            if sides[0].get(name) != sides[1].get(name)
        }

    def _changed(self, was: Any, is_now: Any) -> set[Thing]:
        """What a part was made from on either side, but for the pledges in which nothing has changed."""
        (pledges_was, things_was), (pledges_now, things_now) = made_from(was), made_from(is_now)
        names = pledges_was.keys() | pledges_now.keys()
        unlike = [name for name in names if pledges_was.get(name) != pledges_now.get(name)]
        unlike += _named_on_one_side(was, is_now)
        unlike += _beside_on_one_side(was, is_now)
        unlike += [part for name in names for part in self._recounted.get(name, ())]
        lines = {Thing("requirement", name) for name in _lines_of(was) ^ _lines_of(is_now)}
        return things_was | things_now | {Thing("pledge", name) for name in unlike} | lines

    def _setting_aside(self, event_id: str, own: set[Thing]) -> dict[str, Event]:
        """An event that is set aside on one side only, or not for the same reason, and what made the difference."""
        event = self._one.aside.get(event_id) or self._other.aside[event_id]
        footing = {key: one for thing in own for key, one in self._sides.footing_events(thing, [event_id]).items()}
        if isinstance(event.fact, RECORD_FACTS):
            footing |= self._sides.targets_on_one_side(event) | self._sides.changes_on_one_side(event)
        is_seen_alike = all(
            (event_id in self._one.visible(thing)) == (event_id in self._other.visible(thing)) for thing in own
        )
        return {event_id: event} | (footing or (self._sides.all_distinguishing(own) if is_seen_alike else {}))

    def _latest(self, things: set[Thing]) -> dict[str, Event]:
        """What was last said of the things, where nothing tells the sides apart."""
        known = {
            key: event
            for thing in things
            for key, event in (self._one.visible(thing) | self._other.visible(thing)).items()
        }
        latest = max(known.values(), key=lambda event: event.sequence, default=None)
        return {} if latest is None else {latest.event_id: latest}


def _contents(event: Event, seen: Mapping[str, Event]) -> Iterator[Any]:
    """What an event says, and what it corrected or retracted said."""
    for one in (event, *targets_of(event, seen.get)):
        if not isinstance(one.fact, EventRetracted):
            yield content_of(one)
