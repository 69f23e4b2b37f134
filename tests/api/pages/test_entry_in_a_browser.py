"""The form of every type of fact in a browser: by keyboard, without scripts, on a telephone, in both schemes."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.forms.facts import texts_of
from domain.events import FACT, FACTS, fact_json
from tests.api import rich_coalition
from tests.api.facts import fact, formed, people, pledge
from tests.api.pages.conftest import SCRIPT, Open
from tests.api.pages.test_pages import serious
from tests.api.pages.test_signing_in import sign_in, tab_to
from tests.running.service import Service, running

ON_THE_PAGE_OF_THE_EVENT = ("EventCorrected", "EventRetracted", "SourceAdded")
WORLD = FACTS.keys() - {*ON_THE_PAGE_OF_THE_EVENT, "WarningDismissed"}
MONEY = {"unit": "EUR", "min": 5_000_000, "max": 5_000_000}
MORE = [
    pledge("money", quantity=MONEY, capability="funding"),
    fact("FundsDisbursed", "2025-05-01", pledge="money", quantity=MONEY),
    pledge("police"),
    fact("StrengthReported", "2025-05-01", pledge="police", quantity=people(10, 10)),
    fact("ActorNamed", actor="org:nato", name="NATO"),
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module alone, whose tests record."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('entry') / 'ledger.sqlite3'}") as running_service:
        yield running_service


def record(service: Service, coalition: str, *facts: dict[str, Any]) -> list[Any]:
    url = f"{service.url}/coalitions/{coalition}/events"
    answer = httpx.post(url, json=list(facts), headers=service.authorization)
    assert answer.status_code == 201, answer.text
    events: list[Any] = answer.json()["events"]
    return events


def events(service: Service, coalition: str) -> list[Any]:
    items: list[Any] = httpx.get(f"{service.url}/coalitions/{coalition}/events?limit=1000").json()["items"]
    return items


def signed_in(open_page: Open, service: Service, **how: Any) -> Page:
    page: Page = open_page("/sign-in", **how)
    sign_in(page, service)
    return page


def fill(page: Page, texts: dict[str, str]) -> None:
    """Type texts into the fields of a form; what is folded away is unfolded first."""
    for path, text in texts.items():
        field = page.locator(f"[name='{path}']")
        field.wait_for(state="attached")
        while not field.is_visible():
            page.locator("details:not([open])", has=field).first.locator("summary").first.click()
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def press(page: Page, button: str) -> None:
    page.locator("main").get_by_role("button", name=button, exact=True).first.click()


def histories() -> dict[str, tuple[list[dict[str, Any]], dict[str, Any]]]:
    """For each type of fact, the facts of a rich coalition before the first of that type, and it."""
    found: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {}
    before: list[dict[str, Any]] = []
    for one in [one for facts in (*rich_coalition.lists()[:-2], MORE, *rich_coalition.lists()[-2:]) for one in facts]:
        found.setdefault(one["type"], (before[:], one))
        before.append(one)
    return found


@pytest.mark.parametrize("type_name", sorted(FACTS.keys() - {"CoalitionFormed", *ON_THE_PAGE_OF_THE_EVENT}))
def test_a_fact_of_each_type_is_recorded_by_its_form(open_page: Open, service: Service, type_name: str) -> None:
    before, one = histories()[type_name]
    coalition = f"of-{type_name.lower()}"
    record(service, coalition, *({**fact, "event_id": None} for fact in before if fact["type"] in WORLD))
    wanted = json.loads(fact_json(FACT.validate_python(one)))
    texts = texts_of(wanted) | ({"event": "1"} if "event" in wanted else {})
    page = signed_in(open_page, service, scripted=False)
    page.goto(f"{service.url}/c/{coalition}/new/{type_name}")
    fill(page, texts)
    press(page, "Preview")
    expect(page.get_by_role("heading", name="Preview: nothing is recorded yet")).to_be_visible()
    press(page, "Record")
    expect(page.get_by_role("heading", name="Recorded", exact=True)).to_be_visible()
    stored = events(service, coalition)
    assert len(stored) == len([one for one in before if one["type"] in WORLD]) + 1
    if "event" in wanted:
        wanted["event"] = stored[0]["event_id"]
    assert json.loads(fact_json(FACT.validate_python(stored[-1]["fact"] | {"event_id": None}))) == wanted


@pytest.mark.parametrize("scripted", [True, False], ids=["scripted", "unscripted"])
def test_two_facts_from_a_press_release(open_page: Open, service: Service, scripted: bool) -> None:
    """What was typed survives refusals, a lost session, and other people who record meanwhile."""
    coalition = f"press-{'scripted' if scripted else 'unscripted'}"
    record(service, coalition, formed())
    page = open_page(f"/c/{coalition}/new/MemberJoined", width=390, scripted=scripted)
    source = {"sources.0.publisher": f"News {SCRIPT}", "sources.0.quote": "Line one.\nLine two."}
    fill(page, {"member": "Kenia", "role": "contributor", "effective_at": "10.4.2025"} | source)
    press(page, "Preview")
    expect(page.get_by_role("heading", name="Sign in to go on")).to_be_visible()
    page.get_by_label("Key").fill(service.key)
    press(page, "Sign in and go on")
    expect(page.locator("#f-member-wrong")).to_contain_text("did you mean Kenya")
    expect(page.locator("[name='sources.0.quote']")).to_have_value("Line one.\nLine two.")
    fill(page, {"member": "Kenya"})
    page.locator("summary", has_text="Another fact from the same source").click()
    page.locator("#then").select_option("PledgeMade")
    press(page, "Keep this fact, and enter the next")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pledge made")
    expect(page.locator("[name='sources.0.publisher']")).to_have_value(f"News {SCRIPT}")
    expect(page.locator("[name='sources.0.quote']")).to_have_value("")
    fill(page, {"contributor": "Kenya", "level": "committed", "capability": "police", "quantity": "about 400",
                "effective_at": "11 April 2025"})  # fmt: skip
    press(page, "Preview")
    expect(page.locator("[name='pledge']")).to_have_value("kenya-police")
    record(service, coalition, pledge("fra-ground", contributor="FRA"))
    press(page, "Record")
    expect(page.get_by_text("the record has moved on since the preview")).to_be_visible()
    expect(page.get_by_text("Recorded meanwhile")).to_be_visible()
    expect(page.locator("[name='quantity']")).to_have_value("about 400")
    page.locator(".preview").get_by_role("button", name="Record").dblclick()
    expect(page.get_by_role("heading", name="Recorded", exact=True)).to_be_visible()
    assert [one["fact"]["type"] for one in events(service, coalition)[2:]] == ["MemberJoined", "PledgeMade"]


def test_one_pledge_by_the_keyboard_in_eight_fields_at_most(open_page: Open, service: Service) -> None:
    record(service, "keys", formed())
    page = signed_in(open_page, service)
    page.goto(f"{service.url}/c/keys")
    tab_to(page, page.get_by_role("link", name="Record a fact"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("link", name="Pledge made"))
    page.keyboard.press("Enter")
    typed = {"contributor": "Kenya", "level": "committed", "capability": "police", "quantity": "400",
             "effective_at": "11 April 2025", "sources.0.quote": "Kenya will send 400 officers."}  # fmt: skip
    assert len(typed) <= 8
    for path, text in typed.items():
        tab_to(page, page.locator(f"[name='{path}']"))
        page.keyboard.type(text)
    tab_to(page, page.locator("#entry").get_by_role("button", name="Preview").last)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Preview: nothing is recorded yet")).to_be_focused()
    tab_to(page, page.get_by_role("button", name="Record", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Recorded", exact=True)).to_be_focused()
    stated = events(service, "keys")[1]["fact"]
    assert stated["sources"] == [{"publisher": "AFP", "published_on": "2025-04-10", "quote": typed["sources.0.quote"]}]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_forms_are_accessible_and_fit_a_telephone(open_page: Open, service: Service, dark: bool) -> None:
    def look() -> None:
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert serious(Axe().run(page).response["violations"]) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width

    coalition = f"axe-{'dark' if dark else 'light'}"
    record(service, coalition, formed(), pledge("a", 420))
    page = signed_in(open_page, service, dark=dark)
    page.goto(f"{service.url}/c/{coalition}/new")
    look()
    for type_name in ("PledgeMade", "PledgeAmended", "MeetingHeld", "ConditionStated", "WarningDismissed"):
        page.goto(f"{service.url}/c/{coalition}/new/{type_name}")
        for summary in page.locator("summary:visible").all():
            summary.click()
        look()
    page.goto(f"{service.url}/c/{coalition}/new/PledgeMade")
    fill(page, {"contributor": "Kenia", "level": "committed", "capability": "police", "quantity": "lots",
                "effective_at": "2024"})  # fmt: skip
    press(page, "Preview")
    look()
    fill(page, {"contributor": "Kenya", "quantity": "400"})
    page.locator("summary", has_text="Another fact from the same source").click()
    press(page, "Keep this fact, and enter the next")
    look()
    press(page, "Preview")
    expect(page.get_by_role("heading", name="Warnings")).to_be_visible()
    look()
    press(page, "Record")
    look()
