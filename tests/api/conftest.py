"""Services for tests of the HTTP interface."""

from collections.abc import Iterator

import pytest

from tests.api.rich_coalition import record_all
from tests.running.in_process import Service, serving


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """Serve an empty ledger on SQLite, for tests that do not depend on the store."""
    with serving(sqlite_url) as service:
        yield service


@pytest.fixture
def both(database_url: str) -> Iterator[Service]:
    """Serve an empty ledger, once on each kind of store."""
    with serving(database_url) as service:
        yield service


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a coalition with facts of every type, which tests only read."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('rich') / 'ledger.sqlite3'}") as service:
        record_all(service)
        yield service
