"""Cells: their names as spreadsheets show them, and their values as text, numbers and dates."""

import datetime as dt
import re
from typing import NamedTuple

Value = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta
"""What a cell holds: an empty cell holds the empty text; a CSV file holds texts only."""


class Cell(NamedTuple):
    """A place in a sheet; both numbers count from 1."""

    row: int
    column: int

    @property
    def name(self) -> str:
        """Its name as spreadsheets show it: ``C7``."""
        return f"{column_name(self.column)}{self.row}"


_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})")


def cell_named(name: str) -> Cell:
    """The place with a name such as ``C7``. Raises ``ValueError``."""
    match = _CELL.fullmatch(name.strip())
    if match is None:
        raise ValueError(f"{name} is not a cell; expected, for example, B2")
    return Cell(int(match[2]), column_number(match[1]))


def column_name(number: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column: A is 1, AA is 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


# --- values -----------------------------------------------------------------------------------------------------------

_SPACES = re.compile(r"[\s\u00a0\u2007\u202f]+")


def text_of(value: Value) -> str:
    """A value as a person types it: a whole number without decimals, a date as ISO 8601, no white space around it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e16 else repr(value)
    if isinstance(value, dt.datetime):
        return _moment(value)
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value).replace("\u00a0", " ").strip()


def _moment(value: dt.datetime) -> str:
    """A day, or an instant in UTC: a spreadsheet has no time zones."""
    return value.date().isoformat() if value.time() == dt.time() else f"{value.isoformat(timespec='seconds')}Z"


def same_text(text: str) -> str:
    """A text as headers and names are compared: in any case and with any white space."""
    return _SPACES.sub(" ", text).strip().casefold()


# --- numbers ----------------------------------------------------------------------------------------------------------

DECIMALS = (".", ",")
"""The marks that can stand before the decimals of a number."""

_GROUPS = {".": r"[,'’\s\u00a0\u2007\u202f]", ",": r"[.'’\s\u00a0\u2007\u202f]"}
"""What can stand between groups of three digits, by the mark before the decimals."""


def plain_number(text: str, decimal: str) -> str | None:
    """A number as a program writes it, without separators of thousands: ``1.234,50`` is ``1234.50``.

    ``None`` if the text is not a number with this decimal mark.
    """
    group, mark = _GROUPS[decimal], re.escape(decimal)
    match = re.fullmatch(rf"([-+]?)(\d+|\d{{1,3}}(?:{group}\d{{3}})+)(?:{mark}(\d+))?", text.strip())
    if match is None:
        return None
    whole = re.sub(r"\D", "", match[2])
    decimals = f".{match[3]}" if match[3] else ""
    return f"{'-' if match[1] == '-' else ''}{whole}{decimals}"


_NUMBER_IN_TEXT = re.compile(r"(?<![\w.,])\d[\d.,'’\u00a0\u2007\u202f]*(?: \d{3}(?!\d))*")


def with_plain_numbers(text: str, decimal: str) -> str:
    """A text with each of its numbers as a program writes it: ``1.000 bis 3.000`` is ``1000 bis 3000``."""

    def plain(match: "re.Match[str]") -> str:
        number = match[0].rstrip(".,'’ ")
        return (plain_number(number, decimal) or number) + match[0][len(number) :]

    return _NUMBER_IN_TEXT.sub(plain, text)


# --- dates ------------------------------------------------------------------------------------------------------------

_PARTS = {
    "YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{2})", "MMMM": r"(?P<name>[^\W\d]{3,}\.?)",
    "MMM": r"(?P<name>[^\W\d]{3,}\.?)", "MM": r"(?P<month>\d{1,2})", "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})", "D": r"(?P<day>\d{1,2})",
}  # fmt: skip
_TOKEN = re.compile("|".join(_PARTS))
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def date_pattern(form: str) -> "re.Pattern[str]":
    """What a form of dates, such as ``DD.MM.YYYY`` or ``D MMM YY``, accepts. Raises ``ValueError``."""
    tokens = _TOKEN.findall(form)
    kinds = sorted({token[0] for token in tokens})
    if len(tokens) != len(kinds) or kinds not in (["D", "M", "Y"], ["M", "Y"], ["Y"]):
        raise ValueError(f"{form} is not a form of dates; expected, for example, DD.MM.YYYY, MM/DD/YYYY or MMM YYYY")
    pieces = _TOKEN.split(form)
    pattern = re.escape(pieces[0])
    for token, piece in zip(tokens, pieces[1:], strict=True):
        pattern += _PARTS[token] + re.escape(piece)
    return re.compile(pattern)


def date_in(text: str, pattern: "re.Pattern[str]") -> str | None:
    """A date in a form of dates as ISO 8601: a day, a month or a year; ``None`` if the text has another form.

    Raises ``ValueError`` for a day that is not in the calendar.
    """
    match = pattern.fullmatch(text.strip())
    if match is None:
        return None
    parts = match.groupdict()
    year = int(parts["year"]) if parts.get("year") else 2000 + int(parts["short"])
    month = int(parts["month"]) if parts.get("month") else _month_named(parts.get("name"))
    if month is None:
        return f"{year:04}"
    day = int(parts["day"]) if parts.get("day") else None
    try:
        dt.date(year, month, day or 1)
    except ValueError:
        raise ValueError(f"{text} is not in the calendar") from None
    return f"{year:04}-{month:02}" if day is None else f"{year:04}-{month:02}-{day:02}"


def _month_named(name: str | None) -> int | None:
    if name is None:
        return None
    if name[:3].casefold() not in _MONTHS:
        raise ValueError(f"{name} is not the English name of a month")
    return _MONTHS.index(name[:3].casefold()) + 1


def coarser(date: str, precision: str) -> str:
    """A day as the month or the year that it lies in, since a spreadsheet keeps every month as its first day."""
    return date[: {"day": 10, "month": 7, "year": 4}[precision]]
