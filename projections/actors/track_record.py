"""The track record of contributors: what was promised, what became of it, and how long it took."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from domain.concepts.pledges import PledgeState
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import is_nothing
from domain.times import period
from projections.actors.pledge_course import (
    Days,
    PledgeTime,
    count_cuts,
    count_rises,
    courses_of,
    days_between,
    first_deployed_at,
)
from projections.asof import Basis
from projections.paging import NextCursor, Page, items_on_page
from projections.picture.figures import Figure, SizedPledge, deployed_people, figure_of, in_people
from projections.record import set_aside_in


@dataclass(slots=True)
class TrackRecord:
    """What the pledges of one contributor to the force became, up to a time; figures are in people.

    ``first_promised`` adds up what each pledge was when it was first made, at whatever level; ``most_promised`` the
    most that each ever was; ``promised`` what is in force now, at whatever level; ``deployed`` what is on the ground,
    and ``most_deployed`` the most of each pledge that ever was. ``pledges`` are those made, in any unit. ``cuts`` and
    ``rises`` count changes of level or size; ``withdrawn`` and ``lapsed`` the pledges that have ended so.
    ``days_to_deployment`` is from the first word of a pledge to its first forces on the ground: the fewest and the most
    days over the pledges that got there; null if none did. ``never_deployed`` are the pledges that did not.
    """

    contributor: str
    pledges: int
    first_word_at: str
    first_promised: Figure
    most_promised: Figure
    promised: Figure
    deployed: Figure
    most_deployed: Figure
    first_deployed_at: str | None
    days_to_deployment: Days | None
    never_deployed: int
    rises: int
    cuts: int
    withdrawn: int
    lapsed: int


@dataclass(slots=True)
class TrackRecords:
    """The track record of every contributor to the force, by name, or a page of them."""

    items: list[TrackRecord]
    basis: Basis
    next_cursor: NextCursor = None


def track_records_of(view: View, basis: Basis, page: Page) -> TrackRecords:
    """The track records of all that have ever pledged anything to the force, as known at a view."""
    by_contributor: dict[str, list[Thing]] = {}
    for thing in view.knowledge.things("pledge"):
        state: PledgeState | None = view.state(thing)
        if state is not None and state.purpose == "force":
            by_contributor.setdefault(state.contributor, []).append(thing)
    names, next_cursor = items_on_page(sorted(by_contributor), page)
    lacking_footing = set_aside_in(view)
    items = [track_record_of(name, courses_of(by_contributor[name], view, lacking_footing)) for name in names]
    return TrackRecords(items, basis, next_cursor)


def track_record_of(contributor: str, courses: Sequence[Sequence[PledgeTime]]) -> TrackRecord:
    """What the pledges of a contributor became, by the course of each; there is at least one."""
    lasts = [course[-1].state for course in courses]
    deployed = [(course[0].at, at) for course in courses if (at := first_deployed_at(course)) is not None]
    wholes = [course for course in courses if not _is_in_own_whole(course[-1].state, {s.pledge for s in lasts})]
    return TrackRecord(
        contributor=contributor,
        pledges=len(courses),
        first_word_at=min((course[0].at for course in courses), key=_start_us),
        first_promised=_sum(course[0].state for course in wholes),
        most_promised=figure_of([most for course in wholes if (most := _most(course, _in_people))]),
        promised=_sum(course[-1].state for course in wholes if not course[-1].state.is_over),
        deployed=figure_of([on for state in lasts if (on := _on_the_ground(state))]),
        most_deployed=figure_of([most for course in courses if (most := _most(course, _on_the_ground))]),
        first_deployed_at=min((at for _, at in deployed), key=_start_us, default=None),
        days_to_deployment=_span([days_between(made, at) for made, at in deployed]),
        never_deployed=len(courses) - len(deployed),
        rises=sum(map(count_rises, courses)),
        cuts=sum(map(count_cuts, courses)),
        withdrawn=sum(state.status == "withdrawn" for state in lasts),
        lapsed=sum(state.status == "lapsed" for state in lasts),
    )


def _is_in_own_whole(state: PledgeState, own: Collection[str]) -> bool:
    """Whether a pledge is part of another of the same contributor, which has its people already."""
    return state.part_of is not None and state.part_of in own


def _start_us(date: str) -> int:
    return period(date).start_us


def _in_people(state: PledgeState) -> SizedPledge | None:
    return in_people(state) if state.quantity.is_in_people and not state.is_over else None


def _on_the_ground(state: PledgeState) -> SizedPledge | None:
    deployed = state.deployed
    is_there = deployed is not None and deployed.is_in_people and not is_nothing(deployed)
    return deployed_people(state) if is_there else None


def _sum(states: Iterable[PledgeState]) -> Figure:
    return figure_of([part for state in states if (part := _in_people(state))])


def _most(course: Sequence[PledgeTime], size_of: Callable[[PledgeState], SizedPledge | None]) -> SizedPledge | None:
    """The most that a pledge ever was by a measure: each bound by itself, and undisclosed only if it always was."""
    sizes = [size for one in course if (size := size_of(one.state))]
    disclosed = [size for size in sizes if not size.undisclosed]
    if not disclosed:
        return sizes[-1] if sizes else None
    maxs = [size.max for size in disclosed]
    most = None if None in maxs else max(most for most in maxs if most is not None)
    return disclosed[-1]._replace(min=max(size.min for size in disclosed), max=most)


def _span(spans: Sequence[Days]) -> Days | None:
    return Days(min(one.min for one in spans), max(one.max for one in spans)) if spans else None
