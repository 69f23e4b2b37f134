"""The pages of events: the actors named in them, and what each event changed."""

import asyncio
import csv
import re
from typing import Any

import pytest
from fastapi import Request

from api.pages import log
from api.pages.viewpoint import viewpoint_at
from api.routes.log import filters
from projections.asof import AsOf
from tests.api.conftest import service
from tests.api.facts import fact, formed, pledge
from tests.running.call_counts import count_calls
from tests.running.in_process import Service

__all__ = ["service"]


def corrected(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What puts the fact of an event, with other fields, in its place."""
    return {"type": "EventCorrected", "corrects": event["event_id"], "reason": "misread",
            "replacement": event["fact"] | fields}  # fmt: skip


def retracted(event: dict[str, Any]) -> dict[str, Any]:
    """What takes an event back."""
    return {"type": "EventRetracted", "retracts": event["event_id"], "reason": "recorded twice"}


def changes_shown(service: Service, event: dict[str, Any]) -> str:
    """What an event's page says that the event changed."""
    html = service.client.get(f"/c/willing/record/{event['event_id']}").text
    found = re.search(r'<h2 id="changed">.*?<ul>(.*?)</ul>', html, re.DOTALL)
    assert found, html
    return found[1]


def test_the_contributor_of_a_pledge_is_shown_as_corrected(service: Service) -> None:
    service.record(formed())
    [made] = service.record(pledge("p", contributor="GBR"))
    [reaffirmed] = service.record(fact("PledgeReaffirmed", "2025-04-20", pledge="p"))
    [correction] = service.record(corrected(made, contributor="FRA"))
    for path in ("", f"/{reaffirmed['event_id']}"):
        assert "France reaffirmed p" in service.client.get(f"/c/willing/record{path}").text
    service.record(retracted(correction))
    assert "the United Kingdom reaffirmed p" in service.client.get("/c/willing/record").text.replace("The", "the")


def test_a_retracted_pledge_is_shown_with_its_contributor(service: Service) -> None:
    service.record(formed())
    made, raised = service.record(
        pledge("p", contributor="GBR"), fact("PledgeRaised", "2025-04-20", pledge="p", level="committed")
    )
    service.record(retracted(raised), retracted(made))
    assert "United Kingdom raised p" in service.client.get("/c/willing/record").text


@pytest.mark.parametrize("effective_at", ["2025", "2025-04", "2025-04-20/2025-05-10", "2025-04-20T10:00:00Z"])
def test_the_changes_of_an_event_are_as_of_its_effective_date(service: Service, effective_at: str) -> None:
    service.record(formed(effective_at="2024-12-31"))
    [made] = service.record(pledge("p", effective_at=effective_at, expires_on="2025-05-05"))
    assert "Nothing in the picture" not in changes_shown(service, made)


def test_the_changes_of_a_correction_are_as_of_the_corrected_event(service: Service) -> None:
    service.record(formed())
    [made] = service.record(pledge("p", effective_at="2025-04-10", expires_on="2025-05-05"))
    [later] = service.record(corrected(made, effective_at="2025-04-20"))
    [undone] = service.record(retracted(later))
    [gone] = service.record(retracted(made))
    for event in (later, undone, gone):
        assert "Nothing in the picture" not in changes_shown(service, event)
        assert "10 April 2025" in service.client.get(f"/c/willing/record/{event['event_id']}").text


# --- the log ----------------------------------------------------------------------------------------------------------


def sequences(html: str) -> list[int]:
    """The numbers of the events that a page of the log shows."""
    return [int(number) for number in re.findall(r'class="number-of"[^>]*>(\d+)<', html)]


def test_the_first_instant_of_1970_is_a_time_like_any_other(service: Service) -> None:
    service.record(formed(effective_at="1969-01-01"), pledge("a", effective_at="1969-06-01"), pledge("b"))
    query = "effective_to=1970-01-01T00:00:00Z"
    assert sequences(service.client.get(f"/c/willing/record?{query}").text) == [1, 2]
    assert [event["sequence"] for event in service.answer(f"/events?{query}")["items"]] == [1, 2]
    assert service.client.get(f"/c/willing/record.csv?{query}").text.count("\r\n") == 3
    query = "effective_from=1970-01-01T00:00:00Z"
    assert sequences(service.client.get(f"/c/willing/record?{query}").text) == [3]


@pytest.mark.parametrize("accept_encoding", ["identity", "gzip"])
def test_the_csv_of_the_log_is_complete_and_streamed(service: Service, accept_encoding: str) -> None:
    service.record(formed(), *(pledge(f"p{number}") for number in range(999)))
    service.record(*(fact("PledgeReaffirmed", pledge=f"p{number}") for number in range(700)))
    path = "/c/willing/record.csv"
    answer = service.client.get(path, headers={"Accept-Encoding": accept_encoding})
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [int(row["sequence"]) for row in rows] == list(range(1, 1_701))
    assert rows[-1]["type"] == "PledgeReaffirmed"
    assert service.client.portal is not None  # a loop of its own: where a browser runs, this thread has one
    parts = service.client.portal.call(parts_of, service, path, accept_encoding)
    assert len(parts) >= 3
    assert max(map(len, parts)) < sum(map(len, parts)) * 0.9
    filtered = service.client.get(f"{path}?type=PledgeReaffirmed&valid_at=2025-04-09&limit=1").text
    assert filtered.count("\r\n") == 1


async def parts_of(service: Service, path: str, accept_encoding: str) -> list[bytes]:
    """The parts in which an answer is handed to the server."""
    parts: list[bytes] = []
    gone = asyncio.Event()

    async def receive() -> Any:
        await gone.wait()  # a client that stays to the end

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            parts.append(message["body"])

    await service.client.app(scope_of(path, accept_encoding), receive, send)
    return [part for part in parts if part]


def scope_of(path: str, accept_encoding: str = "identity", **more: Any) -> dict[str, Any]:
    return {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"accept-encoding", accept_encoding.encode())],
        "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 1),
        "root_path": "", **more,
    }  # fmt: skip


@pytest.mark.parametrize("page", ["log", "event"])
def test_the_cost_of_a_page_does_not_depend_on_the_length_of_the_record(service: Service, page: str) -> None:
    made = service.record(formed(), *(pledge(f"p{number}") for number in range(20)))
    service.record(fact("PledgeReaffirmed", pledge="p1"), corrected(made[2], contributor="FRA"))
    short = count_calls(lambda: shown(service, page, made[1]["event_id"]))
    service.record(*(fact("StatementMade", "2025-03-02", statement=f"s{number}", kind="political", by=["GBR"], text="x")
                     for number in range(900)))  # fmt: skip
    assert count_calls(lambda: shown(service, page, made[1]["event_id"])) < short * 1.2


def shown(service: Service, page: str, event_id: str) -> None:
    """Make a page of the log, or the page of an event."""
    request = Request(scope_of("/c/willing/record", app=service.client.app, state={}))
    viewpoint = viewpoint_at(request, service.ledger.history("willing"), AsOf("2025-04-10", "2026"))
    is_log = page == "log"
    answer = log.log(request, viewpoint, filters(limit=25)) if is_log else log.event_page(request, viewpoint, event_id)
    assert answer.status_code == 200
