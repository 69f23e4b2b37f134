"""Checking facts before they are recorded: the judgement of recording, and what they would change."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings

from tests.api.facts import fact, formed, pledge
from tests.oracle.random_histories import Attempt, scripts
from tests.running.in_process import Service, serving

CHECK = "/coalitions/willing/events?check=true"


def check(service: Service, facts: Any, query: str = "", **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post(CHECK + query, json=facts, headers=service.key | named)


def checked(service: Service, facts: Any, query: str = "") -> Any:
    answer = check(service, facts, query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def as_recorded(event: dict[str, Any]) -> dict[str, Any]:
    """An event without what a check cannot know: its time, and an id that the ledger makes."""
    own = ("event_id",) if "event_id" in event["fact"] else ()
    return {name: event[name] for name in ("coalition", "sequence", "recorded_by", "fact", *own)}


@pytest.fixture
def begun(both: Service) -> Service:
    both.record(formed(), pledge("gbr-ground", 1000))
    return both


class TestNothingIsRecorded:
    def test_the_events_and_their_change_are_shown(self, begun: Service) -> None:
        answer = check(begun, pledge("fra-ground", 500, contributor="FRA"))
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == '"2"'
        assert answer.headers["cache-control"] == "no-store"
        found = answer.json()
        assert (found["coalition"], found["sequence"], found["refusals"], found["warnings"]) == ("willing", 2, [], [])
        (event,) = found["events"]
        assert (event["sequence"], event["recorded_by"]) == (3, "desk")
        available = next(one for one in found["changes"]["changes"] if one["what"] == "/size/available")
        assert (available["before"]["min"], available["after"]["min"]) == (1000, 1500)
        assert available["events"] == [event["event_id"]]
        assert begun.sequence == 2

    def test_the_same_check_has_the_same_answer(self, begun: Service) -> None:
        one, other = (check(begun, [pledge("a"), pledge("a2")]).content for _ in range(2))
        assert one == other

    def test_an_idempotency_key_is_neither_looked_at_nor_used(self, begun: Service) -> None:
        assert check(begun, pledge("a"), Idempotency_Key="one").status_code == 200
        assert begun.post(pledge("b"), Idempotency_Key="one").status_code == 201
        assert check(begun, pledge("c"), Idempotency_Key="one").status_code == 200

    def test_a_coalition_that_does_not_exist_yet(self, both: Service) -> None:
        found = checked(both, [formed(), pledge("gbr-ground")])
        assert (found["sequence"], [one["sequence"] for one in found["events"]]) == (0, [1, 2])
        assert any(one["what"] == "/name" for one in found["changes"]["changes"])
        assert both.ask("").status_code == 404
        assert both.client.get("/coalitions").json()["coalitions"] == []
        first = checked(both, pledge("gbr-ground"))
        assert [one["rule"] for one in first["refusals"]] == ["BeginsWithItsFormation"]


class TestRefusals:
    def test_each_has_its_pointer_and_what_it_collides_with(self, begun: Service) -> None:
        taken = begun.answer("/events")["items"][1]["event_id"]
        facts = [pledge("fra"), pledge("gbr-ground"), fact("PledgeWithdrawn", pledge="none")]
        found = checked(begun, facts)
        assert [(one["pointer"], one["rule"]) for one in found["refusals"]] == [
            ("/1/pledge", "IdAlreadyUsed"), ("/2/pledge", "UnknownId"),
        ]  # fmt: skip
        assert found["refusals"][0]["collides_with"] == [taken]
        assert (found["warnings"], found["changes"], len(found["events"])) == ([], None, 3)

    def test_one_fact_has_pointers_into_itself(self, begun: Service) -> None:
        assert checked(begun, pledge("gbr-ground"))["refusals"][0]["pointer"] == "/pledge"

    def test_what_cannot_be_read_is_refused_as_ever(self, begun: Service) -> None:
        answer = check(begun, pledge("p") | {"level": "promised"})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/level"

    def test_a_record_that_has_moved_on(self, begun: Service) -> None:
        assert check(begun, pledge("p"), If_Match='"1"').status_code == 412
        assert check(begun, pledge("p"), If_Match='"2"').status_code == 200

    def test_needs_a_key(self, begun: Service) -> None:
        assert begun.client.post(CHECK, json=pledge("p")).status_code == 401

    @pytest.mark.parametrize("query", ["valid_at=2025", "cursor=1", "check=false&valid_at=2025"])
    def test_what_only_a_check_takes(self, begun: Service, query: str) -> None:
        answer = begun.client.post(f"/coalitions/willing/events?{query}", json=pledge("p"), headers=begun.key)
        assert answer.status_code == 422
        assert "check=true" in answer.json()["errors"][0]["detail"]
        assert begun.sequence == 2


class TestChanges:
    def test_facts_dated_ahead_are_shown_when_the_last_takes_effect(self, begun: Service) -> None:
        later = fact("PledgeWithdrawn", "2025-09-01", pledge="gbr-ground")
        found = checked(begun, later)["changes"]
        assert found["after"]["valid_at"] == "2025-09-01"
        assert any(one["what"] == "/size/available" for one in found["changes"])
        assert checked(begun, later, "&valid_at=2025-08-31")["changes"]["changes"] == []

    def test_corrections_retractions_and_sources(self, begun: Service) -> None:
        made = begun.answer("/events")["items"][1]["event_id"]
        corrected = {
            "type": "EventCorrected",
            "corrects": made,
            "reason": "misread",
            "replacement": pledge("gbr-ground", 900),
        }
        (size,) = (one for one in checked(begun, corrected)["changes"]["changes"] if one["what"] == "/size/available")
        assert size["after"]["max"] == 900
        (gone,) = (
            one
            for one in checked(begun, {"type": "EventRetracted", "retracts": made, "reason": "twice"})["changes"][
                "changes"
            ]
            if one["what"] == "/size/available"
        )
        assert gone["after"]["pledges"] == 0
        added = {"type": "SourceAdded", "event": made, "sources": [{"publisher": "Reuters"}]}
        assert checked(begun, added)["refusals"] == []

    def test_a_large_change_has_pages(self, begun: Service) -> None:
        facts = [pledge(f"p{number}", contributor="FRA") for number in range(30)]
        first = checked(begun, facts, "&limit=40")["changes"]
        assert 0 < len(first["changes"]) <= 40
        second = checked(begun, facts, f"&limit=40&cursor={first['next_cursor']}")["changes"]
        assert second["changes"][-1]["what"] not in {one["what"] for one in first["changes"]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(scripts(12))
def test_what_is_checked_is_what_is_recorded(tmp_path_factory: pytest.TempPathFactory, script: list[Attempt]) -> None:
    with serving(f"sqlite:///{tmp_path_factory.mktemp('check') / 'ledger.sqlite3'}") as service:
        for attempt in script:
            service.clock.now_us = max(service.clock.now_us + 1, attempt.recorded_us)
            facts = attempt.facts
            answer = check(service, facts)
            recorded = service.post(facts)
            if answer.status_code != 200:
                assert recorded.status_code == answer.status_code
                continue
            found = answer.json()
            if found["refusals"]:
                assert recorded.status_code == 409
                assert [
                    {name: one.get(name, []) for name in ("pointer", "rule", "detail", "collides_with")}
                    for one in recorded.json()["errors"]
                ] == found["refusals"]
                continue
            assert recorded.status_code == 201, recorded.text
            assert [*map(as_recorded, found["events"])] == [*map(as_recorded, recorded.json()["events"])]
            assert found["warnings"] == recorded.json()["warnings"]
            if found["sequence"]:
                difference = service.answer(f"/diff?{_query(found, len(facts))}")
                assert _by_part(found["changes"]) == _by_part(difference), json.dumps(facts)


def _query(found: dict[str, Any], count: int) -> str:
    """The parameters of the difference that recording has made."""
    query: dict[str, Any] = {}
    for side, name, sequence in (("from", "before", found["sequence"]), ("to", "after", found["sequence"] + count)):
        basis = found["changes"][name]
        query |= {f"{side}_{axis}": basis[axis] for axis in ("valid_at", "known_at")} | {f"{side}_sequence": sequence}
    return urlencode(query)


def _by_part(difference: dict[str, Any]) -> dict[str, Any]:
    return {one["what"]: (one["fields"], one["before"], one["after"]) for one in difference["changes"]}
