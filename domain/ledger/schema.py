"""The tables of a store: how each version is made from the one before.

A store's version is the number of migrations applied to it; its table ``schema_version`` has a row for each. A store
without that table is at version 0, whether it is empty or has tables, which the first migration leaves as they are.

To change the tables, add an entry at the end of ``MIGRATIONS``; never change an entry that has been released. While
services are replaced one by one, those of the version before still use the store: add before you remove.
"""

from typing import Literal, NamedTuple

from domain.ledger.failures import NewerSchema

Dialect = Literal["sqlite", "postgresql"]


class Migration(NamedTuple):
    """The statements of one step for each kind of store, run in order and in one transaction."""

    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]

    def statements(self, dialect: Dialect) -> tuple[str, ...]:
        """Return the statements for one kind of store."""
        return self.sqlite if dialect == "sqlite" else self.postgresql


MIGRATIONS: list[Migration] = [
    Migration(
        sqlite=(
            "CREATE TABLE schema_version (version INTEGER PRIMARY KEY)",
            """CREATE TABLE IF NOT EXISTS stored_events (
    originator_id TEXT, originator_version INTEGER, topic TEXT, state BLOB,
    PRIMARY KEY (originator_id, originator_version))""",
            """CREATE TABLE IF NOT EXISTS idempotency (
    coalition TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL,
    first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL, PRIMARY KEY (coalition, key)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS scenario_events (
    coalition TEXT NOT NULL, scenario TEXT NOT NULL, sequence INTEGER NOT NULL, topic TEXT NOT NULL,
    state BLOB NOT NULL, PRIMARY KEY (coalition, scenario, sequence)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS access_keys (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, created_at TEXT NOT NULL, revoked_at TEXT)""",
        ),
        postgresql=(
            "CREATE TABLE schema_version (version integer PRIMARY KEY)",
            """CREATE TABLE IF NOT EXISTS stored_events (
    originator_id text NOT NULL, originator_version bigint NOT NULL, topic text, state bytea,
    notification_id bigserial, PRIMARY KEY (originator_id, originator_version))""",
            "CREATE UNIQUE INDEX IF NOT EXISTS stored_events_notification_id_idx ON stored_events (notification_id)",
            """CREATE TABLE IF NOT EXISTS idempotency (
    coalition text NOT NULL, key text NOT NULL, digest bytea NOT NULL,
    first_sequence bigint NOT NULL, last_sequence bigint NOT NULL, PRIMARY KEY (coalition, key))""",
            """CREATE TABLE IF NOT EXISTS scenario_events (
    coalition text NOT NULL, scenario text NOT NULL, sequence bigint NOT NULL, topic text NOT NULL,
    state bytea NOT NULL, PRIMARY KEY (coalition, scenario, sequence))""",
            """CREATE TABLE IF NOT EXISTS access_keys (
    id text PRIMARY KEY, name text NOT NULL, hash bytea NOT NULL UNIQUE, created_at text NOT NULL, revoked_at text)""",
        ),
    ),
    # The identity tells a store from any other. ``checks`` is written to find out whether the store can be written; it
    # is a table of its own, so that the identity stays where it is. ``streams`` has the streams' heads (``heads.py``).
    Migration(
        sqlite=(
            "CREATE TABLE store (identity TEXT NOT NULL)",
            "INSERT INTO store VALUES (lower(hex(randomblob(16))))",
            "CREATE TABLE checks (number INTEGER NOT NULL)",
            "INSERT INTO checks VALUES (0)",
            """CREATE TABLE streams (
    coalition TEXT PRIMARY KEY, sequence INTEGER NOT NULL, event_id TEXT NOT NULL, recorded_at TEXT NOT NULL,
    names TEXT NOT NULL) WITHOUT ROWID""",
        ),
        postgresql=(
            "CREATE TABLE store (identity text NOT NULL)",
            "INSERT INTO store VALUES (replace(gen_random_uuid()::text, '-', ''))",
            "CREATE TABLE checks (number bigint NOT NULL)",
            "INSERT INTO checks VALUES (0)",
            """CREATE TABLE streams (
    coalition text PRIMARY KEY, sequence bigint NOT NULL, event_id text NOT NULL, recorded_at text NOT NULL,
    names text NOT NULL)""",
        ),
    ),
]


def missing(version: int) -> list[tuple[int, Migration]]:
    """Return the migrations that a store of a version lacks, each with the version that it leads to.

    Raises ``NewerSchema`` for a version that this program does not know.
    """
    if version > len(MIGRATIONS):
        raise NewerSchema(version, len(MIGRATIONS))
    return list(enumerate(MIGRATIONS, start=1))[version:]
