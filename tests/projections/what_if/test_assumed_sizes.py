"""Assumed sizes: the answer is that to a record in which these pledges were stated so, and it says so."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from domain.events import FACT
from domain.history.history import History
from domain.what_if.assumed_sizes import AssumedSizes
from domain.what_if.chances import SensitivityRequest, SimulationRequest
from projections.asof import Basis, view_of
from projections.difference import beside
from projections.picture.picture import Picture
from projections.timeline import Timeline, timeline_of
from projections.what_if.changed_history import ChangedHistory, baseline_of, with_assumed_sizes
from projections.what_if.sensitivity import Sensitivity, sensitivity_of
from projections.what_if.simulation import Simulation, simulation_of
from tests.projections.what_if.conditional_pledges import BASIS, VALID_US, history, made, random_history, stated
from tests.projections.what_if.conditional_pledges import view_of as viewed
from tests.projections.what_if.test_consequences import read, what_if

SIZES: TypeAdapter[Any] = TypeAdapter(AssumedSizes)
ASSUMED = {"ground_forces": {"min": 3, "max": 8}, "*": {"min": 0, "max": 2}}
UNDISCLOSED = SIZES.validate_python(ASSUMED)


def disclosed(past: History) -> History:
    """The record in which every pledge of undisclosed size was stated with the assumed one."""
    return History(past.coalition, [replace(event, fact=_disclosed(event.fact)) for event in past.events])


def _disclosed(fact: Any) -> Any:
    quantity = getattr(fact, "quantity", None)
    if quantity is None or not quantity.is_undisclosed:
        return fact
    raw = FACT.dump_python(fact, mode="json", exclude_none=True)
    size = ASSUMED.get(raw["capability"], ASSUMED["*"])
    return FACT.validate_python({**raw, "quantity": {**size, "unit": "personnel"}})


def shown(answer_type: Any, answer: Any) -> Any:
    """An answer without what says that sizes are assumed."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items() if key != "assumed"}
        return [without(one) for one in value] if isinstance(value, list) else value

    return without(TypeAdapter(answer_type).dump_python(answer, mode="json"))


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_answers_are_those_to_a_record_with_these_sizes(number: int) -> None:
    past = random_history(number, 4, 8)
    known = disclosed(past)
    sensitivities = (
        sensitivity_of(viewed(past), BASIS, SensitivityRequest(undisclosed=UNDISCLOSED)),
        sensitivity_of(viewed(known), BASIS),
    )
    assert sensitivities[0].undisclosed == UNDISCLOSED
    one, other = (shown(Sensitivity, replace(answer, undisclosed=None)) for answer in sensitivities)
    assert one == other
    question: dict[str, Any] = {"dates": ("2025-06-01",), "draws": 100}
    simulations = (
        simulation_of(viewed(past), BASIS, SimulationRequest(**question, undisclosed=UNDISCLOSED)),
        simulation_of(viewed(known), BASIS, SimulationRequest(**question)),
    )
    assert shown(Simulation, replace(simulations[0], undisclosed=None)) == shown(Simulation, simulations[1])


@settings(max_examples=60)
@given(st.integers(0, 2**32))
def test_a_what_if_reads_as_one_on_a_record_with_these_sizes(number: int) -> None:
    past = random_history(number, 4, 8)
    changes = read({"decide": "c0", "becomes": "met", "effective_at": "2025-05-01"})
    scenarios = [
        ChangedHistory(one, what_if(one).fork, changes, undisclosed)
        for one, undisclosed in ((past, UNDISCLOSED), (disclosed(past), None))
    ]
    basis = Basis("willing", past.sequence, "2025-06-01", scenarios[0].fork.known_at, "recorded")
    answers = [beside((baseline_of(one, basis), basis), (view_of(one, basis), basis)) for one in scenarios]
    for side in (0, 1):
        one, other = (shown(Picture, answer[side]) for answer in answers)
        assert one["size"] == other["size"]
    changed = [{change.what for change in answer[2].changes if change.what.startswith("/size")} for answer in answers]
    assert changed[0] == changed[1]
    lines = [shown(Timeline, timeline_of(view_of(one, basis), basis, 0, VALID_US)) for one in scenarios]
    assert [point["size"] for point in lines[0]["points"]] == [point["size"] for point in lines[1]["points"]]


def test_every_figure_says_how_many_of_its_pledges_are_assumed() -> None:
    past = history(
        stated("a"), made("unknown", None, None), made("waits", None, None, "a"), made("known", 5, 5),
        made("ships", None, None, capability="naval"),
    )  # fmt: skip
    answer = sensitivity_of(
        viewed(past),
        BASIS,
        SensitivityRequest(undisclosed=SIZES.validate_python({"ground_forces": {"min": 1, "max": 2}})),
    )
    assert (answer.now.available.assumed, answer.now.available.undisclosed) == (1, 1)
    assert (answer.now.conditional.assumed, answer.if_all_met.available.assumed) == (1, 2)
    assert (answer.now.available.min, answer.now.available.max) == (6, 7)
    assert sensitivity_of(viewed(past), BASIS).now.available.assumed == 0
    question: dict[str, Any] = {"dates": ("2025-06-01",), "undisclosed": UNDISCLOSED}
    assert simulation_of(viewed(past), BASIS, SimulationRequest(**question)).dates[0].assumed == 4 - 1


def test_phases_of_undisclosed_size_have_the_assumed_one_too() -> None:
    unknown = {"unit": "personnel"}
    phases = [{"from": "2025-04-01", "quantity": unknown}, {"from": "2030-01-01", "quantity": unknown}]
    view = with_assumed_sizes(viewed(history(made("p", None, None, phases=phases))), UNDISCLOSED)
    figures = sensitivity_of(view, BASIS).now
    assert (figures.pledged.min, figures.pledged.max, figures.pledged.undisclosed) == (3, 8, 0)
    assert figures.available.undisclosed == 0


def test_what_is_on_the_ground_is_not_assumed() -> None:
    there = {"type": "ForcesDeployed", "pledge": "p", "quantity": {"min": 4, "max": 4, "unit": "personnel"}}
    past = history(made("p", None, None), {**there, "effective_at": "2025-04-05"})
    view = with_assumed_sizes(viewed(past), UNDISCLOSED)
    figures = sensitivity_of(view, BASIS).now
    assert (figures.deployed.min, figures.deployed.assumed) == (4, 0)
    assert figures.pledged.assumed == 1


@pytest.mark.parametrize(
    "sizes", [{}, {"tanks": {"min": 1, "max": 2}}, {"*": {"min": 3, "max": 2}}, {"*": {"min": -1, "max": 2}}, {"*": {}}]
)
def test_a_size_that_cannot_be_is_refused(sizes: Any) -> None:
    with pytest.raises(ValidationError):
        SIZES.validate_python(sizes)
