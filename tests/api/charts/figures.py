"""Answers made by hand, whose figures the drawings are compared with."""

from collections.abc import Sequence
from typing import Any

from domain.quantities import Quantity
from domain.sources import Source
from domain.times import format_instant
from projections.asof import Basis
from projections.confidence import RestsOn
from projections.picture.figures import (
    NO_FIGURE,
    Bounds,
    ByLevel,
    Figure,
    Figures,
    FiguresInUnit,
    LevelledFigure,
    UnitFigures,
)
from projections.picture.items import MeetingItem, RequirementItem
from projections.picture.needs import NO_GAPS
from projections.picture.size import Size
from projections.record import EventRef
from projections.timeline import Point, RequirementGaps, Timeline

HOSTILE = "<script>alert('1')</script> & \"it\" ]]> \x0b\x00"
PLAIN = ("floated", "pledged", "committed", "assigned", "if_all_move", "deployed", "estimated")
STANDINGS = ("available", "upcoming", "conditional", "blocked", "suspended")
NONE = LevelledFigure(0, 0, 0, 0, 0, by_level=ByLevel(NO_FIGURE, NO_FIGURE, NO_FIGURE))
UNKNOWN = Bounds(None, None)
ONE_PAPER = RestsOn(["official"], ["a paper"], None)


def figure(least: int = 0, most: int | None = 0, pledges: int = 1, undisclosed: int = 0) -> Figure:
    return Figure(least, most, pledges, 1, undisclosed)


def by_level(
    pledged: Figure = NO_FIGURE, committed: Figure = NO_FIGURE, assigned: Figure = NO_FIGURE
) -> LevelledFigure:
    """A figure over pledges that are pledged or firmer; of one level in these tests, or of two."""
    parts = (pledged, committed, assigned)
    most = None if any(one.max is None for one in parts) else sum(one.max or 0 for one in parts)
    return LevelledFigure(
        sum(one.min for one in parts), most, sum(one.pledges for one in parts), 1,
        sum(one.undisclosed for one in parts), by_level=ByLevel(*parts),
    )  # fmt: skip


def _all(**given: Any) -> dict[str, Any]:
    return dict.fromkeys(PLAIN, NO_FIGURE) | dict.fromkeys(STANDINGS, NONE) | given


def figures(**given: Any) -> Figures:
    return Figures(**_all(**given), other_units={})


def part(other_units: dict[str, Figure] | None = None, **given: Figure) -> Figures:
    units: dict[str, FiguresInUnit] = {
        unit: UnitFigures(pledged, NO_FIGURE, pledged, NO_FIGURE) for unit, pledged in (other_units or {}).items()
    }
    return Figures(**_all(**given), other_units=units)


def size(by_contributor: dict[str, Figures] | None = None, **given: Figure) -> Size:
    return Size(
        **_all(**given),
        other_units={},
        required=[],
        by_contributor=by_contributor or {},
        by_capability={},
        by_basing={},
        within_days={},
    )


def basis(known_at: str = "2026-01-01", axis: Any = "recorded", valid_at: str = "2025-09-01") -> Basis:
    return Basis("willing", 12, valid_at, known_at, axis)


def event(
    effective_at: str | None = "2025-04-10",
    recorded_at: str = "2025-04-10T12:00:00.000000Z",
    *published: str,
    about: str = "pledge:p",
) -> EventRef:
    sources = [Source(publisher="AFP", published_on=one) for one in published]
    return EventRef("00000000-0000-0000-0000-000000000001", 1, "PledgeMade", about, effective_at, recorded_at, sources)


def point(at_us: int, sizes: Figures, required: Sequence[RequirementGaps] = (), *events: EventRef) -> Point:
    return Point(format_instant(at_us), sizes, {}, list(required), list(events))


def asks(requirement: str, least: int | None, most: int | None) -> RequirementGaps:
    return RequirementGaps(requirement, "personnel", least, most, NO_GAPS, None)


def timeline(*points: Point, known: Basis | None = None, next_from: str | None = None) -> Timeline:
    return Timeline(known or basis(), list(points), next_from)


def requirement(
    name: str, label: str | None = None, *, unit: str = "personnel", capability: Any = None, measure: Any = None,
    standing: str = "agreed",
) -> RequirementItem:  # fmt: skip
    quantity = Quantity(min=1, max=2, unit=unit, measure=measure)
    return RequirementItem(
        name, label or name, "GBR", standing, quantity, capability, None, "stated", "2025-04-01", [], ONE_PAPER
    )


def meeting(name: str, starts_at: str | None, place: str | None = None, title: str | None = None) -> MeetingItem:
    return MeetingItem(name, "held", "coalition", title, starts_at, place, [], [], [], None, [], ONE_PAPER)
