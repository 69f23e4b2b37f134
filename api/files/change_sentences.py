"""Changes as sentences: ``omit every pledge of DEU``, ``ceasefire is met on 2025-11-01``.

Each sentence states exactly one change as the API takes it (``domain/what_if/changes.py``);
``api/wording/change_sentences.py`` turns changes into sentences. A change that no sentence can state is written as an
object, as in the API.
"""

import math
import re
from collections.abc import Callable
from textwrap import indent
from typing import Any

from api.files.unreadable import UnreadableSentence, UnreadableText
from api.files.yaml_nodes import value_in

FORMS = """\
omit TARGET
halve TARGET
scale TARGET by NUMBER
set FIELD to VALUE in TARGET (set quantity to up to 7,500 people in ...)
shift TARGET by N months and N days [earlier]
shift TARGET to DATE
shift FIELD and FIELD in TARGET by ... · to DATE (only these dates: shift available_from in ...)
CONDITION is met on DATE · fails on DATE · is waived on DATE · is reopened on DATE"""
"""The sentences. A TARGET is an event's id, or ``everything`` or ``every NOUN`` with any of the clauses below; a
CONDITION is its name, or ``every condition of kind KIND``."""

NOUNS = {
    "pledge": ("pledge",),
    "condition": ("condition",),
    "requirement": ("requirement",),
    "basing": ("basing",),
    "stance": ("stance", "support"),
    "meeting": ("meeting", "outcome"),
    "member": ("member",),
    "statement": ("statement", "report"),
}
"""Each noun for facts, and the kinds of things whose facts it stands for (``domain/concepts/registry.py``)."""

CLAUSES = {
    "condition_kind": "of kind",
    "contributor": "of",
    "capability": "for",
    "level": "at",
    "attribution": "whose attribution is",
    "attributed_only_to": "that rests only on",
    "pledge": "about pledge",
    "condition": "about condition",
    "effective_from": "from",
    "effective_to": "until",
}
"""The clauses that narrow a target, by the selector's field."""

BECOMING = {"is met": "met", "fails": "failed", "is waived": "waived", "is reopened": "open"}
"""The status that each verb gives a condition."""

Change = dict[str, Any]
_Match = re.Match[str]


def change_in(sentence: str) -> Change:
    """The change that a sentence states. Raises ``UnreadableSentence``."""
    as_written, in_one_line = sentence.strip(), " ".join(sentence.split())
    for text in (as_written.removesuffix("."), in_one_line.removesuffix(".")):
        for pattern, change in _SENTENCES:
            if match := re.fullmatch(pattern, text):
                return change(match)
    raise UnreadableSentence(f"{in_one_line!r} is not a valid change. A change is one of:\n" + indent(FORMS, "    "))


def types_of(noun: str) -> list[str]:
    """All types of fact that a noun stands for."""
    from domain.concepts.registry import CONCEPTS

    return [fact.__name__ for kind in NOUNS[noun] for fact in CONCEPTS[kind].facts]


# --- targets ----------------------------------------------------------------------------------------------------------

_SUBJECT = re.compile(r"(everything|every (\w+(?: or \w+)*))(?: |$)")
_PHRASES = [(field, re.compile(rf"{phrase} (?:an? )?(\S+)(?: |$)")) for field, phrase in CLAUSES.items()]


def target_in(text: str) -> str | dict[str, Any]:
    """An event's id, or the selector that the words state. Raises ``UnreadableSentence``."""
    from domain.facts import UUID

    if re.fullmatch(UUID, text):
        return text.lower()
    match = _SUBJECT.match(text)
    if not match:
        raise UnreadableSentence(
            f"{text!r} is not a valid target; expected an event id, every pledge of DEU, everything about pledge p"
        )
    nouns = (match[2] or "").split(" or ") if match[2] else []
    selector: dict[str, Any] = {"type": _types(nouns)} if nouns else {}
    _narrow(selector, text[match.end() :], after=match[1])
    if not selector:
        raise UnreadableSentence(f"everything is too broad; narrow it down with: {_clauses()}")
    return selector


def _types(nouns: list[str]) -> str | list[str]:
    """One type of fact by its name, or several; a noun stands for all of its concept."""
    from domain.events import FACTS

    types: list[str] = []
    for noun in nouns:
        if noun not in NOUNS and noun not in FACTS:
            hint = f"use {', '.join(NOUNS)} or a type of fact, for example PledgeMade"
            raise UnreadableSentence(f"unknown kind of fact {noun!r}: {hint}")
        types += types_of(noun) if noun in NOUNS else [noun]
    return types[0] if len(types) == 1 else types


