"""The common parts of charts over time: axes of dates and people, requirements as lines, the two clocks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.charts.chart import SMALL
from api.charts.scales import Scale, date_ticks, date_written, ticks
from api.charts.svg import Markup, element, group, number, shortened, text, width_of
from api.wording import phrases

LEFT, RIGHT = 62, 14
Corner = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing with a width in pixels, and the scale of time in it."""

    name: str
    width: int
    time: Scale

    @classmethod
    def over(cls, name: str, width: int, from_us: int, to_us: int) -> "Frame":
        """A frame for the time from one moment to another."""
        return cls(name, width, Scale(from_us, to_us, LEFT, width - RIGHT))

    @property
    def right(self) -> float:
        """The right edge of the axes."""
        return self.width - RIGHT


# --- axes -------------------------------------------------------------------------------------------------------------


def time_axis(frame: Frame, top: float, bottom: float) -> Markup:
    """Dates below ``bottom``, and a faint line up to ``top`` at each; 20 pixels high."""
    most = max(2, int((frame.time.end - frame.time.start) / 62))
    drawn = []
    for tick in date_ticks(int(frame.time.low), int(frame.time.high), most):
        x = frame.time.at(tick.at_us)
        drawn.append(_line(x, top, x, bottom, "grid"))
        drawn.append(text(tick.label, x, bottom + 15, "tick", text_anchor="middle", font_size=SMALL))
    return group(*drawn, class_="dates")


def people_scale(bounds: Iterable[int | None], has_open_end: bool, base: float, top: float) -> Scale:
    """A scale from 0, at ``base``, to at least the highest bound, with room above it to show an open end."""
    highest = max((bound for bound in bounds if bound), default=1)
    return Scale(0, ticks(highest * 1.25 if has_open_end else highest, _most_ticks(base - top))[-1], base, top)


def people_axis(frame: Frame, people: Scale) -> Markup:
    """Numbers of people to the left, and a faint line at each."""
    drawn = []
    for mark in ticks(people.high, _most_ticks(people.start - people.end)):
        y = people.at(mark)
        drawn.append(_line(LEFT, y, frame.right, y, "grid" if mark else "base"))
        drawn.append(text(_short(int(mark)), LEFT - 6, y + 4, "tick", text_anchor="end", font_size=SMALL))
    return group(*drawn, class_="people")


def _short(mark: int) -> str:
    """A number beside a scale: ``20,000``, ``150m``, ``2bn``."""
    for size, letters in ((10**9, "bn"), (10**6, "m")):
        if mark >= size:
            return f"{mark / size:g}{letters}"
    return f"{mark:,}"


def _most_ticks(height: float) -> int:
    return max(2, int(height / 40))


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("path", d=path([(x1, y1), (x2, y2)]), class_=class_)


def path(corners: Iterable[Corner]) -> str:
    """A path through points, straight from each to the next."""
    return "".join(f"{'L' if at else 'M'}{number(x)} {number(y)}" for at, (x, y) in enumerate(corners))


# --- labels that keep apart -------------------------------------------------------------------------------------------


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least ``least`` apart and, if they fit, between ``low`` and ``high``.

    The places are in the order of the wanted ones; equal ones keep their order.
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    spread: list[float] = []
    for at in order:
        spread.append(max(wanted[at], low, spread[-1] + least if spread else low))
    limit = high
    for number_ in reversed(range(len(spread))):
        spread[number_] = min(spread[number_], limit)
        limit = spread[number_] - least
    places = [0.0] * len(wanted)
    for at, place in zip(order, spread, strict=True):
        places[at] = place
    return places


# --- requirements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequiredStep:
    """The size of a requirement from one time to another, in people."""

    from_us: int
    to_us: int
    min: int | None
    max: int | None

    @property
    def is_range(self) -> bool:
        """Whether its bounds differ, so that there is room between their lines."""
        return None not in (self.min, self.max) and self.min != self.max


@dataclass(frozen=True, slots=True)
class RequiredLine:
    """A requirement to draw, how firmly it is stated, and its sizes over time, at least one."""

    requirement: str
    label: str
    standing: str
    steps: list[RequiredStep]

    @property
    def label_with_size(self) -> str:
        """The label of the requirement with its last size."""
        return f"{self.label}: {phrases.bounds(self.steps[-1].min, self.steps[-1].max)}"


