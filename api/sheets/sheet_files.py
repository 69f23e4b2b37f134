"""Files of sheets: CSV or XLSX by what they contain, whatever they are called."""

from api.sheets.csv_files import csv_sheet
from api.sheets.sheet import MAX_BYTES, SAVE_AGAIN, Sheet, UnreadableSheet
from api.sheets.xlsx_files import PROTECTED, xlsx_sheet

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_OTHERS = (
    (b"%PDF", "a PDF"), (b"<!DOCTYPE", "a web page"), (b"<html", "a web page"), (b"<HTML", "a web page"),
    (b"<?xml", "XML"), (b"{\\rtf", "a text document"), (b"\x1f\x8b", "a compressed file"), (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"), (b"Rar!", "an archive"), (b"7z\xbc\xaf", "an archive"),
)  # fmt: skip


def sheet_in(
    content: bytes, name: str | None = None, *, separator: str | None = None, encoding: str | None = None
) -> Sheet:
    """The sheet in a file: of a workbook, the one of that name or the only one that is not hidden.

    ``separator`` and ``encoding`` apply to CSV. Raises ``UnreadableSheet``.
    """
    if len(content) > MAX_BYTES:
        raise UnreadableSheet(
            f"the file has {len(content):,} bytes; the maximum is {MAX_BYTES:,}: divide it into several files"
        )
    start = content[:100].lstrip()
    if not content.strip():
        raise UnreadableSheet("the file is empty")
    if content.startswith(b"PK"):
        return xlsx_sheet(content, name)
    if content.startswith(_OLD_OFFICE):
        is_protected = _ENCRYPTED in content
        raise UnreadableSheet(PROTECTED if is_protected else f"the file is an old workbook (.xls); {SAVE_AGAIN}")
    for beginning, what in _OTHERS:
        if start.startswith(beginning):
            raise UnreadableSheet(f"the file is {what}, not a sheet, whatever its name says; {SAVE_AGAIN}")
    return csv_sheet(content, separator, encoding)
