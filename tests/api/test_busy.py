"""A service that is busy with long work: recorded writes are answered as recorded, and comparisons wait for a slot."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest

from api.http.access import COOKIE
from api.work_slots import Work
from tests.api.facts import SOURCES, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_scenarios import NEW_PLEDGE, Json, opened, post, posted, refused
from tests.api.routes.test_what_if import HALVED
from tests.api.slots import all_slots_taken, forget_answers
from tests.running.in_process import Service, serving
from tests.running.service import running

COMPARISONS = [
    "/what-if", "/what-if.json", "/what-if.csv", "/what-if/charts/cascade", "/what-if/charts/cascade.svg",
    "/what-if/conditions", "/what-if/conditions.csv", "/what-if/charts/sensitivity",
    "/what-if/chances", "/what-if/chances.json", "/what-if/charts/fan.csv",
    "/scenarios/a", "/scenarios/a/difference.csv", "/scenarios/a/charts/cascade", "/scenarios/a/charts/cascade.json",
    "/scenarios/a/charts/sensitivity",
]  # fmt: skip
"""Everything on the pages that works out a comparison with a what-if."""


OPENED: Json = {"scenario": "a", "name": "A", "changes": [NEW_PLEDGE, HALVED]}


@pytest.fixture
def first(sqlite_url: str) -> Iterator[Service]:
    """Serve something of everything, and a scenario."""
    with _serving_all(sqlite_url) as service:
        yield service


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve the same to tests that only read."""
    with _serving_all(f"sqlite:///{tmp_path_factory.mktemp('busy') / 'ledger.sqlite3'}") as service:
        yield service


@contextmanager
def _serving_all(database_url: str) -> Iterator[Service]:
    with serving(database_url) as service:
        record_all(service)
        posted(service, "", OPENED, Idempotency_Key="open")
        yield service


@pytest.fixture
def busy(first: Service) -> Iterator[Service]:
    """Serve the same record by another process, which has replayed nothing and has no place for long work."""
    with serving(first.ledger_url) as service:
        service.secret, service.key, service.clock.now_us = first.secret, first.key, first.clock.now_us
        service.client.cookies.set(COOKIE, first.secret)
        with all_slots_taken(service):
            yield service


@pytest.fixture
def late(first: Service) -> Iterator[Service]:
    """Serve the same record by another process, where the time for long work is over before it begins."""
    with serving(first.ledger_url, work_seconds=0) as service:
        service.key, service.clock.now_us = first.key, first.clock.now_us
        yield service


# --- what is recorded -------------------------------------------------------------------------------------------------

WRITES: list[tuple[str, Json, str]] = [
    ("/a/changes/1/remove", {"note": "not so"}, "ChangeRemoved"),
    ("/a/rebase", {"fork": {"sequence": 50}}, "ScenarioRebased"),
    ("/a/close", {"reason": "answered"}, "ScenarioClosed"),
]


@pytest.mark.parametrize("kind", ["busy", "late"])
@pytest.mark.parametrize(("path", "body", "event"), WRITES)
def test_a_recorded_write_is_answered_as_recorded(
    request: pytest.FixtureRequest, kind: str, path: str, body: Json, event: str
) -> None:
    service: Service = request.getfixturevalue(kind)
    answer = post(service, path, body)
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert [one["fact"]["type"] for one in body["events"]] == [event]
    assert body["not_applied"] is None
    assert answer.headers["etag"] == '"2"'


@pytest.mark.parametrize("kind", ["busy", "late"])
def test_the_repeat_of_a_recorded_write_is_answered_as_recorded(
    request: pytest.FixtureRequest, first: Service, kind: str
) -> None:
    more = {"changes": [{"assume": NEW_PLEDGE["assume"] | {"pledge": "newer"}}]}
    answers = [post(first, "/a/changes", more, Idempotency_Key="more")]
    answers += [post(first, path, body, Idempotency_Key=path) for path, body, _ in WRITES]
    service: Service = request.getfixturevalue(kind)
    again = [post(service, "/a/changes", more, Idempotency_Key="more")]
    again += [post(service, path, body, Idempotency_Key=path) for path, body, _ in WRITES]
    for before, now in zip(answers, again, strict=True):
        assert (now.status_code, now.headers.get("idempotency-replayed")) == (201, "true"), now.text
        assert now.json()["events"] == before.json()["events"]
        assert now.headers["etag"] == before.headers["etag"]
    opening = post(service, "", OPENED, Idempotency_Key="open")
    assert (opening.status_code, opening.headers["idempotency-replayed"]) == (201, "true")


def test_a_write_that_cannot_be_checked_in_time_is_refused_without_a_trace(busy: Service, first: Service) -> None:
    refused(post(busy, "", OPENED | {"scenario": "b"}), 503, "busy")
    refused(post(busy, "/a/changes", {"changes": [HALVED]}), 503, "busy")
    assert [one["scenario"] for one in first.answer("/scenarios")["scenarios"]] == ["a"]
    assert first.answer("/scenarios/a")["sequence"] == 1


def test_a_scenario_without_its_fork_can_be_closed(first: Service) -> None:
    opened(first, "child", [], scenario="a")
    posted(first, "/a/rebase", {"fork": {"sequence": 50}})
    answer = post(first, "/child/close", {})
    assert (answer.status_code, answer.json()["not_applied"]) == (201, None)
    assert first.answer("/scenarios?status=closed")["scenarios"][0]["scenario"] == "child"


