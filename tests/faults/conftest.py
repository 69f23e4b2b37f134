"""How much the fault tests do: a short form with the other tests, or all of it with ``make faults``."""

import os
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True)
class Extent:
    """How often each fault is made."""

    sqlite_kills: int
    postgres_kills: int
    postgres_restarts: int
    failovers: int
    flips: int


SHORT = Extent(sqlite_kills=20, postgres_kills=5, postgres_restarts=1, failovers=1, flips=20)
LONG = Extent(sqlite_kills=1_000, postgres_kills=100, postgres_restarts=10, failovers=5, flips=1_000)


@pytest.fixture(scope="session")
def extent() -> Extent:
    """Return the short form, unless the environment asks for the long one."""
    return LONG if os.environ.get("FAULTS") == "long" else SHORT
