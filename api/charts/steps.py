"""The size over time: a lane for each figure, each on a scale of its own, because figures are never added up.

A lane is filled up to the lower bound, lighter up to the upper bound, and hatched to the top if there is no upper
bound. Pledges of undisclosed size are in neither bound: a strip under the lane shows their number, and since when.
Requirements are drawn over ``available`` only, the figure that they are compared with. Nothing is drawn after the time
of knowledge."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from api.charts.chart import MOST_NAMED, SMALL, Chart, Table, how_to_read, patterns, units_in_words
from api.charts.frame import (
    LEFT,
    Corner,
    Frame,
    RequiredLine,
    RequiredStep,
    area,
    clocks,
    edge,
    not_known,
    path,
    people_axis,
    people_scale,
    required_labels,
    required_lines,
    time_axis,
)
from api.charts.lanes import figure_at, lane_in_words, lane_name, lanes_of
from api.charts.scales import Scale, date_written
from api.charts.svg import NOTHING, Markup, element, group, joined, shortened, text, width_of
from api.wording import phrases
from api.wording.countries import actor_name
from domain.times import DAY_US, period, stamp_us
from projections.picture.items import MeetingItem, RequirementItem
from projections.record import EventRef
from projections.timeline import Point, Timeline

LATE_AFTER_US = DAY_US
"""A fact is late if it became known more than this after the end of the day, or longer period, of its effect."""

TITLE, EMPTY, USUAL, TALL = 26, 6, 80, 200
"""Heights of a lane's title, and of lanes without sizes, without requirements, and with requirements."""
STRIP, BETWEEN = 8, 12


# --- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """A figure from one time to another, in microseconds; a ``max`` of null has no upper end."""

    from_us: int
    to_us: int
    min: int
    max: int | None
    pledges: int
    undisclosed: int

    @property
    def is_disclosed(self) -> bool:
        """Whether there is any pledge whose size is known."""
        return self.pledges > self.undisclosed

    @property
    def is_open_ended(self) -> bool:
        """Whether a pledge of known size has no upper bound."""
        return self.is_disclosed and self.max is None


def steps_of(timeline: Timeline, figure: str, until_us: int) -> list[Step]:
    """The steps of a figure up to a time."""
    return [
        Step(from_us, to_us, value.min, value.max, value.pledges, value.undisclosed)
        for point, from_us, to_us in _stretches(timeline, until_us)
        for value in (figure_at(point, figure),)
    ]


def required_steps_of(timeline: Timeline, requirement: str, until_us: int) -> list[RequiredStep]:
    """The sizes of a requirement while it is in force, up to a time; one step for each size."""
    steps: list[RequiredStep] = []
    for point, from_us, to_us in _stretches(timeline, until_us):
        for one in (one for one in point.required if one.requirement == requirement):
            last = steps[-1] if steps else None
            if last and (last.to_us, last.min, last.max) == (from_us, one.min, one.max):
                steps[-1] = replace(last, to_us=to_us)
            else:
                steps.append(RequiredStep(from_us, to_us, one.min, one.max))
    return steps


def known_until_us(timeline: Timeline, to_us: int) -> int:
    """The end of the drawing: the end of the period, the time of knowledge, or where the answer was cut off."""
    known_us = period(timeline.basis.known_at).last_us
    cut_us = to_us if timeline.next_from is None else period(timeline.next_from).start_us
    return min(to_us, known_us, cut_us)


def _stretches(timeline: Timeline, until_us: int) -> Iterator[tuple[Point, int, int]]:
    starts = [period(point.at).start_us for point in timeline.points]
    for point, (from_us, to_us) in zip(timeline.points, pairwise([*starts, until_us]), strict=True):
        if from_us < until_us:
            yield point, from_us, min(to_us, until_us)


def is_late(event: EventRef, known_axis: str) -> bool:
    """Whether an event took effect well before it was known, by its recording or by its first publication."""
    if event.effective_at is None:
        return False
    recorded_us = stamp_us(event.recorded_at)
    published = [period(source.published_on).last_us for source in event.sources if source.published_on]
    known_us = min(published, default=recorded_us) if known_axis == "reported" else recorded_us
    return known_us > period(event.effective_at).last_us + LATE_AFTER_US


