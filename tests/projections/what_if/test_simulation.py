"""Every run obeys the cascade, the same seed gives the same answer, and chances come out as given."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.refusals import AlreadyDecided, Refused
from domain.what_if.chances import SimulationRequest
from domain.what_if.refusals import AsksTooMuch, NamedTwice, NamesNothing
from projections.picture.scene import scene_of
from projections.picture.size import figures_in
from projections.what_if import simulation
from projections.what_if.sensitivity import turned_out
from projections.what_if.simulation import Simulation, simulation_of
from tests.projections.what_if.conditional_pledges import BASIS, history, made, random_history, stated, view_of

NUMBERS = st.integers(0, 2**16 - 1)


def ask(**fields: Any) -> SimulationRequest:
    return SimulationRequest(**{"dates": ["2025-06"], "draws": 2_000, "seed": 1, **fields})


def simulate(*facts: dict[str, Any], **fields: Any) -> Simulation:
    return simulation_of(view_of(history(*facts)), BASIS, ask(**fields))


REQUIRED = {
    "type": "RequirementStated", "requirement": "size", "label": "Size", "stated_by": "GBR", "standing": "floated",
    "quantity": {"min": 1000, "max": 2000, "unit": "personnel"}, "effective_at": "2025-04-02",
}  # fmt: skip


# --- properties -------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(NUMBERS, st.data())
def test_certain_outcomes_equal_the_cascade(number: int, data: st.DataObject) -> None:
    view = view_of(random_history(number, 5, 10))
    scene = scene_of(view)
    open_ones = [name for name, condition in scene.world.conditions.items() if not condition.is_decided]
    outcome = {name: data.draw(st.sampled_from(["met", "failed", "open"])) for name in open_ones}
    chances = [
        {
            "condition": name,
            "probability": 1.0 if one == "met" else 0.0,
            "otherwise": "failed" if one == "failed" else "open",
        }
        for name, one in outcome.items()
    ]
    answer = simulation_of(view, BASIS, ask(conditions=chances, spread="least", dates=["2200"], draws=100))
    figures = figures_in(turned_out(scene, outcome))
    (date,) = answer.dates
    assert (date.available.p5, date.available.p95) == (figures.available.min, figures.available.min)
    assert (date.if_all_move.p5, date.if_all_move.p95) == (figures.if_all_move.min, figures.if_all_move.min)


@settings(max_examples=40)
@given(NUMBERS)
def test_every_run_obeys_the_cascade(number: int) -> None:
    view = view_of(random_history(number, 5, 10))
    scene = scene_of(view)
    open_ones = [name for name, condition in scene.world.conditions.items() if not condition.is_decided]
    chances = [
        {"condition": name, "probability": 0.5, "otherwise": "failed" if place % 2 else "open"}
        for place, name in enumerate(open_ones)
    ]
    asked = ask(conditions=chances, spread="least", dates=["2200"], seed=number)
    date = simulation._Date("2200", view, asked)
    draws = simulation._Draws(asked, sorted(date.sizes), np.random.Generator(np.random.PCG64(number)), 20)
    found = simulation._ForceSample(date, draws)
    for draw in range(20):
        outcome = {
            name: "met" if turn.is_met[draw] else "failed" if turn.fails else "open"
            for name, turn in draws.conditions.items()
        }
        figures = figures_in(turned_out(scene, outcome))
        assert (found.available[draw], found.if_all_move[draw]) == (figures.available.min, figures.if_all_move.min)


def test_the_answer_depends_only_on_the_seed() -> None:
    facts = [stated("a"), made("one", 100, 900, "a"), made("two", 50, 70)]
    chance = [{"condition": "a", "probability": 0.4}]
    first, again, other = (simulate(*facts, conditions=chance, seed=seed) for seed in (5, 5, 6))
    assert first == again
    assert first.dates != other.dates


def test_runs_in_blocks_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "BLOCK", 300)
    done: list[tuple[int, int]] = []
    past = history(stated("a"), made("one", 100, 900, "a"), REQUIRED)
    asked = ask(conditions=[{"condition": "a", "probability": 1.0}], dates=["2025-05", "2025-06"])
    answer = simulation_of(view_of(past), BASIS, asked, step=lambda *one: done.append(one))
    assert done[-1] == (4_000, 4_000)
    assert all(480 < date.available.p50 < 520 for date in answer.dates)


def test_the_more_pledges_the_fewer_runs_are_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "MAX_NUMBERS", 1_000)
    blocks: list[int] = []
    facts = [made(f"p{number}", 100, 900) for number in range(10)]
    past = history(*facts)
    simulation_of(view_of(past), BASIS, ask(draws=450), step=lambda done, _: blocks.append(done))
    assert blocks == [100, 200, 300, 400, 450]


def test_too_many_pledges_at_too_many_dates_are_refused_before_all_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulation, "MAX_PLEDGES_TIMES_DATES", 25)
    held: list[str] = []
    whole = simulation._Date.__init__

    def noting(date: Any, text: str, *rest: Any) -> None:
        held.append(text)
        whole(date, text, *rest)

    monkeypatch.setattr(simulation._Date, "__init__", noting)
    facts = [made(f"p{number}", 100, 900) for number in range(10)]
    dates = [f"2025-0{month}" for month in range(5, 10)]
    with pytest.raises(Refused) as refused:
        simulate(*facts, dates=dates)
    broken = refused.value.violations[0].broken
    assert (type(broken), broken.field, held) == (AsksTooMuch, "/dates", dates[:3])
    assert simulate(*facts, dates=dates[:2]).draws == 2_000


# --- by example -------------------------------------------------------------------------------------------------------


def near(found: float, wanted: float, error: float) -> bool:
    return abs(found - wanted) <= 5 * error


def test_a_requirement_is_met_as_often_as_its_condition() -> None:
    facts = [stated("a"), made("one", 1500, 1500, "a"), REQUIRED]
    answer = simulate(*facts, conditions=[{"condition": "a", "probability": 0.3}], draws=10_000)
    (likelihood,) = answer.dates[0].requirements
    assert near(likelihood.probability, 0.3, likelihood.standard_error)
    assert 0 < likelihood.standard_error < 0.01


@pytest.mark.parametrize(("strength", "wanted"), [(0.0, 0.5 * 0.4), (1.0, 0.4), (0.5, 0.3)])
def test_a_common_cause_correlates_conditions(strength: float, wanted: float) -> None:
    facts = [stated("a"), stated("b"), made("both", 1500, 1500, "a", "b"), REQUIRED]
    chances = [{"condition": "a", "probability": 0.5}, {"condition": "b", "probability": 0.4}]
    cause = [{"conditions": ["a", "b"], "strength": strength}]
    answer = simulate(*facts, conditions=chances, common_causes=cause, draws=20_000)
    (likelihood,) = answer.dates[0].requirements
    assert near(likelihood.probability, wanted, likelihood.standard_error)


def test_quantities_spread_within_the_range_of_their_pledge() -> None:
    facts = [made("one", 1000, 3000), made("more", 500, None)]
    uniform = simulate(*facts, draws=20_000).dates[0].available
    assert near(uniform.mean, 2500, uniform.standard_error)
    assert (abs(uniform.p5 - 1600) < 30, abs(uniform.p95 - 3400) < 30) == (True, True)
    peaked = [{"pledge": "one", "spread": "triangular", "likeliest": 1000}]
    triangular = simulate(*facts, quantities=peaked, draws=20_000).dates[0].available
    assert near(triangular.mean, 500 + (1000 + 1000 + 3000) / 3, triangular.standard_error)
    closed = [{"pledge": "more", "spread": "most", "max": 900}, {"pledge": "one", "spread": "least"}]
    assert simulate(*facts, quantities=closed).dates[0].available.p50 == 1900


def test_a_rule_counts_the_sampled_personnel() -> None:
    enough = stated("enough", {"personnel_at_least": 2000})
    answer = simulate(enough, made("one", 1000, 3000), made("two", 5000, 5000, "enough"), draws=10_000)
    available = answer.dates[0].available
    assert (available.p25 < 2000, available.p75 > 7000) == (True, True)
    assert near(available.mean, 2000 + 2500, available.standard_error)


def test_a_condition_is_met_from_its_sampled_date() -> None:
    facts = [stated("a"), made("one", 1000, 1000, "a")]
    when = {"earliest": "2025-06-01", "latest": "2025-06-30"}
    chance = [{"condition": "a", "probability": 1.0, "when": when}]
    dates = ["2025-05-31", "2025-06-15", "2025-06-30"]
    before, amid, after = (
        one.available.mean for one in simulate(*facts, conditions=chance, dates=dates, draws=10_000).dates
    )
    assert (before, after) == (0, 1000)
    assert 470 < amid < 530


def test_a_pledge_arrives_on_its_sampled_date() -> None:
    facts = [made("one", 1000, 1000, available_from="2027"), made("two", 10, 10)]
    arrival = [{"pledge": "one", "when": {"earliest": "2025-06-01", "latest": "2025-06-30"}}]
    dates = ["2025-05-31", "2025-06-30"]
    before, after = simulate(*facts, arrivals=arrival, dates=dates).dates
    assert (before.available.p95, before.if_all_move.p95) == (10, 10)
    assert (after.available.p5, after.if_all_move.p5) == (1010, 1010)


def test_decided_conditions_stay_decided() -> None:
    facts = [
        stated("a"),
        made("one", 1000, 1000, "a"),
        {"type": "ConditionMet", "condition": "a", "effective_at": "2025-07-01"},
    ]
    chance = [{"condition": "a", "probability": 0.0}]
    before, after = simulate(*facts, conditions=chance, dates=["2025-06", "2025-07"]).dates
    assert (before.available.mean, after.available.mean) == (0, 1000)


def test_the_decisive_condition_has_the_greatest_sensitivity() -> None:
    facts = [stated("big"), stated("small"), made("one", 1000, 1200, "big"), made("two", 10, 12, "small")]
    chances = [{"condition": name, "probability": 0.5} for name in ("big", "small")]
    first, second, *_ = simulate(*facts, conditions=chances, draws=10_000).influences
    assert (first.kind, first.of, second.kind, second.of) == ("condition", "big", "quantity", "one")
    assert first.correlation > second.correlation > 0
    assert 1080 < (first.difference or 0) < 1120


def test_tied_ranks_share_their_mean() -> None:
    assert simulation.ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


REFUSED = [
    ({"conditions": [{"condition": "no", "probability": 0.1}]}, NamesNothing, "/conditions/0/condition"),
    ({"conditions": [{"condition": "done", "probability": 0.1}]}, AlreadyDecided, "/conditions/0/condition"),
    ({"conditions": [{"condition": "a", "probability": 0.1}] * 2}, NamedTwice, "/conditions/1/condition"),
    ({"quantities": [{"pledge": "no", "spread": "least"}]}, NamesNothing, "/quantities/0/pledge"),
    (
        {"arrivals": [{"pledge": "no", "when": {"earliest": "2025", "latest": "2025"}}]},
        NamesNothing,
        "/arrivals/0/pledge",
    ),
    (
        {"common_causes": [{"conditions": ["a", "b"], "strength": 0.1}]},
        NamesNothing,
        "/common_causes/0/conditions/0",
    ),
    ({"draws": 100_000, "dates": [f"2025-05-{day:02d}" for day in range(1, 32)] * 2}, AsksTooMuch, "/draws"),
]


@pytest.mark.parametrize(("fields", "rule", "field"), REFUSED)
def test_invalid_simulations_are_refused(fields: dict[str, Any], rule: type, field: str) -> None:
    facts = [stated("a"), stated("b"), stated("done"), {"type": "ConditionMet", "condition": "done"}]
    with pytest.raises(Refused) as refused:
        simulate(*facts, made("one", 1, 2, "a"), **fields)
    first = refused.value.violations[0].broken
    assert (type(first), first.field) == (rule, field)


@pytest.mark.parametrize(
    "fields",
    [
        {"conditions": [{"condition": "a", "probability": 1.2}]},
        {"conditions": [{"condition": "a", "probability": float("nan")}]},
        {"draws": 10},
        {"draws": 1_000_000},
        {"dates": []},
        {"common_causes": [{"conditions": ["a", "b"], "strength": -0.1}]},
        {"arrivals": [{"pledge": "p", "when": {"earliest": "2026", "latest": "2025"}}]},
    ],
)
def test_invalid_chances_cannot_be_read(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(**fields)


def test_before_the_formation_there_is_nothing_to_simulate() -> None:
    answer = simulate(made("one", 1, 2), dates=["2024"])
    assert (answer.dates[0].available.p95, answer.influences) == (0, [])
