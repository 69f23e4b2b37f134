"""Scenarios side by side, and the record with them if asked: figures, requirements, pledges and chances.

Each side is a history at a basis of its own. Whatever is compared has one value a side, in the order of the sides; a
side without the thing has null."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter

from domain.checkpoints import checkpoint
from domain.history.history import View
from domain.refusals import Refused, RuleBroken, Violation
from domain.what_if.chances import ConditionChance, SimulationRequest
from projections.asof import Basis
from projections.paging import MAX_ITEMS, NextCursor, Page, items_on_page, page_from
from projections.picture.figures import Figure, Figures, LevelledFigure
from projections.picture.items import PledgeItem, pledge_items
from projections.picture.needs import RequirementFigures
from projections.picture.scene import Scene, scene_of
from projections.picture.size import size_of
from projections.progress import Step, no_step
from projections.what_if.moved_on import RecordMovedOn
from projections.what_if.sensitivity import not_open
from projections.what_if.simulation import Likelihood, Spread, simulation_of

MIN_SIDES, MAX_SIDES = 2, 6

FIRST = page_from(None, MAX_ITEMS)


@dataclass(slots=True)
class Side:
    """One side: a scenario by its slug, or the record (null); the number of its changes, its basis, and for a scenario
    how far the record has moved on (null where a whole basis was asked for)."""

    scenario: str | None
    name: str
    changes: int
    basis: Basis
    record_moved_on: RecordMovedOn | None


@dataclass(slots=True)
class FigureBeside:
    """A figure of the whole force on each side; ``differs``: not all values are the same."""

    differs: bool
    values: list[LevelledFigure | Figure]


@dataclass(slots=True)
class RequirementBeside:
    """A requirement on each side."""

    requirement: str
    label: str
    differs: bool
    values: list[RequirementFigures | None]


@dataclass(slots=True)
class PledgeBeside:
    """A pledge on each side; null where it is not in force."""

    pledge: str
    differs: bool
    values: list[PledgeItem | None]


@dataclass(slots=True)
class ChancesBeside:
    """The available force on each side if conditions turn out by chance, in ``draws`` runs, and the chance of meeting
    each requirement; ``conditions`` are those that are still open there."""

    draws: int
    seed: int
    conditions: list[list[str]]
    available: list[Spread]
    requirements: dict[str, list[Likelihood | None]]


@dataclass(slots=True)
class SideBySide:
    """Two to six sides. A long list of pledges has pages; ``chances`` is null unless chances are asked for."""

    sides: list[Side]
    figures: dict[str, FigureBeside]
    requirements: list[RequirementBeside]
    pledges: list[PledgeBeside]
    chances: ChancesBeside | None
    next_cursor: NextCursor = None


class ViewedSide(NamedTuple):
    """A side, and the view that it is answered from."""

    side: Side
    view: View


def side_by_side(
    viewed: Sequence[ViewedSide], chances: Sequence[ConditionChance] = (), page: Page = FIRST, step: Step = no_step
) -> SideBySide:
    """Compare two to six sides.

    Raises ``Refused`` for a chance of a condition that is open on no side, by its place in ``chances``.
    """
    scenes = [scene_of(one.view) for one in viewed]
    sizes = []
    for scene in scenes:
        checkpoint()
        sizes.append(size_of(scene))
    pledges, next_cursor = items_on_page(_beside(scenes, pledge_items, "pledge"), page)
    return SideBySide(
        [one.side for one in viewed],
        dict(_figures(sizes)),
        [
            RequirementBeside(name, next(one.label for one in values if one is not None), _differ(values), values)
            for name, values in _beside(sizes, lambda size: size.required, "requirement")
        ],
        [PledgeBeside(name, _differ(values), values) for name, values in pledges],
        _chances(viewed, scenes, chances, step) if chances else None,
        next_cursor,
    )


def _figures(sizes: Sequence[Figures]) -> Iterable[tuple[str, FigureBeside]]:
    for field in fields(Figures):
        values = [getattr(size, field.name) for size in sizes]
        if all(isinstance(value, Figure) for value in values):
            yield field.name, FigureBeside(_differ(values), values)


One = TypeVar("One")
Item = TypeVar("Item")


def _beside(
    sides: Sequence[One], items: Callable[[One], Iterable[Item]], name: str
) -> list[tuple[str, list[Item | None]]]:
    """Each item by its name, with its value on each side; in the order of the sides."""
    named = [{getattr(item, name): item for item in items(side)} for side in sides]
    return [(one, [side.get(one) for side in named]) for one in dict.fromkeys(one for side in named for one in side)]


_ANSWERED: TypeAdapter[Any] = TypeAdapter(LevelledFigure | Figure | RequirementFigures | PledgeItem | None)


def _differ(values: Sequence[Any]) -> bool:
    """Whether the values as answered are not all the same."""
    first, *others = (_ANSWERED.dump_python(value) for value in values)
    return any(other != first for other in others)


# --- chances ----------------------------------------------------------------------------------------------------------


def _chances(
    viewed: Sequence[ViewedSide], scenes: Sequence[Scene], chances: Sequence[ConditionChance], step: Step
) -> ChancesBeside:
    """The same question to each side, about the conditions that are still open there."""
    _check_open_somewhere(scenes, chances)
    found, conditions = [], []
    for (side, view), scene in zip(viewed, scenes, strict=True):
        own = tuple(one for one in chances if not_open(one.condition, scene, "") is None)
        asked = SimulationRequest(dates=(side.basis.valid_at,), conditions=own)
        conditions.append([one.condition for one in own])
        found.append(simulation_of(view, side.basis, asked, step))
    requirements = _beside(found, lambda one: one.dates[0].requirements, "requirement")
    available = [one.dates[0].available for one in found]
    return ChancesBeside(found[0].draws, found[0].seed, conditions, available, dict(requirements))


def _check_open_somewhere(scenes: Sequence[Scene], chances: Sequence[ConditionChance]) -> None:
    violations = []
    for number, one in enumerate(chances):
        broken: list[RuleBroken] = [
            rule for scene in scenes if (rule := not_open(one.condition, scene, f"/{number}")) is not None
        ]
        if len(broken) == len(scenes):
            violations.append(Violation(number, broken[0]))
    if violations:
        raise Refused(violations)
