"""What charts over time share: the axis of dates, the axis of people, requirements as lines, the two clocks."""

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
    """A drawing of some width, and where times lie in it."""

    name: str
    width: int
    time: Scale

    @classmethod
    def over(cls, name: str, width: int, from_us: int, to_us: int) -> "Frame":
        """A frame for the time from one moment to another."""
        return cls(name, width, Scale(from_us, to_us, LEFT, width - RIGHT))

    @property
    def right(self) -> float:
        """Where the drawing ends."""
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
    """A scale from nobody, at ``base``, to more than the highest bound; above an open end there is room to show it."""
    highest = max((bound for bound in bounds if bound), default=1)
    return Scale(0, ticks(highest * 1.25 if has_open_end else highest, _most_ticks(base - top))[-1], base, top)


def people_axis(frame: Frame, people: Scale) -> Markup:
    """Numbers of people to the left, and a faint line at each."""
    drawn = []
    for mark in ticks(people.high, _most_ticks(people.start - people.end)):
        y = people.at(mark)
        drawn.append(_line(LEFT, y, frame.right, y, "grid" if mark else "base"))
        drawn.append(text(f"{mark:,}", LEFT - 6, y + 4, "tick", text_anchor="end", font_size=SMALL))
    return group(*drawn, class_="people")


def _most_ticks(height: float) -> int:
    return max(2, int(height / 40))


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return element("path", d=path([(x1, y1), (x2, y2)]), class_=class_)


def path(corners: Iterable[Corner]) -> str:
    """A path through points, straight from each to the next."""
    return "".join(f"{'L' if at else 'M'}{number(x)} {number(y)}" for at, (x, y) in enumerate(corners))


# --- labels that keep apart -------------------------------------------------------------------------------------------


def apart(wanted: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """Places near the wanted ones, at least so far from each other and, as long as they fit, from ``low`` to ``high``.

    The order of the places is that of the wanted ones; equal ones stay in the order given.
    """
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    found: list[float] = []
    for at in order:
        found.append(max(wanted[at], low, found[-1] + least if found else low))
    limit = high
    for number_ in reversed(range(len(found))):
        found[number_] = min(found[number_], limit)
        limit = found[number_] - least
    places = [0.0] * len(wanted)
    for at, place in zip(order, found, strict=True):
        places[at] = place
    return places


# --- requirements -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RequiredStep:
    """What a requirement asks for from one time to another, in people."""

    from_us: int
    to_us: int
    min: int | None
    max: int | None

    @property
    def is_range(self) -> bool:
        """Whether it asks for something between two numbers: then there is room between their lines."""
        return None not in (self.min, self.max) and self.min != self.max


@dataclass(frozen=True, slots=True)
class RequiredLine:
    """A requirement to draw, how firmly it is stated, and what it asks for while it stands; never empty."""

    requirement: str
    label: str
    standing: str
    steps: list[RequiredStep]

    @property
    def said(self) -> str:
        """The requirement with what it last asks for."""
        return f"{self.label}: {phrases.bounds(self.steps[-1].min, self.steps[-1].max)}"


def required_lines(frame: Frame, lines: Sequence[RequiredLine], people: Scale) -> Markup:
    """Requirements over a drawing: a line for each bound, and a veil between the two."""
    return group(*(_required(frame, line, people) for line in lines), class_="required")


def required_labels(frame: Frame, lines: Sequence[RequiredLine], people: Scale) -> Markup:
    """Their labels, at the right, apart from each other."""
    ends = [people.within(_middle(line.steps[-1])) + (4 if line.steps[-1].is_range else -3) for line in lines]
    places = apart(ends, SMALL + 2, people.end + SMALL, people.start - 4)
    return group(*(_required_label(frame, line, y) for line, y in zip(lines, places, strict=True)))


def _required_label(frame: Frame, line: RequiredLine, y: float) -> Markup:
    """At the end of the line, or at the right where there is no room before that."""
    end = frame.time.within(line.steps[-1].to_us)
    right = end if end - LEFT > width_of(line.said, SMALL) else frame.right
    said = shortened(line.said, int((right - LEFT) / width_of("m", SMALL)) - 2)
    return text(said, right - 4, y, "required-label", text_anchor="end", font_size=SMALL)


def _middle(step: RequiredStep) -> float:
    bounds = [bound for bound in (step.min, step.max) if bound is not None]
    return sum(bounds) / len(bounds) if bounds else 0


def _required(frame: Frame, line: RequiredLine, people: Scale) -> Markup:
    """Each step on its own: an amended requirement jumps."""
    drawn = [element("title", f"{line.said}, {phrases.spoken(line.standing)}")]
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
    """The two clocks as upright lines with their names above ``top``, where they lie within the drawing; 28 pixels."""
    drawn = []
    for row, (at_us, word, class_) in enumerate(((on_us, "on", "on"), (known_us, "as known on", "known"))):
        if not frame.time.has(at_us):
            continue
        x, said = frame.time.at(at_us), f"{word} {date_written(at_us)}"
        is_right = x + 4 + width_of(said, SMALL) > frame.width
        y = top - 18 + 13 * row
        drawn.append(_line(x, y - 8, x, bottom, "clock"))
        side = -4 if is_right else 4
        label = text(said, x + side, y, "clock-label", text_anchor="end" if is_right else "start", font_size=SMALL)
        drawn[-1] = group(drawn[-1], label, class_=class_)
    return group(*drawn, class_="clocks")


def not_known(frame: Frame, until_us: int, top: float, bottom: float) -> Markup:
    """The part of a drawing in which nothing was known yet, hatched and named."""
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
