"""Chances as sentences: ``ceasefire is met with a chance of 60 % between 2025-11 and 2026-06``.

A sentence stands for one part of a simulation as the API takes it (``domain/what_if/chances.py``).
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
    """A part of a simulation: the ``field`` of the question, and what stands there, or is one of those there."""

    field: str
    value: Any


def chance_in(sentence: str) -> Chance:
    """The chance that a sentence stands for. Raises ``UnreadableSentence``."""
    said = " ".join(sentence.split()).removesuffix(".")
    for pattern, chance in _SENTENCES:
        if found := re.fullmatch(pattern, said):
            return chance({name: value for name, value in found.groupdict().items() if value is not None})
    raise UnreadableSentence(f"{said!r} is not a valid chance. A chance is one of:\n" + indent(FORMS, "    "))


_Found = dict[str, str]
_NAME = r"(?P<name>\S+)"
_BETWEEN = r"between (?P<earliest>\S+) and (?P<latest>[^\s,]+)(?:, likeliest (?P<likeliest>[^\s,]+))?"
_PROBABILITY = r"(?P<probability>[\d.eE-]+ ?%?)"
_COUNTS = {"with its least": "least", "with its most": "most", "evenly": "uniform", "around the middle": "triangular"}
_WAY = r"(?:counts (?P<counts>with its least|with its most)|spreads (?P<spreads>evenly|around the middle))"


def _condition(found: _Found) -> Chance:
    chance: dict[str, Any] = {"condition": found["name"], "probability": _probability(found["probability"])}
    if "earliest" in found:
        chance["when"] = _between(found)
    if "fails" in found:
        chance["otherwise"] = "failed"
    return Chance("conditions", chance)


def _cause(found: _Found) -> Chance:
    names = re.split(r", | and ", found["names"])
    return Chance("common_causes", {"conditions": names, "strength": _probability(found["probability"])})


def _quantity(found: _Found) -> Chance:
    spread = _COUNTS.get(found.get("counts") or found.get("spreads") or "", "triangular")
    bounds = {field: whole_number(found[field]) for field in ("likeliest", "max") if field in found}
    return Chance("quantities", {"pledge": found["name"], "spread": spread} | bounds)


def _every_quantity(found: _Found) -> Chance:
    return Chance("spread", _COUNTS[found.get("counts") or found["spreads"]])


def _arrival(found: _Found) -> Chance:
    return Chance("arrivals", {"pledge": found["name"], "when": _between(found)})


def _between(found: _Found) -> dict[str, str]:
    return {field: found[field] for field in ("earliest", "latest", "likeliest") if field in found}


def _probability(said: str) -> float:
    try:
        number = float(said.removesuffix("%"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UnreadableSentence(f"{said!r} is not a valid probability; expected, for example, 0.6 or 60 %")
    return number / (100 if said.endswith("%") else 1)


_SENTENCES: list[tuple[str, Callable[[_Found], Chance]]] = [
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
_MOST_DATES = 1_000


def dates_in(said: str) -> list[str]:
    """Dates that are listed, or told as ``every month from 2025-10 to 2026-09``. Raises ``UnreadableSentence``."""
    found = _EVERY.fullmatch(" ".join(said.split()))
    if not found:
        dates = [one for one in re.split(r"[\s,]+", said) if one]
        if dates and "every" not in dates:
            return dates
        raise UnreadableSentence(f"{said!r} is not a valid list of dates; list them, or use {DATES}")
    unit, first, last = found.groups()
    try:
        if unit in ("month", "quarter"):
            return list(_months(_month(first), _month(last), 3 if unit == "quarter" else 1))
        return list(_days(_day(first), _day(last), 7 if unit == "week" else 1))
    except ValueError:
        form = "months, for example 2025-10" if unit in ("month", "quarter") else "days, for example 2025-10-01"
        raise UnreadableSentence(f"{said!r}: every {unit} needs a first and a last date in {form}") from None


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("a day is written as in 2025-10-01")
    return date.fromisoformat(text)


def _month(text: str) -> int:
    first = _day(f"{text}-01")
    return first.year * 12 + first.month - 1


def _months(first: int, last: int, step: int) -> Iterator[str]:
    for month in range(first, last + 1, step)[:_MOST_DATES]:
        yield f"{month // 12}-{month % 12 + 1:02}"


def _days(first: date, last: date, step: int) -> Iterator[str]:
    for day in range(0, (last - first).days + 1, step)[:_MOST_DATES]:
        yield (first + timedelta(days=day)).isoformat()
