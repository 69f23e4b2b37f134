"""A saved scenario: the fold of its facts, its refusals, and its line of forks."""

from typing import Any

import pytest

from domain.events import FACT
from domain.refusals import Refused, RuleBroken
from domain.what_if.changes import ASSUMED, MAX_CHANGES
from domain.what_if.refusals import (
    ForkCycle,
    ForksTooDeep,
    IsDeclinedAlready,
    IsNotAProposal,
    NoSuchChange,
    OnlyFactsAreProposed,
    ScenarioIsClosed,
    ScenarioIsNotOpened,
    ScenarioIsOpenedAlready,
    SourcesAreMissing,
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
STANCE: dict[str, Any] = {
    "type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": "2025-04-10",
    "sources": [{"publisher": "news report"}],
}  # fmt: skip
ASSUMPTION = {"assume": STANCE}
PROPOSED = fact("ScenarioOpened", name="Stances", author="desk", purpose="proposal", fork=FORK, changes=[ASSUMPTION])


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


def test_a_declined_fact_no_longer_applies_until_it_is_replaced_in_its_place() -> None:
    declined = [PROPOSED, fact("ChangeAdded", change=ASSUMPTION), fact("ChangeDeclined", number=1, reason="no")]
    state = decide(None, declined)
    assert ([*state.changes], [*state.declined]) == ([2], [1])
    state = decide(None, [*declined, fact("ChangeReplaced", number=1, change=ASSUMPTION)])
    assert ([*state.changes], [*state.declined], state.last_number) == ([1, 2], [], 2)
    assert refusals(*declined, declined[-1]) == [(3, IsDeclinedAlready)]
    assert refusals(*declined, fact("ChangeRemoved", number=1)) == [(3, IsDeclinedAlready)]


def test_only_facts_with_sources_are_proposed() -> None:
    unsourced = {"assume": {name: value for name, value in STANCE.items() if name != "sources"}}
    opening = {"name": "Stances", "author": "desk", "purpose": "proposal", "fork": FORK}
    assert refusals(fact("ScenarioOpened", **opening, changes=[ASSUMPTION, unsourced])) == [(0, SourcesAreMissing)]
    assert refusals(fact("ScenarioOpened", **opening, changes=[OMIT])) == [(0, OnlyFactsAreProposed)]
    assert refusals(fact("ScenarioOpened", **opening)) == [(0, OnlyFactsAreProposed)]
    assert refusals(PROPOSED, ADDED) == [(1, OnlyFactsAreProposed)]
    assert refusals(PROPOSED, fact("ChangeReplaced", number=1, change=unsourced)) == [(1, SourcesAreMissing)]


def test_only_proposed_facts_are_declined() -> None:
    assert refusals(OPENED, fact("ChangeDeclined", number=1, reason="no")) == [(1, IsNotAProposal)]


def test_comments_are_made_on_what_there_is_or_was_also_after_the_end() -> None:
    comment = fact("CommentMade", text="Why?", about=1)
    state = decide(None, [PROPOSED, fact("ChangeRemoved", number=1), CLOSED])
    assert decide(None, [PROPOSED, fact("ChangeRemoved", number=1), CLOSED, comment]) == state
    assert refusals(PROPOSED, fact("CommentMade", text="Why?", about=2)) == [(1, NoSuchChange)]


def test_broken_rules_name_the_index_of_the_fact() -> None:
    assert refusals(ADDED) == [(0, ScenarioIsNotOpened)]
    assert refusals() == [(0, ScenarioIsNotOpened)]
    assert refusals(OPENED, OPENED) == [(1, ScenarioIsOpenedAlready)]
    assert refusals(OPENED, fact("ChangeRemoved", number=2)) == [(1, NoSuchChange)]
    assert refusals(OPENED, *[ADDED] * MAX_CHANGES) == [(MAX_CHANGES, TooManyChanges)]


def test_events_of_a_scenario_are_read_as_they_are_stored() -> None:
    facts = [
        PROPOSED, fact("ChangeAdded", change=ASSUMPTION), fact("ChangeRemoved", number=2),
        fact("ChangeDeclined", number=1, reason="no"), fact("ChangeReplaced", number=1, change=ASSUMPTION),
        fact("CommentMade", text="Good.", about=2), fact("ScenarioRebased", fork=FORK), CLOSED,
    ]  # fmt: skip
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
