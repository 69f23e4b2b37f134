"""The README's console blocks are run, in their order, against a service with the example: they print what it says.

A block has commands after ``$ ``, each followed by what it prints. ``...`` stands for anything. White space does not
count, so that JSON can be wrapped and tables can be as wide as a page.
"""

import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.service import Service, clean_environment, running

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SETTING = re.compile(r"COALITION_[A-Z_]+\b")
SECONDS = 60


class Step(NamedTuple):
    """One command, the line of the README that it begins in, and what it is said to print."""

    line: int
    command: str
    output: str


def steps() -> Iterator[Step]:
    """Give every command of every console block; it goes on after a backslash, and while a quotation is open."""
    for block in BLOCK.finditer(README):
        line = README.count("\n", 0, block.start(1)) + 1
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


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = tmp_path_factory.mktemp("readme") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example") as service:
        yield service


def printed(step: Step, service: Service, directory: Path) -> str:
    """Run a command as a reader would, in a directory of its own, with the service's address and key."""
    if step.command == "make run":
        return _greeting(step, service)
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
    return done.stdout


def _greeting(step: Step, service: Service) -> str:
    """What the service says once it listens: its last lines come while it answers already."""
    until = time.monotonic() + SECONDS
    while not agrees(step.output, said := "".join(service.said).replace(service.url, ADDRESS)):
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return said


def agrees(said: str, printed: str) -> bool:
    """Compare without white space and the length of rules; ``...`` in what is said stands for anything."""
    parts = map(_bare, said.split("..."))
    return re.fullmatch(".*".join(map(re.escape, parts)), _bare(printed)) is not None


def _bare(text: str) -> str:
    return re.sub("─+", "─", "".join(text.split()))


def test_every_block_prints_what_it_says(service: Service, tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    wrong = []
    for step in steps():
        output = printed(step, service, tmp_path).replace(service.url, ADDRESS)
        if not agrees(step.output, output):
            wrong.append(f"README.md, line {step.line}: $ {step.command}\nsays:\n{step.output}\nprints:\n{output}\n")
    assert not wrong, "\n".join(wrong)


def test_elisions_stand_for_anything_and_nothing_else_does() -> None:
    assert agrees('{"a": 1,\n ...}', '{"a":1,"b":2}')
    assert agrees("...", "anything")
    assert not agrees('{"a": 1}', '{"a":1,"b":2}')
    assert not agrees("a ... c", "a b")


def test_every_setting_is_told() -> None:
    told = set(re.findall(r"^\| `(COALITION_\w+)`", README, re.MULTILINE))
    asked = {
        name for module in ROOT.glob("api/**/*.py") for name in SETTING.findall(module.read_text(encoding="utf-8"))
    }
    assert told == asked
