"""Every read takes `without`: what rests only on the words of these bases is left out, and the basis says so."""

from typing import Any

import pytest

from domain.ledger import stream_key
from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service

LEAK, OFFICIAL = {"basis": "leak"}, {"basis": "official"}


@pytest.fixture
def leaky(service: Service) -> Service:
    """One pledge that is official, one leaked, one leaked and confirmed, one without attribution; and a scenario."""
    recorded = service.record(
        formed(), pledge("a", 1000, attribution=OFFICIAL), pledge("b", 200, contributor="FRA", attribution=LEAK),
        pledge("c", 30, contributor="EST", attribution=LEAK), pledge("d", 4, contributor="POL"),
    )  # fmt: skip
    confirmation: dict[str, Any] = {"type": "SourceAdded", "event": recorded[3]["event_id"], "attribution": OFFICIAL}
    service.record(confirmation | {"sources": [{"publisher": "a ministry", "published_on": "2025-04-20"}]})
    opened: dict[str, Any] = {
        "name": "More",
        "fork": {"valid_at": "2025-05-01", "known_at": "2025-06-02", "sequence": 6},
    }
    more = {"assume": pledge("e", 50_000, contributor="DEU")}
    opened |= {"scenario": "more", "changes": [more]}
    assert service.client.post("/coalitions/willing/scenarios", json=opened, headers=service.key).status_code == 201
    return service


def pledged(service: Service, query: str = "", whose: str = "") -> int:
    return int(service.answer(f"{whose}/picture?valid_at=2025-05-01{query}")["size"]["pledged"]["min"])


@pytest.mark.parametrize("axis", ["recorded", "reported"])
def test_a_leak_that_nothing_else_supports_is_left_out(leaky: Service, axis: str) -> None:
    assert pledged(leaky, f"&known_axis={axis}") == 1234
    assert pledged(leaky, f"&known_axis={axis}&without=leak") == 1034
    assert pledged(leaky, f"&known_axis={axis}&without=official,leak") == 4
    assert pledged(leaky, f"&known_axis={axis}&without=official&without=leak") == 4


def test_it_is_what_the_what_if_answers_that_omits_them(leaky: Service) -> None:
    fork = {"valid_at": "2025-05-01", "known_at": "2025-06-02", "sequence": 6}
    body = {"fork": fork, "changes": [{"omit": {"attributed_only_to": ["leak"]}}], "questions": {"pledges": {}}}
    asked = leaky.client.post("/coalitions/willing/what-if", json=body, headers=leaky.key).json()["pledges"]["items"]
    query = "valid_at=2025-05-01&known_at=2025-06-02&sequence=6"
    assert leaky.answer(f"/pledges?{query}&without=leak")["items"] == asked


READS = [
    "", "/picture", "/timeline", "/why?figure=/size/pledged/min", "/pledges", "/pledges/a", "/events", "/members",
    "/warnings",
]  # fmt: skip


@pytest.mark.parametrize("read", READS)
def test_every_answer_names_it_in_its_basis_and_is_given_again_by_it(leaky: Service, read: str) -> None:
    query = "&" if "?" in read else "?"
    first = leaky.answer(f"{read}{query}without=press_estimate,leak")
    assert first["basis"]["without"] == ["leak", "press_estimate"]
    again = leaky.client.get(f"/coalitions/willing{read}", params=first["basis"] | _query_of(read))
    assert again.json() == first
    assert again.headers["cache-control"].endswith("immutable")
    assert "without" not in leaky.answer(read)["basis"]


def _query_of(read: str) -> dict[str, Any]:
    name, _, value = read.partition("?")[2].partition("=")
    return {name: value} if name else {}


def test_both_sides_of_a_difference_leave_it_out(leaky: Service) -> None:
    sides = "/diff?from_valid_at=2025-01-01&to_valid_at=2025-05-01"
    assert any("fra" in str(change).lower() for change in leaky.answer(sides)["changes"])
    found = leaky.answer(f"{sides}&without=leak")
    assert not any(change.get("pledge") == "b" or "FRA" in str(change) for change in found["changes"])
    assert found["before"]["without"] == found["after"]["without"] == ["leak"]


