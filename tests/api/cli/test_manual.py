"""Every command and option is documented, and the manual agrees with the commands."""

from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli.main import app
from api.cli.manual import commands, manual
from domain.events import FACTS

ALL = list(commands(typer.main.get_command(app)))


def test_the_manual_is_up_to_date() -> None:
    written = (Path(__file__).parents[3] / "docs" / "cli.md").read_text()
    assert written == manual(), "run: python -m api.cli.manual > docs/cli.md"


@pytest.mark.parametrize(("words", "command"), ALL, ids=[" ".join(words) for words, _ in ALL])
def test_every_command_and_option_has_a_help_text(words: tuple[str, ...], command: Any) -> None:
    assert command.help
    assert f"## {' '.join(words)}\n" in manual()
    for parameter in command.params:
        assert parameter.help, parameter.name


def test_every_type_of_fact_has_its_sentence() -> None:
    from api.wording.facts import CLAUSES

    assert set(CLAUSES) == set(FACTS)
