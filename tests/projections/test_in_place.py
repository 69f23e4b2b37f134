"""What stands in an event's place, and what has to be retracted so that it stands no longer."""

from typing import Any

import pytest

from domain.events import Event
from domain.facts import Thing
from domain.history.history import View
from domain.times import CALENDAR_US
from projections.in_place import InPlace, in_place_of
from tests.domain.record import SOURCES, Record, given, pledge, replacing

MADE = 2
"""The sequence of the pledge in each record here."""


def view_of(record: Record) -> View:
    return record.history.view(CALENDAR_US[1], CALENDAR_US[1], "recorded", record.history.sequence)


def event(record: Record, sequence: int) -> Event:
    return record.history.events[sequence - 1]


def in_place(record: Record, sequence: int) -> InPlace:
    return in_place_of(event(record, sequence), view_of(record))


def sized(people: int) -> dict[str, Any]:
    return pledge(quantity={"min": people, "max": people, "unit": "personnel"})


def corrected(record: Record, sequence: int, people: int) -> None:
    record.record(replacing(event(record, sequence).event_id, sized(people)))


def retracted(record: Record, sequence: int) -> None:
    record.record({"type": "EventRetracted", "retracts": event(record, sequence).event_id, "reason": "twice"})


def test_an_event_that_nothing_changed_stands_itself() -> None:
    record = given(sized(100))
    found = in_place(record, MADE)
    assert (found.root, found.changes, found.is_retracted) == (event(record, MADE), (), False)
    assert found.content is event(record, MADE).fact


def test_the_last_correction_stands_whichever_of_them_is_looked_at() -> None:
    record = given(sized(100))
    corrected(record, MADE, 200)
    corrected(record, 3, 300)
    for sequence in (MADE, 3, 4):
        found = in_place(record, sequence)
        assert (found.root.sequence, found.last.sequence, found.content.quantity.max) == (MADE, 4, 300)


def test_a_correction_that_is_retracted_stands_no_longer() -> None:
    record = given(sized(100))
    corrected(record, MADE, 200)
    retracted(record, 3)
    assert [in_place(record, sequence).content.quantity.max for sequence in (MADE, 3, 4)] == [100, 100, 100]
    corrected(record, MADE, 400)
    assert in_place(record, MADE).last.sequence == 5


def test_a_retracted_event_is_shown_with_what_it_said() -> None:
    record = given(sized(100))
    retracted(record, MADE)
    found = in_place(record, MADE)
    assert (found.is_retracted, found.last.sequence, found.content.quantity.max) == (True, 3, 100)
    assert found.to_retract(event(record, MADE)) == []
    assert [one.sequence for one in found.to_retract(event(record, 3))] == [3]


def test_an_added_source_is_in_nothings_place() -> None:
    record = given(sized(100))
    record.record({"type": "SourceAdded", "event": event(record, MADE).event_id, "sources": SOURCES})
    assert in_place(record, 3).root.sequence == 3
    assert in_place(record, MADE).changes == ()


@pytest.mark.parametrize(("sequence", "in_order", "left"), [(MADE, [4, 3, 2], None), (3, [4, 3], 100), (4, [4], 200)])
def test_what_is_retracted_in_order_applies_no_longer(sequence: int, in_order: list[int], left: int | None) -> None:
    record = given(sized(100))
    corrected(record, MADE, 200)
    corrected(record, 3, 300)
    to_retract = in_place(record, sequence).to_retract(event(record, sequence))
    assert [one.sequence for one in to_retract] == in_order
    record.record(*({"type": "EventRetracted", "retracts": one.event_id, "reason": "no"} for one in to_retract))
    state: Any = view_of(record).state(Thing("pledge", "p"))
    assert (None if state is None else state.quantity.max) == left


def test_what_does_not_act_need_not_be_retracted() -> None:
    record = given(sized(100))
    corrected(record, MADE, 200)
    retracted(record, 3)
    assert in_place(record, 3).to_retract(event(record, 3)) == []
