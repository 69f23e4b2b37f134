"""``POST /what-if``: the same answers as the reads, refusals with their place, and nothing left in the store."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import parse_qsl

import httpx
import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.routes import what_if
from tests.api.facts import fact, formed, people, pledge
from tests.api.rich_coalition import FORMED_ID, MISREAD_ID, record_all
from tests.api.routes.test_basis import NEVER_PUBLIC, READS
from tests.api.slots import all_slots_taken
from tests.running.in_process import Service, serving
from tests.running.service import running

Json = dict[str, Any]

NOWHERE = "00000000-0000-4000-8000-00000000dead"
HALVED = {"alter": {"type": "PledgeMade", "contributor": "GBR"}, "scale": 0.5}
CHANGES: list[Json] = [
    {"assume": {"type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": "2025-05-30"}},
    HALVED,
    {"omit": {"capability": "combat_air"}},
    {"shift": {"pledge": "est-company"}, "days": 10},
    {"decide": {"condition_kind": "peace_agreement"}, "becomes": "met", "effective_at": "2025-04-30"},
]


def unsourced(one: Json) -> Json:
    return {name: value for name, value in one.items() if name != "sources"}


def ask(service: Service, body: Any, **headers: str) -> httpx2.Response:
    return service.client.post("/coalitions/willing/what-if", json=body, headers=headers)


def answer(service: Service, body: Any) -> Any:
    answered = ask(service, body)
    assert answered.status_code == 200, answered.text
    return answered.json()


def as_question(read: str) -> tuple[str, Json]:
    """An address as the question that it is."""
    path, _, query = read.removeprefix("/").partition("?")
    name, _, item = path.partition("/")
    asked: Json = {key: [value] if key == "type" else value for key, value in parse_qsl(query)}
    asked |= {key: int(asked[key]) for key in ("limit",) if key in asked}
    return name or "coalition", asked | ({("event_id" if name == "events" else "name"): item} if item else {})


def rows(service: Service) -> list[int]:
    tables = ("stored_events", "scenario_events", "idempotency")
    return [service.ledger.recorder.select(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


# --- answers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", ["recorded", "reported"])
@pytest.mark.parametrize("read", [read for read in READS if read != "/picture"])
def test_without_changes_a_question_is_answered_as_its_address_byte_for_byte(
    rich: Service, read: str, axis: str
) -> None:
    point = {"valid_at": "2025-06-11", "known_at": "2025-06-11", "known_axis": axis, "sequence": rich.sequence}
    mark = "&" if "?" in read else "?"
    name, asked = as_question(read)
    always = {"valid_at": "2200"} if name == "events" and "event_id" not in asked else {}
    expected = rich.ask(f"{read}{mark}" + "&".join(f"{key}={value}" for key, value in (point | always).items()))
    asked = {**asked, "valid_at": asked.get("to", point["valid_at"])} if name == "timeline" else asked
    answered = ask(rich, {"fork": point, "questions": {name: asked | always}})
    if axis == "reported" and read in NEVER_PUBLIC:
        assert (expected.status_code, answered.status_code) == (404, 422)
        return
    assert expected.content in answered.content, read


def test_without_changes_the_picture_is_that_of_the_record(rich: Service) -> None:
    point = {"valid_at": "2025-06-11", "known_at": "2025-06-11", "sequence": rich.sequence}
    picture = rich.ask("/picture?" + "&".join(f"{key}={value}" for key, value in point.items())).content
    answered = ask(rich, {"fork": point})
    assert answered.content.count(picture) == 2
    assert answered.json()["picture"]["difference"]["changes"] == []
    assert answered.json()["consequences"]["rounds"] == []


def test_the_default_answer_is_the_picture_with_baseline_and_consequences(rich: Service) -> None:
    answers = answer(rich, {"fork": {"valid_at": "2025-06-01"}, "changes": CHANGES})
    assert set(answers) == {"basis", "fork", "record_moved_on", "picture", "consequences"}
    assert answers["basis"]["valid_at"] == answers["fork"]["valid_at"] == "2025-06-01"
    assert answers["fork"]["scenario"] is None
    scenario, baseline = (answers["picture"][side]["size"]["committed"] for side in ("scenario", "baseline"))
    assert (baseline["max"], scenario["max"]) == (5250, 2750)
    assert [effect["has_effect"] for effect in answers["consequences"]["changes"]] == [True] * 5
    assert {change["what"] for change in answers["picture"]["difference"]["changes"]} >= {"/size/committed"}


def test_the_story_of_an_actor_is_a_question_that_names_the_actor(rich: Service) -> None:
    story = {"fork": {"valid_at": "2025-06-01"}, "changes": [HALVED], "questions": {"actors": {"name": "GBR"}}}
    assert answer(rich, story)["actors"]["actor"] == "GBR"
    nameless = ask(rich, story | {"questions": {"actors": {}}})
    missing = {"pointer": "/questions/actors/name", "detail": "name is missing."}
    assert (nameless.status_code, nameless.json()["errors"]) == (422, [missing])
    unknown = ask(rich, story | {"questions": {"actor": {}}})
    assert "actors" in unknown.json()["errors"][0]["detail"]


def test_each_question_is_answered_under_its_name_and_a_list_by_a_list(rich: Service) -> None:
    answers = answer(
        rich,
        {
            "fork": {"valid_at": "2025-06-01"},
            "changes": CHANGES,
            "questions": {
                "why": [{"figure": "/size/committed/max"}, {"figure": "/size/available"}],
                "timeline": {"from": "2025-04-01", "to": "2025-06-01"},
                "pledges": [{}, {"name": "gbr-ground"}],
                "events": {"type": ["StanceStated"], "limit": 1000},
                "diff": {"from_valid_at": "2025-04-01"},
                "picture": {"with": "baseline"},
                "sensitivity": {"valid_at": "2025-05-01"},
                "simulation": {"dates": ["2025-06", "2025-12"], "seed": 3, "draws": 200},
            },
        },
    )
    assert list(answers) == [
        "basis", "fork", "record_moved_on", "why", "timeline", "pledges", "events", "diff", "picture", "sensitivity",
        "simulation",
    ]  # fmt: skip
    assert [one["figure"] for one in answers["why"]] == ["/size/committed/max", "/size/available"]
    assert answers["pledges"][1]["item"]["quantity"]["min"] == 1500
    assert len(answers["pledges"][0]["items"]) > 10
    assumed = answers["events"]["items"][-1]
    assert (assumed["recorded_by"], assumed["fact"]["stance"]) == ("what-if", "ruled_out")
    assert answers["diff"]["before"]["valid_at"] == "2025-04-01"
    assert answers["diff"]["after"]["valid_at"] == "2025-06-01"
    assert answers["picture"]["difference"] is None
    assert answers["sensitivity"]["basis"]["valid_at"] == "2025-05-01"
    assert [date["at"] for date in answers["simulation"]["dates"]] == ["2025-06", "2025-12"]


def test_the_same_seed_gives_the_same_answer(rich: Service) -> None:
    body = {"dates": ["2025-12"], "conditions": [{"condition": "peace", "probability": 0.5}], "draws": 500, "seed": 7}
    basis = "?valid_at=2025-06&known_at=2025-06-11"
    first, again = (rich.client.post(f"/coalitions/willing/simulation{basis}", json=body) for _ in range(2))
    assert first.status_code == 200, first.text
    assert first.content == again.content
    other = rich.client.post(f"/coalitions/willing/simulation{basis}", json=body | {"seed": 8})
    assert other.content != first.content


def test_an_open_question_needs_no_body(rich: Service) -> None:
    for path in ("what-if", "sensitivity"):
        assert rich.client.post(f"/coalitions/willing/{path}").status_code == 200


def test_a_what_if_leaves_nothing_in_the_store(both: Service) -> None:
    record_all(both)
    before = rows(both), both.ask("/events?limit=1000").content
    answer(both, {"changes": CHANGES, "questions": {"picture": {}, "events": {}, "simulation": {"dates": ["2026"]}}})
    assert ask(both, {"changes": [{"omit": NOWHERE}]}).status_code == 422
    assert (rows(both), both.ask("/events?limit=1000").content) == before


def test_headers_apply_to_the_answer_and_not_to_the_questions(rich: Service) -> None:
    lines = {"Accept": "application/x-ndjson, application/json;q=0.5", "If-None-Match": "*"}
    answers = ask(rich, {"questions": {"events": {"limit": 1}, "picture": {}}}, **lines)
    assert answers.status_code == 200
    assert len(answers.json()["events"]["items"]) == 1
    assert ask(rich, {}, Accept="image/png").status_code == 406


def test_reading_needs_a_key_only_if_the_settings_say_so(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        service.record(formed())
        assert ask(service, {}).status_code == 401
        assert ask(service, {}, **service.key).status_code == 200
        for path in ("sensitivity", "simulation"):
            assert service.client.post(f"/coalitions/willing/{path}", json={}).status_code == 401


# --- bad questions ----------------------------------------------------------------------------------------------------


def assumed(**fields: Any) -> Json:
    return {"changes": [CHANGES[0], {"assume": unsourced(pledge("new")) | fields}]}


def simulated(**fields: Any) -> Json:
    return {"questions": {"simulation": {"dates": ["2025-12"]} | fields}}


BAD: dict[str, tuple[Any, str, list[str]]] = {
    # name: (body, type of problem, the pointers of its errors)
    "a list": ([], "validation", [""]),
    "an unknown field": ({"change": []}, "validation", ["/change"]),
    "no such change": ({"changes": [{"forget": NOWHERE}]}, "validation", ["/changes/0"]),
    "a quantity below zero": (
        assumed(quantity=people(-1, 5)), "validation", ["/changes/1/assume/quantity/min"],
    ),
    "an assumed fact of no type": (
        {"changes": [{"assume": {"type": "Nope"}}]}, "validation", ["/changes/0/assume/type"],
    ),
    "an id that is none": ({"changes": [{"omit": "x"}]}, "validation", ["/changes/0/omit"]),
    "a selector of nothing": ({"changes": [{"omit": {}}]}, "validation", ["/changes/0/omit"]),
    "a selector of an unknown type": (
        {"changes": [{"omit": {"type": "Nope"}}]}, "validation", ["/changes/0/omit/type"],
    ),
    "a shift both ways": (
        {"changes": [{"shift": {"pledge": "gbr-ground"}, "days": 1, "to": "2025"}]}, "validation", ["/changes/0"],
    ),
    "scaled by less than nothing": ({"changes": [HALVED | {"scale": -1}]}, "validation", ["/changes/0/scale"]),
    "more changes than there may be": ({"changes": [HALVED] * 201}, "validation", ["/changes"]),
    "an event that is not there": ({"changes": [HALVED, {"omit": NOWHERE}]}, "what-if-refused", ["/changes/1/omit"]),
    "a selector that matches nothing": (
        {"changes": [{"omit": {"capability": "cyber"}}]}, "what-if-refused", ["/changes/0/omit"],
    ),
    "a condition that is not there": (
        {"changes": [{"decide": "none", "becomes": "met", "effective_at": "2025"}]},
        "what-if-refused", ["/changes/0/decide"],
    ),
    "a field that is not there": (
        {"changes": [{"alter": FORMED_ID, "set": {"quantity": 1}}]}, "what-if-refused", ["/changes/0/set/quantity"],
    ),
    "a field that is not altered": (
        {"changes": [{"alter": FORMED_ID, "set": {"sources": []}}]}, "what-if-refused", ["/changes/0/set/sources"],
    ),
    "a value that the field cannot have": (
        {"changes": [{"alter": FORMED_ID, "set": {"theatre": "x"}}]}, "what-if-refused", ["/changes/0/set/theatre"],
    ),
    "an id that is taken": (assumed(event_id=FORMED_ID), "what-if-refused", ["/changes/1/assume/event_id"]),
    "shifted out of the calendar": (
        {"changes": [{"shift": FORMED_ID, "months": 1200 * 1}, {"shift": FORMED_ID, "months": 1200}]},
        "what-if-refused", ["/changes/1/shift"],
    ),
    "a fork after the end": ({"fork": {"sequence": 10_000}}, "what-if-refused", ["/fork/sequence"]),
    "a fork below zero": ({"fork": {"sequence": -1}}, "validation", ["/fork/sequence"]),
    "a fork at no time": ({"fork": {"valid_at": "soon"}}, "validation", ["/fork/valid_at"]),
    "a fork on no axis": ({"fork": {"known_axis": "whispered"}}, "validation", ["/fork/known_axis"]),
    "a fork of no scenario": ({"fork": {"scenario": "none"}}, "what-if-refused", ["/fork/scenario"]),
    "no questions": ({"questions": {}}, "validation", ["/questions"]),
    "no such question": ({"questions": {"weather": {}}}, "validation", ["/questions/weather"]),
    "a question that is a text": ({"questions": {"picture": "now"}}, "validation", ["/questions/picture"]),
    "too many questions": ({"questions": {"coalition": [{}] * 21}}, "validation", ["/questions"]),
    "a parameter that is not there": (
        {"questions": {"timeline": {"until": "2025"}}}, "validation", ["/questions/timeline/until"],
    ),
    "a parameter that is no time": (
        {"questions": {"timeline": [{}, {"to": "x"}]}}, "validation", ["/questions/timeline/1/to"],
    ),
    "a parameter that is missing": ({"questions": {"why": {}}}, "validation", ["/questions/why/figure"]),
    "a figure that is not there": (
        {"questions": {"why": {"figure": "/size/none"}}}, "validation", ["/questions/why/figure"],
    ),
    "an item that is not there": ({"questions": {"pledges": {"name": "none"}}}, "validation", ["/questions/pledges"]),
    "a sequence after the end": (
        {"questions": {"picture": {"sequence": 10_000}}}, "validation", ["/questions/picture/sequence"],
    ),
    "with what": ({"questions": {"picture": {"with": "cheese"}}}, "validation", ["/questions/picture/with"]),
    "a chance above one": (
        simulated(conditions=[{"condition": "mandate", "probability": 1.01}]), "validation",
        ["/questions/simulation/conditions/0/probability"],
    ),
    "a chance for a condition that is not there": (
        simulated(conditions=[{"condition": "none", "probability": 1}]), "what-if-refused",
        ["/questions/simulation/conditions/0/condition"],
    ),
    "more draws than there may be": (simulated(draws=100_001), "validation", ["/questions/simulation/draws"]),
    "more draws and dates than there may be": (
        simulated(draws=100_000, dates=["2025-12"] * 51), "what-if-refused", ["/questions/simulation/draws"],
    ),
    "no dates": (simulated(dates=[]), "validation", ["/questions/simulation/dates"]),
    "a group of a condition that is not there": (
        {"questions": {"sensitivity": {"groups": [["peace", "none"]]}}}, "what-if-refused",
        ["/questions/sensitivity/groups/0/1"],
    ),
    "a requirement that is not there": (
        {"questions": {"sensitivity": {"requirements": ["none"]}}}, "what-if-refused",
        ["/questions/sensitivity/requirements/0"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_question_is_reported_with_its_place(rich: Service, name: str) -> None:
    body, kind, pointers = BAD[name]
    before = rows(rich)
    refused = ask(rich, body)
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == f"/problems/{kind}"
    assert [error["pointer"] for error in refused.json()["errors"]] == pointers
    assert rows(rich) == before


def test_refusals_of_changes_name_the_rule(rich: Service) -> None:
    errors = ask(rich, {"changes": [{"omit": NOWHERE}, {"omit": {"capability": "cyber"}}]}).json()["errors"]
    assert [error["rule"] for error in errors] == ["NamesNothing", "MatchesNothing"]


@pytest.mark.parametrize(
    ("given", "detail"),
    [
        ({"quantity": "many"}, "quantity must be an object, not 'many'."),
        ({"quantity": people(5, 2)}, "quantity.max: max must not be less than min."),
        ({"level": "sure"}, "level is 'sure'; permitted: 'floated', 'pledged', 'committed' or 'assigned'."),
        ({"contributor": None}, "contributor must be text, not null."),
        ({"notice_to_move_days": 1.5}, "notice_to_move_days must be a whole number, not 1.5."),
    ],
)
def test_an_invalid_value_of_an_altered_fact_is_reported_as_when_recording(
    rich: Service, given: Json, detail: str
) -> None:
    refused = ask(rich, {"changes": [HALVED | {"set": given}]}).json()
    [error] = refused["errors"]
    assert (error["rule"], error["detail"]) == ("AlteredFactIsInvalid", detail)
    written = rich.post(pledge("new") | given).json()
    assert detail in [error["detail"] for error in written["errors"]]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"{", 400), (b'{"changes": NaN}', 400), (b"\xff", 400), (b'{"changes": [], "changes": []}', 400),
        (b'{"fork": ' + b"[" * 100 + b"]" * 100 + b"}", 400), (b'{"fork": {"valid_at": "\\ud800"}}', 400),
        (b'{"changes": "' + b"x" * (1024 * 1024) + b'"}', 413), (b'"text"', 422), (b"null", 422),
    ],
)  # fmt: skip
def test_an_unreadable_body_is_refused_as_when_recording(rich: Service, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    refused = rich.client.post("/coalitions/willing/what-if", content=content, headers=headers)
    assert refused.status_code == status, refused.text


def test_invalid_json_is_refused(rich: Service) -> None:
    for kind in ("text/plain", "application/x-ndjson"):
        headers = {"Content-Type": kind}
        assert rich.client.post("/coalitions/willing/what-if", content=b"{}", headers=headers).status_code == 415


def test_an_unknown_coalition_is_reported(rich: Service) -> None:
    for path in ("what-if", "sensitivity", "simulation"):
        refused = rich.client.post(f"/coalitions/none/{path}", json={})
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/unknown-coalition")
    assert rich.client.post("/coalitions/willing/what-if?x=1", json={}).status_code == 422


WHOLE: Json = {
    "fork": {"valid_at": "2025-06-01", "known_at": "2025-06-11", "known_axis": "recorded", "sequence": 80},
    "changes": [*CHANGES, {"omit": MISREAD_ID}, {"alter": FORMED_ID, "set": {"name": "Other"}},
                {"assume": unsourced(fact("PledgeMade", **{k: v for k, v in pledge("new").items() if k != "type"}))}],
    "questions": {
        "timeline": {"from": "2025-04-01", "to": "2025-06-01"}, "why": {"figure": "/size/available/max"},
        "events": {"type": ["PledgeMade"], "about": "pledge:gbr-ground", "cursor": "3", "limit": 3},
        "picture": {"with": "baseline"}, "pledges": {"name": "gbr-ground"},
        "sensitivity": {"groups": [["peace"]], "requirements": ["size"], "samples": 20, "seed": 1},
        "simulation": {"dates": ["2025-12"], "conditions": [{"condition": "peace", "probability": 0.5}], "draws": 100},
    },
}  # fmt: skip

JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False, allow_infinity=False), st.text(),
    st.sampled_from(["2025", "9999-12-31T23:59:59Z", "-1", "/", "pledge:", FORMED_ID, NOWHERE]),
    st.sampled_from([[], {}, [[]], [{}], ["x"]]),
    st.dictionaries(st.text(max_size=5), st.none(), max_size=2),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in parts:
        yield from places(part, (*path, step))


def put(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    if not path:
        return other
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], other)
    return copy


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_content_of_a_question_causes_a_server_error(rich: Service, data: st.DataObject) -> None:
    body = put(WHOLE, data.draw(st.sampled_from(list(places(WHOLE)))), data.draw(JUNK))
    content = json.dumps(body).encode()
    answered = rich.client.post(
        "/coalitions/willing/what-if", content=content, headers={"Content-Type": "application/json"}
    )
    assert answered.status_code in {200, 400, 422}, answered.text


# --- time and turns ---------------------------------------------------------------------------------------------------


def test_long_work_stops_at_its_deadline(sqlite_url: str) -> None:
    with serving(sqlite_url, work_seconds=0) as service:
        record_all(service)
        bodies: list[Json] = [{"changes": [HALVED]}, {"questions": {"picture": {}}}]
        for body in bodies:
            refused = ask(service, body)
            assert (refused.status_code, refused.json()["type"]) == (503, "/problems/took-too-long")
        refused = service.client.post("/coalitions/willing/simulation", json={"dates": ["2025-12"]})
        assert refused.json()["type"] == "/problems/took-too-long"
        assert service.ask("/picture").status_code == 200


def test_the_answers_to_one_what_if_have_a_bound(rich: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    one = len(json.dumps(answer(rich, {"questions": {"timeline": {}}})["timeline"]))
    monkeypatch.setattr(what_if, "ANSWER_BYTES", 2 * one)
    assert ask(rich, {"questions": {"timeline": [{}]}}).status_code == 200
    refused = ask(rich, {"questions": {"timeline": [{}] * 5}})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/what-if-refused")
    assert [(one["pointer"], one["rule"]) for one in refused.json()["errors"]] == [("/questions", "AsksTooMuch")]


def test_long_work_beyond_the_queue_is_refused_and_reads_continue(sqlite_url: str) -> None:
    with serving(sqlite_url) as service, ExitStack() as taken:
        record_all(service)
        taken.enter_context(all_slots_taken(service))
        refused = service.client.post("/coalitions/willing/simulation", json={"dates": ["2025-12"]})
        assert (refused.status_code, refused.json()["type"]) == (503, "/problems/busy")
        assert refused.headers["retry-after"] == "1"
        assert service.ask("/picture").status_code == 200
        taken.close()
        assert ask(service, {"changes": [HALVED]}).status_code == 200
        answered = service.client.post("/coalitions/willing/simulation", json={"dates": ["2025-12"]})
        assert answered.status_code == 200


def test_other_requests_are_answered_during_long_work(sqlite_url: str) -> None:
    body: Json = {
        "dates": [f"20{year}-{month:02}" for year in (26, 27, 28, 29) for month in range(1, 13)],
        "draws": 100_000,
        "conditions": [{"condition": "mandate", "probability": 0.5}],
    }
    with running(sqlite_url, environment={"COALITION_WORK_SECONDS": "8"}) as service, ThreadPoolExecutor(6) as pool:
        client = httpx.Client(base_url=service.url, headers=service.authorization, timeout=60)
        stated = fact("ConditionStated", condition="mandate", kind="un_mandate", description="A mandate")
        pledges = [pledge(f"p-{n}", conditions=["mandate"], quantity=people(100, 900)) for n in range(200)]
        facts = [formed(), stated, *pledges]
        assert client.post("/coalitions/willing/events", json=facts).status_code == 201
        long = [pool.submit(client.post, "/coalitions/willing/simulation", json=body) for _ in range(4)]
        seen = 0
        while not any(one.done() for one in long):
            assert client.get("/coalitions/willing").status_code == 200
            seen += 1
        assert seen >= 3
        assert {one.result().status_code for one in long} <= {200, 503}
