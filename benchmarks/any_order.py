"""Facts of one thing in any order: what it costs to fold them, beside the same facts in valid order.

The orders: random; falling (the latest first); on the reported axis, published latest first, and before the pledge
that they rest on. Chains of corrections come last. Time is the processor's, memory what Python holds afterwards;
either is divided by that of the same facts recorded in order, in the same run.

    python -m benchmarks.any_order --facts 500 2000
"""

import argparse
import gc
import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.measuring import machine
from domain.events import FACT, Event
from domain.history.history import History
from domain.times import DAY_US, FOREVER_US, day_of, format_instant, instant_us

Json = dict[str, Any]
FIRST_US = instant_us("1950-01-01T00:00:00Z")
MADE: Json = {
    "type": "PledgeMade", "pledge": "p", "contributor": "GBR", "level": "pledged", "capability": "ground_forces",
    "quantity": {"min": 1_000, "max": 2_000, "unit": "personnel"}, "effective_at": day_of(FIRST_US),
}  # fmt: skip
FIRST: Json = {
    "type": "ForcesDeployed", "pledge": "p", "effective_at": day_of(FIRST_US),
    "quantity": {"min": 100_000, "max": 100_000, "unit": "personnel"},
}  # fmt: skip
"""So many are there that any return is possible at once."""
FORMED: Json = {"type": "CoalitionFormed", "name": "Willing", "effective_at": day_of(FIRST_US)}


def amended(number: int) -> Json:
    return {"type": "PledgeAmended", "quantity": MADE["quantity"] | {"max": 2_000 + number}}


def deployed(number: int) -> Json:
    return {"type": "ForcesDeployed", "quantity": {"min": 1, "max": 1, "unit": "personnel"}}


def reaffirmed(number: int) -> Json:
    return {"type": "PledgeReaffirmed"}


def moved(number: int) -> Json:
    """Deployments, and a return of one after each ten."""
    return deployed(number) | ({"type": "ForcesReturned"} if number % 10 == 9 else {})


KINDS: dict[str, Callable[[int], Json]] = {
    "amendments": amended,
    "deployments": deployed,
    "deployments and returns": moved,
    "reaffirmations": reaffirmed,
}


def events_of(facts: Sequence[Json]) -> list[Event]:
    """Facts as events, recorded in their order."""
    return [
        Event(
            event_id=_id_of(sequence), coalition="any-order", sequence=sequence, recorded_by="desk",
            recorded_at=format_instant(instant_us("2026-01-01T00:00:00Z") + sequence),
            fact=FACT.validate_python({"sources": [{"publisher": "desk"}]} | fact),
        )
        for sequence, fact in enumerate(facts, 1)
    ]  # fmt: skip


def _id_of(sequence: int) -> str:
    return f"00000000-0000-7000-8000-{sequence:012d}"


def facts_of(kind: str, count: int) -> list[Json]:
    """Facts about one pledge, a day apart."""
    days = (day_of(FIRST_US + (1 + number) * DAY_US) for number in range(count))
    return [KINDS[kind](number) | {"pledge": "p", "effective_at": day} for number, day in enumerate(days)]


def recorded(kind: str, count: int, order: str) -> list[Event]:
    """The formation, the pledge, and the facts about it, in one of several orders."""
    facts = facts_of(kind, count)
    if order == "random":
        random.Random(count).shuffle(facts)
    elif order == "falling":
        facts.reverse()
    return events_of([FORMED, MADE, FIRST, *facts])


def published(kind: str, count: int, is_falling: bool) -> list[Event]:
    """The same, recorded in order, but published the latest first and all before the pledge; or in order after it."""
    facts = facts_of(kind, count)
    for number, fact in enumerate(reversed(facts) if is_falling else facts):
        fact["sources"] = [{"publisher": "desk", "published_on": day_of(FIRST_US + number * DAY_US)}]
    made_on = "2025-12-31" if is_falling else day_of(FIRST_US)
    return events_of([FORMED, MADE | {"sources": [{"publisher": "desk", "published_on": made_on}]}, *facts])


def corrections(count: int) -> list[Event]:
    """A pledge and a chain of corrections, each of the one before it."""
    sources = {"sources": [{"publisher": "desk"}]}
    replacements = (MADE | sources | {"quantity": MADE["quantity"] | {"max": 2_000 + n}} for n in range(count))
    chain = [
        {"type": "EventCorrected", "corrects": _id_of(number + 2), "replacement": replacement, "reason": "misread"}
        for number, replacement in enumerate(replacements)
    ]
    return events_of([FORMED, MADE, *chain])


def load(events: Sequence[Event]) -> History:
    """Fold what is on record, as a service does when it starts."""
    return History("any-order", events)


def record(events: Sequence[Event]) -> History:
    """Decide on each event, and take it in."""
    history = History("any-order")
    for event in events:
        draft = history.draft()
        draft.add([event])
        history.append(event, draft.folded[0])
    return history


def report(events: Sequence[Event]) -> History:
    """Fold what is on record, and ask what was public at some times."""
    history = load(events)
    for part in range(1, 10):
        known_us = FIRST_US + part * len(events) // 10 * DAY_US
        history.view(FOREVER_US - 1, known_us, "reported", history.sequence).states()
    return history


def cost(work: Callable[[Sequence[Event]], History], events: Sequence[Event]) -> tuple[float, float]:
    """Seconds of processor time, the best of three, and bytes held."""
    seconds = []
    for _ in range(3):
        gc.collect()
        began = time.process_time()
        work(events)
        seconds.append(time.process_time() - began)
    tracemalloc.start()
    history = work(events)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert history.sequence == len(events)
    return min(seconds), held


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[500, 2_000])
    options = parser.parse_args()
    print(f"facts of one pledge in any order, beside the same in valid order; {machine()}")
    for count in options.facts:
        for kind in KINDS:
            _compare(kind, count)
        seconds, held = cost(record, corrections(count))
        print(f"  {count:,} corrections, each of the last: recorded in {seconds:.2f} s, {held / count:,.0f} bytes each")


def _compare(kind: str, count: int) -> None:
    in_order = recorded(kind, count, "valid")
    for name, work in (("loaded", load), ("recorded", record)):
        seconds, held = cost(work, in_order)
        print(f"  {count:,} {kind}, {name} in order: {seconds * 1e3:.0f} ms, {held / count:,.0f} bytes each")
        for order in ("random", "falling"):
            others, others_held = cost(work, recorded(kind, count, order))
            print(f"    {order}: {others / seconds:.1f} times the time, {others_held / held:.1f} times the memory")
    seconds, held = cost(report, published(kind, count, is_falling=False))
    print(f"  {count:,} {kind}, as published in order: {seconds * 1e3:.0f} ms, {held / count:,.0f} bytes each")
    others, others_held = cost(report, published(kind, count, is_falling=True))
    print(
        f"    latest first, before the pledge: {others / seconds:.1f} times the time, "
        f"{others_held / held:.1f} times the memory"
    )


if __name__ == "__main__":
    main()