# --- the chart --------------------------------------------------------------------------------------------------------


def step_chart(
    timeline: Timeline,
    from_: str,
    to: str,
    *,
    on: str | None = None,
    requirements: Sequence[RequirementItem] = (),
    meetings: Sequence[MeetingItem] = (),
    late: Sequence[EventRef] = (),
    figures: Sequence[str] | None = None,
    width: int = 960,
    name: str = "steps",
) -> Chart:
    """Draw figures over time, from the start of one period to the end of another.

    ``on`` is the clock of what held, by default that of the timeline's basis; the other clock is what its basis was
    known by. Requirements in other units, over rotations, for one capability or as a line of another are named
    beside the chart. ``late`` are
    facts that became known late and that no point of the timeline names, for a timeline that names none.
    """
    drawing = _Drawing(
        timeline, Frame.over(name, width, period(from_).start_us, period(to).last_us), figures or lanes_of(timeline)
    )
    drawing.unnamed = late
    drawing.on_us = period(on or timeline.basis.valid_at).last_us
    drawn_requirements = [one for one in requirements if _is_comparable(one)][:MAX_REQUIREMENTS]
    met = drawing.met(meetings)
    top = CLOCKS + 4 + ROW * max((one.row + 1 for one in met), default=0)
    lanes, labels, bottom = drawing.lanes(top, [line for one in drawn_requirements if (line := drawing.required(one))])
    marks, end = drawing.late(bottom)
    known_us = period(timeline.basis.known_at).last_us
    drawn = (
        patterns(name), time_axis(drawing.frame, top, end), not_known(drawing.frame, drawing.until_us, top, bottom),
        drawing.meetings(met, top, bottom), lanes, marks,
        clocks(drawing.frame, drawing.on_us, known_us, CLOCKS, bottom), labels,
    )  # fmt: skip
    return Chart(
        name, "Force over time", drawing.summary(), width, round(end + 22), joined(drawn), drawing.table(),
        tuple(drawing.beside(requirements, meetings)),
    )  # fmt: skip


CLOCKS = 28
"""The height of the labels of the clocks at the top."""


def _is_comparable(item: RequirementItem) -> bool:
    quantity = item.quantity
    return (
        (quantity.unit == "personnel" or quantity.is_estimated)
        and not quantity.is_cumulative
        and item.capability is None
        and item.part_of is None
    )


