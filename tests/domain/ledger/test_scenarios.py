"""Streams of saved scenarios on either store: golden files load for ever, and races are decided again."""

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, OperationalError

from domain.ledger import (
    KeyReused,
    Ledger,
    Scenarios,
    StaleMatch,
    StoreUnavailable,
    UnknownScenario,
    UnreadableEvent,
    WriteConflict,
)
from domain.ledger.scenario_store import SCENARIO_VERSIONS, ScenarioMapper, scenario_event_json
from domain.refusals import Refused
from domain.what_if.changes import Shift
from domain.what_if.scenarios import SCENARIO_EVENT, SCENARIO_FACT, SCENARIO_FACTS
from tests.domain.ledger.conftest import Opened

GOLDEN = sorted((Path(__file__).parent / "golden_scenarios").glob("*.json"))
"""``<topic>.json`` or ``<topic>+<what it shows>.json``. Files are added, never changed."""

FORK = {"valid_at": "2025-04-10", "known_at": "2025-04-10", "sequence": 40}


def fact(type_name: str, **fields: Any) -> Any:
    return SCENARIO_FACT.validate_python({"type": type_name, **fields})


OPENED = fact("ScenarioOpened", name="No leaks", author="desk", fork=FORK)
ADDED = fact("ChangeAdded", change={"omit": {"attribution": "leak"}})


def record(scenarios: Scenarios, *facts: Any, coalition: str = "willing", request: bytes = b"{}", **more: Any) -> Any:
    return scenarios.record(
        coalition, "no-leaks", lambda _: facts, recorded_by="desk", request=request, **more
    )  # fmt: skip


def topic_of(path: Path) -> str:
    return path.stem.partition("+")[0]


