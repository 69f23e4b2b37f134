"""Access: a key is required for writing, and for reading if the settings say so. Roles and grants belong here alone.

A program sends its key in ``Authorization``. A browser cannot, so a person signs in on a page with the same kind of
key, and a cookie carries it from then on; the service stores nothing about it. The header comes first: if it has a key,
the cookie is ignored::

    writer    records over the API       the header only
    reader    reads anything             the header, else the cookie
    visitor   looks at a page            the same, or no key
    author    sends the form of a page   the same, and from one of our own pages (``from_own_page``)

So no other site can record anything through somebody's browser: the API's writes accept no cookie, and forms are
accepted from pages of this service only.
"""

from ipaddress import IPv6Network
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.utils import get_authorization_scheme_param
from starlette.concurrency import run_in_threadpool

from api.http.problems import CROSS_SITE, UNAUTHORIZED, Fault, Problem
from api.http.proxies import client_address, forwarding_header, is_of_this_machine
from api.services import services

COOKIE = "coalition_key"

_BEARER = HTTPBearer(auto_error=False, description="A key made with `coalition keys add NAME`.")
_COOKIE = APIKeyCookie(
    name=COOKIE, auto_error=False, description="The same key, in a browser that signed in at `/sign-in`; for reading."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
Cookie = Annotated[str | None, Depends(_COOKIE)]

# --- keys -------------------------------------------------------------------------------------------------------------


async def writer(request: Request, credentials: Credentials) -> str:
    """Return the name of the request's key, under which its facts are recorded.

    An application without a network has a fixed name instead. Raises a ``Problem`` (401) without a key, or with one
    that is unknown or revoked.
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
            detail = "reading without a key works on this machine only, at localhost or a loopback address"
            header = forwarding_header(request)
            if header is not None:
                detail = "reading without a key works on this machine only; a proxy has passed this request on"
            raise Problem(UNAUTHORIZED, faults=[Fault(header=(header or "host").title(), detail=detail)])
        raise _without_a_key(credentials, cookie)


async def visitor(request: Request, credentials: Credentials, cookie: Cookie) -> str | None:
    """Return the name of the reader's key; ``None`` without a valid one."""
    request.state.has_cookie_only = credentials is None and cookie is not None
    request.state.visitor = await key_name(request, credentials.credentials if credentials else cookie)
    name: str | None = request.state.visitor
    return name


async def author(request: Request, credentials: Credentials, cookie: Cookie) -> str:
    """Return the name of the key with which a form of a page is sent. Raises a ``Problem`` (401)."""
    name = await visitor(request, credentials, cookie)
    if name is None:
        raise _without_a_key(credentials, cookie)
    return name


async def from_own_page(request: Request) -> None:
    """Raise a ``Problem`` (403) if the browser says that a form came from a page of another site.

    Every router of pages uses it. ``Sec-Fetch-Site`` is valid behind any proxy; over plain HTTP to another machine,
    there is only ``Origin``. A program sends neither, and no cookie of a browser.
    """
    if request.method == "GET":
        return
    site, origin, host = (request.headers.get(name) for name in ("sec-fetch-site", "origin", "host"))
    if site is not None:
        name, is_own = "Sec-Fetch-Site", site in ("same-origin", "none")
    else:
        name, is_own = "Origin", origin in (None, f"http://{host}", f"https://{host}")
    if not is_own:
        detail = "the service accepts forms from its own pages only"
        raise Problem(CROSS_SITE, faults=[Fault(header=name, detail=detail)])


Writer = Annotated[str, Depends(writer)]
Visitor = Annotated[str | None, Depends(visitor)]
Author = Annotated[str, Depends(author)]


async def key_name(request: Request, secret: str | None) -> str | None:
    """Return the name of the key with this secret; ``None`` if it is unknown or revoked."""
    keys = services(request).keys
    return keys.just_authenticated(secret) or await run_in_threadpool(keys.authenticate, secret) if secret else None


def is_open_to_read(request: Request) -> bool:
    """Whether anyone who sends the request may read, with a key or without."""
    return not _needs_a_key(request)


def _needs_a_key(request: Request) -> bool:
    """Whether reading needs a key; worked out once a request, since several headers of the answer depend on it."""
    known: bool | None = getattr(request.state, "needs_a_key", None)
    if known is None:
        open_reading = services(request).settings.open_reading
        known = open_reading == "no" or (open_reading == "loopback" and not is_of_this_machine(request))
        request.state.needs_a_key = known
    return known


def _without_a_key(credentials: Credentials, cookie: str | None = None) -> Problem:
    if credentials is None and cookie is not None:
        fault = Fault(header="Cookie", detail="the key that you signed in with is unknown or revoked")
    else:
        detail = "the key is unknown or revoked" if credentials else "send Authorization: Bearer and a key"
        fault = Fault(header="Authorization", detail=detail)
    return Problem(UNAUTHORIZED, faults=[fault])


# --- taking turns -----------------------------------------------------------------------------------------------------


def client_of(request: Request) -> str:
    """Return whose request it is, for taking turns: the name of its key if that was just confirmed, else its network.

    A client has one IPv4 address, but a whole /64 of IPv6 addresses.
    """
    secret = get_authorization_scheme_param(request.headers.get("authorization"))[1] or request.cookies.get(COOKIE)
    name = services(request).keys.just_authenticated(secret) if secret else None
    if name is not None:
        return f"key {name}"
    host = client_address(request) or ""
    return str(IPv6Network((host.partition("%")[0], 64), strict=False)) if ":" in host else host


# --- signing in -------------------------------------------------------------------------------------------------------


def sign_in(request: Request, response: Response, secret: str) -> None:
    """Have the browser send a key until it is closed, to this service only and never from another site.

    The browser's ``Origin`` says whether it uses HTTPS: the encryption usually ends at a proxy before the service.
    """
    is_encrypted = "https" in (request.url.scheme, request.headers.get("origin", "").partition("://")[0])
    response.set_cookie(COOKIE, secret, path="/", secure=is_encrypted, httponly=True, samesite="strict")


def sign_out(response: Response) -> None:
    """Have the browser forget the key."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


# --- caches -----------------------------------------------------------------------------------------------------------


def scope(request: Request) -> str:
    """Return which caches may store an answer: any, or only the client's own if the answer needed a key."""
    is_for_one = _needs_a_key(request) or getattr(request.state, "visitor", None) is not None
    return "private" if is_for_one else "public"


def ends_with_signing_out(request: Request) -> bool:
    """Whether an answer needed a cookie, so that a browser that stores it has to revalidate it each time."""
    return _needs_a_key(request) and getattr(request.state, "has_cookie_only", False)


def deciding_headers(request: Request) -> str:
    """Return the headers that decide who gets an answer of the API, for ``Vary``."""
    return "Authorization, Cookie" if _needs_a_key(request) else "Authorization"