class _Drawing:
    """One chart while it is drawn."""

    def __init__(self, timeline: Timeline, frame: Frame, figures: Sequence[str]) -> None:
        self.timeline = timeline
        self.frame = frame
        self.figures = figures
        self.until_us = known_until_us(timeline, int(frame.time.high))
        self.on_us = self.until_us
        self.unnamed: Sequence[EventRef] = ()
        self.steps = {figure: steps_of(timeline, figure, self.until_us) for figure in figures}

    def point(self) -> Point | None:
        """The point that holds on the day of the clock, if that was known."""
        is_known = self.on_us <= period(self.timeline.basis.known_at).last_us
        held = [point for point in self.timeline.points if period(point.at).start_us <= self.on_us]
        return held[-1] if held and is_known else None

    def required(self, item: RequirementItem) -> RequiredLine | None:
        """A requirement to draw, if it was in force at any time shown."""
        steps = required_steps_of(self.timeline, item.requirement, self.until_us)
        return RequiredLine(item.requirement, item.label, item.standing, steps) if steps else None

    # --- lanes ---

    def lanes(self, top: float, required: Sequence[RequiredLine]) -> tuple[Markup, Markup, float]:
        """All lanes, starting at ``top``, the labels above everything else, and the lower end of the lanes."""
        drawn, labels = [], []
        for figure in self.figures:
            lane, names, top = self._lane(figure, top, required if figure == "available" else ())
            drawn.append(lane)
            labels.append(names)
        return joined(drawn), group(*labels, class_="labels"), top

    def _lane(self, figure: str, top: float, required: Sequence[RequiredLine]) -> tuple[Markup, Markup, float]:
        steps = self.steps[figure]
        is_sized = any(step.is_disclosed for step in steps)
        base = top + TITLE + (TALL if required else USUAL if is_sized else EMPTY)
        parts, labels = [], [self._title(figure, top)]
        if required or is_sized:
            people = _scale(steps, required, base, top + TITLE)
            parts = [people_axis(self.frame, people), self._bands(steps, people)]
            parts.append(required_lines(self.frame, required, people))
            labels.append(required_labels(self.frame, required, people))
        else:
            parts.append(element("path", d=path([(LEFT, base), (self.frame.right, base)]), class_="base"))
        if any(step.undisclosed for step in steps):
            parts.append(self._undisclosed(steps, base))
            base += STRIP + SMALL + 3
        kind = "pledged" if "/" in figure else figure
        return group(*parts, class_=f"lane of-{kind}"), joined(labels), base + BETWEEN

    def _title(self, figure: str, top: float) -> Markup:
        label = element("tspan", phrases.capitalised(lane_name(figure)), class_="name", font_weight="600")
        return element("text", label, f": {self._figure_by_clock(figure)}", x=2, y=top + 13, class_="label title")

    def _figure_by_clock(self, figure: str) -> str:
        """A figure on the day of the clock, in words."""
        if not any(step.pledges for step in self.steps[figure]):
            return "none in this period"
        point = self.point()
        return "not known" if point is None else lane_in_words(point, figure)

    def _bands(self, steps: Sequence[Step], people: Scale) -> Markup:
        """The areas up to the lower bound, up to the upper bound, and without an upper bound; then the edges."""
        parts: list[Markup] = []
        for run in _runs(steps, lambda step: step.is_disclosed):
            least = self._corners(run, people, lambda step: step.min)
            parts.append(area(least, self._corners(run, people, lambda _: 0), "sure"))
            for part in _runs(run, lambda step: step.max is not None):
                most = self._corners(part, people, lambda step: step.max or 0)
                parts.append(area(most, self._corners(part, people, lambda step: step.min), "possible"))
                parts.append(edge(most, "edge most"))
            for part in _runs(run, lambda step: step.is_open_ended):
                top = self._corners(part, people, lambda _: people.high)
                low = self._corners(part, people, lambda step: step.min)
                parts.append(area(top, low, "open-ended", fill=f"url(#{self.frame.name}-open)"))
            parts.append(edge(least, "edge least"))
        return group(*parts, class_="bands")

    def _corners(self, steps: Sequence[Step], people: Scale, bound: Callable[[Step], float]) -> list[Corner]:
        """The corners of a bound over steps: it holds to the end of each, then jumps."""
        return [
            (self.frame.time.within(at_us), people.at(bound(step)))
            for step in steps
            for at_us in (step.from_us, step.to_us)
        ]

    def _undisclosed(self, steps: Sequence[Step], base: float) -> Markup:
        """A strip while there are pledges of undisclosed size, with their number at each change."""
        parts, free = [], 0.0
        for run in _runs(steps, lambda step: step.undisclosed > 0):
            left, right = self.frame.time.within(run[0].from_us), self.frame.time.within(run[-1].to_us)
            strip = [(left, base + 2), (right, base + 2)], [(left, base + 2 + STRIP), (right, base + 2 + STRIP)]
            parts.append(area(*strip, "undisclosed", fill=f"url(#{self.frame.name}-undisclosed)"))
            for count, alike in groupby(run, key=lambda step: step.undisclosed):
                x = self.frame.time.within(next(alike).from_us)
                label = f"{count} undisclosed" if not free else f"{count}"
                if x >= free:
                    x = min(x, self.frame.right - width_of(label, SMALL))
                    parts.append(text(label, x, base + STRIP + SMALL + 2, "undisclosed-label", font_size=SMALL))
                    free = x + width_of(label, SMALL) + 6
        return group(*parts)

    # --- meetings ---

    def met(self, meetings: Sequence[MeetingItem]) -> list["_MeetingMark"]:
        """The meetings within the drawing, each with the row above the lanes that has room for its name."""
        rows: list[float] = []
        found = []
        for x, item in self._placed(meetings):
            end = x + width_of(_short_name(item), SMALL) + 3
            row = next((row for row, free in enumerate(rows) if x >= free), len(rows))
            has_room = row < MAX_ROWS and end <= self.frame.width
            if has_room:
                rows[row:] = [end + 7, *rows[row + 1 :]]
            found.append(_MeetingMark(x, item, row if has_room else -1))
        return found

    def meetings(self, met: Sequence["_MeetingMark"], top: float, bottom: float) -> Markup:
        """A line through the lanes for each meeting, up to its name; without room for it, only with a title."""
        drawn = []
        for one in met:
            y = top - 6 - ROW * max(one.row, 0)
            title = element("title", _meeting_in_words(one.item))
            drawn.append(element("path", title, d=path([(one.x, y - 8), (one.x, bottom)]), class_="meeting"))
            if one.row >= 0:
                drawn.append(text(_short_name(one.item), one.x + 3, y, "meeting-label", font_size=SMALL))
        return group(*drawn, class_="meetings")

    def _placed(self, meetings: Sequence[MeetingItem]) -> list[tuple[float, MeetingItem]]:
        """The meetings within the drawing and their places, in the order of time."""
        starts = [(period(item.starts_at).start_us, item) for item in meetings if item.starts_at]
        within = [(at_us, item) for at_us, item in starts if self.frame.time.low <= at_us <= self.until_us]
        latest = sorted(within, key=lambda one: one[0])[-MAX_MEETINGS:]
        return [(self.frame.time.at(at_us), item) for at_us, item in latest]

    # --- late facts -------------

    def late(self, top: float) -> tuple[Markup, float]:
        """A mark below the lanes for each change that was reported after it took effect, and the end of the marks."""
        marks = []
        for _, at_us, events in self._late_by_point():
            if events:
                title = element(
                    "title", f"{date_written(at_us)}, reported after it took effect: {_events_in_words(events)}"
                )
                marks.append(_diamond(self.frame.time.at(at_us), top + 5, title))
        if not marks:
            return NOTHING, top
        label = text("reported after it took effect", LEFT + 12, top + 24, "late-label", font_size=SMALL)
        return group(*marks, _diamond(LEFT + 3, top + 20), label, class_="lateness"), top + 30

    def _late_by_point(self) -> Iterator[tuple[Point, int, list[EventRef]]]:
        """Each point and its time, with its late events and the earlier ones since the last point that none names."""
        unnamed = sorted(self.unnamed, key=starts_us)
        for point, at_us, _ in _stretches(self.timeline, self.until_us):
            named = [event for event in point.events if is_late(event, self.timeline.basis.known_axis)]
            by_then = bisect_right(unnamed, at_us, key=starts_us)
            yield point, at_us, named + unnamed[:by_then]
            del unnamed[:by_then]

    # --- in words ---

    def summary(self) -> str:
        """The chart in a few sentences."""
        basis = self.timeline.basis
        figures = "; ".join(f"{lane_name(figure)}: {self._figure_by_clock(figure)}" for figure in self.figures)
        cut = "" if self.until_us >= self.frame.time.high else " Nothing is drawn after that date."
        from_, to = (date_written(int(end)) for end in (self.frame.time.low, self.frame.time.high))
        return (
            f"{'Amounts' if '/' in self.figures[0] else 'Personnel'}, from {from_} to {to}, "
            f"as {phrases.known(basis.known_axis)} by {phrases.moment(basis.known_at)}.{cut} "
            f"On {date_written(self.on_us)}: {figures}."
        )

    def table(self) -> Table:
        """Every change, with each figure in words."""
        rows = []
        for point, at_us, late in self._late_by_point():
            figures = [lane_in_words(point, figure) for figure in self.figures]
            rows.append((date_written(at_us), *figures, _events_in_words(point.events), _events_in_words(late)))
        columns = ("From", *(phrases.capitalised(lane_name(figure)) for figure in self.figures))
        return Table((*columns, "Cause", "Reported after it took effect"), tuple(rows))

    def beside(self, requirements: Sequence[RequirementItem], meetings: Sequence[MeetingItem]) -> Iterator[str]:
        """The meaning of the fills, and what is not drawn."""
        steps = [step for its in self.steps.values() for step in its]
        yield from how_to_read(
            any(step.max is not None and step.max > step.min for step in steps),
            any(step.is_open_ended for step in steps),
            any(step.undisclosed for step in steps),
        )
        if "/" not in self.figures[0] and (point := self.point()) is not None:
            units = units_in_words(point.size.other_units, point.aid)
            if units:
                yield f"Not drawn, on {date_written(self.on_us)}: {phrases.listed_in_part(units, MOST_NAMED)}."
        left_out = [f"{item.label} ({_why_left_out(item)})" for item in requirements if not _is_comparable(item)]
        if left_out:
            yield f"Requirements not drawn: {phrases.listed_in_part(left_out, MOST_NAMED)}."
        if (more := len(requirements) - len(left_out) - MAX_REQUIREMENTS) > 0:
            yield f"{phrases.count(more, 'more requirement')} {'is' if more == 1 else 'are'} not drawn."
        if (more := len(meetings) - MAX_MEETINGS) > 0:
            yield f"Of {len(meetings):,} meetings, no more than the last {MAX_MEETINGS} in this period are drawn."
        if self.timeline.next_from is not None:
            yield f"There are too many changes to draw at once. The chart ends on {date_written(self.until_us)}."


