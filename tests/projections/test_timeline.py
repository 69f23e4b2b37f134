"""The points of a timeline, and the events that each names; what it costs to find them."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from hypothesis import given as given_any
from hypothesis import settings

from domain.checkpoints import stopped_by
from domain.events import content_of
from domain.facts import ABSENT
from domain.history.history import History, View
from domain.times import period
from projections.asof import AsOf, Basis, view_of
from projections.picture.figures import Figures
from projections.picture.picture import picture_of
from projections.record import effective_us
from projections.timeline import Timeline, outline_of, timeline_of
from projections.what_if.changed_history import ChangedHistory
from projections.why import value_of
from tests.domain.history.test_properties import QUESTION, Question, recorded
from tests.domain.record import Record, about, given, people, pledge, replacing
from tests.oracle.random_histories import Attempt, scripts
from tests.projections.what_if.test_changed_history import CHANGES, accepted, basis, changes_of, fork_of
from tests.running.call_counts import count_calls

NOW_US = period("2030").start_us


def days(record: Record) -> list[tuple[str, list[int]]]:
    """The days of a timeline, each with the sequences of the events that it names."""
    basis = AsOf("2026", "2030").basis(record.history, NOW_US)
    found = timeline_of(view_of(record.history, basis), basis, period("2025-04-01").start_us, NOW_US)
    return [(point.at[:10], [event.sequence for event in point.events]) for point in found.points]


def test_a_timeline_does_not_name_an_event_moved_to_another_day() -> None:
    record = given(pledge(effective_at="2025-04-20"), pledge("q", effective_at="2025-04-20"))
    record.record(replacing(record.history.events[1].event_id, pledge(), "2025-06-01"))
    assert days(record) == [("2025-04-01", []), ("2025-04-20", [3]), ("2025-06-01", [4])]


# --- a timeline is a row of pictures ----------------------------------------------------------------------------------

DAY_US = 86_400_000_000
LENGTH_US = 12 * DAY_US


def shown(size: Any, required: Iterable[Any]) -> Any:
    """The figures of all, and the requirements beside them, as a timeline answers them."""
    figures = {name: value_of(getattr(size, name)) for name in Figures.__slots__}
    return figures, [(one.requirement, one.min, one.max, value_of(one.gaps), one.state) for one in required]


def assert_is_a_row_of_pictures(view: View, one: Basis) -> None:
    """Each point, and each time between two points, has the figures of the picture there."""
    from_us, to_us = view.valid_us, view.valid_us + LENGTH_US
    timeline = timeline_of(view, one, from_us, to_us)
    outline = outline_of(view, one, from_us, to_us, 3)
    points = {period(point.at).start_us: shown(point.size, point.required) for point in timeline.points}
    thinned = {period(point.at).start_us: shown(point.size, point.required) for point in outline.points}
    times = {from_us, *points, *thinned, *range(from_us, to_us + 1, DAY_US // 4)}
    for at_us in sorted(times):
        size = picture_of(view.at(at_us), one).size
        figures = shown(size, size.required)
        assert figures == points[max(point_us for point_us in points if point_us <= at_us)], at_us
        assert at_us not in thinned or figures == thinned[at_us]


@settings(max_examples=60)
@given_any(scripts(), QUESTION)
def test_each_point_has_the_figures_of_the_picture_there(script: list[Attempt], question: Question) -> None:
    history = recorded(script)
    assert_is_a_row_of_pictures(history.view(*question), basis(history))


@settings(max_examples=40)
@given_any(scripts(), QUESTION, CHANGES)
def test_so_has_each_point_of_a_scenario(script: list[Attempt], question: Question, numbers: list[int]) -> None:
    history = accepted(script)
    scenario = ChangedHistory(history, fork_of(history), changes_of(numbers, history))
    question = question._replace(sequence=min(question.sequence, scenario.sequence))
    assert_is_a_row_of_pictures(scenario.view(*question), basis(history))


@settings(max_examples=60)
@given_any(scripts(), QUESTION)
def test_each_event_is_named_once_where_it_takes_effect_or_a_date_of_it_passes(
    script: list[Attempt], question: Question
) -> None:
    view = recorded(script).view(*question)
    timeline = timeline_of(view, basis(recorded(script)), view.valid_us, view.valid_us + LENGTH_US)
    for point in timeline.points:
        ids = [ref.event_id for ref in point.events]
        assert len(set(ids)) == len(ids)
        for ref in point.events:
            event = view.event(ref.event_id)
            assert event is not None
            fact: Any = content_of(event)
            dates = [getattr(fact, name, None) for name in ("available_from", "expires_on")]
            phases = getattr(fact, "phases", None)
            dates += [] if phases is None or phases is ABSENT else [phase.from_ for phase in phases]
            passing = {
                at_us
                for date in dates
                if date not in (None, ABSENT)
                for at_us in (period(date).start_us, period(date).end_us)
            }
            assert period(point.at).start_us in {effective_us(event), *passing}


# --- what it costs ----------------------------------------------------------------------------------------------------


def with_amendments(count: int) -> Record:
    """A pledge that is amended so many times, a minute apart."""
    record = given(pledge(effective_at="2025-04-10"))
    for number in range(count):
        minute = f"2025-04-11T{number // 60:02}:{number % 60:02}:00Z"
        record.record(about("PledgeAmended", effective_at=minute, quantity=people(number + 1, number + 1)))
    return record


def timeline_in(history: History) -> Timeline:
    one = AsOf("2026", "2030").basis(history, NOW_US)
    return timeline_of(view_of(history, one), one, period("2025-04-01").start_us, NOW_US)


def test_the_cost_of_a_timeline_follows_the_changes_of_a_thing_not_their_square() -> None:
    few, many = (with_amendments(count).history for count in (100, 400))
    assert len(timeline_in(many).points) == 402
    calls = [count_calls(partial(timeline_in, history)) for history in (few, many)]
    assert calls[1] < 4.6 * calls[0]


def test_a_step_of_a_timeline_costs_what_changes_not_what_stands() -> None:
    """With 8 times as many pledges in force, the amendments of one of them cost little more."""
    calls = []
    for standing in (25, 200):
        record = with_amendments(60)
        record.record(*(pledge(f"other-{number}", effective_at="2025-04-10") for number in range(standing)))
        assert len(timeline_in(record.history).points) == 62
        calls.append(count_calls(partial(timeline_in, record.history)))
    assert calls[1] < 4 * calls[0]


def test_a_timeline_asks_at_each_of_its_times_whether_it_may_go_on() -> None:
    history = with_amendments(50).history
    reached: list[int] = []
    with stopped_by(lambda: reached.append(1)):
        timeline_in(history)
    assert len(reached) >= 50
