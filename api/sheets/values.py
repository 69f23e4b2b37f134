"""Values of facts from cells, as a mapping describes them.

The fields of a rule are compiled once into parts: constants, values from cells, and objects and lists of these. An
object or a list item that has values from cells, all of them empty, is left out whole, constants included.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.files.unreadable import UnreadableText
from api.forms.actors import actor_in
from api.forms.dates import moment_in
from api.forms.facts import Known, value_of
from api.forms.fields import FormField
from api.forms.sizes import quantity_in
from api.forms.suggestions import slug_of
from api.sheets.cells import (
    Cell,
    Value,
    cell_named,
    coarser,
    date_in,
    date_pattern,
    plain_number,
    same_text,
    text_of,
    with_plain_numbers,
)
from api.sheets.kinds import field_at
from api.sheets.mapping import FROM_CELLS, FromCells, is_from_cells
from api.sheets.row_facts import CellFault
from api.sheets.table import Row, Table
from domain.json_pointers import escape
from domain.quantities import LARGEST
from domain.vocabulary import normal_form


class _Empty:
    """What is left out, since the cells that it is made from are empty."""


EMPTY = _Empty()

Part = Callable[[Row, "Findings"], Any]
"""Makes a value of a row; ``EMPTY`` if there is none."""


@dataclass(slots=True)
class Findings:
    """What is found while the fields of a row are made: the cells that values are from, and what is wrong with them."""

    places: dict[str, Cell] = field(default_factory=dict)
    faults: list[CellFault] = field(default_factory=list)


class Compiler:
    """Makes parts of the values of a mapping. Raises ``UnreadableSheet`` for a column that the sheet lacks."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._mapping = table.mapping
        forms = self._mapping.dates
        self._dates = [date_pattern(form) for form in ((forms,) if isinstance(forms, str) else forms)]
        self._decimal = self._mapping.decimal or ("," if table.sheet.separator == ";" else ".")
        self._known = Known(actors=self._mapping.countries)

    def part(self, value: Any, type_name: str, pointer: str = "") -> Part:
        """The part that makes a value at a JSON pointer of a fact."""
        if is_from_cells(value):
            return self._from_cells(FROM_CELLS.validate_python(value), type_name, pointer)
        if isinstance(value, dict):
            return self._object(value, type_name, pointer)
        if isinstance(value, list):
            return self._list(value, type_name, pointer)
        return lambda row, findings: value

    def _object(self, value: Mapping[str, Any], type_name: str, pointer: str) -> Part:
        parts = {name: self.part(one, type_name, f"{pointer}/{escape(name)}") for name, one in value.items()}
        from_cells = [name for name, one in value.items() if _has_cells(one)]

        def make(row: Row, findings: Findings) -> Any:
            made = {name: one for name, part in parts.items() if (one := part(row, findings)) is not EMPTY}
            is_left_out = pointer and from_cells and not any(name in made for name in from_cells)
            return EMPTY if is_left_out else made

        return make

    def _list(self, value: Sequence[Any], type_name: str, pointer: str) -> Part:
        parts = [self.part(one, type_name, f"{pointer}/{index}") for index, one in enumerate(value)]

        def make(row: Row, findings: Findings) -> Any:
            made = [one for part in parts if (one := part(row, findings)) is not EMPTY]
            return made if made or not parts else EMPTY

        return make

    # --- values from cells --------------------------------------------------------------------------------------------

    def _from_cells(self, origin: FromCells, type_name: str, pointer: str) -> Part:
        if origin.text is not None or origin.slug is not None:
            return self._text_with_columns(origin, pointer)
        field = field_at(type_name, pointer)
        fixed = None if origin.cell is None else cell_named(origin.cell)
        column = 0 if origin.column is None else self._table.column(origin.column)
        words = {same_text(word): value for word, value in origin.words.items()}
        forms = [date_pattern(origin.dates)] if origin.dates else self._dates
        decimal = origin.decimal or self._decimal
        words_in = self._words_in(origin)
        unit = self.part(origin.unit, type_name, f"{pointer}/unit") if origin.unit is not None else None

        def make(row: Row, findings: Findings) -> Any:
            cell = fixed or Cell(row.number, column)
            value = self._table.sheet.value(cell) if fixed else row.value(column)
            findings.places[pointer] = cell
            if fault := self._table.sheet.faults.get(cell):
                findings.faults.append(self._fault(fault, cell))
                return EMPTY
            text = text_of(value)
            meant: Any = words.get(same_text(text), value) if text else origin.empty
            if meant is None or meant == "":
                return EMPTY
            value, text = meant, text_of(meant)
            try:
                given = CellInput(
                    origin, value, text, decimal, forms, self._known, unit and unit(row, findings), words_in(row)
                )
                return given.as_field(field)
            except UnreadableText as error:
                findings.faults.append(self._fault(str(error), cell))
                return EMPTY

        return make

    def _words_in(self, origin: FromCells) -> Callable[[Row], str]:
        """Reads the source's own words for a quantity; nothing if they have no column."""
        if origin.words_in is None:
            return lambda row: ""
        column = self._table.column(origin.words_in)
        return lambda row: normal_form(text_of(row.value(column)))

    def _text_with_columns(self, origin: FromCells, pointer: str) -> Part:
        template = origin.text or origin.slug or ""
        pieces = re.split(r"\{([^{}]+)\}", template)
        texts, names = pieces[::2], pieces[1::2]
        columns = [self._table.column(name.removesuffix(".code")) for name in names]
        is_code = [name.endswith(".code") for name in names]

        def make(row: Row, findings: Findings) -> Any:
            written = [texts[0]]
            for column, code, following in zip(columns, is_code, texts[1:], strict=True):
                cell = Cell(row.number, column)
                findings.places.setdefault(pointer, cell)
                text = text_of(row.value(column))
                if fault := self._table.sheet.faults.get(cell):
                    findings.faults.append(self._fault(fault, cell))
                    return EMPTY
                if not text:
                    return EMPTY
                try:
                    written += [_code(actor_in(text, self._known.actors)) if code else text, following]
                except UnreadableText as error:
                    findings.faults.append(self._fault(str(error), cell))
                    return EMPTY
            whole = normal_form("".join(written)).strip()
            return slug_of(whole) if origin.slug is not None else whole

        return make

    def _fault(self, detail: str, cell: Cell) -> CellFault:
        return CellFault(detail, cell, self._table.title(cell.column), cell.row)


