"""Problems: every answer that is not a success, as RFC 9457 has it (``application/problem+json``).

A problem has a stable ``type`` (a relative reference that leads to its description), and where it can be pinned down,
``errors[]``, each naming its place by JSON pointer into the body, by query parameter, or by header::

    Problem                 raised wherever a request can't be answered; carries a ProblemType and its Faults
    HTTPException           Starlette's: no such address, no such method
    RequestValidationError  FastAPI's: a parameter that can't be read
    ClientDisconnect        the client went away; nobody reads the answer
    Exception               a defect: 500 without internals, with the id under which it was logged
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

MEDIA_TYPE = "application/problem+json"
FAULTS_AT_MOST = 1_000
"""So many errors are listed; a body could hold a million."""


# --- the types --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its stable name and status, its title, and what it means to whoever met it."""

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
    "The body is not JSON in UTF-8 as RFC 8259 and RFC 7493 have it: a syntax error, NaN or "
    "Infinity, a lone surrogate, a name used twice in an object, or nesting that is too deep. Nothing was recorded.",
)  # fmt: skip
IDEMPOTENCY_KEY_INVALID = ProblemType(
    "idempotency-key-invalid", 400, "The Idempotency-Key cannot be read",
    "The Idempotency-Key header is not in the form that the service takes. Nothing was recorded.",
)  # fmt: skip
UNAUTHORIZED = ProblemType(
    "unauthorized", 401, "A key is needed",
    "The request has no key, or one that is unknown or revoked. Send Authorization: Bearer and the key; in a browser, "
    "sign in at /sign-in.",
)  # fmt: skip
FORBIDDEN = ProblemType(
    "forbidden", 403, "The key does not permit this",
    "The key is known, but it does not permit what was asked.",
)  # fmt: skip
CROSS_SITE = ProblemType(
    "cross-site", 403, "The form came from elsewhere",
    "The browser says that a page of another site sent this form. Forms are taken from this service's own pages only; "
    "programs use the API. Nothing was recorded.",
)  # fmt: skip
NOT_FOUND = ProblemType(
    "not-found", 404, "There is nothing here",
    "Nothing of that name is on record, or no such address exists.",
)  # fmt: skip
UNKNOWN_COALITION = ProblemType(
    "unknown-coalition", 404, "There is no such coalition",
    "No coalition of that name is on record. The first fact of a new one is CoalitionFormed.",
)  # fmt: skip
UNKNOWN_SCENARIO = ProblemType(
    "unknown-scenario", 404, "There is no such scenario",
    "No scenario of that name has been saved for this coalition.",
)  # fmt: skip
METHOD_NOT_ALLOWED = ProblemType(
    "method-not-allowed", 405, "The method is not allowed here",
    "The address exists, but does not take this method; the Allow header lists those that it takes.",
)  # fmt: skip
NOT_ACCEPTABLE = ProblemType(
    "not-acceptable", 406, "The answer cannot be given in that form",
    "None of the media types that the Accept header names can be had here.",
)  # fmt: skip
RULE_BROKEN = ProblemType(
    "rule-broken", 409, "A fact contradicts the record",
    "A fact can be read, but a rule forbids it beside what is recorded. Each error names the rule and the events that "
    "the fact collides with. Nothing of the list was recorded.",
)  # fmt: skip
SCENARIO_CONFLICT = ProblemType(
    "scenario-conflict", 409, "The scenario does not allow that",
    "The scenario is closed, its name is taken, it has no such change, or it would fork from itself. Each error names "
    "the rule. Nothing was recorded.",
)  # fmt: skip
IDEMPOTENCY_IN_PROGRESS = ProblemType(
    "idempotency-in-progress", 409, "The same request is still being answered",
    "A request with this Idempotency-Key has not been answered yet. Repeat this one later.",
)  # fmt: skip
PRECONDITION_FAILED = ProblemType(
    "precondition-failed", 412, "The record has moved on",
    "If-Match names a sequence that is no longer the current one, which the ETag header gives. Nothing was recorded.",
)  # fmt: skip
TOO_LARGE = ProblemType(
    "too-large", 413, "The body is too large",
    "A body may have 8 MiB, a list 1,000 facts, and a fact 64 KiB: its JSON in UTF-8 without insignificant white "
    "space. A what-if, a scenario, a sensitivity or a simulation may have 1 MiB. Nothing was recorded.",
)  # fmt: skip
URI_TOO_LONG = ProblemType(
    "uri-too-long", 414, "The address is too long",
    "Path and query together may have 8 KiB.",
)  # fmt: skip
UNSUPPORTED_MEDIA_TYPE = ProblemType(
    "unsupported-media-type", 415, "The body's media type is not taken here",
    "The Accept-Post header lists the media types that are taken, in UTF-8 and without a content coding.",
)  # fmt: skip
VALIDATION = ProblemType(
    "validation", 422, "The body cannot be taken as it is written",
    "The body can be read, but a field is missing, unknown, or has a value that it cannot have. Each error names the "
    "field by JSON pointer. Nothing was recorded.",
)  # fmt: skip
WHAT_IF_REFUSED = ProblemType(
    "what-if-refused", 422, "The question cannot be asked of this history",
    "A change is aimed at nothing, or cannot be applied; the fork is later than the record reaches; a condition is not "
    "open; or more is asked than is worked out at once. Each error names the rule and the place. Nothing was recorded.",
)  # fmt: skip
BAD_PARAMETER = ProblemType(
    "bad-parameter", 422, "A parameter cannot be understood",
    "A query parameter, a part of the path, or a header has a value that it cannot have. Each error names it.",
)  # fmt: skip
IDEMPOTENCY_KEY_REUSED = ProblemType(
    "idempotency-key-reused", 422, "The Idempotency-Key belongs to another request",
    "This Idempotency-Key was used for a different body in the same coalition. Use a new key for new facts.",
)  # fmt: skip
INTERNAL = ProblemType(
    "internal", 500, "The service has a defect",
    "This is not the request's fault. The instance is the id under which it was logged.",
)  # fmt: skip
WRITE_CONFLICT = ProblemType(
    "write-conflict", 503, "Too many writers at once",
    "Others kept recording first. Nothing was recorded; repeat the request after the time that Retry-After gives.",
)  # fmt: skip
UNREADABLE_RECORD = ProblemType(
    "unreadable-record", 503, "This record cannot be read here",
    "An event of this coalition, or of this scenario, was stored by a newer version of the service, or is damaged. All "
    "other coalitions and scenarios are served. Nothing was recorded. While the service is being updated, repeat the "
    "request after the time that Retry-After gives.",
)  # fmt: skip
NOT_YET_CAUGHT_UP = ProblemType(
    "not-yet-caught-up", 503, "That sequence cannot be seen yet",
    "min_sequence is ahead of what this replica can see. Repeat the request after the time that Retry-After gives.",
)  # fmt: skip
TIMEOUT = ProblemType(
    "timeout", 503, "The answer took too long",
    "The store did not answer in time. Repeat the request, with the same Idempotency-Key, after the time that Retry- "
    "After gives.",
)  # fmt: skip
TOOK_TOO_LONG = ProblemType(
    "took-too-long", 503, "Working it out takes too long",
    "The time that the service gives to one question is over, and nothing is answered. Ask for less: fewer draws, "
    "dates, samples or questions, or changes that touch fewer events.",
)  # fmt: skip
BUSY = ProblemType(
    "busy", 503, "Others are being worked out",
    "So much long work is under way that this would wait too long. Repeat the request after the time that Retry-After "
    "gives.",
)  # fmt: skip

