"""Every page: accessible, with links from figures to sources, and available as JSON and CSV."""

import csv
import gzip
import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from api.pages.responses import as_cell
from api.wording.countries import NAMES
from tests.api.pages.conftest import SCRIPT, Open
from tests.running.service import Service, running

BASIS = "valid_at=2025-09-10&known_at=2025-09-10&known_axis=reported"
FORMED = "d099fb57-a70d-5d47-b471-3645c53682d7"
CHANGES = "change=met:ceasefire&change=met:peace-agreement&change=committed:fra-5000-to-10000"
PAGES = [
    "/",
    f"/c/willing?{BASIS}",
    "/c/rich?valid_at=2025-05-01",
    f"/c/willing/why?figure=/size/conditional&{BASIS}",
    "/c/willing/record",
    f"/c/willing/record/{FORMED}",
    f"/c/willing/pledges?{BASIS}",
    f"/c/willing/pledges/est-company?{BASIS}",
    "/c/willing/conditions",
    "/c/willing/difference?from_valid_at=2025-04-10&from_known_at=2025-04-10&to_valid_at=2025-04-10"
    "&to_known_at=2025-04-30&known_axis=reported",
    f"/c/willing/what-if?{CHANGES}&{BASIS}",
    f"/c/willing/what-if/conditions?{BASIS}",
    f"/c/willing/what-if/chances?chance=ceasefire:40&chance=peace-agreement:60&change=committed:fra-5000-to-10000&{BASIS}",
    "/c/willing/scenarios",
    f"/c/willing/briefing?{BASIS}",
    f"/c/willing/charts/steps?{BASIS}",
    f"/c/willing/charts/map?{BASIS}",
    f"/c/willing/what-if/charts/cascade?{CHANGES}&{BASIS}",
    "/c/willing/meetings/brussels-2025-04-10",
    "/c/nowhere",
]


def serious(violations: list[dict]) -> list[str]:
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in violations if one["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_are_accessible_and_fit_a_telephone(open_page: Open, path: str, dark: bool) -> None:
    page = open_page(path, width=390, dark=dark)
    assert serious(Axe().run(page).response["violations"]) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1440, "height": 900})
    assert serious(Axe().run(page).response["violations"]) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/c/nowhere"])
def test_every_link_has_an_answer(service: Service, path: str) -> None:
    with httpx.Client(base_url=service.url) as client:
        answer = client.get(path)
        ours = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', answer.text)}
        assert len(ours) > 3
        broken = [link for link in sorted(ours)[:60] if client.get(link).status_code != 200]
    assert broken == []


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/c/nowhere"])
def test_each_page_has_its_json_and_csv(service: Service, path: str) -> None:
    has_twins(service, path)


def has_twins(service: Service, path: str) -> None:
    html = httpx.get(service.url + path).text
    found = re.search(r'This page as <a href="([^"]+)">JSON</a> or <a href="([^"]+)">CSV</a>', html)
    assert found, path
    as_json, as_csv = (httpx.get(service.url + found[n].replace("&amp;", "&")) for n in (1, 2))
    assert as_json.headers["content-type"].startswith("application/json")
    assert as_json.json()
    assert as_csv.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(as_csv.text)))
    assert all(len(row) == len(rows[0]) for row in rows)


def test_the_content_security_policy_has_no_exceptions(service: Service) -> None:
    for path in PAGES:
        policy = httpx.get(service.url + path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "data:" not in policy


def test_no_csv_contains_a_formula(service: Service) -> None:
    text = httpx.get(f"{service.url}/c/hostile/record.csv").text
    assert SCRIPT.replace('"', '""') in text
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv.reader(io.StringIO(text)) for cell in row)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1", "'=1"), (" =1", " '=1"), ("a;=1", "a;'=1"), ("a; @x", "a; '@x"), ("a\n+1", "a\n'+1"),
        ("a\t-1", "a\t'-1"),
        ("＝1", "'＝1"), (["a", "=b"], "a; '=b"), ({"x": "=1"}, "x: '=1"), ({"x": "y;=1"}, "x: y;'=1"),
        ("a - b; c+d", "a - b; c+d"), ("1=1", "1=1"), (-5, -5), (None, None),
    ],
)  # fmt: skip
def test_a_cell_holds_no_formula_also_if_it_is_split_at_semicolons(value: Any, cell: Any) -> None:
    assert as_cell(value) == cell


