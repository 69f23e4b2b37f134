"""Proposals in a browser: accessible at both widths and in both schemes, by keyboard and without scripts."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.http.access import COOKIE
from tests.api.facts import fact, formed, pledge
from tests.api.pages.conftest import Open
from tests.api.pages.test_pages import serious
from tests.running.service import Service, running

LONG = "Figures of May, as the ministry of defence sent them, with all that the chief of staff said about them"
SLUG = "figures-of-may"
PATH = f"/c/willing/proposals/{SLUG}"
PAGES = ["/c/willing/proposals", PATH, f"{PATH}/2"]


@pytest.fixture
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service with a proposal in every state."""
    file = tmp_path_factory.mktemp("proposals") / "ledger.sqlite3"
    with running(f"sqlite:///{file}") as service:
        post(service, "events", [formed(), pledge("a", 100)])
        facts = [
            pledge("b", 500, note="A note " * 30), fact("PledgeReaffirmed", pledge="b"), pledge("c", 70),
            pledge("d", 70), pledge("taken", 70),
        ]  # fmt: skip
        body = {"name": LONG, "scenario": SLUG, "purpose": "proposal", "changes": [{"assume": one} for one in facts]}
        post(service, "scenarios", body)
        post(service, f"scenarios/{SLUG}/accept", {"changes": [3]})
        post(service, f"scenarios/{SLUG}/decline", {"changes": [4], "reason": "not in the source"})
        post(service, f"scenarios/{SLUG}/comments", {"text": "Which page?\nOf what?", "about": 2})
        post(service, "events", [pledge("taken", 90)])
        yield service


def post(service: Service, path: str, body: Any) -> None:
    answer = httpx.post(f"{service.url}/coalitions/willing/{path}", json=body, headers=service.authorization)
    assert answer.status_code == 201, answer.text


def signed_in(service: Service) -> Any:
    """What a browser keeps that has signed in."""
    address = urlsplit(service.url)
    cookie = {
        "name": COOKIE, "value": service.key, "domain": address.hostname, "path": "/", "expires": -1, "httpOnly": True,
        "secure": False, "sameSite": "Strict",
    }  # fmt: skip
    return {"cookies": [cookie], "origins": []}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_pages_of_proposals_are_accessible_and_fit_a_telephone(open_page: Open, service: Service, dark: bool) -> None:
    for path in PAGES:
        for state in (signed_in(service), None):
            page = open_page(path, width=390, dark=dark, storage_state=state)
            assert serious(Axe().run(page).response["violations"]) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
            page.set_viewport_size({"width": 1440, "height": 900})
            assert serious(Axe().run(page).response["violations"]) == [], path


def test_facts_are_decided_by_keyboard_and_without_scripts(open_page: Open, service: Service) -> None:
    page = open_page(PATH, scripted=False, storage_state=signed_in(service))
    # Enter on a box shows what the selection changes, and records nothing.
    page.get_by_label("Select fact 1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What the selected facts would change")).to_be_visible()
    expect(page.get_by_label("Select fact 1")).to_be_checked()
    press(page, "Accept selected facts")
    expect(page.get_by_role("heading", name="Fact 1 accepted")).to_be_visible()
    page.get_by_label("Select fact 5").focus()
    page.keyboard.press("Space")
    page.get_by_label("Reason for declining").fill("another one is on record")
    press(page, "Decline selected facts")
    expect(page.get_by_role("heading", name="Fact 5 declined")).to_be_visible()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def test_a_fact_is_edited_and_accepted_by_itself(open_page: Open, service: Service) -> None:
    page = open_page(PATH, storage_state=signed_in(service))
    page.get_by_role("link", name="Edit fact 4, and propose it again").click()
    page.get_by_role("textbox", name="Size required").fill("about 450")
    press(page, "Save the fact")
    expect(page.get_by_role("heading", name="Fact 4 open")).to_be_visible()
    press(page, "Accept fact 4")
    expect(page.get_by_role("heading", name="Fact 4 accepted")).to_be_visible()
    page.goto(f"{service.url}/c/willing/record?valid_at=2100")
    expect(page.get_by_text("Proposed and accepted by tester.").first).to_be_visible()
