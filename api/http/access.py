"""Who asks: a key, for writing always, for reading where the settings say so. Roles and grants go here, nowhere else.

A program sends its key in ``Authorization``. A browser cannot, so a person signs in on a page with the same kind of
key, and a cookie brings it along from then on; nothing is kept of that here. The header counts first: beside a key in
it, the cookie is not looked at::

    writer    records over the API       the header only
    reader    reads anything             the header, else the cookie
    visitor   looks at a page            the same, or nobody
    author    sends the form of a page   the same, and from one of our own pages (``from_own_page``)

So no other site can record anything through somebody's browser: the API's writes take no cookie, and pages' forms come
from pages of this service alone.
"""

import re
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.concurrency import run_in_threadpool

from api.http.problems import CROSS_SITE, UNAUTHORIZED, Fault, Problem
from api.services import services

COOKIE = "coalition_key"

_BEARER = HTTPBearer(auto_error=False, description="A key made with `coalition keys add NAME`.")
_COOKIE = APIKeyCookie(
    name=COOKIE, auto_error=False, description="The same key, in a browser that signed in at `/sign-in`; for reading."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
Cookie = Annotated[str | None, Depends(_COOKIE)]

# --- who asks ---------------------------------------------------------------------------------------------------------


async def writer(request: Request, credentials: Credentials) -> str:
    """The name of the key that the request was sent with; what it records is recorded by that name.

    An application that no network reaches may name who records instead. Raises a ``Problem`` (401) without a key, or
    with one that is unknown or revoked.
    """
    recorded_by = services(request).recorded_by
    if recorded_by is not None:
        return recorded_by
    name = await key_name(request, credentials.credentials if credentials else None)
    if name is None:
        raise _without_a_key(credentials)
    return name


async def reader(request: Request, credentials: Credentials, cookie: Cookie) -> None:
    """Let the request read, if reading is open or it has a key. Raises a ``Problem`` (401)."""
    if _needs_a_key(request) and await visitor(request, credentials, cookie) is None:
        if services(request).settings.open_reading == "loopback":
            detail = "reading without a key is for this machine, at localhost or an address of loopback"
            raise Problem(UNAUTHORIZED, faults=[Fault(header="Host", detail=detail)])
        raise _without_a_key(credentials, cookie)


async def visitor(request: Request, credentials: Credentials, cookie: Cookie) -> str | None:
    """The name of the key that somebody looks with; ``None`` without one that is good."""
    request.state.has_cookie_only = credentials is None and cookie is not None
    request.state.visitor = await key_name(request, credentials.credentials if credentials else cookie)
    name: str | None = request.state.visitor
    return name


async def author(request: Request, credentials: Credentials, cookie: Cookie) -> str:
    """The name of the key of whoever sends a form of a page. Raises a ``Problem`` (401)."""
    name = await visitor(request, credentials, cookie)
    if name is None:
        raise _without_a_key(credentials, cookie)
    return name


async def from_own_page(request: Request) -> None:
    """Raise a ``Problem`` (403) where a browser says that a form came from a page that is not this service's.

    Every router of pages has it. ``Sec-Fetch-Site`` holds behind any proxy; over plain HTTP to another machine there is
    only ``Origin``. A program sends neither, and no cookie that it was not given.
    """
    if request.method == "GET":
        return
    site, origin, host = (request.headers.get(name) for name in ("sec-fetch-site", "origin", "host"))
    if site is not None:
        name, is_own = "Sec-Fetch-Site", site in ("same-origin", "none")
    else:
        name, is_own = "Origin", origin in (None, f"http://{host}", f"https://{host}")
    if not is_own:
        detail = "a form is taken from this service's own pages only"
        raise Problem(CROSS_SITE, faults=[Fault(header=name, detail=detail)])


Writer = Annotated[str, Depends(writer)]
Visitor = Annotated[str | None, Depends(visitor)]
Author = Annotated[str, Depends(author)]


async def key_name(request: Request, secret: str | None) -> str | None:
    """The name that a secret stands for; ``None`` where it is unknown or revoked."""
    keys = services(request).keys
    return keys.just_authenticated(secret) or await run_in_threadpool(keys.authenticate, secret) if secret else None


def _needs_a_key(request: Request) -> bool:
    host = re.sub(r":[0-9]*$", "", request.headers.get("host", ""))
    return services(request).settings.reading_needs_a_key(host.strip("[]").lower())


def _without_a_key(credentials: Credentials, cookie: str | None = None) -> Problem:
    if credentials is None and cookie is not None:
        fault = Fault(header="Cookie", detail="the key that you signed in with is unknown or revoked")
    else:
        detail = "the key is unknown or revoked" if credentials else "send Authorization: Bearer and a key"
        fault = Fault(header="Authorization", detail=detail)
    return Problem(UNAUTHORIZED, faults=[fault])


# --- signing in -------------------------------------------------------------------------------------------------------


def sign_in(request: Request, response: Response, secret: str) -> None:
    """Have the browser bring a key along until it is closed, to this service alone and never from another site.

    Whether it came by HTTPS, the browser tells in ``Origin``: what ends the encryption is usually a proxy before us.
    """
    is_encrypted = "https" in (request.url.scheme, request.headers.get("origin", "").partition("://")[0])
    response.set_cookie(COOKIE, secret, path="/", secure=is_encrypted, httponly=True, samesite="strict")


def sign_out(response: Response) -> None:
    """Have the browser forget the key."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


# --- what caches may do -----------------------------------------------------------------------------------------------


def scope(request: Request) -> str:
    """Who may keep an answer: any cache, or where it was given to somebody with a key, that one's own."""
    is_for_one = _needs_a_key(request) or getattr(request.state, "visitor", None) is not None
    return "private" if is_for_one else "public"


def ends_with_signing_out(request: Request) -> bool:
    """Whether an answer was given for a cookie, so that a browser that keeps it has to ask each time."""
    return _needs_a_key(request) and getattr(request.state, "has_cookie_only", False)


def deciding_headers(request: Request) -> str:
    """The headers that decide who gets an answer of the API, for ``Vary``."""
    return "Authorization, Cookie" if _needs_a_key(request) else "Authorization"
