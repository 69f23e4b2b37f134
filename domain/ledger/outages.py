"""What an error of a database means: full, read-only, replaced, damaged, or no answer."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from eventsourcing.domain import EventSourcingError

from domain.ledger.failures import (
    DamagedStore,
    ReadOnlyStore,
    StoreFull,
    StoreReplaced,
    StoreTimeout,
    StoreUnavailable,
)

_SQLITE: dict[int, tuple[type[StoreUnavailable], str]] = {
    sqlite3.SQLITE_FULL: (StoreFull, "the disk is full"),
    # A quota, or a limit on the size of files: SQLite reports only that it could not write.
    sqlite3.SQLITE_IOERR_WRITE: (StoreFull, "the disk takes nothing more"),
    sqlite3.SQLITE_IOERR_SHMSIZE: (StoreFull, "the disk takes nothing more"),
    sqlite3.SQLITE_READONLY_DBMOVED: (StoreReplaced, "the database's file was moved"),
    sqlite3.SQLITE_READONLY: (ReadOnlyStore, "the database's file cannot be written"),
    sqlite3.SQLITE_CORRUPT: (DamagedStore, "the database's file is damaged"),
    sqlite3.SQLITE_NOTADB: (DamagedStore, "the database's file is not a SQLite database"),
}
"""By the extended code of an error, or else by its primary one, which is its last byte."""

_POSTGRESQL: dict[str, tuple[type[StoreUnavailable], str]] = {
    "57014": (StoreTimeout, "the database took too long"),
    "53100": (StoreFull, "the database server's disk is full"),
    "25006": (ReadOnlyStore, "the database server takes no writes"),
    "42501": (ReadOnlyStore, "the database user may not do this"),
    "42P01": (StoreReplaced, "the ledger's tables are gone"),
    "3D000": (StoreReplaced, "the database is gone"),
    "XX001": (DamagedStore, "the database is damaged"),
}
"""By SQLSTATE, as PostgreSQL's documentation lists them (appendix A)."""


def outage_of(error: Exception) -> StoreUnavailable:
    """Return the failure that an error of the library or of a driver amounts to."""
    if isinstance(error, StoreUnavailable):
        return error
    found = _failure_of(error)
    if found is None:
        return StoreUnavailable(f"the database does not answer: {error}")
    kind, meaning = found
    return kind(f"{meaning}: {error}")


@contextmanager
def store_errors() -> Iterator[None]:
    """Raise the library's errors of the store as ``StoreUnavailable`` or one of its kinds."""
    try:
        yield
    except EventSourcingError as error:
        raise outage_of(error) from error


def _failure_of(error: BaseException) -> tuple[type[StoreUnavailable], str] | None:
    """Find the failure by the driver's own error, which is the cause of the library's; ``None`` if it is not listed."""
    cause: BaseException | None = error
    while cause is not None:
        code = getattr(cause, "sqlite_errorcode", None)
        if code is not None:
            return _SQLITE.get(code) or _SQLITE.get(code & 0xFF)
        state = getattr(cause, "sqlstate", None)
        if state is not None:
            return _POSTGRESQL.get(state)
        cause = cause.__cause__
    return None
