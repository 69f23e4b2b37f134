"""PostgreSQL servers to be stopped, killed and promoted: one alone, or a primary whose commits wait for its standby."""

import contextlib
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from tests.running.postgres import Account, answers, free_port, initialise, reachable_binaries, start, stop

SECONDS = 30.0
STANDBY = "standby"
"""The name under which the standby receives the log, and for which the primary waits."""


@dataclass(slots=True)
class Server:
    """One of the servers: its directory, its port, and its process while it runs."""

    base: Path
    binaries: Path
    account: Account
    password: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's own database."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Start the server at its port, and wait until it accepts connections."""
        log = self.base / "log"
        self.process = start(self.base / "data", self.binaries, self.account, self.port, log, settings=self.settings)
        if not answers(self.process, self.port):
            raise RuntimeError(f"PostgreSQL did not start:\\n{log.read_text(errors='replace')}")

    def stop(self) -> None:
        """Shut the server down in order."""
        if self.process is not None:
            stop(self.process)

    def kill(self) -> None:
        """End the server at once, as a power cut would: it has no time to tell anyone."""
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGQUIT)
        self.process.wait(SECONDS)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement, in a transaction of its own; returns its rows."""
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def wait_until(self, condition: str) -> None:
        """Wait until a query returns true; a server that does not answer is asked again."""
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(psycopg.OperationalError):
                if self.ask(f"SELECT {condition}")[0][0]:
                    return
            time.sleep(0.02)
        raise AssertionError(f"not within {SECONDS:.0f} s: {condition}")


@dataclass(slots=True)
class Pair:
    """The primary and its standby."""

    primary: Server
    standby: Server

    @property
    def url(self) -> str:
        """Both servers; a client finds the one that takes writes."""
        places = ",".join(f"127.0.0.1:{server.port}" for server in (self.primary, self.standby))
        return f"postgresql://postgres:{self.primary.password}@{places}/postgres?target_session_attrs=read-write"

    def wait_until_in_step(self) -> None:
        """Wait until the primary's commits wait for the standby, which has all of its log."""
        self.primary.wait_until(
            "EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync' AND flush_lsn = pg_current_wal_lsn())"
        )

    def wait_until_a_commit_waits(self) -> None:
        """Wait until a client of the primary waits for the standby."""
        self.primary.wait_until(f"EXISTS (SELECT FROM ({WAITING}) AS waiting)")

    def promote(self) -> None:
        """Make the standby the primary."""
        self.standby.ask("SELECT pg_promote()")
        self.standby.wait_until("NOT pg_is_in_recovery()")


WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
"""The processes whose commit waits for the standby."""


@contextlib.contextmanager
def running_alone(**settings: str) -> Iterator[Server]:
    """Start one server, empty but for the database ``postgres``, and stop it at the end."""
    account = Account.able_to_serve()
    base = Path(tempfile.mkdtemp(prefix="coalition-server-")).resolve()
    account.own(base)
    try:
        server = Server(base, reachable_binaries(base, account), account, secrets.token_hex(16), settings)
        initialise(base, server.binaries, account, server.password)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def running_pair() -> Iterator[Pair]:
    """Start a primary and its standby in step, and stop both at the end; empty but for the database ``postgres``."""
    account = Account.able_to_serve()
    base = Path(tempfile.mkdtemp(prefix="coalition-pair-")).resolve()
    account.own(base)
    try:
        binaries, password = reachable_binaries(base, account), secrets.token_hex(16)
        primary, standby = (_server(base / name, binaries, account, password) for name in ("primary", STANDBY))
        primary.settings = {"synchronous_standby_names": STANDBY, "wal_receiver_timeout": "2s"}
        initialise(primary.base, binaries, account, password)
        try:
            # Nothing may wait for the standby before it is there.
            with _started(primary, synchronous_standby_names=""):
                _copy(primary, standby)
            primary.start()
            standby.start()
            pair = Pair(primary, standby)
            pair.wait_until_in_step()
            yield pair
        finally:
            standby.stop()
            primary.stop()
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextlib.contextmanager
def _started(server: Server, **settings: str) -> Iterator[None]:
    usual, server.settings = server.settings, server.settings | settings
    server.start()
    try:
        yield
    finally:
        server.stop()
        server.settings = usual


def _server(base: Path, binaries: Path, account: Account, password: str) -> Server:
    base.mkdir()
    account.own(base)
    return Server(base, binaries, account, password)


def _copy(primary: Server, standby: Server) -> None:
    """Copy the primary's directory, with the settings that let the copy follow it."""
    source = f"host=127.0.0.1 port={primary.port} user=postgres password={primary.password} application_name={STANDBY}"
    command = [str(primary.binaries / "pg_basebackup"), "-D", str(standby.base / "data"), "-d", source]
    command += ["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]
    options = primary.account.popen_options()
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=standby.base, **options)
    if done.returncode != 0:
        raise RuntimeError(f"pg_basebackup failed:\\n{done.stderr}")
