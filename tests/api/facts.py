"""Minimal facts as a client of the HTTP interface writes them."""

from typing import Any

SOURCES = [{"publisher": "AFP", "published_on": "2025-04-10"}]


def fact(type_name: str, effective_at: str = "2025-04-10", **fields: Any) -> dict[str, Any]:
    """A fact as a client writes it."""
    return {"type": type_name, "effective_at": effective_at, "sources": SOURCES, **fields}


def people(least: int | None, most: int | None) -> dict[str, Any]:
    """A quantity in people."""
    return {"min": least, "max": most, "unit": "personnel"}


def formed(name: str = "Coalition of the willing", effective_at: str = "2025-03-01", **fields: Any) -> dict[str, Any]:
    """The first fact of a coalition."""
    return fact("CoalitionFormed", effective_at, name=name, **fields)


def pledge(name: str, size: int = 1000, effective_at: str = "2025-04-10", **fields: Any) -> dict[str, Any]:
    """A pledge of British ground forces, unless the fields say otherwise."""
    usual = {"contributor": "GBR", "level": "pledged", "capability": "ground_forces", "quantity": people(size, size)}
    return fact("PledgeMade", effective_at, pledge=name, **(usual | fields))