def test_an_adoption_is_repeated_whatever_became_of_the_scenario(first: Service, busy: Service) -> None:
    facts = [one["fact"] | {"sources": SOURCES} for one in first.answer("/scenarios/a/adopt")["facts"]]
    adopted = post(first, "/a/adopt", facts, Idempotency_Key="adopt")
    assert adopted.status_code == 201
    again = post(busy, "/a/adopt", facts, Idempotency_Key="adopt")
    assert (again.status_code, again.content) == (201, adopted.content)
    posted(first, "/a/close")
    again = post(first, "/a/adopt", facts, Idempotency_Key="adopt")
    assert (again.status_code, again.content) == (201, adopted.content)
    refused(post(first, "/a/adopt", facts, Idempotency_Key="other"), 409, "scenario-conflict", "ScenarioIsClosed")
    refused(post(first, "/a/adopt", pledge("k"), Idempotency_Key="adopt"), 422, "idempotency-key-reused")


def press(service: Service, path: str, fields: dict[str, str]) -> httpx2.Response:
    return service.client.post(f"/c/willing{path}", data=fields, follow_redirects=False)


def test_a_write_by_form_is_answered_as_recorded(first: Service, busy: Service) -> None:
    first.client.cookies.set(COOKIE, first.secret)
    address = "/what-if?valid_at=2025-05-01&known_at=2025-06-11&sequence=80&change=met:peace"
    once, again = press(first, address, {"name": "Saved"}), press(busy, address, {"name": "Saved"})
    assert (once.status_code, again.status_code) == (303, 303)
    assert once.headers["location"] == again.headers["location"] == "/c/willing/scenarios/saved"
    for doing, sequence in (("rebase", "1"), ("close", "2")):
        pressed = press(busy, "/scenarios/saved", {"doing": doing, "sequence": sequence})
        assert (pressed.status_code, pressed.headers.get("location")) == (303, "/c/willing/scenarios/saved")
    assert first.answer("/scenarios/saved")["status"] == "closed"


# --- what is compared -------------------------------------------------------------------------------------------------


def asked(service: Service, path: str) -> httpx2.Response:
    return service.client.get(f"/c/willing{path}", params={"change": "met:peace"} if "what-if" in path else None)


@pytest.mark.parametrize("path", COMPARISONS)
def test_a_page_compares_only_with_a_slot(read_only: Service, path: str) -> None:
    assert asked(read_only, path).status_code == 200
    forget_answers(read_only)
    with all_slots_taken(read_only):
        answer = asked(read_only, path)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize("path", COMPARISONS)
def test_a_comparison_of_a_page_can_be_stopped_at_every_step(
    read_only: Service, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks: list[Work] = []
    check = Work.check

    def noting(work: Work) -> None:
        asks.append(work)
        check(work)

    forget_answers(read_only)
    monkeypatch.setattr(Work, "check", noting)
    assert asked(read_only, path).status_code == 200
    assert any(work.is_in_slot for work in asks)


@pytest.mark.parametrize("path", COMPARISONS)
def test_a_kept_page_needs_no_slot(read_only: Service, path: str) -> None:
    first = asked(read_only, path)
    with all_slots_taken(read_only):
        again = asked(read_only, path)
    assert (again.status_code, again.content) == (200, first.content)


# --- scenarios side by side -------------------------------------------------------------------------------------------


def test_scenarios_are_compared_a_page_at_a_time(first: Service) -> None:
    for number in range(45):
        opened(first, f"s{number:02}", [])
    memory = first.ledger.memory
    for key in memory.names():
        memory.drop(key)
    seen, address, replayed = [], "/c/willing/scenarios", []
    while address:
        page = first.client.get(address)
        assert page.status_code == 200
        seen.append(re.findall(r'<th scope="row">.*?<a href="/c/willing/scenarios/([a-z0-9]+)"', page.text))
        replayed.append(len([key for key in memory.names() if key[0] == "replay"]))
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = html.unescape(following[1]) if following else ""
    assert [slug for page in seen for slug in page] == ["a", *(f"s{number:02}" for number in range(45))]
    assert replayed == [20, 40, 46]


def test_the_csv_of_scenarios_has_the_same_pages(first: Service) -> None:
    for number in range(20):
        opened(first, f"s{number:02}", [])
    answer = first.client.get("/c/willing/scenarios.csv")
    assert len(answer.text.splitlines()) == 1 + 20
    answer = first.client.get(answer.links["next"]["url"])
    assert [line.partition(",")[0] for line in answer.text.splitlines()] == ["scenario", "s19"]
    assert "next" not in answer.links
    assert len(first.client.get("/c/willing/scenarios.csv?cursor=s19").text.splitlines()) == 1
    assert first.client.get("/c/willing/scenarios?cursor=S%20").status_code == 422


@pytest.mark.parametrize(("kind", "words"), [("busy", "busy"), ("late", "takes longer")])
def test_a_scenario_is_listed_even_if_its_size_cannot_be_worked_out(
    request: pytest.FixtureRequest, kind: str, words: str
) -> None:
    service: Service = request.getfixturevalue(kind)
    answer = service.client.get("/c/willing/scenarios")
    assert answer.status_code == 200
    assert ">A</a>" in answer.text
    assert words in answer.text


# --- bodies -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["sensitivity", "simulation"])
def test_a_question_to_a_scenario_that_is_not_replayed_yet_is_answered(first: Service, end: str) -> None:
    """That it needs a slot turns out before its body has been read."""
    with running(first.ledger_url, key=first.secret) as service:
        address = f"{service.url}/coalitions/willing/scenarios/a/{end}"
        answer = httpx2.post(address, json={"seed": 7, "dates": ["2025-06-01"]} if end == "simulation" else {"seed": 7})
        assert answer.status_code == 200, answer.text
        assert (
            answer.json() == httpx2.post(address, content=answer.request.content, headers=answer.request.headers).json()
        )
