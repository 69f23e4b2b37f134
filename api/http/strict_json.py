"""Strict JSON, as RFC 8259 and RFC 7493 (I-JSON) define it: whatever two readers could read differently is refused."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, NamedTuple

import orjson

from api.http.error_messages import echo, reportable
from api.http.problems import MALFORMED_BODY, MAX_FAULTS, TOO_LARGE, VALIDATION, ProblemType
from domain.json_pointers import pointer_to

FACT_BYTES = 64 * 1024

QUESTION_BYTES = 1024 * 1024
"""The maximum for a what-if, a scenario and its changes, or a simulation: one object that is not a fact."""

MAX_DEPTH = 32
"""How deep objects and lists may be nested, the fact itself included."""

MAX_INTEGER = 2**53 - 1
"""Beyond it, readers that take numbers for IEEE 754 doubles mistake one for its neighbour (RFC 7493, section 2.2)."""

_Path = tuple[str | int, ...]


class Kind(NamedTuple):
    """The kind of an item, as the subject of a sentence, and its maximum size."""

    name: str
    most_bytes: int


FACT_ITEM = Kind("A fact", FACT_BYTES)

QUESTION_ITEM = Kind("The body", QUESTION_BYTES)


def syntax_error(error: orjson.JSONDecodeError, text: str) -> str:
    """Return the parser's error in words."""
    if constant := _CONSTANT.match(text, error.pos):
        return f"{constant[0]} is not a JSON number"
    if "surrogate" in error.msg:
        return "a lone surrogate is not a character"
    return {"depth limit exceeded": "it is nested too deeply"}.get(error.msg, error.msg)


_CONSTANT = re.compile(r"[-+]?(?:NaN|Infinity)")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[][{}:,]')  # a parser may have stopped inside a string

_PLACE_WITHIN = 1024 * 1024


def place_in_text(text: str, position: int) -> str:
    """Return the JSON pointer of the value in which a parser stopped; of the whole, if that is far into the body."""
    if position > _PLACE_WITHIN:
        return ""
    path: list[str | int | None] = []
    name = ""
    for token in _TOKEN.findall(text, 0, position):
        match token:
            case "{":
                path.append(None)
            case "[":
                path.append(0)
            case "}" | "]":
                path.pop()
            case ":":
                path[-1] = orjson.loads(name)
            case ",":
                path[-1] = None if not isinstance(path[-1], int) else path[-1] + 1
            case _:
                name = token
    return pointer_to([step for step in path[: MAX_DEPTH + 1] if step is not None])


class Flaw(NamedTuple):
    """A reason to refuse an item whatever it means; ``path`` leads to its place from the item on."""

    kind: ProblemType
    path: _Path
    detail: str


def shown_pointer(path: _Path) -> str:
    return pointer_to(reportable(path))


def canonical_json(item: Any) -> bytes:
    """Return an item as JSON with sorted keys; empty if an integer is too large, or nesting too deep, to be written."""
    try:
        return orjson.dumps(item, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError:
        return b""


# Characters that people and programs read in different orders, or not at all: control characters but tab and line
# feed (ISO 6429), embeddings, overrides and isolates of direction (Unicode UAX 9, "Trojan Source"), and
# noncharacters (I-JSON).
_HIDDEN = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef" + "".join(
    f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17)
)

_HIDDEN_CHARACTER = re.compile(f"[{_HIDDEN}]")

_ESCAPE = re.compile(r"\\[bfru]")

_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))


def is_sound(canonical: list[bytes], most_bytes: int = FACT_BYTES) -> bool:
    """Whether no item, as canonical JSON, needs a check value by value: quick, and never wrongly true.

    An item nests no deeper than it opens brackets, and numbers beyond ``MAX_INTEGER`` end in .0 or have e+.
    """
    for written in canonical:
        if not written.startswith(b"{") or len(written) > most_bytes:
            return False
        if written.count(b"{") + written.count(b"[") > MAX_DEPTH:
            return False
    whole = b",".join(canonical)
    return not (
        b".0" in whole
        or b"e+" in whole
        or (b"\\" in whole and _ESCAPE.search(whole.decode()))
        or _HIDDEN_CHARACTER.search(whole.translate(None, _PRINTABLE_ASCII).decode())
    )


