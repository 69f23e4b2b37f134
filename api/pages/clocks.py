"""The two clocks: the days at which something changed, for the sliders to snap to, and the way to the next one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from api.pages.viewpoint import Viewpoint
from domain.events import Event
from domain.history.history import ReadableHistory
from domain.history.publications import Publications
from domain.lru import LruOfEach
from domain.times import CALENDAR_US, DAY_US, YEAR_FIRST, YEAR_LAST, day_of, instant_us, period


@dataclass(frozen=True, slots=True)
class Clock:
    """One slider: its days in order, ``at`` which of them it stands, and the addresses of those beside it.

    ``chosen`` is what was asked for as it was written; it is no day where somebody asked for a month or an instant.
    ``wrong`` says what is wrong with it, if it is no time at all.
    """

    name: str
    days: list[str]
    at: int
    chosen: str
    is_day: bool
    previous: str | None
    next: str | None
    wrong: str | None = None


def clocks_of(stand: Viewpoint) -> tuple[Clock, Clock]:
    """Both clocks."""
    return valid_clock(stand), known_clock(stand)


def clocks_with_problems(stand: Viewpoint, given: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Clock, ...]:
    """Both clocks, each with what was given where that is ``wrong``, and why; the slider stands where ``stand`` is."""
    return tuple(
        replace(clock, chosen=given[clock.name], is_day=is_day(given[clock.name]), wrong=wrong[clock.name])
        if clock.name in wrong
        else clock
        for clock in clocks_of(stand)
    )


def is_day(text: str) -> bool:
    """Whether a field for days can show a text: every day of the calendar, also of years beyond the ledger's."""
    try:
        return re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def date_problem(text: str, detail: str) -> str:
    """What is wrong with a date, to those who typed it; ``detail`` is what the API says."""
    year = re.match(r"\d{1,4}(?![\d:])", text, re.ASCII)
    if year and not YEAR_FIRST <= int(year[0]) <= YEAR_LAST:
        return DATE_RANGE
    return f"That date is not valid: {detail}"


DATE_RANGE = f"That date is not valid: use a year from {YEAR_FIRST} to {YEAR_LAST}"
FIRST_DAY, LAST_DAY = f"{YEAR_FIRST}-01-01", f"{YEAR_LAST}-12-31"
"""The days that a field for days takes."""


def valid_clock(stand: Viewpoint) -> Clock:
    """When something held: the days on which, by what is known, something began, ended or changed, and today."""
    return _clock(stand, "valid_at", {day_of(day * DAY_US) for day in stand.changing_days})


def known_clock(stand: Viewpoint) -> Clock:
    """What was known: the days on which something was recorded, or could be known to the public."""
    return _clock(stand, "known_at", _known_days(stand.history, stand.basis.known_axis, stand.basis.sequence))


_KNOWN_DAYS = LruOfEach[ReadableHistory, tuple[str, int], set[str]](2)
"""The last answers for each history, by axis and sequence: which days they are takes a look at every event."""


def _known_days(history: ReadableHistory, axis: str, sequence: int) -> set[str]:
    cached = _KNOWN_DAYS.of(history)
    days = cached.get((axis, sequence))
    if days is None:
        days = _reported_days(history, sequence) if axis == "reported" else _recorded_days(history, sequence)
        cached.put((axis, sequence), days)
    return days


def _recorded_days(history: ReadableHistory, sequence: int) -> set[str]:
    # An instant is written in UTC, its day first.
    return {event.recorded_at[:10] for event in _all(history, sequence)}


def _reported_days(history: ReadableHistory, sequence: int) -> set[str]:
    events = _all(history, sequence)
    publications = Publications(events, [instant_us(event.recorded_at) for event in events])
    return {day_of(day * DAY_US) for day in {at_us // DAY_US for at_us in publications.times_of_change()}}


def _all(history: ReadableHistory, sequence: int) -> list[Event]:
    """The first events on record, in their order."""
    everything = history.view(CALENDAR_US[1], CALENDAR_US[1], "recorded", sequence).events()
    return sorted(everything, key=lambda event: event.sequence)


def _clock(stand: Viewpoint, name: str, changing: set[str]) -> Clock:
    chosen: str = getattr(stand.basis, name)
    last_us = period(chosen).last_us
    shown = day_of(last_us)
    days = sorted({*changing, stand.today, shown})
    at = days.index(shown)
    beside = [stand.link(**{name: days[to]}) if 0 <= to < len(days) else None for to in (at - 1, at + 1)]
    return Clock(name, days, at, chosen, is_day(chosen), *beside)
