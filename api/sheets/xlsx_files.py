"""XLSX: examined before it is unpacked, then read by calamine.

calamine holds a sheet as a dense table from the first cell to the last, and says neither which cells have an error nor
which formulas were never calculated. So the sheet is looked through first, without holding its cells: how far it
reaches is known before a table is made of it. calamine then gets the parts that were looked at, and no others.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from python_calamine import CalamineError, load_workbook

from api.sheets.cells import Cell, column_number
from api.sheets.sheet import SAVE_AGAIN, Sheet, UnreadableSheet, check_extent

UNPACKED_BYTES = 64 * 1024 * 1024
"""The size of the parts that are read, unpacked."""

MAX_PARTS = 5_000
_CHUNK = 256 * 1024
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
        scan = _scanned(archive, chosen)
        return _table(archive, chosen, scan)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        if isinstance(error, UnreadableSheet):
            raise
        raise UnreadableSheet(f"the workbook is damaged or not XLSX: {error}") from None


# --- the archive ------------------------------------------------------------------------------------------------------


class _Archive:
    """The parts of a workbook by their names in lower case, each unpacked at most once and within the limit."""

    def __init__(self, content: bytes) -> None:
        self._zip = zipfile.ZipFile(io.BytesIO(content))
        infos = self._zip.infolist()
        if len(infos) > MAX_PARTS:
            raise UnreadableSheet(f"the workbook has {len(infos):,} parts; the maximum is {MAX_PARTS:,}")
        self._infos = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        if len(self._infos) != len(infos):
            raise UnreadableSheet("the workbook is damaged: two of its parts have the same name")
        self.unpacked: dict[str, bytes] = {}
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
        if info.file_size > self._left:
            raise UnreadableSheet(
                f"the workbook is too large: unpacked, its cells take more than {UNPACKED_BYTES // 2**20} MB; "
                "divide it into several files"
            )
        self._left -= info.file_size
        content = bytearray()
        with self._zip.open(info) as part:  # reads no more than the size that was just checked
            while chunk := part.read(_CHUNK):
                content += chunk
                yield chunk
        self.unpacked[name] = bytes(content)


_NAME_ONE = "name one as the sheet in the mapping"
PROTECTED = "the workbook is protected with a password; remove it in the spreadsheet program, and save the file again"


def _parsed(archive: _Archive, name: str, start: Callable[[str, dict[str, str]], None], **handlers: Any) -> None:
    """Call a function for each element of a part, with its local name."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(" ")[2], attributes)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for handler, function in handlers.items():
        setattr(parser, handler, function)
    try:
        for chunk in archive.chunks(name):
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

    _parsed(archive, _WORKBOOK, in_workbook)
    _parsed(archive, _LINKS, in_links)
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


@dataclass(slots=True)
class _Scan:
    """What is found while a sheet is looked through: its extent, and the cells without a value of their own."""

    last_row: int = 0
    last_column: int = 0
    faults: dict[Cell, str] = field(default_factory=dict)
    row: int = 0
    column: int = 0
    kind: str = ""
    has_formula: bool = False
    value: list[str] | None = None
    text: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            name = attributes.get("r")
            self.column = column_number(name.rstrip("0123456789")) if name else self.column + 1
            self.kind, self.has_formula, self.text = attributes.get("t", ""), False, []
            self.last_column = max(self.last_column, self.column)
            check_extent(self.row, self.column)
        elif tag == "v":
            self.value = self.text
        elif tag == "f":
            self.has_formula = True
        elif tag == "row":
            self.row = int(attributes.get("r", self.row + 1))
            self.column = 0

    def characters(self, text: str) -> None:
        if self.value is not None:
            self.value.append(text)

    def end(self, tag: str) -> None:
        local = tag.rpartition(" ")[2]
        if local == "v":
            self.value = None
        elif local == "c":
            self.last_row = max(self.last_row, self.row)
            text = "".join(self.text)
            if self.kind == "e":
                self.faults[Cell(self.row, self.column)] = f"the cell has the error {text or '#ERROR'}"
            elif self.has_formula and not text and self.kind != "str":
                self.faults[Cell(self.row, self.column)] = (
                    "the formula was never calculated; open the file in a spreadsheet program, and save it again"
                )


def _scanned(archive: _Archive, sheet: _SheetPart) -> _Scan:
    scan = _Scan()
    _parsed(archive, sheet.path, scan.start, EndElementHandler=scan.end, CharacterDataHandler=scan.characters)
    return scan


def _table(archive: _Archive, sheet: _SheetPart, scan: _Scan) -> Sheet:
    """The cells as calamine reads them from the parts that were unpacked here."""
    for name in _READ:
        if name not in archive.unpacked and archive.has(name):
            for _ in archive.chunks(name):
                pass
    parts = io.BytesIO()
    with zipfile.ZipFile(parts, "w", zipfile.ZIP_STORED) as copy:
        for name, content in archive.unpacked.items():
            copy.writestr(archive.original_name(name), content)
    parts.seek(0)
    try:
        with load_workbook(parts) as workbook:
            cells = workbook.get_sheet_by_name(sheet.name)
            rows = cells.to_python(skip_empty_area=False)
            merged = [(_cell(first), _cell(last)) for first, last in cells.merged_cell_ranges or ()]
    except CalamineError as error:
        raise UnreadableSheet(f"the workbook is damaged or not XLSX: {error}") from None
    for row in rows:
        while row and row[-1] == "":
            row.pop()
    return Sheet(sheet.name, rows, scan.faults, merged)


def _cell(position: tuple[int, int]) -> Cell:
    return Cell(position[0] + 1, position[1] + 1)
