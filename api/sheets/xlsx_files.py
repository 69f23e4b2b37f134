"""XLSX: examined before it is unpacked, then read by calamine.

calamine holds a sheet as a dense table from the first cell to the last, and says neither which cells have an error nor
which formulas were never calculated. So the sheet is looked through first, and its cells are written anew: how far they
reach is known before a table is made of them, and calamine reads exactly what was understood here.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from python_calamine import CalamineError, load_workbook

from api.sheets.cells import Cell, cell_named, column_number
from api.sheets.sheet import MAX_ROWS, SAVE_AGAIN, Sheet, UnreadableSheet, check_extent

UNPACKED_BYTES = 64 * 1024 * 1024
"""The size of the parts that are read, unpacked."""

MAX_PARTS = 5_000
_CHUNK = 256 * 1024
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, NotImplementedError, RuntimeError, ValueError)
_WORKBOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_READ = ("[content_types].xml", "_rels/.rels", _WORKBOOK, _LINKS, "xl/styles.xml", "xl/sharedstrings.xml")
_OTHER_FORMATS = {
    "xl/workbook.bin": f"the file is a binary workbook (.xlsb); {SAVE_AGAIN}",
    "content.xml": f"the file is an OpenDocument spreadsheet (.ods); {SAVE_AGAIN}",
}


def xlsx_sheet(content: bytes, name: str | None) -> Sheet:
    """The sheet of that name, or the only one that is not hidden. Raises ``UnreadableSheet``."""
    try:
        archive = _Archive(content)
        sheets = _sheets_in(archive)
        chosen = _chosen(sheets, name)
        return _table(archive, chosen, _looked_through(archive, chosen))
    except _DAMAGED as error:
        if isinstance(error, UnreadableSheet):
            raise
        raise UnreadableSheet(f"the workbook is damaged or not XLSX: {error}") from None


# --- the archive ------------------------------------------------------------------------------------------------------


class _Archive:
    """The parts of a workbook by their names in lower case, unpacked within the limit."""

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(content))
        infos = self._zip.infolist()
        if len(infos) > MAX_PARTS:
            raise UnreadableSheet(f"the workbook has {len(infos):,} parts; the maximum is {MAX_PARTS:,}")
        self._infos = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        if len(self._infos) != len(infos):
            raise UnreadableSheet("the workbook is damaged: two of its parts have the same name")
        self._contents: dict[str, bytes] = {}
        self._left = UNPACKED_BYTES

    def has(self, name: str) -> bool:
        return name in self._infos

    def original_name(self, name: str) -> str:
        return self._infos[name].filename

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a part while it is unpacked. Raises ``UnreadableSheet`` beyond the limit."""
        info = self._infos.get(name)
        if info is None:
            raise UnreadableSheet(f"the workbook is damaged: it has no {name}")
        if info.flag_bits & 1:
            raise UnreadableSheet(PROTECTED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableSheet(
                f"the workbook is damaged: {name} is compressed in a way that no spreadsheet program uses"
            )
        if info.file_size > self._left:
            raise UnreadableSheet(
                f"the workbook is too large: unpacked, its cells take more than {UNPACKED_BYTES // 2**20} MB; "
                "divide it into several files"
            )
        self._left -= info.file_size
        with self._zip.open(info) as part:  # reads no more than the size that was just checked
            while chunk := part.read(_CHUNK):
                yield chunk

    def content(self, name: str) -> bytes:
        """The whole content of a part. Raises ``UnreadableSheet`` beyond the limit."""
        if name not in self._contents:
            self._contents[name] = b"".join(self.chunks(name))
        return self._contents[name]


_NAME_ONE = "name one as the sheet in the mapping"
PROTECTED = "the workbook is protected with a password; remove it in the spreadsheet program, and save the file again"


def _parse(name: str, chunks: Iterable[bytes], start: Callable[[str, dict[str, str]], None], **handlers: Any) -> None:
    """Call a function for each element of a part, with its local name."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(" ")[2], attributes)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for handler, function in handlers.items():
        setattr(parser, handler, function)
    try:
        for chunk in chunks:
            parser.Parse(chunk)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise UnreadableSheet(f"the workbook is damaged: {name}, {error}") from None


def _refuse_doctype(*_: Any) -> None:
    raise UnreadableSheet("the workbook is damaged: it defines entities, which no spreadsheet program writes")


# --- its sheets -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _SheetPart:
    name: str
    link: str
    is_hidden: bool
    path: str = ""


def _sheets_in(archive: _Archive) -> list[_SheetPart]:
    for name, why in _OTHER_FORMATS.items():
        if archive.has(name):
            raise UnreadableSheet(why)
    if not archive.has(_WORKBOOK):
        raise UnreadableSheet(f"the file is not a workbook; {SAVE_AGAIN}")
    sheets: list[_SheetPart] = []
    paths: dict[str, str] = {}

    def in_workbook(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            link = next((value for name, value in attributes.items() if name.endswith(" id")), "")
            sheets.append(_SheetPart(attributes.get("name", ""), link, attributes.get("state", "visible") != "visible"))

    def in_links(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and attributes.get("Type", "").endswith("/worksheet"):
            target = attributes.get("Target", "").replace("\\", "/")
            path = target[1:] if target.startswith("/") else f"xl/{target.removeprefix('./')}"
            paths[attributes.get("Id", "")] = path.lower()

    _parse(_WORKBOOK, [archive.content(_WORKBOOK)], in_workbook)
    _parse(_LINKS, [archive.content(_LINKS)], in_links)
    for sheet in sheets:
        sheet.path = paths.get(sheet.link, "")
    return [sheet for sheet in sheets if sheet.path]


def _chosen(sheets: list[_SheetPart], name: str | None) -> _SheetPart:
    """The sheet of that name, hidden or not; without a name, the only one that is not hidden."""
    visible = [sheet for sheet in sheets if not sheet.is_hidden]
    hidden = [sheet.name for sheet in sheets if sheet.is_hidden]
    also_hidden = f"; hidden: {', '.join(hidden)}" if hidden else ""
    if name is not None:
        found = [sheet for sheet in sheets if sheet.name.casefold() == name.casefold()]
        if not found:
            names = ", ".join(sheet.name for sheet in visible) or "none"
            raise UnreadableSheet(f"the workbook has no sheet {name}; its sheets are: {names}{also_hidden}")
        return found[0]
    if len(visible) == 1:
        return visible[0]
    if not visible:
        raise UnreadableSheet(f"the workbook has no visible sheet{also_hidden}; {_NAME_ONE}")
    names = ", ".join(sheet.name for sheet in visible)
    raise UnreadableSheet(
        f"the workbook has several sheets: {names}{also_hidden}; name one as the sheet in the mapping"
    )


# --- the cells --------------------------------------------------------------------------------------------------------

_TYPES = ("b", "d", "e", "inlineStr", "n", "s", "str")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")


@dataclass(slots=True)
class _Cells:
    """The cells of a sheet, written anew while they are looked through: calamine reads what was understood here.

    ``faults`` are the cells without a value of their own.
    """

    faults: dict[Cell, str] = field(default_factory=dict)
    written: bytearray = field(default_factory=bytearray)
    merged: list[str] = field(default_factory=list)
    row: int = 0
    column: int = 0
    last_column: int = 0
    style: str = "0"
    kind: str = ""
    has_formula: bool = False
    is_open: bool = False
    is_text: bool = False
    text: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._open(attributes)
        elif tag == "row":
            self._begin_row(attributes.get("r"))
        elif not self.is_open:
            if tag == "mergeCell" and len(self.merged) < MAX_ROWS:
                self.merged.append(attributes.get("ref", ""))
        elif tag == "f":
            self.has_formula = True
        elif tag in ("v", "t"):
            self.is_text = True
        elif tag == "rPh":
            self.is_open = False  # how a text is pronounced is no part of it

    def characters(self, text: str) -> None:
        if self.is_text:
            self.text.append(text)

    def end(self, tag: str) -> None:
        local = tag.rpartition(" ")[2]
        if local in ("v", "t"):
            self.is_text = False
        elif local == "rPh":
            self.is_open = True
        elif local == "c":
            self._close()

    def _begin_row(self, stated: str | None) -> None:
        number = self.row + 1 if stated is None else int(stated)
        if number <= self.row:
            raise UnreadableSheet(f"the workbook is damaged: row {number:,} comes after row {self.row:,}")
        self.row, self.column = number, 0

    def _open(self, attributes: dict[str, str]) -> None:
        row, self.column = self.row, self.column + 1
        if (name := attributes.get("r")) is not None:
            if (match := _REFERENCE.fullmatch(name)) is None:
                raise UnreadableSheet(f"the workbook is damaged: it has a cell {name[:20]}")
            self.column, row = column_number(match[1]), int(match[2])
        if row != self.row:
            raise UnreadableSheet(f"the workbook is damaged: the cell {name} is in row {self.row:,}")
        kind, style = attributes.get("t", "n"), attributes.get("s", "0")
        self.kind, self.style = kind if kind in _TYPES else "str", style if style.isdecimal() else "0"
        self.is_open, self.is_text, self.has_formula, self.text = True, False, False, []

    def _close(self) -> None:
        """Write the cell, if it has a value; a cell that is only formatted does not count."""
        cell, text, self.is_open = Cell(self.row, self.column), "".join(self.text), False
        if not text and not self.has_formula and self.kind != "e":
            return
        self.last_column = max(self.last_column, cell.column)
        check_extent(cell.row, self.last_column)
        if self.kind == "e":
            self.faults[cell] = f"the cell has the error {text[:30] or '#ERROR'}"
        elif self.has_formula and not text and self.kind != "str":
            self.faults[cell] = _NEVER_CALCULATED
        elif text:
            value = f"<is><t>{escape(text)}</t></is>" if self.kind == "inlineStr" else f"<v>{escape(text)}</v>"
            element = f'<row r="{cell.row}"><c r="{cell.name}" s="{self.style}" t="{self.kind}">{value}</c></row>'
            self.written += element.encode()

    def document(self) -> bytes:
        """The sheet as calamine reads it."""
        return b'<worksheet xmlns="%b"><sheetData>%b</sheetData></worksheet>' % (_MAIN, bytes(self.written))


_MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NEVER_CALCULATED = "the formula was never calculated; open the file in a spreadsheet program, and save it again"


def _looked_through(archive: _Archive, sheet: _SheetPart) -> _Cells:
    cells = _Cells()
    chunks = archive.chunks(sheet.path)
    _parse(sheet.path, chunks, cells.start, EndElementHandler=cells.end, CharacterDataHandler=cells.characters)
    return cells


def _table(archive: _Archive, sheet: _SheetPart, cells: _Cells) -> Sheet:
    """The cells as calamine reads them, with the parts of the workbook that say what they mean."""
    parts = io.BytesIO()
    with zipfile.ZipFile(parts, "w", zipfile.ZIP_STORED) as copy:
        for name in filter(archive.has, _READ):
            copy.writestr(archive.original_name(name), archive.content(name))
        copy.writestr(archive.original_name(sheet.path), cells.document())
    parts.seek(0)
    try:
        with load_workbook(parts) as workbook:
            rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableSheet(f"the workbook is damaged or not XLSX: {error}") from None
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    return Sheet(sheet.name, rows, cells.faults, [*_blocks(cells.merged)])


def _blocks(references: Sequence[str]) -> Iterator[tuple[Cell, Cell]]:
    """The first and the last cell of each merged block."""
    for reference in references:
        first, _, last = reference.partition(":")
        try:
            yield cell_named(first), cell_named(last or first)
        except ValueError:
            continue
