"""Shares add up, fixed points equal an exhaustive search, and sums over many worlds equal the cascade."""

from itertools import chain, combinations, permutations
from math import isclose
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import FACT
from domain.refusals import Refused
from domain.what_if.chances import MAX_OPEN_CONDITIONS, SensitivityRequest
from domain.what_if.refusals import AsksTooMuch
from projections.picture.scene import Scene, scene_of
from projections.picture.size import figures_in
from projections.what_if import sensitivity
from projections.what_if.sensitivity import sensitivity_of, turned_out
from projections.what_if.worlds import Worlds
from tests.projections.what_if.conditional_pledges import BASIS, history, made, random_history, stated, view_of

NUMBERS = st.integers(0, 2**16 - 1)
FEWER = settings(max_examples=100)
LEVELS = ("floated", "pledged", "committed", "assigned")
STANCES = ("ruled_out", "reluctant", "undecided", "not_excluded", "considering", "willing", "committed")


def subsets(items: Any) -> Any:
    items = list(items)
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


# --- the cascade's fixed points, by trying every set of pledges -------------------------------------------------------


def holds_among(rule: Any, available: list[Any], scene: Scene) -> bool:
    """Whether a rule holds when just these pledges are available: written out again, with nothing shared."""
    force = [pledge for pledge in available if pledge.purpose == "force"]
    if hasattr(rule, "all_of"):
        return all(holds_among(part, available, scene) for part in rule.all_of)
    if hasattr(rule, "any_of"):
        return any(holds_among(part, available, scene) for part in rule.any_of)
    if hasattr(rule, "condition"):
        return condition_holds(scene.world.conditions[rule.condition], available, scene)
    if hasattr(rule, "personnel_at_least"):
        people = sum((p.quantity.min or 0) for p in force if p.quantity.unit == "personnel")
        return people >= rule.personnel_at_least
    if hasattr(rule, "contributors_at_least"):
        return len({pledge.contributor for pledge in force}) >= rule.contributors_at_least
    if hasattr(rule, "contributor"):
        return any(
            pledge.contributor == rule.contributor
            and LEVELS.index(pledge.level) >= LEVELS.index(rule.level_at_least)
            and rule.capability in (None, pledge.capability)
            for pledge in force
        )
    if hasattr(rule, "all_members_at_least"):
        least = LEVELS.index(rule.all_members_at_least)
        firm = {pledge.contributor for pledge in force if LEVELS.index(pledge.level) >= least}
        return bool(scene.world.members) and scene.world.members <= firm
    return False


def condition_holds(condition: Any, available: list[Any], scene: Scene) -> bool:
    if condition.status != "open":
        return bool(condition.status in ("met", "waived"))
    return condition.rule is not None and holds_among(condition.rule, available, scene)


def step(available: list[Any], scene: Scene) -> set[str]:
    """The pledges that would be available if those were."""
    conditions = scene.world.conditions
    found = set()
    for pledge in scene.pledges:
        on = [*pledge.conditions]
        if pledge.purpose == "force":
            on += [c.condition for c in conditions.values() if pledge.contributor in c.contributors]
        if pledge.level != "floated" and all(condition_holds(conditions[name], available, scene) for name in on):
            found.add(pledge.pledge)
    return found


@FEWER
@given(NUMBERS)
def test_the_fixed_points_are_the_smallest_and_the_largest_consistent_sets(number: int) -> None:
    scene = scene_of(view_of(random_history(number, 4, 7, ruled=0.6)))
    fixed = []
    for chosen in subsets(scene.pledges):
        if step(list(chosen), scene) == {pledge.pledge for pledge in chosen}:
            fixed.append({pledge.pledge for pledge in chosen})
    available = {name for name, standing in scene.cascade.standing.items() if standing == "available"}
    moving = {pledge.pledge for pledge in scene.cascade.if_all_move}
    assert available in fixed
    assert moving in fixed
    assert all(available <= one <= moving for one in fixed)