def test_a_figure_leads_to_its_pledges_its_events_and_their_sources(open_page: Open) -> None:
    page = open_page("/c/willing?valid_at=2025-09-10")
    page.locator(".tile.conditional .amount a").click()
    expect(page.get_by_role("heading", name=re.compile(r"Consists of \d+ pledges"))).to_be_visible()
    page.locator(".log .number-of", has_text=re.compile(r"^121$")).first.click()
    expect(page.get_by_role("heading", name="Event 121: condition attached")).to_be_visible()
    assert "EU Today" in page.locator("#sources + ul").inner_text()
    assert "reliability cannot be judged" in page.locator("#sources + ul").inner_text()


def test_the_record_can_be_filtered_with_empty_fields_and_by_pages(open_page: Open) -> None:
    page = open_page("/c/willing/record", scripted=False)
    page.get_by_role("link", name="Next 50").click()
    expect(page.locator("ol.log .number-of").first).to_have_text("51")
    page.get_by_label("Type").select_option("PledgeAmended")
    page.get_by_role("button", name="Filter").click()
    assert "about=" not in page.url
    assert "type=PledgeAmended" in page.url
    assert all("changed" in line for line in page.locator("ol.log > li > div > p:first-child").all_inner_texts())


def test_filters_replace_the_log_and_the_address(open_page: Open, service: Service) -> None:
    page = open_page("/c/willing/record")
    page.get_by_role("textbox", name="Actor").fill("EST")
    page.get_by_role("textbox", name="Actor").press("Enter")
    expect(page).to_have_url(re.compile("actor=EST"))
    first = httpx.get(f"{service.url}/coalitions/willing/events?actor=EST").json()["items"][0]["sequence"]
    expect(page.locator("ol.log .number-of").first).to_have_text(str(first))


def test_the_page_of_an_event_shows_its_correction(open_page: Open, service: Service) -> None:
    events = httpx.get(f"{service.url}/coalitions/rich/events", params={"limit": 1000}).json()["items"]
    correction = next(event for event in events if event["fact"]["type"] == "EventCorrected")
    page = open_page(f"/c/rich/record/{correction['fact']['corrects']}")
    expect(page.locator("main")).to_contain_text("superseded by event")
    expect(page.locator("#became + ol")).to_contain_text("was corrected")
    page.locator("#became + ol .number-of").first.click()
    expect(page.get_by_role("heading", name=f"Event {correction['sequence']}: event corrected")).to_be_visible()


def test_the_page_of_an_event_quotes_its_sources(open_page: Open, service: Service) -> None:
    first = httpx.get(f"{service.url}/coalitions/hostile/events", params={"limit": 1}).json()["items"][0]
    page = open_page(f"/c/hostile/record/{first['event_id']}", width=390)
    assert page.locator(".sources blockquote").inner_text() == f"{SCRIPT}\n{SCRIPT}"
    copy = page.get_by_role("link", name="archived copy")
    assert copy.get_attribute("href") == first["fact"]["sources"][0]["archived_url"]
    expect(page.locator(".sources li")).to_contain_text("read in April 2025")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_of_a_pledge_shows_its_history(open_page: Open) -> None:
    page = open_page(f"/c/willing/pledges/ltu-ground?{BASIS}")
    story = page.locator("ol.story").inner_text()
    assert story.index("Lithuania pledged") < story.index(
        "Lithuania changed pledge ltu-ground: now size about 200 people"
    )


def test_a_difference_names_changes_and_collapses_the_rest(open_page: Open) -> None:
    page = open_page(PAGES[9])
    expect(page.locator("#changes")).to_contain_text(
        "64,000 people required (floated by the United Kingdom); shortfall 64,000"
    )
    folded = page.locator("#changes details")
    expect(folded.locator("li").first).to_be_hidden()
    folded.locator("summary").click()
    expect(folded.locator("li").first).to_be_visible()


@pytest.mark.parametrize(
    "path", [*PAGES[:11], "/c/rich/record", "/c/rich/difference?from_valid_at=2025-03-01", "/c/rich/members"]
)
def test_pages_show_the_names_of_countries(service: Service, path: str) -> None:
    page = httpx.get(service.url + path).text
    for code, name in NAMES.items():
        page = page.replace(f"{code} {name}", name)  # what the codes on the map stand for
    sentences = re.findall(r"<(?:p|li|h1|h2|h3)\b[^>]*>(.*?)</", page, re.DOTALL)
    codes = {
        word for one in sentences for word in re.findall(r"\b[A-Z]{3}\b", re.sub(r"<[^>]*>", "", one)) if word in NAMES
    }
    assert codes == set()


