"""Bodies: from the bytes of a request to facts, or to everything that is wrong with them.

JSON as RFC 8259 and RFC 7493 (I-JSON) have it, and nothing looser: UTF-8, no name twice in an object, no NaN, no lone
surrogate, no character that hides or reorders text, no number that another program would read as a different one. A
byte order mark at the start is passed over (RFC 8259, section 8.1). Texts are brought into their normal form here and
nowhere else: what is stored stays as it is. A fact's size is that of its JSON in UTF-8 without white space
around tokens.
"""

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple, TypeVar
from unicodedata import is_normalized

import orjson
from pydantic import TypeAdapter, ValidationError

from api.http.error_messages import echoed, pointer, reportable
from api.http.problems import (
    FAULTS_AT_MOST,
    MALFORMED_BODY,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
    ProblemType,
)
from api.http.validation_errors import faults_of
from domain.events import FACT
from domain.vocabulary import normal_form

BODY_BYTES = 8 * 1024 * 1024
FACT_BYTES = 64 * 1024
QUESTION_BYTES = 1024 * 1024
"""Of a what-if, of a saved scenario and its changes, of a simulation: whatever is one object and no fact."""
FACTS_AT_MOST = 1_000
DEPTH_AT_MOST = 32
"""Objects and lists inside each other, the fact itself included."""
FINDINGS_AT_MOST = 10_000
"""So many of pydantic's findings are gone through before the rest of a list is left unread."""
INTEGER_AT_MOST = 2**53 - 1
"""Beyond it, readers that take numbers for IEEE 754 doubles mistake one for its neighbour (RFC 7493, section 2.2)."""

JSON = "application/json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
ACCEPT_POST = ", ".join((JSON, *LINES))

_Path = tuple[str | int, ...]
Read = TypeVar("Read")


class Kind(NamedTuple):
    """What an item is, as the subject of a sentence, and how large it may be."""

    name: str
    most_bytes: int


FACT_SENT = Kind("A fact", FACT_BYTES)
QUESTION_SENT = Kind("The body", QUESTION_BYTES)

# --- what was sent ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sent:
    """What a body holds: ``items``, and in ``canonical`` each of them as JSON with sorted keys and no white space.

    Their texts are in normal form. ``faults`` has, by index, what is wrong with the values of items whose syntax is
    sound: ``validated`` tells of it. ``at`` is where in a body it is, as a JSON pointer, if it is a part of one.
    """

    items: list[Any]
    canonical: list[bytes]
    is_list: bool
    faults: Mapping[int, list[Fault]] = field(default_factory=dict)
    at: str = ""

    def pointer(self, index: int, field: str = "") -> str:
        """Where ``field``, a JSON pointer into the item at ``index``, is in the body; in a list, behind the index."""
        return f"/{index}{field}" if self.is_list else field

    @cached_property
    def digest(self) -> str:
        """Names the content, whatever its white space, order of keys and framing: SHA-256 in hexadecimal."""
        return hashlib.sha256(b"\n".join(self.canonical)).hexdigest()


def facts_in(body: bytes, content_type: str | None, content_encoding: str | None = None) -> Sent:
    """Decode one fact or a list of them; raises ``Problem`` where it is of another type, malformed or too large."""
    is_lines = _is_lines(content_type, content_encoding)
    if len(body) > BODY_BYTES:
        raise Problem(TOO_LARGE, f"The body has {len(body):,} bytes, of {BODY_BYTES:,} that it may have.")
    text = _text(body)
    items, is_list = (_items_in_lines(text), True) if is_lines else _items_in_json(text)
    _refuse_number_of(items)
    return _examined(text, items, is_list, is_lines)


def question_in(body: bytes, content_type: str | None, content_encoding: str | None = None) -> Sent:
    """Decode one JSON object that is no fact; no body at all is an empty one. Raises ``Problem`` as ``facts_in``."""
    if not body:
        return Sent([{}], [b"{}"], is_list=False)
    if _is_lines(content_type, content_encoding):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"This is taken as {JSON}, in UTF-8.", headers={"Accept-Post": JSON})
    text = _text(body)
    value = _json(text)
    return _examined(text, [value], is_list=False, is_lines=False, kind=QUESTION_SENT)


def read_as(adapter: TypeAdapter[Read], item: Any, base: str = "") -> Read:
    """Read an item, which is at the JSON pointer ``base``; raises ``Problem`` with all that is wrong with it."""
    try:
        return adapter.validate_python(item)
    except ValidationError as error:
        raise Problem(VALIDATION, faults=faults_of(error, item, base)) from None


