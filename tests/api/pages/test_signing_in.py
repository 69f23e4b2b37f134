"""A visitor signs in where reading needs a key, saves a scenario built by clicking, and signs out."""

import re
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.api.pages.conftest import Open
from tests.api.pages.test_pages import serious
from tests.running.service import KEY_NAME, Service, running

PICTURE = "/c/willing?valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"
WHAT_IF = "/c/willing/what-if?valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"
SCRIPTED = pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "unscripted"])
DARK = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service with the example, where reading is closed."""
    file = tmp_path_factory.mktemp("closed") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example", environment={"COALITION_OPEN_READING": "no"}) as closed:
        yield closed


def sign_in(page: Page, service: Service) -> None:
    """Enter the key on the page that asks for it."""
    page.get_by_label("Key").fill(service.key)
    page.get_by_role("button", name="Sign in").click()


def status_of(page: Page, url: str) -> int:
    """How the service answers the browser."""
    answer = page.goto(url)
    assert answer is not None
    return answer.status


def tab_to(page: Page, target: Locator) -> None:
    """Go on with the tabulator until it is there."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the keyboard does not get to {target}")


@SCRIPTED
def test_signing_in_returns_to_the_page_and_signing_out_ends_the_session(
    open_page: Open, service: Service, scripted: bool
) -> None:
    page = open_page(PICTURE, scripted=scripted)
    expect(page.get_by_role("heading", name="A key is required")).to_be_visible()
    page.locator("main").get_by_role("link", name="Sign in").click()
    page.get_by_label("Key").fill("coal_not-one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("This key is unknown or revoked.")
    expect(page.get_by_label("Key")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Key")).to_have_value("")
    sign_in(page, service)
    expect(page).to_have_url(service.url + PICTURE)
    expect(page.get_by_role("banner")).to_contain_text(KEY_NAME)
    page.get_by_role("link", name="JSON", exact=True).click()
    expect(page.locator("body")).to_contain_text('"basis":{"coalition":"willing"')
    twin = page.url
    page.go_back()
    page.get_by_role("link", name="SVG").first.click()
    expect(page.locator("svg").first).to_be_visible()
    drawing = page.url
    page.go_back()
    page.get_by_role("banner").get_by_role("link", name=KEY_NAME).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert [status_of(page, url) for url in (service.url + PICTURE, twin, drawing)] == [401, 401, 401]


def test_signing_in_works_with_the_keyboard_alone(open_page: Open, service: Service) -> None:
    page = open_page(f"{WHAT_IF}&change=met:ceasefire")
    tab_to(page, page.locator("main").get_by_role("link", name="Sign in"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Key")).to_be_focused()
    page.keyboard.type(service.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Save this scenario")).to_be_visible()
    tab_to(page, page.get_by_label("Name", exact=False).first)
    page.keyboard.type("By hand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="By hand")).to_be_visible()


def test_a_visitor_from_another_site_is_signed_in_after_one_click(open_page: Open, service: Service) -> None:
    page = open_page("/sign-in")
    sign_in(page, service)
    page.goto("about:blank")
    page.set_content(f'<a href="{service.url}{PICTURE}">in a letter</a>')
    page.get_by_role("link").click()
    expect(page.get_by_role("heading", name="A key is required")).to_be_visible()
    page.locator("main").get_by_role("link", name="Sign in").click()
    expect(page).to_have_url(service.url + PICTURE)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", f"{WHAT_IF}&change=met:ceasefire"])
def test_a_form_on_another_site_does_nothing(open_page: Open, service: Service, path: str) -> None:
    page = open_page("/sign-in")
    sign_in(page, service)
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{service.url}{path}"><input name="name"><button>Win</button></form>')
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", name="The form came from another site")).to_be_visible()
    assert status_of(page, service.url + PICTURE) == 200


@SCRIPTED
def test_a_scenario_built_by_clicking_is_saved_from_its_page(open_page: Open, service: Service, scripted: bool) -> None:
    name = f"Peace, {'scripted' if scripted else 'unscripted'}"
    page = open_page("/sign-in", scripted=scripted)
    sign_in(page, service)
    page.goto(service.url + WHAT_IF)
    expect(page.get_by_role("heading", name="Save this scenario")).to_have_count(0)
    for condition, label in (("ceasefire", "Ceasefire"), ("peace-agreement", "Peace agreement")):
        page.locator("tr", has=page.locator("th", has_text=label)).get_by_text("is met").first.click()
        expect(page).to_have_url(re.compile(f"change=met%3A{condition}"))
    save = page.locator("section", has=page.get_by_role("heading", name="Save this scenario"))
    save.get_by_label("Name").first.fill(name)
    save.get_by_label("Short name").fill("Not A Slug")
    save.get_by_label("Description").fill("As hoped.\nOr feared: <b>")
    save.get_by_role("button", name="Save").click()
    expect(save.get_by_role("alert")).to_be_in_viewport()
    expect(save.locator("#wrong-scenario")).to_contain_text("lower-case letters and digits")
    expect(save.get_by_label("Description")).to_have_value("As hoped.\nOr feared: <b>")
    save.get_by_label("Short name").fill("")
    save.get_by_role("button", name="Save").dblclick()
    slug = name.lower().replace(", ", "-")
    expect(page).to_have_url(f"{service.url}/c/willing/scenarios/{slug}")
    expect(page.locator(".lead")).to_contain_text("Or feared: <b>")
    expect(page.locator("#changes + ol li").first).to_have_text("Ceasefire is met on 2025-09-10.")
    saved = httpx.get(f"{service.url}/coalitions/willing/scenarios/{slug}", headers=service.authorization).json()
    assert (saved["author"], saved["sequence"], saved["description"]) == (KEY_NAME, 1, "As hoped.\nOr feared: <b>")
    assert [one["change"]["decide"] for one in saved["changes"]] == ["ceasefire", "peace-agreement"]
    assert saved["fork"] == {
        "valid_at": "2025-09-10", "known_at": "2025-09-10", "known_axis": "reported", "sequence": 254, "scenario": None
    }  # fmt: skip


def test_a_name_in_use_is_reported_beside_the_form(open_page: Open, service: Service) -> None:
    body = {"name": "Taken"}
    url = f"{service.url}/coalitions/willing/scenarios"
    assert httpx.post(url, json=body, headers=service.authorization).status_code == 201
    page = open_page("/sign-in")
    sign_in(page, service)
    page.goto(f"{service.url}{WHAT_IF}&change=met:ceasefire")
    page.get_by_label("Name").first.fill("Taken")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Another scenario already has this short name.")
    expect(page.get_by_label("Name").first).to_have_value("Taken")


def test_a_saved_scenario_is_updated_and_archived_unless_others_were_faster(open_page: Open, service: Service) -> None:
    def post(path: str, body: dict) -> None:
        answer = httpx.post(
            f"{service.url}/coalitions/willing/scenarios{path}", json=body, headers=service.authorization
        )
        assert answer.status_code == 201, answer.text

    events = httpx.get(f"{service.url}/coalitions/willing/events?limit=200", headers=service.authorization)
    post("", {"name": "Old", "changes": [{"omit": events.json()["items"][129]["event_id"]}]})
    post("/old/rebase", {"fork": {"sequence": 120}})
    page = open_page("/sign-in")
    sign_in(page, service)
    page.goto(f"{service.url}/c/willing/scenarios/old")
    expect(page.locator("#changes + ol")).to_contain_text("Left out")
    page.locator("summary", has_text="Update to the latest record").click()
    page.get_by_role("button", name="Update to the latest record").click()
    expect(page.locator("#changes + ol")).not_to_contain_text("Left out")
    withdrawn = {"type": "PledgeWithdrawn", "pledge": "est-company", "effective_at": "2025-09-01"}
    post("/old/changes", {"changes": [{"assume": withdrawn}, {"shift": {"contributor": "LTU"}, "days": 2}]})
    page.reload()
    expect(page.locator("#changes + ol")).to_contain_text("Omit event 130.")
    expect(page.locator("#changes + ol")).to_contain_text("Estonia withdrew pledge est-company in full.")
    expect(page.locator("#changes + ol")).to_contain_text("Shift everything of Lithuania by 2 days.")
    page.locator("summary", has_text="Update to the latest record").click()
    post("/old/changes", {"changes": [{"decide": "ceasefire", "becomes": "met", "effective_at": "2025-09-10"}]})
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_role("alert")).to_contain_text("has changed it")
    page.get_by_role("button", name="Archive").click()
    expect(page.locator(".lead")).to_contain_text("archived")
    expect(page.locator("summary", has_text="Update to the latest record")).to_have_count(0)


@DARK
def test_the_sign_in_pages_are_accessible(open_page: Open, service: Service, dark: bool) -> None:
    def look(page: Page) -> None:
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert serious(Axe().run(page).response["violations"]) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    page = open_page(PICTURE, dark=dark)
    look(page)
    page.locator("main").get_by_role("link", name="Sign in").click()
    look(page)
    page.get_by_label("Key").fill("coal_not-one")
    page.get_by_role("button", name="Sign in").click()
    look(page)
    sign_in(page, service)
    page.goto(f"{service.url}/sign-in")
    look(page)
    page.goto(f"{service.url}{WHAT_IF}&change=met:ceasefire")
    page.get_by_label("Name").first.fill("x")
    page.get_by_label("Short name").fill("Not A Slug")
    page.get_by_role("button", name="Save").click()
    look(page)
