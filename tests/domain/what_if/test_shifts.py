"""Shifts move every date of a fact by one distance, or those that they name."""

from dataclasses import fields
from typing import Any, get_args

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.events import FACTS, Event, content_of
from domain.facts import ABSENT, Fact
from domain.times import Date, Moment, period
from domain.what_if.changes import DATE_FIELDS, Change, Shift
from domain.what_if.refusals import FieldIsNotThere, LeavesTheCalendar
from domain.what_if.shifts import distance, move_moment, shift_event
from tests.projections.what_if.conditional_pledges import event

CHANGE: TypeAdapter[Any] = TypeAdapter(Change)
ID = "00000000-0000-0000-0000-000000000009"
PEOPLE = {"min": 1000, "max": 1000, "unit": "personnel"}
PLAN = event(
    2, "PledgeMade", "2025-06-01", pledge="p", contributor="EST", level="pledged", capability="ground_forces",
    quantity=PEOPLE, available_from="2025-09-01", expires_on="2026-08",
)  # fmt: skip
MEETING = event(
    3, "MeetingScheduled", "2025-04-10T09:00:00Z", meeting="m", forum="coalition", title="M", starts_at="2025-05-31"
)
CORRECTION = event(
    4, "EventCorrected", None, corrects=ID, reason="misread",
    replacement={
        "type": "PledgeAmended", "pledge": "p", "expires_on": "2026-09-30", "effective_at": "2025-07-01",
        "sources": [{"publisher": "AFP"}],
    },
)  # fmt: skip
RETRACTION = event(5, "EventRetracted", None, retracts=ID, reason="misread")


@pytest.mark.parametrize(
    ("text", "months", "days", "later"),
    [
        ("2025-04-10", 0, 30, "2025-05-10"),
        ("2025-01-31", 1, 0, "2025-02-28"),
        ("2025-01-31", 1, 1, "2025-03-01"),
        ("2024-02-29", 12, 0, "2025-02-28"),
        ("2025-04", 2, 0, "2025-06"),
        ("2025-04", 0, 30, "2025-05-01/2025-05-30"),
        ("2025", 12, 0, "2026"),
        ("2025", -1, 0, "2024-12-01/2025-11-30"),
        ("2025-04-29/2025-04-30", 0, -3, "2025-04-26/2025-04-27"),
        ("2025-04-10T10:00:00+02:00", 1, 1, "2025-05-11T08:00:00.000000Z"),
        ("2025-04-10", 0, 0, "2025-04-10"),
    ],
)
def test_a_shifted_time_keeps_its_precision(text: str, months: int, days: int, later: str) -> None:
    assert move_moment(text, months, days) == later


@pytest.mark.parametrize("text", ["2200-12-31", "2200-12", "2200-12-31T23:00:00Z", "2200-12-30/2200-12-31"])
def test_no_shift_leaves_the_calendar(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        move_moment(text, 0, 40)


def test_every_date_of_a_fact_is_named() -> None:
    dated = {
        field.name
        for fact in FACTS.values()
        if issubclass(fact, Fact)
        for field in fields(fact)
        if {Moment, Date} & {field.type, *get_args(field.type)}
    }
    assert dated == set(DATE_FIELDS)


def dates_of(one: Any) -> dict[str, Any]:
    assert isinstance(one, Event), one
    content = content_of(one)
    return {name: value for name in DATE_FIELDS if (value := getattr(content, name, None)) not in (None, ABSENT)}


@pytest.mark.parametrize(
    ("one", "shift", "dates"),
    [
        (PLAN, {"months": 3}, ("2025-09-01", "2025-12-01", "2026-11")),
        (PLAN, {"days": 1}, ("2025-06-02", "2025-09-02", "2026-08-02/2026-09-01")),
        (PLAN, {"months": 3, "dates": ["effective_at"]}, ("2025-09-01", "2025-09-01", "2026-08")),
        (PLAN, {"months": 3, "dates": ["available_from", "expires_on"]}, ("2025-06-01", "2025-12-01", "2026-11")),
        (PLAN, {"months": 3, "dates": ["available_from", "starts_at"]}, ("2025-06-01", "2025-12-01", "2026-08")),
        (PLAN, {"to": "2026-03"}, ("2026-03", "2026-06-01", "2027-05")),
        (PLAN, {"to": "2025-05-22"}, ("2025-05-22", "2025-08-22", "2026-07-22/2026-08-21")),
        (PLAN, {"to": "2026-03-01", "dates": ["effective_at"]}, ("2026-03-01", "2025-09-01", "2026-08")),
        (PLAN, {"to": "2026-01", "dates": ["available_from"]}, ("2025-06-01", "2026-01", "2026-08")),
        (MEETING, {"months": 1}, ("2025-05-10T09:00:00.000000Z", "2025-06-30")),
        (MEETING, {"to": "2025-04-20"}, ("2025-04-20", "2025-06-10")),
        (CORRECTION, {"months": -1}, ("2025-06-01", "2026-08-30")),
    ],
)
def test_a_shift_moves_every_date_of_the_fact_unless_it_names_which(
    one: Event, shift: dict[str, Any], dates: tuple[str, ...]
) -> None:
    found = shift_event(one, CHANGE.validate_python({"shift": ID, **shift}))
    assert tuple(dates_of(found).values()) == dates


@pytest.mark.parametrize(
    ("one", "shift", "rule"),
    [
        (PLAN, {"dates": ["starts_at"], "months": 1}, FieldIsNotThere),
        (PLAN, {"dates": ["starts_at"], "to": "2026"}, FieldIsNotThere),
        (RETRACTION, {"days": 1}, FieldIsNotThere),
        (PLAN, {"months": -1200, "days": -36_500}, LeavesTheCalendar),
        (PLAN, {"to": "2199-12"}, LeavesTheCalendar),  # its last date would leave it
    ],
)
def test_a_shift_that_cannot_be_is_refused(one: Event, shift: dict[str, Any], rule: type) -> None:
    assert isinstance(shift_event(one, CHANGE.validate_python({"shift": ID, **shift})), rule)


@pytest.mark.parametrize(
    "shift",
    [
        {"months": 1, "dates": []},
        {"months": 1, "dates": ["quantity"]},
        {"months": 1, "dates": ["published_on"]},
        {"to": "2026", "dates": ["available_from", "expires_on"]},
    ],
)
def test_dates_are_fields_that_hold_dates(shift: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHANGE.validate_python({"shift": ID, **shift})


@pytest.mark.parametrize("start", ["2025-01-31", "2024-02-29", "2025-06-10", "2025-12-01"])
@pytest.mark.parametrize("end", ["2025-01-31", "2025-02-28", "2024-12-30", "2025-06-05", "2026-07-11"])
def test_the_distance_leads_from_one_to_the_other(start: str, end: str) -> None:
    months, days = distance(start, end)
    assert move_moment(start, months, days) == end
    assert months * days >= 0
    assert (months, days) >= (0, 0) if period(end) >= period(start) else (months, days) <= (0, 0)


def test_a_shift_within_the_calendar_stays_possible() -> None:
    assert isinstance(shift_event(PLAN, Shift(shift=ID, months=1200)), Event)
