"""The size figures at every change between two times, as known by one basis."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields

from domain.concepts.pledges import PledgeState
from domain.events import Event
from domain.facts import Thing
from domain.history.history import View
from domain.times import format_instant, period
from projections.asof import Basis
from projections.picture.figures import Figure, Gap
from projections.picture.scene import scene_of
from projections.picture.size import Figures, RequirementFigures, figures_and_required
from projections.provenance import dates_that_pass
from projections.record import EventRef, effective_us, event_refs, known_events, set_aside_in, thing_of, what_became_of

MAX_POINTS = 500
"""Times looked at for one answer; ``next_from`` tells where to go on."""


@dataclass(slots=True)
class RequirementGap:
    """A requirement at a point, its bounds in people or in its own unit, and what it lacks."""

    requirement: str
    min: int | None
    max: int | None
    gap: Gap


@dataclass(slots=True)
class Point:
    """The size from ``at`` on, until the next point, and the events that took effect then, or whose dates passed."""

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
    changing, dated = _changing(view, from_us, to_us), _dated(view, from_us, to_us)
    times = sorted({from_us, *changing, *dated})
    aside = set_aside_in(view)
    points: list[Point] = []
    shown: object = None
    for at_us in times[:MAX_POINTS]:
        size, required = figures_and_required(scene_of(view.at(at_us)))
        if (figures := _shown(size, required)) != shown:
            events = [event for thing in changing.get(at_us, ()) for event in _taking_effect(thing, view, at_us, aside)]
            for thing in dated.get(at_us, ()):
                events += dates_that_pass(thing, view.at(at_us), at_us - 1, at_us, aside)
            points.append(_point(size, required, at_us, events))
            shown = figures
    next_from = format_instant(times[MAX_POINTS]) if len(times) > MAX_POINTS else None
    return Timeline(basis, points, next_from)


def outline_of(view: View, basis: Basis, from_us: int, to_us: int, most: int) -> Timeline:
    """The same in few strokes: at no more than ``most`` times, spread evenly over those at which something may change.

    With as many times or fewer it is the whole timeline. Else it names no events, and what came and went between two
    of the times is not seen.
    """
    times = sorted({from_us, *_changing(view, from_us, to_us), *_dated(view, from_us, to_us)})
    if len(times) <= most:
        return timeline_of(view, basis, from_us, to_us)
    chosen = sorted({times[round(at * (len(times) - 1) / (most - 1))] for at in range(most)})
    points = [_point(*figures_and_required(scene_of(view.at(at_us))), at_us, []) for at_us in chosen]
    return Timeline(basis, points, None)


def _dated(view: View, from_us: int, to_us: int) -> dict[int, set[Thing]]:
    """When a pledge becomes available, or is over, by its own date: after the first time and up to the last."""
    dated: dict[int, set[Thing]] = defaultdict(set)
    for state in view.knowledge.states_between(view.position, from_us, to_us):
        if isinstance(state, PledgeState):
            dates = [period(state.available_from).start_us] if state.available_from else []
            dates += [] if state.ends_us is None else [state.ends_us]
            for at_us in dates:
                if from_us < at_us <= to_us:
                    dated[at_us].add(state.made.thing)
    return dated


SIZED_BY = ("coalition", "pledge", "condition", "stance", "member", "requirement")
"""The kinds of thing that figures are made from, or that rules look at."""


def _changing(view: View, from_us: int, to_us: int) -> dict[int, set[Thing]]:
    """The things that a size can rest on, by when the known events about them take effect."""
    changing: dict[int, set[Thing]] = defaultdict(set)
    for event in view.events():
        thing = thing_of(event)
        if thing is not None and thing.kind in SIZED_BY and from_us <= (at_us := effective_us(event)) <= to_us:
            changing[at_us].add(thing)
    return changing


def _taking_effect(thing: Thing, view: View, at_us: int, aside: Collection[str]) -> Iterator[Event]:
    """The events about a thing that took effect at a time, and were not replaced, retracted or set ``aside``."""
    became = what_became_of(known_events([thing], view), aside)
    return (one.event for one in became if one.stands and effective_us(one.event) == at_us)


def _shown(size: Figures, required: list[RequirementFigures]) -> object:
    figures = [_numbers(getattr(size, figure.name)) for figure in fields(Figures)]
    return figures, [(one.requirement, one.min, one.max, one.gap) for one in required]


def _numbers(figure: Figure) -> Iterable[object]:
    by_level = getattr(figure, "by_level", None)
    parts = [by_level.pledged, by_level.committed, by_level.assigned] if by_level else []
    return [(f.min, f.max, f.pledges, f.contributors, f.undisclosed) for f in (figure, *parts)]


def _point(size: Figures, required: list[RequirementFigures], at_us: int, events: list[Event]) -> Point:
    asked = [RequirementGap(one.requirement, one.min, one.max, one.gap) for one in required]
    return Point(format_instant(at_us), size, asked, event_refs({event.event_id: event for event in events}.values()))
