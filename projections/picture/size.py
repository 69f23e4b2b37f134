"""The size of the force: sums over pledges, in total, by contributor and by capability, beside the requirements."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.concepts.requirements import RequirementState
from projections.picture.figures import Figures
from projections.picture.groups import FigureGroup, FigureGroups, groups_of
from projections.picture.needs import RequirementFigures, needs_in
from projections.picture.scene import Scene


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
    return Size(
        **_shallow(figures),
        required=needs_in(groups, scene.of(RequirementState)),
        by_contributor=_each(groups.by_contributor),
        by_capability=_each(groups.by_capability),
    )


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return groups_of(scene).all.figures()


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


def _each(groups: Mapping[str, FigureGroup]) -> dict[str, Figures]:
    """The figures of each group, by its name in alphabetical order."""
    return {name: groups[name].figures() for name in sorted(groups)}
