"""A complete basis gives the same bytes for ever: for every read, on both stores and both axes."""

import shutil
from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.facts import fact, formed, pledge
from tests.api.rich_coalition import FORMED_ID, MISREAD_ID, TWICE_ID, lists, record_all
from tests.running.in_process import Service, serving

READS = (
    "", "/picture", "/timeline", "/timeline?from=2025-03-10", "/why?figure=/size/available/max",
    "/why?figure=/key_partner", "/pledges", "/requirements", "/conditions", "/basing", "/meetings", "/members",
    "/stances", "/statements", "/counts", "/pledges/gbr-ground", "/pledges/misread", "/pledges/twice",
    "/requirements/size", "/conditions/peace", "/basing/rear", "/meetings/brussels", "/members/FRA", "/stances/USA",
    "/statements/warning", "/counts/ready", "/events", "/events?type=PledgeMade&limit=3", f"/events/{FORMED_ID}",
    f"/events/{MISREAD_ID}", f"/events/{TWICE_ID}",
)  # fmt: skip
NEVER_PUBLIC = {"/pledges/twice", f"/events/{TWICE_ID}"}
"""Reads of what was retracted as our own error: on the reported axis, it was never there."""


def with_basis(read: str, basis: dict[str, Any]) -> str:
    return f"{read}{'&' if '?' in read else '?'}{urlencode(basis)}"


def diff_between(before: dict[str, Any], after: dict[str, Any]) -> str:
    sides = [("from", before), ("to", after)]
    fixed = {f"{side}_{name}": basis[name] for side, basis in sides for name in ("valid_at", "known_at", "sequence")}
    return f"/diff?{urlencode(fixed | {'known_axis': before['known_axis']})}"


def unsettling(service: Service) -> list[dict[str, Any]]:
    """Facts that change what every read says of any day, were they known."""
    proposed = service.answer("/events?about=basing:rear")["items"][0]
    elsewhere = fact(
        "BasingProposed", "2025-03-07", basing="rear", zone="theatre_rear", country="UKR", place="Odesa",
        sources=[{"publisher": "BBC", "published_on": "2025-03-01"}],
    )  # fmt: skip
    retraction = service.answer(f"/events/{TWICE_ID}")["changes"][0]["event_id"]
    return [
        pledge("early-bird", 777, "2025-03-02"),
        {"type": "EventRetracted", "retracts": retraction, "reason": "it was there"},
        {"type": "EventCorrected", "corrects": proposed["event_id"], "reason": "the place", "replacement": elsewhere},
        {"type": "SourceAdded", "event": MISREAD_ID, "sources": [{"publisher": "BBC", "published_on": "2025-03-02"}]},
        fact("PledgeSuspended", "2025-03-13", pledge="dnk-ground"),
        fact("ConditionWaived", "2025-03-20", condition="un", contributor="POL"),
        fact("StanceStated", "2025-03-03", actor="USA", stance="committed"),
        fact("RequirementAmended", "2025-03-05", requirement="size", label="Another"),
        fact("MemberLeft", "2025-03-04", member="EST"),
        fact("CoalitionRenamed", "2025-03-01", name="Renamed"),
        fact("StatementMade", "2025-03-02", statement="first", kind="political", by=["FRA"], text="First"),
        fact("MeetingHeld", "2025-04-11", meeting="brussels", title="Held again"),
        fact("CountReported", "2025-03-02", report="early", subject="contributors", value={"min": 1}, scope="early"),
    ]  # fmt: skip


