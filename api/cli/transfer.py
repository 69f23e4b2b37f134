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

from api.cli.client import OK, Target, asking, coalition_named, local_ledger, path_to
from api.cli.failures import CommandFailed, refusal_of
from api.cli.output import progress_bar, say
from api.http.error_messages import dotted_name, sentence
from api.wording.phrases import count
from domain.events import Event
from domain.ledger.exports import BrokenLine, Export


def export(where: Target, coalition: str | None, output: str | None) -> None:
    """Write a record, line by line, and replace a file only once all is written. Raises ``CommandFailed``."""
    with _written(output) as file:
        chunks = _chunks(where, coalition)
        beginning = b""
        for chunk in chunks:
            beginning = beginning if b"\n" in beginning else beginning + chunk
            file.write(chunk)
    header = json.loads(beginning.partition(b"\n")[0])
    left_out = " and ".join(header["left_out"])
    say(f"{_told(header['events'], header['scenarios'])} exported; an export leaves out {left_out}.")


def _told(events: int, scenarios: int) -> str:
    return " and ".join([count(events, "event"), *([count(scenarios, "scenario")] if scenarios else [])])


def _chunks(where: Target, coalition: str | None) -> Iterator[bytes]:
    with asking(where) as client:
        named = coalition_named(client, coalition)
        if where.url:
            yield from _remote_chunks(client, named)
            return
    with local_ledger(where.database_url, is_made=False) as ledger:
        yield from ledger.export(named)


def _remote_chunks(client: httpx.Client, coalition: str) -> Iterator[bytes]:
    """The export that a service sends; one that it breaks off raises ``httpx.HTTPError``."""
    with client.stream("GET", path_to("coalitions", coalition, "export")) as response:
        if response.status_code != OK:
            response.read()
            raise refusal_of(response)
        yield from response.iter_bytes()


@contextmanager
def _written(output: str | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that gets its name once it is whole."""
    if output is None or output == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    unfinished = Path(f"{output}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(output)
    except OSError as error:
        raise CommandFailed(f"{output} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def restore(database_url: str, file: str) -> None:
    """Put a record back into an empty coalition. Raises ``CommandFailed``, and then nothing of it is there."""
    with _opened(file) as lines, local_ledger(database_url, is_made=True) as ledger, progress_bar() as bar:
        try:
            export = Export(lines)
            if export.coalition is None:
                raise CommandFailed(f"{file} contains no events")
            coalition = export.coalition
            task = bar.add_task(f"restoring {coalition}", total=None)

            def counted() -> Iterator[Event]:
                for event in export.events():
                    bar.update(task, completed=event.sequence)
                    yield event

            restored = ledger.restore(coalition, counted(), export.scenario_events())
        except BrokenLine as broken:
            raise _failed(broken, "standard input" if file == "-" else file) from None
        except ValueError as error:
            raise CommandFailed(str(error)) from None
    say(f"{coalition}: {_told(restored, len(export.scenarios))} restored.")


def _failed(broken: BrokenLine, file: str) -> CommandFailed:
    """A line that cannot be read, as people are told of it."""
    said = broken.detail
    if isinstance(broken.__cause__, ValidationError):
        found = broken.__cause__.errors(include_url=False)[0]
        said = sentence(found, dotted_name(found["loc"]) or "it")
    return CommandFailed(f"{file}, line {broken.number:,} is not an event as written by `coalition export`: {said}")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as opened:
            yield opened
    except OSError as error:
        raise CommandFailed(f"{file} cannot be read: {error.strerror}") from None
