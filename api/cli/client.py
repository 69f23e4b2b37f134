"""The record that a command works on: a running service, by its URL, or the local store, through the same application.

Both are an ``httpx.Client`` with the API's paths, so that parameters, answers and refusals are the same to the byte.
"""

import asyncio
import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from api.cli.failures import MISUSED, CommandFailed, refusal_of

if TYPE_CHECKING:
    from fastapi import FastAPI

    from domain.ledger import Ledger
    from projections.progress import Step

TIMEOUT_SECONDS = 60.0
OK = 200

_DOTS = {".": "%2E", "..": "%2E%2E"}
"""Segments that a client would read as steps within the path."""

Params = Mapping[str, str | int | list[str] | None]


@dataclass(frozen=True, slots=True)
class Target:
    """The record to work on: a service if there is a ``url``, or else the local store."""

    url: str | None
    key: str | None
    database_url: str

    @classmethod
    def from_options(cls, url: str | None, key: str | None, database: str | None) -> "Target":
        """The target that the options name, or else the environment. Raises ``CommandFailed``."""
        from api.settings import Settings, UnusableSettings

        if url and database:
            raise CommandFailed("--url names a service and --database a local store; use only one of them", MISUSED)
        try:
            default = Settings.from_environment().database_url
        except UnusableSettings as error:
            raise CommandFailed(str(error), MISUSED) from None
        url = url or (None if database else os.environ.get("COALITION_URL") or None)
        return cls(url, key or os.environ.get("COALITION_KEY") or None, database or default)


@contextmanager
def connection(
    target: Target,
    recorded_by: str | None = None,
    *,
    create: bool = False,
    on_progress: "Step | None" = None,
) -> Iterator[httpx.Client]:
    """A client of the service, or of the local store.

    For a local store, ``recorded_by`` is the author of what is recorded, ``on_progress`` is called during long work,
    and a missing SQLite file is created if ``create``.
    """
    if target.url:
        with _remote(target.url, target.key) as client:
            yield client
        return
    with (
        local_ledger(target.database_url, create=create) as ledger,
        in_process(ledger, recorded_by, on_progress) as client,
    ):
        yield client


def ask(client: httpx.Client, path: str, params: Params | None = None, accept: str | None = None) -> httpx.Response:
    """The answer to a question. Raises ``CommandFailed``."""
    stated = {name: value for name, value in (params or {}).items() if value is not None and value != []}
    # Parameters, even none at all, replace the query that a path has; a link to the next page has one.
    response = client.get(path, params=stated or None, headers={"Accept": accept} if accept else {})
    if response.status_code != OK:
        raise refusal_of(response)
    return response


def path_to(*names: str) -> str:
    """A path whose segments are these names, whatever characters they have."""
    return "".join(f"/{_DOTS.get(name) or quote(name, safe='')}" for name in names)


def coalition_named(client: httpx.Client, coalition: str | None) -> str:
    """The coalition named, or COALITION_NAME, or the only one on record. Raises ``CommandFailed``."""
    name = coalition or os.environ.get("COALITION_NAME")
    if name:
        return name
    on_record = [item["coalition"] for item in ask(client, "/coalitions").json()["coalitions"]]
    if len(on_record) == 1:
        return str(on_record[0])
    if not on_record:
        raise CommandFailed("no coalition is on record yet; create one with `coalition record`")
    raise CommandFailed(f"choose a coalition with --coalition: {', '.join(on_record)}", MISUSED)


# --- a service --------------------------------------------------------------------------------------------------------


@contextmanager
def _remote(url: str, key: str | None) -> Iterator[httpx.Client]:
    if key and not key.isascii():
        raise CommandFailed("the key is not valid: keys contain ASCII characters only", MISUSED)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT_SECONDS) as client:
            yield client
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        raise CommandFailed(
            f"{url} is not a valid URL; expected, for example, http://127.0.0.1:8000", MISUSED
        ) from None
    except httpx.TimeoutException:
        raise CommandFailed(f"{url} did not answer within {TIMEOUT_SECONDS:.0f} seconds") from None
    except httpx.HTTPError as error:
        reason = re.sub(r"^\[Errno -?\d+\] ", "", str(error))
        raise CommandFailed(f"{url} cannot be reached: {reason}") from None


# --- the local store --------------------------------------------------------------------------------------------------


OTHER_RECORD = "name another with --database or COALITION_DATABASE_URL, or a service with --url"


@contextmanager
def local_ledger(database_url: str, *, create: bool, hint: str = OTHER_RECORD) -> "Iterator[Ledger]":
    """The ledger in the local store; a missing SQLite file is created if ``create``.

    Says so if it was created. Raises ``CommandFailed``, with the ``hint`` if there is none and none may be created.
    """
    from api.cli.output import say
    from api.settings import Settings, UnusableSettings
    from domain.ledger import CheckedClock, Ledger, LedgerFailure, NoLedger
    from domain.ledger.database_url import SqliteFile, parse

    try:
        address = parse(database_url)
    except ValueError as error:
        raise CommandFailed(str(error), MISUSED) from None
    if isinstance(address, SqliteFile):
        _prepare(Path(address.path), create, hint)
    try:
        clock = CheckedClock(is_trusted=Settings.from_environment().clock == "trusted")
    except UnusableSettings as error:
        raise CommandFailed(str(error), MISUSED) from None
    try:
        ledger = Ledger(database_url, clock, create=create)
        try:
            if ledger.is_new:
                place = address.path if isinstance(address, SqliteFile) else "the database that the URL names"
                say(f"A new ledger was created: {place}")
            yield ledger
        finally:
            ledger.close()
    except NoLedger as failure:
        raise CommandFailed(f"{failure}; {hint}") from None
    except LedgerFailure as failure:
        raise CommandFailed(str(failure)) from None


def _prepare(path: Path, create: bool, hint: str) -> None:
    """Create the folder of a new file, or refuse if there is no file."""
    if not create and not path.exists():
        raise CommandFailed(f"no ledger at {path}; {hint}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"the folder {path.parent} cannot be created: {error.strerror}") from None


@contextmanager
def in_process(ledger: "Ledger", recorded_by: str | None, on_progress: "Step | None" = None) -> Iterator[httpx.Client]:
    """A client of the application over a ledger; ``recorded_by`` is the author of what is recorded."""
    from api.app import create_app
    from api.services import services_of
    from api.settings import Settings

    # Anyone who can open the store can read it; a key identifies a person only over a network.
    settings = Settings(work_seconds=Settings.from_environment().work_seconds)
    app = create_app(ledger, settings, recorded_by=recorded_by)
    if on_progress is not None:
        services_of(app).slots.on_progress = on_progress
    with _one_line_logging(), httpx.Client(transport=InProcess(app), base_url="http://localhost") as client:
        yield client


class InProcess(httpx.BaseTransport):
    """Calls an application without a network."""

    def __init__(self, app: "FastAPI") -> None:
        self._inner = httpx.ASGITransport(app, raise_app_exceptions=False)
        self._runner = asyncio.Runner()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The application's whole answer."""
        return self._runner.run(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        content = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers, content=content)

    def close(self) -> None:
        """Close the event loop."""
        self._runner.close()


@contextmanager
def _one_line_logging() -> Iterator[None]:
    """Show each log entry of the application in one line: a store that does not answer needs no traceback."""
    log = logging.getLogger("coalition")
    handler = _OneLineLog()
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = True


class _OneLineLog(logging.StreamHandler[Any]):
    def format(self, record: logging.LogRecord) -> str:
        cause = record.exc_info[1] if record.exc_info else None
        return f"{record.getMessage()}: {cause}" if cause else record.getMessage()
