"""``coalition serve``, as whoever starts it meets it."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.running.service import STOP_SECONDS, Service, running, service, started

__all__ = ["service"]


def ended(*arguments: str, database_url: str, **environment: str) -> tuple[int, str]:
    """Run a service that is expected not to start; gives its exit code and what it said."""
    process = started("serve", *arguments, database_url=database_url, environment=environment)
    try:
        _, complaint = process.communicate(timeout=STOP_SECONDS)
    finally:
        process.kill()
    return process.returncode, complaint


def test_it_serves_and_stops_when_it_is_asked_to(service: Service) -> None:
    assert httpx.get(f"{service.url}/health/ready").status_code == 200
    assert service.stop() == 0


def test_ctrl_c_stops_it_in_order(service: Service) -> None:
    service.process.send_signal(signal.SIGINT)
    assert service.ended() == 0


def test_it_makes_the_folder_of_a_new_file(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/some/where/ledger.sqlite3") as service:
        assert httpx.get(f"{service.url}/coalitions").json() == {"coalitions": []}


def test_the_first_start_loads_the_example_and_the_second_does_not(sqlite_url: str) -> None:
    with running(sqlite_url, "--example") as service:
        picture = httpx.get(f"{service.url}/coalitions/willing/picture", params={"valid_at": "2025-04-10"}).json()
        assert {
            (required["requirement"], required["gap"]["min"], required["gap"]["max"])
            for required in picture["size"]["required"]
            if required["stated_by"] == "GBR" and not required["is_cumulative"]
        } == {("british-float", 10_000, 30_000), ("times-64000", 64_000, 64_000)}
        assert picture["basis"]["sequence"] == 133
    with running(sqlite_url, "--example") as service:
        listed = httpx.get(f"{service.url}/coalitions").json()["coalitions"]
        assert [(one["coalition"], one["sequence"]) for one in listed] == [("willing", 133)]


def test_what_the_first_start_tells_to_try_works(sqlite_url: str) -> None:
    with running(sqlite_url, "--example") as service:
        httpx.get(f"{service.url}/health/ready")
        service.stop()
        told = "".join(service.said)
    (picture_url,) = re.findall(r"^ +(http\S+/picture\S+)$", told, re.MULTILINE)
    (curl,) = re.findall(r"curl -H.*?/events$", told, re.MULTILINE | re.DOTALL)
    port = re.findall(r":(\d+)/", picture_url)[0]
    with running(sqlite_url, "--example", "--port", port) as service:
        assert httpx.get(picture_url).json()["name"] == "Coalition of the willing"
        for _ in range(2):
            done = subprocess.run(["/bin/sh", "-c", curl + " -sS"], capture_output=True, text=True, check=True)
            assert '"recorded_by":"local"' in done.stdout
        service.stop()
        assert "cannot be shown again" in "".join(service.said)
        assert "coal_" not in "".join(service.said)


def test_beyond_loopback_open_reading_has_to_be_meant(sqlite_url: str) -> None:
    code, complaint = ended("--host", "0.0.0.0", "--port", "0", database_url=sqlite_url)
    assert code == 2
    assert "beyond-loopback" in complaint


@pytest.mark.parametrize("reading", ["beyond-loopback", "no"])
def test_beyond_loopback_it_serves_once_that_is_said(sqlite_url: str, reading: str) -> None:
    environment = {"COALITION_OPEN_READING": reading}
    with running(sqlite_url, "--host", "0.0.0.0", environment=environment) as service:
        url = service.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/coalitions").status_code == (200 if reading == "beyond-loopback" else 401)
        assert httpx.get(f"{url}/coalitions", headers=service.authorization).status_code == 200


def test_it_takes_no_longer_over_one_question_than_is_set(sqlite_url: str) -> None:
    with running(sqlite_url, "--example", environment={"COALITION_WORK_SECONDS": "0"}) as service:
        answer = httpx.post(f"{service.url}/coalitions/willing/what-if", json={"questions": {"picture": {}}})
        assert answer.json()["type"] == "/problems/took-too-long"


def test_a_port_that_is_taken_is_told_in_a_sentence(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, complaint = ended("--port", str(port), database_url=sqlite_url)
    assert (code, complaint) == (
        1,
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; try another --port\n",
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--port", "70000"], {}, "70000 is not in the range"),
        (["--host", "no.such.host.invalid"], {"COALITION_OPEN_READING": "no"}, "has no known address"),
        ([], {"COALITION_DATABASE_URL": "mysql://x/y"}, "the database URL must be"),
        ([], {"COALITION_OPEN_READING": "maybe"}, "COALITION_OPEN_READING must be one of"),
    ],
)
def test_a_wrong_call_is_told_in_a_sentence(
    sqlite_url: str, arguments: list[str], environment: dict[str, str], said: str
) -> None:
    code, complaint = ended(*arguments, database_url=sqlite_url, **environment)
    assert (code, said in complaint, "Traceback" in complaint) == (2, True, False), complaint
