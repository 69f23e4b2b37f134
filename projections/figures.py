"""Figures: ranges of people, each with the pledges that it is the sum of."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from domain.pledges import PledgeState
from domain.quantities import NOTHING, Range, disclosed, in_personnel

Of = Annotated[Any, Field(exclude=True)]
"""The pledges that something was made from, ``tuple[PledgeState, ...]``: kept for the question why, left out of the
answer."""


@dataclass(slots=True)
class Figure:
    """A sum over pledges. ``max`` is null where a disclosed pledge is open-ended; ``undisclosed`` pledges are in no
    bound."""

    min: int
    max: int | None
    pledges: int
    contributors: int
    undisclosed: int
    of: Of = ()


@dataclass(slots=True)
class ByLevel:
    """The same figure, by level of the pledges."""

    pledged: Figure
    committed: Figure
    assigned: Figure


@dataclass(slots=True)
class LevelledFigure(Figure):
    """A figure over pledges that are at least pledged, and its parts by level."""

    by_level: ByLevel | None = None


@dataclass(slots=True)
class Gap:
    """How far what is available stays behind what is required; null where a bound is not known."""

    min: int | None
    max: int | None


@dataclass(slots=True)
class Bounds:
    """A least and a most, either of them unknown."""

    min: int | None
    max: int | None


Measure = Callable[[PledgeState], Range | None]


def people(pledge: PledgeState) -> Range | None:
    """What is left of the pledge, in people; ``None`` where it is undisclosed."""
    return in_personnel(pledge.quantity)


def people_deployed(pledge: PledgeState) -> Range | None:
    """What is on the ground of the pledge, in people."""
    return None if pledge.deployed is None else in_personnel(pledge.deployed)


def in_own_unit(pledge: PledgeState) -> Range | None:
    """What is left of the pledge, in its own unit."""
    return disclosed(pledge.quantity)


def figure_of(pledges: Iterable[PledgeState], measure: Measure = people) -> Figure:
    """Add up pledges."""
    members = tuple(pledges)
    if not members:
        return NO_FIGURE
    total, undisclosed = _sum(members, measure)
    contributors = len({pledge.contributor for pledge in members})
    return Figure(total.min, total.max, len(members), contributors, undisclosed, members)


def levelled_figure_of(pledges: Iterable[PledgeState]) -> LevelledFigure:
    """Add up pledges, as a whole and by level."""
    members = tuple(pledges)
    if not members:
        return _NO_LEVELLED_FIGURE
    total, undisclosed = _sum(members, people)
    contributors = len({pledge.contributor for pledge in members})
    return LevelledFigure(total.min, total.max, len(members), contributors, undisclosed, members, _by_level(members))


def _by_level(members: tuple[PledgeState, ...]) -> ByLevel:
    parts = ([p for p in members if p.level == level] for level in ("pledged", "committed", "assigned"))
    return ByLevel(*(figure_of(part) for part in parts))


def _sum(members: tuple[PledgeState, ...], measure: Measure) -> tuple[Range, int]:
    least, most, undisclosed = 0, 0, 0
    is_open = False
    for pledge in members:
        stated = measure(pledge)
        if stated is None:
            undisclosed += 1
            continue
        least += stated.min
        if stated.max is None:
            is_open = True
        else:
            most += stated.max
    return Range(least, None if is_open else most), undisclosed


NO_FIGURE = Figure(NOTHING.min, NOTHING.max, 0, 0, 0)
_NO_LEVELLED_FIGURE = LevelledFigure(0, 0, 0, 0, 0, (), ByLevel(NO_FIGURE, NO_FIGURE, NO_FIGURE))


def gap(required: Bounds, available: Figure) -> Gap:
    """What is lacking: ``{max(0, required.min - available.max), max(0, required.max - available.min)}``.

    A bound is null where what it needs is; the least is null, too, while an available pledge is undisclosed.
    """
    is_least_known = required.min is not None and available.max is not None and not available.undisclosed
    least = max(0, (required.min or 0) - (available.max or 0)) if is_least_known else None
    most = None if required.max is None else max(0, required.max - available.min)
    return Gap(least, most)
