"""The page that imports a sheet, in a real browser: with a script or without, on a telephone, in both schemes."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from api.http.access import COOKIE
from tests.api.facts import formed
from tests.api.pages.conftest import Open
from tests.api.pages.test_imports import MAPPING, SHEET
from tests.api.pages.test_pages import serious
from tests.running.service import Service, running


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service of this module alone, whose tests record."""
    with running(f"sqlite:///{tmp_path_factory.mktemp('imports') / 'ledger.sqlite3'}") as running_service:
        yield running_service


def opened(open_page: Open, service: Service, coalition: str, **more: object) -> Page:
    """The page of a coalition of the test's own, signed in."""
    httpx.post(f"{service.url}/coalitions/{coalition}/events", json=formed(), headers=service.authorization)
    page = open_page("/", **more)
    page.context.add_cookies([{"name": COOKIE, "value": service.key, "url": service.url}])
    page.goto(f"{service.url}/c/{coalition}/import")
    return page


def choose(page: Page, folder: Path, sheet: str) -> None:
    """Choose a sheet and its mapping from the disk, and check them."""
    (folder / "pledges.csv").write_text(sheet)
    (folder / "pledges.yaml").write_text(MAPPING)
    page.set_input_files("#sheet", folder / "pledges.csv")
    page.set_input_files("#mapping", folder / "pledges.yaml")
    page.get_by_role("button", name="Check the sheet").click()


@pytest.mark.parametrize("scripted", [True, False])
def test_a_sheet_is_imported(open_page: Open, service: Service, tmp_path: Path, scripted: bool) -> None:
    page = opened(open_page, service, f"import-{str(scripted).lower()}", width=390, scripted=scripted)
    choose(page, tmp_path, SHEET.replace("KEN", "Kenia"))
    expect(page.get_by_role("row", name="A2")).to_contain_text("did you mean Kenya")
    (tmp_path / "pledges.csv").write_text(SHEET)
    page.set_input_files("#sheet", tmp_path / "pledges.csv")
    page.get_by_role("button", name="Check again").click()
    page.get_by_role("button", name="Record 2 facts").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 facts recorded")
    page.goto(page.url)
    choose(page, tmp_path, SHEET.replace("200", "300"))
    page.get_by_label("The world has changed").check()
    page.get_by_role("button", name="Check again").first.click()
    page.get_by_role("button", name="Record 1 fact").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 fact recorded")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_each_step_is_accessible_and_fits_a_telephone(
    open_page: Open, service: Service, tmp_path: Path, dark: bool
) -> None:
    page = opened(open_page, service, f"import-{'dark' if dark else 'light'}", width=390, dark=dark)
    rows = "".join(f"org:actor-{number},{number + 1}\n" for number in range(60))
    for sheet in (None, SHEET.replace("KEN", "Kenia"), SHEET + rows):
        if sheet is not None:
            page.goto(page.url)
            choose(page, tmp_path, sheet)
        for width in (390, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            assert serious(Axe().run(page).response["violations"]) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="The next rows").click()
    expect(page.get_by_text("Rows 51 to 62 of 62.")).to_be_visible()
