"""A stored event that this program cannot read is a problem of its coalition, or its scenario, alone."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from eventsourcing.persistence import StoredEvent

from domain.ledger.recorders import ScenarioRow
from tests.api.facts import formed, pledge
from tests.running.command_line import coalition
from tests.running.in_process import Service, serving

PROBLEM = "/problems/unreadable-record"


def altered(event: dict[str, Any], **fields: Any) -> bytes:
    return json.dumps(event | {"fact": event["fact"] | fields}).encode()


Row = tuple[int, str, bytes]


def bad_rows(event: dict[str, Any]) -> dict[str, list[Row]]:
    """What might be stored after the second event of a coalition, and cannot be read here: sequence, topic, state."""
    stored = json.dumps(event).encode()
    return {
        "newer": [(3, "PledgeMade.99", stored)],
        "unknown": [(3, "PledgeSold.1", stored)],
        "cut-off": [(3, "PledgeMade.1", stored[:40])],
        "no-object": [(3, "PledgeMade.1", b"[1]")],
        "no-text": [(3, "PledgeMade.1", b"\xff\xfe")],
        "incomplete": [(3, "PledgeMade.1", b'{"fact":{"type":"PledgeMade"}}')],
        "of-another-form": [(3, "PledgeMade.1", altered(event, effective_at=7))],
        "at-no-time": [(3, "PledgeMade.1", altered(event, effective_at="in spring"))],
        "after-a-gap": [(4, "PledgeMade.1", json.dumps(event | {"sequence": 4}).encode())],
        "misplaced": [(3, "PledgeMade.1", json.dumps(event | {"sequence": 1}).encode())],
        "before-a-good-one": [
            (3, "PledgeMade.99", stored),
            (4, "PledgeMade.1", json.dumps(event | {"sequence": 4}).encode()),
        ],
    }


@pytest.fixture
def mixed(both: Service) -> Service:
    """Two coalitions that will stay as they are, and one that may be mixed, which is read before it is."""
    both.record(formed("Fine"), coalition="fine")
    both.record(formed("Good"), pledge("fra"), coalition="good")
    both.record(formed("Bad"), pledge("gbr"), coalition="bad")
    return both


def spoil(service: Service, coalition: str, kind: str) -> int:
    """Add rows that cannot be read; gives the length of the stream."""
    *_, last = service.client.get(f"/coalitions/{coalition}/events").json()["items"]
    rows = bad_rows(last | {"sequence": 3, "event_id": "0195f0a0-0000-7000-8000-000000000001"})[kind]
    service.ledger.recorder.insert_events([StoredEvent(coalition, *row) for row in rows])
    return rows[-1][0]


def is_unreadable(answer: httpx2.Response) -> bool:
    if answer.status_code != 503 or "retry-after" not in answer.headers:
        return False
    return PROBLEM in answer.text or "cannot be read here" in answer.text


def test_an_unreadable_event_affects_only_its_coalition(mixed: Service) -> None:
    before = mixed.client.get("/coalitions").json()["coalitions"][1:]
    lengths = {}
    for kind in bad_rows({"fact": {}}):
        mixed.record(formed("Bad"), pledge("gbr"), coalition=f"z-{kind}")
        lengths[f"z-{kind}"] = spoil(mixed, f"z-{kind}", kind)
    with serving(mixed.ledger_url) as another:
        for service in (mixed, another):
            _, *others, bad = _listed(service, len(before), len(lengths))
            assert others == before
            assert bad == {
                name: {"coalition": name, "sequence": lengths[name], "problem": bad[name]["problem"]}
                for name in lengths
            }
            assert {(one["problem"]["type"], one["problem"]["status"]) for one in bad.values()} == {(PROBLEM, 503)}
            for name in bad:
                for path in ("", "/picture", "/events", "/export", "/pledges", "/scenarios", "/timeline"):
                    assert is_unreadable(service.client.get(f"/coalitions/{name}{path}")), (name, path)
                assert service.client.get(f"/coalitions/{name}").json() == bad[name]["problem"]
            for path in ("", "/picture", "/events", "/export", "/pledges", "/scenarios", "/timeline"):
                assert service.client.get(f"/coalitions/good{path}").status_code == 200, path
            assert service.client.get("/health/ready").json() == {"status": "ready"}
    for name, length in lengths.items():
        _nothing_can_be_recorded_into(mixed, name, length)
    assert mixed.post(pledge("deu"), "good").status_code == 201


def _listed(service: Service, good: int, bad: int) -> list[Any]:
    """The list of coalitions: the first, those that are good, and, by their names, those that are bad."""
    listed = service.client.get("/coalitions").json()["coalitions"]
    assert len(listed) == 1 + good + bad
    return [*listed[: 1 + good], {one["coalition"]: one for one in listed[1 + good :]}]


def _nothing_can_be_recorded_into(service: Service, name: str, length: int) -> None:
    for headers in ({}, {"Idempotency-Key": "k"}, {"If-Match": '"2"'}, {"If-Match": "*"}):
        assert is_unreadable(service.post(pledge("deu"), name, **headers)), (name, headers)
    for path, body in (("scenarios", {"name": "A"}), ("what-if", {"changes": [], "ask": []})):
        answer = service.client.post(f"/coalitions/{name}/{path}", json=body, headers=service.key)
        assert is_unreadable(answer), (name, path)
    assert service.ledger.recorder.sequence(name) == length
    assert service.ledger.recorder.scenario_sequences(name) == []


@pytest.mark.parametrize("kind", ["newer", "of-another-form"])
def test_later_events_can_be_read_once_the_event_can(mixed: Service, kind: str) -> None:
    spoil(mixed, "bad", kind)
    assert is_unreadable(mixed.client.get("/coalitions/bad"))
    mixed.ledger.recorder.change("DELETE FROM stored_events WHERE originator_version = ?", (3,))
    assert mixed.client.get("/coalitions/bad").json()["sequence"] == 2
    mixed.record(pledge("deu"), coalition="bad")
    assert mixed.client.get("/coalitions/bad").json()["sequence"] == 3


def test_a_stream_without_a_formation_is_reported(mixed: Service) -> None:
    event = mixed.client.get("/coalitions/good/events").json()["items"][1] | {"coalition": "odd", "sequence": 1}
    mixed.ledger.recorder.insert_events([StoredEvent("odd", 1, "PledgeMade.1", json.dumps(event).encode())])
    *others, odd = mixed.client.get("/coalitions").json()["coalitions"]
    assert [one["name"] for one in others] == ["Bad", "Fine", "Good"]
    assert odd["problem"]["type"] == PROBLEM
    assert is_unreadable(mixed.client.get("/coalitions/odd/picture"))
    assert is_unreadable(mixed.post(pledge("deu"), "odd"))


def test_pages_list_an_unreadable_coalition_among_the_others(mixed: Service) -> None:
    spoil(mixed, "bad", "newer")
    page = mixed.client.get("/").text
    assert all(f'href="/c/{name}"' in page for name in ("bad", "fine", "good"))
    assert "cannot be read here" in page
    rows = list(csv.DictReader(io.StringIO(mixed.client.get("/coalitions.csv").text)))
    assert [(row["coalition"], row["name"]) for row in rows] == [("bad", ""), ("fine", "Fine"), ("good", "Good")]
    for path in ("", "/record", "/scenarios", "/what-if"):
        assert is_unreadable(mixed.client.get(f"/c/bad{path}")), path
    assert mixed.client.get("/c/good").status_code == 200


def test_the_command_line_continues_with_the_other_coalitions(mixed: Service, tmp_path: Path) -> None:
    spoil(mixed, "bad", "newer")
    url = mixed.ledger_url
    listed = coalition("coalitions", database_url=url)
    assert listed.returncode == 0
    assert all(name in listed.stdout for name in ("bad", "fine", "good", "cannot be read"))
    assert coalition("picture", "-c", "good", database_url=url).returncode == 0
    unclear = coalition("picture", database_url=url)
    assert (unclear.returncode, "bad, fine, good" in unclear.stderr) == (2, True)
    for command in (["picture"], ["log"], ["scenarios", "list"], ["export", "-o", str(tmp_path / "x")]):
        failed = coalition(*command, "-c", "bad", database_url=url)
        assert (failed.returncode, failed.stdout) == (1, ""), command
        assert "PledgeMade.99" in failed.stderr
        assert "Traceback" not in failed.stderr


def test_an_unreadable_only_coalition_is_still_the_default(both: Service) -> None:
    both.record(formed("Bad"), pledge("gbr"), coalition="bad")
    spoil(both, "bad", "newer")
    failed = coalition("picture", database_url=both.ledger_url)
    assert (failed.returncode, "PledgeMade.99" in failed.stderr) == (1, True)


# --- scenarios --------------------------------------------------------------------------------------------------------


def bad_scenario_rows(name: str, event: dict[str, Any]) -> dict[str, list[ScenarioRow]]:
    """What might be stored after the first event of a scenario, and cannot be read here."""
    opened, closed = event | {"sequence": 1}, event | {"sequence": 1, "fact": {"type": "ScenarioClosed"}}

    def row(topic: str, event: dict[str, Any], length: int | None = None) -> ScenarioRow:
        return ScenarioRow("good", name, event["sequence"], topic, json.dumps(event).encode()[:length])

    second = event | {"sequence": 2}
    return {
        "newer": [row("ScenarioOpened.1", opened), row("ScenarioOpened.99", second)],
        "unknown": [row("ScenarioOpened.1", opened), row("ScenarioSold.1", second)],
        "cut-off": [row("ScenarioOpened.1", opened), row("ScenarioOpened.1", second, 40)],
        "after-a-gap": [row("ScenarioOpened.1", opened), row("ScenarioOpened.1", event | {"sequence": 3})],
        "not-opened": [row("ScenarioClosed.1", closed)],
    }


def test_an_unreadable_scenario_does_not_affect_the_others(mixed: Service) -> None:
    def post(path: str, body: Any) -> httpx2.Response:
        return mixed.client.post(f"/coalitions/good/scenarios{path}", json=body, headers=mixed.key)

    answer = post("", {"name": "A"})
    before = mixed.client.get("/coalitions/good/scenarios").json()["scenarios"]
    lengths = {}
    for kind in bad_scenario_rows("", {} | {"sequence": 0}):
        name = f"z-{kind}"
        event = answer.json()["events"][0] | {"scenario": name}
        rows = bad_scenario_rows(name, event)[kind]
        mixed.ledger.recorder.insert_scenario_events(rows, [])
        lengths[name] = rows[-1].sequence

    for query in ("", "?status=open", "?status=closed"):
        listed = mixed.client.get(f"/coalitions/good/scenarios{query}").json()["scenarios"]
        good = [one for one in listed if "problem" not in one]
        assert good == ([] if query.endswith("closed") else before)
        bad = {one["scenario"]: one for one in listed if "problem" in one}
        assert {name: one["sequence"] for name, one in bad.items()} == lengths
        assert {one["problem"]["type"] for one in bad.values()} == {PROBLEM}
    for path in ("", "/picture", "/adopt"):
        assert mixed.client.get(f"/coalitions/good/scenarios/a{path}").status_code == 200, path
        for name in lengths:
            assert is_unreadable(mixed.client.get(f"/coalitions/good/scenarios/{name}{path}")), (name, path)
    assert is_unreadable(mixed.client.get("/coalitions/good/export"))
    more = {"changes": [{"omit": {"type": ["PledgeMade"]}}]}
    for name in lengths:
        for path, body in (
            (f"/{name}/close", {}), (f"/{name}/rebase", {}), (f"/{name}/changes", more),
            ("", {"name": name}), ("", {"name": "Forked", "fork": {"scenario": name}}),
        ):  # fmt: skip
            assert is_unreadable(post(path, body)), (name, path)
        assert is_unreadable(mixed.client.get(f"/c/good/scenarios/{name}"))
    assert dict(mixed.ledger.recorder.scenario_sequences("good")) == {"a": 1} | lengths
    assert post("/a/close", {}).status_code == 201

    page = mixed.client.get("/c/good/scenarios")
    assert page.status_code == 200
    assert all(f"/c/good/scenarios/{name}" in page.text for name in ("a", *lengths))
    assert page.text.count("cannot be read here") == len(lengths)
    rows_shown = list(csv.DictReader(io.StringIO(mixed.client.get("/c/good/scenarios.csv").text)))
    assert {row["scenario"]: row["name"] for row in rows_shown} == {"a": "A"} | dict.fromkeys(lengths, "")
    shown = coalition("scenarios", "list", "-c", "good", database_url=mixed.ledger_url)
    assert shown.returncode == 0
    assert all(name in shown.stdout for name in ("a", *lengths, "cannot be read"))
