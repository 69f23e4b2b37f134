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
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from http import HTTPStatus
from typing import Any, cast

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.http.error_messages import dotted, pointer, sentence

MEDIA_TYPE = "application/problem+json"
FAULTS_AT_MOST = 1_000
"""So many errors are listed; a body could hold a million."""

_log = logging.getLogger("coalition.problems")

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

_OF_STATUS = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 401: UNAUTHORIZED, 403: FORBIDDEN, 406: NOT_ACCEPTABLE,
              413: TOO_LARGE, 414: URI_TOO_LONG, 415: UNSUPPORTED_MEDIA_TYPE}  # fmt: skip
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
        return _response(self.document(), self.type.status, self.headers)


def _summary(faults: tuple[Fault, ...]) -> str:
    if not faults:
        return ""
    first = faults[0].detail
    return first if len(faults) == 1 else f"{first.rstrip('.')}. And {len(faults) - 1:,} more: see errors."


def _response(document: dict[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    # Text that came with the request may hold what UTF-8 cannot (lone surrogates): a refusal must not fail on it.
    content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, {"Cache-Control": "no-store", **headers}, MEDIA_TYPE)


# --- handlers ---------------------------------------------------------------------------------------------------------


def install(app: FastAPI) -> None:
    """Answer every refusal and failure of ``app`` as a problem, and describe the types, in its OpenAPI document too."""
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_exception)
    app.add_exception_handler(RequestValidationError, _answer_unreadable_parameters)
    app.add_exception_handler(ClientDisconnect, _answer_nobody)
    app.add_exception_handler(Exception, _answer_defect)
    app.router.routes.extend(router.routes)
    app.openapi = partial(_described, app.openapi)  # type: ignore[method-assign]


def _answer_problem(_: Request, problem: Exception) -> Response:
    return cast(Problem, problem).response()


def _answer_http_exception(_: Request, error: Exception) -> Response:
    error = cast(HTTPException, error)
    said = error.detail if isinstance(error.detail, str) else None
    phrase = HTTPStatus(error.status_code).phrase
    if kind := _OF_STATUS.get(error.status_code):
        return Problem(kind, None if said == phrase else said, headers=error.headers).response()
    document = {"type": "about:blank", "title": phrase, "status": error.status_code, "detail": said or phrase}
    return _response(document, error.status_code, error.headers or {})


def _answer_unreadable_parameters(_: Request, error: Exception) -> Response:
    return unreadable(cast(RequestValidationError, error).errors()).response()


