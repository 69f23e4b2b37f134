"""*Did you mean*: over HTTP and in files, a name that is nearly right is answered with the right one."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.facts import formed, pledge
from tests.running.command_line import coalition
from tests.running.in_process import Service

Json = dict[str, Any]


def errors(service: Service, fact: Json, check: str = "") -> dict[str, str]:
    answer = service.client.post(f"/coalitions/hints/events{check}", json=fact, headers=service.key)
    found = answer.json()
    return {one.get("pointer", ""): one["detail"] for one in found.get("errors") or found["refusals"]}


@pytest.fixture
def hinted(service: Service) -> Service:
    """Serve a coalition with one pledge."""
    for fact in (formed(), pledge("gbr-ground")):
        answer = service.client.post("/coalitions/hints/events", json=fact, headers=service.key)
        assert answer.status_code == 201, answer.text
    return service


@pytest.mark.parametrize(
    ("change", "pointer", "hint"),
    [
        ({"type": "PledgMade"}, "/type", "Did you mean PledgeMade or PledgeAmended?"),
        ({"contributer": "GBR"}, "/contributer", "is not a field here. Did you mean contributor?"),
        ({"contributor": "United Kingdom"}, "/contributor", "Did you mean GBR?"),
        ({"contributor": "Kenia"}, "/contributor", "Did you mean KEN (Kenya)"),
        ({"effective_at": "26.02.2024"}, "/effective_at", "Did you mean 2024-02-26?"),
        ({"effective_at": "Feb 2024"}, "/effective_at", "Did you mean 2024-02?"),
        ({"level": "commited"}, "/level", "Did you mean committed?"),
        ({"quantity": {"min": 1, "max": 2, "unit": "people"}}, "/quantity/unit", "Did you mean personnel?"),
        ({"quantity": {"mn": 1, "max": 2, "unit": "personnel"}}, "/quantity/mn", "Did you mean min?"),
        (
            {"sources": [{"publisher": "AFP", "publishd_on": "2024"}]},
            "/sources/0/publishd_on",
            "Did you mean published_on",
        ),
    ],
)
@pytest.mark.parametrize("check", ["", "?check=true"])
def test_what_is_nearly_right_is_answered_with_what_is(
    hinted: Service, change: Json, pointer: str, hint: str, check: str
) -> None:
    assert hint in errors(hinted, pledge("another") | change, check)[pointer]


def test_a_correction_is_looked_into(hinted: Service) -> None:
    fact = {"type": "EventCorrected", "corrects": "00000000-0000-4000-8000-000000000001", "reason": "x",
            "replacement": pledge("gbr-ground") | {"level": "pledge"}}  # fmt: skip
    assert "Did you mean pledged?" in errors(hinted, fact)["/replacement/level"]


@pytest.mark.parametrize("check", ["", "?check=true"])
def test_a_name_that_is_not_on_record_is_answered_with_those_like_it(hinted: Service, check: str) -> None:
    fact = {
        "type": "PledgeResumed",
        "pledge": "gbr-grund",
        "effective_at": "2025-05-01",
        "sources": [{"publisher": "P"}],
    }
    assert errors(hinted, fact, check)["/pledge"] == "no pledge gbr-grund is on record; did you mean gbr-ground?"
    unlike = errors(hinted, fact | {"pledge": "zzz"}, check)
    assert unlike["/pledge"] == "no pledge zzz is on record"


@pytest.mark.parametrize("field", ["type", "contributor", "effective_at", "level", "quantity", "sources", "fills"])
def test_whatever_stands_in_a_field_is_refused_and_not_a_defect(hinted: Service, field: str) -> None:
    values: tuple[Any, ...] = (7, True, {}, ["a"], [[]], {"a": 1}, "x" * 30_000, "\0", "26.02.2024 " * 50)
    for value in values:
        fact = pledge("another") | {field: value}
        answer = hinted.client.post("/coalitions/hints/events", json=fact, headers=hinted.key)
        assert answer.status_code in (400, 409, 422), (value, answer.text)


def test_the_lines_of_a_file_have_the_same_hints(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "facts.yaml"
    file.write_text(json.dumps([formed(), pledge("one") | {"contributor": "Kenya", "effective_at": "26.02.2024"}]))
    done = coalition("record", str(file), "-c", "trial", database_url=sqlite_url)
    assert done.returncode == 1
    assert "/contributor: contributor: expected a state" in done.stderr
    assert "Did you mean KEN?" in done.stderr
    assert "Did you mean 2024-02-26?" in done.stderr
