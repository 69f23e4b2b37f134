"""Refusals of a page, told as a page: the same problems as the API's, in words, with a way back."""

import json
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute

from api.access import from_own_page, reader, visitor
from api.asked import only_known_parameters
from api.pages.sending import page
from api.problems import UNAUTHORIZED, Problem
from domain.ledger import LedgerFailure


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
                return _told(request, said if isinstance(said, Response) else await said)

        return answered


def _told(request: Request, said: Response) -> Response:
    """The page of a problem, with the status and the headers that it has in the API."""
    document = json.loads(bytes(said.body))
    onward = sign_in_address(request) if said.status_code == UNAUTHORIZED.status else None
    response = page(request, "problem.html", status=said.status_code, problem=document, sign_in=onward)
    for name in ("www-authenticate", "retry-after"):
        if name in said.headers:
            response.headers[name] = said.headers[name]
    return response


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
