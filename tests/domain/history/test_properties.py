"""Properties of every history: the indexed answer equals the naive fold, and past answers never change."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import History, KnownAxis
from domain.history.knowledge import SetAside
from domain.quantities import Quantity
from domain.refusals import Refused, RuleBroken
from domain.times import FOREVER_US, format_instant, instant_us, period
from tests.domain.small_indexes import make_indexes_small
from tests.oracle import fold as oracle
from tests.oracle.pledges import PERIODS, Amount, is_nothing
from tests.oracle.random_histories import COALITION, DAY_US, FIRST_RECORDED_US, Attempt, events_of, scripts

FIRST_US = instant_us("2025-03-30T00:00:00Z")
DAYS = st.integers(0, 25).map(lambda day: FIRST_US + day * DAY_US)
JUST_BEFORE = DAYS.map(lambda day_us: day_us - 1)
INSTANTS = st.sampled_from(["2025-04-03T12:30:00.000001Z", "2025-04-03T12:30:00Z", "2025-01-01T00:00:00Z"]).map(
    instant_us
)
WHILE_RECORDING = st.integers(0, 30).map(lambda part: FIRST_RECORDED_US + part * DAY_US // 3)

VALID = DAYS | JUST_BEFORE | INSTANTS
KNOWN = DAYS | JUST_BEFORE | WHILE_RECORDING | st.just(FOREVER_US)
AXES: st.SearchStrategy[KnownAxis] = st.sampled_from(["recorded", "reported"])


class Question(NamedTuple):
    """What stood at a time, as known at another on one axis, by the first so many events."""

    valid_us: int
    known_us: int
    axis: KnownAxis
    sequence: int


QUESTION = st.builds(Question, VALID, KNOWN, AXES, st.integers(0, 60))
QUESTIONS = st.lists(QUESTION, min_size=1, max_size=10)


@pytest.fixture(autouse=True, scope="module")
def small_pages() -> Iterator[None]:
    """Let the index turn its pages and split its stretches within a history of forty facts."""
    with pytest.MonkeyPatch.context() as patch:
        make_indexes_small(patch)
        yield


# --- recording --------------------------------------------------------------------------------------------------------


def recorded(script: Sequence[Attempt]) -> History:
    """The history of all attempts that are not refused."""
    history = History(COALITION)
    for attempt in script:
        events = events_of(attempt, history.sequence)
        if not refusals(history, events):
            take_in(history, events)
    return history


def refusals(history: History, events: Sequence[Event]) -> list[tuple[int, str]]:
    """The index of each fact that may not be recorded, and the rule."""
    try:
        history.draft().add(events)
    except Refused as refused:
        return [(violation.index, named(violation.broken)) for violation in refused.violations]
    return []


def take_in(history: History, events: Sequence[Event]) -> None:
    for event in events:
        history.append(event)


def named(broken: RuleBroken) -> str:
    """The rule's name. Whether a footing comes too late or never is told only by looking ahead, as no fold does."""
    return {"EffectiveBeforeItsFooting": "UnknownId"}.get(broken.rule, broken.rule)


# --- what stood, put as the oracle puts it ----------------------------------------------------------------------------


class Stood(NamedTuple):
    """Things by kind and name, those that a picture shows, and the rule that each event set aside would break."""

    things: dict[tuple[str, str], dict[str, Any]]
    shown: set[tuple[str, str]]
    aside: dict[str, str]


def answered(history: History, question: Question) -> Stood:
    """The history's own answer, of all things that any of its events is about."""
    view = history.view(*question)
    states = {thing: state for thing in things_of(history.events) if (state := view.state(thing))}
    for thing, state in states.items():
        assert state.latest.event_id in {event.event_id for event in view.record(thing)}
    things = {named_as(state): plain(state) for state in states.values()}
    shown = [state for state in view.states() if not isinstance(state, SetAside)]
    aside = {state.event.event_id: named(state.broken) for state in view.states() if isinstance(state, SetAside)}
    assert all(plain(state) == things[named_as(state)] for state in shown)
    assert len(shown) == len({named_as(state) for state in shown})
    return Stood(things, {named_as(state) for state in shown}, aside)


