"""The size of the force: sums over pledges, in total, by contributor and by capability, beside the requirements."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from domain.concepts.pledges import PledgeState
from domain.concepts.requirements import RequirementState
from domain.quantities import CURRENCIES, Quantity, in_personnel, is_nothing
from domain.vocabulary import FIRM_LEVELS, Level
from projections.picture.cascade import Cascade, PledgeStanding, ResolvedPledge
from projections.picture.figures import (
    NO_FIGURE,
    NO_LEVELLED_FIGURE,
    Bounds,
    Figure,
    Gap,
    LevelledFigure,
    SizedPledge,
    SizedPledges,
    deployed_people,
    figure_of,
    gap,
    in_own_unit,
    levelled_figure_of,
)
from projections.picture.items import Things
from projections.picture.scene import Scene


@dataclass(slots=True)
class Figures:
    """Sizes in people. ``floated`` to ``assigned`` are at exactly that level; ``available`` to ``suspended`` split
    those at least pledged; ``estimated`` is the part of those that is converted from formations."""

    floated: Figure
    pledged: Figure
    committed: Figure
    assigned: Figure
    available: LevelledFigure
    upcoming: LevelledFigure
    conditional: LevelledFigure
    blocked: LevelledFigure
    suspended: LevelledFigure
    if_all_move: Figure
    deployed: Figure
    estimated: Figure


@dataclass(slots=True)
class PartFigures(Figures):
    """The figures of one contributor or capability, and what it pledges (at least pledged) in units other than
    people."""

    other_units: dict[str, Figure]


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
    by_contributor: dict[str, PartFigures]
    by_capability: dict[str, PartFigures]


def size_of(scene: Scene) -> Size:
    """The size figures: of all, by contributor and by capability."""
    groups = _Groups(scene)
    figures = Figures(**_figures(groups.all))
    by_capability = _parts(groups.by_capability)
    return Size(
        **_shallow(figures),
        required=[_required(state, figures, by_capability) for state in scene.of(RequirementState)],
        by_contributor=_parts(groups.by_contributor),
        by_capability=by_capability,
    )


def figures_and_required(scene: Scene) -> tuple[Figures, list[RequirementFigures]]:
    """The size figures of all, and the requirements beside them, without figures by contributor."""
    groups = _Groups(scene)
    figures = Figures(**_figures(groups.all))
    stated = scene.of(RequirementState)
    sought = {state.capability for state in stated}
    by_capability = _parts({name: group for name, group in groups.by_capability.items() if name in sought})
    return figures, [_required(state, figures, by_capability) for state in stated]


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return Figures(**_figures(_Groups(scene).all))


def size_part(scene: Scene, steps: list[str]) -> Any:
    """One figure, or requirement, of the size by the steps that lead to it; ``None`` where there is none."""
    kind, *names = steps
    if kind == "required":
        required = figures_and_required(scene)[1]
        return next((one for one in required if one.requirement == names[0]), None)
    groups = _Groups(scene)
    if not names:
        return _figures(groups.all)[kind]
    group = getattr(groups, kind).get(names[0])
    return None if group is None else _figures(group)[names[1]]


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


_Group = dict[str, list[SizedPledge]]
"""Pledges by the figure that they enter."""


class _Groups:
    """The force pledges, in all, by contributor and by capability, each by the figure that it enters."""

    def __init__(self, scene: Scene) -> None:
        self.all: _Group = defaultdict(list)
        self.by_contributor: dict[str, _Group] = defaultdict(lambda: defaultdict(list))
        self.by_capability: dict[str, _Group] = defaultdict(lambda: defaultdict(list))
        moving = {pledge.pledge for pledge in scene.cascade.if_all_move}
        for waiting in scene.cascade.waiting:
            if waiting.is_force:
                self._enter_remainder(waiting, scene.cascade, waiting.pledge.pledge in moving)
        for pledge in scene.pledges:
            if pledge.purpose == "force" and pledge.deployed is not None and _is_on_the_ground(pledge.deployed):
                self._enter(pledge, ("deployed",), deployed_people(pledge))

    def _enter_remainder(self, waiting: ResolvedPledge, cascade: Cascade, is_moving: bool) -> None:
        pledge, part = waiting.pledge, waiting.people
        if part is not None:
            standing = cascade.standing.get(pledge.pledge)
            self._enter(pledge, _entered(pledge.level, standing, pledge.quantity.is_estimated, is_moving), part)
        elif waiting.is_firm and not pledge.quantity.is_cumulative:
            self._enter(pledge, (f"unit:{pledge.quantity.unit}",), in_own_unit(pledge))

    def _enter(self, pledge: PledgeState, figures: tuple[str, ...], part: SizedPledge) -> None:
        for group in (self.all, self.by_contributor[pledge.contributor], self.by_capability[pledge.capability]):
            for figure in figures:
                group[figure].append(part)


@cache
def _entered(level: Level, standing: PledgeStanding | None, is_estimated: bool, is_moving: bool) -> tuple[str, ...]:
    """The figures that the remainder of a force pledge in people enters; it has no standing unless it is firm."""
    entered: list[str] = [level]
    if standing is not None:
        entered += [standing, f"{standing} {level}"]
        if is_estimated:
            entered.append("estimated")
    if is_moving:
        entered.append("if_all_move")
    return tuple(entered)


def _parts(groups: dict[str, _Group]) -> dict[str, PartFigures]:
    """The figures of each group, by its name in alphabetical order."""
    return {name: _part(groups[name]) for name in sorted(groups)}


def _part(group: _Group) -> PartFigures:
    units = sorted(name.removeprefix("unit:") for name in group if name.startswith("unit:"))
    other_units = {unit: figure_of(group[f"unit:{unit}"]) for unit in units}
    return PartFigures(**_figures(group), other_units=other_units)


def _figures(group: _Group) -> dict[str, Any]:
    figures = dict(_NO_FIGURES)
    for name in group.keys() & _PARTS.keys():
        by_level = _PARTS[name]
        parts = group[name]
        if by_level is None:
            figures[name] = figure_of(parts)
        else:
            figures[name] = levelled_figure_of(parts, [group.get(part, ()) for part in by_level])
    return figures


_PARTS = {
    name: tuple(f"{name} {level}" for level in FIRM_LEVELS) if name in get_args(PledgeStanding) else None
    for name in Figures.__slots__
}
"""Each figure, and for one that is split by level the parts of it."""

_NO_FIGURES = {name: NO_LEVELLED_FIGURE if by_level else NO_FIGURE for name, by_level in _PARTS.items()}


def _is_on_the_ground(quantity: Quantity) -> bool:
    return quantity.is_in_people and not is_nothing(quantity)


def _required(state: RequirementState, figures: Figures, by_capability: dict[str, PartFigures]) -> RequirementFigures:
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


def money_by_purpose(scene: Scene) -> dict[str, dict[str, Figure]]:
    """Money that is at least pledged, by purpose and currency, in whole units of the currency."""
    groups: dict[tuple[str, str], list[PledgeState]] = {}
    for waiting in scene.cascade.waiting:
        quantity = waiting.pledge.quantity
        if waiting.is_firm and quantity.unit in CURRENCIES and not quantity.is_cumulative:
            groups.setdefault((waiting.pledge.purpose, quantity.unit), []).append(waiting.pledge)
    money: dict[str, dict[str, Figure]] = {}
    for (purpose, currency), pledges in sorted(groups.items()):
        money.setdefault(purpose, {})[currency] = figure_of([in_own_unit(pledge) for pledge in pledges])
    return money
