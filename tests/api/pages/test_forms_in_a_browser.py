"""The forms that begin a coalition and correct an event in a browser: by keyboard, without scripts, on a telephone."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.api.facts import formed, pledge
from tests.api.pages.conftest import SCRIPT, Open
from tests.api.pages.test_pages import serious
from tests.api.pages.test_signing_in import sign_in, tab_to
from tests.running.service import Service, running

SCRIPTED = pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "unscripted"])
DARK = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module alone, whose tests record."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('forms') / 'ledger.sqlite3'}") as running_service:
        yield running_service


def record(service: Service, coalition: str, *facts: dict[str, Any]) -> list[Any]:
    url = f"{service.url}/coalitions/{coalition}/events"
    answer = httpx.post(url, json=list(facts), headers=service.authorization)
    assert answer.status_code == 201, answer.text
    events: list[Any] = answer.json()["events"]
    return events


def events(service: Service, coalition: str) -> list[Any]:
    items: list[Any] = httpx.get(f"{service.url}/coalitions/{coalition}/events").json()["items"]
    return items


def signed_in(open_page: Open, service: Service, **how: Any) -> Page:
    page: Page = open_page("/sign-in", **how)
    sign_in(page, service)
    return page


def preview(page: Page) -> None:
    page.locator("#mend").get_by_role("button", name="Preview").click()


@SCRIPTED
def test_a_coalition_begins_on_the_start_page(open_page: Open, service: Service, scripted: bool) -> None:
    slug = f"mission-{'scripted' if scripted else 'unscripted'}"
    page = open_page("/", width=390, scripted=scripted)
    if page.get_by_label("Name required").is_hidden():
        page.locator("summary", has_text="Begin a coalition").click()
    page.get_by_label("Name required").fill(f"A mission: {SCRIPT}")
    page.get_by_label("Short name").fill("Not A Slug")
    page.get_by_label("Formed on").fill("2 October 2023")
    page.get_by_label("Theatre").fill("Hayti")
    page.get_by_label("Leads").fill("Kenya")
    page.get_by_label("What is required").fill("Full strength")
    page.get_by_label("Size").fill("2,500")
    page.get_by_label("Stated by").fill("org:un")
    page.get_by_label("Standing").select_option("planned")
    page.get_by_label("Publisher", exact=False).first.fill("United Nations")
    page.get_by_label("Passage").fill("Line one.\nLine two.")
    page.get_by_role("button", name="Begin the coalition").click()
    expect(page.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    page.get_by_label("Key").fill(service.key)
    page.get_by_role("button", name="Sign in and go on").click()
    expect(page.get_by_label("Theatre")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#wrong-theatre")).to_contain_text("Haiti")
    expect(page.get_by_label("Passage")).to_have_value("Line one.\nLine two.")
    page.get_by_label("Theatre").fill("Haiti")
    page.get_by_role("button", name="Begin the coalition").click()
    expect(page.locator("#wrong-coalition")).to_contain_text("not-a-slug")
    page.get_by_label("Short name").fill(slug)
    page.get_by_role("button", name="Begin the coalition").dblclick()
    expect(page).to_have_url(f"{service.url}/c/{slug}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"A mission: {SCRIPT}")
    assert [event["fact"]["type"] for event in events(service, slug)] == [
        "CoalitionFormed", "MemberJoined", "RequirementStated",
    ]  # fmt: skip


@SCRIPTED
def test_a_wrong_digit_is_corrected_from_the_page_of_the_event(
    open_page: Open, service: Service, scripted: bool
) -> None:
    coalition = f"digits-{'scripted' if scripted else 'unscripted'}"
    _, made = record(service, coalition, formed(), pledge("a", 420))
    page = signed_in(open_page, service, scripted=scripted, width=390)
    page.goto(f"{service.url}/c/{coalition}/record/{made['event_id']}")
    page.get_by_role("link", name="Correct", exact=True).click()
    size = page.get_by_label("Size", exact=False).first
    expect(size).to_have_value("420 people")
    size.fill("240")
    page.get_by_label("Reason").fill("two digits exchanged")
    page.get_by_label("Our error").check()
    preview(page)
    expect(page.get_by_role("heading", name="Preview: nothing is recorded yet")).to_be_in_viewport()
    expect(page.locator("tr.differs")).to_contain_text("420 people")
    expect(page.locator("tr.differs strong")).to_have_text("240 people")
    assert len(events(service, coalition)) == 2
    page.get_by_role("button", name="Record").dblclick()
    expect(page.get_by_role("heading", name="Event 3: event corrected")).to_be_visible()
    assert len(events(service, coalition)) == 3
    page.get_by_role("link", name="Retract", exact=True).click()
    page.get_by_label("Reason").fill("it was right")
    page.get_by_label("The source withdrew it").check()
    preview(page)
    publisher = page.get_by_label("Publisher", exact=False).first
    expect(publisher).to_have_attribute("aria-invalid", "true")
    publisher.fill("AFP")
    preview(page)
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("heading", name="Event 4: event retracted")).to_be_visible()
    assert events(service, coalition)[3]["fact"]["sources"] == [{"publisher": "AFP"}]


def test_the_keyboard_alone_adds_a_source(open_page: Open, service: Service) -> None:
    _, made = record(service, "keyboard", formed(), pledge("a", 420))
    page = signed_in(open_page, service)
    page.goto(f"{service.url}/c/keyboard/record/{made['event_id']}")
    tab_to(page, page.get_by_role("link", name="Add a source"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Add a source to event 2")).to_be_visible()
    tab_to(page, page.get_by_label("Publisher", exact=False).first)
    page.keyboard.type("AFP")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Preview: nothing is recorded yet")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Record"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Event 3: source added")).to_be_visible()


def test_a_race_shows_what_was_typed_and_what_is_in_force(open_page: Open, service: Service) -> None:
    _, made = record(service, "race", formed(), pledge("a", 420))
    page = signed_in(open_page, service)
    page.goto(f"{service.url}/c/race/record/{made['event_id']}/correct")
    page.get_by_label("Size", exact=False).first.fill("240")
    page.get_by_label("Reason").fill("misread")
    page.get_by_label("Our error").check()
    correction = {"type": "EventCorrected", "corrects": made["event_id"], "reason": "x"}
    record(service, "race", correction | {"replacement": pledge("a", 300)})
    preview(page)
    expect(page.get_by_role("alert")).to_contain_text("Event 2 was corrected or retracted by event 3")
    expect(page.get_by_label("Size", exact=False).first).to_have_value("240")
    expect(page.locator(".now")).to_have_text("In force now: 300 people")


@DARK
def test_the_forms_are_accessible_and_fit_a_telephone(open_page: Open, service: Service, dark: bool) -> None:
    def look() -> None:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert serious(Axe().run(page).response["violations"]) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    coalition = f"axe-{'dark' if dark else 'light'}"
    _, made = record(service, coalition, formed(), pledge("a", 420))
    page = open_page("/begin", dark=dark)
    look()
    page.get_by_label("Name required").fill("x")
    page.get_by_label("Formed on").fill("1/2/2023")
    page.get_by_label("Publisher", exact=False).first.fill("AFP")
    page.get_by_role("button", name="Begin the coalition").click()
    look()
    page.get_by_label("Key").fill(service.key)
    page.get_by_role("button", name="Sign in and go on").click()
    look()
    address = f"{service.url}/c/{coalition}/record/{made['event_id']}"
    for doing in ("", "/correct", "/retract", "/source"):
        page.goto(address + doing)
        look()
    for path in ("/", f"/c/{coalition}/pledges/a"):
        page.goto(service.url + path)
        look()
    page.goto(f"{address}/correct")
    for summary in page.locator("summary").all():
        summary.click()
    look()
    page.get_by_label("Reason").fill("misread")
    page.get_by_label("Our error").check()
    preview(page)
    look()
    page.get_by_label("Size", exact=False).first.fill("240")
    preview(page)
    look()
