"""A store that is gone, replaced, cut, read-only, full or damaged: told as what it is, and never a 500.

The faults are real: files are removed and copied over, permissions taken away, and the size of files is limited by the
kernel, as a quota does it.
"""

import os
import resource
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import httpx2
import pytest

from domain.ledger import Keys, Ledger
from domain.ledger.ledger import CHECK_SECONDS
from tests.api.facts import formed, pledge
from tests.domain.ledger.facts import formed as formation
from tests.running.command_line import coalition
from tests.running.in_process import Service, serving
from tests.running.service import Service as Process
from tests.running.service import running

BOUND = (sys.executable, "-m", "tests.running.bound_by_permissions")


def file_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    with serving(sqlite_url) as one:
        one.record(formed(), pledge("gbr"))
        yield one


def is_refused_everywhere(service: Service, name: str) -> bool:
    answers = [
        service.post([pledge("fra")]),
        service.ask("/picture"),
        service.ask("/events"),
        service.client.get("/coalitions"),
        service.client.get("/c/willing"),
        service.client.get("/health/ready"),
    ]
    assert service.client.get("/health/live").status_code == 200
    pages = {answer.status_code for answer in answers}
    told = {problem(answer) for answer in answers if "json" in answer.headers["content-type"]}
    return pages == {503} and told == {(503, name)}


# --- gone or replaced -------------------------------------------------------------------------------------------------


def test_a_file_that_is_deleted_is_missed_until_it_is_back(service: Service, sqlite_url: str, tmp_path: Path) -> None:
    file, kept = file_of(sqlite_url), tmp_path / "kept"
    os.link(file, kept)
    file.unlink()
    assert is_refused_everywhere(service, "store-replaced")
    os.link(kept, file)
    assert service.post([pledge("fra")]).status_code == 201
    assert service.sequence == 3


def test_a_copy_in_the_place_of_the_file_is_noticed(service: Service, sqlite_url: str, tmp_path: Path) -> None:
    file = file_of(sqlite_url)
    shutil.copy(file, tmp_path / "copy")
    os.replace(tmp_path / "copy", file)
    assert is_refused_everywhere(service, "store-replaced")


def test_another_ledger_written_over_the_file_is_noticed(service: Service, sqlite_url: str, tmp_path: Path) -> None:
    other = Ledger(f"sqlite:///{tmp_path}/other.sqlite3")
    for number in range(200):  # a larger file than this one
        other.record(f"c-{number}", [formation()], recorded_by="desk")
    other.close()
    shutil.copyfile(tmp_path / "other.sqlite3", file_of(sqlite_url))
    assert is_refused_everywhere(service, "store-replaced")


def test_a_file_that_is_cut_is_noticed(service: Service, sqlite_url: str) -> None:
    checkpointed(sqlite_url)
    assert service.ask("/picture").status_code == 200
    os.truncate(file_of(sqlite_url), 8192)
    assert is_refused_everywhere(service, "store-replaced")


def test_an_older_copy_over_the_file_is_noticed(service: Service, sqlite_url: str, tmp_path: Path) -> None:
    checkpointed(sqlite_url)
    shutil.copyfile(file_of(sqlite_url), tmp_path / "old")
    for number in range(100):
        service.record(pledge(f"p-{number}"))
    checkpointed(sqlite_url)
    assert service.sequence == 102
    shutil.copyfile(tmp_path / "old", file_of(sqlite_url))
    assert is_refused_everywhere(service, "store-replaced")


@pytest.mark.parametrize("end", ["wal", "shm"])
def test_a_write_ahead_log_that_is_deleted_is_noticed(service: Service, sqlite_url: str, end: str) -> None:
    Path(f"{file_of(sqlite_url)}-{end}").unlink()
    assert is_refused_everywhere(service, "store-replaced")


def checkpointed(url: str) -> None:
    """Have everything written to the file itself, as happens from time to time."""
    connection = sqlite3.connect(file_of(url))
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    connection.close()


def test_a_checkpoint_is_no_replacement(service: Service, sqlite_url: str) -> None:
    for number in range(3):
        checkpointed(sqlite_url)
        service.record(pledge(f"p-{number}"))
    assert service.sequence == 5
    assert service.client.get("/health/ready").status_code == 200


# --- full, read-only, damaged -----------------------------------------------------------------------------------------


def post(process: Process, name: str) -> httpx2.Response:
    return httpx2.post(
        f"{process.url}/coalitions/willing/events", json=[pledge(name)], headers=process.authorization, timeout=30
    )


