"""Forms of pages: a what-if is saved from its address, and a saved scenario updated or archived, each only once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from api.http.access import COOKIE
from domain.ledger import Keys
from tests.api.conftest import service
from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service

__all__ = ["service"]

CHANGES = [
    {"decide": "truce", "becomes": "met", "effective_at": "2025-05-01"},
    {"alter": {"type": "PledgeMade", "pledge": "a"}, "scale": 0.5},
]
WHAT_IF = "/c/willing/what-if?valid_at=2025-05-01&known_at=2025-06-02&sequence=4&change=met:truce&change=halved:a"
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def signed_in(service: Service) -> Service:
    """Serve a coalition to a browser that signed in as ``desk``."""
    return ready(service)


def ready(service: Service) -> Service:
    """Record what can be asked of, and bring the cookie."""
    service.record(
        formed(), pledge("a"), fact("ConditionStated", condition="truce", kind="ceasefire", description="A truce"),
        fact("ConditionAttached", condition="truce", pledge="a"),
    )  # fmt: skip
    service.client.cookies.set(COOKIE, service.secret)
    return service


def send(service: Service, fields: dict[str, str], path: str = WHAT_IF, **headers: str) -> httpx2.Response:
    return service.client.post(path, data=fields, headers=headers, follow_redirects=False)


def saved(service: Service, scenario: str) -> Any:
    return service.answer(f"/scenarios/{scenario}")


def slugs(service: Service) -> list[str]:
    return [one["scenario"] for one in service.answer("/scenarios")["scenarios"]]


# --- saving -----------------------------------------------------------------------------------------------------------


def test_a_form_saves_what_the_api_would(signed_in: Service) -> None:
    answer = send(signed_in, {"name": "A truce", "scenario": "", "description": "one\r\ntwo\rDe\u0301fense"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/willing/scenarios/a-truce")
    fork = {"valid_at": "2025-05-01", "known_at": "2025-06-02", "known_axis": "recorded", "sequence": 4}
    body = {"name": "Posted", "description": "one\ntwo\nD\u00e9fense", "fork": fork, "changes": CHANGES}
    assert signed_in.client.post("/coalitions/willing/scenarios", json=body, headers=signed_in.key).status_code == 201
    by_form, by_api = saved(signed_in, "a-truce"), saved(signed_in, "posted")
    for name in ("author", "description", "fork", "lineage", "not_applied", "status", "sequence"):
        assert by_form[name] == by_api[name], name
    assert [one["change"] for one in by_form["changes"]] == [one["change"] for one in by_api["changes"]]


def test_a_form_saves_what_the_page_showed_whatever_is_recorded_meanwhile(signed_in: Service) -> None:
    page = signed_in.client.get("/c/willing/what-if?change=met:truce").text
    action = page.partition('class="form" method="post" action="')[2].partition('"')[0].replace("&amp;", "&")
    signed_in.record(pledge("b"))
    assert send(signed_in, {"name": "Seen"}, action).status_code == 303
    assert saved(signed_in, "seen")["fork"]["sequence"] == 4


def test_a_form_that_is_sent_twice_counts_once(both: Service) -> None:
    ready(both)
    form = {"name": "Twice"}
    first, again = send(both, form), send(both, form)
    assert (first.status_code, again.status_code, again.headers["location"]) == (303, 303, first.headers["location"])
    assert saved(both, "twice")["sequence"] == 1


def test_a_form_that_is_sent_twice_at_once_counts_once(both: Service) -> None:
    ready(both)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: send(both, {"name": "At once"}), range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    assert saved(both, "at-once")["sequence"] == 1


def test_a_name_in_use_is_refused_and_the_form_keeps_its_content(signed_in: Service) -> None:
    send(signed_in, {"name": "Taken"})
    answer = send(signed_in, {"name": "Taken", "description": SCRIPT})
    assert answer.status_code == 409
    assert "already has this short name" in answer.text
    assert 'value="Taken"' in answer.text
    assert SCRIPT not in answer.text
    signed_in.client.cookies.set(COOKIE, Keys(signed_in.ledger).add("newsroom"))
    assert send(signed_in, {"name": "Taken"}).status_code == 409
    assert saved(signed_in, "taken")["sequence"] == 1


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"description": "x"}, "Name is missing."),
        ({"name": "  "}, "Name is missing."),
        ({"name": "x" * 301}, "Name may have at most 300 characters."),
        ({"name": "x", "scenario": "X Y"}, "lower-case letters and digits"),
        ({"name": "Мир"}, "no slug"),
        ({"name": "a\u202eb"}, "U+202E"),
        ({"name": "x", "description": "y" * 10_001}, "Description may have at most 10,000 characters."),
    ],
)
def test_an_error_is_shown_beside_its_field(signed_in: Service, form: dict[str, str], expected: str) -> None:
    answer = send(signed_in, form)
    assert answer.status_code == 422
    beside = answer.text.partition('<p class="wrong" id="wrong-')[2].partition("</p>")[0]
    assert expected in beside
    assert 'aria-invalid="true"' in answer.text
    assert slugs(signed_in) == []


def test_changes_that_cannot_be_applied_are_not_saved(signed_in: Service) -> None:
    for change in ("met:nothing", "nonsense:truce", "met:truce%0a", "halved:\N{PILE OF POO}"):
        assert send(signed_in, {"name": "x"}, f"/c/willing/what-if?change={change}").status_code == 422
    assert slugs(signed_in) == []


def test_saving_without_signing_in_leads_to_the_sign_in_page(signed_in: Service) -> None:
    signed_in.client.cookies.clear()
    assert "Saving needs a key" in signed_in.client.get(WHAT_IF).text
    answer = send(signed_in, {"name": "x"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert 'href="/sign-in?next=%2Fc%2Fwilling%2Fwhat-if%3Fvalid_at%3D2025-05-01' in answer.text
    assert slugs(signed_in) == []


def test_a_proxy_may_send_the_key_in_the_header(signed_in: Service) -> None:
    signed_in.client.cookies.clear()
    assert send(signed_in, {"name": "By proxy"}, Authorization=f"Bearer {signed_in.secret}").status_code == 303
    assert saved(signed_in, "by-proxy")["author"] == "desk"


# --- forking anew, closing --------------------------------------------------------------------------------------------


@pytest.fixture
def kept(signed_in: Service) -> Service:
    """Have a scenario saved, of which the record has gone on since."""
    assert send(signed_in, {"name": "Kept"}).status_code == 303
    signed_in.record(pledge("b"))
    return signed_in


def press(service: Service, doing: str, sequence: Any) -> int:
    form = {"doing": doing, "sequence": str(sequence)}
    return send(service, form, "/c/willing/scenarios/kept").status_code


def test_a_scenario_is_updated_to_the_latest_record_and_archived(kept: Service) -> None:
    assert [press(kept, "rebase", 1), press(kept, "rebase", 1)] == [303, 303]
    assert (saved(kept, "kept")["sequence"], saved(kept, "kept")["fork"]["sequence"]) == (2, 5)
    assert saved(kept, "kept")["fork"]["valid_at"] == "2025-05-01"
    assert [press(kept, "close", 2), press(kept, "close", 2)] == [303, 303]
    assert (saved(kept, "kept")["sequence"], saved(kept, "kept")["status"]) == (3, "closed")


def test_a_scenario_changed_by_others_is_not_archived_unseen(kept: Service) -> None:
    assert press(kept, "rebase", 1) == 303
    assert press(kept, "close", 1) == 412
    assert saved(kept, "kept")["status"] == "open"


def test_an_archived_scenario_cannot_be_changed(kept: Service) -> None:
    press(kept, "close", 1)
    assert press(kept, "rebase", 2) == 409
    assert "Close it" not in kept.client.get("/c/willing/scenarios/kept").text


@pytest.mark.parametrize(("doing", "sequence"), [("dance", 1), ("", 1), ("close", ""), ("close", "x"), ("close", "-1")])
def test_an_unknown_button_does_nothing(kept: Service, doing: str, sequence: Any) -> None:
    assert press(kept, doing, sequence) == 422
    assert saved(kept, "kept")["sequence"] == 1


def test_an_unknown_scenario_is_not_found(kept: Service) -> None:
    for path in ("/c/willing/scenarios/none", "/c/nowhere/scenarios/kept"):
        assert send(kept, {"doing": "close", "sequence": "1"}, path).status_code == 404
