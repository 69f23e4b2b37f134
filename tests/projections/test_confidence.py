"""What values rest on, and where their sources disagree."""

from typing import Any

import pytest
from hypothesis import given as given_any

from api.routes.openapi import example_of
from domain.concepts.given_values import said
from domain.events import FACT, FACTS, RECORD_TYPES, Event
from domain.facts import Thing
from domain.history.history import History, View
from domain.times import FOREVER_US, period
from projections.asof import Basis
from projections.confidence import Confidence, Dispute, RestsOn, all_disputed, all_resting_on_leaks
from projections.difference import Difference, difference_of
from projections.picture.picture import Picture, picture_of
from tests.domain.history.test_properties import QUESTIONS, Question, recorded
from tests.domain.record import Record, about, given, people, pledge
from tests.oracle import confidence as naive
from tests.oracle import fold as oracle
from tests.oracle.random_histories import Attempt, scripts

LEAK, OFFICIAL = {"attribution": {"basis": "leak"}}, {"attribution": {"basis": "official"}}


def by(publisher: str, **others: Any) -> dict[str, Any]:
    return {"sources": [{"publisher": publisher, "published_on": "2025-04-10", **others}]}


def at(record: Record, day: str = "2025-06-01") -> View:
    return record.history.view(period(day).last_us, FOREVER_US, "recorded", record.history.sequence)


def rests_on(record: Record, day: str = "2025-06-01", thing: Thing = Thing("pledge", "p")) -> RestsOn:  # noqa: B008
    view = at(record, day)
    return Confidence(view).rests_on(view.state(thing))


def disputed(record: Record, day: str = "2025-06-01", thing: Thing = Thing("pledge", "p")) -> list[Dispute]:  # noqa: B008
    view = at(record, day)
    return Confidence(view).disputed(view.state(thing))


def picture(record: Record, day: str = "2025-06-01") -> Picture:
    return picture_of(at(record, day), Basis("willing", 0, day, day, "recorded"))


def difference(before: View, after: View) -> Difference:
    basis = Basis("willing", 0, "", "", "recorded")
    return difference_of((before, basis), (after, basis))


def resized(most: int, publisher: str, **others: Any) -> dict[str, Any]:
    return about("PledgeAmended", quantity=people(most, most), **by(publisher)) | others


class TestWhatAValueRestsOn:
    def test_it_rests_on_the_facts_that_give_it(self) -> None:
        record = given(
            pledge(**by("a", reliability="C")) | LEAK,
            resized(500, "b", effective_at="2025-04-12"),
            resized(600, "c", effective_at="2025-04-13") | OFFICIAL,
        )
        assert rests_on(record) == RestsOn(["official", "leak"], ["a", "c"], "C")

    def test_a_fact_that_repeats_a_value_is_another_source_of_it(self) -> None:
        record = given(
            pledge(**by("a")),
            resized(500, "b", effective_at="2025-04-12"),
            resized(500, "c", effective_at="2025-04-14"),
        )
        assert rests_on(record).publishers == ["a", "b", "c"]

    def test_a_relay_is_not_another_publisher(self) -> None:
        agency = {"publisher": "an agency", "published_on": "2025-04-10"}
        papers = [{**agency, "publisher": name, "relays": "an agency"} for name in ("one", "two", "three")]
        assert rests_on(given(pledge(sources=[agency, *papers]))).publishers == ["an agency"]

    def test_the_best_grading_is_by_reliability_and_then_by_credibility(self) -> None:
        gradings = [("B", "4"), ("B", "2"), ("C", "1"), (None, "1"), (None, None)]
        sources = [{"publisher": "x", "reliability": one, "credibility": other} for one, other in gradings]
        assert rests_on(given(pledge(sources=sources))).best_grading == "B2"
        assert rests_on(given(pledge(sources=sources[3:]))).best_grading == "1"
        assert rests_on(given(pledge(sources=sources[4:]))).best_grading is None

    def test_an_added_source_counts_until_it_is_retracted(self) -> None:
        record = given(pledge(**by("a")) | LEAK)
        made = record.history.events[1].event_id
        (added,) = record.record({"type": "SourceAdded", "event": made, **by("a ministry", reliability="A")} | OFFICIAL)
        assert rests_on(record) == RestsOn(["official", "leak"], ["a", "a ministry"], "A")
        record.record({"type": "EventRetracted", "retracts": added, "reason": "an error"})
        assert rests_on(record) == RestsOn(["leak"], ["a"], None)

    def test_a_correction_brings_its_own_sources(self) -> None:
        record = given(pledge(**by("a")) | LEAK)
        replacement = pledge(effective_at="2025-04-10", **by("b"))
        made = record.history.events[1].event_id
        correction = {"type": "EventCorrected", "corrects": made, "reason": "misread", "replacement": replacement}
        record.record(correction | by("c"))
        assert rests_on(record) == RestsOn(["unstated"], ["b", "c"], None)

    def test_forces_that_have_left_are_no_part_of_what_is_there(self) -> None:
        record = given(
            pledge(**by("a")),
            about("ForcesDeployed", quantity=people(100, 100), effective_at="2025-04-12", **by("b")),
            about("ForcesReturned", effective_at="2025-04-14", **by("c")),
            about("ForcesDeployed", quantity=people(50, 50), effective_at="2025-04-16", **by("d")),
            about("ForcesDeployed", quantity=people(60, 60), effective_at="2025-04-18", **by("e")),
            about("StrengthReported", quantity=people(105, 105), effective_at="2025-04-20", **by("f")),
        )
        there = [rests_on(record, f"2025-04-{day}").publishers for day in (13, 15, 17, 19, 21)]
        assert there == [["a", "b"], ["a", "c"], ["a", "d"], ["a", "d", "e"], ["a", "f"]]

    def test_a_reaffirmation_counts(self) -> None:
        record = given(pledge(**by("a")) | LEAK, about("PledgeReaffirmed", **by("b")) | OFFICIAL)
        assert rests_on(record).bases == ["official", "leak"]

    @pytest.mark.parametrize("kind", sorted(set(FACTS) - set(RECORD_TYPES) - {"WarningDismissed"}))
    def test_every_fact_about_the_world_says_something(self, kind: str) -> None:
        what = said(FACT.validate_python(example_of(kind)))
        assert what.gives or what.adds_to or what.ends


