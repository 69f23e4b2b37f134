"""The mission to Haiti entered three times: ten facts by form in a browser, most by a sheet, all by a proposal.

The three records answer alike.
"""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from api.files.facts import facts_in_file
from api.forms.facts import texts_of
from api.http.access import COOKIE
from api.imports import contents_of
from api.sheets.mapping import mapping_in
from api.sheets.row_facts import content_json
from api.sheets.rows import facts_of
from api.sheets.sheet_files import sheet_in
from domain.events import FACT, fact_json
from tests.running.command_line import coalition
from tests.running.service import Service, running

HAITI = Path(__file__).parents[3] / "examples" / "haiti"
FACTS = [
    json.loads(one.json)
    for one in facts_in_file((HAITI / "01-facts-2023-2026.yaml").read_bytes(), "haiti.yaml", "yaml")
]
BY_FORM = (
    "PledgeMade", "MemberJoined", "ForcesDeployed", "CountReported", "ConditionAttached", "StatementMade",
    "StanceStated", "MeetingHeld", "FundsDisbursed", "PledgeSuspended",
)  # fmt: skip
"""The types of which one fact is entered by form."""

READS = ("picture", "pledges", "conditions", "members", "requirements", "basing", "counts", "statements")
DAYS = ("2023-11-01", "2024-07-01", "2025-03-01", "2026-02-01")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """An empty service of this module's own."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('haiti') / 'ledger.sqlite3'}") as running_service:
        yield running_service


def record(service: Service, name: str, facts: list[dict[str, Any]]) -> None:
    if facts:
        answer = httpx.post(
            f"{service.url}/coalitions/{name}/events", json=facts, headers=service.authorization, timeout=60
        )
        assert answer.status_code == 201, answer.text


def answers(service: Service, name: str) -> dict[str, Any]:
    """What a record answers on some days, without the ids and the numbers of events."""
    asked = {
        f"{read} {day}": f"{service.url}/coalitions/{name}/{read}?valid_at={day}" for read in READS for day in DAYS
    }
    return {question: _plain(httpx.get(url, timeout=60).json()) for question, url in asked.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        hidden = ("basis", "coalition", "sequence", "event_id", "events", "recorded_at", "next_cursor")
        return {name: _plain(one) for name, one in value.items() if name not in hidden}
    if isinstance(value, list):
        return sorted((_plain(one) for one in value), key=lambda one: json.dumps(one, sort_keys=True))
    return value


@pytest.fixture(scope="module")
def wanted(service: Service) -> dict[str, Any]:
    """What the example answers, recorded from its file."""
    record(service, "haiti", FACTS)
    return answers(service, "haiti")


def entered_by_form() -> list[int]:
    """The places of the first fact of each of ten types that no other fact names by its id."""
    named = {fact[field] for fact in FACTS for field in ("corrects", "retracts", "event", "of") if field in fact}
    return [
        next(place for place, fact in enumerate(FACTS) if fact["type"] == wanted and fact.get("event_id") not in named)
        for wanted in BY_FORM
    ]


def typed(fact: dict[str, Any]) -> dict[str, str]:
    """What a person types to state a fact."""
    return texts_of(json.loads(fact_json(FACT.validate_python(fact))))


def fill_in(page: Page, texts: dict[str, str]) -> None:
    """Type each text in its field, and open what is folded; another source opens with the field before it."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    for path, text in texts.items():
        field = page.locator(f'[name="{path}"]')
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(text)
        else:
            field.fill(text)


def press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).last.click()


def enter(page: Page, service: Service, name: str, fact: dict[str, Any]) -> None:
    """Enter a fact by its form: type, look at the preview, record."""
    page.goto(f"{service.url}/c/{name}/new/{fact['type']}")
    texts = typed(fact)
    while texts:
        there = {path: text for path, text in texts.items() if page.locator(f'[name="{path}"]').count()}
        assert there, texts
        fill_in(page, there)
        texts = {path: text for path, text in texts.items() if path not in there}
        if texts:
            press(page, "Preview")
    press(page, "Preview")
    press(page, "Record")
    assert "recorded=" in page.url, page.locator("main").inner_text()[:1500]


def test_ten_facts_by_form(chromium: Browser, service: Service, wanted: dict[str, Any]) -> None:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": COOKIE, "value": service.key, "url": service.url}])
    page = context.new_page()
    places = sorted(entered_by_form())
    assert len({FACTS[place]["type"] for place in places}) == 10
    begin = 0
    for place in places:
        record(service, "by-form", FACTS[begin:place])
        enter(page, service, "by-form", FACTS[place])
        begin = place + 1
    record(service, "by-form", FACTS[begin:])
    context.close()
    assert answers(service, "by-form") == wanted


def test_all_by_proposal_and_acceptance(service: Service, wanted: dict[str, Any], tmp_path: Path) -> None:
    record(service, "by-proposal", FACTS[:1])
    file = tmp_path / "facts.json"
    file.write_text(json.dumps(FACTS[1:]))
    told = ["--coalition", "by-proposal", "--url", service.url, "--key", service.key]
    run = partial(coalition, database_url=service.database_url)
    proposed = run("propose", str(file), "--title", "Haiti", *told)
    assert proposed.returncode == 0, proposed.stderr
    accepted = run("proposals", "accept", "haiti", *told)
    assert accepted.returncode == 0, accepted.stderr
    assert answers(service, "by-proposal") == wanted
    events = httpx.get(f"{service.url}/coalitions/by-proposal/events?limit=1000").json()["items"]
    assert {event["proposed"]["scenario"] for event in events[1:]} == {"haiti"}


FIRST = ("CoalitionFormed", "ConditionStated", "BasingAgreed", "ActorNamed")
"""What the rows of the sheet refer to."""


def test_most_by_a_sheet(service: Service, wanted: dict[str, Any]) -> None:
    sheet = HAITI / "sheet" / "register.csv"
    mapping = mapping_in(sheet.with_suffix(".yaml").read_text(), "register.yaml")
    stated = [fact.content for fact in facts_of(sheet_in(sheet.read_bytes()), mapping, contents_of).facts]
    others = [fact for fact in FACTS if content_json(FACT.validate_python(fact)) not in stated]
    assert len(others) + len(stated) == len(FACTS)
    record(service, "by-sheet", [fact for fact in others if fact["type"] in FIRST])
    told = ["--coalition", "by-sheet", "--url", service.url, "--key", service.key]
    imported = coalition("import", str(sheet), "--yes", *told, database_url=service.database_url)
    assert imported.returncode == 0, imported.stderr
    record(service, "by-sheet", [fact for fact in others if fact["type"] not in FIRST])
    assert answers(service, "by-sheet") == wanted
