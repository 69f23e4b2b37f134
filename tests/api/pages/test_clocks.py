"""The clocks in a browser, typed into key by key, and pages of problems, which keep them."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, expect

from tests.api.pages.conftest import Open
from tests.running.service import Service

SEPTEMBER = "valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"
PICTURE = f"/c/willing?{SEPTEMBER}"
DIFFERENCE = f"/c/willing/difference?from_valid_at=2025-04-10&from_known_at=2025-04-10&{SEPTEMBER}"
CLOCKS = ("#valid_at", "#known_at")
RANGE = "use a year from 1900 to 2200"
DATES = [
    (PICTURE, "#valid_at", "valid_at"),
    (PICTURE, "#known_at", "known_at"),
    (f"/c/willing/pledges?{SEPTEMBER}", "#valid_at", "valid_at"),
    (f"/c/willing/what-if?{SEPTEMBER}", "#valid_at", "valid_at"),
    (DIFFERENCE, "[name=from_valid_at]", "from_valid_at"),
    (DIFFERENCE, "[name=to_known_at]", "to_known_at"),
    ("/c/willing/record", "[name=effective_from]", "effective_from"),
]
"""A page, a date in one of its forms, and the parameter that it becomes."""


def asked_of(page: Page) -> list[str]:
    """The addresses of pages that are asked for from now on; not their charts and files, nor where one leads on to."""
    asked: list[str] = []

    def noted(request: Request) -> None:
        if not re.search("/(charts|files)/", request.url) and request.redirected_from is None:
            asked.append(request.url)

    page.on("request", noted)
    return asked


def typed(page: Page, field: str, keys: str) -> None:
    """Type a date as a person does: month, day and year, key by key."""
    page.locator(field).focus()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(60)


def value_of(url: str, parameter: str) -> str:
    return parse_qs(urlsplit(url).query)[parameter][0]


def focused(page: Page) -> str:
    """The name of the field that the keyboard types into."""
    name: str = page.evaluate("document.activeElement.name ?? document.activeElement.tagName")
    return name


@pytest.mark.parametrize(("path", "field", "parameter"), DATES)
def test_a_typed_date_is_requested_once_on_enter(open_page: Open, path: str, field: str, parameter: str) -> None:
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    asked = asked_of(page)
    typed(page, field, "05202025")
    assert asked == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"[?&]{parameter}=2025-05-20"))
    expect(page.locator(field)).to_have_value("2025-05-20")
    page.wait_for_load_state("networkidle")
    assert [value_of(url, parameter) for url in asked] == ["2025-05-20"]
    assert focused(page) == parameter


@pytest.mark.parametrize(("path", "field", "parameter"), DATES)
def test_a_typed_date_is_requested_once_when_the_field_is_left(
    open_page: Open, path: str, field: str, parameter: str
) -> None:
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    asked = asked_of(page)
    typed(page, field, "05202025")
    page.locator("h1").click()
    expect(page).to_have_url(re.compile(f"[?&]{parameter}=2025-05-20"))
    page.wait_for_load_state("networkidle")
    assert [value_of(url, parameter) for url in asked] == ["2025-05-20"]


def test_a_date_picked_from_the_calendar_is_requested_at_once(open_page: Open) -> None:
    page = open_page(PICTURE)
    page.locator("#valid_at").click()
    page.locator("#valid_at").evaluate(
        "field => { field.value = '2025-05-20'; field.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    expect(page).to_have_url(re.compile("valid_at=2025-05-20"))


def test_an_unchanged_date_is_not_requested(open_page: Open) -> None:
    page = open_page(PICTURE)
    page.wait_for_load_state("networkidle")
    asked = asked_of(page)
    typed(page, "#valid_at", "09102025")
    page.locator("h1").click()
    page.wait_for_timeout(300)
    assert asked == []


@pytest.mark.parametrize(("path", "field", "parameter"), DATES)
def test_each_date_field_has_the_limits_of_the_calendar(open_page: Open, path: str, field: str, parameter: str) -> None:
    date = open_page(path).locator(field)
    assert (date.get_attribute("min"), date.get_attribute("max")) == ("1900-01-01", "2200-12-31")


def test_a_year_outside_the_calendar_is_reported_at_the_clock_and_not_requested(open_page: Open) -> None:
    page = open_page(PICTURE)
    page.wait_for_load_state("networkidle")
    asked = asked_of(page)
    typed(page, "#valid_at", "05200002")
    page.locator("h1").click()
    expect(page.locator("#valid_at-wrong")).to_be_visible()
    expect(page.locator("#valid_at-wrong")).to_contain_text(RANGE)
    colours = [page.locator(clock).evaluate("field => getComputedStyle(field).borderColor") for clock in CLOCKS]
    assert colours[0] != colours[1]
    expect(page.locator(".tile.available")).to_be_visible()
    assert asked == []


# --- pages that tell of a problem -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0002-05-20", RANGE), ("1899-12-31", RANGE), ("2201-01", RANGE), ("2025-02-30", "not in the calendar"),
        ("soon", "expected a date"), ("2025-04-20T24:00:00Z", "hours run from 00 to 23"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["", "/pledges", "/pledges/ltu-ground", "/what-if"])
def test_an_invalid_date_is_reported_beside_its_clock(service: Service, path: str, text: str, expected: str) -> None:
    answer = httpx.get(f"{service.url}/c/willing{path}", params={"valid_at": text, "known_at": "2025-09-10"})
    assert answer.status_code == 422
    assert "That date is not valid" in answer.text
    assert expected in answer.text
    assert "cannot be understood" not in answer.text
    assert f'name="valid_at" type="{"date" if len(text) == 10 and "02-30" not in text else "text"}"' in answer.text
    assert re.search(rf'name="valid_at"[^>]*value="{text}"[^>]*aria-invalid="true"', answer.text)
    assert re.search(r'name="known_at"[^>]*value="2025-09-10"', answer.text)
    assert f'action="/c/willing{path}"' in answer.text


def test_both_clocks_may_be_invalid(service: Service) -> None:
    answer = httpx.get(f"{service.url}/c/willing?valid_at=1&known_at=soon&sequence=9999&known_axis=both")
    assert (answer.status_code, answer.text.count('aria-invalid="true"')) == (422, 2)
    assert "9999" not in answer.text


def test_a_problem_page_keeps_the_other_parameters(service: Service) -> None:
    answer = httpx.get(f"{service.url}/c/willing/what-if?valid_at=1899&change=met:ceasefire&change=met:peace-agreement")
    assert re.findall(r'type="hidden" name="change" value="([^"]+)"', answer.text) == [
        "met:ceasefire", "met:peace-agreement",
    ]  # fmt: skip


def test_the_page_of_an_item_not_yet_known_keeps_the_clocks(open_page: Open) -> None:
    page = open_page("/c/willing/pledges/ltu-ground?valid_at=2025-04-01&known_at=2025-02-01")
    expect(page.locator("#problem")).to_contain_text("ltu-ground")
    page.locator("#known_at").fill("2026-12-31")
    page.keyboard.press("Enter")
    expect(page.locator("ol.story")).to_be_visible()


@pytest.mark.parametrize("scripted", [True, False])
def test_an_invalid_date_can_be_corrected_in_place(open_page: Open, scripted: bool) -> None:
    page = open_page(f"/c/willing?valid_at=2025-09&{SEPTEMBER.partition('&')[2]}", scripted=scripted)
    field = page.locator("#valid_at")
    field.fill("0002-05-20")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"That date is not valid: {RANGE}")
    expect(field).to_have_value("0002-05-20")
    if scripted:
        assert focused(page) == "valid_at"
    field.fill("2025-05-20")
    field.press("Enter")
    expect(page.locator(".tile.available")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "field", "expected"),
    [
        ("/c/willing/difference?to_valid_at=2025-09", "[name=to_valid_at]", "That date is not valid"),
        ("/c/willing/record?effective_from=2025-04", "[name=effective_from]", "That date is not valid"),
    ],
)
def test_a_form_with_refused_filters_stays_on_the_page(open_page: Open, path: str, field: str, expected: str) -> None:
    page = open_page(path)
    page.locator(field).fill("nonsense")
    page.locator(field).press("Enter")
    expect(page.locator("#problem")).to_contain_text(expected)
    expect(page.locator(field)).to_have_value("nonsense")
    assert focused(page) == field[6:-1]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_problem_page_is_accessible(open_page: Open, dark: bool) -> None:
    page = open_page("/c/willing/pledges?valid_at=0002-05-20&known_at=soon", width=390, dark=dark)
    violations = Axe().run(page).response["violations"]
    assert [one["id"] for one in violations if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_problem_outside_a_coalition_has_no_clocks(service: Service) -> None:
    for path in ("/c/nowhere?valid_at=soon", "/c/nowhere", "/sign-in?next=//"):
        assert 'id="clocks"' not in httpx.get(service.url + path).text


def test_a_difference_near_the_first_day_does_not_leave_the_calendar(service: Service) -> None:
    assert httpx.get(f"{service.url}/c/willing/difference?valid_at=1900-01-05").status_code == 200
