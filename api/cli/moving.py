"""``coalition export`` and ``coalition restore``: a whole record out of a store, and into another, unchanged."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from api.cli.asking import Where, ask, asking, coalition_named, local_ledger
from api.cli.failing import Failed
from api.cli.showing import progress_bar, say
from api.cli.words import count
from api.reading import NDJSON
from api.sentences import dotted, sentence
from domain.events import EVENT, Event

_PAGE = 1_000


def export(where: Where, coalition: str | None, output: str | None) -> None:
    """Write a record, line by line. Raises ``Failed``; a file that was there stays as it was until all is written."""
    with _written(output) as file:
        events = 0
        for lines in _pages(where, coalition):
            file.write(lines)
            events += lines.count(b"\n")
    say(f"{count(events, 'event')} exported.")


def _pages(where: Where, coalition: str | None) -> Iterator[bytes]:
    if where.url:
        with asking(where) as client:
            yield from _remote_pages(client, coalition_named(client, coalition))
        return
    with asking(where) as client:
        named = coalition_named(client, coalition)
    with local_ledger(where.database_url, is_made=False) as ledger:
        for event in ledger.export(named):
            yield event + b"\n"


def _remote_pages(client: httpx.Client, coalition: str) -> Iterator[bytes]:
    """Every page of the record, following the links from one to the next, which fix what there is to see."""
    path, params = f"/coalitions/{quote(coalition, safe='')}/events", {"limit": _PAGE}
    response = ask(client, path, params, NDJSON)
    yield response.content
    while following := response.links.get("next"):
        response = ask(client, following["url"], None, NDJSON)
        yield response.content


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
        raise Failed(f"{output} cannot be written: {error.strerror}") from None
    finally:
        unfinished.unlink(missing_ok=True)


def restore(database_url: str, file: str) -> None:
    """Put a record back into an empty coalition. Raises ``Failed``, and then nothing of it is there."""
    with _opened(file) as lines, local_ledger(database_url, is_made=True) as ledger, progress_bar() as bar:
        events = _events(lines, "standard input" if file == "-" else file)
        first = next(events, None)
        if first is None:
            raise Failed(f"{file} contains no events")
        task = bar.add_task(f"restoring {first.coalition}", total=None)

        def counted() -> Iterator[Event]:
            yield first
            for event in events:
                bar.update(task, completed=event.sequence)
                yield event

        try:
            restored = ledger.restore(first.coalition, counted())
        except ValueError as error:
            raise Failed(str(error)) from None
    say(f"{first.coalition}: {count(restored, 'event')} restored.")


@contextmanager
def _opened(file: str) -> Iterator[BinaryIO]:
    if file == "-":
        yield sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as opened:
            yield opened
    except OSError as error:
        raise Failed(f"{file} cannot be read: {error.strerror}") from None


def _events(lines: BinaryIO, file: str) -> Iterator[Event]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield EVENT.validate_json(line)
        except ValidationError as error:
            found = error.errors(include_url=False)[0]
            said = sentence(found, dotted(found["loc"]) or "it")
            raise Failed(f"{file}, line {number:,} is not an event as written by `coalition export`: {said}") from None
