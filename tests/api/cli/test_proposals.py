"""Proposals on the command line: proposed from a file by one person, decided by another."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running.command_line import CommandResult, coalition, pledge, write_ndjson

FORMED = {
    "type": "CoalitionFormed", "name": "Willing", "purpose": "reassurance", "theatre": ["UKR"], "leads": ["GBR"],
    "effective_at": "2025-04-01", "sources": [{"publisher": "news"}],
}  # fmt: skip


@pytest.fixture
def url(sqlite_url: str, tmp_path: Path) -> str:
    """A store with a coalition and a proposal of two pledges."""
    formed = write_ndjson(tmp_path / "formed.ndjson", [FORMED])
    assert coalition("record", formed, "-c", "willing", "--as", "ana", database_url=sqlite_url).returncode == 0
    file = write_ndjson(tmp_path / "two.ndjson", [pledge("one"), pledge("two", people=70)])
    run(sqlite_url, "propose", file, "--title", "Figures of May", "--as", "ana")
    return sqlite_url


def run(url: str, *command: str, code: int = 0) -> CommandResult:
    done = coalition(*command, database_url=url)
    assert done.returncode == code, done.stderr
    return done


def shown(url: str) -> Any:
    return json.loads(run(url, "proposals", "show", "figures-of-may", "--json").stdout)


def test_a_file_is_proposed_once(url: str, tmp_path: Path) -> None:
    run(url, "propose", str(tmp_path / "two.ndjson"), "--title", "Figures of May", "--as", "ana")
    [one] = json.loads(run(url, "proposals", "list", "--json").stdout)["scenarios"]
    assert (one["scenario"], one["outcome"], one["changes"]) == ("figures-of-may", "open", 2)
    assert "Figures of May" in run(url, "proposals", "list").stdout


def test_facts_are_accepted_declined_edited_and_discussed(url: str, tmp_path: Path) -> None:
    run(url, "proposals", "comment", "figures-of-may", "Which page?", "--about", "2", "--as", "ben")
    run(url, "proposals", "decline", "figures-of-may", "2", "--reason", "it was 80", "--as", "ben")
    run(url, "proposals", "accept", "figures-of-may", "--as", "ben")
    text = run(url, "proposals", "show", "figures-of-may").stdout
    for part in ("accepted by ben: event 2", "declined by ben", "it was 80", "Which page?"):
        assert part in text
    better = write_ndjson(tmp_path / "better.ndjson", [pledge("two", people=80)])
    run(url, "proposals", "edit", "figures-of-may", "2", better, "--note", "as ben says", "--as", "ana")
    run(url, "proposals", "accept", "figures-of-may", "2", "--as", "ben")
    item = shown(url)
    assert (item["outcome"], item["facts"][1]["fact"]["quantity"]["min"]) == ("accepted", 80)
    log = run(url, "log").stdout
    assert "(proposed by ana)" in " ".join(log.split())
    assert run(url, "proposals", "accept", "figures-of-may", "--as", "cem", code=1).stderr


def test_refusals_name_the_fact_or_the_line(url: str, tmp_path: Path) -> None:
    run(url, "proposals", "accept", "figures-of-may", "1", "--as", "ben")
    assert "fact 1" in run(url, "proposals", "accept", "figures-of-may", "2", "1", code=1).stderr
    assert [one["status"] for one in shown(url)["facts"]] == ["accepted", "open"]
    wrong = write_ndjson(tmp_path / "wrong.ndjson", [pledge("three"), pledge("one", people=7)])
    assert "line 2" in run(url, "propose", wrong, "--title", "Wrong", code=1).stderr
    run(url, "proposals", "withdraw", "figures-of-may", "--reason", "enough", "--as", "ana")
    assert shown(url)["outcome"] == "partly_accepted"
    run(url, "proposals", "accept", "figures-of-may", code=1)


def test_what_was_accepted_is_not_recorded_again_from_the_file(url: str, tmp_path: Path) -> None:
    run(url, "proposals", "accept", "figures-of-may", "--as", "ben")
    again = run(url, "record", str(tmp_path / "two.ndjson"), "-c", "willing", "--as", "ana", "--json").stdout
    assert (json.loads(again)["recorded"], json.loads(again)["already_recorded"]) == (0, 2)
