"""Several service processes on one PostgreSQL: each reads the writes of all, and none is lost."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from domain.ledger import Keys, Ledger
from tests.api.facts import fact, formed, people, pledge
from tests.running.postgres import PostgresServer
from tests.running.service import Service, running

THREADS = 8
"""Writers at each process."""
POSTS = 12
"""Requests by each of them."""


@pytest.fixture(scope="module")
def processes(postgres_server: PostgresServer) -> Iterator[tuple[Service, Service]]:
    """Run two processes on one empty database, started at the same time."""
    with postgres_server.fresh_database() as url, ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        # Both find no tables, and make them.
        one, other = pool.map(lambda _: stack.enter_context(running(url)), range(2))
        yield one, other


@pytest.fixture
def clients(processes: tuple[Service, Service]) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Give a client of each process, with a key."""
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(httpx.Client(base_url=process.url, headers=process.authorization, timeout=30))
            for process in processes
        )
        yield one, other


@pytest.fixture
def coalition(request: pytest.FixtureRequest, clients: tuple[httpx.Client, httpx.Client]) -> str:
    """Form a coalition of the test's own."""
    name = request.node.name.replace("test_", "").replace("_", "-")[:90].rstrip("-")
    assert clients[0].post(f"/coalitions/{name}/events", json=formed()).status_code == 201
    return str(name)


def everything(client: httpx.Client, coalition: str) -> list[dict[str, Any]]:
    answer = client.get(
        f"/coalitions/{coalition}/events", headers={"Accept": "application/x-ndjson"}, params={"limit": 1000}
    )
    assert "next" not in answer.links
    return [json.loads(line) for line in answer.text.splitlines()]


