"""Charts of random histories can be drawn, stay within their frame and agree with the answer."""

from hypothesis import given, settings

from api.charts import Chart, contributor_bars, force_map, headline_bars, step_chart
from domain.times import DAY_US, day_of, format_instant, period
from projections.asof import Basis
from projections.lists import items_of
from projections.picture.picture import picture_of
from projections.timeline import timeline_of
from tests.api.charts.svg_reader import drawn, of_class, points, tagged
from tests.domain.history.test_properties import QUESTIONS, Question, recorded
from tests.oracle.random_histories import COALITION, Attempt, scripts


def within(chart: Chart) -> None:
    """Fail where anything that shows a figure lies outside the drawing."""
    root = drawn(chart)
    for name in ("sure", "possible", "open-ended", "edge", "undisclosed", "line", "clock", "meeting", "late"):
        for one in of_class(root, name):
            for x, y in points(one):
                assert -0.01 <= x <= chart.width + 0.01, name
                assert -0.01 <= y <= chart.height + 0.01, name
    assert all(float(one.get("width", 0)) >= 0 for one in tagged(root, "rect"))
    assert all(len(row) == len(chart.table.columns) for row in chart.table.rows)


@settings(max_examples=40)
@given(scripts(), QUESTIONS)
def test_charts_are_drawn_of_any_picture_at_any_width(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for question in questions:
        view = history.view(*question)
        basis = Basis(COALITION, question.sequence, format_instant(question.valid_us), "2025-05-01", question.axis)
        picture = picture_of(view, basis)
        by_contributor = picture.size.by_contributor
        for width in (320, 960):
            within(headline_bars(picture.size, width=width))
            within(contributor_bars(by_contributor, width=width))
            within(contributor_bars(by_contributor, by="standing", width=width))
            within(force_map(picture, width=width))


@settings(max_examples=40)
@given(scripts(), QUESTIONS)
def test_charts_over_time_are_drawn_of_any_timeline(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for question in questions:
        view = history.view(*question)
        for days in (0, 9):
            from_us = question.valid_us - days * DAY_US
            for known_at in ("2025-04-04", "2025-05-01"):
                basis = Basis(COALITION, question.sequence, format_instant(question.valid_us), known_at, question.axis)
                timeline = timeline_of(view, basis, period(day_of(from_us)).start_us, question.valid_us)
                requirements = items_of("requirements", view, basis).items
                meetings = items_of("meetings", view, basis).items
                chart = step_chart(
                    timeline, day_of(from_us), day_of(question.valid_us), requirements=requirements, meetings=meetings
                )
                within(chart)
