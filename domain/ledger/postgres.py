"""The store in a PostgreSQL database, shared by any number of processes.

The library locks the whole table for every insert, so that readers that follow its notification ids miss none. This
program does not use them: each stream is followed by its own sequence, and uniqueness alone keeps its order without
gaps. So an insert is one statement in one round trip, and writers of different coalitions do not wait for each other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg
from eventsourcing.persistence import OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.errors import Diagnostic
from psycopg.rows import DictRow, dict_row, tuple_row

from domain.ledger.recorders import Insert, LedgerRecorder, Request, ScenarioRow, closed_on_failure

CONNECT_TIMEOUT_SECONDS = 5
LOCK_TIMEOUT_SECONDS = 10
"""How long an insert waits for another process's commit on the same stream."""

CONNECTIONS_LEAST, CONNECTIONS_MORE = 2, 30
SCHEMA_LOCK = 0x636F616C6974696F  # "coalitio": the one advisory lock that processes take while they change the tables

_SETTINGS = """SELECT set_config('lock_timeout', %s, false),
    set_config('client_min_messages', 'warning', false),
    set_config('idle_in_transaction_session_timeout', '60s', false),
    set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)"""
# A writer that lost a race holds the advisory lock alone while it decides again, so that it cannot lose the next one.
_INSERT = """WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(%b::text, 0))),
request AS (
    INSERT INTO idempotency (coalition, key, digest, first_sequence, last_sequence)
    SELECT * FROM unnest(%b::text[], %b::text[], %b::bytea[], %b::bigint[], %b::bigint[]))
INSERT INTO stored_events (originator_id, originator_version, topic, state)
SELECT event.* FROM turn, unnest(%b::text[], %b::bigint[], %b::text[], %b::bytea[]) AS event"""
_INSERT_REQUEST = b"""INSERT INTO idempotency (coalition, key, digest, first_sequence, last_sequence)
VALUES (%s, %s, %s, %s, %s)"""
_INSERT_SCENARIO_EVENT = b"""INSERT INTO scenario_events (coalition, scenario, sequence, topic, state)
VALUES (%s, %s, %s, %s, %s)"""
# A commit waits for the standby to have the log up to its own entry; this writes an entry that no table has.
_CONFIRM = b"SELECT pg_logical_emit_message(true, 'coalition', '')"
_COPY_EVENTS = "COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)"
_COPY_SCENARIO_EVENTS = "COPY scenario_events (coalition, scenario, sequence, topic, state) FROM STDIN (FORMAT binary)"
_COPY_REQUESTS = "COPY idempotency (coalition, key, digest, first_sequence, last_sequence) FROM STDIN (FORMAT binary)"


class _Datastore(PostgresDatastore):
    def __init__(self, uri: str) -> None:
        super().__init__(
            "", "", "", "", "",
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            pool_size=CONNECTIONS_LEAST,
            max_overflow=CONNECTIONS_MORE,
            pre_ping=True,
            originator_id_type="text",
        )  # fmt: skip
        # The library takes five parts of an address; the URI may have more (sslmode, a socket's directory, ...).
        self.pool.conninfo = uri
        self.pool.kwargs = {"row_factory": dict_row, "connect_timeout": CONNECT_TIMEOUT_SECONDS}

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Limit every wait, and confirm only what is on the disk, whatever the server's defaults are."""

        def after_connect(connection: Connection[DictRow]) -> None:
            connection.autocommit = True
            connection.execute(_SETTINGS, (f"{LOCK_TIMEOUT_SECONDS}s",))

        return after_connect

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        """Lend a connection; raises ``OperationalError`` afterwards if a commit was perhaps not replicated.

        A commit waits for the standby that a server has been told to wait for. A wait that is cancelled cannot undo the
        commit: the server calls it done, and warns that the standby may not have it. Nothing else here makes it warn.
        """
        warnings: list[str] = []

        def remember(notice: Diagnostic) -> None:
            if notice.severity_nonlocalized == "WARNING":
                warnings.append(f"{notice.message_primary} ({notice.message_detail})")

        with super().get_connection() as connection:
            connection.add_notice_handler(remember)
            try:
                yield connection
            finally:
                connection.remove_notice_handler(remember)
        if warnings:
            raise OperationalError("; ".join(warnings))


