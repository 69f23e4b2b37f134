"""The fields of facts on pages: which are shown, with room for one more row, and where a fault of a fact belongs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from api.forms.facts import Known, TypedFact, fact_of, texts_of
from api.forms.fields import GROUPS, FactForm, FormField, form_of
from api.forms.names import known_names
from api.pages.pickers import pickers
from api.pages.viewpoint import Viewpoint

MAX_ROWS = 40
"""Rows of one kind, such as sources, that a form shows; a fact keeps those that it has beyond."""


class ShownField(NamedTuple):
    """A field as a page shows it: its ``name`` in the form, and for a row which one it is, counted from 1."""

    name: str
    field: FormField
    row: int | None = None


def shown_fields(type_name: str, texts: Mapping[str, str], prefix: str = "") -> dict[str, list[ShownField]]:
    """The fields of a type of fact by group, under names with a prefix; of rows, those that have texts and one more.

    The fact is there already, so nothing is suggested for its name.
    """
    form = form_of(type_name)
    shown: dict[str, list[ShownField]] = {group: [] for group in GROUPS}
    for one in form.fields:
        shown[one.group] += _numbered(one._replace(begins=False), texts, prefix)
    return {group: _by_row(fields) for group, fields in shown.items() if fields}


def _numbered(field: FormField, texts: Mapping[str, str], prefix: str) -> Iterator[ShownField]:
    if "*" not in field.path:
        yield ShownField(f"{prefix}{field.path}", field)
        return
    before, _, after = field.path.partition("*")
    pattern = re.compile(rf"{re.escape(prefix + before)}(\d{{1,4}})\.")
    used = [int(found[1]) for name in texts if (found := pattern.match(name))]
    for number in range(min(max(used, default=-1) + 2, MAX_ROWS)):
        numbered = field if number == 0 else field._replace(label=f"{field.label} ({number + 1})")
        yield ShownField(f"{prefix}{before}{number}{after}", numbered, number + 1)


def _by_row(fields: list[ShownField]) -> list[ShownField]:
    """The fields of a row beside each other: all of the first source, then all of the second."""
    parts = {one.field.path.partition("*")[0]: place for place, one in reversed(list(enumerate(fields)))}
    return sorted(fields, key=lambda one: (parts[one.field.path.partition("*")[0]], one.row or 0))


def typed_under(prefix: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed in the fields whose names begin with a prefix, by their paths."""
    return {name.removeprefix(prefix): text for name, text in typed.items() if name.startswith(prefix)}


def replacement_of(stands: Mapping[str, Any], texts: Mapping[str, str], known: Known | None = None) -> TypedFact:
    """The fact that was typed; what the form does not show, and fields that were left alone, stay as they are."""
    before = texts_of(stands)
    texts = {**texts, **{path: text for path, text in before.items() if _row_of(path) >= MAX_ROWS}}
    made = fact_of(stands["type"], texts, known)
    for name in stands:
        if _texts_of_part(name, before) == _texts_of_part(name, texts):
            made.fact[name] = stands[name]
    return made


def _row_of(path: str) -> int:
    """The number of the row that a path leads to; 0 for a field that is in none."""
    return next((int(step) for step in path.split(".") if step.isdecimal()), 0)


def _texts_of_part(name: str, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of a field and of those in it, in words: a browser sends line breaks and margins otherwise."""
    return {path: text.split() for path, text in texts.items() if path.partition(".")[0] == name and text.strip()}


def label_at(form: FactForm, path: str) -> str:
    """What the field at a path is called, for a list of fields."""
    rows = [int(step) + 1 for step in path.split(".") if step.isdecimal()]
    label = form.field(path).label
    return f"{label} ({rows[0]})" if rows and rows[0] > 1 else label


def for_fields(viewpoint: Viewpoint, type_name: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """What the templates of fields need beside the fields: what was typed, and the names that the fields of a type
    offer."""
    known = known_names(viewpoint.view)
    return {"entry": {"texts": texts}, "known": known, "pickers": pickers(viewpoint, form_of(type_name), known)}


def new_coalition(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the template of the form of a new coalition needs: fields of the forms of facts, and what was typed."""
    standing = form_of("RequirementStated").field("standing")
    return {
        "sources": shown_fields("CoalitionFormed", {})["sources"],
        "standing": ShownField("requirement.standing", standing),
        "entry": {"texts": texts},
        "known": Known(),
    }
