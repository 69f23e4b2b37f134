"""The rules of members, requirements, basing, meetings, statements and counts: accepted, refused, repeated."""

from typing import Any

import pytest
from pydantic import ValidationError

from tests.domain.record import Record, given, replacing

FAR_AHEAD_US = 10**18

JOINED = {"type": "MemberJoined", "member": "FRA", "role": "lead"}
LEFT = {"type": "MemberLeft", "member": "FRA"}
REQUIRED = {
    "type": "RequirementStated", "requirement": "r", "label": "Size", "stated_by": "GBR", "standing": "floated",
    "quantity": {"min": 10000, "max": 30000, "unit": "personnel"},
}  # fmt: skip
REAR = {"type": "BasingProposed", "basing": "rear", "zone": "theatre_rear"}
SCHEDULED = {
    "type": "MeetingScheduled", "meeting": "m", "forum": "coalition", "title": "Ministers", "starts_at": "2025-04-20",
}  # fmt: skip
HELD = {"type": "MeetingHeld", "meeting": "m", "effective_at": "2025-04-20"}
CANCELLED = {"type": "MeetingCancelled", "meeting": "m"}
OUTCOME = {
    "type": "MeetingOutcomeRecorded", "meeting": "m", "outcome": "o", "kind": "decision", "text": "Go on",
    "effective_at": "2025-04-20",
}  # fmt: skip
SAID = {"type": "StatementMade", "statement": "s", "kind": "political", "by": ["GBR"], "text": "Soon"}
COUNTED = {
    "type": "CountReported",
    "report": "c",
    "subject": "participants",
    "value": {"min": 30},
    "scope": "countries",
}


class TestMembers:
    def test_only_members_leave(self) -> None:
        assert given().refuses(LEFT) == [("NothingToUndo", "/member")]
        assert given(JOINED, LEFT).refuses(LEFT) == [("NothingToUndo", "/member")]
        assert given(JOINED).refuses(LEFT) == []

    def test_a_member_can_have_several_roles_and_leave_one(self) -> None:
        host = JOINED | {"role": "host", "effective_at": "2025-03-01"}
        no_host, no_lead = LEFT | {"role": "host"}, LEFT | {"role": "lead"}
        record = given(host, JOINED)
        assert record.state("member", "FRA").roles == (("lead", "2025-04-10"), ("host", "2025-03-01"))
        assert record.state("member", "FRA").since == "2025-03-01"
        assert given(JOINED).refuses(no_host) == [("NothingToUndo", "/role")]
        record.record(no_lead)
        assert record.state("member", "FRA").roles == (("host", "2025-03-01"),)
        assert record.refuses(no_lead) == [("NothingToUndo", "/role")]
        record.record(no_host)
        assert record.state("member", "FRA").status == "left"
        assert record.refuses(LEFT) == [("NothingToUndo", "/member")]
        record.record(JOINED | {"role": "observer"})
        assert [held.role for held in record.state("member", "FRA").roles] == ["observer"]

    def test_joining_again_is_a_confirmation(self) -> None:
        record = given(JOINED | {"effective_at": "2025-03-01"}, JOINED)
        assert record.state("member", "FRA").since == "2025-03-01"


class TestRequirements:
    def test_requirements_are_stated_once_and_amended_while_in_force(self) -> None:
        amended = {"type": "RequirementAmended", "requirement": "r", "standing": "agreed"}
        withdrawn = {"type": "RequirementWithdrawn", "requirement": "r"}
        assert given().refuses(amended) == [("UnknownId", "/requirement")]
        assert given(REQUIRED).refuses(REQUIRED) == [("IdAlreadyUsed", "/requirement")]
        assert given(REQUIRED, withdrawn).refuses(amended) == [("RequirementIsWithdrawn", "/requirement")]
        assert given(REQUIRED, withdrawn).refuses(withdrawn) == []
        assert given(REQUIRED, amended).state("requirement", "r").standing == "agreed"

    def test_a_line_is_of_a_requirement_on_record_that_is_no_line_itself(self) -> None:
        line = REQUIRED | {"requirement": "ships", "part_of": "r", "quantity": {"min": 4, "max": 4, "unit": "ship"}}
        deeper = line | {"requirement": "frigates", "part_of": "ships"}
        assert given().refuses(line) == [("UnknownId", "/part_of")]
        assert given(REQUIRED).refuses(line) == []
        assert given(REQUIRED, line).state("requirement", "ships").part_of == "r"
        assert given(REQUIRED, line).refuses(deeper) == [("LineOfALine", "/part_of")]
        assert given().refuses(REQUIRED | {"part_of": "r"}) == [("LineOfALine", "/part_of")]

    def test_a_requirement_with_lines_cannot_be_corrected_into_a_line(self) -> None:
        record = given(REQUIRED | {"requirement": "whole"})
        (stated,) = record.record(REQUIRED)
        record.record(REQUIRED | {"requirement": "ships", "part_of": "r"})
        assert record.refuses(replacing(stated, REQUIRED | {"part_of": "whole"})) == [("LineOfALine", "")]


