"""A saved scenario: the fold of its facts, its refusals, and its line of forks."""

from typing import Any

import pytest

from domain.events import FACT
from domain.refusals import Refused, RuleBroken
from domain.what_if.changes import ASSUMED, MAX_CHANGES
from domain.what_if.refusals import (
    ForkCycle,
    ForksTooDeep,
    NoSuchChange,
    ScenarioIsClosed,
    ScenarioIsNotOpened,
    ScenarioIsOpenedAlready,
    TooManyChanges,
)
from domain.what_if.scenarios import (
    MAX_FORK_DEPTH,
    SCENARIO_EVENT,
    SCENARIO_FACT,
    SCENARIO_FACTS,
    Fork,
    ScenarioEvent,
    decide,
    is_unsourced,
    lineage,
    scenario_of,
)

FORK: dict[str, Any] = {"valid_at": "2025-04-10", "known_at": "2025-04-10", "sequence": 40}
OMIT = {"omit": {"attribution": "leak"}}


def fact(fact_type: str, **fields: Any) -> Any:
    return SCENARIO_FACT.validate_python({"type": fact_type, **fields})


OPENED = fact("ScenarioOpened", name="No leaks", author="a planner", fork=FORK, changes=[OMIT])
ADDED = fact("ChangeAdded", change={"decide": "c", "becomes": "met", "effective_at": "2025-05"}, note="as announced")
CLOSED = fact("ScenarioClosed", reason="answered")


def refusals(*facts: Any) -> list[tuple[int, type[RuleBroken]]]:
    with pytest.raises(Refused) as refused:
        decide(None, facts)
    return [(violation.index, type(violation.broken)) for violation in refused.value.violations]


def test_changes_are_numbered_and_numbers_are_not_used_again() -> None:
    state = decide(None, [OPENED, ADDED, fact("ChangeRemoved", number=1), ADDED])
    assert list(state.changes) == [2, 3]
    assert [type(change).__name__ for change in state.in_order] == ["Decide", "Decide"]


def test_a_rebased_scenario_keeps_its_changes() -> None:
    state = decide(None, [OPENED, fact("ScenarioRebased", fork={**FORK, "sequence": 55})])
    assert (state.fork.sequence, len(state.changes), state.status) == (55, 1, "open")


def test_a_closed_scenario_can_only_be_read() -> None:
    assert decide(None, [OPENED, CLOSED]).status == "closed"
    assert refusals(OPENED, CLOSED, ADDED, CLOSED) == [(2, ScenarioIsClosed), (3, ScenarioIsClosed)]


def test_broken_rules_name_the_index_of_the_fact() -> None:
    assert refusals(ADDED) == [(0, ScenarioIsNotOpened)]
    assert refusals() == [(0, ScenarioIsNotOpened)]
    assert refusals(OPENED, OPENED) == [(1, ScenarioIsOpenedAlready)]
    assert refusals(OPENED, fact("ChangeRemoved", number=2)) == [(1, NoSuchChange)]
    assert refusals(OPENED, *[ADDED] * MAX_CHANGES) == [(MAX_CHANGES, TooManyChanges)]


def test_events_of_a_scenario_are_read_as_they_are_stored() -> None:
    facts = [OPENED, ADDED, fact("ChangeRemoved", number=1), fact("ScenarioRebased", fork=FORK), CLOSED]
    assert {type(one).__name__ for one in facts} == set(SCENARIO_FACTS)
    events = [
        ScenarioEvent(
            event_id=f"00000000-0000-0000-0000-{number:012d}", coalition="willing", scenario="no-leaks",
            sequence=number, recorded_at="2025-04-10T00:00:00.000000Z", recorded_by="desk", fact=one,
        )
        for number, one in enumerate(facts, start=1)
    ]  # fmt: skip
    stored = [SCENARIO_EVENT.dump_json(event, exclude_none=True) for event in events]
    assert [SCENARIO_EVENT.validate_json(one) for one in stored] == events
    assert scenario_of(events) == decide(None, facts)
    assert scenario_of([]) is None


# --- forks of forks ---------------------------------------------------------------------------------------------------


def fork(parent: str | None) -> Fork:
    return Fork(**FORK, scenario=parent)


def test_a_line_of_forks_begins_with_the_history_of_the_coalition() -> None:
    forks = {"a": fork(None), "b": fork("a")}
    assert [name for name, _ in lineage("c", fork("b"), forks.get)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("forks", "rule"),
    [
        ({"a": fork("c")}, ForkCycle),
        ({}, ScenarioIsNotOpened),
        ({"a": fork("b"), "b": fork("a")}, ForkCycle),
        ({f"a{n}": fork(f"a{n + 1}") for n in range(20)} | {"a": fork("a0")}, ForksTooDeep),
    ],
)
def test_a_line_that_never_begins_is_refused(forks: dict[str, Fork], rule: type[RuleBroken]) -> None:
    with pytest.raises(Refused) as refused:
        lineage("c", fork("a"), forks.get)
    assert isinstance(refused.value.violations[0].broken, rule)


def test_a_line_of_the_greatest_depth_is_accepted() -> None:
    forks = {f"a{n}": fork(f"a{n - 1}" if n else None) for n in range(MAX_FORK_DEPTH - 1)}
    assert len(lineage("c", fork(f"a{MAX_FORK_DEPTH - 2}"), forks.get)) == MAX_FORK_DEPTH


# --- adopting ---------------------------------------------------------------------------------------------------------

MET = {"type": "ConditionMet", "condition": "c", "effective_at": "2025-05"}


def test_an_assumed_fact_needs_a_source_before_it_is_recorded() -> None:
    own = FACT.validate_python({**MET, "sources": [{"publisher": "AFP"}]})
    assumed = FACT.validate_python({**MET, "sources": [ASSUMED]})
    correction = FACT.validate_python(
        {
            "type": "EventCorrected",
            "corrects": "00000000-0000-0000-0000-000000000009",
            "reason": "x",
            "replacement": {**MET, "sources": [ASSUMED]},
        }
    )
    assert [is_unsourced(fact) for fact in (own, assumed, correction)] == [False, True, True]