def the_only(sent: Sent) -> Any:
    """The item of a body that holds one; raises ``Problem`` where its values have faults."""
    if sent.faults:
        raise Problem(VALIDATION, faults=sent.faults[0])
    return sent.items[0]


def validated(sent: Sent) -> list[Any]:
    """Read what was sent as facts; raises ``Problem`` with what is wrong with any of them."""
    facts: list[Any] = []
    faults: list[Fault] = []
    findings = 0
    for index, item in enumerate(sent.items):
        try:
            if index in sent.faults:
                faults.extend(sent.faults[index])
            else:
                facts.append(FACT.validator.validate_python(item))
        except ValidationError as error:
            findings += error.error_count()
            faults.extend(faults_of(error, item, sent.pointer(index)))
        # Pydantic may find a hundred thousand things wrong with one fact, at some microseconds each.
        if len(faults) >= FAULTS_AT_MOST or findings >= FINDINGS_AT_MOST:
            break
    if faults:
        raise Problem(VALIDATION, faults=faults)
    return facts


# --- framing ----------------------------------------------------------------------------------------------------------


def _is_lines(content_type: str | None, content_encoding: str | None) -> bool:
    """Whether the body has an object a line; raises ``Problem`` where its type, charset or coding is not taken."""
    if content_encoding and content_encoding.strip().lower() != "identity":
        raise Problem(
            UNSUPPORTED_MEDIA_TYPE,
            "The body has a content coding; send it without.",
            headers={"Accept-Encoding": "identity", "Accept-Post": ACCEPT_POST},
        )
    kind, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    charsets = [part.partition("=")[2].strip(' "') for part in parameters if part.startswith("charset")]
    if kind not in (JSON, *LINES) or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise Problem(
            UNSUPPORTED_MEDIA_TYPE,
            f"Facts are taken as {JSON} (one, or a list) or as {LINES[0]} (one a line), in UTF-8.",
            headers={"Accept-Post": ACCEPT_POST},
        )
    return kind in LINES


def _text(body: bytes) -> str:
    body = body.removeprefix(BOM_UTF8)
    if body.startswith((b"\xfe\xff", b"\xff\xfe")) or b"\x00" in body[:4]:
        raise _malformed("The body is in UTF-16 or UTF-32; send UTF-8.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _malformed(f"The body is not UTF-8: byte {error.start + 1:,} cannot be read.") from None


def _items_in_json(text: str) -> tuple[list[Any], bool]:
    value = _json(text)
    return (value, True) if isinstance(value, list) else ([value], False)


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise _malformed(f"The body is not JSON: {_said(error, text)} at {where}.", _place(text, error.pos)) from None


def _items_in_lines(text: str) -> list[Any]:
    """Read an item from each line that is not blank."""
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip(" \t\r")]
    _refuse_number_of(lines)
    items: list[Any] = []
    faults: list[Fault] = []
    for index, (number, line) in enumerate(lines):
        try:
            items.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            detail = f"Line {number:,} is not JSON: {_said(error, line)} at column {error.colno:,}."
            faults.append(Fault(pointer=f"/{index}{_place(line, error.pos)}", detail=detail))
    if faults:
        raise Problem(MALFORMED_BODY, faults=faults)
    return items


def _refuse_number_of(items: list[Any]) -> None:
    if not items:
        raise Problem(VALIDATION, faults=[Fault(pointer="", detail="The list is empty; it needs at least one fact.")])
    if len(items) > FACTS_AT_MOST:
        detail = f"The list has {len(items):,} facts, of {FACTS_AT_MOST:,} that it may have; send several lists."
        raise Problem(TOO_LARGE, faults=[Fault(pointer=f"/{FACTS_AT_MOST}", detail=detail)])


def _malformed(detail: str, place: str = "") -> Problem:
    return Problem(MALFORMED_BODY, faults=[Fault(pointer=place, detail=detail)])


def _said(error: orjson.JSONDecodeError, text: str) -> str:
    """What the parser stumbled over, in words."""
    if constant := _CONSTANT.match(text, error.pos):
        return f"{constant[0]} is not a JSON number"
    if "surrogate" in error.msg:
        return "a lone surrogate is not a character"
    return {"depth limit exceeded": "it is nested too deeply"}.get(error.msg, error.msg)


