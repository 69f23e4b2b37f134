"""Changes as sentences: ``omit every pledge of DEU``, ``ceasefire is met on 2025-11-01``.

Each sentence stands for exactly one change as the API takes it (``domain/what_if/changes.py``);
``api/wording/changes.py`` is the way back. What a sentence cannot say can be written as an object, as the API has it.
"""

import math
import re
from collections.abc import Callable
from textwrap import indent
from typing import Any

from api.files.yaml_nodes import UnreadableFile, value_in

FORMS = """\
omit TARGET
halve TARGET
scale TARGET by NUMBER
set FIELD to VALUE in TARGET (set quantity to up to 7,500 people in ...)
shift TARGET by N months and N days [earlier]
shift TARGET to DATE
CONDITION is met on DATE · fails on DATE · is waived on DATE · is reopened on DATE"""
"""The sentences. A TARGET is an event's id, ``everything`` or ``every NOUN``, and any of the clauses below; a CONDITION
is its name, or ``every condition of kind KIND``."""

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
    "pledge": "about pledge",
    "condition": "about condition",
    "effective_from": "from",
    "effective_to": "until",
}
"""What narrows an aim: the selector's field, and how it is said."""

BECOMING = {"is met": "met", "fails": "failed", "is waived": "waived", "is reopened": "open"}
"""What becomes of a condition, as it is said."""

Change = dict[str, Any]
_Found = re.Match[str]


class NotUnderstood(ValueError):
    """The sentence is none of those that stand for a change; the message says which word is the first to be wrong."""


def change_in(sentence: str) -> Change:
    """The change that a sentence stands for. Raises ``NotUnderstood``."""
    as_written, in_one_line = sentence.strip(), " ".join(sentence.split())
    for said in (as_written.removesuffix("."), in_one_line.removesuffix(".")):
        for pattern, change in _SENTENCES:
            if found := re.fullmatch(pattern, said):
                return change(found)
    raise NotUnderstood(f"{in_one_line!r} is not a valid change. A change is one of:\n" + indent(FORMS, "    "))


def types_of(noun: str) -> list[str]:
    """All types of fact that a noun stands for."""
    from domain.concepts.registry import CONCEPTS

    return [fact.__name__ for kind in NOUNS[noun] for fact in CONCEPTS[kind].facts]


# --- what a change is aimed at ----------------------------------------------------------------------------------------

_WHAT = re.compile(r"(everything|every (\w+(?: or \w+)*))(?: |$)")
_PHRASES = [(field, re.compile(rf"{phrase} (?:an? )?(\S+)(?: |$)")) for field, phrase in CLAUSES.items()]


def aim_in(said: str) -> str | dict[str, Any]:
    """An event's id, or the selector that the words stand for. Raises ``NotUnderstood``."""
    from domain.facts import UUID

    if re.fullmatch(UUID, said):
        return said.lower()
    found = _WHAT.match(said)
    if not found:
        raise NotUnderstood(
            f"{said!r} is not a valid target; expected an event id, every pledge of DEU, everything about pledge p"
        )
    nouns = (found[2] or "").split(" or ") if found[2] else []
    selector: dict[str, Any] = {"type": _types(nouns)} if nouns else {}
    _narrow(selector, said[found.end() :], after=found[1])
    if not selector:
        raise NotUnderstood(f"everything is too broad; narrow it down with: {_clauses()}")
    return selector


def _types(nouns: list[str]) -> str | list[str]:
    """One type of fact by its name, or several; a noun stands for all of its concept."""
    from domain.events import FACTS

    types: list[str] = []
    for noun in nouns:
        if noun not in NOUNS and noun not in FACTS:
            hint = f"use {', '.join(NOUNS)} or a type of fact, for example PledgeMade"
            raise NotUnderstood(f"unknown kind of fact {noun!r}: {hint}")
        types += types_of(noun) if noun in NOUNS else [noun]
    return types[0] if len(types) == 1 else types


def _narrow(selector: dict[str, Any], rest: str, after: str) -> None:
    while rest:
        found = next(((field, f) for field, phrase in _PHRASES if (f := phrase.match(rest))), None)
        if found is None:
            raise NotUnderstood(f"after {after!r}, expected {_clauses()}, not {rest!r}")
        field, match = found
        if field in selector:
            raise NotUnderstood(f"{CLAUSES[field]!r} is given twice")
        selector[field] = match[1]
        after, rest = match[0].strip(), rest[match.end() :]


