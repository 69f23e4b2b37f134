"""Durable POSTs to a real service on SQLite, ``synchronous=FULL``: single facts from 16 clients, and lists of 100.

Compared in the same run, in turns: the same bodies posted to a naive service (``benchmarks/naive.py``). The clients are
one process with bare sockets, so that they do not affect the result. Afterwards every fact that was answered is looked
up in the record.

    python -m benchmarks.posts --seconds 4 --turns 3
"""

import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import islice
from pathlib import Path
from statistics import median
from typing import NamedTuple, Protocol, TypeAlias

from benchmarks import naive
from benchmarks.measuring import machine, processor_seconds
from benchmarks.raw_http import Connection
from domain.ledger import Ledger
from tests.running.service import running

CLIENTS = 16
LIST = 100
MOST_FACTS = 40_000
"""How many facts a second of a run the clients can post at most: their bodies are made beforehand."""
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
    """A persistent connection for bodies to one path."""

    def __init__(self, url: str, path: str, key: str) -> None:
        self._connection = Connection(url)
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._connection.host}\r\nAuthorization: Bearer {key}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()

    def post(self, body: bytes) -> int:
        """Send a body and wait for the whole answer; returns its status."""
        status, _ = self._connection.ask(self._head + str(len(body)).encode() + b"\r\n\r\n" + body)
        return status


def bodies(client: int, size: int) -> Iterator[tuple[list[str], bytes]]:
    """Yields one client's bodies, without end: the names of the pledges in each, and its JSON."""
    number = 0
    while True:
        names = [f"p-{client}-{size}-{number + position}" for position in range(size)]
        number += size
        facts = [pledge(name) for name in names]
        yield names, json.dumps(facts[0] if size == 1 else facts).encode()


class Target(NamedTuple):
    """A running service: its process, where it takes single facts and lists, and the key that it wants."""

    pid: int
    url: str
    single: str
    lists: str
    key: str

    def client(self, size: int) -> Client:
        """Returns a connection for bodies of so many facts."""
        return Client(self.url, self.single if size == 1 else self.lists, self.key)


class Kind(Protocol):
    """A kind of service: how one is run in a folder, and what it has on record there once it has stopped."""

    def running(self, folder: Path) -> AbstractContextManager[Target]: ...

    def names_in(self, folder: Path) -> set[str]: ...


class Ours:
    """The ledger's service."""

    @contextmanager
    def running(self, folder: Path) -> Iterator[Target]:
        """Run it with one coalition."""
        with running(f"sqlite:///{folder}/ledger.sqlite3") as service:
            path = "/coalitions/load/events"
            target = Target(service.process.pid, service.url, path, path, service.key)
            formed = {
                "type": "CoalitionFormed",
                "effective_at": "2025-01-01",
                "name": "Load",
                "sources": [{"publisher": "x"}],
            }
            assert target.client(1).post(json.dumps(formed).encode()) == 201
            yield target
            service.stop()

    def names_in(self, folder: Path) -> set[str]:
        """Returns the names of the pledges on record."""
        ledger = Ledger(f"sqlite:///{folder}/ledger.sqlite3")
        names = {str(getattr(event.fact, "pledge", "")) for event in ledger.history("load").events}
        ledger.close()
        return names


class Naive:
    """The naive service."""

    @contextmanager
    def running(self, folder: Path) -> Iterator[Target]:
        """Run it."""
        program = f"from benchmarks.naive import serve; serve({str(folder / 'naive.sqlite3')!r})"
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            yield Target(process.pid, process.stdout.readline().strip(), "/pledge", "/pledges", "")
        finally:
            process.terminate()
            process.wait()

    def names_in(self, folder: Path) -> set[str]:
        """Returns the names of the pledges on record."""
        return naive.names_in(folder / "naive.sqlite3")


def drive(target: Target, clients: int, size: int, seconds: float, answers: Answers) -> None:
    """Post from several clients for a time, in this process; puts the names that were answered, and the seconds
    taken, into the queue."""
    answered: list[list[str]] = [[] for _ in range(clients)]
    enough = int(seconds * MOST_FACTS / size / clients) + 50
    made = [list(islice(bodies(number, size), enough)) for number in range(clients)]
    ends_at = time.perf_counter() + seconds

    def post_all(number: int) -> None:
        client = target.client(size)
        for names, body in made[number]:
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


class Rates(NamedTuple):
    """Facts a second, and facts a second of the service's processor time, which depends less on what else runs."""

    by_clock: float
    by_processor: float


def measure(kind: Kind, clients: int, size: int, seconds: float) -> Rates:
    """Post for a time; all facts that were answered are looked up afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with kind.running(folder) as target:
            answers: Answers = multiprocessing.Queue()
            driver = multiprocessing.Process(target=drive, args=(target, clients, size, seconds, answers))
            before = processor_seconds(target.pid)
            driver.start()
            names, took = answers.get(timeout=seconds + 60)
            used = processor_seconds(target.pid) - before
            driver.join()
        lost = set(names) - kind.names_in(folder)
    assert not lost, f"{len(lost)} answered facts are not there"
    return Rates(len(names) / took, len(names) / used)


def compare(title: str, clients: int, size: int, seconds: float, turns: int) -> None:
    """Measure both services in turns, and print the medians and the ratios."""
    pairs = [(measure(Ours(), clients, size, seconds), measure(Naive(), clients, size, seconds)) for _ in range(turns)]
    for unit, place in (("facts/s", 0), ("facts a second of processor time", 1)):
        ours, theirs = (median(rates[place] for rates in one) for one in zip(*pairs, strict=True))
        ratios = ", ".join(f"{one[place] / other[place]:.2f}" for one, other in pairs)
        print(f"  {title}: {ours:,.0f} {unit}; naive {theirs:,.0f}; ratio by turns {ratios}")


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    print(f"durable POSTs, SQLite synchronous=FULL, service and clients on the same machine; {machine()}")
    compare("single facts, 16 clients", CLIENTS, 1, options.seconds, options.turns)
    compare(f"lists of {LIST}, 4 clients", 4, LIST, options.seconds, options.turns)
    print("  every answered fact is on record")


if __name__ == "__main__":
    main()