def test_a_full_disk_is_said_and_writing_works_again_once_there_is_room(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    ledger.record("willing", [formation()], recorded_by="desk")
    ledger.close()
    with running(sqlite_url) as process:
        assert post(process, "before").status_code == 201
        size = Path(f"{file_of(sqlite_url)}-wal").stat().st_size
        _, hard = resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        assert problem(post(process, "full")) == (507, "storage-full")
        sleep(CHECK_SECONDS)  # that it was ready before holds for so long
        assert problem(httpx2.get(f"{process.url}/health/ready")) == (507, "storage-full")
        assert httpx2.get(f"{process.url}/coalitions/willing/picture").status_code == 200
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert post(process, "full").status_code == 201
        assert httpx2.get(f"{process.url}/coalitions/willing").json()["sequence"] == 3


def test_a_read_only_store_is_served_and_takes_writes_once_it_can(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    ledger.record("willing", [formation()], recorded_by="desk")
    key = Keys(ledger).add("desk")
    ledger.close()
    file = file_of(sqlite_url)
    file.chmod(0o444)
    file.parent.chmod(0o555)
    with running(sqlite_url, key=key, through=BOUND) as process:
        assert httpx2.get(f"{process.url}/coalitions/willing/picture").status_code == 200
        assert [one["name"] for one in httpx2.get(f"{process.url}/coalitions").json()["coalitions"]] != []
        assert problem(httpx2.get(f"{process.url}/health/ready")) == (503, "store-read-only")
        assert "Nothing can be recorded" in "".join(process.log)
        assert problem(post(process, "refused")) == (503, "store-read-only")
        file.parent.chmod(0o755)
        file.chmod(0o644)
        for name in ("first", "second"):
            assert post(process, name).status_code == 201
        sleep(CHECK_SECONDS)
        assert httpx2.get(f"{process.url}/health/ready").status_code == 200


def test_a_store_that_becomes_read_only_is_written_again_once_it_can_be(sqlite_url: str) -> None:
    ledger = Ledger(sqlite_url)
    ledger.record("willing", [formation()], recorded_by="desk")
    ledger.close()
    file = file_of(sqlite_url)
    with running(sqlite_url, through=BOUND) as process:
        assert post(process, "before").status_code == 201
    file.chmod(0o444)
    with running(sqlite_url, key=process.key, through=BOUND) as process:
        assert problem(post(process, "after")) == (503, "store-read-only")
        file.chmod(0o644)
        assert post(process, "after").status_code == 201


@pytest.mark.parametrize("content", [b"no database, but text that is long enough" * 100, b"\0" * 5000])
def test_a_file_that_is_no_database_is_named_at_the_start(sqlite_url: str, content: bytes) -> None:
    file_of(sqlite_url).write_bytes(content)
    done = coalition("serve", "--port", "0", database_url=sqlite_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "is not a SQLite database" in done.stderr
    assert str(file_of(sqlite_url)) in done.stderr


def test_a_file_that_is_cut_is_named_at_the_start(service: Service, sqlite_url: str) -> None:
    service.ledger.close()
    os.truncate(file_of(sqlite_url), 8192)
    done = coalition("serve", "--port", "0", database_url=sqlite_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "is damaged" in done.stderr


def test_an_empty_file_is_not_taken_for_a_new_ledger(sqlite_url: str) -> None:
    file_of(sqlite_url).touch()
    done = coalition("serve", "--port", "0", database_url=sqlite_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "empty file" in done.stderr


def test_the_database_of_another_program_is_not_taken_for_a_ledger(sqlite_url: str) -> None:
    connection = sqlite3.connect(file_of(sqlite_url))
    connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    done = coalition("serve", "--port", "0", database_url=sqlite_url)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "bookmarks" in done.stderr


def test_a_new_ledger_is_announced_and_an_old_one_is_not(sqlite_url: str) -> None:
    for is_new in (True, False):
        with running(sqlite_url) as process:
            assert ("A new ledger was created" in "".join(process.log)) is is_new


# --- a stream that was cut, a clock that was wrong --------------------------------------------------------------------

PATHS = ("", "/picture", "/events", "/timeline", "/pledges", "/diff?from_valid_at=2025-01-01", "/export")
PAGES = ("", "/events", "/pledges", "/log", "/what-if", "/scenarios")


@pytest.mark.parametrize("cut", ["= 1", "= 2", "= 3", ">= 1"])
def test_a_cut_stream_is_told_as_the_problem_of_its_coalition(service: Service, cut: str) -> None:
    service.record(pledge("fra"))
    service.record(formed(), coalition="able")
    service.ledger.recorder.change(
        f"DELETE FROM stored_events WHERE originator_id = 'willing' AND originator_version {cut}", ()
    )
    with serving(service.ledger_url) as later:
        for one in (service, later):
            if one is later or cut in {"= 3", ">= 1"}:  # what was read before is not read again
                for path in PATHS:
                    assert problem(one.ask(path)) == (503, "unreadable-record"), path
                pages = {one.client.get(f"/c/willing{page}").status_code for page in PAGES}
                assert pages <= {503, 404}
                listed = {
                    item["coalition"]: "problem" in item for item in one.client.get("/coalitions").json()["coalitions"]
                }
                assert listed == {"able": False, "willing": True}
                assert problem(one.post([pledge("deu")])) == (503, "unreadable-record")
            assert one.client.get("/coalitions/able/picture").status_code == 200
            assert one.client.get("/c/able").status_code == 200
    assert [row[0] for row in service.ledger.recorder.rows("willing", 3, 10)] == []


@pytest.mark.parametrize("year", [b"2099", b"2250"])
def test_a_record_with_a_time_to_come_is_read_and_not_written(service: Service, year: bytes) -> None:
    ((_, _, state),) = service.ledger.recorder.rows("willing", 1, 1)
    at = state.index(b'"recorded_at":"') + len(b'"recorded_at":"')
    changed = state[:at] + year + state[at + 4 :]
    service.ledger.recorder.change("UPDATE stored_events SET state = ? WHERE originator_version = 2", (changed,))
    with serving(service.ledger_url) as later:
        for path in (*PATHS, "/picture?known_axis=reported", "/pledges/gbr", "/events?recorded_from=2025-01-01"):
            assert later.ask(path).status_code == 200, (path, later.ask(path).text)
        found = later.answer("/events")["items"]
        assert len(found) == 2
        assert later.ask(f"/events/{found[1]['event_id']}").status_code == 200
        for page in (*PAGES, "/pledges/gbr", f"/events/{found[1]['event_id']}"):
            answer = later.client.get(f"/c/willing{page}")
            assert answer.status_code in {200, 404}, (page, answer.text)
        refused = later.post([pledge("deu")])
        assert problem(refused) == (503, "clock-off")
        assert "the last event was recorded at 2" in refused.json()["detail"]
        assert later.post([formed()], coalition="able").status_code == 201