_CONSTANT = re.compile(r"[-+]?(?:NaN|Infinity)")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[][{}:,]')  # a parser may have stopped inside a string
_PLACE_WITHIN = 1024 * 1024


def _place(text: str, position: int) -> str:
    """The JSON pointer of the value that a parser stopped in; of the whole, where that is far into a great body."""
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
    return pointer([step for step in path[: DEPTH_AT_MOST + 1] if step is not None])


# --- content ----------------------------------------------------------------------------------------------------------


class _Flaw(NamedTuple):
    """What makes an item unfit whatever it means: ``path`` leads to it from the item on."""

    kind: ProblemType
    path: _Path
    detail: str


def _examined(text: str, items: list[Any], is_list: bool, is_lines: bool, kind: Kind = FACT_SENT) -> Sent:
    canonical = [_canonical(item) for item in items]
    if not _is_normal(b"".join(canonical)):
        items = [_normal(item) if written else item for item, written in zip(items, canonical, strict=True)]
        canonical = [_canonical(item) for item in items]
    flaws = {} if _is_sound(canonical, kind.most_bytes) else _flaws_by_index(items, canonical, kind)
    sent = Sent(items, canonical, is_list)
    if not flaws and _repeats_names(text, canonical):
        flaws = _repeated_names(text, is_list, is_lines)
    if not flaws:
        return sent
    return _with_faults(sent, flaws)


def _flaws_by_index(items: list[Any], canonical: list[bytes], kind: Kind) -> dict[int, list[_Flaw]]:
    """Look into each item that may have a flaw, until enough have been found."""
    flaws: dict[int, list[_Flaw]] = {}
    found = 0
    for index, (item, written) in enumerate(zip(items, canonical, strict=True)):
        if _is_sound([written], kind.most_bytes):
            continue
        if its := list(islice(_flaws_in(item, kind), FAULTS_AT_MOST)):
            flaws[index] = its
            found += len(its)
            if found >= FAULTS_AT_MOST:
                break
    return flaws


def _with_faults(sent: Sent, flaws: Mapping[int, list[_Flaw]]) -> Sent:
    """Keep the flaws in values for ``validated``; raises ``Problem`` where one is graver than that."""
    faults = {
        index: [Fault(pointer=sent.pointer(index, _shown(flaw.path)), detail=flaw.detail) for flaw in found]
        for index, found in flaws.items()
    }
    kinds = {flaw.kind for found in flaws.values() for flaw in found}
    for grave in (MALFORMED_BODY, TOO_LARGE):
        if grave in kinds:
            raise Problem(grave, faults=[fault for found in faults.values() for fault in found])
    return Sent(sent.items, sent.canonical, sent.is_list, faults)


def _shown(path: _Path) -> str:
    return pointer(reportable(path))


def _canonical(item: Any) -> bytes:
    """The item as JSON with sorted keys; empty where an integer is too great, or nesting too deep, to be written."""
    try:
        return orjson.dumps(item, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError:
        return b""


def _is_normal(canonical: bytes) -> bool:
    """Whether all texts of canonical JSON are in normal form; a backslash before an r may be taken for a line break."""
    return b"\\r" not in canonical and (canonical.isascii() or is_normalized("NFC", canonical.decode()))


def _normal(value: Any) -> Any:
    """A value with all its texts in normal form; what has canonical JSON does not nest too deeply for recursion."""
    if isinstance(value, str):
        return normal_form(value)
    if isinstance(value, dict):
        return {name: _normal(part) for name, part in value.items()}
    return [_normal(part) for part in value] if isinstance(value, list) else value


# What people read in one order and programs in another, or not at all: control characters but tab and line feed (ISO
# 6429), embeddings, overrides and isolates of direction (Unicode UAX 9, "Trojan Source"), and noncharacters (I-JSON).
_HIDDEN = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u202a-\\u202e\\u2066-\\u2069\\ufdd0-\\ufdef" + "".join(
    f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17)
)
_HIDDEN_CHARACTER = re.compile(f"[{_HIDDEN}]")
_ESCAPE = re.compile(r"\\[bfru]")
_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))


