"""The console blocks of the documents are run in reading order, in one folder and on one ledger."""

import re
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from api.files.chance_sentences import chance_in
from api.files.change_sentences import change_in
from tests.running.console import ADDRESS, ROOT, SECONDS, Step, discrepancies, matches, output_of, steps
from tests.running.service import Service, running

README = ROOT / "README.md"
TUTORIAL = ROOT / "docs" / "what-if.md"
RECORDING = ROOT / "docs" / "recording.md"
READING_ORDER = [README, TUTORIAL, RECORDING]


def output_or_greeting(step: Step, service: Service, directory: Path, environment: Mapping[str, str]) -> str:
    """The output of a command; for ``make run``, that of the running service."""
    if step.command == "make run":
        return _greeting(step, service)
    return output_of(step, service, directory, environment)


def _greeting(step: Step, service: Service) -> str:
    """The first output of the service, whose last lines come once it already answers."""
    until = time.monotonic() + SECONDS
    while not matches(step.output, greeting := "".join(service.log).replace(service.url, ADDRESS)):
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return greeting


def test_every_console_block_prints_what_it_shows(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    file = tmp_path_factory.mktemp("documents") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example") as service:
        assert not discrepancies(READING_ORDER, service, tmp_path, output_or_greeting)


def test_every_document_with_console_blocks_is_run() -> None:
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md"),
                 *ROOT.glob("benchmarks/*.md")]  # fmt: skip
    with_blocks = {file for file in documents if list(steps(file.read_text(encoding="utf-8")))}
    assert with_blocks == set(READING_ORDER)


def test_every_scenario_file_of_the_examples_is_used() -> None:
    commands = " ".join(step.command for step in steps(TUTORIAL.read_text(encoding="utf-8")))
    unused = [file.name for file in (ROOT / "examples" / "what-if").glob("*.yaml") if file.name not in commands]
    assert not unused


def test_only_elisions_match_anything() -> None:
    assert matches('{"a": 1,\n ...}', '{"a":1,"b":2}')
    assert matches("...", "anything")
    assert not matches('{"a": 1}', '{"a":1,"b":2}')
    assert not matches("a ... c", "a b")


# --- the sentences ----------------------------------------------------------------------------------------------------

EXAMPLES = {
    "TARGET": "every pledge of DEU", "CONDITION": "ceasefire", "DATE": "2025-11-01", "FIELD": "quantity",
    "VALUE": "2 battalion", "PLEDGE": "gbr-ground", "A": "ceasefire", "B": "us-backing",
    "C": "seimas-mandate", "P": "60 %",
}  # fmt: skip
"""An example of each word in capitals."""


def sentences(option: str) -> list[str]:
    """The first sentence of each row in the table of sentences that an option accepts."""
    text = TUTORIAL.read_text(encoding="utf-8")
    table = text[re.search(rf"in a file or after\s+`{option}`", text).end() :].split("\n\n")[1]  # type: ignore[union-attr]
    return re.findall(r"^\| `([^`]+)`", table, re.MULTILINE)


def written_out(sentence: str) -> str:
    return re.sub(r"\b[A-Z]+\b", lambda word: EXAMPLES[word[0]], sentence)


@pytest.mark.parametrize("sentence", sentences("--change"))
def test_each_sentence_of_the_tutorial_is_a_change(sentence: str) -> None:
    assert change_in(written_out(sentence))


@pytest.mark.parametrize("sentence", sentences("--chance"))
def test_each_sentence_of_the_tutorial_is_a_chance(sentence: str) -> None:
    assert chance_in(written_out(sentence))
