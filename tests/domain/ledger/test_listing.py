"""Listing coalitions reads the heads of their streams and no event; names are those of now."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from domain.concepts.coalition import FORMATION
from domain.events import FACT
from domain.ledger import Ledger
from domain.ledger.mapper import EventMapper
from domain.times import DAY_US, FOREVER_US, instant_us
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import SOURCES, fact, formed, pledge

AT_US = instant_us("2025-06-01T00:00:00Z")


@contextmanager
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note the topic of every event that is read while the block runs."""
    topics: list[str] = []
    read = EventMapper.event

    def noting(self: EventMapper, topic: str, state: bytes) -> Any:
        topics.append(topic)
        return read(self, topic, state)

    with monkeypatch.context() as patch:
        patch.setattr(EventMapper, "event", noting)
        yield topics


def names(ledger: Ledger) -> dict[str, tuple[str, int]]:
    return {one.coalition: (getattr(one, "name", "unreadable"), one.sequence) for one in ledger.coalitions()}


def renamed(name: str, day: str) -> Any:
    return fact("CoalitionRenamed", name=name, effective_at=day)


def record(ledger: Ledger, *facts: Any) -> list[str]:
    """Record facts of the coalition; returns the ids of all its events."""
    ledger.record("willing", facts, recorded_by="desk")
    return [event.event_id for event in ledger.history("willing").events]


def rename_in_every_way(ledger: Ledger) -> None:
    """Record a name now, one to come, one that was corrected and one that was retracted: eight events."""
    record(ledger, formed("First"), renamed("Second", "2025-05-01"), renamed("Third", "2025-05-20"))
    ids = record(ledger, renamed("To come", "2025-09-01"), renamed("A mistake", "2025-05-25"), pledge("gbr"))
    replacement = {"type": "CoalitionRenamed", "effective_at": "2025-05-20", "name": "Thrice", "sources": SOURCES}
    record(
        ledger,
        about_the_record("EventCorrected", corrects=ids[2], replacement=replacement, reason="misspelt"),
        about_the_record("EventRetracted", retracts=ids[4], reason="mistaken"),
    )


def about_the_record(type_name: str, **fields: Any) -> Any:
    return FACT.validate_python({"type": type_name, "sources": SOURCES, **fields})


def name_in_history(ledger: Ledger, at_us: int) -> str:
    history = ledger.history("willing")
    view = history.view(at_us, FOREVER_US, "recorded", history.sequence)
    return str((view.state(FORMATION) or view.at(FOREVER_US - 1).state(FORMATION)).name)


def test_the_listed_name_is_that_of_now(opened: Opened) -> None:
    now = [AT_US]
    ledger = opened(lambda: now[0])
    rename_in_every_way(ledger)
    for day in (-2_000, -40, -20, -8, 0, 50, 100):
        now[0] = AT_US + day * DAY_US
        assert names(ledger) == {"willing": (name_in_history(ledger, now[0]), 8)}
    assert names(ledger)["willing"][0] == "To come"


def test_listing_reads_no_event(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    opened().record("able", [formed("Able")], recorded_by="desk")
    rename_in_every_way(opened())
    ledger = opened()
    with decoded(monkeypatch) as topics:
        assert len(names(ledger)) == 2
    assert topics == []


def test_events_without_a_head_are_listed_and_get_one(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened()
    rename_in_every_way(ledger)
    first = ledger.history("willing").events[0].event_id
    behind = "UPDATE streams SET sequence = 1, event_id = ?, names = '[[0,\"Old\"]]'"
    for change, values in (("DELETE FROM streams", ()), (behind, (first,))):
        opened().recorder.change(change, values)
        expected = {"willing": ("To come", 8)}
        assert names(opened(lambda: AT_US + 300 * DAY_US)) == expected
        ledger = opened(lambda: AT_US + 300 * DAY_US)
        with decoded(monkeypatch) as topics:
            assert names(ledger) == expected
        assert topics == []


def test_an_older_store_gets_its_heads_when_it_is_opened(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened()
    rename_in_every_way(ledger)
    heads = ledger.recorder.select("SELECT * FROM streams")
    for statement in ("DROP TABLE streams", "DROP TABLE checks", "DROP TABLE store"):
        ledger.recorder.change(statement, ())
    ledger.recorder.change("DELETE FROM schema_version WHERE version > 1", ())
    with decoded(monkeypatch) as topics:
        later = opened()
    assert later.recorder.select("SELECT * FROM streams") == heads
    assert "PledgeMade.1" not in topics
