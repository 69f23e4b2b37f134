"""Requirements beside what there is: in their own unit, line by line, and how soon the available force can move."""

from typing import Any

import pytest

from domain.times import period
from projections.asof import AsOf, Basis, view_of
from projections.difference import Difference, difference_of
from projections.lists import is_unconfirmed_since, items_of
from projections.picture.needs import RequirementFigures
from projections.timeline import timeline_of
from projections.why import why
from tests.domain.record import Fact, Record, about, given, people, pledge
from tests.projections.picture.test_picture import picture

NOW_US = period("2030").start_us


def need(name: str = "r", quantity: Fact | None = None, **fields: Any) -> Fact:
    """A requirement for 2,500 people, unless the fields differ."""
    stated = {"type": "RequirementStated", "requirement": name, "label": name.title(), "stated_by": "org:un"}
    return stated | {"standing": "agreed", "quantity": quantity or people(2500, 2500)} | fields


def ships(number: int) -> Fact:
    return {"min": number, "max": number, "unit": "ship"}


def required(record: Record, name: str = "r") -> RequirementFigures:
    return next(one for one in picture(record).size.required if one.requirement == name)


def between(record: Record, one: Basis, other: Basis) -> Difference:
    sides = [(view_of(record.history, basis), basis) for basis in (one, other)]
    return difference_of(sides[0], sides[1])


def gaps(one: RequirementFigures) -> dict[str, tuple[int | None, int | None]]:
    found = {name: getattr(one.gaps, name) for name in ("deployed", "binding", "available", "pledged")}
    return {name: (gap.min, gap.max) for name, gap in found.items()}


class TestShortfalls:
    def test_each_kind_of_forces_has_its_own(self) -> None:
        record = given(
            need(), pledge("a", people(500, 500)), pledge("b", people(800, 1000), level="committed"),
            {"type": "ConditionStated", "condition": "c", "kind": "other", "description": "x"},
            pledge("d", people(900, 900), level="assigned", conditions=["c"]),
            about("ForcesDeployed", "b", quantity=people(426, 426)),
        )  # fmt: skip
        one = required(record)
        assert gaps(one) == {
            "deployed": (2074, 2074), "binding": (600, 800), "available": (1000, 1200), "pledged": (100, 300),
        }  # fmt: skip
        assert (one.binding.min, one.binding.max, one.binding.pledges) == (1700, 1900, 2)
        assert one.state == "partly"

    def test_money_that_is_paid_is_there(self) -> None:
        money = {"min": 100, "max": 100, "unit": "EUR"}
        record = given(need(quantity=money), pledge(quantity=money | {"min": 80, "max": 80}, level="committed"))
        record.record(about("FundsDisbursed", quantity=money | {"min": 30, "max": 30}))
        assert gaps(required(record)) == {
            "deployed": (70, 70), "binding": (20, 20), "available": (20, 20), "pledged": (20, 20),
        }  # fmt: skip

    def test_a_total_over_rotations_is_held_against_nothing(self) -> None:
        one = required(given(need(quantity=people(2500, 2500) | {"measure": "cumulative"}), pledge()))
        assert set(gaps(one).values()) == {(None, None)}
        assert (one.available.pledges, one.state) == (0, None)

    def test_an_undisclosed_pledge_leaves_the_lower_bound_unknown(self) -> None:
        one = required(given(need(), pledge(quantity=people(None, None))))
        assert gaps(one)["available"] == (None, 2500)
        assert gaps(one)["deployed"] == (2500, 2500)

    @pytest.mark.parametrize(
        ("size", "there", "state"),
        [
            ((2500, 2500), None, "open"),
            ((2500, 2500), (100, 100), "partly"),
            ((2500, 2500), (None, None), "partly"),
            ((1000, 2500), (1500, 3000), "partly"),
            ((1000, 2500), (2500, None), "filled"),
            ((1000, None), (1000, 1000), "filled"),
            ((None, 500), (400, 400), "partly"),
            ((None, None), (400, 400), None),
        ],
    )
    def test_the_state_tells_how_far_the_available_force_meets_it(
        self, size: tuple[Any, Any], there: tuple[Any, Any] | None, state: str | None
    ) -> None:
        record = given(need(quantity=people(*size)))
        if there is not None:
            record.record(pledge(quantity=people(*there)))
        assert required(record).state == state


