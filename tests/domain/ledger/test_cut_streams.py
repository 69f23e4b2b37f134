"""A stream that lost events, or has others in their place, is not written to, and says why; nothing makes a hole."""

from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from domain.ledger import CutStream, Ledger, LedgerFailure, Scenarios, UnreadableEvent
from domain.ledger.exports import Export
from domain.what_if.scenarios import SCENARIO_FACT
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import formed, pledge

FORK = {"valid_at": "2025", "known_at": "2025", "sequence": 3}
DELETE = "DELETE FROM stored_events WHERE originator_id = 'willing' AND originator_version "
UPDATE = "UPDATE stored_events SET state = ? WHERE originator_id = 'willing' AND originator_version = ?"


def row(ledger: Ledger, sequence: int) -> StoredEvent:
    ((sequence, topic, state),) = ledger.recorder.rows("willing", sequence - 1, 1)
    return StoredEvent("willing", sequence, topic, state)


def failure(ask: Any) -> type[LedgerFailure] | None:
    try:
        ask()
    except LedgerFailure as refusal:
        return type(refusal)
    return None


def every_failure(ledger: Ledger) -> set[type[LedgerFailure] | None]:
    return {
        failure(lambda: write(ledger)),
        failure(lambda: ledger.history("willing")),
        failure(lambda: list(ledger.export("willing"))),
    }


@pytest.fixture
def written(ledger: Ledger) -> Ledger:
    ledger.record("willing", [formed(), pledge("gbr"), pledge("fra")], recorded_by="desk", idempotency_key="k")
    ledger.history("willing")
    return ledger


def write(ledger: Ledger, name: str = "deu") -> None:
    ledger.record("willing", [pledge(name)], recorded_by="desk")


@pytest.mark.parametrize("cut", ["= 3", ">= 2", ">= 1"])
def test_a_stream_that_lost_its_end_is_neither_read_nor_written(written: Ledger, opened: Opened, cut: str) -> None:
    lost = [row(written, sequence) for sequence in (1, 2, 3)]
    written.recorder.change(DELETE + cut, ())
    left = len(written.recorder.rows("willing", 0, 10))
    for ledger in (written, opened()):
        assert every_failure(ledger) == {CutStream}
        assert [type(one).__name__ for one in ledger.coalitions()] == ["UnreadableCoalition"]
    assert len(written.recorder.rows("willing", 0, 10)) == left
    # Other coalitions are not affected, and neither is this one once its events are back.
    written.record("able", [formed()], recorded_by="desk")
    written.recorder.insert_events(lost[left:])
    write(written)
    assert opened().history("willing").sequence == 4


def test_a_stream_with_another_last_event_is_not_written(written: Ledger) -> None:
    other = row(written, 3).state.replace(b'"event_id":"0', b'"event_id":"1')
    written.recorder.change(UPDATE, (other, 3))
    assert failure(lambda: write(written)) is CutStream
    assert [sequence for sequence, _, _ in written.recorder.rows("willing", 0, 10)] == [1, 2, 3]


def test_a_stream_that_goes_on_after_another_event_is_not_read(written: Ledger, opened: Opened) -> None:
    other = row(written, 3).state.replace(b'"event_id":"0', b'"event_id":"1')
    elsewhere = opened()
    write(elsewhere)
    written.recorder.change(UPDATE, (other, 3))
    assert failure(lambda: written.history("willing")) is CutStream
    assert failure(lambda: write(written)) is CutStream


@pytest.mark.parametrize("sequence", [1, 2])
def test_a_hole_is_the_problem_of_its_coalition(written: Ledger, opened: Opened, sequence: int) -> None:
    written.recorder.change(DELETE + f"= {sequence}", ())
    written.record("able", [formed()], recorded_by="desk")
    ledger = opened()
    assert every_failure(ledger) == {UnreadableEvent}
    listed = {one.coalition: type(one).__name__ for one in ledger.coalitions()}
    assert listed == {"able": "CoalitionSummary", "willing": "UnreadableCoalition"}


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        (b'"coalition":"willing"', b'"coalition":"wilting"'),
        (b'"sequence":2', b'"sequence":3'),
        (b'"recorded_at":"2', b'"recorded_at":"x'),
    ],
)
def test_a_row_that_contradicts_its_event_is_not_read(
    written: Ledger, opened: Opened, was: bytes, is_now: bytes
) -> None:
    state = row(written, 2).state
    assert was in state
    written.recorder.change(UPDATE, (state.replace(was, is_now), 2))
    ledger = opened()
    assert failure(lambda: ledger.history("willing")) is UnreadableEvent
    assert failure(lambda: list(ledger.export("willing"))) is UnreadableEvent


def test_an_event_that_is_stored_twice_is_not_read(written: Ledger, opened: Opened) -> None:
    state = row(written, 2).state.replace(b'"sequence":2', b'"sequence":3')
    written.recorder.change(UPDATE, (state, 3))
    assert failure(lambda: opened().history("willing")) is UnreadableEvent


def test_a_repeat_is_answered_only_with_what_was_recorded(written: Ledger, opened: Opened) -> None:
    facts = [formed(), pledge("gbr"), pledge("fra")]
    record = lambda: written.record("willing", facts, recorded_by="desk", idempotency_key="k")  # noqa: E731
    assert record().is_repeat
    whole = row(written, 2).state
    written.recorder.change(UPDATE, (whole.replace(b"1000", b"9000"), 2))
    assert failure(record) is UnreadableEvent
    assert failure(lambda: list(opened().export("willing"))) is UnreadableEvent
    written.recorder.change(UPDATE, (whole, 2))
    assert record().is_repeat


def test_a_whole_record_is_exported_and_restored(written: Ledger, opened: Opened) -> None:
    lines = [line.replace(b'"willing"', b'"copy"') for line in written.export("willing")]
    export = Export(lines)
    assert written.restore("copy", export.events(), export.scenario_events()) == 3
    assert [(one.coalition, one.sequence) for one in opened().coalitions()] == [("copy", 3), ("willing", 3)]
    written.record("copy", [pledge("deu")], recorded_by="desk")


def test_a_record_that_was_lost_as_a_whole_can_be_restored(written: Ledger, opened: Opened) -> None:
    lines = list(written.export("willing"))
    written.recorder.change(DELETE + ">= 1", ())
    written.recorder.change("DELETE FROM idempotency", ())
    assert every_failure(written) == {CutStream}
    export = Export(lines)
    assert opened().restore("willing", export.events(), export.scenario_events()) == 3
    write(written)
    assert opened().history("willing").sequence == 4


def test_a_scenario_that_lost_its_end_is_neither_read_nor_written(written: Ledger) -> None:
    scenarios = Scenarios(written)

    def record(name: str) -> None:
        opening = [
            SCENARIO_FACT.validate_python({"type": "ScenarioOpened", "name": name, "author": "me", "fork": FORK})
        ]
        scenarios.record("willing", "a", lambda _: opening, recorded_by="desk", request=name.encode())

    record("first")
    written.recorder.change("DELETE FROM scenario_events", ())
    assert failure(lambda: scenarios.get("willing", "a")) is CutStream
    assert failure(lambda: record("second")) is CutStream
