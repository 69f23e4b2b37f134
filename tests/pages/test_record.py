"""The pages of events: who is named in them, and what each event changed."""

import re
from typing import Any

import pytest

from tests.api.conftest import service
from tests.api.door import Service, fact, formed, pledge

__all__ = ["service"]


def corrected(event: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What puts the fact of an event, with other fields, in its place."""
    return {"type": "EventCorrected", "corrects": event["event_id"], "reason": "misread",
            "replacement": event["fact"] | fields}  # fmt: skip


def retracted(event: dict[str, Any]) -> dict[str, Any]:
    """What takes an event back."""
    return {"type": "EventRetracted", "retracts": event["event_id"], "reason": "recorded twice"}


def told(service: Service, event: dict[str, Any]) -> str:
    """What an event's page says that the event changed."""
    html = service.client.get(f"/c/willing/record/{event['event_id']}").text
    found = re.search(r'<h2 id="changed">.*?<ul>(.*?)</ul>', html, re.DOTALL)
    assert found, html
    return found[1]


def test_who_made_a_pledge_is_told_as_corrected(service: Service) -> None:
    service.record(formed())
    [made] = service.record(pledge("p", contributor="GBR"))
    [reaffirmed] = service.record(fact("PledgeReaffirmed", "2025-04-20", pledge="p"))
    [correction] = service.record(corrected(made, contributor="FRA"))
    for path in ("", f"/{reaffirmed['event_id']}"):
        assert "France reaffirmed p" in service.client.get(f"/c/willing/record{path}").text
    service.record(retracted(correction))
    assert "the United Kingdom reaffirmed p" in service.client.get("/c/willing/record").text.replace("The", "the")


def test_a_pledge_that_no_longer_stands_goes_by_who_made_it(service: Service) -> None:
    service.record(formed())
    made, raised = service.record(
        pledge("p", contributor="GBR"), fact("PledgeRaised", "2025-04-20", pledge="p", level="committed")
    )
    service.record(retracted(raised), retracted(made))
    assert "United Kingdom raised p" in service.client.get("/c/willing/record").text


@pytest.mark.parametrize("effective_at", ["2025", "2025-04", "2025-04-20/2025-05-10", "2025-04-20T10:00:00Z"])
def test_what_an_event_changed_is_told_as_of_when_it_took_effect(service: Service, effective_at: str) -> None:
    service.record(formed(effective_at="2024-12-31"))
    [made] = service.record(pledge("p", effective_at=effective_at, expires_on="2025-05-05"))
    assert "Nothing in the picture" not in told(service, made)


def test_what_a_retraction_or_a_correction_changed_is_told_as_of_what_it_takes_away(service: Service) -> None:
    service.record(formed())
    [made] = service.record(pledge("p", effective_at="2025-04-10", expires_on="2025-05-05"))
    [later] = service.record(corrected(made, effective_at="2025-04-20"))
    [undone] = service.record(retracted(later))
    [gone] = service.record(retracted(made))
    for event in (later, undone, gone):
        assert "Nothing in the picture" not in told(service, event)
        assert "10 April 2025" in service.client.get(f"/c/willing/record/{event['event_id']}").text
