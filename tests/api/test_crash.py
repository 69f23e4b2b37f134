"""Killing the service at any moment loses no answered fact, leaves no partial list, and records nothing twice."""

import random
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Any

import httpx

from domain.ledger import Keys, Ledger
from tests.api.facts import formed, pledge
from tests.running.fork_server import ForkedService, fork_server

KILLS = 20
WRITERS = 4


class Load:
    """Writers that send lists, and send each again, with its key, until it is answered."""

    def __init__(self, service: ForkedService, secret: str) -> None:
        self.answered: dict[str, dict[str, Any]] = {}
        self.lists: dict[str, int] = {}
        self.repeats = 0
        self.service = service
        self.is_over = False
        self._authorization = {"Authorization": f"Bearer {secret}"}
        self._changed = Condition()

    def write(self, writer: int) -> None:
        """Send lists of one to forty facts until it is over."""
        sizes = random.Random(writer)
        number = 0
        with httpx.Client(headers=self._authorization, timeout=30) as client:
            while not self.is_over:
                number += 1
                name, size = f"w{writer}-{number}", sizes.choice((1, 1, 1, 5, 40))
                self._send(client, name, [pledge(f"{name}-{part}", 10, note=name) for part in range(size)])

    def _send(self, client: httpx.Client, name: str, facts: list[dict[str, Any]]) -> None:
        self.lists[name] = len(facts)
        while True:
            service = self.service
            try:
                answer = client.post(
                    f"{service.url}/coalitions/willing/events", json=facts, headers={"Idempotency-Key": name}
                )
            except httpx.TransportError:
                self._wait_for_another(service)
                continue
            assert answer.status_code == 201, answer.text
            with self._changed:
                self.answered |= {event["event_id"]: event for event in answer.json()["events"]}
                self.repeats += answer.headers.get("idempotency-replayed") == "true"
                self._changed.notify_all()
            return

    def _wait_for_another(self, gone: ForkedService) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.service is not gone, timeout=60)

    def turn_to(self, service: ForkedService) -> None:
        """Send to another service from now on."""
        with self._changed:
            self.service = service
            self._changed.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many more facts are answered."""
        with self._changed:
            enough = len(self.answered) + more
            assert self._changed.wait_for(lambda: len(self.answered) >= enough, timeout=60)


def test_a_service_that_is_killed_under_load_keeps_what_it_answered(sqlite_url: str) -> None:
    chance = random.Random(2025)
    secret = key_in(sqlite_url)
    with fork_server(sqlite_url) as services, ThreadPoolExecutor(WRITERS) as writers:
        service = services.start()
        load = Load(service, secret)
        formation = httpx.post(
            f"{service.url}/coalitions/willing/events", json=formed(), headers={"Authorization": f"Bearer {secret}"}
        )
        assert formation.status_code == 201
        writing = [writers.submit(load.write, writer) for writer in range(WRITERS)]
        for _ in range(KILLS):
            load.wait_for(chance.randint(1, 60))
            service.kill()
            service = services.start()
            load.turn_to(service)
        load.wait_for(1)
        load.is_over = True
        for writer in writing:
            writer.result()
    compare(sqlite_url, load)


def key_in(database_url: str) -> str:
    """Make a key for writing."""
    ledger = Ledger(database_url)
    try:
        return Keys(ledger).add("tester")
    finally:
        ledger.close()


def compare(database_url: str, load: Load) -> None:
    """Hold what was answered against what is there."""
    ledger = Ledger(database_url)
    try:
        events: list[Any] = list(ledger.history("willing").events)
    finally:
        ledger.close()
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    by_id = {event.event_id: event for event in events}
    for event_id, answered in load.answered.items():
        recorded = by_id[event_id]
        assert (recorded.sequence, recorded.recorded_at) == (answered["sequence"], answered["recorded_at"])
        assert recorded.fact.pledge == answered["fact"]["pledge"]
    lists: dict[str, list[int]] = defaultdict(list)
    for event in events[1:]:
        lists[event.fact.note].append(event.sequence)
    assert set(lists) == set(load.lists)
    for name, sequences in lists.items():
        assert sequences == list(range(sequences[0], sequences[0] + load.lists[name])), name
    # Every list was sent until it was answered: nothing is there that nobody was told of, and nothing twice.
    assert len(load.answered) == len(events) - 1
    assert load.repeats > 0, "no kill came between a commit and its answer"
