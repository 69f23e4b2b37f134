"""Runs ``coalition`` in this process or as a process of its own; and facts to record with it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from api.cli.main import main
from tests.running.service import COALITION, clean_environment

SECONDS = 60
SOURCES = [{"publisher": "news report", "published_on": "2025-04-10"}]
FORMED: dict[str, Any] = {
    "type": "CoalitionFormed", "effective_at": "2025-01-01", "name": "Trial", "sources": SOURCES,
}  # fmt: skip


class CommandResult(NamedTuple):
    """The exit code and the output of a command."""

    returncode: int
    stdout: str
    stderr: str


def coalition(*arguments: str, database_url: str, content: bytes = b"", **environment: str) -> CommandResult:
    """Run a command in this process, which is quick; ``content`` is its standard input."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    stdin = io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")
    around = clean_environment() | {"COALITION_DATABASE_URL": database_url} | environment
    with (
        patch.object(sys, "argv", ["coalition", *arguments]),
        patch.object(sys, "stdin", stdin),
        patch.dict(os.environ, around, clear=True),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = _exit_code()
    return CommandResult(code, _written(out), _written(err))


def _exit_code() -> int:
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _written(stream: io.TextIOWrapper) -> str:
    assert isinstance(stream.buffer, io.BytesIO)
    return stream.buffer.getvalue().decode()


def coalition_process(*arguments: str, database_url: str, content: bytes = b"", **environment: str) -> CommandResult:
    """Run a command as a process of its own."""
    done = subprocess.run(
        [str(COALITION), *arguments],
        input=content,
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env=clean_environment() | {"COALITION_DATABASE_URL": database_url} | environment,
    )
    return CommandResult(done.returncode, done.stdout.decode(), done.stderr.decode())


def statement(number: int, **more: Any) -> dict[str, Any]:
    """A fact that refers to no other."""
    own = {"statement": f"said-{number}", "kind": "political", "by": ["GBR"], "text": f"Number {number}."}
    return {"type": "StatementMade", "effective_at": "2025-02-01", "sources": SOURCES} | own | more


def pledge(name: str, contributor: str = "GBR", people: int = 1_000, **more: Any) -> dict[str, Any]:
    """A pledge of ground forces."""
    own = {"pledge": name, "contributor": contributor, "level": "pledged", "capability": "ground_forces"}
    quantity = {"quantity": {"min": people, "max": people, "unit": "personnel"}}
    return {"type": "PledgeMade", "effective_at": "2025-03-01", "sources": SOURCES} | own | quantity | more


def write_ndjson(path: Path, facts: Iterable[Mapping[str, Any]]) -> str:
    """Write one fact a line; returns the file's name."""
    path.write_text("".join(json.dumps(fact) + "\n" for fact in facts))
    return str(path)
