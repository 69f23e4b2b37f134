"""The story of an actor, and the track record of all contributors: what promises became."""

from typing import Any

import pytest
from hypothesis import given as given_any
from hypothesis import settings

from domain.history.history import History
from domain.times import period
from projections.actors.pledge_course import Days, days_between
from projections.actors.story import ActorStory, story_of
from projections.actors.track_record import track_records_of
from projections.asof import AsOf, view_of
from projections.lists import items_of
from projections.paging import Page, Position
from tests.domain.history.test_properties import QUESTION, Question, recorded
from tests.domain.record import Record, about, given, people, pledge
from tests.oracle.random_histories import Attempt, scripts

NOW_US = period("2030").start_us
EVERYTHING = Page(Position(), 1_000)


def story(record: Record, actor: str = "GBR", **asked: Any) -> ActorStory | None:
    basis = AsOf("2026", **asked).basis(record.history, NOW_US)
    return story_of(actor, view_of(record.history, basis), basis)


def told(record: Record, actor: str = "GBR", **asked: Any) -> ActorStory:
    found = story(record, actor, **asked)
    assert found is not None
    return found


# --- pledges over time ------------------------------------------------------------------------------------------------


def test_a_pledge_is_followed_from_its_first_word_to_forces_on_the_ground() -> None:
    record = given(
        pledge(effective_at="2025-04-11", quantity=people(1000, 1000)),
        about("PledgeRaised", level="committed", effective_at="2025-05-01"),
        about("PledgeReaffirmed", effective_at="2025-05-15"),
        about("ForcesDeployed", quantity=people(300, 300), effective_at="2025-06-20"),
        about("PledgeWithdrawn", quantity=people(200, 200), effective_at="2025-07-01"),
    )
    (found,) = told(record).pledges
    assert [(step.at, step.level, step.quantity.min, step.deployed and step.deployed.min) for step in found.steps] == [
        ("2025-04-11", "pledged", 1000, None),
        ("2025-05-01", "committed", 1000, None),
        ("2025-06-20", "committed", 1000, 300),
        ("2025-07-01", "committed", 800, 300),
    ]
    assert [len(step.events) for step in found.steps] == [1, 1, 1, 1]
    assert (found.first_deployed_at, found.days_to_deployment) == ("2025-06-20", Days(70, 70))
    assert (found.rises, found.cuts) == (1, 1)


def test_a_pledge_that_expires_ends_with_its_last_day() -> None:
    record = given(pledge(effective_at="2025-04-11", expires_on="2025-05-31"))
    (found,) = told(record).pledges
    assert [(step.at[:10], step.status) for step in found.steps] == [
        ("2025-04-11", "standing"),
        ("2025-06-01", "lapsed"),
    ]
    assert found.cuts == 0


@pytest.mark.parametrize(
    ("change", "rises", "cuts"),
    [
        ({"quantity": people(500, 900)}, 0, 1),
        ({"quantity": people(1000, 2500)}, 1, 0),
        ({"quantity": people(1500, 1800)}, 0, 0),
        ({"quantity": people(None, None)}, 0, 0),
        ({"quantity": {"min": 1, "max": 1, "unit": "company"}}, 0, 1),
        ({"quantity": {"min": 3, "max": 3, "unit": "ship"}}, 0, 0),
        ({"notice_to_move_days": 10}, 0, 0),
    ],
    ids=["less", "more", "narrower", "undisclosed", "fewer in formations", "another unit", "another field"],
)  # fmt: skip
def test_less_is_a_cut_and_more_a_rise(change: dict[str, Any], rises: int, cuts: int) -> None:
    (found,) = told(given(pledge(), about("PledgeAmended", effective_at="2025-06-01", **change))).pledges
    assert (found.rises, found.cuts) == (rises, cuts)


def test_a_pledge_withdrawn_as_a_whole_is_cut_and_one_that_lapses_is_not() -> None:
    record = given(
        pledge(), pledge("q"), about("PledgeWithdrawn", effective_at="2025-06-01"),
        about("PledgeLapsed", "q", effective_at="2025-06-01"),
    )  # fmt: skip
    record_of = told(record).track_record
    assert record_of is not None
    assert (record_of.cuts, record_of.withdrawn, record_of.lapsed) == (1, 1, 1)


def test_the_days_between_vague_dates_are_a_range() -> None:
    assert days_between("2025-04-10", "2025-04-10") == Days(0, 0)
    assert days_between("2024-09", "2025-01-03") == Days(95, 124)
    assert days_between("2025-04", "2025-04-20") == Days(0, 19)
    assert days_between("2025-04-10T23:00:00Z", "2025-04-11T01:00:00Z") == Days(1, 1)


# --- what promises became ---------------------------------------------------------------------------------------------


def test_a_track_record_adds_up_what_was_first_promised_the_most_that_was_and_what_there_is() -> None:
    record = given(
        pledge(quantity=people(1000, 1000)),
        about("PledgeAmended", quantity=people(2000, 2000), effective_at="2025-05-01"),
        about("PledgeAmended", quantity=people(600, 600), effective_at="2025-06-01"),
        pledge("q", quantity=people(None, None), capability="medical"),
        about("ForcesDeployed", quantity=people(100, 100), effective_at="2025-07-01"),
        about("ForcesReturned", quantity=people(60, 60), effective_at="2025-08-01"),
    )
    found = told(record).track_record
    assert found is not None
    figures = found.first_promised, found.most_promised, found.promised, found.most_deployed, found.deployed
    assert [(figure.min, figure.max, figure.undisclosed) for figure in figures] == [
        (1000, 1000, 1), (2000, 2000, 1), (600, 600, 1), (100, 100, 0), (40, 40, 0),
    ]  # fmt: skip
    assert (found.pledges, found.never_deployed, found.rises, found.cuts) == (2, 1, 1, 1)


