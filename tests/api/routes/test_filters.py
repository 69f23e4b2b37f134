"""Filters by what events and items rest on: on whose words, and on how reliable a source."""

from typing import Any

import pytest

from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service


def graded(grade: str | None) -> list[dict[str, Any]]:
    return [{"publisher": f"a source {grade}", "published_on": "2025-04-10", "reliability": grade}]


@pytest.fixture
def judged(service: Service) -> Service:
    """Pledges on different words, by sources of different reliability; the last was confirmed."""
    recorded = service.record(
        formed(),
        pledge("a", attribution={"basis": "official"}, sources=graded("A")),
        pledge("b", attribution={"basis": "leak"}, sources=graded("C")),
        pledge("c", sources=graded("F")),
        pledge("d", attribution={"basis": "press_estimate"}, sources=graded(None)),
    )
    added = {"type": "SourceAdded", "event": recorded[4]["event_id"], "sources": graded("B")}
    service.record(added | {"attribution": {"basis": "official"}})
    return service


LISTED = [
    ("attribution=leak", "b"), ("attribution=official", "ad"), ("attribution=official&attribution=leak", "abd"),
    ("attribution=third_party", ""), ("reliability_at_least=A", "a"), ("reliability_at_least=B", "ad"),
    ("reliability_at_least=E", "abd"), ("reliability_at_least=E&attribution=leak", "b"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "names"), LISTED)
def test_a_list_has_what_rests_on_such_words_and_sources(judged: Service, query: str, names: str) -> None:
    assert [item["pledge"] for item in judged.answer(f"/pledges?{query}")["items"]] == list(names)


RECORDED = [
    ("attribution=leak", [3]), ("attribution=official", [2, 6]), ("reliability_at_least=A", [2]),
    ("reliability_at_least=B", [2, 6]), ("reliability_at_least=E", [2, 3, 6]),
    ("attribution=official&reliability_at_least=A", [2]), ("attribution=official&type=SourceAdded", [6]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "sequences"), RECORDED)
def test_the_record_has_what_says_so_itself(judged: Service, query: str, sequences: list[int]) -> None:
    assert [event["sequence"] for event in judged.answer(f"/events?{query}")["items"]] == sequences


def test_a_correction_is_found_by_what_it_says_now(judged: Service) -> None:
    target = judged.answer("/events?attribution=leak")["items"][0]["event_id"]
    now = pledge("b", attribution={"basis": "informal"}, sources=graded("A"))
    judged.record({"type": "EventCorrected", "corrects": target, "reason": "misheard", "replacement": now})
    assert [event["sequence"] for event in judged.answer("/events?attribution=informal")["items"]] == [7]
    assert [item["pledge"] for item in judged.answer("/pledges?attribution=informal")["items"]] == ["b"]
    assert judged.answer("/pledges?attribution=leak")["items"] == []


@pytest.mark.parametrize("read", ["/events", "/pledges"])
@pytest.mark.parametrize("query", ["attribution=rumour", "reliability_at_least=F", "reliability_at_least=G"])
def test_what_is_no_basis_or_no_grade_to_reach_is_refused(judged: Service, read: str, query: str) -> None:
    answer = judged.ask(f"{read}?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]


def test_every_list_takes_the_filters(judged: Service) -> None:
    judged.record(fact("StanceStated", actor="USA", stance="willing", attribution={"basis": "leak"}))
    for kind in ("requirements", "conditions", "basing", "meetings", "members", "statements", "counts"):
        assert judged.answer(f"/{kind}?attribution=leak&reliability_at_least=C")["items"] == []
    assert len(judged.answer("/stances?attribution=leak")["items"]) == 1


def test_the_page_of_the_record_filters_by_them(judged: Service) -> None:
    page = judged.client.get("/c/willing/record?attribution=leak&reliability_at_least=C", headers=judged.key).text
    assert '<option value="leak" selected>' in page
    assert '<option value="C" selected>' in page
    assert "event 3" in page.lower() or "/record/" in page


class TestUnconfirmedSince:
    def test_it_finds_pledges_without_a_word_of_their_contributor_since_a_day(self, service: Service) -> None:
        service.record(formed(), pledge("a"), pledge("b"), pledge("gone"))
        service.record(
            fact("PledgeReaffirmed", "2025-06-01", pledge="b"), fact("PledgeWithdrawn", "2025-06-01", pledge="gone")
        )
        for since, names in (("2025-06-01", ["a"]), ("2025-06-02", ["a", "b"]), ("2024", [])):
            found = service.answer(f"/pledges?valid_at=2025-07-01&unconfirmed_since={since}")["items"]
            assert [item["pledge"] for item in found] == names, since

    def test_the_next_page_asks_the_same(self, service: Service) -> None:
        service.record(formed(), *(pledge(f"p{number}") for number in range(3)))
        path = "/coalitions/willing/pledges?unconfirmed_since=2030&limit=2"
        link = service.client.get(path).headers["Link"]
        assert "unconfirmed_since=2030" in link

    def test_nonsense_is_refused_by_name(self, service: Service) -> None:
        service.record(formed())
        refused = service.client.get("/coalitions/willing/pledges?unconfirmed_since=lately")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["parameter"] == "unconfirmed_since"
        assert service.client.get("/coalitions/willing/meetings?unconfirmed_since=2025").status_code == 422
