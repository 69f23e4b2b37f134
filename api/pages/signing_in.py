"""``/sign-in``: a person enters a key, which the browser then brings along; ``/sign-out`` has it forgotten.

Nobody is slowed down who tries keys: one has 256 bits of chance."""

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

Next = Annotated[str | None, Query(alias="next", description="Where to go on to, a path of this service.")]


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: Visitor, onward: Next = None) -> Response:
    """The form, or who is signed in; who is, and was sent here on the way to a page, goes on to it."""
    if visitor is not None and onward is not None:
        return RedirectResponse(local(onward), 303)
    return _shown(request, local(onward) if onward is not None else _came_from(request))


@router.post("/sign-in")
async def signed_in(request: Request, given: Annotated[dict[str, str], fields("key", "next")]) -> Response:
    """Take a key, and go on; or say that it is none."""
    onward, secret = local(given.get("next", "/")), given.get("key")
    if secret is None:
        return _shown(request, onward, "Enter a key.", VALIDATION.status)
    if await key_name(request, secret) is None:
        response = _shown(request, onward, "This key is unknown or revoked.", UNAUTHORIZED.status)
        response.headers["WWW-Authenticate"] = "Bearer"
        return response
    response = RedirectResponse(onward, 303)
    sign_in(request, response, secret)
    return response


@router.post("/sign-out")
def signed_out(_: Annotated[dict[str, str], fields()]) -> Response:
    """Forget the key."""
    response = RedirectResponse("/sign-in", 303)
    sign_out(response)
    return response


def _shown(request: Request, onward: str, refused: str | None = None, status: int = 200) -> Response:
    response = page(request, "sign_in.html", status=status, onward=onward, refused=refused)
    response.headers["Cache-Control"] = "no-store"
    return response


def local(path: str) -> str:
    """A path of this service. Raises a ``Problem`` for what a browser would take for another: no link sends people on.

    Two slashes begin the name of a host, browsers take a backslash for a slash, and leave out tabs and line ends.
    """
    if not re.fullmatch(r"/(?!/)[^\\\x00-\x20\x7f]*", path):
        detail = "next must be a path of this service, for example /c/willing"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="next", detail=detail)])
    return path


def _came_from(request: Request) -> str:
    """The page of ours that led here, as the browser tells; the links in the header do not name it."""
    try:
        referrer = urlsplit(request.headers.get("referer", ""))
        path = local(referrer._replace(scheme="", netloc="", fragment="").geturl())
    except (ValueError, Problem):
        return "/"
    is_ours = referrer.netloc == request.headers.get("host") and not path.startswith("/sign-")
    return path if is_ours else "/"
