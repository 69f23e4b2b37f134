"""An export is restored exactly, or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest

from domain.events import Event
from domain.ledger import AlreadyOnRecord, BrokenExport, KeyReused, Ledger, UnknownCoalition
from domain.ledger.exports import Export
from tests.domain.ledger.facts import fact, formed, pledge

EVENT_ID = "0195f0a0-0000-7000-8000-000000000001"
REQUEST = [pledge("gbr"), fact("PledgeReaffirmed", pledge="gbr", event_id=EVENT_ID)]


@pytest.fixture
def exported(ledger: Ledger, sqlite_url: str) -> list[Event]:
    """Record six events elsewhere, two of them under a key, and export them."""
    elsewhere = Ledger(sqlite_url + ".elsewhere")
    elsewhere.record("willing", [formed()], recorded_by="desk")
    elsewhere.record("willing", REQUEST, recorded_by="news desk", idempotency_key="k")
    elsewhere.record("willing", [pledge("fra")], recorded_by="desk", idempotency_key="l")
    elsewhere.record("willing", [pledge("deu"), pledge("ita")], recorded_by="desk")
    events = events_in(elsewhere.export("willing"))
    elsewhere.close()
    return events


def events_in(lines: Iterable[bytes]) -> list[Event]:
    return list(Export(lines).events())


def test_ids_and_times_stay_as_they_were(ledger: Ledger, exported: list[Event]) -> None:
    assert ledger.restore("willing", exported) == 6
    assert ledger.history("willing").events == exported
    assert events_in(ledger.export("willing")) == exported


def test_texts_recorded_before_they_had_one_form_stay_as_they_were(ledger: Ledger, exported: list[Event]) -> None:
    fact: Any = exported[0].fact
    old = replace(exported[0], fact=replace(fact, note="De\u0301fense"))
    ledger.restore("willing", [old, *exported[1:]])
    assert events_in(ledger.export("willing"))[0] == old


def test_what_would_be_refused_today_stays_on_record(ledger: Ledger, exported: list[Event]) -> None:
    fact: Any = exported[0].fact
    sources = (replace(fact.sources[0], publisher="A\u200bFP", title=" ", url="https://desk:secret@[::1"),)
    old = replace(exported[0], fact=replace(fact, sources=sources))
    ledger.restore("willing", [old, *exported[1:]])
    assert events_in(ledger.export("willing"))[0] == old


def test_recording_continues_after_a_restore(ledger: Ledger, exported: list[Event]) -> None:
    ledger.restore("willing", iter(exported))
    assert ledger.record("willing", [pledge("pol")], recorded_by="desk").last_sequence == 7


def test_requests_are_recognised_as_before(ledger: Ledger, exported: list[Event]) -> None:
    ledger.restore("willing", exported)
    again = ledger.record("willing", REQUEST, recorded_by="news desk", idempotency_key="k")
    assert (again.first_sequence, again.last_sequence, again.is_repeat) == (2, 3, True)
    with pytest.raises(KeyReused):
        ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key="l")


def test_a_coalition_on_record_is_not_restored_into(ledger: Ledger, exported: list[Event]) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    with pytest.raises(AlreadyOnRecord):
        ledger.restore("willing", exported)
    assert ledger.history("willing").sequence == 1


def test_a_coalition_that_gets_a_record_meanwhile_keeps_it(
    ledger: Ledger, exported: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = ledger.recorder.restore

    def late(*arguments: Any) -> None:
        ledger.record("willing", [formed()], recorded_by="desk")
        restore(*arguments)

    monkeypatch.setattr(ledger.recorder, "restore", late)
    with pytest.raises(AlreadyOnRecord):
        ledger.restore("willing", exported)
    assert ledger.history("willing").sequence == 1


Spoil = Callable[[list[Event]], list[Event]]


def changed(index: int, **fields: object) -> Spoil:
    return lambda events: [*events[:index], replace(events[index], **fields), *events[index + 1 :]]  # type: ignore[arg-type]


BROKEN: dict[str, Spoil] = {
    "empty": lambda _: [],
    "without its beginning": lambda events: events[1:],
    "with a gap": lambda events: events[:2] + events[3:],
    "out of order": lambda events: [*events[:2], events[3], events[2], *events[4:]],
    "doubled": lambda events: events + events[-1:],
    "of two coalitions": changed(5, coalition="able"),
    "going back in time": changed(5, recorded_at="2025-04-10T00:00:00.000000Z"),
    "at no time": changed(0, recorded_at="yesterday"),
    "in another offset": changed(5, recorded_at="2125-04-10T00:00:00.000000+02:00"),
    "with an id twice": lambda events: changed(5, event_id=events[4].event_id)(events),
    "with an id that is none": changed(5, event_id="five"),
    "with another id than its fact": changed(2, event_id=EVENT_ID.replace("1", "2")),
    "with a key used before": changed(5, idempotency_key="k"),
    "without its formation": changed(0, fact=pledge("pol")),
}


@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_a_damaged_export_leaves_nothing(ledger: Ledger, exported: list[Event], spoil: Spoil) -> None:
    with pytest.raises(BrokenExport):
        ledger.restore("willing", spoil(exported))
    with pytest.raises(UnknownCoalition):
        ledger.history("willing")
    assert ledger.restore("willing", exported) == 6


def test_an_unknown_coalition_has_no_export(ledger: Ledger) -> None:
    with pytest.raises(UnknownCoalition):
        ledger.export("nobody")