@pytest.mark.parametrize("axis", ["recorded", "reported"])
def test_every_read_can_be_repeated_byte_for_byte_after_more_is_recorded(both: Service, axis: str) -> None:
    for facts in lists():
        both.record(*facts)
    asked = {read: both.ask(with_basis(read, {"known_axis": axis})) for read in READS}
    assert {read for read, answer in asked.items() if answer.status_code == 404} == (
        NEVER_PUBLIC if axis == "reported" else set()
    )
    first = {read: answer for read, answer in asked.items() if answer.status_code != 404}
    assert {answer.status_code for answer in first.values()} == {200}
    before = both.answer(f"/picture?valid_at=2025-03-20&known_axis={axis}")["basis"]
    after = both.answer(f"/picture?valid_at=2025-05&known_axis={axis}")["basis"]
    difference = both.ask(diff_between(before, after))
    for unsettled in unsettling(both):
        both.clock.advance(3600)
        both.record(unsettled)
        both.clock.advance(3600)
    for read, answer in first.items():
        basis = answer.json()["basis"]
        again = both.ask(with_basis(read, basis))
        assert again.status_code == 200, (read, again.text)
        assert again.content == answer.content, read
        assert both.ask(with_basis(read, {"known_axis": axis})).content != answer.content
    assert both.ask(diff_between(before, after)).content == difference.content


@pytest.fixture(scope="module")
def two_ages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    """Serve a coalition as it was, and beside it a copy with more recorded since."""
    young_file, old_file = (tmp_path_factory.mktemp("ages") / name for name in ("young", "old"))
    with serving(f"sqlite:///{young_file}") as service:
        record_all(service)
    shutil.copy(young_file, old_file)
    with serving(f"sqlite:///{young_file}") as young, serving(f"sqlite:///{old_file}") as old:
        old.clock.advance(30 * 86_400)
        for unsettled in unsettling(old):
            old.record(unsettled)
        yield young, old


DAYS = st.dates(min_value=date(2025, 2, 25), max_value=date(2025, 6, 20))
TIMES = st.one_of(
    DAYS.map(str), DAYS.map(lambda day: str(day)[:7]), DAYS.map(lambda day: f"{day}T12:00:00.5+02:00"),
    st.just("2025"), st.just("2024-02-29/2025-04-30"),
)  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    read=st.sampled_from(READS), valid_at=TIMES, known_at=TIMES, axis=st.sampled_from(["recorded", "reported"]),
    sequence=st.integers(0, 130),
)  # fmt: skip
def test_any_basis_gives_the_same_answer_whatever_came_later(
    *, two_ages: tuple[Service, Service], read: str, valid_at: str, known_at: str, axis: str, sequence: int
) -> None:
    young, _ = two_ages
    basis = {
        "valid_at": valid_at, "known_at": known_at, "known_axis": axis, "sequence": min(sequence, young.sequence),
    }  # fmt: skip
    answers = [service.ask(with_basis(read, basis)) for service in two_ages]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].status_code in (200, 404, 422)
    if answers[0].status_code == 200:
        assert answers[0].content == answers[1].content
        assert answers[0].json()["basis"] == basis | {"coalition": "willing", "definitions": 2}


def test_a_basis_is_fixed_by_the_first_answer(service: Service) -> None:
    service.record(formed(), pledge("a"))
    basis = service.answer("/picture")["basis"]
    assert basis == {
        "coalition": "willing", "sequence": 2, "valid_at": "2025-06-01T12:00:01.000000Z",
        "known_at": "2025-06-01T12:00:01.000000Z", "known_axis": "recorded", "definitions": 2,
    }  # fmt: skip


def test_a_basis_repeats_the_times_as_they_were_written(service: Service) -> None:
    service.record(formed(), pledge("a"))
    asked = {"valid_at": "2025-04-29/2025-04-30", "known_at": "2025-07", "known_axis": "reported", "sequence": 1}
    assert service.answer(f"/picture?{urlencode(asked)}")["basis"].items() >= asked.items()
    one_hour_on = quote("2025-04-10T12:00:00.5+01:00")
    assert service.answer(f"/picture?valid_at={one_hour_on}")["basis"]["valid_at"] == "2025-04-10T12:00:00.5+01:00"


def test_a_basis_of_another_coalition_is_refused(service: Service) -> None:
    service.record(formed(), pledge("a"))
    basis = service.answer("/picture")["basis"]
    assert service.ask(with_basis("/picture", basis)).status_code == 200
    assert service.ask(with_basis("/picture", basis | {"coalition": "other"})).status_code == 422