def test_scenarios_leave_it_out_too(leaky: Service) -> None:
    assert pledged(leaky, "", "/scenarios/more") == 51_234
    assert pledged(leaky, "&without=leak", "/scenarios/more") == 51_034
    compared = leaky.answer("/scenarios/more/picture?valid_at=2025-05-01&with=baseline,difference&without=leak")
    assert compared["baseline"]["size"]["pledged"]["min"] == 1034
    moves = leaky.answer("/scenarios/more/consequences?valid_at=2025-05-01&without=leak")["rounds"][0]["came_in"]
    assert [move["pledge"] for move in moves] == ["e"]


def test_questions_of_a_what_if_and_chances_leave_it_out(leaky: Service) -> None:
    questions: dict[str, Any] = {"picture": {"without": "leak"}, "pledges": {"without": ["leak"]}}
    body = {"fork": {"valid_at": "2025-05-01"}, "questions": questions}
    answer = leaky.client.post("/coalitions/willing/what-if", json=body, headers=leaky.key).json()
    assert answer["picture"]["scenario"]["size"]["pledged"]["min"] == 1034
    assert {item["pledge"] for item in answer["pledges"]["items"]} == {"a", "c", "d"}
    path = "/coalitions/willing/sensitivity?valid_at=2025-05-01&without=leak"
    assert leaky.client.post(path, json={}, headers=leaky.key).json()["basis"]["without"] == ["leak"]


def test_an_unknown_basis_is_refused_by_name(leaky: Service) -> None:
    answer = leaky.ask("/picture?without=leak,rumour")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "without"
    assert "rumour" in answer.json()["detail"]
    assert "press_estimate" in answer.json()["detail"]


def test_what_is_left_out_is_decided_by_what_was_known(leaky: Service) -> None:
    """Before its confirmation was recorded, the third pledge rested on a leak alone."""
    assert pledged(leaky, "&sequence=5&without=leak") == 1004


def test_a_tag_is_of_what_is_left_out(leaky: Service) -> None:
    tags = {leaky.ask(f"/picture{query}").headers["etag"] for query in ("", "?without=leak", "?without=official")}
    assert len(tags) == 3


def test_what_is_left_is_kept_once_for_what_is_known_and_goes_with_its_record(leaky: Service) -> None:
    def kept() -> int:
        return len([name for name in leaky.ledger.memory.names() if name[0] == "without"])

    for read in ("/picture", "/pledges", "/timeline", "/picture?valid_at=2025-04-12"):
        leaky.answer(f"{read}{'&' if '?' in read else '?'}without=leak")
    assert kept() == 1
    leaky.answer("/picture?without=leak&known_axis=reported")
    assert kept() == 2
    held = leaky.ledger.memory.held_bytes
    leaky.ledger.memory.drop(stream_key("willing"))
    assert kept() == 0
    assert leaky.ledger.memory.held_bytes < held


def test_a_withdrawal_on_a_leak_is_left_out_and_the_pledge_stands(leaky: Service) -> None:
    leaky.record(fact("PledgeWithdrawn", "2025-04-25", pledge="a", attribution=LEAK))
    assert pledged(leaky) == 234
    assert pledged(leaky, "&without=leak") == 1034


def test_pages_leave_it_out_and_keep_it_in_their_links(leaky: Service) -> None:
    page = leaky.client.get("/c/willing?valid_at=2025-05-01&without=leak", headers=leaky.key)
    assert page.status_code == 200
    assert "without leaks" in page.text
    assert "1,034" in page.text
    assert "1,234" not in page.text
    assert 'name="without" value="leak" checked' in page.text
    links = [link for link in page.text.split('href="')[1:] if link.startswith("/c/willing/")]
    inner = [link.split('"')[0] for link in links if "valid_at" in link.split('"')[0]]
    assert inner
    assert all("without=leak" in link for link in inner)


@pytest.mark.parametrize("page", ["/why?figure=/size/pledged/min", "/pledges", "/record", "/difference", "/record.csv"])
def test_a_page_is_of_what_is_left(leaky: Service, page: str) -> None:
    answers = [
        leaky.client.get(f"/c/willing{page}{'&' if '?' in page else '?'}valid_at=2025-05-01{more}", headers=leaky.key)
        for more in ("", "&without=leak")
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert ["France" in answer.text or "FRA" in answer.text for answer in answers] == [True, False]


def test_a_what_if_page_leaves_it_out(leaky: Service) -> None:
    page = leaky.client.get("/c/willing/scenarios/more?valid_at=2025-05-01&without=leak", headers=leaky.key)
    assert page.status_code == 200
    assert "51,034" in page.text
    assert "51,234" not in page.text
