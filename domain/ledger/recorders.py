"""What the ledger asks of a store, on top of the library's recorders; ``sqlite.py`` and ``postgres.py`` do it."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from eventsourcing.persistence import PersistenceError, StoredEvent

from domain.ledger.addresses import SqliteFile, parse
from domain.ledger.failures import StoreUnavailable

PAGE = 2_000
"""Rows that are read at once: enough to make the round trip cheap, few enough to hold."""


class Request(NamedTuple):
    """An idempotency key, the digest of the facts that it came with, and the events that they became."""

    coalition: str
    key: str
    digest: bytes
    first_sequence: int
    last_sequence: int


class AccessKey(NamedTuple):
    """A key for writing, without its secret; times are RFC 3339 in UTC."""

    id: str
    name: str
    created_at: str
    revoked_at: str | None


class StoredRow(NamedTuple):
    """One event as it is stored."""

    sequence: int
    topic: str
    state: bytes


class LedgerRecorder(Protocol):
    """A store of events, of requests (in the events' own transaction) and of access keys."""

    def insert_events(self, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request] = ()) -> Any:
        """Insert all or nothing; raises the library's ``IntegrityError`` where a sequence or a key is taken."""

    def restore(self, rows: Iterable[StoredEvent], requests: Iterable[Request]) -> None:
        """Insert a whole stream in one transaction; ``requests`` are asked for after ``rows`` are used up."""

    def rows(self, coalition: str, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Select the sequence, topic and state of the events after a sequence, in order."""

    def sequence(self, coalition: str) -> int:
        """Select the latest sequence; 0 where there is none."""

    def sequences(self) -> list[tuple[str, int]]:
        """Select every coalition and its latest sequence, by name."""

    def requests(self, coalition: str, keys: Sequence[str]) -> list[Request]:
        """Select those requests that were recorded under the keys."""

    def close(self) -> None:
        """Give the connections back."""


@contextlib.contextmanager
def available() -> Iterator[None]:
    """Tell the library's failures of the store apart from our own."""
    try:
        yield
    except PersistenceError as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from error


def open_recorder(database_url: str) -> LedgerRecorder:
    """Open the store that the URL names, and make its tables where they are missing.

    Raises ``ValueError`` for a URL that names none, ``StoreUnavailable`` for one that does not answer.
    """
    # Only the store that is asked for is imported: it brings its driver.
    match parse(database_url):
        case SqliteFile(path):
            from domain.ledger.sqlite import SqliteRecorder

            with available():
                return SqliteRecorder(path)
        case server:
            from domain.ledger.postgres import PostgresRecorder

            with available():
                return PostgresRecorder(server.uri)
