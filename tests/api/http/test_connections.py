"""Connections of a real server over raw sockets: half-open, idle, slow, greedy and too many."""

import asyncio
import json
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from api.http.connections import MAX_HEADERS, MAX_PIPELINED, ConnectionLimits, Connections, limits_by_descriptors
from api.http.problems import HEADERS_TOO_LARGE, REQUEST_TIMEOUT, TOO_LARGE
from api.http.strict_json import FACTS_VALUES, QUESTION_VALUES

LARGE_BYTES = 32 * 1024 * 1024
WAIT_SECONDS = 30
"""How long a test waits for what has to happen; none of them expects it to take so long."""

MIB = b"x" * 1024 * 1024
PATIENT = ConnectionLimits()
HASTY = ConnectionLimits(
    idle_seconds=0.2, head_seconds=0.2, body_seconds=0.2, stall_seconds=0.2, linger_seconds=10.0, patience_seconds=0.0
)


@dataclass
class Application:
    """Answers /health/live, counts a body, sends a large answer, or works until it is told to finish."""

    working: int = 0
    finish: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        content = {"/large": lambda: b"y" * LARGE_BYTES, "/work": lambda: b"done"}.get(scope["path"], lambda: b"live")()
        if scope["path"] == "/work":
            self.working += 1
            while not self.finish.is_set():
                await asyncio.sleep(0.01)
        if scope["path"] == "/body":
            content = str(await _size(receive)).encode()
        headers = [(b"content-length", b"%d" % len(content))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})


async def _size(receive: Receive) -> int:
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    return size


@dataclass
class Server:
    """A server on a port of its own, and the sockets that a test has opened to it."""

    port: int
    app: Application
    sockets: ExitStack
    stop: Callable[[], None]

    def connect(self, sent: bytes = b"", *, buffer_bytes: int | None = None) -> socket.socket:
        """Open a connection, and send something at once."""
        client = self.sockets.enter_context(closing(socket.socket()))
        client.settimeout(WAIT_SECONDS)
        if buffer_bytes is not None:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        client.connect(("127.0.0.1", self.port))
        client.sendall(sent)
        return client

    def ask(self, path: str = "/health/live", more: bytes = b"") -> bytes:
        """The whole answer to a request on a connection of its own."""
        return rest_of(self.connect(request(path, b"Connection: close\r\n") + more))


