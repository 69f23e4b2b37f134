"""Settings: a variable that means nothing stops every command, with the name that was probably meant."""

import re

import pytest

from api.settings import OF_THE_COMPOSITION, VARIABLES, Settings, UnusableSettings
from tests.running.command_line import coalition
from tests.running.console import ROOT

NAME = re.compile(r"\bCOALITION_[A-Z_]*[A-Z]\b")


def test_a_misspelt_variable_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnusableSettings) as refusal:
        Settings.from_environment({"COALITION_OPEN_READINGS": "no"})
    assert str(refusal.value) == "COALITION_OPEN_READINGS is not a setting; did you mean COALITION_OPEN_READING?"


def test_a_variable_like_no_other_is_refused_with_all_names() -> None:
    with pytest.raises(UnusableSettings) as refusal:
        Settings.from_environment({"COALITION_ZZZ": ""})
    assert set(NAME.findall(str(refusal.value))) == {"COALITION_ZZZ", *VARIABLES}


def test_every_misspelt_variable_is_named() -> None:
    with pytest.raises(UnusableSettings) as refusal:
        Settings.from_environment({"COALITION_KEYS": "x", "COALITION_URI": "y", "PATH": "z"})
    assert {"COALITION_KEYS", "COALITION_URI"} <= set(NAME.findall(str(refusal.value)))


def test_the_known_variables_may_all_be_set() -> None:
    environment = dict.fromkeys(VARIABLES, "") | {"COALITION_OPEN_READING": "no", "COALITION": "of no concern"}
    assert Settings.from_environment(environment).open_reading == "no"


@pytest.mark.parametrize(
    "command", [["serve"], ["picture"], ["keys", "list"], ["record", "facts.json"], ["restore", "x.ndjson"]]
)
def test_no_command_starts_with_a_misspelt_variable(command: list[str], sqlite_url: str) -> None:
    code, _, complaint = coalition(*command, database_url=sqlite_url, COALITION_OPEN_READINGS="no")
    assert code == 2
    assert "did you mean COALITION_OPEN_READING?" in complaint


def test_the_composition_reads_its_own_variables() -> None:
    read = set(re.findall(r"\$\{(COALITION_[A-Z_]+)", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")))
    assert read == set(OF_THE_COMPOSITION)


def test_every_variable_that_is_named_anywhere_is_known() -> None:
    patterns = ["Makefile", "Dockerfile", "docker-compose.yml", "README.md", "docs/**/*.md"]
    patterns += ["api/**/*.py", "domain/**/*.py", "benchmarks/**/*.py"]
    places = [place for pattern in patterns for place in ROOT.glob(pattern)]
    named = {name for place in places for name in NAME.findall(place.read_text(encoding="utf-8"))}
    assert named == set(VARIABLES)
