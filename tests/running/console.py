"""Runs the console blocks of pages, in their order, against a service: they print what the pages say.

A block has commands after ``$ ``, each followed by what it prints. ``...`` stands for anything. White space does not
count, so that JSON can be wrapped and tables can be as wide as a page. The environment is what the pages export in
their ``sh`` blocks, from there on and in the pages that follow, as in a reader's terminal.
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
"""What a page calls the service."""
KEY = "coal_..."
"""What a page calls the key of the service."""

SECONDS = 60
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_EXPORT = re.compile(r"^export (\w+)=(\S+)", re.MULTILINE)


class Step(NamedTuple):
    """One command, the line of the page that it begins in, and what it is said to print."""

    line: int
    command: str
    output: str


def steps(page: str) -> Iterator[Step]:
    """Give every command of every console block; it goes on after a backslash, and while a quotation is open."""
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
    """The variables that a page exports in its ``sh`` blocks, with the service's address and key."""
    found = (pair for block in _SHELL.finditer(page) for pair in _EXPORT.findall(block[1]))
    return {name: value.replace(ADDRESS, service.url).replace(KEY, service.key) for name, value in found}


def printed(step: Step, service: Service, directory: Path, environment: Mapping[str, str]) -> str:
    """Run a command as a reader would, in a directory of its own."""
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


def wrong_in(pages: Iterable[Path], service: Service, directory: Path, run: Callable[..., str] = printed) -> str:
    """What pages, read one after the other, say that is not so, command by command; nothing where all of it is.

    The examples are at hand.
    """
    (directory / "examples").symlink_to(ROOT / "examples")
    environment: dict[str, str] = {}
    wrong = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        environment |= exports(text, service)
        for step in steps(text):
            output = run(step, service, directory, environment)
            if not agrees(step.output, output):
                place = f"{page.name}, line {step.line}"
                wrong.append(f"{place}: $ {step.command}\nsays:\n{step.output}\nprints:\n{output}\n")
    return "\n".join(wrong)


def agrees(said: str, printed: str) -> bool:
    """Compare without white space and the length of rules; ``...`` in what is said stands for anything."""
    parts = map(_bare, said.split("..."))
    return re.fullmatch(".*".join(map(re.escape, parts)), _bare(printed)) is not None


def _bare(text: str) -> str:
    return re.sub("─+", "─", "".join(text.split()))
