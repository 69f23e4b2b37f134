"""Durable POSTs to a real service on SQLite, ``synchronous=FULL``: single facts from 16 clients, and lists of 100.

The clients are one process with bare sockets, so that they do not affect the result. Afterwards every fact that was
answered is looked up in the record. Compared in the same run: stock ``eventsourcing`` saving the same facts in process,
one save each, without HTTP.

    python -m benchmarks.posts --seconds 8
"""

import argparse
import json
import multiprocessing
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from benchmarks.generator import stored_events
from benchmarks.measuring import machine
from benchmarks.stock import open_stock, save_pledges
from domain.ledger import Ledger
from tests.running.service import running

CLIENTS = 16
LIST = 100
SOURCES = [
    {
        "publisher": "news report",
        "title": "Officials float a force",
        "published_on": "2025-04-10",
        "url": "https://example.org/2025/04/10/force",
        "locator": "paragraph 7",
    }
]


def pledge(name: str) -> dict[str, object]:
    """Returns a fact of about 450 bytes."""
    return {
        "type": "PledgeMade", "effective_at": "2025-04-10", "pledge": name, "contributor": "GBR",
        "level": "pledged", "capability": "ground_forces",
        "quantity": {"min": 1000, "max": 3000, "unit": "personnel", "text": "one to three thousand"},
        "sources": SOURCES,
        "attribution": {"actor": "GBR", "speaker": "officials", "basis": "informal"},
    }  # fmt: skip


Answers: TypeAlias = "multiprocessing.Queue[tuple[list[str], float]]"


class Client:
    """A persistent connection, with only the HTTP that is needed."""

    def __init__(self, url: str, key: str, path: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._socket = socket.create_connection((parts.hostname, parts.port or 80))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    def post(self, body: bytes) -> int:
        """Send a body and wait for the whole answer; returns its status."""
        self._socket.sendall(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        status = int(self._file.readline().split()[1])
        length = 0
        while (line := self._file.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        self._file.read(length)
        return status


def bodies(client: int, size: int) -> Iterator[tuple[list[str], bytes]]:
    """Yields one client's bodies, without end: the names of the pledges in each, and its JSON."""
    number = 0
    while True:
        names = [f"p-{client}-{size}-{number + position}" for position in range(size)]
        number += size
        facts = [pledge(name) for name in names]
        yield names, json.dumps(facts[0] if size == 1 else facts).encode()


def drive(service: tuple[str, str], clients: int, size: int, seconds: float, answers: Answers) -> None:
    """Post from several clients for a time, in this process; puts the names that were answered, and the seconds
    taken, into the queue."""
    made = [list(zip(range(4000 // size + 50), bodies(number, size), strict=False)) for number in range(clients)]
    answered: list[list[str]] = [[] for _ in range(clients)]
    ends_at = time.perf_counter() + seconds

    def post_all(number: int) -> None:
        client = Client(*service, "/coalitions/load/events")
        for _, (names, body) in made[number]:
            if time.perf_counter() > ends_at:
                return
            status = client.post(body)
            assert status == 201, status
            answered[number] += names

    threads = [threading.Thread(target=post_all, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers.put(([name for names in answered for name in names], time.perf_counter() - began))


def measure(clients: int, size: int, seconds: float) -> float:
    """Returns facts a second, all of them looked up afterwards."""
    with tempfile.TemporaryDirectory() as folder, running(f"sqlite:///{folder}/ledger.sqlite3") as service:
        opening = Client(service.url, service.key, "/coalitions/load/events")
        formed = {
            "type": "CoalitionFormed",
            "effective_at": "2025-01-01",
            "name": "Load",
            "sources": [{"publisher": "x"}],
        }
        assert opening.post(json.dumps(formed).encode()) == 201
        answers: multiprocessing.Queue[tuple[list[str], float]] = multiprocessing.Queue()
        driver = multiprocessing.Process(
            target=drive, args=((service.url, service.key), clients, size, seconds, answers)
        )
        driver.start()
        names, took = answers.get(timeout=seconds + 60)
        driver.join()
        service.stop()
        ledger = Ledger(f"sqlite:///{folder}/ledger.sqlite3")
        there = {getattr(event.fact, "pledge", None) for event in ledger.history("load").events}
        lost = set(names) - there
        ledger.close()
    assert not lost, f"{len(lost)} answered facts are not there"
    return len(names) / took


def measure_stock(count: int = 2_000) -> float:
    """Returns the facts a second that stock eventsourcing saves in process, one save each."""
    events = stored_events(10_000)[:count]
    with tempfile.TemporaryDirectory() as folder:
        application = open_stock(Path(folder) / "stock.sqlite3")
        began = time.perf_counter()
        _, saved = save_pledges(application, events, batch=1)
        return saved / (time.perf_counter() - began)


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8)
    seconds = parser.parse_args().seconds
    print(f"durable POSTs, SQLite synchronous=FULL, service and clients on the same machine; {machine()}")
    single = measure(CLIENTS, 1, seconds)
    print(f"  single facts, {CLIENTS} clients: {single:,.0f} facts/s")
    lists = max(measure(clients, LIST, seconds) for clients in (2, 4))
    print(f"  lists of {LIST}, the better of 2 and 4 clients: {lists:,.0f} facts/s")
    stock = measure_stock()
    print(f"  stock eventsourcing, in process, one save each: {stock:,.0f} facts/s")
    print(f"  ratios: single {single / stock:.1f}, lists {lists / stock:.1f}; every answered fact is on record")


if __name__ == "__main__":
    main()
