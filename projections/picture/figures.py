"""Figures: sums over pledges, as ranges in people or another unit, each with the pledges that it consists of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from domain.concepts.pledges import PledgeState
from domain.quantities import Number, Quantity, Range, disclosed_range, in_personnel
from projections.confidence import Doubt

SizedPledges = Annotated[Any, Field(exclude=True)]
"""The pledges that a part was made from, ``tuple[PledgeState, ...]``: kept to explain it, left out of the answer."""


@dataclass(slots=True, frozen=True)
class PartOfFigure:
    """A part of a figure, as a range; ``max`` is null if a disclosed pledge in it is open-ended."""

    min: Number
    max: Number | None


NO_PART = PartOfFigure(0, 0)


@dataclass(slots=True)
class Figure:
    """A sum over pledges. ``max`` is null if a disclosed pledge is open-ended; ``undisclosed`` pledges are in no
    bound. ``disputed`` is how many of the pledges sources disagree on, ``leak_only`` the part of those that rest on
    leaks alone; ``assumed`` is how many pledges count with an assumed size."""

    min: Number
    max: Number | None
    pledges: int
    contributors: int
    undisclosed: int
    of: SizedPledges = ()
    disputed: int = 0
    leak_only: PartOfFigure = NO_PART
    assumed: int = 0


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
class UnitFigures:
    """What there is in one unit: at least ``pledged``, ``binding`` (committed and assigned), ``available``, and on the
    ground."""

    pledged: Figure
    binding: Figure
    available: Figure
    deployed: Figure


@dataclass(slots=True)
class MoneyFigures:
    """What there is in one currency: at least ``pledged``, ``binding`` (committed and assigned), ``available``, and
    paid out."""

    pledged: Figure
    binding: Figure
    available: Figure
    disbursed: Figure


FiguresInUnit = UnitFigures | MoneyFigures


@dataclass(slots=True)
class Figures:
    """Sizes in people. ``floated`` to ``assigned`` are at exactly that level; ``available`` to ``suspended`` split
    those at least pledged; ``estimated`` is the part of those that is converted from formations.

    ``other_units`` has what is not in people, by unit."""

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
    other_units: dict[str, FiguresInUnit]


@dataclass(slots=True)
class Bounds:
    """A lower and an upper bound; null if not known."""

    min: Number | None
    max: Number | None


class SizedPledge(NamedTuple):
    """A pledge with its size, computed once, in people or in its own unit: ``min`` and ``max`` are 0 if it is
    ``undisclosed`` (1, else 0); a ``max`` of ``None`` is open-ended. ``doubt`` is what is doubtful about it, if
    anything."""

    pledge: PledgeState
    contributor: str
    min: Number
    max: Number | None
    undisclosed: int
    doubt: Doubt | None = None


def in_people(pledge: PledgeState, doubt: Doubt | None = None) -> SizedPledge:
    """The remaining size of a pledge, in people."""
    return _sized(pledge, in_personnel(pledge.quantity), doubt)


def deployed_people(pledge: PledgeState, doubt: Doubt | None = None) -> SizedPledge:
    """The deployed part of a pledge, in people."""
    return _sized(pledge, None if pledge.deployed is None else in_personnel(pledge.deployed), doubt)


def sized(pledge: PledgeState, quantity: Quantity, doubt: Doubt | None = None) -> SizedPledge:
    """A pledge with a size of its own kind, in people or in its own unit."""
    return _sized(pledge, in_personnel(quantity), doubt)


def disbursed_money(pledge: PledgeState, doubt: Doubt | None = None) -> SizedPledge:
    """What was paid of a pledge of money, in its currency."""
    return _sized(pledge, None if pledge.disbursed is None else disclosed_range(pledge.disbursed), doubt)


def in_own_unit(pledge: PledgeState, doubt: Doubt | None = None) -> SizedPledge:
    """The remaining size of a pledge, in its own unit."""
    return _sized(pledge, disclosed_range(pledge.quantity), doubt)


def _sized(pledge: PledgeState, size: Range | None, doubt: Doubt | None) -> SizedPledge:
    if size is None:
        return SizedPledge(pledge, pledge.contributor, 0, 0, 1, doubt)
    return SizedPledge(pledge, pledge.contributor, *size, 0, doubt)


def figure_of(parts: Sequence[SizedPledge]) -> Figure:
    """Add up pledges."""
    return Figure(*_sum(parts)) if parts else NO_FIGURE


def levelled_figure_of(parts: Sequence[SizedPledge], levels: ByLevel) -> LevelledFigure:
    """Add up pledges at one or more levels; ``levels`` has the same pledges by level."""
    for level in (levels.pledged, levels.committed, levels.assigned):
        if level.pledges == len(parts):
            return LevelledFigure(
                level.min, level.max, level.pledges, level.contributors, level.undisclosed, level.of, level.disputed,
                level.leak_only, level.assumed, levels,
            )  # fmt: skip
    figure = LevelledFigure(*_sum(parts))
    figure.by_level = levels
    return figure


def _sum(parts: Sequence[SizedPledge]) -> tuple[Any, ...]:
    """The fields of a figure; those of what is doubtful only if something is."""
    if len(parts) == 1:
        pledge, _, least, most, undisclosed, doubt = parts[0]
        fields = least, most, 1, 1, undisclosed, (pledge,)
        return fields if doubt is None else (*fields, *_doubtful(parts))
    pledges, contributors, mins, maxs, undisclosed_ones, doubts = zip(*parts, strict=True)
    most = None if None in maxs else sum(maxs)
    fields = sum(mins), most, len(pledges), len(set(contributors)), sum(undisclosed_ones), pledges
    return (*fields, *_doubtful(parts)) if any(doubts) else fields


def _doubtful(parts: Sequence[SizedPledge]) -> tuple[int, PartOfFigure, int]:
    """How many pledges are disputed, the part of those that rest on leaks alone, and how many have an assumed size."""
    doubtful = [(part, part.doubt) for part in parts if part.doubt is not None]
    leaked = [part for part, doubt in doubtful if doubt.rests_on_leaks]
    leak_only = NO_PART
    if leaked:
        most = [part.max for part in leaked if part.max is not None]
        leak_only = PartOfFigure(sum(part.min for part in leaked), sum(most) if len(most) == len(leaked) else None)
    disputed = sum([doubt.is_disputed for _, doubt in doubtful])
    return disputed, leak_only, sum([doubt.is_assumed for _, doubt in doubtful])


NO_FIGURE = Figure(0, 0, 0, 0, 0)
NO_LEVELLED_FIGURE = LevelledFigure(0, 0, 0, 0, 0, by_level=ByLevel(NO_FIGURE, NO_FIGURE, NO_FIGURE))
