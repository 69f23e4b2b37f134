"""A real service for tests: ``coalition serve`` in a process of its own, on a free port.

Use it as ``from tests.running.service import service`` (a fixture on a fresh SQLite file), or for any store and
any number of processes ``with running(database_url) as service``.
"""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
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
    """A service that listens: its ``url``, the secret of a ``key`` for writing, and what it ``said`` on stderr."""

    process: subprocess.Popen[str]
    database_url: str
    url: str
    key: str
    said: list[str]
    listener: threading.Thread

    @property
    def authorization(self) -> dict[str, str]:
        """The header that lets a request write."""
        return {"Authorization": f"Bearer {self.key}"}

    def stop(self) -> int:
        """Ask it to stop; gives its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def kill(self) -> None:
        """End it at once, whatever it is doing."""
        self.process.kill()
        self.ended()

    def ended(self) -> int:
        """Wait for its end; gives its exit code, after which ``said`` has everything."""
        code = self.process.wait(STOP_SECONDS)
        self.listener.join(STOP_SECONDS)
        return code


@contextmanager
def running(
    database_url: str, *options: str, key: str | None = None, environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Run a service until the block ends, if it still runs then; makes a key unless one is given."""
    process = started("serve", "--port", "0", *options, database_url=database_url, environment=environment)
    said: list[str] = []
    try:
        url = _until_it_listens(process, said)
        listener = threading.Thread(target=_listen, args=(process, said), daemon=True)
        listener.start()
        yield Service(process, database_url, url, key or _new_key(database_url), said, listener)
    finally:
        process.kill()
        process.wait(STOP_SECONDS)


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    """Run a service on an empty ledger."""
    with running(sqlite_url) as running_service:
        yield running_service


def started(*arguments: str, database_url: str, environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start the program, its output in pipes; nothing that the caller's environment says of ledgers reaches it."""
    return subprocess.Popen(
        [str(COALITION), *arguments],
        env=clean_environment() | {"COALITION_DATABASE_URL": database_url} | dict(environment or {}),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def clean_environment() -> dict[str, str]:
    """The environment without any setting of ours."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COALITION_")}


def _until_it_listens(process: subprocess.Popen[str], said: list[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        said.append(line)
        if found := _LISTENING.search(line):
            return found[1]
    raise AssertionError(f"the service ended with {process.wait()} and said: {''.join(said)}")


def _listen(process: subprocess.Popen[str], said: list[str]) -> None:
    """Read on, so that the pipe never fills."""
    assert process.stderr is not None
    said.extend(process.stderr)


def _new_key(database_url: str) -> str:
    ledger = Ledger(database_url)
    try:
        return Keys(ledger).add(KEY_NAME)
    finally:
        ledger.close()
