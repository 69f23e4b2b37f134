"""A load of writers that send single facts and lists, each again until it is answered, and note every answer.

The notes are a file of JSON lines: ``{"sent": key, ...}`` before a request is sent for the first time, and
``{"answered": key, ...}`` for each answer that says that it is recorded. ``auditor.py`` needs nothing else.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Condition, Event
from typing import Any

import httpx

from domain.ledger import Keys, Ledger
from tests.api.facts import formed, pledge

SECONDS = 120.0
"""How long a load may wait for the service to take writes again."""

COALITIONS = ("north", "south", "west")
SIZES = (1, 1, 1, 5, 40)
REPEATED = 0.1
"""The share of requests that are sent once more after they were answered."""

RECORDED = 201
OUTAGES = {503, 507, 429}
PASSING_CONFLICTS = {"/problems/idempotency-in-progress", "/problems/write-conflict"}


class Load:
    """Writers to one or more services, which may be exchanged for others meanwhile."""

    def __init__(self, services: Sequence[str], secret: str, notes: Path, *, writers: int = 4) -> None:
        self.statuses: Counter[int] = Counter()
        self.answers_lost = 0
        """Requests that were recorded before their sender was told so."""
        self.answered = 0
        self.notes = notes
        self._services = list(services)
        self._authorization = {"Authorization": f"Bearer {secret}"}
        self._writers = writers
        self._changed = Condition()
        self._is_over = Event()
        self._failed = Event()

    # --- while it runs ------------------------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Write until the block ends; then wait until every request that was sent is answered as recorded."""
        with self.notes.open("w") as self._file, ThreadPoolExecutor(self._writers) as pool:
            self._begin()
            writing = [pool.submit(self._write, writer) for writer in range(self._writers)]
            for writer in writing:
                writer.add_done_callback(self._look_at)
            try:
                yield self
            except BaseException:
                self._fail()
                raise
            finally:
                self._is_over.set()
            for writer in writing:
                writer.result()

    def turn_to(self, number: int, url: str) -> None:
        """Exchange a service for another."""
        with self._changed:
            self._services[number] = url
            self._changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many more requests are answered as recorded."""
        with self._changed:
            enough = self.answered + more
            self._changed.wait_for(lambda: self.answered >= enough or self._failed.is_set(), timeout=SECONDS)
            assert self.answered >= enough, f"{more} more answers did not come: {self.statuses}"

    def wait_for_outage(self, *statuses: int) -> None:
        """Wait until a request is answered with one of the statuses, or cannot be sent (0)."""
        with self._changed:
            before = self._count(statuses)
            self._changed.wait_for(lambda: self._count(statuses) > before or self._failed.is_set(), timeout=SECONDS)
            assert self._count(statuses) > before, f"no answer was one of {statuses}: {self.statuses}"

    def _count(self, statuses: Sequence[int]) -> int:
        return sum(self.statuses[status] for status in statuses)

    def _look_at(self, writer: "Future[None]") -> None:
        """A writer that failed ends what waits for its answers."""
        if writer.exception() is not None:
            self._fail()

    def _fail(self) -> None:
        self._is_over.set()
        self._failed.set()
        with self._changed:
            self._changed.notify_all()

    # --- one writer ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        with httpx.Client(headers=self._authorization, timeout=SECONDS) as client:
            for coalition in COALITIONS:
                self._send(client, 0, coalition, f"{coalition}-formed", [formed(note=f"{coalition}-formed")])

    def _write(self, writer: int) -> None:
        chance = random.Random(writer)
        number = 0
        with httpx.Client(headers=self._authorization, timeout=SECONDS) as client:
            while not self._is_over.is_set():
                number += 1
                key, size = f"w{writer}-{number}", chance.choice(SIZES)
                facts = [pledge(f"{key}-{part}", 10, note=key) for part in range(size)]
                coalition = chance.choice(COALITIONS)
                self._send(client, writer, coalition, key, facts)
                if chance.random() < REPEATED:
                    self._send(client, writer + 1, coalition, key, facts, is_first=False)

    def _send(
        self,
        client: httpx.Client,
        service: int,
        coalition: str,
        key: str,
        facts: list[dict[str, Any]],
        *,
        is_first: bool = True,
    ) -> None:
        """Send a request until it is answered as recorded, each time to the next service."""
        if is_first:
            self._note({"sent": key, "coalition": coalition, "size": len(facts)})
        pause, give_up = 0.005, time.monotonic() + SECONDS
        while True:
            url = self._services[service % len(self._services)]
            service += 1
            try:
                answer = client.post(
                    f"{url}/coalitions/{coalition}/events", json=facts, headers={"Idempotency-Key": key}
                )
            except httpx.TransportError:
                answer = None
            self._count_answer(0 if answer is None else answer.status_code)
            if answer is not None and answer.status_code == RECORDED:
                self._acknowledge(coalition, key, answer, was_unknown=is_first)
                return
            if answer is not None:
                assert _may_pass(answer), f"{key}: {answer.status_code} {answer.text}"
            assert not self._failed.is_set(), "another writer, or the test itself, failed first"
            assert time.monotonic() < give_up, f"{key} was not recorded within {SECONDS:.0f} s: {self.statuses}"
            time.sleep(pause)
            pause = min(2 * pause, 0.1)

    def _acknowledge(self, coalition: str, key: str, answer: httpx.Response, *, was_unknown: bool) -> None:
        was_recorded = answer.headers.get("idempotency-replayed") == "true"
        events = [
            (event["event_id"], event["sequence"], event["recorded_at"], event["fact"].get("pledge"))
            for event in answer.json()["events"]
        ]
        self._note({"answered": key, "coalition": coalition, "events": events})
        with self._changed:
            self.answers_lost += was_unknown and was_recorded
            self.answered += 1
            self._changed.notify_all()

    def _count_answer(self, status: int) -> None:
        with self._changed:
            self.statuses[status] += 1
            self._changed.notify_all()

    def _note(self, line: Mapping[str, Any]) -> None:
        with self._changed:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()


def _may_pass(answer: httpx.Response) -> bool:
    """Whether a refusal says that the same request may be recorded later."""
    return answer.status_code in OUTAGES or answer.json().get("type") in PASSING_CONFLICTS


def key_in(database_url: str) -> str:
    """Make a key for writing."""
    ledger = Ledger(database_url)
    try:
        return Keys(ledger).add("tester")
    finally:
        ledger.close()
