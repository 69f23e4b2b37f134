"""Quantities as people write them: ``10,000 to 30,000``, ``about 450``, ``at least 2 battalions``, ``not disclosed``.

Without a unit, people are counted. ``quantity_in_words`` writes what ``quantity_in`` reads.
"""

import re
from collections.abc import Iterable
from typing import Any, get_args

from api.files.unreadable import UnreadableText
from api.forms.suggestions import did_you_mean
from domain.quantities import CURRENCIES, LARGEST, UNITS
from domain.vocabulary import CountedUnit, Formation

_PEOPLE = (
    "people person personnel troop troops soldier soldiers men staff police officer officers peacekeeper peacekeepers "
    "police-officers"
).split()
_PLURALS = {"company": "companies", "battery": "batteries", "facility": "facilities", "aircraft": "aircraft"}
_WORDS: dict[str, str] = dict.fromkeys(_PEOPLE, "personnel")
_WORDS |= {word: unit for unit in UNITS for word in (unit, unit.replace("_", " "))}
_WORDS |= {
    (_PLURALS.get(unit) or f"{unit}s").replace("_", " "): unit
    for unit in (*get_args(Formation), *get_args(CountedUnit))
}
_WORDS |= {
    "euro": "EUR",
    "euros": "EUR",
    "€": "EUR",
    "£": "GBP",
    "police officers": "personnel",
    "batallion": "battalion",
}
_SCALES = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "million": 10**6, "bn": 10**9, "b": 10**9, "billion": 10**9,
}  # fmt: skip

QUANTITY_PARTS = ("min", "max", "unit", "approximate", "measure", "text")
"""The parts of a quantity, as JSON has them."""

UNDISCLOSED = ("not disclosed", "undisclosed", "unknown", "not stated", "not known", "?")
_LEAST = ("at least", "a minimum of", "no fewer than", "not less than", "more than", "over", "min.", "min", "≥", ">=")
_MOST = ("up to", "at most", "no more than", "a maximum of", "max.", "max", "≤", "<=")
_ABOUT = ("about", "around", "roughly", "approximately", "some", "circa", "ca.", "ca", "c.", "~", "≈")


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_NUMBER = r"\d[\d,.'\u00a0\u202f]*(?:\ \d{3}(?!\d))*"
_SCALE = rf"(?i:{_any(_SCALES)})(?![^\W_])"
_QUANTITY = re.compile(
    rf"""(?:(?P<about>(?i:{_any(_ABOUT)}))\s*)?
    (?:(?P<bound>(?i:{_any((*_LEAST, *_MOST, "from", "between"))}))\s*)?
    (?:(?P<before>[A-Z]{{3}}|[€£$])\s*)?
    (?P<first>{_NUMBER})\s*(?P<scale>{_SCALE})?\s*
    (?:(?:(?i:to|and)(?!\w)|[-–—])\s*(?P<last>{_NUMBER})\s*(?P<last_scale>{_SCALE})?\s*)?
    (?P<more>(?i:or\ more)(?!\w)|\+)?\s*
    (?P<unit>[^\W\d].*|[€£$])?""",
    re.VERBOSE,
)
_NO_NUMBER = re.compile(rf"(?i:{_any(UNDISCLOSED)})(?:\s+(?:number of )?(?P<unit>.+))?")
_MEASURES = {"over rotations": "cumulative", "in place": "in_place"}
_MEASURE = re.compile(rf"[, ]*\(?({_any(_MEASURES)})\)?$", re.IGNORECASE)
_EXAMPLES = "expected a number such as 450, about 450, 10,000 to 30,000, at least 200, up to 500 or not disclosed"


def quantity_in(text: str, unit: str | None = None) -> dict[str, Any]:
    """The quantity that a text states, as JSON; ``unit`` is what is counted if the text does not say.

    Raises ``UnreadableText``.
    """
    rest = " ".join(text.replace("\u2019", "'").split())
    usual = "personnel" if unit is None else unit
    measure: dict[str, Any] = {}
    if match := _MEASURE.search(rest):
        measure, rest = {"measure": _MEASURES[match[1].lower()]}, rest[: match.start()]
    if match := _NO_NUMBER.fullmatch(rest):
        return {"min": None, "max": None, "unit": _unit(match["unit"], text) if match["unit"] else usual, **measure}
    match = _QUANTITY.fullmatch(rest)
    if match is None or (match["before"] and match["unit"]):
        raise UnreadableText(f"{text[:60]!r} is not a quantity; {_EXAMPLES}")
    stated = match["before"] or match["unit"]
    found = {**_bounds(match, text), "unit": _unit(stated, text) if stated else usual, **measure}
    return found | {"approximate": True} if match["about"] else found


