"""The instants at which an answer may change, kept as events arrive: between two of them, every answer is the same.

The index holds every date that any event names, known at a point or not, corrected or not. More instants than needed
only divide a stretch into two, with the same answers in both; one too few would be a wrong answer.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.corrections import EventCorrected
from domain.events import Event
from domain.times import BEFORE_TIME_US, DAY_US, Date, Moment, period

MAX_A_DAY = 1_000
"""Instants in a day, beyond which each microsecond of that day counts as a stretch of its own."""


class Instants:
    """Instants in order. One writer at a time; any number of readers."""

    def __init__(self) -> None:
        self._days: list[int] = []
        self._of_day: dict[int, list[int]] = {}

    def add(self, at_us: int) -> None:
        """Add an instant."""
        day = at_us // DAY_US
        of_day = self._of_day.get(day)
        if of_day is None:
            self._of_day[day] = [at_us]
            insort(self._days, day)
        elif len(of_day) <= MAX_A_DAY and not _has(of_day, at_us):
            insort(of_day, at_us)

    def stretch_of(self, at_us: int) -> int:
        """When the stretch begins that a time lies in: the last instant at or before it; far in the past if none is."""
        day = at_us // DAY_US
        of_day = self._of_day.get(day, ())
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


def _has(instants: list[int], at_us: int) -> bool:
    place = bisect_right(instants, at_us)
    return place > 0 and instants[place - 1] == at_us


def valid_instants(event: Event) -> Iterator[int]:
    """The instants at which an event may change what holds: the beginning and the end of each date in its content."""
    content: Any = event.fact.replacement if isinstance(event.fact, EventCorrected) else event.fact
    fact_type: Any = type(content)
    for name in dates_of(fact_type):
        text = getattr(content, name)
        if text is not None:
            yield from period(text)


def publication_instants(event: Event) -> Iterator[int]:
    """The instants at which a source of an event was published, as far as it says when: the last of its period."""
    return (period(source.published_on).last_us for source in event.fact.sources if source.published_on)


@cache
def dates_of(fact_type: Any) -> tuple[str, ...]:
    """The fields of a type of fact that hold dates about the world; those of its sources are no part of it."""
    hints = get_type_hints(fact_type, include_extras=True)
    return tuple(field.name for field in fields(fact_type) if _is_date(hints[field.name]))


def _is_date(hint: Any) -> bool:
    if hint in (Moment, Date):
        return True
    return get_origin(hint) in (Union, UnionType) and any(_is_date(part) for part in get_args(hint))
