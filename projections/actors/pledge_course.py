"""The course of one pledge: its states over time, from the first word to forces on the ground, and how it was cut."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import NamedTuple

from domain.checkpoints import checkpoint
from domain.concepts.pledges import PledgeState
from domain.concepts.pledges.state import PledgeStatus
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import Quantity, disclosed_range, in_personnel, is_nothing
from domain.times import format_instant, period
from domain.vocabulary import LEVEL_RANK
from projections.record import effective_us, known_events, what_became_of

DAY_US = 86_400_000_000


@dataclass(slots=True)
class Days:
    """A number of whole days, as a range: dates may be as vague as a month. ``max`` is not less than ``min``."""

    min: int
    max: int


@dataclass(slots=True)
class PledgeStep:
    """What a pledge was from ``at`` on: its level, what was left of it, its status and what was on the ground.

    ``events`` are the ids of the events that took effect then; there are none where its last day passed."""

    at: str
    level: str
    quantity: Quantity
    status: PledgeStatus
    deployed: Quantity | None
    events: list[str]


class PledgeTime(NamedTuple):
    """A pledge's state from a time on, and the events that took effect then."""

    at: str
    state: PledgeState
    events: list[str]


def course_of(thing: Thing, view: View, lacking_footing: Collection[str]) -> list[PledgeTime]:
    """The states of a pledge up to the time of the view, oldest first, as known there; equal neighbours are one."""
    taking_effect: dict[int, list[str]] = {}
    for one in what_became_of(known_events([thing], view), lacking_footing):
        if one.stands and (begins_us := effective_us(one.event)) <= view.valid_us:
            taking_effect.setdefault(begins_us, []).append(one.event.event_id)
    times = sorted(taking_effect)
    states = [view.at(at_us).state(thing) for at_us in times]
    ends = {state.ends_us for state in states if state is not None and state.ends_us is not None}
    course: list[PledgeTime] = []
    for at_us in sorted({*times, *(end_us for end_us in ends if end_us <= view.valid_us)}):
        state = view.at(at_us).state(thing)
        if state is None or (course and _look_of(state) == _look_of(course[-1].state)):
            continue
        latest = state.latest
        at = latest.fact.effective_at if latest.effective_us == at_us else format_instant(at_us)
        course.append(PledgeTime(at, state, taking_effect.get(at_us, [])))
    return course


def courses_of(things: Iterable[Thing], view: View, lacking_footing: Collection[str]) -> list[list[PledgeTime]]:
    """The courses of pledges, in the order in which they were made."""
    courses = []
    for thing in things:
        checkpoint()
        courses.append(course_of(thing, view, lacking_footing))
    return sorted(courses, key=lambda course: course[0].state.made.order)


def steps_of(course: Sequence[PledgeTime]) -> list[PledgeStep]:
    """The course as answered."""
    return [PledgeStep(one.at, *_look_of(one.state), one.events) for one in course]


class _Look(NamedTuple):
    """What a step shows of a state."""

    level: str
    quantity: Quantity
    status: PledgeStatus
    deployed: Quantity | None


def _look_of(state: PledgeState) -> _Look:
    deployed = None if state.deployed is None or is_nothing(state.deployed) else state.deployed
    return _Look(state.level, state.quantity, state.status, deployed)


def first_deployed_at(course: Sequence[PledgeTime]) -> str | None:
    """When forces of the pledge were first on the ground, as precisely as the source says; ``None``: not yet."""
    return next((one.at for one in course if _look_of(one.state).deployed is not None), None)


def days_between(first: str, later: str) -> Days:
    """The days from one date to another, each a day, a month, a year or an interval: the fewest and the most."""
    one, other = period(first), period(later)
    fewest = other.start_us // DAY_US - one.last_us // DAY_US
    most = other.last_us // DAY_US - one.start_us // DAY_US
    return Days(max(0, fewest), max(0, most))


def count_cuts(course: Sequence[PledgeTime]) -> int:
    """How often the pledge was cut: its level lowered, its size reduced, or all of it withdrawn."""
    return sum(_is_less(before.state, after.state) for before, after in _neighbours(course))


def count_rises(course: Sequence[PledgeTime]) -> int:
    """How often the pledge was raised: to a firmer level, or to a larger size."""
    return sum(_is_less(after.state, before.state) for before, after in _neighbours(course))


def _neighbours(course: Sequence[PledgeTime]) -> Iterator[tuple[PledgeTime, PledgeTime]]:
    return pairwise(course)


def _is_less(before: PledgeState, after: PledgeState) -> bool:
    """Whether ``after`` promises less than ``before``: a lower level, a smaller size, or nothing.

    Sizes are compared only if both are disclosed, and in people or in one unit; a range that is lower at one bound and
    higher at the other is neither less nor more. A change of level decides, whatever the size does.
    """
    if before.is_over or after.is_over:
        return after.status == "withdrawn" and not before.is_over
    step = LEVEL_RANK[after.level] - LEVEL_RANK[before.level]
    return step < 0 if step else _is_smaller(before.quantity, after.quantity)


def _is_smaller(before: Quantity, after: Quantity) -> bool:
    in_same_unit = (before.is_in_people and after.is_in_people) or before.unit == after.unit
    sizes = [in_personnel(one) if one.is_in_people else disclosed_range(one) for one in (before, after)]
    if not in_same_unit or before.is_cumulative != after.is_cumulative or sizes[0] is None or sizes[1] is None:
        return False
    (was_least, was_most), (least, most) = ((size.min, inf if size.max is None else size.max) for size in sizes if size)
    return least <= was_least and most <= was_most and (least, most) != (was_least, was_most)
