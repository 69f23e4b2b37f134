"""The points of a timeline, and the events that each names."""

from domain.times import period
from projections.asof import AsOf, view_of
from projections.timeline import timeline_of
from tests.domain.record import Record, given, pledge, replacing

NOW_US = period("2030").start_us


def days(record: Record) -> list[tuple[str, list[int]]]:
    """The days of a timeline, each with the sequences of the events that it names."""
    basis = AsOf("2026", "2030").basis(record.history, NOW_US)
    found = timeline_of(view_of(record.history, basis), basis, period("2025-04-01").start_us, NOW_US)
    return [(point.at[:10], [event.sequence for event in point.events]) for point in found.points]


def test_a_timeline_does_not_name_an_event_moved_to_another_day() -> None:
    record = given(pledge(effective_at="2025-04-20"), pledge("q", effective_at="2025-04-20"))
    record.record(replacing(record.history.events[1].event_id, pledge(), "2025-06-01"))
    assert days(record) == [("2025-04-01", []), ("2025-04-20", [3]), ("2025-06-01", [4])]
