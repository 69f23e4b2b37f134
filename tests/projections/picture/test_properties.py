"""The force picture of every history equals a naive one, which tries every set of pledges."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import combinations
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.concepts.coalition import FORMATION
from domain.corrections import EventCorrected, EventRetracted
from domain.history.history import History, View
from domain.history.knowledge import Knowledge
from domain.times import FOREVER_US, format_instant, period
from projections.asof import Basis
from projections.difference import difference_of
from projections.lists import items_of
from projections.picture import figures as f
from projections.picture.aid import Aid
from projections.picture.needs import Gap, RequirementFigures
from projections.picture.picture import Picture, picture_of
from projections.picture.size import PlaceFigures
from projections.pointers import parts_of
from projections.timeline import timeline_of
from projections.why import value_of, why
from tests.domain.history.test_properties import (
    KNOWN,
    QUESTION,
    QUESTIONS,
    VALID,
    Question,
    enveloped,
    facts_of,
    recorded,
    take_in,
)
from tests.oracle import fold as oracle
from tests.oracle import picture as naive
from tests.oracle.confidence import Confidence
from tests.oracle.pledges import LEVELS
from tests.oracle.random_histories import COALITION, Attempt, scripts
from tests.oracle.sizes import Figure

# --- the history's own picture, put as the oracle puts it -------------------------------------------------------------


def picture(history: History, question: Question) -> Picture:
    return picture_of(history.view(*question), basis_of(question))


def basis_of(question: Question) -> Basis:
    return Basis(COALITION, question.sequence, format_instant(question.valid_us), "2025-05-01", question.axis)


def plain_figure(figure: f.Figure) -> Figure:
    leak_only = figure.leak_only.min, figure.leak_only.max
    counts = figure.pledges, figure.contributors, figure.undisclosed, figure.disputed
    return Figure(figure.min, figure.max, *counts, leak_only)


def plain_figures(figures: Any) -> dict[str, Any]:
    plain_ones = (*LEVELS, "if_all_move", "deployed", "estimated")
    found: dict[str, Any] = {name: plain_figure(getattr(figures, name)) for name in plain_ones}
    for state in naive.STATES:
        figure = getattr(figures, state)
        by_level = {level: plain_figure(getattr(figure.by_level, level)) for level in naive.FIRM}
        found[state] = (plain_figure(figure), by_level)
    return found | {"other_units": plain_units(figures.other_units)}


def plain_units(units: Any) -> dict[str, dict[str, Figure]]:
    return {unit: plain_rows(one) for unit, one in units.items()}


def plain_rows(figures: Any) -> dict[str, Figure]:
    """Some figures beside each other, by their names."""
    return {row.name: plain_figure(getattr(figures, row.name)) for row in fields(figures)}


def known_confidence(history: History, question: Question) -> Confidence:
    return Confidence(oracle.known_by(history.events, *question[1:]), question.valid_us)


FORMED_US = period("2025-03-01").start_us

# --- comparing --------------------------------------------------------------------------------------------------------


def compare(history: History, question: Question) -> None:
    """Fail where the history's picture differs from the oracle's."""
    found, (world, _) = picture(history, question), oracle.answer(history.events, *question)
    if not world["coalition"]:
        assert found.name is None
        assert found.before_formation == oracle.facts_in_effect(history.events, *question)
        assert found.key_partner is None
        assert [found.conditions, found.stances, found.basing, found.meetings.last_held, found.set_aside] == [
            [],
            [],
            [],
            None,
            [],
        ]
        return
    scene = naive.Scene(world, question.valid_us, known_confidence(history, question))
    assert_sizes_agree(found, scene)
    assert_parts_agree(found, scene)
    assert_partners_agree(found, scene)
    assert_lists_agree(found, scene)
    assert_confirmations_agree(history.view(*question), scene)


def assert_sizes_agree(found: Picture, scene: naive.Scene) -> None:
    size = naive.size(scene)
    assert {one.requirement: plain_need(one) for one in found.size.required} == size.pop("required")
    assert {days: plain_figure(figure) for days, figure in found.size.within_days.items()} == naive.within_days(scene)
    assert plain_figures(found.size) == size
    assert plain_places(found.size.by_basing) == naive.by_basing(scene)
    assert plain_aid(found.aid) == naive.aid(scene)
    for contributor in {pledge["contributor"] for pledge in scene.world["pledge"].values()}:
        its = found.aid.by_contributor.get(contributor, {})
        assert {purpose: plain_units(units) for purpose, units in its.items()} == naive.aid(scene, contributor)


def plain_need(one: RequirementFigures) -> naive.Need:
    there = {row: plain_figure(getattr(one, row)) for row in naive.BESIDE}
    gaps = {row: _bounds(getattr(one.gaps, row)) or (None, None) for row in naive.BESIDE}
    return naive.Need(one.unit, (one.min, one.max), there, gaps, one.state, set(one.lines), one.is_filled_by_name)


def plain_places(places: dict[str, PlaceFigures]) -> dict[str, dict[str, Figure]]:
    found = {}
    for basing, place in places.items():
        units = {unit: plain_figure(one.deployed) for unit, one in place.other_units.items()}
        people = {"personnel": plain_figure(place.deployed)} if place.deployed.pledges else {}
        found[basing] = people | units
    return found


def plain_aid(aid: Aid) -> dict[str, Any]:
    by_purpose = {"host_aid": aid.host_aid, "own_preparation": aid.own_preparation}
    return {purpose: plain_units(units) for purpose, units in by_purpose.items() if units}


def assert_parts_agree(found: Picture, scene: naive.Scene) -> None:
    for parts, field in ((found.size.by_contributor, "contributor"), (found.size.by_capability, "capability")):
        names = {pledge[field] for pledge in scene.world["pledge"].values()}
        nothing = naive.figures(scene, _has(field, "nobody and nothing"))
        assert set(parts) <= names
        for name in names:
            wanted = naive.figures(scene, _has(field, name))
            assert wanted == (plain_figures(parts[name]) if name in parts else nothing)


def _has(field: str, name: str) -> Callable[[dict[str, Any]], bool]:
    def has(pledge: dict[str, Any]) -> bool:
        return bool(pledge[field] == name)

    return has


def assert_partners_agree(found: Picture, scene: naive.Scene) -> None:
    partner = scene.world["coalition"][""]["key_partner"]
    if partner is None:
        assert found.key_partner is None
        return
    assert found.key_partner is not None
    stance = scene.stance(partner, None)
    assert found.key_partner.partner == partner
    assert found.key_partner.stance == (stance["status"] if stance else None)
    by_capability = {c.capability: (c.importance, c.stance) for c in found.key_partner.by_capability}
    assert by_capability == naive.partner_capabilities(scene, partner)
    waiting = found.key_partner.waiting
    held_back = {"held_back": plain_figure(waiting.held_back), "floated": plain_figure(waiting.floated)}
    assert held_back == naive.waiting_for(scene, partner)
    last, meeting = found.key_partner.last_meeting, naive.last_meeting(scene, "coalition")
    assert (last.meeting if last else None) == meeting
    assert last is None or last.present == naive.presence(scene, last.meeting, partner)


def assert_confirmations_agree(view: View, scene: naive.Scene) -> None:
    items = items_of("pledges", view, Basis(COALITION, 0, "2025-05-01", "2025-05-01", "recorded")).items
    confirmed = {item.pledge: (item.confirmed_on is not None, item.confirmed) for item in items}
    assert confirmed == naive.confirmations(scene)


def assert_lists_agree(found: Picture, scene: naive.Scene) -> None:
    conditions = {c.condition: (c.status, c.holds, set(c.pledges), plain_figure(c.held_back)) for c in found.conditions}
    assert conditions == naive.conditions(scene)
    assert {count.report: _bounds(count.named) for count in found.counts} == naive.counts(scene)
    pots = {(purpose, unit): plain_rows(p) for purpose, units in found.money.items() for unit, p in units.items()}
    assert pots == naive.money(scene)
    last, ahead = found.meetings.last_held, found.meetings.next_scheduled
    assert (last.meeting if last else None) == naive.last_meeting(scene, None)
    assert (ahead.meeting if ahead else None) == naive.next_meeting(scene)
    assert found.members == naive.members_by_role(scene)
    assert {b.basing: b.status for b in found.basing} == {
        name: b["status"] for name, b in scene.world["basing"].items()
    }


def _bounds(bounds: f.Bounds | Gap | None) -> tuple[int | None, int | None] | None:
    return None if bounds is None else (bounds.min, bounds.max)


# --- properties -------------------------------------------------------------------------------------------------------


@given(scripts(), QUESTIONS)
def test_the_picture_equals_the_naive_one(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for question in questions:
        compare(history, question)


@given(scripts(), st.lists(VALID, min_size=1, max_size=8))
def test_the_picture_of_a_history_that_lacks_footings_equals_the_naive_one(
    script: list[Attempt], times: Sequence[int]
) -> None:
    """Everything that was attempted, whether or not it could be recorded: what breaks a rule is set aside."""
    history = History(COALITION, enveloped(facts_of(script)))
    for valid_us in times:
        compare(history, Question(valid_us, period("2025-06-01").start_us, "recorded", history.sequence))


@given(scripts(), QUESTIONS)
def test_the_states_of_firm_pledges_add_up_to_their_levels(script: list[Attempt], questions: list[Question]) -> None:
    history = recorded(script)
    for question in questions:
        size = picture(history, question).size
        levels = [getattr(size, level) for level in naive.FIRM]
        states = [getattr(size, state) for state in naive.STATES]
        assert sum(part.min for part in levels) == sum(part.min for part in states)
        assert None in [part.max for part in levels] or sum(p.max for p in levels) == sum(p.max for p in states)
        named = [{pledge.pledge for pledge in part.of} for part in states]
        assert set().union(*named) == {pledge.pledge for part in levels for pledge in part.of}
        for one, other in combinations(range(len(states)), 2):
            shared = named[one] & named[other]  # of a pledge in phases, what is still to come is upcoming
            assert not shared or {naive.STATES[one], naive.STATES[other]} == {"available", "upcoming"}
        assert size.available.pledges <= size.if_all_move.pledges


@given(scripts(), QUESTIONS)
def test_a_timeline_has_the_size_at_every_time_between_its_points(
    script: list[Attempt], questions: list[Question]
) -> None:
    history = recorded(script)
    for question in questions:
        end_us = question.valid_us + 86_400_000_000 * 4
        timeline = timeline_of(history.view(*question), basis_of(question), question.valid_us, end_us)
        points = {period(point.at).start_us: plain_figures(point.size) for point in timeline.points}
        for at_us in range(question.valid_us, end_us + 1, 86_400_000_000 // 2):
            latest = points[max(point_us for point_us in points if point_us <= at_us)]
            size = picture(history, question._replace(valid_us=at_us)).size
            assert plain_figures(size) == latest


PICTURE: TypeAdapter[Picture] = TypeAdapter(Picture)


@given(scripts(), QUESTIONS, st.integers(0, 60))
def test_a_basis_gives_the_same_bytes_for_ever(script: list[Attempt], questions: list[Question], length: int) -> None:
    events = recorded(script).events
    history = History(COALITION, events[:length])
    asked = [question._replace(sequence=min(question.sequence, history.sequence)) for question in questions]
    before = [PICTURE.dump_json(picture(history, question)) for question in asked]
    take_in(history, events[length:])
    assert [PICTURE.dump_json(picture(history, question)) for question in asked] == before


@given(scripts(), st.tuples(QUESTION, QUESTION))
def test_a_difference_is_empty_if_pictures_are_equal_and_each_change_has_its_events(
    script: list[Attempt], questions: tuple[Question, Question]
) -> None:
    history = recorded(script)
    sides = [(history.view(*question), basis_of(question)) for question in questions]
    before, after = (compared_answer(picture(history, question)) for question in questions)
    difference = difference_of(sides[0], sides[1])
    assert (before != after) <= bool(difference.changes)
    assert all(change.events for change in difference.changes)
    assert {name for change in difference.changes for name in change.events} == {e.event_id for e in difference.events}
    backwards = difference_of(sides[1], sides[0])
    assert {change.what for change in backwards.changes} == {change.what for change in difference.changes}


@given(scripts(), VALID, st.tuples(st.integers(0, 60), st.integers(0, 60)))
def test_a_change_of_knowledge_is_caused_by_newly_recorded_events(
    script: list[Attempt], valid_us: int, lengths: tuple[int, int]
) -> None:
    history = recorded(script)
    few, many = (Question(valid_us, FOREVER_US, "recorded", min(n, history.sequence)) for n in sorted(lengths))
    sides = [(history.view(*question), basis_of(question)) for question in (few, many)]
    learned = {event.event_id: event.fact for event in history.events[few.sequence : many.sequence]}
    corrected = {fact.corrects for fact in learned.values() if isinstance(fact, EventCorrected)}
    corrected |= {fact.retracts for fact in learned.values() if isinstance(fact, EventRetracted)}
    before, after = ({state.event.event_id for state in view.set_aside()} for view, _ in sides)
    formation = {event.event_id for event in sides[1][0].record(FORMATION)}  # a key partner is there with it
    for change in difference_of(sides[0], sides[1]).changes:
        assert learned.keys() & set(change.events), change
        others = formation if change.what == "/key_partner" else set()
        assert set(change.events) <= learned.keys() | corrected | before ^ after | others, change


@given(scripts(), VALID, KNOWN, KNOWN)
def test_a_change_of_public_knowledge_is_caused_by_newly_reported_events(
    script: list[Attempt], valid_us: int, one_us: int, other_us: int
) -> None:
    history = recorded(script)
    asked = [Question(valid_us, known_us, "reported", history.sequence) for known_us in (one_us, other_us)]
    sides = [(history.view(*question), basis_of(question)) for question in asked]
    before, after = ({event.event_id for event in view.events()} for view, _ in sides)
    for change in difference_of(sides[0], sides[1]).changes:
        assert (before ^ after) & set(change.events), change


@settings(max_examples=100)
@given(scripts(), VALID, KNOWN, KNOWN)
def test_the_causes_of_a_change_are_sufficient(
    script: list[Attempt], valid_us: int, one_us: int, other_us: int
) -> None:
    """Whoever then learns the causes alone, and unlearns what ceased to be known, sees the same size as at last."""
    history = recorded(script)
    asked = [Question(valid_us, known_us, "reported", history.sequence) for known_us in (one_us, other_us)]
    sides = [(history.view(*question), basis_of(question)) for question in asked]
    before, after = ({event.event_id for event in view.events()} for view, _ in sides)
    for change in difference_of(sides[0], sides[1]).changes:
        _, *path = change.what.split("/")
        if len(path) == 2 and path[0] == "size":
            ids = before - (set(change.events) - after) | after & set(change.events)
            knowledge = Knowledge(event for event in history.events if event.event_id in ids)
            found = picture_of(View(knowledge, knowledge.position, valid_us), sides[1][1])
            wanted = picture_of(*sides[1])
            assert value_of(getattr(found.size, path[1])) == value_of(getattr(wanted.size, path[1])), change


@given(scripts(), VALID, KNOWN)
def test_changes_that_begin_with_the_coalition_name_its_formation(
    script: list[Attempt], valid_us: int, known_us: int
) -> None:
    history = recorded(script)
    asked = [Question(at_us, known_us, "recorded", history.sequence) for at_us in (FORMED_US - 1, valid_us)]
    sides = [(history.view(*question), basis_of(question)) for question in asked]
    formations = {event.event_id for event in history.events if event.fact.type == "CoalitionFormed"}
    for change in difference_of(sides[0], sides[1]).changes:
        assert formations & set(change.events) or change.what == "/set_aside", change


def compared_answer(picture: Picture) -> Any:
    """A picture as answered, without the parts that say how to read it, which a difference does not compare."""
    answer = PICTURE.dump_python(picture, mode="json")
    del answer["basis"], answer["before_formation"]
    return _without_words(answer)


def _without_words(answer: Any) -> Any:
    """An answer without on whose word it rests: another source for the same value is no change."""
    match answer:
        case dict():
            return {name: _without_words(one) for name, one in answer.items() if name != "rests_on"}
        case list():
            return [_without_words(one) for one in answer]
    return answer


@given(scripts(), QUESTION, st.randoms(use_true_random=False))
def test_a_figure_is_the_sum_of_the_pledges_that_explain_it(
    script: list[Attempt], question: Question, chance: Random
) -> None:
    history = recorded(script)
    figures = [(what, part) for what, part in parts_of(picture(history, question)) if isinstance(part, f.Figure)]
    for what, figure in chance.sample(figures, 5):
        answer = why(what, history.view(*question), basis_of(question))
        assert len(answer.pledges) == figure.pledges
        assert len({part.pledge.contributor for part in answer.pledges}) == figure.contributors
        assert all(part.events for part in answer.pledges)
