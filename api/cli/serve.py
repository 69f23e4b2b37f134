"""``coalition serve``: the service in one process, until Ctrl-C or SIGTERM."""

import gc
import os
import shutil
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import uvicorn

from api.app import create_app
from api.cli import example
from api.cli.client import local_ledger
from api.cli.failures import DONE, MISUSED, CommandFailed
from api.cli.output import say
from api.http.connections import Connections, limit_unsent, limits_by_descriptors
from api.settings import DEFAULT_DATABASE_URL, Settings, UnusableSettings
from domain.ledger import Keys, Ledger
from domain.ledger.collector import freeze_loaded_objects
from domain.ledger.database_url import SqliteFile, parse

GRACE_SECONDS = 5
"""How long requests in progress may take once the service was asked to stop."""

YOUNG = 5_000
"""New objects after which the garbage collector examines the youngest: about those of one picture."""

_DEFAULT_FILE = DEFAULT_DATABASE_URL.removeprefix("sqlite:///")
PICTURE_DAY = "2025-04-10"
_FIRST_FACT = (
    '{"type": "CoalitionFormed", "effective_at": "2025-06-01", "name": "A trial", "sources": [{"publisher": "me"}]}'
)


def serve(host: str, port: int, *, with_example: bool, database: str | None) -> None:
    """Serve until asked to stop. Raises ``CommandFailed``, also if open reading would reach beyond this machine."""
    settings = _settings(host, database)
    with local_ledger(settings.database_url, create=True) as ledger, _listener(host, port) as listener:
        address = _address(listener, host)
        store = _store_option(settings.database_url)
        hints = _example_hints(ledger, address, store) if with_example else _hints(ledger, store)
        _Service(ledger, settings, [f"The ledger listens on {address} (Ctrl-C stops it).", *hints]).run_on(listener)


def _settings(host: str, database: str | None) -> Settings:
    try:
        settings = Settings.from_environment()
        settings.check_listening(host)
    except UnusableSettings as error:
        raise CommandFailed(str(error), MISUSED) from None
    return replace(settings, database_url=database or settings.database_url)


def _listener(host: str, port: int) -> socket.socket:
    """A socket bound to the address; early connections wait until the service answers, and are not refused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.create_server(address[:2], family=family, backlog=2048)
        limit_unsent(listener)
        return listener
    except socket.gaierror:
        raise CommandFailed(f"{host} has no known address", MISUSED) from None
    except OSError as error:
        raise CommandFailed(
            f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}; try another --port"
        ) from None


def _address(listener: socket.socket, host: str) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


class _Service(uvicorn.Server):
    """Prints a greeting once it listens, and exits with 0 when it is asked to stop."""

    def __init__(self, ledger: Ledger, settings: Settings, greeting: list[str]) -> None:
        app = create_app(ledger, settings)
        limits = limits_by_descriptors()
        # Answers do not name the server, and no header is trusted about where a client comes from.
        super().__init__(
            uvicorn.Config(
                app, http=Connections(limits).protocol, ws="none", access_log=False, log_level="warning",
                server_header=False, proxy_headers=False, timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )  # fmt: skip
        first, *rest = greeting
        self._greeting = [first, f"It holds up to {limits.connections:,} connections at once.", *rest]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and print the greeting."""
        configure_collector()
        await super().startup(sockets)
        for line in self._greeting:
            say(line)

    def run_on(self, listener: socket.socket) -> None:
        """Serve until asked to stop."""
        signal.signal(signal.SIGTERM, _leave)
        try:
            self.run([listener])
        except KeyboardInterrupt:
            say("Stopped.")


def configure_collector() -> None:
    """Spare loaded objects the garbage collector, and have it examine young ones less often."""
    freeze_loaded_objects()
    gc.set_threshold(YOUNG)


def _leave(*_: Any) -> NoReturn:
    raise SystemExit(DONE)


# --- the greeting -----------------------------------------------------------------------------------------------------


def _hints(ledger: Ledger, store: str) -> list[str]:
    if any(key.revoked_at is None for key in Keys(ledger).list()):
        return []
    return [f"Recording over HTTP needs a key. Create one with `{_program()} keys add NAME{store}`."]


def _example_hints(ledger: Ledger, address: str, store: str) -> list[str]:
    """Record the example and create a key, if this is the first start; returns what to print about them."""
    is_loaded = example.load_on_first_start(ledger)
    secret = example.make_key_on_first_start(ledger)
    lines = [f"The example was recorded as the coalition {example.COALITION}."] if is_loaded else []
    if any(item.coalition == example.COALITION for item in ledger.coalitions()):
        lines += [
            "",
            f"  The force on {PICTURE_DAY}, as a page, as JSON and on the command line:",
            f"    {address}/c/{example.COALITION}?valid_at={PICTURE_DAY}",
            f"    {address}/coalitions/{example.COALITION}/picture?valid_at={PICTURE_DAY}",
            f"    {_program()} picture --url {address} --coalition {example.COALITION} --valid-at {PICTURE_DAY}",
        ]
    return [
        *lines,
        "",
        "  The API, to read and try out:",
        f"    {address}/docs",
        "",
        *_key_hints(secret, address, store),
    ]


def _key_hints(secret: str | None, address: str, store: str) -> list[str]:
    if secret is None:
        return [
            "  Recording needs a key. Existing keys cannot be shown again;",
            f"  create another with `{_program()} keys add NAME{store}`.",
        ]
    return [
        f'  Recording needs a key. This one, "{example.KEY_NAME}", is shown only once:',
        f"    {secret}",
        "  Use it to start a coalition of your own:",
        f"    curl -H 'Authorization: Bearer {secret}' \\",
        "      -H 'Content-Type: application/json' -H 'Idempotency-Key: trial-1' \\",
        f"      -d '{_FIRST_FACT}' \\",
        f"      {address}/coalitions/trial/events",
    ]


def _store_option(database_url: str) -> str:
    """The option with which another command finds this store, which its own environment may not name."""
    address = parse(database_url)
    is_elsewhere = isinstance(address, SqliteFile) and Path(address.path).resolve() != Path(_DEFAULT_FILE).resolve()
    return f" --database {database_url}" if is_elsewhere else ""


def _program() -> str:
    """The command as it can be typed."""
    return "coalition" if shutil.which("coalition") else sys.argv[0]
