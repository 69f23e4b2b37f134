"""The lanes of a chart over time: a figure each, of people, or where there are none, what is pledged in a unit."""

from api.charts.chart import figure_in_words
from api.wording import phrases
from projections.picture.figures import NO_FIGURE, Figure
from projections.timeline import Point, Timeline

HEADLINE = ("available", "conditional", "floated", "deployed")
"""The figures of the headline, in the order of their lanes."""

MAX_UNITS = 6
"""Lanes for units, if no people are pledged."""

IN_PEOPLE = ("floated", "pledged", "committed", "assigned", "deployed")


def lanes_of(timeline: Timeline) -> tuple[str, ...]:
    """The figures to draw: those of the headline, or if no people are pledged or there at any point, what is pledged in
    each unit, as ``purpose/unit``."""
    if any(getattr(point.size, figure).pledges for point in timeline.points for figure in IN_PEOPLE):
        return HEADLINE
    units = dict.fromkeys(
        f"{purpose}/{unit}"
        for point in timeline.points
        for purpose, by_unit in (("force", point.size.other_units), *point.aid.items())
        for unit in by_unit
    )
    return tuple(units)[:MAX_UNITS] or HEADLINE


def figure_at(point: Point, figure: str) -> Figure:
    """A figure of a point: one of its people by its name, or what is pledged in a unit, by ``purpose/unit``."""
    purpose, _, unit = figure.rpartition("/")
    if not purpose:
        found: Figure = getattr(point.size, figure)
        return found
    by_unit = point.size.other_units if purpose == "force" else point.aid.get(purpose, {})
    return by_unit[unit].pledged if unit in by_unit else NO_FIGURE


def lane_name(figure: str) -> str:
    """What a lane is called: ``available``, ``ships pledged``, ``USD pledged as host aid``."""
    purpose, _, unit = figure.rpartition("/")
    if not purpose:
        return phrases.spoken(figure)
    counted = "people" if unit == "personnel" else phrases.plural(unit)
    return f"{counted} pledged" + ("" if purpose == "force" else f" as {phrases.spoken(purpose)}")


def lane_in_words(point: Point, figure: str) -> str:
    """A figure of a point in words."""
    return figure_in_words(figure_at(point, figure), figure.rpartition("/")[2] if "/" in figure else None)
