"""A real service for tests: ``coalition serve`` in a process of its own, on a free port.

Import the fixture ``service`` for one on a fresh SQLite file; for any store and any number of processes, use
``with running(database_url) as service``.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain.ledger import Keys, Ledger

COALITION = Path(sys.executable).parent / "coalition"
"""The program, as it is installed beside the interpreter that runs the tests."""

KEY_NAME = "tester"
STOP_SECONDS = 20

_LISTENING = re.compile(r"listens on (http://\S+)")


@dataclass(slots=True)
class Service:
    """A service that listens: its ``url``, the secret of a ``key`` for writing, and the lines of stderr as ``log``."""

    process: subprocess.Popen[str]
    database_url: str
    url: str
    key: str
    log: list[str]
    log_reader: threading.Thread

    @property
    def authorization(self) -> dict[str, str]:
        """The header that lets a request write."""
        return {"Authorization": f"Bearer {self.key}"}

    def stop(self) -> int:
        """Ask the service to stop; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """End the service at once, whatever it is doing."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        """Wait for the end of the service; returns its exit code, after which the ``log`` is complete."""
        code = self.process.wait(STOP_SECONDS)
        self.log_reader.join(STOP_SECONDS)
        return code


@contextmanager
def running(
    database_url: str,
    *options: str,
    key: str | None = None,
    environment: Mapping[str, str] | None = None,
    through: Sequence[str] = (),
) -> Iterator[Service]:
    """Run a service, if it does not end earlier, until the block ends; makes a key unless one is given.

    ``through`` is a command that runs the command that follows it.
    """
    arguments = ["serve", "--port", "0", *options]
    process = start(*arguments, database_url=database_url, environment=environment, through=through)
    log: list[str] = []
    try:
        url = _await_listening(process, log)
        log_reader = threading.Thread(target=_read_log, args=(process, log), daemon=True)
        log_reader.start()
        yield Service(process, database_url, url, key or _new_key(database_url), log, log_reader)
    finally:
        process.kill()
        process.wait(STOP_SECONDS)


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """Run a service on an empty ledger."""
    with running(sqlite_url) as running_service:
        yield running_service


def start(
    *arguments: str, database_url: str, environment: Mapping[str, str] | None = None, through: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """Start the program with its stderr in a pipe, and without the settings of the caller's environment."""
    return subprocess.Popen(
        [*through, str(COALITION), *arguments],
        env=clean_environment() | {"COALITION_DATABASE_URL": database_url} | dict(environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def clean_environment() -> dict[str, str]:
    """The environment without the ledger's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COALITION_")}


def _await_listening(process: subprocess.Popen[str], log: list[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        log.append(line)
        if found := _LISTENING.search(line):
            return found[1]
    raise AssertionError(f"the service ended with {process.wait()}: {''.join(log)}")


def _read_log(process: subprocess.Popen[str], log: list[str]) -> None:
    """Read on, so that the pipe never fills."""
    assert process.stderr is not None
    log.extend(process.stderr)


def _new_key(database_url: str) -> str:
    ledger = Ledger(database_url)
    try:
        return Keys(ledger).add(KEY_NAME)
    finally:
        ledger.close()