def _narrow(selector: dict[str, Any], rest: str, after: str) -> None:
    while rest:
        clause = next(((field, match) for field, phrase in _PHRASES if (match := phrase.match(rest))), None)
        if clause is None:
            raise UnreadableSentence(f"after {after!r}, expected {_clauses()}, not {rest!r}")
        field, match = clause
        if field in selector:
            raise UnreadableSentence(f"{CLAUSES[field]!r} is given twice")
        selector[field] = match[1].split(",") if field == "attributed_only_to" else match[1]
        after, rest = match[0].strip(), rest[match.end() :]


def _clauses() -> str:
    named = ((phrase, field.rpartition("_")[2].upper()) for field, phrase in CLAUSES.items())
    return ", ".join(f"{phrase} {'DATE' if name in ('FROM', 'TO') else name}" for phrase, name in named)


# --- each sentence ----------------------------------------------------------------------------------------------------


def _omit(match: _Match) -> Change:
    return {"omit": target_in(match["target"])}


def _halve(match: _Match) -> Change:
    return {"alter": target_in(match["target"]), "scale": 0.5}


def _scale(match: _Match) -> Change:
    return {"alter": target_in(match["target"]), "scale": _factor(match["factor"])}


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        raise UnreadableSentence(f"{text!r} is not a valid factor; expected a number, for example 0.5")
    return factor


def _set(match: _Match) -> Change:
    return {"alter": target_in(match["target"]), "set": {match["field"]: _value(match["field"], match["value"])}}


def _value(field: str, text: str) -> Any:
    if field == "quantity" and (quantity := quantity_in(text)):
        return quantity
    try:
        return value_in(text)
    except UnreadableText as error:
        raise UnreadableSentence(f"{text!r} is not a valid value: {error}") from None


_QUANTITY = re.compile(r"(?:(up to|at least) )?(\d[\d,]*)(?: to (\d[\d,]*))? ([a-zA-Z]+)")


def quantity_in(text: str) -> dict[str, Any] | None:
    """A quantity in words: ``up to 7,500 people``, ``5,000 to 7,500 personnel``, ``2 company``; or ``None``."""
    match = _QUANTITY.fullmatch(text)
    if match is None or (match[1] and match[3]):
        return None
    first = whole_number(match[2])
    last = whole_number(match[3]) if match[3] else first
    bounds = {"up to": {"max": first}, "at least": {"min": first}}.get(match[1], {"min": first, "max": last})
    return bounds | {"unit": "personnel" if match[4] == "people" else match[4]}


def whole_number(text: str) -> int:
    """A whole number, such as ``7,500``; Python reads at most some thousand digits. Raises ``UnreadableSentence``."""
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise UnreadableSentence(f"{text[:20]}... has too many digits") from None


_SPAN = re.compile(r"(?:(-?\d+) months?)?(?: and )?(?:(-?\d+) days?)?( earlier| later)?")


def _shift_by(match: _Match) -> Change:
    span = _SPAN.fullmatch(match["span"])
    if not span or not (span[1] or span[2]):
        raise UnreadableSentence(
            f"{match['span']!r} is not a valid span; expected 3 months, 10 days or 1 month and 5 days"
        )
    sign = -1 if span[3] == " earlier" else 1
    named = {"months": span[1], "days": span[2]}
    by = {unit: sign * whole_number(number) for unit, number in named.items() if number}
    return {"shift": target_in(match["target"])} | by | _dates(match)


def _shift_to(match: _Match) -> Change:
    return {"shift": target_in(match["target"]), "to": match["date"]} | _dates(match)


def _dates(match: _Match) -> Change:
    """The dates that a shift is limited to, if it is."""
    return {"dates": re.split(r", | and ", match["dates"])} if match["dates"] else {}


def _decide(match: _Match) -> Change:
    return {
        "decide": _conditions(match["condition"]), "becomes": BECOMING[match["becomes"]],
        "effective_at": match["date"],
    }  # fmt: skip


def _conditions(text: str) -> str | dict[str, str]:
    if " " not in text:
        return text
    match = re.fullmatch(r"every condition of kind (\S+)", text)
    if not match:
        raise UnreadableSentence(f"{text!r} is not a valid condition; expected a name, or every condition of kind KIND")
    return {"condition_kind": match[1]}


_SHIFT = r"shift (?:(?P<dates>\w+(?:(?:, | and )\w+)*) in )?(?P<target>.+)"
_SENTENCES: list[tuple[str, Callable[[_Match], Change]]] = [
    (r"omit (?P<target>.+)", _omit),
    (r"halve (?P<target>.+)", _halve),
    (r"scale (?P<target>.+) by (?P<factor>\S+)", _scale),
    (r"set (?P<field>\w+) to (?P<value>.+) in (?P<target>.+)", _set),
    (_SHIFT + r" by (?P<span>.+)", _shift_by),
    (_SHIFT + r" to (?P<date>\S+)", _shift_to),
    (rf"(?P<condition>.+) (?P<becomes>{'|'.join(BECOMING)}) (?:on|in|at) (?P<date>\S+)", _decide),
]
