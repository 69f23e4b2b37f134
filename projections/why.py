"""Why a figure is what it is: the pledges and events that it is made of."""

from dataclasses import dataclass, is_dataclass
from typing import Any

from pydantic import JsonValue, TypeAdapter

from domain.facts import Thing
from domain.history import View
from domain.pledges import PledgeState
from projections.asof import Basis
from projections.items import PledgeItem, pledge_item
from projections.parts import made_from, resolve
from projections.picture import Scene, picture_in, scene_of
from projections.record import EventRef, event_refs, visible_events


@dataclass(slots=True)
class Contribution:
    """One pledge in a figure, with the events that it is what it is by."""

    pledge: PledgeItem
    events: list[EventRef]


@dataclass(slots=True)
class Why:
    """A figure, the pledges that it is the sum of, and the other events that it rests on."""

    basis: Basis
    figure: str
    value: JsonValue
    pledges: list[Contribution]
    events: list[EventRef]


def why(figure: str, view: View, basis: Basis) -> Why:
    """Explain the figure that a JSON pointer into the picture names. Raises ``NoSuchFigure``."""
    scene = scene_of(view)
    path = resolve(picture_in(scene, basis), figure)
    pledges, things = _rests_on(path)
    return Why(
        basis, figure, value_of(path[-1]), [_contribution(pledge, scene, view) for pledge in pledges],
        event_refs(visible_events(things - {pledge.made.thing for pledge in pledges}, view)),
    )  # fmt: skip


def value_of(node: Any) -> JsonValue:
    """A node of a picture as it stands in the answer."""
    if isinstance(node, dict):
        return {str(name): value_of(inner) for name, inner in node.items()}
    if isinstance(node, (list, tuple)):
        return [value_of(inner) for inner in node]
    value: JsonValue = _dumped(node) if is_dataclass(node) else node
    return value


_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def _dumped(node: Any) -> JsonValue:
    adapter = _ADAPTERS.setdefault(type(node), TypeAdapter(type(node)))
    value: JsonValue = adapter.dump_python(node, mode="json")
    return value


def _rests_on(path: list[Any]) -> tuple[list[PledgeState], set[Thing]]:
    """What a node is made from: itself and all inside it, or else the nearest node around it that says."""
    for node in reversed(path):
        pledges, things = made_from(node)
        if pledges or things:
            return sorted(pledges.values(), key=lambda pledge: pledge.made.order), things
    return [], set()


def _contribution(pledge: PledgeState, scene: Scene, view: View) -> Contribution:
    waiting = next((waiting for waiting in scene.cascade.waiting if waiting.pledge is pledge), None)
    item = pledge_item(pledge, waiting, scene)
    conditions = [Thing("condition", condition.condition) for condition in item.conditions]
    return Contribution(item, event_refs(visible_events([pledge.made.thing, *conditions], view)))
