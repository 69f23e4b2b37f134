"""Pictures of long or incomplete records: chains of conditions, and reported totals beside undisclosed figures."""

from typing import Any

import pytest

from domain.times import period
from projections.asof import AsOf, view_of
from projections.picture.picture import Picture, picture_of
from tests.domain.record import Fact, Record, given, people, pledge

NOW_US = period("2030").start_us


def condition(name: str, rule: Any = None, **fields: Any) -> Fact:
    stated = {"type": "ConditionStated", "condition": name, "kind": "other", "description": "A condition"} | fields
    return stated if rule is None else stated | {"rule": rule}


def picture(record: Record) -> Picture:
    basis = AsOf("2026", "2030").basis(record.history, NOW_US)
    return picture_of(view_of(record.history, basis), basis)


class TestConditionsThatNameConditions:
    def test_a_long_chain_of_conditions_is_followed_to_its_end(self) -> None:
        names = [f"c{number}" for number in range(600)]
        chain = [condition(name, {"condition": before}) for name, before in zip(names[1:], names[:-1], strict=True)]
        record = given(
            pledge(conditions=[]), condition(names[0], kind="partner_backstop"), *chain, formed={"key_partner": "USA"}
        )
        record.record({"type": "ConditionAttached", "condition": names[-1], "pledge": "p"})
        now = picture(record)
        assert now.size.conditional.min == 1000
        assert now.key_partner is not None
        assert now.key_partner.waiting.held_back.min == 1000
        record.record({"type": "ConditionMet", "condition": names[0]})
        assert picture(record).size.available.min == 1000

    def test_naming_a_condition_repeatedly_costs_nothing_more(self) -> None:
        many = [condition(f"c{n}", {"any_of": [{"condition": f"c{n - 1}"}] * 30}) for n in range(1, 12)]
        record = given(pledge(), condition("c0"), *many)  # 30 to the power of 11 ways down
        record.record({"type": "ConditionAttached", "condition": "c11", "contributor": "GBR"})
        assert picture(record).size.conditional.pledges == 1


class TestCountsBesideTheRecord:
    @pytest.mark.parametrize(
        ("quantity", "named"),
        [
            (people(1000, 2000), (1000, 2000)),
            (people(None, None), (None, None)),
            ({"min": 3, "max": 3, "unit": "ship"}, (None, None)),
            (people(50_000, 50_000) | {"measure": "cumulative"}, (None, None)),
        ],
    )
    def test_an_undisclosed_figure_is_not_shown_as_zero(self, quantity: Fact, named: tuple[Any, Any]) -> None:
        reported = {"type": "CountReported", "report": "r", "subject": "personnel", "pledge": "p", "scope": "its size"}
        (count,) = picture(given(pledge(quantity=quantity), reported | {"value": {"min": 5, "max": 5}})).counts
        assert count.named is not None
        assert (count.named.min, count.named.max) == named

    def test_an_undisclosed_pledge_leaves_the_upper_bound_unknown(self) -> None:
        reported = {"type": "CountReported", "report": "r", "subject": "personnel", "scope": "the force"}
        undisclosed = pledge("q", people(None, None))
        (count,) = picture(given(pledge(), undisclosed, reported | {"value": {"min": 5, "max": 5}})).counts
        assert count.named is not None
        assert (count.named.min, count.named.max) == (1000, None)
