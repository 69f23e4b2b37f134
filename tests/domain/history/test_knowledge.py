"""Known when: records corrected afterwards, and facts that were public before they were recorded."""

from typing import Any

from domain.facts import Thing
from domain.history.history import KnownAxis
from domain.history.knowledge import SetAside
from domain.times import period
from tests.domain.record import Fact, Record, about, given, people, pledge


def published(on: str, fact: Fact) -> Fact:
    return fact | {"sources": [{"publisher": "news report", "published_on": on}]}


def retracted(event_id: str) -> Fact:
    return {"type": "EventRetracted", "retracts": event_id, "reason": "never so", "sources": []}


def corrected(event_id: str, replacement: Fact) -> Fact:
    whole = {"effective_at": "2025-04-10", "sources": [{"publisher": "news report"}]} | replacement
    return {"type": "EventCorrected", "corrects": event_id, "replacement": whole, "reason": "misread", "sources": []}


def stood(record: Record, known_at: str, on: str = "2030", axis: KnownAxis = "reported", name: str = "p") -> Any:
    view = record.history.view(period(on).last_us, period(known_at).last_us, axis, record.history.sequence)
    return view.state(Thing("pledge", name))


def set_aside(record: Record, known_at: str, on: str = "2030") -> dict[str, str]:
    view = record.history.view(period(on).last_us, period(known_at).last_us, "reported", record.history.sequence)
    return {state.event.event_id: state.broken.rule for state in view.states() if isinstance(state, SetAside)}


class TestRecorded:
    def test_the_state_before_a_retracted_fact_is_restored(self) -> None:
        record = given(pledge())
        (raised,) = record.record(about("PledgeRaised", level="committed", effective_at="2025-05-01"))
        record.record(retracted(raised))
        assert record.state("pledge", on="2025-05-02").level == "pledged"

    def test_a_correction_may_move_a_fact_in_time(self) -> None:
        record = given(pledge())
        raise_it = about("PledgeRaised", level="committed", effective_at="2025-05-01")
        (raised,) = record.record(raise_it)
        record.record(corrected(raised, raise_it | {"effective_at": "2025-06-01"}))
        assert [record.state("pledge", on=on).level for on in ("2025-05-15", "2025-06-01")] == ["pledged", "committed"]

    def test_a_replacement_keeps_the_place_of_the_original_among_facts_of_one_time(self) -> None:
        record = given(pledge())
        (first,) = record.record(about("PledgeAmended", quantity=people(1, 1)))
        record.record(about("PledgeAmended", quantity=people(2, 2)))
        record.record(corrected(first, about("PledgeAmended", quantity=people(3, 3))))
        assert record.state("pledge").quantity.max == 2

    def test_a_correction_of_an_attachment_is_of_the_same_condition_and_may_be_of_another_pledge(self) -> None:
        conditions = [
            {"type": "ConditionStated", "condition": name, "kind": "ceasefire", "description": "x"} for name in "cd"
        ]
        record = given(*conditions, pledge("p"), pledge("q"))
        attach = {"type": "ConditionAttached", "condition": "c", "pledge": "p"}
        (attached,) = record.record(attach)
        other = corrected(attached, attach | {"condition": "d"})
        assert record.refuses(other) == [("ReplacesAnotherThing", "/replacement/condition")]
        record.record(corrected(attached, attach | {"pledge": "q"}))
        assert [record.state("pledge", name).conditions for name in "pq"] == [(), ("c",)]

    def test_a_correction_that_moves_a_fact_to_another_item_is_in_the_history_of_both(self) -> None:
        record = given()
        (joined,) = record.record({"type": "MemberJoined", "member": "FRA", "role": "lead"})
        (moved,) = record.record(corrected(joined, {"type": "MemberJoined", "member": "EST", "role": "lead"}))
        (back,) = record.record(retracted(moved))
        assert record.state("member", "EST", known="2025-04-14").status == "joined"
        for member in ("FRA", "EST"):
            view = record.history.view(10**18, 10**18, "recorded", record.history.sequence)
            assert [event.event_id for event in view.record(Thing("member", member))] == [joined, moved, back]

    def test_a_fact_about_the_record_refers_to_an_earlier_event(self) -> None:
        record = given(pledge())
        one, other = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
        assert record.refuses(retracted(one) | {"event_id": one}) == [("UnknownId", "/retracts")]
        each_other = (retracted(other) | {"event_id": one}, retracted(one) | {"event_id": other})
        assert record.refuses(*each_other)[0] == ("UnknownId", "/retracts")


