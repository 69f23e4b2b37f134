"""Answers that the service has given before: a cached picture and a 304, beside ``/health/live``, in one run.

Clients with bare sockets, in a process of their own, ask by turns: each turn has the same number of requests of every
kind, so that whatever else the machine does is shared by all. Asked are a picture whose basis is left open, as most
people ask for it, the same with the tag of its answer, one at a fixed basis, the page of the coalition, and a chart.

    python -m benchmarks.cached_answers --facts 10000 --clients 8 --seconds 1 --turns 5
"""

import argparse
import multiprocessing
import shutil
import tempfile
import threading
import time
from pathlib import Path
from typing import TypeAlias

from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from benchmarks.raw_http import Connection
from tests.running.service import running

LIVE = "/health/live"
PICTURE = f"/coalitions/{COALITION}/picture"
FIXED = f"{PICTURE}?valid_at=2025-08-01&known_at=2026-01-01"
PAGE = f"/c/{COALITION}"
CHART = f"/c/{COALITION}/charts/map.svg"

Question: TypeAlias = tuple[str, str, bytes]
"""What is measured, the address, and further lines of the request's head."""

Seconds: TypeAlias = dict[str, list[float]]
Answers: TypeAlias = "multiprocessing.Queue[Seconds]"


class Client:
    """A persistent connection for questions."""

    def __init__(self, url: str) -> None:
        self._connection = Connection(url)

    def get(self, path: str, head: bytes = b"") -> tuple[int, bytes]:
        """Ask, and wait for the whole answer; returns its status and its tag."""
        host = self._connection.host
        return self._connection.ask(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n".encode() + head + b"\r\n")


def drive(connections: list[Client], questions: list[Question], seconds: float, turns: int, answers: Answers) -> None:
    """Ask every question from several clients for a time, turn by turn; puts the seconds of each answer, by what was
    measured, into the queue."""
    found: Seconds = {name: [] for name, _, _ in questions}
    for turn in range(turns + 1):
        for name, path, head in questions:
            taken: list[float] = []
            ends_at = time.perf_counter() + (seconds if turn else 0.3)

            def ask(client: Client, path: str = path, head: bytes = head, ends_at: float = ends_at) -> None:
                while (began := time.perf_counter()) < ends_at:
                    status, _ = client.get(path, head)
                    assert status == (304 if head else 200), (path, status)
                    taken.append(time.perf_counter() - began)  # noqa: B023

            threads = [threading.Thread(target=ask, args=(client,)) for client in connections]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if turn:  # the first turn is for the service to warm up
                found[name] += taken
    answers.put(found)


def measure(facts: int, clients: int, seconds: float, turns: int) -> Seconds:
    """Returns the seconds of each answer, by what was measured."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "ledger.sqlite3"
        shutil.copy(sqlite_with(facts).removeprefix("sqlite:///"), store)
        with running(f"sqlite:///{store}") as service:
            client = Client(service.url)
            asked = {"picture": PICTURE, "picture, fixed basis": FIXED, "page": PAGE, "chart": CHART}
            questions: list[Question] = [(LIVE, LIVE, b"")]
            for name, path in asked.items():
                _, tag = client.get(path)
                questions.append((name, path, b""))
                questions.append((f"{name}, 304", path, b"If-None-Match: " + tag + b"\r\n"))
            answers: Answers = multiprocessing.Queue()
            driver = multiprocessing.Process(
                target=drive, args=([Client(service.url) for _ in range(clients)], questions, seconds, turns, answers)
            )
            driver.start()
            found = answers.get(timeout=(seconds + 30) * (turns + 1) * len(questions))
            driver.join()
    return found


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=10_000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args()
    print(f"answers given before, {options.facts:,} facts, {options.clients} clients; {machine()}")
    found = measure(options.facts, options.clients, options.seconds, options.turns)
    live = quantile(found[LIVE], 0.5)
    for name, seconds in found.items():
        median = quantile(seconds, 0.5)
        print(
            f"  {name:<26} median {median * 1e3:7.2f} ms, 99th percentile {quantile(seconds, 0.99) * 1e3:7.2f} ms; "
            f"{median / live:6.2f} times {LIVE}"
        )


if __name__ == "__main__":
    main()
