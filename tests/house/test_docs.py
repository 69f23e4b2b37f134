"""The documentation agrees with the code: its links lead somewhere, and the files that it names exist."""

import re
from pathlib import Path

import pytest

from api.routes.openapi import example_of
from docs.generate import Docs
from domain.events import FACT, FACTS

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "docs/decisions/*.md", "examples/*.md", "benchmarks/*.md")
    for page in ROOT.glob(pattern)
)
LINK = re.compile(r"(?<!`)\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
PATH = re.compile(r"(?<![\w/.-])(?:domain|projections|api|tests|benchmarks|docs|examples|docker)/\w[\w./-]*\w")
MODULE = re.compile(r"(?<![\w/.*-])\w+\.py\b")
MODULES = {file.name for folder in ("domain", "projections", "api", "tests", "benchmarks", "docs", "docker")
           for file in (ROOT / folder).rglob("*.py")}  # fmt: skip
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def docs() -> Docs:
    return Docs()


@pytest.mark.parametrize("page", ["facts.md", "picture.md", "licences.md"])
def test_a_generated_page_agrees_with_the_code(docs: Docs, page: str) -> None:
    written = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert written == docs.pages[page], f"docs/{page} differs from the code: run `make docs`"


def test_every_field_has_a_meaning_and_every_meaning_a_field(docs: Docs) -> None:
    assert docs.complaints == []


@pytest.mark.parametrize("name", FACTS)
def test_every_example_can_be_recorded(name: str) -> None:
    assert FACT.validate_python(example_of(name)).type == name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_has_a_target(page: Path) -> None:
    links = [link for link in LINK.findall(_prose(page)) if "://" not in link]
    assert [link for link in links if not _leads_somewhere(page, link)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_file_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [path for path in PATH.findall(text) if not (ROOT / path).exists()] == []
    assert set(MODULE.findall(text)) - MODULES == set()


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = page.parent / path if path else page
    return target.exists() and (not anchor or anchor in _anchors(target))


def _anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    headings = (heading.lower().replace(" ", "-") for heading in HEADING.findall(_prose(page)))
    return {re.sub(r"[^\w-]", "", heading) for heading in headings}


def _prose(page: Path) -> str:
    return FENCED.sub("", page.read_text(encoding="utf-8"))


def test_every_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    decisions = {page.name for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md")}
    assert decisions == set(re.findall(r"\((\d{4}-[\w-]+\.md)\)", listed))
