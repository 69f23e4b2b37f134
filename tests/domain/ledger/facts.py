"""Minimal facts for tests of the ledger."""

from typing import Any

from domain.events import FACT
from domain.ledger import Ledger

SOURCES = [{"publisher": "AFP", "published_on": "2025-04-10"}]
FORMED = {"type": "CoalitionFormed", "name": "Coalition of the willing"}


def fact(type_name: str, **fields: Any) -> Any:
    """Make a fact of the given type, effective on 10 April 2025, with a source."""
    return FACT.validate_python({"type": type_name, "effective_at": "2025-04-10", "sources": SOURCES, **fields})


def formed(name: str = "Coalition of the willing") -> Any:
    """Make the first fact of a coalition."""
    return fact("CoalitionFormed", name=name)


def pledge(name: str, personnel: int = 1_000) -> Any:
    """Make a pledge of a number of people."""
    quantity = {"min": personnel, "max": personnel, "unit": "personnel"}
    return fact(
        "PledgeMade", pledge=name, contributor="GBR", level="pledged", capability="ground_forces", quantity=quantity
    )


def stored_states(ledger: Ledger, coalition: str = "willing") -> list[bytes]:
    """Return the JSON of each event as it is stored."""
    return [state for _, _, state in ledger.recorder.rows(coalition, 0, 1_000_000)]
