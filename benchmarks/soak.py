"""Mixed load on a real service for half an hour: memory, threads, descriptors, and latencies over time, as a plot.

Clients read pictures, pages, charts, timelines, differences and pages of the record at random points, ask what-ifs, and
record facts, one a second in all. The first tenth of the time warms the service up, until its caches are full; then it
is left alone for a moment, and its threads and descriptors are counted, as again at the end. It passes if the memory at
the end is within 5 % of the memory after warming up, if there is no thread and no descriptor more, and if no answer was
a defect (500).

    python -m benchmarks.soak --minutes 30 --facts 10000 --plot benchmarks/soak.svg
"""

import argparse
import os
import random
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

import httpx

from benchmarks.generator import COALITION
from benchmarks.measuring import machine, quantile, sqlite_with
from benchmarks.posts import pledge
from benchmarks.soak_plot import Line, plot
from tests.running.service import Service, running

CLIENTS = 4
MEMORY = "32MB"
"""What the service may keep between requests: little, so that its caches are full after the warm-up."""

PAUSE_SECONDS = 0.05
"""How long a client thinks before its next request."""

WRITE_SECONDS = 1.0
REST_SECONDS = 20
"""How long the service is left alone before its threads and descriptors are counted: idle ones end by then."""

WINDOWS = 60
"""Into how many parts the time is cut for the quantiles."""

MORE_MEMORY = 0.05
QUANTILES = (0.5, 0.9, 0.99)

Ask = Callable[[httpx.Client, random.Random, str], httpx.Response]


class Sample(NamedTuple):
    """The service at one moment: seconds since the start, resident bytes, threads, descriptors."""

    at: float
    memory: int
    threads: int
    descriptors: int


@dataclass(slots=True)
class Measured:
    """What was measured: the duration of each answer by its end, in seconds; the statuses; and the samples."""

    answers: list[tuple[float, float]] = field(default_factory=list)
    by_kind: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    samples: list[Sample] = field(default_factory=list)


# --- the requests -----------------------------------------------------------------------------------------------------


def _day(chance: random.Random) -> str:
    return f"{chance.choice((2024, 2025))}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"


def _read(path: str) -> Ask:
    """A read at a random point; ``{day}`` and ``{later}`` in the path are random days in order."""

    def ask(client: httpx.Client, chance: random.Random, _: str) -> httpx.Response:
        day, later = sorted((_day(chance), _day(chance)))
        return client.get(path.format(day=day, later=later, number=chance.randint(1, 9_000)))

    return ask


def _known(client: httpx.Client, _: random.Random, __: str) -> httpx.Response:
    """A read of what the client has already, which is answered with 304."""
    path = f"/coalitions/{COALITION}/picture?valid_at=2025-01-01&known_at=2025-01-01&sequence=100&definitions=2"
    tag = client.get(path).headers.get("ETag", "")
    return client.get(path, headers={"If-None-Match": tag})


def _what_if(client: httpx.Client, chance: random.Random, _: str) -> httpx.Response:
    day = _day(chance)
    change = {"shift": {"contributor": chance.choice(("GBR", "FRA", "DEU"))}, "months": 1}
    body = {"fork": {"valid_at": day}, "changes": [change]}
    return client.post(f"/coalitions/{COALITION}/what-if", json=body)


def _record(client: httpx.Client, _: random.Random, name: str) -> httpx.Response:
    return client.post(f"/coalitions/{COALITION}/events", json=pledge(name), headers={"Idempotency-Key": name})


_C, _P = f"/coalitions/{COALITION}", f"/c/{COALITION}"
REQUESTS: dict[str, tuple[int, Ask]] = {
    "picture": (30, _read(_C + "/picture?valid_at={day}&known_at={later}")),
    "picture, reported": (5, _read(_C + "/picture?valid_at={day}&known_at={later}&known_axis=reported")),
    "304": (15, _known),
    "events": (10, _read(_C + "/events?limit=50&cursor={number}")),
    "pledges": (5, _read(_C + "/pledges?valid_at={day}")),
    "difference": (5, _read(_C + "/diff?from_valid_at={day}&to_valid_at={later}")),
    "timeline": (2, _read(_C + "/timeline?from={day}&to={later}")),
    "why": (5, _read(_C + "/why?valid_at={day}&figure=/size/available")),
    "page": (10, _read(_P + "?valid_at={day}")),
    "chart": (5, _read(_P + "/charts/headline.svg?valid_at={day}")),
    "health": (5, _read("/health/ready")),
    "what-if": (3, _what_if),
}
"""The kinds of read, and how often each is sent, in parts of a hundred."""


# --- the load ---------------------------------------------------------------------------------------------------------


