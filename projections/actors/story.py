"""The story of one actor in a coalition: what it joined, promised, said, waits for, and who waits for it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from domain.concepts.coalition import FORMATION
from domain.concepts.conditions import ConditionState
from domain.concepts.meetings import Attendance, MeetingState
from domain.concepts.members import MemberJoined, MemberLeft
from domain.concepts.pledges import PledgeState
from domain.concepts.stances import StanceStated, SupportState
from domain.events import Event, content_of
from domain.facts import Thing
from domain.history.history import View
from projections.actors.pledge_course import (
    Days,
    PledgeStep,
    PledgeTime,
    count_cuts,
    count_rises,
    courses_of,
    days_between,
    first_deployed_at,
    steps_of,
)
from projections.actors.track_record import TrackRecord, track_record_of
from projections.asof import Basis
from projections.picture.cascade import ResolvedPledge, waiting_on
from projections.picture.items import (
    PledgeItem,
    RequirementItem,
    StanceItem,
    StatementItem,
    members_by_role,
    pledge_item,
    requirement_item,
    stance_item,
    statement_item,
)
from projections.picture.scene import Scene, scene_of
from projections.record import effective_us, known_events, set_aside_in, thing_of, valid_order, what_became_of


@dataclass(slots=True)
class MembershipStep:
    """A change of membership: the role that was joined or left. ``role`` is null if all roles were left."""

    at: str
    status: Literal["joined", "left"]
    role: str | None
    event: str


@dataclass(slots=True)
class PledgeStory:
    """One pledge from its first word on. ``steps`` are its changes of level, size, status and forces on the ground;
    ``days_to_deployment`` is null as long as nothing was on the ground."""

    pledge: PledgeItem
    steps: list[PledgeStep]
    first_deployed_at: str | None
    days_to_deployment: Days | None
    rises: int
    cuts: int


@dataclass(slots=True)
class StanceStep:
    """A stance from ``at`` on."""

    at: str
    stance: str
    event: str


@dataclass(slots=True)
class StanceStory:
    """The stance of an actor on one matter, according to one speaker, and how it changed."""

    stance: StanceItem
    steps: list[StanceStep]


@dataclass(slots=True)
class AwaitedCondition:
    """A condition, and the pledges that wait for it or are blocked by it, with their contributors."""

    condition: str
    kind: str
    description: str
    status: Literal["open", "met", "failed", "waived"]
    pledges: list[str]
    contributors: list[str]


@dataclass(slots=True)
class MeetingAttended:
    """A meeting that an actor chaired, was invited to, attended or missed; ``present`` is null if nobody says."""

    meeting: str
    title: str | None
    starts_at: str
    status: Literal["scheduled", "held", "cancelled"]
    present: bool | None
    level: str | None
    mode: str | None
    is_chair: bool


@dataclass(slots=True)
class SupportItem:
    """A capability in which the actor's support is sought."""

    capability: str
    importance: str
    sought_by: str | None
    since: str


@dataclass(slots=True)
class ActorStory:
    """All that the record says of one actor, as of a basis.

    ``waits_for`` are the conditions that its own pledges wait for; ``waited_for`` those that depend on it (their rule
    names it, or it is the key partner and their kind is ``partner_backstop``), with the pledges that wait for them.
    ``track_record`` is null if it never pledged anything to the force.
    """

    actor: str
    is_key_partner: bool
    roles: list[str]
    membership: list[MembershipStep]
    track_record: TrackRecord | None
    pledges: list[PledgeStory]
    stances: list[StanceStory]
    support_sought: list[SupportItem]
    waits_for: list[AwaitedCondition]
    waited_for: list[AwaitedCondition]
    requirements: list[RequirementItem]
    meetings: list[MeetingAttended]
    statements: list[StatementItem]
    basis: Basis


def story_of(actor: str, view: View, basis: Basis) -> ActorStory | None:
    """The story of an actor, as known at a view; ``None`` if nothing that was known names it."""
    scene = scene_of(view)
    story = _Teller(actor, view, scene).story(basis)
    return story if _says_something(story) else None


def _says_something(story: ActorStory) -> bool:
    return story.is_key_partner or any(
        (
            story.membership, story.pledges, story.stances, story.support_sought, story.waits_for, story.waited_for,
            story.requirements, story.meetings, story.statements,
        )
    )  # fmt: skip


