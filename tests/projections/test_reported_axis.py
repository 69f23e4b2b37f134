"""The reported axis at any sequence: whatever it is answered from, every answer is that of a fold from the start."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.events import Event
from domain.history import reported
from domain.history.history import History, View
from domain.history.knowledge import Knowledge
from domain.times import FOREVER_US, instant_us
from projections.asof import Basis
from projections.lists import LISTS, Items, items_of
from projections.log import EventPage, OneEvent, one_event
from projections.picture.picture import Picture, picture_of
from projections.record import RecordedEvent, record_of, thing_of
from projections.timeline import Timeline, timeline_of
from tests.domain.small_indexes import make_indexes_small
from tests.oracle import fold as oracle
from tests.oracle.random_histories import COALITION, DAY_US, FIRST_RECORDED_US, Attempt, events_of, scripts

FIRST_US = instant_us("2025-03-30T00:00:00Z")
DAYS = st.integers(0, 25).map(lambda day: FIRST_US + day * DAY_US)
JUST_BEFORE = DAYS.map(lambda day_us: day_us - 1)
WHILE_RECORDING = st.integers(0, 30).map(lambda part: FIRST_RECORDED_US + part * DAY_US // 3)
Question = tuple[int, int, int]
QUESTIONS = st.lists(
    st.tuples(DAYS | JUST_BEFORE, DAYS | JUST_BEFORE | WHILE_RECORDING | st.just(FOREVER_US), st.integers(0, 60)),
    min_size=1,
    max_size=4,
)
BASIS = Basis(COALITION, 0, "2025-04-10", "2025-04-10", "reported")
PICTURE, PAGE, EVENT, EVENTS, TIMELINE = (
    TypeAdapter[Any](one) for one in (Picture, EventPage, OneEvent, list[RecordedEvent], Timeline)
)
ITEMS = {name: TypeAdapter[Any](Items[one.item_type]) for name, one in LISTS.items()}  # type: ignore[name-defined]


@pytest.fixture(autouse=True, scope="module")
def small_bounds() -> Iterator[None]:
    """Let the index turn its pages, and events be laid over, within a history of forty facts."""
    with pytest.MonkeyPatch.context() as patch:
        make_indexes_small(patch)
        patch.setattr(reported, "MAX_NEAR", 1)
        yield


def answers_of(view: View) -> dict[str, Any]:
    """What the reads of the API answer, and the orders that they read.

    A missing footing has two names, one if it comes later; which of them is told by looking ahead, and depends on the
    order of learning. They are not told apart here.
    """
    picture = PICTURE.dump_python(picture_of(view, BASIS), mode="json")
    for item in picture["set_aside"]:
        if item["rule"] in ("UnknownId", "EffectiveBeforeItsFooting"):
            item |= {"rule": "UnknownId", "detail": "", "collides_with": []}
    things = sorted({thing for event in view.events() if (thing := thing_of(event)) is not None})
    lists = {name: items_of(name, view, BASIS) for name in LISTS}
    return {
        "picture": picture,
        "lists": {name: ITEMS[name].dump_json(one) for name, one in lists.items()},
        "histories": [EVENTS.dump_json(record_of([thing], view)) for thing in things],
        "events": [event.event_id for event in view.events()],
        "page": PAGE.dump_json(EventPage([*islice(view.events_after(0), 100)], BASIS, None)),
        "from 7": PAGE.dump_json(EventPage([*islice(view.events_after(7), 100)], BASIS, None)),
        "each event": [EVENT.dump_json(one_event(event.event_id, view, BASIS)) for event in view.events()],
        "timeline": TIMELINE.dump_json(timeline_of(view, BASIS, FIRST_US, FIRST_US + 12 * DAY_US)),
        "aside": {one.event.event_id for one in view.set_aside()},
        "number": view.position,
    }


class FoldedAnew(Knowledge):
    """Events learned in any order, all of which are known."""

    def is_known(self, sequence: int, position: int) -> bool:
        return True

    def known_after(self, sequence: int, position: int) -> Iterator[Event]:
        later = (event for event in self.learned if event.sequence > sequence)
        return iter(sorted(later, key=lambda event: event.sequence))


def folded_anew(events: Sequence[Event], valid_us: int, known_us: int) -> View:
    """What was public at a time, folded from the start in the order of reports."""
    reports = sorted(oracle.reports_by(events, known_us), key=lambda report: (report[0], report[1].sequence))
    knowledge = FoldedAnew(event for _, event in reports)
    return View(knowledge, knowledge.position, valid_us)


@settings(max_examples=100)
@given(scripts(longest=25), QUESTIONS, QUESTIONS, st.integers(0, 40), st.sampled_from([1, 3, FOREVER_US]))
def test_an_answer_equals_that_of_a_fold_from_the_start(
    script: list[Attempt], before: list[Question], after: list[Question], length: int, far_share: int
) -> None:
    """Whether all that differs is laid over (share 1), some of it, or none; and while the record grows."""
    history = History(COALITION)
    events = [event for attempt in script for event in events_of(attempt, 0)]
    numbered = [replace(event, sequence=number) for number, event in enumerate(events, start=1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reported, "FAR_SHARE", far_share)
        for questions, recorded in ((before, numbered[:length]), (after, numbered[length:])):
            for event in recorded:
                history.append(event)
            for valid_us, known_us, sequence in questions:
                found = history.view(valid_us, known_us, "reported", sequence)
                expected = folded_anew(history.events[:sequence], valid_us, known_us)
                assert answers_of(found) == answers_of(expected)
