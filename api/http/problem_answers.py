"""Problems as answers: the handlers that turn errors into them, their descriptions, and their OpenAPI documents."""

import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
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

from api.http.error_messages import dotted_name, sentence
from api.http.problems import (
    BAD_PARAMETER,
    FORBIDDEN,
    INTERNAL,
    MALFORMED_BODY,
    MAX_FAULTS,
    MEDIA_TYPE,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    PROBLEM_TYPES,
    TOO_LARGE,
    UNAUTHORIZED,
    UNSUPPORTED_MEDIA_TYPE,
    URI_TOO_LONG,
    VALIDATION,
    Fault,
    Problem,
    ProblemType,
    problem_response,
)
from domain.json_pointers import pointer_to

_log = logging.getLogger("coalition.problems")

_OF_STATUS = {404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 401: UNAUTHORIZED, 403: FORBIDDEN, 406: NOT_ACCEPTABLE,
              413: TOO_LARGE, 414: URI_TOO_LONG, 415: UNSUPPORTED_MEDIA_TYPE}  # fmt: skip


def install(app: FastAPI) -> None:
    """Answer every refusal and failure of ``app`` as a problem, and describe the types, also in OpenAPI."""
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
    detail = error.detail if isinstance(error.detail, str) else None
    phrase = HTTPStatus(error.status_code).phrase
    if kind := _OF_STATUS.get(error.status_code):
        return Problem(kind, None if detail == phrase else detail, headers=error.headers).response()
    document = {"type": "about:blank", "title": phrase, "status": error.status_code, "detail": detail or phrase}
    return problem_response(document, error.status_code, error.headers or {})


def _answer_unreadable_parameters(_: Request, error: Exception) -> Response:
    return problem_of_request(cast(RequestValidationError, error).errors()).response()


def problem_of_request(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Return FastAPI's errors about a request as one problem; errors in the body come before those in parameters."""
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
        return Fault(pointer=pointer_to(path), detail=sentence(error, dotted_name(path) or "the body"))
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


_SCHEMAS = "#/components/schemas/"


class ProblemErrorDocument(BaseModel):
    """One error and its place."""

    # Factories keep defaults out of the schema: absent fields are left out, not empty.
    detail: str = Field(description="The error as a sentence.")
    pointer: str = Field(
        default_factory=str, description="JSON pointer (RFC 6901) into the body; in a list it begins with the index."
    )
    parameter: str = Field(default_factory=str, description="The query parameter, or the part of the path.")
    header: str = Field(default_factory=str, description="The header.")
    rule: str = Field(
        default_factory=str, description="The rule that a fact breaks.", examples=["WithdrawsMoreThanIsLeft"]
    )
    collides_with: list[str] = Field(
        default_factory=list, description="The ids of the recorded events that the fact conflicts with."
    )


class ProblemDocument(BaseModel):
    """The reason why a request was not answered (RFC 9457)."""

    type: str = Field(description="Identifies the type of problem, and leads to its description.")
    title: str = Field(description="The title of the type.")
    status: int = Field(description="The status code.")
    detail: str = Field(description="What is wrong with this request.")
    instance: str = Field(default_factory=str, description="Identifies this occurrence in the service's log.")
    errors: list[ProblemErrorDocument] = Field(
        default_factory=list, description=f"Each error and its place; the first {MAX_FAULTS:,}."
    )


class ProblemTypeDocument(BaseModel):
    """The meaning of a type of problem."""

    type: str
    status: int
    title: str
    meaning: str


def problem_responses(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """Describe, for FastAPI's ``responses=``, the problems of an operation; a status may have several."""
    by_status: dict[int | str, list[ProblemType]] = {}
    for kind in types:
        by_status.setdefault(kind.status, []).append(kind)
    return {status: _description(kinds) for status, kinds in by_status.items()}


def _description(kinds: list[ProblemType]) -> dict[str, Any]:
    examples = {kind.name: {"summary": kind.title, "value": Problem(kind).document()} for kind in kinds}
    content = {MEDIA_TYPE: {"schema": {"$ref": _SCHEMAS + "ProblemDocument"}, "examples": examples}}
    return {"description": "; or: ".join(kind.title for kind in kinds), "content": content}


def _described(openapi: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Replace FastAPI's own schemas of errors in the OpenAPI document by that of a problem."""
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
    """Every type of problem that the service may answer with."""
    return [_type_document(kind) for kind in PROBLEM_TYPES.values()]


@router.get(
    "/{name}",
    operation_id="describe_problem_type",
    response_model=ProblemTypeDocument,
    responses={200: {"content": {"text/html": {"schema": {"type": "string"}}}}, **problem_responses(NOT_FOUND)},
)
def problem_type(name: str, request: Request) -> Response:
    """The meaning of a type of problem, as JSON or as a page for a browser."""
    kind = PROBLEM_TYPES.get(name)
    if kind is None:
        raise Problem(NOT_FOUND, "Unknown type of problem.")
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
