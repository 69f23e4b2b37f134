"""``coalition serve``: starting, stopping, open reading and wrong options."""

import re
import signal
import socket
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.running.command_line import SECONDS
from tests.running.service import Service, running, service, start

__all__ = ["service"]


def run_to_end(*arguments: str, database_url: str, **environment: str) -> tuple[int, str]:
    """Run a service that is expected not to start; returns its exit code and its stderr."""
    process = start("serve", *arguments, database_url=database_url, environment=environment)
    try:
        _, complaint = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, complaint


def test_the_service_stops_on_request(service: Service) -> None:
    assert httpx.get(f"{service.url}/health/ready").status_code == 200
    assert service.stop() == 0


def test_ctrl_c_stops_the_service_cleanly(service: Service) -> None:
    service.process.send_signal(signal.SIGINT)
    assert service.wait() == 0


def test_the_folder_of_a_new_ledger_is_made(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/some/where/ledger.sqlite3") as service:
        assert httpx.get(f"{service.url}/coalitions").json() == {"coalitions": []}


def test_only_the_first_start_loads_the_example(sqlite_url: str) -> None:
    with running(sqlite_url, "--example") as service:
        picture = httpx.get(f"{service.url}/coalitions/willing/picture", params={"valid_at": "2025-04-10"}).json()
        assert {
            (required["requirement"], *required["gaps"]["available"].values())
            for required in picture["size"]["required"]
            if required["stated_by"] == "GBR" and not required["is_cumulative"]
        } == {("british-float", 10_000, 30_000), ("times-64000", 64_000, 64_000)}
        assert picture["basis"]["sequence"] == 254
    with running(sqlite_url, "--example") as service:
        listed = httpx.get(f"{service.url}/coalitions").json()["coalitions"]
        assert [(one["coalition"], one["sequence"]) for one in listed] == [
            ("haiti", 151),
            ("willing", 254),
        ]


def test_the_suggestions_of_the_first_start_work(sqlite_url: str) -> None:
    with running(sqlite_url, "--example") as service:
        httpx.get(f"{service.url}/health/ready")
        service.stop()
        output = "".join(service.log)
    (picture_url,) = re.findall(r"^ +(http\S+/picture\S+)$", output, re.MULTILINE)
    (curl,) = re.findall(r"curl -H.*?/events$", output, re.MULTILINE | re.DOTALL)
    port = re.findall(r":(\d+)/", picture_url)[0]
    with running(sqlite_url, "--example", "--port", port) as service:
        assert httpx.get(picture_url).json()["name"] == "Coalition of the willing"
        for _ in range(2):
            done = subprocess.run(["/bin/sh", "-c", curl + " -sS"], capture_output=True, text=True, check=True)
            assert '"recorded_by":"local"' in done.stdout
        service.stop()
        assert "cannot be shown again" in "".join(service.log)
        assert "coal_" not in "".join(service.log)


def test_open_reading_beyond_loopback_needs_an_explicit_setting(sqlite_url: str) -> None:
    code, complaint = run_to_end("--host", "0.0.0.0", "--port", "0", database_url=sqlite_url)
    assert code == 2
    assert "beyond-loopback" in complaint


@pytest.mark.parametrize("reading", ["beyond-loopback", "no"])
def test_with_the_explicit_setting_it_serves_beyond_loopback(sqlite_url: str, reading: str) -> None:
    environment = {"COALITION_OPEN_READING": reading}
    with running(sqlite_url, "--host", "0.0.0.0", environment=environment) as service:
        url = service.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/coalitions").status_code == (200 if reading == "beyond-loopback" else 401)
        assert httpx.get(f"{url}/coalitions", headers=service.authorization).status_code == 200


def test_a_question_is_limited_to_the_configured_time(sqlite_url: str) -> None:
    with running(sqlite_url, "--example", environment={"COALITION_WORK_SECONDS": "0"}) as service:
        answer = httpx.post(f"{service.url}/coalitions/willing/what-if", json={"questions": {"picture": {}}})
        assert answer.json()["type"] == "/problems/took-too-long"


def test_a_port_in_use_is_reported_in_a_sentence(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, complaint = run_to_end("--port", str(port), database_url=sqlite_url)
    assert (code, complaint) == (
        1,
        f"cannot listen on 127.0.0.1 port {port}: Address already in use; try another --port\n",
    )


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["--port", "70000"], {}, "70000 is not in the range"),
        (["--host", "256.0.0.1"], {"COALITION_OPEN_READING": "no"}, "has no known address"),
        ([], {"COALITION_DATABASE_URL": "mysql://x/y"}, "the database URL must be"),
        ([], {"COALITION_OPEN_READING": "maybe"}, "COALITION_OPEN_READING must be one of"),
    ],
)
def test_misuse_is_reported_in_a_sentence(
    sqlite_url: str, arguments: list[str], environment: dict[str, str], expected: str
) -> None:
    code, complaint = run_to_end(*arguments, database_url=sqlite_url, **environment)
    assert (code, expected in complaint, "Traceback" in complaint) == (2, True, False), complaint