class TestBasing:
    def test_the_first_fact_of_a_basing_brings_the_zone(self) -> None:
        bare = {"type": "BasingRuledOut", "basing": "rear"}
        assert given().refuses(bare) == [("FirstBringsWhatDescribesIt", "/zone")]
        assert given(REAR).refuses(bare) == []
        assert given(REAR).refuses(bare | {"effective_at": "2025-01-01"}) == [("FirstBringsWhatDescribesIt", "/zone")]

    def test_ruling_out_again_is_a_confirmation(self) -> None:
        ruled_out = {"type": "BasingRuledOut", "basing": "rear"}
        record = given(REAR, ruled_out | {"effective_at": "2025-04-11"}, ruled_out | {"effective_at": "2025-04-12"})
        assert record.state("basing", "rear").since == "2025-04-11"

    def test_only_recorded_basing_ends(self) -> None:
        assert given().refuses({"type": "BasingEnded", "basing": "rear"}) == [("UnknownId", "/basing")]

    def test_the_end_of_a_basing_may_come_first_and_name_the_zone(self) -> None:
        record = given({"type": "BasingEnded", "basing": "rear", "zone": "theatre_rear"})
        assert (record.state("basing", "rear").status, record.state("basing", "rear").zone) == ("ended", "theatre_rear")


class TestMeetings:
    def test_a_meeting_need_not_have_been_scheduled(self) -> None:
        assert given(HELD).state("meeting", "m").status == "held"

    def test_a_cancelled_meeting_is_held_only_after_it_is_rescheduled(self) -> None:
        record = given(SCHEDULED, CANCELLED)
        assert record.refuses(HELD) == [("MeetingIsCancelled", "/meeting")]
        assert record.refuses(SCHEDULED, HELD) == []

    def test_the_meeting_as_held_overrides_the_announcement(self) -> None:
        announced = SCHEDULED | {"chairs": ["GBR"], "attendance": [{"actor": "USA", "present": True}]}
        record = given(announced, HELD | {"attendance": [{"actor": "USA", "present": False}]})
        state = record.state("meeting", "m")
        assert (state.chairs, [attendance.present for attendance in state.attendance]) == (("GBR",), [False])

    def test_an_outcome_needs_a_meeting_that_was_held(self) -> None:
        assert given().refuses(OUTCOME) == [("UnknownId", "/meeting")]
        assert given(SCHEDULED).refuses(OUTCOME) == [("MeetingIsNotHeld", "/meeting")]
        assert given(SCHEDULED, HELD).refuses(OUTCOME) == []
        assert given(HELD, OUTCOME).refuses(OUTCOME) == [("IdAlreadyUsed", "/outcome")]

    def test_a_meeting_with_an_outcome_cannot_be_retracted(self) -> None:
        record = given(HELD)
        (held,) = [event.event_id for event in record.history.events if event.fact.type == "MeetingHeld"]
        record.record(OUTCOME)
        assert record.refuses({"type": "EventRetracted", "retracts": held, "reason": "misread"}) == [("UnknownId", "")]


