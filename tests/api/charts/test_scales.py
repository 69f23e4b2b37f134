"""Scales: a value lies at its share of the range, and ticks are round, in order and few."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.charts.frame import apart
from api.charts.scales import Scale, date_ticks, date_written, round_step, ticks
from domain.times import DAY_US, format_instant, period

PEOPLE = st.integers(0, 10**9)
LENGTHS = st.floats(-2000, 2000, allow_nan=False)
DAYS = st.integers(-25_000, 80_000)


@given(st.lists(PEOPLE, min_size=2, max_size=2, unique=True).map(sorted), LENGTHS, LENGTHS, st.floats(0, 1))
def test_a_value_lies_at_its_share_of_the_way(bounds: list[int], start: float, end: float, share: float) -> None:
    scale = Scale(bounds[0], bounds[1], start, end)
    assert scale.at(bounds[0]) == pytest.approx(start, abs=0.01)
    assert scale.at(bounds[1]) == pytest.approx(end, abs=0.01)
    value = bounds[0] + share * (bounds[1] - bounds[0])
    assert scale.at(value) == pytest.approx(start + share * (end - start), abs=0.01)


@given(PEOPLE, LENGTHS, LENGTHS, PEOPLE)
def test_values_beyond_the_scale_stay_within_the_drawing(high: int, start: float, end: float, value: int) -> None:
    place = Scale(0, high, start, end).within(value)
    assert min(start, end) - 1e-6 <= place <= max(start, end) + 1e-6


def test_a_scale_of_one_value_centres_it() -> None:
    assert Scale(5, 5, 0, 100).at(5) == 50


@given(st.floats(0, 1e12), st.integers(1, 12))
def test_ticks_are_round_evenly_spaced_few_and_reach_the_highest_value(high: float, most: int) -> None:
    marks = ticks(high, most)
    steps = {later - sooner for sooner, later in pairwise(marks)}
    assert marks[0] == 0
    assert marks[-1] >= high
    assert marks[-2] < max(high, 1)
    assert len(steps) == 1
    assert str(steps.pop()).rstrip("0") in ("1", "2", "5")
    assert len(marks) <= most + 1


@given(st.floats(1, 1e12), st.integers(1, 12))
def test_the_next_smaller_step_would_give_too_many_ticks(spread: float, most: int) -> None:
    step = round_step(spread, most)
    smaller = {1: 0.5, 2: 1, 5: 2}[int(str(step)[0])] * 10 ** (len(str(step)) - 1)
    assert spread <= step * most
    assert smaller < 1 or spread > smaller * most


@given(DAYS, st.integers(0, 40_000), st.integers(2, 20))
def test_date_ticks_are_in_range_in_order_few_and_at_midnight(first: int, days: int, most: int) -> None:
    from_us, to_us = first * DAY_US + 1, min((first + days) * DAY_US, period("2200-12-31").last_us)
    marks = [tick.at_us for tick in date_ticks(from_us, to_us, most)]
    assert marks == sorted(set(marks))
    assert len(marks) <= most
    assert all(from_us <= mark <= to_us and mark % DAY_US == 0 for mark in marks)


def test_the_first_date_and_every_january_show_the_year() -> None:
    found = date_ticks(period("2025-11-15").start_us, period("2026-03-15").last_us, 6)
    assert [tick.label for tick in found] == ["Dec 2025", "2026", "Feb", "Mar"]
    days = date_ticks(period("2025-12-31").start_us, period("2026-01-02").start_us, 6)
    assert [tick.label for tick in days] == ["31 Dec 2025", "1 Jan", "2 Jan"]
    assert date_written(period("2025-04-10").last_us) == "10 Apr 2025"
    assert format_instant(days[0].at_us).startswith("2025-12-31T00:00:00")


@given(st.lists(st.floats(0, 100), max_size=8), st.integers(1, 12))
def test_labels_do_not_overlap_and_keep_their_order(wanted: list[float], least: int) -> None:
    places = apart(wanted, least, 0, 100)
    order = sorted(range(len(wanted)), key=lambda at: wanted[at])
    gaps = [places[later] - places[sooner] for sooner, later in pairwise(order)]
    assert all(gap >= least - 1e-6 for gap in gaps)
    assert all(place <= 100 for place in places)
    if len(wanted) * least <= 100:
        assert all(place >= 0 for place in places)


def test_a_label_with_enough_room_does_not_move() -> None:
    assert apart([80, 10, 50], 12, 0, 100) == [80, 10, 50]
