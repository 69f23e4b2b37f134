"""Bars run from zero to the bounds of their figure; levels and states are never added end to end."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.charts import contributor_bars, headline_bars
from projections.picture.figures import NO_FIGURE, Figure
from tests.api.charts.figures import by_level, figure, part, size
from tests.api.charts.svg_reader import Element, Ruler, drawn, of_class, people_ruler, words_in, x_of

BOUNDS = st.tuples(st.integers(0, 60_000), st.none() | st.integers(0, 60_000)).map(
    lambda bounds: figure(bounds[0], None if bounds[1] is None else bounds[0] + bounds[1])
)


def ruler(root: Element) -> Ruler:
    (axis,) = of_class(root, "people")
    return people_ruler(axis, x_of)


def span(box: Element) -> tuple[float, float]:
    left = float(box.get("x", "nan"))
    return left, left + float(box.get("width", "nan"))


def spans(bar: Element, name: str) -> list[tuple[float, float]]:
    return [span(box) for box in of_class(bar, name)]


@settings(max_examples=60)
@given(BOUNDS, BOUNDS)
def test_bars_run_from_zero_to_the_lower_and_on_to_the_upper_bound(one: Figure, other: Figure) -> None:
    root = drawn(headline_bars(size(floated=one, deployed=other)))
    people = ruler(root)
    for name, value in (("floated", one), ("deployed", other)):
        (bar,) = of_class(root, "bar", f"of-{name}")
        assert spans(bar, "sure") == _from_to(people, 0, value.min)
        most = people.last[0] if value.max is None else value.max
        kind, absent = ("possible", "open-ended") if value.max is not None else ("open-ended", "possible")
        assert spans(bar, kind) == _from_to(people, value.min, most)
        assert spans(bar, absent) == []


def _from_to(people: Ruler, low: float, high: float) -> list[tuple[float, float]]:
    return [pytest.approx((people.at(low), people.at(high)), abs=0.02)] if high > low else []  # type: ignore[list-item]


def test_each_level_of_a_state_has_its_own_bar_from_zero() -> None:
    available = by_level(pledged=figure(1_000, 2_000), assigned=figure(3_000, 3_000))
    root = drawn(headline_bars(size(available=available)))
    people = ruler(root)
    assert spans(of_class(root, "bar", "of-pledged")[0], "sure") == _from_to(people, 0, 1_000)
    assert spans(of_class(root, "bar", "of-assigned")[0], "sure") == _from_to(people, 0, 3_000)
    assert of_class(root, "bar", "of-available") == []
    assert people.last[0] < 5_000, "nothing on the chart is as long as both together"


def test_undisclosed_pledges_are_a_mark_of_fixed_width_behind_the_bar() -> None:
    widths = set()
    for undisclosed in (1, 7):
        root = drawn(headline_bars(size(floated=figure(100, 200, 10, undisclosed))))
        (bar,) = of_class(root, "bar", "of-floated")
        ((left, right),) = spans(bar, "undisclosed")
        assert left > spans(bar, "possible")[0][1]
        widths.add(round(right - left, 6))
        assert f"100 to 200, plus {undisclosed} undisclosed pledge{'s' * (undisclosed > 1)}" in words_in(root)
    assert len(widths) == 1


def test_a_wholly_undisclosed_figure_has_a_mark_and_no_bar() -> None:
    root = drawn(headline_bars(size(floated=figure(0, 0, 2, 2))))
    (bar,) = of_class(root, "bar", "of-floated")
    assert spans(bar, "sure") == spans(bar, "possible") == []
    assert len(spans(bar, "undisclosed")) == 1


def test_states_outside_the_headline_are_shown_if_they_hold_pledges() -> None:
    blocked = by_level(pledged=figure(5, 5))
    assert "Blocked" not in words_in(drawn(headline_bars(size())))
    assert "Blocked" in words_in(drawn(headline_bars(size(blocked=blocked))))


PARTS = {
    "GBR": part(floated=figure(0, 10_000), pledged=figure(500, 900), conditional=by_level(figure(500, 900))),
    "POL": part({"facility": figure(1, 1)}),
    "org:nato": part(deployed=figure(10, 20)),
}


class TestContributors:
    def test_each_contributor_has_a_bar_for_each_level_and_for_deployed_forces(self) -> None:
        chart = contributor_bars(PARTS)
        assert [row[:2] for row in chart.table.rows] == [
            ("United Kingdom", "pledged"), ("United Kingdom", "floated"), ("NATO", "deployed"),
        ]  # fmt: skip
        assert spans(of_class(drawn(chart), "of-pledged")[0], "sure") == _from_to(ruler(drawn(chart)), 0, 500)

    def test_the_same_pledges_can_be_shown_by_state(self) -> None:
        chart = contributor_bars(PARTS, by="standing")
        assert [row[1:] for row in chart.table.rows] == [
            ("conditional", "500 to 900"), ("floated", "up to 10,000"), ("deployed", "10 to 20"),
        ]  # fmt: skip

    def test_contributors_in_other_units_only_are_listed_beside_the_chart(self) -> None:
        assert contributor_bars(PARTS).beside[-1].endswith(": Poland 1 facility.")

    def test_the_legend_explains_the_fills_in_use(self) -> None:
        assert headline_bars(size(floated=figure(5, 5))).beside == ()
        (note,) = headline_bars(size(floated=figure(5, 9))).beside
        assert "lighter up to the upper bound" in note
        (note,) = headline_bars(size(floated=figure(5, None, 2, 1))).beside
        assert "no upper bound" in note
        assert "undisclosed size" in note

    def test_an_empty_chart_is_not_an_error(self) -> None:
        assert "Nothing" in contributor_bars({}).summary
        assert drawn(contributor_bars({"POL": part(floated=NO_FIGURE)})) is not None
