"""Scales: the place of a value in a drawing, and the values that get a tick."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from domain.times import DAY_US, EPOCH, MICROSECOND, YEAR_LAST, period


@dataclass(frozen=True, slots=True)
class Scale:
    """Lays the values from ``low`` to ``high`` evenly on the pixels from ``start`` to ``end``, which may run
    backwards."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of a value; the middle if the scale has only one value."""
        if self.high == self.low:
            return (self.start + self.end) / 2
        value, low, high = map(float, (value, self.low, self.high))  # amounts of money may be decimals
        share = (value - low) / (high - low)
        return self.start + share * (self.end - self.start)

    def within(self, value: float) -> float:
        """The same, kept within the drawing."""
        return self.at(min(max(value, self.low), self.high))

    def has(self, value: float) -> bool:
        """Whether a value lies on the scale."""
        return self.low <= value <= self.high


def round_step(spread: float, most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, ... that divides a spread into at most so many steps."""
    steps = (factor * size for size in _powers_of_ten() for factor in (1, 2, 5))
    return next(step for step in steps if spread <= step * most)


def _powers_of_ten() -> Iterator[int]:
    size = 1
    while True:
        yield size
        size *= 10


def ticks(high: float, most: int = 4) -> list[int]:
    """Round values from 0 up to the first at or above ``high``, at least 1: at most so many steps."""
    step = round_step(max(high, 1), most)
    last = next(number for number in count(1) if number * step >= high)
    return [step * number for number in range(last + 1)]


@dataclass(frozen=True, slots=True)
class DateTick:
    """A date with a tick, and its label."""

    at_us: int
    label: str


_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def date_ticks(from_us: int, to_us: int, most: int) -> list[DateTick]:
    """At most so many days, or firsts of months or years, within a time: the finest that fit; the first tells its
    year."""
    for days in (1, 2, 7):
        if (to_us - from_us) / (days * DAY_US) < most:
            return _days(from_us, to_us, days)
    for months in (1, 3, 6, 12, 24, 60, 120, 600):
        found = _months(from_us, to_us, months)
        if len(found) <= most:
            return found
    return []


def _days(from_us: int, to_us: int, every: int) -> list[DateTick]:
    first_us = -(-from_us // DAY_US) * DAY_US
    starts = range(first_us, to_us + 1, every * DAY_US)
    return [
        DateTick(at_us, day_written(at_us) if number else date_written(at_us)) for number, at_us in enumerate(starts)
    ]


def _months(from_us: int, to_us: int, every: int) -> list[DateTick]:
    first, last = (_month_of(at_us) // every * every for at_us in (from_us, to_us))
    starts = (_month_start_us(number) for number in range(first, min(last, YEAR_LAST * 12 + 11) + 1, every))
    within = [at_us for at_us in starts if from_us <= at_us <= to_us]
    return [DateTick(at_us, _month_written(at_us, every, is_first=not number)) for number, at_us in enumerate(within)]


def _month_of(at_us: int) -> int:
    """The month that a time lies in, counted from the year 0."""
    day = (EPOCH + at_us * MICROSECOND).date()
    return day.year * 12 + day.month - 1


def _month_start_us(number: int) -> int:
    return period(f"{number // 12:04}-{number % 12 + 1:02}").start_us


def _month_written(at_us: int, every: int, is_first: bool) -> str:
    day = (EPOCH + at_us * MICROSECOND).date()
    if every >= 12 or day.month == 1:
        return f"{day.year}"
    return f"{_MONTHS[day.month - 1]} {day.year}" if is_first else _MONTHS[day.month - 1]


def day_written(at_us: int) -> str:
    """A day in few letters, without its year: ``10 Apr``."""
    day = (EPOCH + at_us * MICROSECOND).date()
    return f"{day.day} {_MONTHS[day.month - 1]}"


def date_written(at_us: int) -> str:
    """A day in few letters: ``10 Apr 2025``."""
    return f"{day_written(at_us)} {(EPOCH + at_us * MICROSECOND).year}"
