"""The README's console blocks are run, in their order, against a service with the example: they print what it says."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import ADDRESS, ROOT, SECONDS, Step, agrees, printed, wrong_in
from tests.service import Service, running

README = ROOT / "README.md"
SETTING = re.compile(r"COALITION_[A-Z_]+\b")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = tmp_path_factory.mktemp("readme") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example") as service:
        yield service


def printed_or_greeted(step: Step, service: Service, directory: Path) -> str:
    """What a command prints; what ``make run`` says, the service that runs has said."""
    return _greeting(step, service) if step.command == "make run" else printed(step, service, directory)


def _greeting(step: Step, service: Service) -> str:
    """What the service says once it listens: its last lines come while it answers already."""
    until = time.monotonic() + SECONDS
    while not agrees(step.output, said := "".join(service.said).replace(service.url, ADDRESS)):
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return said


def test_every_block_prints_what_it_says(service: Service, tmp_path: Path) -> None:
    assert not wrong_in(README, service, tmp_path, printed_or_greeted)


def test_elisions_stand_for_anything_and_nothing_else_does() -> None:
    assert agrees('{"a": 1,\n ...}', '{"a":1,"b":2}')
    assert agrees("...", "anything")
    assert not agrees('{"a": 1}', '{"a":1,"b":2}')
    assert not agrees("a ... c", "a b")


def test_every_setting_is_told() -> None:
    told = set(re.findall(r"^\| `(COALITION_\w+)`", README.read_text(encoding="utf-8"), re.MULTILINE))
    asked = {
        name for module in ROOT.glob("api/**/*.py") for name in SETTING.findall(module.read_text(encoding="utf-8"))
    }
    assert told == asked
