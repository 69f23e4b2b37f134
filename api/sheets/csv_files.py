"""CSV as spreadsheets write it: one of three separators, in UTF-8, UTF-16 or cp1252, with a byte order mark or not."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice

from api.sheets.sheet import SAVE_AGAIN, Sheet, UnreadableSheet, check_extent

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}
"""What can stand between cells, by its name in a mapping."""

ENCODINGS = ("utf-8", "utf-16", "cp1252")

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT = 50
"""The rows by which the separator is recognised."""


def csv_sheet(content: bytes, separator: str | None = None, encoding: str | None = None) -> Sheet:
    """The sheet in a CSV file; what is not stated of its form is recognised. Raises ``UnreadableSheet``."""
    text = _text(content, encoding)
    if text[:4].lower() == "sep=" and text[4:5] in SEPARATORS.values():  # Excel writes and reads such a line
        first, _, text = text.partition("\n")
        separator, text = (
            separator or first[4],
            "\n" + text,
        )  # the line stays a row, so that the others keep their numbers
    if separator is None:
        separator = _separator_of(text)
    rows: list[list[str]] = []
    for row in _rows(text, separator):
        while row and not row[-1].strip():
            row.pop()
        check_extent(len(rows) + 1, len(row))
        rows.append(row)
    return Sheet(None, rows, separator=separator)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    """Each row; one with an open quotation mark is refused, since it would hide those below it."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    row = 0
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise UnreadableSheet(f"row {row + 1:,} is not CSV: {_reason(error)}") from None
        if cells is None:
            return
        row += 1
        yield cells


def _reason(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "a quotation mark opens a cell that never ends"
    if "field larger" in text:
        return "a cell has more than 131,072 characters, or its closing quotation mark is missing"
    if "expected after" in text:
        return "text follows the closing quotation mark of a cell; double a quotation mark inside a cell"
    return text


def _separator_of(text: str) -> str:
    """The separator that divides the most rows alike; a comma if nothing is divided."""
    best, most = ",", (0, 0)
    for separator in SEPARATORS.values():
        try:
            widths = [len(row) for row in islice(_rows(text, separator), _LOOKED_AT) if any(map(str.strip, row))]
        except UnreadableSheet:
            continue
        if not widths:
            continue
        width, times = max(Counter(widths).items(), key=lambda item: (item[0] > 1, item[1], item[0]))
        if width > 1 and (times, width) > most:
            best, most = separator, (times, width)
    return best


# --- encodings --------------------------------------------------------------------------------------------------------


def _text(content: bytes, encoding: str | None) -> str:
    for mark, name in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], name)
    if encoding is not None:
        return _decoded(content, "utf-16-le" if encoding == "utf-16" else encoding)
    if unmarked := _utf_16(content):
        return _decoded(content, unmarked)
    if b"\x00" in content:
        raise UnreadableSheet(f"the file is neither CSV nor XLSX: it is not text; {SAVE_AGAIN}")
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _decoded(content, "cp1252")


def _utf_16(content: bytes) -> str | None:
    """UTF-16 without its mark: in what people write, every other byte of the beginning is zero."""
    start = content[:200]
    for name, zeros in (("utf-16-le", start[1::2]), ("utf-16-be", start[::2])):
        if len(start) >= 4 and zeros.count(0) > 0.6 * len(zeros):
            return name
    return None


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableSheet(
            f"byte {error.start + 1:,} cannot be read as {encoding.upper()}: save the sheet as CSV UTF-8 or as .xlsx"
        ) from None
