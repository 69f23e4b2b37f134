"""Strict JSON, as RFC 8259 and RFC 7493 (I-JSON) define it: whatever two readers could read differently is refused."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, NamedTuple

import orjson

from api.http.error_messages import echo, reportable
from api.http.problems import MALFORMED_BODY, MAX_FAULTS, TOO_LARGE, VALIDATION, ProblemType
from domain.json_pointers import pointer_to
from domain.texts import SUSPECT, hiding_character, is_blank

FACT_BYTES = 64 * 1024

FACTS_VALUES = 250_000
"""The maximum for the values in a list of facts: objects, lists, texts, numbers and so on, at any depth."""

QUESTION_BYTES = 1024 * 1024
"""The maximum for a what-if, a scenario and its changes, or a simulation: one object that is not a fact."""

QUESTION_VALUES = 100_000

MAX_DEPTH = 32
"""How deep objects and lists may be nested, the fact itself included."""

MAX_INTEGER = 2**53 - 1
"""Beyond it, readers that take numbers for IEEE 754 doubles mistake one for its neighbour (RFC 7493, section 2.2)."""

_Path = tuple[str | int, ...]


# It also matches a string without an end, so that a search never begins anew at each quotation mark inside.
_STRING_PATTERN = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_STRING = re.compile(_STRING_PATTERN, re.DOTALL)
_STRING_BYTES = re.compile(_STRING_PATTERN.encode(), re.DOTALL)


_MAYBE_FRACTION = re.compile(r"[:\[,]\s*-?\d+\.\d")

_NUMBER_OR_STRING = re.compile(rf"{_STRING_PATTERN}|-?\d+\.\d+(?:[eE][-+]?\d+)?", re.DOTALL)

MOST_DIGITS = 15
"""The digits of a number with a decimal point that survive in every reader (IEEE 754 doubles; RFC 7493, 2.2)."""


def overlong_fraction(text: str) -> int | None:
    """Return where JSON has a number with a decimal point and more digits than are kept exactly; ``None``: nowhere."""
    if _MAYBE_FRACTION.search(text) is None:
        return None
    for found in _NUMBER_OR_STRING.finditer(text):
        written = found[0]
        if not written.startswith('"') and sum(map(str.isdigit, written.lower().partition("e")[0])) > MOST_DIGITS:
            return found.start()
    return None


class Kind(NamedTuple):
    """The kind of an item, as the subject of a sentence, its maximum size, and that of a body in values."""

    name: str
    most_bytes: int
    most_values: int


FACT_ITEM = Kind("A fact", FACT_BYTES, FACTS_VALUES)

QUESTION_ITEM = Kind("The body", QUESTION_BYTES, QUESTION_VALUES)


def values_at_most(text: str) -> int:
    """Return an upper bound of the number of values in JSON: there is a comma or an opening bracket before each."""
    without_strings = _STRING.sub("", text)
    return 1 + sum(map(without_strings.count, ",[{"))


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
    return shown_pointer([step for step in path[: MAX_DEPTH + 1] if step is not None])


class Flaw(NamedTuple):
    """A reason to refuse an item whatever it means; ``path`` leads to its place from the item on."""

    kind: ProblemType
    path: _Path
    detail: str


def shown_pointer(path: Sequence[str | int]) -> str:
    """Return the pointer to a place, without names that are too long to repeat."""
    return pointer_to(reportable(path))


def canonical_json(item: Any) -> bytes:
    """Return an item as JSON with sorted keys; empty if an integer is too large, or nesting too deep, to be written."""
    try:
        return orjson.dumps(item, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError:
        return b""


_ESCAPE = re.compile(r"\\[bfru]")

_MAYBE_BLANK = re.compile(
    rb'"(?: |\\[nt]|\xc2\xa0|\xe1\x9a\x80|\xe2(?:\x80[\x80-\x8a\xaf]|\x81\x9f|\xa0\x80)|\xe3\x80\x80)'
)
"""A string that begins with white space, or with what looks like it, in UTF-8."""

_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))

_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))

_LEVELS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def is_sound(canonical: list[bytes], most_bytes: int = FACT_BYTES) -> bool:
    """Whether no item, as canonical JSON, needs a check value by value: quick, and never wrongly true.

    Numbers beyond ``MAX_INTEGER`` end in .0 or have e+.
    """
    if any(not written.startswith(b"{") or len(written) > most_bytes for written in canonical):
        return False
    whole = b",".join(canonical)
    return not (
        b".0" in whole
        or b"e+" in whole
        or (b"\\" in whole and _ESCAPE.search(whole.decode()))
        or SUSPECT.search(whole.translate(None, _PRINTABLE_ASCII).decode())
        or _MAYBE_BLANK.search(whole)
        or any(_depth(written) > MAX_DEPTH for written in canonical)
    )


def _depth(written: bytes) -> int:
    """Return how deep canonical JSON is nested; an upper bound if it has few brackets."""
    brackets = written.count(b"{") + written.count(b"[")
    if brackets <= MAX_DEPTH:
        return brackets
    return max(accumulate(map(_LEVELS.__getitem__, _STRING_BYTES.sub(b"", written).translate(None, _NO_BRACKETS))))


def flaws_in(item: Any, kind: Kind = FACT_ITEM) -> Iterator[Flaw]:
    """Yield the flaws of every value of an item, in the order of the values; the only one if it is too large."""
    if not isinstance(item, dict):
        yield Flaw(VALIDATION, (), f"{kind.name} must be an object, not {echo(item)}.")
    elif (size_bytes := _size_bytes(item)) > kind.most_bytes:
        what = kind.name.replace("A ", "The ")
        yield Flaw(TOO_LARGE, (), f"{what} has {size_bytes:,} bytes; the maximum is {kind.most_bytes:,}.")
    else:
        yield from _flaws_within(item, (), kind)


def _flaws_within(value: Any, path: _Path, kind: Kind) -> Iterator[Flaw]:
    """Yield the flaws of an object or a list and of everything inside; no deeper than ``MAX_DEPTH``."""
    if len(path) >= MAX_DEPTH:
        yield Flaw(MALFORMED_BODY, path, f"{kind.name} may be nested at most {MAX_DEPTH} deep.")
        return
    if isinstance(value, dict) and (hidden := next(filter(None, map(_hidden_in, value)), None)):
        yield Flaw(VALIDATION, path, f"The name of a field has {hidden}.")
        return
    for step, part in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(part, dict | list):
            yield from _flaws_within(part, (*path, step), kind)
        elif detail := _fault_of(part):
            yield Flaw(VALIDATION, (*path, step), detail)


def _fault_of(value: Any) -> str | None:
    """Return what is wrong with a text, a number, a truth value or null."""
    if isinstance(value, str):
        if is_blank(value):
            return "The text has only white space."
        hidden = _hidden_in(value)
        return f"The text has {hidden}." if hidden else None
    is_too_great = isinstance(value, int | float) and abs(value) > MAX_INTEGER
    return f"A number must be from -{MAX_INTEGER:,} to {MAX_INTEGER:,}." if is_too_great else None


def _size_bytes(item: Any) -> int:
    """Return the size of an item as JSON without white space; 0 if it cannot be written for another reason."""
    try:
        return len(orjson.dumps(item))
    except TypeError:
        return 0


def _hidden_in(text: str) -> str | None:
    """Describe the first character of a text that would hide, reorder or disguise it."""
    found = hiding_character(text)
    return f"the character U+{ord(found):04X}, which hides or reorders text" if found else None


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
            repeated[id(value)] = (value, _first_repeated(name for name, _ in pairs))
        return value

    def _read(json_text: str) -> Any:
        return json.loads(json_text, object_pairs_hook=_note_repeats, parse_int=float)

    try:
        if is_lines:
            items = [_read(line) for line in text.split("\n") if line.strip(" \t\r")]
        else:
            items = _read(text) if is_list else [_read(text)]
    except RecursionError:
        # It is inside a value that another of the same name replaced; all others are nested less deeply.
        return {0: [Flaw(MALFORMED_BODY, (), "An object has a field more than once, with values nested deeply.")]}
    if not repeated:
        return {}
    found = ((index, list(islice(_repeated_in(item, repeated), MAX_FAULTS))) for index, item in enumerate(items))
    return {index: flaws for index, flaws in found if flaws}


def _first_repeated(names: Iterable[str]) -> str:
    seen: set[str] = set()
    return next(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]


def _repeated_in(item: Any, repeated: Mapping[int, tuple[dict[str, Any], str]]) -> Iterator[Flaw]:
    rest: list[tuple[_Path, Any]] = [((), item)]
    while rest:
        path, value = rest.pop()
        if id(value) in repeated:
            name = repeated[id(value)][1]
            yield Flaw(MALFORMED_BODY, (*path, name), f"The object has the field {echo(name)} more than once.")
        parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        rest.extend(((*path, step), part) for step, part in reversed(list(parts)) if isinstance(part, dict | list))
