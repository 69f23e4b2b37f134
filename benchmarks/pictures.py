"""A picture at a random (valid, known), in process, without a cache of answers: by length of history, and by pledges.

Compared in the same run: stock ``eventsourcing``, each pledge in force loaded at a version through its repository. It
has no valid axis, and receives the pledges to load.

    python -m benchmarks.pictures --facts 10000 100000 1000000
"""

import argparse
import gc
import random
import time
from pathlib import Path
from uuid import UUID

from api.cli.serve import configure_collector
from benchmarks.cold_load import stock_with
from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from benchmarks.stock import open_stock
from domain.history.history import History
from domain.ledger import Ledger
from domain.times import DAY_US, format_instant, instant_us
from projections.asof import AsOf, view_of
from projections.picture.picture import picture_of

QUESTIONS = 1_000


def ask(history: History, questions: int, seed: int = 7) -> tuple[list[float], float]:
    """Ask for pictures at random points; returns the seconds of each, and the mean number of pledges in force."""
    chance = random.Random(seed)
    first_us, last_us = instant_us(history.events[0].recorded_at), instant_us(history.events[-1].recorded_at)
    seconds, pledges = [], 0
    for _ in range(questions):
        known_us = chance.randint(first_us, last_us)
        valid_us = known_us + chance.randint(-180 * DAY_US, 60 * DAY_US)
        point = AsOf(valid_at=format_instant(max(valid_us, first_us)), known_at=format_instant(known_us))
        began = time.perf_counter()
        basis = point.basis(history, last_us)
        picture = picture_of(view_of(history, basis), basis)
        seconds.append(time.perf_counter() - began)
        size = picture.size
        pledges += sum(figure.pledges for figure in (size.floated, size.pledged, size.committed, size.assigned))
    return seconds, pledges / questions


def ask_stock(count: int, standing: int, questions: int = 20) -> float:
    """Load as many stock aggregates as pledges are in force, each at a version; returns the median of the seconds."""
    path = Path(stock_with(count))
    application = open_stock(path)
    ids = [UUID(hex=line) for line in path.with_suffix(".ids").read_text().split()]
    chance = random.Random(7)
    seconds = []
    for _ in range(questions):
        chosen = chance.sample(ids, min(standing, len(ids)))
        began = time.perf_counter()
        for pledge_id in chosen:
            application.repository.get(pledge_id, version=1)
        seconds.append(time.perf_counter() - began)
    return quantile(seconds, 0.5)


def _tell(count: int, standing: int) -> float:
    ledger = Ledger(sqlite_with(count, standing))
    history = ledger.history(COALITION)
    ask(history, 50)
    configure_collector()
    seconds, pledges = ask(history, QUESTIONS)
    median = quantile(seconds, 0.5)
    print(
        f"  {count:>9,} facts, {pledges:>5.0f} pledges in people standing: "
        f"median {median * 1e3:.2f} ms, 99th percentile {quantile(seconds, 0.99) * 1e3:.2f} ms"
    )
    ledger.close()
    gc.unfreeze()
    return median


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--standing", type=int, nargs="+", default=[100, 300, 1_000])
    options = parser.parse_args()
    print(f"pictures at random points, {QUESTIONS:,} questions each; {machine()}")
    medians = [_tell(count, 300) for count in options.facts]
    print(f"  ratio of the longest history to the shortest: {medians[-1] / medians[0]:.2f}")
    for standing in options.standing:
        if standing != 300:
            _tell(options.facts[0], standing)
    stock = ask_stock(options.facts[0], 300)
    print(f"  stock eventsourcing, 300 aggregates at a version: {stock * 1e3:.1f} ms; ratio {stock / medians[0]:.1f}")


if __name__ == "__main__":
    main()
