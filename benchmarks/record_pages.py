"""A page of the record, plain and by each filter, in process: by the length of the record.

Each question asks for a hundred events from a random place on. A filter's index is made by its first question, which is
told apart.

    python -m benchmarks.record_pages --facts 10000 1000000
"""

import argparse
import gc
import random
import time
from collections.abc import Callable
from typing import Any

from api.cli.serve import configure_collector
from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from domain.history.history import History
from domain.ledger import Ledger
from domain.times import DAY_US
from projections.asof import AsOf
from projections.log import EventFilter, page_of
from projections.record import effective_us

LIMIT = 100
QUESTIONS = 100

Chosen = Callable[[Any], dict[str, Any]]
"""The arguments of a filter that lets an event of the record through."""


def _within_a_day(event: Any) -> dict[str, Any]:
    at_us = effective_us(event)
    return {"effective_from_us": at_us, "effective_to_us": at_us + DAY_US}


FILTERS: dict[str, Chosen] = {
    "no filter": lambda event: {},
    "a type": lambda event: {"types": (event.fact.type,)},
    "a rare type": lambda event: {"types": ("CoalitionRenamed",)},
    "a pledge": lambda event: {"about": f"pledge:{getattr(event.fact, 'pledge', 'none')}"},
    "a contributor": lambda event: {"actor": getattr(event.fact, "contributor", None) or "GBR"},
    "a publisher": lambda event: {"publisher": event.fact.sources[0].publisher if event.fact.sources else "AFP"},
    "a locator": lambda event: {"locator": next((one.locator for one in event.fact.sources if one.locator), "S7")},
    "a writer": lambda event: {"recorded_by": event.recorded_by},
    "effective within a day": _within_a_day,
    "a contributor and a type": lambda event: {"actor": "EST", "types": (event.fact.type,)},
}


def ask(history: History, chosen: Chosen, questions: int, seed: int = 7) -> tuple[list[float], float]:
    """Ask for pages; returns the seconds of each, and the mean number of events on them."""
    chance = random.Random(seed)
    basis = AsOf("2200", "2200", "recorded", history.sequence).basis(history, history.last_recorded_us)
    seconds, events = [], 0
    for _ in range(questions):
        wanted = EventFilter(**chosen(chance.choice(history.events)))
        after = chance.randrange(history.sequence)
        began = time.perf_counter()
        page = page_of(history, basis, wanted, after, LIMIT)
        seconds.append(time.perf_counter() - began)
        events += len(page.items)
    return seconds, events / questions


def measure(count: int) -> dict[str, float]:
    """Returns the median of the seconds of a page, by filter."""
    ledger = Ledger(sqlite_with(count))
    history = ledger.history(COALITION)
    configure_collector()
    medians = {}
    for name, chosen in FILTERS.items():
        (first,), _ = ask(history, chosen, 1)
        seconds, events = ask(history, chosen, QUESTIONS)
        medians[name] = quantile(seconds, 0.5)
        print(
            f"  {count:>9,} facts, {name}, {events:.0f} events: median {medians[name] * 1e3:.2f} ms, "
            f"99th percentile {quantile(seconds, 0.99) * 1e3:.2f} ms; the first {first * 1e3:,.0f} ms"
        )
    ledger.close()
    gc.unfreeze()
    return medians


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000, 1_000_000])
    options = parser.parse_args()
    print(f"pages of {LIMIT} events, {QUESTIONS} questions each; {machine()}")
    measured = [measure(count) for count in options.facts]
    for name in FILTERS:
        print(f"  ratio of the longest record to the shortest, {name}: {measured[-1][name] / measured[0][name]:.2f}")


if __name__ == "__main__":
    main()
