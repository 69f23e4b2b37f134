"""Why a figure is what it is: the pledges and events that it is made of."""

from dataclasses import dataclass, is_dataclass
from functools import cache
from typing import Any

from pydantic import JsonValue, TypeAdapter

from domain.concepts.pledges import PledgeState
from domain.events import Event
from domain.facts import Thing
from domain.history.history import View
from projections.asof import Basis
from projections.paging import MAX_EXPLAINING, NextCursor, Page, on_page, page_from
from projections.picture.figures import Figure
from projections.picture.items import PledgeItem, pledge_item
from projections.picture.picture import picture_in
from projections.picture.scene import scene_of
from projections.pointers import made_from, own_sources, resolve
from projections.provenance import Provenance
from projections.record import EventRef, event_refs, visible_events

FIRST = page_from(None, MAX_EXPLAINING)


@dataclass(slots=True)
class Contribution:
    """One pledge in a figure, with the events that it is what it is by."""

    pledge: PledgeItem
    events: list[EventRef]


@dataclass(slots=True)
class Why:
    """A figure, the pledges that it is the sum of, and the other events that it rests on.

    A large answer has pages: the pledges with their events, then the other events; what does not fit goes on under
    ``next_cursor``.
    """

    basis: Basis
    figure: str
    value: JsonValue
    pledges: list[Contribution]
    events: list[EventRef]
    next_cursor: NextCursor = None


def why(figure: str, view: View, basis: Basis, page: Page = FIRST) -> Why:
    """Explain the figure that a JSON pointer into the picture names. Raises ``NoSuchFigure``."""
    scene = scene_of(view)
    path = resolve(picture_in(scene, basis), figure)
    pledges, things = _rests_on(path)
    behind = Provenance(scene, counted=False)

    def events_behind(pledge: PledgeState | None) -> list[Event]:
        if pledge is not None:
            return visible_events(behind.all_behind([pledge.made.thing]), view)
        decided = Provenance(scene, counted=True).all_behind(things) - {pledge.made.thing for pledge in pledges}
        return visible_events(decided, view)

    shown, next_cursor = on_page((*pledges, None), events_behind, page)
    waiting = {id(waiting.pledge): waiting for waiting in scene.cascade.waiting}
    contributions = [
        Contribution(pledge_item(pledge, waiting.get(id(pledge)), scene), event_refs(events))
        for pledge, events in shown
        if pledge is not None
    ]
    others = next((event_refs(events) for pledge, events in shown if pledge is None), [])
    return Why(basis, figure, value_of(path[-1]), contributions, others, next_cursor)


def value_of(node: Any) -> JsonValue:
    """A node of a picture as it stands in the answer."""
    if isinstance(node, dict):
        return {str(name): value_of(inner) for name, inner in node.items()}
    if isinstance(node, (list, tuple)):
        return [value_of(inner) for inner in node]
    value: JsonValue = _dumped(node) if is_dataclass(node) else node
    return value


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _dumped(node: Any) -> JsonValue:
    kind: Any = type(node)
    value: JsonValue = _adapter(kind).dump_python(node, mode="json")
    return value


def _rests_on(path: list[Any]) -> tuple[list[PledgeState], set[Thing]]:
    """What a node is made from: itself and all inside it, or else the nearest node around it that says."""
    pledges, things = made_from(path[-1])
    for inner, node in zip(reversed(path[1:]), reversed(path[:-1]), strict=True):
        if pledges or things or isinstance(inner, Figure):
            break
        pledges, things = own_sources(node)
    return sorted(pledges.values(), key=lambda pledge: pledge.made.order), things
