"""Several worker processes behind one address: one record, replaced when they are killed, stopped together."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.facts import formed, pledge
from tests.running.service import Service, running

WORKERS = 3
SECONDS = 60


@pytest.fixture
def service(database_url: str) -> Iterator[Service]:
    """Run a service with several workers on an empty ledger, once on each kind of store."""
    with running(database_url, "--workers", str(WORKERS)) as service:
        yield service
        service.stop()


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Service]:
    """Run one with the example."""
    with running(sqlite_url, "--example", "--workers", str(WORKERS)) as service:
        yield service


def workers_of(service: Service) -> set[int]:
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (map(int, line.split()) for line in found.stdout.splitlines())
    return {process_id for process_id, parent in pairs if parent == service.process.pid}


def await_that(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def ask(service: Service, path: str, **headers: str) -> httpx.Response:
    """Ask over a connection of its own, which any worker may accept."""
    return httpx.get(f"{service.url}/coalitions/willing{path}", headers=headers, timeout=SECONDS)


def post(service: Service, facts: Any, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.post(
        f"{service.url}/coalitions/willing/events", json=facts, headers=service.authorization | named, timeout=SECONDS
    )


def test_what_one_worker_records_all_others_read(service: Service) -> None:
    assert post(service, formed()).status_code == 201
    for number in range(20):
        tag = post(service, pledge(f"p{number}")).headers["etag"]
        assert {ask(service, "").headers["etag"] for _ in range(WORKERS)} == {tag}


def test_a_request_sent_to_several_workers_counts_once(service: Service) -> None:
    assert post(service, formed()).status_code == 201

    def send(turn: int) -> httpx.Response:
        return post(service, pledge(f"p{turn // 8}"), Idempotency_Key=f"turn-{turn // 8}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8 * 10)))
    for turn in range(10):
        contents = {one.content for one in answers[turn * 8 : turn * 8 + 8] if one.status_code == 201}
        assert len(contents) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert ask(service, "").headers["etag"] == '"11"'


def test_a_worker_that_is_killed_loses_nothing_that_was_answered_and_is_replaced(service: Service) -> None:
    assert post(service, formed()).status_code == 201
    await_that(lambda: len(workers_of(service)) == WORKERS)
    first = workers_of(service)
    recorded: list[str] = []

    def write(writer: int) -> None:
        for number in range(40):
            name = f"w{writer}-{number}"
            with suppress(httpx.TransportError):
                if post(service, pledge(name)).status_code == 201:
                    recorded.append(name)

    with ThreadPoolExecutor(4) as pool:
        writing = [pool.submit(write, writer) for writer in range(4)]
        for process_id in first:
            enough = len(recorded) + 5
            await_that(partial(lambda enough: len(recorded) > enough or all(one.done() for one in writing), enough))
            os.kill(process_id, signal.SIGKILL)
        for one in writing:
            one.result()
    await_that(lambda: len(workers_of(service)) == WORKERS)
    assert not workers_of(service) & first
    await_that(lambda: httpx.get(f"{service.url}/health/ready").status_code == 200)
    on_record = {item["pledge"] for item in ask(service, "/pledges").json()["items"]}
    assert set(recorded) <= on_record
    events = ask(service, "/events?limit=1000").json()["items"]
    assert [one["sequence"] for one in events] == list(range(1, len(events) + 1))
    assert sum("another one takes its place" in line for line in service.log) == WORKERS


def test_a_worker_does_not_start_on_a_copy_in_the_place_of_the_store(
    on_sqlite: Service, sqlite_url: str, tmp_path: Path
) -> None:
    await_that(lambda: len(workers_of(on_sqlite)) == WORKERS)
    first = workers_of(on_sqlite)
    file = sqlite_url.removeprefix("sqlite:///")
    shutil.copy(file, tmp_path / "copy")
    os.replace(tmp_path / "copy", file)
    os.kill(min(first), signal.SIGKILL)
    await_that(lambda: any("another store is in the place" in line for line in on_sqlite.log))
    assert httpx.get(f"{on_sqlite.url}/health/ready", timeout=SECONDS).status_code == 503


def test_the_service_greets_once_and_stops_all_its_workers(on_sqlite: Service) -> None:
    await_that(lambda: len(workers_of(on_sqlite)) == WORKERS)
    workers = workers_of(on_sqlite)
    assert ask(on_sqlite, "/picture?valid_at=2025-04-10").json()["basis"]["sequence"] == 254
    assert on_sqlite.stop() == 0
    assert not any(is_running(one) for one in workers)
    output = "".join(on_sqlite.log)
    assert output.count("listens on") == 1
    assert output.count("is shown only once") == 1


def test_workers_end_when_their_parent_is_killed(on_sqlite: Service) -> None:
    await_that(lambda: len(workers_of(on_sqlite)) == WORKERS)
    workers = workers_of(on_sqlite)
    on_sqlite.process.kill()
    await_that(lambda: not any(is_running(one) for one in workers))


CANNOT_START = """
from api.cli.failures import CommandFailed
from api.cli.workers import Workers

def serve(lifeline, tell_ready):
    raise CommandFailed("the store does not answer")

try:
    Workers(2, serve, lambda: print("greeted"), end_seconds=5).run()
except CommandFailed as failure:
    print(f"{failure}.")
"""


def test_a_service_whose_workers_cannot_start_ends() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", CANNOT_START], capture_output=True, text=True, check=True, timeout=SECONDS
    )
    assert ended.stdout == "a worker could not start.\n"
    assert "the store does not answer" in ended.stderr


def is_running(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return True
