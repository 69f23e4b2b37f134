"""The rows of a sheet below its headers, as a mapping selects them: titles, empty rows and totals left out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from api.sheets.cells import Cell, Value, column_name, same_text, text_of
from api.sheets.mapping import Condition, Mapping
from api.sheets.sheet import Sheet, UnreadableSheet

_MOST_NAMED = 30


@dataclass(slots=True)
class Row:
    """One row with its number, and the row before it in its series, if any."""

    number: int
    cells: Sequence[Value]
    before: "Row | None" = None

    def value(self, column: int) -> Value:
        """What it holds in a column."""
        return self.cells[column - 1] if column <= len(self.cells) else ""

    def changes(self, column: int) -> bool:
        """Whether it holds something in a column, and something else than the last row of its series that does."""
        held = text_of(self.value(column))
        before = self.before
        while before is not None and not text_of(before.value(column)):
            before = before.before
        return held != "" and (before is None or text_of(before.value(column)) != held)


@dataclass(slots=True)
class Table:
    """A sheet with the columns that its headers name.

    Raises ``UnreadableSheet`` if the headers cannot be used as the mapping does.
    """

    sheet: Sheet
    mapping: Mapping
    header_row: int = 0
    headers: dict[str, list[int]] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.header_row = self.mapping.header or self._first_row_with_anything()
        self._refuse_merged_headers()
        for number, value in enumerate(self._cells(self.header_row), 1):
            if title := text_of(value):
                self.titles[number] = title
                self.headers.setdefault(same_text(title), []).append(number)

    def column(self, name: str) -> int:
        """The number of the column with a header. Raises ``UnreadableSheet`` if none or several have it."""
        found = self.headers.get(same_text(name), [])
        if len(found) == 1:
            return found[0]
        if found:
            places = " and ".join(Cell(self.header_row, number).name for number in found)
            raise UnreadableSheet(
                f"the header {name} stands in {places}; give each of these columns a header of its own"
            )
        near = get_close_matches(same_text(name), self.headers, 1, 0.75)
        hint = f"; did you mean {self.titles[self.headers[near[0]][0]]}?" if near else ""
        titles = [*self.titles.values()]
        listed = ", ".join(titles[:_MOST_NAMED]) + (", …" if len(titles) > _MOST_NAMED else "")
        raise UnreadableSheet(
            f"row {self.header_row:,} has no header {name}{hint}; its headers are: {listed or 'none'}. If the headers "
            "are in another row, state its number as the header in the mapping"
        )

    def title(self, column: int) -> str:
        """The header of a column, or its letter if it has none."""
        return self.titles.get(column) or column_name(column)

    def rows(self) -> Iterator[Row]:
        """The rows that state something."""
        mapping = self.mapping
        repeated = [self.column(name) for name in mapping.repeat_above]
        series = [self.column(name) for name in mapping.series]
        with_faults = {cell.row for cell in self.sheet.faults}
        above: dict[int, Value] = {}
        latest: dict[tuple[str, ...], Row] = {}
        first = mapping.first_row or self.header_row + 1
        for number in range(max(first, self.header_row + 1), len(self.sheet.rows) + 1):
            cells = self._cells(number)
            if not any(map(text_of, cells)) and number not in with_faults:
                continue
            row = Row(number, self._filled(cells, repeated, above))
            if any(self.holds(condition, row) for condition in mapping.stop):
                return
            if any(self.holds(condition, row) for condition in mapping.skip):
                continue
            if series:
                name = tuple(same_text(text_of(row.value(column))) for column in series)
                row.before = latest.get(name)
                latest[name] = row
            yield row

    def holds(self, condition: Condition, row: Row) -> bool:
        """Whether a condition is true of a row."""
        if condition.row is not None and (condition.row == "first") != (row.before is None):
            return False
        if condition.changes is not None and not row.changes(self.column(condition.changes)):
            return False
        if condition.column is None:
            return True
        held = same_text(text_of(row.value(self.column(condition.column))))
        if condition.begins is not None and not held.startswith(same_text(condition.begins)):
            return False
        if condition.is_ is not None and held not in _texts(condition.is_):
            return False
        return condition.is_not is None or held not in _texts(condition.is_not)

    def _cells(self, row: int) -> Sequence[Value]:
        return self.sheet.rows[row - 1] if row <= len(self.sheet.rows) else ()

    def _filled(self, cells: Sequence[Value], repeated: Sequence[int], above: dict[int, Value]) -> Sequence[Value]:
        """The cells, with what stands above in columns where an empty cell repeats it."""
        if not repeated:
            return cells
        filled = [*cells, *[""] * (max(repeated) - len(cells))]
        for column in repeated:
            if text_of(filled[column - 1]):
                above[column] = filled[column - 1]
            else:
                filled[column - 1] = above.get(column, "")
        return filled

    def _first_row_with_anything(self) -> int:
        for number, row in enumerate(self.sheet.rows, 1):
            if any(map(text_of, row)):
                return number
        raise UnreadableSheet("the sheet is empty")

    def _refuse_merged_headers(self) -> None:
        for first, last in self.sheet.merged:
            if first.row <= self.header_row <= last.row and first.column != last.column:
                raise UnreadableSheet(
                    f"the headers {first.name} to {last.name} are merged, so their columns have none of their own: "
                    "unmerge them, or state the number of the row with the headers as the header in the mapping"
                )


def _texts(words: object) -> set[str]:
    several = words if isinstance(words, tuple) else (words,)
    return {same_text(text_of(word)) for word in several}