def things_of(events: Sequence[Event]) -> set[Thing]:
    facts = [content_of(event) for event in events]
    return {fact.thing for fact in facts if hasattr(fact, "thing")}


def named_as(state: Any) -> tuple[str, str]:
    """Its kind and name; stances, and support that is sought, are named in the domain's own way."""
    entry = state.formed if hasattr(state, "formed") else state.latest
    kind, name = entry.thing
    match kind, entry.fact:
        case "stance", fact:
            return kind, repr((fact.actor, fact.capability, fact.zone, fact.said_by))
        case "support", fact:
            return kind, repr((fact.partner, fact.capability))
    return kind, name


def plain(state: Any) -> dict[str, Any]:
    """A state as a dictionary, like those of the oracle."""
    own = {name: getattr(state, name) for name in ("status", "since") if hasattr(state, name)}
    if "since" in own:
        own["since"] = period(own["since"]).start_us
    return own | _PLAIN[type(state).__name__](state)


def _plain_pledge(pledge: Any) -> dict[str, Any]:
    copied = ("contributor", "purpose", "level", "capability", "basing", *PERIODS)
    return {name: getattr(pledge, name) for name in copied} | {
        "quantity": amount(pledge.quantity),
        "measure": pledge.quantity.measure == "cumulative",
        "deployed": amount(pledge.deployed),
        "deployed_measure": pledge.deployed is not None and pledge.deployed.measure == "cumulative",
        "places": {
            place.basing: {
                "sum": amount(place.quantity),
                "lots": {one.event_id: amount(one.quantity) for one in place.deployments},
            }
            for place in pledge.forces
        },
        "disbursed": amount(pledge.disbursed),
        "confirmed": None if pledge.confirmed is None else pledge.confirmed.event_id,
        "confirmed_until": pledge.confirmed_until,
        "part_of": pledge.part_of,
        "fills": pledge.fills,
        "phases": pledge.phases,
        "conditions": set(pledge.conditions),
        "caveats": {caveat.caveat: (caveat.kind, caveat.text) for caveat in pledge.caveats},
    }


def amount(quantity: Quantity | None) -> Amount | None:
    """A quantity as the oracle has it."""
    return None if quantity is None else Amount(quantity.min, quantity.max, quantity.unit, quantity.is_estimated)


def _plain_condition(condition: Any) -> dict[str, Any]:
    wide = {"coalition"} if condition.is_coalition_wide else set()
    return {
        "kind": condition.kind,
        "rule": condition.rule,
        "attached": {*condition.contributors, *wide},
        "waived": {*condition.waived_pledges, *condition.waived_contributors},
    }


def _copied(*names: str) -> Any:
    return lambda state: {name: getattr(state, name) for name in names}


def _latest_fact(state: Any) -> dict[str, Any]:
    return {"fact": state.latest.fact}


_PLAIN: dict[str, Any] = {
    "CoalitionState": lambda state: {"name": state.name, "key_partner": state.formed.fact.key_partner},
    "MemberState": lambda state: {"roles": {role: period(since).start_us for role, since in state.roles}},
    "CommandState": _latest_fact,
    "RequirementState": _copied("label", "stated_by", "standing", "quantity", "capability", "part_of"),
    "PledgeState": _plain_pledge,
    "ConditionState": _plain_condition,
    "BasingState": _copied("zone", "label", "country", "place", "certainty", "proposed_by", "purpose"),
    "StanceState": _latest_fact,
    "SupportState": _latest_fact,
    "MeetingState": _copied("forum", "title", "starts_at", "place", "chairs", "invited", "attendance", "participants"),
    "OutcomeState": _latest_fact,
    "StatementState": _latest_fact,
    "CountState": lambda state: {"fact": state.value.fact, "label": state.label},
    "ActorNameState": _latest_fact,
}


def expected(events: Sequence[Event], question: Question) -> tuple[Stood, dict[str, set[str]]]:
    """The oracle's answer, and all the rules that each event set aside would break."""
    world, aside = oracle.answer(events, *question)
    things = {(kind, name): thing for kind, named_things in world.items() for name, thing in named_things.items()}
    for pledge in world["pledge"].values():
        pledge |= {name: pledge[name] == "cumulative" for name in ("measure", "deployed_measure")}
    shown = {name for name, thing in things.items() if _is_shown(name[0], thing)}
    return Stood(things, shown, dict.fromkeys(aside, "")), aside


