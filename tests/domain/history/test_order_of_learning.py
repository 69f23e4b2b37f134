"""The cost of a history grows with its size, whatever the order of recording: calls are counted, not time."""

import gc
import tracemalloc
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from domain.concepts.pledges.forces import Deployment
from domain.events import FACT, Event
from domain.facts import Entry
from domain.history.as_known import AsKnown
from domain.history.knowledge import Knowledge
from domain.history.overlay import Overlay
from domain.times import FOREVER_US, format_instant, period
from tests.running.call_counts import count_calls

SOURCES = [{"publisher": "me", "published_on": "2025-01-01"}]
FIRST_US, HOUR_US = period("2025-01-02").start_us, 3_600_000_000
PEOPLE = {"min": 1_000, "max": 2_000, "unit": "personnel"}
BEGINNINGS: dict[str, dict[str, Any]] = {
    "PledgeAmended": {
        "type": "PledgeMade", "pledge": "p", "contributor": "GBR", "level": "pledged", "capability": "ground_forces",
        "quantity": PEOPLE,
    },
    "RequirementAmended": {
        "type": "RequirementStated", "requirement": "r", "label": "R", "stated_by": "GBR", "standing": "floated",
        "quantity": PEOPLE,
    },
    "StanceStated": {"type": "StanceStated", "actor": "USA", "stance": "reluctant"},
    "MeetingScheduled": {
        "type": "MeetingScheduled", "meeting": "m", "forum": "coalition", "title": "M", "starts_at": "2027-01-01",
    },
}  # fmt: skip
"""The fact that each type of later fact rests on."""

BEGINNINGS_OF_SUMS = BEGINNINGS | {"ForcesDeployed": BEGINNINGS["PledgeAmended"]}
"""The same, with facts that change all later states."""


def change(kind: str, number: int) -> dict[str, Any]:
    match kind:
        case "PledgeAmended":
            return {"pledge": "p", "quantity": PEOPLE | {"max": 2_000 + number}}
        case "RequirementAmended":
            return {"requirement": "r", "quantity": PEOPLE | {"max": 2_000 + number}}
        case "ForcesDeployed":
            return {"pledge": "p", "quantity": PEOPLE | {"max": 1_000 + number}}
        case "StanceStated":
            return {"actor": "USA", "stance": ("undecided", "willing")[number % 2]}
        case _:
            return BEGINNINGS[kind] | {"title": f"Meeting {number}"}


def event(sequence: int, fact: dict[str, Any]) -> Event:
    dated = {} if "corrects" in fact else {"effective_at": "2025-01-01"}
    return Event(
        event_id=f"00000000-0000-7000-8000-{sequence:012d}", coalition="x", sequence=sequence,
        recorded_at="2026-01-01T00:00:00.000000Z", recorded_by="desk",
        fact=FACT.validate_python({"sources": SOURCES} | dated | fact),
    )  # fmt: skip


