"""Changed histories by example: forks, selectors, facts that lose their footing, and the cascade round by round."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.checkpoints import stopped_by
from domain.events import FACT
from domain.history.history import History
from domain.refusals import IdAlreadyUsed, Refused, RuleBroken
from domain.sources import Source
from domain.times import instant_us
from domain.what_if import changes
from domain.what_if.changes import MAX_CHANGES
from domain.what_if.refusals import (
    FieldIsNotThere,
    ForkAfterTheEnd,
    MatchesNothing,
    NamesNothing,
    TooManyChanges,
    TouchesTooMuch,
)
from projections.asof import AsOf, view_of
from projections.difference import difference_of
from projections.picture.picture import Picture, picture_of
from projections.what_if.changed_history import (
    ChangedHistory,
    baseline_of,
    basis_of_fork,
    changed,
    facts_to_adopt,
    fork_at,
)
from projections.what_if.consequences import Consequences, consequences_of
from tests.domain.what_if.test_changes import CHANGE
from tests.projections.what_if.conditional_pledges import history, made, stated

NOW_US = instant_us("2025-06-01T00:00:00Z")


def read(*written: dict[str, Any]) -> list[Any]:
    return [CHANGE.validate_python(one) for one in written]


def what_if(past: History, *written: dict[str, Any], **asked: Any) -> ChangedHistory:
    return changed(past, fork_at(past, AsOf(**{"valid_at": "2025-06-01", **asked}), NOW_US), read(*written))


def pictured(scenario: ChangedHistory) -> Picture:
    basis = basis_of_fork(scenario, scenario.fork)
    return picture_of(view_of(scenario, basis), basis)


def explained(scenario: ChangedHistory) -> Consequences:
    return consequences_of(scenario, basis_of_fork(scenario, scenario.fork))


def refused(past: History, *written: dict[str, Any]) -> list[tuple[int, type[RuleBroken]]]:
    with pytest.raises(Refused) as found:
        what_if(past, *written)
    return [(violation.index, type(violation.broken)) for violation in found.value.violations]


BACKSTOP = stated("backstop", kind="partner_backstop")
ENOUGH = stated("enough", {"personnel_at_least": 1000}, kind="coalition_threshold")
MET = {"type": "ConditionMet", "condition": "backstop", "effective_at": "2025-05-01"}
WITHDRAWN = {"type": "PledgeWithdrawn", "pledge": "one", "quantity": {"min": 800, "max": 800, "unit": "personnel"}}
ID_OF = "00000000-0000-0000-0000-{:012d}".format

# 2 the backstop, 3 enough, 4 one (GBR, after the backstop), 5 two (FRA, once there are enough), 6 the backstop is met
PAST = history(
    BACKSTOP, ENOUGH, made("one", 1000, 2000, "backstop"), made("two", 300, 400, "enough", contributor="FRA"), MET,
)  # fmt: skip


# --- the cascade, round by round --------------------------------------------------------------------------------------


def test_pledges_drop_out_in_rounds_with_their_causes() -> None:
    scenario = what_if(PAST, {"omit": {"condition": "backstop", "type": "ConditionMet"}})
    first, second = explained(scenario).rounds
    (one,), (two,) = first.fell, second.fell
    assert (first.round, one.pledge, one.was, one.is_now) == (1, "one", "available", "conditional")
    assert [(r.what, r.was, r.is_now, r.through) for r in one.because] == [("condition:backstop", "met", "open", [])]
    assert (second.round, two.pledge, two.contributor) == (2, "two", "FRA")
    assert [(r.what, r.was, r.is_now, r.through) for r in two.because] == [
        ("condition:enough", "holds", "open", ["one"])
    ]
    assert pictured(scenario).size.available.min == 0


def test_pledges_become_available_in_rounds() -> None:
    past = history(BACKSTOP, ENOUGH, made("one", 1000, 2000, "backstop"), made("two", 300, 400, "enough"))
    decided = {"decide": {"condition_kind": "partner_backstop"}, "becomes": "met", "effective_at": "2025-05-01"}
    first, second = explained(what_if(past, decided)).rounds
    assert [(move.pledge, move.was) for move in first.came_in] == [("one", "conditional")]
    assert [(reason.what, reason.through) for reason in second.came_in[0].because] == [("condition:enough", ["one"])]


def test_mutually_dependent_pledges_drop_out_together() -> None:
    enough = stated("both", {"contributors_at_least": 2})
    spark = made("spark", 1, 1, contributor="POL")
    past = history(
        enough, made("one", 10, 10, "both"), made("two", 20, 20, "both", contributor="FRA"), spark,
        made("three", 1, 1, contributor="EST"),
    )  # fmt: skip
    scenario = what_if(past, {"omit": {"pledge": "spark"}}, {"omit": {"pledge": "three"}})
    first, second = explained(scenario).rounds
    assert {move.pledge for move in first.fell} == {"spark", "three"}
    assert [reason.is_now for move in first.fell for reason in move.because] == ["not there", "not there"]
    assert {move.pledge for move in second.fell} == {"one", "two"}
    assert second.fell[0].because[0].what == "condition:both"
    assert pictured(scenario).size.if_all_move.min == 30


def test_a_suspended_pledge_is_shown_as_suspended() -> None:
    suspended = {"type": "PledgeSuspended", "pledge": "one", "effective_at": "2025-05-02"}
    (first, *_) = explained(what_if(PAST, {"assume": suspended})).rounds
    assert [(r.what, r.is_now) for r in first.fell[0].because] == [("pledge:one", "suspended")]


# --- footing ----------------------------------------------------------------------------------------------------------


def test_facts_that_lose_their_footing_are_set_aside_with_the_rule() -> None:
    past = history(made("one", 1000, 1000), WITHDRAWN)
    found = explained(what_if(past, {"alter": {"pledge": "one", "type": "PledgeMade"}, "scale": 0.5}))
    assert [(item.type, item.rule) for item in found.set_aside] == [("PledgeWithdrawn", "WithdrawsMoreThanIsLeft")]
    assert found.taken_up == []


def test_facts_that_find_their_footing_are_applied() -> None:
    past = history(made("one", 1000, 1000), WITHDRAWN)
    outer = what_if(past, {"alter": {"pledge": "one", "type": "PledgeMade"}, "scale": 0.5})
    fork = replace(outer.fork, scenario="halved")
    inner = changed(outer, fork, read({"alter": {"pledge": "one", "type": "PledgeMade"}, "scale": 2}))
    found = explained(inner)
    assert [item.rule for item in found.taken_up] == ["WithdrawsMoreThanIsLeft"]
    assert pictured(inner).size.available.min == 200


def test_a_fact_that_depends_on_two_moved_facts_sees_both() -> None:
    waived = {"type": "ConditionWaived", "condition": "late", "pledge": "one", "effective_at": "2025-04-03"}
    late = {**stated("late"), "effective_at": "2025-04-06"}
    past = history(late, made("one", 1000, 1000), waived)
    shift = {"shift": ID_OF(2), "to": "2025-04-01"}
    found = explained(what_if(past, {"alter": ID_OF(3), "scale": 2}, shift))
    assert [item.type for item in found.taken_up] == ["ConditionWaived"]
    assert found.set_aside == []


def test_omitting_a_correction_restores_what_it_corrected() -> None:
    better = {**made("one", 10, 10), "effective_at": "2025-04-01", "sources": [{"publisher": "AFP"}]}
    aim = {"type": "EventCorrected", "effective_at": None, "corrects": ID_OF(2), "reason": "misread"}
    correction = {**aim, "replacement": better}
    past = history(made("one", 1000, 1000), correction)
    assert pictured(what_if(past)).size.available.min == 10
    assert pictured(what_if(past, {"omit": ID_OF(3)})).size.available.min == 1000
    # Aimed at the pledge itself, a change acts on whatever stands in its place.
    assert pictured(what_if(past, {"alter": ID_OF(2), "scale": 3})).size.available.min == 30


# --- changes ----------------------------------------------------------------------------------------------------------


def test_changes_are_applied_in_order() -> None:
    assumed = {**made("three", 50, 60, contributor="DEU"), "effective_at": "2025-05-01"}
    halved = {"alter": {"contributor": "DEU"}, "scale": 0.5}
    assert pictured(what_if(PAST, {"assume": assumed}, halved)).size.by_contributor["DEU"].available.min == 25
    assert refused(PAST, halved, {"assume": assumed}) == [(0, MatchesNothing)]
    assert refused(PAST, {"assume": assumed}, {"omit": {"contributor": "DEU"}}, halved) == [(2, MatchesNothing)]


def test_a_selector_follows_a_pledge_to_its_contributor() -> None:
    lowered = {"type": "PledgeAmended", "pledge": "two", "quantity": {"min": 200, "max": 200, "unit": "personnel"}}
    past = history(made("two", 300, 400, contributor="FRA"), lowered)
    scenario = what_if(past, {"alter": {"contributor": "FRA"}, "scale": 0.5})
    assert set(scenario.touched) == {ID_OF(2), ID_OF(3)}
    assert pictured(scenario).size.available.min == 100


def test_a_shift_moves_when_a_fact_holds() -> None:
    later = what_if(PAST, {"shift": {"condition": "backstop", "type": "ConditionMet"}, "months": 2})
    assert pictured(later).size.available.min == 0
    view = later.view(instant_us("2025-07-02T00:00:00Z"), NOW_US, "recorded", later.sequence)
    assert picture_of(view, basis_of_fork(later, later.fork)).size.available.min == 1300


def test_changes_without_effect_are_marked() -> None:
    found = explained(
        what_if(
            PAST,
            {"alter": {"pledge": "one", "type": "PledgeMade"}, "scale": 1},
            {"assume": MET},
            {"shift": {"pledge": "two", "type": "PledgeMade"}, "days": 3},
            {"decide": "backstop", "becomes": "failed", "effective_at": "2026"},
        )
    )
    assert found.without_effect == [0, 1, 3]
    assert [(item.type, item.rule) for item in found.set_aside] == [("ConditionMet", "AlreadyDecided")]
    assert [len(effect.events) for effect in found.changes] == [0, 1, 1, 1]


def test_an_earlier_announcement_of_a_scheduled_meeting_has_no_effect() -> None:
    scheduled = {"type": "MeetingScheduled", "meeting": "m", "forum": "coalition", "title": "M", "starts_at": "2025-06"}
    past = history({**scheduled, "effective_at": "2025-04-05"})
    found = explained(what_if(past, {"assume": {**scheduled, "effective_at": "2025-04-02", "starts_at": "2025-05"}}))
    assert found.without_effect == [0]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"omit": ID_OF(99)}, NamesNothing),
        ({"shift": ID_OF(99), "days": 1}, NamesNothing),
        ({"decide": "nothing", "becomes": "met", "effective_at": "2025"}, NamesNothing),
        ({"decide": {"condition_kind": "ceasefire"}, "becomes": "met", "effective_at": "2025"}, MatchesNothing),
        ({"omit": {"contributor": "ESP"}}, MatchesNothing),
        ({"alter": {"type": "ConditionStated"}, "scale": 0.5}, FieldIsNotThere),
        ({"assume": {**MET, "event_id": ID_OF(2)}}, IdAlreadyUsed),
        ({"assume": {"type": "EventRetracted", "retracts": ID_OF(99), "reason": "x"}}, NamesNothing),
    ],
)
def test_a_change_that_selects_nothing_is_refused(change: dict[str, Any], rule: type[RuleBroken]) -> None:
    assert refused(PAST, {"omit": ID_OF(6)}, change) == [(1, rule)]


def test_the_number_of_events_that_changes_touch_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("projections.what_if.applying.MAX_TOUCHED_EVENTS", 2)
    assert refused(PAST, {"omit": {"effective_from": "2025"}}) == [(0, TouchesTooMuch)]
    assert changes.MAX_TOUCHED_EVENTS > 2
    too_many = [{"omit": ID_OF(6)}] * (MAX_CHANGES + 1)
    assert refused(PAST, *too_many) == [(MAX_CHANGES, TooManyChanges)]


# --- forks ------------------------------------------------------------------------------------------------------------


def test_a_fork_does_not_see_later_events() -> None:
    past = History("willing", PAST.events[:5])
    scenario = what_if(past, {"alter": {"pledge": "one"}, "scale": 2})
    before = pictured(scenario)
    past.append(PAST.events[5])
    assert pictured(scenario) == before
    rebased = ChangedHistory(past, fork_at(past, AsOf(valid_at="2025-06-01"), NOW_US), scenario.changes)
    assert pictured(rebased).size.available.min == 2300


def test_a_fork_after_the_end_is_refused() -> None:
    with pytest.raises(Refused) as found:
        fork_at(PAST, AsOf(sequence=99), NOW_US)
    assert isinstance(found.value.violations[0].broken, ForkAfterTheEnd)
    fork = replace(fork_at(PAST, AsOf(), NOW_US), sequence=99)
    with pytest.raises(Refused):
        changed(PAST, fork, [])


def test_rebasing_lists_changes_that_no_longer_apply() -> None:
    scenario = what_if(PAST, {"omit": ID_OF(6)}, {"alter": {"pledge": "two"}, "scale": 2})
    earlier = replace(scenario.fork, sequence=5)
    rebased = ChangedHistory(PAST, earlier, scenario.changes)
    assert [(violation.index, type(violation.broken)) for violation in rebased.violations] == [(0, NamesNothing)]
    assert pictured(rebased).size.by_contributor["FRA"].conditional.min == 600


def test_assumed_facts_are_known_at_every_known_at() -> None:
    stance = {"type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": "2025-04-02"}
    scenario = what_if(PAST, {"assume": stance})
    for axis in ("recorded", "reported"):
        view = scenario.view(NOW_US, instant_us("2024-01-01T00:00:00Z"), axis, scenario.sequence)
        assert [type(state).__name__ for state in view.states()] == ["StanceState"]


def test_times_left_open_in_a_question_are_those_of_the_fork() -> None:
    scenario = what_if(PAST, {"omit": ID_OF(6)}, valid_at="2025-05-05", known_axis="reported")
    asked = scenario.as_of(AsOf(valid_at="2025-05-09"))
    assert (asked.valid_at, asked.known_axis) == ("2025-05-09", "reported")
    assert asked.basis(scenario, NOW_US).sequence == scenario.fork.sequence


def test_forks_of_forks_leave_out_changes_that_no_longer_apply() -> None:
    fork = fork_at(PAST, AsOf(valid_at="2025-06-01"), NOW_US)
    first = ChangedHistory(PAST, fork, read({"omit": ID_OF(6)}))
    second = ChangedHistory(first, fork, read({"decide": "backstop", "becomes": "met", "effective_at": "2025"}))
    assert explained(second).set_aside[0].rule == "EffectiveBeforeItsFooting"


# --- beside the baseline ----------------------------------------------------------------------------------------------


def test_the_difference_names_the_events_that_were_altered_or_assumed() -> None:
    scenario = what_if(PAST, {"alter": {"pledge": "two", "type": "PledgeMade"}, "scale": 2})
    basis = basis_of_fork(scenario, scenario.fork)
    difference = difference_of((baseline_of(scenario, basis), basis), (view_of(scenario, basis), basis))
    changes = {change.what: change for change in difference.changes}
    assert changes["/size/available"].events == [ID_OF(5)]
    assert [event.event_id for event in difference.events] == [ID_OF(5)]


def test_assumed_facts_are_recorded_with_sources_under_the_ordinary_rules() -> None:
    scenario = what_if(PAST, {"assume": {**made("three", 5, 6), "effective_at": "2025-05-01"}})
    (assumed,) = facts_to_adopt(scenario)
    fact = replace(assumed, sources=(Source(publisher="AFP"),))
    event = replace(scenario.assumed[0], fact=fact, recorded_by="desk")
    draft = PAST.draft()
    draft.add([event])
    with pytest.raises(Refused):
        draft.add([replace(event, event_id=ID_OF(50))])
    assert FACT.dump_python(fact)["sources"][0]["publisher"] == "AFP"


class OutOfTime(Exception):
    """What a step raises to end the work."""


class Stopping:
    """Counts the checkpoints, and ends the work at one of them."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.count = 0

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise OutOfTime


