"""The interface of a store, beyond that of the library's recorders; ``sqlite.py`` and ``postgres.py`` implement it.

Four tables (``schema.py`` creates them): the library's ``stored_events``; ``scenario_events``, which belong to no
coalition's record; ``idempotency``, whose rows are inserted in the events' own transaction; and ``access_keys``.
Readers follow each stream by its sequence, which has no gaps, and not by the library's notification ids.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, NamedTuple, Protocol

from eventsourcing.domain import EventSourcingError
from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from domain.ledger.failures import StoreUnavailable
from domain.ledger.identity import Clock
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


_SCHEMA_VERSION = "SELECT max(version) FROM schema_version"
_ROWS = """SELECT originator_version, topic, state FROM stored_events
WHERE originator_id = ? AND originator_version > ? ORDER BY originator_version LIMIT ?"""
_SEQUENCE = "SELECT max(originator_version) FROM stored_events WHERE originator_id = ?"
# Steps along the index from one coalition to the next: the cost follows the coalitions, not the events.
_COALITIONS = """WITH RECURSIVE coalition(id) AS (
    SELECT min(originator_id) FROM stored_events
    UNION ALL
    SELECT (SELECT min(originator_id) FROM stored_events WHERE originator_id > coalition.id) FROM coalition
    WHERE coalition.id IS NOT NULL)
SELECT id FROM coalition WHERE id IS NOT NULL"""
_ALL_REQUESTS = "SELECT coalition, key, digest, first_sequence, last_sequence FROM idempotency WHERE coalition = ?"
_REQUESTS = f"{_ALL_REQUESTS} AND key IN "
_SCENARIO_ROWS = """SELECT sequence, topic, state FROM scenario_events
WHERE coalition = ? AND scenario = ? AND sequence > ? ORDER BY sequence"""
_SCENARIO_SEQUENCES = """SELECT scenario, max(sequence) FROM scenario_events WHERE coalition = ?
GROUP BY scenario ORDER BY scenario"""
_INSERT_ACCESS_KEY = "INSERT INTO access_keys (id, name, hash, created_at) VALUES (?, ?, ?, ?)"
_ACCESS_KEYS = "SELECT id, name, created_at, revoked_at FROM access_keys ORDER BY created_at, id"
_ACCESS_KEY = "SELECT id, name, created_at, revoked_at, hash FROM access_keys WHERE hash = ?"
_REVOKE = "UPDATE access_keys SET revoked_at = ? WHERE revoked_at IS NULL AND (id = ? OR name = ?)"


class Insert(Protocol):
    """Inserts events and the requests that they were recorded for."""

    def __call__(self, stored_events: Sequence[StoredEvent], *, requests: Sequence[Request]) -> Any: ...


class LedgerRecorder(ApplicationRecorder):
    """A store of events, of the requests that they were recorded for, and of access keys.

    ``insert_events(rows, requests=...)`` inserts both or nothing; it raises the library's ``IntegrityError`` if a
    sequence or a key is taken.
    """

    dialect: ClassVar[Dialect]

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
        self, rows: Iterable[StoredEvent], scenario_rows: Iterable[ScenarioRow], requests: Iterable[Request]
    ) -> None:
        """Insert a whole stream and its scenarios in one transaction; consumes the arguments one after the other."""

    @abstractmethod
    def insert_scenario_events(self, rows: Sequence[ScenarioRow], requests: Sequence[Request]) -> None:
        """Insert events of a scenario and their request, or nothing; ``IntegrityError`` as above."""

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

    @abstractmethod
    def close(self) -> None:
        """Close the connections."""

    def migrate(self) -> None:
        """Bring the tables to this program's version; if processes start together, one does it and the others wait.

        Raises ``NewerSchema``; ``StoreUnavailable`` if the store does not allow it.
        """
        # The check comes first so that a service can run without the right to create tables.
        version = self.schema_version()
        if not missing(version):
            return
        try:
            with self.changing_tables() as run:
                for number, migration in missing(self.schema_version()):
                    for statement in migration.statements(self.dialect):
                        run(statement)
                    run(f"INSERT INTO schema_version (version) VALUES ({number})")
        except EventSourcingError as error:
            raise StoreUnavailable(f"the database's tables at version {version} cannot be updated: {error}") from error

    def schema_version(self) -> int:
        """Select the version of the tables; 0 if there is none."""
        return self.select(_SCHEMA_VERSION)[0][0] or 0 if self.has_table("schema_version") else 0

    def rows(self, coalition: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        """Select (sequence, topic, state) of the events after a sequence, in order."""
        return self.select(_ROWS, (coalition, after, limit))

    def sequence(self, coalition: str) -> int:
        """Select the latest sequence; 0 if there is none."""
        return self.select(_SEQUENCE, (coalition,))[0][0] or 0

    def coalitions(self) -> list[str]:
        """Select every coalition on record."""
        return [slug for (slug,) in self.select(_COALITIONS)]

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
    """An open store and the clock of whatever is recorded in it; a ledger is one."""

    @property
    def recorder(self) -> LedgerRecorder: ...

    @property
    def clock(self) -> Clock: ...


@contextmanager
def closed_on_failure(recorder: LedgerRecorder) -> Iterator[None]:
    """Close the connections if a store that was opened cannot be used."""
    try:
        yield
    except BaseException:
        recorder.close()
        raise


@contextmanager
def available() -> Iterator[None]:
    """Turn the library's failures of the store into ``StoreUnavailable``."""
    try:
        yield
    except EventSourcingError as error:
        raise StoreUnavailable(f"the database does not answer: {error}") from error
