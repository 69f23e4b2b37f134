"""Services that start at once, for tests that kill many: a process with everything imported forks each of them.

Run as ``python -m tests.running.fork_server DATABASE_URL [FILE]``. For every line on its standard input it starts a
service and writes the service's process id and port. The file says by how many seconds the services' clock is off.
"""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from api.app import create_app
from api.settings import Settings
from domain.ledger import Ledger
from domain.ledger.clock import CheckedClock, system_clock


def main(database_url: str, clock_file: str | None = None) -> None:
    """Fork a service for every line of standard input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        listening = socket.create_server(("127.0.0.1", 0))
        process_id = os.fork()
        if process_id == 0:
            app = create_app(Ledger(database_url, _clock(clock_file)), Settings(database_url=database_url))
            uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])
            os._exit(0)
        sys.stdout.write(f"{process_id} {listening.getsockname()[1]}\n")
        sys.stdout.flush()
        listening.close()


def _clock(file: str | None) -> CheckedClock:
    if file is None:
        return CheckedClock()
    return CheckedClock(lambda: system_clock() + int(Path(file).read_text()) * 1_000_000)


@dataclass(slots=True)
class ForkedService:
    """A service that the server forked."""

    process_id: int
    url: str

    def kill(self) -> None:
        """End the service at once, whatever it is doing."""
        with suppress(ProcessLookupError):
            os.kill(self.process_id, signal.SIGKILL)


@dataclass(slots=True)
class ForkServer:
    """The process that forks services, and those that it has forked."""

    process: subprocess.Popen[str]
    services: list[ForkedService] = field(default_factory=list)

    def start(self) -> ForkedService:
        """Start a service, which accepts connections at once."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        process_id, port = map(int, self.process.stdout.readline().split())
        self.services.append(ForkedService(process_id, f"http://127.0.0.1:{port}"))
        return self.services[-1]


@contextmanager
def fork_server(database_url: str, clock_file: Path | None = None) -> Iterator[ForkServer]:
    """Fork services on a store until the block ends."""
    command = [sys.executable, "-m", "tests.running.fork_server", database_url]
    command += [str(clock_file)] if clock_file else []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        server = ForkServer(process)
        try:
            yield server
        finally:
            for service in server.services:
                service.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
