"""Runs the console blocks of documents, in their order, against a service, and compares the output.

A block has commands after ``$ ``, each followed by its output. ``...`` matches anything. White space does not count, so
that JSON can be wrapped and tables can be as wide as a page. Variables exported in ``sh`` blocks apply from there on,
also in later documents, as in a reader's terminal.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.running.service import Service, clean_environment

ROOT = Path(__file__).parents[2]
ADDRESS = "http://127.0.0.1:8000"
"""The address of the service in documents."""
KEY = "coal_..."
"""The key of the service in documents."""

SECONDS = 60
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXPORT = re.compile(r"^export (\w+)=(\S+)", re.MULTILINE)


class Step(NamedTuple):
    """One command, the line of the document in which it begins, and its expected output."""

    line: int
    command: str
    output: str


def steps(page: str) -> Iterator[Step]:
    """Every command of every console block; it continues after a backslash and while a quotation is open."""
    for block in _BLOCK.finditer(page):
        line = page.count("\n", 0, block.start(1)) + 1
        for part in re.split(r"^(?=\$ )", block[1], flags=re.MULTILINE):
            if part:
                lines = part.splitlines()
                length = next(n for n in range(1, len(lines) + 1) if _is_whole("\n".join(lines[:n])))
                yield Step(line, "\n".join(lines[:length]).removeprefix("$ "), "\n".join(lines[length:]))
            line += part.count("\n")


def _is_whole(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return False
    return True


def exports(page: str, service: Service) -> dict[str, str]:
    """The variables that a document exports in its ``sh`` blocks, with the service's address and key."""
    found = (pair for block in _SHELL.finditer(page) for pair in _EXPORT.findall(block[1]))
    return {name: value.replace(ADDRESS, service.url).replace(KEY, service.key) for name, value in found}


def output_of(step: Step, service: Service, directory: Path, environment: Mapping[str, str]) -> str:
    """Run a command as a reader would, in the given directory; returns what it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", step.command.replace(ADDRESS, service.url)],
        cwd=directory,
        env=clean_environment() | {"PATH": path} | dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout.replace(service.url, ADDRESS)


def discrepancies(
    documents: Iterable[Path], service: Service, directory: Path, run: Callable[..., str] = output_of
) -> str:
    """Run the documents one after the other, with the examples at hand; returns the unexpected output by command."""
    (directory / "examples").symlink_to(ROOT / "examples")
    environment: dict[str, str] = {}
    found = []
    for document in documents:
        text = document.read_text(encoding="utf-8")
        environment |= exports(text, service)
        for step in steps(text):
            output = run(step, service, directory, environment)
            if not matches(step.output, output):
                place = f"{document.name}, line {step.line}"
                found.append(f"{place}: $ {step.command}\nexpected:\n{step.output}\nprinted:\n{output}\n")
    return "\n".join(found)


def matches(expected: str, printed: str) -> bool:
    """Whether output is as expected, but for white space and the length of rules; ``...`` matches anything."""
    parts = map(_bare, expected.split("..."))
    return re.fullmatch(".*".join(map(re.escape, parts)), _bare(printed)) is not None


def _bare(text: str) -> str:
    return re.sub("─+", "─", "".join(text.split()))
