"""Forms about an event: a preview first, then the facts that the API would record; nothing typed is lost."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx2
import pytest

from api.http.access import COOKIE
from tests.api.conftest import service
from tests.api.facts import formed, pledge
from tests.running.in_process import Service

__all__ = ["service"]

SCRIPT = "<script>alert(1)</script>"
SOURCE = {"source.publisher": "AFP", "source.published_on": "2025-05-01", "source.quote": "one\r\ntwo"}
RETRACTION = {"reason": "recorded twice", "whose": "ours"}


@pytest.fixture
def desk(service: Service) -> Service:
    """Serve a coalition with a pledge to a browser that signed in as ``desk``."""
    return ready(service)


def ready(service: Service) -> Service:
    service.record(formed(), pledge("a", 100))
    service.client.cookies.set(COOKIE, service.secret)
    return service


def events(service: Service) -> list[Any]:
    items: list[Any] = service.answer("/events?limit=1000")["items"]
    return items


def address(service: Service, doing: str, sequence: int = 2) -> str:
    return f"/c/willing/record/{events(service)[sequence - 1]['event_id']}/{doing}"


def send(service: Service, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
    return service.client.post(path, data=fields, headers=headers, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    """What the form of a page sends beside what is typed."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    return {name: unescape(value) for name, value in found}


def previewed(service: Service, path: str, typed: dict[str, str]) -> dict[str, str]:
    """All that the form of a preview sends; fails if there is no preview."""
    opened = hidden(service.client.get(path).text)
    answer = send(service, path, opened | typed | {"doing": "check"})
    assert answer.status_code == 200, answer.text
    assert "nothing is recorded yet" in answer.text
    return hidden(answer.text) | typed | {"doing": "record"}


def recorded(service: Service, path: str, typed: dict[str, str]) -> list[Any]:
    """Preview and record; returns the events that were added."""
    before = service.sequence
    answer = send(service, path, previewed(service, path, typed))
    assert answer.status_code == 303, answer.text
    added = events(service)[before:]
    assert answer.headers["location"] == f"/c/willing/record/{added[-1]['event_id']}"
    return added


# --- retracting -------------------------------------------------------------------------------------------------------


def test_our_error_is_retracted_without_sources(desk: Service) -> None:
    (event,) = recorded(desk, address(desk, "retract"), RETRACTION)
    assert event["recorded_by"] == "desk"
    assert event["fact"]["type"] == "EventRetracted"
    assert event["fact"]["reason"] == "recorded twice"
    assert event["fact"]["sources"] == []
    assert desk.answer("/pledges")["items"] == []


def test_what_the_source_withdrew_is_retracted_with_that_source(desk: Service) -> None:
    (event,) = recorded(desk, address(desk, "retract"), {"reason": "withdrawn", "whose": "source"} | SOURCE)
    assert event["fact"]["sources"] == [{"publisher": "AFP", "published_on": "2025-05-01", "quote": "one\ntwo"}]
    asked = "/pledges?known_axis=reported&valid_at=2025-06-01&known_at="
    assert [len(desk.answer(asked + day)["items"]) for day in ("2025-04-30", "2025-05-01")] == [1, 0]


def test_an_event_is_retracted_with_its_corrections(desk: Service) -> None:
    correction = {"type": "EventCorrected", "reason": "misread"}
    last = events(desk)[1]["event_id"]
    for size in (200, 300):
        (event,) = desk.record(correction | {"corrects": last, "replacement": pledge("a", size)})
        last = event["event_id"]
    page = desk.client.get(address(desk, "retract")).text
    assert "2 corrections of it are retracted as well: event 4, event 3." in page
    numbers = {event["event_id"]: event["sequence"] for event in events(desk)}
    added = recorded(desk, address(desk, "retract"), RETRACTION)
    assert [numbers[event["fact"]["retracts"]] for event in added] == [4, 3, 2]
    assert desk.answer("/pledges")["items"] == []


