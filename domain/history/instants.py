"""The instants at which an answer may change, kept as events arrive: between two of them, every answer is the same.

The index holds every date that any event names, known at a point or not, corrected or not. More instants than needed
only divide a stretch into two, with the same answers in both; one too few would be a wrong answer.
"""

from array import array
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.corrections import EventCorrected
from domain.events import Event
from domain.facts import ABSENT, as_given
from domain.times import BEFORE_TIME_US, DAY_US, Date, Moment, Period, period

MAX_A_DAY = 1_000
"""Instants in a day, beyond which each microsecond of that day counts as a stretch of its own."""

LONGEST_DATE = len("2025-04-10")
"""Characters of a date that is a day, a month or a year."""


class Instants:
    """Instants in order. One writer at a time; any number of readers."""

    def __init__(self) -> None:
        self._days = array("q")
        self._of_day: dict[int, array[int]] = {}
        self._dates: set[str] = set()

    def add(self, at_us: int) -> None:
        """Add an instant."""
        day = at_us // DAY_US
        of_day = self._of_day.get(day)
        if of_day is None:
            self._of_day[day] = array("q", (at_us,))
            insort(self._days, day)
        elif len(of_day) <= MAX_A_DAY and not _has(of_day, at_us):
            insort(of_day, at_us)

    def add_date(self, text: str, instants_of: Callable[[Period], Iterable[int]]) -> None:
        """Add the instants of a date, unless it was added before; the same index always takes the same ones."""
        if text not in self._dates:
            for at_us in instants_of(period(text)):
                self.add(at_us)
            if len(text) <= LONGEST_DATE:  # there are many instants, and few of them are named twice
                self._dates.add(text)

    def stretch_of(self, at_us: int) -> int:
        """When the stretch begins that a time lies in: the last instant at or before it; far in the past if none is."""
        day = at_us // DAY_US
        of_day = self._of_day.get(day)
        if of_day is not None:
            if len(of_day) > MAX_A_DAY:
                return at_us
            place = bisect_right(of_day, at_us)
            if place:
                return of_day[place - 1]
        before = bisect_right(self._days, day - 1)
        return self._last_of(self._days[before - 1]) if before else BEFORE_TIME_US

    def _last_of(self, day: int) -> int:
        of_day = self._of_day[day]
        return of_day[-1] if len(of_day) <= MAX_A_DAY else (day + 1) * DAY_US


def _has(instants: "array[int]", at_us: int) -> bool:
    place = bisect_right(instants, at_us)
    return place > 0 and instants[place - 1] == at_us


def valid_dates(event: Event) -> Iterator[str]:
    """The dates in an event's content, at whose beginning and end it may change what holds."""
    content: Any = event.fact.replacement if isinstance(event.fact, EventCorrected) else event.fact
    fact_type: Any = type(content)
    for name in dates_of(fact_type):
        text = getattr(content, name)
        if text is not None and text is not ABSENT:
            yield text
    if phases := getattr(content, "phases", None):
        yield from (phase.from_ for phase in (() if phases is ABSENT else phases))


def publication_dates(event: Event) -> Iterator[str]:
    """When the sources of an event were published, and those of a replacement: with the last instant of each, one is
    public."""
    sources = event.fact.sources
    if isinstance(event.fact, EventCorrected):
        sources = (*sources, *event.fact.replacement.sources)
    return (source.published_on for source in sources if source.published_on)


def both_ends(date: Period) -> Iterable[int]:
    """The first instant of a date, and the first one after it."""
    return date


def last_instant(date: Period) -> Iterable[int]:
    """The last instant of a date."""
    return (date.last_us,)


@cache
def dates_of(fact_type: Any) -> tuple[str, ...]:
    """The fields of a type of fact that hold dates about the world; those of its sources are no part of it."""
    hints = get_type_hints(fact_type, include_extras=True)
    return tuple(field.name for field in fields(fact_type) if _is_date(hints[field.name]))


def _is_date(hint: Any) -> bool:
    if hint in (Moment, Date):
        return True
    hint = as_given(hint)
    return get_origin(hint) in (Union, UnionType) and any(_is_date(part) for part in get_args(hint))
