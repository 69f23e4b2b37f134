"""``/docs`` works without files from elsewhere, under its own content security policy."""

import re
from html.parser import HTMLParser

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.http import problem_answers
from api.routes import docs_page


class Page(HTMLParser):
    """What a page refers to, and the script and style that it holds itself."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.references += [value or "" for name, value in attributes if name in ("src", "href", "content")]
        self.inline += [name for name, _ in attributes if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and data.strip():
            self.inline.append(data)


def application(title: str = "Ledger") -> FastAPI:
    app = FastAPI(title=title, docs_url=None, redoc_url=None)
    problem_answers.install(app)
    docs_page.install(app)
    return app


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(application())


def test_all_files_of_the_page_are_served_here(client: TestClient) -> None:
    page = Page(client.get("/docs").text)
    addresses = [reference for reference in page.references if reference.startswith("/")]
    assert addresses == [
        "/openapi.json",
        "/docs/assets/favicon-32x32.png",
        "/docs/assets/swagger-ui.css",
        "/openapi.json",
        "/docs/assets/swagger-ui-bundle.js",
        "/docs/assets/start.js",
    ]
    assert not [reference for reference in page.references if "//" in reference]
    for address in addresses:
        assert client.get(address).status_code == 200


def test_the_page_has_no_inline_script_or_style(client: TestClient) -> None:
    assert Page(client.get("/docs").text).inline == []


def test_the_content_security_policy_allows_nothing_else(client: TestClient) -> None:
    policy = client.get("/docs").headers["content-security-policy"]
    directives = dict(directive.split(" ", 1) for directive in policy.split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert not re.search(r"https?:|unsafe-|\*", policy)


def test_the_style_sheet_loads_nothing_from_elsewhere(client: TestClient) -> None:
    style = client.get("/docs/assets/swagger-ui.css").text
    assert all(address.strip("\"'").startswith(("data:", "#")) for address in re.findall(r"url\(([^)]*)\)", style))
    assert "@import" not in style


def test_the_document_is_not_sent_to_a_validator_elsewhere(client: TestClient) -> None:
    assert "validatorUrl: null" in client.get("/docs/assets/start.js").text


def test_the_page_works_behind_a_prefix_and_with_any_title() -> None:
    text = TestClient(application("<b>&"), root_path="/ledger").get("/docs").text
    assert "<title>&lt;b&gt;&amp;</title>" in text
    assert "/ledger/openapi.json" in Page(text).references


@pytest.mark.parametrize(
    "path", ["/docs/assets/", "/docs/assets/nothing.js", "/docs/assets/..%2f..%2fproblems.py", "/docs/x"]
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_licence_and_the_version_are_beside_the_files() -> None:
    assert "Apache License" in (docs_page.ASSETS / "LICENSE").read_text()
    assert (docs_page.ASSETS / "NOTICE").is_file()
    assert re.search(r"version \d+\.\d+\.\d+", (docs_page.ASSETS / "README.md").read_text())
