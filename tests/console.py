"""Runs the console blocks of a page, in their order, against a service: they print what the page says.

A block has commands after ``$ ``, each followed by what it prints. ``...`` stands for anything. White space does not
count, so that JSON can be wrapped and tables can be as wide as a page.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.service import Service, clean_environment

ROOT = Path(__file__).parent.parent
ADDRESS = "http://127.0.0.1:8000"
"""What a page calls the service."""

SECONDS = 60
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)


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


def printed(step: Step, service: Service, directory: Path) -> str:
    """Run a command as a reader would, in a directory of its own, with the service's address and key."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", step.command.replace(ADDRESS, service.url)],
        cwd=directory,
        env=clean_environment() | {"PATH": path, "COALITION_URL": service.url, "COALITION_KEY": service.key},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return done.stdout.replace(service.url, ADDRESS)


def wrong_in(page: Path, service: Service, directory: Path, run: Callable[..., str] = printed) -> str:
    """What a page says that is not so, command by command; nothing where all of it is. The examples are at hand."""
    (directory / "examples").symlink_to(ROOT / "examples")
    wrong = []
    for step in steps(page.read_text(encoding="utf-8")):
        output = run(step, service, directory)
        if not agrees(step.output, output):
            wrong.append(f"{page.name}, line {step.line}: $ {step.command}\nsays:\n{step.output}\nprints:\n{output}\n")
    return "\n".join(wrong)


def agrees(said: str, printed: str) -> bool:
    """Compare without white space and the length of rules; ``...`` in what is said stands for anything."""
    parts = map(_bare, said.split("..."))
    return re.fullmatch(".*".join(map(re.escape, parts)), _bare(printed)) is not None


def _bare(text: str) -> str:
    return re.sub("─+", "─", "".join(text.split()))
