"""A service in this process on a store of the test's own, and the requests that tests send to it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from domain.ledger import Keys, Ledger
from domain.times import instant_us

START = "2025-06-01T12:00:00Z"


class Clock:
    """A clock that advances only by hand; the ledger and the reads share it."""

    def __init__(self, at: str = START) -> None:
        self.now_us = instant_us(at)

    def __call__(self) -> int:
        return self.now_us

    def advance(self, seconds: float = 1.0) -> None:
        """Let time pass."""
        self.now_us += round(seconds * 1_000_000)


class Service:
    """Records as a desk officer with a key, and reads without one."""

    def __init__(self, database_url: str, **settings: Any) -> None:
        self.clock = Clock()
        self.ledger_url = database_url
        self.ledger = Ledger(database_url, clock=self.clock)
        app = create_app(self.ledger, Settings(database_url=database_url, **settings), now_us=self.clock)
        self.client = TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000))
        self.secret = Keys(self.ledger).add("desk")
        self.key = {"Authorization": f"Bearer {self.secret}"}

    def post(self, facts: Any, coalition: str = "willing", **headers: str) -> httpx2.Response:
        """Post facts; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/coalitions/{coalition}/events", json=facts, headers=self.key | named)

    def record(self, *facts: dict[str, Any], coalition: str = "willing") -> list[dict[str, Any]]:
        """Record facts as one list, a second after the previous ones; returns the events."""
        self.clock.advance()
        answer = self.post(list(facts), coalition)
        assert answer.status_code == 201, answer.text
        events: list[dict[str, Any]] = answer.json()["events"]
        return events

    def ask(self, path: str, **headers: str) -> httpx2.Response:
        """Read from the coalition ``willing``."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(f"/coalitions/willing{path}", headers=named)

    def answer(self, path: str) -> Any:
        """The body of a read, which has to succeed."""
        answer = self.ask(path)
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()

    @property
    def sequence(self) -> int:
        """How many events are on record."""
        return int(self.answer("")["sequence"])


@contextmanager
def serving(database_url: str, **settings: Any) -> Iterator[Service]:
    """Run a service over a store."""
    service = Service(database_url, **settings)
    try:
        with service.client:
            yield service
    finally:
        service.ledger.close()
