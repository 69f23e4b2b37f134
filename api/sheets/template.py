"""Templates: an empty sheet for a type of fact, with a column for each field, and the mapping that reads it back."""

import csv
import io
from codecs import BOM_UTF8
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

import xlsxwriter

from api.files.unreadable import UnreadableText
from api.forms.fields import FormField, form_of
from api.forms.suggestions import did_you_mean
from api.sheets.cells import column_name
from api.sheets.changes import AGAIN
from api.sheets.mapping import MAPPING, Mapping
from api.wording.countries import ALL_NAMES
from domain.events import FACTS, RECORD_TYPES
from domain.quantities import CURRENCIES, UNITS

TYPES = tuple(sorted(name for name in FACTS if name not in RECORD_TYPES and name != "CoalitionFormed"))
"""The types of facts that have a template."""

_ALSO_IN_THE_KEY = {
    "MemberJoined": ("role",), "MemberLeft": ("role",), "StanceStated": ("capability", "zone"),
    "SupportSought": ("capability",), "ConditionAttached": ("pledge", "contributor"),
    "ConditionDetached": ("pledge", "contributor"), "ForcesDeployed": ("basing",), "StrengthReported": ("basing",),
    "ForcesReturned": ("basing",), "CaveatDeclared": ("pledge",), "CaveatLifted": ("caveat",),
}  # fmt: skip
"""What tells facts of a type apart beside the thing that they are about, and the day."""

_ROWS_WITH_LISTS = 2_000
_WIDTHS = {"long_text": 40, "text": 24, "moment": 18, "quantity": 22}
_CREATED = datetime(2025, 1, 1, tzinfo=UTC)
"""The same template is the same bytes."""


class TemplateColumn(NamedTuple):
    """A column: its header, the path in the fact, and the field."""

    header: str
    path: str
    field: FormField


@cache
def columns_of(type_name: str) -> tuple[TemplateColumn, ...]:
    """The columns of the template of a type. Raises ``UnreadableText`` for a type that has none."""
    if type_name not in TYPES:
        raise UnreadableText(f"there is no template for {type_name!r}{did_you_mean(type_name, TYPES)}")
    shown = [one for one in form_of(type_name).fields if one.kind != "rule" and not one.path.endswith("quantity.text")]
    labels = [one.label for one in shown]
    return tuple(
        TemplateColumn(
            one.label if labels.count(one.label) == 1 else f"{one.label} ({one.path.replace('.*', '')})",
            one.path.replace("*", "0"), one,
        )
        for one in shown
    )  # fmt: skip


@cache
def mapping_of_template(type_name: str) -> Mapping:
    """The mapping that reads a template of a type. Raises ``UnreadableText`` for a type that has none."""
    columns = columns_of(type_name)
    fields: dict[str, Any] = {}
    for column in columns:
        *steps, last = column.path.split(".")
        at = fields
        for step in steps:
            at = at.setdefault(step, {})
        at[last] = {"column": column.header}
    mapping = {
        "mapping": f"template-{type_name.lower()}",
        "sheet": type_name,
        "key": [column.header for column in columns if column.path in _key_of(type_name)],
        "facts": [{"name": "fact", "type": type_name, "fields": _with_lists(fields)}],
    }
    return MAPPING.validate_python(mapping)


def _key_of(type_name: str) -> tuple[str, ...]:
    """The paths of the fields that tell facts of a type apart."""
    fields = form_of(type_name).fields
    beginning = next((one.path for one in fields if one.begins), None)
    also = _ALSO_IN_THE_KEY.get(type_name, ())
    if beginning is not None and type_name not in AGAIN:
        return (beginning, *also)
    thing = beginning or next((one.path for one in fields if one.is_required and one.kind in ("slug", "actor")), None)
    return tuple(filter(None, (thing, "effective_at", *also)))


def _with_lists(value: Any) -> Any:
    """The fields with rows as lists, as in JSON."""
    if not isinstance(value, dict):
        return value
    if "0" in value:
        return [_with_lists(value["0"])]
    return {name: _with_lists(one) for name, one in value.items()}


# --- files ------------------------------------------------------------------------------------------------------------


def csv_template(type_name: str) -> bytes:
    """The template as CSV: its headers, with the mark by which spreadsheet programs recognise UTF-8."""
    text = io.StringIO()
    csv.writer(text).writerow([column.header for column in columns_of(type_name)])
    return BOM_UTF8 + text.getvalue().encode()


def xlsx_template(type_name: str) -> bytes:
    """The template as XLSX: headers, drop-down lists, and a sheet that says what each column means."""
    columns = columns_of(type_name)
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"title": f"Template: {type_name}", "created": _CREATED})
        bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        facts, meanings, lists = (book.add_worksheet(name) for name in (type_name, "Meanings", "Lists"))
        lists.hide()
        facts.freeze_panes(1, 0)
        meanings.write_row(0, 0, ("Column", "Needed", "Meaning", "Permitted"), bold)
        for number, width in enumerate((28, 8, 70, 60)):
            meanings.set_column(number, number, width)
        for number, column in enumerate(columns):
            field = column.field
            facts.write_string(0, number, column.header, bold)
            facts.set_column(number, number, _WIDTHS.get(field.kind, 18))
            permitted = _permitted(field)
            needed = "yes" if field.is_required else ""
            words = "; ".join(f"{word}: {meaning}" if meaning else word for word, meaning in field.choices)
            for at, text in enumerate((column.header, needed, field.help, words or _EXAMPLES.get(field.kind, ""))):
                meanings.write_string(number + 1, at, text, bold if at == 0 else wrapped)
            if permitted:
                lists.write_column(0, number, permitted)
                letter = column_name(number + 1)
                facts.data_validation(1, number, _ROWS_WITH_LISTS, number, {
                    "validate": "list", "source": f"=Lists!${letter}$1:${letter}${len(permitted)}",
                    "error_type": "stop" if field.choices else "information",
                    "error_title": column.header, "error_message": "Not in the list; see the sheet Meanings.",
                })  # fmt: skip
    return content.getvalue()


_EXAMPLES = {
    "actor": "A country by its name or code, org:NAME, or group:NAME: Kenya; KEN; org:nato",
    "actors": "Actors, with commas between: Kenya, Jamaica, org:nato",
    "moment": "A date, as vague as the source: 2024-02-26; 26 February 2024; Feb 2024; 2024; 1 to 5 March 2024",
    "quantity": "A number or a range, with its unit unless people are counted: 450; about 450; 10,000 to 30,000; "
    "at least 200; up to 500; not disclosed; EUR 1.5 million",
    "slug": "A name of your own: lower-case letters and digits, with - _ . inside: ken-police",
    "slugs": "Names, with commas between",
    "yes_or_no": "yes or no",
    "integer": "A whole number",
}  # fmt: skip


def _permitted(field: FormField) -> list[str]:
    """The values that a drop-down list offers; none if there is no list."""
    if field.choices:
        return [word for word, _ in field.choices]
    if field.kind == "actor":
        return sorted(ALL_NAMES.values())
    if field.kind == "yes_or_no":
        return ["yes", "no"]
    if field.name == "unit":
        return [*UNITS, *sorted(CURRENCIES)]
    return []
