"""Everything of one kind, as of a basis, and one thing with its history."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from domain.concepts import registry
from domain.concepts.statements import CountState
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import View
from domain.times import period
from projections.asof import Basis
from projections.paging import NextCursor, Page, items_on_page
from projections.picture.counts import CountItem, count_item
from projections.picture.items import (
    BasingItem,
    ConditionItem,
    MeetingItem,
    MemberItem,
    PledgeItem,
    RequirementItem,
    StanceItem,
    StatementItem,
    basing_item,
    condition_items,
    meeting_item,
    member_item,
    pledge_items,
    requirement_item,
    stance_item,
    statement_item,
)
from projections.picture.scene import IN_ORDER, Scene, scene_of
from projections.record import RecordedEvent, record_of

Item = TypeVar("Item")


@dataclass(slots=True)
class Items(Generic[Item]):
    """All of one kind, or a page of them."""

    items: list[Item]
    basis: Basis
    next_cursor: NextCursor = None


@dataclass(slots=True)
class ItemWithHistory(Generic[Item]):
    """One thing, and every event about it that was known, oldest first, or a page of them; ``item`` is null where it
    was not there by then."""

    item: Item | None
    history: list[RecordedEvent]
    basis: Basis
    next_cursor: NextCursor = None


def _pledges(view: View, scene: Scene) -> list[Any]:
    if scene.coalition is None:
        return []
    over = (view.state(thing) for thing in view.knowledge.things("pledge"))
    return pledge_items(scene, tuple(state for state in over if state is not None and state.is_over))


def _all(kind: str, item: Callable[[Any, Scene], Any]) -> Callable[[View, Scene], list[Any]]:
    """Everything of a kind that was ever there by then, also what a picture no longer shows."""

    def items(view: View, scene: Scene) -> list[Any]:
        states = [view.state(thing) for thing in sorted(view.knowledge.things(kind))] if scene.coalition else []
        return [item(state, scene) for state in states if state is not None]

    return items


def _counts(view: View, scene: Scene) -> list[Any]:
    states = (view.state(thing) for thing in view.knowledge.things("report")) if scene.coalition else ()
    in_order = sorted((state for state in states if state is not None), key=IN_ORDER[CountState])
    return [count_item(state, scene) for state in in_order]


def is_unconfirmed_since(item: PledgeItem, since_us: int) -> bool:
    """Whether a pledge is in force, and its contributor has said or done nothing about it since a time."""
    is_in_force = item.status in ("standing", "suspended")
    return is_in_force and (item.confirmed_on is None or period(item.confirmed_on).start_us < since_us)


class ItemList(NamedTuple):
    """A list: the type of its items, and how they are made."""

    item_type: Any
    items: Callable[[View, Scene], list[Any]]


LISTS: dict[str, ItemList] = {
    "pledges": ItemList(PledgeItem, _pledges),
    "requirements": ItemList(RequirementItem, _all("requirement", requirement_item)),
    "conditions": ItemList(ConditionItem, lambda view, scene: condition_items(scene)),
    "basing": ItemList(BasingItem, _all("basing", basing_item)),
    "meetings": ItemList(MeetingItem, _all("meeting", meeting_item)),
    "members": ItemList(MemberItem, _all("member", member_item)),
    "stances": ItemList(StanceItem, _all("stance", stance_item)),
    "statements": ItemList(StatementItem, _all("statement", statement_item)),
    "counts": ItemList(CountItem, _counts),
}
"""Each list by its name (``LISTS`` in ``domain/concepts/registry.py``)."""


def name_field(list_name: str) -> str:
    """The field of a list's items that names them: the kind of thing, but for a stance its actor."""
    kind = registry.LISTS[list_name]
    return "actor" if kind == "stance" else kind


def items_of(
    list_name: str, view: View, basis: Basis, page: Page | None = None, is_wanted: Callable[[Any], bool] | None = None
) -> Items[Any]:
    """Everything of one kind, or what is wanted of it, by name or in the order in which it was stated; or a page of
    it."""
    items = LISTS[list_name].items(view, scene_of(view))
    if is_wanted is not None:
        items = [item for item in items if is_wanted(item)]
    if page is None:
        return Items(items, basis)
    return Items(*_page_of(items, basis, page))


def _page_of(items: list[Any], basis: Basis, page: Page) -> tuple[list[Any], Basis, str | None]:
    shown, next_cursor = items_on_page(items, page)
    return shown, basis, next_cursor


def item_of(
    list_name: str, name: str, view: View, basis: Basis, page: Page | None = None
) -> ItemWithHistory[Any] | None:
    """One thing with its history, or a page of that; ``None`` if nothing of that name was known."""
    things = [thing for thing in view.knowledge.things(registry.LISTS[list_name]) if _is_called(thing, name)]
    history = record_of([*things, *_belonging_to(things, view)], view)
    if not history:
        return None
    found = [item for item in items_of(list_name, view, basis).items if item.things[0] in things]
    item = found[0] if found else None
    if page is None:
        return ItemWithHistory(item, history, basis)
    return ItemWithHistory(item, *_page_of(history, basis, page))


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
    fact: Any = content_of(event)
    return getattr(fact, "meeting", None)
