"""Problems: every answer that is not a success, as RFC 9457 defines them (``application/problem+json``).

A problem has a stable ``type`` (a relative reference that leads to its description) and, if its place is known,
``errors[]``, each with its place: a JSON pointer into the body, a query parameter, or a header::

    Problem                 raised wherever a request cannot be answered; carries a ProblemType and its Faults
    HTTPException           Starlette's: no such address, no such method
    RequestValidationError  FastAPI's: a parameter that cannot be read
    ClientDisconnect        the client went away; the answer is not read
    Exception               a defect: 500 without internals, with the id under which it was logged
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

MEDIA_TYPE = "application/problem+json"
MAX_FAULTS = 1_000
"""How many errors are listed; a body could hold a million."""


# --- the types --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its stable name and status, its title, and its meaning for the client."""

    name: str
    status: int
    title: str
    meaning: str

    @property
    def uri(self) -> str:
        """The relative reference that identifies the type and leads to its description."""
        return f"/problems/{self.name}"


MALFORMED_BODY = ProblemType(
    "malformed-body", 400, "The body cannot be read",
    "The body is not JSON in UTF-8 as RFC 8259 and RFC 7493 define it: a syntax error, NaN or "
    "Infinity, a lone surrogate, a name used twice in an object, or nesting that is too deep. Nothing was recorded.",
)  # fmt: skip
MALFORMED_REQUEST = ProblemType(
    "malformed-request", 400, "The request is not HTTP",
    "The request cannot be read as HTTP/1.1, or has too many requests behind it that were sent without waiting for "
    "their answers. The connection is closed.",
)  # fmt: skip
IDEMPOTENCY_KEY_INVALID = ProblemType(
    "idempotency-key-invalid", 400, "The Idempotency-Key is not valid",
    "The Idempotency-Key header does not have the form that the service accepts. Nothing was recorded.",
)  # fmt: skip
UNAUTHORIZED = ProblemType(
    "unauthorized", 401, "A key is required",
    "The request has no key, or one that is unknown or revoked. Send Authorization: Bearer and the key; in a browser, "
    "sign in at /sign-in.",
)  # fmt: skip
FORBIDDEN = ProblemType(
    "forbidden", 403, "The key does not permit this",
    "The key is known, but it does not permit this request.",
)  # fmt: skip
CROSS_SITE = ProblemType(
    "cross-site", 403, "The form came from another site",
    "The browser says that a page of another site sent this form. The service accepts forms from its own pages only; "
    "programs use the API. Nothing was recorded.",
)  # fmt: skip
NOT_FOUND = ProblemType(
    "not-found", 404, "Not found",
    "Nothing of that name is on record, or the address does not exist.",
)  # fmt: skip
UNKNOWN_COALITION = ProblemType(
    "unknown-coalition", 404, "Unknown coalition",
    "No coalition of that name is on record. The first fact of a new one is CoalitionFormed.",
)  # fmt: skip
UNKNOWN_SCENARIO = ProblemType(
    "unknown-scenario", 404, "Unknown scenario",
    "No scenario of that name has been saved for this coalition.",
)  # fmt: skip
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed", 405, "The method is not allowed here",
    "The address exists but does not accept this method; the Allow header lists the methods that it accepts.",
)  # fmt: skip
NOT_ACCEPTABLE = ProblemType(
    "not-acceptable", 406, "The answer is not available in that form",
    "None of the media types in the Accept header is available here.",
)  # fmt: skip
RULE_BROKEN = ProblemType(
    "rule-broken", 409, "A fact contradicts the record",
    "A fact can be read, but a rule forbids it, given the record. Each error names the rule and the events that the "
    "fact conflicts with. Nothing in the list was recorded.",
)  # fmt: skip
SCENARIO_CONFLICT = ProblemType(
    "scenario-conflict", 409, "The scenario does not allow this",
    "The scenario is closed, its name is taken, it has no such change, or it would fork from itself. Each error names "
    "the rule. Nothing was recorded.",
)  # fmt: skip
REQUEST_TIMEOUT = ProblemType(
    "request-timeout", 408, "The request took too long to arrive",
    "The headers have 10 seconds to arrive, and the body 60. Nothing was recorded, and the connection is closed.",
)  # fmt: skip
IDEMPOTENCY_IN_PROGRESS = ProblemType(
    "idempotency-in-progress", 409, "The same request is still being answered",
    "A request with this Idempotency-Key has not been answered yet. Repeat the request later.",
)  # fmt: skip
OUTDATED_DEFINITIONS = ProblemType(
    "outdated-definitions", 410, "These definitions are no longer in use",
    "The question asks for an earlier version of the definitions, by which this program no longer computes answers. "
    "The record itself is as it was: ask without definitions, or with those that the error names. The documents list "
    "what has changed from each version to the next.",
)  # fmt: skip
PRECONDITION_FAILED = ProblemType(
    "precondition-failed", 412, "The record has moved on",
    "If-Match names a sequence that is no longer current; the ETag header has the current one. Nothing was recorded.",
)  # fmt: skip
TOO_LARGE = ProblemType(
    "too-large", 413, "The body is too large",
    "A body may have up to 8 MiB, a list up to 1,000 facts and 250,000 values, and a fact up to 64 KiB as JSON in "
    "UTF-8 without insignificant white space. A what-if, a scenario, a sensitivity or a simulation may have up to "
    "1 MiB and 100,000 values. Nothing was recorded.",
)  # fmt: skip
URI_TOO_LONG = ProblemType(
    "uri-too-long", 414, "The address is too long",
    "Path and query together may have up to 8 KiB.",
)  # fmt: skip
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported-media-type", 415, "The body's media type is not accepted here",
    "The Accept-Post header lists the accepted media types. A body is in UTF-8 and has no content coding.",
)  # fmt: skip
VALIDATION = ProblemType(
    "validation", 422, "The body is not valid",
    "The body can be read, but a field is missing, unknown, or has a value that is not allowed. Each error names the "
    "field by JSON pointer. Nothing was recorded.",
)  # fmt: skip
WHAT_IF_REFUSED = ProblemType(
    "what-if-refused", 422, "The question cannot be asked of this history",
    "A change has no target or cannot be applied; the starting point is later than the end of the record; a condition "
    "is not open; or the question is too large. Each error names the rule and the place. Nothing was recorded.",
)  # fmt: skip
BAD_PARAMETER = ProblemType(
    "bad-parameter", 422, "A parameter is not valid",
    "A query parameter, a part of the path, or a header has a value that is not allowed. Each error names it.",
)  # fmt: skip
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency-key-reused", 422, "The Idempotency-Key belongs to another request",
    "This Idempotency-Key was used for a different body in the same coalition. Use a new key for new facts.",
)  # fmt: skip
TOO_MANY_REQUESTS = ProblemType(
    "too-many-requests", 429, "Too many requests at once",
    "Too many requests of this client wait already. Send fewer at once; repeat the request after the time in "
    "Retry-After.",
)  # fmt: skip
HEADERS_TOO_LARGE = ProblemType(
    "headers-too-large", 431, "The headers are too large",
    "The address and the headers together may have up to 64 KiB, and there may be up to 100 headers. The connection is "
    "closed.",
)  # fmt: skip
INTERNAL = ProblemType(
    "internal", 500, "The service has a defect",
    "The request is not at fault. The instance is the id under which the defect was logged.",
)  # fmt: skip
WRITE_CONFLICT = ProblemType(
    "write-conflict", 503, "Too many writers at once",
    "Other writers were faster each time. Nothing was recorded; repeat the request after the time in Retry-After.",
)  # fmt: skip
UNREADABLE_RECORD = ProblemType(
    "unreadable-record", 503, "This record cannot be read here",
    "An event of this coalition, or of this scenario, was stored by a newer version of the service, or is damaged. All "
    "other coalitions and scenarios are served. Nothing was recorded. While the service is being updated, repeat the "
    "request after the time in Retry-After.",
)  # fmt: skip
NOT_YET_CAUGHT_UP = ProblemType(
    "not-yet-caught-up", 503, "That sequence is not available yet",
    "min_sequence is ahead of the record as this replica has it. Repeat the request after the time in Retry-After.",
)  # fmt: skip
STORE_READ_ONLY = ProblemType(
    "store-read-only", 503, "The service can only read",
    "The store can be read but not written: its disk or its database server takes no writes. Nothing was recorded. "
    "Repeat the request after the time in Retry-After.",
)  # fmt: skip
STORE_REPLACED = ProblemType(
    "store-replaced", 503, "The store is not the one that was opened",
    "The database's file, or the database, is gone or has been replaced, or something else has written to it. What "
    "was sent may not be on record: once the right store is back, repeat the request with the same Idempotency-Key.",
)  # fmt: skip
STORE_DAMAGED = ProblemType(
    "store-damaged", 503, "The store is damaged",
    "The database's file is damaged or cut short. Nothing was recorded. It has to be restored from a backup.",
)  # fmt: skip
CLOCK_OFF = ProblemType(
    "clock-off", 503, "The clock of the service is wrong",
    "The clock is more than a day off. Nothing was recorded, because it would have been recorded at a wrong time. "
    "Reading is not affected. Repeat the request once the clock is right.",
)  # fmt: skip
TIMEOUT = ProblemType(
    "timeout", 503, "The answer took too long",
    "The store did not answer in time. Repeat the request, with the same Idempotency-Key, after the time in "
    "Retry-After.",
)  # fmt: skip
TOOK_TOO_LONG = ProblemType(
    "took-too-long", 503, "The computation takes too long",
    "The question was not answered within the time limit. Ask for less: a shorter time, fewer runs, dates, samples or "
    "questions, or changes to fewer events.",
)  # fmt: skip
BUSY = ProblemType(
    "busy", 503, "The service is busy",
    "The service is busy with other requests; try again after the time in Retry-After.",
)  # fmt: skip
STORAGE_FULL = ProblemType(
    "storage-full", 507, "The disk is full",
    "The store has no room for what was to be recorded. Nothing was recorded; reading is not affected. Repeat the "
    "request once there is room.",
)  # fmt: skip

