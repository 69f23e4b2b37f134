"""Changes of the API as sentences: the reverse of ``api/files/change_sentences.py``."""

from typing import Any

import orjson

from api.files.change_sentences import BECOMING, CLAUSES, NOUNS, quantity_in, types_of
from api.files.unreadable import UnreadableText
from api.files.yaml_nodes import value_in
from api.wording.facts import Contributors, fact_clause
from api.wording.phrases import Json, bounds, listed, when


def change_sentence(change: Json, contributors: Contributors) -> str:
    """A change as a sentence; a change of several fields is a list, and a change of unknown form is JSON."""
    match change:
        case {"assume": fact}:
            clause = ", ".join(filter(None, (when(fact.get("effective_at")), fact_clause(fact, contributors))))
            return f"assume that {clause.removesuffix('.')}"
        case {"omit": target}:
            return f"omit {target_phrase(target)}"
        case {"shift": target}:
            dates = f"{listed(change['dates'])} in " if change.get("dates") else ""
            return f"shift {dates}{target_phrase(target)} {_span_phrase(change)}"
        case {"alter": target}:
            return _alteration(change, target_phrase(target))
        case {"decide": target, "becomes": becomes, "effective_at": effective_at}:
            verb = next(verb for verb, status in BECOMING.items() if status == becomes)
            name = target if isinstance(target, str) else f"every condition of kind {target['condition_kind']}"
            return f"{name} {verb} on {effective_at}"
    return orjson.dumps(change).decode()


def target_phrase(target: str | dict[str, Any]) -> str:
    """An event by its id, or the facts that a selector matches."""
    if isinstance(target, str):
        return target
    selected = target.get("type")
    types = [selected] if isinstance(selected, str) else list(selected or ())
    given = {
        field: value if isinstance(value, str) else ",".join(value) for field in CLAUSES if (value := target.get(field))
    }
    narrowed = [f"{CLAUSES[field]} {value}" for field, value in given.items()]
    return " ".join([f"every {_nouns(types)}" if types else "everything", *narrowed])


def _nouns(types: list[str]) -> str:
    """Types of fact; all types of a concept by its noun."""
    noun = next((noun for noun in NOUNS if len(types) > 1 and types_of(noun) == types), None)
    return noun or " or ".join(types)


def _span_phrase(change: Json) -> str:
    if change.get("to"):
        return f"to {change['to']}"
    spans = {"month": change.get("months"), "day": change.get("days")}
    stated = {unit: number for unit, number in spans.items() if number is not None}
    if all(number < 0 for number in stated.values()):
        return f"by {_span({unit: -number for unit, number in stated.items()})} earlier"
    return f"by {_span(stated)}"


def _span(stated: dict[str, int]) -> str:
    return " and ".join(f"{number} {unit}s".removesuffix("s" if number == 1 else "") for unit, number in stated.items())


def _alteration(change: Json, target: str) -> str:
    sets = [f"{field} to {_value(field, value)}" for field, value in (change.get("set") or {}).items()]
    scale = change.get("scale")
    if not sets:
        return f"halve {target}" if scale == 0.5 else f"scale {target} by {_number(scale or 0)}"
    also = f", and scale it by {_number(scale)}" if scale is not None else ""
    return f"set {listed(sets)} in {target}{also}"


def _number(factor: float) -> str:
    return repr(factor).removesuffix(".0")


def _value(field: str, value: Any) -> str:
    if field == "quantity" and isinstance(value, dict) and value.keys() <= {"min", "max", "unit"}:
        phrase = f"{bounds(value.get('min'), value.get('max'))} {value.get('unit')}"
        if quantity_in(phrase) == value:
            return phrase.replace("personnel", "people")
    text = orjson.dumps(value).decode()
    return value if isinstance(value, str) and text == f'"{value}"' and not _needs_quotes(value) else text


def _needs_quotes(text: str) -> bool:
    """Whether a text without quotes would be read as another value."""
    try:
        return bool(value_in(text) != text)
    except UnreadableText:
        return True
