"""The log in pages and event by event, at a cost that does not depend on the length of the record."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.events import Event, content_of
from domain.history.history import History, KnownAxis, ReadableHistory, View
from domain.times import DAY_US, instant_us
from domain.what_if.changes import Alter, Omit
from domain.what_if.scenarios import Fork
from projections import event_index
from projections.asof import AsOf, view_of
from projections.log import EventFilter, actors_in, one_event, page_of, referred_to
from projections.record import effective_us, reference_to, set_aside_in
from projections.what_if.changed_history import ChangedHistory
from tests.oracle.random_histories import COALITION, Attempt, events_of, scripts
from tests.projections.what_if.conditional_pledges import event as event_of
from tests.projections.what_if.conditional_pledges import history, made, stated
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


REFERENCES = ("pledge:p", "pledge:q", "condition:c", "basing:hub", "meeting:m", "coalition", "member:GBR", "actor:FRA")
TIMES = st.none() | st.integers(0, 25).map(lambda day: instant_us("2025-03-30T00:00:00Z") + day * DAY_US)
FILTERS = st.builds(
    EventFilter,
    types=st.lists(st.sampled_from(["PledgeMade", "PledgeAmended", "EventCorrected", "MeetingHeld"]), max_size=2).map(
        tuple
    ),
    about=st.none() | st.sampled_from(REFERENCES),
    actor=st.none() | st.sampled_from(["GBR", "FRA", "USA"]),
    publisher=st.none() | st.sampled_from(["news report", "nobody"]),
    locator=st.none() | st.just(""),
    recorded_by=st.none() | st.sampled_from(["desk", "nobody"]),
    effective_from_us=TIMES,
    effective_to_us=TIMES,
    recorded_from_us=TIMES,
    recorded_to_us=TIMES,
    attributions=st.just(()) | st.lists(st.sampled_from(["official", "leak", "informal"]), max_size=2).map(tuple),
    reliability_at_least=st.none() | st.sampled_from("ABCDE"),
)


def by_going_through(view: View, wanted: EventFilter) -> list[Event]:
    """The wanted events, found by looking at each."""
    things = view.knowledge.things((wanted.about or "").partition(":")[0])
    filed = {e.event_id for thing in things if reference_to(thing) == wanted.about for e in view.record(thing)}

    def is_wanted(event: Event) -> bool:
        sources = event.fact.sources
        said = [event.fact, content_of(event)]
        words = {fact.attribution.basis for fact in said if fact.attribution}
        grades = {source.reliability for fact in said for source in fact.sources if source.reliability}
        effective, recorded = effective_us(event), instant_us(event.recorded_at)
        return all((
            not wanted.types or event.fact.type in wanted.types,
            wanted.about is None or event.event_id in filed or wanted.about in referred_to(event),
            wanted.actor is None or wanted.actor in actors_in(event),
            wanted.publisher is None or wanted.publisher in {source.publisher for source in sources},
            wanted.locator is None or wanted.locator in {source.locator or "" for source in sources},
            wanted.recorded_by is None or wanted.recorded_by == event.recorded_by,
            wanted.effective_from_us is None or effective >= wanted.effective_from_us,
            wanted.effective_to_us is None or effective <= wanted.effective_to_us,
            wanted.recorded_from_us is None or recorded >= wanted.recorded_from_us,
            wanted.recorded_to_us is None or recorded <= wanted.recorded_to_us,
            not wanted.attributions or any(basis in words for basis in wanted.attributions),
            wanted.reliability_at_least is None
            or any(grade <= wanted.reliability_at_least and grade != "F" for grade in grades),
        ))  # fmt: skip

    return [event for event in view.events_after(0) if is_wanted(event)]


@contextmanager
def small_pages() -> Iterator[None]:
    """Let the index have full pages, and values that share a list, within a history of forty facts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_index, "PAGE", 4)
        patch.setattr(event_index, "BUCKETS", 3)
        yield