def part_in(name: str, text: str) -> Any:
    """One part of a quantity, as JSON: ``min`` or ``max``, the unit, the source's own words. Raises ``UnreadableText``.

    ``none`` stands for a bound that is not known.
    """
    if name in ("min", "max"):
        if text.lower() == "none":
            return None
        found = quantity_in(text, "")
        if found["unit"] or found["min"] is None or found["min"] != found["max"]:
            raise UnreadableText(f"{text[:60]!r} is not a number")
        return found["min"]
    if name == "approximate":
        return text.lower() in ("yes", "true")
    return _unit(text, text) if name == "unit" else text


def _bounds(match: "re.Match[str]", text: str) -> dict[str, Any]:
    bound = (match["bound"] or "").lower()
    is_short = len(re.sub(r"\D", "", match["first"])) <= 3  # as in 5 to 10 million, where the scale is meant for both
    scale = match["scale"] or (match["last_scale"] if match["last"] and is_short else None)
    first = _number(match["first"], scale, text)
    if match["last"]:
        last = _number(match["last"], match["last_scale"], text)
        if bound not in ("", "from", "between") or match["more"] or first > last:
            raise UnreadableText(f"{text[:60]!r}: the range needs a smaller and a larger number, and no other words")
        return {"min": first, "max": last}
    if bound in _MOST and not match["more"]:
        return {"min": None, "max": first}
    if bound in _LEAST or bound == "from" or match["more"]:
        return {"min": first, "max": None}
    if bound:
        raise UnreadableText(f"{text[:60]!r} is not a quantity; {_EXAMPLES}")
    return {"min": first, "max": first}


def _unit(text: str, whole: str) -> str:
    if text in CURRENCIES or text in UNITS:
        return text
    if text == "$":
        raise UnreadableText(f"{whole!r}: write whose dollars, as in USD 40 million")
    unit = _WORDS.get(text.lower()) or (text.upper() if text.upper() in CURRENCIES else None)
    if unit is None:
        raise UnreadableText(f"{whole[:60]!r}: unknown unit {text[:30]!r}{did_you_mean(text, _WORDS)}")
    return unit


def _number(text: str, scale: str | None, whole: str) -> int | float:
    plain = _plain(re.sub(r"[ '\u00a0\u202f]", "", text).rstrip(".,"), whole)
    value = plain * _SCALES[scale.lower()] if scale else plain
    if value > LARGEST:
        raise UnreadableText(f"{whole[:60]!r}: the number is too large")
    exact = round(value, 6)
    return int(exact) if float(exact).is_integer() else exact


def _plain(text: str, whole: str) -> float:
    """A number with the separators of thousands and decimals that people use; one that could be either is refused."""
    if len(re.sub(r"\D", "", text)) > 15:
        raise UnreadableText(f"{whole[:60]!r}: the number has too many digits")
    if re.fullmatch(r"\d+", text):
        return int(text)
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return float(text.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(\.\d{3}){2,}(,\d+)?|\d{1,3}(\.\d{3})+,\d+", text):
        return float(text.replace(".", "").replace(",", "."))
    if re.fullmatch(r"\d{1,3}\.\d{3}", text):
        raise UnreadableText(f"{whole!r} can be read in two ways; write {text.replace('.', ',')} or {float(text):g}")
    if re.fullmatch(r"\d+[.,]\d+", text):
        return float(text.replace(",", "."))
    raise UnreadableText(f"{whole[:60]!r}: {text!r} is not a number")


def quantity_in_words(quantity: dict[str, Any]) -> str:
    """A quantity as JSON in words that ``quantity_in`` reads."""
    least, most = quantity.get("min"), quantity.get("max")
    if least is None and most is None:
        bounds = "not disclosed"
    elif least is None:
        bounds = f"up to {_written(most)}"
    elif most is None:
        bounds = f"at least {_written(least)}"
    else:
        bounds = _written(least) if least == most else f"{_written(least)} to {_written(most)}"
    about = "about " if quantity.get("approximate") else ""
    unit = quantity["unit"]
    after = " people" if unit == "personnel" else f" {unit.replace('_', ' ') if unit in UNITS else unit}"
    measure = next((f" {words}" for words, name in _MEASURES.items() if name == quantity.get("measure")), "")
    return f"{about}{bounds}{after}{measure}"


def _written(number: Any) -> str:
    return f"{number:,}"
