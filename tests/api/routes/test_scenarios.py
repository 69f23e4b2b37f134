"""Saved scenarios over HTTP: their life, their reads and their adoption, apart from the coalition's record."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.ledger import Ledger
from domain.ledger.exports import Export
from domain.what_if.changes import MAX_CHANGES
from domain.what_if.scenarios import MAX_FORK_DEPTH
from tests.api.facts import SOURCES, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_basis import NEVER_PUBLIC, READS
from tests.api.routes.test_what_if import CHANGES, HALVED, JUNK, NOWHERE, places, put, unsourced
from tests.running.in_process import Service, serving

Json = dict[str, Any]

RULED_OUT = CHANGES[0]
NEW_PLEDGE = {"assume": unsourced(pledge("new", 500, "2025-05-02"))}
POINT = {"valid_at": "2025-06-01", "known_at": "2025-06-11", "known_axis": "recorded"}


def post(service: Service, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    address = f"/coalitions/willing/scenarios{path}"
    return service.client.post(address, json={} if body is None else body, headers=service.key | named)


def posted(service: Service, path: str, body: Any = None, **headers: str) -> Any:
    answer = post(service, path, body, **headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def refused(answer: httpx2.Response, status: int, kind: str, *rules: str | None) -> list[Json]:
    """Hold a refusal against what it should be; gives its errors."""
    assert answer.status_code == status, answer.text
    problem = answer.json()
    assert problem["type"] == f"/problems/{kind}"
    errors: list[Json] = problem.get("errors", [])
    assert [error.get("rule") for error in errors] == list(rules)
    return errors


def opened(service: Service, slug: str, changes: Any = (RULED_OUT,), **fork: Any) -> Any:
    body = {"scenario": slug, "name": f"What if {slug}", "fork": POINT | fork, "changes": list(changes)}
    return posted(service, "", body)


@pytest.fixture
def both(both: Service) -> Service:
    """Serve something of everything, once on each kind of store."""
    record_all(both)
    return both


# --- a life -----------------------------------------------------------------------------------------------------------


def test_a_scenario_is_opened_changed_rebased_and_closed(both: Service) -> None:
    first = posted(both, "", {"name": "Without the United States", "description": "As feared", "changes": [RULED_OUT]})
    assert first["scenario"] == "without-the-united-states"
    assert [event["fact"]["type"] for event in first["events"]] == ["ScenarioOpened"]
    path = "/without-the-united-states"
    both.clock.advance(60)
    posted(both, f"{path}/changes", {"changes": [HALVED, NEW_PLEDGE], "note": "half of it"})
    posted(both, f"{path}/changes/2/remove", {"note": "not so"})
    posted(both, f"{path}/rebase", {"fork": {"sequence": 80}})
    posted(both, f"{path}/close", {"reason": "answered"})
    whole = both.answer(f"/scenarios{path}")
    assert [event["fact"]["type"] for event in whole["history"]] == [
        "ScenarioOpened", "ChangeAdded", "ChangeAdded", "ChangeRemoved", "ScenarioRebased", "ScenarioClosed",
    ]  # fmt: skip
    assert (whole["name"], whole["author"], whole["description"], whole["status"], whole["sequence"]) == (
        "Without the United States", "desk", "As feared", "closed", 6,
    )  # fmt: skip
    assert [(one["number"], one["note"], next(iter(one["change"]))) for one in whole["changes"]] == [
        (1, None, "assume"), (3, "half of it", "assume"),
    ]  # fmt: skip
    assert (whole["fork"]["sequence"], whole["lineage"], whole["not_applied"]) == (80, [], [])
    assert {event["recorded_by"] for event in whole["history"]} == {"desk"}


def test_scenarios_are_listed_by_name_and_by_status(both: Service) -> None:
    opened(both, "b", [])
    opened(both, "a", [HALVED])
    posted(both, "/b/close")
    listed = both.answer("/scenarios")["scenarios"]
    assert [(one["scenario"], one["status"], one["changes"]) for one in listed] == [
        ("a", "open", 1),
        ("b", "closed", 0),
    ]
    assert [one["scenario"] for one in both.answer("/scenarios?status=open")["scenarios"]] == ["a"]
    assert both.ask("/scenarios?status=lost").status_code == 422


def test_a_coalitions_record_knows_nothing_of_scenarios(both: Service, tmp_path: Any) -> None:
    events, coalitions = both.ask("/events?limit=1000").content, both.client.get("/coalitions").content
    opened(both, "a", CHANGES)
    opened(both, "b", [NEW_PLEDGE], scenario="a")
    assert both.ask("/events?limit=1000").content == events
    assert both.client.get("/coalitions").content == coalitions
    exported = list(both.ledger.export("willing"))
    export = Export(exported)
    restored = Ledger(f"sqlite:///{tmp_path}/restored.sqlite3")
    try:
        assert restored.restore("willing", export.events(), export.scenario_events()) == both.sequence
        assert list(restored.export("willing")) == exported
        assert [event.sequence for event in restored.history("willing").events] == list(range(1, both.sequence + 1))
    finally:
        restored.close()


# --- reads ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", ["recorded", "reported"])
def test_without_changes_every_read_is_that_of_the_coalition_byte_for_byte(both: Service, axis: str) -> None:
    basis = POINT | {"known_axis": axis, "sequence": both.sequence}
    opened(both, "same", [], known_axis=axis)
    for read in READS:
        path = "/coalition" if read == "" else read
        query = ("&" if "?" in read else "?") + urlencode(basis)
        of_scenario, of_coalition = both.ask(f"/scenarios/same{path}{query}"), both.ask(f"{read}{query}")
        is_public = axis == "recorded" or read not in NEVER_PUBLIC
        assert of_scenario.status_code == of_coalition.status_code == (200 if is_public else 404), (read, axis)
        if not is_public:
            continue
        assert without_moved_on(of_scenario) == of_coalition.content, read
        assert "immutable" not in of_scenario.headers["cache-control"]


def without_moved_on(answer: httpx2.Response) -> bytes:
    """An answer without how far the record has moved on, which depends on when it is asked for."""
    said = rb',"record_moved_on":\{"events":\d+,"touching":\d+,"first_touching":\[[^\]]*\]\}\}$'
    return re.sub(said, b"}", answer.content)


def test_times_left_open_are_those_of_the_fork(both: Service) -> None:
    opened(both, "then", [], valid_at="2025-03-20", sequence=40, known_at="2025-06-08")
    basis = both.answer("/scenarios/then/picture")["basis"]
    assert (basis["valid_at"], basis["known_at"], basis["sequence"]) == ("2025-03-20", "2025-06-08", 40)
    elsewhere = both.answer("/scenarios/then/picture?valid_at=2025-04-20")["basis"]
    assert (elsewhere["valid_at"], elsewhere["known_at"]) == ("2025-04-20", "2025-06-08")


def test_a_saved_scenario_answers_what_the_same_what_if_answers(both: Service) -> None:
    opened(both, "saved", CHANGES)
    body = {
        "fork": POINT | {"sequence": both.sequence},
        "changes": CHANGES,
        "questions": {"picture": {}, "consequences": {}, "difference": {}, "pledges": {}, "sensitivity": {}},
    }
    answers = both.client.post("/coalitions/willing/what-if", json=body).json()
    compared = both.answer("/scenarios/saved/picture?with=baseline,difference")
    assert unmoved(both.answer("/scenarios/saved/picture")) == answers["picture"]["scenario"] == compared["scenario"]
    assert compared["baseline"] == answers["picture"]["baseline"] == both.answer(f"/picture?{urlencode(POINT)}")
    assert unmoved(both.answer("/scenarios/saved/pledges")) == answers["pledges"]
    assert unmoved(post(both, "/saved/sensitivity").json()) == answers["sensitivity"]
    effects = both.answer("/scenarios/saved/consequences")["changes"]
    assert [effect["has_effect"] for effect in effects] == [True] * 5
    # Assumed events have ids of their own in what is saved; all else is the same.
    what = [change["what"] for change in answers["difference"]["changes"]]
    assert [change["what"] for change in both.answer("/scenarios/saved/difference")["changes"]] == what


def unmoved(answer: Json) -> Json:
    """An answer about a scenario whose record has not moved on, without saying so."""
    assert answer.pop("record_moved_on") == {"events": 0, "touching": 0, "first_touching": []}
    return answer


def test_a_scenario_forked_from_another_sees_its_changes(both: Service) -> None:
    opened(both, "first", [HALVED])
    opened(both, "second", [NEW_PLEDGE], scenario="first")
    posted(both, "", {"name": "third", "fork": {"scenario": "second"}})
    assert both.answer("/scenarios/third")["lineage"] == ["first", "second"]
    assert both.answer("/scenarios/third")["fork"]["valid_at"] == POINT["valid_at"]
    assert both.answer("/scenarios/third/pledges/gbr-ground")["item"]["quantity"]["max"] == 2500
    assert both.answer("/scenarios/third/pledges/new")["item"]["quantity"]["max"] == 500
    body = {"fork": {"scenario": "third"}, "questions": {"pledges": {"name": "new"}}}
    assert both.client.post("/coalitions/willing/what-if", json=body).json()["fork"]["scenario"] == "third"
    posted(both, "/first/changes", {"changes": [{"omit": {"pledge": "gbr-ground"}}]})
    assert both.ask("/scenarios/third/pledges/gbr-ground").status_code == 404


def test_a_change_is_seen_at_once_by_another_process(both: Service) -> None:
    opened(both, "a", [])
    with serving(both.ledger_url) as other:
        assert other.answer("/scenarios/a/pledges/gbr-ground")["item"]["quantity"]["max"] == 5000
        posted(both, "/a/changes", {"changes": [HALVED]})
        assert other.answer("/scenarios/a/pledges/gbr-ground")["item"]["quantity"]["max"] == 2500
        assert other.answer("/scenarios/a")["sequence"] == 2


def test_missing_scenarios_and_changes_are_reported(both: Service) -> None:
    opened(both, "a", [])
    for path in ("", "/picture", "/coalition", "/events", "/difference", "/consequences", "/adopt"):
        refused(both.ask(f"/scenarios/none{path}"), 404, "unknown-scenario")
        refused(both.client.get(f"/coalitions/none/scenarios/a{path}"), 404, "unknown-coalition")
    for path in ("/changes", "/changes/1/remove", "/rebase", "/close", "/sensitivity"):
        body = {"changes": [HALVED]} if path == "/changes" else {}
        refused(post(both, f"/none{path}", body), 404, "unknown-scenario")
    refused(both.ask("/scenarios/a/pledges/none"), 404, "not-found")
    refused(both.ask("/scenarios/A%20B/picture"), 404, "unknown-scenario")
    assert both.ask("/scenarios/a/picture?with=cheese").json()["errors"][0]["parameter"] == "with"


# --- writing ----------------------------------------------------------------------------------------------------------


def test_writing_needs_a_key(both: Service) -> None:
    opened(both, "a", [])
    for path in ("", "/a/changes", "/a/changes/1/remove", "/a/rebase", "/a/close", "/a/adopt"):
        assert both.client.post(f"/coalitions/willing/scenarios{path}", json={}).status_code == 401, path


def test_a_repeat_gets_the_first_answer_whatever_has_happened_since(both: Service) -> None:
    body = {"name": "Twice", "changes": [HALVED]}
    first = post(both, "", body, Idempotency_Key="one")
    added = post(both, "/twice/changes", {"changes": [NEW_PLEDGE]}, Idempotency_Key="two")
    both.clock.advance(60)
    posted(both, "/twice/rebase", {})
    posted(both, "/twice/close", {})
    again = post(both, "", body, Idempotency_Key="one", If_Match='"7"')
    assert (again.status_code, again.content, again.headers["etag"]) == (201, first.content, '"1"')
    assert again.headers["idempotency-replayed"] == "true"
    repeated = post(both, "/twice/changes", {"changes": [NEW_PLEDGE]}, Idempotency_Key="two")
    assert (repeated.content, repeated.headers["etag"]) == (added.content, added.headers["etag"])
    assert both.answer("/scenarios/twice")["sequence"] == 4


def test_a_key_belongs_to_one_request(both: Service) -> None:
    opened(both, "a", [])
    posted(both, "/a/changes", {"changes": [HALVED]}, Idempotency_Key="k")
    other = post(both, "/a/changes", {"changes": [NEW_PLEDGE]}, Idempotency_Key="k")
    refused(other, 422, "idempotency-key-reused")
    refused(post(both, "/a/close", {}, Idempotency_Key="k"), 422, "idempotency-key-reused")
    # Scopes are apart: another scenario and the coalition itself know nothing of it.
    opened(both, "b", [])
    posted(both, "/b/close", {}, Idempotency_Key="k")
    assert both.post(pledge("k"), Idempotency_Key="k").status_code == 201


def test_if_match_is_the_scenarios_sequence(both: Service) -> None:
    absent = post(both, "", {"name": "a"}, If_Match="*")
    refused(absent, 412, "precondition-failed")
    assert absent.json()["detail"] == "the scenario does not exist yet"
    assert post(both, "", {"name": "a"}, If_Match='"0"').headers["etag"] == '"1"'
    assert both.ask("/scenarios/a").headers["etag"] == '"1"'
    posted(both, "/a/changes", {"changes": [HALVED]}, If_Match='"1"')
    stale = post(both, "/a/changes", {"changes": [HALVED]}, If_Match='"1"')
    refused(stale, 412, "precondition-failed")
    assert stale.headers["etag"] == '"2"'
    assert post(both, "/a/close", {}, If_Match="*").status_code == 201


def test_concurrent_changes_are_all_kept(both: Service) -> None:
    opened(both, "a", [])
    with serving(both.ledger_url) as other, ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(post, service, "/a/changes", {"changes": [HALVED]}) for service in (both, other) * 6]
        statuses = [writer.result().status_code for writer in writers]
    added = statuses.count(201)
    assert set(statuses) <= {201, 503}
    assert added >= 6
    history = both.answer("/scenarios/a")["history"]
    assert [event["sequence"] for event in history] == list(range(1, added + 2))


def test_of_concurrent_openings_only_one_succeeds(both: Service) -> None:
    with serving(both.ledger_url) as other, ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(post, service, "", {"name": "Same"}) for service in (both, other) * 4]
        statuses = [writer.result().status_code for writer in writers]
    assert sorted(statuses) == [201] + [409] * 7


BAD: dict[str, tuple[str, Json, str, list[str | None]]] = {
    # name: (what is posted to the scenario "a", body, type of problem, the pointers of its errors)
    "no name": ("", {}, "validation", ["/name"]),
    "a slug that is none": ("", {"name": "x", "scenario": "No Slug"}, "validation", ["/scenario"]),
    "a name that makes no slug": ("", {"name": "???"}, "validation", ["/scenario"]),
    "an unknown field": ("", {"name": "x", "author": "me"}, "validation", ["/author"]),
    "a bad change": (
        "", {"name": "x", "changes": [RULED_OUT, {"assume": {"type": "Nope"}}]}, "validation",
        ["/changes/1/assume/type"],
    ),
    "an event that is not there": (
        "", {"name": "x", "changes": [RULED_OUT, {"omit": NOWHERE}]}, "what-if-refused", ["/changes/1/omit"],
    ),
    "a fork after the end": ("", {"name": "x", "fork": {"sequence": 10_000}}, "what-if-refused", ["/fork/sequence"]),
    "a fork of no scenario": ("", {"name": "x", "fork": {"scenario": "none"}}, "what-if-refused", ["/fork/scenario"]),
    "a fork of itself": ("", {"name": "x", "fork": {"scenario": "x"}}, "what-if-refused", ["/fork/scenario"]),
    "a name that is taken": ("", {"name": "a"}, "scenario-conflict", [None]),
    "no changes": ("/a/changes", {"changes": []}, "validation", ["/changes"]),
    "an added change that matches nothing": (
        "/a/changes", {"changes": [HALVED, {"omit": {"capability": "cyber"}}]}, "what-if-refused", ["/changes/1/omit"],
    ),
    "a change that is not there": ("/a/changes/9/remove", {}, "scenario-conflict", [None]),
    "a number that is none": ("/a/changes/x/remove", {}, "bad-parameter", [None]),
    "rebased after the end": ("/a/rebase", {"fork": {"sequence": 10_000}}, "what-if-refused", ["/fork/sequence"]),
    "rebased to itself": ("/a/rebase", {"fork": {"scenario": "a"}}, "what-if-refused", ["/fork/scenario"]),
    "rebased in a circle": ("/a/rebase", {"fork": {"scenario": "b"}}, "what-if-refused", ["/fork/scenario"]),
    "rebased to no fork": ("/a/rebase", {"fork": None}, "validation", ["/fork"]),
    "closed because of a number": ("/a/close", {"reason": 1}, "validation", ["/reason"]),
    "a list": ("/a/close", [], "validation", [""]),  # type: ignore[dict-item]
}  # fmt: skip


def test_a_bad_request_is_reported_with_its_place_and_leaves_nothing(service: Service) -> None:
    record_all(service)
    opened(service, "a")
    opened(service, "b", [], scenario="a")
    before = service.ask("/scenarios").content
    for name, (path, body, kind, pointers) in BAD.items():
        answer = post(service, path, body)
        assert answer.status_code == (409 if kind == "scenario-conflict" else 422), (name, answer.text)
        assert answer.json()["type"] == f"/problems/{kind}", name
        assert [error.get("pointer") for error in answer.json()["errors"]] == pointers, name
        assert service.ask("/scenarios").content == before


def test_a_closed_scenario_can_only_be_read_and_forked(both: Service) -> None:
    opened(both, "a", [NEW_PLEDGE])
    facts = [one["fact"] | {"sources": SOURCES} for one in both.answer("/scenarios/a/adopt")["facts"]]
    posted(both, "/a/close")
    for path, body in (("/changes", {"changes": [HALVED]}), ("/changes/1/remove", {}), ("/rebase", {}), ("/close", {})):
        refused(post(both, f"/a{path}", body), 409, "scenario-conflict", "ScenarioIsClosed")
    refused(post(both, "/a/adopt", facts), 409, "scenario-conflict", "ScenarioIsClosed")
    assert both.answer("/scenarios/a/pledges/new")["item"]["pledge"] == "new"
    opened(both, "b", [HALVED], scenario="a")


def test_the_number_of_changes_is_limited(service: Service) -> None:
    record_all(service)
    opened(service, "full", [HALVED | {"scale": 1.0}] * MAX_CHANGES)
    refused(post(service, "/full/changes", {"changes": [HALVED]}), 409, "scenario-conflict", "TooManyChanges")
    assert refused(post(service, "", {"name": "x", "changes": [HALVED] * 201}), 422, "validation", *[None])


def test_the_depth_of_forks_is_limited(service: Service) -> None:
    record_all(service)
    opened(service, "s0", [])
    for depth in range(1, MAX_FORK_DEPTH):
        opened(service, f"s{depth}", [], scenario=f"s{depth - 1}")
    body = {"name": "deeper", "fork": {"scenario": f"s{MAX_FORK_DEPTH - 1}"}}
    refused(post(service, "", body), 422, "what-if-refused", "ForksTooDeep")


# --- a baseline that moves on -----------------------------------------------------------------------------------------


def test_a_rebased_scenario_sees_the_latest_record_and_lists_changes_that_no_longer_apply(both: Service) -> None:
    opened(both, "a", [NEW_PLEDGE, HALVED])
    fact = both.answer("/scenarios/a/adopt")["facts"][0]["fact"]
    both.clock.advance(3600)
    assert post(both, "/a/adopt", fact | {"sources": SOURCES}).status_code == 201
    assert both.answer("/scenarios/a")["not_applied"] == []
    rebased = posted(both, "/a/rebase", {"note": "it has happened"})
    assert [(one["number"], one["rule"], one["pointer"]) for one in rebased["not_applied"]] == [
        (1, "IdAlreadyUsed", "/assume/event_id"),
    ]  # fmt: skip
    whole = both.answer("/scenarios/a")
    assert (whole["fork"]["sequence"], whole["fork"]["valid_at"]) == (both.sequence, POINT["valid_at"])
    assert whole["not_applied"] == rebased["not_applied"]
    # The other change applies, and to what has been recorded since, halved already, as well.
    assert both.answer("/scenarios/a/pledges/gbr-ground")["item"]["quantity"]["max"] == 2500
    assert both.answer("/scenarios/a/pledges/new")["item"]["quantity"]["max"] == 125


def test_a_scenario_keeps_its_fork_whatever_is_recorded(both: Service) -> None:
    opened(both, "a", [HALVED])
    before = without_moved_on(both.ask("/scenarios/a/picture"))
    both.clock.advance(3600)
    both.record(pledge("later", 7777, "2025-05-01"))
    assert without_moved_on(both.ask("/scenarios/a/picture")) == before
    assert both.ask("/scenarios/a/pledges/later").status_code == 404
    posted(both, "/a/rebase")
    assert both.answer("/scenarios/a/pledges/later")["item"]["quantity"]["max"] == 3889


def test_a_scenario_says_how_far_the_record_has_moved_on_and_what_touches_its_changes(both: Service) -> None:
    opened(both, "a", [HALVED])
    path = "/scenarios/a/picture"
    whole = f"{path}?{urlencode({'sequence': both.sequence, 'definitions': both.answer(path)['basis']['definitions']})}"
    first, fixed = both.ask(path), both.ask(whole)
    assert first.json()["record_moved_on"] == {"events": 0, "touching": 0, "first_touching": []}
    unlike = both.record(pledge("later", 7777, "2025-05-01", contributor="FRA"))
    like = both.record(pledge("like", 7777, "2025-05-01"))
    assert unlike[0]["sequence"] + 1 == like[0]["sequence"]
    moved_on = {
        "events": 2, "touching": 1,
        "first_touching": [{"event_id": like[0]["event_id"], "sequence": like[0]["sequence"]}],
    }  # fmt: skip
    reads = ("", "/picture", "/pledges", "/pledges/gbr-ground", "/consequences", "/difference", "/coalition", "/events")
    for read in reads:
        assert both.answer(f"/scenarios/a{read}")["record_moved_on"] == moved_on, read
    assert post(both, "/a/sensitivity").json()["record_moved_on"] == moved_on
    body = {"fork": {"scenario": "a"}, "questions": {"picture": {}}}
    assert both.client.post("/coalitions/willing/what-if", json=body).json()["record_moved_on"] == moved_on
    assert both.answer("/scenarios")["scenarios"][0]["events_since"] == 2
    again = both.ask(path, **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["etag"] == first.headers["etag"]) == (200, False)
    assert both.ask(path, **{"If-None-Match": again.headers["etag"]}).status_code == 304
    # A whole basis has the same bytes and the same tag for ever.
    assert both.ask(whole, **{"If-None-Match": fixed.headers["etag"]}).status_code == 304
    assert "record_moved_on" not in fixed.json()
    posted(both, "/a/rebase")
    assert both.answer("/scenarios/a")["record_moved_on"]["events"] == 0


def test_a_scenario_can_be_rebased_onto_another_and_back(both: Service) -> None:
    opened(both, "base", [NEW_PLEDGE])
    opened(both, "a", [HALVED])
    posted(both, "/a/rebase", {"fork": {"scenario": "base"}})
    assert both.answer("/scenarios/a/pledges/new")["item"]["quantity"]["max"] == 250
    posted(both, "/a/rebase", {"fork": {"valid_at": "2025-06-02"}})
    assert both.answer("/scenarios/a")["lineage"] == ["base"]
    posted(both, "/a/rebase", {"fork": {"scenario": None}})
    assert both.answer("/scenarios/a")["lineage"] == []
    assert both.ask("/scenarios/a/pledges/new").status_code == 404


def test_a_child_needs_rebasing_if_its_parent_went_back(both: Service) -> None:
    opened(both, "parent", [])
    opened(both, "child", [], scenario="parent")
    posted(both, "/parent/rebase", {"fork": {"sequence": 50}})
    for path in ("", "/picture", "/adopt"):
        refused(both.ask(f"/scenarios/child{path}"), 409, "scenario-conflict", "ForkAfterTheEnd")
    posted(both, "/child/rebase")
    assert both.answer("/scenarios/child/picture")["basis"]["sequence"] == 50


# --- adopting ---------------------------------------------------------------------------------------------------------


def test_an_adoption_is_previewed_completed_and_recorded_as_ordinary_facts(both: Service) -> None:
    decided = {"decide": "peace", "becomes": "met", "effective_at": "2025-05-01"}
    sourced = {"assume": pledge("sourced", 10, "2025-05-03")}
    opened(both, "a", [NEW_PLEDGE, decided, sourced, HALVED])
    before = both.sequence
    preview = both.answer("/scenarios/a/adopt")
    assert (preview["sequence"], preview["not_adopted"]) == (before, [4])
    assert [(one["fact"]["type"], one["needs_sources"], "sources" in one["fact"]) for one in preview["facts"]] == [
        ("PledgeMade", True, False), ("ConditionMet", True, False), ("PledgeMade", False, True),
    ]  # fmt: skip
    assert [one["problems"] for one in preview["facts"]] == [[], [], []]
    assert both.sequence == before
    facts = [one["fact"] for one in preview["facts"]]
    errors = refused(post(both, "/a/adopt", facts), 422, "validation", None, None)
    assert [error["pointer"] for error in errors] == ["/0/sources", "/1/sources"]
    whole = [{"sources": SOURCES} | fact for fact in facts]
    recorded = post(both, "/a/adopt", whole, If_Match=f'"{before}"', Idempotency_Key="adopt")
    assert (recorded.status_code, recorded.headers["etag"]) == (201, f'"{before + 3}"')
    again = post(both, "/a/adopt", whole, Idempotency_Key="adopt")
    assert (again.content, again.headers["idempotency-replayed"]) == (recorded.content, "true")
    assert both.answer("/pledges/new")["item"]["quantity"]["max"] == 250
    assert [event["fact"]["sources"] for event in recorded.json()["events"]] == [SOURCES] * 3


def test_the_preview_lists_the_objections_to_each_fact(both: Service) -> None:
    opened(both, "a", [NEW_PLEDGE, {"assume": unsourced(pledge("other", 5, "2025-05-02"))}])
    both.record(pledge("new", 1, "2025-05-01"))
    first, second = both.answer("/scenarios/a/adopt")["facts"]
    assert [one["rule"] for one in first["problems"]] == ["IdAlreadyUsed"]
    assert first["problems"][0]["pointer"] == "/pledge"
    assert len(first["problems"][0]["collides_with"]) == 1
    assert second["problems"] == []
    whole = [one["fact"] | {"sources": SOURCES} for one in (first, second)]
    refused(post(both, "/a/adopt", whole), 409, "rule-broken", "IdAlreadyUsed")
    assert both.ask("/pledges/other").status_code == 404
    assert post(both, "/a/adopt", whole[1:]).status_code == 201


def test_only_assumed_facts_are_adopted_and_only_with_a_source(both: Service) -> None:
    opened(both, "a", [NEW_PLEDGE])
    fact = both.answer("/scenarios/a/adopt")["facts"][0]["fact"]
    whole = fact | {"sources": SOURCES}
    for other in (whole | {"level": "committed"}, whole | {"event_id": NOWHERE}, pledge("own")):
        refused(post(both, "/a/adopt", other), 422, "what-if-refused", "IsNotAssumed")
    unsourced_still = fact | {"sources": [{"publisher": "assumed"}]}
    refused(post(both, "/a/adopt", unsourced_still), 422, "what-if-refused", "SourcesAreMissing")
    attributed = whole | {"attribution": {"actor": "GBR", "basis": "official"}, "note": "as announced"}
    assert post(both, "/a/adopt", attributed).status_code == 201


# --- many at once -----------------------------------------------------------------------------------------------------


def test_a_scenario_can_be_read_while_others_record(both: Service) -> None:
    opened(both, "a", [*CHANGES, NEW_PLEDGE])
    basis = urlencode(POINT | {"sequence": both.sequence})
    reads = [
        f"/scenarios/a{read}{basis}" for read in ("/picture?", "/pledges?", "/consequences?", "/events?limit=1000&")
    ]
    reads += [f"{read}&known_axis=reported".replace("known_axis=recorded&", "") for read in reads[:2]]
    before = {read: without_moved_on(both.ask(read)) for read in reads}

    def record_some(number: int) -> int:
        facts = [pledge(f"later-{number}-{n}", 10, f"2025-0{n % 5 + 3}-01", contributor="FRA") for n in range(20)]
        return both.post(facts).status_code

    def read_some(number: int) -> bool:
        read = reads[number % len(reads)]
        return without_moved_on(both.ask(read)) == before[read]

    with ThreadPoolExecutor(6) as pool:
        recorded, seen = pool.map(record_some, range(10)), pool.map(read_some, range(60))
        assert set(recorded) == {201}
        assert all(seen)


def test_the_replays_in_memory_are_limited(service: Service) -> None:
    record_all(service)
    memory = service.ledger.memory
    memory.limit_bytes = memory.held_bytes + 1_000_000
    for number in range(6):
        opened(service, f"s{number}", [], known_axis="reported", sequence=60 + number)
        assert service.ask(f"/scenarios/s{number}/picture").status_code == 200
        assert memory.held_bytes <= memory.limit_bytes
    replays = [name[-1] for name in memory.names() if name[0] == "replay"]
    assert 1 <= len(replays) < 6
    assert replays[-1] == "s5"
    assert service.answer("/scenarios/s0/picture")["basis"]["sequence"] == 60


WRITES: list[tuple[str, Json]] = [
    ("", {"name": "x", "scenario": "x", "description": "y", "fork": POINT | {"scenario": "a"}, "changes": CHANGES}),
    ("/a/changes", {"changes": [NEW_PLEDGE, HALVED], "note": "z"}),
    ("/a/changes/1/remove", {"note": "z"}),
    ("/a/rebase", {"fork": {"sequence": 50, "scenario": None}, "note": "z"}),
    ("/a/close", {"reason": "z"}),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve a coalition with a scenario; what is posted to it may be taken."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('scenarios') / 'ledger.sqlite3'}") as service:
        record_all(service)
        opened(service, "a")
        yield service


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_posted_scenario_causes_a_server_error(prepared: Service, data: st.DataObject) -> None:
    path, body = data.draw(st.sampled_from(WRITES))
    junk = put(body, data.draw(st.sampled_from(list(places(body)))), data.draw(JUNK))
    answered = prepared.client.post(
        f"/coalitions/willing/scenarios{path}", content=json.dumps(junk).encode(),
        headers=prepared.key | {"Content-Type": "application/json"},
    )  # fmt: skip
    assert answered.status_code in {201, 400, 409, 422}, answered.text
    assert prepared.ask("/scenarios").status_code == 200
