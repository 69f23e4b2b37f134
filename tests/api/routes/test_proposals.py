"""Proposals: facts that somebody else accepts, one by one or together, edits, declines and discusses."""

from typing import Any, cast

import pytest
from fastapi import FastAPI

from api.services import services_of
from domain.ledger import Keys
from domain.what_if.scenarios import ChangeDeclined
from tests.api.facts import SOURCES, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_scenarios import post, posted, refused
from tests.api.routes.test_what_if import HALVED
from tests.running.in_process import Service

Json = dict[str, Any]


@pytest.fixture
def both(both: Service) -> Service:
    """Serve something of everything, once on each kind of store."""
    record_all(both)
    return both


@pytest.fixture
def service(service: Service) -> Service:
    """Serve something of everything."""
    record_all(service)
    return service


def proposed(service: Service, *facts: Json, name: str = "Figures of May", **more: Any) -> Json:
    body = {"name": name, "purpose": "proposal", "changes": [{"assume": one} for one in facts], **more}
    answer: Json = posted(service, "", body)
    return answer


def key_of(service: Service, name: str) -> dict[str, str]:
    """The header of a new key."""
    return {"Authorization": f"Bearer {Keys(service.ledger).add(name)}"}


def test_titles_may_come_again_and_need_no_letters(service: Service) -> None:
    one = proposed(service, pledge("new", 500, "2025-05-02"))
    two = proposed(service, pledge("newer", 500, "2025-05-02"))
    three = proposed(service, pledge("newest", 500, "2025-05-02"), name="Дані за травень")
    assert [one["scenario"], two["scenario"], three["scenario"]] == ["figures-of-may", "figures-of-may-2", "proposal"]


