"""Shifts: what moving its dates does to one fact. Each date keeps its precision."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from pydantic import ValidationError

from domain.concepts.pledges import phase_from
from domain.events import Event, content_of, with_content
from domain.facts import ABSENT, Fact
from domain.refusals import RuleBroken
from domain.times import YEAR_FIRST, YEAR_LAST, format_instant, period
from domain.what_if.changes import DATE_FIELDS, Shift
from domain.what_if.refusals import AlteredFactIsInvalid, FieldIsNotThere, LeavesTheCalendar

Distance = tuple[int, int]
"""Months, and then days."""


def shift_event(event: Event, shift: Shift) -> Event | RuleBroken:
    """The event with its dates moved."""
    if not isinstance(content_of(event), Fact):
        return FieldIsNotThere("a fact about the record itself has no effective time", "/shift", (event.event_id,))
    content: Any = content_of(event)
    stated: dict[str, str] = {
        name: date
        for name in shift.dates or DATE_FIELDS
        if (date := getattr(content, name, None)) not in (None, ABSENT)
    }
    if not stated or (shift.to is not None and shift.led_by not in stated):
        named = " or ".join(shift.dates or ())
        return FieldIsNotThere(f"this {content.type} states no {named}", "/dates", (event.event_id,))
    try:
        moved = _moved(content, stated, shift)
    except (ValueError, OverflowError):
        dates = " or ".join(dict.fromkeys(stated.values()))
        detail = f"this shift moves {dates} out of the years {YEAR_FIRST} to {YEAR_LAST}"
        return LeavesTheCalendar(detail, "/shift", (event.event_id,))
    try:
        return with_content(event, replace(content, **moved))
    except ValidationError as error:
        detail = f"with these dates, it would not be a valid {content.type}"
        return AlteredFactIsInvalid(detail, "/shift", (event.event_id,), error, moved)


def _moved(content: Any, stated: dict[str, str], shift: Shift) -> dict[str, Any]:
    """The dates after the shift; the phases of a pledge move with them, unless the shift names dates.

    Raises ``ValueError`` or ``OverflowError`` if one leaves the calendar.
    """
    if shift.to is None:
        by, led = (shift.months or 0, shift.days or 0), {}
    else:
        assert shift.led_by is not None
        by, led = distance(stated[shift.led_by], shift.to), {shift.led_by: shift.to}
    moved: dict[str, Any] = {name: move_moment(value, *by) for name, value in stated.items()} | led
    phases = getattr(content, "phases", None)
    if shift.dates is None and phases and phases is not ABSENT:
        moved["phases"] = tuple(phase_from(move_moment(phase.from_, *by), phase.quantity) for phase in phases)
    return moved


def distance(start: str, end: str) -> Distance:
    """The months and days between the first days of two moments, both of one sign."""
    first, last = _days_of(start)[0], _days_of(end)[0]
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and _move_day(first, months, 0) > last:
        months -= 1
    elif months < 0 and _move_day(first, months, 0) < last:
        months += 1
    return months, (last - _move_day(first, months, 0)).days


def move_moment(text: str, months: int, days: int) -> str:
    """A moment some months, and then days, later, with the same precision; a month moved by days becomes an interval.

    Raises ``ValueError`` or ``OverflowError`` outside the years that the ledger covers.
    """
    result = _move_instant(text, months, days) if "T" in text.upper() else _move_date(text, months, days)
    period(result)
    return result


def _move_date(text: str, months: int, days: int) -> str:
    first, last = _days_of(text)
    start = _move_day(first, months, days)
    is_day_or_days = len(text) > len("2025-04")
    if "/" not in text and (is_day_or_days or (days == 0 and (len(text) == len("2025-04") or months % 12 == 0))):
        return start.isoformat()[: len(text)]
    if is_day_or_days:
        return f"{start}/{_move_day(last, months, days)}"
    # A month or a year that no longer begins on its first day becomes an interval of days.
    return f"{start}/{_move_day(last + timedelta(days=1), months, days) - timedelta(days=1)}"


def _move_instant(text: str, months: int, days: int) -> str:
    in_utc = format_instant(period(text).start_us)
    return _move_day(date.fromisoformat(in_utc[:10]), months, days).isoformat() + in_utc[10:]


def _days_of(text: str) -> tuple[date, date]:
    start_us, end_us = period(text)
    return date.fromisoformat(format_instant(start_us)[:10]), date.fromisoformat(format_instant(end_us - 1)[:10])


def _move_day(day: date, months: int, days: int) -> date:
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    last_day = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last_day)) + timedelta(days=days)
