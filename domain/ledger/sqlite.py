"""The store in one SQLite file."""

import sqlite3
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from threading import Lock
from typing import Any

from eventsourcing.persistence import DatabaseError, IntegrityError, OperationalError, StoredEvent
from eventsourcing.sqlite import (
    SQLiteApplicationRecorder,
    SQLiteConnection,
    SQLiteConnectionPool,
    SQLiteCursor,
    SQLiteDatastore,
)

from domain.ledger.failures import ReadOnlyStore, StoreFull
from domain.ledger.heads import Addition, Head, check_head, check_predecessor
from domain.ledger.outages import outage_of
from domain.ledger.recorders import (
    SCENARIO_STATE,
    UPSERT_HEAD,
    Insert,
    LedgerRecorder,
    Request,
    ScenarioRow,
    closed_on_failure,
    place_before,
)
from domain.ledger.sqlite_file import LOCK_TIMEOUT_SECONDS, WatchedFile

CONNECTIONS_KEPT, CONNECTIONS_MORE = 16, 112

_INSERT_REQUEST = "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)"
_STATE = "SELECT state FROM stored_events WHERE originator_id = ? AND originator_version = ?"
_HEAD_SEQUENCE = "SELECT sequence FROM streams WHERE coalition = ?"
_INSERT_SCENARIO_EVENT = "INSERT INTO scenario_events VALUES (?, ?, ?, ?, ?)"


class _Connection(SQLiteConnection):
    """A connection that knows which generation of the file it was opened on."""

    def __init__(self, file: WatchedFile) -> None:
        self.generation = file.generation
        connection = file.connect()
        connection.row_factory = sqlite3.Row
        super().__init__(connection, max_age=None)


class _Pool(SQLiteConnectionPool):
    file: WatchedFile

    def _create_connection(self) -> SQLiteConnection:
        return _Connection(self.file)


class _Datastore(SQLiteDatastore):
    def __init__(self, file: WatchedFile) -> None:
        super().__init__(file.path, originator_id_type="text")
        self.file = file
        self.pool = _Pool(
            db_name=file.path,
            lock_timeout=LOCK_TIMEOUT_SECONDS,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
        )
        self.pool.file = file
        self._writing = Lock()

    @contextmanager
    def get_connection(self, *, commit: bool) -> Iterator[SQLiteConnection]:
        # The pool's own interlock makes readers queue behind a writer that waits for its turn; with WAL they need not.
        # Writers of one process queue here, because SQLite would have them poll.
        with self._writing if commit else nullcontext():
            try:
                self.file.check()
                connection = self._current_connection()
                try:
                    yield connection
                finally:
                    self.pool.put_connection(connection)
                if commit:
                    self.file.check_commit()
            except sqlite3.Error as error:
                raise OperationalError(str(error)) from error
            except DatabaseError as error:
                # A connection may have been opened while the file could not be written, or be in the middle of a fault.
                if not isinstance(error, IntegrityError):
                    self.file.generation += 1
                if isinstance(outage_of(error), ReadOnlyStore) and self.file.is_full:
                    raise StoreFull(f"there is no room to open {self.file.path} for writing") from error
                raise

    def _current_connection(self) -> SQLiteConnection:
        """Take a connection that was opened since the file was last changed by anything but a commit."""
        while True:
            connection = self.pool.get_connection()
            if connection.generation == self.file.generation:  # type: ignore[attr-defined]
                return connection
            connection.close()
            self.pool.put_connection(connection)

    def close(self) -> None:
        super().close()
        self.file.close()


class SqliteRecorder(SQLiteApplicationRecorder, LedgerRecorder):
    """One file with a write-ahead log; every commit is on the disk before it is answered."""

    dialect = "sqlite"
    shows_unconfirmed = False
    datastore: _Datastore

    def __init__(self, path: str, *, create: bool) -> None:
        try:
            file = WatchedFile(path, create=create)
        except sqlite3.Error as error:
            raise OperationalError(f"{path}: {error}") from error
        super().__init__(_Datastore(file))
        with closed_on_failure(self):
            self.open_tables(path, create=create)
            file.identity = self.identity
            if self.is_new or self.was_migrated:
                # Have the identity in the file itself, where it is looked for when something has changed the file.
                self.select("PRAGMA wal_checkpoint(FULL)")

    @property
    def place(self) -> tuple[Hashable, ...]:
        """The store's identity, and which file it is in: a copy of the file has the same identity."""
        return self.identity, *self.datastore.file.place

    @contextmanager
    def changing_tables(self) -> Iterator[Callable[[str], Any]]:
        """Hold the file's only write lock."""
        with self._held() as cursor:
            yield cursor.execute

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self.select("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (name,)))

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        return [name for (name,) in self.select("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]

    def _insert_events(
        self,
        c: SQLiteCursor,
        stored_events: Sequence[StoredEvent],
        *,
        requests: Sequence[Request] = (),
        addition: Addition | None = None,
        **_: Any,
    ) -> None:
        """Insert in the current transaction, without notification ids: they cost a call each and are not used."""
        # First, because a transaction that begins with a query cannot wait for its turn to write.
        c.executemany(self.insert_events_statement, map(_columns, stored_events))
        c.executemany(_INSERT_REQUEST, requests)
        if addition is not None and stored_events:
            _check_place(c, addition)
            c.execute(UPSERT_HEAD, addition.head)

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
        self,
        rows: Iterable[StoredEvent],
        scenario_rows: Iterable[ScenarioRow],
        requests: Iterable[Request],
        heads: Iterable[Head],
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(self.insert_events_statement, map(_columns, rows))
            cursor.executemany(_INSERT_SCENARIO_EVENT, scenario_rows)
            cursor.executemany(_INSERT_REQUEST, requests)
            cursor.executemany(UPSERT_HEAD, heads)

    def insert_scenario_events(
        self, rows: Sequence[ScenarioRow], requests: Sequence[Request], after_id: str | None = None
    ) -> None:
        """Insert in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            # First, because a transaction that begins with a query cannot wait for its turn to write.
            cursor.executemany(_INSERT_SCENARIO_EVENT, rows)
            cursor.executemany(_INSERT_REQUEST, requests)
            cursor.execute(SCENARIO_STATE, place_before(rows))
            check_predecessor(rows[0].coalition, rows[0].sequence - 1, after_id, cursor.fetchone())

    def check_writing(self) -> None:
        """Look for room on the disk, and write."""
        super().check_writing()
        if self.datastore.file.is_full:
            raise StoreFull(f"the disk of {self.datastore.file.path} is full")

    def put_heads(self, heads: Iterable[Head]) -> None:
        """Insert or move in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(UPSERT_HEAD, heads)

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


def _check_place(c: SQLiteCursor, addition: Addition) -> None:
    """Raise ``CutStream`` if the event before is not the one that the new events were decided after."""
    coalition = addition.head.coalition
    c.execute(_STATE, (coalition, addition.after))
    check_predecessor(coalition, addition.after, addition.after_id, c.fetchone())
    c.execute(_HEAD_SEQUENCE, (coalition,))
    check_head(coalition, addition.after, c.fetchone())


def _columns(event: StoredEvent) -> tuple[Any, ...]:
    return event.originator_id, event.originator_version, event.topic, event.state
