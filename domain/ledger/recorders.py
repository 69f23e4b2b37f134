"""The interface of a store, beyond that of the library's recorders; ``sqlite.py`` and ``postgres.py`` implement it.

The tables (``schema.py`` creates them): the library's ``stored_events``; ``streams``, with the head of each stream, and
``idempotency``, whose rows are written in the events' own transaction; ``scenario_events``, which belong to no
coalition's record; ``access_keys``; and ``store``, with the identity of the whole.
Readers follow each stream by its sequence, which has no gaps, and not by the library's notification ids.
"""

from abc import abstractmethod
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple, Protocol

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from domain.ledger.clock import CheckedClock
from domain.ledger.failures import CutStream, NoLedger, StoreReplaced
from domain.ledger.heads import NAMING, Addition, Head, ListedStream
from domain.ledger.memory import Memory
from domain.ledger.outages import outage_of
from domain.ledger.schema import Dialect, missing

PAGE = 2_000
"""How many rows are read at once: enough to make the round trip cheap, few enough for memory."""


class Request(NamedTuple):
    """An idempotency key, the digest of its request, and the sequences of the events that were recorded for it."""

    coalition: str
    key: str
    digest: bytes
    first_sequence: int
    last_sequence: int


class ScenarioRow(NamedTuple):
    """A stored event of a saved scenario."""

    coalition: str
    scenario: str
    sequence: int
    topic: str
    state: bytes


class AccessKey(NamedTuple):
    """A key for writing, without its secret; times are RFC 3339 in UTC."""

    id: str
    name: str
    created_at: str
    revoked_at: str | None


_IDENTITY = "SELECT identity FROM store"
_CHECK = "UPDATE checks SET number = number + 1"
_SCHEMA_VERSION = "SELECT max(version) FROM schema_version"
_ROWS = """SELECT originator_version, topic, state FROM stored_events
WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT ?"""
_LENGTHS = """SELECT (SELECT max(originator_version) FROM stored_events WHERE originator_id = ?),
(SELECT sequence FROM streams WHERE coalition = ?)"""
_HEAD = "SELECT coalition, sequence, event_id, recorded_at, names FROM streams WHERE coalition = ?"
UPSERT_HEAD = """INSERT INTO streams (coalition, sequence, event_id, recorded_at, names) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (coalition) DO UPDATE SET sequence = excluded.sequence, event_id = excluded.event_id,
recorded_at = excluded.recorded_at, names = excluded.names WHERE streams.sequence <= excluded.sequence"""
_NAMING_ROWS = f"""SELECT originator_version, topic, state FROM stored_events WHERE originator_id = ? AND
({" OR ".join(f"substr(topic, 1, {len(name) + 1}) = '{name}.'" for name in NAMING)}) ORDER BY originator_version"""
# Steps along the index from one coalition to the next: the cost follows the coalitions, not the events.
_STREAMS = """WITH RECURSIVE coalition(id) AS (
    SELECT min(originator_id) FROM stored_events
    UNION ALL
    SELECT (SELECT min(originator_id) FROM stored_events WHERE originator_id > coalition.id) FROM coalition
    WHERE coalition.id IS NOT NULL)
SELECT id, (SELECT max(originator_version) FROM stored_events WHERE originator_id = id), coalesce(sequence, 0), names
FROM coalition LEFT JOIN streams ON streams.coalition = id WHERE id IS NOT NULL
UNION ALL
SELECT coalition, 0, sequence, names FROM streams
WHERE NOT EXISTS (SELECT 1 FROM stored_events WHERE originator_id = streams.coalition)"""
_ALL_REQUESTS = "SELECT coalition, key, digest, first_sequence, last_sequence FROM idempotency WHERE coalition = ?"
_REQUESTS = f"{_ALL_REQUESTS} AND key IN "
_SCENARIO_ROWS = """SELECT sequence, topic, state FROM scenario_events
WHERE coalition = ? AND scenario = ? AND sequence > ? ORDER BY sequence"""
SCENARIO_STATE = "SELECT state FROM scenario_events WHERE coalition = ? AND scenario = ? AND sequence = ?"
_SCENARIO_SEQUENCES = """SELECT scenario, max(sequence) FROM scenario_events WHERE coalition = ?
GROUP BY scenario ORDER BY scenario"""
_INSERT_ACCESS_KEY = "INSERT INTO access_keys (id, name, hash, created_at) VALUES (?, ?, ?, ?)"
_ACCESS_KEYS = "SELECT id, name, created_at, revoked_at FROM access_keys ORDER BY created_at, id"
_ACCESS_KEY = "SELECT id, name, created_at, revoked_at, hash FROM access_keys WHERE hash = ?"
_REVOKE = "UPDATE access_keys SET revoked_at = ? WHERE revoked_at IS NULL AND (id = ? OR name = ?)"