@FEWER
@given(scripts(), FILTERS, st.integers(0, 60), st.integers(0, 60), st.sampled_from(AXES))
def test_wanted_events_are_those_found_by_going_through(
    script: list[Attempt], wanted: EventFilter, sequence: int, omitted: int, axis: KnownAxis
) -> None:
    past = recorded(script)
    histories: tuple[ReadableHistory, ...] = past, changed(past, axis, past.events[omitted % past.sequence].event_id)
    for asked, known_at in product(histories, ("2025-04-05", "2030")):
        basis = AsOf("2200", known_at, axis, min(sequence, past.sequence)).basis(asked, 0)
        found = by_going_through(view_of(asked, basis), wanted)
        with small_pages():
            assert list(wanted.after(0, asked, basis)) == found
            page = page_of(asked, basis, wanted, 3, 2)
        assert page.items == [event for event in found if event.sequence > 3][:2]


def test_a_filter_finds_what_was_recorded_since_it_was_last_used() -> None:
    past = history(made("p", 10, 10))
    for number in range(3):
        basis = AsOf("2030", "2030", "recorded", None).basis(past, 0)
        assert len(page_of(past, basis, EventFilter(actor="DEU"), 0, 10).items) == number
        fact = made(f"d{number}", 1, 1, contributor="DEU")
        past.append(event_of(past.sequence + 1, fact.pop("type"), **fact))


# --- what it costs ----------------------------------------------------------------------------------------------------

SHORT, LONG = 100, 2_000


def long_record(length: int, axis: KnownAxis, is_changed: bool) -> ReadableHistory:
    """A record of pledges, or one with a few changes laid over it."""
    past = history(*(made(f"p{number}", 10, 10) for number in range(length)))
    past.view(ALL_US, ALL_US, axis, past.sequence)
    return changed(past, axis, past.events[5].event_id) if is_changed else past


SPARSE = {
    "types": {"types": ("ConditionStated",)},
    "about": {"about": "pledge:rare"},
    "referred to": {"about": "condition:c"},
    "actor": {"actor": "DEU"},
    "publisher": {"publisher": "nobody"},
    "locator": {"locator": "S7"},
    "recorded_by": {"recorded_by": "nobody"},
    "effective": {"effective_from_us": 10**15, "effective_to_us": 10**15 + 1},
    "recorded": {"recorded_to_us": 0},
    "two that never meet": {"actor": "DEU", "types": ("ConditionStated",)},
}


@pytest.mark.parametrize("filters", SPARSE.values(), ids=SPARSE.keys())
def test_the_cost_of_a_page_of_what_is_rare_does_not_depend_on_the_length_of_the_record(
    filters: dict[str, Any],
) -> None:
    def calls(length: int) -> int:
        rare = made("rare", 1, 1, "c", contributor="DEU")
        pledges = [made(f"p{number}", 10, 10) for number in range(length)]
        past = history(stated("c"), *pledges[: length // 2], rare, *pledges[length // 2 :])
        basis = AsOf("2030", "2030", "recorded", past.sequence).basis(past, 0)
        page_of(past, basis, EventFilter(**filters), 0, 20)  # makes the index
        return count_calls(lambda: page_of(past, basis, EventFilter(**filters), 0, 20))

    page = event_index.PAGE  # effective times are sorted by page; the last events are looked at one by one
    some = 500  # other values that happen to share a list: a few in a record of thousands
    assert calls(3 * page + 76) < calls(page + 76) + some


def work(length: int, axis: KnownAxis, is_changed: bool) -> list[int]:
    """How much it takes to find a page in the middle, the last page, and one event."""
    past = long_record(length, axis, is_changed)
    basis = AsOf("2030", "2030", axis, past.sequence).basis(past, 0)
    view = view_of(past, basis)
    middle = view.events()[length // 2].event_id
    page_of(past, basis, EventFilter(recorded_by="desk"), 0, 1)  # makes the index
    return [
        count_calls(lambda: page_of(past, basis, EventFilter(recorded_by="desk"), length // 2, 20)),
        count_calls(lambda: page_of(past, basis, EventFilter(recorded_by="desk"), length - 10, 20)),
        count_calls(lambda: one_event(middle, view, basis)),
    ]


@pytest.mark.parametrize("is_changed", [False, True], ids=["the record", "a what-if"])
@pytest.mark.parametrize("axis", AXES)
def test_the_cost_of_a_page_or_an_event_does_not_depend_on_the_length_of_the_record(
    axis: KnownAxis, is_changed: bool
) -> None:
    for short, long in zip(work(SHORT, axis, is_changed), work(LONG, axis, is_changed), strict=True):
        assert long < short + 50  # what is found by halving takes a few steps more
