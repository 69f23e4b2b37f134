"""The log in pages and event by event, at a cost that does not depend on the length of the record."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Event
from domain.history.history import History, KnownAxis, ReadableHistory, View
from domain.what_if.changes import Alter, Omit
from domain.what_if.scenarios import Fork
from projections.asof import AsOf, view_of
from projections.log import EventFilter, one_event, page_of
from projections.record import set_aside_in
from projections.what_if.changed_history import ChangedHistory
from tests.oracle.random_histories import COALITION, Attempt, events_of, scripts
from tests.projections.what_if.conditional_pledges import history, made
from tests.running.call_counts import count_calls

ALL_US = 4_000_000_000_000_000
AXES: tuple[KnownAxis, ...] = ("recorded", "reported")
FEWER = settings(max_examples=60)


# --- what is found ----------------------------------------------------------------------------------------------------


def recorded(script: Sequence[Attempt]) -> History:
    """Every fact of a script, whatever rules it breaks."""
    past = History(COALITION)
    for attempt in script:
        for event in events_of(attempt, past.sequence):
            past.append(event)
    return past


def changed(past: History, axis: KnownAxis, omitted: str) -> ChangedHistory:
    """The same without one event, and with pledges of another size."""
    fork = Fork(valid_at="2025-05-01", known_at="2030-01-01", known_axis=axis, sequence=past.sequence)
    return ChangedHistory(past, fork, [Omit(omit=omitted), Alter(alter=past.events[-1].event_id, scale=0.5)])


def same_as_by_going_through(view: View) -> None:
    """What is found directly is what going through all that was known would find."""
    known = sorted(view.events(), key=lambda event: event.sequence)
    last = known[-1].sequence if known else 0
    for after in (0, 1, last // 2, last, last + 1):
        assert list(view.events_after(after)) == [event for event in known if event.sequence > after]
    for event in known:
        assert view.event(event.event_id) is event
        about = [other for other in known if event.event_id in targets(other)]
        assert sorted(view.events_about(event.event_id), key=lambda one: one.sequence) == about
    assert view.event("of nobody") is None
    aside = {one.event.event_id for one in view.at(ALL_US).states() if one.status == "set_aside"}
    assert set_aside_in(view) == aside


def targets(event: Event) -> set[Any]:
    return {getattr(event.fact, name, None) for name in ("corrects", "retracts", "event")}


@FEWER
@given(scripts(), st.integers(0, 60), st.integers(0, 60), st.sampled_from(AXES))
def test_known_events_are_found_directly(script: list[Attempt], sequence: int, omitted: int, axis: KnownAxis) -> None:
    past = recorded(script)
    unknown = {event.event_id for event in past.events[min(sequence, past.sequence) :]}
    known_us = past.last_recorded_us
    view = past.view(ALL_US, known_us, axis, min(sequence, past.sequence))
    same_as_by_going_through(view)
    assert all(view.event(event_id) is None for event_id in unknown)
    what_if = changed(past, axis, past.events[omitted % past.sequence].event_id)
    for other in AXES:
        same_as_by_going_through(what_if.view(ALL_US, known_us, other, past.sequence))


# --- what it costs ----------------------------------------------------------------------------------------------------

SHORT, LONG = 100, 2_000


def long_record(length: int, axis: KnownAxis, is_changed: bool) -> ReadableHistory:
    """A record of pledges, or one with a few changes laid over it."""
    past = history(*(made(f"p{number}", 10, 10) for number in range(length)))
    past.view(ALL_US, ALL_US, axis, past.sequence)
    return changed(past, axis, past.events[5].event_id) if is_changed else past


def work(length: int, axis: KnownAxis, is_changed: bool) -> list[int]:
    """How much it takes to find a page in the middle, the last page, and one event."""
    past = long_record(length, axis, is_changed)
    basis = AsOf("2030", "2030", axis, past.sequence).basis(past, 0)
    view = view_of(past, basis)
    middle = view.events()[length // 2].event_id
    return [
        count_calls(lambda: page_of(view, basis, EventFilter(recorded_by="desk"), length // 2, 20)),
        count_calls(lambda: page_of(view, basis, EventFilter(recorded_by="desk"), length - 10, 20)),
        count_calls(lambda: one_event(middle, view, basis)),
    ]


@pytest.mark.parametrize("is_changed", [False, True], ids=["the record", "a what-if"])
@pytest.mark.parametrize("axis", AXES)
def test_the_cost_of_a_page_or_an_event_does_not_depend_on_the_length_of_the_record(
    axis: KnownAxis, is_changed: bool
) -> None:
    for short, long in zip(work(SHORT, axis, is_changed), work(LONG, axis, is_changed), strict=True):
        assert long < short + 50  # what is found by halving takes a few steps more
