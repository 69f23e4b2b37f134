"""A coalition of one's own begins with one form: all of it is recorded, or nothing; nothing typed is lost."""

from html import unescape
from typing import Any

import pytest

from api.http.access import COOKIE
from api.pages.forms import FORM_BYTES
from tests.api.conftest import service
from tests.api.facts import formed
from tests.api.pages.test_corrections import beside, send
from tests.running.in_process import Service

__all__ = ["service"]

TYPED = {
    "name": "Haïti security support mission", "effective_at": "2 October 2023", "theatre": "Haiti",
    "leads": "Kenya, org:un", "purpose": "Support of the Haitian National Police",
    "requirement.label": "Mission at full strength", "requirement.quantity": "about 2,500",
    "requirement.stated_by": "org:un", "requirement.standing": "planned",
    "sources.0.publisher": "United Nations", "sources.0.url": "https://press.un.org/en/2023/sc15432.doc.htm",
    "sources.0.published_on": "2.10.2023 ", "sources.0.quote": "one\r\ntwo",
}  # fmt: skip
SLUG = "haiti-security-support-mission"


@pytest.fixture
def desk(service: Service) -> Service:
    """Serve an empty ledger to a browser that signed in as ``desk``."""
    service.client.cookies.set(COOKIE, service.secret)
    return service


def events(service: Service, coalition: str) -> list[Any]:
    items: list[Any] = service.client.get(f"/coalitions/{coalition}/events").json()["items"]
    return items


def coalitions(service: Service) -> list[str]:
    return [one["coalition"] for one in service.client.get("/coalitions").json()["coalitions"]]


def test_the_start_page_has_the_form(desk: Service) -> None:
    for path in ("/", "/begin"):
        page = desk.client.get(path).text
        assert all(f'name="{name}"' in page for name in (*TYPED, "coalition"))
        assert 'action="/begin"' in page


