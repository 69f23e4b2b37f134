"""A chart: its drawing, and the same in words: a title, a summary and a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.charts.svg import Markup, element, number
from api.wording import phrases

FONT_SIZE = 12
SMALL = 11

MOST_NAMED = 40
"""How many things a drawing, or a sentence about it, names; of any more it states only the number."""


@dataclass(frozen=True, slots=True)
class Table:
    """The content of a chart as text, for those who cannot see it. Each row is as long as ``columns``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of ``width`` by ``height`` pixels, described by ``title`` and ``summary``.

    ``name`` begins the ids in it: two charts in one page need two names. ``beside`` are sentences to show next to it,
    on what could not be drawn.
    """

    name: str
    title: str
    summary: str
    width: int
    height: int
    drawing: Markup
    table: Table
    beside: tuple[str, ...] = ()

    @property
    def svg(self) -> Markup:
        """The chart as an element of a page that has the rules of ``charts.css``."""
        return element("svg", *self.inside(), **self.outside())

    def __html__(self) -> str:
        """The drawing, which templates do not escape."""
        return self.svg

    def inside(self) -> tuple[Markup, ...]:
        """The title, the description and the drawing."""
        title = element("title", self.title, id=f"{self.name}-title")
        return title, element("desc", self.summary, id=f"{self.name}-desc"), self.drawing

    def outside(self) -> dict[str, str | float | None]:
        """The attributes of the chart's own element."""
        return {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "chart",
            "viewBox": f"0 0 {number(self.width)} {number(self.height)}",
            "width": self.width,
            "height": self.height,
            "role": "img",
            "aria-labelledby": f"{self.name}-title {self.name}-desc",
            "font-family": "system-ui, 'Open Sans', sans-serif",
            "font-size": FONT_SIZE,
        }


def figure_in_words(figure: Any, unit: str | None = None) -> str:
    """A figure of the picture in words: ``200 to 450, plus 5 undisclosed pledges``, ``4 ships``."""
    value = {name: getattr(figure, name) for name in ("min", "max", "pledges", "undisclosed")}
    return phrases.figure(value) if unit is None else phrases.figure_in_unit(value, unit)


def units_in_words(other_units: Mapping[str, Any], aid: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is pledged in units other than people, and for other purposes than the force, or is there: ``4 ships``,
    ``USD 60 (host aid)``."""
    words = [_in_unit(unit, one) for unit, one in other_units.items()]
    return words + [
        f"{_in_unit(unit, one)} ({phrases.spoken(purpose)})"
        for purpose, by_unit in aid.items()
        for unit, one in by_unit.items()
    ]


def _in_unit(unit: str, one: Any) -> str:
    if one.pledged.pledges:
        return figure_in_words(one.pledged, unit)
    return f"{figure_in_words(getattr(one, phrases.there(unit)), unit)} {phrases.there(unit)}"


def how_to_read(is_ranged: bool, is_open_ended: bool, is_undisclosed: bool) -> tuple[str, ...]:
    """A sentence on what the fills in a chart mean."""
    fills = ["lighter up to the upper bound"] * is_ranged
    fills += ["hatched if there is no upper bound"] * is_open_ended
    fills += ["vertical dashes for pledges of undisclosed size, which are not in the figures"] * is_undisclosed
    return (f"Filled up to the lower bound; {'; '.join(fills)}.",) if fills else ()


def patterns(name: str) -> Markup:
    """Hatches for ranges without an upper bound, undisclosed pledges, and times not yet known."""
    return element(
        "defs",
        _hatch(f"{name}-open", 6, 45, "hatch-open"),
        _hatch(f"{name}-undisclosed", 4, 0, "hatch-undisclosed"),
        _hatch(f"{name}-unknown", 9, -45, "hatch-unknown"),
    )


def _hatch(id_: str, apart: float, degrees: float, class_: str) -> Markup:
    return element(
        "pattern",
        element("path", d=f"M0 0V{number(apart)}", class_=class_),
        id=id_,
        width=apart,
        height=apart,
        patternUnits="userSpaceOnUse",
        patternTransform=f"rotate({number(degrees)})",
    )
