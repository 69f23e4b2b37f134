"""A sheet as it was read, before anything is made of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.sheets.cells import Cell, Value

MAX_BYTES = 5 * 1024 * 1024
"""The size of a file; what is larger is refused before it is read."""

SAVE_AGAIN = "save the sheet as .xlsx or as CSV"

MAX_ROWS = 50_000
MAX_COLUMNS = 500
MAX_CELLS = 2_000_000
"""The cells between the first and the last, empty ones included."""


class UnreadableSheet(ValueError):
    """The file is not a sheet that can be read; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The cells of a sheet, from A1 on; rows have different lengths.

    ``faults`` says what is wrong with a cell that has no value of its own: an error such as ``#N/A``, or a formula that
    was never calculated. ``merged`` has the first and the last cell of each merged block.
    """

    name: str | None
    rows: Sequence[Sequence[Value]]
    faults: Mapping[Cell, str] = field(default_factory=dict)
    merged: Sequence[tuple[Cell, Cell]] = ()
    separator: str | None = None

    def value(self, cell: Cell) -> Value:
        """What a cell holds; the empty text if it is outside."""
        row = self.rows[cell.row - 1] if cell.row <= len(self.rows) else ()
        return row[cell.column - 1] if cell.column <= len(row) else ""


def check_extent(rows: int, columns: int) -> None:
    """Raises ``UnreadableSheet`` for more rows or columns than are read."""
    if rows > MAX_ROWS:
        raise UnreadableSheet(f"the sheet has {rows:,} rows; the maximum is {MAX_ROWS:,}: divide it into several")
    if columns > MAX_COLUMNS:
        raise UnreadableSheet(
            f"the sheet has {columns:,} columns; the maximum is {MAX_COLUMNS:,}: delete those that are not needed"
        )
    if rows * columns > MAX_CELLS:
        raise UnreadableSheet(
            f"the sheet reaches over {rows:,} rows and {columns:,} columns; the maximum is {MAX_CELLS:,} cells"
        )
