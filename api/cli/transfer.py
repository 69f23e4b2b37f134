"""``coalition export`` and ``coalition restore``: a whole record out of a store, and into another, unchanged."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx
from pydantic import ValidationError

from api.cli.client import OK, Target, coalition_named, connection, local_ledger, path_to
from api.cli.failures import CommandFailed, refusal_of
from api.cli.output import progress_bar, say
from api.http.error_messages import dotted_name, sentence
from api.wording.phrases import count, listed
from domain.events import Event
from domain.ledger.exports import BrokenLine, Export


def export(target: Target, coalition: str | None, output: str | None) -> None:
    """Write a record, line by line; an existing file is replaced only once all is written. Raises ``CommandFailed``."""
    with _output(output) as file:
        chunks = _chunks(target, coalition)
        beginning = b""
        for chunk in chunks:
            beginning = beginning if b"\n" in beginning else beginning + chunk
            file.write(chunk)
    header = json.loads(beginning.partition(b"\n")[0])
    say(f"Exported {_contents(header['events'], header['scenarios'])}. Not included: {listed(header['left_out'])}.")


def _contents(events: int, scenarios: int) -> str:
    return listed([count(events, "event"), *([count(scenarios, "scenario")] if scenarios else [])])


def _chunks(target: Target, coalition: str | None) -> Iterator[bytes]:
    with connection(target) as client:
        slug = coalition_named(client, coalition)
        if target.url:
            yield from _remote_chunks(client, slug)
            return
    with local_ledger(target.database_url, create=False) as ledger:
        yield from ledger.export(slug)


def _remote_chunks(client: httpx.Client, coalition: str) -> Iterator[bytes]:
    """The export of a service. Raises ``httpx.HTTPError`` if the service breaks it off."""
    with client.stream("GET", path_to("coalitions", coalition, "export")) as response:
        if response.status_code != OK:
            response.read()
            raise refusal_of(response)
        yield from response.iter_bytes()


@contextmanager
def _output(name: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that gets its name once it is complete."""
    if name is None or name == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{name}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(name)
    except OSError as error:
        raise CommandFailed(f"{name} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def restore(database_url: str, file: str) -> None:
    """Restore a record into an empty coalition, whole or not at all. Raises ``CommandFailed``."""
    with _input(file) as lines, local_ledger(database_url, create=True) as ledger, progress_bar() as bar:
        try:
            export = Export(lines)
            if export.coalition is None:
                raise CommandFailed(f"{file} contains no events")
            coalition = export.coalition
            task = bar.add_task(f"restoring {coalition}", total=None)

            def events() -> Iterator[Event]:
                for event in export.events():
                    bar.update(task, completed=event.sequence)
                    yield event

            restored = ledger.restore(coalition, events(), export.scenario_events())
        except BrokenLine as broken:
            raise _failure(broken, "standard input" if file == "-" else file) from None
        except ValueError as error:
            raise CommandFailed(str(error)) from None
    say(f"{coalition}: {_contents(restored, len(export.scenarios))} restored.")


def _failure(broken: BrokenLine, file: str) -> CommandFailed:
    """What is wrong with a line of an export."""
    detail = broken.detail
    if isinstance(broken.__cause__, ValidationError):
        error = broken.__cause__.errors(include_url=False)[0]
        detail = sentence(error, dotted_name(error["loc"]) or "it")
    return CommandFailed(f"{file}, line {broken.number:,} is not an event as written by `coalition export`: {detail}")


@contextmanager
def _input(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as lines:
            yield lines
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from None
