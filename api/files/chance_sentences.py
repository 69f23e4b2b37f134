"""Chances as sentences: ``ceasefire is met with a chance of 60 % between 2025-11 and 2026-06``.

Each sentence states one part of a simulation as the API takes it (``domain/what_if/chances.py``).
"""

import math
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from textwrap import indent
from typing import Any, NamedTuple

from api.files.change_sentences import whole_number
from api.files.unreadable import UnreadableSentence

FORMS = """\
CONDITION is met with a chance of P [between DATE and DATE[, likeliest DATE]][, or else fails]
CONDITION, CONDITION and CONDITION share a cause with a strength of P
PLEDGE counts with its least · with its most
PLEDGE spreads evenly [up to N] · around the middle [up to N] · around N [up to N]
every pledge counts with its least · with its most · spreads evenly · spreads around the middle
PLEDGE arrives between DATE and DATE[, likeliest DATE]"""
"""The sentences. P is a number from 0 to 1, or a percentage."""

DATES = "every day, week, month or quarter from DATE to DATE"


class Chance(NamedTuple):
    """A part of a simulation: a ``field`` of the question, and its value or one of its items."""

    field: str
    value: Any


def chance_in(sentence: str) -> Chance:
    """The chance that a sentence states. Raises ``UnreadableSentence``."""
    text = " ".join(sentence.split()).removesuffix(".")
    for pattern, chance in _SENTENCES:
        if match := re.fullmatch(pattern, text):
            return chance({name: value for name, value in match.groupdict().items() if value is not None})
    raise UnreadableSentence(f"{text!r} is not a valid chance. A chance is one of:\n" + indent(FORMS, "    "))


_Groups = dict[str, str]
_NAME = r"(?P<name>\S+)"
_BETWEEN = r"between (?P<earliest>\S+) and (?P<latest>[^\s,]+)(?:, likeliest (?P<likeliest>[^\s,]+))?"
_PROBABILITY = r"(?P<probability>[\d.eE-]+ ?%?)"
_COUNTS = {"with its least": "least", "with its most": "most", "evenly": "uniform", "around the middle": "triangular"}
_WAY = r"(?:counts (?P<counts>with its least|with its most)|spreads (?P<spreads>evenly|around the middle))"


def _condition(groups: _Groups) -> Chance:
    chance: dict[str, Any] = {"condition": groups["name"], "probability": _probability(groups["probability"])}
    if "earliest" in groups:
        chance["when"] = _between(groups)
    if "fails" in groups:
        chance["otherwise"] = "failed"
    return Chance("conditions", chance)


def _cause(groups: _Groups) -> Chance:
    names = re.split(r", | and ", groups["names"])
    return Chance("common_causes", {"conditions": names, "strength": _probability(groups["probability"])})


def _quantity(groups: _Groups) -> Chance:
    spread = _COUNTS.get(groups.get("counts") or groups.get("spreads") or "", "triangular")
    bounds = {field: whole_number(groups[field]) for field in ("likeliest", "max") if field in groups}
    return Chance("quantities", {"pledge": groups["name"], "spread": spread} | bounds)


def _every_quantity(groups: _Groups) -> Chance:
    return Chance("spread", _COUNTS[groups.get("counts") or groups["spreads"]])


def _arrival(groups: _Groups) -> Chance:
    return Chance("arrivals", {"pledge": groups["name"], "when": _between(groups)})


def _between(groups: _Groups) -> dict[str, str]:
    return {field: groups[field] for field in ("earliest", "latest", "likeliest") if field in groups}


def _probability(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnreadableSentence(f"{text!r} is not a valid probability; expected, for example, 0.6 or 60 %")
    return number / (100 if text.endswith("%") else 1)


_SENTENCES: list[tuple[str, Callable[[_Groups], Chance]]] = [
    (
        rf"{_NAME} is met with a chance of {_PROBABILITY}(?: {_BETWEEN})?(?P<fails>, or else fails)?",
        _condition,
    ),
    (rf"(?P<names>.+) share a cause with a strength of {_PROBABILITY}", _cause),
    (rf"every pledge {_WAY}", _every_quantity),
    (rf"{_NAME} {_WAY}(?: up to (?P<max>[\d,]+))?", _quantity),
    (rf"{_NAME} spreads around (?P<likeliest>[\d,]+)(?: up to (?P<max>[\d,]+))?", _quantity),
    (rf"{_NAME} arrives {_BETWEEN}", _arrival),
]


# --- dates ------------------------------------------------------------------------------------------------------------

_EVERY = re.compile(r"every (day|week|month|quarter) from (\S+) to (\S+)")
_MAX_DATES = 1_000


def dates_in(text: str) -> list[str]:
    """Dates in a list, or in words: ``every month from 2025-10 to 2026-09``. Raises ``UnreadableSentence``."""
    match = _EVERY.fullmatch(" ".join(text.split()))
    if not match:
        dates = [one for one in re.split(r"[\s,]+", text) if one]
        if dates and "every" not in dates:
            return dates
        raise UnreadableSentence(f"{text!r} is not a valid list of dates; list them, or use {DATES}")
    unit, first, last = match.groups()
    try:
        if unit in ("month", "quarter"):
            return list(_months(_month(first), _month(last), 3 if unit == "quarter" else 1))
        return list(_days(_day(first), _day(last), 7 if unit == "week" else 1))
    except ValueError:
        form = "months, for example 2025-10" if unit in ("month", "quarter") else "days, for example 2025-10-01"
        raise UnreadableSentence(f"{text!r}: every {unit} needs a first and a last date in {form}") from None


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("a day is written as in 2025-10-01")
    return date.fromisoformat(text)


def _month(text: str) -> int:
    first = _day(f"{text}-01")
    return first.year * 12 + first.month - 1


def _months(first: int, last: int, step: int) -> Iterator[str]:
    for month in range(first, last + 1, step)[:_MAX_DATES]:
        yield f"{month // 12}-{month % 12 + 1:02}"


def _days(first: date, last: date, step: int) -> Iterator[str]:
    for day in range(0, (last - first).days + 1, step)[:_MAX_DATES]:
        yield (first + timedelta(days=day)).isoformat()