def at_once(
    clients: Sequence[httpx.Client], coalition: str, bodies: Sequence[Any], **headers: str
) -> list[httpx.Response]:
    """Post every body from a client of its own, all at the same time."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def post(client: httpx.Client, body: Any) -> httpx.Response:
        return client.post(f"/coalitions/{coalition}/events", json=body, headers=named)

    with ThreadPoolExecutor(len(clients)) as pool:
        return list(pool.map(post, clients, bodies))


def test_each_process_reads_the_writes_of_the_other(clients: tuple[httpx.Client, httpx.Client], coalition: str) -> None:
    for number in range(20):
        writer, reader = clients if number % 2 else reversed(clients)
        written = writer.post(f"/coalitions/{coalition}/events", json=pledge(f"p{number}", 10))
        assert written.status_code == 201
        query = {"min_sequence": written.headers["etag"]}
        for client in (reader, writer):
            picture = client.get(f"/coalitions/{coalition}/picture", params=query).json()
            assert picture["basis"]["sequence"] == number + 2
            assert picture["size"]["available"]["min"] == 10 * (number + 1)
        # What was answered is committed: it is seen without waiting, too.
        assert reader.get(f"/coalitions/{coalition}").headers["etag"] == written.headers["etag"]


def test_a_sequence_ahead_of_every_process_is_reported(
    clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    for client in clients:
        answer = client.get(f"/coalitions/{coalition}/picture", params={"min_sequence": 2})
        assert answer.status_code == 503
        assert answer.headers["retry-after"]


def test_a_reader_waits_for_what_another_process_is_about_to_write(
    clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    writer, reader = clients
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.get, f"/coalitions/{coalition}/picture", params={"min_sequence": 2})
        writer.post(f"/coalitions/{coalition}/events", json=pledge("a", 10))
        assert waiting.result().json()["basis"]["sequence"] == 2


def test_many_writers_lose_nothing(clients: tuple[httpx.Client, httpx.Client], coalition: str) -> None:
    def write(writer: int) -> list[dict[str, Any]]:
        client, recorded = clients[writer % 2], []
        for number in range(POSTS):
            names = [f"w{writer}-{number}-{part}" for part in range(1 + number % 3)]
            facts = [pledge(name, 10, note=f"{names}") for name in names]
            body = facts if len(facts) > 1 else facts[0]
            answer = client.post(f"/coalitions/{coalition}/events", json=body)
            assert answer.status_code == 201, answer.text
            events = answer.json()["events"]
            assert answer.headers["etag"] == f'"{events[-1]["sequence"]}"'
            recorded += events
        return recorded

    with ThreadPoolExecutor(2 * THREADS) as pool:
        answered = [event for events in pool.map(write, range(2 * THREADS)) for event in events]
    on_record = everything(clients[0], coalition)
    assert [event["sequence"] for event in on_record] == list(range(1, len(on_record) + 1))
    assert sorted(answered, key=lambda event: event["sequence"]) == on_record[1:]
    times = [event["recorded_at"] for event in on_record]
    assert times == sorted(times)
    for event in on_record[1:]:
        # A list stands together, whoever wrote between lists.
        names = event["fact"]["note"]
        together = [other["sequence"] for other in on_record[1:] if other["fact"]["note"] == names]
        assert together == list(range(together[0], together[-1] + 1))
    basis = urlencode(clients[0].get(f"/coalitions/{coalition}/picture").json()["basis"])
    pictures = {client.get(f"/coalitions/{coalition}/picture?{basis}").content for client in clients}
    assert len(pictures) == 1


def test_a_rule_holds_against_writers_of_another_process(
    clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    assert clients[0].post(f"/coalitions/{coalition}/events", json=pledge("a", 100)).status_code == 201
    taken = fact("PledgeWithdrawn", pledge="a", quantity=people(10, 10))
    answers = at_once(clients * 8, coalition, [taken] * 16)
    assert sorted(answer.status_code for answer in answers) == [201] * 10 + [409] * 6
    refused = [answer.json()["errors"][0]["rule"] for answer in answers if answer.status_code == 409]
    assert set(refused) <= {"WithdrawsMoreThanIsLeft", "PledgeIsOver"}


def test_of_concurrent_writes_with_one_if_match_only_one_succeeds(
    clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    for turn in range(5):
        tag = clients[0].get(f"/coalitions/{coalition}").headers["etag"]
        bodies = [pledge(f"t{turn}-{at}") for at in range(6)]
        answers = at_once(clients * 3, coalition, bodies, If_Match=tag)
        assert sorted(answer.status_code for answer in answers) == [201] + [412] * 5
        assert {answer.headers["etag"] for answer in answers} == {f'"{turn + 2}"'}


def test_one_key_sent_to_two_processes_is_one_request(
    clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    for turn in range(10):
        facts = [pledge(f"k{turn}-{part}") for part in range(3)]
        answers = at_once(clients * 2, coalition, [facts] * 4, Idempotency_Key=f"turn-{turn}")
        first = {answer.content for answer in answers if answer.status_code == 201}
        assert len(first) == 1
        for answer in answers:
            assert answer.status_code == 201 or answer.json()["type"] == "/problems/idempotency-in-progress", (
                answer.text
            )
        (again,) = at_once(clients[1:], coalition, [facts], Idempotency_Key=f"turn-{turn}")
        assert again.content in first
    assert len(everything(clients[0], coalition)) == 31


def test_keys_made_or_revoked_in_one_process_count_in_the_other(
    processes: tuple[Service, Service], clients: tuple[httpx.Client, httpx.Client], coalition: str
) -> None:
    ledger = Ledger(processes[0].database_url)
    try:
        secret = Keys(ledger).add("passing")
        headers = {"Authorization": f"Bearer {secret}"}
        for at, client in enumerate(clients):
            assert (
                client.post(f"/coalitions/{coalition}/events", json=pledge(f"a{at}"), headers=headers).status_code
                == 201
            )
        Keys(ledger).revoke("passing")
        revoked_at = monotonic()
        for at, client in enumerate(clients):
            statuses: list[int] = []
            while not statuses or (statuses[-1] == 201 and monotonic() < revoked_at + 30):
                fact = pledge(f"b{at}-{len(statuses)}")
                statuses.append(client.post(f"/coalitions/{coalition}/events", json=fact, headers=headers).status_code)
            assert statuses[-1] == 401
    finally:
        ledger.close()
