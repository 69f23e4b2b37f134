"""The charts of a coalition's pages: what each is drawn from, and how much work that may be.

A chart over time needs a picture at every time at which something changed. If there are more such times than fit in a
drawing, it shows some of them, and says so. Timelines are kept: nothing in them but the mark of the day depends on
``valid_at``."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any
from weakref import ReferenceType

from api.charts import Chart, contributor_bars, force_map, headline_bars, step_chart
from api.charts.steps import is_late, starts_us
from api.pages.stories import stories
from api.pages.viewpoint import Viewpoint
from api.work_slots import need_slot
from domain.history.history import History, View
from domain.history.knowledge import ReadableKnowledge
from domain.ledger import stream_key
from domain.lru import LruOfEach
from domain.times import CALENDAR_US, DAY_US, day_of, period
from projections.asof import Basis
from projections.coalition import coalition_of
from projections.lists import items_of
from projections.picture.figures import Figures
from projections.record import EventRef, event_refs, record_of, thing_of
from projections.timeline import SIZED_BY, Timeline, outline_of

WIDE, NARROW, MAP = 1120, 366, 380
"""The widths, in pixels, that charts are drawn for."""

MAX_TIMES = 60
"""Times at which a chart over time is drawn."""

MAX_EVENTS_AT_ONCE = 1_000
"""Known events up to which the chart over time is drawn with its page; with more, it follows the page."""

AHEAD_US = 400 * DAY_US
"""How far beyond ``valid_at`` a chart looks for changes that have been announced."""

MARGIN_US = 5 * DAY_US
THINNED = (
    f"There are too many changes to draw, so the chart shows {MAX_TIMES} days. Changes between two of these days are "
    "not drawn. A mark stands for everything reported late that took effect since the previous day shown."
)


def steps(viewpoint: Viewpoint, width: int = WIDE, name: str = "steps") -> Chart:
    """The headline figures over time, with meetings and requirements."""
    from_, to = _span(viewpoint)
    by_the_end = viewpoint.view.at(period(to).last_us)
    requirements = items_of("requirements", by_the_end, viewpoint.basis).items
    meetings = [one for one in items_of("meetings", by_the_end, viewpoint.basis).items if one.starts_at]
    over_time = timeline(viewpoint, from_, to)
    chart = step_chart(
        over_time.timeline, from_, to, on=viewpoint.basis.valid_at, requirements=requirements, meetings=meetings,
        late=over_time.late, width=width, name=name,
    )  # fmt: skip
    return replace(chart, beside=(*chart.beside, THINNED)) if over_time.is_thinned else chart


def headline(viewpoint: Viewpoint, width: int = WIDE, name: str = "headline") -> Chart:
    """The headline figures side by side."""
    return headline_bars(viewpoint.picture.size, aid=viewpoint.picture.aid.by_purpose, width=width, name=name)


def force_and_basing(viewpoint: Viewpoint, width: int = MAP, name: str = "map") -> Chart:
    """The countries that contribute, and those in which the force may be based."""
    theatre = coalition_of(viewpoint.view, viewpoint.basis).theatre
    return force_map(viewpoint.picture, theatre, width=width, name=name)


def contributors(viewpoint: Viewpoint, width: int = WIDE, name: str = "contributors") -> Chart:
    """The pledges of each contributor, by level."""
    return contributor_bars(
        viewpoint.picture.size.by_contributor, aid=viewpoint.picture.aid.by_contributor, width=width, name=name
    )


CHARTS: dict[str, tuple[Callable[..., Chart], tuple[int, ...]]] = {
    "steps": (steps, (WIDE, NARROW)),
    "headline": (headline, (WIDE, NARROW)),
    "contributors": (contributors, (WIDE, NARROW)),
    "map": (force_and_basing, (MAP,)),
    "stories": (stories, (WIDE, NARROW)),
}
"""Every chart of a coalition by the name that its address ends with, and the widths that it is drawn for in a page."""


def charts_of(viewpoint: Viewpoint, chart: str) -> list[Chart]:
    """A chart at each of its widths: for a desk and, if that would be too small there, for a telephone."""
    draw, widths = CHARTS[chart]
    return [draw(viewpoint, width, f"{chart}-{width}") for width in widths]


def two_widths(draw: Callable[[int, str], Chart], name: str) -> list[Chart]:
    """A chart for a desk and for a telephone; the style sheet shows the one that fits."""
    return [draw(width, f"{name}-{width}") for width in (WIDE, NARROW)]


def is_drawn_at_once(viewpoint: Viewpoint) -> bool:
    """Whether there are so few events that the chart over time can be drawn with its page."""
    return viewpoint.view.position <= MAX_EVENTS_AT_ONCE


@dataclass(frozen=True, slots=True)
class OverTime:
    """The size figures over time. If ``is_thinned``, it names no events; ``late`` are those that were reported late."""

    timeline: Timeline
    is_thinned: bool
    late: list[EventRef]


POINT_BYTES = 10_000
"""About what a point of a timeline costs, apart from the pledges that its figures are made of."""


def timeline(viewpoint: Viewpoint, from_: str, to: str) -> OverTime:
    """The size figures over time, at as many times as can be told apart in a drawing.

    It is kept as a part of the history, whose pledges it refers to.
    """
    key = _key(viewpoint, from_, to)
    history, over_time = viewpoint.memory.get(key) or (None, None)
    if over_time is None or history is None or history() is not viewpoint.history:
        need_slot()
        over_time = _over_time(viewpoint.view.at(period(to).last_us), viewpoint.basis, period(from_).start_us)
        viewpoint.memory.put(
            key, (ReferenceType(viewpoint.history), over_time), _cost_of(over_time),
            part_of=stream_key(viewpoint.basis.coalition),
        )  # fmt: skip
    return replace(over_time, timeline=replace(over_time.timeline, basis=viewpoint.basis))


def _cost_of(over_time: OverTime) -> int:
    """About what a timeline costs in bytes: each figure refers to the pledges that it is made of."""
    pledges = sum(
        len(getattr(point.size, of.name).of)
        for point in over_time.timeline.points
        for of in fields(Figures)
        if of.name != "other_units"
    )
    return POINT_BYTES * len(over_time.timeline.points) + 4 * 8 * pledges


def _key(viewpoint: Viewpoint, from_: str, to: str) -> tuple[Any, ...]:
    """All that a timeline depends on. How many events are known does not say which: what was public can cease to be."""
    history, basis = viewpoint.history, viewpoint.basis
    known: Any = basis.known_axis, basis.sequence, basis.known_at
    if isinstance(history, History):
        known = history.known_set(period(basis.known_at).last_us, basis.known_axis, basis.sequence)
    return "timeline", id(history), known, basis.without, from_, to


def _over_time(view: View, basis: Basis, from_us: int) -> OverTime:
    outline = outline_of(view, basis, from_us, view.valid_us, MAX_TIMES)
    is_thinned = len(outline.points) == MAX_TIMES and not any(point.events for point in outline.points)
    late = _late(view, basis) if is_thinned else []
    return OverTime(outline, is_thinned, [ref for ref in late if from_us <= starts_us(ref) <= view.valid_us])


_LATE = LruOfEach[ReadableKnowledge, int, list[EventRef]](1)
"""The last answer for each order of learning, by position: it is the same for any span of time."""


def _late(view: View, basis: Basis) -> list[EventRef]:
    """The facts in force that sizes are based on, whenever they take effect, and that were reported late."""
    cached = _LATE.of(view.knowledge)
    late = cached.get(view.position)
    if late is None:
        things = {thing for event in view.events() if (thing := thing_of(event)) and thing.kind in SIZED_BY}
        in_force = (one.event for one in record_of(things, view) if one.stands)
        late = [ref for ref in event_refs(in_force) if is_late(ref, basis.known_axis)]
        cached.put(view.position, late)
    return late


def _span(viewpoint: Viewpoint) -> tuple[str, str]:
    """From the day before the coalition was formed to the last day on which something changes, or ``valid_at``."""
    valid_us = viewpoint.view.valid_us
    formed_at = coalition_of(viewpoint.view, viewpoint.basis).formed_at
    from_us = period(formed_at).start_us if formed_at else valid_us - 30 * DAY_US
    times = [at_us for day in viewpoint.changing_days if from_us < (at_us := day * DAY_US) <= valid_us + AHEAD_US]
    last_us = max(valid_us, from_us, *times) + MARGIN_US
    return day_of(max(from_us - DAY_US, CALENDAR_US[0])), day_of(min(last_us, CALENDAR_US[1]))
