"""Ledgers on the test's own store, closed afterwards."""

from collections.abc import Callable, Iterator

import pytest

from domain.ledger import Ledger

Opened = Callable[..., Ledger]


@pytest.fixture
def opened(database_url: str) -> Iterator[Opened]:
    """Open any number of ledgers on the test's store, each as another process would."""
    ledgers: list[Ledger] = []

    def open_ledger(*arguments: object) -> Ledger:
        ledgers.append(Ledger(database_url, *arguments))  # type: ignore[arg-type]
        return ledgers[-1]

    yield open_ledger
    for ledger in ledgers:
        ledger.close()


@pytest.fixture
def ledger(opened: Opened) -> Ledger:
    """Open the test's store."""
    return opened()
