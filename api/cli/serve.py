"""``coalition serve``: the service in one process or several, until Ctrl-C or SIGTERM."""

import asyncio
import gc
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path
from threading import Timer
from types import FrameType
from typing import Any, NoReturn

import uvicorn

from api.app import create_app
from api.cli import example
from api.cli.client import local_ledger
from api.cli.failures import DONE, MISUSED, CommandFailed
from api.cli.output import say
from api.cli.workers import Workers
from api.http.connections import Connections, limit_unsent, limits_by_descriptors
from api.services import services_of
from api.settings import DEFAULT_DATABASE_URL, Settings, UnusableSettings
from domain.ledger import Keys, Ledger, ReadOnlyStore, StoreFull
from domain.ledger.collector import freeze_loaded_objects
from domain.ledger.database_url import SqliteFile, parse

FINISH_SECONDS, CLOSE_SECONDS, END_SECONDS = 7.0, 8.0, 9.0
"""After the service was asked to stop: how long requests in progress may still take, when what is left of them is cut
off, and when the process ends, whatever it is doing. What it has answered as recorded is on the disk."""

YOUNG = 5_000
"""New objects after which the garbage collector examines the youngest: about those of one picture."""

SWITCH_SECONDS = 0.001
"""How long a thread may compute while another waits for the interpreter. With Python's default, five times as long, a
request that takes a millisecond waits three times as long beside long work."""

_DEFAULT_FILE = DEFAULT_DATABASE_URL.removeprefix("sqlite:///")
PICTURE_DAY = "2025-04-10"
_FIRST_FACT = (
    '{"type": "CoalitionFormed", "effective_at": "2025-06-01", "name": "A trial", "sources": [{"publisher": "me"}]}'
)


def serve(host: str, port: int, *, with_example: bool, database: str | None, workers: int) -> None:
    """Serve until asked to stop. Raises ``CommandFailed``, also if open reading would reach beyond this machine."""
    settings = replace(_settings(host, database), workers=workers)
    if workers > 1 and not hasattr(os, "fork"):
        raise CommandFailed("this system cannot fork processes: serve with --workers 1", MISUSED)
    with _listener(host, port) as listener:
        with local_ledger(settings.database_url, create=True) as ledger:
            greeting = _greeting(ledger, _address(listener, host), settings, with_example=with_example)
            if workers == 1:
                _Service(ledger, settings, lambda: _greet(greeting)).run_on(listener)
                return
            place = ledger.place
        # The store is closed here: each worker opens it for itself.
        _serve_by_workers(listener, settings, greeting, place)


def _serve_by_workers(
    listener: socket.socket, settings: Settings, greeting: list[str], place: tuple[Hashable, ...]
) -> None:
    """Serve one store; a worker that finds another in its place does not start."""

    def work(lifeline: int, tell_ready: Callable[[], Any]) -> None:
        with local_ledger(settings.database_url, create=False) as ledger:
            if ledger.place != place:
                raise CommandFailed(
                    "another store is in the place of the one that was opened: put that one back, or start again"
                )
            _Service(ledger, settings, tell_ready, lifeline).run_on(listener)

    Workers(settings.workers, work, lambda: _greet(greeting), END_SECONDS + 0.5).run()


def _greet(lines: list[str]) -> None:
    for line in lines:
        say(line)


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
    """Calls ``on_started`` once it listens, and exits with 0 when it is asked to stop, or when ``lifeline`` ends."""

    def __init__(
        self, ledger: Ledger, settings: Settings, on_started: Callable[[], Any], lifeline: int | None = None
    ) -> None:
        app = create_app(ledger, settings)
        # Answers do not name the server, and no header is trusted about where a client comes from.
        super().__init__(
            uvicorn.Config(
                app, http=Connections(limits_by_descriptors()).protocol, ws="none", access_log=False,
                log_level="warning", server_header=False, proxy_headers=False,
                timeout_graceful_shutdown=CLOSE_SECONDS,  # type: ignore[arg-type]
            )
        )  # fmt: skip
        self._slots = services_of(app).slots
        self._on_started = on_started
        self._lifeline = lifeline

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to answer, and say so."""
        configure_collector()
        sys.setswitchinterval(SWITCH_SECONDS)
        await super().startup(sockets)
        if self._lifeline is not None:
            asyncio.get_running_loop().add_reader(self._lifeline, self._stop_alone, self._lifeline)
        self._on_started()

    def _stop_alone(self, lifeline: int) -> None:
        asyncio.get_running_loop().remove_reader(lifeline)
        self._end_in_time()
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop at the first signal; end at once at the second."""
        if self.should_exit:
            os._exit(DONE)
        self._end_in_time()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, let requests finish, stop what still runs, and end in time."""
        asyncio.get_running_loop().call_later(FINISH_SECONDS, self._slots.stop)
        await super().shutdown(sockets)

    def _end_in_time(self) -> None:
        """End the process in time from now, however long the event loop takes to notice that it is to stop."""
        last = Timer(END_SECONDS, os._exit, [DONE])
        last.daemon = True
        last.start()

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


def _greeting(ledger: Ledger, address: str, settings: Settings, *, with_example: bool) -> list[str]:
    store = _store_option(settings.database_url)
    hints = _warnings(ledger)
    hints += _example_hints(ledger, address, store) if with_example else _hints(ledger, store)
    connections = limits_by_descriptors().connections * settings.workers
    return [
        f"The ledger listens on {address} (Ctrl-C stops it).",
        f"It holds up to {connections:,} connections at once.",
        *hints,
    ]


def _warnings(ledger: Ledger) -> list[str]:
    """A store that can only be read is served all the same."""
    try:
        ledger.check()
    except (ReadOnlyStore, StoreFull) as outage:
        return [f"Nothing can be recorded: {outage}."]
    return []


def _hints(ledger: Ledger, store: str) -> list[str]:
    if any(key.revoked_at is None for key in Keys(ledger).list()):
        return []
    return [f"Recording over HTTP needs a key. Create one with `{_program()} keys add NAME{store}`."]


def _example_hints(ledger: Ledger, address: str, store: str) -> list[str]:
    """Record the example and create a key, if this is the first start; returns what to print about them."""
    is_loaded = example.load_on_first_start(ledger)
    secret = example.make_key_on_first_start(ledger)
    lines = ["The examples were recorded: the coalitions willing and haiti."] if is_loaded else []
    if any(item.coalition == example.COALITION for item in ledger.coalitions()):
        lines += [
            "",
            f"  The force on {PICTURE_DAY}, as a page, as JSON and on the command line:",
            f"    {address}/c/{example.COALITION}?valid_at={PICTURE_DAY}",
            f"    {address}/coalitions/{example.COALITION}/picture?valid_at={PICTURE_DAY}",
            f"    {_program()} picture --url {address} --coalition {example.COALITION} --valid-at {PICTURE_DAY}",
            f"  The other example, a police mission to Haiti: {address}/c/haiti",
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