def test_what_if_is_built_by_clicking_and_kept_in_the_address(open_page: Open) -> None:
    page = open_page(f"/c/willing/what-if?{BASIS}")
    labels = {
        "ceasefire": "Ceasefire", "peace-agreement": "Peace agreement", "riigikogu-mandate": "Mandate of the Riigikogu",
    }  # fmt: skip
    for name, label in labels.items():
        page.locator("tr", has=page.locator("th", has_text=label)).get_by_text("is met").first.click()
        expect(page).to_have_url(re.compile(f"change=met%3A{name}"))
    row = page.locator(".beside tr", has_text="Available")
    expect(row.locator("td").nth(0)).to_have_text("none")
    expect(row.locator("td").nth(1)).to_have_text("up to 250, plus 3 undisclosed pledges")
    expect(page.locator("#cascade svg").first).to_be_visible()
    page.locator(".chip.on").first.click()
    expect(row.locator("td").nth(1)).to_have_text("none")


def test_a_refused_change_is_shown_as_a_page(service: Service) -> None:
    answer = httpx.get(f"{service.url}/c/willing/what-if?change=met:no-such-thing")
    assert answer.status_code == 422
    assert "no-such-thing" in answer.text


def test_conditions_are_ranked_and_chances_are_simulated(open_page: Open) -> None:
    page = open_page(f"/c/willing/what-if?{BASIS}")
    page.get_by_role("link", name="Which condition matters most?").click()
    expect(page.locator("#sensitivity svg").first).to_contain_text("Ceasefire")
    page = open_page(f"/c/willing/what-if/chances?{CHANGES}&{BASIS}", scripted=False)
    page.get_by_label("Mandate of the Seimas").select_option("50 %")
    page.get_by_role("button", name="Run").click()
    expect(page).to_have_url(re.compile("chance=seimas-mandate%3A50"))
    expect(page.locator("#fan svg").first).to_be_visible()


def test_saved_scenarios_are_listed_side_by_side(open_page: Open, service: Service) -> None:
    def saved(name: str, becomes: str) -> None:
        changes = [{"decide": one, "becomes": becomes, "effective_at": "2025-09-10"}
                   for one in ("ceasefire", "peace-agreement", "riigikogu-mandate")]  # fmt: skip
        body = {"scenario": name, "name": name.title(), "fork": {"valid_at": "2025-09-10"}, "changes": changes}
        url = f"{service.url}/coalitions/willing/scenarios"
        assert httpx.post(url, json=body, headers=service.authorization).status_code == 201

    saved("peace", "met")
    saved("war", "failed")
    page = open_page("/c/willing/scenarios")
    expect(page.locator("tr", has_text="Peace")).to_contain_text("up to 250, plus 5 undisclosed pledges")
    expect(page.locator("tr", has_text="War")).to_contain_text("200 to 450, plus 6 undisclosed pledges")
    page.get_by_role("link", name="War", exact=True).click()
    expect(page.locator(".beside tr", has_text="Blocked").locator("strong")).to_contain_text("200 to 450")
    has_twins(service, "/c/willing/scenarios")
    has_twins(service, "/c/willing/scenarios/war?valid_at=2025-10-01")
    cascade = (
        open_page("/c/willing/scenarios/peace").locator("#cascade .take a").evaluate_all("all => all.map(a => a.href)")
    )
    taken = [httpx.get(address) for address in cascade]
    assert [one.headers["content-type"].partition(";")[0] for one in taken] == [
        "image/svg+xml", "image/png", "text/html",
    ]  # fmt: skip
    assert all("Scenario: Peace" in taken[n].text for n in (0, 2))


def test_the_briefing_is_one_page_of_paper(open_page: Open) -> None:
    pdf = open_page(f"/c/willing/briefing?{BASIS}").pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_a_chart_can_be_downloaded_and_embedded(open_page: Open, service: Service) -> None:
    svg = httpx.get(f"{service.url}/c/willing/charts/steps.svg?{BASIS}").text
    for text in ("Coalition of the willing", "as made public by 2025-09-10", "Sources:", "UNN"):
        assert text in svg
    png = httpx.get(f"{service.url}/c/willing/charts/map.png?{BASIS}")
    assert png.headers["content-type"] == "image/png"
    assert png.content.startswith(b"\x89PNG")
    page = httpx.get(f"{service.url}/c/willing/charts/map?{BASIS}")
    assert "frame-ancestors *" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in httpx.get(f"{service.url}/c/willing").headers["content-security-policy"]
    assert "Crimea is shown as part of Ukraine" in page.text


