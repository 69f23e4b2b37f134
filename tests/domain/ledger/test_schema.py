"""The tables of a store have a version: older ones are migrated once and completely, newer ones are refused."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Timer

import psycopg
import pytest

from domain.events import EVENT
from domain.ledger import Keys, Ledger, NewerSchema, Scenarios, StoreUnavailable, schema
from domain.ledger.schema import MIGRATIONS, Migration
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import formed, pledge
from tests.running.command_line import coalition

ROOT = Path(__file__).parents[3]
GOLDEN = Path(__file__).parent / "golden_stores"
"""``<version>-<kind of store>.sql``: what programs of past versions left. Files are added, never changed."""

EXPORTED = Path(__file__).parent / "golden_exports" / "unversioned.ndjson"
"""The coalition ``willing`` of the golden SQLite store, as it was exported at the time."""


def run(database_url: str, script: str) -> None:
    """Run statements in a store, past the program."""
    if database_url.startswith("sqlite"):
        connection = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        connection.executescript(script)
        connection.close()
    else:
        with psycopg.connect(database_url, autocommit=True) as server:
            server.execute(script.encode())


def versions(ledger: Ledger) -> list[int]:
    return [version for (version,) in ledger.recorder.select("SELECT version FROM schema_version ORDER BY version")]


def left_by_version(version: int, database_url: str) -> None:
    """Fill a store with what a program of a version left."""
    kind = database_url.partition(":")[0]
    run(database_url, (GOLDEN / f"{version}-{kind}.sql").read_text(encoding="utf-8"))


def with_a_table_more() -> list[Migration]:
    """The migrations and a made-up one, which cannot be run twice."""
    statements = ("CREATE TABLE made_up (number integer)", "INSERT INTO made_up VALUES (1)")
    return [*MIGRATIONS, Migration(sqlite=statements, postgresql=statements)]


def test_a_new_store_has_the_newest_version(ledger: Ledger) -> None:
    assert versions(ledger) == list(range(1, len(MIGRATIONS) + 1))


@pytest.mark.parametrize("version", [0, 1])
def test_a_store_of_a_past_version_loses_nothing(database_url: str, opened: Opened, version: int) -> None:
    left_by_version(version, database_url)
    ledger = opened()
    assert versions(ledger) == list(range(1, len(MIGRATIONS) + 1))
    assert [(one.coalition, one.sequence) for one in ledger.coalitions()] == [("able", 1), ("willing", 5)]
    facts = [event.fact for event in ledger.history("willing").events]
    assert facts == [EVENT.validate_json(line).fact for line in EXPORTED.read_bytes().splitlines()]
    request = facts[1:3]
    assert ledger.record("willing", request, recorded_by="news desk", idempotency_key="k").is_repeat
    scenario = Scenarios(ledger).get("willing", "no-leaks")
    assert (scenario.sequence, scenario.state.name, len(scenario.state.changes)) == (2, "No leaks", 1)
    repeat = Scenarios(ledger).record(
        "willing", "no-leaks", lambda _: [], recorded_by="desk", request=b"open {}", idempotency_key="s"
    )
    assert repeat.is_repeat
    keys = Keys(ledger)
    assert [(key.name, key.revoked_at is None) for key in keys.list()] == [("desk", True), ("former", False)]
    assert keys.authenticate("coal_of-a-golden-store-1") == "desk"
    assert ledger.record("willing", [pledge("pol")], recorded_by="desk").last_sequence == 6


def test_a_store_that_lacks_a_table_of_the_first_version_gets_it(database_url: str, opened: Opened) -> None:
    left_by_version(0, database_url)
    run(database_url, "DROP TABLE scenario_events")
    ledger = opened()
    assert Scenarios(ledger).all("willing") == []
    assert ledger.history("willing").sequence == 5


def test_a_migration_is_added_by_one_entry(database_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().record("willing", [formed()], recorded_by="desk")
    monkeypatch.setattr(schema, "MIGRATIONS", with_a_table_more())
    for _ in range(2):
        ledger = opened()
        assert versions(ledger) == list(range(1, len(MIGRATIONS) + 2))
        assert ledger.recorder.select("SELECT number FROM made_up") == [(1,)]
        assert ledger.history("willing").sequence == 1


def test_programs_that_start_at_once_migrate_once(
    database_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    left_by_version(0, database_url)
    monkeypatch.setattr(schema, "MIGRATIONS", with_a_table_more())
    together = Barrier(6)

    def start(_: int) -> Ledger:
        together.wait()
        return opened()

    with ThreadPoolExecutor(6) as pool:
        ledgers = list(pool.map(start, range(6)))
    for ledger in ledgers:
        assert versions(ledger) == list(range(1, len(MIGRATIONS) + 2))
        assert ledger.recorder.select("SELECT number FROM made_up") == [(1,)]
        assert ledger.history("willing").sequence == 5


OPEN = """
import sys
from domain.ledger import Ledger, schema
from domain.ledger.schema import Migration
statements = ("CREATE TABLE made_up (number integer)", "INSERT INTO made_up VALUES (1)")
schema.MIGRATIONS.append(Migration(sqlite=statements, postgresql=statements))
sys.stdin.readline()
ledger = Ledger(sys.argv[1])
print(ledger.history("willing").sequence, ledger.recorder.select("SELECT number FROM made_up"))
ledger.close()
"""


def test_processes_that_start_at_once_migrate_once(database_url: str) -> None:
    left_by_version(0, database_url)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda process: process.communicate("\n", timeout=60), processes))
    assert answers == [("5 [(1,)]\n", "")] * 2


def test_a_file_without_a_write_ahead_log_is_opened_once_another_process_has_written(sqlite_url: str) -> None:
    left_by_version(0, sqlite_url)
    writer = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    assert writer.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    writer.execute("BEGIN IMMEDIATE")
    Timer(0.3, writer.execute, ["ROLLBACK"]).start()
    ledger = Ledger(sqlite_url)
    assert ledger.history("willing").sequence == 5
    ledger.close()
    writer.close()


def test_a_failed_migration_changes_nothing(database_url: str, opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().record("willing", [formed()], recorded_by="desk")
    statements = ("CREATE TABLE made_up (number integer)", "INSERT INTO nowhere VALUES (1)")
    monkeypatch.setattr(schema, "MIGRATIONS", [*MIGRATIONS, Migration(sqlite=statements, postgresql=statements)])
    with pytest.raises(StoreUnavailable, match=f"tables at version {len(MIGRATIONS)} cannot be updated.*nowhere"):
        opened()
    monkeypatch.setattr(schema, "MIGRATIONS", MIGRATIONS)
    ledger = opened()
    assert versions(ledger) == list(range(1, len(MIGRATIONS) + 1))
    assert not ledger.recorder.has_table("made_up")
    assert ledger.record("willing", [pledge("gbr")], recorded_by="desk").last_sequence == 2


def test_a_newer_store_is_refused(database_url: str, opened: Opened) -> None:
    ledger = opened()
    ledger.record("willing", [formed()], recorded_by="desk")
    newer = len(MIGRATIONS) + 1
    ledger.recorder.change("INSERT INTO schema_version (version) VALUES (?)", (newer,))
    with pytest.raises(NewerSchema, match=f"at version {newer}.* up to {newer - 1}"):
        opened()
    for command in (["coalitions"], ["serve", "--port", "0"], ["keys", "list"]):
        done = coalition(*command, database_url=database_url)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1), done.stderr
        assert f"at version {newer}" in done.stderr


def test_a_service_without_the_right_to_migrate_says_so(postgres_url: str) -> None:
    left_by_version(0, postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        role = f"writer_{connection.info.dbname}"
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'writer'".encode())
        try:
            connection.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}".encode())
            host, port, database = connection.info.host, connection.info.port, connection.info.dbname
            with pytest.raises(StoreUnavailable, match=r"version 0 cannot be updated.*permission denied"):
                Ledger(f"postgresql://{role}:writer@{host}:{port}/{database}")
        finally:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())