def history(kind: str, count: int, order: str) -> list[Event]:
    """One thing, and changes to it an hour apart, recorded in one of several orders."""
    numbers = list(range(count))
    if order == "random":
        Random(count).shuffle(numbers)
    elif order == "half at a time":  # each later half hour comes before an earlier one
        numbers = [number for pair in zip(numbers[count // 2 :], numbers[: count // 2], strict=True) for number in pair]
    elif order != "valid":
        numbers.reverse()
    changes = [
        {"type": kind, "effective_at": format_instant(FIRST_US + number * HOUR_US)} | change(kind, number)
        for number in numbers
    ]
    beginning = BEGINNINGS_OF_SUMS[kind]
    facts = [*changes, beginning] if order == "beginning last" else [beginning, *changes]
    formed = {"type": "CoalitionFormed", "name": "W", "effective_at": "2025-01-01"}
    return [event(sequence, fact) for sequence, fact in enumerate([formed, *facts], 1)]


def comparable(state: Any) -> str:
    """A state with the facts in place of their entries, and deployments without their ids: these differ from one
    recording to another."""
    return str([_comparable(value) for value in state or ()])


def _comparable(value: Any) -> Any:
    if isinstance(value, Entry):
        return value.fact
    if isinstance(value, Deployment):
        return value.quantity
    return [_comparable(part) for part in value] if isinstance(value, tuple) else value


@pytest.mark.parametrize("order", ["random", "falling", "valid", "beginning last"])
@pytest.mark.parametrize("kind", BEGINNINGS)
def test_the_work_grows_with_the_number_of_facts_and_not_with_its_square(kind: str, order: str) -> None:
    few, many = history(kind, 200, order), history(kind, 800, order)
    assert count_calls(lambda: Knowledge(many)) < 6 * count_calls(lambda: Knowledge(few))


@pytest.mark.parametrize("order", ["random", "falling"])
@pytest.mark.parametrize("kind", ["PledgeAmended", "ForcesDeployed"])
def test_so_does_the_memory(kind: str, order: str) -> None:
    few, many = history(kind, 200, order), history(kind, 800, order)
    assert bytes_held(lambda: Knowledge(many)) < 8 * bytes_held(lambda: Knowledge(few))


def bytes_held(make: Callable[[], Any]) -> int:
    make()  # fills caches, which stay
    tracemalloc.start()
    made = make()
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made is not None
    return held


@pytest.mark.parametrize("order", ["random", "falling", "beginning last"])
@pytest.mark.parametrize("kind", BEGINNINGS_OF_SUMS)
def test_every_order_of_recording_leads_to_the_same_states(kind: str, order: str) -> None:
    in_order, other = (Knowledge(history(kind, 100, one)) for one in ("valid", order))
    times_us = [FIRST_US + number * HOUR_US for number in range(-1, 101)]
    for knowledge in (in_order, other):
        assert knowledge.set_aside_at(102, FOREVER_US - 1) == []
    for valid_us in times_us:
        expected, found = ([comparable(state) for state in one.states_at(102, valid_us)] for one in (in_order, other))
        assert sorted(found) == sorted(expected)


@pytest.mark.parametrize("order", ["random", "falling", "beginning last", "half at a time"])
@pytest.mark.parametrize("kind", ["PledgeAmended", "ForcesDeployed"])
def test_what_was_known_at_each_position_stays(kind: str, order: str) -> None:
    events = history(kind, 300, order)
    whole = Knowledge(events)
    thing = events[1].fact.thing  # type: ignore[union-attr]
    for position in range(0, 302, 23):
        then = Knowledge(events[:position])
        for number in range(-1, 301, 7):
            valid_us = FIRST_US + number * HOUR_US
            found, expected = (one.state_at(thing, position, valid_us) for one in (whole, then))
            assert comparable(found) == comparable(expected)
        assert whole.boundaries(position, 0, FOREVER_US) == then.boundaries(position, 0, FOREVER_US)


def test_what_rests_on_an_altered_fact_without_footing_is_set_aside_with_it() -> None:
    made = BEGINNINGS["PledgeAmended"] | {"conditions": ["c"]}
    stated = {"type": "ConditionStated", "condition": "c", "kind": "other", "description": "A condition"}
    formed = {"type": "CoalitionFormed", "name": "W"}
    later = {"type": "PledgeAmended", "effective_at": "2025-02-01", **change("PledgeAmended", 1)}
    events = [event(sequence, fact) for sequence, fact in enumerate([formed, stated, made, later], 1)]
    altered = event(3, made | {"quantity": PEOPLE | {"max": 5_000}})
    known = AsKnown(Knowledge(events), 4)
    overlay = Overlay(known, {events[1].event_id: None, altered.event_id: altered})
    assert {one.event.sequence: one.broken.rule for one in overlay.set_aside_at(4)} == {3: "UnknownId", 4: "UnknownId"}


def test_a_reason_names_no_beginning_that_has_moved_away() -> None:
    made = BEGINNINGS["PledgeAmended"] | {"effective_at": "2025-03-01"}
    later = {"type": "PledgeAmended", "effective_at": "2025-02-01", **change("PledgeAmended", 1)}
    moved = made | {"effective_at": "2025-01-01", "basing": ["unknown"]}
    corrected = {"type": "EventCorrected", "corrects": event(2, made).event_id, "reason": "misread"}
    formed = event(1, {"type": "CoalitionFormed", "name": "W"})
    replaced = event(4, corrected | {"replacement": {"sources": SOURCES, **moved}})
    knowledge = Knowledge([formed, event(2, made), event(3, later), replaced])
    reasons = [{one.event.sequence: one.broken.rule for one in knowledge.set_aside_at(at)} for at in (3, 4)]
    assert reasons == [{3: "EffectiveBeforeItsFooting"}, {2: "UnknownId", 3: "UnknownId"}]