class TestReported:
    def test_a_fact_is_known_from_the_last_moment_of_its_first_publication(self) -> None:
        sources = [{"publisher": name, "published_on": on} for name, on in (("a", "2025-04"), ("b", "2025-04-12"))]
        record = given(pledge() | {"sources": sources})
        assert stood(record, "2025-04-11") is None
        assert stood(record, "2025-04-12T23:59:59.999998Z") is None
        assert stood(record, "2025-04-12").status == "standing"

    def test_without_a_publication_it_is_known_from_its_recording(self) -> None:
        record = given(pledge() | {"sources": [{"publisher": "an aide"}]})
        recorded_at = record.history.events[-1].recorded_at
        assert stood(record, recorded_at).status == "standing"
        assert stood(record, "2025-04-12") is None

    def test_a_correction_is_known_from_its_own_sources(self) -> None:
        record = given()
        (made,) = record.record(published("2025-04-10", pledge()))
        fixed = published("2025-04-01", pledge(quantity=people(5, 6)))
        record.record(published("2025-04-15", corrected(made, fixed)))
        assert [stood(record, at).quantity.max for at in ("2025-04-14", "2025-04-15")] == [2000, 6]

    def test_the_corrected_fact_stays_known_from_its_first_sources(self) -> None:
        record = given()
        (made,) = record.record(published("2025-04-10", pledge()))
        fixed = published("2025-05-20", pledge(quantity=people(5, 6)))
        record.record(published("2025-04-12", corrected(made, fixed)))
        assert stood(record, "2025-04-12").quantity.max == 6

    def test_an_added_source_lets_it_be_known_earlier_and_never_later(self) -> None:
        record = given()
        (made,) = record.record(published("2025-04-20", pledge()))
        record.record(published("2025-05-20", {"type": "SourceAdded", "event": made}))
        assert stood(record, "2025-04-20") is not None
        (early,) = record.record(published("2025-04-01", {"type": "SourceAdded", "event": made}))
        assert stood(record, "2025-04-01") is not None
        record.record(retracted(early))
        assert stood(record, "2025-04-19") is None

    def test_an_undated_added_source_changes_nothing(self) -> None:
        record = given()
        (made,) = record.record(published("2199-03-01", pledge()))
        record.record({"type": "SourceAdded", "event": made, "sources": [{"publisher": "another"}]})
        assert [stood(record, at) is not None for at in ("2199-02-28", "2199-03-01")] == [False, True]

    def test_an_undated_added_source_does_not_date_an_undated_fact(self) -> None:
        record = given()
        (made,) = record.record(pledge())
        recorded_at = record.history.events[-1].recorded_at
        record.record({"type": "SourceAdded", "event": made, "sources": [{"publisher": "another"}]})
        assert stood(record, recorded_at) is not None

    def test_an_added_source_counts_until_its_retraction_is_known(self) -> None:
        record = given()
        (made,) = record.record(published("2025-06-01", pledge()))
        (added,) = record.record(published("2025-02-01", {"type": "SourceAdded", "event": made}))
        (gone,) = record.record(published("2025-05-01", retracted(added)))
        days = ["2025-01-31", "2025-02-01", "2025-04-30", "2025-05-01", "2025-05-31", "2025-06-01"]
        assert [stood(record, day) is not None for day in days] == [False, True, True, False, False, True]
        assert set_aside(record, "2025-03-01") == {}
        record.record(published("2025-05-15", retracted(gone)))
        assert [stood(record, day) is not None for day in ("2025-05-14", "2025-05-15")] == [False, True]
        record.record(published("2025-05-10", {"type": "SourceAdded", "event": record.history.events[-1].event_id}))
        assert [stood(record, day) is not None for day in ("2025-05-09", "2025-05-10")] == [False, True]

    def test_a_fact_reported_before_its_footing_is_set_aside_until_the_footing_is_known(self) -> None:
        record = given(published("2025-04-20", pledge()))
        (withdrawn,) = record.record(published("2025-04-12", about("PledgeWithdrawn")))
        assert set_aside(record, "2025-04-12") == {withdrawn: "UnknownId"}
        assert set_aside(record, "2025-04-12", on="2025-04-09") == {}
        assert set_aside(record, "2025-04-20") == {}
        assert stood(record, "2025-04-20").status == "withdrawn"

    def test_a_change_known_before_what_it_changes_is_set_aside_until_then(self) -> None:
        record = given()
        (made,) = record.record(published("2025-04-20", pledge()))
        (retraction,) = record.record(published("2025-04-15", retracted(made)))
        assert set_aside(record, "2025-04-15") == {retraction: "UnknownId"}
        assert set_aside(record, "2025-04-20") == {}
        assert stood(record, "2025-04-20") is None