def _clauses() -> str:
    named = ((phrase, field.rpartition("_")[2].upper()) for field, phrase in CLAUSES.items())
    return ", ".join(f"{phrase} {'DATE' if name in ('FROM', 'TO') else name}" for phrase, name in named)


# --- each sentence ----------------------------------------------------------------------------------------------------


def _omit(found: _Found) -> Change:
    return {"omit": aim_in(found["aim"])}


def _halve(found: _Found) -> Change:
    return {"alter": aim_in(found["aim"]), "scale": 0.5}


def _scale(found: _Found) -> Change:
    return {"alter": aim_in(found["aim"]), "scale": _factor(found["factor"])}


def _factor(said: str) -> float:
    try:
        factor = float(said)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        raise NotUnderstood(f"{said!r} is not a valid factor; expected a number, for example 0.5")
    return factor


def _set(found: _Found) -> Change:
    return {"alter": aim_in(found["aim"]), "set": {found["field"]: _value(found["field"], found["value"])}}


def _value(field: str, said: str) -> Any:
    if field == "quantity" and (quantity := quantity_in(said)):
        return quantity
    try:
        return value_in(said)
    except UnreadableFile as error:
        raise NotUnderstood(f"{said!r} is not a valid value: {error}") from None


_QUANTITY = re.compile(r"(?:(up to|at least) )?(\d[\d,]*)(?: to (\d[\d,]*))? ([a-zA-Z]+)")


def quantity_in(said: str) -> dict[str, Any] | None:
    """A quantity in words, ``up to 7,500 people``, ``5,000 to 7,500 personnel``, ``2 company``; nothing otherwise."""
    found = _QUANTITY.fullmatch(said)
    if found is None or (found[1] and found[3]):
        return None
    first = whole_number(found[2])
    last = whole_number(found[3]) if found[3] else first
    bounds = {"up to": {"max": first}, "at least": {"min": first}}.get(found[1], {"min": first, "max": last})
    return bounds | {"unit": "personnel" if found[4] == "people" else found[4]}


def whole_number(said: str) -> int:
    """A whole number, ``7,500``; Python reads no more than some thousand digits. Raises ``NotUnderstood``."""
    try:
        return int(said.replace(",", ""))
    except ValueError:
        raise NotUnderstood(f"{said[:20]}... has too many digits") from None


_SPAN = re.compile(r"(?:(-?\d+) months?)?(?: and )?(?:(-?\d+) days?)?( earlier| later)?")


def _shift_by(found: _Found) -> Change:
    span = _SPAN.fullmatch(found["span"])
    if not span or not (span[1] or span[2]):
        raise NotUnderstood(f"{found['span']!r} is not a valid span; expected 3 months, 10 days or 1 month and 5 days")
    sign = -1 if span[3] == " earlier" else 1
    named = {"months": span[1], "days": span[2]}
    by = {unit: sign * whole_number(number) for unit, number in named.items() if number}
    return {"shift": aim_in(found["aim"])} | by


def _shift_to(found: _Found) -> Change:
    return {"shift": aim_in(found["aim"]), "to": found["date"]}


def _decide(found: _Found) -> Change:
    return {
        "decide": _conditions(found["condition"]), "becomes": BECOMING[found["becomes"]],
        "effective_at": found["date"],
    }  # fmt: skip


def _conditions(said: str) -> str | dict[str, str]:
    if " " not in said:
        return said
    found = re.fullmatch(r"every condition of kind (\S+)", said)
    if not found:
        raise NotUnderstood(f"{said!r} is not a valid condition; expected a name, or every condition of kind KIND")
    return {"condition_kind": found[1]}


_SENTENCES: list[tuple[str, Callable[[_Found], Change]]] = [
    (r"omit (?P<aim>.+)", _omit),
    (r"halve (?P<aim>.+)", _halve),
    (r"scale (?P<aim>.+) by (?P<factor>\S+)", _scale),
    (r"set (?P<field>\w+) to (?P<value>.+) in (?P<aim>.+)", _set),
    (r"shift (?P<aim>.+) by (?P<span>.+)", _shift_by),
    (r"shift (?P<aim>.+) to (?P<date>\S+)", _shift_to),
    (rf"(?P<condition>.+) (?P<becomes>{'|'.join(BECOMING)}) (?:on|in|at) (?P<date>\S+)", _decide),
]