class TestWhenSourcesDisagree:
    def test_two_publishers_give_different_values_from_the_same_day_on(self) -> None:
        record = given(pledge(**by("a")), resized(500, "b"), resized(500, "c"), resized(600, "d"))
        (dispute,) = disputed(record)
        assert dispute.field == "quantity"
        assert [value.publishers for value in dispute.values] == [["a"], ["b", "c"], ["d"]]
        assert [len(value.events) for value in dispute.values] == [1, 2, 1]
        assert [one.thing for one in all_disputed(at(record))] == [Thing("pledge", "p")]

    def test_a_publisher_that_corrects_itself_disagrees_with_nobody(self) -> None:
        assert disputed(given(pledge(**by("a")), resized(500, "a"))) == []
        assert disputed(given(pledge(**by("a")), resized(500, "b", **by("b", relays="a")))) == []
        record = given(pledge(**by("a")), resized(500, "b"), resized(500, "a"))
        assert disputed(record) == []

    def test_a_source_that_joins_the_other_side_settles_it(self) -> None:
        record = given(pledge(**by("a")), resized(500, "b"))
        record.record({"type": "SourceAdded", "event": record.history.events[2].event_id, **by("a")})
        assert disputed(record) == []

    def test_a_period_of_another_precision_is_another_period(self) -> None:
        record = given(pledge(effective_at="2025-04", **by("a")), resized(500, "b", effective_at="2025-04-01"))
        assert disputed(record) == []

    def test_levels_can_be_disputed(self) -> None:
        raised = [about("PledgeRaised", level=level, **by(level)) for level in ("committed", "assigned")]
        (dispute,) = disputed(given(pledge(effective_at="2025-04-01"), *raised))
        assert (dispute.field, [value.value for value in dispute.values]) == ("level", ["committed", "assigned"])

    @pytest.mark.parametrize("later", [
        resized(600, "b", effective_at="2025-05-01"),
        about("PledgeWithdrawn", quantity=people(1, 1), effective_at="2025-05-01"),
    ])  # fmt: skip
    def test_it_ends_with_the_next_change_of_the_field(self, later: dict[str, Any]) -> None:
        record = given(pledge(**by("a")), resized(500, "b"), later)
        assert disputed(record, "2025-04-30")
        assert disputed(record, "2025-05-01") == []

    def test_it_ends_with_a_correction(self) -> None:
        record = given(pledge(**by("a")), resized(500, "b"))
        amended = record.history.events[2].event_id
        right = about("PledgeAmended", quantity=people(1000, 2000), effective_at="2025-04-10", **by("b"))
        record.record({"type": "EventCorrected", "corrects": amended, "reason": "misread", "replacement": right})
        assert disputed(record) == []

    def test_what_is_on_the_ground_can_be_disputed_in_all_and_at_a_place(self) -> None:
        proposed = {"type": "BasingProposed", "basing": "hub", "zone": "theatre_hub", "effective_at": "2025-04-01"}
        for place in ({}, {"basing": "hub"}):
            told = [
                about(
                    "StrengthReported", quantity=people(most, most), effective_at="2025-04-12", **by(str(most)), **place
                )
                for most in (300, 400)
            ]
            (dispute,) = disputed(given(proposed, pledge(), *told))
            assert dispute.field == ("deployed at hub" if place else "deployed")

    def test_a_basing_that_is_agreed_and_ruled_out(self) -> None:
        proposed = {"type": "BasingProposed", "basing": "hub", "zone": "theatre_hub", **by("a")}
        agreed, ruled_out = ({"type": kind, "basing": "hub"} for kind in ("BasingAgreed", "BasingRuledOut"))
        hub = Thing("basing", "hub")
        assert disputed(given(proposed, agreed | by("b")), thing=hub) == []
        (dispute,) = disputed(given(proposed, agreed | by("b"), ruled_out | by("c")), thing=hub)
        assert [value.value for value in dispute.values] == ["agreed", "ruled_out"]

    def test_a_dispute_is_known_once_both_sides_are_public(self) -> None:
        def then(record: Record, known_at: str) -> list[str]:
            view = record.history.view(period("2025-06").last_us, period(known_at).last_us, "reported", 99)
            return [one.field for one in Confidence(view).disputed(view.state(Thing("pledge", "p")))]

        later = [{"publisher": "b", "published_on": "2025-04-20"}]
        record = given(pledge(**by("a")), resized(500, "b", sources=later))
        assert [then(record, day) for day in ("2025-04-19", "2025-04-20")] == [[], ["quantity"]]


