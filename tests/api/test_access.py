"""Who may write and who may read: keys, and the setting that opens reading."""

from typing import Any

import pytest

from domain.ledger import Keys
from tests.api.door import Service, formed, pledge, serving


def refused(answer: Any) -> None:
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["header"] == "Authorization"


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer ", "Bearer coal_unknown", "Basic dXNlcjpwYXNz", "coal_x", "Bearer \xfc", "Bearer a b",
     "Bearer " + "x" * 5000],
)  # fmt: skip
def test_writing_needs_a_key(both: Service, authorization: str | None) -> None:
    headers = {} if authorization is None else {b"Authorization": authorization.encode("latin-1")}
    refused(both.client.post("/coalitions/willing/events", json=formed(), headers=headers))
    assert both.client.get("/coalitions").json() == {"coalitions": []}


def test_a_key_is_asked_for_before_the_body_is_looked_at(service: Service) -> None:
    refused(service.client.post("/coalitions/willing/events", content=b"{"))


def test_the_scheme_is_not_case_sensitive(service: Service) -> None:
    headers = {"Authorization": f"bearer {service.secret}"}
    assert service.client.post("/coalitions/willing/events", json=formed(), headers=headers).status_code == 201


def test_a_revoked_key_is_no_key_within_a_second(both: Service) -> None:
    both.record(formed())
    assert Keys(both.ledger).revoke("desk") == 1
    both.clock.go_on(1)
    refused(both.post(pledge("a")))
    assert both.sequence == 1


def test_each_key_records_in_its_own_name(both: Service) -> None:
    both.record(formed())
    other = {"Authorization": f"Bearer {Keys(both.ledger).add('newsroom')}"}
    both.client.post("/coalitions/willing/events", json=pledge("a"), headers=other)
    assert [event["recorded_by"] for event in both.answer("/events")["items"]] == ["desk", "newsroom"]
    assert [event["sequence"] for event in both.answer("/events?recorded_by=newsroom")["items"]] == [2]


def test_no_secret_is_ever_answered(service: Service) -> None:
    service.record(formed())
    for path in ("", "/events", "/picture"):
        assert service.secret not in service.ask(path, **service.key).text


@pytest.mark.parametrize("setting", ["loopback", "beyond-loopback"])
def test_reading_is_open_unless_it_is_closed(sqlite_url: str, setting: str) -> None:
    with serving(sqlite_url, open_reading=setting) as service:
        service.record(formed())
        assert service.ask("/picture").status_code == 200
        assert service.ask("/picture", Authorization="Bearer of nothing").status_code == 200


def test_reading_needs_a_key_where_the_setting_says_so(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        made = service.post(formed()).json()["events"][0]
        reads = ["", "/picture", "/timeline", "/diff", "/why?figure=/size", "/pledges", "/members/FRA", "/events",
                 f"/events/{made['event_id']}", "/picture?valid_at=nonsense"]  # fmt: skip
        for read in reads:
            refused(service.ask(read))
            assert service.ask(read, **service.key).status_code in (200, 404, 422)
        refused(service.client.get("/coalitions"))
        refused(service.client.get("/coalitions/unknown"))
        assert service.client.head("/coalitions").status_code == 401
        assert service.client.get("/coalitions", headers=service.key).status_code == 200


def test_health_and_descriptions_are_open(sqlite_url: str) -> None:
    with serving(sqlite_url, open_reading="no") as service:
        for path in ("/health/live", "/health/ready", "/openapi.json", "/docs", "/problems"):
            assert service.client.get(path).status_code == 200


def test_ready_is_not_ready_when_the_store_is_gone(both: Service) -> None:
    assert both.client.get("/health/ready").json() == {"status": "ready"}
    both.ledger.close()
    answer = both.client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert both.client.get("/health/live").json() == {"status": "live"}
