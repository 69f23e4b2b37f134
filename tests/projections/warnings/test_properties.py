"""The warnings of every history are those that a comparison of every fact with every other finds."""

from hypothesis import given

from domain.history.history import View
from domain.times import BEFORE_TIME_US, FOREVER_US
from projections.asof import Basis
from projections.event_index import event_index_of
from projections.paging import Page, Position
from projections.warnings.known_facts import KnownFacts
from projections.warnings.of_requests import warnings_from
from projections.warnings.warnings import WantedWarnings, WarningItem, warnings_of
from tests.domain.history.test_properties import QUESTIONS, Question, recorded
from tests.oracle import warnings as naive
from tests.oracle.random_histories import Attempt, scripts

OF_EVENTS = ("SameFactAgain", "ReportedTwice", "LooksLikeAnotherPledge", "PublishedLongBefore", "BeforeTheFormation")
AT_ALL_TIMES = ("SameFactAgain", "ReportedTwice", "PublishedLongBefore", "BeforeTheFormation")
"""These do not depend on what is in force at any time."""

OF_SOURCES = ("SourcesDisagree", "RestsOnALeakAlone")
"""Whether sources disagree has its own property (``tests/projections/test_confidence.py``)."""

ALL = Page(Position(), 10_000)


@given(scripts(), QUESTIONS)
def test_warnings_are_those_of_the_naive_comparison(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for valid_us, known_us, axis, sequence in questions:
        view = history.view(valid_us, known_us, axis, sequence)
        known = sorted(view.events(), key=lambda event: event.sequence)
        assert found_at(view) == naive.warnings(known, valid_us), (axis, valid_us)


@given(scripts())
def test_a_request_is_told_of_each_double_and_each_odd_date_unless_dismissed(script: list[Attempt]) -> None:
    history = recorded(script)
    events = history.events
    view = history.view(BEFORE_TIME_US, FOREVER_US, "recorded", history.sequence)
    items = (told.item for told in warnings_from(events, view, event_index_of(history)))
    told = {(item.warning, tuple(item.events)) for item in items if item.warning in AT_ALL_TIMES}
    dismissed = naive.dismissed(events)
    all_found = naive.warnings(events, FOREVER_US)
    assert told == {one for one in all_found if one[0] in AT_ALL_TIMES and (one[0], one[1][0]) not in dismissed}


def found_at(view: View) -> set[naive.Warned]:
    basis = Basis("willing", 0, "", "", "recorded")
    items = warnings_of(view, basis, WantedWarnings(with_dismissed=True), ALL).items
    facts = KnownFacts(view)
    return {_about(item, facts) for item in items if item.warning not in OF_SOURCES}


def _about(item: WarningItem, facts: KnownFacts) -> naive.Warned:
    if item.warning in OF_EVENTS:
        return item.warning, tuple(item.events)
    named = (facts.of_event(event_id) for event_id in item.events)
    return item.warning, (next(one.fact.pledge for one in named if one is not None and hasattr(one.fact, "pledge")),)
