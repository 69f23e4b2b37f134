"""Past knowledge while the record goes on, and of records whose corrections refer to each other."""

from typing import Any

import pytest

from domain.history.as_known import AsKnown
from domain.history.history import View
from domain.history.overlay import Overlay
from domain.times import period
from tests.domain.record import SOURCES, about, given, people, pledge, replacing

NOW_US = period("2030").start_us


def test_past_knowledge_stays_the_same_while_a_correction_is_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    record = given(pledge(quantity=people(1000, 1000)), about("PledgeWithdrawn", quantity=people(300, 300)))
    withdrawal, position = record.history.events[-1], record.history.sequence
    record.record(pledge("other"))
    view: Any = record.history.view(NOW_US, NOW_US, "recorded", position)
    as_known = AsKnown(view.knowledge, position)
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
    ground = AsKnown(view.knowledge, 4)
    changed = Overlay(ground, {ids[1]: None})
    assert [event.sequence for event in changed.known(4)] == [1, 2, 3]
    assert set(changed.corrections.aside) == {ids[0]}
