"""Pages and charts that are kept: the same bytes as made anew, and 304 before anything is made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.times import DAY_US
from tests.api.facts import formed, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_scenarios import NEW_PLEDGE, opened
from tests.api.slots import forget_answers
from tests.running.in_process import Service, serving

PAGES = [
    "", ".csv", "/briefing", "/pledges", "/pledges.csv", "/conditions", "/record", "/record?type=PledgeMade",
    "/difference", "/difference.csv", "/why?figure=/size/available", "/why.csv?figure=/size/available", "/charts/map",
    "/charts/map.svg", "/charts/contributors.png", "/charts/steps.csv", "/charts/headline.json", "/scenarios/a",
    "/what-if?change=met:peace", "/what-if/chances?change=met:peace", "/what-if/charts/cascade.svg?change=met:peace",
    "/scenarios/a.csv", "/scenarios/a/charts/cascade.svg",
]  # fmt: skip


@pytest.fixture(scope="module")
def read_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(f"sqlite:///{tmp_path_factory.mktemp('kept') / 'ledger.sqlite3'}") as service:
        record_all(service)
        opened(service, "a", [NEW_PLEDGE])
        yield service


def got(service: Service, page: str, **headers: str) -> Any:
    return service.client.get(f"/c/willing{page}", headers={name.replace("_", "-"): v for name, v in headers.items()})


def test_a_chart_over_time_is_of_what_was_public_then_and_not_of_as_many_events(sqlite_url: str) -> None:
    """When the retraction of an early source is public, one event more is known, and the pledge no longer."""
    with serving(sqlite_url) as service:
        _, made = service.record(public(formed(), "2025-03-01"), public(pledge("a"), "2025-05-10"))
        [early] = service.record(public({"type": "SourceAdded", "event": made["event_id"]}, "2025-04-10"))
        retracted = {"type": "EventRetracted", "retracts": early["event_id"], "reason": "It is a forgery."}
        service.record(public(retracted, "2025-04-20"))
        charts = "/charts/steps.csv?valid_at=2025-05-20&known_axis=reported&known_at="
        has_pledge = [
            '"1,000"' in got(service, charts + day).text for day in ("2025-04-15", "2025-04-25", "2025-05-15")
        ]
    assert has_pledge == [True, False, True]


def public(fact: dict[str, Any], day: str) -> dict[str, Any]:
    """A fact that was published on a day."""
    return {**fact, "sources": [{"publisher": "AFP", "published_on": day}]}


@pytest.mark.parametrize("page", PAGES)
def test_a_kept_page_is_what_would_be_made_anew(read_only: Service, page: str) -> None:
    first = got(read_only, page)
    assert first.status_code == 200
    again = got(read_only, page)
    plain = got(read_only, page, Accept_Encoding="identity")
    assert first.content == again.content == plain.content
    assert first.headers == again.headers
    assert "content-encoding" not in plain.headers
    with serving(read_only.ledger_url) as other:
        other.clock.now_us = read_only.clock.now_us
        anew = got(other, page, Accept_Encoding="identity")
        assert (anew.content, anew.headers) == (plain.content, plain.headers)
        assert got(other, page, If_None_Match=first.headers["etag"]).status_code == 304


@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_the_browser_has_is_not_made(
    read_only: Service, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = got(read_only, page).headers["etag"]
    forget_answers(read_only)
    monkeypatch.setattr("domain.ledger.memory.Memory.keep", None)
    answer = got(read_only, page, If_None_Match=tag)
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    assert "no-cache" in answer.headers["cache-control"]


def test_a_page_depends_on_its_address_the_day_the_visitor_and_the_record(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/ledger.sqlite3") as service:
        record_all(service)
        tags = [got(service, "").headers["etag"], got(service, "?known_axis=reported").headers["etag"]]
        tags.append(service.client.get("http://127.0.0.1/c/willing").headers["etag"])
        tags.append(got(service, "", **service.key).headers["etag"])
        service.clock.advance(DAY_US // 1_000_000)
        tags.append(got(service, "").headers["etag"])
        service.record(pledge("another"))
        tags.append(got(service, "").headers["etag"])
        assert len(set(tags)) == len(tags)


def test_a_page_with_the_name_of_its_visitor_is_for_nobody_else(read_only: Service) -> None:
    signed_in = got(read_only, "", **read_only.key)
    assert "desk" in signed_in.text
    assert "desk" not in got(read_only, "").text
    assert got(read_only, "", If_None_Match=signed_in.headers["etag"]).status_code == 200
