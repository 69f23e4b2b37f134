"""``serve``, ``record`` and ``restore`` make a ledger; every other command that needs one refuses if there is none."""

from pathlib import Path

import pytest
import typer

from api.cli.main import app
from api.cli.manual import commands
from tests.running.command_line import FORMED, coalition, write_ndjson
from tests.running.service import running

EXAMPLES = Path(__file__).parents[3] / "examples"
MAKERS = {"serve", "record", "restore"}
NEEDS_NONE = {"template"}
ARGUMENTS = {
    "why": ["/size/available"],
    "event": ["0197a000-0000-7000-8000-000000000001"],
    "list": ["pledges"],
    "sensitivity": ["--change", "ceasefire is met on 2025-11-01"],
    "simulate": ["--dates", "2025-12-31"],
    "actor": ["KEN"],
    "fact": ["CoalitionRenamed", "--name", "X", "--effective-at", "2025-01-01", "--publisher", "AFP"],
    "correct": ["2", "--set", "quantity=5", "--reason", "misread"],
    "retract": ["2", "--reason", "recorded twice"],
    "source": ["2", "--publisher", "AFP"],
    "import": [str(EXAMPLES / "sheets" / "notified.csv")],
    "propose": [str(EXAMPLES / "proposals" / "portugal.yaml"), "--title", "Portugal joins"],
    "proposals show": ["p"],
    "proposals accept": ["p"],
    "proposals decline": ["p", "--reason", "too early"],
    "proposals edit": ["p", "1", str(EXAMPLES / "proposals" / "portugal-edited.yaml")],
    "proposals comment": ["p", "a remark"],
    "proposals withdraw": ["p"],
    "scenarios show": ["s"],
    "scenarios compare": ["s", "t"],
    "scenarios save": ["--name", "S"],
    "scenarios change": ["s", "--change", "ceasefire is met on 2025-11-01"],
    "scenarios remove": ["s", "1"],
    "scenarios rebase": ["s"],
    "scenarios close": ["s"],
    "scenarios adopt": ["s"],
    "keys add": ["newsroom"],
    "keys revoke": ["newsroom"],
}
"""What a command is called with."""
OTHERS = [
    words
    for path, _ in commands(typer.main.get_command(app))
    if (words := " ".join(path[1:])) not in MAKERS | NEEDS_NONE
]


@pytest.mark.parametrize("words", OTHERS)
def test_a_command_makes_no_ledger(words: str, tmp_path: Path) -> None:
    file = tmp_path / "data" / "ledger.sqlite3"
    done = coalition(*words.split(), *ARGUMENTS.get(words, []), database_url=f"sqlite:///{file}")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"no ledger at {file}" in done.stderr
    assert not file.parent.exists()


def test_adopting_facts_makes_no_ledger(tmp_path: Path) -> None:
    file = tmp_path / "data" / "ledger.sqlite3"
    facts = write_ndjson(tmp_path / "facts.ndjson", [FORMED])
    done = coalition("scenarios", "adopt", "s", "--record", facts, database_url=f"sqlite:///{file}")
    assert (done.returncode, file.parent.exists()) == (1, False)


def test_recording_the_first_facts_makes_a_ledger(tmp_path: Path) -> None:
    file = tmp_path / "data" / "ledger.sqlite3"
    facts = write_ndjson(tmp_path / "facts.ndjson", [FORMED])
    done = coalition("record", facts, "-c", "trial", database_url=f"sqlite:///{file}")
    assert (done.returncode, file.exists()) == (0, True)


def test_restoring_an_export_makes_a_ledger(tmp_path: Path) -> None:
    here, there = (f"sqlite:///{tmp_path / name / 'ledger.sqlite3'}" for name in ("here", "there"))
    coalition("record", write_ndjson(tmp_path / "facts.ndjson", [FORMED]), "-c", "trial", database_url=here)
    exported = coalition("export", database_url=here).stdout.encode()
    assert coalition("restore", "-", database_url=there, content=exported).returncode == 0


def test_serving_makes_a_ledger(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    with running(f"sqlite:///{file}", key="none"):
        assert file.exists()


@pytest.mark.parametrize("words", ["keys add", "keys list", "keys revoke"])
def test_keys_of_a_service_are_managed_where_it_runs(words: str, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    done = coalition(
        *words.split(), *ARGUMENTS.get(words, []), database_url=f"sqlite:///{tmp_path / 'none'}", COALITION_URL=url
    )
    assert done.returncode == 1
    assert "--database" in done.stderr
    assert "--url" not in done.stderr
    assert url in done.stderr
