"""The same facts with stock ``eventsourcing``: an aggregate for each pledge, the library's own repository, SQLite.

This is what a team would write in an afternoon with the library's documentation. It has only the recorded axis, and no
conditions, rules across pledges or corrections: those facts are left out, and counted.
"""

import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from domain.events import Event


class StockPledge(Aggregate):
    """One pledge as a stock aggregate."""

    @event("Made")
    def __init__(self, name: str, contributor: str, level: str, least: int, most: int) -> None:
        self.name = name
        self.contributor = contributor
        self.level = level
        self.least = least
        self.most = most
        self.status = "standing"

    @staticmethod
    def create_id(name: str) -> UUID:
        return uuid5(NAMESPACE_URL, f"/pledges/{name}")

    @event("Changed")
    def change(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    @event("Levelled")
    def put_at(self, level: str) -> None:
        self.level = level

    @event("Noted")
    def note(self, what: str) -> None:
        self.what = what

    @event("Ended")
    def end(self) -> None:
        self.status = "over"


class StockLedger(Application[UUID]):
    """All pledges, each loaded from its own stream."""


def open_stock(path: Path) -> StockLedger:
    """Returns an application on an SQLite file, set up as in the library's documentation."""
    return StockLedger(env=settings_for(path))


def settings_for(path: Path) -> dict[str, str]:
    """Returns the settings of an application on an SQLite file; everything else is the library's default."""
    warnings.simplefilter("ignore", DeprecationWarning)
    return {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(path)}


def save_pledges(application: StockLedger, events: Iterable[Event], batch: int = 500) -> tuple[list[UUID], int]:
    """Save the facts about pledges; returns the pledges' ids and the number of facts saved."""
    pledges: dict[str, StockPledge] = {}
    dirty: dict[str, StockPledge] = {}
    saved = 0
    for stored in events:
        name = getattr(stored.fact, "pledge", None)
        if isinstance(name, str) and _apply(pledges, name, stored.fact):
            saved += 1
            dirty[name] = pledges[name]
        if len(dirty) >= batch:
            application.save(*dirty.values())
            dirty.clear()
    application.save(*dirty.values())
    return [pledge.id for pledge in pledges.values()], saved


def _apply(pledges: dict[str, StockPledge], name: str, fact: Any) -> bool:
    quantity = getattr(fact, "quantity", None)
    least, most = (quantity.min or 0, quantity.max or 0) if quantity else (0, 0)
    if fact.type == "PledgeMade":
        pledges[name] = StockPledge(name, fact.contributor, fact.level, least, most)
    elif name not in pledges:
        return False
    elif fact.type == "PledgeAmended" and quantity:
        pledges[name].change(least, most)
    elif fact.type in ("PledgeRaised", "PledgeLowered"):
        pledges[name].put_at(fact.level)
    elif fact.type in ("PledgeWithdrawn", "PledgeLapsed") and not quantity:
        pledges[name].end()
    else:
        pledges[name].note(fact.type)
    return True