PROBLEM_TYPES: dict[str, ProblemType] = {
    kind.name: kind
    for kind in (
        MALFORMED_BODY, MALFORMED_REQUEST, IDEMPOTENCY_KEY_INVALID, UNAUTHORIZED, FORBIDDEN, CROSS_SITE, NOT_FOUND,
        UNKNOWN_COALITION, UNKNOWN_SCENARIO, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, REQUEST_TIMEOUT, RULE_BROKEN,
        SCENARIO_CONFLICT, IDEMPOTENCY_IN_PROGRESS, OUTDATED_DEFINITIONS, PRECONDITION_FAILED, TOO_LARGE, URI_TOO_LONG,
        UNSUPPORTED_MEDIA_TYPE, VALIDATION, WHAT_IF_REFUSED, BAD_PARAMETER, IDEMPOTENCY_KEY_REUSED, TOO_MANY_REQUESTS,
        HEADERS_TOO_LARGE, INTERNAL, WRITE_CONFLICT, UNREADABLE_RECORD, NOT_YET_CAUGHT_UP, TIMEOUT, STORE_READ_ONLY,
        STORE_REPLACED, STORE_DAMAGED, CLOCK_OFF, TOOK_TOO_LONG, BUSY, STORAGE_FULL,
    )
}  # fmt: skip
"""Every type of problem, by its name."""

