"""Bodies: from the bytes of a request to facts, or to all that is wrong with them.

JSON as RFC 8259 and RFC 7493 (I-JSON) define it, and nothing looser: UTF-8, no name twice in an object, no NaN, no lone
surrogate, no character that hides or reorders text, no number that another program would read as a different one. A
byte order mark at the start is ignored (RFC 8259, section 8.1). Texts are normalised here and nowhere else: stored
texts stay as they are. A fact's size is that of its JSON in UTF-8 without white space around tokens.

Sizes come first: what is too large is refused before its values are made or looked at.
"""

import hashlib
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any, TypeVar
from unicodedata import is_normalized

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from api.http.problems import (
    MALFORMED_BODY,
    MAX_FAULTS,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
)
from api.http.strict_json import (
    FACT_ITEM,
    MOST_DIGITS,
    QUESTION_ITEM,
    Flaw,
    Kind,
    canonical_json,
    flaws_in,
    is_sound,
    overlong_fraction,
    place_in_text,
    repeated_names,
    repeats_names,
    shown_pointer,
    syntax_error,
    values_at_most,
)
from api.http.validation_errors import faults_of
from domain.events import FACT
from domain.sources import TO_BE_RECORDED
from domain.vocabulary import normal_form

BODY_BYTES = 8 * 1024 * 1024

AT_ONCE_BYTES = 16 * 1024
"""A larger body is read in a thread, so that other requests need not wait for it."""

MAX_FACTS = 1_000
MAX_FINDINGS = 10_000
"""How many of pydantic's errors are processed before the rest of a list is left unread."""

JSON = "application/json"
LINES = ("application/x-ndjson", "application/ndjson", "application/jsonl")
ACCEPT_POST = ", ".join((JSON, *LINES))

Read = TypeVar("Read")

_READING = CapacityLimiter(2)
"""How many large bodies are read at once; they hold the interpreter most of the time."""


# --- the body ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RequestBody:
    """The content of a body: ``items``, and in ``canonical`` each of them as JSON with sorted keys and no white space.

    Their texts are in normal form. ``faults`` are those of values in items with correct syntax, by index;
    ``valid_facts`` reports them. ``at`` is its place in a larger body, as a JSON pointer, if it is a part of one.
    """

    items: list[Any]
    canonical: list[bytes]
    is_list: bool
    faults: Mapping[int, list[Fault]] = field(default_factory=dict)
    at: str = ""

    def pointer(self, index: int, field: str = "") -> str:
        """Return the pointer into the body for ``field``, a pointer into the item at ``index``."""
        return f"/{index}{field}" if self.is_list else field

    @property
    def is_small(self) -> bool:
        """Whether it can be validated at once, without other requests waiting noticeably."""
        return sum(map(len, self.canonical)) <= AT_ONCE_BYTES

    @cached_property
    def digest(self) -> str:
        """Identify the content, whatever its white space, order of keys and framing: SHA-256 in hexadecimal."""
        return hashlib.sha256(b"\n".join(self.canonical)).hexdigest()


BodyReader = Callable[[bytes, str | None, str | None], RequestBody]
"""Reads a body of a media type and a content coding."""


async def body_of(request: Request, read: BodyReader) -> RequestBody:
    """Read the body of a request. Raises a ``Problem``."""
    body = await request.body()
    types = (request.headers.get("content-type"), request.headers.get("content-encoding"))
    if len(body) <= AT_ONCE_BYTES:
        return read(body, *types)
    return await to_thread.run_sync(read, body, *types, limiter=_READING)


def facts_in(body: bytes, content_type: str | None, content_encoding: str | None = None) -> RequestBody:
    """Decode one fact or a list of facts; raises ``Problem`` if it is of another type, malformed or too large."""
    is_lines = _is_lines(content_type, content_encoding)
    if len(body) > BODY_BYTES:
        raise Problem(TOO_LARGE, f"The body has {len(body):,} bytes; the maximum is {BODY_BYTES:,}.")
    text = _text(body)
    _refuse_number_of_values(text, FACT_ITEM)
    items, is_list = (_items_in_lines(text), True) if is_lines else _items_in_json(text)
    _refuse_number_of(items)
    return _examined(text, items, is_list, is_lines)


def question_in(body: bytes, content_type: str | None, content_encoding: str | None = None) -> RequestBody:
    """Decode one JSON object that is not a fact; no body is an empty object. Raises ``Problem`` like ``facts_in``."""
    if not body:
        return RequestBody([{}], [b"{}"], is_list=False)
    if _is_lines(content_type, content_encoding):
        raise Problem(UNSUPPORTED_MEDIA_TYPE, f"Send it as {JSON}, in UTF-8.", headers={"Accept-Post": JSON})
    text = _text(body)
    _refuse_number_of_values(text, QUESTION_ITEM)
    value = _json(text)
    return _examined(text, [value], is_list=False, is_lines=False, kind=QUESTION_ITEM)


def read_as(adapter: TypeAdapter[Read], item: Any, base: str = "") -> Read:
    """Validate an item, which is at the JSON pointer ``base``; raises ``Problem`` with all its faults."""
    try:
        return adapter.validate_python(item, context=TO_BE_RECORDED)
    except ValidationError as error:
        raise Problem(VALIDATION, faults=faults_of(error, item, base)) from None


def only_item(body: RequestBody) -> Any:
    """Return the item of a body with one item; raises ``Problem`` if its values have faults."""
    if body.faults:
        raise Problem(VALIDATION, faults=body.faults[0])
    return body.items[0]


