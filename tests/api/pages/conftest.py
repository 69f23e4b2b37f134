"""A real Chromium, driven through Playwright, against a service with the example, a rich coalition and a hostile one.

The browser is the system's own (Debian's ``chromium``); Playwright downloads none. On a machine without one these
tests are left out, which continuous integration takes for a failure."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.api import rich_coalition
from tests.api.facts import fact, formed, pledge
from tests.running.service import Service, running

SCRIPT = "<script>document.title = 'broken into'</script><img src=x onerror=alert(1)>"
"""What a fact's note may hold."""

Open = Callable[..., Page]


PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
LEFT_OUT = "There is no Chromium here, so the tests in a browser were left out (apt-get install chromium)."
_left_out: list[pytest.Item] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests in a browser if there is none, but not in continuous integration."""
    if PROGRAM is not None or os.environ.get("CI", "").lower() not in {"", "0", "false"}:
        return
    _left_out[:] = [item for item in items if "open_page" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in _left_out]
    config.hook.pytest_deselected(items=_left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Report in one line that tests were left out."""
    if _left_out:
        terminalreporter.write_line(LEFT_OUT)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of this package; its driver keeps an event loop running in the thread."""
    if PROGRAM is None:
        pytest.skip(LEFT_OUT)
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The service whose pages are tested; no test records anything."""
    file = tmp_path_factory.mktemp("pages") / "ledger.sqlite3"
    with running(f"sqlite:///{file}", "--example") as running_service:
        for coalition, lists in (("rich", rich_coalition.lists()), ("hostile", [_hostile()]), ("busy", [_busy()])):
            for facts in lists:
                _record(running_service, coalition, facts)
        yield running_service


def _record(service: Service, coalition: str, facts: list[dict[str, Any]]) -> None:
    answer = httpx.post(f"{service.url}/coalitions/{coalition}/events", json=facts, headers=service.authorization)
    assert answer.status_code == 201, answer.text


def _busy() -> list[dict[str, Any]]:
    """Facts on more days than a chart over time draws, all recorded long after."""
    days = [f"2025-{month:02}-{day:02}" for month in (4, 5, 6) for day in range(1, 31)]
    return [formed("Busy", "2025-03-31"), *(pledge(f"of-{day}", effective_at=day) for day in days)]


def _hostile() -> list[dict[str, Any]]:
    """Facts with an attack in every text."""
    address = 'http://e.example/"><b>'
    sources = [
        {
            "publisher": SCRIPT,
            "title": SCRIPT,
            "url": address,
            "locator": '"><b>',
            "quote": f"{SCRIPT}\n{SCRIPT}",
            "archived_url": address,
            "accessed_on": "2025-04",
        }
    ]
    return [
        formed(SCRIPT, "2025-03-01", purpose=SCRIPT, note=SCRIPT, sources=sources),
        pledge("evil", effective_at="2025-03-02", note=SCRIPT, sources=sources,
               caveats=[{"caveat": "c", "kind": "other", "text": SCRIPT}]),
        fact("ConditionStated", "2025-03-02", condition="c", kind="other", description=SCRIPT, sources=sources),
        fact("ConditionAttached", "2025-03-02", condition="c", pledge="evil"),
        fact("MeetingHeld", "2025-03-03", meeting="m", forum="coalition", title=SCRIPT, place=SCRIPT, sources=sources),
        fact("RequirementStated", "2025-03-03", requirement="r", label=SCRIPT, stated_by="GBR", standing="floated",
             quantity={"min": 10, "max": 20, "unit": "personnel"}),
    ]  # fmt: skip


@pytest.fixture
def open_page(chromium: Browser, service: Service) -> Iterator[Open]:
    """Open pages, each in a context of its own; fails if one logs an error or loads anything from elsewhere."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(path: str, *, width: int = 1440, dark: bool = False, scripted: bool = True, **more: Any) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            java_script_enabled=scripted,
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda asked: faults.append(asked.url) if _is_elsewhere(asked.url, service) else None)
        page.goto(service.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _is_elsewhere(url: str, service: Service) -> bool:
    return urlsplit(url).netloc != urlsplit(service.url).netloc


def _is_fault(message: ConsoleMessage) -> bool:
    """Whether a message is an error or a warning; expected refusals (4xx) are not."""
    return message.type in ("error", "warning") and "the server responded with a status of 4" not in message.text