def _is_sound(canonical: list[bytes], most_bytes: int = FACT_BYTES) -> bool:
    """Whether no item, as canonical JSON, needs to be looked at value by value: quick, and never wrongly yes.

    An item nests no deeper than it opens brackets, and numbers beyond ``INTEGER_AT_MOST`` end in .0 or have e+.
    """
    for written in canonical:
        if not written.startswith(b"{") or len(written) > most_bytes:
            return False
        if written.count(b"{") + written.count(b"[") > DEPTH_AT_MOST:
            return False
    whole = b",".join(canonical)
    return not (
        b".0" in whole
        or b"e+" in whole
        or (b"\\" in whole and _ESCAPE.search(whole.decode()))
        or _HIDDEN_CHARACTER.search(whole.translate(None, _PRINTABLE_ASCII).decode())
    )


def _flaws_in(item: Any, kind: Kind = FACT_SENT) -> Iterator[_Flaw]:
    """Look at every value of an item, without recursion."""
    if not isinstance(item, dict):
        yield _Flaw(VALIDATION, (), f"{kind.name} is an object, and this is {echoed(item)}.")
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
        detail = f"{what} has {_size_bytes(item):,} bytes, of {kind.most_bytes:,} that it may have."
        yield _Flaw(TOO_LARGE, (), detail)


def _parts(value: Any) -> list[tuple[str | int, Any]]:
    """The values directly inside a value, each with its name or index."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def _flaw_of(value: Any, path: _Path, kind: Kind) -> _Flaw | None:
    """What is wrong with one value, apart from those inside it."""
    if isinstance(value, str):
        hidden = _hidden_in(value)
        return _Flaw(VALIDATION, path, f"The text has {hidden}.") if hidden else None
    if isinstance(value, int | float):
        too_great = abs(value) > INTEGER_AT_MOST
        detail = f"A number is at most {INTEGER_AT_MOST:,}, either side of zero."
        return _Flaw(VALIDATION, path, detail) if too_great else None
    if len(path) >= DEPTH_AT_MOST and isinstance(value, dict | list):
        return _Flaw(MALFORMED_BODY, path, f"{kind.name} is nested at most {DEPTH_AT_MOST} deep.")
    hidden = next(filter(None, map(_hidden_in, value)), None) if isinstance(value, dict) else None
    return _Flaw(VALIDATION, path, f"The name of a field has {hidden}.") if hidden else None


def _size_bytes(item: Any) -> int:
    """The size of an item as JSON without white space; 0 where it cannot be written for another reason."""
    try:
        return len(orjson.dumps(item))
    except TypeError:
        return 0


def _hidden_in(text: str) -> str | None:
    """Name the first character of a text that would hide or reorder it."""
    found = _HIDDEN_CHARACTER.search(text)
    return f"the character U+{ord(found[0]):04X}, which hides or reorders text" if found else None


# --- repeated names ---------------------------------------------------------------------------------------------------


def _repeats_names(text: str, canonical: Iterable[bytes]) -> bool:
    """Whether an object may have a name twice: a parser keeps the last, so that quotation marks are missing afterwards.

    An escaped mark may be written in two ways; where the body has the longer one, they can't be compared.
    """
    return text.count('"') != b"".join(canonical).count(b'"') or "\\u0022" in text


def _repeated_names(text: str, is_list: bool, is_lines: bool) -> dict[int, list[_Flaw]]:
    """The names that objects have more than once, by the index of the item."""
    repeated: dict[int, tuple[dict[str, Any], str]] = {}

    def _noting(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            names = [name for name, _ in pairs]
            repeated[id(value)] = (value, next(name for at, name in enumerate(names) if name in names[:at]))
        return value

    def _read(json_text: str) -> Any:
        return json.loads(json_text, object_pairs_hook=_noting, parse_int=float)

    if is_lines:
        items = [_read(line) for line in text.split("\n") if line.strip(" \t\r")]
    else:
        items = _read(text) if is_list else [_read(text)]
    if not repeated:
        return {}
    found = ((index, list(islice(_repeated_in(item, repeated), FAULTS_AT_MOST))) for index, item in enumerate(items))
    return {index: flaws for index, flaws in found if flaws}


def _repeated_in(item: Any, repeated: Mapping[int, tuple[dict[str, Any], str]]) -> Iterator[_Flaw]:
    rest: list[tuple[_Path, Any]] = [((), item)]
    while rest:
        path, value = rest.pop()
        if id(value) in repeated:
            name = repeated[id(value)][1]
            yield _Flaw(MALFORMED_BODY, (*path, name), f"The object has the field {echoed(name)} more than once.")
        rest.extend(((*path, step), part) for step, part in reversed(_parts(value)))
