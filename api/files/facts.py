"""Files of facts: JSON (one fact or a list), NDJSON (one a line) and YAML (one fact, or a list, a document).

Each fact keeps its place, so that an error in it can be traced to a line; and it becomes JSON text, which is then
checked by the same rules as the body of a request (``api/http/bodies.py``).
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from api.files.unreadable import NotJson, UnknownFormat, UnreadableFile, UnreadableText
from api.files.yaml_nodes import as_json, documents

FORMATS = {".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson", ".yaml": "yaml", ".yml": "yaml"}
"""The format of a file, by its suffix."""


class FactInFile(NamedTuple):
    """A fact as JSON in one line, and its place: the file, and the line in which it begins."""

    json: bytes
    file: str
    line: int

    @property
    def place(self) -> str:
        return f"{self.file}, line {self.line:,}"


def format_of(name: str, stated: str | None) -> str:
    """The stated format, or else the one of the name's suffix. Raises ``UnknownFormat``."""
    known = sorted(set(FORMATS.values()))
    if stated is not None and stated not in known:
        raise UnknownFormat(f"unknown --format {stated}; choose from: {', '.join(known)}")
    format_name = stated or FORMATS.get(Path(name).suffix.lower())
    if format_name is None:
        owner = "standard input" if name == "-" else name
        raise UnknownFormat(f"the format of {owner} is not known; use --format {', '.join(known[:-1])} or {known[-1]}")
    return format_name


def facts_in_file(content: bytes, file: str, format_name: str) -> list[FactInFile]:
    """The facts in a file's content. Raises ``UnreadableFile``."""
    text = text_in(content, file)
    read = {"json": _in_json, "ndjson": _in_lines, "yaml": _in_yaml}[format_name]
    try:
        return list(read(text, file))
    except RecursionError:
        raise UnreadableFile(f"{file} is nested too deeply") from None


def content_of(file: str) -> bytes:
    """The content of a file; ``-`` is standard input. Raises ``UnreadableFile``."""
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be read: {error.strerror}") from None


def text_in(content: bytes, file: str) -> str:
    """A file's content as text, without a byte order mark. Raises ``UnreadableFile`` if it is not UTF-8."""
    try:
        return content.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{file} is not valid UTF-8: byte {error.start + 1:,} cannot be read") from None


# --- JSON -------------------------------------------------------------------------------------------------------------

_SPACE = re.compile(r"[ \t\n\r]*")
_decode = json.JSONDecoder().raw_decode


def _in_lines(text: str, file: str) -> Iterator[FactInFile]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip(" \t\r"):
            yield FactInFile(line.encode(), file, number)


def _in_json(text: str, file: str) -> Iterator[FactInFile]:
    """Cut the text of each fact out of a list unchanged, so that nothing in it is lost before it is checked."""
    try:
        yield from _cut(text, file)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise UnreadableFile(f"{file} is not JSON: {error.msg[0].lower()}{error.msg[1:]} at {where}") from None


def _cut(text: str, file: str) -> Iterator[FactInFile]:
    at = _after_space(text, 0)
    is_list = text.startswith("[", at)
    at = _after_space(text, at + 1) if is_list else at
    line, counted = 1, 0
    while not (is_list and text.startswith("]", at)):
        _, end = _decode(text, at)
        line += text.count("\n", counted, at)
        counted = at
        yield FactInFile(_in_one_line(text[at:end]), file, line)
        at = _after_space(text, end)
        if not is_list:
            break
        if text.startswith(",", at):
            at = _after_space(text, at + 1)
            if text.startswith("]", at):
                raise json.JSONDecodeError("expecting a value", text, at)
        elif not text.startswith("]", at):
            raise json.JSONDecodeError("expecting , or ]", text, at)
    end = _after_space(text, at + 1 if is_list else at)
    if end < len(text):
        raise json.JSONDecodeError("text after the end", text, end)


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None
    return match.end()


def _in_one_line(text: str) -> bytes:
    """A JSON text without line breaks, which JSON allows between tokens only."""
    return text.replace("\n", " ").replace("\r", " ").encode()


# --- YAML -------------------------------------------------------------------------------------------------------------


def _in_yaml(text: str, file: str) -> Iterator[FactInFile]:
    try:
        for document in documents(text):
            for node in document.items if document.is_list else [document]:
                yield FactInFile(as_json(node.value()), file, node.line)
    except NotJson as error:
        raise UnreadableFile(f"{file}, line {error.line:,}: {error}") from None
    except UnreadableText as error:
        raise UnreadableFile(f"{file} is not YAML: {error}") from None
