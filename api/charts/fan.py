"""How large the force may be: quantiles of many runs over time, requirements, and the chance of meeting them.

Figures are drawn for the dates of the simulation, with straight lines between them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from api.charts.chart import SMALL, Chart, Table
from api.charts.frame import (
    LEFT,
    Corner,
    Frame,
    RequiredLine,
    RequiredStep,
    area,
    edge,
    path,
    people_axis,
    people_scale,
    required_labels,
    required_lines,
    time_axis,
)
from api.charts.scales import Scale
from api.charts.svg import NOTHING, Markup, element, group, joined, shortened, text, width_of
from api.wording import phrases
from domain.times import period
from projections.picture.items import RequirementItem
from projections.what_if.simulation import AtDate, Likelihood, Simulation, Spread

TOP, HEIGHT, CHANCE, COLUMN = 14, 260, 48, 26
MAX_REQUIREMENTS = 12
"""Requirements that are drawn; the table has all."""
TITLES = {
    "available": "Possible size of the force",
    "if_all_move": "Possible size of the force if pledges waiting for each other were released together",
}


def fan_chart(
    simulation: Simulation,
    *,
    requirements: Sequence[RequirementItem] = (),
    figure: Literal["available", "if_all_move"] = "available",
    width: int = 960,
    name: str = "fan",
) -> Chart:
    """Draw the quantiles of a figure over the dates, and below them the chance of each requirement as columns.

    ``requirements`` have the labels; any other requirement is called by its name.
    """
    labels = {item.requirement: item for item in requirements}
    times = [period(one.at).last_us for one in simulation.dates]
    frame = Frame.over(name, width, min(times), max(times))
    lines = _lines(simulation.dates, times, labels)
    spreads: list[Spread] = [getattr(one, figure) for one in simulation.dates]
    bounds = [*(spread.p95 for spread in spreads), *(step.min for line in lines for step in line.steps)]
    people = people_scale(bounds, False, TOP + HEIGHT, TOP)
    base = TOP + HEIGHT
    chances, bottom = _chances(simulation.dates, frame, lines, base + 34)
    drawn = (
        time_axis(frame, TOP, base), people_axis(frame, people), _fan(frame, people, times, spreads),
        required_lines(frame, lines, people), required_labels(frame, lines, people), chances,
    )  # fmt: skip
    beside = (
        f"{simulation.draws:,} runs, random seed {simulation.seed}. Dark: the middle 50 % of runs. Light: 90 % of "
        "runs. Line: the median. The drawing is straight between the dates.",
    )
    return Chart(
        name, TITLES[figure], _summary(simulation, figure, labels), width, round(bottom), joined(drawn),
        _table(simulation, figure, labels), beside,
    )  # fmt: skip


def _fan(frame: Frame, people: Scale, times: Sequence[int], spreads: Sequence[Spread]) -> Markup:
    def along(quantile: Callable[[Spread], float]) -> list[Corner]:
        return [(frame.time.at(at), people.at(quantile(one))) for at, one in zip(times, spreads, strict=True)]

    lowest, low, middle = along(lambda one: one.p5), along(lambda one: one.p25), along(lambda one: one.p50)
    high, highest = along(lambda one: one.p75), along(lambda one: one.p95)
    spans = [path([one, other]) for one, other in zip(lowest, highest, strict=True)]
    dots = [element("circle", cx=x, cy=y, r=3, class_="dot") for x, y in middle]
    return group(
        area(highest, lowest, "nine-in-ten"),
        area(high, low, "middle-half"),
        element("path", d="".join(spans), class_="span"),
        edge(middle, "edge median"),
        *dots,
        class_="fan of-available",
    )


# --- requirements -----------------------------------------------------------------------------------------------------


def _lines(dates: Sequence[AtDate], times: Sequence[int], labels: Mapping[str, RequirementItem]) -> list[RequiredLine]:
    """Each requirement as a line from its first date to its last, with the required number at each."""
    lines: dict[str, RequiredLine] = {}
    ends = [*times[1:], times[-1]]
    for date, from_us, to_us in zip(dates, times, ends, strict=True):
        for one in date.requirements:
            item = labels.get(one.requirement)
            line = lines.setdefault(
                one.requirement,
                RequiredLine(
                    one.requirement, item.label if item else one.requirement, item.standing if item else "agreed", []
                ),
            )
            line.steps.append(RequiredStep(from_us, to_us, one.required_min, None))
    return list(lines.values())[:MAX_REQUIREMENTS]


def _chances(dates: Sequence[AtDate], frame: Frame, lines: Sequence[RequiredLine], top: float) -> tuple[Markup, float]:
    """For each requirement a row of columns, as high as its chance at each date; and the lower end of the rows."""
    drawn, y = [], top
    wide = min(14.0, (frame.time.end - frame.time.start) / max(1, len(dates) - 1) * 0.6)
    for line in lines:
        by_date = [(at, one) for at in dates for one in at.requirements if one.requirement == line.requirement]
        base = y + 16 + COLUMN
        date, last = by_date[-1]
        label = f"{_percent(last.probability)} {phrases.when(date.at)}: {line.label_with_size}"
        drawn.append(text(shortened(label, int(frame.width / width_of("m", SMALL))), 2, y + 12, font_size=SMALL))
        drawn.append(element("path", d=path([(LEFT, base), (frame.right, base)]), class_="base"))
        drawn += [_column(frame.time.at(period(at.at).last_us), one, base, wide) for at, one in by_date]
        y += CHANCE
    return group(*drawn, class_="chances of-available"), y + 4


def _column(x: float, one: Likelihood, base: float, wide: float) -> Markup:
    high = COLUMN * one.probability
    whole = element("rect", x=x - wide / 2, y=base - COLUMN, width=wide, height=COLUMN, class_="whole")
    reached = (
        element("rect", x=x - wide / 2, y=base - high, width=wide, height=high, class_="sure") if high else NOTHING
    )
    return group(element("title", _chance(one)), whole, reached)


# --- in words ---------------------------------------------------------------------------------------------------------


def _percent(probability: float) -> str:
    """A chance in whole percent; a chance that would be rounded to 0 or 100 is "under 1 %" or "over 99 %"."""
    if 0 < probability < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < probability < 1 else f"{100 * probability:.0f} %"


def _chance(one: Likelihood) -> str:
    return f"{_percent(one.probability)} (standard error {100 * one.standard_error:.1f} points)"


def _spread(spread: Spread) -> str:
    return f"median {spread.p50:,}; 90 % of runs: {spread.p5:,} to {spread.p95:,}"


def _summary(simulation: Simulation, figure: str, labels: Mapping[str, RequirementItem]) -> str:
    last = simulation.dates[-1]
    chances = "; ".join(
        f"{labels[one.requirement].label if one.requirement in labels else one.requirement}, at least "
        f"{one.required_min:,}: {_chance(one)}"
        for one in last.requirements
    )
    on_requirements = f" Chance of meeting requirements: {chances}." if chances else ""
    when = phrases.when(last.at)
    return f"{when[:1].upper()}{when[1:]}: {_spread(getattr(last, figure))} people.{on_requirements}"


def _table(simulation: Simulation, figure: str, labels: Mapping[str, RequirementItem]) -> Table:
    names = list(dict.fromkeys(one.requirement for date in simulation.dates for one in date.requirements))
    rows = []
    for date in simulation.dates:
        spread: Spread = getattr(date, figure)
        quantiles = (f"{value:,}" for value in (spread.p5, spread.p25, spread.p50, spread.p75, spread.p95))
        by_name = {one.requirement: _chance(one) for one in date.requirements}
        rows.append((phrases.date(date.at), *quantiles, *(by_name.get(one, "-") for one in names)))
    chances = (f"Chance of meeting: {labels[one].label if one in labels else one}" for one in names)
    return Table(("Date", "5 %", "25 %", "50 %", "75 %", "95 %", *chances), tuple(rows))
