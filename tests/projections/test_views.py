"""What questions find, down to the cases that a long or an unlucky record brings."""

from typing import Any

import pytest

from domain.history.as_known import AsKnown
from domain.history.changed import Overlay
from domain.history.history import View
from domain.times import period
from projections.asof import AsOf, view_of
from projections.picture.picture import Picture, picture_of
from projections.timeline import timeline_of
from tests.domain.record import SOURCES, Fact, Record, about, given, people, pledge

NOW_US = period("2030").start_us


def condition(name: str, rule: Any = None, **fields: Any) -> Fact:
    stated = {"type": "ConditionStated", "condition": name, "kind": "other", "description": "A condition"} | fields
    return stated if rule is None else stated | {"rule": rule}


def picture(record: Record) -> Picture:
    basis = AsOf("2026", "2030").basis(record.history, NOW_US)
    return picture_of(view_of(record.history, basis), basis)


def replacing(event_id: str, replacement: Fact, effective_at: str = "2025-04-10") -> Fact:
    replacement = replacement | {"effective_at": effective_at, "sources": SOURCES}
    return {"type": "EventCorrected", "corrects": event_id, "reason": "misread", "replacement": replacement}


class TestConditionsThatNameConditions:
    def test_a_long_chain_of_conditions_is_followed_to_its_end(self) -> None:
        names = [f"c{number}" for number in range(600)]
        chain = [condition(name, {"condition": before}) for name, before in zip(names[1:], names[:-1], strict=True)]
        record = given(pledge(conditions=[]), condition(names[0], kind="partner_backstop"), *chain)
        record.record({"type": "ConditionAttached", "condition": names[-1], "pledge": "p"})
        now = picture(record)
        assert now.size.conditional.min == 1000
        assert now.us_role is not None
        assert now.us_role.waiting.held_back.min == 1000
        record.record({"type": "ConditionMet", "condition": names[0]})
        assert picture(record).size.available.min == 1000

    def test_naming_a_condition_repeatedly_costs_nothing_more(self) -> None:
        many = [condition(f"c{n}", {"any_of": [{"condition": f"c{n - 1}"}] * 30}) for n in range(1, 12)]
        record = given(pledge(), condition("c0"), *many)  # 30 to the power of 11 ways down
        record.record({"type": "ConditionAttached", "condition": "c11", "contributor": "GBR"})
        assert picture(record).size.conditional.pledges == 1


class TestCountsBesideTheRecord:
    @pytest.mark.parametrize(
        ("quantity", "named"),
        [
            (people(1000, 2000), (1000, 2000)),
            (people(None, None), (None, None)),
            ({"min": 3, "max": 3, "unit": "ship"}, (None, None)),
            (people(50_000, 50_000) | {"measure": "cumulative"}, (None, None)),
        ],
    )
    def test_an_undisclosed_figure_is_not_shown_as_zero(self, quantity: Fact, named: tuple[Any, Any]) -> None:
        reported = {"type": "CountReported", "report": "r", "subject": "personnel", "pledge": "p", "scope": "its size"}
        (count,) = picture(given(pledge(quantity=quantity), reported | {"value": {"min": 5, "max": 5}})).counts
        assert count.named is not None
        assert (count.named.min, count.named.max) == named

    def test_an_undisclosed_pledge_leaves_the_upper_bound_unknown(self) -> None:
        reported = {"type": "CountReported", "report": "r", "subject": "personnel", "scope": "the force"}
        undisclosed = pledge("q", people(None, None))
        (count,) = picture(given(pledge(), undisclosed, reported | {"value": {"min": 5, "max": 5}})).counts
        assert count.named is not None
        assert (count.named.min, count.named.max) == (1000, None)


def told(record: Record) -> list[tuple[str, list[int]]]:
    """The days of a timeline, each with the sequences of the events that it names."""
    basis = AsOf("2026", "2030").basis(record.history, NOW_US)
    found = timeline_of(view_of(record.history, basis), basis, period("2025-04-01").start_us, NOW_US)
    return [(point.at[:10], [event.sequence for event in point.events]) for point in found.points]


def test_a_timeline_does_not_name_an_event_moved_to_another_day() -> None:
    record = given(pledge(effective_at="2025-04-20"), pledge("q", effective_at="2025-04-20"))
    record.record(replacing(record.history.events[1].event_id, pledge(), "2025-06-01"))
    assert told(record) == [("2025-04-01", []), ("2025-04-20", [3]), ("2025-06-01", [4])]


def test_past_knowledge_stays_the_same_while_a_correction_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    record = given(pledge(quantity=people(1000, 1000)), about("PledgeWithdrawn", quantity=people(300, 300)))
    withdrawal, position = record.history.events[-1], record.history.sequence
    record.record(pledge("other"))
    view: Any = record.history.view(NOW_US, NOW_US, "recorded", position)
    as_known = AsKnown(view.knowledge, position, lambda event: event.sequence <= position)
    look = view.knowledge.record

    def meanwhile(*asked: Any) -> Any:
        monkeypatch.undo()
        record.record(replacing(withdrawal.event_id, about("PledgeWithdrawn", quantity=people(200, 200))))
        return look(*asked)

    monkeypatch.setattr(view.knowledge, "record", meanwhile)
    thing = record.history.events[1].fact.thing  # type: ignore[union-attr]
    track = as_known.tracks.find(thing)
    assert track is not None
    assert track.states[-1].quantity.max == 700
    assert View(view.knowledge, position, NOW_US).state(thing).quantity.max == 700


def test_a_restored_record_with_circular_corrections_can_be_read() -> None:
    record = given(pledge())
    ids = [f"00000000-0000-7000-8000-00000000000{number}" for number in (8, 9)]
    for event_id, about_id in (ids, ids[::-1]):
        fact = replacing(about_id, pledge()) | {"event_id": event_id, "sources": SOURCES}
        record.history.append(record._event(fact, 1))  # as restoring does: without deciding on it
    view: Any = record.history.view(NOW_US, NOW_US, "recorded", 4)
    ground = AsKnown(view.knowledge, 4, lambda event: event.sequence <= 4)
    changed = Overlay(ground, {ids[1]: None})
    assert [event.sequence for event in changed.known(4)] == [1, 2, 3]
    assert set(changed.corrections.aside) == {ids[0]}