def compact(event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_event_loads(path: Path) -> None:
    golden = compact(json.loads(path.read_text()))
    event = ScenarioMapper().scenario_event(topic_of(path), golden)
    name, _, version = topic_of(path).rpartition(".")
    if int(version) == SCENARIO_VERSIONS[name]:
        assert scenario_event_json(event) == golden
    assert SCENARIO_EVENT.validate_json(scenario_event_json(event)) == event


@pytest.mark.parametrize("name", SCENARIO_FACTS)
def test_every_field_of_every_type_is_in_a_golden_file(name: str) -> None:
    topic = f"{name}.{SCENARIO_VERSIONS[name]}"
    shown = [json.loads(path.read_text())["fact"] for path in GOLDEN if topic_of(path) == topic]
    assert {field.name for field in dataclasses.fields(SCENARIO_FACTS[name])} == set().union(*shown)


def test_a_shift_of_the_first_version_still_moves_one_date_alone() -> None:
    opened = json.loads((GOLDEN[0].parent / "ScenarioOpened.1.json").read_text())
    added = json.loads((GOLDEN[0].parent / "ChangeAdded.1.json").read_text())
    added["fact"]["change"] = {"shift": {"pledge": "p"}, "months": 1}
    first: Any = ScenarioMapper().scenario_event("ScenarioOpened.1", compact(opened)).fact
    second: Any = ScenarioMapper().scenario_event("ChangeAdded.1", compact(added)).fact
    found = [*first.changes, second.change]
    assert [one.dates for one in found if isinstance(one, Shift)] == [("effective_at",)] * 3


def test_an_event_of_an_unknown_type_is_reported(ledger: Ledger) -> None:
    scenarios = Scenarios(ledger)
    record(scenarios, OPENED)
    ledger.recorder.change("UPDATE scenario_events SET topic = ? WHERE sequence = 1", ("ScenarioSold.1",))
    for name in ledger.memory.names():
        ledger.memory.drop(name)
    with pytest.raises(UnreadableEvent, match="ScenarioSold"):
        Scenarios(ledger).get("willing", "no-leaks")


# --- recording --------------------------------------------------------------------------------------------------------


def test_a_scenario_is_the_fold_of_its_events(ledger: Ledger, opened: Opened) -> None:
    recorded = record(Scenarios(ledger), OPENED, ADDED)
    assert (recorded.scenario.sequence, recorded.is_repeat) == (2, False)
    found = Scenarios(opened()).get("willing", "no-leaks")
    assert found == recorded.scenario
    assert [scenario_event_json(event) for event in found.events] == recorded.events
    assert [one.scenario for one in Scenarios(ledger).all("willing")] == ["no-leaks"]
    assert Scenarios(ledger).all("other") == []


def test_scenarios_of_coalitions_are_separate(ledger: Ledger) -> None:
    scenarios = Scenarios(ledger)
    record(scenarios, OPENED)
    record(scenarios, OPENED, ADDED, coalition="other")
    assert (scenarios.get("willing", "no-leaks").sequence, scenarios.get("other", "no-leaks").sequence) == (1, 2)
    assert ledger.coalitions() == []
    with pytest.raises(UnknownScenario):
        scenarios.get("willing", "none")


def test_a_key_has_one_answer(ledger: Ledger, opened: Opened) -> None:
    first = record(Scenarios(ledger), OPENED, idempotency_key="k")
    record(Scenarios(ledger), ADDED)
    again = record(Scenarios(opened()), ADDED, idempotency_key="k", if_match=7)
    assert (again.events, again.is_repeat, again.scenario) == (first.events, True, first.scenario)
    with pytest.raises(KeyReused):
        record(Scenarios(ledger), ADDED, idempotency_key="k", request=b"other")


def test_what_is_refused_leaves_nothing(ledger: Ledger) -> None:
    scenarios = Scenarios(ledger)

    def refuse(_: Any) -> None:
        raise Refused([])

    attempts: list[tuple[list[Any], dict[str, Any]]] = [
        ([ADDED], {}), ([OPENED, OPENED], {}), ([OPENED], {"check": refuse}),
    ]  # fmt: skip
    for facts, more in attempts:
        with pytest.raises(Refused):
            record(scenarios, *facts, idempotency_key="k", **more)
    with pytest.raises(StaleMatch):
        record(scenarios, OPENED, if_match=3)
    assert scenarios.all("willing") == []
    assert record(scenarios, OPENED, idempotency_key="k").is_repeat is False


def test_the_loser_of_a_race_decides_again(ledger: Ledger, opened: Opened) -> None:
    scenarios, others = Scenarios(ledger), Scenarios(opened())
    record(scenarios, OPENED)
    seen: list[int] = []

    def after_another(state: Any) -> None:
        seen.append(len(state.changes))
        if len(seen) == 1:
            record(others, ADDED)

    assert record(scenarios, ADDED, check=after_another).scenario.sequence == 3
    assert seen == [1, 2]


def test_concurrent_identical_requests_are_recorded_once(opened: Opened) -> None:
    processes = [Scenarios(opened()) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        recordings = list(pool.map(lambda one: record(one, OPENED, ADDED, idempotency_key="k"), processes))
    assert sorted(one.is_repeat for one in recordings) == [False, True, True, True]
    assert len({tuple(one.events) for one in recordings}) == 1


@pytest.mark.parametrize("key", [None, "k"])
def test_a_commit_with_a_lost_confirmation_counts_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    insert = ledger.recorder.insert_scenario_events

    def unconfirmed(*arguments: Any) -> None:
        insert(*arguments)
        monkeypatch.setattr(ledger.recorder, "insert_scenario_events", insert)
        raise OperationalError("the connection was lost")

    scenarios = Scenarios(ledger)
    record(scenarios, OPENED)
    monkeypatch.setattr(ledger.recorder, "insert_scenario_events", unconfirmed)
    recorded = record(scenarios, ADDED, idempotency_key=key)
    assert (recorded.scenario.sequence, len(recorded.events)) == (2, 1)
    assert scenarios.get("willing", "no-leaks") == recorded.scenario


def test_attempts_after_lost_races_are_limited(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def beaten(*_: Any) -> None:
        rounds.append(1)
        raise IntegrityError("another was faster")

    monkeypatch.setattr(ledger.recorder, "insert_scenario_events", beaten)
    with pytest.raises(WriteConflict):
        record(Scenarios(ledger), OPENED, idempotency_key="k")
    assert len(rounds) == 10


def test_a_store_that_fails_twice_is_unavailable(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[int] = []

    def lost(*_: Any) -> None:
        rounds.append(1)
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(ledger.recorder, "insert_scenario_events", lost)
    with pytest.raises(StoreUnavailable):
        record(Scenarios(ledger), OPENED)
    assert len(rounds) == 2