def request(path: str, headers: bytes = b"", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + headers + b"\r\n"


def rest_of(client: socket.socket) -> bytes:
    """Whatever arrives until the server closes the connection."""
    received = bytearray()
    try:
        while part := client.recv(1 << 20):
            received += part
    except ConnectionResetError:
        pass
    return bytes(received)


def status_of(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


def sent_all(client: socket.socket, parts: Iterator[bytes]) -> bool:
    """Whether a client can send everything before it reads."""
    try:
        for part in parts:
            client.sendall(part)
    except OSError:
        return False
    return True


def until(holds: Callable[[], Any]) -> None:
    end = monotonic() + WAIT_SECONDS
    while not holds():
        assert monotonic() < end
        sleep(0.01)


@contextmanager
def serving(limits: ConnectionLimits) -> Iterator[Server]:
    app = Application()
    config = uvicorn.Config(app, http=Connections(limits).protocol, ws="none", log_level="error", lifespan="off")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener, ExitStack() as sockets:
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()

        def stop() -> None:
            server.should_exit = True
            thread.join(WAIT_SECONDS)
            assert not thread.is_alive()

        try:
            yield Server(listener.getsockname()[1], app, sockets, stop)
        finally:
            sockets.close()
            app.finish.set()
            stop()


@pytest.fixture(scope="module")
def patient() -> Iterator[Server]:
    with serving(PATIENT) as server:
        yield server


@pytest.fixture(scope="module")
def hasty() -> Iterator[Server]:
    with serving(HASTY) as server:
        yield server


class TestWaiting:
    def test_a_connection_without_a_request_is_closed(self, hasty: Server) -> None:
        assert rest_of(hasty.connect()) == b""

    def test_a_connection_without_a_further_request_is_closed(self, hasty: Server) -> None:
        assert rest_of(hasty.connect(request("/health/live"))).endswith(b"live")

    @pytest.mark.parametrize(
        "sent", [b"G", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x", b"GET / HTTP/1.1\r\nHost: x\r\n"]
    )
    def test_headers_that_do_not_arrive_are_a_problem(self, hasty: Server, sent: bytes) -> None:
        answer = rest_of(hasty.connect(sent))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert status_of(answer) == 408
        assert b"connection: close" in head
        assert json.loads(body)["type"] == "/problems/request-timeout"

    @pytest.mark.parametrize("headers", [b"Content-Length: 10\r\n", b"Transfer-Encoding: chunked\r\n"])
    @pytest.mark.parametrize("path", ["/body", "/health/live"])
    def test_a_body_that_does_not_arrive_is_a_problem(self, hasty: Server, headers: bytes, path: str) -> None:
        answer = rest_of(hasty.connect(request(path, headers, "POST")))
        assert status_of(answer) == (408 if path == "/body" else 200)
        assert answer.count(b"HTTP/1.1 ") == 1

    def test_a_body_that_arrives_a_byte_at_a_time_has_the_same_time(self, hasty: Server) -> None:
        client = hasty.connect(request("/body", b"Content-Length: 100000\r\n", "POST"))
        client.settimeout(0.02)
        received = b""
        end = monotonic() + WAIT_SECONDS
        while not received and monotonic() < end:
            client.sendall(b"x")
            try:
                received = client.recv(1000)
            except TimeoutError:
                continue
        assert status_of(received) == 408

    def test_a_reader_that_stalls_is_cut_off(self, hasty: Server) -> None:
        client = hasty.connect(request("/large"), buffer_bytes=4096)
        assert client.recv(1) == b"H"
        sleep(3)
        assert len(rest_of(client)) < LARGE_BYTES / 2
        assert status_of(hasty.ask()) == 200

    def test_a_client_at_whose_request_the_service_works_may_wait(self) -> None:
        with serving(HASTY) as server:
            client = server.connect(request("/work", b"Connection: close\r\n"))
            sleep(3)
            server.app.finish.set()
            assert rest_of(client).endswith(b"done")


class TestSizes:
    @pytest.mark.parametrize("part", [b"X-A: " + MIB + b"\r\n", b"X-%d: 1\r\n" * 10_000, MIB])
    def test_headers_without_end_are_refused_while_they_are_sent(self, patient: Server, part: bytes) -> None:
        client = patient.connect(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-B: ")
        assert sent_all(client, (part for _ in range(32)))
        answer = rest_of(client)
        assert status_of(answer) == 431
        assert b"/problems/headers-too-large" in answer

    def test_headers_up_to_the_limit_are_accepted(self, patient: Server) -> None:
        fits = b"X-A: " + b"a" * (PATIENT.head_bytes - 1000) + b"\r\n"
        assert status_of(rest_of(patient.connect(request("/", fits + b"Connection: close\r\n")))) == 200
        too_long = b"X-A: " + b"a" * PATIENT.head_bytes + b"\r\n"
        assert status_of(rest_of(patient.connect(request("/", too_long)))) == 431

    def test_the_number_of_headers_is_limited(self, patient: Server) -> None:
        def answer_to(headers: int) -> bytes:
            return (
                patient.ask("/", b"")
                if headers == 0
                else rest_of(patient.connect(request("/", b"Connection: close\r\n" + b"X-A: 1\r\n" * headers)))
            )

        assert status_of(answer_to(MAX_HEADERS - 2)) == 200
        assert status_of(answer_to(MAX_HEADERS - 1)) == 431

    def test_an_address_without_end_is_refused(self, patient: Server) -> None:
        client = patient.connect(b"GET /")
        assert sent_all(client, (b"a" * 1024 * 1024 for _ in range(8)))
        assert status_of(rest_of(client)) == 414

    @pytest.mark.parametrize(
        "sent", [b"\x16\x03\x01\x00\xff" * 9, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", b"GET\r\n\r\n"]
    )
    def test_what_is_no_request_is_a_problem(self, patient: Server, sent: bytes) -> None:
        answer = rest_of(patient.connect(sent))
        assert status_of(answer) == 400
        assert b"application/problem+json" in answer

    def test_empty_lines_without_end_are_refused(self, patient: Server) -> None:
        client = patient.connect()
        assert sent_all(client, (b"\r\n" * 500_000 for _ in range(8)))
        assert status_of(rest_of(client)) == 431

    def test_headers_behind_a_body_are_limited_and_left_out(self, patient: Server) -> None:
        chunked = request("/body", b"Transfer-Encoding: chunked\r\nConnection: close\r\n", "POST") + b"2\r\nab\r\n0\r\n"
        assert rest_of(patient.connect(chunked + b"Forwarded: for=x\r\n\r\n")).endswith(b"2")
        client = patient.connect(chunked + b"X-A: ")
        sent_all(client, (MIB for _ in range(8)))
        assert status_of(rest_of(client)) in (431, 0)

    def test_a_body_may_arrive_in_any_pieces(self, patient: Server) -> None:
        client = patient.connect(request("/body", b"Transfer-Encoding: chunked\r\nConnection: close\r\n", "POST"))
        for part in (b"1000", b"00\r\n", MIB, b"\r", b"\n", b"0", b"0000A\r", b"\n0123456789\r\n", b"0\r\n", b"\r\n"):
            client.sendall(part)
            sleep(0.05)
        assert rest_of(client).endswith(str(len(MIB) + 10).encode())

    def test_requests_in_advance_are_answered_in_order_and_limited(self, patient: Server) -> None:
        some = request("/body", b"Content-Length: 1\r\n", "POST") + b"x"
        last = request("/health/live", b"Connection: close\r\n")
        answer = rest_of(patient.connect(some * (MAX_PIPELINED - 1) + last))
        assert answer.count(b"HTTP/1.1 200 ") == MAX_PIPELINED
        assert answer.endswith(b"live")
        assert rest_of(patient.connect(some * 1000)).count(b"HTTP/1.1 200 ") <= 1 + MAX_PIPELINED

    @pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
    def test_a_request_for_another_protocol_is_answered_in_this_one(self, patient: Server, protocol: bytes) -> None:
        upgrade = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\nContent-Length: 5\r\n"
        client = patient.connect(request("/body", upgrade, "POST") + b"hello" + request("/", b"Connection: close\r\n"))
        answer = rest_of(client)
        assert answer.count(b"HTTP/1.1 200 ") == 2
        assert b"\r\n\r\n5HTTP/1.1" in answer

    def test_a_large_answer_arrives_whole(self, patient: Server) -> None:
        head, _, body = patient.ask("/large").partition(b"\r\n\r\n")
        assert f"content-length: {LARGE_BYTES}".encode() in head
        assert body == b"y" * LARGE_BYTES


def test_a_stopping_server_does_not_wait_for_readers_that_have_stalled() -> None:
    limits = ConnectionLimits(stall_seconds=600, patience_seconds=0.0)
    with serving(limits) as server:
        stalled = server.connect(request("/large"), buffer_bytes=4096)
        half_open = server.connect(b"GET /")
        stalled.recv(1)
        sleep(0.5)
        server.stop()
        assert rest_of(half_open) == b""
        assert len(rest_of(stalled)) < LARGE_BYTES / 2


class TestCrowds:
    def test_those_that_have_waited_longest_make_room(self) -> None:
        with serving(ConnectionLimits(connections=10, idle_seconds=600, head_seconds=600)) as server:
            first = server.connect(b"GET /")
            sleep(0.2)
            others = [server.connect(b"GET /" if number % 2 else b"") for number in range(9)]
            for _ in range(30):
                assert server.ask().endswith(b"live")
            assert rest_of(first) == b""
            rest = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            for number, client in enumerate(others):
                client.sendall(rest if number % 2 else b"GET /" + rest)
                assert rest_of(client).endswith(b"live")

    def test_when_all_are_at_work_the_health_is_answered_and_others_are_refused(self) -> None:
        with serving(ConnectionLimits(connections=3)) as server:
            at_work = [server.connect(request("/work", b"Connection: close\r\n")) for _ in range(3)]
            until(lambda: server.app.working == 3)
            assert server.ask("/health/live").endswith(b"live")
            refused = server.ask("/coalitions")
            assert status_of(refused) == 503
            assert b"retry-after: 1" in refused
            server.app.finish.set()
            assert all(rest_of(client).endswith(b"done") for client in at_work)

    def test_the_health_is_answered_amid_hundreds_of_idle_connections(self) -> None:
        with serving(ConnectionLimits(connections=100, idle_seconds=600, head_seconds=600)) as server:
            for number in range(400):
                server.connect(b"GET / HTTP/1.1\r\nHos" if number % 2 else b"")
                if number % 40 == 0:
                    assert server.ask().endswith(b"live")

    def test_stalled_readers_make_room_for_other_answers(self) -> None:
        limits = ConnectionLimits(answers_bytes=2 * LARGE_BYTES, stall_seconds=600, patience_seconds=0.0)
        with serving(limits) as server:
            stalled = [server.connect(request("/large"), buffer_bytes=4096) for _ in range(6)]
            for client in stalled:
                client.recv(1)
            assert len(server.ask("/large")) > LARGE_BYTES
            assert sum(len(rest_of(client)) < LARGE_BYTES / 2 for client in stalled[:5]) >= 4

    def test_the_body_that_began_first_makes_room_for_others(self) -> None:
        with serving(ConnectionLimits(bodies_bytes=4 * len(MIB), body_seconds=600)) as server:
            announced = request("/body", b"Content-Length: 3145728\r\nConnection: close\r\n", "POST")
            slow = server.connect(announced + MIB + MIB)
            sleep(0.5)
            assert server.ask("/health/live").endswith(b"live")
            assert rest_of(server.connect(announced + 3 * MIB)).endswith(b"3145728")
            assert status_of(rest_of(slow)) == 503

    def test_small_bodies_are_read_whatever_the_large_ones_do(self) -> None:
        with serving(ConnectionLimits(bodies_bytes=1)) as server:
            small = request("/body", b"Content-Length: 1000\r\nConnection: close\r\n", "POST") + b"x" * 1000
            assert rest_of(server.connect(small)).endswith(b"1000")
            large = request("/body", b"Content-Length: 1048576\r\n", "POST") + MIB
            assert status_of(rest_of(server.connect(large))) == 503
            assert rest_of(server.connect(small)).endswith(b"1000")


def test_the_limit_of_descriptors_is_raised_as_far_as_the_connections_need() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
        limits = limits_by_descriptors()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert limits.connections < soft <= hard
        assert soft > 512
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_problems_state_the_limits() -> None:
    assert f"{PATIENT.head_seconds:g} seconds" in REQUEST_TIMEOUT.meaning
    assert f"body {PATIENT.body_seconds:g}." in REQUEST_TIMEOUT.meaning
    assert f"{PATIENT.head_bytes // 1024} KiB" in HEADERS_TOO_LARGE.meaning
    assert f"{MAX_HEADERS} headers" in HEADERS_TOO_LARGE.meaning
    assert all(f"{values:,} values" in TOO_LARGE.meaning for values in (FACTS_VALUES, QUESTION_VALUES))
