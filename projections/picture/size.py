"""The size of the force: sums over pledges, in total, by contributor and by capability, beside the requirements."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.concepts.requirements import RequirementState
from domain.quantities import in_personnel
from projections.picture.figures import NO_FIGURE, Bounds, Figure, Figures, Gap, SizedPledges, gap
from projections.picture.groups import FigureGroup, FigureGroups, groups_of
from projections.picture.items import Things
from projections.picture.scene import Scene


@dataclass(slots=True)
class RequirementFigures:
    """One requirement beside the available force. Bounds are in people, or in ``unit`` if that is another; then the
    gap is null."""

    requirement: str
    label: str
    stated_by: str
    standing: str
    capability: str | None
    unit: str
    min: int | None
    max: int | None
    is_cumulative: bool
    is_estimated: bool
    gap: Gap
    of: SizedPledges = ()
    things: Things = ()


@dataclass(slots=True)
class Size(Figures):
    """The size of the force."""

    required: list[RequirementFigures]
    by_contributor: dict[str, Figures]
    by_capability: dict[str, Figures]


def size_of(scene: Scene, groups: FigureGroups | None = None) -> Size:
    """The size figures: of all, by contributor and by capability."""
    groups = groups_of(scene) if groups is None else groups
    figures = groups.all.figures()
    by_capability = _each(groups.by_capability)
    return Size(
        **_shallow(figures),
        required=[_required(state, figures, by_capability) for state in scene.of(RequirementState)],
        by_contributor=_each(groups.by_contributor),
        by_capability=by_capability,
    )


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return groups_of(scene).all.figures()


def required_in(groups: FigureGroups, stated: Iterable[RequirementState]) -> list[RequirementFigures]:
    """Some requirements beside the available force."""
    figures = groups.all.figures()
    states = list(stated)
    sought = {state.capability for state in states} & groups.by_capability.keys()
    by_capability = _each({name: groups.by_capability[name] for name in sought if name is not None})
    return [_required(state, figures, by_capability) for state in states]


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


def _each(groups: Mapping[str, FigureGroup]) -> dict[str, Figures]:
    """The figures of each group, by its name in alphabetical order."""
    return {name: groups[name].figures() for name in sorted(groups)}


def _required(state: RequirementState, figures: Figures, by_capability: dict[str, Figures]) -> RequirementFigures:
    quantity = state.quantity
    is_people = quantity.unit == "personnel" or quantity.is_estimated
    stated = in_personnel(quantity) if is_people else None
    bounds = Bounds(stated.min if stated and quantity.min is not None else None, stated.max if stated else None)
    if not is_people:
        bounds = Bounds(quantity.min, quantity.max)
    part = by_capability.get(state.capability) if state.capability else figures
    available: Figure = part.available if part else NO_FIGURE
    is_comparable = is_people and not quantity.is_cumulative
    return RequirementFigures(
        requirement=state.requirement, label=state.label, stated_by=state.stated_by, standing=state.standing,
        capability=state.capability, unit="personnel" if is_people else quantity.unit, min=bounds.min, max=bounds.max,
        is_cumulative=quantity.is_cumulative, is_estimated=quantity.is_estimated,
        gap=gap(bounds, available) if is_comparable else Gap(None, None),
        of=available.of if is_comparable else (), things=(state.stated.thing,),
    )  # fmt: skip