def unreadable(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The problem that FastAPI's findings about a request add up to; the body counts before the parameters."""
    faults = [_fault(error) for error in errors]
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(MALFORMED_BODY, faults=faults)
    in_body = any(fault.pointer is not None for fault in faults)
    return Problem(VALIDATION if in_body else BAD_PARAMETER, faults=faults)


def _fault(error: Mapping[str, Any]) -> Fault:
    place, *path = error["loc"]
    if place == "body":
        if error["type"] == "json_invalid":
            return Fault(pointer="", detail="The body is not JSON.")
        return Fault(pointer=pointer(path), detail=sentence(error, dotted(path) or "the body"))
    name = str(path[0]) if path else str(place)
    if place == "header":
        return Fault(header=name, detail=sentence(error, name))
    return Fault(parameter=name, detail=sentence(error, name))


def _answer_nobody(_: Request, __: Exception) -> Response:
    return Problem(MALFORMED_BODY, "The connection ended before the body did.").response()


def _answer_defect(request: Request, error: Exception) -> Response:
    instance = f"urn:uuid:{uuid.uuid4()}"
    _log.error("%s: a defect, answering %s %r", instance, request.method, request.url.path, exc_info=error)
    return Problem(INTERNAL, instance=instance).response()


# --- descriptions -----------------------------------------------------------------------------------------------------

_SCHEMAS = "#/components/schemas/"


class ProblemErrorDocument(BaseModel):
    """One thing that is wrong, and where."""

    # Factories keep defaults out of the schema: what is absent is left out, not empty.
    detail: str = Field(description="What is wrong, as a sentence.")
    pointer: str = Field(
        default_factory=str, description="JSON pointer (RFC 6901) into the body; in a list it begins with the index."
    )
    parameter: str = Field(default_factory=str, description="The query parameter, or the part of the path.")
    header: str = Field(default_factory=str, description="The header.")
    rule: str = Field(
        default_factory=str, description="The rule that a fact breaks.", examples=["WithdrawsMoreThanIsLeft"]
    )
    collides_with: list[str] = Field(
        default_factory=list, description="The ids of the recorded events that the fact collides with."
    )


class ProblemDocument(BaseModel):
    """Why a request was not answered (RFC 9457)."""

    type: str = Field(description="Identifies the type of problem, and leads to its description.")
    title: str = Field(description="The type in a few words.")
    status: int = Field(description="The status code.")
    detail: str = Field(description="What is wrong with this request.")
    instance: str = Field(default_factory=str, description="Identifies this occurrence in the service's log.")
    errors: list[ProblemErrorDocument] = Field(
        default_factory=list, description=f"Each thing that is wrong, and where; the first {FAULTS_AT_MOST:,}."
    )


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


class ProblemTypeDocument(BaseModel):
    """What a type of problem means."""

    type: str
    status: int
    title: str
    meaning: str


def documented(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """Describe, for FastAPI's ``responses=``, the problems an operation answers with; a status may have several."""
    by_status: dict[int | str, list[ProblemType]] = {}
    for kind in types:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _description(kinds) for status, kinds in by_status.items()}


def _description(kinds: list[ProblemType]) -> dict[str, Any]:
    examples = {kind.name: {"summary": kind.title, "value": Problem(kind).document()} for kind in kinds}
    content = {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS + "ProblemDocument"}, "examples": examples}}
    return {"description": "; or: ".join(kind.title for kind in kinds), "content": content}


def _described(openapi: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Add the schema of a problem to the OpenAPI document, and put it in the place of FastAPI's own."""
    document = openapi()
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = ProblemDocument.model_json_schema(ref_template=_SCHEMAS + "{model}")
    schemas.update(problem.pop("$defs"), ProblemDocument=problem)
    operations = (op for path in document["paths"].values() for op in path.values() if isinstance(op, dict))
    for operation in operations:
        answer = operation["responses"].get("422", {})
        if "HTTPValidationError" in str(answer.get("content", {}).get("application/json", "")):
            operation["responses"]["422"] = _description([BAD_PARAMETER])
    return document


router = APIRouter(prefix="/problems", tags=["problems"])


@router.get("", operation_id="list_problem_types")
def problem_types() -> list[ProblemTypeDocument]:
    """Every type of problem that the service answers with."""
    return [_type_document(kind) for kind in PROBLEM_TYPES.values()]


@router.get(
    "/{name}",
    operation_id="describe_problem_type",
    response_model=ProblemTypeDocument,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **documented(NOT_FOUND)},
)
def problem_type(name: str, request: Request) -> Response:
    """What a type of problem means, as JSON, or as a page for a browser."""
    kind = PROBLEM_TYPES.get(name)
    if kind is None:
        raise Problem(NOT_FOUND, "There is no such type of problem.")
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_page(kind), headers={"Content-Security-Policy": "default-src 'none'", "Vary": "Accept"})
    return JSONResponse(_type_document(kind).model_dump(), headers={"Vary": "Accept"})


def _type_document(kind: ProblemType) -> ProblemTypeDocument:
    return ProblemTypeDocument(type=kind.uri, status=kind.status, title=kind.title, meaning=kind.meaning)


def _page(kind: ProblemType) -> str:
    title = escape(f"{kind.title} ({kind.status})")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f"<h1>{title}</h1><p><code>{escape(kind.uri)}</code></p><p>{escape(kind.meaning)}</p></html>"
    )
