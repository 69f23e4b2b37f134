"""Cold load: one coalition's stream from SQLite into everything that a picture needs, in a fresh process, on one core.

Compared in the same run: stock ``eventsourcing``, each pledge an aggregate, loaded through its repository.

    python -m benchmarks.cold_load --facts 100000
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.generator import COALITION, cache_file, stored_events
from benchmarks.measuring import machine, resident_bytes, sqlite_with
from benchmarks.stock import open_stock, save_pledges
from domain.ledger import Ledger

ROUNDS = 3


def load(url: str) -> dict[str, float]:
    """Load in this process; returns seconds, seconds of CPU time, and bytes of memory."""
    ledger = Ledger(url)
    gc.collect()
    before = resident_bytes()
    wall, cpu = time.perf_counter(), time.process_time()
    history = ledger.history(COALITION)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    gc.collect()
    return {"facts": history.sequence, "seconds": wall, "cpu_seconds": cpu, "bytes": resident_bytes() - before}


def load_stock(path: str) -> dict[str, float]:
    """Load every pledge through the stock repository, in this process."""
    application = open_stock(Path(path))
    ids = [UUID(hex=line) for line in Path(path).with_suffix(".ids").read_text().split()]
    wall, cpu = time.perf_counter(), time.process_time()
    pledges: list[Any] = [application.repository.get(pledge_id) for pledge_id in ids]
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"facts": sum(pledge.version for pledge in pledges), "seconds": wall, "cpu_seconds": cpu, "bytes": 0}


def stock_with(count: int) -> str:
    """Returns the path of an SQLite file of stock aggregates, which is made if it does not exist yet."""
    path = cache_file(f"stock-{count}.sqlite3")
    if not path.with_suffix(".ids").exists():
        path.unlink(missing_ok=True)
        ids, _ = save_pledges(open_stock(path), stored_events(count))
        path.with_suffix(".ids").write_text("\n".join(one.hex for one in ids))
    return str(path)


def in_fresh_process(what: str, target: str) -> dict[str, float]:
    """Returns the best of several rounds, each in a process of its own, on one core."""
    command = [sys.executable, "-m", "benchmarks.cold_load", "--only", what, "--target", target]
    rounds = [json.loads(subprocess.run(command, check=True, capture_output=True).stdout) for _ in range(ROUNDS)]
    return min(rounds, key=lambda one: one["cpu_seconds"])


def main() -> None:
    """Measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--facts", type=int, default=100_000)
    parser.add_argument("--only", choices=("ours", "stock"))
    parser.add_argument("--target")
    options = parser.parse_args()
    if options.only:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
        print(json.dumps(load(options.target) if options.only == "ours" else load_stock(options.target)))
        return
    ours = in_fresh_process("ours", sqlite_with(options.facts))
    stock = in_fresh_process("stock", stock_with(options.facts))
    rate, stock_rate = ours["facts"] / ours["cpu_seconds"], stock["facts"] / stock["cpu_seconds"]
    print(f"cold load, best of {ROUNDS} fresh processes; {machine()}")
    print(f"  ledger: {ours['facts']:,.0f} facts in {ours['cpu_seconds']:.2f} s of CPU = {rate:,.0f} facts/s")
    print(f"  memory: {ours['bytes'] / ours['facts']:,.0f} bytes a fact")
    print(
        f"  stock eventsourcing: {stock['facts']:,.0f} events in {stock['cpu_seconds']:.2f} s of CPU = "
        f"{stock_rate:,.0f} events/s"
    )
    print(f"  ratio: {rate / stock_rate:.2f}")


if __name__ == "__main__":
    main()
