"""The store in a PostgreSQL database, shared by any number of processes.

The library locks the whole table for every insert, so that readers that follow its notification ids miss none. This
program does not use them: each stream is followed by its own sequence, and uniqueness alone keeps its order without
gaps. So an insert is one statement in one round trip, and writers of different coalitions do not wait for each other.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Any

import psycopg
from eventsourcing.persistence import IntegrityError, OperationalError, StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg import Connection, Cursor
from psycopg.abc import RV, PQGen
from psycopg.rows import DictRow, dict_row, tuple_row

from domain.ledger.clock import CheckedClock
from domain.ledger.failures import StoreReplaced, StoreTimeout
from domain.ledger.heads import Addition, Head, check_head, check_predecessor
from domain.ledger.outages import store_errors
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

CONNECT_TIMEOUT_SECONDS = 5
ANSWER_SECONDS = 5
"""How long the server may be silent. After that the connection is closed, whatever the network or the server does."""

LONG_ANSWER_SECONDS = 600
"""The same for what may take long: a change of the tables, and a whole record that is restored."""

LOCK_TIMEOUT_SECONDS = 4
"""How long an insert waits for another process's commit on the same stream."""

WAIT_SECONDS = 0.1
"""How often a wait looks for an interrupt, as the driver's own does."""

RESPITE_SECONDS = 1
"""How long no request tries again after the server was silent."""

CONNECTIONS_KEPT, CONNECTIONS_MORE = 2, 30
SCHEMA_LOCK = 0x636F616C6974696F  # "coalitio": the one advisory lock that processes take while they change the tables

_CONNECT_OPTIONS: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "tcp_user_timeout": ANSWER_SECONDS * 1_000,
    "keepalives_idle": ANSWER_SECONDS,
    "keepalives_interval": 1,
    "keepalives_count": ANSWER_SECONDS,
}
_SETTINGS = """SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', %s, false),
    set_config('client_min_messages', 'warning', false),
    set_config('idle_in_transaction_session_timeout', '60s', false),
    set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), false)"""
_WITHOUT_LIMITS = b"SELECT set_config('lock_timeout', '0', true), set_config('statement_timeout', '0', true)"
_STATE_OF_STORE = b"""SELECT (SELECT identity FROM store), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"""
# A writer that lost a race holds the advisory lock alone while it decides again, so that it cannot lose the next one.
# Everything reads from "place", so that nothing is inserted before that lock is passed, or out of place.
_INSERT = """WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(hashtextextended(%(coalition)b::text, 0))),
place AS MATERIALIZED (
    SELECT (SELECT state FROM stored_events
            WHERE originator_id = %(coalition)b AND originator_version = %(after)b::bigint) AS state,
        coalesce((SELECT sequence FROM streams WHERE coalition = %(coalition)b), 0) AS head,
        coalesce((SELECT max(originator_version) FROM stored_events WHERE originator_id = %(coalition)b), 0) AS last,
        (SELECT identity FROM store) AS identity
    FROM turn),
free AS MATERIALIZED (
    SELECT 1 FROM place WHERE identity = %(identity)b AND head <= %(after)b::bigint AND last = %(after)b::bigint
    AND (%(after_id)b::bytea IS NULL OR position(%(after_id)b::bytea IN state) > 0)),
request AS (
    INSERT INTO idempotency (coalition, key, digest, first_sequence, last_sequence)
    SELECT request.* FROM free,
    unnest(%(coalitions)b::text[], %(keys)b::text[], %(digests)b::bytea[], %(firsts)b::bigint[], %(lasts)b::bigint[])
    AS request),
event AS (
    INSERT INTO stored_events (originator_id, originator_version, topic, state)
    SELECT event.* FROM free,
    unnest(%(ids)b::text[], %(versions)b::bigint[], %(topics)b::text[], %(states)b::bytea[]) AS event),
head AS (
    INSERT INTO streams (coalition, sequence, event_id, recorded_at, names)
    SELECT %(coalition)b, %(sequence)b::bigint, %(event_id)b, %(recorded_at)b, %(names)b FROM free
    ON CONFLICT (coalition) DO UPDATE SET sequence = excluded.sequence, event_id = excluded.event_id,
    recorded_at = excluded.recorded_at, names = excluded.names)
SELECT (SELECT count(*) FROM free), state, head, last, identity FROM place"""
_INSERT_EVENT = b"INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"
_INSERT_REQUEST = b"""INSERT INTO idempotency (coalition, key, digest, first_sequence, last_sequence)
VALUES (%s, %s, %s, %s, %s)"""
_INSERT_SCENARIO_EVENT = b"""INSERT INTO scenario_events (coalition, scenario, sequence, topic, state)
VALUES (%s, %s, %s, %s, %s)"""
# A commit waits for the standby to have the log up to its own entry; this writes an entry that no table has.
_CONFIRM = b"SELECT pg_logical_emit_message(true, 'coalition', '')"
_COPY_EVENTS = "COPY stored_events (originator_id, originator_version, topic, state) FROM STDIN (FORMAT binary)"
_COPY_SCENARIO_EVENTS = "COPY scenario_events (coalition, scenario, sequence, topic, state) FROM STDIN (FORMAT binary)"
_COPY_REQUESTS = "COPY idempotency (coalition, key, digest, first_sequence, last_sequence) FROM STDIN (FORMAT binary)"