class TestWordsAndCounts:
    def test_the_name_of_a_statement_is_used_once(self) -> None:
        assert given(SAID).refuses(SAID) == [("IdAlreadyUsed", "/statement")]

    @pytest.mark.parametrize("field", ["subject", "scope"])
    def test_a_report_again_is_the_next_value_of_its_series_and_counts_the_same(self, field: str) -> None:
        next_value = COUNTED | {"effective_at": "2025-05-01", "value": {"min": 31}}
        assert given(COUNTED).refuses(next_value) == []
        other = next_value | {field: "contributors" if field == "subject" else "somewhere else"}
        assert given(COUNTED).refuses(other) == [("CountsSomethingElse", f"/{field}")]

    def test_a_series_that_is_there_can_end_again_and_go_on(self) -> None:
        end = {"type": "CountEnded", "report": COUNTED["report"], "effective_at": "2025-05-01"}
        assert given().refuses(end) == [("UnknownId", "/report")]
        assert given(COUNTED, end).refuses(end) == []
        assert given(COUNTED, end).refuses(COUNTED | {"effective_at": "2025-06-01"}) == []

    @pytest.mark.parametrize(
        ("subject", "unit", "is_refused"),
        [
            ("personnel", "personnel", False),
            ("personnel", "brigade", False),
            ("deployed", "battalion", False),
            ("deployed", "ship", True),
            ("personnel", "EUR", True),
            ("personnel", "ship", True),
            ("participants", "ship", True),
            ("contributors", "personnel", True),
            ("contributors", None, False),
        ],
    )
    def test_only_counts_of_people_have_a_unit(self, subject: str, unit: str | None, is_refused: bool) -> None:
        counted = COUNTED | {"subject": subject, "value": {"min": 30, "unit": unit}}
        if not is_refused:
            assert given().refuses(counted) == []
            return
        with pytest.raises(ValidationError) as refused:
            given(counted)
        assert [error["loc"][-2:] for error in refused.value.errors()] == [("value", "unit")]

    def test_statements_and_counts_refer_to_recorded_items(self) -> None:
        assert given().refuses(SAID | {"about": ["pledge:p"]}) == [("UnknownId", "/about/0")]
        assert given().refuses(SAID | {"about": ["actor:GBR", "capability:isr"]}) == []
        assert given().refuses(COUNTED | {"meeting": "m"}) == [("UnknownId", "/meeting")]


class TestTheCoalition:
    def test_a_renamed_coalition_has_its_new_name_from_that_day(self) -> None:
        renamed = {"type": "CoalitionRenamed", "name": "Multinational Force", "effective_at": "2025-04-20"}
        record = given(renamed)
        names = [record.state("coalition", "", on=on).name for on in ("2025-04-19", "2025-04-20")]
        assert names == ["Coalition of the willing", "Multinational Force"]
        assert record.refuses(renamed) == []
        assert record.refuses(renamed | {"effective_at": "2025-04-09"}) == [
            ("EffectiveBeforeItsFooting", "/effective_at")
        ]


class TestCommands:
    def test_commands_are_changed_by_a_new_arrangement(self) -> None:
        planned = {"type": "CommandArranged", "command": "hq", "component": "overall", "status": "planned"}
        record = given(planned, planned | {"headquarters": "Paris", "effective_at": "2025-05-01"})
        state = record.state("command", "hq")
        assert (state.latest.fact.headquarters, state.since) == ("Paris", "2025-04-10")
        record.record(planned | {"status": "operating", "effective_at": "2025-06-01"})
        assert (record.state("command", "hq").status, record.state("command", "hq").since) == (
            "operating",
            "2025-06-01",
        )


class TestStances:
    def test_the_latest_stance_counts_for_each_actor_and_source(self) -> None:
        own = {"type": "StanceStated", "actor": "USA", "stance": "undecided"}
        attributed = own | {"stance": "willing", "attribution": {"actor": "GBR", "basis": "official"}}
        record = given(own, own | {"stance": "reluctant", "effective_at": "2025-04-20"}, attributed)
        stances = {(s.latest.fact.said_by, s.status) for s in _shown(record) if type(s).__name__ == "StanceState"}
        assert stances == {(None, "reluctant"), ("GBR", "willing")}
        assert record.refuses(own, attributed) == []


def _shown(record: Record) -> list[Any]:
    return record.history.view(FAR_AHEAD_US, FAR_AHEAD_US, "recorded", record.history.sequence).states()
