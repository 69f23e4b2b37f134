"""Scenarios side by side on a page: what the API answers, chosen by ticking boxes."""

import csv
import io
import re

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from api.wording.phrases import figure
from tests.api.pages.conftest import Open
from tests.api.pages.test_pages import has_twins, serious
from tests.running.service import Service

CHOSEN = "scenario=calm&scenario=storm&record=true"
CHANCE = "riigikogu-mandate:40"


@pytest.fixture(scope="module", autouse=True)
def scenarios(service: Service) -> None:
    """Have two scenarios saved: a ceasefire, and none."""
    for name, becomes in (("calm", "met"), ("storm", "failed")):
        changes = [{"decide": "ceasefire", "becomes": becomes, "effective_at": "2025-09-10"}]
        body = {"scenario": name, "name": name.title(), "fork": {"valid_at": "2025-09-10"}, "changes": changes}
        url = f"{service.url}/coalitions/willing/scenarios"
        assert httpx.post(url, json=body, headers=service.authorization).status_code == 201


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("query", ["", f"{CHOSEN}&chance={CHANCE}", "scenario=calm"])
def test_the_page_is_accessible_and_fits_a_telephone(open_page: Open, query: str, dark: bool) -> None:
    page = open_page("/", width=390, dark=dark)
    page.goto(f"{page.url}c/willing/compare?{query}")
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert serious(Axe().run(page).response["violations"]) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_has_its_json_and_csv(service: Service) -> None:
    has_twins(service, f"/c/willing/compare?{CHOSEN}&chance={CHANCE}")


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "unscripted"])
def test_scenarios_are_ticked_and_compared_with_the_record(open_page: Open, service: Service, scripted: bool) -> None:
    page = open_page("/c/willing/scenarios", scripted=scripted)
    page.get_by_label("Compare Calm").check()
    page.get_by_label("Compare Storm").check()
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile(r"/compare\?scenario=calm[^&]*&scenario=storm[^&]*&record=true$"))
    answer = httpx.get(f"{service.url}/coalitions/willing/compare?{page.url.partition('?')[2]}").json()
    columns = page.locator("#figures + table thead th").all_inner_texts()[1:]
    assert columns == ["On record", *(side["name"] for side in answer["sides"][1:])]
    for name in ("available", "conditional", "blocked"):
        row = page.locator("#figures + table tr", has=page.get_by_role("rowheader", name=name.title(), exact=True))
        assert row.locator("td").all_inner_texts() == [figure(one) for one in answer["figures"][name]["values"]]
    assert page.locator("#shortfalls + table tbody tr").count() == len(answer["requirements"])


def test_chances_are_set_on_the_page(open_page: Open, service: Service) -> None:
    page = open_page(f"/c/willing/compare?{CHOSEN}&valid_at=2025-09-10", scripted=False)
    page.locator("summary", has_text="Choose scenarios").click()
    name = page.locator("select[name=chance] option[value$=':40']").first.get_attribute("value") or ""
    page.locator("select[name=chance]").first.select_option(name)
    page.get_by_role("button", name="Compare").click()
    expect(page).to_have_url(re.compile("valid_at=2025-09-10"))
    query = f"{CHOSEN}&valid_at=2025-09-10&chance={name}"
    chances = httpx.get(f"{service.url}/coalitions/willing/compare?{query}").json()["chances"]
    row = page.locator("tr", has=page.get_by_role("rowheader", name="Median"))
    assert row.locator("td").all_inner_texts() == [f"{one['p50']:,.0f}" for one in chances["available"]]


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("", 200, ""),
        ("scenario=calm", 422, "1 is named; compare 2 to 6"),
        ("scenario=calm&scenario=calm", 422, "calm is named 2 times"),
        ("scenario=calm&scenario=nothing", 404, "unknown scenario nothing"),
        (f"{CHOSEN}&scenario=a&scenario=b&scenario=c&scenario=d", 422, "compare 2 to 6"),
    ],
)
def test_a_choice_that_cannot_be_compared_can_be_changed(
    open_page: Open, service: Service, query: str, status: int, message: str
) -> None:
    assert httpx.get(f"{service.url}/c/willing/compare?{query}").status_code == status
    page = open_page("/")
    page.goto(f"{service.url}/c/willing/compare?{query}")
    if message:
        expect(page.locator("#problem")).to_contain_text(re.compile(message, re.IGNORECASE))
    assert page.locator("[name=scenario][value=calm]").is_checked() == ("scenario=calm" in query)
    page.locator("[name=scenario][value=calm]").check()
    page.locator("[name=scenario][value=storm]").check()
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Personnel")).to_be_visible()


def test_a_chance_of_a_condition_that_is_not_open_is_refused(service: Service) -> None:
    answer = httpx.get(f"{service.url}/c/willing/compare?{CHOSEN}&chance=nothing:40")
    assert answer.status_code == 422
    assert "The condition nothing does not exist" in answer.text


def test_a_table_has_a_column_for_each_side(service: Service) -> None:
    rows = list(csv.DictReader(io.StringIO(httpx.get(f"{service.url}/c/willing/compare.csv?{CHOSEN}").text)))
    answer = httpx.get(f"{service.url}/coalitions/willing/compare?{CHOSEN}").json()
    (available,) = (row for row in rows if (row["name"], row["field"]) == ("available", "max"))
    values = [one["max"] for one in answer["figures"]["available"]["values"]]
    assert [available[name] for name in ("on record", "calm", "storm")] == [
        "" if one is None else str(one) for one in values
    ]
    assert len([row for row in rows if row["what"] == "pledge"]) == len(answer["pledges"])
