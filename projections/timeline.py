"""The size figures at every change between two times, as known by one basis."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

from domain.checkpoints import checkpoint
from domain.concepts.coalition import FORMATION
from domain.concepts.pledges import PledgeState
from domain.events import Event
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import Number
from domain.times import BEFORE_TIME_US, format_instant, period
from projections.asof import Basis
from projections.confidence import Confidence
from projections.picture.aid import ByUnit
from projections.picture.figures import Figure, Figures
from projections.picture.needs import Gaps, NeedState, RequirementFigures
from projections.picture.running_size import SIZING, RunningSize
from projections.provenance import DatedEvents
from projections.record import EventRef, event_refs, set_aside_in, thing_of

MAX_POINTS = 500
"""Times looked at for one answer; ``next_from`` tells where to go on."""

MAX_EVENTS = 10_000
"""Events that the points of one answer name before it ends; those of its last point are named in full."""


@dataclass(slots=True)
class RequirementGaps:
    """A requirement at a point, its bounds in people or in ``unit`` if that is another, and what it lacks."""

    requirement: str
    unit: str
    min: Number | None
    max: Number | None
    gaps: Gaps
    state: NeedState | None


@dataclass(slots=True)
class Point:
    """The size and the aid from ``at`` on, until the next point, and the events that took effect then, or whose dates
    passed."""

    at: str
    size: Figures
    aid: dict[str, ByUnit]
    required: list[RequirementGaps]
    events: list[EventRef]


@dataclass(slots=True)
class Timeline:
    """The size at ``from``, and at every later time, up to ``to``, at which a figure changes."""

    basis: Basis
    points: list[Point]
    next_from: str | None


def timeline_of(view: View, basis: Basis, from_us: int, to_us: int) -> Timeline:
    """Look at every time at which something changes, and keep those at which a figure does."""
    return _timeline_of(_Sweep(view, from_us, to_us), basis)


def outline_of(view: View, basis: Basis, from_us: int, to_us: int, most: int) -> Timeline:
    """The same in few strokes: at no more than ``most`` times, spread evenly over those at which something changes.

    With as many times or fewer it is the whole timeline. Else it names no events, and what came and went between two
    of the times is not seen.
    """
    sweep = _Sweep(view, from_us, to_us)
    times = sweep.times
    if len(times) <= most:
        return _timeline_of(sweep, basis)
    chosen = sorted({times[round(at * (len(times) - 1) / (most - 1))] for at in range(most)})
    points = [_point(state, []) for state in sweep.figures(chosen)]
    return Timeline(basis, points, None)


def _timeline_of(sweep: "_Sweep", basis: Basis) -> Timeline:
    points: list[Point] = []
    shown: object = None
    named = 0
    for number, moment in enumerate(sweep.figures(sweep.times)):
        if number == MAX_POINTS or named >= MAX_EVENTS:
            return Timeline(basis, points, format_instant(moment.at_us))
        if (figures := _shown(moment)) != shown:
            points.append(_point(moment, sweep.events_at(moment.at_us)))
            shown = figures
            named += len(points[-1].events)
    return Timeline(basis, points, None)


class _Moment(NamedTuple):
    """The figures at one time."""

    at_us: int
    size: Figures
    aid: dict[str, ByUnit]
    required: list[RequirementFigures]


SIZED_BY = ("coalition", *SIZING)
"""The kinds of thing that figures are made from, or that rules look at."""


class _Sweep:
    """What changes over a stretch of valid time, by what one view knows, in the order in which it does."""

    def __init__(self, view: View, from_us: int, to_us: int) -> None:
        self._view = view
        self._period = from_us, to_us
        self._changes: defaultdict[int, dict[Thing, Any]] = defaultdict(dict)
        self._beginning: defaultdict[int, set[Thing]] = defaultdict(set)
        self._dated: defaultdict[int, set[Thing]] = defaultdict(set)
        self._dates: dict[Thing, DatedEvents] = {}
        self._aside = set_aside_in(view)
        self._confidence = Confidence(view)
        for stretch in view.knowledge.stretches_between(view.position, from_us, to_us):
            if stretch[2].latest.thing.kind in SIZED_BY:
                self._add(*stretch)
        for thing in {thing_of(one.event) for one in view.set_aside()}:
            if thing is not None and thing.kind in SIZED_BY:
                self._add_not_applied(thing)
        self.times = sorted({from_us, *self._changes, *self._dated, *self._beginning})

    def _add(self, begins_us: int, ends_us: int, state: Any) -> None:
        """Add a state of a thing, and when a date of it passes."""
        checkpoint()
        from_us, to_us = self._period
        thing: Thing = state.latest.thing
        self._changes[max(begins_us, from_us)][thing] = state
        if begins_us >= from_us:
            self._beginning[begins_us].add(thing)
        if ends_us <= to_us:
            self._changes[ends_us].setdefault(thing, None)
        for at_us in _dates(state) if isinstance(state, PledgeState) else ():
            if from_us < at_us <= to_us:
                self._dated[at_us].add(thing)

    def _add_not_applied(self, thing: Thing) -> None:
        """Add the times of events that are not applied: a correction of one is in force, though no state begins."""
        from_us, to_us = self._period
        for at_us in self._dates_of(thing).times:
            if from_us <= at_us <= to_us:
                self._beginning[at_us].add(thing)

    def figures(self, times: Iterable[int]) -> Iterator[_Moment]:
        """The figures of all, and the requirements beside them, at some of the times, in order."""
        in_force: dict[Thing, Any] = {}
        size = RunningSize(BEFORE_TIME_US)
        is_formed = False
        steps = iter(self.times)
        for at_us in times:
            changed, turned = self._until(at_us, steps)
            in_force |= changed
            if (in_force.get(FORMATION) is not None) != is_formed:
                is_formed = not is_formed
                size, changed = RunningSize(at_us), dict(in_force)
            if is_formed:
                size.valid_us = at_us
                for thing, state in changed.items():
                    is_current = state is not None and state.is_current
                    doubt = self._confidence.doubt(state) if is_current and thing.kind == "pledge" else None
                    size.put(thing, state if is_current else None, doubt)
                for thing in turned:
                    size.turn(thing.id)
            yield _Moment(at_us, size.figures(), size.aid(), size.required())

    def _until(self, last_us: int, steps: Iterator[int]) -> tuple[dict[Thing, Any], set[Thing]]:
        """What changes at the next times up to one of them, and the pledges of which a date passes."""
        changed: dict[Thing, Any] = {}
        turned: set[Thing] = set()
        for at_us in steps:
            checkpoint()
            changed |= self._changes.get(at_us, {})
            turned |= self._dated.get(at_us, set())
            if at_us == last_us:
                break
        return changed, turned

    def events_at(self, at_us: int) -> list[Event]:
        """The events that take effect at a time, or of which a date passes then."""
        beginning, dated = self._beginning.get(at_us, set()), self._dated.get(at_us, set())
        events = [event for thing in beginning | dated for event in self._dates_of(thing).taking_effect(at_us)]
        return events + [event for thing in dated for event in self._dates_of(thing).passing(at_us)]

    def _dates_of(self, thing: Thing) -> DatedEvents:
        if thing not in self._dates:
            self._dates[thing] = DatedEvents(thing, self._view, self._aside)
        return self._dates[thing]


def _dates(pledge: PledgeState) -> list[int]:
    """When a pledge becomes available, or grows, and when it is over, by its own dates."""
    dates = [period(pledge.available_from).start_us] if pledge.available_from else []
    dates += [period(phase.from_).start_us for phase in pledge.phases]
    return dates if pledge.ends_us is None else [*dates, pledge.ends_us]


def _shown(moment: _Moment) -> object:
    size = moment.size
    figures = [_numbers(getattr(size, name)) for name in _IN_PEOPLE]
    in_units = [_in_units(size.other_units), *((purpose, _in_units(units)) for purpose, units in moment.aid.items())]
    return figures, in_units, [_lacking(one) for one in moment.required]


def _lacking(one: RequirementFigures) -> object:
    gaps = [(gap.min, gap.max) for gap in (getattr(one.gaps, field.name) for field in fields(Gaps))]
    return one.requirement, one.unit, one.min, one.max, gaps, one.state


_IN_PEOPLE = [figure.name for figure in fields(Figures) if figure.name != "other_units"]


def _in_units(by_unit: ByUnit) -> object:
    return [(unit, [_numbers(getattr(one, figure.name)) for figure in fields(one)]) for unit, one in by_unit.items()]


def _numbers(figure: Figure) -> Iterable[object]:
    by_level = getattr(figure, "by_level", None)
    parts = [by_level.pledged, by_level.committed, by_level.assigned] if by_level else []
    return [(f.min, f.max, f.pledges, f.contributors, f.undisclosed, f.disputed, f.leak_only) for f in (figure, *parts)]


def _point(moment: _Moment, events: list[Event]) -> Point:
    asked = [
        RequirementGaps(one.requirement, one.unit, one.min, one.max, one.gaps, one.state) for one in moment.required
    ]
    named = event_refs({event.event_id: event for event in events}.values())
    return Point(format_instant(moment.at_us), moment.size, moment.aid, asked, named)
