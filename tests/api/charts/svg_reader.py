"""Reads drawings back: elements by class, paths as points, and scales from their ticks."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple
from xml.etree import ElementTree

from api.charts import Chart
from domain.times import period

Element = ElementTree.Element
Point = tuple[float, float]
NAMESPACE = "{http://www.w3.org/2000/svg}"
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def drawn(chart: Chart | str) -> Element:
    """The drawing as a tree; raises ``ParseError`` if it is not XML."""
    return ElementTree.fromstring(chart if isinstance(chart, str) else chart.svg)


def of_class(root: Element, *wanted: str, tag: str | None = None) -> list[Element]:
    """The elements that have all of these classes."""
    return [
        one
        for one in root.iter()
        if set(wanted) <= set((one.get("class") or "").split()) and tag in (None, one.tag.removeprefix(NAMESPACE))
    ]


def tagged(root: Element, tag: str) -> list[Element]:
    return list(root.iter(f"{NAMESPACE}{tag}"))


def words_in(root: Element) -> list[str]:
    """Every text that is drawn, as one string each."""
    return ["".join(one.itertext()) for one in tagged(root, "text")]


def points(element: Element | str) -> list[Point]:
    """The points of a path, in order."""
    d = element if isinstance(element, str) else element.get("d") or ""
    found: list[Point] = []
    for command, numbers in re.findall(r"([A-Za-z])([^A-Za-z]*)", d):
        found += _through(command, [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", numbers)], found)
    return found


def _through(command: str, numbers: list[float], before: list[Point]) -> Iterator[Point]:
    x, y = before[-1] if before else (0.0, 0.0)
    match command:
        case "M" | "L" | "C":
            yield from zip(numbers[::2], numbers[1::2], strict=True)
        case "H":
            yield from ((to, y) for to in numbers)
        case "V":
            yield from ((x, to) for to in numbers)
        case "l":
            for east, north in zip(numbers[::2], numbers[1::2], strict=True):
                x, y = x + east, y + north
                yield x, y


def outlines(element: Element | str) -> list[list[Point]]:
    """The closed outlines of a path."""
    d = element if isinstance(element, str) else element.get("d") or ""
    return [points(one) for one in d.split("z") if one]


def is_inside(point: Point, ring: list[Point]) -> bool:
    """Whether a point lies within an outline."""
    x, y = point
    crossings = 0
    for (xa, ya), (xb, yb) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa:
            crossings += 1
    return crossings % 2 == 1


def is_filled(point: Point, elements: list[Element]) -> bool:
    return any(is_inside(point, ring) for one in elements for ring in [points(one)])


class Ruler(NamedTuple):
    """A scale, from two of its ticks."""

    first: tuple[float, float]
    last: tuple[float, float]

    def at(self, value: float) -> float:
        (low, start), (high, end) = self.first, self.last
        return start + (value - low) / (high - low) * (end - start)


def people_ruler(axis: Element, along: Callable[[Point], float]) -> Ruler:
    """The ruler of an axis of people, from its first and last line and their labels."""
    lines = [points(one)[0] for one in tagged(axis, "path")]
    marks = [float((one.text or "").replace(",", "")) for one in tagged(axis, "text")]
    assert len(lines) == len(marks) > 1
    return Ruler((marks[0], along(lines[0])), (marks[-1], along(lines[-1])))


def time_ruler(root: Element) -> Ruler:
    """The ruler of the axis of dates, whose ticks are months and whose first label has the year."""
    (axis,) = of_class(root, "dates")
    lines = [points(one)[0][0] for one in tagged(axis, "path")]
    labels = [one.text or "" for one in tagged(axis, "text")]
    month, year = labels[0].split()
    first = int(year) * 12 + MONTHS.index(month)
    last = first + sum(1 for _ in labels[1:])
    starts = [float(period(f"{number // 12:04}-{number % 12 + 1:02}").start_us) for number in (first, last)]
    return Ruler((starts[0], lines[0]), (starts[1], lines[-1]))


def x_of(point: Point) -> float:
    return point[0]


def y_of(point: Point) -> float:
    return point[1]
