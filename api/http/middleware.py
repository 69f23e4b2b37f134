"""Limits on requests, checked before anything reads them, and HEAD and Allow for every address: pure ASGI.

Servers and frameworks have no limits of their own: without ``app.add_middleware(Limits)``, a body of any size would be
read before it was refused.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus

from starlette.responses import HTMLResponse, Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.bodies import BODY_BYTES
from api.http.problems import BAD_PARAMETER, NOT_FOUND, TOO_LARGE, URI_TOO_LONG, Fault, Problem

ADDRESS_BYTES = 8 * 1024
DRAIN_SECONDS = 10.0
"""How long the rest of a body that is too large is read and discarded."""

QUIET_SECONDS = 1.0
"""How long that waits for a client that sends nothing more."""


class _BodyTooLarge(Exception):
    """A body exceeds the limit; this module answers, whatever the application makes of it."""


class Limits:
    """Refuses a body beyond ``body_bytes``, by its Content-Length or as it arrives, and an address that is too long."""

    def __init__(self, app: ASGIApp, body_bytes: int = BODY_BYTES) -> None:
        self._app = app
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif problem := _problem_of_address(scope):
            await _answer(problem.response(), send)
        elif _announced_bytes(scope) > self._body_bytes:
            await self._refuse(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer, unless the body exceeds the limit before the answer begins."""
        received_bytes = 0
        is_too_large = has_begun = False

        async def counting() -> Message:
            nonlocal received_bytes, is_too_large
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > self._body_bytes:
                is_too_large = True
                raise _BodyTooLarge
            return message

        async def unless_too_large(message: Message) -> None:
            nonlocal has_begun
            if is_too_large and not has_begun:
                return
            has_begun = True
            await send(message)

        try:
            await self._app(scope, counting, unless_too_large)
        except Exception:
            # Whatever the application made of it (task groups wrap what they raise): the cause is the body's size.
            if not is_too_large or has_begun:
                raise
        if is_too_large and not has_begun:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(TOO_LARGE, f"The body has more than {self._body_bytes:,} bytes, the maximum.")
        await _answer(problem.response() if not _is_of_a_page(scope) else self._page(), send, receive)

    def _page(self) -> Response:
        """The refusal for a person whose browser sent a file that is too large."""
        most = f"{self._body_bytes / 1024**2:.0f} MB"
        detail = f"The file has more than {most}, the maximum. Go back, and choose a smaller one."
        return HTMLResponse(_PAGE.format(title=TOO_LARGE.title, detail=detail), TOO_LARGE.status)


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{detail}</p></main></body></html>
"""


def _is_of_a_page(scope: Scope) -> bool:
    """Whether a browser sent it from a page of a coalition."""
    accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
    return scope["path"].startswith("/c/") and b"text/html" in accepted


def _announced_bytes(scope: Scope) -> int:
    length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    return int(length) if length.isdigit() else 0


def _problem_of_address(scope: Scope) -> Problem | None:
    query: bytes = scope["query_string"]
    path_bytes = len(scope.get("raw_path") or scope["path"].encode("utf-8", "replace"))
    if path_bytes + len(query) > ADDRESS_BYTES:
        return Problem(URI_TOO_LONG)
    if "\x00" in scope["path"]:
        return Problem(NOT_FOUND, "The address has a NUL character.")
    if b"%00" in query or b"\x00" in query:
        name = next((part for part in query.split(b"&") if b"%00" in part or b"\x00" in part), b"").partition(b"=")[0]
        fault = Fault(parameter=name.decode("ascii", "replace"), detail="The parameter has a NUL character.")
        return Problem(BAD_PARAMETER, faults=[fault])
    return None


async def _answer(response: Response, send: Send, receive: Receive | None = None) -> None:
    """Answer, and close the connection; with ``receive``, read and discard the rest of the body first.

    If a connection is closed while the client still sends, it is reset, and the client never reads the answer.
    """
    headers = [*response.raw_headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(response.body), "more_body": True})
    if receive is not None:
        await _drain(receive)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _drain(receive: Receive) -> None:
    clock, more_body = asyncio.get_running_loop().time, True
    until = clock() + DRAIN_SECONDS
    with suppress(TimeoutError):
        while more_body and clock() < until:
            async with asyncio.timeout(QUIET_SECONDS):
                more_body = (await receive()).get("more_body", False)


class Methods:
    """Answers HEAD as GET without the content, and lists all methods of an address when one is refused.

    See RFC 9110, sections 9.3.2 and 10.2.1; the framework answers no HEAD, and lists the methods of one route only.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def send_without_content(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.METHOD_NOT_ALLOWED:
                headers = [(name, value) for name, value in message["headers"] if name != b"allow"]
                message = {**message, "headers": [*headers, (b"allow", ", ".join(_methods_at(scope)).encode())]}
            if message["type"] == "http.response.body" and is_head:
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if is_head else scope, receive, send_without_content)


def _methods_at(scope: Scope) -> Iterator[str]:
    """Yield the methods that an address accepts."""
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in scope["app"].router.routes):
            yield from ("GET", "HEAD") if method == "GET" else (method,)