class _Silence:
    """The time until which a server that did not answer is not asked again."""

    def __init__(self) -> None:
        self.until = 0.0

    def begin(self) -> None:
        self.until = monotonic() + RESPITE_SECONDS

    def check(self) -> None:
        if monotonic() < self.until:
            raise StoreTimeout("the database server did not answer a moment ago")


class NoAnswer(psycopg.OperationalError):
    """The server was silent for too long, although the connection stands."""


class _Connection(Connection[DictRow]):
    """A connection that is closed when the server is silent; a server that hangs still acknowledges packets."""

    silence: _Silence | None = None
    answer_seconds: float = ANSWER_SECONDS
    is_confirmed = False
    warning: str | None = None

    def wait(self, gen: PQGen[RV], interval: float = WAIT_SECONDS, timeout: float | None = None) -> RV:
        """Wait for an answer; raises ``NoAnswer``."""
        began = monotonic()
        try:
            return super().wait(gen, interval, timeout or self.answer_seconds)
        except psycopg.OperationalError as error:
            if monotonic() - began < self.answer_seconds:
                raise
            self.close()
            if self.silence is not None:
                self.silence.begin()
            raise NoAnswer(f"the database server was silent for {self.answer_seconds:g} s") from error


class _Datastore(PostgresDatastore):
    """``identity`` and ``clock`` are compared with the server's on each new connection, once they are known."""

    def __init__(self, uri: str) -> None:
        self._silence = _Silence()
        self.identity: str | None = None
        self.clock: CheckedClock | None = None
        super().__init__(
            "", "", "", "", "",
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            pool_size=CONNECTIONS_KEPT,
            max_overflow=CONNECTIONS_MORE,
            pre_ping=True,
            originator_id_type="text",
        )  # fmt: skip
        # The library takes five parts of an address; the URI may have more (sslmode, a socket's directory, ...).
        self.pool.conninfo = uri
        self.pool.kwargs = {"row_factory": dict_row, **_CONNECT_OPTIONS}
        self.pool.connection_class = _Connection

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Limit every wait, and confirm only what is on the disk, whatever the server's defaults are."""
        silence = self._silence  # and not the datastore, which would refer to itself

        def after_connect(connection: Connection[DictRow]) -> None:
            assert isinstance(connection, _Connection)
            connection.silence = silence
            connection.autocommit = True
            connection.add_notice_handler(partial(_note_warning, connection))
            connection.execute(_SETTINGS, (f"{LOCK_TIMEOUT_SECONDS}s", f"{ANSWER_SECONDS}s"))

        return after_connect

    @contextmanager
    def get_connection(self) -> Iterator[Connection[DictRow]]:
        """Lend a connection to the store that was opened. Raises ``StoreUnavailable`` and the library's errors."""
        self._silence.check()
        with super().get_connection() as connection:
            assert isinstance(connection, _Connection)
            connection.warning = None
            if not connection.is_confirmed and self.clock is not None:
                self._confirm(connection, self.clock)
            yield connection
            if connection.warning is not None:
                raise StoreTimeout(f"the database server does not vouch for the commit: {connection.warning}")

    def _confirm(self, connection: _Connection, clock: CheckedClock) -> None:
        identity, now_us = connection.cursor(row_factory=tuple_row).execute(_STATE_OF_STORE).fetchall()[0]
        if identity != self.identity:
            raise StoreReplaced("another database is in the place of the one that was opened")
        clock.compare(now_us, "the database server's time")
        connection.is_confirmed = True


def _note_warning(connection: _Connection, diagnostic: psycopg.errors.Diagnostic) -> None:
    """Keep a warning: a commit whose wait for a standby was cancelled succeeds with one."""
    if diagnostic.severity_nonlocalized == "WARNING":
        connection.warning = diagnostic.message_primary


