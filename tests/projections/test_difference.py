"""The difference between two pictures: which figures changed, and through which events."""

from domain.times import period
from projections.asof import AsOf, view_of
from projections.difference import difference_of
from tests.domain.record import Record, about, given, pledge

NOW_US = period("2030").start_us


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
