"""Changes as sentences, from the objects that the API has: the way back of ``api/files/change_sentences.py``."""

from typing import Any

import orjson

from api.files.change_sentences import BECOMING, CLAUSES, NOUNS, quantity_in, types_of
from api.files.unreadable import UnreadableText
from api.files.yaml_nodes import value_in
from api.wording.facts import Contributors, fact_clause
from api.wording.phrases import Json, bounds, listed, when


def change_sentence(change: Json, contributors: Contributors) -> str:
    """A change in words; what a sentence cannot say as one, it says as a list."""
    match change:
        case {"assume": fact}:
            said = ", ".join(filter(None, (when(fact.get("effective_at")), fact_clause(fact, contributors))))
            return f"assume that {said.removesuffix('.')}"
        case {"omit": aim}:
            return f"omit {aim_said(aim)}"
        case {"shift": aim}:
            return f"shift {aim_said(aim)} {_way(change)}"
        case {"alter": aim}:
            return _altering(change, aim_said(aim))
        case {"decide": aim, "becomes": becomes, "effective_at": effective_at}:
            verb = next(verb for verb, status in BECOMING.items() if status == becomes)
            name = aim if isinstance(aim, str) else f"every condition of kind {aim['condition_kind']}"
            return f"{name} {verb} on {effective_at}"
    return orjson.dumps(change).decode()


def aim_said(aim: str | dict[str, Any]) -> str:
    """An event by its id, or what a selector matches."""
    if isinstance(aim, str):
        return aim
    types = aim.get("type")
    given = [types] if isinstance(types, str) else list(types or ())
    narrowed = [f"{phrase} {aim[field]}" for field, phrase in CLAUSES.items() if aim.get(field)]
    return " ".join([f"every {_nouns(given)}" if given else "everything", *narrowed])


def _nouns(types: list[str]) -> str:
    """Types of fact; those of a whole concept by its noun."""
    noun = next((noun for noun in NOUNS if len(types) > 1 and types_of(noun) == types), None)
    return noun or " or ".join(types)


def _way(change: Json) -> str:
    if change.get("to"):
        return f"to {change['to']}"
    named = {"month": change.get("months"), "day": change.get("days")}
    given = {unit: number for unit, number in named.items() if number is not None}
    if all(number < 0 for number in given.values()):
        return f"by {_span({unit: -number for unit, number in given.items()})} earlier"
    return f"by {_span(given)}"


def _span(given: dict[str, int]) -> str:
    return " and ".join(f"{number} {unit}s".removesuffix("s" if number == 1 else "") for unit, number in given.items())


def _altering(change: Json, aim: str) -> str:
    sets = [f"{field} to {_value(field, value)}" for field, value in (change.get("set") or {}).items()]
    scale = change.get("scale")
    if not sets:
        return f"halve {aim}" if scale == 0.5 else f"scale {aim} by {_number(scale or 0)}"
    also = f", and scale it by {_number(scale)}" if scale is not None else ""
    return f"set {listed(sets)} in {aim}{also}"


def _number(factor: float) -> str:
    return repr(factor).removesuffix(".0")


def _value(field: str, value: Any) -> str:
    if field == "quantity" and isinstance(value, dict) and value.keys() <= {"min", "max", "unit"}:
        said = f"{bounds(value.get('min'), value.get('max'))} {value.get('unit')}"
        if quantity_in(said) == value:
            return said.replace("personnel", "people")
    text = orjson.dumps(value).decode()
    return value if isinstance(value, str) and text == f'"{value}"' and not _is_other(value) else text


def _is_other(text: str) -> bool:
    """Whether a text would be read as something else where it is not quoted."""
    try:
        return bool(value_in(text) != text)
    except UnreadableText:
        return True
