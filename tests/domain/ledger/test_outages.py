"""What an error of a database means, from the driver's own errors as the library passes them on."""

import psycopg
import pytest
from eventsourcing.persistence import OperationalError

from domain.ledger import DamagedStore, ReadOnlyStore, StoreFull, StoreReplaced, StoreTimeout, StoreUnavailable
from domain.ledger.outages import outage_of


@pytest.mark.parametrize(
    ("cause", "outage"),
    [
        (psycopg.errors.DiskFull, StoreFull),
        (psycopg.errors.ReadOnlySqlTransaction, ReadOnlyStore),
        (psycopg.errors.InsufficientPrivilege, ReadOnlyStore),
        (psycopg.errors.UndefinedTable, StoreReplaced),
        (psycopg.errors.InvalidCatalogName, StoreReplaced),
        (psycopg.errors.DataCorrupted, DamagedStore),
        (psycopg.errors.QueryCanceled, StoreTimeout),
        (psycopg.errors.TooManyConnections, StoreUnavailable),
        (psycopg.OperationalError, StoreUnavailable),
    ],
)
def test_errors_of_postgresql_are_told_apart(cause: type[psycopg.Error], outage: type[StoreUnavailable]) -> None:
    error = OperationalError("as the library has it")
    error.__cause__ = cause("as the driver has it")
    assert type(outage_of(error)) is outage