class Soak:
    """Clients of a service, and what they measure until they are told to stop."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.measured = Measured()
        self._begun = time.monotonic()
        self._lock = threading.Lock()

    def run(self, seconds: float) -> None:
        """Send requests for so long, and sample the service meanwhile."""
        until = time.monotonic() + seconds
        with ThreadPoolExecutor(CLIENTS + 2) as pool:
            clients = [pool.submit(self._ask, number, until) for number in range(CLIENTS)]
            clients.append(pool.submit(self._write, until))
            while time.monotonic() < until:
                self.measured.samples.append(self.sample())
                time.sleep(min(2.0, max(0.0, until - time.monotonic())))
            for client in clients:
                client.result()

    def sample(self) -> Sample:
        """Look at the service's process."""
        process = Path(f"/proc/{self.service.process.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        memory = int(status["VmRSS"].split()[0]) * 1024
        return Sample(self._now(), memory, int(status["Threads"]), len(os.listdir(process / "fd")))

    def _now(self) -> float:
        return time.monotonic() - self._begun

    def _client(self) -> httpx.Client:
        return httpx.Client(base_url=self.service.url, headers=self.service.authorization, timeout=60)

    def _ask(self, number: int, until: float) -> None:
        chance = random.Random(f"{number} {until}")
        kinds, weights = list(REQUESTS), [weight for weight, _ in REQUESTS.values()]
        with self._client() as client:
            while time.monotonic() < until:
                (kind,) = chance.choices(kinds, weights)
                self._measure(kind, lambda kind=kind: REQUESTS[kind][1](client, chance, ""))  # type: ignore[misc]
                time.sleep(PAUSE_SECONDS)

    def _write(self, until: float) -> None:
        with self._client() as client:
            while time.monotonic() < until:
                name = f"soak-{time.time_ns()}"
                self._measure("write", lambda name=name: _record(client, random.Random(), name))  # type: ignore[misc]
                time.sleep(WRITE_SECONDS)

    def _measure(self, kind: str, ask: Callable[[], httpx.Response]) -> None:
        begun = time.perf_counter()
        try:
            status = ask().status_code
        except httpx.TransportError:
            status = 0
        taken = time.perf_counter() - begun
        with self._lock:
            self.measured.statuses[status] += 1
            self.measured.answers.append((self._now(), taken))
            self.measured.by_kind.setdefault(kind, []).append(taken)


# --- the result -------------------------------------------------------------------------------------------------------


def over_time(measured: Measured) -> list[Line]:
    """The quantiles of the durations (ms) and the memory (MB), by minutes since the start."""
    first, last = measured.answers[0][0], measured.answers[-1][0]
    width = (last - first) / WINDOWS
    windows: list[list[float]] = [[] for _ in range(WINDOWS)]
    for at, taken in measured.answers:
        windows[min(WINDOWS - 1, int((at - first) / width))].append(taken * 1_000)
    filled = [((first + (number + 0.5) * width) / 60, window) for number, window in enumerate(windows) if window[1:]]
    lines = [Line(f"{share:.0%}", [(at, quantile(window, share)) for at, window in filled]) for share in QUANTILES]
    return [*lines, Line("memory", [(one.at / 60, one.memory / 1e6) for one in measured.samples])]


def verdict(measured: Measured, before: Sample, after: Sample) -> list[str]:
    """What is not as it should be; nothing, if the service passed. ``before`` and ``after`` are at rest."""
    steady = [one.memory for one in measured.samples if one.at > before.at]
    tenth = max(1, len(steady) // 10)
    grown = fmean(steady[-tenth:]) / fmean(steady[:tenth]) - 1
    print(f"  memory: {fmean(steady[:tenth]) / 1e6:.0f} MB after warming up, {grown:+.1%} at the end")
    print(f"  at rest, threads: {before.threads}, then {after.threads}; ", end="")
    print(f"descriptors: {before.descriptors}, then {after.descriptors}")
    faults = {
        f"memory grew by {grown:.1%}": grown > MORE_MEMORY,
        "there are more threads": after.threads > before.threads,
        "there are more descriptors": after.descriptors > before.descriptors,
        f"answers were defects: {measured.statuses}": measured.statuses[500] + measured.statuses[0] > 0,
    }
    return [fault for fault, is_so in faults.items() if is_so]


def main() -> None:
    """Run the load, print the results, draw the plot; the exit code is 1 if the service did not pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--facts", type=int, default=10_000)
    parser.add_argument("--plot", type=Path, default=Path(__file__).with_name("soak.svg"))
    options = parser.parse_args()
    seconds = options.minutes * 60
    print(f"mixed load for {options.minutes:g} minutes on {options.facts:,} facts, {CLIENTS} clients; {machine()}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.sqlite3"
        shutil.copyfile(sqlite_with(options.facts).removeprefix("sqlite:///"), file)
        with running(f"sqlite:///{file}", environment={"COALITION_MEMORY": MEMORY}) as service:
            soak = Soak(service)
            soak.run(seconds / 10)
            time.sleep(REST_SECONDS)
            before = soak.sample()
            soak.run(seconds * 0.9)
            time.sleep(REST_SECONDS)
            faults = verdict(soak.measured, before, soak.sample())
    print(f"  answers by status: {dict(sorted(soak.measured.statuses.items()))}")
    for kind, taken in sorted(soak.measured.by_kind.items()):
        times = [f"{quantile(taken, share) * 1_000:.0f}" for share in QUANTILES] if taken[1:] else []
        print(f"  {kind}: {len(taken):,} answers, median {median(taken) * 1_000:.1f} ms; {', '.join(times)} ms")
    *latencies, memory = over_time(soak.measured)
    options.plot.write_text(plot(latencies, memory), encoding="utf-8")
    raise SystemExit("; ".join(faults) or 0)


if __name__ == "__main__":
    main()
