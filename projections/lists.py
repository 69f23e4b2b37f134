"""Everything of one kind, as of a basis, and one thing with its history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from domain.concepts.members import MemberState
from domain.concepts.pledges import Caveat, PledgeState
from domain.concepts.statements import CountState
from domain.events import Event
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import Quantity, in_personnel
from projections.asof import Basis
from projections.picture.cascade import Waiting
from projections.picture.figures import Bounds
from projections.picture.picture import (
    Scene,
    Things,
    basing_item,
    condition_items,
    count_item,
    meeting_item,
    requirement_item,
    scene_of,
    stance_item,
    statement_item,
)
from projections.record import RecordedEvent, record_of

Item = TypeVar("Item")


@dataclass(slots=True)
class Items(Generic[Item]):
    """All of one kind."""

    items: list[Item]
    basis: Basis


@dataclass(slots=True)
class ItemWithHistory(Generic[Item]):
    """One thing, and every event about it that was known, oldest first; ``item`` is null where it was not there by
    then."""

    item: Item | None
    history: list[RecordedEvent]
    basis: Basis


@dataclass(slots=True)
class PledgeCondition:
    """A condition on a pledge: its ``status``, by facts, for this pledge, and whether it keeps the pledge back."""

    condition: str
    status: Literal["open", "met", "failed", "waived"]
    keeps_back: bool


@dataclass(slots=True)
class PledgeItem:
    """A pledge. ``quantity`` is what is left of it, ``personnel`` the same in people (null: undisclosed, or another
    unit).

    ``standing`` is null for what is only floated or over; ``round`` is the round of the cascade in which it came in.
    ``flags`` say what to be careful about: ``up_to``, ``open_ended``, ``undisclosed``, ``approximate``,
    ``estimated``, ``cumulative``."""

    pledge: str
    contributor: str
    level: str
    capability: str
    purpose: str
    quantity: Quantity
    personnel: Bounds | None
    flags: list[str]
    status: Literal["standing", "suspended", "withdrawn", "lapsed"]
    since: str
    made_at: str
    standing: Literal["suspended", "blocked", "conditional", "upcoming", "available"] | None
    round: int | None
    conditions: list[PledgeCondition]
    caveats: list[Caveat]
    basing: list[str]
    deployed: Quantity | None
    notice_to_move_days: int | None
    available_from: str | None
    expires_on: str | None
    things: Things = ()


@dataclass(slots=True)
class MemberItem:
    """One actor's membership."""

    member: str
    role: str
    status: Literal["joined", "left"]
    since: str
    things: Things = ()


def pledge_items(scene: Scene, over: tuple[PledgeState, ...] = ()) -> list[PledgeItem]:
    """The pledges that stand or have forces on the ground, and any others given, in the order in which they were
    made."""
    waiting = {waiting.pledge.pledge: waiting for waiting in scene.cascade.waiting}
    pledges = {pledge.pledge: pledge for pledge in (*over, *scene.pledges)}
    in_order = sorted(pledges.values(), key=lambda pledge: pledge.made.order)
    return [pledge_item(pledge, waiting.get(pledge.pledge), scene) for pledge in in_order]


def pledge_item(pledge: PledgeState, waiting: Waiting | None, scene: Scene) -> PledgeItem:
    """One pledge as answered."""
    stated = in_personnel(pledge.quantity) if pledge.quantity.is_in_people else None
    return PledgeItem(
        pledge=pledge.pledge, contributor=pledge.contributor, level=pledge.level, capability=pledge.capability,
        purpose=pledge.purpose, quantity=pledge.quantity, personnel=Bounds(stated.min, stated.max) if stated else None,
        flags=flags_of(pledge.quantity), status=pledge.status, since=pledge.since,
        made_at=pledge.made.fact.effective_at, standing=scene.cascade.standing.get(pledge.pledge),
        round=scene.cascade.round.get(pledge.pledge), conditions=_pledge_conditions(waiting, scene),
        caveats=list(pledge.caveats), basing=list(pledge.basing), deployed=pledge.deployed,
        notice_to_move_days=pledge.notice_to_move_days, available_from=pledge.available_from,
        expires_on=pledge.expires_on, things=(pledge.made.thing,),
    )  # fmt: skip


