"""How far the record has moved on since a fork, against what a later fork would touch."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.history.history import History
from projections.what_if.changed_history import ChangedHistory
from projections.what_if.moved_on import MAX_NAMED, record_moved_on
from tests.projections.what_if.conditional_pledges import event, history, made, random_history, stated
from tests.projections.what_if.test_consequences import ID_OF, read, what_if

PAST = history(
    stated("ceasefire", kind="ceasefire"), stated("un", kind="un_mandate"), made("gbr", 10, 10),
    made("fra", 10, 10, contributor="FRA"),
)  # fmt: skip
"""1 the formation, 2 and 3 the conditions, 4 and 5 the pledges."""

QUANTITY = {"min": 5, "max": 5, "unit": "personnel"}
LATER: dict[str, dict[str, Any]] = {
    "about a pledge": {"fact_type": "PledgeReaffirmed", "pledge": "gbr"},
    "another pledge": {**made("new", 5, 5), "fact_type": "PledgeMade"},
    "about another's pledge": {"fact_type": "PledgeReaffirmed", "pledge": "fra"},
    "a condition on a pledge": {"fact_type": "ConditionAttached", "condition": "ceasefire", "pledge": "fra"},
    "a condition": {"fact_type": "ConditionMet", "condition": "un"},
    "a correction": {
        "fact_type": "EventRetracted", "effective_at": None, "retracts": ID_OF(4), "reason": "misread",
    },
    "a new condition": {**stated("truce", kind="ceasefire"), "fact_type": "ConditionStated"},
    "a member": {"fact_type": "MemberJoined", "member": "EST", "role": "contributor"},
}  # fmt: skip


def grown(past: History, *facts: dict[str, Any]) -> History:
    longer = History(past.coalition, past.events)
    for one in facts:
        longer.append(event(longer.sequence + 1, **{name: value for name, value in one.items() if name != "type"}))
    return longer


@pytest.mark.parametrize(
    ("change", "touching"),
    [
        (
            {"omit": ID_OF(4)},
            {"about a pledge", "a correction"},
        ),
        (
            {"alter": {"type": "PledgeMade", "contributor": "GBR"}, "scale": 0.5},
            {"about a pledge", "another pledge", "a correction"},
        ),
        ({"decide": "un", "becomes": "met", "effective_at": "2025-05"}, {"a condition"}),
        (
            {"decide": {"condition_kind": "ceasefire"}, "becomes": "met", "effective_at": "2025-05"},
            {"a condition on a pledge", "a new condition"},
        ),
        ({"assume": {"type": "MemberJoined", "member": "EST", "role": "lead", "effective_at": "2025"}}, {"a member"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", LATER)
def test_an_event_touches_what_the_changes_are_about(change: dict[str, Any], touching: set[str], name: str) -> None:
    longer = grown(PAST, LATER[name])
    scenario = ChangedHistory(longer, what_if(PAST, change).fork, read(change))
    moved_on = record_moved_on(scenario)
    assert (moved_on.events, moved_on.touching) == (1, int(name in touching))
    assert [one.sequence for one in moved_on.first_touching] == [6] * (name in touching)


def test_the_changes_below_count_too() -> None:
    longer = grown(PAST, LATER["about a pledge"])
    below = ChangedHistory(longer, what_if(PAST).fork, read({"omit": ID_OF(4)}))
    above = ChangedHistory(below, replace(below.fork, scenario="below"), ())
    assert record_moved_on(above).touching == 1


def test_each_event_is_looked_at_once_and_the_first_are_named() -> None:
    past = grown(PAST)
    scenario = ChangedHistory(past, what_if(PAST).fork, read({"omit": ID_OF(4)}))
    for count in range(1, 2 * MAX_NAMED):
        past.append(event(past.sequence + 1, **LATER["about a pledge"]))
        found = record_moved_on(scenario)
        assert (found.events, found.touching, len(found.first_touching)) == (count, count, min(count, MAX_NAMED))


def aims(chance: Random) -> Iterator[dict[str, Any]]:
    yield {"type": chance.choice(["PledgeMade", "ConditionMet", "MemberJoined"])}
    yield {"contributor": chance.choice(["GBR", "FRA", "EST"]), "level": "pledged"}
    yield {"capability": "naval"}
    yield {"condition": "c1"}
    yield {"effective_from": "2025", "pledge": f"p{chance.randrange(6)}"}


@given(st.integers(0, 2**32))
def test_what_a_later_fork_would_touch_is_among_what_touches(number: int) -> None:
    chance = Random(number)
    past = random_history(number, conditions=4, pledges=6)
    until = chance.randrange(1, past.sequence)
    change = read({"omit": chance.choice(list(aims(chance)))})
    latest = what_if(past).fork
    now = ChangedHistory(past, latest, change)
    then = record_moved_on(ChangedHistory(past, replace(latest, sequence=until), change))
    by_id = {one.event_id: one.sequence for one in past.events}
    wanted = {by_id[event_id] for event_id in now.touched if by_id[event_id] > until}
    assert wanted <= {one.sequence for one in then.first_touching}
    assert then.events == past.sequence - until
