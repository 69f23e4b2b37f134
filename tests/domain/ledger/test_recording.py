"""Recorded facts are stored in order, complete, once, and as answered."""

import json
from typing import Any

import pytest

from domain.events import event_json
from domain.ledger import Ledger, StaleMatch, UnknownCoalition
from domain.refusals import BeginsWithItsFormation, IdAlreadyUsed, Refused, RuleBroken
from domain.times import format_instant
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import fact, formed, pledge

EVENT_ID = "0195f0a0-0000-7000-8000-000000000001"


def broken(refusal: pytest.ExceptionInfo[Refused]) -> list[tuple[int, type[RuleBroken], str]]:
    return [(index, type(rule), rule.field) for index, rule in refusal.value.violations]


def test_recorded_events_are_in_the_history_as_answered(ledger: Ledger) -> None:
    recording = ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    assert (recording.first_sequence, recording.last_sequence, recording.is_repeat) == (1, 2, False)
    events = ledger.history("willing").events
    assert [event.fact.type for event in events] == ["CoalitionFormed", "PledgeMade"]
    assert list(map(event_json, events)) == recording.events


def test_clients_cannot_set_the_record_details(opened: Opened) -> None:
    ledger = opened(lambda: 1_744_276_800_000_001)
    recording = ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk", idempotency_key="monday")
    for sequence, event in enumerate(map(json.loads, recording.events), 1):
        assert event.pop("event_id")[14] == "7"
        assert event.pop("fact")
        assert event == {
            "coalition": "willing",
            "sequence": sequence,
            "recorded_at": "2025-04-10T09:20:00.000001Z",
            "recorded_by": "desk",
            "idempotency_key": "monday",
        }


def test_event_ids_are_given_by_the_client_or_generated(ledger: Ledger) -> None:
    made = fact("CoalitionFormed", name="X", event_id=EVENT_ID)
    ledger.record("willing", [made, *(pledge(f"p{count}") for count in range(100))], recorded_by="desk")
    ids = [event.event_id for event in ledger.history("willing").events]
    assert ids[0] == EVENT_ID
    assert len(set(ids)) == 101


def test_a_fact_of_a_list_sees_earlier_ones(ledger: Ledger) -> None:
    withdrawn = fact("PledgeWithdrawn", pledge="gbr", effective_at="2025-04-11")
    ledger.record("willing", [formed(), pledge("gbr"), withdrawn], recorded_by="desk")
    assert ledger.history("willing").sequence == 3


def test_a_refused_fact_refuses_its_list(ledger: Ledger) -> None:
    ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    with pytest.raises(Refused) as refusal:
        ledger.record("willing", [pledge("fra"), pledge("gbr")], recorded_by="desk")
    assert broken(refusal) == [(1, IdAlreadyUsed, "/pledge")]
    assert ledger.history("willing").sequence == 2


def test_an_event_id_is_used_once_even_for_the_same_fact(ledger: Ledger) -> None:
    same = fact("PledgeReaffirmed", pledge="gbr", event_id=EVENT_ID)
    ledger.record("willing", [formed(), pledge("gbr"), same], recorded_by="desk")
    with pytest.raises(Refused) as refusal:
        ledger.record("willing", [same], recorded_by="desk")
    assert broken(refusal) == [(0, IdAlreadyUsed, "/event_id")]


def test_a_coalition_begins_with_its_formation(ledger: Ledger) -> None:
    with pytest.raises(Refused) as refusal:
        ledger.record("willing", [pledge("gbr")], recorded_by="desk")
    assert broken(refusal) == [(0, BeginsWithItsFormation, "/type")]
    with pytest.raises(UnknownCoalition):
        ledger.history("willing")


@pytest.mark.parametrize("slug", ["", "Willing", "a/b", "-a", "a" * 101, "a\n", "ä"])
def test_a_coalition_has_a_slug(ledger: Ledger, slug: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        ledger.record(slug, [formed()], recorded_by="desk")


@pytest.mark.parametrize(
    "arguments", [{"idempotency_key": ""}, {"idempotency_key": "a\0"}, {"idempotency_key": "k" * 256}]
)
def test_a_key_is_short_and_printable(ledger: Ledger, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="key"):
        ledger.record("willing", [formed()], recorded_by="desk", **arguments)


def test_an_empty_list_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no facts"):
        ledger.record("willing", [], recorded_by="desk")


# --- time -------------------------------------------------------------------------------------------------------------


def test_recorded_at_never_goes_back_and_is_one_for_a_list(opened: Opened) -> None:
    times = iter([3_000_000] * 2 + [1_000_000] * 2 + [5_000_000] * 2)
    ledger = opened(lambda: next(times))
    for facts in ([formed(), pledge("a")], [pledge("b")], [pledge("c"), pledge("d")]):
        ledger.record("willing", facts, recorded_by="desk")
    recorded = [event.recorded_at for event in ledger.history("willing").events]
    assert recorded == [format_instant(at_us) for at_us in (3_000_000, 3_000_000, 3_000_000, 5_000_000, 5_000_000)]


# --- If-Match ---------------------------------------------------------------------------------------------------------


def test_if_match_is_the_current_sequence(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk", if_match=0)
    ledger.record("willing", [pledge("gbr"), pledge("fra")], recorded_by="desk", if_match=1)
    for stale in (0, 1, 2, 4):
        with pytest.raises(StaleMatch) as failure:
            ledger.record("willing", [pledge("deu")], recorded_by="desk", if_match=stale)
        assert failure.value.sequence == 3
    assert ledger.history("willing").sequence == 3


# --- reading ----------------------------------------------------------------------------------------------------------


def test_an_unknown_coalition_has_no_history(ledger: Ledger) -> None:
    with pytest.raises(UnknownCoalition):
        ledger.history("nobody")


def test_what_one_process_records_another_reads_at_once(opened: Opened) -> None:
    here, there = opened(), opened()
    for sequence, facts in enumerate(([formed()], [pledge("gbr")], [pledge("fra")]), 1):
        writer, reader = (here, there) if sequence % 2 else (there, here)
        written_to = writer.record("willing", facts, recorded_by="desk").last_sequence
        assert reader.history("willing").sequence == written_to == sequence


def test_histories_longer_than_a_page_load_whole(opened: Opened) -> None:
    writer = opened()
    writer.record("willing", [formed()], recorded_by="desk")
    for start in range(0, 5_000, 1_000):
        writer.record("willing", [pledge(f"p{start + count}") for count in range(1_000)], recorded_by="desk")
    loaded = opened().history("willing")
    assert loaded.events == writer.history("willing").events
    assert [event.sequence for event in loaded.events] == list(range(1, 5_002))


def test_coalitions_are_listed_by_their_latest_names(opened: Opened) -> None:
    ledger = opened()
    assert ledger.coalitions() == []
    for slug in ("willing", "able"):
        ledger.record(slug, [formed(name=slug.title())], recorded_by="desk")
    ledger.record("able", [fact("CoalitionRenamed", name="Abler")], recorded_by="desk")
    assert opened().coalitions() == [("able", "Abler", 2), ("willing", "Willing", 1)]


def test_a_coalition_not_yet_formed_has_its_name(ledger: Ledger) -> None:
    ledger.record("willing", [fact("CoalitionFormed", name="Ahead", effective_at="2199")], recorded_by="desk")
    assert ledger.coalitions() == [("willing", "Ahead", 1)]
