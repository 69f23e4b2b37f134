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
from api.settings import DEFAULT_DATABASE_URL, Settings, UnusableSettings
from domain.ledger import Keys, Ledger
from domain.ledger.collector import freeze_loaded_objects
from domain.ledger.database_url import SqliteFile, parse

GRACE_SECONDS = 5
"""So long may requests that are being answered take after the service was asked to stop."""

YOUNG = 5_000
"""So many objects more than before make the garbage collector look through the young ones: about a picture's worth."""

_DEFAULT_FILE = DEFAULT_DATABASE_URL.removeprefix("sqlite:///")
PICTURE_DAY = "2025-04-10"
_FIRST_FACT = (
    '{"type": "CoalitionFormed", "effective_at": "2025-06-01", "name": "A trial", "sources": [{"publisher": "me"}]}'
)


def serve(host: str, port: int, *, with_example: bool, database: str | None) -> None:
    """Serve until asked to stop. Raises ``CommandFailed``, also where open reading would reach beyond this machine."""
    settings = _settings(host, database)
    with local_ledger(settings.database_url, is_made=True) as ledger, _listening(host, port) as listener:
        address = _address(listener, host)
        store = _store_option(settings.database_url)
        hints = _first_start(ledger, address, store) if with_example else _start(ledger, store)
        _Service(ledger, settings, [f"The ledger listens on {address} (Ctrl-C stops it).", *hints]).run_on(listener)


def _settings(host: str, database: str | None) -> Settings:
    try:
        settings = Settings.from_environment()
        settings.check_listening(host)
    except UnusableSettings as error:
        raise CommandFailed(str(error), MISUSED) from None
    return replace(settings, database_url=database or settings.database_url)


def _listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address; whoever connects before the service answers is kept waiting, not refused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except socket.gaierror:
        raise CommandFailed(f"{host} has no known address", MISUSED) from None
    except OSError as error:
        raise CommandFailed(
            f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}; try another --port"
        ) from None


def _address(listener: socket.socket, host: str) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


class _Service(uvicorn.Server):
    """Says so once it listens, and leaves with 0 when it is asked to stop."""

    def __init__(self, ledger: Ledger, settings: Settings, greeting: list[str]) -> None:
        app = create_app(ledger, settings)
        # Clients are told no more of the server than they need, and it believes no header about where they come from.
        super().__init__(
            uvicorn.Config(
                app, access_log=False, log_level="warning", server_header=False, proxy_headers=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
        )  # fmt: skip
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        settle_the_collector()
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


def settle_the_collector() -> None:
    """Have the garbage collector leave alone what has been loaded, and look through young objects less often."""
    freeze_loaded_objects()
    gc.set_threshold(YOUNG)


def _leave(*_: Any) -> NoReturn:
    raise SystemExit(DONE)


# --- what it says at its start ----------------------------------------------------------------------------------------


def _start(ledger: Ledger, store: str) -> list[str]:
    if any(key.revoked_at is None for key in Keys(ledger).list()):
        return []
    return [f"Recording over HTTP needs a key. Create one with `{_program()} keys add NAME{store}`."]


def _first_start(ledger: Ledger, address: str, store: str) -> list[str]:
    """Load the example and make a key, if this is the first start; gives what to say of it."""
    is_loaded = example.load_on_first_start(ledger)
    secret = example.make_key_on_first_start(ledger)
    said = [f"The example was recorded as the coalition {example.COALITION}."] if is_loaded else []
    if any(listed.coalition == example.COALITION for listed in ledger.coalitions()):
        said += [
            "",
            f"  The force on {PICTURE_DAY}, as a page, as JSON and on the command line:",
            f"    {address}/c/{example.COALITION}?valid_at={PICTURE_DAY}",
            f"    {address}/coalitions/{example.COALITION}/picture?valid_at={PICTURE_DAY}",
            f"    {_program()} picture --url {address} --coalition {example.COALITION} --valid-at {PICTURE_DAY}",
        ]
    return [
        *said,
        "",
        "  The API, to read and try out:",
        f"    {address}/docs",
        "",
        *_key(secret, address, store),
    ]


def _key(secret: str | None, address: str, store: str) -> list[str]:
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
    """What another command has to be told to find this store, which the environment of its own may not name."""
    address = parse(database_url)
    is_elsewhere = isinstance(address, SqliteFile) and Path(address.path).resolve() != Path(_DEFAULT_FILE).resolve()
    return f" --database {database_url}" if is_elsewhere else ""


def _program() -> str:
    """The command as it can be typed."""
    return "coalition" if shutil.which("coalition") else sys.argv[0]
