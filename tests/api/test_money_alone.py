"""A coalition of money and arms alone reads as such: on its page and briefing, on its map and charts, and in tables."""

from typing import Any

import pytest

from tests.running.in_process import Service

SOURCES = [{"publisher": "a source", "published_on": "2025-01-01"}]


def pledge(name: str, contributor: str, capability: str, amount: int, unit: str) -> dict[str, Any]:
    return {
        "type": "PledgeMade", "effective_at": "2025-01-01", "pledge": name, "contributor": contributor,
        "level": "assigned", "capability": capability, "quantity": {"min": amount, "max": amount, "unit": unit},
        "purpose": "host_aid", "sources": SOURCES,
    }  # fmt: skip


@pytest.fixture
def of_money(service: Service) -> Service:
    formed = {"type": "CoalitionFormed", "effective_at": "2025-01-01", "name": "A trial", "sources": SOURCES}
    service.record(
        formed, pledge("p", "EST", "funding", 60_111_222, "USD"), pledge("q", "LVA", "funding", 40_000_000, "USD"),
        pledge("v", "POL", "equipment", 50, "vehicle"),
    )  # fmt: skip
    return service


@pytest.mark.parametrize("page", ["", "/briefing"])
def test_a_page_shows_the_money_and_who_gives_it(of_money: Service, page: str) -> None:
    shown = of_money.client.get(f"/c/willing{page}?valid_at=2025-07-01").text
    for words in ("USD 100,111,222", "USD 60,111,222", "USD 40 million", "50 vehicles", "Latvia"):
        assert words in shown
    assert "No people are pledged to the force." in shown


@pytest.mark.parametrize(
    ("chart", "words"),
    [
        ("map", "Estonia: pledged: USD 60,111,222 (host aid)"),
        ("steps", "USD pledged as host aid"),
        ("headline", "USD 100,111,222 (host aid) and 50 vehicles (host aid)"),
        ("contributors", "No people have been pledged."),
    ],
)
def test_a_chart_says_it_in_words(of_money: Service, chart: str, words: str) -> None:
    drawn = of_money.client.get(f"/c/willing/charts/{chart}.svg?valid_at=2025-07-01").text
    assert words in drawn


def test_the_table_of_the_picture_has_every_figure_of_it(of_money: Service) -> None:
    table = of_money.client.get("/c/willing/picture.csv?valid_at=2025-07-01").text
    assert "/aid/by_contributor/LVA/host_aid/USD/pledged,max,40000000" in table
    assert "/money/host_aid/USD/committed,max,100111222" in table


@pytest.fixture
def of_cents(service: Service) -> Service:
    formed = {"type": "CoalitionFormed", "effective_at": "2025-01-01", "name": "A trial", "sources": SOURCES}
    cents: Any = 0.1
    service.record(formed, pledge("fund", "EST", "funding", cents, "USD"))
    return service


@pytest.mark.parametrize("path", ["", "/pledges", "/pledges.csv", "/briefing"])
def test_cents_are_shown_wherever_amounts_are(of_cents: Service, path: str) -> None:
    page = of_cents.client.get(f"/c/willing{path}")
    assert page.status_code == 200
    assert "0.1" in page.text


def test_a_share_of_cents_is_rounded_to_the_cent(of_cents: Service) -> None:
    body = {"changes": [{"alter": {"pledge": "fund"}, "scale": 0.25}], "questions": {"pledges": {}}}
    answer = of_cents.client.post("/coalitions/willing/what-if", json=body).json()
    (item,) = answer["pledges"]["items"]
    assert (item["quantity"]["min"], item["quantity"]["max"]) == (0.02, 0.03)
