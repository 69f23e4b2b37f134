"""What the force is said to need beside what there is: each requirement, and each line of one, with its shortfalls."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from domain.concepts.requirements import RequirementState
from domain.facts import Thing
from domain.quantities import Number, disclosed_range, in_personnel
from projections.picture.figures import NO_FIGURE, Bounds, Figure, MoneyFigures, SizedPledges
from projections.picture.groups import FigureGroup, FigureGroups
from projections.picture.items import Things, TracedText

NeedState = Literal["open", "partly", "filled"]


@dataclass(slots=True)
class Gap:
    """A shortfall against a requirement; null if a bound is not known."""

    min: Number | None
    max: Number | None
    of: SizedPledges = ()
    things: Things = ()


@dataclass(slots=True)
class Gaps:
    """What a requirement lacks on the ground, of what is binding, of what is available, and of what is pledged."""

    deployed: Gap
    binding: Gap
    available: Gap
    pledged: Gap


NO_GAPS = Gaps(*[Gap(None, None)] * 4)


@dataclass(slots=True)
class RequirementFigures:
    """One requirement beside what there is. Bounds and figures are in people, or in ``unit`` if that is another.

    The pledges that name it in ``fills`` count for it (then ``is_filled_by_name``); if none in its unit does, those of
    its capability. ``state`` is ``filled`` if what is available is surely enough, ``open`` if nothing is available, and
    else ``partly``; null if no number is required, or a total over rotations, which is compared with nothing."""

    requirement: str
    label: str
    stated_by: str
    standing: str
    capability: str | None
    part_of: str | None
    lines: list[str]
    is_filled_by_name: bool
    unit: str
    min: Number | None
    max: Number | None
    is_cumulative: bool
    is_estimated: bool
    deployed: Figure
    binding: Figure
    available: Figure
    pledged: Figure
    gaps: Gaps
    state: NeedState | None
    things: Things = ()


def needs_in(groups: FigureGroups, stated: Iterable[RequirementState]) -> list[RequirementFigures]:
    """Some requirements beside the pledges that count for them."""
    states = list(stated)
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for state in states:
        if state.part_of is not None:
            lines[state.part_of].append(TracedText(state.requirement, state.stated.thing))
    return [_need(state, lines.get(state.requirement, []), groups) for state in states]


def _need(state: RequirementState, lines: list[str], groups: FigureGroups) -> RequirementFigures:
    quantity = state.quantity
    is_people = quantity.unit == "personnel" or quantity.is_estimated
    unit = "personnel" if is_people else quantity.unit
    stated = in_personnel(quantity) if is_people else disclosed_range(quantity)
    bounds = Bounds(stated.min if stated and quantity.min is not None else None, stated.max if stated else None)
    filling = None if quantity.is_cumulative else _filling(state, unit, groups)
    there = _NOTHING if quantity.is_cumulative else _there(filling or _of_its_capability(state, groups), unit)
    things = (state.stated.thing,)
    gaps = NO_GAPS if quantity.is_cumulative else Gaps(*(gap(bounds, figure, things) for figure in there))
    return RequirementFigures(
        requirement=state.requirement, label=state.label, stated_by=state.stated_by, standing=state.standing,
        capability=state.capability, part_of=state.part_of, lines=lines,
        is_filled_by_name=filling is not None, unit=unit, min=bounds.min, max=bounds.max,
        is_cumulative=quantity.is_cumulative, is_estimated=quantity.is_estimated, **there._asdict(),
        gaps=gaps, state=None if quantity.is_cumulative else _state(bounds, there.available), things=things,
    )  # fmt: skip


class _There(NamedTuple):
    """What there is of the pledges that count for a requirement, in its unit; of money, what is paid out is there."""

    deployed: Figure
    binding: Figure
    available: Figure
    pledged: Figure


_NOTHING = _There(NO_FIGURE, NO_FIGURE, NO_FIGURE, NO_FIGURE)


def _there(group: FigureGroup | None, unit: str) -> _There:
    if group is None:
        return _NOTHING
    found = group.in_unit(unit)
    on_the_ground = found.disbursed if isinstance(found, MoneyFigures) else found.deployed
    return _There(on_the_ground, found.binding, found.available, found.pledged)


def _filling(state: RequirementState, unit: str, groups: FigureGroups) -> FigureGroup | None:
    """The pledges that name a requirement in ``fills``, if any in its unit is at least pledged, or there."""
    group = groups.filling.get(state.requirement)
    return group if group is not None and unit in group.units() else None


def _of_its_capability(state: RequirementState, groups: FigureGroups) -> FigureGroup | None:
    """The pledges of a requirement's capability; all, if it has none."""
    return groups.all if state.capability is None else groups.by_capability.get(state.capability)


def _state(required: Bounds, available: Figure) -> NeedState | None:
    """How far what is available meets what is required."""
    wanted = required.min if required.max is None else required.max
    if wanted is None:
        return None
    if available.min >= wanted:
        return "filled"
    return "open" if available.max == 0 and not available.undisclosed else "partly"


def gap(required: Bounds, there: Figure, things: tuple[Thing, ...] = ()) -> Gap:
    """The shortfall: ``{max(0, required.min - there.max), max(0, required.max - there.min)}``.

    A bound is null if what it is computed from is; the lower one also while a pledge counted is undisclosed.
    """
    is_least_known = required.min is not None and there.max is not None and not there.undisclosed
    least = max(0, (required.min or 0) - (there.max or 0)) if is_least_known else None
    most = None if required.max is None else max(0, required.max - there.min)
    return Gap(least, most, there.of, things)
