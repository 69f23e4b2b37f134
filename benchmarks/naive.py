"""A naive service of pledges, to compare with: FastAPI, pydantic and stock ``eventsourcing`` on SQLite.

This is what a competent developer writes in an afternoon with the documentation of the three. An aggregate for each
pledge, the library's defaults, a save for each request, which is on the disk when it is answered; the framework's own
reading of bodies. It has no rules between pledges, no conditions, no second axis of time, no corrections, no
idempotency keys, and no access keys. ``benchmarks/posts.py`` runs it.
"""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import uvicorn
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.stock import settings_for


class Source(BaseModel):
    """One publication."""

    publisher: str
    title: str | None = None
    published_on: str | None = None
    url: str | None = None
    locator: str | None = None


class Quantity(BaseModel):
    """A range of one unit."""

    min: int | None = None
    max: int | None = None
    unit: str
    text: str | None = None


class Attribution(BaseModel):
    """Whose words a fact reports."""

    actor: str | None = None
    speaker: str | None = None
    basis: str


class Pledge(BaseModel):
    """A pledge as it is posted."""

    type: str
    effective_at: str
    pledge: str
    contributor: str
    level: str
    capability: str
    quantity: Quantity
    sources: list[Source]
    attribution: Attribution | None = None


class Recorded(BaseModel):
    """What was recorded of a pledge."""

    id: UUID
    version: int
    pledge: str


class RecordedPledge(Aggregate):
    """A pledge as an aggregate; what was posted is its first event."""

    def __init__(self, pledge: str, details: dict[str, Any]) -> None:
        self.pledge = pledge
        self.details = details

    @staticmethod
    def create_id(pledge: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/pledges/{pledge}")


class Pledges(Application[UUID]):
    """All pledges."""

    def make(self, posted: Sequence[Pledge]) -> list[Recorded]:
        """Save pledges, all or none."""
        made = [RecordedPledge(one.pledge, one.model_dump(mode="json")) for one in posted]
        self.save(*made)
        return [Recorded(id=one.id, version=one.version, pledge=one.pledge) for one in made]


def create_app(path: Path) -> FastAPI:
    """Returns the service on an SQLite file."""
    pledges = Pledges(env=settings_for(path))
    app = FastAPI()

    @app.post("/pledge", status_code=201)
    def make_pledge(posted: Pledge) -> Recorded:
        return pledges.make([posted])[0]

    @app.post("/pledges", status_code=201)
    def make_pledges(posted: list[Pledge]) -> list[Recorded]:
        return pledges.make(posted)

    return app


def names_in(path: Path) -> set[str]:
    """Returns the names of the pledges on record in a file."""
    pledges = Pledges(env=settings_for(path))
    stored = pledges.recorder.select_notifications(start=1, limit=10_000_000)
    return {event.pledge for event in map(pledges.mapper.to_domain_event, stored)}  # type: ignore[attr-defined]


def serve(path: str) -> None:
    """Serve on a free port, and print the address."""
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener:
        config = uvicorn.Config(create_app(Path(path)), access_log=False, log_level="warning")
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(config).run([listener])
