"""Dates as people write them, as vague as the source: a day, a month, a year, from one day to another, or an instant.

A date is written back in the form in which it is recorded (``domain/times.py``).
"""

import re
from calendar import month_abbr, month_name
from typing import NoReturn

from api.files.unreadable import UnreadableText
from domain.times import period

_MONTHS = {name.lower(): number for names in (month_name, month_abbr) for number, name in enumerate(names) if name}
_MONTHS["sept"] = 9
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TO = r"(?:\s+-\s+|\s*[–—]\s*|\s+(?:to|until|till|and)\s+)"
_DASH = rf"(?:{_TO}|-)"
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_HINT = "expected a date such as 26 February 2024, February 2024, 2024 or 1 to 5 March 2024"

_DAY = re.compile(rf"{_ORDINAL}(?: of)? ({_MONTH})\.?,? (\d{{4}})")
_DAY_AFTER_MONTH = re.compile(rf"({_MONTH})\.? {_ORDINAL},? (\d{{4}})")
_MONTH_ALONE = re.compile(rf"({_MONTH})\.?,? (\d{{4}})")
_NUMBERS = re.compile(r"(\d{1,2})([./])(\d{1,2})\2(\d{4})")
_MONTH_IN_NUMBERS = re.compile(r"(\d{1,2})[./](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[./](\d{1,2})[./](\d{1,2})")
_DAYS_OF_MONTH = re.compile(rf"{_ORDINAL}{_DASH}{_ORDINAL}(?: of)? ({_MONTH})\.?,? (\d{{4}})")
_DAYS_OF_YEAR = re.compile(rf"{_ORDINAL}(?: of)? ({_MONTH})\.?{_DASH}({_ORDINAL}(?: of)? ({_MONTH})\.?,? (\d{{4}}))")
_WITH_TIME = re.compile(r"(.+?),?(?: at|T)? ?(\d{1,2})[:.](\d\d)(?: ?(UTC|GMT|Z|[+-]\d\d:\d\d))?", re.IGNORECASE)
_SPAN = re.compile(rf"(?:from |between )?(.+?){_TO}(.+)")


def moment_in(text: str) -> str:
    """A date or an instant as it is recorded. Raises ``UnreadableText``."""
    text = " ".join(text.split())
    if (written := _recorded(text)) is not None:
        return written
    lower = text.lower().removeprefix("on ").removeprefix("the ").strip(" .")
    if found := _date_in(lower) or _span_in(lower):
        return found
    if (time := _WITH_TIME.fullmatch(text)) is not None:
        return _instant_in(text, time)
    raise UnreadableText(f"{text[:60]!r} is not a date; {_HINT}")


def _recorded(text: str) -> str | None:
    """A text that already has the form in which dates are recorded; ``None`` if it has another."""
    if not re.match(r"\d{4}(-|/|$)", text) or _YEAR_FIRST.fullmatch(text):
        return None
    if " " in text:
        return None
    try:
        period(text)
    except ValueError as error:
        raise UnreadableText(f"{text[:60]!r}: {error}") from None
    return text


def _date_in(text: str) -> str | None:
    if match := _DAY.fullmatch(text):
        return _day(match[3], _MONTHS[match[2]], match[1], text)
    if match := _DAY_AFTER_MONTH.fullmatch(text):
        return _day(match[3], _MONTHS[match[1]], match[2], text)
    if match := _MONTH_ALONE.fullmatch(text):
        return _checked(f"{match[2]}-{_MONTHS[match[1]]:02}", text)
    if match := _NUMBERS.fullmatch(text):
        day, month = int(match[1]), int(match[3])
        if match[2] == "/" and day <= 12 and month <= 12 and day != month:
            _ambiguous(text, match[4], day, month)
        return _day(match[4], month, match[1], text)
    if match := _YEAR_FIRST.fullmatch(text):
        return _day(match[1], int(match[2]), match[3], text)
    if match := _MONTH_IN_NUMBERS.fullmatch(text):
        return _checked(f"{match[2]}-{int(match[1]):02}", text)
    return None


def _ambiguous(text: str, year: str, day: int, month: int) -> NoReturn:
    one, other = f"{year}-{month:02}-{day:02}", f"{year}-{day:02}-{month:02}"
    raise UnreadableText(f"{text!r} can be read in two ways; write {one} or {other}")


def _span_in(text: str) -> str | None:
    text = text.removeprefix("from ").removeprefix("between ")
    if match := _DAYS_OF_MONTH.fullmatch(text):
        first = _day(match[4], _MONTHS[match[3]], match[1], text)
        return _checked(f"{first}/{_day(match[4], _MONTHS[match[3]], match[2], text)}", text)
    if match := _DAYS_OF_YEAR.fullmatch(text):
        return _checked(f"{_day(match[6], _MONTHS[match[2]], match[1], text)}/{_date_in(match[3])}", text)
    if match := _SPAN.fullmatch(text):
        begin, end = _written_day(match[1]), _written_day(match[2])
        return _checked(f"{begin}/{end}", text) if begin and end else None
    return None


def _written_day(text: str) -> str | None:
    day = text if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else _date_in(text.strip())
    return day if day is not None and len(day) == 10 else None


def _instant_in(text: str, match: "re.Match[str]") -> str:
    day = _written_day(match[1].strip().lower().removeprefix("on "))
    if day is None:
        raise UnreadableText(f"{text[:60]!r} is not a date; {_HINT}")
    if match[4] is None:
        raise UnreadableText(f"{text!r} needs its time zone: {day} {int(match[2]):02}:{match[3]} UTC, or +02:00")
    zone = "Z" if match[4].upper() in ("UTC", "GMT", "Z") else match[4]
    return _checked(f"{day}T{int(match[2]):02}:{match[3]}:00{zone}", text)


def _day(year: str, month: int, day: str, text: str) -> str:
    return _checked(f"{year}-{month:02}-{int(day):02}", text)


def _checked(written: str, text: str) -> str:
    try:
        period(written)
    except ValueError as error:
        raise UnreadableText(f"{text!r}: {error}") from None
    return written
