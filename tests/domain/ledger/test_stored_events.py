"""Stored events load for ever: golden files, past versions, and events of unknown types."""

import dataclasses
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given, settings

from domain.events import EVENT, FACT, FACTS, event_json
from domain.ledger import Ledger, UnreadableEvent
from domain.ledger.exports import Export
from domain.ledger.mapper import UPCASTERS, VERSIONS, EventMapper
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import formed, pledge
from tests.oracle.random_histories import Attempt, events_of, scripts

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))
"""``<topic>.json``, and ``<topic>+<what it adds>.json`` where one can't show all. Files are added, never changed."""

CURRENT = {f"{name}.{version}" for name, version in VERSIONS.items()}


def topic_of(path: Path) -> str:
    return path.stem.partition("+")[0]


def compact(event: dict[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_golden_event_loads(path: Path) -> None:
    golden = json.loads(path.read_text())
    mapper = EventMapper()
    event = mapper.event(topic_of(path), compact(golden))
    if topic_of(path) in CURRENT:
        assert event == EVENT.validate_json(compact(golden))
        assert event_json(event) == compact(golden)
        assert mapper.to_stored_event(event) == StoredEvent("willing", event.sequence, topic_of(path), compact(golden))
    # What loads has to be a fact still: corrections and changed histories are made of such facts, and judged.
    assert EVENT.validate_json(event_json(event)) == event


@pytest.mark.parametrize("name", FACTS)
def test_every_field_of_every_type_is_in_a_golden_file(name: str) -> None:
    shown: set[str] = set()
    for path in GOLDEN:
        if topic_of(path) == f"{name}.{VERSIONS[name]}":
            shown |= json.loads(path.read_text())["fact"].keys()
    assert {field.name for field in dataclasses.fields(FACTS[name])} == shown


def test_a_formation_has_the_key_partner_that_it_was_recorded_with() -> None:
    """Defaults are written out when an event is stored, so a formation of the time of a default states it."""
    stored = {"CoalitionFormed.1": "USA", "CoalitionFormed.1+no-key-partner": None}
    for name, partner in stored.items():
        golden = json.loads((Path(__file__).parent / "golden" / f"{name}.json").read_text())
        fact: Any = EventMapper().event("CoalitionFormed.1", compact(golden)).fact
        assert fact.key_partner == partner


def test_a_loaded_event_is_as_frozen_as_a_recorded_one() -> None:
    event = EventMapper().event("PledgeMade.1", compact(json.loads(GOLDEN_PLEDGE.read_text())))
    for part, field in ((event, "sequence"), (event.fact, "note"), (event.fact.sources[0], "title")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, field, None)
        assert not hasattr(part, "__dict__")


GOLDEN_PLEDGE = Path(__file__).parent / "golden" / "PledgeMade.1.json"


@settings(max_examples=150, deadline=None)
@given(scripts())
def test_a_loaded_event_equals_the_stored_one(script: list[Attempt]) -> None:
    mapper = EventMapper()
    events = [event for attempt in script for event in events_of(attempt, 1)]
    rows = [(stored.originator_version, stored.topic, stored.state) for stored in map(mapper.to_stored_event, events)]
    loaded = mapper.events(rows)
    assert loaded == events
    assert [type(event.fact) for event in loaded] == [type(event.fact) for event in events]


def test_stored_events_are_not_validated_again() -> None:
    golden = json.loads(GOLDEN_PLEDGE.read_text())
    golden["fact"] |= {"pledge": "A name that is no slug today", "level": "sworn"}
    fact: Any = EventMapper().event("PledgeMade.1", compact(golden)).fact
    assert (fact.pledge, fact.level) == ("A name that is no slug today", "sworn")


# --- past versions ----------------------------------------------------------------------------------------------------


def with_a_range(event: dict[str, Any]) -> dict[str, Any]:
    """From a made-up version that knew one number of troops."""
    troops = event["fact"].pop("troops")
    event["fact"]["quantity"] = {"min": troops, "max": troops, "unit": "personnel"}
    return event


def with_the_state_as_contributor(event: dict[str, Any]) -> dict[str, Any]:
    """From a made-up version that called the contributor a state."""
    event["fact"]["contributor"] = event["fact"].pop("state")
    return event


def made_up_past() -> dict[str, Any]:
    """A pledge as two versions before the current one would have stored it."""
    event: dict[str, Any] = json.loads(event_json_of(pledge("gbr")))
    del event["fact"]["quantity"]
    event["fact"] |= {"troops": 1_000, "state": event["fact"].pop("contributor")}
    return event


def event_json_of(fact: Any, sequence: int = 2) -> bytes:
    envelope = {"event_id": "0195f0a0-0000-7000-8000-000000000001", "coalition": "willing", "sequence": sequence}
    return json.dumps(
        {
            **envelope,
            "recorded_at": "2025-04-10T09:20:00.000001Z",
            "recorded_by": "desk",
            "fact": json.loads(json.dumps(dataclasses.asdict(fact))),
        }
    ).encode()


def test_a_past_version_is_upcast_step_by_step() -> None:
    steps = {"PledgeMade.1": with_a_range, "PledgeMade.2": with_the_state_as_contributor}
    mapper = EventMapper({**VERSIONS, "PledgeMade": 3}, steps)
    from_one = mapper.event("PledgeMade.1", compact(made_up_past()))
    from_two = mapper.event("PledgeMade.2", compact(with_a_range(made_up_past())))
    assert from_one.fact == from_two.fact == pledge("gbr")
    assert mapper.to_stored_event(from_one).topic == "PledgeMade.3"


def test_a_record_of_a_past_version_is_read_exported_and_continued(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(UPCASTERS, "PledgeMade.-1", with_a_range)
    monkeypatch.setitem(UPCASTERS, "PledgeMade.0", with_the_state_as_contributor)
    ledger = opened()
    ledger.record("willing", [formed()], recorded_by="desk")
    past = compact(made_up_past())
    ledger.recorder.insert_events([StoredEvent("willing", 2, "PledgeMade.-1", past)])
    ledger.record("willing", [pledge("fra")], recorded_by="desk")
    facts = [event.fact for event in opened().history("willing").events]
    assert facts[1:] == [pledge("gbr"), pledge("fra")]
    assert [event.fact for event in Export(ledger.export("willing")).events()] == facts
    assert ledger.recorder.rows("willing", 1, 1) == [(2, "PledgeMade.-1", past)]


@pytest.mark.parametrize(
    "topic", ["PledgeMade.2", "PledgeMade.0", "PledgeMade", "PledgeKept.1", "", "PledgeMade.x", "a.b.c"]
)
def test_an_unknown_event_is_named(ledger: Ledger, topic: str) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    ledger.recorder.insert_events([StoredEvent("willing", 2, topic, event_json_of(pledge("gbr")))])
    with pytest.raises(UnreadableEvent, match=f"{topic} is unknown here"):
        ledger.history("willing")


def test_a_gap_in_the_store_is_named(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    ledger.recorder.insert_events([StoredEvent("willing", 3, "PledgeMade.1", event_json_of(pledge("gbr"), 3))])
    for _ in range(2):
        with pytest.raises(UnreadableEvent, match="gap before 3"):
            ledger.history("willing")


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b'{"fact":{}}', b'{"fact":{"type":"PledgeKept"}}', b"\xff"])
def test_an_event_that_is_damaged_is_named(state: bytes) -> None:
    with pytest.raises(UnreadableEvent, match=r"a stored PledgeMade\.1 cannot be read"):
        EventMapper().event("PledgeMade.1", state)


# --- null, and exact amounts ------------------------------------------------------------------------------------------


def test_what_an_amendment_takes_away_survives_storage_export_and_correction(opened: Opened) -> None:
    sources = [{"publisher": "news report"}]
    amendment = {"type": "PledgeAmended", "pledge": "gbr", "effective_at": "2025-05-01", "sources": sources}
    taken_away = FACT.validate_python(amendment | {"expires_on": None})
    ledger = opened()
    ledger.record("willing", [formed(), pledge("gbr"), taken_away], recorded_by="desk")
    first = opened().history("willing").events[2]
    corrected = {"type": "EventCorrected", "corrects": first.event_id, "reason": "misread"}
    replacement = amendment | {"notice_to_move_days": None, "available_from": "2025-09"}
    ledger.record("willing", [FACT.validate_python(corrected | {"replacement": replacement})], recorded_by="desk")
    stored: Any = opened().history("willing").events
    exported = [event.fact for event in Export(ledger.export("willing")).events()]
    assert exported == [event.fact for event in stored]
    assert stored[2].fact.changes == {"expires_on": None}
    assert stored[3].fact.replacement.changes == {"notice_to_move_days": None, "available_from": "2025-09"}


@pytest.mark.parametrize("amount", ["0.1", "1500000.5", "9999999999999.99", "12"])
def test_an_amount_of_money_is_stored_and_loaded_as_it_was_sent(amount: str, opened: Opened) -> None:
    quantity = {"min": json.loads(amount), "max": json.loads(amount), "unit": "EUR"}
    made = json.loads(json.dumps(dataclasses.asdict(pledge("gbr")))) | {"quantity": quantity, "capability": "funding"}
    ledger = opened()
    ledger.record("willing", [formed(), FACT.validate_python(made)], recorded_by="desk")
    loaded: Any = opened().history("willing").events[1]
    assert loaded.fact.quantity.min == Decimal(amount)
    assert f'"min":{amount},' in event_json(loaded).decode()
