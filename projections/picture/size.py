"""The size of the force: sums over pledges, in total, by contributor and by capability, beside the requirements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from domain.concepts.pledges import PledgeState
from domain.concepts.requirements import RequirementState
from domain.quantities import CURRENCIES, Quantity, in_personnel, is_nothing
from domain.vocabulary import FIRM_LEVELS, Level
from projections.confidence import Doubt
from projections.picture.cascade import PledgeStanding, ResolvedPledge
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
    groups = groups_of(scene)
    figures = groups.figures()
    by_capability = _parts(groups.by_capability)
    return Size(
        **_shallow(figures),
        required=[_required(state, figures, by_capability) for state in scene.of(RequirementState)],
        by_contributor=_parts(groups.by_contributor),
        by_capability=by_capability,
    )


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return groups_of(scene).figures()


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


class FigureGroup:
    """Some pledges in each figure that they enter, and the figures that were summed since the last change."""

    __slots__ = ("parts", "summed")

    def __init__(self) -> None:
        self.parts: defaultdict[str, list[SizedPledge]] = defaultdict(list)
        self.summed: dict[str, Any] = {}

    def copy(self) -> "FigureGroup":
        """A group of the same pledges that can change independently."""
        group = FigureGroup()
        group.parts.update({figure: [*pledges] for figure, pledges in self.parts.items() if pledges})
        group.summed = dict(self.summed)
        return group

    def remove(self, part: SizedPledge, figures: Iterable[str]) -> None:
        """Take a pledge out of some figures."""
        for figure in figures:
            self.parts[figure].remove(part)
        self.forget(figures)

    def forget(self, figures: Iterable[str]) -> None:
        """Have some figures summed again when they are next asked for."""
        for figure in figures:
            self.summed.pop(figure, None)

    @property
    def is_empty(self) -> bool:
        """Whether no pledge is in it."""
        return not any(self.parts.values())

    def figure(self, name: str) -> Any:
        """One figure of ``Figures`` by its name."""
        found = self.summed.get(name)
        if found is None:
            parts, by_level = self.parts, _PARTS[name]
            pledges = parts.get(name, ())
            if by_level is None:
                found = figure_of(pledges)
            else:
                found = levelled_figure_of(pledges, [parts.get(level, ()) for level in by_level])
            self.summed[name] = found
        return found

    def other_units(self) -> dict[str, Figure]:
        """What is at least pledged in units other than people, by unit."""
        units = sorted(name for name, pledges in self.parts.items() if name.startswith(_UNIT) and pledges)
        return {name.removeprefix(_UNIT): figure_of(self.parts[name]) for name in units}


_UNIT = "unit:"


class FigureGroups:
    """The force pledges, in all, by contributor and by capability, each by the figure that it enters."""

    def __init__(self) -> None:
        self.all = FigureGroup()
        self.by_contributor: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self.by_capability: defaultdict[str, FigureGroup] = defaultdict(FigureGroup)
        self._borrowed: set[FigureGroup] = set()

    def enter(self, pledge: PledgeState, figures: tuple[str, ...], part: SizedPledge) -> None:
        """Add a pledge to some figures; ``forget`` those that may have been summed."""
        for group in (self.all, self.by_contributor[pledge.contributor], self.by_capability[pledge.capability]):
            parts = group.parts
            for figure in figures:
                parts[figure].append(part)

    def forget(self, pledge: PledgeState, figures: tuple[str, ...]) -> None:
        """Have some figures of a pledge's groups summed again when they are next asked for."""
        for group in (self.all, self.by_contributor[pledge.contributor], self.by_capability[pledge.capability]):
            group.forget(figures)

    def leave(self, pledge: PledgeState, figures: tuple[str, ...], part: SizedPledge) -> None:
        """Take a pledge out of the figures that it entered."""
        for groups, key in ((self.by_contributor, pledge.contributor), (self.by_capability, pledge.capability)):
            groups[key].remove(part, figures)
            if groups[key].is_empty:
                del groups[key]
        self.all.remove(part, figures)

    def copy(self) -> "FigureGroups":
        """The same pledges in the same figures, in shared groups; ``own`` those of a pledge before changing them."""
        groups = FigureGroups()
        groups.all = self.all
        groups.by_contributor.update(self.by_contributor)
        groups.by_capability.update(self.by_capability)
        groups._borrowed = {self.all, *self.by_contributor.values(), *self.by_capability.values()}
        return groups

    def own(self, pledge: PledgeState) -> None:
        """Copy the groups of a pledge that are still shared."""
        if self.all in self._borrowed:
            self.all = self.all.copy()
        for groups, key in ((self.by_contributor, pledge.contributor), (self.by_capability, pledge.capability)):
            if key in groups and groups[key] in self._borrowed:
                groups[key] = groups[key].copy()

    def figures(self) -> Figures:
        """The figures of all."""
        return Figures(**_figures(self.all))

    def required(self, stated: Iterable[RequirementState]) -> list[RequirementFigures]:
        """Some requirements beside the available force."""
        figures = self.figures()
        states = list(stated)
        sought = {state.capability for state in states} & self.by_capability.keys()
        by_capability = _parts({name: self.by_capability[name] for name in sought if name is not None})
        return [_required(state, figures, by_capability) for state in states]


