"""The plot of a soak: latencies by quantile on a logarithmic scale, and memory below, over the same minutes."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from api.charts.svg import Markup, element, joined, number

WIDTH, HEIGHT, LEFT, RIGHT, GAP = 900, 220, 60, 70, 50
COLOURS = ("#1b6ca8", "#c77c11", "#a8231b", "#4a4a4a")

Scale = Callable[[float], float]


class Line(NamedTuple):
    """A line of a plot: its name, and its points as (minutes, value)."""

    name: str
    points: Sequence[tuple[float, float]]


def plot(latencies: Sequence[Line], memory: Line) -> str:
    """Both panels as one SVG file."""
    minutes = max(at for line in (*latencies, memory) for at, _ in line.points)
    across: Scale = lambda at: LEFT + at / minutes * (WIDTH - LEFT - RIGHT)  # noqa: E731
    least = floor(log10(min(value for line in latencies for _, value in line.points)))
    most = ceil(log10(max(value for line in latencies for _, value in line.points)))
    top: Scale = lambda value: GAP + (most - log10(value)) / (most - least) * HEIGHT  # noqa: E731
    highest = max(value for _, value in memory.points) * 1.2
    below = 2 * GAP + HEIGHT
    bottom: Scale = lambda value: below + (1 - value / highest) * HEIGHT  # noqa: E731
    parts = [
        _title(GAP - 20, "Milliseconds until an answer, by quantile"),
        *_rules([10.0**power for power in range(least, most + 1)], top),
        *_lines(latencies, across, top),
        _title(below - 20, "Resident memory, MB"),
        *_rules([0, highest / 1.2], bottom),
        *_lines([memory], across, bottom, COLOURS[3:]),
        *_minutes(minutes, across, below + HEIGHT + 20),
    ]
    size: dict[str, float] = {"width": WIDTH, "height": below + HEIGHT + GAP}
    head = {"xmlns": "http://www.w3.org/2000/svg", "font_family": "sans-serif", "font_size": "12"}
    white = element("rect", **size, fill="#fff")
    return element("svg", white, joined(parts), **head, **size, viewBox=f"0 0 {size['width']} {size['height']}")


def _title(y: float, text: str) -> Markup:
    return element("text", text, x=LEFT, y=y, font_weight="bold")


def _rules(values: Sequence[float], up: Scale) -> Iterator[Markup]:
    for value in values:
        yield element("line", x1=LEFT, x2=WIDTH - RIGHT, y1=up(value), y2=up(value), stroke="#ddd")
        yield element("text", f"{value:,.0f}", x=LEFT - 6, y=up(value) + 4, text_anchor="end")


def _lines(lines: Sequence[Line], across: Scale, up: Scale, colours: Sequence[str] = COLOURS) -> Iterator[Markup]:
    for line, colour in zip(lines, colours, strict=False):
        points = " ".join(f"{number(across(at))},{number(up(value))}" for at, value in line.points)
        yield element("polyline", points=points, fill="none", stroke=colour, stroke_width=1.5)
        yield element("text", line.name, x=WIDTH - RIGHT + 6, y=up(line.points[-1][1]) + 4, fill=colour)


def _minutes(minutes: float, across: Scale, y: float) -> Iterator[Markup]:
    for part in range(6):
        at = minutes * part / 5
        yield element("text", f"{at:.1f} min", x=across(at), y=y, text_anchor="middle")
