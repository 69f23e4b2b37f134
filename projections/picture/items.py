"""The items of the picture and of the lists: what an answer shows of one pledge, condition, meeting or other thing."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from domain.concepts.basing import BasingState
from domain.concepts.commands import CommandState
from domain.concepts.condition_rules import Rule
from domain.concepts.conditions import ConditionState
from domain.concepts.meetings import Attendance, MeetingState, Participants
from domain.concepts.members import MemberState
from domain.concepts.pledges import Caveat, Phase, PledgeState
from domain.concepts.requirements import RequirementState
from domain.concepts.stances import StanceState
from domain.concepts.statements import StatementState
from domain.facts import Thing
from domain.history.knowledge import SetAside
from domain.quantities import Quantity, in_personnel
from domain.times import period
from projections.confidence import Dispute, RestsOn
from projections.picture.cascade import ResolvedPledge
from projections.picture.counted import CountedItem, counted_item
from projections.picture.figures import Bounds, Figure, SizedPledge, figure_of
from projections.picture.scene import Scene
from projections.record import thing_of

Things = Annotated[Any, Field(exclude=True)]
"""The things that a part was made from, ``tuple[Thing, ...]``: kept to explain it, left out of the answer."""


class TracedText(str):
    """A text in an answer, with the things that it was made from."""

    __slots__ = ("things",)
    things: tuple[Thing, ...]

    def __new__(cls, text: str, *things: Thing) -> "TracedText":
        """Make a text with its things."""
        traced = super().__new__(cls, text)
        traced.things = things
        return traced


@dataclass(slots=True)
class BasingItem:
    """A place or zone of basing, and its status. ``since`` is the start of the unbroken status."""

    basing: str
    zone: str
    country: str | None
    place: str | None
    certainty: str | None
    purpose: str | None
    status: Literal["proposed", "agreed", "ruled_out", "ended"]
    since: str
    proposed_by: str | None
    disputed: list[Dispute]
    rests_on: RestsOn
    label: str | None = None
    things: Things = ()


Target = dict[Literal["pledge", "contributor", "coalition"], str | Literal[True]]
"""The target that a condition is attached to, or waived for: a pledge, a contributor, or the whole coalition."""


@dataclass(slots=True)
class ConditionItem:
    """A condition: its ``status`` by facts, whether it ``holds`` (its rule included), and the personnel affected."""

    condition: str
    label: str | None
    kind: str
    description: str
    stated_by: str | None
    status: Literal["open", "met", "failed", "waived"]
    since: str
    holds: bool
    rule: Rule | None
    attached_to: list[Target]
    waived_for: list[Target]
    pledges: list[str]
    held_back: Figure
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class PledgeCondition:
    """A condition on a pledge: its ``status``, by facts, for this pledge, and whether the pledge waits for it."""

    condition: str
    label: str | None
    status: Literal["open", "met", "failed", "waived"]
    keeps_back: bool


@dataclass(slots=True)
class DeployedAt:
    """What is on the ground at one basing; ``basing`` is null for what is somewhere."""

    basing: str | None
    quantity: Quantity


@dataclass(slots=True)
class PledgeItem:
    """A pledge. ``quantity`` is what is left of it, ``personnel`` the same in people (null: undisclosed, or another
    unit).

    ``standing`` is null if it is only floated, or over; ``round`` is the round of the cascade in which it becomes
    available. ``flags`` are cautions about the quantity: ``up_to``, ``open_ended``, ``undisclosed``, ``approximate``,
    ``estimated``, ``cumulative``.

    ``confirmed_on`` is when its contributor last said or did something about it; ``confirmed`` is ``stale`` after the
    last day for which it was reaffirmed."""

    pledge: str
    contributor: str
    level: str
    capability: str
    purpose: str
    quantity: Quantity
    personnel: Bounds | None
    flags: list[str]
    status: Literal["standing", "suspended", "withdrawn", "lapsed"]
    since: str
    made_at: str
    standing: Literal["suspended", "blocked", "conditional", "upcoming", "available"] | None
    round: int | None
    conditions: list[PledgeCondition]
    caveats: list[Caveat]
    basing: list[str]
    deployed: Quantity | None
    notice_to_move_days: int | None
    available_from: str | None
    expires_on: str | None
    part_of: str | None
    fills: list[str]
    phases: list[Phase]
    counted: CountedItem | None
    deployed_at: list[DeployedAt]
    disbursed: Quantity | None
    confirmed_on: str | None
    confirmed: Literal["current", "stale"]
    disputed: list[Dispute]
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class MemberRole:
    """A role of a member. ``since`` is the start of the role, without interruption."""

    role: str
    since: str


@dataclass(slots=True)
class MemberItem:
    """One actor's membership, in one or several roles. ``role`` is the first of ``roles``: they are in the order of
    lead, contributor, host, observer, funder."""

    member: str
    role: str
    roles: list[MemberRole]
    status: Literal["joined", "left"]
    since: str
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class StanceItem:
    """The stance of an actor; ``said_by`` is null if the actor stated it itself."""

    actor: str
    capability: str | None
    zone: str | None
    stance: str
    since: str
    said_by: str | None
    disputed: list[Dispute]
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class RequirementItem:
    """A requirement as stated; ``part_of`` is the requirement of which it is a line."""

    requirement: str
    label: str
    stated_by: str
    standing: str
    quantity: Quantity
    capability: str | None
    part_of: str | None
    status: Literal["stated", "withdrawn"]
    since: str
    disputed: list[Dispute]
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class CommandItem:
    """The command of a component."""

    command: str
    component: str
    status: str
    since: str
    headquarters: str | None
    led_by: list[str]
    description: str | None
    disputed: list[Dispute]
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class MeetingItem:
    """A meeting, with its attendance."""

    meeting: str
    status: str
    forum: str | None
    title: str | None
    starts_at: str | None
    place: str | None
    chairs: list[str]
    invited: list[str]
    attendance: list[Attendance]
    participants: Participants | None
    disputed: list[Dispute]
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class Meetings:
    """The last meeting held, and the next one scheduled: a meeting of a day is the next until that day is over."""

    last_held: MeetingItem | None
    next_scheduled: MeetingItem | None


@dataclass(slots=True)
class StatementItem:
    """A statement, and whether it is in force: until the end of its horizon, if it has one."""

    statement: str
    label: str | None
    kind: str
    by: list[str]
    text: str
    about: list[str]
    horizon: str | None
    in_force: bool
    rests_on: RestsOn
    things: Things = ()


@dataclass(slots=True)
class SetAsideItem:
    """An event that is set aside, with the rule that it would break."""

    event_id: str
    sequence: int
    type: str
    rule: str
    detail: str
    things: Things = ()


def pledge_items(scene: Scene, over: tuple[PledgeState, ...] = ()) -> list[PledgeItem]:
    """The pledges in force or with forces on the ground, and any others that are ``over``, in the order of making."""
    waiting = {waiting.pledge.pledge: waiting for waiting in scene.cascade.waiting}
    pledges = {pledge.pledge: pledge for pledge in (*over, *scene.pledges)}
    in_order = sorted(pledges.values(), key=lambda pledge: pledge.made.order)
    return [pledge_item(pledge, waiting.get(pledge.pledge), scene) for pledge in in_order]


def pledge_item(pledge: PledgeState, waiting: ResolvedPledge | None, scene: Scene) -> PledgeItem:
    """One pledge as answered; ``waiting`` is ``None`` if it is over."""
    stated = in_personnel(pledge.quantity) if pledge.quantity.is_in_people else None
    disputed, rests_on = scene.trust(pledge)
    return PledgeItem(
        pledge=pledge.pledge, contributor=pledge.contributor, level=pledge.level, capability=pledge.capability,
        purpose=pledge.purpose, quantity=pledge.quantity, personnel=Bounds(stated.min, stated.max) if stated else None,
        flags=flags_of(pledge.quantity), status=pledge.status, since=pledge.since,
        made_at=pledge.made.fact.effective_at, standing=scene.cascade.standing.get(pledge.pledge),
        round=scene.cascade.round.get(pledge.pledge), conditions=_pledge_conditions(waiting, scene),
        caveats=list(pledge.caveats), basing=list(pledge.basing), deployed=pledge.deployed,
        notice_to_move_days=pledge.notice_to_move_days, available_from=pledge.available_from,
        expires_on=pledge.expires_on, part_of=pledge.part_of, fills=list(pledge.fills), phases=list(pledge.phases),
        counted=counted_item(waiting.counted) if waiting is not None else None,
        deployed_at=[DeployedAt(place.basing, place.quantity) for place in pledge.forces], disbursed=pledge.disbursed,
        confirmed_on=None if pledge.confirmed is None else pledge.confirmed.fact.effective_at,
        confirmed="stale" if _is_past(pledge.confirmed_until, scene) else "current",
        disputed=disputed, rests_on=rests_on, things=(pledge.made.thing,),
    )  # fmt: skip


def _is_past(day: str | None, scene: Scene) -> bool:
    """Whether a day is over."""
    return day is not None and period(day).end_us <= scene.valid_us


def _pledge_conditions(waiting: ResolvedPledge | None, scene: Scene) -> list[PledgeCondition]:
    if waiting is None:
        return []
    return [
        PledgeCondition(
            condition.condition,
            condition.stated.fact.label,
            status,  # type: ignore[arg-type]
            waiting.waits_for(condition, scene.cascade.holds),
        )
        for condition, status in waiting.statuses()
    ]


def flags_of(quantity: Quantity) -> list[str]:
    """The cautions about a quantity."""
    flags = {
        "undisclosed": quantity.is_undisclosed,
        "up_to": quantity.min is None and quantity.max is not None,
        "open_ended": quantity.min is not None and quantity.max is None,
        "approximate": bool(quantity.approximate),
        "estimated": quantity.is_estimated,
        "cumulative": quantity.is_cumulative,
    }
    return [flag for flag, applies in flags.items() if applies]


def basing_item(state: BasingState, scene: Scene) -> BasingItem:
    """One basing as answered."""
    return BasingItem(
        state.basing, state.zone, state.country, state.place, state.certainty, state.purpose, state.status, state.since,
        state.proposed_by, *scene.trust(state), state.label, (state.latest.thing,),
    )  # fmt: skip


KEPT_BACK = ("conditional", "blocked")
"""The standings of pledges that wait for a condition."""


def condition_items(scene: Scene) -> list[ConditionItem]:
    """All conditions, each with the force pledges that it applies to and the personnel affected."""
    conditions, cascade = scene.world.conditions, scene.cascade
    on: dict[str, list[str]] = {name: [] for name in conditions}
    attached: dict[str, list[str]] = {name: [] for name in conditions}
    held_back: dict[str, list[SizedPledge]] = {name: [] for name in conditions}
    holding = scene.world.bits(cascade.holds)
    for waiting in cascade.waiting:
        pledge = waiting.pledge
        for name in waiting.conditions:
            on[name].append(pledge.pledge)
        for name in pledge.conditions:
            if name in conditions:
                attached[name].append(pledge.pledge)
        if waiting.people is not None and cascade.standing.get(pledge.pledge) in KEPT_BACK:
            for name in waiting.kept_back_by(holding, scene.world):
                held_back[name].append(waiting.people)
    return [
        _condition_item(state, scene, on[name], attached[name], held_back[name]) for name, state in conditions.items()
    ]


def _condition_item(
    state: ConditionState, scene: Scene, on: list[str], attached: list[str], held_back: list[SizedPledge]
) -> ConditionItem:
    fact = state.stated.fact
    return ConditionItem(
        condition=fact.condition, label=fact.label, kind=fact.kind, description=fact.description,
        stated_by=fact.stated_by, status=state.status, since=state.since,
        holds=scene.cascade.holds[state.condition], rule=fact.rule, attached_to=_attached_to(state, attached),
        waived_for=_waived_for(state), pledges=on, held_back=figure_of(held_back), rests_on=scene.rests_on(state),
        things=(state.stated.thing,),
    )  # fmt: skip


def _attached_to(state: ConditionState, pledges: list[str]) -> list[Target]:
    targets: list[Target] = [{"coalition": True}] if state.is_coalition_wide else []
    targets += [{"contributor": name} for name in state.contributors]
    return targets + [{"pledge": name} for name in pledges]


def _waived_for(state: ConditionState) -> list[Target]:
    contributors: list[Target] = [{"contributor": name} for name in sorted(state.waived_contributors)]
    return contributors + [{"pledge": name} for name in sorted(state.waived_pledges)]


def stance_item(state: StanceState, scene: Scene) -> StanceItem:
    """One stance as answered."""
    fact = state.latest.fact
    return StanceItem(
        fact.actor, fact.capability, fact.zone, fact.stance, state.since, fact.said_by,
        *scene.trust(state), (state.latest.thing,),
    )  # fmt: skip


def member_item(state: MemberState, scene: Scene) -> MemberItem:
    """One membership as answered."""
    roles = [MemberRole(role, since) for role, since in state.roles]
    return MemberItem(
        state.member, roles[0].role, roles, state.status, state.since, scene.rests_on(state), (state.latest.thing,)
    )


def members_by_role(scene: Scene) -> dict[str, list[str]]:
    """The names of the members, by role; a member in several roles is in each."""
    by_role: dict[str, list[str]] = {}
    for state in scene.of(MemberState):
        for held in state.roles:
            by_role.setdefault(held.role, []).append(TracedText(state.member, state.latest.thing))
    return by_role


def requirement_item(state: RequirementState, scene: Scene) -> RequirementItem:
    """One requirement as answered."""
    return RequirementItem(
        state.requirement, state.label, state.stated_by, state.standing, state.quantity, state.capability,
        state.part_of, state.status, state.since, *scene.trust(state), (state.stated.thing,),
    )  # fmt: skip


def command_item(state: CommandState, scene: Scene) -> CommandItem:
    """One command as answered."""
    fact = state.latest.fact
    return CommandItem(
        fact.command,
        fact.component,
        fact.status,
        state.since,
        fact.headquarters,
        list(fact.led_by),
        fact.description,
        *scene.trust(state),
        (state.latest.thing,),
    )


def meeting_item(state: MeetingState, scene: Scene) -> MeetingItem:
    """One meeting as answered."""
    return MeetingItem(
        state.meeting, state.status, state.forum, state.title, state.starts_at, state.place, list(state.chairs),
        list(state.invited), list(state.attendance), state.participants, *scene.trust(state), (state.latest.thing,),
    )  # fmt: skip


def meetings_of(scene: Scene) -> Meetings:
    """The last meeting held, and the next one scheduled."""
    ahead = [m for m in scene.of(MeetingState) if m.status == "scheduled" and m.is_ahead_until_us > scene.valid_us]
    last = last_meeting_held(scene)
    return Meetings(meeting_item(last, scene) if last else None, meeting_item(ahead[0], scene) if ahead else None)


def last_meeting_held(scene: Scene, forum: str | None = None) -> MeetingState | None:
    """The last meeting held, of one forum or of any."""
    held = [m for m in scene.of(MeetingState) if m.status == "held" and (forum is None or m.forum == forum)]
    return held[-1] if held else None


def statement_item(state: StatementState, scene: Scene) -> StatementItem:
    """One statement as answered."""
    fact = state.latest.fact
    return StatementItem(
        fact.statement, fact.label, fact.kind, list(fact.by), fact.text, list(fact.about), fact.horizon,
        state.is_current, scene.rests_on(state), (state.latest.thing,),
    )  # fmt: skip


def set_aside_item(state: SetAside) -> SetAsideItem:
    """An event set aside, as answered."""
    event, broken = state.event, state.broken
    thing = thing_of(event)
    things = () if thing is None else (thing,)
    return SetAsideItem(event.event_id, event.sequence, event.fact.type, broken.rule, broken.detail, things)
