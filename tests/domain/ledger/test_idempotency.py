"""A request repeated with its key is answered again, not recorded again."""

import threading
from typing import Any

import pytest
from eventsourcing.persistence import OperationalError

from domain.ledger import KeyInProgress, KeyReused, Ledger, Recording
from domain.refusals import Refused
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import fact, formed, pledge, stored_states

REQUEST = [formed(), pledge("gbr")]


def test_a_repeat_gets_the_first_answer_byte_for_byte(opened: Opened) -> None:
    first = opened().record("willing", REQUEST, recorded_by="desk", idempotency_key="k")
    opened().record("willing", [pledge("fra")], recorded_by="desk", idempotency_key="other")
    again = opened().record("willing", REQUEST, recorded_by="desk", idempotency_key="k")
    assert again == first._replace(is_repeat=True)
    assert opened().history("willing").sequence == 3


def test_a_repeat_is_recognised_before_its_if_match_is_checked(ledger: Ledger) -> None:
    first = ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key="k", if_match=0)
    again = ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key="k", if_match=0)
    assert again.events == first.events


def test_the_same_facts_in_another_notation_are_the_same_request(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    first = ledger.record("willing", [pledge("gbr")], recorded_by="desk", idempotency_key="k")
    quantity = {"unit": "personnel", "max": 1_000, "min": 1_000, "approximate": None}
    spelt = {"capability": "ground_forces", "level": "pledged", "contributor": "GBR", "pledge": "gbr"}
    again = fact("PledgeMade", quantity=quantity, purpose="force", note=None, **spelt)
    assert ledger.record("willing", [again], recorded_by="desk", idempotency_key="k").events == first.events


def test_a_key_belongs_to_its_first_facts(ledger: Ledger) -> None:
    ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key="k")
    for other in ([pledge("fra")], [*REQUEST, pledge("fra")], REQUEST[:1], [*reversed(REQUEST)]):
        with pytest.raises(KeyReused):
            ledger.record("willing", other, recorded_by="desk", idempotency_key="k")
    assert ledger.history("willing").sequence == 2


def test_a_key_belongs_to_one_coalition(ledger: Ledger) -> None:
    for coalition in ("willing", "able"):
        assert not ledger.record(coalition, REQUEST, recorded_by="desk", idempotency_key="k").is_repeat


def test_a_refusal_does_not_use_up_a_key(ledger: Ledger) -> None:
    with pytest.raises(Refused):
        ledger.record("willing", [pledge("gbr")], recorded_by="desk", idempotency_key="k")
    assert ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key="k").last_sequence == 2


class Halted:
    """An insert that waits, as a slow disk would have it, until it is let go."""

    def __init__(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        self.insert = ledger.recorder.insert_events
        self.reached, self.go = threading.Event(), threading.Event()
        monkeypatch.setattr(ledger.recorder, "insert_events", self)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.reached.set()
        assert self.go.wait(10)
        return self.insert(*arguments, **named)


def test_a_repeat_of_a_request_in_progress_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    halted = Halted(ledger, monkeypatch)
    answers: list[Recording] = []
    arguments: dict[str, Any] = {"recorded_by": "desk", "idempotency_key": "k"}
    first = threading.Thread(target=lambda: answers.append(ledger.record("willing", REQUEST, **arguments)))
    first.start()
    assert halted.reached.wait(10)
    with pytest.raises(KeyInProgress):
        ledger.record("willing", REQUEST, **arguments)
    halted.go.set()
    first.join()
    assert ledger.record("willing", REQUEST, **arguments).events == answers[0].events


def test_the_same_request_in_two_processes_is_recorded_once(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = opened(), opened()
    halted = Halted(here, monkeypatch)
    answers: list[Recording] = []
    arguments: dict[str, Any] = {"recorded_by": "desk", "idempotency_key": "k"}
    first = threading.Thread(target=lambda: answers.append(here.record("willing", REQUEST, **arguments)))
    first.start()
    assert halted.reached.wait(10)
    winner = there.record("willing", REQUEST, **arguments)
    halted.go.set()
    first.join()
    assert answers == [winner._replace(is_repeat=True)]
    assert here.history("willing").sequence == 2


@pytest.mark.parametrize("key", [None, "k"])
def test_a_commit_with_a_lost_confirmation_counts_once(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, key: str | None
) -> None:
    insert = ledger.recorder.insert_events

    def unconfirmed(*arguments: Any, **named: Any) -> None:
        insert(*arguments, **named)
        monkeypatch.setattr(ledger.recorder, "insert_events", insert)
        raise OperationalError("the connection was lost")

    monkeypatch.setattr(ledger.recorder, "insert_events", unconfirmed)
    recording = ledger.record("willing", REQUEST, recorded_by="desk", idempotency_key=key)
    assert (recording.first_sequence, recording.last_sequence, recording.is_repeat) == (1, 2, False)
    assert stored_states(ledger) == recording.events
    assert ledger.record("willing", [pledge("fra")], recorded_by="desk").last_sequence == 3


def test_a_connection_lost_once_does_not_fail_a_write(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.record("willing", REQUEST, recorded_by="desk")
    rows = ledger.recorder.rows

    def lost(*_: Any) -> Any:
        monkeypatch.setattr(ledger.recorder, "rows", rows)
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(ledger.recorder, "rows", lost)
    assert ledger.record("willing", [pledge("fra")], recorded_by="desk").last_sequence == 3
