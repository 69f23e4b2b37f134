"""The tutorial on what if is run, in its order, against a service with the example: it prints what the page says."""

from pathlib import Path

import pytest

from tests.console import ROOT, steps, wrong_in
from tests.service import running

TUTORIAL = ROOT / "docs" / "what-if.md"


def test_every_block_prints_what_it_says(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    file = tmp_path_factory.mktemp("tutorial") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example") as service:
        assert not wrong_in(TUTORIAL, service, tmp_path)


def test_every_scenario_file_of_the_examples_is_used() -> None:
    commands = " ".join(step.command for step in steps(TUTORIAL.read_text(encoding="utf-8")))
    unused = [file.name for file in (ROOT / "examples" / "what-if").glob("*.yaml") if file.name not in commands]
    assert not unused
