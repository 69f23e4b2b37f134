"""Instants, dates and periods: reading, writing and comparing them.

Instants are RFC 3339 with an offset, to the microsecond. A date may be a day, a month, a year or an ISO 8601 interval
of days, in UTC, and keeps the precision it was written with. Internally, time is a whole number of microseconds since
1970-01-01T00:00:00Z: comparing is cheap and nothing is lost to rounding."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, Field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY_US = 86_400_000_000
YEAR_FIRST, YEAR_LAST = 1900, 2200

FOREVER_US = 2**62
"""Later than every time that can be written, and greater than every position in a record."""

BEFORE_TIME_US = -FOREVER_US
"""Earlier than every time that can be written."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:[0-5]\d(\.\d{1,6})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", re.ASCII)
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)


class Period(NamedTuple):
    """The period that a text names: from ``start_us`` up to, not including, ``end_us``.

    An instant is a period of one microsecond.
    """

    start_us: int
    end_us: int

    @property
    def last_us(self) -> int:
        """The last microsecond inside the period."""
        return self.end_us - 1

    @property
    def is_instant(self) -> bool:
        return self.end_us - self.start_us == 1


@lru_cache(maxsize=16_384)
def period(text: str) -> Period:
    """Read an instant, a day, a month, a year or an interval of days.

    Raises ``ValueError`` for anything else, and for years outside 1900 to 2200.
    """
    if "/" in text:
        return _interval(text)
    if "T" in text or "t" in text:
        return _instant(text)
    return _calendar_date(text)


def instant_us(text: str) -> int:
    """Read an instant; raises ``ValueError`` if the text is only a date."""
    named = period(text)
    if not named.is_instant:
        raise ValueError("expected an instant with a date, a time and an offset, for example 2025-04-10T09:30:00Z")
    return named.start_us


def format_instant(instant: int) -> str:
    """Write microseconds since the epoch as RFC 3339 in UTC, always with six decimals."""
    return (EPOCH + timedelta(microseconds=instant)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def day_of(instant: int) -> str:
    """Write the day, in UTC, that an instant lies in."""
    return (EPOCH + timedelta(microseconds=instant)).date().isoformat()


def start_in_words(moment: str) -> str:
    """When a moment begins, for a sentence: ``on 2025-04-10``, or ``at 2025-04-10T09:30:00Z`` for an instant."""
    return f"at {moment}" if "T" in moment.upper() else f"on {day_of(period(moment).start_us)}"


def _instant(text: str) -> Period:
    if not _INSTANT.fullmatch(text):
        raise ValueError(
            "expected an instant in RFC 3339 with an offset and at most six decimals, for example 2025-04-10T09:30:00Z"
        )
    # Python versions differ on whether 24:00 is the next day's midnight, so it is refused here.
    if text[11:13] > "23":
        raise ValueError("not a valid time: hours run from 00 to 23")
    if text[14:16] > "59":
        raise ValueError("not a valid time: minutes run from 00 to 59")
    try:
        start_us = (datetime.fromisoformat(text.upper()) - EPOCH) // MICROSECOND
    except ValueError:
        raise ValueError(f"not a valid date: {text[:10]} is not in the calendar") from None
    _within_the_years(start_us, start_us)
    return Period(start_us, start_us + 1)


def _interval(text: str) -> Period:
    first, _, last = text.partition("/")
    if len(first) != 10 or len(last) != 10:
        raise ValueError("expected an interval of two days, for example 2025-04-29/2025-04-30")
    start, end = _calendar_date(first), _calendar_date(last)
    if end.start_us < start.start_us:
        raise ValueError("the last day of the interval comes before the first")
    return Period(start.start_us, end.end_us)


def _calendar_date(text: str) -> Period:
    match = _DATE.fullmatch(text)
    if not match:
        raise ValueError(
            "expected a date (2025-04-10, 2025-04, 2025 or 2025-04-29/2025-04-30) or an instant with an offset"
        )
    year, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    if not YEAR_FIRST <= year <= YEAR_LAST:
        raise ValueError(f"not a valid date: use a year from {YEAR_FIRST} to {YEAR_LAST}")
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        raise ValueError(f"not a valid date: {text} is not in the calendar") from None
    return Period(_midnight_us(first), _midnight_us(_day_after(first, month, day)))


def _day_after(first: date, month: int | None, day: int | None) -> date:
    if day is not None:
        return first + timedelta(days=1)
    if month is not None:
        return date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return date(first.year + 1, 1, 1)


def _midnight_us(day: date) -> int:
    return (day.toordinal() - EPOCH.toordinal()) * DAY_US


CALENDAR_US = (_midnight_us(date(YEAR_FIRST, 1, 1)), _midnight_us(date(YEAR_LAST + 1, 1, 1)) - 1)
"""The first and the last microsecond that can be written."""


@lru_cache(maxsize=8_192)
def stamp_us(text: str) -> int:
    """Read a time of recording, as ``format_instant`` writes it.

    A clock that was wrong may have written a year after 2200: that counts as the last time that can be written. Raises
    ``ValueError`` for a text of another form.
    """
    if not _STAMP.fullmatch(text):
        raise ValueError(f"not a time of recording: {text!r}")
    return min((datetime.fromisoformat(text) - EPOCH) // MICROSECOND, CALENDAR_US[1])


def _within_the_years(start_us: int, last_us: int) -> None:
    if start_us < CALENDAR_US[0] or last_us > CALENDAR_US[1]:
        raise ValueError(f"not a valid date: use a year from {YEAR_FIRST} to {YEAR_LAST}")


def _readable(text: str) -> str:
    period(text)
    return text


def _readable_date(text: str) -> str:
    if "T" in text.upper():
        raise ValueError("expected a date without a time: 2025-04-10, 2025-04, 2025 or 2025-04-29/2025-04-30")
    return _readable(text)


Moment = Annotated[
    str,
    AfterValidator(_readable),
    Field(
        max_length=40,
        examples=["2025-04-10", "2025-04-10T09:30:00Z"],
        description="An RFC 3339 instant with an offset, or a day, a month, a year or an interval of days (UTC).",
    ),
]
"""An instant or a date, kept as written."""

Date = Annotated[
    str,
    AfterValidator(_readable_date),
    Field(max_length=21, examples=["2025-04-10"], description="A day, a month, a year or an interval of days (UTC)."),
]
"""A date of any precision, kept as written."""
