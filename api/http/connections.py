"""Connections: how many there may be, and how long each may take over a request and over its answer.

The server has neither bound (``docs/decisions/0029-connections-are-bounded-in-the-service.md``). So each connection of
``coalition serve`` notes what it waits for, and once a second those that have waited too long are closed::

    waits for        until                              then
    a request        idle_seconds                       closed
    its headers      head_seconds, head_bytes           408, 431 or 414
    its body         body_seconds                       408
    its reader       stall_seconds without progress     cut off
    the application  whatever that permits

Answers are sent in pieces, so that no more than a piece waits for its reader. If there are too many connections, those
that have waited longest for their clients make room; a few more are accepted that may ask for nothing but the service's
health.
"""

import asyncio
import resource
import socket
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from typing import Any, cast

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from api.http.problems import (
    BUSY,
    HEADERS_TOO_LARGE,
    MALFORMED_REQUEST,
    REQUEST_TIMEOUT,
    URI_TOO_LONG,
    Problem,
    ProblemType,
)

HEALTH_CONNECTIONS = 16
"""Further connections, for questions about the service's health only."""

OTHER_DESCRIPTORS = 256
"""File descriptors that are left for the store and everything else."""

MAX_HEADERS = 100
MAX_PIPELINED = 16
"""How many requests may wait for the answer to an earlier one on the same connection."""

PIECE_BYTES = 64 * 1024
"""An answer is sent in pieces of this size; bodies up to it do not count towards ``bodies_bytes``."""

UNSENT_BYTES = 128 * 1024
"""How much unsent data the system holds for a connection; its default is up to some megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The limits of a server's connections.

    ``head_bytes`` limits the address and the headers of a request. ``linger_seconds`` is how long the rest of a refused
    request is discarded, so that its client reads the refusal. ``bodies_bytes`` limits the bodies of all requests that
    wait for their answers. Beyond ``answers_bytes`` of answers that are being sent, and when the server stops, readers
    are cut off that have kept theirs waiting for more than ``patience_seconds``.
    """

    connections: int = 2_000
    idle_seconds: float = 5.0
    head_seconds: float = 10.0
    head_bytes: int = 64 * 1024
    body_seconds: float = 60.0
    bodies_bytes: int = 256 * 1024 * 1024
    stall_seconds: float = 20.0
    answers_bytes: int = 256 * 1024 * 1024
    patience_seconds: float = 3.0
    linger_seconds: float = 5.0


def limits_by_descriptors() -> ConnectionLimits:
    """Raise the limit of file descriptors as far as the connections need and the system lets it; return the limits,
    with fewer connections if there are not enough descriptors."""
    others = HEALTH_CONNECTIONS + OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ConnectionLimits().connections + others
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return ConnectionLimits()
    permitted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (permitted, hard))
    return ConnectionLimits(connections=max(1, permitted - others))


def limit_unsent(listener: socket.socket) -> None:
    """Have the system hold little of the answers on a socket's connections, so that a stalled reader shows early."""
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)


