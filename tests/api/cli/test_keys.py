"""``coalition keys``: a secret is shown once, keys are listed without secrets, and can be revoked."""

import json
from time import monotonic

import httpx
import pytest

from domain.ledger import Ledger
from tests.running.command_line import FORMED, coalition
from tests.running.service import Service, service

__all__ = ["service"]


@pytest.fixture
def ledger_url(sqlite_url: str) -> str:
    """A ledger that has nothing on record yet."""
    Ledger(sqlite_url).close()
    return sqlite_url


def test_a_key_is_shown_once_records_by_its_name_and_is_revoked(service: Service) -> None:
    made = coalition("keys", "add", "newsroom", database_url=service.database_url)
    secret = made.stdout.removesuffix("\n")
    assert secret.startswith("coal_")
    assert secret not in made.stderr

    def record(coalition_name: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {secret}"}
        return httpx.post(f"{service.url}/coalitions/{coalition_name}/events", json=FORMED, headers=headers)

    assert record("one").json()["events"][0]["recorded_by"] == "newsroom"
    for command in (["keys", "list"], ["keys", "list", "--json"]):
        listed = coalition(*command, database_url=service.database_url)
        assert "newsroom" in listed.stdout
        assert secret not in listed.stdout + listed.stderr
    assert coalition("keys", "revoke", "newsroom", database_url=service.database_url).stderr == "1 key revoked.\n"
    revoked_at = monotonic()
    while (answer := record("two")).status_code != 401 and monotonic() < revoked_at + 30:
        pass
    assert answer.status_code == 401


def test_a_key_is_revoked_by_its_id(ledger_url: str) -> None:
    for _ in range(2):
        coalition("keys", "add", "desk", database_url=ledger_url)
    keys = json.loads(coalition("keys", "list", "--json", database_url=ledger_url).stdout)["keys"]
    assert coalition("keys", "revoke", keys[0]["id"], database_url=ledger_url).returncode == 0
    keys = json.loads(coalition("keys", "list", "--json", database_url=ledger_url).stdout)["keys"]
    assert [key["revoked_at"] is None for key in keys] == [False, True]


def test_an_unknown_key_cannot_be_revoked(ledger_url: str) -> None:
    coalition("keys", "add", "desk", database_url=ledger_url)
    done = coalition("keys", "revoke", "nobody", database_url=ledger_url)
    assert (done.returncode, "no active key nobody" in done.stderr) == (1, True)


def test_a_key_needs_a_valid_name(ledger_url: str) -> None:
    done = coalition("keys", "add", "key-of mine\n", database_url=ledger_url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "a key's name has" in done.stderr