READING_STORE = (TIMEOUT, STORE_REPLACED, STORE_DAMAGED)
"""What can be wrong with the store when it is read."""

WRITING_STORE = (*READING_STORE, STORE_READ_ONLY, CLOCK_OFF, STORAGE_FULL)
"""What can be wrong with the store, or with the clock, when something is recorded."""

_HEADERS: dict[ProblemType, dict[str, str]] = {
    UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    IDEMPOTENCY_IN_PROGRESS: {"Retry-After": "1"},
    WRITE_CONFLICT: {"Retry-After": "1"},
    UNREADABLE_RECORD: {"Retry-After": "10"},
    NOT_YET_CAUGHT_UP: {"Retry-After": "1"},
    TIMEOUT: {"Retry-After": "1"},
    STORE_READ_ONLY: {"Retry-After": "10"},
    STORE_REPLACED: {"Retry-After": "10"},
    STORE_DAMAGED: {"Retry-After": "60"},
    CLOCK_OFF: {"Retry-After": "60"},
    STORAGE_FULL: {"Retry-After": "60"},
    BUSY: {"Retry-After": "1"},
    TOO_MANY_REQUESTS: {"Retry-After": "1"},
}

# --- one problem ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One error and its place: a JSON pointer into the body, a parameter, or a header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    rule: str | None = None
    collides_with: tuple[str, ...] | None = None

    def document(self) -> dict[str, Any]:
        """The fault as JSON; absent fields are left out."""
        fields = ("pointer", "parameter", "header", "detail", "rule", "collides_with")
        return {name: value for name in fields if (value := getattr(self, name)) is not None}


class Problem(Exception):
    """The reason why a request is not answered; ``faults`` become its ``errors``."""

    def __init__(
        self,
        type: ProblemType,
        detail: str | None = None,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
        instance: str | None = None,
    ) -> None:
        self.faults = tuple(faults)
        self.detail = detail or _summary(self.faults) or type.meaning
        super().__init__(f"{type.name}: {self.detail}")
        self.type = type
        self.headers = {**_HEADERS.get(type, {}), **(headers or {})}
        self.instance = instance

    def document(self) -> dict[str, Any]:
        """The problem as JSON."""
        document: dict[str, Any] = {"type": self.type.uri, "title": self.type.title, "status": self.type.status}
        document["detail"] = self.detail
        if self.instance:
            document["instance"] = self.instance
        if self.faults:
            document["errors"] = [fault.document() for fault in self.faults[:MAX_FAULTS]]
        return document

    def response(self) -> Response:
        """The problem as a response."""
        return problem_response(self.document(), self.type.status, self.headers)


def _summary(faults: tuple[Fault, ...]) -> str:
    if not faults:
        return ""
    first = faults[0].detail
    if len(faults) == 1:
        return first
    sentence = first if first.endswith("?") else f"{first.rstrip('.')}."
    return f"{sentence} And {len(faults) - 1:,} more: see errors."


def problem_response(document: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    # Text from the request may have lone surrogates, which UTF-8 cannot: a refusal must not fail because of them.
    content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)


# --- descriptions -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProblemSummary:
    """A problem in a list, in place of an item that cannot be read."""

    type: str
    title: str
    status: int
    detail: str


def summary(kind: ProblemType, detail: str) -> ProblemSummary:
    """Return a problem as a part of an answer."""
    return ProblemSummary(kind.uri, kind.title, kind.status, detail)