def valid_facts(body: RequestBody) -> list[Any]:
    """Return the items as facts; raises ``Problem`` with the faults of all of them."""
    facts: list[Any] = []
    faults: list[Fault] = []
    findings = 0
    for index, item in enumerate(body.items):
        try:
            if index in body.faults:
                faults.extend(body.faults[index])
            else:
                facts.append(FACT.validator.validate_python(item, context=TO_BE_RECORDED))
        except ValidationError as error:
            findings += error.error_count()
            faults.extend(faults_of(error, item, body.pointer(index)))
        # Pydantic may find a hundred thousand errors in one fact, at some microseconds each.
        if len(faults) >= MAX_FAULTS or findings >= MAX_FINDINGS:
            break
    if faults:
        raise Problem(VALIDATION, faults=faults)
    return facts


# --- framing ----------------------------------------------------------------------------------------------------------


def _is_lines(content_type: str | None, content_encoding: str | None) -> bool:
    """Whether the body has one object a line; raises ``Problem`` if its type, charset or coding is not accepted."""
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
            f"Send facts as {JSON} (one, or a list) or as {LINES[0]} (one a line), in UTF-8.",
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
        raise _malformed(
            f"The body is not JSON: {syntax_error(error, text)} at {where}.", place_in_text(text, error.pos)
        ) from None


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
            detail = f"Line {number:,} is not JSON: {syntax_error(error, line)} at column {error.colno:,}."
            faults.append(Fault(pointer=f"/{index}{place_in_text(line, error.pos)}", detail=detail))
    if faults:
        raise Problem(MALFORMED_BODY, faults=faults)
    return items


def _refuse_number_of(items: list[Any]) -> None:
    if not items:
        raise Problem(VALIDATION, faults=[Fault(pointer="", detail="The list is empty; it needs at least one fact.")])
    if len(items) > MAX_FACTS:
        detail = f"The list has {len(items):,} facts; the maximum is {MAX_FACTS:,}: send several lists."
        raise Problem(TOO_LARGE, faults=[Fault(pointer=f"/{MAX_FACTS}", detail=detail)])


def _refuse_number_of_values(text: str, kind: Kind) -> None:
    """Refuse a body with too many values before they are made; each takes a hundred times its bytes in memory."""
    if len(text) > kind.most_values and values_at_most(text) > kind.most_values:
        raise Problem(TOO_LARGE, f"The body has more than {kind.most_values:,} values, the maximum.")


def _refuse_overlong_fraction(text: str) -> None:
    """Refuse a number that would not be kept exactly."""
    position = overlong_fraction(text)
    if position is not None:
        detail = f"A number with a decimal point may have at most {MOST_DIGITS} digits."
        raise Problem(VALIDATION, faults=[Fault(pointer=place_in_text(text, position), detail=detail)])


def _malformed(detail: str, place: str = "") -> Problem:
    return Problem(MALFORMED_BODY, faults=[Fault(pointer=place, detail=detail)])


# --- content ----------------------------------------------------------------------------------------------------------


def _examined(text: str, items: list[Any], is_list: bool, is_lines: bool, kind: Kind = FACT_ITEM) -> RequestBody:
    canonical = [canonical_json(item) for item in items]
    if not _is_normal(b"".join(canonical)):
        items = [_normal(item) if written else item for item, written in zip(items, canonical, strict=True)]
        canonical = [canonical_json(item) for item in items]
    flaws = {} if is_sound(canonical, kind.most_bytes) else _flaws_by_index(items, canonical, kind)
    body = RequestBody(items, canonical, is_list)
    _refuse_overlong_fraction(text)
    if not flaws and repeats_names(text, canonical):
        flaws = repeated_names(text, is_list, is_lines)
    if not flaws:
        return body
    return _with_faults(body, flaws)


def _flaws_by_index(items: list[Any], canonical: list[bytes], kind: Kind) -> dict[int, list[Flaw]]:
    """Examine each item that may have a flaw, until there are enough."""
    flaws: dict[int, list[Flaw]] = {}
    found = 0
    for index, (item, written) in enumerate(zip(items, canonical, strict=True)):
        if is_sound([written], kind.most_bytes):
            continue
        if its := list(islice(flaws_in(item, kind), MAX_FAULTS)):
            flaws[index] = its
            found += len(its)
            if found >= MAX_FAULTS:
                break
    return flaws


def _with_faults(body: RequestBody, flaws: Mapping[int, list[Flaw]]) -> RequestBody:
    """Keep the flaws in values for ``valid_facts``; raises ``Problem`` if one is graver than that."""
    faults = {
        index: [Fault(pointer=body.pointer(index, shown_pointer(flaw.path)), detail=flaw.detail) for flaw in found]
        for index, found in flaws.items()
    }
    kinds = {flaw.kind for found in flaws.values() for flaw in found}
    for grave in (MALFORMED_BODY, TOO_LARGE):
        if grave in kinds:
            raise Problem(grave, faults=[fault for found in faults.values() for fault in found])
    return RequestBody(body.items, body.canonical, body.is_list, faults)


def _is_normal(canonical: bytes) -> bool:
    """Whether all texts of canonical JSON are in normal form; a backslash before an r may count as a line break."""
    return b"\\r" not in canonical and (canonical.isascii() or is_normalized("NFC", canonical.decode()))


def _normal(value: Any) -> Any:
    """Return a value with its texts in normal form; one with canonical JSON is not nested too deeply for recursion."""
    if isinstance(value, str):
        return normal_form(value)
    if isinstance(value, dict):
        return {name: _normal(part) for name, part in value.items()}
    return [_normal(part) for part in value] if isinstance(value, list) else value
