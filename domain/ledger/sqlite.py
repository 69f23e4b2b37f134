"""The store in one SQLite file."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import Any

from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from domain.ledger.recorders import Insert, LedgerRecorder, Request, ScenarioRow, closed_on_failure

LOCK_TIMEOUT_SECONDS = 5
"""How long a commit waits for another process's."""

CONNECTIONS_KEPT, CONNECTIONS_MORE = 16, 112

_INSERT_REQUEST = "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)"
_INSERT_SCENARIO_EVENT = "INSERT INTO scenario_events VALUES (?, ?, ?, ?, ?)"


class _Pool(SQLiteConnectionPool):
    def _create_connection(self) -> SQLiteConnection:
        try:
            connection = self._connected()
            # SQLite's default depends on how it was compiled; what was answered must survive a power cut.
            connection.cursor().execute("PRAGMA synchronous=FULL")
        except sqlite3.Error as error:
            raise OperationalError(str(error)) from error
        return connection

    def _connected(self) -> SQLiteConnection:
        # The switch of a new file to a write-ahead log fails at once, without SQLite's own waiting, while another
        # process writes to it.
        give_up = monotonic() + LOCK_TIMEOUT_SECONDS
        while True:
            try:
                return super()._create_connection()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or monotonic() > give_up:
                    raise
            sleep(0.01)


class _Datastore(SQLiteDatastore):
    def __init__(self, path: str) -> None:
        super().__init__(path, originator_id_type="text")
        self.pool = _Pool(
            db_name=path,
            lock_timeout=LOCK_TIMEOUT_SECONDS,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
        )
        self._writing = Lock()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        # The pool's own interlock makes readers queue behind a writer that waits for its turn; with WAL they need not.
        # Writers of one process queue here, because SQLite would have them poll.
        with self._writing if commit else nullcontext():
            connection = self.pool.get_connection()
            try:
                yield connection
            finally:
                self.pool.put_connection(connection)


class SqliteRecorder(SQLiteApplicationRecorder, LedgerRecorder):
    """One file with a write-ahead log; every commit is on the disk before it is answered."""

    dialect = "sqlite"

    def __init__(self, path: str) -> None:
        super().__init__(_Datastore(path))
        with closed_on_failure(self):
            self.migrate()

    @contextmanager
    def changing_tables(self) -> Iterator[Callable[[str], Any]]:
        """Hold the file's only write lock."""
        with self._held() as cursor:
            yield cursor.execute

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self.select("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def _insert_events(
        self, c: SQLiteCursor, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request] = (), **_: Any
    ) -> None:
        """Insert in the current transaction, without notification ids: they cost a call each and are not used."""
        c.executemany(self.insert_events_statement, map(_columns, stored_events))
        c.executemany(_INSERT_REQUEST, requests)

    @contextmanager
    def turn(self, coalition: str) -> Iterator[Insert]:
        """Hold the file's only write lock."""
        with self._held() as cursor:
            yield partial(self._insert_events, cursor)

    @contextmanager
    def _held(self) -> Iterator[SQLiteCursor]:
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("ROLLBACK")
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor

    def restore(
        self, rows: Iterable[StoredEvent], scenario_rows: Iterable[ScenarioRow], requests: Iterable[Request]
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(self.insert_events_statement, map(_columns, rows))
            cursor.executemany(_INSERT_SCENARIO_EVENT, scenario_rows)
            cursor.executemany(_INSERT_REQUEST, requests)

    def insert_scenario_events(self, rows: Sequence[ScenarioRow], requests: Sequence[Request]) -> None:
        """Insert in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(_INSERT_SCENARIO_EVENT, rows)
            cursor.executemany(_INSERT_REQUEST, requests)

    def confirm(self) -> None:
        """Do nothing: a commit can be read only once it is on the disk."""

    def select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query; return plain tuples."""
        with self.datastore.transaction(commit=False) as cursor:
            cursor.sqlite_cursor.row_factory = None
            cursor.execute(statement, parameters)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def change(self, statement: str, parameters: Sequence[Any]) -> int:
        """Run a statement in a transaction of its own; return the number of rows that it changed."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute(statement, parameters)
            return cursor.sqlite_cursor.rowcount

    def close(self) -> None:
        """Close the connections."""
        self.datastore.close()


def _columns(event: StoredEvent) -> tuple[Any, ...]:
    return event.originator_id, event.originator_version, event.topic, event.state