def groups_of(scene: Scene) -> FigureGroups:
    """The force pledges of a scene by the figures that they enter."""
    groups = FigureGroups()
    cascade = scene.cascade
    moving = {pledge.pledge for pledge in cascade.if_all_move}
    for waiting in cascade.waiting:
        name = waiting.pledge.pledge
        if entry := remainder(waiting, cascade.standing.get(name), name in moving):
            groups.enter(waiting.pledge, *entry)
    for pledge in scene.pledges:
        if entry := on_the_ground(pledge, scene.doubts.get(pledge.pledge)):
            groups.enter(pledge, *entry)
    return groups


SizeEntry = tuple[tuple[str, ...], SizedPledge]
"""The figures that a pledge enters, and the size with which it does."""


def remainder(waiting: ResolvedPledge, standing: PledgeStanding | None, is_moving: bool) -> SizeEntry | None:
    """How the remainder of a force pledge enters the figures; ``None`` if it enters none."""
    if not waiting.is_force:
        return None
    pledge, part = waiting.pledge, waiting.people
    if part is not None:
        return _entered(pledge.level, standing, pledge.quantity.is_estimated, is_moving), part
    if waiting.is_firm and not pledge.quantity.is_cumulative:
        return (_UNIT + pledge.quantity.unit,), in_own_unit(pledge, waiting.doubt)
    return None


def on_the_ground(pledge: PledgeState, doubt: Doubt | None) -> SizeEntry | None:
    """How the deployed part of a pledge enters the figures; ``None`` if it enters none."""
    if pledge.purpose == "force" and pledge.deployed is not None and _is_on_the_ground(pledge.deployed):
        return ("deployed",), deployed_people(pledge, doubt)
    return None


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


def _parts(groups: Mapping[str, FigureGroup]) -> dict[str, PartFigures]:
    """The figures of each group, by its name in alphabetical order."""
    return {
        name: PartFigures(**_figures(groups[name]), other_units=groups[name].other_units()) for name in sorted(groups)
    }


def _figures(group: FigureGroup) -> dict[str, Any]:
    figures = dict(_NO_FIGURES)
    for name in group.parts.keys() & _PARTS.keys():
        figures[name] = group.figure(name)
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
    groups: dict[tuple[str, str], list[SizedPledge]] = {}
    for waiting in scene.cascade.waiting:
        quantity = waiting.pledge.quantity
        if waiting.is_firm and quantity.unit in CURRENCIES and not quantity.is_cumulative:
            sized = in_own_unit(waiting.pledge, waiting.doubt)
            groups.setdefault((waiting.pledge.purpose, quantity.unit), []).append(sized)
    money: dict[str, dict[str, Figure]] = {}
    for (purpose, currency), pledges in sorted(groups.items()):
        money.setdefault(purpose, {})[currency] = figure_of(pledges)
    return money
