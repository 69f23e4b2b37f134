"""The two dates of a page, its clocks: the days on which something changed, for the sliders, and the next of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from api.pages.viewpoint import Viewpoint
from domain.events import Event
from domain.history.history import ReadableHistory
from domain.history.publications import Publications
from domain.lru import LruOfEach
from domain.times import CALENDAR_US, DAY_US, YEAR_FIRST, YEAR_LAST, day_of, period


@dataclass(frozen=True, slots=True)
class Clock:
    """One date: the ``days`` of its slider in order, the place of its own day among them (``at``), and the addresses of
    the days beside it.

    ``chosen`` is the date as it was written, which may be a month or an instant. ``wrong`` is its fault if not valid.
    """

    name: str
    days: list[str]
    at: int
    chosen: str
    is_day: bool
    previous: str | None
    next: str | None
    wrong: str | None = None


def clocks_of(viewpoint: Viewpoint) -> tuple[Clock, Clock]:
    """Both clocks."""
    return valid_clock(viewpoint), known_clock(viewpoint)


def clocks_with_problems(viewpoint: Viewpoint, dates: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Clock, ...]:
    """Both clocks, each with the date that was sent and its fault if it is ``wrong``; sliders show the viewpoint."""
    return tuple(
        replace(clock, chosen=dates[clock.name], is_day=is_day(dates[clock.name]), wrong=wrong[clock.name])
        if clock.name in wrong
        else clock
        for clock in clocks_of(viewpoint)
    )


def is_day(text: str) -> bool:
    """Whether a date field can show a text: any day of the calendar, even of years that the ledger does not take."""
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def date_problem(text: str, detail: str) -> str:
    """The fault of a date in words for people; ``detail`` is the API's."""
    year = re.match(r"\d{1,4}(?![\d:])", text, re.ASCII)
    if year and not YEAR_FIRST <= int(year[0]) <= YEAR_LAST:
        return DATE_RANGE
    return f"That date is not valid: {detail}"


DATE_RANGE = f"That date is not valid: use a year from {YEAR_FIRST} to {YEAR_LAST}"
FIRST_DAY, LAST_DAY = f"{YEAR_FIRST}-01-01", f"{YEAR_LAST}-12-31"
"""The first and the last day that a date field takes."""


def valid_clock(viewpoint: Viewpoint) -> Clock:
    """The clock of valid time: the days on which something known begins, ends or changes, and today."""
    return _clock(viewpoint, "valid_at", {day_of(day * DAY_US) for day in viewpoint.changing_days})


def known_clock(viewpoint: Viewpoint) -> Clock:
    """The clock of known time: the days on which something was recorded or, on the reported axis, made public."""
    return _clock(
        viewpoint, "known_at", _known_days(viewpoint.history, viewpoint.basis.known_axis, viewpoint.basis.sequence)
    )


_KNOWN_DAYS = LruOfEach[ReadableHistory, tuple[str, int], set[str]](2)
"""The last answers for each history, by axis and sequence: finding the days takes a look at every event."""


def _known_days(history: ReadableHistory, axis: str, sequence: int) -> set[str]:
    cached = _KNOWN_DAYS.of(history)
    days = cached.get((axis, sequence))
    if days is None:
        days = _reported_days(history, sequence) if axis == "reported" else _recorded_days(history, sequence)
        cached.put((axis, sequence), days)
    return days


def _recorded_days(history: ReadableHistory, sequence: int) -> set[str]:
    # An instant is written in UTC, its day first.
    return {event.recorded_at[:10] for event in _first_events(history, sequence)}


def _reported_days(history: ReadableHistory, sequence: int) -> set[str]:
    publications = Publications(_first_events(history, sequence))
    return {day_of(day * DAY_US) for day in {at_us // DAY_US for at_us in publications.times_of_change()}}


def _first_events(history: ReadableHistory, sequence: int) -> list[Event]:
    """The first ``sequence`` events on record, in their order."""
    everything = history.view(CALENDAR_US[1], CALENDAR_US[1], "recorded", sequence).events()
    return sorted(everything, key=lambda event: event.sequence)


def _clock(viewpoint: Viewpoint, name: str, changing: set[str]) -> Clock:
    chosen: str = getattr(viewpoint.basis, name)
    last_us = period(chosen).last_us
    shown = day_of(last_us)
    days = sorted({*changing, viewpoint.today, shown})
    at = days.index(shown)
    beside = [viewpoint.link(**{name: days[to]}) if 0 <= to < len(days) else None for to in (at - 1, at + 1)]
    return Clock(name, days, at, chosen, is_day(chosen), *beside)