def test_a_repeated_proposal_is_one(both: Service) -> None:
    body = {"name": "Twice", "purpose": "proposal", "changes": [{"assume": pledge("new", 500, "2025-05-02")}]}
    first, second = (post(both, "", body, Idempotency_Key="k-1") for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_proposed_fact_has_sources_and_could_be_recorded(service: Service) -> None:
    unsourced = {name: value for name, value in pledge("new", 500, "2025-05-02").items() if name != "sources"}
    body = {"name": "Bare", "purpose": "proposal", "changes": [{"assume": unsourced}]}
    [fault] = refused(post(service, "", body), 422, "what-if-refused", "SourcesAreMissing")
    assert fault["pointer"] == "/changes/0/assume/sources"
    amended = {"type": "PledgeReaffirmed", "pledge": "nowhere", "effective_at": "2025-05-02", "sources": SOURCES}
    body["changes"] = [{"assume": pledge("new", 500, "2025-05-02")}, {"assume": amended}]
    [fault] = refused(post(service, "", body), 409, "rule-broken", "UnknownId")
    assert fault["pointer"] == "/changes/1/assume/pledge"
    body["changes"] = [{"omit": {"attribution": "leak"}}]
    refused(post(service, "", body), 422, "what-if-refused", "OnlyFactsAreProposed")
    assert service.answer("/scenarios")["scenarios"] == []


# --- accepting --------------------------------------------------------------------------------------------------------


def test_one_fact_is_accepted_then_the_others_together(both: Service) -> None:
    three = [pledge(name, 500, "2025-05-02") for name in ("new-a", "new-b", "new-c")]
    proposed(both, *three)
    boss = key_of(both, "boss")
    before = both.sequence
    [event] = posted(both, "/figures-of-may/accept", {"changes": [2]}, **boss)["events"]
    origin = {"scenario": "figures-of-may", "number": 2, "by": "desk"}
    assert (event["proposed"], event["recorded_by"], event["fact"]["pledge"]) == (origin, "boss", "new-b")
    assert both.answer(f"/events/{event['event_id']}")["event"]["event"] == event
    item = both.answer("/scenarios/figures-of-may/proposal")
    assert [one["status"] for one in item["facts"]] == ["open", "accepted", "open"]
    assert item["facts"][1]["accepted"] == {
        "at": event["recorded_at"], "by": "boss", "event_id": event["event_id"], "sequence": before + 1,
    }  # fmt: skip
    assert (item["outcome"], item["record_moved_on"]["events"], item["record_moved_on"]["touching"]) == ("open", 0, 0)
    assert len(posted(both, "/figures-of-may/accept", **boss)["events"]) == 2
    item = both.answer("/scenarios/figures-of-may/proposal")
    assert (item["outcome"], both.sequence) == ("accepted", before + 3)


def test_what_is_accepted_is_accepted_once(both: Service) -> None:
    proposed(both, pledge("new-a", 500, "2025-05-02"), pledge("new-b", 500, "2025-05-02"))
    posted(both, "/figures-of-may/accept", {"changes": [1]})
    before = both.sequence
    [fault] = refused(
        post(both, "/figures-of-may/accept", {"changes": [1, 2]}), 409, "scenario-conflict", "IsAcceptedAlready"
    )
    assert "accepted by desk" in fault["detail"]
    assert both.sequence == before
    posted(both, "/figures-of-may/accept")
    refused(post(both, "/figures-of-may/accept"), 409, "scenario-conflict")


def test_a_repeated_acceptance_gets_the_first_answer(both: Service) -> None:
    proposed(both, pledge("new-a", 500, "2025-05-02"), pledge("new-b", 500, "2025-05-02"))
    first, second = (post(both, "/figures-of-may/accept", {}, Idempotency_Key="k-1") for _ in range(2))
    assert (first.status_code, first.content) == (201, second.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    refused(
        post(both, "/figures-of-may/accept", {"changes": [1]}, Idempotency_Key="k-1"), 422, "idempotency-key-reused"
    )


def test_a_fact_that_needs_another_one_says_which(service: Service) -> None:
    condition = {
        "type": "ConditionStated", "condition": "new-c", "kind": "other", "description": "Weather",
        "effective_at": "2025-05-01", "sources": SOURCES,
    }  # fmt: skip
    bound = pledge("new-p", 500, "2025-05-02", conditions=["new-c"])
    reaffirmed = {"type": "PledgeReaffirmed", "pledge": "new-p", "effective_at": "2025-05-03", "sources": SOURCES}
    proposed(service, pledge("apart", 10, "2025-05-02"), condition, bound, reaffirmed)
    assert [one["needs"] for one in service.answer("/scenarios/figures-of-may/proposal")["facts"]] == [
        [],
        [],
        [2],
        [2, 3],
    ]
    [fault] = refused(
        post(service, "/figures-of-may/accept", {"changes": [4, 1]}), 409, "rule-broken", "NeedsAnotherFact"
    )
    assert fault["detail"] == "fact 4 needs fact 2 and fact 3 as well"
    posted(service, "/figures-of-may/decline", {"changes": [2], "reason": "not in the source"})
    [fault] = refused(post(service, "/figures-of-may/accept", {"changes": [3]}), 409, "rule-broken", "NeedsAnotherFact")
    assert fault["detail"] == "fact 3 needs fact 2, which was declined"


def test_a_conflict_with_what_was_recorded_meanwhile_is_shown_beside_the_fact(service: Service) -> None:
    proposed(service, pledge("apart", 10, "2025-05-02"), pledge("taken", 500, "2025-05-02"))
    [event] = service.record(pledge("taken", 700, "2025-05-03"))
    item = service.answer("/scenarios/figures-of-may/proposal")
    assert [[problem["rule"] for problem in one["problems"]] for one in item["facts"]] == [[], ["IdAlreadyUsed"]]
    assert item["facts"][1]["problems"][0]["collides_with"] == [event["event_id"]]
    assert item["record_moved_on"] == {
        "events": 1, "touching": 1,
        "first_touching": [{"event_id": event["event_id"], "sequence": event["sequence"]}],
    }  # fmt: skip
    before = service.sequence
    [fault] = refused(post(service, "/figures-of-may/accept"), 409, "rule-broken", "IdAlreadyUsed")
    assert (fault["detail"].startswith("fact 2: "), service.sequence) == (True, before)
    [fault] = refused(post(service, "/figures-of-may/accept", {"changes": [2]}), 409, "rule-broken", "IdAlreadyUsed")
    assert fault["pointer"] == "/changes/0"


# --- editing, declining, discussing -----------------------------------------------------------------------------------


def test_an_edited_fact_is_accepted_as_edited_and_says_who_edited_it(both: Service) -> None:
    proposed(both, pledge("new-a", 500, "2025-05-02"))
    seen = both.answer("/scenarios/figures-of-may/proposal")["sequence"]
    edit = {"change": {"assume": pledge("new-a", 450, "2025-05-02")}}
    posted(both, "/figures-of-may/changes/1/replace", edit, **key_of(both, "other"))
    answer = post(both, "/figures-of-may/accept", {"sequence": seen})
    assert (answer.status_code, "edited by other" in answer.text) == (412, True)
    [event] = posted(both, "/figures-of-may/accept")["events"]
    assert event["fact"]["quantity"]["min"] == 450
    assert event["proposed"] == {"scenario": "figures-of-may", "number": 1, "by": "desk", "edited_by": "other"}
    again = {"change": {"assume": pledge("new-a", 400, "2025-05-02")}}
    refused(post(both, "/figures-of-may/changes/1/replace", again), 409, "scenario-conflict", "IsAcceptedAlready")
    refused(post(both, "/figures-of-may/changes/1/remove"), 409, "scenario-conflict", "IsAcceptedAlready")


def test_a_declined_fact_can_be_edited_and_is_open_again(both: Service) -> None:
    proposed(both, pledge("new-a", 500, "2025-05-02"), pledge("new-b", 500, "2025-05-02"))
    posted(both, "/figures-of-may/decline", {"changes": [1], "reason": "the source says 450"})
    item = both.answer("/scenarios/figures-of-may/proposal")["facts"][0]
    assert (item["status"], item["declined"]["text"]) == ("declined", "the source says 450")
    refused(post(both, "/figures-of-may/accept", {"changes": [1]}), 409, "scenario-conflict", "IsDeclinedAlready")
    posted(both, "/figures-of-may/changes/1/replace", {"change": {"assume": pledge("new-a", 450, "2025-05-02")}})
    assert both.answer("/scenarios/figures-of-may/proposal")["facts"][0]["status"] == "open"
    posted(both, "/figures-of-may/decline", {"reason": "all of it"})
    assert both.answer("/scenarios/figures-of-may/proposal")["outcome"] == "declined"


def test_an_edit_that_could_not_be_recorded_is_refused_at_its_place(service: Service) -> None:
    reaffirmed = {"type": "PledgeReaffirmed", "pledge": "nowhere", "effective_at": "2025-05-03", "sources": SOURCES}
    proposed(service, pledge("new-a", 500, "2025-05-02"))
    answer = post(service, "/figures-of-may/changes/1/replace", {"change": {"assume": reaffirmed}})
    [fault] = refused(answer, 409, "rule-broken", "UnknownId")
    assert fault["pointer"] == "/change/assume/pledge"
    answer = post(service, "/figures-of-may/changes", {"changes": [{"assume": reaffirmed}]})
    [fault] = refused(answer, 409, "rule-broken", "UnknownId")
    assert fault["pointer"] == "/changes/0/assume/pledge"


def test_comments_are_events_of_the_proposal(both: Service) -> None:
    proposed(both, pledge("new-a", 500, "2025-05-02"))
    posted(both, "/figures-of-may/comments", {"text": "Which page?", "about": 1}, **key_of(both, "boss"))
    posted(both, "/figures-of-may/close", {"reason": "a mistake"})
    posted(both, "/figures-of-may/comments", {"text": "Page 4."})
    item = both.answer("/scenarios/figures-of-may/proposal")
    assert [(one["by"], one["text"], one["about"]) for one in item["comments"]] == [
        ("boss", "Which page?", 1), ("desk", "Page 4.", None),
    ]  # fmt: skip
    assert (item["outcome"], item["closed"]["text"]) == ("withdrawn", "a mistake")
    refused(post(both, "/figures-of-may/accept"), 409, "scenario-conflict", "ScenarioIsClosed")
    refused(post(both, "/figures-of-may/comments", {"text": "?", "about": 9}), 409, "scenario-conflict", "NoSuchChange")


# --- beside what-ifs --------------------------------------------------------------------------------------------------


def test_proposals_are_told_from_what_ifs(service: Service) -> None:
    proposed(service, pledge("new-a", 500, "2025-05-02"))
    posted(service, "", {"name": "As feared", "changes": [{"omit": {"attribution": "leak"}}]})
    listed = {one["scenario"]: one.get("purpose") for one in service.answer("/scenarios")["scenarios"]}
    assert listed == {"as-feared": None, "figures-of-may": "proposal"}
    assert service.answer("/scenarios/figures-of-may")["purpose"] == "proposal"
    for purpose, slug in (("proposal", "figures-of-may"), ("what_if", "as-feared")):
        [one] = service.answer(f"/scenarios?purpose={purpose}")["scenarios"]
        assert one["scenario"] == slug
    for path in ("accept", "decline"):
        body = {"reason": "no"} if path == "decline" else {}
        refused(post(service, f"/as-feared/{path}", body), 409, "scenario-conflict", "IsNotAProposal")
    assert service.ask("/scenarios/as-feared/proposal").status_code == 409


def test_a_change_of_a_what_if_is_replaced_in_its_place(both: Service) -> None:
    posted(both, "", {"name": "As feared", "changes": [{"omit": {"attribution": "leak"}}, HALVED]})
    posted(both, "/as-feared/changes/1/replace", {"change": HALVED | {"scale": 0.25}})
    changes = both.answer("/scenarios/as-feared")["changes"]
    assert [(one["number"], one["change"]["scale"]) for one in changes] == [(1, 0.25), (2, 0.5)]


def test_what_a_what_if_assumed_says_where_it_was_assumed(service: Service) -> None:
    posted(service, "", {"name": "As hoped", "changes": [{"assume": pledge("new-a", 500, "2025-05-02")}]})
    [one] = service.answer("/scenarios/as-hoped/adopt")["facts"]
    [event] = posted(service, "/as-hoped/adopt", [one["fact"]], **key_of(service, "boss"))["events"]
    assert event["proposed"] == {"scenario": "as-hoped", "number": 1, "by": "desk"}
    posted(service, "/as-hoped/changes/1/remove", {"note": "it came true"})


# --- facts about the record -------------------------------------------------------------------------------------------


def test_corrections_retractions_and_sources_are_proposed_too(both: Service) -> None:
    [event, other] = both.record(pledge("wrong", 500, "2025-05-02"), pledge("doubled", 500, "2025-05-02"))
    about = (
        {"type": "EventCorrected", "corrects": event["event_id"], "reason": "a digit",
         "replacement": pledge("wrong", 50, "2025-05-02")},
        {"type": "EventRetracted", "retracts": other["event_id"], "reason": "recorded twice"},
        {"type": "SourceAdded", "event": event["event_id"], "sources": [{"publisher": "AFP"}]},
    )  # fmt: skip
    proposed(both, *about)
    item = both.answer("/scenarios/figures-of-may/proposal")
    assert [one["problems"] for one in item["facts"]] == [[], [], []]
    assert {change["what"] for change in item["changes"]["changes"]} >= {"/pledges/wrong", "/pledges/doubled"}
    assert len(posted(both, "/figures-of-may/accept")["events"]) == 3
    pledges = {one["pledge"]: one["quantity"]["min"] for one in both.answer("/pledges?valid_at=2025-06-01")["items"]}
    assert (pledges["wrong"], "doubled" in pledges) == (50, False)


def test_two_proposals_of_the_same_correction_are_in_conflict_once_one_is_accepted(service: Service) -> None:
    [event] = service.record(pledge("wrong", 500, "2025-05-02"))
    fact = {"type": "EventRetracted", "retracts": event["event_id"], "reason": "recorded twice"}
    proposed(service, fact)
    proposed(service, fact)
    posted(service, "/figures-of-may/accept")
    [one] = service.answer("/scenarios/figures-of-may-2/proposal")["facts"]
    assert [problem["rule"] for problem in one["problems"]] == ["AlreadyCorrected"]
    refused(post(service, "/figures-of-may-2/accept"), 409, "rule-broken", "AlreadyCorrected")


def test_what_is_written_after_a_fact_was_accepted_has_no_effect(both: Service) -> None:
    """Two who decide at the same moment may both be written down; what is on record is accepted, and nothing else."""
    proposed(both, pledge("new-a", 500, "2025-05-02"))
    [event] = posted(both, "/figures-of-may/accept")["events"]
    both.clock.advance()
    saved = services_of(cast(FastAPI, both.client.app)).scenarios
    late = [ChangeDeclined(number=1, reason="too early")]
    saved.record("willing", "figures-of-may", lambda _: late, recorded_by="desk", request=b"late", idempotency_key=None)
    [fact] = both.answer("/scenarios/figures-of-may/proposal")["facts"]
    assert (fact["status"], fact["accepted"]["event_id"], fact["declined"]) == ("accepted", event["event_id"], None)