def test_a_part_of_an_own_pledge_is_not_counted_beside_its_whole() -> None:
    record = given(pledge(quantity=people(200, 200)), pledge("q", quantity=people(170, 170), part_of="p"))
    found = told(record).track_record
    assert found is not None
    assert (found.promised.min, found.promised.max, found.pledges) == (200, 200, 2)


def test_aid_is_no_promise_to_the_force() -> None:
    assert told(given(pledge(purpose="host_aid"))).track_record is None


# --- the rest of the story --------------------------------------------------------------------------------------------

OTHERS: list[dict[str, Any]] = [
    {"type": "MemberJoined", "member": "GBR", "role": "lead"},
    {"type": "MemberJoined", "member": "GBR", "role": "contributor", "effective_at": "2025-05-01"},
    {"type": "MemberLeft", "member": "GBR", "role": "lead", "effective_at": "2025-06-01"},
    {"type": "StanceStated", "actor": "GBR", "stance": "considering"},
    {"type": "StanceStated", "actor": "GBR", "stance": "willing", "effective_at": "2025-05-01"},
    {"type": "ConditionStated", "condition": "c", "kind": "ceasefire", "description": "A ceasefire"},
    {
        "type": "ConditionStated", "condition": "d", "kind": "coalition_threshold", "description": "Britain first",
        "rule": {"contributor": "GBR", "level_at_least": "committed"},
    },
    pledge(conditions=["c"]),
    pledge("f", contributor="FRA", conditions=["d"]),
    {"type": "RequirementStated", "requirement": "r", "label": "All", "stated_by": "GBR", "standing": "floated",
     "quantity": people(10, 10)},
    {"type": "MeetingHeld", "meeting": "m", "forum": "coalition", "title": "M", "starts_at": "2025-04-10",
     "attendance": [{"actor": "GBR", "present": True}, {"actor": "USA", "present": False}]},
    {"type": "StatementMade", "statement": "s", "kind": "political", "by": ["GBR"], "text": "We will."},
    {"type": "SupportSought", "partner": "USA", "capability": "airlift", "importance": "critical"},
]  # fmt: skip


def test_a_story_has_all_that_the_record_says_of_an_actor() -> None:
    found = told(given(*OTHERS))
    assert found.roles == ["contributor"]
    assert [(step.at, step.status, step.role) for step in found.membership] == [
        ("2025-04-10", "joined", "lead"), ("2025-05-01", "joined", "contributor"), ("2025-06-01", "left", "lead"),
    ]  # fmt: skip
    assert [[step.stance for step in one.steps] for one in found.stances] == [["considering", "willing"]]
    assert [(one.condition, one.pledges) for one in found.waits_for] == [("c", ["p"])]
    assert [(one.condition, one.pledges, one.contributors) for one in found.waited_for] == [("d", ["f"], ["FRA"])]
    assert [one.requirement for one in found.requirements] == ["r"]
    assert [(one.meeting, one.present) for one in found.meetings] == [("m", True)]
    assert [one.statement for one in found.statements] == ["s"]


def test_those_outside_have_a_story_too() -> None:
    record = given(*OTHERS, formed={"key_partner": "USA"})
    found = told(record, "USA")
    assert (found.is_key_partner, found.roles, found.pledges, found.track_record) == (True, [], [], None)
    assert [(one.meeting, one.present) for one in found.meetings] == [("m", False)]
    assert [one.capability for one in found.support_sought] == ["airlift"]


def test_nobody_has_a_story_of_whom_nothing_is_known() -> None:
    record = given(pledge(), pledge("q", contributor="POL"))
    assert story(record, "DEU") is None
    assert story(record, "POL") is not None
    assert story(record, "POL", sequence=2) is None


# --- any history ------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given_any(scripts(40), QUESTION)
def test_steps_are_what_the_lists_have_on_their_days_and_all_records_those_of_the_stories(
    script: list[Attempt], question: Question
) -> None:
    history = recorded(script)
    valid_us, known_us, axis, sequence = question
    view = history.view(valid_us, known_us, axis, min(sequence, history.sequence))
    basis = AsOf("2026").basis(history, NOW_US)
    records = track_records_of(view, basis, EVERYTHING).items
    assert [one.contributor for one in records] == sorted({one.contributor for one in records})
    for record in records:
        found = story_of(record.contributor, view, basis)
        if found is None:
            continue
        assert found.track_record == record
        for one in found.pledges:
            last = one.steps[-1]
            assert (last.level, last.quantity, last.status) == (
                one.pledge.level,
                one.pledge.quantity,
                one.pledge.status,
            )
            for step in one.steps:
                _assert_is_on_its_day(history, one.pledge.pledge, step, view)


def _assert_is_on_its_day(history: History, name: str, step: Any, view: Any) -> None:
    there = view.at(period(step.at).start_us)
    listed = {item.pledge: item for item in items_of("pledges", there, AsOf("2026").basis(history, NOW_US)).items}
    if name in listed:  # before the formation lists are empty
        assert (listed[name].level, listed[name].quantity, listed[name].status) == (
            step.level, step.quantity, step.status,
        )  # fmt: skip
