"""One what-if: forked near the end, five changes, in process, after the coalition is loaded; by length of history.

Compared in the same run with the alternatives: the whole stream replayed with stock ``eventsourcing`` into a fresh
application in memory, with the changes applied, and every pledge loaded from it (no conditions, no rules, no picture);
and a branch in DoltLite, if it can be installed: two changes to what each event left of its pledge, sums by contributor
and differences, with no fold, no rules and no conditions. Also measured: a simulation and exact shares.

    python -m benchmarks.what_if --facts 10000 100000 1000000
"""

import argparse
import gc
import random
import time
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from api.cli.serve import configure_collector
from benchmarks.branching import ask_doltlite
from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from benchmarks.stock import StockLedger, save_pledges
from domain.events import FACT, Event
from domain.history.history import History
from domain.ledger import Ledger
from domain.times import instant_us
from domain.what_if.chances import SensitivityRequest, SimulationRequest
from domain.what_if.changes import Changes, alter_event
from projections.asof import AsOf, view_of
from projections.difference import beside
from projections.picture.picture import picture_of
from projections.what_if.changed_history import ChangedHistory, baseline_of, basis_of_fork, changed, fork_at
from projections.what_if.consequences import consequences_of
from projections.what_if.selecting import index_of
from projections.what_if.sensitivity import sensitivity_of
from projections.what_if.simulation import simulation_of

QUESTIONS = 100
STOCK_QUESTIONS = 3
CHANGES: TypeAdapter[Any] = TypeAdapter(Changes)


@cache
def of_type(history: History, name: str) -> list[Event]:
    """Returns the events of a type."""
    return [event for event in history.events if event.fact.type == name]


def five_changes(history: History, chance: random.Random) -> Any:
    """Returns five changes: a late pledge omitted, another halved, one contributor's late facts shifted, a condition
    failed, a stance assumed."""
    made = [event for event in of_type(history, "PledgeMade") if event.sequence > history.sequence - 5_000]
    stated = of_type(history, "ConditionStated")
    omitted, halved, moved = chance.sample(made, 3)
    at = history.events[-1].recorded_at
    contributor: Any = moved.fact
    condition: Any = chance.choice(stated).fact
    return CHANGES.validate_python([
        {"omit": omitted.event_id},
        {"alter": halved.event_id, "scale": 0.5},
        {"shift": {"contributor": contributor.contributor, "effective_from": at[:7]}, "days": 10},
        {"decide": condition.condition, "becomes": "failed", "effective_at": at},
        {"assume": {"type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": at}},
    ])  # fmt: skip


def what_if(history: History, changes: Any) -> ChangedHistory:
    """Fork at the end, and change."""
    now = history.events[-1].recorded_at
    return changed(history, fork_at(history, AsOf(valid_at=now, known_at=now), instant_us(now)), changes)


def ask(history: History, whole: bool) -> tuple[list[float], list[float]]:
    """Ask for the picture of the changed history; ``whole``: with baseline, difference and consequences, as in the
    answer of ``POST /what-if``. Returns the seconds of each, and those of CPU time."""
    chance = random.Random(7)
    seconds, cpu_seconds = [], []
    for _ in range(QUESTIONS):
        changes = five_changes(history, chance)
        began, cpu_began = time.perf_counter(), time.process_time()
        other = what_if(history, changes)
        basis = basis_of_fork(other, other.fork)
        if whole:
            beside((baseline_of(other, basis), basis), (view_of(other, basis), basis))
            consequences_of(other, basis)
        else:
            picture_of(view_of(other, basis), basis)
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    return seconds, cpu_seconds


def ask_stock(history: History) -> list[float]:
    """Replay everything, changed, into a fresh application in memory, and load every pledge; returns the seconds."""
    chance, seconds = random.Random(7), []
    for _ in range(STOCK_QUESTIONS):
        changes = five_changes(history, chance)
        began = time.perf_counter()
        application = StockLedger(env={})
        ids, _ = save_pledges(application, _changed(history.events, changes))
        for pledge_id in ids:
            application.repository.get(pledge_id)
        seconds.append(time.perf_counter() - began)
    return seconds


def _changed(events: Sequence[Event], changes: Any) -> Iterator[Event]:
    """Returns the stream with the changes that stock pledges can express: one omitted, one halved."""
    omit, alter = changes[0], changes[1]
    for event in events:
        if event.event_id == alter.alter:
            halved = alter_event(event, alter)
            assert isinstance(halved, Event)
            yield halved
        elif event.event_id != omit.omit:
            yield event


