"""Mappings: what the columns of a sheet mean, in YAML, kept beside the sheet and named in the record.

::

    mapping: mission-pledges
    key: [Country]
    source: {publisher: Secretariat, title: Pledges, published_on: '2024-08-01'}
    facts:
      - name: pledge
        type: PledgeMade
        fields:
          pledge: {slug: '{Country.code} police'}
          contributor: {column: Country}
          level: pledged
          capability: police
          quantity: {column: Officers, unit: personnel}
          effective_at: {column: Date}

A field is a constant as in JSON, or is made from cells: of a column, of a single cell, or of several columns in a text.
Strict: an unknown name is refused with its line.
"""

from collections.abc import Iterator
from collections.abc import Mapping as MappingABC
from dataclasses import field, fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

from api.files.unreadable import NotJson, UnreadableText
from api.files.yaml_nodes import Node, documents
from api.forms.suggestions import did_you_mean
from api.sheets.cells import cell_named, date_pattern
from domain.actors import Actor
from domain.events import FACTS, RECORD_TYPES
from domain.facts import json_name
from domain.json_pointers import escape
from domain.vocabulary import SLUG

MAX_BYTES = 256 * 1024
MAX_VALUES = 20_000
"""The size of a mapping, as text and with each alias written out."""

_STRICT = ConfigDict(extra="forbid", alias_generator=json_name)

Column = Annotated[str, Field(min_length=1, max_length=500)]
Columns = Annotated[tuple[Column, ...], Field(max_length=50)]
Word = str | int | float | bool
Words = tuple[Word, ...] | Word


class UnreadableMapping(ValueError):
    """The mapping cannot be used; the message names the line, the field and the reason."""


def _known_cell(name: str) -> str:
    cell_named(name)
    return name


def _known_form(form: str) -> str:
    date_pattern(form)
    return form


DateForm = Annotated[str, AfterValidator(_known_form)]

# --- values -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class FromCells:
    """A value made from cells.

    Exactly one of ``column``, ``cell``, ``text`` and ``slug`` says from which: a column of the row, one cell of the
    sheet, or a text with columns in braces, of which ``slug`` makes a name: ``{Country}``, or ``{Country.code}`` for
    the code of the country. ``words`` replaces what cells hold, ``empty`` is the value of an empty cell, ``dates`` a
    form of dates, ``precision`` the part of a date that is meant. The rest belongs to a quantity; ``words_in`` is the
    column with the source's own words for it.
    """

    column: Column | None = None
    cell: Annotated[str, AfterValidator(_known_cell)] | None = None
    text: Annotated[str, Field(min_length=1)] | None = None
    slug: Annotated[str, Field(min_length=1)] | None = None
    words: MappingABC[str, Word | None] = field(default_factory=dict)
    empty: Word | None = None
    dates: DateForm | None = None
    precision: Literal["day", "month", "year"] = "day"
    decimal: Literal[".", ","] | None = None
    times: Annotated[float, Field(gt=0)] = 1
    unit: str | None = None
    measure: str | None = None
    approximate: bool | None = None
    words_in: Column | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> "FromCells":
        if sum(origin is not None for origin in (self.column, self.cell, self.text, self.slug)) != 1:
            raise ValueError("expected exactly one of column, cell, text and slug")
        return self


FROM_CELLS: TypeAdapter[FromCells] = TypeAdapter(FromCells)


def is_from_cells(value: Any) -> bool:
    """Whether a value is made from cells, and is not a part of the fact as in JSON.

    A source has no field of these names, and of the facts only ``text`` is one: of a caveat, a statement, a quantity.
    """
    if not isinstance(value, dict):
        return False
    if "column" in value or "cell" in value or "slug" in value:
        return True
    return "text" in value and isinstance(value["text"], str) and set(value) <= {"text", "words", "empty"}


# --- conditions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Condition:
    """Which rows: all that is stated must be true. Texts are compared in any case.

    ``is_`` is what the cell of the column holds, or one of several such texts; the empty text is an empty cell. ``row``
    is the first or a later row of its series, and ``changes`` a column that holds something else than in the last row
    of the series in which it holds anything.
    """

    column: Column | None = None
    is_: Words | None = None
    is_not: Words | None = None
    begins: Annotated[str, Field(min_length=1)] | None = None
    row: Literal["first", "later"] | None = None
    changes: Column | None = None

    @model_validator(mode="after")
    def _compares_a_column(self) -> "Condition":
        compares = self.is_ is not None or self.is_not is not None or self.begins is not None
        if compares != (self.column is not None):
            raise ValueError("a column needs one of is, is_not and begins, and each of these a column")
        if not compares and self.row is None and self.changes is None:
            raise ValueError("expected a column with is, is_not or begins, or row, or changes")
        return self


Conditions = Annotated[tuple[Condition, ...], Field(max_length=50)]

# --- rules ------------------------------------------------------------------------------------------------------------

ChangeMeaning = Literal["ask", "amend", "correct"]
Disappearance = Literal["keep", "end", "retract"]


_NOT_STATED = ("type", "event_id", "imported")
"""What the import itself gives each fact."""


