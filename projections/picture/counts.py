"""Reported totals beside what the record names: people present, contributors, their people, or those on the ground."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from domain.concepts.meetings import MeetingState
from domain.concepts.pledges import PledgeState
from domain.concepts.statements import Count, CountState
from domain.quantities import is_nothing
from domain.sources import Source
from domain.times import period
from domain.vocabulary import LEVEL_RANK
from projections.confidence import Dispute, RestsOn
from projections.picture.cascade import ResolvedPledge
from projections.picture.figures import Bounds, SizedPledge, SizedPledges, deployed_people, figure_of, in_people
from projections.picture.items import Things
from projections.picture.scene import Scene


@dataclass(slots=True)
class CountItem:
    """A total that a source reports, beside what the record names: people present, contributors, their people, or those
    on the ground. ``since`` is when its value began to apply; ``publishers`` are the sources of that value."""

    report: str
    label: str | None
    subject: str
    value: Count
    scope: str
    status: Literal["reported", "ended"]
    since: str
    publishers: list[str]
    published_on: str | None
    meeting: str | None
    pledge: str | None
    level: str | None
    capability: str | None
    contributors_named: list[str]
    named: Bounds | None
    disputed: list[Dispute]
    rests_on: RestsOn
    of: SizedPledges = ()
    things: Things = ()


def count_item(state: CountState, scene: Scene) -> CountItem:
    """One reported total beside what the record names."""
    fact = state.value.fact
    named, of = _present(fact, scene) if fact.subject == "participants" else _named(fact, scene)
    return CountItem(
        fact.report, state.label, fact.subject, fact.value, fact.scope, state.status, fact.effective_at,
        list(dict.fromkeys(source.publisher for source in fact.sources)), _first_published(fact.sources),
        fact.meeting, fact.pledge, fact.level, fact.capability, list(fact.contributors_named), named,
        *scene.trust(state), of, (state.latest.thing,),
    )  # fmt: skip


def _first_published(sources: Iterable[Source]) -> str | None:
    """The earliest date of publication of some sources, as they state it."""
    dates = [source.published_on for source in sources if source.published_on is not None]
    return min(dates, key=lambda date: period(date).end_us, default=None)


def _present(fact: Any, scene: Scene) -> tuple[Bounds | None, tuple[PledgeState, ...]]:
    """The number that the record names as present at the meeting that a total is about."""
    meeting = next((m for m in scene.of(MeetingState) if m.meeting == fact.meeting), None)
    if meeting is None:
        return None, ()
    present = sum(attendance.present for attendance in meeting.attendance)
    return Bounds(present, present), ()


def _named(fact: Any, scene: Scene) -> tuple[Bounds, tuple[PledgeState, ...]]:
    """The number of contributors, or people, that the record names; computed once for all totals of the same."""
    key = (fact.subject, fact.pledge, fact.level, fact.capability)
    if key not in scene.named:
        scene.named[key] = _deployed(fact, scene) if fact.subject == "deployed" else _pledged(fact, scene)
    return scene.named[key]


def _pledged(fact: Any, scene: Scene) -> tuple[Bounds, tuple[PledgeState, ...]]:
    """The contributors of the pledges that a total compares with, or their people."""
    counted = _counted(fact, scene)
    of = tuple(waiting.pledge for waiting in counted)
    if fact.subject == "personnel":
        in_size = [waiting for waiting in counted if waiting.pledge.quantity.is_in_people]
        is_alone = fact.pledge is not None  # what a source says of one pledge is about all of it, with its parts
        sized = [None if is_alone else waiting.people for waiting in in_size]
        return _people_in([one or in_people(w.pledge) for one, w in zip(sized, in_size, strict=True)], of)
    contributors = len({pledge.contributor for pledge in of})
    return Bounds(contributors, contributors), of


def _deployed(fact: Any, scene: Scene) -> tuple[Bounds, tuple[PledgeState, ...]]:
    """The people on the ground that a total compares with: of one pledge, or of the force, at its level or firmer where
    it gives one, of its capability where it gives one."""
    least = LEVEL_RANK[fact.level or "floated"]
    of = tuple(
        pledge
        for pledge in scene.pledges
        if pledge.deployed is not None
        and not is_nothing(pledge.deployed)
        and (
            pledge.pledge == fact.pledge
            if fact.pledge is not None
            else pledge.purpose == "force"
            and LEVEL_RANK[pledge.level] >= least
            and fact.capability in (None, pledge.capability)
        )
    )
    in_size = [pledge for pledge in of if pledge.deployed is not None and pledge.deployed.is_in_people]
    return _people_in([deployed_people(pledge) for pledge in in_size], of)


def _people_in(sized: list[SizedPledge], of: tuple[PledgeState, ...]) -> tuple[Bounds, tuple[PledgeState, ...]]:
    """The people in some pledges; null where there are pledges, but none whose size is disclosed."""
    people = figure_of(sized)
    if of and people.undisclosed == people.pledges:
        return Bounds(None, None), of
    return Bounds(people.min, None if people.undisclosed else people.max), of


def _counted(fact: Any, scene: Scene) -> list[ResolvedPledge]:
    """The force pledges in force that a total compares with: of its level or firmer, of its capability, or its one
    pledge."""
    if fact.pledge is not None:
        return [waiting for waiting in scene.cascade.waiting if waiting.pledge.pledge == fact.pledge]
    least = LEVEL_RANK[fact.level or "pledged"]
    capability = fact.capability
    return [
        waiting
        for waiting in scene.cascade.waiting
        if waiting.is_force
        and (capability is None or waiting.pledge.capability == capability)
        and LEVEL_RANK[waiting.pledge.level] >= least
    ]
