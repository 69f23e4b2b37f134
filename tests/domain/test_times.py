"""Written times: precise to the microsecond, and no more precise than they are written."""

import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import times
from domain.times import DAY_US, day_of, format_instant, instant_us, period
from tests.oracle.fold import moment

EPOCH_DAYS = st.integers(-25_567, 84_000)
TWENTIETH = period("2025-04-20").start_us


@pytest.mark.parametrize(
    ("text", "first_day", "last_day"),
    [
        ("2025-04-20", "2025-04-20", "2025-04-20"),
        ("2025-04", "2025-04-01", "2025-04-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-04-29/2025-05-02", "2025-04-29", "2025-05-02"),
        ("2025-04-29/2025-04-29", "2025-04-29", "2025-04-29"),
    ],
)
def test_a_date_is_the_period_that_it_names(text: str, first_day: str, last_day: str) -> None:
    stretch = period(text)
    assert (day_of(stretch.start_us), day_of(stretch.last_us)) == (first_day, last_day)
    assert (stretch.start_us % DAY_US, stretch.end_us % DAY_US) == (0, 0)


@pytest.mark.parametrize(
    ("text", "in_utc"),
    [
        ("2025-04-20T00:00:00Z", "2025-04-20T00:00:00.000000Z"),
        ("2025-04-20t00:00:00z", "2025-04-20T00:00:00.000000Z"),
        ("2025-04-20T01:30:00+02:00", "2025-04-19T23:30:00.000000Z"),
        ("2025-04-20T00:00:00.000001-00:30", "2025-04-20T00:30:00.000001Z"),
        ("1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000000Z"),
        ("2200-12-31T23:59:59.999999Z", "2200-12-31T23:59:59.999999Z"),
    ],
)
def test_an_instant_is_one_microsecond_in_utc(text: str, in_utc: str) -> None:
    stretch = period(text)
    assert (format_instant(stretch.start_us), stretch.end_us - stretch.start_us) == (in_utc, 1)
    assert instant_us(text) == stretch.start_us


@pytest.mark.parametrize(
    "text",
    [
        "", "now", "20250420", "2025-4-2", "2025-13", "2025-02-29", "2025-04-31", "1899", "2201-01", "0001-01-01",
        "2025-04-20T00:00:00", "2025-04-20T00:00Z", "2025-04-20T24:00:00Z", "2025-04-20T00:00:60Z",
        "2025-04-20T00:00:00.1234567Z", "2025-04-20T00:00:00+24:00", "2025-04-20 00:00:00Z", "2025-04/2025-05",
        "2025-04-30/2025-04-29", "2025-04-20/", "2025-04-20T00:00:00Z/2025-04-21T00:00:00Z", "２０２５-04-20",
        "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1900-01-01T00:00:00+01:00", "2025-04-20\n",
        "2200-12-31T23:59:59-01:00", "2025-04-20T24:00:00.000000+00:00", "2025-04-20t24:00:00-05:00",
        "2025-04-20T24:00:01Z", "2025-04-20T25:00:00Z", "2025-04-20T00:60:00Z", "2025-04-20T99:99:00Z",
        "2016-12-31T23:59:60Z", "2025-02-30T00:00:00Z", "0000-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_invalid_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=re.compile(".+")):
        period(text)


class LenientDatetime(datetime):
    """Reads instants as Python 3.14 does, to which 24:00 is the midnight of the next day, and words its own errors."""

    @classmethod
    def fromisoformat(cls, date_string: str, /) -> "LenientDatetime":
        try:
            if "T24:00:00" in date_string:
                return super().fromisoformat(date_string.replace("T24", "T00")) + timedelta(days=1)
            return super().fromisoformat(date_string)
        except ValueError:
            raise ValueError("worded by the interpreter") from None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2025-04-20T24:00:00Z", "hours run from 00 to 23"),
        ("2025-04-20T24:00:00+02:00", "hours run from 00 to 23"),
        ("2025-04-20T23:60:00Z", "minutes run from 00 to 59"),
        ("2016-12-31T23:59:60Z", "expected an instant"),
        ("2025-02-30T00:00:00Z", "2025-02-30 is not in the calendar"),
        ("2025-02-30", "2025-02-30 is not in the calendar"),
        ("2025-13", "2025-13 is not in the calendar"),
    ],
)
def test_the_refusal_of_a_time_does_not_depend_on_the_python_version(
    monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    refusals = []
    for reader in (datetime, LenientDatetime):
        monkeypatch.setattr(times, "datetime", reader)
        period.cache_clear()
        with pytest.raises(ValueError, match=reason) as refused:
            period(text)
        refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("text", ["2025", "2025-04-20", "2025-04-29/2025-04-30"])
def test_a_date_is_not_an_instant(text: str) -> None:
    with pytest.raises(ValueError, match="instant"):
        instant_us(text)


@given(EPOCH_DAYS, EPOCH_DAYS)
def test_days_and_periods_follow_the_calendar(one: int, other: int) -> None:
    first, last = (day_of(day * DAY_US) for day in sorted((one, other)))
    for text in (first, first[:7], first[:4], f"{first}/{last}"):
        assert tuple(period(text)) == moment(text)


@given(st.integers(-2_208_988_800_000_000, 7_289_654_399_999_999))
def test_writing_an_instant_loses_nothing(instant: int) -> None:
    assert instant_us(format_instant(instant)) == instant
    assert day_of(instant) == format_instant(instant)[:10]