@FEWER
@given(NUMBERS, st.data())
def test_every_world_has_the_fixed_points_of_its_own_cascade(number: int, data: st.DataObject) -> None:
    scene = scene_of(view_of(random_history(number, 6, 12)))
    worlds = Worlds(scene)
    outcomes = [
        {name: data.draw(st.sampled_from(["met", "failed", "open"])) for name in worlds.conditions} for _ in range(4)
    ]
    met = np.array([worlds.bits(n for n, one in o.items() if one == "met") for o in outcomes], dtype=np.uint64)
    failed = np.array([worlds.bits(n for n, one in o.items() if one == "failed") for o in outcomes], dtype=np.uint64)
    people = worlds.people(lambda waiting: waiting.personnel_min)
    least = worlds.available(worlds.least(met, failed, people), people)
    most = worlds.available(worlds.greatest(met, failed, people), people)
    for row, outcome in enumerate(outcomes):
        figures = figures_in(turned_out(scene, outcome))
        assert (least[row], most[row]) == (figures.available.min, figures.if_all_move.min)


# --- shares -----------------------------------------------------------------------------------------------------------


def available_if_met(scene: Scene, names: Any) -> tuple[int, int, int]:
    """The least and the most available if these conditions are met, and the available pledges of undisclosed size, by
    the cascade itself."""
    turned = turned_out(scene, dict.fromkeys(names, "met"))
    standing = turned.cascade.standing
    pledges = [
        w.pledge
        for w in turned.cascade.waiting
        if standing.get(w.pledge.pledge) == "available" and w.pledge.purpose == "force"
    ]
    least = [pledge.quantity.min or 0 for pledge in pledges]
    most = [p.quantity.max if p.quantity.max is not None else p.quantity.min or 0 for p in pledges]
    unknown = [p for p in pledges if p.quantity.min is None and p.quantity.max is None]
    return sum(least), sum(most), len(unknown)


@settings(max_examples=40)
@given(NUMBERS)
def test_shares_are_the_mean_over_all_orders(number: int) -> None:
    view = view_of(random_history(number, 4, 8))
    scene = scene_of(view)
    answer = sensitivity_of(view, BASIS)
    names = [one.condition for one in answer.conditions]
    worth = {frozenset(met): available_if_met(scene, met) for met in subsets(names)}
    orders = list(permutations(names))
    for one in answer.conditions:
        brought = [0, 0, 0]
        for order in orders:
            before = frozenset(order[: order.index(one.condition)])
            for side in (0, 1, 2):
                brought[side] += worth[before | {one.condition}][side] - worth[before][side]
        assert isclose(one.share.min, brought[0] / len(orders), abs_tol=1e-9)
        assert isclose(one.share.max, brought[1] / len(orders), abs_tol=1e-9)
        assert isclose(one.undisclosed.share, brought[2] / len(orders), abs_tol=1e-9)
        now, then = worth[frozenset()], worth[frozenset([one.condition])]
        assert one.undisclosed.released == then[2] - now[2]


@FEWER
@given(NUMBERS)
def test_shares_add_up_to_the_affected_personnel(number: int) -> None:
    answer = sensitivity_of(view_of(random_history(number, 8, 20)), BASIS)
    assert isclose(sum(one.share.min for one in answer.conditions), answer.held_back.min or 0, abs_tol=1e-6)
    assert isclose(sum(one.share.max for one in answer.conditions), answer.held_back.max or 0, abs_tol=1e-6)
    assert answer.if_all_met.available.min - answer.now.available.min == answer.held_back.min
    held_back = answer.held_back_undisclosed
    assert isclose(sum(one.undisclosed.share for one in answer.conditions), held_back, abs_tol=1e-6)
    assert answer.if_all_met.available.undisclosed - answer.now.available.undisclosed == held_back


@settings(max_examples=25)
@given(NUMBERS)
def test_sampled_shares_add_up_and_are_close_to_the_exact_ones(number: int) -> None:
    view = view_of(random_history(number, 8, 20))
    exact = sensitivity_of(view, BASIS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sensitivity, "MAX_EXACT", -1)
        sampled = sensitivity_of(view, BASIS, SensitivityRequest(samples=400, seed=number))
        again = sensitivity_of(view, BASIS, SensitivityRequest(samples=400, seed=number))
    assert (sampled.method, exact.method) == ("sampled", "exact")
    assert sampled == again
    assert isclose(sum(one.share.min for one in sampled.conditions), exact.held_back.min or 0, abs_tol=1e-6)
    held_back = exact.held_back_undisclosed
    assert isclose(sum(one.undisclosed.share for one in sampled.conditions), held_back, abs_tol=1e-6)
    for one, other in zip(sampled.conditions, exact.conditions, strict=True):
        assert one.share.error_min is not None
        # Where every order drawn brought the same, an order in which it does not may still be rare.
        assert abs(one.share.min - other.share.min) <= 6 * one.share.error_min + 0.02 * (exact.held_back.min or 0)