def _scale(steps: Sequence[Step], required: Sequence[RequiredLine], base: float, top: float) -> Scale:
    disclosed = [step for step in steps if step.is_disclosed]
    required_steps = [step for line in required for step in line.steps]
    bounds = [*(bound for step in disclosed for bound in (step.min, step.max))]
    bounds += [bound for step in required_steps for bound in (step.min, step.max)]
    return people_scale(bounds, any(step.is_open_ended for step in disclosed), base, top)


def _runs(steps: Sequence[Step], wanted: Callable[[Step], bool]) -> Iterator[list[Step]]:
    """The unbroken runs of steps that are wanted."""
    return (list(found) for is_wanted, found in groupby(steps, key=wanted) if is_wanted)


def _diamond(x: float, y: float, title: Markup = NOTHING) -> Markup:
    return element("path", title, d=path([(x, y - 5), (x + 5, y), (x, y + 5), (x - 5, y)]) + "Z", class_="late")


def _why_left_out(item: RequirementItem) -> str:
    if item.part_of:
        return f"a line of {item.part_of}"
    if item.capability:
        return f"only for {phrases.spoken(item.capability)}"
    return "over rotations" if item.quantity.is_cumulative else f"in {phrases.plural(item.quantity.unit)}"


MAX_ROWS, ROW = 3, 13
MAX_REQUIREMENTS, MAX_MEETINGS = 12, 200


