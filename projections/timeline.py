"""The size figures at every change between two times, as known by one basis."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from domain.history import View
from domain.pledges import PledgeState
from domain.times import period, written
from projections.asof import Basis
from projections.figures import Figure, Gap
from projections.picture import Figures, Size, scene_of, size_of
from projections.record import EventRef, event_refs, taking_effect

MOST_POINTS = 500
"""Times looked at for one answer; ``next_from`` tells where to go on."""


@dataclass(slots=True)
class RequirementGap:
    """What a requirement lacks at a point."""

    requirement: str
    gap: Gap


@dataclass(slots=True)
class Point:
    """The size from ``at`` on, until the next point, and the events that took effect then."""

    at: str
    size: Figures
    required: list[RequirementGap]
    events: list[EventRef]


@dataclass(slots=True)
class Timeline:
    """The size at ``from``, and at every later time, up to ``to``, at which a figure changes."""

    basis: Basis
    points: list[Point]
    next_from: str | None


def timeline_of(view: View, basis: Basis, from_us: int, to_us: int) -> Timeline:
    """Look at every time at which something may change, and keep those at which a figure does."""
    times = [from_us, *sorted(_times(view, from_us, to_us))]
    points: list[Point] = []
    shown: object = None
    last_us = from_us - 1
    for at_us in times[:MOST_POINTS]:
        size = size_of(scene_of(view.at(at_us)))
        figures = _shown(size)
        if figures != shown:
            points.append(_point(view, size, last_us, at_us))
            shown, last_us = figures, at_us
    next_from = written(times[MOST_POINTS]) if len(times) > MOST_POINTS else None
    return Timeline(basis, points, next_from)


def _times(view: View, from_us: int, to_us: int) -> set[int]:
    """When a state begins, and when a pledge becomes available, after the first time and up to the last."""
    return view.knowledge.boundaries(view.position, from_us, to_us) | {
        begins_us
        for state in view.knowledge.states_between(view.position, from_us, to_us)
        if isinstance(state, PledgeState) and state.available_from
        if from_us < (begins_us := period(state.available_from).start_us) <= to_us
    }


def _shown(size: Size) -> object:
    figures = [getattr(size, figure.name) for figure in fields(Figures)]
    required = [(required.requirement, required.min, required.max, required.gap) for required in size.required]
    return [_numbers(figure) for figure in figures], required


def _numbers(figure: Figure) -> Iterable[object]:
    by_level = getattr(figure, "by_level", None)
    parts = [by_level.pledged, by_level.committed, by_level.assigned] if by_level else []
    return [(f.min, f.max, f.pledges, f.contributors, f.undisclosed) for f in (figure, *parts)]


def _point(view: View, size: Size, after_us: int, at_us: int) -> Point:
    figures = Figures(**{figure.name: getattr(size, figure.name) for figure in fields(Figures)})
    required = [RequirementGap(required.requirement, required.gap) for required in size.required]
    return Point(written(at_us), figures, required, event_refs(taking_effect(view, after_us, at_us)))
