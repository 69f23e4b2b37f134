"""A picture of very many things has a bound on its size in every direction: the largest are drawn, others summed up."""

import re
from typing import Any

import pytest

from api.charts import contributor_bars, png, sources_in_words, standalone
from api.charts.chart import MOST_NAMED, Chart
from api.charts.standalone import MAX_PIXELS
from domain.sources import Source
from tests.api.charts.figures import basis, figure, part
from tests.api.facts import fact, formed, people, pledge
from tests.running.in_process import Service

MANY = 5_000
MOST_PIXELS = 6_000
MOST_BYTES = 1_500_000


def size_of(svg: str) -> tuple[float, float]:
    found = re.search(r' width="([0-9.]+)" height="([0-9.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[2])


def many_contributors() -> Chart:
    contributors = {f"group:member-{number}": part(pledged=figure(number, 2 * number)) for number in range(1, MANY + 1)}
    return contributor_bars(contributors | {"group:lender": part({"aircraft": figure(1, 1)})})


def test_the_largest_contributors_are_drawn_and_the_others_summed_up() -> None:
    chart = many_contributors()
    drawn = re.findall(r">member (\d+) \(unnamed\)<", chart.drawing)
    assert list(map(int, drawn)) == list(range(MANY - MOST_NAMED + 1, MANY + 1))
    rest = MANY - MOST_NAMED
    least = rest * (rest + 1) // 2
    assert f"{rest:,} others: pledged {least:,} to {2 * least:,}" in " ".join(chart.beside)
    assert f"{rest:,} others: pledged {least:,} to {2 * least:,}" in chart.summary
    assert len(chart.table.rows) == MANY


def test_a_png_of_very_many_contributors_is_no_larger_than_one_of_some() -> None:
    svg = standalone(many_contributors(), basis())
    assert max(size_of(svg)) <= MOST_PIXELS
    assert len(svg) < 200_000
    image = png(svg)
    assert int.from_bytes(image[16:20]) * int.from_bytes(image[20:24]) <= MAX_PIXELS


def test_a_png_has_a_bound_whatever_is_drawn() -> None:
    image = png('<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>')
    width, height = int.from_bytes(image[16:20]), int.from_bytes(image[20:24])
    assert width == pytest.approx(height, abs=1)
    assert width * height <= MAX_PIXELS * 1.01


def test_long_texts_and_many_dates_are_cut() -> None:
    chart = Chart(
        "c", "Title " * 3_000, "Summary " * 9_000, 960, 100, many_contributors().drawing, many_contributors().table
    )
    sources = sources_in_words(
        Source(publisher="UNN", published_on=f"20{year}-{month:02}") for year in range(10, 60) for month in range(1, 13)
    )
    assert sources == ["UNN (2010-01 to 2059-12, 600 dates)"]
    assert max(size_of(standalone(chart, basis(), sources))) <= MOST_PIXELS


# --- over HTTP --------------------------------------------------------------------------------------------------------

OF_EACH = 1_500


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A coalition with very many contributors, pledges, conditions, requirements, places and meetings."""
    service = Service(f"sqlite:///{tmp_path_factory.mktemp('crowded') / 'ledger.sqlite3'}")
    facts: list[dict[str, Any]] = [formed()]
    for n in range(OF_EACH):
        facts.append(pledge(f"p-{n}", contributor=f"group:member-{n}"))
        facts.append(fact("ConditionStated", condition=f"c-{n}", kind="other", description=f"Condition {n}"))
        facts.append(fact("ConditionAttached", condition=f"c-{n}", pledge=f"p-{n}"))
        facts.append(
            fact("RequirementStated", requirement=f"r-{n}", stated_by="GBR", label=f"Need {n}", standing="planned",
                 quantity=people(100, 200))
        )  # fmt: skip
        facts.append(fact("BasingProposed", basing=f"b-{n}", zone="theatre", country="UKR", certainty="possible"))
        facts.append(fact("MeetingHeld", meeting=f"m-{n}", starts_at="2025-04-10", forum="other", title=f"Meeting {n}"))
    for start in range(0, len(facts), 1_000):
        service.record(*facts[start : start + 1_000])
    with service.client:
        yield service
    service.ledger.close()


@pytest.mark.parametrize("chart", ["steps", "headline", "contributors", "map", "stories"])
def test_every_chart_of_a_crowded_coalition_is_bounded(crowded: Service, chart: str) -> None:
    svg = crowded.client.get(f"/c/willing/charts/{chart}.svg")
    assert svg.status_code == 200
    assert max(size_of(svg.text)) <= MOST_PIXELS
    assert len(svg.content) <= MOST_BYTES
    image = crowded.client.get(f"/c/willing/charts/{chart}.png").content
    assert int.from_bytes(image[16:20]) * int.from_bytes(image[20:24]) <= MAX_PIXELS
    assert len(crowded.client.get(f"/c/willing/charts/{chart}").content) <= MOST_BYTES


@pytest.mark.parametrize(
    "page",
    ["", "/briefing", "/pledges", "/conditions", "/requirements", "/basing", "/meetings", "/record", "/difference",
     "/why?figure=/size/conditional", "/what-if?change=failed:c-1"],
)  # fmt: skip
def test_every_page_of_a_crowded_coalition_is_bounded(crowded: Service, page: str) -> None:
    answer = crowded.client.get(f"/c/willing{page}")
    assert answer.status_code == 200
    assert len(answer.content) <= MOST_BYTES, len(answer.content)


def test_the_pages_of_a_list_have_all_of_it(crowded: Service) -> None:
    seen, address = [], "/c/willing/pledges"
    while address:
        page = crowded.client.get(address).text
        seen += re.findall(r'<th scope="row"><a href="/c/willing/pledges/(p-[0-9]+)', page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == OF_EACH
