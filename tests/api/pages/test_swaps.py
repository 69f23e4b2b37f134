"""Forms and links that replace part of a page by script: the rest of the page follows to the same point."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.api.pages.conftest import Open

SEPTEMBER = "valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"
AROUND = ["nav", "footer"]
"""What stands around the part that is replaced, and leads on from it."""


def set_date(name: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(f"[name={name}]").fill("2025-05-20")
        page.keyboard.press("Enter")

    return act


def choose(value: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator("select").filter(has=page.locator(f"[value='{value}'], :text-is('{value}')")).select_option(value)

    return act


def click(selector: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.locator(selector).first.click()

    return act


ACTIONS = [
    (f"/c/willing?{SEPTEMBER}", set_date("valid_at"), "valid_at=2025-05-20"),
    (f"/c/willing/pledges?{SEPTEMBER}", set_date("known_at"), "known_at=2025-05-20"),
    (f"/c/willing/what-if?{SEPTEMBER}", click("a.chip"), "change=met"),
    (f"/c/willing/what-if/chances?{SEPTEMBER}", choose("ceasefire:40"), "chance=ceasefire"),
    (f"/c/willing/difference?from_valid_at=2025-04-10&{SEPTEMBER}", set_date("to_valid_at"), "to_valid_at=2025-05-20"),
    ("/c/willing/record", choose("PledgeMade"), "type=PledgeMade"),
]
"""A page, what a person does on it, and what its address then contains."""


def around(page: Page) -> list[str]:
    """The navigation and the footer, with their links."""
    return [re.sub(r"\s+", " ", page.locator(part).inner_html()) for part in AROUND]


@pytest.mark.parametrize(("path", "act", "asked"), ACTIONS)
def test_links_around_a_replaced_part_lead_on_from_the_same_point(
    open_page: Open, path: str, act: Callable[[Page], None], asked: str
) -> None:
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    act(page)
    expect(page).to_have_url(re.compile(re.escape(asked)))
    expect(page.locator("#foot a", has_text="JSON")).to_have_attribute("href", re.compile(re.escape(asked)))
    replaced = around(page)
    page.reload()
    assert around(page) == replaced


def test_a_point_that_was_left_comes_back_whole(open_page: Open) -> None:
    page = open_page(f"/c/willing?{SEPTEMBER}")
    before = around(page)
    set_date("valid_at")(page)
    expect(page.locator("#foot")).to_contain_text("As of 20 May 2025")
    page.go_back()
    expect(page).to_have_url(re.compile("valid_at=2025-09-10"))
    expect(page.locator("#foot")).to_contain_text("As of 10 September 2025")
    assert around(page) == before
