"""Opening a store: its address, its tables, and the durability of commits."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from domain.ledger import Keys, Ledger, StoreUnavailable
from domain.ledger.database_url import PostgresServer, SqliteFile, parse
from tests.domain.ledger.facts import formed, pledge

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///ledger.db", "ledger.db"),
        ("sqlite:///data/ledger.db", "data/ledger.db"),
        ("sqlite:////var/lib/ledger.db", "/var/lib/ledger.db"),
        ("sqlite:///with%20space.db", "with space.db"),
    ],
)
def test_a_sqlite_address_is_a_file(url: str, path: str) -> None:
    assert parse(url) == SqliteFile(path)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:secret@host:5432/ledger",
        "postgresql:///ledger?host=/var/run/postgresql",
        "postgresql://host/ledger?sslmode=verify-full&target_session_attrs=read-write",
    ],
)
def test_a_postgresql_address_is_any_uri_of_its_library(url: str) -> None:
    assert parse(url) == PostgresServer(url)


@pytest.mark.parametrize(
    "url",
    [
        "", "ledger.db", "sqlite:", "sqlite://", "sqlite:///", "sqlite://host/file.db", "sqlite:///dir/", "sqlite:///:memory:",
        "sqlite:///a.db?mode=ro", "sqlite:///a%00b", "mysql://user:secret@host/ledger", "postgresql://user:secret@host/",
        "postgresql://user:secret@host:port/ledger", "postgresql://user:secret@host/ledger?no_such=1",
        "POSTGRESQL://user:secret@host/ledger", "postgresql+psycopg://user:secret@host/ledger",
    ],
)  # fmt: skip
def test_any_other_address_is_refused_without_showing_its_password(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:////|file") as refusal:
        Ledger(url)
    assert "secret" not in str(refusal.value)


def test_a_missing_store_is_unavailable(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/directory.db", "postgresql://nobody:secret@127.0.0.1:1/ledger"):
        with pytest.raises(StoreUnavailable) as failure:
            Ledger(url)
        assert "secret" not in str(failure.value)
        assert "unable to open" in str(failure.value) or "onnection refused" in str(failure.value)


def test_a_file_that_is_not_a_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("no database, but some text that is long enough to be told apart" * 100)
    with pytest.raises(StoreUnavailable):
        Ledger(f"sqlite:///{tmp_path}/ledger.db")


OPEN = """
import sys
from domain.ledger import Ledger
sys.stdin.readline()
ledger = Ledger(sys.argv[1])
ledger.check()
print(len(ledger.coalitions()))
"""


def test_processes_that_start_at_once_share_the_tables(database_url: str) -> None:
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
    assert answers == [("0\n", "")] * 2


def test_threads_that_start_at_once_share_the_tables(database_url: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        ledgers = list(pool.map(lambda _: Ledger(database_url), range(8)))
    ledgers[0].record("willing", [formed()], recorded_by="desk")
    assert {ledger.history("willing").sequence for ledger in ledgers} == {1}
    for ledger in ledgers:
        ledger.close()


def test_a_record_outlives_its_process(database_url: str) -> None:
    first = Ledger(database_url)
    first.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    first.close()
    second = Ledger(database_url)
    assert second.history("willing").sequence == 2
    second.close()


def test_a_closed_ledger_is_unavailable(database_url: str) -> None:
    ledger = Ledger(database_url)
    ledger.record("willing", [formed()], recorded_by="desk")
    ledger.check()
    ledger.close()
    for ask in (
        ledger.check,
        ledger.coalitions,
        lambda: ledger.history("willing"),
        lambda: ledger.record("willing", [pledge("gbr")], recorded_by="desk"),
        lambda: Keys(ledger).authenticate("secret"),
    ):
        with pytest.raises(StoreUnavailable):
            ask()


def test_a_commit_on_sqlite_is_on_the_disk(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    assert ledger.recorder.select("PRAGMA synchronous") == [(2,)]
    assert ledger.recorder.select("PRAGMA journal_mode") == [("wal",)]
    ledger.close()


def test_a_commit_on_postgresql_is_on_the_disk_whatever_the_default(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        name = connection.info.dbname
        for default, in_force in (("off", "on"), ("local", "local"), ("on", "on")):
            connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = '{default}'".encode())
            ledger = Ledger(postgres_url)
            assert ledger.recorder.select("SHOW synchronous_commit") == [(in_force,)]
            assert ledger.recorder.select("SHOW lock_timeout") == [("4s",)]
            assert ledger.recorder.select("SHOW statement_timeout") == [("5s",)]
            ledger.close()


def test_a_service_needs_no_right_to_make_tables(postgres_url: str) -> None:
    Ledger(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        role = f"writer_{connection.info.dbname}"
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'writer'".encode())
        connection.execute(f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}".encode())
        connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}".encode())
        host, port, database = connection.info.host, connection.info.port, connection.info.dbname
        ledger = Ledger(f"postgresql://{role}:writer@{host}:{port}/{database}")
        assert ledger.record("willing", [formed()], recorded_by="desk").last_sequence == 1
        ledger.close()
        connection.execute(f"DROP OWNED BY {role}".encode())
        connection.execute(f"DROP ROLE {role}".encode())


def test_recording_waits_for_a_process_that_locks_the_file(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release: Callable[[], object] = lambda: other.execute("ROLLBACK")  # noqa: E731
    with ThreadPoolExecutor(1) as pool:
        recording = pool.submit(ledger.record, "willing", [formed()], recorded_by="desk")
        assert not recording.done()
        release()
        assert recording.result(20).last_sequence == 1
    other.close()
    ledger.close()