def _tell(count: int, with_others: bool) -> float:
    ledger = Ledger(sqlite_with(count))
    history = ledger.history(COALITION)
    configure_collector()
    began = time.perf_counter()
    index_of(history).warm()
    warm = time.perf_counter() - began
    ask(history, whole=True)
    medians = {}
    for name, whole in (("picture", False), ("picture, baseline, difference and consequences", True)):
        seconds, cpu_seconds = ask(history, whole)
        medians[name] = quantile(seconds, 0.5)
        print(
            f"  {count:>9,} facts, {name}: median {medians[name] * 1e3:.1f} ms ({quantile(cpu_seconds, 0.5) * 1e3:.1f} "
            f"of CPU time), 99th percentile {quantile(seconds, 0.99) * 1e3:.1f} ms"
        )
    print(f"  {count:>9,} facts: indexed once for selectors, in {warm:.2f} s")
    if with_others:
        stock = sorted(ask_stock(history))[STOCK_QUESTIONS // 2]
        ratio = stock / medians["picture"]
        print(f"  {count:>9,} facts, stock eventsourcing replayed in memory: {stock:.1f} s; ratio {ratio:,.0f}")
        branched = ask_doltlite(history.events)
        result = "cannot be run here" if branched is None else f"median {branched * 1e3:.1f} ms"
        print(f"  {count:>9,} facts, DoltLite, two changes on a branch, sums and differences: {result}")
    ledger.close()
    gc.unfreeze()
    return medians["picture"]


# --- sensitivity and simulation ---------------------------------------------------------------------------------------


def crowd(pledges: int = 200, conditions: int = 15) -> History:
    """Returns a coalition whose pledges wait for conditions, a third of which have rules about the others' force."""
    source = {"sources": [{"publisher": "benchmark"}], "effective_at": "2025-01-01"}
    facts: list[dict[str, Any]] = [{"type": "CoalitionFormed", "name": "Crowd"}]
    for number in range(conditions):
        kind = "coalition_threshold" if number % 3 == 0 else "ceasefire"
        rule = {"rule": {"personnel_at_least": 5_000 * (number + 1)}} if number % 3 == 0 else {}
        facts.append({"type": "ConditionStated", "condition": f"c{number}", "kind": kind, "description": "c", **rule})
    chance = random.Random(1)
    for number in range(pledges):
        waits = [f"c{one}" for one in sorted(chance.sample(range(conditions), chance.randint(0, 3)))]
        facts.append({
            "type": "PledgeMade", "pledge": f"p{number}", "contributor": f"org:a{number % 30}", "level": "pledged",
            "capability": "ground_forces", "conditions": waits,
            "quantity": {"min": 100 + number, "max": 1_000 + number, "unit": "personnel"},
        })  # fmt: skip
    facts.append({
        "type": "RequirementStated", "requirement": "whole", "label": "All", "stated_by": "FRA", "standing": "agreed",
        "quantity": {"min": 60_000, "max": None, "unit": "personnel"},
    })  # fmt: skip
    events = (
        Event(
            event_id=f"00000000-0000-4000-8000-{number:012d}", coalition="crowd", sequence=number,
            recorded_at="2025-02-01T00:00:00.000000Z", recorded_by="benchmark", fact=FACT.validate_python(one | source),
        )
        for number, one in enumerate(facts, start=1)
    )  # fmt: skip
    return History("crowd", events)


def measure_chances() -> None:
    """Measure 10,000 runs over 24 dates with rules among 15 conditions, and exact shares of those."""
    history = crowd()
    basis = AsOf("2026-01-01", "2026-01-01").basis(history, instant_us("2026-01-01T00:00:00Z"))
    view = view_of(history, basis)
    dates = [f"{year}-{month:02}" for year in (2026, 2027) for month in range(1, 13)]
    likely = [{"condition": f"c{n}", "probability": 0.5} for n in range(15) if n % 3]
    asked = TypeAdapter(SimulationRequest).validate_python({"dates": dates, "conditions": likely, "draws": 10_000})
    began = time.perf_counter()
    simulation_of(view, basis, asked)
    drawn = time.perf_counter() - began
    began = time.perf_counter()
    sensitivity = sensitivity_of(view, basis, SensitivityRequest())
    shared = time.perf_counter() - began
    print(f"  10,000 runs, 200 pledges, 15 conditions, 24 dates: {drawn:.2f} s")
    print(f"  shares of 15 conditions ({sensitivity.method}), 200 pledges: {shared:.2f} s")


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument(
        "--beside", type=int, nargs="+", default=[10_000, 100_000], help="lengths to ask stock and DoltLite of, too"
    )
    options = parser.parse_args()
    print(f"what-ifs with five changes near the end, {QUESTIONS} of each kind; {machine()}")
    measure_chances()
    medians = [_tell(count, count in options.beside) for count in options.facts]
    print(f"  ratio of the longest history to the shortest: {medians[-1] / medians[0]:.2f}")


if __name__ == "__main__":
    main()
