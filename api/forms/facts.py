"""Facts from what was typed, and back: ``fact_of`` and ``texts_of``.

The texts are by path, as ``{"quantity": "about 450", "sources.0.publisher": "AFP"}``; an empty one is left out. What a
field takes in general is checked here; whether the whole is a valid fact, by the model.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from api.files.unreadable import UnreadableText
from api.files.yaml_nodes import value_in
from api.forms.actors import actor_in
from api.forms.dates import moment_in
from api.forms.fields import FactForm, FormField, form_of
from api.forms.sizes import quantity_in, quantity_in_words
from api.forms.suggestions import did_you_mean, slug_of
from domain.vocabulary import normal_form

TAKEN_AWAY = "none"
"""What is typed in a field of an amendment to take away what there is."""

_CHECKED = ("yes", "true", "on", "1")


class Known(NamedTuple):
    """What a form knows of the record: the slugs of each kind of thing, and actors by their names."""

    slugs: Mapping[str, Sequence[str]] = {}
    actors: Mapping[str, str] = {}


class TypedFact(NamedTuple):
    """A fact made of what was typed, as JSON, and what is wrong, by the path of the field."""

    fact: dict[str, Any]
    faults: dict[str, str]


def fact_of(type_name: str, texts: Mapping[str, str], known: Known | None = None) -> TypedFact:
    """The fact that some texts state. Raises ``UnreadableText`` for an unknown type of fact.

    With ``known``, a name that is not on record is a fault that says which were meant.
    """
    form, faults, fact = form_of(type_name), dict[str, str](), _Tree({"type": type_name})
    for path, typed in texts.items():
        if not (text := normal_form(typed).strip()):
            continue
        try:
            fact.put(path, value_of(form.field(path), text, known))
        except UnreadableText as error:
            faults[path] = str(error)
    return TypedFact(fact.as_json(), faults)


def value_of(field: FormField, text: str, known: Known | None = None) -> Any:
    """The value, as JSON, that a text states for a field. Raises ``UnreadableText``."""
    if field.is_removable and text.lower() == TAKEN_AWAY:
        return None
    return _READERS[field.kind](field, text, known or Known())


def _items(text: str) -> list[str]:
    separator = ";" if ";" in text else ","
    return [one.strip() for line in text.splitlines() for one in line.split(separator) if one.strip()]


def _slug(field: FormField, text: str, known: Known) -> str:
    on_record = known.slugs.get(field.thing or "")
    if field.begins:
        return text
    if on_record is not None and text not in on_record:
        if slug_of(text) in on_record:
            return slug_of(text)
        raise UnreadableText(f"there is no {field.thing} {text[:60]} on record{did_you_mean(text, on_record)}")
    return text


def _choice(field: FormField, text: str, known: Known) -> str:
    words = {word: word for word, _ in field.choices} | {word.casefold(): word for word, _ in field.choices}
    found = words.get(text) or words.get("_".join(text.casefold().replace("-", " ").split()))
    if found is None:
        hint = did_you_mean(text, [word for word, _ in field.choices])
        raise UnreadableText(f"{text[:60]!r} is not one of {', '.join(word for word, _ in field.choices)}{hint}")
    return found


def _count(field: FormField, text: str, known: Known) -> dict[str, Any]:
    found = quantity_in(text, "")
    return {name: value for name, value in found.items() if name != "measure" and value not in (None, "")}


def _integer(field: FormField, text: str, known: Known) -> int:
    plain = text.replace(",", "").replace(" ", "")
    if not plain.isdecimal() or len(plain) > 15:
        raise UnreadableText(f"{text[:60]!r} is not a whole number")
    return int(plain)


def _yes_or_no(field: FormField, text: str, known: Known) -> bool:
    if text.lower() in _CHECKED:
        return True
    if text.lower() in ("no", "false", "off", "0"):
        return False
    raise UnreadableText(f"{text[:60]!r} is neither yes nor no")


def _removal(field: FormField, text: str, known: Known) -> Any:
    raise UnreadableText(f"{text[:60]!r} is not {TAKEN_AWAY}, which takes away what there is")


def _rule(field: FormField, text: str, known: Known) -> Any:
    try:
        return value_in(text)
    except UnreadableText as error:
        raise UnreadableText(f"the rule cannot be read: {error}") from None


_READERS: dict[str, Callable[[FormField, str, Known], Any]] = {
    "text": lambda field, text, known: " ".join(text.split()),
    "long_text": lambda field, text, known: text,
    "slug": _slug,
    "slugs": lambda field, text, known: [_slug(field, one, known) for one in _items(text)],
    "references": lambda field, text, known: _items(text),
    "texts": lambda field, text, known: _items(text),
    "actor": lambda field, text, known: actor_in(text, known.actors),
    "actors": lambda field, text, known: [actor_in(one, known.actors) for one in _items(text)],
    "choice": _choice,
    "quantity": lambda field, text, known: quantity_in(text),
    "count": _count,
    "moment": lambda field, text, known: moment_in(text),
    "integer": _integer,
    "number": _integer,
    "yes_or_no": _yes_or_no,
    "rule": _rule,
    "removal": _removal,
    "event": lambda field, text, known: text,
}


# --- back to texts ----------------------------------------------------------------------------------------------------


def texts_of(fact: Mapping[str, Any]) -> dict[str, str]:
    """What one would type to state a fact, which is JSON as stored or answered."""
    form = form_of(fact["type"])
    return dict(_texts(form, fact, ""))


def _texts(form: FactForm, value: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for name, one in value.items():
        path = f"{prefix}{name}"
        field = _field_at(form, path)
        if field is not None and not (field.kind == "removal" and one):
            yield from _text(field, path, one)
        elif isinstance(one, Mapping):
            yield from _texts(form, one, f"{path}.")
        elif isinstance(one, (list, tuple)):
            for number, row in enumerate(one):
                if isinstance(row, Mapping):
                    yield from _texts(form, row, f"{path}.{number}.")


def _text(field: FormField, path: str, value: Any) -> Iterator[tuple[str, str]]:
    if value is None:
        if field.is_removable:
            yield path, TAKEN_AWAY
    elif field.kind in ("quantity", "count"):
        unit = value.get("unit")
        yield path, quantity_in_words({"unit": unit or "personnel", **value}).removesuffix("" if unit else " people")
        if value.get("text"):
            yield f"{path}.text", value["text"]
    elif field.kind == "yes_or_no":
        yield path, "yes" if value else "no"
    elif field.kind == "rule":
        yield path, json.dumps(value, ensure_ascii=False)
    elif isinstance(value, (list, tuple)):
        if value:
            yield path, ", ".join(map(str, value))
        elif field.is_removable:
            yield path, TAKEN_AWAY
    else:
        yield path, str(value)


def _field_at(form: FactForm, path: str) -> FormField | None:
    try:
        return form.field(path)
    except UnreadableText:
        return None


_ROW = re.compile(r"([^.]+)\.([0-9]+)\.(.+)")


def without_gaps(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts with the rows of each kind numbered from 0 on: there are as many rows as were typed, whatever their
    numbers were."""
    rows = {path: found for path in texts if (found := _ROW.fullmatch(path))}
    numbers: dict[str, set[int]] = {}
    for row in rows.values():
        numbers.setdefault(row[1], set()).add(int(row[2]))
    places = {name: {number: place for place, number in enumerate(sorted(some))} for name, some in numbers.items()}
    return {
        f"{match[1]}.{places[match[1]][int(match[2])]}.{match[3]}" if (match := rows.get(path)) else path: text
        for path, text in texts.items()
    }


class _Tree:
    """A JSON object that is filled by path; rows are numbered as they are typed, and those left empty fall away."""

    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def put(self, path: str, value: Any) -> None:
        *steps, last = path.split(".")
        at = self._root
        for step in steps:
            at = at.setdefault(step, {})
        if isinstance(at.get(last), dict) and isinstance(value, dict):
            at[last] |= value
        else:
            at[last] = value

    def as_json(self) -> dict[str, Any]:
        return {name: _with_rows(value) for name, value in self._root.items()}


def _with_rows(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(step.isdecimal() for step in value):
        return [_with_rows(value[step]) for step in sorted(value, key=int)]
    return {name: _with_rows(one) for name, one in value.items()}
