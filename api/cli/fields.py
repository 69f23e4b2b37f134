"""Fields of a fact by dotted path, as corrections name them: set, taken out, and compared.

A path is that of the form (``effective_at``, ``sources.0.publisher``) or leads into a quantity (``quantity.max``).
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from api.files.unreadable import UnreadableText
from api.forms.facts import TAKEN_AWAY, Known, value_of
from api.forms.fields import FactForm, FormField, matches
from api.forms.sizes import QUANTITY_PARTS, part_in
from api.forms.suggestions import did_you_mean
from api.wording.phrases import Json
from domain.vocabulary import normal_form


def changed(fact: Json, form: FactForm, path: str, text: str, known: Known) -> Json:
    """The fact with what a text states at a path. Raises ``UnreadableText``."""
    text, fact = normal_form(text).strip(), copy.deepcopy(fact)
    if not text:
        raise UnreadableText("no value is stated; --unset takes a field out")
    whole, _, part = path.rpartition(".")
    if part in QUANTITY_PARTS and _is_quantity(form, whole):
        value = part_in(part, text)
    else:
        value = value_of(_field(form, path), text, known)
    _put(fact, path.split("."), value)
    return fact


def without(fact: Json, form: FactForm, path: str) -> Json:
    """The fact without what it has at a path. Raises ``UnreadableText`` if it has nothing there."""
    fact = copy.deepcopy(fact)
    *steps, last = path.split(".")
    at: Any = fact
    for step in steps:
        at = at[int(step)] if isinstance(at, list) and step.isdecimal() and int(step) < len(at) else _member(at, step)
    if isinstance(at, list) and last.isdecimal() and int(last) < len(at):
        del at[int(last)]
    elif isinstance(at, dict) and last in at and path != "type":
        del at[last]
    else:
        there = [one for one, _ in _leaves(fact, "") if one != "type"]
        hint = "" if _is_known(form, path) else did_you_mean(path, [*there, *fact])
        raise UnreadableText(f"the event says nothing there{hint}")
    return fact


def field_changes(before: Json, after: Json) -> Iterator[str]:
    """What differs between two facts, as ``quantity.max 250 → 240``."""
    was, is_now = dict(_leaves(before, "")), dict(_leaves(after, ""))
    for path in dict.fromkeys((*was, *is_now)):
        if was.get(path) != is_now.get(path):
            yield f"{path} {_shown(was, path)} → {_shown(is_now, path)}"


def _shown(leaves: Mapping[str, Any], path: str) -> str:
    value = leaves.get(path)
    if path not in leaves:
        return "not stated"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    match value:
        case dict():
            parts = value.items()
        case list() if any(isinstance(one, dict) for one in value):
            parts = {str(number): one for number, one in enumerate(value)}.items()
        case list():
            yield path, ", ".join(map(str, value))
            return
        case _:
            yield path, TAKEN_AWAY if value is None else value
            return
    for name, one in parts:
        yield from _leaves(one, f"{path}.{name}" if path else name)


def _field(form: FactForm, path: str) -> FormField:
    found = next((one for one in form.fields if matches(one.path, path)), None)
    if found is not None:
        return found
    parts = [f"{one.path}.{part}" for one in form.fields if one.kind == "quantity" for part in QUANTITY_PARTS]
    known = [one.path.replace("*", "0") for one in form.fields]
    raise UnreadableText(f"{form.type} has no field {path}{did_you_mean(path, [*known, *parts])}")


def _is_known(form: FactForm, path: str) -> bool:
    whole, _, part = path.rpartition(".")
    return any(matches(one.path, path) for one in form.fields) or (part in QUANTITY_PARTS and _is_quantity(form, whole))


def _is_quantity(form: FactForm, path: str) -> bool:
    return any(matches(one.path, path) and one.kind in ("quantity", "count") for one in form.fields)


def _put(at: Any, steps: list[str], value: Any) -> None:
    """Put a value at a path, and make the objects and rows on the way to it. Raises ``UnreadableText``."""
    step, *rest = steps
    if isinstance(at, list):
        number = int(step)
        if number > len(at):
            raise UnreadableText(f"there are {len(at)} rows, numbered from 0; the next is {len(at)}")
        if number == len(at):
            at.append({})
        if rest:
            _put(at[number], rest, value)
        else:
            at[number] = value
    elif rest:
        empty: Any = [] if rest[0].isdecimal() else {}
        if not isinstance(at.get(step), dict | list):
            at[step] = empty
        _put(at[step], rest, value)
    else:
        at[step] = value


def _member(at: Any, step: str) -> Any:
    return at.get(step) if isinstance(at, dict) else None
