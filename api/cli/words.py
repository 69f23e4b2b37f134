"""Numbers, dates and names as sentences have them: at least, up to, about, undisclosed, estimated."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from domain.quantities import Quantity, in_personnel

Json = Mapping[str, Any]

# --- numbers ----------------------------------------------------------------------------------------------------------


def bounds(least: int | None, most: int | None) -> str:
    """A range: ``1,200``, ``10,000 to 30,000``, ``at least 10,000``, ``up to 500``, ``undisclosed``, ``none``."""
    if least is None and most is None:
        return "undisclosed"
    if most is None:
        return f"at least {least:,}"
    if least == most:
        return f"{most:,}" if most else "none"
    return f"{least:,} to {most:,}" if least else f"up to {most:,}"


def figure(value: Json) -> str:
    """A figure of the picture: what is disclosed of it, and how much is not."""
    if not value["pledges"]:
        return "none"
    undisclosed = value["undisclosed"]
    if undisclosed == value["pledges"]:
        return "undisclosed"
    known = bounds(value["min"], value["max"])
    return f"{known}, and {count(undisclosed, 'pledge')} undisclosed" if undisclosed else known


def figure_of_people(value: Json) -> str:
    """A figure with what it counts: ``1,200 people``, ``an undisclosed number of people``."""
    said, known = figure(value), bounds(value["min"], value["max"])
    wholly = {"undisclosed": "an undisclosed number of people", "none": "nobody"}
    return wholly.get(said) or said.replace(known, f"{known} people", 1)


def gap(value: Json) -> str:
    """What is missing; a bound that cannot be known is left open."""
    if value["min"] is None and value["max"] is None:
        return "unknown"
    if value["min"] is None:
        return f"up to {value['max']:,}" if value["max"] else "none"
    return bounds(value["min"], value["max"])


def amount(value: Json) -> str:
    """A range with what is approximate about it: ``about 400``, ``up to about 30``."""
    said = bounds(value.get("min"), value.get("max"))
    if not value.get("approximate"):
        return said
    limit = next((limit for limit in ("up to ", "at least ") if said.startswith(limit)), "")
    return f"{limit}about {said.removeprefix(limit)}"


def quantity(value: Json) -> str:
    """A quantity: ``about 400``, ``up to 3 ships``, ``1 brigade (estimated: 3,000 to 5,000)``; people are not named."""
    if value.get("min") is None and value.get("max") is None:
        return f'undisclosed ("{value["text"]}")' if value.get("text") else "undisclosed"
    unit = "" if value.get("unit") in (None, "personnel") else f" {_units(value)}"
    over_time = ", over rotations" if value.get("measure") == "cumulative" else ""
    return f"{amount(value)}{unit}{_estimate(value)}{over_time}"


def _units(value: Json) -> str:
    """The unit, one or many; money is not counted in pieces."""
    unit = str(value["unit"])
    return unit if unit.isupper() or (value.get("min"), value.get("max")) in ((1, 1), (None, 1)) else plural(unit)


def plural(noun: str) -> str:
    """``pledges``, ``batteries``, ``days``, ``aircraft``."""
    if noun in ("aircraft", "personnel", "people"):
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"


def _estimate(value: Json) -> str:
    """What a formation comes to in people, by the published table."""
    given = Quantity(**{name: value.get(name) for name in ("min", "max")}, unit=value.get("unit") or "personnel")
    people = in_personnel(given) if given.is_estimated else None
    return f" (estimated: {bounds(people.min, people.max)})" if people else ""


def people(value: Json) -> str:
    """A quantity with what it counts: ``about 400 people``, ``an undisclosed number of people``."""
    unit = value.get("unit")
    if value.get("min") is None and value.get("max") is None:
        counted = "people" if unit in (None, "personnel") else str(unit) if str(unit).isupper() else plural(str(unit))
        said = f' ("{value["text"]}")' if value.get("text") else ""
        return (
            f"an undisclosed amount of {unit}{said}"
            if counted.isupper()
            else f"an undisclosed number of {counted}{said}"
        )
    if unit not in (None, "personnel"):
        return quantity(value)
    over_time = ", over rotations" if value.get("measure") == "cumulative" else ""
    return f"{amount(value)} people{over_time}"


def count(number: int, noun: str) -> str:
    """``1 pledge``, ``2 pledges``."""
    return f"{number:,} {noun if number == 1 else plural(noun)}"


# --- names and times --------------------------------------------------------------------------------------------------


def listed(items: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(items[:-1]), items[-1]))) if items else ""


def spoken(name: str | None) -> str:
    """A word of a vocabulary as it is said: ``partner_backstop`` is ``partner backstop``; nothing is a dash."""
    return name.replace("_", " ") if name else "-"


def moment(text: str | None) -> str:
    """A time as tables have it: an instant to the second, midnight as its day, anything else as written."""
    if text is None:
        return "-"
    if text.endswith("T00:00:00.000000Z"):
        return text[:10]
    return text[:19].replace("T", " ") + " UTC" if "T" in text and text.endswith("Z") else text


_MONTHS = "January February March April May June July August September October November December".split()
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


def when(text: str | None) -> str:
    """A time as sentences have it: ``on 1 May 2025``, ``in May 2025``, ``between 29 and 30 April 2025``."""
    if text is None:
        return ""
    if "/" in text:
        return f"between {' and '.join(_ends(text))}"
    if "T" in text.upper():
        return f"at {moment(text)}"
    return f"on {date(text)}" if text.count("-") == 2 else f"in {date(text)}"


def date(text: str) -> str:
    """A day, a month, a year or an interval in words; an instant to the second."""
    if "/" in text:
        return " to ".join(_ends(text))
    found = _DATE.fullmatch(text)
    if found is None:
        return moment(text)
    year, month, day = found.groups()
    return " ".join(filter(None, (day and str(int(day)), month and _MONTHS[int(month) - 1], year)))


def _ends(interval: str) -> tuple[str, str]:
    """Its first and last day in words, the first without what it shares with the last: ``29`` and ``30 April 2025``."""
    first, last = (text.split("-") for text in interval.split("/"))
    shared = 2 if first[:2] == last[:2] else 1 if first[:1] == last[:1] else 0
    said = date("-".join(first)).split()
    return " ".join(said[: len(said) - shared]), date("-".join(last))


def basis_line(basis: Json) -> str:
    """As of when an answer is, in words."""
    known = "reported" if basis["known_axis"] == "reported" else "recorded"
    events = count(basis["sequence"], "event")
    return f"as of {moment(basis['valid_at'])}, by what was {known} by {moment(basis['known_at'])}; {events} on record"
