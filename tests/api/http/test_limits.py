"""Requests beyond the limits are refused before they are read, on a real server too, and clients receive the reason."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import repeat
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.types import Message

from api.http import middleware, problem_answers
from api.http.middleware import ADDRESS_BYTES, Limits

LIMIT = 1_000_000
PROBLEM = "application/problem+json"


def application() -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    problem_answers.install(app)
    app.add_middleware(Limits, body_bytes=LIMIT)

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @app.post("/swallow")
    async def swallow(request: Request) -> int:
        try:
            return len(await request.body())
        except Exception:
            return -1

    @app.post("/ignore")
    async def ignore() -> str:
        return "ignored"

    @app.get("/{path:path}")
    def anything(path: str) -> str:
        return path

    return app


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(application())


def pieces(size: int) -> Iterator[bytes]:
    """A body whose length is not announced."""
    while size > 0:
        yield b"x" * min(size, 50_000)
        size -= 50_000


class TestBody:
    @pytest.mark.parametrize("path", ["/read", "/swallow"])
    def test_a_body_of_the_permitted_size_is_accepted(self, client: TestClient, path: str) -> None:
        assert client.post(path, content=b"x" * LIMIT).json() == LIMIT
        assert client.post(path, content=pieces(LIMIT)).json() == LIMIT

    @pytest.mark.parametrize("path", ["/read", "/swallow", "/nowhere"])
    def test_a_body_announced_as_too_large_is_refused(self, client: TestClient, path: str) -> None:
        answer = client.post(path, content=b"x" * (LIMIT + 1))
        assert answer.status_code == 413
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["connection"] == "close"
        assert answer.json()["type"] == "/problems/too-large"

    @pytest.mark.parametrize("path", ["/read", "/swallow"])
    def test_a_body_that_turns_out_too_large_is_refused(self, client: TestClient, path: str) -> None:
        answer = client.post(path, content=pieces(LIMIT + 1))
        assert answer.status_code == 413
        assert answer.json()["type"] == "/problems/too-large"

    def test_a_body_too_large_is_refused_before_it_is_read(self) -> None:
        """An announced length alone refuses; an unannounced body is let go as soon as it is too long."""
        reads, sent = asyncio.run(exchange([(b"content-length", b"%d" % (LIMIT + 1))], sizes=[]))
        assert (reads, sent[0]["status"]) == (1, 413)
        reads, sent = asyncio.run(exchange([], sizes=[LIMIT // 2] * 3))
        assert (reads, sent[0]["status"]) == (4, 413)

    def test_an_error_of_the_application_is_passed_on(self) -> None:
        async def broken(*_: Any) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            asyncio.run(exchange([], sizes=[10], app=broken))


async def exchange(headers: list[tuple[bytes, bytes]], sizes: list[int], app: Any = None) -> tuple[int, list[Message]]:
    """Send a body in pieces of these sizes, then go away; return how often the application's side asked for one."""
    reads = 0
    sent: list[Message] = []

    async def receive() -> Message:
        nonlocal reads
        reads += 1
        if reads > len(sizes):
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"x" * sizes[reads - 1], "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/read",
        "raw_path": b"/read",
        "query_string": b"",
        "headers": headers,
    }
    await Limits(app or application(), LIMIT)(scope, receive, send)
    return reads, sent


class TestAddress:
    def test_an_address_of_the_permitted_length_is_accepted(self, client: TestClient) -> None:
        assert client.get("/a?" + "b" * (ADDRESS_BYTES - 2)).status_code == 200

    @pytest.mark.parametrize("address", ["/a?" + "b" * ADDRESS_BYTES, "/" + "b" * ADDRESS_BYTES])
    def test_an_address_that_is_too_long_is_refused(self, client: TestClient, address: str) -> None:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (414, PROBLEM)
        assert answer.json()["type"] == "/problems/uri-too-long"

    @pytest.mark.parametrize("address", ["/%00", "/a/b%00c", "/a%00?b=c"])
    def test_nul_in_the_path_is_refused(self, client: TestClient, address: str) -> None:
        answer = client.get(address)
        assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)

    def test_nul_in_the_query_is_refused_by_name(self, client: TestClient) -> None:
        answer = client.get("/a?b=c&known_at=x%00")
        assert answer.status_code == 422
        assert [error["parameter"] for error in answer.json()["errors"]] == ["known_at"]


@pytest.fixture(scope="module", params=["h11", "httptools"])
def server(request: pytest.FixtureRequest) -> Iterator[int]:
    """A real server with either parser of HTTP; yields its port."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        served = uvicorn.Server(uvicorn.Config(application(), http=request.param, log_level="error", lifespan="off"))
        thread = threading.Thread(target=served.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        served.should_exit = True
        thread.join(10)


def response_to(port: int, request: bytes, body: Iterator[bytes] | None = None) -> bytes:
    """What a plain client that sends everything before it listens gets to read."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        connection.sendall(request)
        for piece in body or ():
            connection.sendall(piece)
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer


class TestServed:
    @pytest.mark.parametrize("path", [b"/read", b"/swallow"])
    def test_a_client_still_sending_receives_the_reason(self, server: int, path: bytes) -> None:
        size = 12 * LIMIT
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (path, size)
        answer = response_to(server, request, pieces(size))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b"}")

    @pytest.mark.parametrize("path", [b"/read", b"/swallow"])
    def test_a_client_sending_chunks_receives_the_reason(self, server: int, path: bytes) -> None:
        request = b"POST %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % path
        chunks = (b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces(12 * LIMIT), b""))
        assert response_to(server, request, chunks).startswith(b"HTTP/1.1 413 ")

    def test_a_client_with_far_too_much_to_send_receives_the_reason(self, server: int) -> None:
        size = 100 * LIMIT
        request = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size
        answer = response_to(server, request, pieces(size))
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert answer.endswith(b"}")

    def test_a_client_that_never_stops_sending_is_not_read_for_ever(
        self, server: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(middleware, "DRAIN_SECONDS", 0.2)
        request = b"POST /read HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        chunk = b"%x\r\n%s\r\n" % (LIMIT, b"x" * LIMIT)
        with pytest.raises(ConnectionError):
            response_to(server, request, repeat(chunk))

    def test_a_client_that_expects_continue_is_refused_at_once(self, server: int) -> None:
        request = b"POST /read HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n\r\n"
        with closing(socket.create_connection(("127.0.0.1", server), timeout=10)) as connection:
            connection.sendall(request)
            assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")

    @pytest.mark.parametrize(
        "request_line",
        [
            b"GET /\x00 HTTP/1.1",
            b"GET /%00 HTTP/1.1",
            b"GET /" + b"a" * 9000 + b" HTTP/1.1",
            b"GET /a?" + b"a" * 9000 + b" HTTP/1.1",
            b"GET /a?b=%00 HTTP/1.1",
            b"PATCH /read HTTP/1.1",
            b"POST /read HTTP/1.1\r\nContent-Length: -1",
            b"POST /read HTTP/1.1\r\nContent-Length: x",
            b"POST /read HTTP/1.1\r\nContent-Length: 1" + b"0" * 30,
            b"POST /read HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        ],
    )
    def test_hostile_requests_are_refused(self, server: int, request_line: bytes) -> None:
        answer = response_to(server, request_line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 4"), answer[:200]

    def test_the_service_still_answers_afterwards(self, server: int) -> None:
        request = b"POST /read HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc"
        assert response_to(server, request).endswith(b"\r\n\r\n3")
