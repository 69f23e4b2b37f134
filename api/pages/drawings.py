"""The charts of a page: what each is drawn from, and how much work that may be.

A chart over time needs a picture at every time at which something changed. Where there are more such times than fit in
a drawing, it is drawn at some of them, and says so. The last ones are kept, since moving the clock of what held changes
nothing in them but where that clock stands."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from weakref import ReferenceType

from api.charts import Chart, contributor_bars, force_map, headline_bars, step_chart
from api.charts.steps import is_late, starts_us
from api.pages.stories import stories
from api.pages.viewpoint import Viewpoint
from domain.history.history import ReadableHistory, View
from domain.history.knowledge import ReadableKnowledge
from domain.lru import Lru, LruOfEach
from domain.times import CALENDAR_US, DAY_US, day_of, period
from projections.asof import Basis
from projections.coalition import coalition_of
from projections.lists import items_of
from projections.record import EventRef, event_refs, record_of, thing_of
from projections.timeline import SIZED_BY, Timeline, outline_of

WIDE, NARROW, MAP = 1120, 366, 380
"""The widths, in pixels, that charts are drawn for."""
MOST_TIMES = 60
THINNED = (
    f"There are too many changes to draw, so the chart shows {MOST_TIMES} days. Changes between two of these days are "
    "not drawn. A mark stands for everything reported late that took effect since the previous day shown."
)


@dataclass(frozen=True, slots=True)
class OverTime:
    """The size figures over time. One that ``is_thinned`` names no events; ``late`` are those that came late."""

    timeline: Timeline
    is_thinned: bool
    late: list[EventRef]


_TIMELINES = Lru[tuple[Any, ...], tuple[ReferenceType[ReadableHistory], OverTime]](64)
"""Each with the history that it was made from, which may be gone, and whose id in the key may then be another's."""
AHEAD_US = 400 * DAY_US
"""So far beyond the clock may a chart look for changes that have been announced."""
MARGIN_US = 5 * DAY_US


def steps(stand: Viewpoint, width: int = WIDE, name: str = "steps") -> Chart:
    """The headline figures over time, with meetings and requirements."""
    from_, to = _span(stand)
    by_the_end = stand.view.at(period(to).last_us)
    requirements = items_of("requirements", by_the_end, stand.basis).items
    meetings = [one for one in items_of("meetings", by_the_end, stand.basis).items if one.starts_at]
    over_time = timeline(stand, from_, to)
    chart = step_chart(
        over_time.timeline, from_, to, on=stand.basis.valid_at, requirements=requirements, meetings=meetings,
        late=over_time.late, width=width, name=name,
    )  # fmt: skip
    return replace(chart, beside=(*chart.beside, THINNED)) if over_time.is_thinned else chart


def headline(stand: Viewpoint, width: int = WIDE, name: str = "headline") -> Chart:
    """The headline figures side by side."""
    return headline_bars(stand.picture.size, width=width, name=name)


def where(stand: Viewpoint, width: int = MAP, name: str = "map") -> Chart:
    """Who contributes from where, and where the force may be based."""
    return force_map(stand.picture, width=width, name=name)


def contributors(stand: Viewpoint, width: int = WIDE, name: str = "contributors") -> Chart:
    """What each contributor has put up, by level."""
    return contributor_bars(stand.picture.size.by_contributor, width=width, name=name)


CHARTS: dict[str, tuple[Callable[..., Chart], tuple[int, ...]]] = {
    "steps": (steps, (WIDE, NARROW)),
    "headline": (headline, (WIDE, NARROW)),
    "contributors": (contributors, (WIDE, NARROW)),
    "map": (where, (MAP,)),
    "stories": (stories, (WIDE, NARROW)),
}
"""Every chart of a coalition by the name that its address ends with, and the widths that it is drawn for in a page."""


def drawn(stand: Viewpoint, chart: str) -> list[Chart]:
    """A chart for a desk and, where that would be too small there, for a telephone; the style sheet shows what fits."""
    draw, widths = CHARTS[chart]
    return [draw(stand, width, f"{chart}-{width}") for width in widths]


def timeline(stand: Viewpoint, from_: str, to: str) -> OverTime:
    """The size figures over time, at as many times as can be told apart in a drawing."""
    key = _key(stand, from_, to)
    history, over_time = _TIMELINES.get(key) or (None, None)
    if over_time is None or history is None or history() is not stand.history:
        over_time = _over_time(stand.view.at(period(to).last_us), stand.basis, period(from_).start_us)
        _TIMELINES.put(key, (ReferenceType(stand.history), over_time))
    return replace(over_time, timeline=replace(over_time.timeline, basis=stand.basis))


def _over_time(view: View, basis: Basis, from_us: int) -> OverTime:
    found = outline_of(view, basis, from_us, view.valid_us, MOST_TIMES)
    is_thinned = len(found.points) == MOST_TIMES and not any(point.events for point in found.points)
    late = _late(view, basis) if is_thinned else []
    return OverTime(found, is_thinned, [ref for ref in late if from_us <= starts_us(ref) <= view.valid_us])


_LATE = LruOfEach[ReadableKnowledge, int, list[EventRef]](1)
"""The last answer for each order of learning, by position: it is the same for whatever time is drawn."""


def _late(view: View, basis: Basis) -> list[EventRef]:
    """The facts that sizes rest on, that stand by what was known, whenever they take effect, and became known late."""
    cached = _LATE.of(view.knowledge)
    late = cached.get(view.position)
    if late is None:
        things = {thing for event in view.events() if (thing := thing_of(event)) and thing.kind in SIZED_BY}
        stood = (one.event for one in record_of(things, view) if one.stands)
        late = [ref for ref in event_refs(stood) if is_late(ref, basis.known_axis)]
        cached.put(view.position, late)
    return late


def _key(stand: Viewpoint, from_: str, to: str) -> tuple[Any, ...]:
    """What a timeline depends on."""
    return id(stand.history), stand.basis.known_axis, stand.basis.sequence, stand.view.position, from_, to


def is_at_hand(stand: Viewpoint) -> bool:
    """Whether there is so little to look at that the chart over time can be drawn with its page."""
    return stand.view.position <= AT_ONCE


AT_ONCE = 1_000
"""With so many known events or fewer, a chart over time is drawn with its page; else it follows the page."""


def _span(stand: Viewpoint) -> tuple[str, str]:
    """From the day before the coalition was formed to the last day on which something changed, or the clock's."""
    clock_us = stand.view.valid_us
    formed_at = coalition_of(stand.view, stand.basis).formed_at
    from_us = period(formed_at).start_us if formed_at else clock_us - 30 * DAY_US
    times = [at_us for day in stand.changing_days if from_us < (at_us := day * DAY_US) <= clock_us + AHEAD_US]
    last_us = max(clock_us, from_us, *times) + MARGIN_US
    return day_of(max(from_us - DAY_US, CALENDAR_US[0])), day_of(min(last_us, CALENDAR_US[1]))


def two_widths(draw: Callable[[int, str], Chart], name: str) -> list[Chart]:
    """A chart for a desk and for a telephone."""
    return [draw(width, f"{name}-{width}") for width in (WIDE, NARROW)]