def _is_shown(kind: str, thing: dict[str, Any]) -> bool:
    if kind == "pledge" and (not is_nothing(thing["deployed"]) or thing["disbursed"] is not None):
        return True
    if kind == "report":
        return thing["status"] == "reported"
    return kind != "outcome" and thing.get("status") not in ("withdrawn", "lapsed", "left", "past")


def compare(history: History, events: Sequence[Event], question: Question) -> None:
    """Fail where the history's answer differs from the oracle's."""
    found, (wanted, rules) = answered(history, question), expected(events, question)
    assert {name: _comparable(thing) for name, thing in found.things.items()} == {
        name: _comparable(thing) for name, thing in wanted.things.items()
    }
    assert found.shown == wanted.shown
    assert set(found.aside) == set(wanted.aside)
    assert all(rule in rules[event_id] for event_id, rule in found.aside.items()), (found.aside, rules)


def _comparable(thing: dict[str, Any]) -> dict[str, Any]:
    """What is left of a pledge that has been withdrawn is nothing, or what it was: either will do."""
    absent = {"key_partner", "horizon", "expiry_set_us"}
    absent |= {"quantity"} if thing.get("status") == "withdrawn" else set()
    nothing = {"chairs": (), "invited": (), "attendance": ()}
    return {
        name: nothing.get(name) if value is None and name in nothing else value
        for name, value in thing.items()
        if name not in absent
    }


# --- properties -------------------------------------------------------------------------------------------------------


@given(scripts(), QUESTIONS)
def test_the_indexed_answer_equals_the_naive_fold(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for question in questions:
        compare(history, history.events, question)


@given(scripts(longest=25))
def test_refused_facts_are_those_that_the_naive_fold_would_set_aside(script: list[Attempt]) -> None:
    history = History(COALITION)
    for attempt in script:
        events = events_of(attempt, history.sequence)
        found, wanted = refusals(history, events), oracle.violations(history.events, events)
        assert sorted(index for index, _ in found) == sorted(index for index, _ in wanted)
        for index, rules in wanted:
            assert any(other == index and rule in rules for other, rule in found), (found, wanted)
        if not found:
            take_in(history, events)


@given(scripts(), QUESTIONS, st.integers(0, 60))
def test_later_events_change_no_answer_at_a_sequence(
    script: list[Attempt], questions: list[Question], length: int
) -> None:
    events = recorded(script).events
    history = History(COALITION, events[:length])
    asked = [question._replace(sequence=min(question.sequence, length, len(events))) for question in questions]
    before = [answered(history, question) for question in asked]
    take_in(history, events[length:])
    for question, answer in zip(asked, before, strict=True):
        after = answered(history, question)
        assert after._replace(things={name: after.things[name] for name in answer.things}) == answer
        assert set(after.things) == set(answer.things)


@given(scripts(), st.randoms(use_true_random=False), st.lists(VALID, min_size=1, max_size=6))
def test_the_order_of_recording_does_not_matter_if_times_differ(
    script: list[Attempt], chance: Random, times: list[int]
) -> None:
    """Facts about the world, no two at one time: in whatever order they are learned, the same stands."""
    facts = [fact for fact in facts_of(script) if hasattr(fact, "effective_at")]
    in_time = [replace(fact, effective_at=format_instant(FIRST_US + n * DAY_US // 5)) for n, fact in enumerate(facts)]
    shuffled = chance.sample(in_time, len(in_time))
    histories = [History(COALITION, enveloped(facts)) for facts in (in_time, shuffled)]
    for valid_us in times:
        one, other = (answered(h, Question(valid_us, FOREVER_US, "recorded", h.sequence)) for h in histories)
        assert one == other


def facts_of(script: Sequence[Attempt]) -> list[Any]:
    return [event.fact for attempt in script for event in events_of(attempt, 0)]


def enveloped(facts: Sequence[Any]) -> list[Event]:
    recorded_at = format_instant(FIRST_RECORDED_US)
    return [
        Event(
            event_id=fact.event_id, coalition=COALITION, sequence=n, recorded_at=recorded_at, recorded_by="x", fact=fact
        )
        for n, fact in enumerate(facts, start=1)
    ]
