"""Corrections and retractions: their effects, what they restore, and their refusals."""

from typing import Any

from domain.history.knowledge import Knowledge
from tests.domain.record import FORMED, SOURCES, about, given, people, pledge


def corrected(event_id: str, **replacement: Any) -> dict[str, Any]:
    """A correction of a pledge."""
    return replaced(event_id, pledge(**replacement))


def replaced(event_id: str, fact: dict[str, Any]) -> dict[str, Any]:
    """A correction that puts a fact about anything in an event's place."""
    whole = {"effective_at": "2025-04-10", "sources": SOURCES} | fact
    return {"type": "EventCorrected", "corrects": event_id, "replacement": whole, "reason": "misread"}


def retracted(event_id: str) -> dict[str, Any]:
    return {"type": "EventRetracted", "retracts": event_id, "reason": "never so"}


def test_a_correction_changes_the_past_from_its_own_recording_on() -> None:
    record = given()
    (made,) = record.record(pledge())
    record.record(corrected(made, quantity=people(5, 6)))
    assert record.state("pledge", on="2025-04-10").quantity.max == 6
    assert record.state("pledge", on="2025-04-10", known="2025-04-13").quantity.max == 2000


def test_a_further_correction_corrects_the_latest_correction() -> None:
    record = given()
    (made,) = record.record(pledge())
    (correction,) = record.record(corrected(made, quantity=people(5, 6)))
    assert record.refuses(corrected(made, quantity=people(7, 8))) == [("AlreadyCorrected", "/corrects")]
    assert record.refuses(retracted(made)) == [("AlreadyCorrected", "/retracts")]
    record.record(corrected(correction, quantity=people(7, 8)))
    assert record.state("pledge").quantity.max == 8


def test_retracting_a_correction_or_a_retraction_restores_what_it_changed() -> None:
    record = given()
    (made,) = record.record(pledge())
    (correction,) = record.record(corrected(made, quantity=people(5, 6)))
    record.record(retracted(correction))
    assert record.state("pledge").quantity.max == 2000
    (retraction,) = record.record(retracted(made))
    assert record.state("pledge") is None
    record.record(retracted(retraction))
    assert record.state("pledge").quantity.max == 2000


def test_a_retracted_name_is_free_again() -> None:
    record = given()
    (made,) = record.record(pledge())
    record.record(retracted(made))
    assert record.refuses(pledge(contributor="FRA")) == []


def test_a_replacement_has_the_type_and_the_name_of_the_original() -> None:
    record = given()
    (made,) = record.record(pledge())
    assert record.refuses(corrected(made, name="q")) == [("ReplacesAnotherThing", "/replacement/pledge")]
    other = about("PledgeReaffirmed", effective_at="2025-04-10", sources=SOURCES)
    assert record.refuses({"type": "EventCorrected", "corrects": made, "replacement": other, "reason": "x"}) == [
        ("ReplacesAnotherThing", "/replacement/type")
    ]


def test_the_formation_is_never_retracted() -> None:
    record = given()
    formed = record.history.events[0].event_id
    assert record.refuses(retracted(formed)) == [("FormationIsNeverRetracted", "/retracts")]
    renamed = FORMED | {"name": "Another", "effective_at": "2025-04-10", "sources": SOURCES}
    assert record.refuses({"type": "EventCorrected", "corrects": formed, "replacement": renamed, "reason": "x"}) == []


def test_a_correction_may_break_no_rule_unless_the_same_list_restores_it() -> None:
    record = given()
    (made,) = record.record(pledge())
    (withdrawal,) = record.record(about("PledgeWithdrawn", quantity=people(1500, 1500), effective_at="2025-05-01"))
    smaller = corrected(made, quantity=people(500, 1000))
    assert record.refuses(smaller) == [("WithdrawsMoreThanIsLeft", "")]
    assert record.refuses(smaller, retracted(withdrawal)) == []
    assert record.refuses(retracted(made)) == [("UnknownId", "")]


def test_errors_of_a_replacement_name_its_own_field() -> None:
    record = given()
    (made,) = record.record(pledge())
    (raised,) = record.record(about("PledgeRaised", level="committed"))
    (withdrawal,) = record.record(about("PledgeWithdrawn", quantity=people(1, 1)))
    (condition,) = record.record({"type": "ConditionStated", "condition": "c", "kind": "other", "description": "x"})
    lower = replaced(raised, about("PledgeRaised", level="floated"))
    assert record.refuses(lower) == [("LevelDoesNotMoveThatWay", "/replacement/level")]
    assert record.collides_with(lower) == (made,)
    assert record.refuses(replaced(withdrawal, about("PledgeWithdrawn", quantity=people(9999, 9999)))) == [
        ("WithdrawsMoreThanIsLeft", "/replacement/quantity")
    ]
    ships = {"min": 1, "max": 1, "unit": "ship"}
    assert record.refuses(replaced(withdrawal, about("PledgeWithdrawn", quantity=ships))) == [
        ("UnitIsNotThePledges", "/replacement/quantity/unit")
    ]
    early = about("PledgeRaised", level="committed", effective_at="2025-01-01")
    assert record.refuses(replaced(raised, early)) == [("EffectiveBeforeItsFooting", "/replacement/pledge")]
    circle = {"type": "ConditionStated", "condition": "c", "kind": "other", "description": "x"}
    assert record.refuses(replaced(condition, circle | {"rule": {"condition": "c"}})) == [
        ("UnknownId", "/replacement/rule/condition")
    ]