class TestFigures:
    def test_they_have_the_part_that_rests_on_leaks_and_the_number_of_disputed_pledges(self) -> None:
        record = given(
            pledge("p") | LEAK, pledge("q", people(300, None)) | LEAK, pledge("r", people(None, None)) | LEAK,
            pledge("s", people(50, 60), **by("a")), about("PledgeRaised", "s", level="committed", **by("b")),
        )  # fmt: skip
        size = picture(record).size
        assert (size.available.leak_only.min, size.available.leak_only.max, size.available.disputed) == (1300, None, 1)
        assert size.by_contributor["GBR"].committed.disputed == 1
        assert (size.committed.leak_only.min, size.committed.leak_only.max) == (0, 0)
        assert [one.pledge for one in all_resting_on_leaks(at(record))] == ["p", "q", "r"]

    def test_a_source_that_confirms_a_leak_is_the_cause_of_the_change(self) -> None:
        record = given(pledge() | LEAK)
        before = at(record)
        (added,) = record.record(
            {"type": "SourceAdded", "event": record.history.events[1].event_id, **by("b")} | OFFICIAL
        )
        found = difference(before, at(record))
        changes = {change.what: (change.fields, change.events) for change in found.changes}
        assert changes["/size/pledged"] == (["leak_only"], [added])
        assert "/pledges/p" not in changes

    def test_another_source_alone_is_no_change(self) -> None:
        record = given(pledge())
        before = at(record)
        record.record({"type": "SourceAdded", "event": record.history.events[1].event_id, **by("b")})
        found = difference(before, at(record))
        assert found.changes == []

    def test_a_dispute_is_a_change_of_the_pledge_and_of_its_figures(self) -> None:
        record = given(pledge(**by("a")))
        before = at(record)
        (amended,) = record.record(about("PledgeAmended", quantity=people(1, 1), effective_at="2025-04-10", **by("b")))
        found = difference(before, at(record))
        changes = {change.what: change for change in found.changes}
        assert "disputed" in changes["/pledges/p"].fields
        assert "disputed" in changes["/size/available"].fields
        assert changes["/size/available"].events == [amended]


# --- compared with the oracle -----------------------------------------------------------------------------------------

NAMED = (
    "pledge",
    "requirement",
    "condition",
    "basing",
    "meeting",
    "member",
    "command",
    "report",
    "statement",
    "stance",
)


@given_any(scripts(), QUESTIONS)
def test_what_things_rest_on_and_where_sources_disagree_is_as_the_oracle_has_it(
    script: list[Attempt], questions: list[Question]
) -> None:
    history = recorded(script)
    for question in questions:
        compare(history.view(*question), oracle.known_by(history.events, *question[1:]))


def compare(view: View, known: list[Event]) -> None:
    wanted, confidence = naive.Confidence(known, view.valid_us), Confidence(view)
    for thing in (thing for kind in NAMED for thing in view.knowledge.things(kind)):
        state = view.state(thing)
        if state is None:
            continue
        named = naive.thing_of(state.latest.fact) if thing.kind == "stance" else thing
        rests_on = confidence.rests_on(state)
        assert (rests_on.bases, rests_on.publishers, rests_on.best_grading) == wanted.rests_on(*named), named
        found = {
            one.field: [(value.events, value.publishers) for value in one.values] for one in confidence.disputed(state)
        }
        rivals = {field: [row[1:] for row in values] for field, values in wanted.disputed(*named).items()}
        assert found == rivals, named


def test_a_history_in_any_order_of_learning_has_the_same_doubts() -> None:
    """Facts that arrive late, or are moved to a thing by a correction, are looked at as well."""
    record = given(pledge(effective_at="2025-04-10", **by("a")), pledge("q", effective_at="2025-04-10"))
    record.record(resized(500, "b", effective_at="2025-05-01"))
    record.record(resized(700, "c", effective_at="2025-04-10"))
    (dispute,) = disputed(record, "2025-04-15")
    assert [value.publishers for value in dispute.values] == [["a"], ["c"]]
    history = History("willing", record.history.events)
    view = history.view(period("2025-04-15").last_us, FOREVER_US, "recorded", history.sequence)
    assert Confidence(view).disputed(view.state(Thing("pledge", "p"))) == [dispute]