class _Teller:
    """Finds what a view knows of one actor."""

    def __init__(self, actor: str, view: View, scene: Scene) -> None:
        self._actor = actor
        self._view = view
        self._scene = scene
        self._lacking_footing = set_aside_in(view)
        formed = view.state(FORMATION)
        self._is_key_partner = formed is not None and formed.formed.fact.key_partner == actor

    def story(self, basis: Basis) -> ActorStory:
        courses = self._courses()
        force = [course for course in courses if course[-1].state.purpose == "force"]
        return ActorStory(
            actor=self._actor,
            is_key_partner=self._is_key_partner,
            roles=[role for role, names in members_by_role(self._scene).items() if self._actor in names],
            membership=self._membership(),
            track_record=track_record_of(self._actor, force) if force else None,
            pledges=[self._pledge_story(course) for course in courses],
            stances=self._stances(),
            support_sought=self._support_sought(),
            waits_for=self._waits_for(),
            waited_for=self._waited_for(),
            requirements=self._requirements(),
            meetings=self._meetings(),
            statements=self._statements(),
            basis=basis,
        )

    def _things(self, kind: str) -> list[Thing]:
        """The things of a kind that are named for the actor."""
        things = self._view.knowledge.things(kind)
        return sorted(thing for thing in things if thing.id.split()[0] == self._actor)

    def _states(self, kind: str) -> list[Any]:
        states = (self._view.state(thing) for thing in sorted(self._view.knowledge.things(kind)))
        return [state for state in states if state is not None] if self._scene.coalition else []

    def _in_effect(self, thing: Thing) -> list[Event]:
        """The events about a thing that stand and have taken effect, in the order in which they did."""
        known = what_became_of(known_events([thing], self._view), self._lacking_footing)
        events = [one.event for one in known if one.stands and effective_us(one.event) <= self._view.valid_us]
        return sorted((event for event in events if thing_of(event) == thing), key=valid_order)

    # --- membership, pledges, stances ---

    def _membership(self) -> list[MembershipStep]:
        facts = [(event, content_of(event)) for thing in self._things("member") for event in self._in_effect(thing)]
        return [
            MembershipStep(
                fact.effective_at, "joined" if isinstance(fact, MemberJoined) else "left", getattr(fact, "role", None),
                event.event_id,
            )
            for event, fact in facts
            if isinstance(fact, MemberJoined | MemberLeft)
        ]  # fmt: skip

    def _courses(self) -> list[list[PledgeTime]]:
        own = [state.made.thing for state in self._states("pledge") if state.contributor == self._actor]
        return courses_of(own, self._view, self._lacking_footing)

    def _pledge_story(self, course: list[PledgeTime]) -> PledgeStory:
        state = course[-1].state
        deployed_at = first_deployed_at(course)
        return PledgeStory(
            pledge=pledge_item(state, self._resolved().get(state.pledge), self._scene),
            steps=steps_of(course),
            first_deployed_at=deployed_at,
            days_to_deployment=None if deployed_at is None else days_between(course[0].at, deployed_at),
            rises=count_rises(course),
            cuts=count_cuts(course),
        )

    def _resolved(self) -> dict[str, ResolvedPledge]:
        return {waiting.pledge.pledge: waiting for waiting in self._scene.cascade.waiting}

    def _stances(self) -> list[StanceStory]:
        stories = []
        for thing in self._things("stance"):
            state = self._view.state(thing)
            if state is None or self._scene.coalition is None:
                continue
            facts = [(event, content_of(event)) for event in self._in_effect(thing)]
            steps = [
                StanceStep(fact.effective_at, fact.stance, event.event_id)
                for event, fact in facts
                if isinstance(fact, StanceStated)
            ]
            stories.append(StanceStory(stance_item(state, self._scene), steps))
        return stories

    def _support_sought(self) -> list[SupportItem]:
        sought = [state for state in self._scene.of(SupportState) if state.latest.fact.partner == self._actor]
        return [
            SupportItem(state.latest.fact.capability, state.status, state.latest.fact.sought_by, state.since)
            for state in sought
        ]

    # --- conditions ---

    def _waits_for(self) -> list[AwaitedCondition]:
        own = [one for one in self._scene.cascade.waiting if one.pledge.contributor == self._actor]
        return self._awaited(own, self._scene.world.conditions)

    def _waited_for(self) -> list[AwaitedCondition]:
        names = waiting_on(self._actor, self._scene.world, is_key_partner=self._is_key_partner)
        return self._awaited(self._scene.cascade.waiting, names, also_without_pledges=True)

    def _awaited(
        self, waiting: Iterable[ResolvedPledge], names: Collection[str], *, also_without_pledges: bool = False
    ) -> list[AwaitedCondition]:
        """The conditions of these names that do not hold, with those of the pledges that wait for each."""
        pledges: dict[str, list[PledgeState]] = {name: [] for name in names}
        holds = self._scene.cascade.holds
        for one in waiting:
            for name, condition in one.conditions.items():
                if name in pledges and one.waits_for(condition, holds):
                    pledges[name].append(one.pledge)
        return [
            _awaited_condition(condition, pledges[name])
            for name, condition in self._scene.world.conditions.items()
            if name in pledges and not holds[name] and (pledges[name] or also_without_pledges)
        ]

    # --- what it stated, attended and said ---

    def _requirements(self) -> list[RequirementItem]:
        return [
            requirement_item(state, self._scene)
            for state in self._states("requirement")
            if state.stated_by == self._actor
        ]

    def _statements(self) -> list[StatementItem]:
        return [
            statement_item(one, self._scene) for one in self._states("statement") if self._actor in one.latest.fact.by
        ]

    def _meetings(self) -> list[MeetingAttended]:
        meetings = sorted(self._states("meeting"), key=lambda state: (state.starts_us, state.meeting))
        found = []
        for meeting in meetings:
            attendance = next((one for one in meeting.attendance if one.actor == self._actor), None)
            is_chair = self._actor in meeting.chairs
            if attendance is not None or is_chair or self._actor in meeting.invited:
                found.append(_meeting_attended(meeting, attendance, is_chair=is_chair))
        return found


def _awaited_condition(condition: ConditionState, pledges: list[PledgeState]) -> AwaitedCondition:
    fact = condition.stated.fact
    return AwaitedCondition(
        fact.condition, fact.kind, fact.description, condition.status, [pledge.pledge for pledge in pledges],
        sorted({pledge.contributor for pledge in pledges}),
    )  # fmt: skip


def _meeting_attended(meeting: MeetingState, attendance: Attendance | None, *, is_chair: bool) -> MeetingAttended:
    return MeetingAttended(
        meeting.meeting, meeting.title, meeting.starts_at, meeting.status,
        None if attendance is None else attendance.present, None if attendance is None else attendance.level,
        None if attendance is None else attendance.mode, is_chair,
    )  # fmt: skip
