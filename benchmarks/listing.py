"""All coalitions of a store, listed in a fresh process: how long it takes, and how much memory.

    python -m benchmarks.listing --coalitions 10000 --facts 100

The store is made by restoring, a coalition at a time, and kept in ``benchmarks/.cache``.
"""

import argparse
import multiprocessing
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from benchmarks.generator import cache_file
from benchmarks.measuring import machine, resident_bytes
from domain.events import FACT, Event
from domain.ledger import Ledger

TIMES = 20
SOURCES = [{"publisher": "news report", "published_on": "2025-04-10"}]


@cache
def pledges(count: int) -> list[Any]:
    """Returns so many pledges; every coalition has the same ones."""
    quantity = {"min": 1000, "max": 3000, "unit": "personnel"}
    common = {"type": "PledgeMade", "effective_at": "2025-04-10", "contributor": "GBR", "level": "pledged",
              "capability": "ground_forces", "quantity": quantity, "sources": SOURCES}  # fmt: skip
    return [FACT.validate_python({**common, "pledge": f"p-{number}"}) for number in range(count)]


def events_of(coalition: str, number: int, count: int) -> Iterator[Event]:
    """Yields a coalition's formation, a new name and as many pledges as it takes."""
    formation = {"type": "CoalitionFormed", "effective_at": "2025-01-01", "name": f"Coalition {number}"}
    renaming = {"type": "CoalitionRenamed", "effective_at": "2025-02-01", "name": f"Force {number}"}
    own = [FACT.validate_python({**fact, "sources": SOURCES}) for fact in (formation, renaming)]
    for sequence, fact in enumerate([*own, *pledges(count - len(own))], start=1):
        yield Event(
            event_id=f"01961eed-9d78-7000-{number:04x}-{sequence:012x}", coalition=coalition, sequence=sequence,
            recorded_at="2025-04-10T09:00:00.000000Z", recorded_by="bench", fact=fact,
        )  # fmt: skip


def store_with(coalitions: int, facts: int) -> str:
    """Returns the URL of an SQLite file with so many coalitions of so many events, which is made if there is none."""
    path = cache_file(f"coalitions-{coalitions}-{facts}.sqlite3")
    if not path.exists():
        unfinished = path.with_suffix(".unfinished")
        unfinished.unlink(missing_ok=True)
        ledger = Ledger(f"sqlite:///{unfinished}")
        for number in range(coalitions):
            ledger.restore(f"c-{number:05d}", events_of(f"c-{number:05d}", number, facts))
        ledger.close()
        unfinished.rename(path)
    return f"sqlite:///{path}"


def measure(url: str, results: "multiprocessing.Queue[tuple[int, list[float], int]]") -> None:
    """Lists the coalitions several times; puts their number, the seconds of each time and the memory into a queue."""
    ledger = Ledger(url)
    seconds = []
    for _ in range(TIMES):
        began = time.perf_counter()
        listed = ledger.coalitions()
        seconds.append(time.perf_counter() - began)
    results.put((len(listed), seconds, resident_bytes()))
    ledger.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coalitions", type=int, default=10_000)
    parser.add_argument("--facts", type=int, default=100)
    arguments = parser.parse_args()
    print(machine())
    url = store_with(arguments.coalitions, arguments.facts)
    fresh = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[int, list[float], int]] = fresh.Queue()
    process = fresh.Process(target=measure, args=(url, results))
    process.start()
    count, seconds, memory = results.get()
    process.join()
    first, others = seconds[0] * 1000, sorted(seconds[1:])
    print(f"{count:,} coalitions of {arguments.facts} events: first {first:.0f} ms, then {others[0] * 1000:.0f} ms")
    print(f"  median {others[len(others) // 2] * 1000:.0f} ms, most {others[-1] * 1000:.0f} ms; {memory / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