def test_a_chart_with_too_many_days_says_so_and_marks_late_facts(service: Service) -> None:
    chart = httpx.get(f"{service.url}/c/busy/charts/steps?valid_at=2025-07-10").text
    assert "the chart shows 60 days" in chart
    assert 30 < chart.partition("</svg>")[0].count('class="late"') <= 61
    cells = re.findall(r'<td data-label="Reported after it took effect">(.*?)</td>', chart)
    named = {day for cell in cells for day in re.findall(r"pledge made \(of-([\d-]{10})\)", cell)}
    assert len(named) == 90


def test_the_picture_weighs_at_most_80_kb(open_page: Open, service: Service) -> None:
    page = open_page(f"/c/willing?{BASIS}")
    names = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    weighed = [f"{service.url}/c/willing?{BASIS}", *names]
    assert all(urlsplit(name).netloc == urlsplit(service.url).netloc for name in names)
    total = 0
    for name in weighed:
        with httpx.stream("GET", name, headers={"Accept-Encoding": "gzip"}) as answer:
            total += sum(len(part) for part in answer.iter_raw())
    assert total <= 80 * 1024


def test_an_unchanged_page_is_not_sent_again(service: Service) -> None:
    first = httpx.get(f"{service.url}/c/willing?{BASIS}")
    again = httpx.get(f"{service.url}/c/willing?{BASIS}", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


def test_compressed_and_plain_are_the_same_text(service: Service) -> None:
    with httpx.stream("GET", f"{service.url}/c/willing?{BASIS}", headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = httpx.get(f"{service.url}/c/willing?{BASIS}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert gzip.decompress(packed) == plain.content


STRANGE = ["valid_at=2200", "valid_at=1900", "valid_at=2025-04-10T12:00:00Z", "valid_at=2025-04-29/2025-04-30",
           "known_at=1950-01-01", "sequence=0", "sequence=5"]  # fmt: skip


@pytest.mark.parametrize("point", STRANGE)
def test_any_time_that_the_api_accepts_can_be_viewed(service: Service, point: str) -> None:
    parts = ("", "/record", "/difference", "/what-if", "/what-if/chances", "/briefing", "/charts/steps", "/pledges")
    answers = {part: httpx.get(f"{service.url}/c/willing{part}?{point}").status_code for part in parts}
    assert answers == dict.fromkeys(parts, 200)


@pytest.mark.parametrize("wrong", ["valid_at=abc", "known_axis=x", "sequence=1000", "valid=2025", "known_at=0001"])
def test_any_other_time_is_refused_in_words(service: Service, wrong: str) -> None:
    answer = httpx.get(f"{service.url}/c/willing?{wrong}")
    assert answer.status_code == 422
    name = wrong.partition("=")[0]
    assert f"<code>{name}</code>" in answer.text or f'aria-describedby="{name}-wrong"' in answer.text


def test_pages_need_a_key_if_reading_does(tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path}/l.sqlite3", environment={"COALITION_OPEN_READING": "no"}) as closed:
        refused = httpx.get(f"{closed.url}/")
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert refused.headers["content-type"].startswith("text/html")
        allowed = httpx.get(f"{closed.url}/", headers=closed.authorization)
        assert allowed.headers["cache-control"].startswith("private")
        assert "Nothing is on record yet." in allowed.text
        assert "Getting started" in allowed.text


def test_events_of_a_pledge_are_drawn_at_their_day(service: Service) -> None:
    svg = httpx.get(f"{service.url}/c/willing/charts/stories.svg?valid_at=2025-09-30").text
    at = {}
    for circle in re.findall(r"<circle.*?</circle>", svg):
        day, cx = re.search(r"<title>(\d+ \w+ 2025): ", circle), re.search(r'cx="([\d.]+)"', circle)
        assert day
        assert cx
        at[datetime.strptime(day[1], "%d %B %Y").replace(tzinfo=UTC)] = float(cx[1])
    days = sorted(at)
    (first, last), pixels = (days[0], days[-1]), at[days[-1]] - at[days[0]]
    for one in days:
        assert at[one] == pytest.approx(at[first] + pixels * ((one - first) / (last - first)), abs=0.02)
    assert len(days) >= 8


def test_the_charts_of_a_what_if_can_be_downloaded(service: Service) -> None:
    for chart in ("cascade", "sensitivity", "fan"):
        changes = "" if chart == "sensitivity" else CHANGES
        svg = httpx.get(f"{service.url}/c/willing/what-if/charts/{chart}.svg?{changes}&{BASIS}")
        assert svg.headers["content-type"].startswith("image/svg+xml")
        assert "Coalition of the willing" in svg.text
        assert ("the condition ceasefire is met" in svg.text) == bool(changes)
