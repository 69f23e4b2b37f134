"""What is recorded is there, in order, whole, and once."""

import json
from collections.abc import Iterator

import pytest

from domain.ledger import Ledger, UnknownCoalition
from domain.refusals import IdAlreadyUsed, Refused
from tests.ledger.facts import formed, pledge


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """Open the test's store."""
    opened = Ledger(database_url)
    yield opened
    opened.close()


def test_what_is_recorded_is_in_the_history(ledger: Ledger) -> None:
    recording = ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    assert (recording.first_sequence, recording.last_sequence, recording.is_repeat) == (1, 2, False)
    events = ledger.history("willing").events
    assert [event.fact.type for event in events] == ["CoalitionFormed", "PledgeMade"]
    assert [json.loads(state)["event_id"] for state in recording.events] == [event.event_id for event in events]


def test_a_refused_fact_refuses_its_list(ledger: Ledger) -> None:
    ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    with pytest.raises(Refused) as refused:
        ledger.record("willing", [pledge("fra"), pledge("gbr")], recorded_by="desk")
    assert [(violation.index, type(violation.broken)) for violation in refused.value.violations] == [(1, IdAlreadyUsed)]
    assert ledger.history("willing").sequence == 2


def test_an_unknown_coalition_has_no_history(ledger: Ledger) -> None:
    with pytest.raises(UnknownCoalition):
        ledger.history("nobody")
