"""Charts over time: bands lie at their figures and dates, and nothing is drawn that was not known."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.charts import Chart, step_chart
from api.charts.frame import LEFT, RIGHT
from api.charts.steps import is_late, known_until_us, steps_of
from domain.times import DAY_US, period
from projections.picture.figures import Figure
from projections.timeline import Timeline
from tests.api.charts.figures import asks, basis, event, figure, figures, meeting, point, requirement, timeline
from tests.api.charts.svg_reader import (
    Element,
    Ruler,
    drawn,
    is_filled,
    of_class,
    people_ruler,
    points,
    tagged,
    time_ruler,
    words_in,
    x_of,
    y_of,
)

FROM, TO = "2025-03-01", "2025-08-31"
FROM_US, TO_US = period(FROM).start_us, period(TO).last_us
WIDTH = 960


def chart_of(answer: Timeline, **given_: Any) -> Chart:
    return step_chart(answer, FROM, TO, **{"figures": ("available",), **given_})


def lane(root: Element, name: str) -> Element:
    (found,) = of_class(root, "lane", f"of-{name}")
    return found


def ruler(found: Element) -> Ruler:
    (axis,) = of_class(found, "people")
    return people_ruler(axis, y_of)


@st.composite
def some_figures(draw: st.DrawFn) -> Figure:
    least = draw(st.integers(0, 50_000))
    most = draw(st.none() | st.integers(least, 80_000))
    pledges = draw(st.integers(0, 4))
    undisclosed = draw(st.integers(0, pledges))
    return figure(least, most, pledges, undisclosed) if pledges > undisclosed else figure(0, 0, pledges, undisclosed)


@st.composite
def some_timelines(draw: st.DrawFn) -> Timeline:
    days = sorted(draw(st.sets(st.integers(1, 170), min_size=1, max_size=6)))
    changes = [FROM_US, *(FROM_US + day * DAY_US for day in days)]
    cut = draw(st.sampled_from(["2025-04-15", "2025-07-01", "2026-01-01"]))
    answer = [point(at_us, figures(available=draw(some_figures()))) for at_us in changes]
    return timeline(*answer, known=basis(known_at=cut))


@settings(max_examples=50)
@given(some_timelines())
def test_a_point_is_filled_exactly_if_the_figures_include_it(answer: Timeline) -> None:
    root = drawn(chart_of(answer))
    until_us = known_until_us(answer, TO_US)
    steps = steps_of(answer, "available", until_us)
    found = lane(root, "available")
    sure, possible, open_ended = (of_class(found, name) for name in ("sure", "possible", "open-ended"))
    if not any(step.is_disclosed for step in steps):
        assert sure == possible == open_ended == []
        return
    people, time = ruler(found), time_ruler(root)
    top = people.last[0]
    for step in (one for one in steps if one.to_us - one.from_us > DAY_US):
        x = time.at((step.from_us + step.to_us) / 2)
        most = top if step.max is None else step.max
        for share in (0.25, 0.5, 0.75):
            if step.min > top / 100:
                assert is_filled((x, people.at(step.min * share)), sure) == step.is_disclosed
            if most - step.min > top / 100:
                between = (x, people.at(step.min + (most - step.min) * share))
                assert is_filled(between, possible) == (step.is_disclosed and step.max is not None)
                assert is_filled(between, open_ended) == (step.is_disclosed and step.max is None)
                assert not is_filled(between, sure)
            if top - most > top / 100:
                above = (x, people.at(most + (top - most) * share))
                assert not is_filled(above, [*sure, *possible, *open_ended])


@settings(max_examples=30)
@given(some_timelines())
def test_nothing_is_drawn_after_the_known_time(answer: Timeline) -> None:
    root = drawn(chart_of(answer, requirements=[requirement("whole")]))
    cut = time_ruler(root).at(known_until_us(answer, TO_US))
    for name in ("sure", "possible", "open-ended", "undisclosed", "edge", "line", "veil", "late"):
        assert all(x <= cut + 0.02 for one in of_class(root, name, tag="path") for x, _ in points(one)), name
    unknown = of_class(root, "unknown")
    assert [min(map(x_of, points(one))) for one in unknown] == (
        [pytest.approx(cut, abs=0.02)] if cut < WIDTH - RIGHT else []
    )


@settings(max_examples=30)
@given(some_timelines())
def test_a_lane_has_a_strip_while_it_holds_undisclosed_pledges(answer: Timeline) -> None:
    root = drawn(chart_of(answer))
    time = time_ruler(root)
    strips = of_class(root, "undisclosed")
    for step in steps_of(answer, "available", known_until_us(answer, TO_US)):
        x = time.at((step.from_us + step.to_us) / 2)
        covered = [one for one in strips if min(map(x_of, points(one))) <= x <= max(map(x_of, points(one)))]
        assert len(covered) == (1 if step.undisclosed else 0)


def test_a_step_begins_on_its_effective_day_and_runs_along_its_bound() -> None:
    at_us = period("2025-05-01").start_us
    answer = timeline(
        point(FROM_US, figures(available=figure(1_000, 4_000))),
        point(at_us, figures(available=figure(2_000, 3_000))),
    )
    root = drawn(chart_of(answer))
    people, time = ruler(lane(root, "available")), time_ruler(root)
    (most,) = of_class(root, "edge", "most")
    assert points(most) == [
        pytest.approx((time.at(at), people.at(value)), abs=0.05)
        for at, value in ((FROM_US, 4_000), (at_us, 4_000), (at_us, 3_000), (TO_US, 3_000))
    ]
    (least,) = of_class(root, "edge", "least")
    assert {round(y, 1) for _, y in points(least)} == {round(people.at(value), 1) for value in (1_000, 2_000)}


def test_each_lane_has_its_own_scale_and_an_empty_one_has_none() -> None:
    sizes = figures(conditional=figure(200, 450), floated=figure(5_000, 20_000))
    root = drawn(step_chart(timeline(point(FROM_US, sizes)), FROM, TO))
    assert ruler(lane(root, "conditional")).last[0] == 500
    assert ruler(lane(root, "floated")).last[0] == 20_000
    assert of_class(lane(root, "available"), "people") == []
    assert "Available: none in this period" in words_in(root)


def test_an_open_range_reaches_the_top_of_a_scale_with_room_above_its_lower_bound() -> None:
    root = drawn(chart_of(timeline(point(FROM_US, figures(available=figure(10_000, None))))))
    people = ruler(lane(root, "available"))
    (hatched,) = of_class(root, "open-ended")
    assert min(map(y_of, points(hatched))) == pytest.approx(people.last[1], abs=0.02)
    assert people.last[0] > 10_000
    assert hatched.get("fill") == "url(#steps-open)"
    assert of_class(root, "edge", "most") == []


class TestRequirements:
    def test_requirement_lines_lie_at_their_figure_while_they_are_in_force(self) -> None:
        later = period("2025-06-01").start_us
        answer = timeline(
            point(FROM_US, figures(), [asks("whole", 10_000, 30_000)]),
            point(later, figures(), [asks("whole", 20_000, 20_000)]),
        )
        root = drawn(chart_of(answer, requirements=[requirement("whole", "The whole force", standing="planned")]))
        people, time = ruler(lane(root, "available")), time_ruler(root)
        lines = [points(one) for one in of_class(root, "line", "planned")]
        assert lines == [
            [pytest.approx((time.at(at), people.at(value)), abs=0.05) for at in span]
            for span, value in (((FROM_US, later), 10_000), ((FROM_US, later), 30_000), ((later, TO_US), 20_000))
        ]
        assert "The whole force: 20,000" in words_in(root)

    def test_a_continuing_requirement_is_one_line(self) -> None:
        later = [period(f"2025-0{month}-01").start_us for month in range(4, 8)]
        answer = timeline(*(point(at_us, figures(), [asks("whole", 10, 10)]) for at_us in (FROM_US, *later)))
        (line,) = of_class(drawn(chart_of(answer, requirements=[requirement("whole", standing="floated")])), "line")
        assert len(points(line)) == 2

    def test_requirements_not_comparable_with_people_are_noted_and_not_drawn(self) -> None:
        answer = timeline(point(FROM_US, figures(), [asks(name, 5, 6) for name in ("ships", "rotated", "air")]))
        chart = chart_of(
            answer,
            requirements=[
                requirement("ships", "Ships", unit="ship"),
                requirement("rotated", "Over two years", measure="cumulative"),
                requirement("air", "Pilots", capability="combat_air"),
            ],
        )
        assert of_class(drawn(chart), "line") == []
        (left_out,) = chart.beside
        assert "not drawn" in left_out
        for one in ("Ships (in ships)", "Over two years (over rotations)", "Pilots (only for combat air)"):
            assert one in left_out


class TestClocksAndMeetings:
    def test_both_clocks_are_drawn_at_the_end_of_their_day(self) -> None:
        answer = timeline(point(FROM_US, figures()), known=basis(known_at="2025-07-01"))
        root = drawn(chart_of(answer, on="2025-05-01"))
        time = time_ruler(root)
        for name, day in (("on", "2025-05-01"), ("known", "2025-07-01")):
            (clock,) = of_class(root, name)
            (line,) = of_class(clock, "clock")
            assert [x for x, _ in points(line)] == [pytest.approx(time.at(period(day).last_us), abs=0.02)] * 2
        assert {"on 1 May 2025", "as known on 1 Jul 2025"} <= set(words_in(root))

    def test_a_clock_outside_the_drawing_is_not_drawn(self) -> None:
        root = drawn(chart_of(timeline(point(FROM_US, figures())), on="2024-01-01"))
        assert of_class(root, "clock") == []

    def test_facts_not_known_by_the_clock_are_not_shown(self) -> None:
        answer = timeline(point(FROM_US, figures(available=figure(5, 5))), known=basis(known_at="2025-04-01"))
        assert "Available: not known" in words_in(drawn(chart_of(answer, on="2025-06-01")))
        assert "Available: 5" in words_in(drawn(chart_of(answer, on="2025-03-20")))

    def test_meetings_are_lines_on_their_day_with_separate_labels(self) -> None:
        days = [f"2025-04-{day:02}" for day in range(1, 29, 2)]
        answer = timeline(point(FROM_US, figures()))
        root = drawn(chart_of(answer, meetings=[meeting(day, day, "Palace, Paris") for day in days]))
        time = time_ruler(root)
        lines = [points(one)[0][0] for one in of_class(root, "meeting")]
        assert lines == [pytest.approx(time.at(period(day).start_us), abs=0.02) for day in days]
        names = [(float(one.get("x", 0)), float(one.get("y", 0))) for one in of_class(root, "meeting-label")]
        assert 3 <= len(names) < len(days)
        assert all(abs(x - other) > 30 for x, y in names for other, row in names if y == row and x != other)

    def test_meetings_unknown_undated_or_out_of_range_are_left_out(self) -> None:
        answer = timeline(point(FROM_US, figures()), known=basis(known_at="2025-04-01"))
        others = [meeting("a", "2025-05-01"), meeting("b", None), meeting("c", "2024-05-01")]
        assert of_class(drawn(chart_of(answer, meetings=others)), "meeting") == []


class TestLateFacts:
    @pytest.mark.parametrize(
        ("answer", "axis", "late"),
        [
            (event("2025-04-10", "2025-04-11T09:00:00.000000Z"), "recorded", False),
            (event("2025-04-10", "2025-04-12T00:00:00.000000Z"), "recorded", True),
            (event("2025-04", "2025-04-12T00:00:00.000000Z"), "recorded", False),
            (event("2025-04-10", "2026-01-01T00:00:00.000000Z", "2025-04-30", "2025-04-10"), "reported", False),
            (event("2025-04-10", "2026-01-01T00:00:00.000000Z", "2025-04-29/2025-04-30"), "reported", True),
            (event("2025-04-10", "2026-01-01T00:00:00.000000Z"), "reported", True),
            (event(None, "2026-01-01T00:00:00.000000Z"), "recorded", False),
        ],
    )
    def test_a_fact_is_late_if_reported_more_than_a_day_after_its_effective_period(
        self, answer: Any, axis: str, late: bool
    ) -> None:
        assert is_late(answer, axis) is late

    def test_a_late_mark_is_below_its_change(self) -> None:
        at_us = period("2025-05-01").start_us
        late = event("2025-05-01", "2025-07-01T00:00:00.000000Z")
        answer = timeline(point(FROM_US, figures()), point(at_us, figures(), (), late))
        root = drawn(chart_of(answer))
        mark, key = (points(one) for one in of_class(root, "late"))
        assert sum(map(x_of, mark)) / 4 == pytest.approx(time_ruler(root).at(at_us), abs=0.02)
        assert sum(map(x_of, key)) / 4 < LEFT + 10

    def test_a_late_fact_that_no_point_names_is_marked_at_the_next_drawn_change(self) -> None:
        days = ("2025-03-20", "2025-05-01", "2025-06-10")
        answer = timeline(*(point(period(day).start_us, figures()) for day in (FROM, *days[1:])))
        late = [
            event(day, "2025-07-01T00:00:00.000000Z", about=f"pledge:of-{day}") for day in ("2025-06-10", *days[:2])
        ]
        chart = chart_of(answer, late=late)
        root = drawn(chart)
        *marks, _ = (sum(map(x_of, points(one))) / 4 for one in of_class(root, "late"))
        assert marks == [pytest.approx(time_ruler(root).at(period(day).start_us), abs=0.02) for day in days[1:]]
        assert [row[-1] for row in chart.table.rows] == [
            "", "pledge made (of-2025-03-20); pledge made (of-2025-05-01)", "pledge made (of-2025-06-10)",
        ]  # fmt: skip

    def test_many_late_facts_at_one_place_are_counted(self) -> None:
        late = [event(FROM, "2025-07-01T00:00:00.000000Z", about=f"pledge:p{number}") for number in range(40)]
        (row,) = chart_of(timeline(point(FROM_US, figures())), late=late).table.rows
        assert row[-1].endswith("pledge made (p11); and 28 more")

    def test_without_late_facts_there_is_no_mark(self) -> None:
        answer = timeline(point(FROM_US, figures(), (), event(FROM, f"{FROM}T12:00:00.000000Z")))
        assert of_class(drawn(chart_of(answer)), "lateness") == []


def test_the_table_states_every_change_in_words() -> None:
    at_us = period("2025-05-01").start_us
    sizes = figures(available=figure(200, 450, 6, 5))
    answer = timeline(
        point(FROM_US, figures()), point(at_us, sizes, (), event("2025-05-01", "2025-05-01T10:00:00.000000Z"))
    )
    table = chart_of(answer).table
    assert table.columns == ("From", "Available", "Cause", "Reported after it took effect")
    assert table.rows == (
        ("1 Mar 2025", "none", "", ""),
        ("1 May 2025", "200 to 450, plus 5 undisclosed pledges", "pledge made (p)", ""),
    )


def test_a_truncated_answer_ends_the_drawing_with_a_note() -> None:
    answer = timeline(point(FROM_US, figures(available=figure(5, 5))), next_from="2025-05-01T00:00:00.000000Z")
    chart = chart_of(answer)
    (edge,) = of_class(drawn(chart), "edge", "most")
    assert max(map(x_of, points(edge))) == pytest.approx(
        time_ruler(drawn(chart)).at(period("2025-05-01").start_us), abs=0.02
    )
    assert "There are too many changes" in chart.beside[-1]


@pytest.mark.parametrize("width", [320, 366, 960, 1400])
def test_a_drawing_has_the_requested_width_and_stays_within_it(width: int) -> None:
    sizes = figures(available=figure(1_000, 4_000, 3, 1))
    answer = timeline(point(FROM_US, sizes, [asks("whole", 10_000, 30_000)]))
    root = drawn(chart_of(answer, width=width, requirements=[requirement("whole", "A long label, " * 9)]))
    assert root.get("width") == str(width)
    assert all(
        0 <= x <= width
        for one in tagged(root, "path")
        if one.get("class") not in (None, "hatch")
        for x, _ in points(one)
    )