def test_errors_of_a_corrected_correction_name_its_own_field() -> None:
    record = given(pledge())
    (raised,) = record.record(about("PledgeRaised", level="committed"))
    (correction,) = record.record(replaced(raised, about("PledgeRaised", level="assigned")))
    assert record.refuses(replaced(correction, about("PledgeRaised", level="floated"))) == [
        ("LevelDoesNotMoveThatWay", "/replacement/level")
    ]


def test_facts_without_footing_after_a_retraction_do_not_depend_on_earlier_states() -> None:
    record = given()
    (made,) = record.record(pledge())
    record.record(about("PledgeWithdrawn", quantity=people(1, 1), effective_at="2025-05-01"))
    record.record(about("PledgeReaffirmed", effective_at="2025-06-01"))
    assert record.refuses(retracted(made)) == [("UnknownId", ""), ("UnknownId", "")]
    from_the_start = Knowledge(event for event in record.history.events if event.event_id != made)
    aside = from_the_start.set_aside_at(from_the_start.position)
    assert [state.broken.rule for state in aside] == ["UnknownId", "UnknownId"]


def test_a_refusal_names_the_day_of_an_item_that_begins_later() -> None:
    record = given()
    (made,) = record.record(pledge())
    record.record(about("PledgeReaffirmed", effective_at="2025-06-01"))
    later = replaced(made, pledge(effective_at="2025-07-01"))
    assert record.refuses(later) == [("EffectiveBeforeItsFooting", "")]


def test_a_retraction_and_an_added_source_have_nothing_to_correct() -> None:
    record = given()
    (made,) = record.record(pledge())
    (added,) = record.record({"type": "SourceAdded", "event": made, "sources": [{"publisher": "another"}]})
    assert record.refuses(corrected(added)) == [("NotCorrectable", "/corrects")]
    assert record.refuses(retracted(added)) == []
    (retraction,) = record.record(retracted(made))
    assert record.refuses(corrected(retraction)) == [("NotCorrectable", "/corrects")]


def test_only_recorded_events_are_corrected_retracted_or_supported() -> None:
    nowhere = "00000000-0000-7000-8000-00000000ffff"
    record = given()
    assert record.refuses(corrected(nowhere)) == [("UnknownId", "/corrects")]
    assert record.refuses(retracted(nowhere)) == [("UnknownId", "/retracts")]
    assert record.refuses({"type": "SourceAdded", "event": nowhere, "sources": SOURCES}) == [("UnknownId", "/event")]


def dismissed(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "WarningDismissed", "event": event_id, "warning": "NotAMember", "reason": "an observer"} | fields


def test_a_warning_is_dismissed_about_a_recorded_event_again_and_until_that_is_retracted() -> None:
    record = given()
    (made,) = record.record(pledge())
    before = record.state("pledge")
    (first,) = record.record(dismissed(made))
    (again,) = record.record(dismissed(made))
    assert record.state("pledge") is before
    assert record.refuses(dismissed("00000000-0000-7000-8000-00000000ffff")) == [("UnknownId", "/event")]
    assert record.refuses(corrected(first)) == [("NotCorrectable", "/corrects")]
    record.record(retracted(first))
    assert record.refuses(retracted(first)) == [("AlreadyCorrected", "/retracts")]
    assert record.refuses(retracted(again)) == []


def test_an_event_id_is_used_once() -> None:
    record = given()
    (made,) = record.record(pledge())
    assert record.refuses(about("PledgeReaffirmed", event_id=made)) == [("IdAlreadyUsed", "/event_id")]


def test_a_long_chain_of_corrections_is_followed_to_its_end() -> None:
    record = given(pledge())
    last = record.history.events[-1].event_id
    for least in range(1, 280):
        replacement = pledge(quantity=people(least, 3000)) | {"effective_at": "2025-04-10", "sources": SOURCES}
        correction = {"type": "EventCorrected", "corrects": last, "reason": "again", "replacement": replacement}
        (last,) = record.record(correction)
    assert record.state("pledge").quantity.min == 279
    record.record({"type": "EventRetracted", "retracts": last, "reason": "the one before was right"})
    assert record.state("pledge").quantity.min == 278