@dataclass(slots=True)
class CellInput:
    """A value that is to become a part of a fact, and all that says how."""

    origin: FromCells
    value: Value
    text: str
    decimal: str
    forms: Sequence["re.Pattern[str]"]
    known: Known
    unit: Any
    words: str

    def as_field(self, field: FormField | None) -> Any:
        """The value as JSON. Raises ``UnreadableText``."""
        kind = field.kind if field else "text"
        if kind == "moment":
            return self._moment(self.text)
        if kind == "quantity":
            return self._quantity()
        if kind in ("integer", "number"):
            return self._number()
        if field is None or kind in ("text", "long_text"):
            return normal_form(self.text)
        if kind == "count" and (number := self._plain()) is not None:
            return {"min": number, "max": number} | ({"unit": self.unit} if isinstance(self.unit, str) else {})
        return value_of(field, self.text, self.known)

    def _moment(self, text: str) -> str:
        try:
            for form in self.forms:
                if (date := date_in(text, form)) is not None:
                    return coarser(date, self.origin.precision)
        except ValueError as error:
            raise UnreadableText(str(error)) from None
        date = moment_in(text)
        return coarser(date, self.origin.precision) if self.origin.precision != "day" else date

    def _quantity(self) -> dict[str, Any]:
        number = self._plain()
        quantity = {"min": number, "max": number} if number is not None else quantity_in(
            with_plain_numbers(self.text, self.decimal), self.unit if isinstance(self.unit, str) else None
        )  # fmt: skip
        if self.origin.times != 1:
            quantity |= {name: _times(quantity[name], self.origin.times) for name in ("min", "max") if name in quantity}
        unit = self.unit if isinstance(self.unit, str) else quantity.get("unit", "personnel")
        stated = {
            "unit": unit, "measure": self.origin.measure, "approximate": self.origin.approximate,
            "text": self.words or None,
        }  # fmt: skip
        return quantity | {name: value for name, value in stated.items() if value is not None}

    def _number(self) -> int | float:
        number = self._plain()
        if number is None:
            raise UnreadableText(f"{self.text} is not a number; {_EXAMPLE[self.decimal]}")
        product: int | float = _times(number, self.origin.times)
        return product

    def _plain(self) -> int | float | None:
        """The value as a number; ``None`` if it is another text."""
        if isinstance(self.value, bool):
            return None
        if isinstance(self.value, (int, float)):
            return _whole(self.value)
        written = plain_number(self.text, self.decimal)
        if written is not None and len(written) > _MOST_CHARACTERS:
            raise UnreadableText(_TOO_LARGE)
        return None if written is None else _whole(float(written) if "." in written else int(written))


_EXAMPLE = {".": "expected, for example, 1,200.50", ",": "expected, for example, 1.200,50"}


_MOST_CHARACTERS = 40
_TOO_LARGE = f"the number is too large; a number has at most {len(str(LARGEST))} digits"


def _whole(number: int | float) -> int | float:
    """A number without decimals that are zero. Raises ``UnreadableText`` for one that JSON cannot hold exactly."""
    if not abs(number) <= LARGEST:  # also if it is not a number
        raise UnreadableText(_TOO_LARGE)
    return int(number) if float(number).is_integer() else number


def _times(number: int | float | None, times: float) -> Any:
    if number is None:
        return None
    if not math.isfinite(product := number * times):
        raise UnreadableText(_TOO_LARGE)
    return _whole(round(product, 6))


def _code(actor: str) -> str:
    return actor.rpartition(":")[2].lower()


def _has_cells(value: Any) -> bool:
    if is_from_cells(value):
        return True
    if isinstance(value, dict):
        return any(map(_has_cells, value.values()))
    return isinstance(value, list) and any(map(_has_cells, value))
