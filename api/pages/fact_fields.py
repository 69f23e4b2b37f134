"""The fields of facts on pages: which are shown, with room for one more row, and where a fault of a fact belongs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from api.forms.facts import TypedFact, fact_of, texts_of
from api.forms.fields import GROUPS, FactForm, FormField, form_of

MAX_ROWS = 20
"""Rows of one kind, such as sources, that a form shows."""


class ShownField(NamedTuple):
    """A field as a page shows it: its ``name`` in the form, and for a row which one it is, counted from 1."""

    name: str
    field: FormField
    row: int | None = None

    @property
    def label(self) -> str:
        """What it is called: the rows after the first say which they are."""
        return self.field.label if self.row in (None, 1) else f"{self.field.label} ({self.row})"


def shown_fields(
    type_name: str, texts: Mapping[str, str], prefix: str = "", *, without: tuple[str, ...] = ()
) -> dict[str, list[ShownField]]:
    """The fields of a type of fact by group, under names with a prefix; of rows, those that have texts and one more."""
    form = form_of(type_name)
    shown: dict[str, list[ShownField]] = {group: [] for group in GROUPS}
    for one in form.fields:
        if one.path not in without:
            shown[one.group] += _numbered(one, texts, prefix)
    return {group: _by_row(fields) for group, fields in shown.items() if fields}


def _numbered(field: FormField, texts: Mapping[str, str], prefix: str) -> Iterator[ShownField]:
    if "*" not in field.path:
        yield ShownField(f"{prefix}{field.path}", field)
        return
    before, _, after = field.path.partition("*")
    pattern = re.compile(rf"{re.escape(prefix + before)}(\d{{1,4}})\.")
    used = [int(found[1]) for name in texts if (found := pattern.match(name))]
    for number in range(min(max(used, default=-1) + 2, MAX_ROWS)):
        yield ShownField(f"{prefix}{before}{number}{after}", field, number + 1)


def _by_row(fields: list[ShownField]) -> list[ShownField]:
    """The fields of a row beside each other: all of the first source, then all of the second."""
    parts = {one.field.path.partition("*")[0]: place for place, one in reversed(list(enumerate(fields)))}
    return sorted(fields, key=lambda one: (parts[one.field.path.partition("*")[0]], one.row or 0))


def typed_under(prefix: str, typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed in the fields whose names begin with a prefix, by their paths."""
    return {name.removeprefix(prefix): text for name, text in typed.items() if name.startswith(prefix)}


def replacement_of(stands: Mapping[str, Any], texts: Mapping[str, str]) -> TypedFact:
    """The fact that was typed; the fields of what stands whose texts were left alone are kept as they are."""
    made, before = fact_of(stands["type"], texts), texts_of(stands)
    for name in stands:
        if _texts_of_part(name, before) == _texts_of_part(name, texts):
            made.fact[name] = stands[name]
    return made


def _texts_of_part(name: str, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The texts of a field and of those in it, in words: a browser sends line breaks and margins otherwise."""
    return {path: text.split() for path, text in texts.items() if path.partition(".")[0] == name and text.strip()}


def label_at(form: FactForm, path: str) -> str:
    """What the field at a path is called, for a list of fields."""
    rows = [int(step) + 1 for step in path.split(".") if step.isdecimal()]
    label = form.field(path).label
    return f"{label} ({rows[0]})" if rows and rows[0] > 1 else label


def new_coalition() -> dict[str, Any]:
    """The fields that the form of a new coalition takes from the forms of facts, for its template."""
    standing = form_of("RequirementStated").field("standing")
    return {
        "sources": shown_fields("CoalitionFormed", {})["sources"],
        "standing": ShownField("requirement.standing", standing._replace(is_required=False)),
    }