class PostgresRecorder(PostgresApplicationRecorder, LedgerRecorder):
    """One database, with uniqueness as its only lock."""

    dialect = "postgresql"

    def __init__(self, uri: str) -> None:
        _connect_once(uri)
        super().__init__(_Datastore(uri))
        with closed_on_failure(self):
            self.migrate()

    @contextmanager
    def changing_tables(self) -> Iterator[Callable[[str], Any]]:
        """Hold the advisory lock of the tables."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            yield lambda statement: cursor.execute(statement.encode())

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self.select("SELECT to_regclass(?) IS NOT NULL", (name,))[0][0])

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request] = (), **_: Any
    ) -> None:
        """Insert all or nothing, in one statement with a transaction of its own."""
        with self.datastore.get_connection() as connection:
            _insert(connection.cursor(), stored_events, requests=requests)

    @contextmanager
    def turn(self, coalition: str) -> Iterator[Insert]:
        """Hold the coalition's advisory lock, which every insert shares, exclusively."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (coalition,))
            yield partial(_insert, cursor)

    def restore(
        self, rows: Iterable[StoredEvent], scenario_rows: Iterable[ScenarioRow], requests: Iterable[Request]
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            _copy(cursor, _COPY_EVENTS, ("text", "int8", "text", "bytea"), map(_columns, rows))
            _copy(cursor, _COPY_SCENARIO_EVENTS, ("text", "text", "int8", "text", "bytea"), scenario_rows)
            _copy(cursor, _COPY_REQUESTS, ("text", "text", "bytea", "int8", "int8"), requests)

    def insert_scenario_events(self, rows: Sequence[ScenarioRow], requests: Sequence[Request]) -> None:
        """Insert in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.executemany(_INSERT_SCENARIO_EVENT, rows)
            if requests:
                cursor.executemany(_INSERT_REQUEST, requests)

    def confirm(self) -> None:
        """Commit: its wait for the standby is also one for everything that was committed before."""
        with self.datastore.get_connection() as connection:
            connection.execute(_CONFIRM)

    def select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query; return plain tuples."""
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(binary=True, row_factory=tuple_row)
            return cursor.execute(_places(statement), parameters).fetchall()

    def change(self, statement: str, parameters: Sequence[Any]) -> int:
        """Run a statement in a transaction of its own; return the number of rows that it changed."""
        with self.datastore.get_connection() as connection:
            return connection.execute(_places(statement), parameters).rowcount

    def close(self) -> None:
        """Close the connections."""
        self.datastore.close()


def _connect_once(uri: str) -> None:
    """Fail at once, with the reason, if there is no connection; the pool would retry for a while in silence."""
    try:
        psycopg.connect(uri, connect_timeout=CONNECT_TIMEOUT_SECONDS).close()
    except psycopg.Error as error:
        raise OperationalError(str(error)) from error


def _copy(cursor: Cursor[Any], statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _columns(event: StoredEvent) -> tuple[Any, ...]:
    return event.originator_id, event.originator_version, event.topic, event.state


def _insert(cursor: Cursor[Any], stored_events: Sequence[StoredEvent], *, requests: Sequence[Request]) -> None:
    if not stored_events:
        return
    columns = zip(*map(_columns, stored_events), strict=True)
    # In the order of their keys, so that two transactions cannot each wait for the other.
    requested = zip(*sorted(requests), strict=True) if requests else ((),) * len(Request._fields)
    cursor.execute(_INSERT, (stored_events[0].originator_id, *map(list, requested), *map(list, columns)))


def _places(statement: str) -> bytes:
    """Write the placeholders as this driver expects them."""
    return statement.replace("?", "%s").encode()