def checkpoints_in(work: Callable[[], Any]) -> int:
    """How many checkpoints the work passes."""
    counting = Stopping(at=0)
    with stopped_by(counting):
        work()
    return counting.count


def stops_at_each(work: Callable[[], Any], at_least: int) -> bool:
    """Whether the work passes so many checkpoints, and ends at any of them."""
    count = checkpoints_in(work)
    for at in range(1, count + 1):
        with pytest.raises(OutOfTime), stopped_by(Stopping(at)):
            work()
    return count >= at_least


def test_a_long_comparison_can_be_stopped_at_any_part() -> None:
    scenario = what_if(PAST, {"omit": ID_OF(6)})
    basis = AsOf(valid_at="2025-06-01").basis(scenario, NOW_US)
    sides = (view_of(PAST, basis), basis), (view_of(scenario, basis), basis)
    assert stops_at_each(lambda: difference_of(*sides), at_least=10)


def test_working_out_effects_can_be_stopped_at_any_change() -> None:
    scenario = what_if(PAST, {"omit": ID_OF(6)}, {"assume": MET}, {"assume": MET})
    basis = basis_of_fork(scenario, scenario.fork)
    assert stops_at_each(lambda: consequences_of(scenario, basis), at_least=3)


def test_changing_a_history_can_be_stopped_at_any_change_and_at_every_event_that_it_touches() -> None:
    changes: list[dict[str, Any]] = [{"omit": ID_OF(6)}, {"shift": {"type": "PledgeMade"}, "days": 1}, {"assume": MET}]
    touched = len(what_if(PAST, *changes).touched)
    assert touched > 1
    assert stops_at_each(lambda: what_if(PAST, *changes), at_least=3 + 2 * touched)


def test_what_requests_share_is_never_stopped() -> None:
    def view() -> None:
        History("willing", PAST.events).view(NOW_US, NOW_US, "reported", len(PAST.events))

    assert checkpoints_in(view) == 0
