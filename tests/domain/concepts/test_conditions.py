"""The rules of conditions: accepted, refused, repeated."""

import pytest

from domain.refusals import Refused
from tests.domain.record import given, pledge

PEACE = {"type": "ConditionStated", "condition": "peace", "kind": "peace_agreement", "description": "A peace holds"}


def on(kind: str, **fields: object) -> dict[str, object]:
    """A fact of some type about the condition."""
    return {"type": kind, "condition": "peace"} | fields


class TestStating:
    def test_the_name_of_a_condition_is_used_once(self) -> None:
        assert given(PEACE).refuses(PEACE) == [("IdAlreadyUsed", "/condition")]

    def test_a_rule_names_only_stated_conditions(self) -> None:
        ruled = PEACE | {"condition": "both", "rule": {"all_of": [{"condition": "peace"}, {"personnel_at_least": 1}]}}
        assert given().refuses(ruled) == [("UnknownId", "/rule/all_of/0/condition")]
        assert given(PEACE).refuses(ruled) == []

    def test_a_rule_does_not_name_its_own_condition(self) -> None:
        assert given().refuses(PEACE | {"rule": {"condition": "peace"}}) == [("UnknownId", "/rule/condition")]


class TestDeciding:
    @pytest.mark.parametrize("first", ["ConditionMet", "ConditionFailed", "ConditionWaived"])
    @pytest.mark.parametrize("second", ["ConditionMet", "ConditionFailed", "ConditionWaived"])
    def test_a_second_decision_needs_a_reopening(self, first: str, second: str) -> None:
        record = given(PEACE, on(first))
        assert record.refuses(on(second)) == [("AlreadyDecided", "/condition")]
        assert record.refuses(on("ConditionReopened"), on(second)) == []

    def test_reopening_needs_a_decision(self) -> None:
        assert given(PEACE).refuses(on("ConditionReopened")) == [("NothingToUndo", "/condition")]

    def test_a_waiver_for_one_pledge_decides_for_that_pledge_only(self) -> None:
        record = given(PEACE, pledge(), on("ConditionWaived", pledge="p"))
        state = record.state("condition", "peace")
        assert (state.status, state.status_for("p", "GBR"), state.status_for("q", "GBR")) == ("open", "waived", "open")
        assert record.refuses(on("ConditionWaived", pledge="p")) == [("AlreadyDecided", "/condition")]
        with pytest.raises(Refused, match=r"decided .*\(waived\)"):
            record.record(on("ConditionWaived", pledge="p"))
        assert record.refuses(on("ConditionMet")) == []
        record.record(on("ConditionReopened"))
        assert record.state("condition", "peace").status_for("p", "GBR") == "open"

    def test_a_waiver_needs_the_pledge(self) -> None:
        assert given(PEACE).refuses(on("ConditionWaived", pledge="p")) == [("UnknownId", "/pledge")]

    def test_only_a_condition_stated_by_then_is_met(self) -> None:
        assert given().refuses(on("ConditionMet")) == [("UnknownId", "/condition")]
        early = given(PEACE).refuses(on("ConditionMet", effective_at="2025-01-01"))
        assert early == [("EffectiveBeforeItsFooting", "/condition")]


class TestAttaching:
    @pytest.mark.parametrize("target", [{"contributor": "GBR"}, {"coalition": True}, {"pledge": "p"}])
    def test_attaching_again_is_a_confirmation_and_detaching_needs_an_attachment(
        self, target: dict[str, object]
    ) -> None:
        record = given(PEACE, pledge(), on("ConditionAttached", **target), on("ConditionAttached", **target))
        assert record.refuses(on("ConditionDetached", **target), on("ConditionDetached", **target)) == [
            ("NothingToUndo", "/condition")
        ]
        assert record.refuses(on("ConditionDetached", **target)) == []

    def test_a_condition_that_came_with_the_pledge_can_be_detached(self) -> None:
        record = given(PEACE, pledge(conditions=["peace"]), on("ConditionDetached", pledge="p"))
        assert record.state("pledge").conditions == ()
