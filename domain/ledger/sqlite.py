"""The record in one SQLite file."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from threading import Lock
from typing import Any

from eventsourcing.persistence import StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from domain.ledger.recorders import Request

LOCK_TIMEOUT_SECONDS = 10
"""How long one process waits for another's commit."""

_TABLES = (
    """CREATE TABLE IF NOT EXISTS idempotency (
    coalition TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, first_sequence INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL, PRIMARY KEY (coalition, key)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS access_keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, created_at TEXT NOT NULL, revoked_at TEXT)""",
)

_INSERT_REQUEST = (
    "INSERT INTO idempotency (coalition, key, digest, first_sequence, last_sequence) VALUES (?, ?, ?, ?, ?)"
)
_SELECT_ROWS = (
    "SELECT originator_version, topic, state FROM stored_events "
    "WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT ?"
)
_SELECT_SEQUENCE = "SELECT max(originator_version) FROM stored_events WHERE originator_id = ?"
# A walk from one coalition to the next by the index: the cost follows the coalitions, not the events.
_SELECT_SEQUENCES = """
WITH RECURSIVE coalition(id) AS (
    SELECT min(originator_id) FROM stored_events
    UNION ALL
    SELECT (SELECT min(originator_id) FROM stored_events WHERE originator_id > coalition.id) FROM coalition
    WHERE coalition.id IS NOT NULL)
SELECT id, (SELECT max(originator_version) FROM stored_events WHERE originator_id = id) FROM coalition
WHERE id IS NOT NULL"""
_SELECT_REQUESTS = (
    "SELECT coalition, key, digest, first_sequence, last_sequence FROM idempotency WHERE coalition = ? AND key IN "
)


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        connection = super()._create_connection()
        # SQLite's default depends on how it was compiled; an answered event has to outlive a power cut.
        connection.cursor().execute("PRAGMA synchronous=FULL")
        return connection


class _Datastore(SQLiteDatastore):
    def __init__(self, path: str) -> None:
        super().__init__(path, originator_id_type="text")
        self.pool = _Pool(db_name=path, lock_timeout=LOCK_TIMEOUT_SECONDS, pool_size=16, max_overflow=112)
        self._writing = Lock()

    @contextlib.contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        # The pool's own interlock would make readers queue behind a writer that waits for a commit; in WAL mode they
        # need not. Writers of one process queue here, because SQLite would have them poll.
        with self._writing if commit else contextlib.nullcontext():
            connection = self.pool.get_connection()
            try:
                yield connection
            finally:
                self.pool.put_connection(connection)


class SqliteRecorder(SQLiteApplicationRecorder):
    """Events, requests and access keys in one file: WAL, and every commit on the disk before it is answered."""

    def __init__(self, path: str) -> None:
        super().__init__(_Datastore(path))
        self.create_table_statements += _TABLES
        self.create_table()

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request] = (), **_: Any
    ) -> None:
        """Insert both in the transaction at hand; notification ids would cost a call each, and nobody asks for them."""
        c.executemany(self.insert_events_statement, map(_columns, stored_events))
        if requests:
            c.executemany(_INSERT_REQUEST, requests)

    def restore(self, rows: Iterable[StoredEvent], requests: Iterable[Request]) -> None:
        """Insert a whole stream in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(self.insert_events_statement, map(_columns, rows))
            cursor.executemany(_INSERT_REQUEST, requests)

    def rows(self, coalition: str, after: int, limit: int) -> list[tuple[int, str, bytes]]:
        """Select the sequence, topic and state of the events after a sequence, in order."""
        return self.select(_SELECT_ROWS, (coalition, after, limit))

    def sequence(self, coalition: str) -> int:
        """Select the latest sequence; 0 where there is none."""
        return self.select(_SELECT_SEQUENCE, (coalition,))[0][0] or 0

    def sequences(self) -> list[tuple[str, int]]:
        """Select every coalition and its latest sequence, by name."""
        return self.select(_SELECT_SEQUENCES, ())

    def requests(self, coalition: str, keys: Sequence[str]) -> list[Request]:
        """Select those requests that were recorded under the keys."""
        places = ",".join("?" * len(keys))
        return list(map(Request._make, self.select(f"{_SELECT_REQUESTS}({places})", (coalition, *keys))))

    def select(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        """Run a query; gives plain tuples."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.sqlite_cursor.row_factory = None
            cursor.execute(statement, parameters)
            rows: list[Any] = cursor.fetchall()
            return rows

    def close(self) -> None:
        """Give the connections back."""
        self.datastore.close()


def _columns(event: StoredEvent) -> tuple[Any, ...]:
    return event.originator_id, event.originator_version, event.topic, event.state