class PostgresRecorder(PostgresApplicationRecorder, LedgerRecorder):
    """One database, with uniqueness as its only lock."""

    dialect = "postgresql"
    shows_unconfirmed = True
    datastore: _Datastore

    def __init__(self, uri: str, *, create: bool) -> None:
        _connect_once(uri)
        super().__init__(_Datastore(uri))
        with closed_on_failure(self):
            self.open_tables("the database that the URL names", create=create)
            self.datastore.identity = self.identity

    def compare_with(self, clock: CheckedClock) -> None:
        """Have a clock measured by the server's on every new connection."""
        self.datastore.clock = clock
        with store_errors():
            self.read_identity()

    @contextmanager
    def changing_tables(self) -> Iterator[Callable[[str], Any]]:
        """Hold the advisory lock of the tables."""
        with self._long_transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SCHEMA_LOCK,))
            yield lambda statement: cursor.execute(statement.encode())

    @contextmanager
    def _long_transaction(self) -> Iterator[Cursor[DictRow]]:
        """Begin a transaction that may take long."""
        with self.datastore.transaction(commit=True) as cursor:
            connection = cursor.connection
            assert isinstance(connection, _Connection)
            connection.answer_seconds = LONG_ANSWER_SECONDS
            try:
                cursor.execute(_WITHOUT_LIMITS)
                yield cursor
            finally:
                connection.answer_seconds = ANSWER_SECONDS

    def tables(self) -> list[str]:
        """Return nothing: a ledger may share its database with other programs."""
        return []

    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""
        return bool(self.select("SELECT to_regclass(?) IS NOT NULL", (name,))[0][0])

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        requests: Sequence[Request] = (),
        addition: Addition | None = None,
        **_: Any,
    ) -> None:
        """Insert all or nothing, in one statement with a transaction of its own."""
        if addition is None:
            with self.datastore.transaction(commit=True) as cursor:
                cursor.executemany(_INSERT_EVENT, map(_columns, stored_events))
                cursor.executemany(_INSERT_REQUEST, requests)
            return
        with self.datastore.get_connection() as connection:
            self._insert(connection.cursor(), stored_events, requests=requests, addition=addition)

    @contextmanager
    def turn(self, coalition: str) -> Iterator[Insert]:
        """Hold the coalition's advisory lock, which every insert shares, exclusively."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (coalition,))
            yield partial(self._insert, cursor)

    def restore(
        self,
        rows: Iterable[StoredEvent],
        scenario_rows: Iterable[ScenarioRow],
        requests: Iterable[Request],
        heads: Iterable[Head],
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction."""
        with self._long_transaction() as cursor:
            _copy(cursor, _COPY_EVENTS, ("text", "int8", "text", "bytea"), map(_columns, rows))
            _copy(cursor, _COPY_SCENARIO_EVENTS, ("text", "text", "int8", "text", "bytea"), scenario_rows)
            _copy(cursor, _COPY_REQUESTS, ("text", "text", "bytea", "int8", "int8"), requests)
            cursor.executemany(_places(UPSERT_HEAD), heads)

    def insert_scenario_events(
        self, rows: Sequence[ScenarioRow], requests: Sequence[Request], after_id: str | None = None
    ) -> None:
        """Insert in one transaction."""
        with self.datastore.transaction(commit=True) as cursor:
            place = place_before(rows)
            found = cursor.connection.cursor(row_factory=tuple_row).execute(_places(SCENARIO_STATE), place)
            check_predecessor(rows[0].coalition, place[2], after_id, found.fetchone())
            cursor.executemany(_INSERT_SCENARIO_EVENT, rows)
            if requests:
                cursor.executemany(_INSERT_REQUEST, requests)

    def put_heads(self, heads: Iterable[Head]) -> None:
        """Insert or move in one transaction."""
        with self._long_transaction() as cursor:
            cursor.executemany(_places(UPSERT_HEAD), heads)

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

    def _insert(
        self,
        cursor: Cursor[Any],
        stored_events: Sequence[StoredEvent],
        *,
        requests: Sequence[Request],
        addition: Addition,
    ) -> None:
        coalition, ids = addition.head.coalition, zip(*map(_columns, stored_events), strict=True)
        # In the order of their keys, so that two transactions cannot each wait for the other.
        requested = zip(*sorted(requests), strict=True) if requests else ((),) * len(Request._fields)
        values: dict[str, Any] = dict(zip(("ids", "versions", "topics", "states"), map(list, ids), strict=True))
        values |= dict(zip(("coalitions", "keys", "digests", "firsts", "lasts"), map(list, requested), strict=True))
        after_id = None if addition.after_id is None else addition.after_id.encode()
        values |= {"identity": self.identity, "after": addition.after, "after_id": after_id, **addition.head._asdict()}
        place = cursor.execute(_INSERT, values).fetchall()[0]
        if place["count"]:
            return
        if place["identity"] != self.identity:
            raise StoreReplaced("another database is in the place of the one that was opened")
        state = place["state"]
        check_predecessor(coalition, addition.after, addition.after_id, None if state is None else (state,))
        if place["last"] > addition.after:
            raise IntegrityError(f"event {addition.after + 1} of {coalition} has been recorded by another process")
        check_head(coalition, addition.after, (place["head"],))


def _connect_once(uri: str) -> None:
    """Fail at once, with the reason, if there is no connection; the pool would retry for a while in silence."""
    try:
        psycopg.connect(uri, **_CONNECT_OPTIONS).close()
    except psycopg.Error as error:
        raise OperationalError(str(error)) from error


def _copy(cursor: Cursor[Any], statement: str, types: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def _columns(event: StoredEvent) -> tuple[Any, ...]:
    return event.originator_id, event.originator_version, event.topic, event.state


def _places(statement: str) -> bytes:
    """Write the placeholders as this driver expects them."""
    return statement.replace("?", "%s").encode()
