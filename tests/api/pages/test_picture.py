"""The picture in a browser: its clocks, with a mouse, with a keyboard and without scripts."""

import re

import httpx
from playwright.sync_api import Page, expect

from tests.api.pages.conftest import SCRIPT, Open
from tests.running.service import Service

APRIL = "/c/willing?valid_at=2025-04-10&known_at=2025-04-10&known_axis=reported"
SEPTEMBER = "/c/willing?valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"

ON = "On: days on which something changed"


def tile(page: Page, name: str) -> str:
    return page.locator(f".tile.{name} .amount").inner_text()


def test_the_picture_shows_the_figures_of_the_api(open_page: Open, service: Service) -> None:
    page = open_page(SEPTEMBER)
    size = httpx.get(f"{service.url}/coalitions/willing/picture?{SEPTEMBER.partition('?')[2]}").json()["size"]
    assert (size["floated"]["min"], size["floated"]["max"]) == (5_000, 20_000)
    assert tile(page, "floated") == "5,000 to 20,000"
    assert (size["available"]["pledges"], tile(page, "available")) == (0, "none")
    assert size["conditional"]["undisclosed"] == 4
    assert tile(page, "conditional") == "200 to 450, plus 4 undisclosed pledges"
    assert "do not add them up" in page.locator("main").inner_text()


def test_the_picture_shows_shortfalls_roles_conditions_meetings_and_refusals(open_page: Open) -> None:
    main = open_page(APRIL).locator("main").inner_text()
    assert re.search(r"Size floated by British officials\s+United Kingdom\s+floated\s+10,000 to 30,000", main)
    assert "Key partner, United States. Stance: undecided since 10 April 2025." in main
    assert "Last meeting: absent" in main
    assert "Absent: United States" in main
    assert "Strong US backing" in main
    assert "Basing ruled out: Near the line of contact" in main
    assert re.search(r"Countries' military chiefs\s+Participants, Chiefs of defence meet\s+30", main)


def test_a_slider_moves_the_picture_and_the_address_without_a_reload(open_page: Open) -> None:
    page = open_page(SEPTEMBER)
    page.evaluate("window.isTheSame = true")
    slider = page.get_by_role("slider", name=ON, exact=True)
    days = (page.locator(".point", has=slider).get_attribute("data-days") or "").split()
    day = days[int(slider.input_value()) - 3]
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page).to_have_url(re.compile(f"valid_at={day}"))
    expect(page.locator("#valid_at")).to_have_value(day)
    expect(page.locator("#steps .on .clock-label, #steps .clock-label").first).not_to_contain_text("10 Sep")
    assert page.evaluate("window.isTheSame") is True
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "On: days on which something changed"


def test_the_address_that_a_slider_leaves_shows_the_same_picture(open_page: Open) -> None:
    page = open_page(SEPTEMBER)
    page.get_by_role("slider", name=f"As known {ON.lower()}", exact=True).focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(r"known_at=2025-0[23]-"))
    expect(page.locator(".tile.conditional .amount, .notice").first).not_to_contain_text("200 to 450")
    shown = page.locator("main").inner_text()
    assert open_page(f"/c/{page.url.partition('/c/')[2]}").locator("main").inner_text() == shown


def test_the_back_button_works(open_page: Open) -> None:
    page = open_page(SEPTEMBER)
    page.get_by_role("slider", name=ON, exact=True).focus()
    page.keyboard.press("ArrowLeft")
    expect(page).not_to_have_url(re.compile("valid_at=2025-09-10"))
    page.go_back()
    expect(page).to_have_url(re.compile("valid_at=2025-09-10"))
    expect(page.locator("#valid_at")).to_have_value("2025-09-10")


def test_the_links_beside_a_slider_lead_to_the_previous_and_next_change(open_page: Open) -> None:
    page = open_page(SEPTEMBER, scripted=False)
    page.get_by_role("link", name=re.compile("^On: previous change")).click()
    expect(page).to_have_url(re.compile("valid_at=2025-09-05"))
    page.get_by_role("link", name=re.compile("^As known on: previous change")).click()
    expect(page).to_have_url(re.compile("valid_at=2025-09-05&known_at=2025-09-0"))


def test_without_scripts_there_is_a_form_instead_of_a_slider(open_page: Open) -> None:
    page = open_page(SEPTEMBER, scripted=False)
    expect(page.locator(".slider").first).to_be_hidden()
    page.locator("#valid_at").fill("2025-04-10")
    page.get_by_role("radio", name="made public").check()
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("valid_at=2025-04-10&known_at=2025-09-10&known_axis=reported"))
    expect(page.locator("#steps svg").first).to_be_visible()


def test_the_keyboard_alone_leads_from_the_start_to_an_explanation(open_page: Open) -> None:
    page = open_page("/")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Coalition of the willing":
            break
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/c/willing"))
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.tile.conditional') !== null"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why?")).to_be_visible()


def test_scripts_in_texts_are_shown_and_never_run(open_page: Open) -> None:
    paths = (
        "",
        "/record",
        "/pledges/evil",
        "/why?figure=/size/conditional",
        "/difference?from_valid_at=2025-01-01",
        "/charts/steps",
    )
    for path in paths:
        page = open_page(f"/c/hostile{path}")
        assert page.title() != "broken into"
        assert page.locator("main script, main img").count() == 0
        if path != "/charts/steps":
            assert SCRIPT in page.locator("main").inner_text(), path
        assert page.locator('a[href^="javascript:"]').count() == 0


def test_before_the_formation_the_page_says_that_nothing_is_on_record(open_page: Open) -> None:
    page = open_page("/c/willing?valid_at=2020-01-01")
    expect(page.get_by_text("Nothing was known about this coalition")).to_be_visible()


def test_a_misspelt_parameter_is_reported_on_a_page(open_page: Open, service: Service) -> None:
    answer = httpx.get(f"{service.url}/c/willing?valid=2025")
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("text/html")
    assert "nknown parameter valid" in answer.text
