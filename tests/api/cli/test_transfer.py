"""``coalition export`` and ``coalition restore``: a record is restored exactly, or not at all."""

import subprocess
from pathlib import Path

import pytest

from domain.ledger import Ledger
from tests.running.command_line import (
    FORMED,
    SECONDS,
    CommandResult,
    coalition,
    coalition_process,
    pledge,
    statement,
    write_ndjson,
)
from tests.running.service import COALITION, clean_environment, running


@pytest.fixture
def exported(sqlite_url: str, tmp_path: Path) -> bytes:
    """The export of a small record that was recorded in two batches."""
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED, pledge("gbr-ground", note="Ärmelkanal"), statement(0)])
    assert coalition("record", file, "-c", "trial", "--batch", "2", database_url=sqlite_url).returncode == 0
    done = coalition("export", database_url=sqlite_url)
    assert (done.returncode, "Exported 3 events" in done.stderr, "keys" in done.stderr) == (0, True, True)
    return done.stdout.encode()


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """A store that is not there yet."""
    return f"sqlite:///{tmp_path / 'other' / 'ledger.sqlite3'}"


def restored(content: bytes, database_url: str) -> CommandResult:
    return coalition("restore", "-", database_url=database_url, content=content)


def test_an_export_can_be_piped_into_a_restore_and_back(exported: bytes, sqlite_url: str, empty_url: str) -> None:
    command = f"'{COALITION}' export | '{COALITION}' restore - --database '{empty_url}'"
    environment = clean_environment() | {"COALITION_DATABASE_URL": sqlite_url}
    subprocess.run(["/bin/sh", "-ec", command], env=environment, check=True, capture_output=True, timeout=SECONDS)
    assert coalition("export", database_url=empty_url).stdout.encode() == exported


def test_a_record_can_move_between_kinds_of_store(exported: bytes, database_url: str, tmp_path: Path) -> None:
    target = database_url if database_url.startswith("postgresql") else f"sqlite:///{tmp_path / 'target.sqlite3'}"
    done = restored(exported, target)
    place = "the database that the URL names" if target == database_url else target.removeprefix("sqlite:///")
    said = f"A new ledger was created: {place}\ntrial: 3 events restored.\n"
    assert (done.returncode, done.stderr) == (0, said)
    assert coalition("export", database_url=target).stdout.encode() == exported


def test_requests_are_still_recognised_after_a_restore(exported: bytes, empty_url: str, tmp_path: Path) -> None:
    restored(exported, empty_url)
    done = coalition("record", str(tmp_path / "facts.ndjson"), "-c", "trial", database_url=empty_url)
    assert "0 facts recorded, 3 already on record" in done.stderr


def test_a_restore_needs_an_empty_coalition(exported: bytes, sqlite_url: str) -> None:
    done = restored(exported, sqlite_url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "trial has a record already" in done.stderr
    assert coalition("export", database_url=sqlite_url).stdout.encode() == exported


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (lambda lines: lines[1:], "standard input, line 1 is not an event"),
        (lambda lines: [lines[0], *lines[2:]], "sequence 2 is in the place of 1"),
        (lambda lines: [*lines[:2], lines[3]], "sequence 3 is in the place of 2"),
        (lambda lines: lines[:3], "2 of 3 events"),
        (lambda lines: [*lines[:3], lines[3].replace(b'"trial"', b'"other"')], "the coalition other, not trial"),
        (lambda lines: [*lines[:3], lines[3][:40]], "standard input, line 4 is not an event"),
        (lambda lines: [*lines[:3], lines[3].replace(b'"political"', b'"gossip"')], "permitted: "),
        (lambda lines: [*lines[:3], lines[3].replace(b"Made.1", b"Made.9")], "StatementMade.9"),
        (lambda lines: [lines[0].replace(b'"version":1', b'"version":2'), *lines[1:]], "format version 2"),
        (lambda lines: [*lines, lines[1]], "sequence 1 is in the place of 4"),
        (lambda _: [b"[]\n"], "standard input, line 1 is not an event"),
        (lambda _: [], "contains no events"),
    ],
)
def test_a_damaged_export_restores_nothing_at_all(exported: bytes, empty_url: str, broken, expected: str) -> None:  # type: ignore[no-untyped-def]
    done = restored(b"".join(broken(exported.splitlines(keepends=True))), empty_url)
    assert (done.returncode, expected in done.stderr) == (1, True), done.stderr
    ledger = Ledger(empty_url)
    assert ledger.coalitions() == []
    ledger.close()


def test_a_service_exports_what_the_store_exports(exported: bytes, sqlite_url: str) -> None:
    with running(sqlite_url) as service:
        done = coalition("export", "-c", "trial", "--url", service.url, database_url="sqlite:////nowhere/x")
    assert done.stdout.encode() == exported


def test_a_service_exports_a_record_longer_than_a_page(sqlite_url: str, tmp_path: Path) -> None:
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED, *map(statement, range(2_100))])
    assert coalition("record", file, "-c", "trial", "--batch", "1000", database_url=sqlite_url).returncode == 0
    here = coalition("export", database_url=sqlite_url)
    with running(sqlite_url) as service:
        done = coalition_process("export", "-c", "trial", "--url", service.url, database_url="sqlite:////nowhere/x")
    assert "2,101 events" in done.stderr
    assert done.stdout == here.stdout


def test_scenarios_are_exported_the_same_from_store_and_service(
    exported: bytes, sqlite_url: str, empty_url: str
) -> None:
    saved = coalition(
        "scenarios", "save", "-c", "trial", "--name", "Halved", "--change", "halve every pledge of GBR",
        "--as", "desk", database_url=sqlite_url,
    )  # fmt: skip
    assert saved.returncode == 0, saved.stderr
    here = coalition("export", database_url=sqlite_url)
    assert "Exported 3 events and 1 scenario" in here.stderr
    assert here.stdout.encode().splitlines()[1:4] == exported.splitlines()[1:]
    with running(sqlite_url) as service:
        there = coalition("export", "-c", "trial", "--url", service.url, database_url="sqlite:////nowhere/x")
        unknown = coalition("export", "-c", "nobody", "--url", service.url, database_url="sqlite:////nowhere/x")
    assert (there.returncode, there.stdout, there.stderr) == (0, here.stdout, here.stderr)
    assert (unknown.returncode, "Unknown coalition" in unknown.stderr) == (1, True)
    done = restored(there.stdout.encode(), empty_url)
    assert (done.returncode, "3 events and 1 scenario restored" in done.stderr) == (0, True)
    assert coalition("export", database_url=empty_url).stdout == here.stdout
    shown = [coalition("scenarios", "show", "halved", "--json", database_url=url) for url in (sqlite_url, empty_url)]
    assert shown[0].returncode == 0
    assert shown[0].stdout == shown[1].stdout


def test_a_file_gets_its_name_once_it_is_complete(exported: bytes, sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "export.ndjson"
    assert coalition("export", "-o", str(file), database_url=sqlite_url).stdout == ""
    assert file.read_bytes() == exported
    failed = coalition("export", "-c", "nobody", "-o", str(file), database_url=sqlite_url)
    assert (failed.returncode, file.read_bytes()) == (1, exported)
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".part"] == []
    nowhere = coalition("export", "-o", str(tmp_path / "no" / "x"), database_url=sqlite_url)
    assert (nowhere.returncode, "cannot be written: No such file" in nowhere.stderr) == (1, True)
