"""Ranges side by side: for each figure, or each contributor, a bar for each level or standing, on one scale.

Bars are never laid end to end: pledges of different levels, or in different states, are not added up. A bar is
filled up to the lower bound, lighter up to the upper bound, and hatched to the edge if there is no upper bound."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from api.charts.chart import MOST_NAMED, SMALL, Chart, Table, figure_in_words, how_to_read, patterns, units_in_words
from api.charts.scales import Scale, ticks
from api.charts.svg import NOTHING, Markup, element, group, joined, shortened, text, width_of
from api.wording import phrases
from api.wording.countries import actor_name
from projections.picture.aid import ByUnit
from projections.picture.figures import Figure, Figures, LevelledFigure
from projections.picture.size import Size

LEVELS_FIRMEST_FIRST = ("assigned", "committed", "pledged", "floated")
STANDINGS = ("available", "upcoming", "conditional", "blocked", "suspended")
HEADLINE = ("available", "conditional", "floated", "deployed")

NOTHING_PLEDGED = "Nothing has been pledged."

BAR, STEP, BETWEEN, AXIS = 12, 30, 12, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One range: the kind of pledges in it, and the figure."""

    kind: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Group:
    """The bars of one figure or contributor."""

    label: str
    bars: tuple[Bar, ...]


def headline_bars(
    size: Size, *, aid: Mapping[str, ByUnit] | None = None, width: int = 960, name: str = "headline"
) -> Chart:
    """What is available, conditional, floated and deployed, each by level; other standings if there are any.

    What is in other units, or for other purposes than the force, is named beside the chart.
    """
    others = [standing for standing in STANDINGS if standing not in HEADLINE and getattr(size, standing).pledges]
    groups = [Group(phrases.spoken(one).capitalize(), tuple(_by_level(one, size))) for one in (*HEADLINE, *others)]
    chart = _chart("Force by level", "Figure", groups, width, name)
    units = units_in_words(size.other_units, aid or {})
    if not units:
        return chart
    also = f"In units other than people, or for other purposes than the force: {phrases.listed(units)}."
    return replace(chart, summary=f"{chart.summary} {also}", beside=(*chart.beside, also))


def contributor_bars(
    by_contributor: Mapping[str, Figures],
    *,
    aid: Mapping[str, Mapping[str, ByUnit]] | None = None,
    by: Literal["level", "standing"] = "level",
    width: int = 960,
    name: str = "contributors",
) -> Chart:
    """The pledges of each contributor by level or by standing, and its deployed forces.

    Contributors keep their order; pledges in other units, and those for other purposes than the force, are named beside
    the chart. Of very many, the largest are drawn and the others summed up beside it; the table has all.
    """
    kinds = (*(LEVELS_FIRMEST_FIRST if by == "level" else (*STANDINGS, "floated")), "deployed")
    groups = [Group(actor_name(actor), tuple(_bars(kinds, part))) for actor, part in by_contributor.items()]
    in_people = [one for one in groups if one.bars]
    by_size = sorted(range(len(in_people)), key=lambda place: _largest_first(in_people[place]))
    shown = [in_people[place] for place in sorted(by_size[:MOST_NAMED])]
    rest = [in_people[place] for place in sorted(by_size[MOST_NAMED:])]
    in_units = list(_in_other_units(by_contributor, aid or {}))
    nothing = "No people have been pledged." if in_units else NOTHING_PLEDGED
    chart = _chart("Pledges by contributor", "Contributor", shown, width, name, nothing=nothing)
    summary = f"{chart.summary} And {_summed_up(rest)}" if rest else chart.summary
    beside = (*_key(shown), *_beside(rest, in_units))
    return replace(chart, table=replace(chart.table, rows=_rows(in_people)), summary=summary, beside=beside)


def _largest_first(one: Group) -> tuple[float, float, str]:
    most = max(float("inf") if bar.figure.max is None else bar.figure.max for bar in one.bars)
    return -most, -max(bar.figure.min for bar in one.bars), one.label


def _beside(rest: Sequence[Group], in_other_units: Sequence[str]) -> Iterator[str]:
    if rest:
        yield f"The {MOST_NAMED} largest are drawn, and {_summed_up(rest)}"
    if in_other_units:
        named = phrases.listed_in_part(in_other_units, MOST_NAMED)
        yield f"In units other than people, or for other purposes than the force: {named}."


def _in_other_units(by_contributor: Mapping[str, Figures], aid: Mapping[str, Mapping[str, ByUnit]]) -> Iterator[str]:
    for actor in sorted({*by_contributor, *aid}, key=actor_name):
        units = by_contributor[actor].other_units if actor in by_contributor else {}
        if words := units_in_words(units, aid.get(actor, {})):
            yield f"{actor_name(actor)} {phrases.listed(words)}"


def _summed_up(rest: Sequence[Group]) -> str:
    """The contributors that are not drawn, with their pledges at each level: ``4,960 others: pledged 2 to 5; ...``."""
    by_kind: dict[str, list[Figure]] = {}
    for one in rest:
        for bar in one.bars:
            by_kind.setdefault(bar.kind, []).append(bar.figure)
    sums = [f"{phrases.spoken(kind)} {figure_in_words(_sum(figures))}" for kind, figures in by_kind.items()]
    return f"{len(rest):,} other{'' if len(rest) == 1 else 's'}: {'; '.join(sums)}."


def _sum(figures: Sequence[Figure]) -> Figure:
    most = [one.max for one in figures]
    return Figure(
        sum(one.min for one in figures), None if None in most else sum(one or 0 for one in most),
        sum(one.pledges for one in figures), len(figures), sum(one.undisclosed for one in figures),
    )  # fmt: skip