class Connections:
    """All connections of a server: ``uvicorn.Config(app, http=Connections(limits).protocol)``."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: set[_Connection] = set()
        self._bodies_bytes = 0
        self._watch: asyncio.TimerHandle | None = None

    @property
    def protocol(self) -> type[asyncio.Protocol]:
        """What the server calls for each connection."""
        return cast(type[asyncio.Protocol], partial(_Connection, self))

    def add(self, connection: "_Connection") -> bool:
        """Take in a new connection; return whether it may ask for anything, or for the service's health only."""
        if self._watch is None:
            self._watch = connection.loop.call_later(1.0, self._close_overdue, connection.loop)
        if len(self._open) >= self.limits.connections:
            self._make_room()
        self._open.add(connection)
        if len(self._open) > self.limits.connections + HEALTH_CONNECTIONS:
            connection.cut_off()
        return len(self._open) <= self.limits.connections

    def discard(self, connection: "_Connection") -> None:
        """Forget a connection that is closed."""
        self._open.discard(connection)

    def hold_body(self, connection: "_Connection", size_bytes: int) -> None:
        """Count what has arrived of a body. If all bodies are too large, the one that began first is refused.

        Raises ``_Refused`` if that is this one, or none of them is still arriving.
        """
        self._bodies_bytes += size_bytes
        if self._bodies_bytes > self.limits.bodies_bytes:
            arriving = [one for one in self._open if one.arriving_since is not None and one.body_bytes > PIECE_BYTES]
            first = min(arriving, key=lambda one: one.arriving_since or 0.0, default=connection)
            problem = Problem(BUSY, "The service is receiving too many large bodies; try again later.")
            if first is connection:
                raise _Refused(problem)
            first.refuse(problem)

    def release_body(self, size_bytes: int) -> None:
        """Stop counting a body whose request has been answered, or will not be."""
        self._bodies_bytes -= size_bytes

    def make_room_for_answer(self, answer: bytes) -> None:
        """Cut off readers that have stalled, the longest first, while there are too many answers to send."""
        answers = {id(one.answer): len(one.answer) for one in self._open if one.answer} | {id(answer): len(answer)}
        excess = sum(answers.values()) - self.limits.answers_bytes
        if excess <= 0:
            return
        stalled = [one for one in self._open if one.answer and one.stalled_seconds > self.limits.patience_seconds]
        for one in sorted(stalled, key=lambda one: -one.stalled_seconds):
            excess -= len(one.answer)
            one.cut_off()
            if excess <= 0:
                break

    def _make_room(self) -> None:
        """Close the tenth of the connections that have waited longest for their clients."""
        waiting = [one for one in self._open if one.waiting_since is not None]
        for one in nsmallest(max(1, self.limits.connections // 10), waiting, key=lambda one: one.waiting_since or 0.0):
            one.cut_off()
            self._open.discard(one)

    def _close_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        for connection in list(self._open):
            connection.close_if_overdue()
        self._watch = loop.call_later(1.0, self._close_overdue, loop) if self._open else None


class _Refused(Exception):
    """A request that is refused while it is being read, with the problem to answer."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class _Connection(HttpToolsProtocol):
    """A connection that notes since when it has waited, and for what.

    ``arriving_since`` is the time at which a body began to arrive, ``None`` if none is arriving; ``body_bytes`` is what
    has arrived of the bodies of requests before their answers began, and ``answer`` what is being sent in pieces.
    """

    def __init__(
        self,
        all_connections: Connections,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._all = all_connections
        self._may_ask_anything = True
        self._quiet_since = self.loop.time()
        self._head_since: float | None = None
        self.arriving_since: float | None = None
        self._stalled_since: float | None = None
        self._refused_since: float | None = None
        self._closing_since: float | None = None
        self._head_bytes = 0
        self._fruitless_bytes = 0
        self._has_progress = False
        self._has_upgrade = False
        self._is_stopping = False
        self._answering: RequestResponseCycle | None = None
        self.body_bytes = 0
        self.answer = b""

    # --- waiting ------------------------------------------------------------------------------------------------------

    @property
    def waiting_since(self) -> float | None:
        """Since when the connection has waited for its client; ``None`` while the application is at work."""
        for since in (self._refused_since, self._stalled_since, self._head_since, self.arriving_since):
            if since is not None:
                return since
        return None if self._is_at_work else self._quiet_since

    @property
    def stalled_seconds(self) -> float:
        """How long the reader has kept a piece of the answer waiting."""
        return 0.0 if self._stalled_since is None else self.loop.time() - self._stalled_since

    @property
    def _is_at_work(self) -> bool:
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    def close_if_overdue(self) -> None:
        """Close the connection if its client has taken too long."""
        now, limits = self.loop.time(), self._all.limits
        stall_seconds = limits.patience_seconds if self._is_stopping else limits.stall_seconds
        self._restart_if_paused(now)
        if self.transport.is_closing():
            # What was written is still waiting for its reader.
            self._closing_since = self._closing_since or now
            if now - self._closing_since > stall_seconds:
                self.cut_off()
        elif self._refused_since is not None:
            if now - self._refused_since > limits.linger_seconds:
                self.transport.close()
        elif self.stalled_seconds > stall_seconds:
            self.cut_off()
        elif self._head_since is not None:
            if now - self._head_since > limits.head_seconds:
                self.refuse(Problem(REQUEST_TIMEOUT))
        elif self.arriving_since is not None:
            if now - self.arriving_since > limits.body_seconds:
                self.refuse(Problem(REQUEST_TIMEOUT))
        elif not self._is_at_work and now - self._quiet_since > limits.idle_seconds:
            self.transport.close()

    def _restart_if_paused(self, now: float) -> None:
        """Give a request its whole time again, if it is this service that does not read on."""
        if self.flow.read_paused:
            self._head_since = self._head_since and now
            self.arriving_since = self.arriving_since and now

    def shutdown(self) -> None:
        """Close the connection once its answer has been sent, because the server stops."""
        self._is_stopping = True
        super().shutdown()

    def cut_off(self) -> None:
        """End the connection at once, whatever is still to be sent."""
        self._give_up_answers()
        self.transport.abort()

    def _give_up_answers(self) -> None:
        """Tell the application that its answer is no longer read; requests queued behind it are not begun."""
        self.pipeline.clear()
        if self._answering is not None:
            self._answering.disconnected = True
            self._answering.message_event.set()

    # --- the transport ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._may_ask_anything = self._all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget everything."""
        self._all.discard(self)
        self._release_body()
        self._give_up_answers()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Note that the reader is slower than the answer."""
        self._stalled_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the reader goes on."""
        self._stalled_since = None
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Read what arrives; what follows a refusal is discarded."""
        if self._refused_since is not None or self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            refused = error.__context__
            self.refuse(refused.problem if isinstance(refused, _Refused) else Problem(MALFORMED_REQUEST))

    def _feed(self, data: bytes) -> None:
        self._has_progress = False
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._read_without_upgrade(data[upgrade.args[0] :])
            return
        # What the parser makes nothing of, it holds or skips: a part of a header, a trailer, white space.
        self._fruitless_bytes = 0 if self._has_progress else self._fruitless_bytes + len(data)
        if self._fruitless_bytes > self._all.limits.head_bytes:
            self.refuse(Problem(HEADERS_TOO_LARGE))

    def _read_without_upgrade(self, rest: bytes) -> None:
        """Read a request that asks for another protocol as if it did not (RFC 9110, section 7.8).

        The parser takes such a request to end with its headers.
        """
        method, self._has_upgrade = self.parser.get_method(), False
        headers = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        head = b"%b %b HTTP/%b\r\n%b\r\n" % (
            method, self.url, self.parser.get_http_version().encode(), b"".join(headers),
        )  # fmt: skip
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self._feed(head + rest)

    # --- what the parser finds ----------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Begin to wait for the headers."""
        self._head_since, self._head_bytes, self._has_progress = self.loop.time(), 0, True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Take in a part of the address."""
        self._count(len(url), URI_TOO_LONG)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take in a header; those that follow a body are left out."""
        self._count(len(name) + len(value), HEADERS_TOO_LARGE)
        if self._head_since is None:
            return
        if len(self.headers) >= MAX_HEADERS:
            raise _Refused(Problem(HEADERS_TOO_LARGE))
        super().on_header(name, value)

    def _count(self, size_bytes: int, refusal: ProblemType) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > self._all.limits.head_bytes:
            raise _Refused(Problem(refusal))

    def on_headers_complete(self) -> None:
        """Have the request answered."""
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._has_upgrade = True
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            raise _Refused(Problem(MALFORMED_REQUEST))
        if not self._may_ask_anything and not self.url.startswith(b"/health/"):
            raise _Refused(Problem(BUSY, "All connections of the service are in use; try again later."))
        super().on_headers_complete()
        self._head_since, self.arriving_since = None, self.loop.time()

    def on_body(self, body: bytes) -> None:
        """Take in a part of the body."""
        self._has_progress = True
        if not self.cycle.response_started:
            before, self.body_bytes = self.body_bytes, self.body_bytes + len(body)
            if self.body_bytes > PIECE_BYTES:
                self._all.hold_body(self, self.body_bytes if before <= PIECE_BYTES else len(body))
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing more of this request."""
        if not self._has_upgrade:
            self.arriving_since = None
            self._quiet_since = self.loop.time()
            super().on_message_complete()

    # --- answers ------------------------------------------------------------------------------------------------------

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        self._answering = cycle
        super()._start_asgi_task(cycle, partial(self._answer_in_pieces, app))

    async def _answer_in_pieces(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_in_pieces(message: Message) -> None:
            body = message.get("body", b"")
            if len(body) <= PIECE_BYTES:
                await send(message)
                return
            self._all.make_room_for_answer(body)
            self.answer = body
            try:
                for start in range(0, len(body), PIECE_BYTES):
                    is_more = message.get("more_body", False) or start + PIECE_BYTES < len(body)
                    await send({**message, "body": body[start : start + PIECE_BYTES], "more_body": is_more})
            finally:
                self.answer = b""

        await app(scope, receive, send_in_pieces)

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        self._quiet_since = self.loop.time()
        self._release_body()
        super().on_response_complete()

    def _release_body(self) -> None:
        if self.body_bytes > PIECE_BYTES:
            self._all.release_body(self.body_bytes)
        self.body_bytes = 0

    def refuse(self, problem: Problem) -> None:
        """Answer instead of the application, and read on for a moment so that the client reads the answer.

        If an answer has begun already, or is complete although the body is not, the connection ends instead.
        """
        if self.transport.is_closing():
            return
        if self.arriving_since is not None and not self._is_at_work:
            self.transport.close()
            return
        self._refused_since = self.loop.time()
        if self._is_at_work:
            if self.pipeline or self.cycle.response_started:
                self.cut_off()
                return
            self._give_up_answers()
        self._release_body()
        self.flow.resume_reading()
        response = problem.response()
        headers = [*self.server_state.default_headers, *response.raw_headers, (b"connection", b"close")]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[response.status_code], lines, bytes(response.body)))
        self.transport.write_eof()