def required_lines(frame: Frame, lines: Sequence[RequiredLine], people: Scale) -> Markup:
    """Requirements over a drawing: a line for each bound, and a tint between the two."""
    return group(*(_required(frame, line, people) for line in lines), class_="required")


def required_labels(frame: Frame, lines: Sequence[RequiredLine], people: Scale) -> Markup:
    """The labels of requirements, at the right, apart from each other."""
    ends = [people.within(_middle(line.steps[-1])) + (4 if line.steps[-1].is_range else -3) for line in lines]
    places = apart(ends, SMALL + 2, people.end + SMALL, people.start - 4)
    return group(*(_required_label(frame, line, y) for line, y in zip(lines, places, strict=True)))


def _required_label(frame: Frame, line: RequiredLine, y: float) -> Markup:
    """The label at the end of the line, or at the right edge if there is no room before that."""
    end = frame.time.within(line.steps[-1].to_us)
    right = end if end - LEFT > width_of(line.label_with_size, SMALL) else frame.right
    label = shortened(line.label_with_size, int((right - LEFT) / width_of("m", SMALL)) - 2)
    return text(label, right - 4, y, "required-label", text_anchor="end", font_size=SMALL)


def _middle(step: RequiredStep) -> float:
    bounds = [bound for bound in (step.min, step.max) if bound is not None]
    return sum(bounds) / len(bounds) if bounds else 0


def _required(frame: Frame, line: RequiredLine, people: Scale) -> Markup:
    """Each step on its own: an amended requirement jumps."""
    drawn = [element("title", f"{line.label_with_size}, {phrases.spoken(line.standing)}")]
    for step in line.steps:
        left, right = frame.time.within(step.from_us), frame.time.within(step.to_us)
        heights = [people.within(bound) for bound in dict.fromkeys((step.min, step.max)) if bound is not None]
        if len(heights) == 2:
            low, high = heights
            corners = [(left, low), (right, low), (right, high), (left, high)]
            drawn.append(element("path", d=path(corners) + "Z", class_="veil"))
        drawn += [_line(left, y, right, y, f"line {line.standing}") for y in heights]
    return group(*drawn, class_="requirement")


# --- clocks -----------------------------------------------------------------------------------------------------------


def clocks(frame: Frame, on_us: int, known_us: int, top: float, bottom: float) -> Markup:
    """The two clocks as vertical lines with labels above ``top``, if they are within the drawing; 28 pixels high."""
    drawn = []
    for row, (at_us, word, class_) in enumerate(((on_us, "on", "on"), (known_us, "as known on", "known"))):
        if not frame.time.has(at_us):
            continue
        x, name = frame.time.at(at_us), f"{word} {date_written(at_us)}"
        is_right = x + 4 + width_of(name, SMALL) > frame.width
        y = top - 18 + 13 * row
        drawn.append(_line(x, y - 8, x, bottom, "clock"))
        side = -4 if is_right else 4
        label = text(name, x + side, y, "clock-label", text_anchor="end" if is_right else "start", font_size=SMALL)
        drawn[-1] = group(drawn[-1], label, class_=class_)
    return group(*drawn, class_="clocks")


def not_known(frame: Frame, until_us: int, top: float, bottom: float) -> Markup:
    """The part of a drawing about which nothing was known yet, hatched and labelled."""
    left = frame.time.within(until_us)
    if left >= frame.right:
        return group()
    area = [(left, top), (frame.right, top), (frame.right, bottom), (left, bottom)]
    drawn = [element("path", d=path(area) + "Z", class_="unknown", fill=f"url(#{frame.name}-unknown)")]
    if frame.right - left > width_of("not yet known", SMALL) + 8:
        middle = (left + frame.right) / 2
        drawn.append(text("not yet known", middle, bottom - 2, "unknown-label", text_anchor="middle", font_size=SMALL))
    return group(*drawn)


# --- areas ------------------------------------------------------------------------------------------------------------


def area(upper: Sequence[Corner], lower: Sequence[Corner], class_: str, fill: str | None = None) -> Markup:
    """The area between two lines from left to right."""
    return element("path", d=path([*upper, *reversed(lower)]) + "Z", class_=class_, fill=fill)


def edge(corners: Sequence[Corner], class_: str) -> Markup:
    """A line that is not filled."""
    return element("path", d=path(corners), class_=class_, fill="none")