@dataclass(frozen=True, slots=True)
class _MeetingMark:
    """A meeting in the drawing, and the row of its name; -1 if there is no room for it."""

    x: float
    item: MeetingItem
    row: int


def _short_name(item: MeetingItem) -> str:
    """A meeting in a word or two: the last part of its place, or else its title."""
    return shortened((item.place or "").rpartition(", ")[2] or item.title or item.meeting, 16)


def _meeting_in_words(item: MeetingItem) -> str:
    where = f", {item.place}" if item.place else ""
    return f"{phrases.date(item.starts_at or '')}: {item.title or item.meeting}{where}"


def starts_us(event: EventRef) -> int:
    """The time from which a late event holds; an event without one is never late."""
    assert event.effective_at is not None
    return period(event.effective_at).start_us


def _events_in_words(events: Sequence[EventRef]) -> str:
    named = [f"{phrases.type_in_words(event.type)} ({_name_of(event)})" for event in events[:MAX_EVENTS]]
    more = [f"and {len(events) - MAX_EVENTS:,} more"] if len(events) > MAX_EVENTS else []
    return "; ".join([*named, *more])


MAX_EVENTS = 12
"""The events named at one place; of further events it gives the number."""


def _name_of(event: EventRef) -> str:
    """The subject of an event, actors by name."""
    kind, _, name = event.about.partition(":")
    if kind not in ("member", "stance", "support"):
        return name or kind
    return ", ".join(
        actor_name(part) if part.isupper() or ":" in part else phrases.spoken(part) for part in name.split()
    )
