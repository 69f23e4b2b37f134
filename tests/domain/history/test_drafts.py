"""What a draft has folded becomes the history's: nothing is folded twice, and the outcome is the same."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from domain.concepts.registry import CONCEPTS
from domain.events import Event
from domain.facts import Entry
from domain.history.history import History
from domain.refusals import Refused
from domain.times import period
from tests.domain.fold_contents import tracks_of
from tests.domain.history.test_properties import QUESTIONS, Question, answered, compare
from tests.domain.record import about, given, people, pledge, replacing
from tests.oracle.random_histories import COALITION, Attempt, events_of, scripts


def drafted(history: History, attempts: Sequence[Attempt]) -> list[tuple[Event, Any]]:
    """What one draft accepts of some attempts: each event, and what the draft has made of it."""
    draft = history.draft()
    accepted: list[Event] = []
    for attempt in attempts:
        events = events_of(attempt, history.sequence + len(accepted))
        try:
            draft.add(events)
        except Refused:
            continue
        accepted += events
    return list(zip(accepted, draft.folded, strict=True))


@for_all(scripts(), st.integers(1, 5), QUESTIONS)
def test_a_history_that_takes_over_drafts_equals_one_that_folds(
    script: list[Attempt], together: int, questions: list[Question]
) -> None:
    adopting, folding = History(COALITION), History(COALITION)
    for first in range(0, len(script), together):
        for event, folded in drafted(adopting, script[first : first + together]):
            adopting.append(event, folded)
            folding.append(event)
    assert tracks_of(adopting) == tracks_of(folding)
    for question in questions:
        assert answered(adopting, question) == answered(folding, question)
        compare(adopting, adopting.events, question)


@for_all(scripts())
def test_a_draft_that_is_not_recorded_leaves_no_trace(script: list[Attempt]) -> None:
    history = History(COALITION)
    for attempt in script:
        before = tracks_of(history), dict(history._recorded.corrections.aside)
        accepted = drafted(history, [attempt])
        assert (tracks_of(history), history._recorded.corrections.aside) == before
        for event, folded in accepted:
            history.append(event, folded)


def test_what_was_decided_is_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    record = given(pledge("p"), pledge("q"))
    folded = 0
    concept = CONCEPTS["pledge"]

    def counted(state: Any, entry: Entry) -> Any:
        nonlocal folded
        folded += 1
        return concept.evolve(state, entry)

    monkeypatch.setitem(CONCEPTS, "pledge", concept._replace(evolve=counted))
    facts = [about("PledgeAmended", pledge=name, quantity=people(9, 9)) for name in ("p", "q", "p")]
    record.record(*facts, pledge("r"))
    assert folded == len(facts) + 1
    assert record.state("pledge", "p").quantity.max == 9


def test_what_one_event_of_a_list_applies_again_is_folded_again() -> None:
    stated = {"type": "ConditionStated", "condition": "c", "kind": "ceasefire", "description": "x"}
    record = given(stated)
    (original,) = [event.event_id for event in record.history.events if event.fact.type == "ConditionStated"]
    record.record(pledge("p", conditions=["c"]))
    earlier = stated | {"effective_at": "2025-04-01"}
    record.record({"type": "EventRetracted", "retracts": original, "reason": "misread"}, earlier)
    assert not record.history.view(period("2030").last_us, period("2030").last_us, "recorded", 5).set_aside()
    assert record.state("pledge").conditions == ("c",)


def test_a_state_refers_to_the_entries_of_its_own_track() -> None:
    record = given()
    made = pledge("p", event_id="00000000-0000-7000-8000-000000009999")
    record.record(
        made, replacing(made["event_id"], pledge("p", people(5, 5))), about("PledgeRaised", level="committed")
    )
    tracks_of(record.history)
    assert record.state("pledge").made.fact.quantity.max == 5