def flaws_in(item: Any, kind: Kind = FACT_ITEM) -> Iterator[Flaw]:
    """Yield the flaws of every value of an item, without recursion."""
    if not isinstance(item, dict):
        yield Flaw(VALIDATION, (), f"{kind.name} must be an object, not {echo(item)}.")
        return
    rest: list[tuple[_Path, Any]] = [((), item)]
    while rest:
        path, value = rest.pop()
        if flaw := _flaw_of(value, path, kind):
            yield flaw
        else:
            rest.extend(((*path, step), part) for step, part in reversed(_parts(value)))
    if _size_bytes(item) > kind.most_bytes:
        what = kind.name.replace("A ", "The ")
        detail = f"{what} has {_size_bytes(item):,} bytes; the maximum is {kind.most_bytes:,}."
        yield Flaw(TOO_LARGE, (), detail)


def _parts(value: Any) -> list[tuple[str | int, Any]]:
    """Return the values directly inside a value, each with its name or index."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _flaw_of(value: Any, path: _Path, kind: Kind) -> Flaw | None:
    """Return the flaw of one value, apart from those inside it."""
    if isinstance(value, str):
        hidden = _hidden_in(value)
        return Flaw(VALIDATION, path, f"The text has {hidden}.") if hidden else None
    if isinstance(value, int | float):
        too_great = abs(value) > MAX_INTEGER
        detail = f"A number must be from -{MAX_INTEGER:,} to {MAX_INTEGER:,}."
        return Flaw(VALIDATION, path, detail) if too_great else None
    if len(path) >= MAX_DEPTH and isinstance(value, dict | list):
        return Flaw(MALFORMED_BODY, path, f"{kind.name} may be nested at most {MAX_DEPTH} deep.")
    hidden = next(filter(None, map(_hidden_in, value)), None) if isinstance(value, dict) else None
    return Flaw(VALIDATION, path, f"The name of a field has {hidden}.") if hidden else None


def _size_bytes(item: Any) -> int:
    """Return the size of an item as JSON without white space; 0 if it cannot be written for another reason."""
    try:
        return len(orjson.dumps(item))
    except TypeError:
        return 0


def _hidden_in(text: str) -> str | None:
    """Describe the first character of a text that would hide or reorder it."""
    found = _HIDDEN_CHARACTER.search(text)
    return f"the character U+{ord(found[0]):04X}, which hides or reorders text" if found else None


def repeats_names(text: str, canonical: Iterable[bytes]) -> bool:
    """Whether an object may have a name twice: a parser keeps the last, so quotation marks are missing afterwards.

    An escaped mark may be written in two ways; if the body has the longer one, the counts cannot be compared.
    """
    return text.count('"') != b"".join(canonical).count(b'"') or "\\u0022" in text


def repeated_names(text: str, is_list: bool, is_lines: bool) -> dict[int, list[Flaw]]:
    """Return the names that objects have more than once, by the index of the item."""
    repeated: dict[int, tuple[dict[str, Any], str]] = {}

    def _note_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            repeated[id(value)] = (value, next(name for at, name in enumerate(names) if name in names[:at]))
        return value

    def _read(json_text: str) -> Any:
        return json.loads(json_text, object_pairs_hook=_note_repeats, parse_int=float)

    if is_lines:
        items = [_read(line) for line in text.split("\n") if line.strip(" \t\r")]
    else:
        items = _read(text) if is_list else [_read(text)]
    if not repeated:
        return {}
    found = ((index, list(islice(_repeated_in(item, repeated), MAX_FAULTS))) for index, item in enumerate(items))
    return {index: flaws for index, flaws in found if flaws}


def _repeated_in(item: Any, repeated: Mapping[int, tuple[dict[str, Any], str]]) -> Iterator[Flaw]:
    rest: list[tuple[_Path, Any]] = [((), item)]
    while rest:
        path, value = rest.pop()
        if id(value) in repeated:
            name = repeated[id(value)][1]
            yield Flaw(MALFORMED_BODY, (*path, name), f"The object has the field {echo(name)} more than once.")
        rest.extend(((*path, step), part) for step, part in reversed(_parts(value)))
