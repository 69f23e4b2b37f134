"""Routes of pages. A refusal is a page too: the same problem as the API's, in words, with a way on.

A page of a coalition keeps its clocks: a date that is not valid stays in its field, to be corrected there."""

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.http.access import from_own_page, reader, sign_in, visitor
from api.http.problems import BAD_PARAMETER, NOT_FOUND, OUTDATED_DEFINITIONS, UNAUTHORIZED, Problem
from api.pages.clocks import clocks_with_problems, date_problem
from api.pages.responses import page
from api.pages.viewpoint import POINT, Viewpoint, viewpoint_at
from api.routes.parameters import bases_in, history_of, only_known_parameters
from api.routes.slots import SlottedRoute
from domain.ledger import LedgerFailure
from projections.asof import AsOf

_POINT = ("valid_at", "known_at", "known_axis", "sequence")
_POINTS_COMPARED = ("from_valid_at", "from_known_at", "to_valid_at", "to_known_at")
DATES = ("valid_at", "known_at", *_POINTS_COMPARED, "effective_from", "effective_to")
"""The parameters of pages that are dates."""
_WITH_CLOCKS = (NOT_FOUND.status, OUTDATED_DEFINITIONS.status, BAD_PARAMETER.status)
_FILES = (".csv", ".json", ".{ending}")
_FILES_OF_NAMES = {"{coalition}": "/picture.csv", "{scenario}": "/difference.csv", "{name}": "/history.csv"}
"""Where a page whose address ends with a name has its CSV: below itself, because a name may end with .csv too."""


class PageRoute(SlottedRoute):
    """A route whose refusals are pages. An address with empty parameters, as forms send them, leads to one without."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route."""
        endpoint = super().get_route_handler()

        async def handle(request: Request) -> Response:
            parameters = request.query_params.multi_items()
            if request.method == "GET" and any(value == "" for _, value in parameters):
                query = urlencode([(name, value) for name, value in parameters if value != ""])
                return RedirectResponse(f"{quote(request.scope['path'])}?{query}".rstrip("?"), 303)
            try:
                response = await endpoint(request)
                if entered := getattr(request.state, "entered_key", None):
                    sign_in(request, response, entered)
                return response
            except (Problem, RequestValidationError, LedgerFailure) as refusal:
                handlers = request.app.exception_handlers
                handler = next(handlers[kind] for kind in type(refusal).__mro__ if kind in handlers)
                answer = handler(request, refusal)
                answer = answer if isinstance(answer, Response) else await answer
                if answer.status_code == NOT_FOUND.status and (address := _earlier_address(request)):
                    return RedirectResponse(address, 307)
                return await run_in_threadpool(_problem_page, request, answer)

        return handle


def _earlier_address(request: Request) -> str | None:
    """Where the CSV is now that earlier versions sent for a name with ``.csv`` after it, if nothing has that name."""
    path: str = request.scope["path"]
    file = _FILES_OF_NAMES.get(request.scope["route"].path.rpartition("/")[2])
    if file is None or not path.endswith(".csv"):
        return None
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(path.removesuffix(".csv") + file) + query


def _problem_page(request: Request, answer: Response) -> Response:
    """The page of a problem, with the status and the headers of the API's answer."""
    document = json.loads(bytes(answer.body))
    typed = getattr(request.state, "typed", None)
    if typed is not None and answer.status_code == UNAUTHORIZED.status:
        return _key_page(request, document, typed)
    onward = sign_in_address(request) if answer.status_code == UNAUTHORIZED.status else None
    refused = {error["parameter"]: error["detail"] for error in document.get("errors", ()) if "parameter" in error}
    viewpoint = _viewpoint_without(request, refused) if _has_clocks(request, answer) else None
    parameters = request.query_params
    wrong = {
        name: date_problem(parameters[name], refused[name]) for name in DATES if name in refused and name in parameters
    }
    response = page(
        request, "problem.html", status=answer.status_code, problem=document, sign_in=onward, wrong=wrong,
        viewpoint=viewpoint, **({} if viewpoint is None else _clocks_form(request, viewpoint, refused, wrong)),
    )  # fmt: skip
    for name in ("www-authenticate", "retry-after"):
        if name in answer.headers:
            response.headers[name] = answer.headers[name]
    return response


def _key_page(request: Request, document: Mapping[str, Any], typed: Mapping[str, str]) -> Response:
    """The page that asks for a key and has all that was typed in the form; sent again, it does what the form does."""
    reason = document["errors"][0]["detail"]
    response = page(request, "key.html", status=UNAUTHORIZED.status, typed=typed, reason=reason)
    response.headers["www-authenticate"] = "Bearer"
    return response


def _has_clocks(request: Request, answer: Response) -> bool:
    """Whether another date may solve the problem: a page, not a file, was asked for what is not there or not valid."""
    is_file = request.scope["route"].path.endswith(_FILES)
    return request.method == "GET" and answer.status_code in _WITH_CLOCKS and not is_file


def _viewpoint_without(request: Request, refused: dict[str, str]) -> Viewpoint | None:
    """The viewpoint without the parameters that were refused; ``None`` if no such coalition is on record.

    Parameters that are found here not to be valid are added to ``refused``.
    """
    try:
        history = history_of(request, request.path_params.get("coalition", ""))
    except (Problem, LedgerFailure):
        return None
    while True:
        point = {name: request.query_params.get(name) for name in _POINT if name not in refused}
        without = () if "without" in refused else bases_in(request.query_params.getlist("without"))
        try:
            return viewpoint_at(request, history, replace(_as_of(**point), without=without))
        except Problem as problem:
            refused |= {fault.parameter: fault.detail for fault in problem.faults if fault.parameter}


def _as_of(
    valid_at: str | None = None, known_at: str | None = None, known_axis: str | None = None, sequence: str | None = None
) -> AsOf:
    return AsOf(valid_at, known_at, known_axis, int(sequence) if sequence else None)


def _clocks_form(
    request: Request, viewpoint: Viewpoint, refused: Mapping[str, str], wrong: Mapping[str, str]
) -> dict[str, Any]:
    """The form of the clocks: to the same address, with all other parameters that were not refused."""
    dropped = {*refused, *POINT, *_POINTS_COMPARED}
    return {
        "clocks": clocks_with_problems(viewpoint, request.query_params, wrong),
        "path": quote(request.scope["path"]).removeprefix(viewpoint.root),
        "hidden": [pair for pair in request.query_params.multi_items() if pair[0] not in dropped],
    }


def sign_in_address(request: Request) -> str:
    """The address of the sign-in page that leads back to this request; a form's is that of its page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?{urlencode({'next': quote(request.scope['path']) + query})}"


def pages(*, is_open: bool = False, checks_parameters: bool = True) -> APIRouter:
    """A router for pages, open to everyone who may read the API, or (``is_open``) to everyone.

    Unknown parameters are refused, unless its pages do that themselves; forms are accepted from our own pages only.
    """
    dependencies = [Depends(from_own_page), Depends(visitor), *([] if is_open else [Depends(reader)])]
    if checks_parameters:
        dependencies.append(Depends(only_known_parameters))
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=dependencies)