def _known_type(name: str) -> str:
    known = [one for one in FACTS if one not in RECORD_TYPES]
    if name not in known:
        raise ValueError(f"unknown type of fact {name}{did_you_mean(name, known)}")
    return name


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class FactRule:
    """One fact of each row that ``when`` applies to; ``name`` is its place in the mapping, and never changes."""

    name: Annotated[str, Field(pattern=f"^{SLUG}$")]
    type: Annotated[str, AfterValidator(_known_type)]
    fields: MappingABC[str, Any]
    when: Conditions = ()
    changed: ChangeMeaning = "ask"
    vanished: Disappearance = "keep"

    @model_validator(mode="after")
    def _has_fields_of_its_type(self) -> "FactRule":
        known = [json_name(one.name) for one in fields(FACTS[self.type]) if one.name not in _NOT_STATED]
        for name in self.fields:
            if name not in known:
                raise ValueError(f"a {self.type} has no field {name}{did_you_mean(name, known)}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Mapping:
    """A mapping, as it was written."""

    mapping: Annotated[str, Field(pattern=f"^{SLUG}$")]
    facts: Annotated[tuple[FactRule, ...], Field(min_length=1, max_length=50)]
    key: Annotated[Columns, Field(min_length=1)]
    sheet: str | None = None
    header: Annotated[int, Field(ge=1)] | None = None
    first_row: Annotated[int, Field(ge=1)] | None = None
    separator: Literal["comma", "semicolon", "tab"] | None = None
    encoding: Literal["utf-8", "utf-16", "cp1252"] | None = None
    dates: tuple[DateForm, ...] | DateForm = ()
    decimal: Literal[".", ","] | None = None
    skip: Conditions = ()
    stop: Conditions = ()
    repeat_above: Columns = ()
    series: Columns = ()
    countries: MappingABC[str, Actor] = field(default_factory=dict)
    renamed: MappingABC[str, str] = field(default_factory=dict)
    source: MappingABC[str, Any] | None = None
    as_of: Any = None

    @model_validator(mode="after")
    def _has_names_of_its_own(self) -> "Mapping":
        names = [rule.name for rule in self.facts]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"two facts have the name {name}; give each its own")
        return self


MAPPING: TypeAdapter[Mapping] = TypeAdapter(Mapping)

# --- reading ----------------------------------------------------------------------------------------------------------


def mapping_in(text: str, file: str) -> Mapping:
    """The mapping in a text. Raises ``UnreadableMapping``."""
    if len(text.encode()) > MAX_BYTES:
        raise UnreadableMapping(f"{file} has more than {MAX_BYTES:,} bytes, the maximum of a mapping")
    try:
        read = [*documents(text)]
        if len(read) != 1 or not read[0].is_mapping:
            raise UnreadableMapping(f"{file} is not a mapping: expected names and values, beginning with mapping: NAME")
        node = read[0]
        if not node.has_at_most(MAX_VALUES):
            raise UnreadableMapping(
                f"{file} has more than {MAX_VALUES:,} values with each alias written out, or an alias contains itself"
            )
        value = node.value()
    except NotJson as error:
        raise UnreadableMapping(f"{file}, line {error.line:,}: {error}") from None
    except UnreadableText as error:
        raise UnreadableMapping(f"{file} is not YAML: {error}") from None
    except RecursionError:
        raise UnreadableMapping(f"{file} is nested too deeply") from None
    return _validated(value, node, file)


def _validated(value: Any, node: Node, file: str) -> Mapping:
    try:
        mapping = MAPPING.validate_python(value)
        for at, rule in enumerate(mapping.facts):
            for pointer, origin in origins_in(rule.fields):
                _check(origin, f"/facts/{at}/fields{pointer}")
        for name in ("source", "as_of"):
            for pointer, origin in origins_in(getattr(mapping, name)):
                _check(origin, f"/{name}{pointer}")
    except ValidationError as error:
        raise _failure(_Fault(error, ""), node, file) from None
    except _Fault as fault:
        raise _failure(fault, node, file) from None
    return mapping


def _failure(fault: "_Fault", node: Node, file: str) -> UnreadableMapping:
    return UnreadableMapping(f"{file}, line {node.line_at(fault.pointer):,}: {fault}")


def _check(origin: Any, pointer: str) -> None:
    try:
        FROM_CELLS.validate_python(origin)
    except ValidationError as error:
        raise _Fault(error, pointer) from None


class _Fault(ValueError):
    """The first error in a mapping, with the JSON pointer to the value."""

    def __init__(self, errors: ValidationError, base: str) -> None:
        error = errors.errors(include_url=False)[0]
        self.pointer = base + "".join(f"/{escape(str(part))}" for part in error["loc"])
        reasons = {"unexpected_keyword_argument": "unknown name", "missing": "is missing"}
        reason = reasons.get(error["type"], error["msg"].removeprefix("Value error, "))
        name = self.pointer.removeprefix("/").replace("/", ".")
        super().__init__(f"{name}: {reason}" if name else reason)


def origins_in(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The values made from cells in a part of a mapping, each with its JSON pointer."""
    if is_from_cells(value):
        yield pointer, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from origins_in(part, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from origins_in(part, f"{pointer}/{index}")