PROBLEM_TYPES: dict[str, ProblemType] = {
    kind.name: kind
    for kind in (
        MALFORMED_BODY, IDEMPOTENCY_KEY_INVALID, UNAUTHORIZED, FORBIDDEN, CROSS_SITE, NOT_FOUND, UNKNOWN_COALITION,
        UNKNOWN_SCENARIO, METHOD_NOT_ALLOWED, NOT_ACCEPTABLE, RULE_BROKEN, SCENARIO_CONFLICT, IDEMPOTENCY_IN_PROGRESS,
        PRECONDITION_FAILED, TOO_LARGE, URI_TOO_LONG, UNSUPPORTED_MEDIA_TYPE, VALIDATION, WHAT_IF_REFUSED,
        BAD_PARAMETER, IDEMPOTENCY_KEY_REUSED, INTERNAL, WRITE_CONFLICT, UNREADABLE_RECORD, NOT_YET_CAUGHT_UP, TIMEOUT,
        TOOK_TOO_LONG, BUSY,
    )
}  # fmt: skip
"""Every type of problem, by its name."""

_HEADERS: dict[ProblemType, dict[str, str]] = {
    UNAUTHORIZED: {"WWW-Authenticate": "Bearer"},
    IDEMPOTENCY_IN_PROGRESS: {"Retry-After": "1"},
    WRITE_CONFLICT: {"Retry-After": "1"},
    UNREADABLE_RECORD: {"Retry-After": "10"},
    NOT_YET_CAUGHT_UP: {"Retry-After": "1"},
    TIMEOUT: {"Retry-After": "1"},
    BUSY: {"Retry-After": "1"},
}

# --- one problem ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where: at a JSON pointer into the body, in a parameter, or in a header."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None
    header: str | None = None
    rule: str | None = None
    collides_with: tuple[str, ...] | None = None

    def document(self) -> dict[str, Any]:
        """The fault as JSON has it; what is absent is left out."""
        fields = ("pointer", "parameter", "header", "detail", "rule", "collides_with")
        return {name: value for name in fields if (value := getattr(self, name)) is not None}


class Problem(Exception):
    """Why a request is not answered; ``faults`` become its ``errors``."""

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
        """The problem as JSON has it."""
        document: dict[str, Any] = {"type": self.type.uri, "title": self.type.title, "status": self.type.status}
        document["detail"] = self.detail
        if self.instance:
            document["instance"] = self.instance
        if self.faults:
            document["errors"] = [fault.document() for fault in self.faults[:FAULTS_AT_MOST]]
        return document

    def response(self) -> Response:
        """The problem as it is answered."""
        return problem_response(self.document(), self.type.status, self.headers)


def _summary(faults: tuple[Fault, ...]) -> str:
    if not faults:
        return ""
    first = faults[0].detail
    return first if len(faults) == 1 else f"{first.rstrip('.')}. And {len(faults) - 1:,} more: see errors."


def problem_response(document: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    # Text that came with the request may hold what UTF-8 cannot (lone surrogates): a refusal must not fail on it.
    content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)


# --- descriptions -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class ProblemSummary:
    """A problem that is told in a list, in the place of what cannot be answered."""

    type: str
    title: str
    status: int
    detail: str


def summary(kind: ProblemType, detail: str) -> ProblemSummary:
    """Make a problem part of an answer."""
    return ProblemSummary(kind.uri, kind.title, kind.status, detail)
