"""The size of the force: sums over pledges, in total, by contributor and by capability, beside the requirements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.concepts.requirements import RequirementState
from projections.picture.figures import Figure, Figures
from projections.picture.groups import FigureGroup, FigureGroups, groups_of
from projections.picture.needs import RequirementFigures, needs_in
from projections.picture.readiness import within_days
from projections.picture.scene import Scene


@dataclass(slots=True)
class ThereFigures:
    """What is at a place in one unit."""

    deployed: Figure


@dataclass(slots=True)
class PlaceFigures:
    """What is on the ground at a place, in people, and in ``other_units`` by unit."""

    deployed: Figure
    other_units: dict[str, ThereFigures]


@dataclass(slots=True)
class Size(Figures):
    """The size of the force. ``within_days`` has the available pledges by their notice to move: of at most 10, 30, 60,
    90 and 180 days, and ``unstated``."""

    within_days: dict[str, Figure]
    required: list[RequirementFigures]
    by_contributor: dict[str, Figures]
    by_capability: dict[str, Figures]
    by_basing: dict[str, PlaceFigures]


def size_of(scene: Scene, groups: FigureGroups | None = None) -> Size:
    """The size figures: of all, by contributor and by capability."""
    groups = groups_of(scene) if groups is None else groups
    figures = groups.all.figures()
    return Size(
        **_shallow(figures),
        within_days=within_days(groups.all),
        required=needs_in(groups, scene.of(RequirementState)),
        by_contributor=_each(groups.by_contributor),
        by_capability=_each(groups.by_capability),
        by_basing={name: _at_place(groups.by_basing[name]) for name in sorted(groups.by_basing)},
    )


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return groups_of(scene).all.figures()


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


def _at_place(group: FigureGroup) -> PlaceFigures:
    units = [unit for unit in group.units() if unit != "personnel"]
    in_units = {unit: ThereFigures(group.figure(f"{unit}/deployed")) for unit in units}
    return PlaceFigures(group.figure("deployed"), in_units)


def _each(groups: Mapping[str, FigureGroup]) -> dict[str, Figures]:
    """The figures of each group, by its name in alphabetical order."""
    return {name: groups[name].figures() for name in sorted(groups)}
