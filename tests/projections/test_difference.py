"""What changed between two pictures, and the events that caused it."""

from domain.times import period
from projections.asof import AsOf, view_of
from projections.difference import difference_of
from tests.domain.record import Record, about, given, pledge

NOW_US = period("2030").start_us


def published(day: str) -> dict[str, object]:
    return {"sources": [{"publisher": "news report", "published_on": day}]}


def retracted(event_id: str, day: str) -> dict[str, object]:
    return {"type": "EventRetracted", "retracts": event_id, "reason": "an error"} | published(day)


def test_an_event_is_no_longer_set_aside_because_of_its_retraction() -> None:
    record = given(pledge() | published("2025-04-01"))
    (added,) = record.record({"type": "SourceAdded", "event": record.history.events[1].event_id} | published("2025-06"))
    (early,) = record.record(retracted(added, "2025-04-15"))  # public before the added source, hence set aside
    (late,) = record.record(retracted(early, "2025-05-01"))
    bases = [
        AsOf("2025-04-10", known_at, "reported").basis(record.history, NOW_US) for known_at in ("2025-04-20", "2025-05")
    ]
    before, after = ((view_of(record.history, basis), basis) for basis in bases)
    (change,) = difference_of(before, after).changes
    assert change.what == f"/set_aside/{early}"
    assert change.events == [early, late]


def changes(record: Record, before: str, after: str) -> dict[str, list[str]]:
    """Each figure that changed between two days, with the types of the events that caused it."""
    bases = [AsOf(day).basis(record.history, NOW_US) for day in (before, after)]
    one, other = ((view_of(record.history, basis), basis) for basis in bases)
    difference = difference_of(one, other)
    types = {ref.event_id: ref.type for ref in difference.events}
    return {change.what: [types[event_id] for event_id in change.events] for change in difference.changes}


def test_a_date_that_passes_names_the_event_that_set_it() -> None:
    record = given(
        pledge("a", available_from="2025-05-01", expires_on="2025-08-01"),
        about("PledgeAmended", "a", effective_at="2025-04-12", available_from="2025-06-01"),
    )
    assert changes(record, "2025-04-30", "2025-05-02") == {}
    assert changes(record, "2025-05-30", "2025-06-02")["/size/available"] == ["PledgeAmended"]
    assert changes(record, "2025-08-01", "2025-08-02")["/size/available"] == ["PledgeMade"]
