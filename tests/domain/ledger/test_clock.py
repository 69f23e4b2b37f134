"""Nothing is recorded at a wrong time, and a wrong time on record does no harm to reading."""

import pytest

from domain.ledger import CheckedClock, ClockOff, Ledger, Scenarios
from domain.times import CALENDAR_US, DAY_US, instant_us, stamp_us
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import formed, pledge

NOW_US = instant_us("2025-06-01T12:00:00Z")
IN_2099_US = instant_us("2099-01-01T00:00:00Z")


class Times:
    """A clock and the time that has passed since the start, both set by hand."""

    def __init__(self) -> None:
        self.now_us, self.elapsed_us = NOW_US, 0

    def checked(self, *, is_trusted: bool = False) -> CheckedClock:
        return CheckedClock(lambda: self.now_us, lambda: self.elapsed_us, is_trusted=is_trusted)


@pytest.fixture
def times() -> Times:
    return Times()


def test_a_clock_that_jumps_is_refused_until_it_is_right(times: Times) -> None:
    clock = times.checked()
    for jump_us in (DAY_US + 1, -DAY_US - 1, 80 * 365 * DAY_US, -NOW_US):
        times.now_us = NOW_US + jump_us
        with pytest.raises(ClockOff, match="more than a day"):
            clock.stamp_after(NOW_US - 1)
        times.now_us = NOW_US
        assert clock.stamp_after(NOW_US - 1) == NOW_US


def test_time_that_has_passed_is_no_jump(times: Times) -> None:
    clock = times.checked()
    times.now_us = NOW_US + 900 * DAY_US
    times.elapsed_us = 900 * DAY_US - 60_000_000  # summer time, or an oscillator
    assert clock.stamp_after(NOW_US) == times.now_us


def test_a_clock_is_measured_by_that_of_the_database_server(times: Times) -> None:
    clock = times.checked()
    clock.compare(NOW_US + 2 * DAY_US, "the database server's time")
    with pytest.raises(ClockOff, match="the database server's time"):
        clock.stamp_after(NOW_US)
    times.now_us += 2 * DAY_US
    assert clock.stamp_after(NOW_US) == times.now_us


def test_a_clock_before_the_last_recorded_time_is_refused_unless_that_is_meant(times: Times) -> None:
    for last_us, is_right in ((NOW_US + DAY_US, True), (NOW_US + DAY_US + 1, False)):
        if is_right:
            assert times.checked().stamp_after(last_us) == last_us
        else:
            with pytest.raises(ClockOff, match="the last event was recorded at 2025-06-02"):
                times.checked().stamp_after(last_us)
        assert times.checked(is_trusted=True).stamp_after(last_us) == last_us


def test_no_year_is_recorded_that_cannot_be_written(times: Times) -> None:
    times.now_us = CALENDAR_US[1] + 1
    for is_trusted in (False, True):
        with pytest.raises(ClockOff):
            times.checked(is_trusted=is_trusted).stamp_after(NOW_US)


def test_a_wrong_clock_records_nothing_and_repeats_are_answered(opened: Opened, times: Times) -> None:
    ledger = opened(times.checked())
    ledger.recorder.compare_with(CheckedClock())  # of these made-up times the database server knows nothing
    ledger.clock.compare(NOW_US, "what it was")
    ledger.record("willing", [formed()], recorded_by="desk", idempotency_key="k")
    times.now_us = IN_2099_US
    with pytest.raises(ClockOff):
        ledger.record("willing", [pledge("gbr")], recorded_by="desk")
    with pytest.raises(ClockOff):
        ledger.record("able", [formed()], recorded_by="desk")
    assert ledger.record("willing", [formed()], recorded_by="desk", idempotency_key="k").is_repeat
    assert ledger.history("willing").sequence == 1
    times.now_us = NOW_US
    assert ledger.record("willing", [pledge("gbr")], recorded_by="desk").last_sequence == 2


def stamped(ledger: Ledger, recorded_at: bytes) -> None:
    """Record a coalition's formation, and give it another time of recording."""
    ledger.record("willing", [formed()], recorded_by="desk")
    ((_, _, state),) = ledger.recorder.rows("willing", 0, 1)
    at = state.index(b'"recorded_at":"') + len(b'"recorded_at":"')
    changed = state[:at] + recorded_at + state[at + len(recorded_at) :]
    ledger.recorder.change("UPDATE stored_events SET state = ? WHERE originator_id = 'willing'", (changed,))


@pytest.mark.parametrize("recorded_at", [b"2099-01-01", b"2250-01-01", b"9999-12-31"])
def test_a_record_with_a_wrong_time_is_read_and_goes_on_once_that_is_meant(opened: Opened, recorded_at: bytes) -> None:
    stamped(opened(lambda: NOW_US), recorded_at)
    ledger = opened(CheckedClock(lambda: NOW_US, None))
    assert ledger.history("willing").last_recorded_us >= IN_2099_US
    assert [one.coalition for one in ledger.coalitions()] == ["willing"]
    with pytest.raises(ClockOff):
        ledger.record("willing", [pledge("gbr")], recorded_by="desk")
    ledger.record("able", [formed()], recorded_by="desk")
    trusted = opened(CheckedClock(lambda: NOW_US, None, is_trusted=True))
    assert trusted.record("willing", [pledge("gbr")], recorded_by="desk").last_sequence == 2
    assert Scenarios(trusted).all("willing") == []


def test_a_time_of_recording_has_one_form() -> None:
    assert stamp_us("2025-06-01T12:00:00.000000Z") == NOW_US
    assert stamp_us("2250-06-01T12:00:00.000000Z") == CALENDAR_US[1]
    for text in ("2025-06-01", "2025-06-01T12:00:00Z", "2025-13-01T12:00:00.000000Z", ""):
        with pytest.raises(ValueError, match=r"recording|month"):
            stamp_us(text)
