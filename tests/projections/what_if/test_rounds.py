"""Every cause of a pledge that becomes available or drops out is named, by trying every world between two scenes.

A thing is a pledge, a condition, a stance or a member. In a world each of them is as before or as after the changes.
What is named in the answer is held against what the cascade itself comes to in such worlds."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.facts import Entry
from domain.times import instant_us
from projections.asof import view_of
from projections.picture.cascade import RuleContext, cascade_of
from projections.picture.scene import Scene, scene_of
from projections.what_if.changed_history import ChangedHistory, baseline_of, basis_of_fork
from projections.what_if.rounds import Move, rounds_between
from tests.projections.what_if.conditional_pledges import CONTRIBUTORS, LEVELS, history, made, random_history, stated
from tests.projections.what_if.test_consequences import explained, read, what_if

AT = "2025-05-01"


def met(name: str, becomes: str = "met") -> dict[str, Any]:
    return {"decide": name, "becomes": becomes, "effective_at": AT}


def assume(fact_type: str, **fields: Any) -> dict[str, Any]:
    return {"assume": {"type": fact_type, "effective_at": AT, **fields}}


def reasons(move: Move) -> list[tuple[str, str, str]]:
    return [(one.what, one.was, one.is_now) for one in move.because]


# --- by example -------------------------------------------------------------------------------------------------------

FLOATED = history(
    stated("ceasefire", kind="ceasefire"), stated("peace", kind="peace_agreement"),
    made("fra", 5_000, 10_000, "ceasefire", "peace", contributor="FRA", level="floated"),
)  # fmt: skip


def test_a_pledge_that_a_change_has_raised_names_the_conditions_that_had_to_be_met_too() -> None:
    offered = assume("PledgeRaised", pledge="fra", level="pledged")
    (one,) = explained(what_if(FLOATED, offered, met("ceasefire"), met("peace"))).rounds
    assert reasons(one.came_in[0]) == [
        ("pledge:fra", "floated", "available"),
        ("condition:ceasefire", "open", "met"),
        ("condition:peace", "open", "met"),
    ]


def test_a_pledge_that_a_change_has_made_names_the_conditions_that_had_to_be_met_too() -> None:
    pledge = {"assume": {**made("pol", 10, 10, "ceasefire"), "effective_at": AT}}
    (one,) = explained(what_if(FLOATED, pledge, met("ceasefire"))).rounds
    assert reasons(one.came_in[0]) == [
        ("pledge:pol", "not there", "available"), ("condition:ceasefire", "open", "met")
    ]  # fmt: skip


def test_a_condition_that_changes_attach_and_meet_is_named() -> None:
    past = history(stated("ceasefire"), made("p", 1, 1, "ceasefire"), stated("un"))
    changes = assume("ConditionAttached", condition="un", pledge="p"), met("un"), met("ceasefire")
    (one,) = explained(what_if(past, *changes)).rounds
    assert reasons(one.came_in[0]) == [("condition:ceasefire", "open", "met"), ("condition:un", "open", "met")]


def test_a_condition_that_is_taken_off_is_named() -> None:
    past = history(stated("ceasefire"), made("p", 1, 1, "ceasefire"))
    (one,) = explained(what_if(past, assume("ConditionDetached", condition="ceasefire", pledge="p"))).rounds
    assert reasons(one.came_in[0]) == [("condition:ceasefire", "open", "not on it")]


def test_a_rule_names_what_it_looks_at() -> None:
    us = {"actor": "USA", "stance_at_least": "willing", "capability": "combat_air"}
    past = history(
        stated("ceasefire"), stated("mass", {"personnel_at_least": 100}),
        stated("all", {"all_of": [{"condition": "ceasefire"}, {"condition": "mass"}, us]}),
        made("small", 50, 50, contributor="FRA"), made("p", 1, 1, "all"),
    )  # fmt: skip
    doubled = {"alter": {"type": "PledgeMade", "pledge": "small"}, "scale": 2}
    stance = assume("StanceStated", actor="USA", stance="committed", capability="combat_air")
    (*_, last) = explained(what_if(past, doubled, stance, met("ceasefire"))).rounds
    (reason,) = last.came_in[0].because
    assert (reason.what, reason.was, reason.is_now, reason.through) == ("condition:all", "open", "holds", [])
    assert {(one.what, one.was, one.is_now) for one in reason.by} == {
        ("condition:ceasefire", "open", "met"), ("condition:mass", "open", "holds"),
        ("pledge:small", "50 people", "100 people"), ("stance:USA/combat_air", "not there", "committed"),
    }  # fmt: skip


def test_a_rule_about_all_members_names_one_that_left() -> None:
    past = history(
        stated("all", {"all_members_at_least": "pledged"}), made("p", 1, 1, "all", contributor="POL"),
        made("q", 1, 1, contributor="FRA"), {"type": "MemberJoined", "member": "FRA", "role": "contributor"},
        {"type": "MemberJoined", "member": "EST", "role": "contributor"},
    )  # fmt: skip
    (one,) = explained(what_if(past, assume("MemberLeft", member="EST"))).rounds
    assert [(by.what, by.was, by.is_now) for by in one.came_in[0].because[0].by] == [
        ("member:EST", "a member", "not a member")
    ]


def test_a_pledge_that_drops_out_for_two_reasons_names_both() -> None:
    past = history(stated("backing"), made("p", 1, 1, "backing"), {"type": "ConditionMet", "condition": "backing"})
    suspended = assume("PledgeSuspended", pledge="p")
    (one,) = explained(what_if(past, suspended, {"omit": {"type": "ConditionMet"}})).rounds
    assert reasons(one.fell[0]) == [("pledge:p", "available", "suspended"), ("condition:backing", "met", "open")]


# --- every world between two scenes -----------------------------------------------------------------------------------

Thing = tuple[str, Any]


class Sides:
    """Both scenes as things, and any world between them."""

    def __init__(self, scenario: ChangedHistory) -> None:
        basis = basis_of_fork(scenario, scenario.fork)
        self.before, self.after = scene_of(baseline_of(scenario, basis)), scene_of(view_of(scenario, basis))
        self._were, self._are = things_in(self.before), things_in(self.after)
        self.all = self._were.keys() | self._are.keys()
        self.moves = {move.pledge: move for one in rounds_between(self.before, self.after) for move in one.came_in}

    @property
    def changed(self) -> set[Thing]:
        """The things that differ."""
        return {thing for thing in self.all if self._were.get(thing) != self._are.get(thing)}

    def available(self, after: Set[Thing], *, undecided: str | None = None) -> set[str]:
        """What is available with some things as after, the others as before, and perhaps one condition not holding."""
        states = {thing: (self._are if thing in after else self._were).get(thing) for thing in self.all}
        if undecided is not None:
            one: Any = states["condition", undecided]
            states["condition", undecided] = one._replace(
                status="open", stated=without_rule(one.stated), waived_pledges=frozenset(),
                waived_contributors=frozenset(),
            )  # fmt: skip
        return available_among({thing: state for thing, state in states.items() if state is not None})

    def is_now(self, thing: Thing) -> Any:
        """A thing after the changes."""
        return self._are.get(thing)

    def causes(self, pledge: str) -> set[Thing]:
        """The things that are named, directly or through other pledges, for a pledge that becomes available."""
        found: set[Thing] = {("pledge", pledge)}
        for reason in self.moves[pledge].because:
            found.add(thing_of(reason.what))
            for by in reason.by:
                found.add(thing_of(by.what))
                if by.what.startswith("stance:"):
                    found.add(("stance", (thing_of(by.what)[1][0], None)))
            for other in reason.through:
                found |= self.causes(other)
        return found


def without_rule(entry: Entry) -> Entry:
    return Entry(replace(entry.fact, rule=None), entry.event_id, entry.sequence)


def thing_of(what: str) -> Thing:
    kind, _, name = what.partition(":")
    actor, _, capability = name.partition("/")
    return kind, (actor, capability or None) if kind == "stance" else name


def things_in(scene: Scene) -> dict[Thing, Any]:
    found: dict[Thing, Any] = {("pledge", one.pledge.pledge): one.pledge for one in scene.cascade.waiting}
    found |= {("condition", name): state for name, state in scene.world.conditions.items()}
    found |= {("stance", key): state for key, state in scene.world.stances.items()}
    return found | {("member", member): True for member in scene.world.members}


def available_among(things: dict[Thing, Any]) -> set[str]:
    def of(kind: str) -> dict[Any, Any]:
        return {name: state for (own, name), state in things.items() if own == kind}

    conditions = dict(sorted(of("condition").items(), key=lambda item: item[1].stated.sequence))
    world = RuleContext(conditions, frozenset(of("member")), of("stance"))
    standing = cascade_of(of("pledge").values(), world, instant_us("2025-06-01T00:00:00Z"), {}).standing
    return {name for name, one in standing.items() if one == "available"}


def improvements(chance: Random, names: list[str], pledges: list[str]) -> Iterator[dict[str, Any]]:
    """Changes after which no pledge counts for less, and nothing that was met is open."""
    one = chance.choice(pledges)
    new = made("new", 5, 9, *chance.sample(names, min(2, len(names))), contributor=chance.choice(CONTRIBUTORS))
    yield from chance.sample(
        [
            met(chance.choice(names)),
            met(chance.choice(names), "waived"),
            assume("ConditionWaived", condition=chance.choice(names), pledge=one),
            assume("ConditionDetached", condition=chance.choice(names), pledge=one),
            assume("PledgeRaised", pledge=one, level=chance.choice(LEVELS)),
            {"alter": {"type": "PledgeMade", "pledge": one}, "scale": 3},
            assume("StanceStated", actor="USA", stance="willing"),
            {"assume": {**new, "effective_at": AT}},
        ],
        k=chance.randrange(2, 6),
    )


def scenario_of(number: int) -> ChangedHistory:
    """A random record with up to five improvements; a fact that breaks a rule there is not applied."""
    chance = Random(number)
    past = random_history(number, conditions=4, pledges=6)
    changes = improvements(chance, [f"c{index}" for index in range(4)], [f"p{index}" for index in range(6)])
    return ChangedHistory(past, what_if(past).fork, read(*changes))


@given(st.integers(0, 2**32))
def test_every_cause_is_needed_and_no_other_is(number: int) -> None:
    sides = Sides(scenario_of(number))
    after = sides.all
    assert sides.moves.keys() == sides.available(after) - sides.available(set())
    for name, move in sides.moves.items():
        named = [thing_of(reason.what) for reason in move.because]
        for kind, cause in named:
            if kind == "pledge":
                assert name not in sides.available(after - {(kind, cause)})
            elif cause in available_conditions(sides.after, name):
                assert name not in sides.available(after, undecided=cause)
                assert not held(sides.before, cause, name)
            else:
                assert not held(sides.before, cause, name)
        needed = {thing for thing in sides.changed if name not in sides.available(after - {thing})}
        assert needed <= sides.causes(name)


def available_conditions(scene: Scene, pledge: str) -> Iterable[str]:
    return next(one.conditions for one in scene.cascade.waiting if one.pledge.pledge == pledge)


def held(scene: Scene, condition: str, pledge: str) -> bool:
    """Whether a condition held for a pledge, or would have if the pledge had been there."""
    state = scene.world.conditions[condition]
    contributor = next((one.pledge.contributor for one in scene.cascade.waiting if one.pledge.pledge == pledge), "")
    return scene.cascade.holds[condition] or state.status_for(pledge, contributor) in ("met", "waived")


@given(st.integers(0, 2**32))
def test_what_is_named_suffices(number: int) -> None:
    """With the named things as after and all others as before, the pledge becomes available all the same."""
    sides = Sides(scenario_of(number))
    for name in sides.moves:
        assert name in sides.available(sides.causes(name))


@given(st.integers(0, 2**32))
def test_among_a_few_changes_the_named_are_those_whose_absence_matters(number: int) -> None:
    """By every set of the changes: if a set lacks one without which nothing else suffices, that one is named."""
    scenario = scenario_of(number)
    changes = scenario.changes
    sides = Sides(scenario)
    for count in range(len(changes)):
        for kept in combinations(range(len(changes)), count):
            part = Sides(ChangedHistory(scenario.base, scenario.fork, [changes[one] for one in kept]))
            there = part.available(part.all)
            for name in sides.moves:
                same = {thing for thing in sides.causes(name) if part.is_now(thing) == sides.is_now(thing)}
                if same == sides.causes(name):
                    assert name in there
