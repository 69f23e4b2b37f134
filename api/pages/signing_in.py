"""``/sign-in``: a person enters a key, which the browser then sends with each request; ``/sign-out`` forgets it.

Attempts are not limited: a key has 256 random bits."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from api.http.access import Visitor, key_name, sign_in, sign_out
from api.http.problems import BAD_PARAMETER, UNAUTHORIZED, VALIDATION, Fault, Problem
from api.pages.forms import fields
from api.pages.responses import page
from api.pages.routing import pages

router = pages(is_open=True)

Next = Annotated[str | None, Query(alias="next", description="The path of this service to go on to.")]


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: Visitor, onward: Next = None) -> Response:
    """The form, or the name of the visitor. A visitor who was sent here on the way to a page goes on to it."""
    if visitor is not None and onward is not None:
        return RedirectResponse(local(onward), 303)
    return _sign_in_form(request, local(onward) if onward is not None else _came_from(request))


@router.post("/sign-in")
async def check_key(request: Request, form: Annotated[dict[str, str], fields("key", "next")]) -> Response:
    """Accept a key and go on, or say that it is not valid."""
    onward, secret = local(form.get("next", "/")), form.get("key")
    if secret is None:
        return _sign_in_form(request, onward, "Enter a key.", VALIDATION.status)
    if await key_name(request, secret) is None:
        response = _sign_in_form(request, onward, "This key is unknown or revoked.", UNAUTHORIZED.status)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    response = RedirectResponse(onward, 303)
    sign_in(request, response, secret)
    return response


@router.post("/sign-out")
def forget_key(_: Annotated[dict[str, str], fields()]) -> Response:
    """Forget the key."""
    response = RedirectResponse("/sign-in", 303)
    sign_out(response)
    return response


def _sign_in_form(request: Request, onward: str, refused: str | None = None, status: int = 200) -> Response:
    response = page(request, "sign_in.html", status=status, onward=onward, refused=refused)
    response.headers["Cache-Control"] = "no-store"
    return response


def local(path: str) -> str:
    """A path of this service. Raises a ``Problem`` for one that a browser would read as an address elsewhere.

    Two slashes begin the name of a host; browsers read a backslash as a slash, and ignore tabs and line ends.
    """
    if not re.fullmatch(r"/(?!/)[^\\\x00-\x20\x7f]*", path):
        detail = "next must be a path of this service, for example /c/willing"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="next", detail=detail)])
    return path


def _came_from(request: Request) -> str:
    """The page of ours that led here, according to the browser; the links in the header do not name it."""
    try:
        referrer = urlsplit(request.headers.get("referer", ""))
        path = local(referrer._replace(scheme="", netloc="", fragment="").geturl())
    except (ValueError, Problem):
        return "/"
    is_ours = referrer.netloc == request.headers.get("host") and not path.startswith("/sign-")
    return path if is_ours else "/"