@FEWER
@given(NUMBERS)
def test_pairs_and_smallest_sets_equal_an_exhaustive_search(number: int) -> None:
    required = {
        "type": "RequirementStated", "requirement": "size", "label": "Size", "stated_by": "GBR", "standing": "floated",
        "quantity": {"min": 12, "max": 20, "unit": "personnel"}, "effective_at": "2025-04-02",
    }  # fmt: skip
    past = random_history(number, 5, 8)
    past = history(*(_raw(event) for event in past.events[1:]), required)
    scene = scene_of(view_of(past))
    for exact in (20, -1):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sensitivity, "MAX_EXACT", exact)
            answer = sensitivity_of(view_of(past), BASIS, SensitivityRequest(samples=2))
        names = [one.condition for one in answer.conditions]
        worth = {frozenset(met): available_if_met(scene, met)[:2] for met in subsets(names)}
        now = worth[frozenset()]
        alone = {name: worth[frozenset({name})] == now for name in names}
        assert {frozenset(pair.conditions) for pair in answer.pairs} == {
            frozenset(pair)
            for pair in combinations(names, 2)
            if all(alone[name] for name in pair) and worth[frozenset(pair)] != now
        }
        (reach,) = answer.reaching
        reaching = [met for met, (least, _) in worth.items() if least >= 12]
        fewest = min(map(len, reaching), default=0)
        smallest = {met for met in reaching if len(met) == fewest} if fewest else set()
        assert {frozenset(one) for one in reach.sets} == smallest
        assert reach.is_reached == (now[0] >= 12)


def _raw(event: Any) -> dict[str, Any]:
    raw: dict[str, Any] = FACT.dump_python(event.fact, mode="json", exclude_none=True)
    return {name: value for name, value in raw.items() if name != "sources"}


# --- by example -------------------------------------------------------------------------------------------------------

BACKSTOP = stated("backstop", kind="partner_backstop")
ENOUGH = stated("enough", {"personnel_at_least": 1000}, kind="coalition_threshold")


def test_pledges_released_by_one_condition_let_a_rule_release_more() -> None:
    past = history(BACKSTOP, ENOUGH, made("first", 1000, 2000, "backstop"), made("second", 300, 300, "enough"))
    answer = sensitivity_of(view_of(past), BASIS)
    backstop, enough = answer.conditions
    assert backstop.if_met.available.min == 1300
    assert backstop.if_failed.blocked.min == 1000
    assert enough.if_met.available.min == 300
    # Met first, the backstop brings in 1,300; after the threshold was decided, only its own 1,000.
    assert (backstop.share.min, enough.share.min) == (1150, 150)
    assert answer.held_back.min == 1300


def test_two_conditions_on_one_pledge_are_effective_only_together() -> None:
    past = history(stated("a"), stated("b"), made("both", 500, 800, "a", "b"))
    (pair,) = sensitivity_of(view_of(past), BASIS).pairs
    assert (pair.conditions, pair.together.min, pair.together.max) == (["a", "b"], 500, 800)


def test_groups_share_an_outcome_and_only_open_conditions_vary() -> None:
    past = history(stated("a"), stated("b"), made("both", 500, 800, "a", "b"), made("one", 7, 7, "a"))
    (group,) = sensitivity_of(view_of(past), BASIS, SensitivityRequest(groups=(("a", "b"),))).groups
    assert (group.if_met.available.min, group.if_failed.blocked.min) == (507, 507)
    for groups in (("nothing",),), (("a", "nothing"),):
        with pytest.raises(Refused):
            sensitivity_of(view_of(past), BASIS, SensitivityRequest(groups=groups))


def test_open_ended_pledges_count_with_their_lower_bound_and_are_listed() -> None:
    past = history(stated("a"), made("more", 500, None, "a"))
    answer = sensitivity_of(view_of(past), BASIS)
    assert (answer.held_back.min, answer.held_back.max, answer.open_ended) == (500, 500, 1)


def test_too_many_conditions_are_refused() -> None:
    names = [f"c{number}" for number in range(MAX_OPEN_CONDITIONS + 1)]
    past = history(*map(stated, names), *(made(f"p-{name}", 1, 1, name) for name in names))
    with pytest.raises(Refused) as refused:
        sensitivity_of(view_of(past), BASIS)
    assert isinstance(refused.value.violations[0].broken, AsksTooMuch)