def _pledge_conditions(waiting: Waiting | None, scene: Scene) -> list[PledgeCondition]:
    if waiting is None:
        return []
    return [
        PledgeCondition(condition.condition, status, waiting.waits_for(condition, scene.cascade.holds))  # type: ignore[arg-type]
        for condition, status in waiting.statuses()
    ]


def flags_of(quantity: Quantity) -> list[str]:
    """What to be careful about in a quantity."""
    flags = {
        "undisclosed": quantity.is_undisclosed,
        "up_to": quantity.min is None and quantity.max is not None,
        "open_ended": quantity.min is not None and quantity.max is None,
        "approximate": bool(quantity.approximate),
        "estimated": quantity.is_estimated,
        "cumulative": quantity.is_cumulative,
    }
    return [flag for flag, applies in flags.items() if applies]


def _member_item(state: MemberState) -> MemberItem:
    return MemberItem(state.member, state.role, state.status, state.since, (state.latest.thing,))


def _pledges(view: View, scene: Scene) -> list[Any]:
    if scene.coalition is None:
        return []
    over = (view.state(thing) for thing in view.knowledge.things("pledge"))
    return pledge_items(scene, tuple(state for state in over if state is not None and state.is_over))


def _all(kind: str, item: Callable[[Any], Any]) -> Callable[[View, Scene], list[Any]]:
    """Everything of a kind that was ever there by then, also what a picture no longer shows."""

    def items(view: View, scene: Scene) -> list[Any]:
        states = [view.state(thing) for thing in sorted(view.knowledge.things(kind))] if scene.coalition else []
        return [item(state) for state in states if state is not None]

    return items


LISTS: dict[str, tuple[str, Callable[[View, Scene], list[Any]]]] = {
    "pledges": ("pledge", _pledges),
    "requirements": ("requirement", _all("requirement", requirement_item)),
    "conditions": ("condition", lambda view, scene: condition_items(scene)),
    "basing": ("basing", _all("basing", basing_item)),
    "meetings": ("meeting", _all("meeting", meeting_item)),
    "members": ("member", _all("member", _member_item)),
    "stances": ("stance", _all("stance", stance_item)),
    "statements": ("statement", _all("statement", statement_item)),
    "counts": ("report", lambda view, scene: [count_item(state, scene) for state in scene.of(CountState)]),
}
"""Each list by the name that it is asked for: the kind of its things, and how its items are made."""


def items_of(kind: str, view: View, basis: Basis) -> Items[Any]:
    """Everything of one kind, by name or in the order in which it was stated."""
    _, items = LISTS[kind]
    return Items(items(view, scene_of(view)), basis)


def item_of(kind: str, name: str, view: View, basis: Basis) -> ItemWithHistory[Any] | None:
    """One thing with its history; ``None`` where nothing of that name was known."""
    thing_kind, _ = LISTS[kind]
    things = [thing for thing in view.knowledge.things(thing_kind) if _is_called(thing, name)]
    history = record_of([*things, *_belonging_to(things, view)], view)
    if not history:
        return None
    found = [item for item in items_of(kind, view, basis).items if item.things[0] in things]
    return ItemWithHistory(found[0] if found else None, history, basis)


def _is_called(thing: Thing, name: str) -> bool:
    """Whether a thing is meant; a stance goes by its actor, or by all that tells it from others, as in a picture."""
    if thing.kind != "stance":
        return thing.id == name
    parts = thing.id.split()
    return name in (parts[0], " ".join(parts))


def _belonging_to(things: list[Thing], view: View) -> list[Thing]:
    """What has no list of its own, and is told of with what it came from: the outcomes of a meeting."""
    meetings = {thing.id for thing in things if thing.kind == "meeting"}
    if not meetings:
        return []
    outcomes = view.knowledge.things("outcome")
    return [thing for thing in outcomes if any(_meeting(event) in meetings for event in view.record(thing))]


def _meeting(event: Event) -> str | None:
    fact: Any = getattr(event.fact, "replacement", event.fact)
    return getattr(fact, "meeting", None)
