"""The pages of an answer are together what it is as a whole, and each is as long as it may be."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.history.history import History, View
from projections.asof import Basis
from projections.difference import Difference, difference_of
from projections.lists import LISTS, item_of, items_of
from projections.paging import MAX_EXPLAINING, Page, items_on_page, on_page, page_from, whole_on_page
from projections.picture.picture import picture_of
from projections.what_if.changed_history import ChangedHistory, basis_of_fork
from projections.what_if.consequences import consequences_of
from projections.what_if.rounds import Move
from projections.why import Why, why
from tests.domain.history.test_properties import QUESTION, Question, recorded
from tests.oracle.random_histories import COALITION, Attempt, scripts
from tests.projections.what_if.test_changed_history import CHANGES, accepted, changes_of, fork_of

WHOLE = page_from(None, 1_000_000)


def pages_of(ask: Any, limit: int) -> list[Any]:
    """All pages of an answer, from the first on."""
    answer = ask(page_from(None, limit))
    pages = [answer]
    while answer.next_cursor is not None:
        answer = ask(page_from(answer.next_cursor, limit))
        pages.append(answer)
    return pages


def at(history: History, question: Question) -> tuple[View, Basis]:
    return history.view(*question), Basis(COALITION, question.sequence, "2025-04-10", "2025-05-01", question.axis)


@settings(max_examples=50)
@given(scripts(), st.tuples(QUESTION, QUESTION), st.integers(1, 9))
def test_the_pages_of_a_difference_are_the_difference(
    script: list[Attempt], questions: tuple[Question, Question], limit: int
) -> None:
    history = recorded(script)
    one, other = (at(history, question) for question in questions)
    whole = difference_of(one, other, WHOLE)
    pages: list[Difference] = pages_of(lambda page: difference_of(one, other, page), limit)
    found: dict[str, list[str]] = {}
    for page in pages:
        assert len(page.changes) + sum(len(change.events) for change in page.changes) <= limit + 1
        assert {name for change in page.changes for name in change.events} == {ref.event_id for ref in page.events}
        for change in page.changes:
            found.setdefault(change.what, []).extend(change.events)
    assert found == {change.what: change.events for change in whole.changes}
    assert list(found) == [change.what for change in whole.changes]


@settings(max_examples=50)
@given(scripts(), QUESTION, st.integers(1, 5), st.sampled_from(["/size", "/conditions", "", "/size/available"]))
def test_the_pages_of_an_explanation_are_the_explanation(
    script: list[Attempt], question: Question, limit: int, figure: str
) -> None:
    view, basis = at(recorded(script), question)
    whole = why(figure, view, basis, WHOLE)
    pages: list[Why] = pages_of(lambda page: why(figure, view, basis, page), limit)
    found: dict[str, list[str]] = {}
    for page in pages:
        events = [*page.events, *(ref for part in page.pledges for ref in part.events)]
        assert len(page.pledges) + len(events) <= limit + 1
        for part in page.pledges:
            found.setdefault(part.pledge.pledge, []).extend(ref.event_id for ref in part.events)
    assert found == {part.pledge.pledge: [ref.event_id for ref in part.events] for part in whole.pledges}
    assert [ref for page in pages for ref in page.events] == whole.events
    assert {page.figure for page in pages} == {figure}
    assert all(page.value == whole.value for page in pages)


@settings(max_examples=30)
@given(scripts(), QUESTION, st.integers(1, 3), st.sampled_from(sorted(LISTS)))
def test_the_pages_of_a_list_are_the_list(script: list[Attempt], question: Question, limit: int, kind: str) -> None:
    view, basis = at(recorded(script), question)
    pages = pages_of(lambda page: items_of(kind, view, basis, page), limit)
    assert [item for page in pages for item in page.items] == items_of(kind, view, basis).items
    assert all(len(page.items) <= limit for page in pages)
    if kind == "pledges" and item_of(kind, "p", view, basis) is not None:
        histories = pages_of(lambda page: item_of(kind, "p", view, basis, page), limit)
        whole: Any = item_of(kind, "p", view, basis)
        assert [event for page in histories for event in page.history] == whole.history
        assert all(page.item == whole.item for page in histories)


def test_only_what_is_on_a_page_is_worked_out() -> None:
    asked: list[str] = []

    def events_of(part: str) -> list[int]:
        asked.append(part)
        return [1, 2, 3]

    shown, cursor = on_page("abcdef", events_of, page_from("2.1", 4))
    assert (shown, cursor) == ([("c", [2, 3]), ("d", [1])], "3.1")
    assert asked == ["c", "d"]


def test_a_page_beyond_the_end_is_empty() -> None:
    assert items_on_page(["a"], page_from("7", 3)) == ([], None)
    assert on_page("a", lambda _: [], page_from("7", 3)) == ([], None)


@pytest.mark.parametrize("limit", [1, 2, MAX_EXPLAINING])
def test_every_page_gets_on(limit: int) -> None:
    shown, cursor = on_page("ab", lambda _: [1, 2], page_from(None, limit))
    assert shown
    assert cursor is None or Page(*page_from(cursor, limit)).start > (0, 0)


def test_a_picture_without_pledges_is_explained_on_one_page() -> None:
    view, basis = at(History(COALITION), Question(0, 0, "recorded", 0))
    assert picture_of(view, basis).name is None
    assert why("/size/available", view, basis).next_cursor is None


@settings(max_examples=30)
@given(scripts(), CHANGES, st.integers(1, 3))
def test_the_pages_of_consequences_are_the_consequences(script: list[Attempt], numbers: list[int], limit: int) -> None:
    history = accepted(script)
    scenario = ChangedHistory(history, fork_of(history), changes_of(numbers, history))
    asked = basis_of_fork(scenario, scenario.fork)
    whole = consequences_of(scenario, asked)
    pages = pages_of(lambda page: consequences_of(scenario, asked, page), limit)
    found: dict[int, tuple[list[Move], list[Move]]] = {}
    for page in pages:
        moves = [move for one in page.rounds for move in (*one.fell, *one.came_in)]
        assert len(moves) <= limit
        for one in page.rounds:
            fell, came_in = found.setdefault(one.round, ([], []))
            fell += one.fell
            came_in += one.came_in
    assert found == {one.round: (one.fell, one.came_in) for one in whole.rounds}
    assert all(page.set_aside == whole.set_aside and page.changes == whole.changes for page in pages)


def test_parts_that_are_not_divided_fill_a_page_by_their_weight() -> None:
    weights = [5, 1, 1, 9, 0]
    assert whole_on_page(weights, lambda weight: weight, page_from(None, 4)) == ([5], "1")
    assert whole_on_page(weights, lambda weight: weight, page_from("1", 4)) == ([1, 1], "3")
    assert whole_on_page(weights, lambda weight: weight, page_from("3", 12)) == ([9, 0], None)
    assert whole_on_page(weights, lambda weight: weight, page_from("9", 4)) == ([], None)
