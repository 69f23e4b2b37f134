"""A service under load, over HTTP: who is answered meanwhile, and what becomes of work that nobody waits for."""

import json
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from threading import Event
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.api.facts import fact, formed, people, pledge
from tests.running.service import Service, running

LONG_READS = 45
"""As many took every thread of a service when long reads had no slots of their own."""

_SIMULATION = {
    "dates": [f"20{year}-{month:02}" for year in range(26, 30) for month in range(1, 13)],
    "draws": 100_000,
    "conditions": [{"condition": "mandate", "probability": 0.5}],
}
ENDLESS = {"questions": {"simulation": [_SIMULATION] * 20}}
"""A question of more processor time than any test waits for."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Run a service with a coalition whose simulations take long."""
    with _serving(f"sqlite:///{tmp_path_factory.mktemp('load') / 'ledger.sqlite3'}") as service:
        yield service


@pytest.fixture
def stopping(sqlite_url: str) -> Iterator[Service]:
    """Run another one, which the test stops."""
    with _serving(sqlite_url) as service:
        yield service


@contextmanager
def _serving(database_url: str) -> Iterator[Service]:
    with running(database_url, environment={"COALITION_WORK_SECONDS": "120"}) as service:
        fill(service)
        yield service


def fill(service: Service) -> None:
    """Record a coalition with a few hundred pledges, made on many days."""
    mandate = fact(
        "ConditionStated", condition="mandate", kind="un_mandate", description="A mandate", effective_at="2025-03-02"
    )
    days = [f"2025-{4 + number // 28:02}-{1 + number % 28:02}" for number in range(112)]
    made = [
        pledge(f"p{n}", effective_at=days[n % 112], conditions=["mandate"], quantity=people(100, 900))
        for n in range(400)
    ]
    facts = [formed(), mandate, *made]
    assert write(service, facts).status_code == 201


def write(service: Service, facts: Any) -> httpx.Response:
    headers = service.authorization
    return httpx.post(f"{service.url}/coalitions/willing/events", json=facts, headers=headers, timeout=60)


@contextmanager
def client_at(service: Service, address: str) -> Iterator[httpx.Client]:
    """A client that connects from an address of its own."""
    transport = httpx.HTTPTransport(local_address=address)
    with httpx.Client(base_url=service.url, transport=transport, timeout=120) as client:
        yield client


def simulation(service: Service, number: int, address: str | None = None) -> httpx.Response:
    """Ask something that takes tenths of a second, and that nobody has asked before."""
    body = _SIMULATION | {"dates": ["2026-01", "2026-02"], "draws": 20_000, "seed": number}
    with client_at(service, address or f"127.0.0.{10 + number % 8}") as client:
        return client.post("/coalitions/willing/simulation", json=body)


def what_if(service: Service, number: int) -> httpx.Response:
    body = {
        "changes": [{"alter": {"type": "PledgeMade"}, "scale": 0.5 + number / 1000}],
        "questions": {"timeline": {}, "difference": {}, "consequences": {}},
    }
    with client_at(service, f"127.0.0.{10 + number % 8}") as client:
        return client.post("/coalitions/willing/what-if", json=body)


@pytest.mark.parametrize("question", [simulation, what_if])
def test_health_reads_and_writes_are_answered_while_long_reads_wait(service: Service, question: Any) -> None:
    is_done = Event()

    def meanwhile(kind: str) -> int:
        answered = 0
        while not is_done.is_set():
            if kind == "write":
                assert write(service, pledge(f"new-{uuid4()}")).status_code == 201
            else:
                assert httpx.get(f"{service.url}{kind}", timeout=60).status_code == 200
            answered += not is_done.is_set()
        return answered

    kinds = ("/health/live", "/health/ready", "/coalitions/willing/picture?valid_at=2025-06-01", "write")
    with ThreadPoolExecutor(LONG_READS + len(kinds)) as pool:
        others = [pool.submit(meanwhile, kind) for kind in kinds]
        long = list(pool.map(lambda number: question(service, number), range(LONG_READS)))
        is_done.set()
        answered = [one.result() for one in others]
    # The long ones take turns, two at a time; without slots of their own, the others would wait for nearly all of them.
    assert all(count >= 5 for count in answered), answered
    statuses = Counter(one.status_code for one in long)
    assert statuses[200] >= 2
    assert statuses.keys() <= {200, 503}
    assert all(one.headers["retry-after"] for one in long if one.status_code == 503)


def test_a_client_with_many_long_reads_does_not_keep_another_waiting(service: Service) -> None:
    """The one that comes last is answered before most of those that came first."""
    order: list[str] = []

    def one_of_many(number: int) -> int:
        status = simulation(service, 100 + number, "127.0.0.20").status_code
        order.append("many")
        return status

    with ThreadPoolExecutor(17) as pool:
        many = [pool.submit(one_of_many, number) for number in range(16)]
        while not order:
            Event().wait(0.01)
        assert simulation(service, 200, "127.0.0.21").status_code == 200
        order.append("other")
        statuses = {one.result() for one in many}
    assert order.index("other") <= 5, order
    assert statuses <= {200, 503}


def ask_endlessly(service: Service, address: str) -> socket.socket:
    """Send a long question and return its connection."""
    body = json.dumps(ENDLESS).encode()
    head = (
        "POST /coalitions/willing/what-if HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    url = urlsplit(service.url)
    connection = socket.create_connection((url.hostname, url.port), 60, source_address=(address, 0))
    connection.sendall(head.encode() + body)
    return connection


def await_busy(service: Service) -> None:
    """Wait until all slots for long work are taken: a question in the queue is not answered."""
    short = {"dates": ["2026-01"], "draws": 100}
    with client_at(service, "127.0.0.40") as client, suppress(httpx.ReadTimeout):
        while True:
            client.post("/coalitions/willing/simulation", json=short, timeout=2)


def test_work_whose_client_has_gone_is_stopped(service: Service) -> None:
    gone = [ask_endlessly(service, f"127.0.0.{30 + number}") for number in range(6)]
    await_busy(service)
    for connection in gone:
        connection.close()
    # Those that ran are stopped, and those that waited never begin: the next is answered.
    assert simulation(service, 300).status_code == 200


def answer_to(connection: socket.socket) -> bytes:
    received = b""
    while part := connection.recv(65536):
        received += part
    return received


def test_a_service_asked_to_stop_stops_long_work_and_ends_in_time(stopping: Service) -> None:
    connections = [ask_endlessly(stopping, f"127.0.0.{30 + number}") for number in range(4)]
    await_busy(stopping)
    asked_at = monotonic()
    assert stopping.stop() == 0
    assert monotonic() - asked_at < 15
    for connection in connections:
        answer = answer_to(connection)
        assert answer.startswith(b"HTTP/1.1 503 "), answer
        assert b"being stopped" in answer
    assert "Traceback" not in "".join(stopping.log)


def test_a_service_asked_to_stop_finishes_what_is_under_way(stopping: Service) -> None:
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(simulation, stopping, 0)
        while not answer.running():
            Event().wait(0.01)
        Event().wait(0.3)
        assert stopping.stop() == 0
        assert answer.result().status_code == 200


def test_a_second_signal_ends_a_service_at_once(stopping: Service) -> None:
    connections = [ask_endlessly(stopping, f"127.0.0.{30 + number}") for number in range(2)]
    await_busy(stopping)
    stopping.process.terminate()
    Event().wait(1)
    asked_at = monotonic()
    assert stopping.stop() == 0
    assert monotonic() - asked_at < 5
    for connection in connections:
        connection.close()
