"""Files that are not sheets, or too much of one: each is refused in words that name the reason."""

import io
import struct
import zipfile
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import xlsxwriter

from api.sheets.mapping import UnreadableMapping, mapping_in
from api.sheets.sheet import MAX_BYTES, UnreadableSheet
from api.sheets.sheet_files import sheet_in


def workbook(fill: Callable[[Any], None], **options: Any) -> bytes:
    """A workbook with one sheet, as ``fill`` writes it."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        fill(book.add_worksheet("Pledges"))
    return content.getvalue()


def with_part(content: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook in which one part is another."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as book, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in book.namelist():
            copy.writestr(part, change(book.read(part)) if part == name else book.read(part))
    return changed.getvalue()


def one_cell(sheet: Any) -> None:
    sheet.write(0, 0, "Country")


SHEET = "xl/worksheets/sheet1.xml"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def bomb() -> bytes:
    """A workbook of some 100 kB whose sheet unpacks to 100 MB."""
    return with_part(
        workbook(one_cell), SHEET, lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + b" " * 10**8)
    )


def bomb_in_disguise() -> bytes:
    """The same, but its directory states a size of 1,000 bytes."""
    content = bytearray(bomb())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        start = content.find(signature)
        while start >= 0:
            if struct.unpack_from("<I", content, start + at)[0] > 10**7:
                struct.pack_into("<I", content, start + at, 1_000)
            start = content.find(signature, start + 1)
    return bytes(content)


def changed(before: bytes, after: bytes) -> bytes:
    """A workbook with one cell, in whose sheet something is written otherwise."""
    return with_part(workbook(one_cell), SHEET, lambda sheet: sheet.replace(before, after))


def far_cell() -> bytes:
    """A workbook with two cells, in opposite corners of the largest sheet."""
    end, far = b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return with_part(workbook(one_cell), SHEET, lambda sheet: sheet.replace(end, far + end))


def with_entities() -> bytes:
    """A workbook whose sheet defines an entity that grows with each use."""
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    return with_part(workbook(one_cell), SHEET, lambda sheet: sheet.replace(b"<worksheet", entities + b"<worksheet", 1))


def archive_of(**parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), part)
    return content.getvalue()


FILES = {
    "empty": (b"", "the file is empty"),
    "only blanks": (b" \r\n\r\n", "the file is empty"),
    "too large": (b"x" * (MAX_BYTES + 1), "the maximum is 5,242,880"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "the file is a PDF, not a sheet, whatever its name says"),
    "web page": (b"<html><table><tr><td>Country</td></tr></table></html>", "the file is a web page"),
    "xls": (OLD_WORKBOOK, "an old workbook (.xls); save the sheet as .xlsx or as CSV"),
    "password": (OLD_WORKBOOK + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "ods": (archive_of(mimetype=b"application/vnd.oasis.opendocument.spreadsheet", content_xml=b"<x/>"), "(.ods)"),
    "xlsb": (archive_of(xl__workbook_bin=b""), "(.xlsb)"),
    "another archive": (archive_of(word__document_xml=b"<x/>"), "the file is not a workbook"),
    "unknown encoding": (changed(b"UTF-8", b"UTF-Y"), "damaged"),
    "a cell in another row": (changed(b'r="A1"', b'r="A9000000"'), "the cell A9000000 is in row 1"),
    "a cell of no name": (changed(b'r="A1"', b'r="A0"'), "it has a cell A0"),
    "rows in disorder": (changed(b"</sheetData>", b'<row r="1"></row></sheetData>'), "row 1 comes after row 1"),
    "half an archive": (workbook(one_cell)[:900], "damaged"),
    "not text": (bytes(range(256)) * 3, "not text"),
    "open quotation mark": (b'Country,Officers\nKEN,"1000\nJAM,200\n', "row 2 is not CSV: a quotation mark opens"),
    "10,000 columns": (b",".join(b"c%d" % n for n in range(10_000)), "has 10,000 columns; the maximum is 500"),
    "10,000 columns in a workbook": (workbook(lambda sheet: sheet.write(0, 9_999, "x")), "the maximum is 500"),
    "too many rows": (b"a,b\n" * 50_001, "the sheet has 50,001 rows; the maximum is 50,000"),
    "bomb": (bomb(), "too large: unpacked, its cells take more than 64 MB"),
    "bomb in disguise": (bomb_in_disguise(), "damaged"),
    "far cell": (far_cell(), "rows; the maximum is 50,000"),
    "a corner far away": (workbook(lambda sheet: sheet.write(49_999, 499, "x")), "over 50,000 rows and 500 columns"),
    "entities": (with_entities(), "defines entities"),
    "UTF-8 broken": ("Country;Note\nKEN;é".encode() + b"\x81\n", "byte 20 cannot be read as CP1252"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_sheet_is_refused_in_words(name: str) -> None:
    content, reason = FILES[name]
    with pytest.raises(UnreadableSheet) as refused:
        sheet_in(content)
    assert reason in str(refused.value)


def test_a_workbook_is_unpacked_only_as_far_as_its_directory_says() -> None:
    """What the directory leaves out is never unpacked, so that a small size cannot hide a large one."""
    assert len(bomb_in_disguise()) < 300_000
    with pytest.raises(UnreadableSheet):
        sheet_in(bomb_in_disguise())


RULE = """mapping: a
key: [Country]
facts:
  - {name: pledge, type: PledgeMade, fields: {quantity: {column: Officers, unit: personnel}}}
"""

MAPPINGS = {
    "contains itself": ("a: &a [*a]", "an alias contains itself"),
    "contains itself, through a name": ("mapping: &m {facts: *m}", "an alias contains itself"),
    "grows": ("a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
        f"{this}: &{this} [{', '.join([f'*{before}'] * 9)}]\n" for before, this in pairwise("abcdefghi")
    ), "more than 20,000 values"),
    "deep": ("[" * 5_000 + "]" * 5_000, "not"),
    "large": ("#" * 300_000, "262,144 bytes"),
    "a list": ("- a", "is not a mapping"),
    "unknown type": (RULE.replace("PledgeMade", "PledgeMad"), "facts.0.type: unknown type of fact PledgeMad; did"),
    "unknown field": (RULE.replace("quantity", "quantitty"), "has no field quantitty; did you mean quantity?"),
    "a field of the import": (RULE.replace("quantity", "event_id"), "a PledgeMade has no field event_id"),
    "twice": ("mapping: a\nmapping: b", "occurs more than once at line 2"),
}  # fmt: skip


@pytest.mark.parametrize("name", MAPPINGS)
def test_a_mapping_that_cannot_be_used_is_refused(name: str) -> None:
    text, reason = MAPPINGS[name]
    with pytest.raises(UnreadableMapping) as refused:
        mapping_in(text, "pledges.yaml")
    assert reason in str(refused.value)
    assert str(refused.value).startswith("pledges.yaml")
