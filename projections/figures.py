"""Figures: ranges of people, each with the pledges that it is the sum of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from domain.pledges import PledgeState
from domain.quantities import Range, disclosed, in_personnel
from domain.words import FIRM_LEVELS

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


class Sized(NamedTuple):
    """A pledge with its size worked out once: in people, or in its own unit; ``None`` is undisclosed."""

    pledge: PledgeState
    contributor: str
    size: Range | None


def in_people(pledge: PledgeState) -> Sized:
    """What is left of the pledge, in people."""
    return Sized(pledge, pledge.contributor, in_personnel(pledge.quantity))


def deployed_people(pledge: PledgeState) -> Sized:
    """What is on the ground of the pledge, in people."""
    return Sized(pledge, pledge.contributor, None if pledge.deployed is None else in_personnel(pledge.deployed))


def in_own_unit(pledge: PledgeState) -> Sized:
    """What is left of the pledge, in its own unit."""
    return Sized(pledge, pledge.contributor, disclosed(pledge.quantity))


def figure_of(parts: Sequence[Sized]) -> Figure:
    """Add up pledges."""
    return Figure(*_sum(parts)) if parts else NO_FIGURE


def levelled_figure_of(parts: Sequence[Sized]) -> LevelledFigure:
    """Add up pledges, as a whole and by level."""
    if not parts:
        return _NO_LEVELLED_FIGURE
    levels = (figure_of([part for part in parts if part.pledge.level == level]) for level in FIRM_LEVELS)
    return LevelledFigure(*_sum(parts), ByLevel(*levels))


def _sum(parts: Sequence[Sized]) -> tuple[int, int | None, int, int, int, Of]:
    least, most, undisclosed = 0, 0, 0
    is_open = False
    for _, _, size in parts:
        if size is None:
            undisclosed += 1
            continue
        least += size.min
        if size.max is None:
            is_open = True
        else:
            most += size.max
    contributors = len({part.contributor for part in parts})
    pledges = tuple([part.pledge for part in parts])
    return least, None if is_open else most, len(parts), contributors, undisclosed, pledges


NO_FIGURE = Figure(0, 0, 0, 0, 0)
_NO_LEVELLED_FIGURE = LevelledFigure(0, 0, 0, 0, 0, (), ByLevel(NO_FIGURE, NO_FIGURE, NO_FIGURE))


def gap(required: Bounds, available: Figure) -> Gap:
    """What is lacking: ``{max(0, required.min - available.max), max(0, required.max - available.min)}``.

    A bound is null where what it needs is; the least is null, too, while an available pledge is undisclosed.
    """
    is_least_known = required.min is not None and available.max is not None and not available.undisclosed
    least = max(0, (required.min or 0) - (available.max or 0)) if is_least_known else None
    most = None if required.max is None else max(0, required.max - available.min)
    return Gap(least, most)
