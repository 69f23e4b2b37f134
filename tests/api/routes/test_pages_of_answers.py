"""Answers that can grow without end come in pages, over HTTP and, as a whole, on the command line."""

from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest

from api.cli.whole_answers import ask_whole
from projections.paging import MAX_ITEMS
from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service, serving

BASIS = "valid_at=2025-09-01&known_at=2100-01-01T00:00:00Z"
FROM_TO = "from_valid_at=2025-03-20&to_valid_at=2025-09-01"
QUESTIONS = (
    f"/why?figure=/size&{BASIS}", f"/why?figure=/conditions&{BASIS}", f"/diff?{FROM_TO}", f"/pledges?{BASIS}",
    f"/stances?{BASIS}", f"/pledges/gbr-ground?{BASIS}", f"/members?{BASIS}",
)  # fmt: skip


def pages(service: Service, path: str) -> list[Any]:
    found = []
    further: str | None = f"/coalitions/willing{path}"
    while further:
        answer = service.client.get(further)
        assert answer.status_code == 200, answer.text
        found.append(answer.json())
        further = answer.links.get("next", {}).get("url")
        assert bool(further) == ("next_cursor" in answer.json())
    return found


@pytest.mark.parametrize("path", QUESTIONS)
def test_what_fits_is_one_page_without_a_link(rich: Service, path: str) -> None:
    answer = rich.ask(path)
    assert answer.status_code == 200
    assert "link" not in answer.headers
    assert "next_cursor" not in answer.json()


@pytest.mark.parametrize("path", QUESTIONS)
def test_pages_joined_are_the_whole_answer(rich: Service, path: str) -> None:
    assert len(pages(rich, f"{path}&limit=3")) > 1
    whole, client = rich.answer(path), cast("httpx.Client", rich.client)
    joined = ask_whole(client, f"/coalitions/willing{path}&limit=3").json()
    for basis in ("basis", "before", "after"):
        whole.pop(basis, None)
        joined.pop(basis, None)
    assert joined == whole


def test_a_next_page_keeps_the_basis_of_the_first(service: Service) -> None:
    service.record(formed(), *(pledge(f"p{number}") for number in range(3)))
    first = service.client.get("/coalitions/willing/pledges?limit=2")
    service.record(pledge("p9", effective_at="2025-04-01"))
    second = service.client.get(first.links["next"]["url"])
    assert [one["pledge"] for one in first.json()["items"] + second.json()["items"]] == ["p0", "p1", "p2"]
    assert second.headers["cache-control"].endswith("immutable")


def test_the_pages_of_a_scenario_are_its_own(rich: Service) -> None:
    asked = {"questions": {"pledges": {"limit": 1, "cursor": "1"}, "difference": {"limit": 1}}, "changes": []}
    answer = rich.client.post("/coalitions/willing/what-if", json=asked)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["pledges"]["items"]) == 1
    assert answer.json()["pledges"]["next_cursor"] == "2"
    assert "next_cursor" not in answer.json()["difference"]


@pytest.mark.parametrize(
    "asked", ["limit=0", "limit=1001", "cursor=x", "cursor=1.", "cursor=-1", "cursor=1.2.3", "cursor=٣"]
)
def test_a_cursor_or_a_limit_that_is_not_valid_is_refused(rich: Service, asked: str) -> None:
    assert rich.ask(f"/pledges?{asked}").status_code == 422


def test_a_cursor_beyond_the_end_is_an_empty_page(rich: Service) -> None:
    assert rich.answer("/pledges?cursor=999999")["items"] == []


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A coalition of 1,200 pledges, all under 120 conditions that build on each other."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'ledger.sqlite3'}") as service:
        service.record(formed())
        conditions = []
        for number in range(120):
            rule = {"all_of": [{"condition": f"c{other}"} for other in range(max(0, number - 30), number)]}
            words: dict[str, Any] = {"kind": "other", "description": "x", "rule": rule if number else None}
            conditions.append(fact("ConditionStated", condition=f"c{number}", **words))
        service.record(*conditions)
        for start in (0, 600):
            service.record(*(pledge(f"p{n:04}", conditions=["c119"]) for n in range(start, start + 600)))
        yield service


def test_a_list_is_never_longer_than_a_page(crowded: Service) -> None:
    found = pages(crowded, "/pledges?valid_at=2025-09-01")
    assert [len(page["items"]) for page in found] == [MAX_ITEMS, 200]
    names = [item["pledge"] for page in found for item in page["items"]]
    assert names == sorted(set(names))


def test_an_explanation_is_never_longer_than_a_page(crowded: Service) -> None:
    """Each of 1,200 pledges rests on 120 conditions: 145,200 events, on pages of 10,000."""
    page = crowded.answer("/why?figure=/size/conditional&valid_at=2025-09-01")
    named = sum(len(part["events"]) for part in page["pledges"]) + len(page["events"])
    assert 9_000 < named + len(page["pledges"]) <= 10_001
    last = crowded.answer("/why?figure=/size/conditional&valid_at=2025-09-01&cursor=1199")
    assert [part["pledge"]["pledge"] for part in last["pledges"]] == ["p1199"]
    assert len(last["pledges"][0]["events"]) == 121
    assert "next_cursor" not in last


@pytest.mark.parametrize("path", [f"why.csv?figure=/size&{BASIS}", f"difference.csv?{FROM_TO}"])
def test_a_table_has_all_pages(rich: Service, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rich.client.get(f"/c/willing/{path}")
    assert whole.status_code == 200, whole.text
    monkeypatch.setattr("api.pages.why.MAX_EXPLAINING", 3)
    monkeypatch.setattr("api.pages.difference.MAX_CHANGES", 200)
    in_parts = rich.client.get(f"/c/willing/{path}")
    assert in_parts.text.count("\n") >= whole.text.count("\n") > 10
    assert set(in_parts.text.split("\n")[:5]) == set(whole.text.split("\n")[:5])
    if path.startswith("why"):
        assert in_parts.text == whole.text