class Insert(Protocol):
    """Inserts events and the requests that they were recorded for."""

    def __call__(
        self, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request], addition: Addition
    ) -> Any: ...


class LedgerRecorder(ApplicationRecorder):
    """A store of events, of the requests that they were recorded for, and of access keys.

    ``insert_events(rows, requests=..., addition=...)`` inserts both and moves the stream's head, or does nothing. It
    raises the library's ``IntegrityError`` if a sequence or a key is taken, and ``CutStream`` if the event before is
    not in its place.
    """

    dialect: ClassVar[Dialect]
    shows_unconfirmed: ClassVar[bool]
    """Whether events can be read that a crash, or the loss of a server, may still undo."""

    identity: str
    is_new = False
    was_migrated = False

    @abstractmethod
    def changing_tables(self) -> AbstractContextManager[Callable[[str], Any]]:
        """Lock the tables against changes by others; yields what runs a statement, and commits all at the end."""

    @abstractmethod
    def has_table(self, name: str) -> bool:
        """Whether there is a table of that name."""

    @abstractmethod
    def turn(self, coalition: str) -> AbstractContextManager[Insert]:
        """Keep others from writing to the coalition; what is inserted is committed at the end."""

    @abstractmethod
    def restore(
        self,
        rows: Iterable[StoredEvent],
        scenario_rows: Iterable[ScenarioRow],
        requests: Iterable[Request],
        heads: Iterable[Head],
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction; consumes the arguments one after the other."""

    @abstractmethod
    def insert_scenario_events(
        self, rows: Sequence[ScenarioRow], requests: Sequence[Request], after_id: str | None = None
    ) -> None:
        """Insert events of a scenario after the one with an id, and their request, or nothing; raises as above."""

    @abstractmethod
    def confirm(self) -> None:
        """Return once all that can be read is as safe as a confirmed commit; before it is answered as recorded.

        What can be read may have been committed by a process that was not told so, before a standby had it.
        """

    @abstractmethod
    def select(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query with ``?`` as placeholders."""

    @abstractmethod
    def change(self, statement: str, parameters: Sequence[Any]) -> int:
        """Run a statement in a transaction of its own; return the number of rows that it changed."""

    def compare_with(self, clock: CheckedClock) -> None:
        """Have a clock measured by that of the database server, if there is one: now, and from time to time."""

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""

    @abstractmethod
    def tables(self) -> list[str]:
        """Return the names of all tables that the database has for itself."""

    def open_tables(self, place: str, *, create: bool) -> None:
        """Bring the tables to this program's version, and read the store's identity.

        ``is_new`` then says whether this process began the store, ``was_migrated`` whether it was an older one. Raises
        ``NoLedger`` if there is none at the place and none may be made there, ``NewerSchema``, ``StoreUnavailable``.
        """
        version = self.schema_version()
        if not version and not self.has_table("stored_events"):
            if not create:
                raise NoLedger(f"there is no ledger at {place}")
            if others := self.tables():
                raise NoLedger(f"{place} is the database of another program: it has the table {others[0]}")
        # The check comes first so that a service can run without the right to create tables.
        if missing(version):
            self._migrate(version)
        self.identity = self.read_identity()

    def _migrate(self, version: int) -> None:
        """Apply what is missing; if processes start together, one does it and the others wait."""
        try:
            with self.changing_tables() as run:
                self.is_new = not self.has_table("stored_events")
                self.was_migrated = not self.is_new
                for number, migration in missing(self.schema_version()):
                    for statement in migration.statements(self.dialect):
                        run(statement)
                    run(f"INSERT INTO schema_version (version) VALUES ({number})")
        except EventSourcingError as error:
            outage = outage_of(error)
            detail = f"the database's tables at version {version} cannot be updated: {outage}"
            raise type(outage)(detail) from error

    def read_identity(self) -> str:
        """Select the identity of the store; raises ``StoreReplaced`` if it has none."""
        found = self.select(_IDENTITY)
        if len(found) != 1:
            raise StoreReplaced("the store has lost its identity: something else has written to it")
        return str(found[0][0])

    @property
    def place(self) -> tuple[Hashable, ...]:
        """What tells the store from any other, as a value that processes can compare."""
        return (self.identity,)

    def check_identity(self) -> None:
        """Raise ``StoreReplaced`` unless this is still the store that was opened."""
        if self.read_identity() != self.identity:
            raise StoreReplaced("another store is in the place of the one that was opened")

    def check_writing(self) -> None:
        """Write to find out whether the store can be written; raises the library's errors."""
        self.change(_CHECK, ())

    def schema_version(self) -> int:
        """Select the version of the tables; 0 if there is none."""
        return self.select(_SCHEMA_VERSION)[0][0] or 0 if self.has_table("schema_version") else 0

    def rows(self, coalition: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        """Select (sequence, topic, state) of the events after a sequence, in order."""
        return self.select(_ROWS, (coalition, after, limit))

    def sequence(self, coalition: str) -> int:
        """Select the latest sequence; 0 if there is none. Raises ``CutStream`` if the stream was once longer."""
        latest, head = (length or 0 for length in self.select(_LENGTHS, (coalition, coalition))[0])
        if head > latest:
            raise CutStream(f"{coalition} has lost events: {head:,} were recorded, and {latest:,} are stored")
        return int(latest)

    def streams(self) -> list[ListedStream]:
        """Select every stream, by coalition."""
        return sorted(ListedStream(*row) for row in self.select(_STREAMS))

    def head(self, coalition: str) -> Head | None:
        """Select the head of a stream."""
        found = self.select(_HEAD, (coalition,))
        return Head(*found[0]) if found else None

    @abstractmethod
    def put_heads(self, heads: Iterable[Head]) -> None:
        """Insert or move the heads of streams, but never back, in one transaction."""

    def naming_rows(self, coalition: str) -> list[tuple[Any, ...]]:
        """Select (sequence, topic, state) of the events that a coalition's name depends on, in order."""
        return self.select(_NAMING_ROWS, (coalition,))

    def requests(self, coalition: str, keys: Sequence[str]) -> list[Request]:
        """Select the requests that were recorded under the keys."""
        places = ",".join("?" * len(keys))
        return [Request(*row) for row in self.select(f"{_REQUESTS}({places})", (coalition, *keys))]

    def all_requests(self, coalition: str) -> list[Request]:
        """Select every request that was recorded under a key."""
        return [Request(*row) for row in self.select(_ALL_REQUESTS, (coalition,))]

    def scenario_rows(self, coalition: str, scenario: str, after: int) -> list[tuple[Any, ...]]:
        """Select (sequence, topic, state) of a scenario's events after a sequence, in order."""
        return self.select(_SCENARIO_ROWS, (coalition, scenario, after))

    def scenario_sequences(self, coalition: str) -> list[tuple[Any, ...]]:
        """Select (scenario, latest sequence) of a coalition's scenarios, by name."""
        return self.select(_SCENARIO_SEQUENCES, (coalition,))

    def insert_access_key(self, key: AccessKey, digest: bytes) -> None:
        """Insert a key under the hash of its secret."""
        self.change(_INSERT_ACCESS_KEY, (key.id, key.name, digest, key.created_at))

    def access_keys(self) -> list[AccessKey]:
        """Select every key, also revoked ones, by age."""
        return [AccessKey(*row) for row in self.select(_ACCESS_KEYS)]

    def access_key(self, digest: bytes) -> tuple[AccessKey, bytes] | None:
        """Select the key with the hash of a secret, and the stored hash."""
        found = self.select(_ACCESS_KEY, (digest,))
        return (AccessKey(*found[0][:4]), found[0][4]) if found else None

    def revoke_access_keys(self, id_or_name: str, revoked_at: str) -> int:
        """Revoke the key with an id, or all with a name; return how many were revoked."""
        return self.change(_REVOKE, (revoked_at, id_or_name, id_or_name))


class Store(Protocol):
    """An open store, the clock of whatever is recorded in it, and the memory for what was read; a ledger is one."""

    @property
    def recorder(self) -> LedgerRecorder: ...

    @property
    def clock(self) -> CheckedClock: ...

    @property
    def memory(self) -> Memory: ...


def place_before(rows: Sequence[ScenarioRow]) -> tuple[str, str, int]:
    """Return the coalition, the scenario and the sequence of the event before the first of some rows."""
    return rows[0].coalition, rows[0].scenario, rows[0].sequence - 1


@contextmanager
def closed_on_failure(recorder: LedgerRecorder) -> Iterator[None]:
    """Close the connections if a store that was opened cannot be used."""
    try:
        yield
    except BaseException:
        recorder.close()
        raise