def _by_level(figure: str, size: Size) -> Iterable[Bar]:
    value = getattr(size, figure)
    levels = value.by_level if isinstance(value, LevelledFigure) else None
    if levels is None or not value.pledges:
        return [Bar(figure, value)]
    return [Bar(level, one) for level in LEVELS_FIRMEST_FIRST[:-1] if (one := getattr(levels, level)).pledges]


def _bars(kinds: Iterable[str], part: Figures) -> Iterable[Bar]:
    return [Bar(kind, figure) for kind in kinds if (figure := getattr(part, kind)).pledges]


# --- the drawing ------------------------------------------------------------------------------------------------------


def _chart(
    title: str, column: str, groups: Sequence[Group], width: int, name: str, *, nothing: str = NOTHING_PLEDGED
) -> Chart:
    is_narrow = width < NARROW
    left = 0.0 if is_narrow else _widest_label(groups) + 12
    scale = _scale(groups, left, width - 24.0)
    drawn, y = [], 0.0
    for one in groups:
        if is_narrow:
            drawn.append(text(shortened(one.label, LONGEST), 0, y + 14, "label", font_weight="600"))
            y += 20
        else:
            drawn.append(text(shortened(one.label, LONGEST), left - 12, y + 26, "label", text_anchor="end"))
        for bar in one.bars:
            drawn.append(_bar(bar, _kind(bar, one), scale, y, name))
            y += STEP
        y += BETWEEN
    drawn = [patterns(name), _axis(scale, y), *drawn] if groups else [text(nothing, 0, 16)]
    rows = _rows(groups)
    table = Table((column, "Level or state", "Personnel"), rows)
    summary = "; ".join(f"{label}, {kind}: {size}" if kind else f"{label}: {size}" for label, kind, size in rows)
    summary = f"Personnel. {summary}." if rows else nothing
    return Chart(name, title, summary, width, round(y + AXIS), joined(drawn), table, _key(groups))


def _rows(groups: Sequence[Group]) -> tuple[tuple[str, str, str], ...]:
    return tuple((one.label, _kind(bar, one), figure_in_words(bar.figure)) for one in groups for bar in one.bars)


def _key(groups: Iterable[Group]) -> tuple[str, ...]:
    figures = [bar.figure for one in groups for bar in one.bars if bar.figure.pledges]
    return how_to_read(
        any(one.max is not None and one.max > one.min for one in figures),
        any(one.max is None for one in figures),
        any(one.undisclosed for one in figures),
    )


NARROW = 560
"""In a drawing narrower than this many pixels, names are above their bars."""
LONGEST = 26


def _kind(bar: Bar, of: Group) -> str:
    return "" if bar.kind.capitalize() == of.label else phrases.spoken(bar.kind)


def _widest_label(groups: Iterable[Group]) -> float:
    return max((width_of(shortened(one.label, LONGEST), 12) for one in groups), default=0) + 8


def _scale(groups: Iterable[Group], left: float, right: float) -> Scale:
    figures = [bar.figure for one in groups for bar in one.bars]
    highest = max((bound for figure in figures for bound in (figure.min, figure.max) if bound), default=1)
    is_open = any(figure.max is None for figure in figures)
    return Scale(0, ticks(highest * 1.25 if is_open else highest, max(2, int((right - left) / 110)))[-1], left, right)


def _bar(bar: Bar, kind: str, scale: Scale, top: float, name: str) -> Markup:
    """One range with its label above it."""
    figure, y = bar.figure, top + 16
    disclosed = figure.pledges > figure.undisclosed
    label = ": ".join(filter(None, (kind, figure_in_words(figure))))
    parts = [text(label, scale.start + 2, y - 4, font_size=SMALL)]
    end = scale.start
    if disclosed:
        least = scale.at(figure.min)
        end = most = scale.end if figure.max is None else scale.at(figure.max)
        parts.append(_box(scale.start, least, y, "sure"))
        if figure.max is None:
            parts.append(_box(least, most, y, "open-ended", f"url(#{name}-open)"))
        else:
            parts.append(_box(least, most, y, "possible"))
            parts.append(element("path", d=f"M{most:.2f} {y}V{y + BAR}", class_="edge most"))
    if figure.undisclosed:
        parts.append(_box(end + 3, end + 3 + UNDISCLOSED, y, "undisclosed", f"url(#{name}-undisclosed)"))
    return group(*parts, class_=f"bar of-{bar.kind}")


UNDISCLOSED = 14
"""The width of the mark behind a bar for pledges of undisclosed size; it has no scale."""


def _box(left: float, right: float, top: float, class_: str, fill: str | None = None) -> Markup:
    if right <= left:
        return NOTHING
    return element("rect", x=left, y=top, width=right - left, height=BAR, class_=class_, fill=fill)


def _axis(scale: Scale, bottom: float) -> Markup:
    """Numbers of people below the bars, and a faint line up at each."""
    drawn = []
    for mark in ticks(scale.high, max(2, int((scale.end - scale.start) / 110))):
        x = scale.at(mark)
        anchor = "start" if not mark and scale.start < 20 else "middle" if x < scale.end - 20 else "end"
        drawn.append(element("path", d=f"M{x:.2f} 0V{bottom}", class_="grid" if mark else "base"))
        drawn.append(text(f"{mark:,}", x, bottom + 15, "tick", text_anchor=anchor, font_size=SMALL))
    return group(*drawn, class_="people")
