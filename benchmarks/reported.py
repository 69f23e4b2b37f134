"""A picture on the reported axis, of any first events and at any past time, beside one on the recorded axis.

The last event on record and the time of the question are drawn from the whole record, near each other (until some
``--spread`` events later) or independently of each other. Nothing is asked twice, so no answer is kept.

    python -m benchmarks.reported --facts 10000 100000
"""

import argparse
import random
import time

from api.cli.serve import configure_collector
from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from domain.history.history import History, KnownAxis
from domain.ledger import Ledger
from domain.times import DAY_US, format_instant, stamp_us
from projections.asof import Basis
from projections.picture.picture import picture_of

Point = tuple[int, int, int]
"""When, as known when, by how many events."""


def points(history: History, questions: int, spread: int, seed: int = 7) -> list[Point]:
    """Random points, each known at the recording of an event at most ``spread`` before the last of its sequence."""
    chance = random.Random(seed)
    found = []
    for _ in range(questions):
        at = chance.randrange(history.sequence)
        known_us = stamp_us(history.events[at].recorded_at) + chance.randrange(DAY_US)
        sequence = min(history.sequence, at + 1 + chance.randrange(spread))
        found.append((known_us + chance.randint(-180, 60) * DAY_US, known_us, sequence))
    return found


def ask(history: History, asked: list[Point], axis: KnownAxis) -> list[float]:
    """Ask for pictures; returns the seconds of each."""
    seconds = []
    for valid_us, known_us, sequence in asked:
        began = time.perf_counter()
        view = history.view(valid_us, known_us, axis, sequence)
        picture_of(view, Basis(COALITION, sequence, format_instant(valid_us), format_instant(known_us), axis))
        seconds.append(time.perf_counter() - began)
    return seconds


def _show(name: str, history: History, asked: list[Point]) -> None:
    recorded, reported = ask(history, asked, "recorded"), ask(history, asked, "reported")
    for axis, seconds in (("recorded", recorded), ("reported", reported)):
        print(
            f"    {name}, {axis}: median {quantile(seconds, 0.5) * 1e3:.1f} ms, "
            f"99th percentile {quantile(seconds, 0.99) * 1e3:.1f} ms"
        )
    more = sorted(other - one for one, other in zip(recorded, reported, strict=True))
    print(
        f"    {name}, reported and not recorded, more at one point: median {quantile(more, 0.5) * 1e3:.1f} ms, "
        f"99th percentile {quantile(more, 0.99) * 1e3:.1f} ms"
    )


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    print(f"pictures at random points of both known axes, {options.questions:,} questions each; {machine()}")
    for count in options.facts:
        ledger = Ledger(sqlite_with(count))
        history = ledger.history(COALITION)
        print(f"  {count:,} facts")
        began = time.perf_counter()
        ask(history, points(history, 1, count), "reported")
        print(f"    the first reported question, which folds the order of reports: {time.perf_counter() - began:.2f} s")
        configure_collector()
        _show("up to 200 events later", history, points(history, options.questions, 200))
        _show("any later sequence", history, points(history, options.questions, count))
        ledger.close()


if __name__ == "__main__":
    main()
