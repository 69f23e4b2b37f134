"""Chains of corrections: in whatever order they are learned, the same acts, at a cost that grows with their number."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.corrections import EventRetracted, SourceAdded, target_of
from domain.events import FACT, Event, content_of
from domain.history.correction_chains import Corrections
from domain.history.history import History
from domain.history.knowledge import Knowledge
from domain.refusals import Refused
from projections.record import what_became_of
from tests.running.call_counts import count_calls

SOURCES = [{"publisher": "me", "published_on": "2025-01-01"}]
FORMED = {"type": "CoalitionFormed", "name": "W", "effective_at": "2025-01-01", "sources": SOURCES}
PLEDGE = {
    "type": "PledgeMade", "pledge": "p", "contributor": "GBR", "level": "pledged", "capability": "ground_forces",
    "quantity": {"min": 1_000, "max": 2_000, "unit": "personnel"}, "effective_at": "2025-01-01", "sources": SOURCES,
}  # fmt: skip


def id_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012d}"


def corrected(number: int) -> dict[str, Any]:
    return {"type": "EventCorrected", "corrects": id_of(number), "replacement": PLEDGE, "reason": "misread"}


def retracted(number: int) -> dict[str, Any]:
    return {"type": "EventRetracted", "retracts": id_of(number), "reason": "never so"}


def supported(number: int) -> dict[str, Any]:
    return {"type": "SourceAdded", "event": id_of(number), "sources": SOURCES}


def events_of(changes: Sequence[dict[str, Any]]) -> list[Event]:
    """A coalition (event 1), a pledge (event 2), and what is about it."""
    return [
        Event(
            event_id=id_of(sequence), coalition="x", sequence=sequence, recorded_at="2026-01-01T00:00:00.000000Z",
            recorded_by="desk", fact=FACT.validate_python(fact),
        )
        for sequence, fact in enumerate([FORMED, PLEDGE, *changes], 1)
    ]  # fmt: skip


SHAPES: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "each corrects the last": lambda count: [corrected(number + 2) for number in range(count)],
    "corrected and retracted by turns": lambda count: [
        corrected(2) if number % 2 == 0 else retracted(number + 2) for number in range(count)
    ],
    "sources": lambda count: [supported(2) for _ in range(count)],
    "sources of sources": lambda count: [supported(number + 2) for number in range(count)],
}


def in_order(events: list[Event], order: str) -> list[Event]:
    if order == "falling":
        return events[::-1]
    return Random(len(events)).sample(events, len(events)) if order == "random" else events


def recorded(events: Sequence[Event]) -> History:
    """A history in which each event was decided on and then recorded."""
    history = History("x")
    for event in events:
        history.draft().add([event])
        history.append(event)
    return history


@pytest.mark.parametrize("order", ["in order", "falling", "random"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_grows_with_the_length_of_a_chain_and_not_with_its_square(shape: str, order: str) -> None:
    few, many = (in_order(events_of(SHAPES[shape](count)), order) for count in (200, 800))
    assert count_calls(lambda: Knowledge(many)) < 6 * count_calls(lambda: Knowledge(few))


@pytest.mark.parametrize("use", [recorded, what_became_of])
@pytest.mark.parametrize("shape", SHAPES)
def test_so_does_the_work_of_deciding_and_of_telling_what_became_of_each(shape: str, use: Callable[..., Any]) -> None:
    few, many = (events_of(SHAPES[shape](count)) for count in (200, 800))
    assert count_calls(lambda: use(many)) < 6 * count_calls(lambda: use(few))


# --- the same as judged from the start ---

CHANGES = st.lists(
    st.tuples(st.sampled_from([corrected, corrected, retracted, retracted, supported]), st.integers(1, 6)), max_size=14
)


def acting_in(events: Sequence[Event]) -> tuple[dict[str, str], set[str]]:
    """What acts on each event, and which facts about the record are set aside: by the rule, from the last event up."""
    known = {event.event_id: event for event in events}
    acting: dict[str, Event] = {}
    aside: set[str] = set()

    def is_retracted(event: Event) -> bool:
        return event.event_id in acting and isinstance(acting[event.event_id].fact, EventRetracted)

    def is_about_the_pledge(event: Event | None) -> bool:
        while event is not None and event.fact.type in ("EventCorrected", "EventRetracted"):
            event = known.get(target_of(event.fact))
        return event is not None and event.fact.type == "PledgeMade"

    for target in sorted(events, key=lambda event: -event.sequence):
        about = [e for e in events if hasattr(e.fact, "reason") or isinstance(e.fact, SourceAdded)]
        for change in sorted(about, key=lambda event: event.sequence):
            fact: Any = change.fact
            if target_of(fact) != target.event_id or isinstance(fact, SourceAdded) or is_retracted(change):
                continue
            if isinstance(fact, EventRetracted):
                is_fit = target.fact.type != "CoalitionFormed"
            else:
                is_fit = target.fact.type in ("PledgeMade", "EventCorrected") and is_about_the_pledge(target)
            if is_fit and target.event_id not in acting:
                acting[target.event_id] = change
            else:
                aside.add(change.event_id)
        if hasattr(target.fact, "reason") or isinstance(target.fact, SourceAdded):
            fact = target.fact
            if target_of(fact) not in known and not is_retracted(target):
                aside.add(target.event_id)
    return {target: change.event_id for target, change in acting.items()}, aside


@given(CHANGES, st.randoms(use_true_random=False), st.integers(0, 16))
def test_what_acts_does_not_depend_on_the_order_of_learning(
    changes: list[tuple[Callable[[int], dict[str, Any]], int]], chance: Random, count: int
) -> None:
    """Each change is about one of the last few events before it; only ``count`` of all are known."""
    events = events_of([change(max(2, sequence - back)) for sequence, (change, back) in enumerate(changes, 3)])
    corrections = Corrections()
    learned = chance.sample(events, len(events))[:count]
    for event in learned:
        corrections.learn(event)
        corrections.entry(events[1])  # what applies is remembered from one event to the next
    acting, aside = acting_in(learned)
    assert {target: change.event_id for target, change in corrections.acting.items()} == acting
    assert set(corrections.aside) == aside
    for event in learned:
        last = event
        while (change := corrections.change_of(last.event_id)) is not None:
            last = change
        is_gone = last is not event and isinstance(last.fact, EventRetracted)
        assert corrections.content(event) is (None if is_gone else content_of(last))


def test_a_correction_of_a_refused_one_is_judged_by_the_fact_at_the_start_of_their_chain() -> None:
    """A retraction cannot be corrected. What corrects that correction names the same pledge, and breaks no rule."""
    events = events_of([retracted(2), corrected(3), corrected(4)])
    history = recorded(events[:2])
    with pytest.raises(Refused) as refused:
        history.draft().add(events[2:])
    assert [(one.index, one.broken.rule) for one in refused.value.violations] == [(1, "NotCorrectable")]