def test_one_correction_is_undone_on_its_own_page(desk: Service) -> None:
    first = events(desk)[1]["event_id"]
    desk.record({"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)})
    recorded(desk, address(desk, "retract", 3), RETRACTION)
    assert desk.answer("/pledges")["items"][0]["quantity"]["max"] == 100


def test_a_retraction_is_undone_on_its_own_page(desk: Service) -> None:
    (event,) = recorded(desk, address(desk, "retract"), RETRACTION)
    assert "there is nothing to retract" in desk.client.get(address(desk, "retract")).text
    recorded(desk, address(desk, "retract", event["sequence"]), RETRACTION)
    assert len(desk.answer("/pledges")["items"]) == 1


def test_the_formation_is_not_retracted(desk: Service) -> None:
    assert "formation of a coalition cannot be retracted" in desk.client.get(address(desk, "retract", 1)).text


# --- adding a source --------------------------------------------------------------------------------------------------


def test_a_source_is_added_to_what_stands(desk: Service) -> None:
    first = events(desk)[1]["event_id"]
    (correction,) = desk.record(
        {"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)}
    )
    (event,) = recorded(desk, address(desk, "source"), SOURCE)
    assert event["fact"]["event"] == correction["event_id"]
    assert event["fact"]["sources"] == [{"publisher": "AFP", "published_on": "2025-05-01", "quote": "one\ntwo"}]


# --- what cannot be recorded ------------------------------------------------------------------------------------------

REFUSED = [
    ("retract", {"whose": "ours"}, "reason", "State the reason."),
    ("retract", {"reason": "x"}, "whose", "Choose whose error it was."),
    ("retract", {"reason": "x", "whose": "nobody's"}, "whose", "Choose whose error it was."),
    ("retract", {"reason": "x", "whose": "source"}, "source.publisher", "is missing"),
    ("retract", {"reason": "a\u202eb", "whose": "ours"}, "reason", "U+202E"),
    ("source", {}, "source.publisher", "is missing"),
    ("source", SOURCE | {"source.quote": "y" * 1_001}, "source.quote", "at most 1,000 characters"),
    ("source", SOURCE | {"source.url": "javascript:alert(1)"}, "source.url", ""),
    ("source", SOURCE | {"source.archived_url": "https://name:word@example.org"}, "source.archived_url", "password"),
    ("source", SOURCE | {"source.accessed_on": "2025-02-30"}, "source.accessed_on", "calendar"),
    ("source", SOURCE | {"source.reliability": "G"}, "source.reliability", ""),
]  # fmt: skip


@pytest.mark.parametrize(("doing", "typed", "field", "message"), REFUSED)
def test_a_fault_is_shown_beside_its_field_and_nothing_is_recorded(
    desk: Service, doing: str, typed: dict[str, str], field: str, message: str
) -> None:
    path = address(desk, doing)
    for button in ("check", "record"):
        answer = send(desk, path, hidden(desk.client.get(path).text) | typed | {"doing": button})
        assert answer.status_code == 422
        beside = answer.text.partition(f'<p class="wrong" id="wrong-{field}">')[2].partition("</p>")[0]
        assert beside
        assert message in unescape(beside)
        assert "Nothing was recorded." in answer.text
    assert desk.sequence == 2


def test_nothing_typed_is_lost_or_run(desk: Service) -> None:
    typed = {"reason": f"{SCRIPT}\n\nand more", "whose": "source", "source.title": '"><b>', "source.quote": "\nfirst"}
    answer = send(desk, address(desk, "retract"), typed)
    assert SCRIPT not in answer.text
    shown = unescape(answer.text)
    assert f"{SCRIPT}\n\nand more</textarea>" in shown
    assert 'value="source" required checked' in answer.text
    assert 'value=""><b>"' in shown


def test_what_is_recorded_is_what_was_seen(desk: Service) -> None:
    path = address(desk, "retract")
    form = previewed(desk, path, RETRACTION)
    answer = send(desk, path, form | {"reason": "another"})
    assert (answer.status_code, desk.sequence) == (200, 2)
    assert "nothing is recorded yet" in answer.text
    assert send(desk, path, RETRACTION | {"doing": "record"}).status_code == 200
    assert desk.sequence == 2


def test_a_form_that_is_sent_twice_counts_once(both: Service) -> None:
    ready(both)
    path = address(both, "source")
    form = previewed(both, path, SOURCE)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: send(both, path, form), range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert both.sequence == 3


def test_an_event_that_was_changed_meanwhile_is_not_changed_unseen(desk: Service) -> None:
    path = address(desk, "retract")
    form = previewed(desk, path, RETRACTION)
    first = events(desk)[1]["event_id"]
    desk.record({"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)})
    answer = send(desk, path, form)
    assert answer.status_code == 412
    assert "Event 2 was corrected or retracted by event 3 after this form was opened" in answer.text
    assert "recorded twice" in answer.text
    assert desk.sequence == 3
    assert send(desk, path, hidden(answer.text) | RETRACTION).status_code == 200


def test_a_form_without_a_key_keeps_what_was_typed_and_goes_on_with_one(desk: Service) -> None:
    path = address(desk, "source")
    typed = SOURCE | {"source.title": f"\n{SCRIPT}"}
    opened = hidden(desk.client.get(path).text)
    desk.client.cookies.clear()
    answer = send(desk, path, opened | typed | {"doing": "check"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert SCRIPT not in answer.text
    kept = dict(re.findall(r'<textarea hidden name="([^"]+)">\n([^<]*)</textarea>', answer.text))
    kept = {name: unescape(value) for name, value in kept.items()}
    assert kept == opened | {name: value.replace("\r\n", "\n").strip() for name, value in typed.items()} | {
        "doing": "check"
    }
    wrong = send(desk, path, kept | {"key_to_sign_in": "coal_not-one"})
    assert wrong.status_code == 401
    assert "unknown or revoked" in wrong.text
    assert "coal_not-one" not in wrong.text
    again = send(desk, path, kept | {"key_to_sign_in": desk.secret})
    assert again.status_code == 200
    assert "nothing is recorded yet" in again.text
    assert desk.secret not in again.text
    assert send(desk, path, hidden(again.text) | typed | {"doing": "record"}).status_code == 303


@pytest.mark.parametrize("doing", ["retract", "source"])
def test_a_form_from_another_site_does_nothing(desk: Service, doing: str) -> None:
    path = address(desk, doing)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert send(desk, path, RETRACTION | SOURCE, **headers).status_code == 403
    assert desk.sequence == 2


def test_unknown_events_are_not_found(desk: Service) -> None:
    for path in ("/c/willing/record/nothing/retract", "/c/nowhere/record/nothing/source"):
        assert desk.client.get(path).status_code == 404
        assert send(desk, path, RETRACTION).status_code == 404


def test_the_page_of_an_event_offers_what_can_be_done(desk: Service) -> None:
    page = desk.client.get(address(desk, "")[:-1]).text
    assert all(f"/{doing}" in page for doing in ("retract", "source"))
    assert "/retract" not in desk.client.get(address(desk, "", 1)[:-1]).text
    desk.client.cookies.clear()
    assert "/retract" not in desk.client.get(address(desk, "")[:-1]).text
