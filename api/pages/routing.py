"""Refusals of a page, told as a page: the same problems as the API's, in words, with a way on.

A page of a coalition keeps its clocks: what was wrong stands in them as it was given, to be mended there."""

import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.http.access import from_own_page, reader, visitor
from api.http.problems import BAD_PARAMETER, NOT_FOUND, UNAUTHORIZED, Problem
from api.pages.clocks import clocks_with_problems, date_problem
from api.pages.responses import page
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.parameters import history_of, only_known_parameters
from domain.ledger import LedgerFailure
from projections.asof import AsOf

_POINT = ("valid_at", "known_at", "known_axis", "sequence")
_POINTS_COMPARED = ("from_valid_at", "from_known_at", "to_valid_at", "to_known_at")
DATES = ("valid_at", "known_at", *_POINTS_COMPARED, "effective_from", "effective_to")
"""The parameters of pages that are dates."""
_WITH_CLOCKS = (NOT_FOUND.status, BAD_PARAMETER.status)
_FILES = (".csv", ".json", ".{ending}")


class PageRoute(APIRoute):
    """A route whose refusals are pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler; what it raises is what the API would answer, told as a page."""
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            given = request.query_params.multi_items()
            if request.method == "GET" and any(value == "" for _, value in given):
                # A form sends the fields that were left empty, too; the address of what is shown goes without them.
                query = urlencode([(name, value) for name, value in given if value != ""])
                return RedirectResponse(f"{quote(request.scope['path'])}?{query}".rstrip("?"), 303)
            try:
                return await answer(request)
            except (Problem, RequestValidationError, LedgerFailure) as refusal:
                handlers = request.app.exception_handlers
                handler = next(handlers[kind] for kind in type(refusal).__mro__ if kind in handlers)
                said = handler(request, refusal)
                said = said if isinstance(said, Response) else await said
                return await run_in_threadpool(_told, request, said)

        return answered


def _told(request: Request, said: Response) -> Response:
    """The page of a problem, with the status and the headers that it has in the API."""
    document = json.loads(bytes(said.body))
    onward = sign_in_address(request) if said.status_code == UNAUTHORIZED.status else None
    refused = {error["parameter"]: error["detail"] for error in document.get("errors", ()) if "parameter" in error}
    stand = _stand_without(request, refused) if _has_clocks(request, said) else None
    given = request.query_params
    wrong = {name: date_problem(given[name], refused[name]) for name in DATES if name in refused and name in given}
    response = page(
        request, "problem.html", status=said.status_code, problem=document, sign_in=onward, wrong=wrong, stand=stand,
        **({} if stand is None else _clocks_form(request, stand, refused, wrong)),
    )  # fmt: skip
    for name in ("www-authenticate", "retry-after"):
        if name in said.headers:
            response.headers[name] = said.headers[name]
    return response


def _has_clocks(request: Request, said: Response) -> bool:
    """Whether the problem is with what a page of a coalition was asked, so that another point may be asked instead."""
    is_file = request.scope["route"].path.endswith(_FILES)
    return request.method == "GET" and said.status_code in _WITH_CLOCKS and not is_file


def _stand_without(request: Request, refused: dict[str, str]) -> Viewpoint | None:
    """Where the page looks from without the parameters that were refused, to which those are added that are found here.

    ``None`` if no such coalition is on record.
    """
    try:
        history = history_of(request, request.path_params.get("coalition", ""))
    except (Problem, LedgerFailure):
        return None
    while True:
        point = {name: request.query_params.get(name) for name in _POINT if name not in refused}
        try:
            return viewpoint_at(request, history, _as_of(**point))
        except Problem as problem:
            refused |= {fault.parameter: fault.detail for fault in problem.faults if fault.parameter}


def _as_of(
    valid_at: str | None = None, known_at: str | None = None, known_axis: str | None = None, sequence: str | None = None
) -> AsOf:
    return AsOf(valid_at, known_at, known_axis, int(sequence) if sequence else None)


def _clocks_form(
    request: Request, stand: Viewpoint, refused: Mapping[str, str], wrong: Mapping[str, str]
) -> dict[str, Any]:
    """The form of the clocks: to the same address, with everything else that was asked and not refused."""
    dropped = {*refused, *_POINT, *_POINTS_COMPARED}
    return {
        "clocks": clocks_with_problems(stand, request.query_params, wrong),
        "path": quote(request.scope["path"]).removeprefix(stand.root),
        "hidden": [pair for pair in request.query_params.multi_items() if pair[0] not in dropped],
    }


def sign_in_address(request: Request) -> str:
    """Where somebody signs in who then comes back to what was asked; a form is sent to the address of its page."""
    query = f"?{request.url.query}" if request.url.query else ""
    return f"/sign-in?{urlencode({'next': quote(request.scope['path']) + query})}"


def pages(*, is_open: bool = False) -> APIRouter:
    """A router for pages: who may read the API may read them, or anybody; a misspelt parameter is refused as there.

    A form is taken from our own pages only.
    """
    needed = [Depends(from_own_page), Depends(visitor), *([] if is_open else [Depends(reader)])]
    needed.append(Depends(only_known_parameters))
    return APIRouter(route_class=PageRoute, include_in_schema=False, dependencies=needed)