class TestLines:
    def test_what_a_whole_needs_is_not_the_sum_of_its_lines(self) -> None:
        line = need("ships", ships(4), part_of="r", capability="naval")
        record = given(need(), line, need("boats", ships(2), part_of="r"), pledge("p", ships(3), capability="naval"))
        whole, of_ships, of_boats = (required(record, name) for name in ("r", "ships", "boats"))
        assert (whole.lines, whole.part_of, whole.min) == (["ships", "boats"], None, 2500)
        assert (of_ships.part_of, of_ships.lines) == ("r", [])
        assert gaps(of_ships)["available"] == (1, 1)
        assert gaps(of_boats)["available"] == (0, 0)
        assert gaps(whole)["available"] == (2500, 2500)

    def test_the_pledges_that_fill_a_line_count_for_it_alone(self) -> None:
        record = given(need(), need("line", people(1000, 1000), part_of="r"), pledge("a", people(600, 600)))
        assert gaps(required(record, "line"))["pledged"] == (400, 400)
        assert not required(record, "line").is_filled_by_name
        record.record(pledge("b", people(300, 300), capability="logistics", fills=["line"]))
        one = required(record, "line")
        assert (gaps(one)["pledged"], one.is_filled_by_name) == ((700, 700), True)
        assert gaps(required(record))["pledged"] == (1600, 1600)
        record.record(about("PledgeAmended", "b", fills=None))
        assert gaps(required(record, "line"))["pledged"] == (100, 100)

    def test_a_pledge_in_another_unit_or_only_floated_does_not_fill_a_line(self) -> None:
        line = need("line", people(1000, 1000), part_of="r")
        record = given(need(), line, pledge("a", people(600, 600)), pledge("b", ships(2), fills=["line"]))
        record.record(pledge("c", people(50, 50), fills=["line"], level="floated"))
        assert gaps(required(record, "line"))["pledged"] == (400, 400)

    def test_a_pledge_fills_only_requirements_on_record(self) -> None:
        assert given().refuses(pledge(fills=["line"])) == [("UnknownId", "/fills/0")]

    def test_a_new_line_is_a_change_of_the_whole_and_its_cause(self) -> None:
        record = given(need(), need("other"))
        (stated,) = record.record(need("line", ships(2), part_of="r"))
        bases = [AsOf("2026", "2030", sequence=n).basis(record.history, NOW_US) for n in (3, 4)]
        difference = between(record, *bases)
        changed = {change.what: (change.fields, change.events) for change in difference.changes}
        assert changed["/size/required/r"] == (["lines"], [stated])

    def test_a_shortfall_is_explained_by_the_pledges_of_its_own_figure(self) -> None:
        record = given(need(), pledge("a", people(500, 500)), pledge("b", level="committed"))
        basis = AsOf("2026", "2030").basis(record.history, NOW_US)
        for name, pledges in (("pledged", ["a", "b"]), ("binding", ["b"]), ("deployed", [])):
            answer = why(f"/size/required/r/gaps/{name}/max", view_of(record.history, basis), basis)
            assert [one.pledge.pledge for one in answer.pledges] == pledges
            assert "RequirementStated" in {event.type for event in answer.events}


class TestReadiness:
    def test_the_available_force_is_counted_by_its_notice_to_move(self) -> None:
        record = given(
            pledge("a", people(10, 10), notice_to_move_days=10), pledge("b", people(20, 20), notice_to_move_days=31),
            pledge("c", people(30, 30), notice_to_move_days=181), pledge("d", people(40, 40)),
        )  # fmt: skip
        found = {days: figure.min for days, figure in picture(record).size.within_days.items()}
        assert found == {"10": 10, "30": 10, "60": 30, "90": 30, "180": 30, "unstated": 40}

    def test_a_changed_notice_is_the_cause_of_what_can_move_in_time(self) -> None:
        record = given(pledge(notice_to_move_days=90))
        (amended,) = record.record(about("PledgeAmended", notice_to_move_days=20))
        bases = [AsOf("2026", "2030", sequence=n).basis(record.history, NOW_US) for n in (2, 3)]
        difference = between(record, *bases)
        changed = {change.what: change.events for change in difference.changes}
        assert changed["/size/within_days/30"] == changed["/size/within_days/60"] == [amended]
        assert "/size/available" not in changed


class TestConfirmation:
    def confirmation(self, record: Record, on: str) -> tuple[str | None, str]:
        basis = AsOf(on, "2030").basis(record.history, NOW_US)
        (item,) = items_of("pledges", view_of(record.history, basis), basis).items
        return item.confirmed_on, item.confirmed

    def test_a_pledge_is_stale_after_the_last_day_for_which_it_was_reaffirmed(self) -> None:
        record = given(pledge(), about("PledgeReaffirmed", effective_at="2025-05-01", until="2025-06-30"))
        assert self.confirmation(record, "2025-04-20") == ("2025-04-10", "current")
        assert self.confirmation(record, "2025-06-30T12:00:00Z") == ("2025-05-01", "current")
        assert self.confirmation(record, "2025-07-01") == ("2025-05-01", "stale")
        record.record(about("PledgeReaffirmed", effective_at="2025-08-01"))
        assert self.confirmation(record, "2025-08-02") == ("2025-08-01", "current")

    def test_what_others_say_is_no_word_of_the_contributor(self) -> None:
        by_france = {"actor": "FRA", "basis": "third_party"}
        record = given(pledge(), about("PledgeReaffirmed", effective_at="2025-05-01", attribution=by_france))
        assert self.confirmation(record, "2025-06-01") == ("2025-04-10", "current")

    def test_the_day_that_passes_is_the_cause_and_changes_no_figure(self) -> None:
        record = given(pledge())
        (reaffirmed,) = record.record(about("PledgeReaffirmed", effective_at="2025-05-01", until="2025-06-30"))
        bases = [AsOf(on, "2030").basis(record.history, NOW_US) for on in ("2025-06-01", "2025-07-01")]
        difference = between(record, *bases)
        assert [(one.what, one.fields, one.events) for one in difference.changes] == [
            ("/pledges/p", ["confirmed"], [reaffirmed])
        ]
        view = view_of(record.history, bases[1])
        points = timeline_of(view, bases[1], period("2025-06-01").start_us, period("2025-08-01").start_us).points
        assert len(points) == 1

    def test_pledges_in_force_without_a_word_since_a_day_are_found(self) -> None:
        record = given(pledge("a"), pledge("b"), pledge("gone"), about("PledgeWithdrawn", "gone"))
        record.record(about("PledgeReaffirmed", "b", effective_at="2025-05-01"))
        basis = AsOf("2026", "2030").basis(record.history, NOW_US)
        since_us = period("2025-05-01").start_us
        found = items_of(
            "pledges", view_of(record.history, basis), basis, None, lambda item: is_unconfirmed_since(item, since_us)
        )
        assert [item.pledge for item in found.items] == ["a"]