def test_a_form_records_the_formation_the_leads_and_the_requirement_together(desk: Service) -> None:
    answer = send(desk, "/begin", TYPED | {"sources.0.published_on": "2 October 2023"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/c/{SLUG}")
    found = events(desk, SLUG)
    facts = [event["fact"] for event in found]
    assert [fact["type"] for fact in facts] == ["CoalitionFormed", "MemberJoined", "MemberJoined", "RequirementStated"]
    source = {
        "publisher": "United Nations", "url": TYPED["sources.0.url"], "published_on": "2023-10-02", "quote": "one\ntwo",
    }  # fmt: skip
    assert all(fact["sources"] == [source] for fact in facts)
    assert {fact["effective_at"] for fact in facts} == {"2023-10-02"}
    assert len({event["recorded_at"] for event in found}) == 1
    assert {event["recorded_by"] for event in found} == {"desk"}
    assert (facts[0]["name"], facts[0]["theatre"], facts[0]["leads"]) == (TYPED["name"], ["HTI"], ["KEN", "org:un"])
    assert [(fact["member"], fact["role"]) for fact in facts[1:3]] == [("KEN", "lead"), ("org:un", "lead")]
    assert facts[3]["requirement"] == "mission-at-full-strength"
    assert facts[3]["quantity"] == {"min": 2500, "max": 2500, "unit": "personnel", "approximate": True}
    assert desk.client.get(answer.headers["location"]).status_code == 200


def test_leads_and_a_requirement_may_be_left_out(desk: Service) -> None:
    few = {name: TYPED[name] for name in ("name", "effective_at", "sources.0.publisher")} | {"coalition": "mine"}
    assert send(desk, "/begin", few).headers["location"] == "/c/mine"
    assert [event["fact"]["type"] for event in events(desk, "mine")] == ["CoalitionFormed"]


REFUSED = [
    ({"name": ""}, "name", "missing"),
    ({"name": "a\u202eb"}, "name", "U+202E"),
    ({"name": "Миссия"}, "coalition", "state one"),
    ({"coalition": "My Own"}, "coalition", "my-own"),
    ({"coalition": "taken"}, "coalition", "taken-2"),
    ({"name": "Taken"}, "coalition", "another coalition already has the short name taken"),
    ({"effective_at": ""}, "effective_at", "missing"),
    ({"effective_at": "1/2/2023"}, "effective_at", ""),
    ({"theatre": "Hayti"}, "theatre", "Haiti"),
    ({"theatre": "org:un"}, "theatre", ""),
    ({"leads": "Kenia"}, "leads", "Kenya"),
    ({"requirement.label": ""}, "requirement.label", ""),
    ({"requirement.quantity": "many"}, "requirement.quantity", ""),
    ({"requirement.quantity": ""}, "requirement.quantity", "missing"),
    ({"requirement.standing": ""}, "requirement.standing", "missing"),
    ({"requirement.stated_by": "nobody"}, "requirement.stated_by", ""),
    ({"sources.0.publisher": ""}, "sources.0.publisher", "missing"),
    ({"sources.0.url": "javascript:alert(1)"}, "sources.0.url", ""),
    ({"sources.0.quote": "y" * 1_001}, "sources.0.quote", "1,000"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "field", "message"), REFUSED)
def test_a_fault_is_shown_beside_its_field_and_nothing_is_recorded(
    desk: Service, change: dict[str, str], field: str, message: str
) -> None:
    desk.record(formed(), coalition="taken")
    typed = TYPED | {"sources.0.published_on": "2023-10"} | change
    answer = send(desk, "/begin", typed)
    assert answer.status_code in (409, 422)
    fault = beside(answer.text, field)
    assert fault
    assert message in fault or message in fault.lower()
    assert answer.text.count('<p class="wrong"') == 1
    assert coalitions(desk) == ["taken"]
    shown = unescape(answer.text)
    for name, text in typed.items():
        if name not in ("requirement.standing", "sources.0.quote") and text:
            assert f'name="{name}"' in shown
            assert text.strip() in shown


def test_the_coalition_of_the_form_is_not_the_one_that_is_there(desk: Service) -> None:
    desk.record(formed(), coalition="coalition")
    assert send(desk, "/begin", TYPED | {"name": "!!!"}).status_code == 422
    assert len(events(desk, "coalition")) == 1


def test_a_form_that_is_sent_twice_counts_once(both: Service) -> None:
    both.client.cookies.set(COOKIE, both.secret)
    typed = TYPED | {"sources.0.published_on": "2023-10"}
    answers = [send(both, "/begin", typed) for _ in range(2)]
    assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, f"/c/{SLUG}")] * 2
    assert len(events(both, SLUG)) == 4


def test_without_a_key_the_page_asks_for_one_and_keeps_the_form(service: Service) -> None:
    typed = TYPED | {"sources.0.published_on": "2023-10"}
    assert "Recording needs a key" in service.client.get("/").text
    answer = send(service, "/begin", typed)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    kept = unescape(answer.text)
    assert all(
        f'<textarea hidden name="{name}">\n{text.replace(chr(13), "").strip()}' in kept for name, text in typed.items()
    )
    assert coalitions(service) == []
    answer = send(service, "/begin", typed | {"key_to_sign_in": service.secret})
    assert answer.headers["location"] == f"/c/{SLUG}"
    assert COOKIE in answer.headers["set-cookie"]
    assert events(service, SLUG)[0]["recorded_by"] == "desk"


def test_a_form_from_another_site_does_nothing(desk: Service) -> None:
    assert send(desk, "/begin", TYPED, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert coalitions(desk) == []


@pytest.mark.parametrize(
    "content", [b"\xff=1", b"a=" + b"x" * FORM_BYTES, b"&".join(b"a%d=1" % n for n in range(1_001))]
)
def test_what_is_no_form_is_refused(desk: Service, content: bytes) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert desk.client.post("/begin", content=content, headers=headers).status_code in (400, 413)
    assert desk.client.post("/begin", content=content).status_code == 415
    assert coalitions(desk) == []
