"""The force picture: size, basing, the key partner's role, conditions, stances, meetings and counts, as of one basis.

Each part keeps the things and pledges that it was made from (left out of the answer), so that ``why.py`` can name them.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import Field

from domain.concepts.basing import BasingState
from domain.concepts.coalition import FORMATION, CoalitionState
from domain.concepts.commands import CommandState
from domain.concepts.conditions import ConditionState, Rule
from domain.concepts.meetings import Attendance, MeetingState, Participants
from domain.concepts.members import MemberState
from domain.concepts.pledges import PledgeState
from domain.concepts.requirements import RequirementState
from domain.concepts.stances import StanceState, SupportState
from domain.concepts.statements import Count, CountState, SaidState
from domain.facts import Thing
from domain.history.history import SetAside, View
from domain.quantities import Quantity, in_personnel, is_nothing
from domain.vocabulary import FIRM_LEVELS, LEVEL_RANK, Level
from projections.asof import Basis
from projections.picture.cascade import Cascade, PledgeStanding, Waiting, World, cascade_of, waiting_on
from projections.picture.figures import (
    NO_FIGURE,
    NO_LEVELLED_FIGURE,
    Bounds,
    Figure,
    Gap,
    LevelledFigure,
    Of,
    Sized,
    deployed_people,
    figure_of,
    gap,
    in_own_unit,
    in_people,
    levelled_figure_of,
)
from projections.record import thing_of

Things = Annotated[Any, Field(exclude=True)]
"""The things that something was made from, ``tuple[Thing, ...]``: kept for the question why, left out of the answer."""
State = TypeVar("State")
_FIRM = LEVEL_RANK["pledged"]


# --- the answer's shape -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Figures:
    """Sizes in people. ``floated`` to ``assigned`` stand at exactly that level; ``available`` to ``suspended`` split
    those at least pledged; ``estimated`` is the part of those that rests on converted formations."""

    floated: Figure
    pledged: Figure
    committed: Figure
    assigned: Figure
    available: LevelledFigure
    upcoming: LevelledFigure
    conditional: LevelledFigure
    blocked: LevelledFigure
    suspended: LevelledFigure
    if_all_move: Figure
    deployed: Figure
    estimated: Figure


@dataclass(slots=True)
class PartFigures(Figures):
    """The figures of one contributor or capability, and what it pledges (at least pledged) in units other than
    people."""

    other_units: dict[str, Figure]


@dataclass(slots=True)
class Required:
    """One requirement beside what is available. Bounds are people, or ``unit`` where it is another; then the gap is
    null."""

    requirement: str
    label: str
    stated_by: str
    standing: str
    capability: str | None
    unit: str
    min: int | None
    max: int | None
    is_cumulative: bool
    is_estimated: bool
    gap: Gap
    of: Of = ()
    things: Things = ()


@dataclass(slots=True)
class Size(Figures):
    """The size of the force."""

    required: list[Required]
    by_contributor: dict[str, PartFigures]
    by_capability: dict[str, PartFigures]


@dataclass(slots=True)
class BasingItem:
    """A place or zone, and how the matter stands. ``since`` is the start of the unbroken status."""

    basing: str
    zone: str
    country: str | None
    place: str | None
    certainty: str | None
    purpose: str | None
    status: Literal["proposed", "agreed", "ruled_out", "ended"]
    since: str
    proposed_by: str | None
    things: Things = ()


@dataclass(slots=True)
class PartnerCapability:
    """One capability sought from the partner, or on which it has said how far it would go."""

    capability: str
    importance: Literal["critical", "important", "helpful"] | None
    stance: str | None
    since: str | None
    things: Things = ()


@dataclass(slots=True)
class LastMeeting:
    """The coalition's last meeting, and whether the partner sat there; null where nobody says."""

    meeting: str
    present: bool | None
    things: Things = ()


@dataclass(slots=True)
class WaitingFor:
    """What waits for the partner: pledges kept back, pledges only floated, and the contributors, pledges or not."""

    held_back: Figure
    floated: Figure
    contributors: list[str]
    things: Things = ()


@dataclass(slots=True)
class UsRole:
    """The key partner's role; a stance on a capability falls back to the overall one."""

    partner: str
    stance: str | None
    since: str | None
    by_capability: list[PartnerCapability]
    last_meeting: LastMeeting | None
    waiting: WaitingFor
    things: Things = ()


Target = dict[Literal["pledge", "contributor", "coalition"], str | Literal[True]]
"""What a condition is attached to, or waived for: exactly one of a pledge, a contributor, or the whole coalition."""


@dataclass(slots=True)
class ConditionItem:
    """A condition: its ``status`` by facts, whether it ``holds`` (its rule included), and what it holds back."""

    condition: str
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
    things: Things = ()


@dataclass(slots=True)
class StanceItem:
    """How far an actor would go; ``said_by`` is null where it is its own word."""

    actor: str
    capability: str | None
    zone: str | None
    stance: str
    since: str
    said_by: str | None
    things: Things = ()


@dataclass(slots=True)
class RequirementItem:
    """A requirement as stated."""

    requirement: str
    label: str
    stated_by: str
    standing: str
    quantity: Quantity
    capability: str | None
    status: Literal["stated", "withdrawn"]
    since: str
    things: Things = ()


@dataclass(slots=True)
class CommandItem:
    """How a component is commanded."""

    command: str
    component: str
    status: str
    since: str
    headquarters: str | None
    led_by: list[str]
    description: str | None
    things: Things = ()


@dataclass(slots=True)
class MeetingItem:
    """A meeting, with who sat there and who did not."""

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
    things: Things = ()


@dataclass(slots=True)
class Meetings:
    """The last meeting held, and the next whose ``starts_at`` is ahead."""

    last_held: MeetingItem | None
    next_scheduled: MeetingItem | None


@dataclass(slots=True)
class StatementItem:
    """A statement, and whether it is in force: until the end of its horizon, if it has one."""

    statement: str
    kind: str
    by: list[str]
    text: str
    about: list[str]
    horizon: str | None
    in_force: bool
    things: Things = ()


@dataclass(slots=True)
class CountItem:
    """What a source counts, beside what the record can name: people present, contributors, or their people."""

    report: str
    subject: str
    value: Count
    scope: str
    meeting: str | None
    pledge: str | None
    level: str | None
    capability: str | None
    contributors_named: list[str]
    named: Bounds | None
    of: Of = ()
    things: Things = ()


@dataclass(slots=True)
class SetAsideItem:
    """An event that lacks its footing in the history at hand, with the rule that it would break."""

    event_id: str
    sequence: int
    type: str
    rule: str
    detail: str
    things: Things = ()


class Traced(str):
    """A text in an answer that remembers the things that it was made from."""

    __slots__ = ("things",)
    things: tuple[Thing, ...]

    def __new__(cls, text: str, *things: Thing) -> "Traced":
        """Make one."""
        traced = super().__new__(cls, text)
        traced.things = things
        return traced


@dataclass(slots=True)
class Picture:
    """The force picture as of its basis; empty before the coalition is formed."""

    basis: Basis
    name: str | None
    size: Size
    basing: list[BasingItem]
    us_role: UsRole | None
    conditions: list[ConditionItem]
    stances: list[StanceItem]
    members: dict[str, list[str]]
    requirements: list[RequirementItem]
    commands: list[CommandItem]
    money: dict[str, dict[str, Figure]]
    meetings: Meetings
    statements: list[StatementItem]
    counts: list[CountItem]
    set_aside: list[SetAsideItem]


# --- what stood -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Scene:
    """What stood, sorted by kind, with the cascade worked out: what all parts of a picture are made from."""

    coalition: CoalitionState | None
    pledges: list[PledgeState]
    cascade: Cascade
    world: World
    by_type: dict[type, list[Any]] = field(default_factory=dict)
    valid_us: int = 0
    named: dict[tuple[str | None, ...], tuple[Bounds, tuple[PledgeState, ...]]] = field(default_factory=dict)

    def of(self, kind: type[State]) -> list[State]:
        """All states of a type, by name."""
        return self.by_type.get(kind, [])


def scene_of(view: View) -> Scene:
    """Sort what stood, and work out the cascade. Before the coalition is formed there is nothing to see."""
    by_type: dict[type, list[Any]] = {}
    coalition = view.state(FORMATION)
    if coalition is not None:
        for state in view.states():
            by_type.setdefault(type(state), []).append(state)
    for kind, key in _ORDER.items():
        by_type.get(kind, []).sort(key=key)
    world = _world(by_type)
    pledges: list[PledgeState] = by_type.get(PledgeState, [])
    cascade = cascade_of((pledge for pledge in pledges if not pledge.is_over), world, view.valid_us)
    return Scene(coalition, pledges, cascade, world, by_type, view.valid_us)


_ORDER: dict[type, Any] = {
    PledgeState: attrgetter("made.effective_us", "made.sequence"),
    ConditionState: attrgetter("stated.effective_us", "stated.sequence"),
    BasingState: attrgetter("basing"),
    MemberState: attrgetter("member"),
    RequirementState: attrgetter("stated.effective_us", "stated.sequence"),
    StanceState: attrgetter("latest.thing"),
    SupportState: attrgetter("latest.thing"),
    CommandState: attrgetter("latest.thing"),
    MeetingState: attrgetter("starts_us", "meeting"),
    SaidState: attrgetter("latest.effective_us", "latest.sequence"),
    CountState: attrgetter("latest.effective_us", "latest.sequence"),
    SetAside: attrgetter("event.sequence"),
}


def _world(by_type: dict[type, list[Any]]) -> World:
    members = frozenset(m.member for m in by_type.get(MemberState, []) if m.role in ("lead", "contributor"))
    own = {
        (fact.actor, fact.capability): state
        for state in by_type.get(StanceState, [])
        if (fact := state.latest.fact).said_by is None and fact.zone is None
    }
    conditions = {state.condition: state for state in by_type.get(ConditionState, [])}
    return World(conditions, members, own)


# --- the parts --------------------------------------------------------------------------------------------------------


def picture_of(view: View, basis: Basis) -> Picture:
    """The picture at a view; its cost follows what stood, not the length of history."""
    return picture_in(scene_of(view), basis)


def picture_in(scene: Scene, basis: Basis) -> Picture:
    """The picture of a scene."""
    return Picture(
        basis=basis,
        name=Traced(scene.coalition.name, FORMATION) if scene.coalition else None,
        size=size_of(scene),
        basing=[basing_item(state) for state in scene.of(BasingState)],
        us_role=_us_role(scene),
        conditions=condition_items(scene),
        stances=[stance_item(state) for state in scene.of(StanceState)],
        members=_members_by_role(scene),
        requirements=[requirement_item(state) for state in scene.of(RequirementState)],
        commands=[command_item(state) for state in scene.of(CommandState)],
        money=_money(scene),
        meetings=_meetings(scene),
        statements=[statement_item(state) for state in scene.of(SaidState)],
        counts=[count_item(state, scene) for state in scene.of(CountState)],
        set_aside=[set_aside_item(state) for state in scene.of(SetAside)],
    )


def size_of(scene: Scene) -> Size:
    """The size figures: of all, by contributor and by capability."""
    groups = _Groups(scene)
    figures = Figures(**_figures(groups.all))
    by_capability = _parts(groups.by_capability)
    return Size(
        **_shallow(figures),
        required=[_required(state, figures, by_capability) for state in scene.of(RequirementState)],
        by_contributor=_parts(groups.by_contributor),
        by_capability=by_capability,
    )


def figures_and_required(scene: Scene) -> tuple[Figures, list[Required]]:
    """The size figures of all, and the requirements beside them, without what each contributor brings."""
    groups = _Groups(scene)
    figures = Figures(**_figures(groups.all))
    stated = scene.of(RequirementState)
    sought = {state.capability for state in stated}
    by_capability = _parts({name: group for name, group in groups.by_capability.items() if name in sought})
    return figures, [_required(state, figures, by_capability) for state in stated]


def figures_in(scene: Scene) -> Figures:
    """The size figures of all, alone."""
    return Figures(**_figures(_Groups(scene).all))


def _shallow(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in Figures.__slots__}


_Group = dict[str, list[Sized]]
"""Pledges by the figure that they enter."""


class _Groups:
    """The pledges of purpose ``force``, in all, by contributor and by capability, by the figure they enter."""

    def __init__(self, scene: Scene) -> None:
        self.all: _Group = defaultdict(list)
        self.by_contributor: dict[str, _Group] = defaultdict(lambda: defaultdict(list))
        self.by_capability: dict[str, _Group] = defaultdict(lambda: defaultdict(list))
        moving = {pledge.pledge for pledge in scene.cascade.if_all_move}
        for waiting in scene.cascade.waiting:
            if waiting.is_force:
                self._enter_what_is_left(waiting, scene.cascade, waiting.pledge.pledge in moving)
        for pledge in scene.pledges:
            if pledge.purpose == "force" and pledge.deployed is not None and _is_on_the_ground(pledge.deployed):
                self._enter(pledge, ("deployed",), deployed_people(pledge))

    def _enter_what_is_left(self, waiting: Waiting, cascade: Cascade, is_moving: bool) -> None:
        pledge, part = waiting.pledge, waiting.people
        if part is not None:
            standing = cascade.standing.get(pledge.pledge)
            self._enter(pledge, _entered(pledge.level, standing, pledge.quantity.is_estimated, is_moving), part)
        elif waiting.is_firm and not pledge.quantity.is_cumulative:
            self._enter(pledge, (f"unit:{pledge.quantity.unit}",), in_own_unit(pledge))

    def _enter(self, pledge: PledgeState, figures: tuple[str, ...], part: Sized) -> None:
        for group in (self.all, self.by_contributor[pledge.contributor], self.by_capability[pledge.capability]):
            for figure in figures:
                group[figure].append(part)


@cache
def _entered(level: Level, standing: PledgeStanding | None, is_estimated: bool, is_moving: bool) -> tuple[str, ...]:
    """The figures that what is left of a force pledge in people enters; it has no standing unless it is firm."""
    entered: list[str] = [level]
    if standing is not None:
        entered += [standing, f"{standing} {level}"]
        if is_estimated:
            entered.append("estimated")
    if is_moving:
        entered.append("if_all_move")
    return tuple(entered)


def _parts(groups: dict[str, _Group]) -> dict[str, PartFigures]:
    """The figures of each group, by its name in alphabetical order."""
    return {name: _part(groups[name]) for name in sorted(groups)}


def _part(group: _Group) -> PartFigures:
    units = sorted(name.removeprefix("unit:") for name in group if name.startswith("unit:"))
    other_units = {unit: figure_of(group[f"unit:{unit}"]) for unit in units}
    return PartFigures(**_figures(group), other_units=other_units)


def _figures(group: _Group) -> dict[str, Any]:
    figures = dict(_NO_FIGURES)
    for name in group.keys() & _PARTS.keys():
        by_level = _PARTS[name]
        parts = group[name]
        if by_level is None:
            figures[name] = figure_of(parts)
        else:
            figures[name] = levelled_figure_of(parts, [group.get(part, ()) for part in by_level])
    return figures


_PARTS = {
    name: tuple(f"{name} {level}" for level in FIRM_LEVELS) if name in get_args(PledgeStanding) else None
    for name in Figures.__slots__
}
"""Each figure, and for one that is split by level the parts of it."""
_NO_FIGURES = {name: NO_LEVELLED_FIGURE if by_level else NO_FIGURE for name, by_level in _PARTS.items()}


def _is_on_the_ground(quantity: Quantity) -> bool:
    return quantity.is_in_people and not is_nothing(quantity)


def _required(state: RequirementState, figures: Figures, by_capability: dict[str, PartFigures]) -> Required:
    quantity = state.quantity
    is_people = quantity.unit == "personnel" or quantity.is_estimated
    stated = in_personnel(quantity) if is_people else None
    bounds = Bounds(stated.min if stated and quantity.min is not None else None, stated.max if stated else None)
    if not is_people:
        bounds = Bounds(quantity.min, quantity.max)
    part = by_capability.get(state.capability) if state.capability else figures
    available: Figure = part.available if part else NO_FIGURE
    is_comparable = is_people and not quantity.is_cumulative
    return Required(
        requirement=state.requirement, label=state.label, stated_by=state.stated_by, standing=state.standing,
        capability=state.capability, unit="personnel" if is_people else quantity.unit, min=bounds.min, max=bounds.max,
        is_cumulative=quantity.is_cumulative, is_estimated=quantity.is_estimated,
        gap=gap(bounds, available) if is_comparable else Gap(None, None),
        of=available.of if is_comparable else (), things=(state.stated.thing,),
    )  # fmt: skip


def basing_item(state: BasingState) -> BasingItem:
    """One basing as answered."""
    return BasingItem(
        state.basing, state.zone, state.country, state.place, state.certainty, state.purpose, state.status, state.since,
        state.proposed_by, (state.latest.thing,),
    )  # fmt: skip


def _us_role(scene: Scene) -> UsRole | None:
    if scene.coalition is None:
        return None
    partner = str(scene.coalition.formed.fact.key_partner)
    overall = scene.world.stances.get((partner, None))
    return UsRole(
        partner=partner,
        stance=overall.latest.fact.stance if overall else None,
        since=overall.since if overall else None,
        by_capability=_partner_capabilities(scene, partner),
        last_meeting=_last_meeting(scene, partner),
        waiting=_waiting_for(scene, partner),
        things=(overall.latest.thing,) if overall else (),
    )


def _partner_capabilities(scene: Scene, partner: str) -> list[PartnerCapability]:
    sought = {s.latest.fact.capability: s for s in scene.of(SupportState) if s.latest.fact.partner == partner}
    stated = {capability for actor, capability in scene.world.stances if actor == partner and capability}
    return [
        _partner_capability(name, sought.get(name), scene.world.stance_of(partner, name))
        for name in sorted({*sought, *stated})
    ]


def _partner_capability(capability: str, sought: SupportState | None, stance: StanceState | None) -> PartnerCapability:
    things = tuple(state.latest.thing for state in (sought, stance) if state is not None)
    since = stance.since if stance else sought.since if sought else None
    importance: Any = sought.status if sought else None
    return PartnerCapability(capability, importance, stance.latest.fact.stance if stance else None, since, things)


def _last_meeting(scene: Scene, partner: str) -> LastMeeting | None:
    held = _last_held(scene, forum="coalition")
    if held is None:
        return None
    present = next((attendance.present for attendance in held.attendance if attendance.actor == partner), None)
    return LastMeeting(held.meeting, present, (held.latest.thing,))


def _last_held(scene: Scene, forum: str | None = None) -> MeetingState | None:
    held = [m for m in scene.of(MeetingState) if m.status == "held" and (forum is None or m.forum == forum)]
    return held[-1] if held else None


def _waiting_for(scene: Scene, partner: str) -> WaitingFor:
    its = {name for name in waiting_on(partner, scene.world) if not scene.cascade.holds[name]}
    its_bits = sum(scene.world.bit[name] for name in its)
    held_back: list[Sized] = []
    floated: list[Sized] = []
    for waiting in scene.cascade.waiting:
        pledge = waiting.pledge
        if waiting.people is None or not waiting.open_bits & its_bits:
            continue
        if not waiting.is_firm:
            floated.append(waiting.people)
        elif scene.cascade.standing[pledge.pledge] in _KEPT_BACK:
            held_back.append(waiting.people)
    open_ones = [scene.world.conditions[name] for name in its if not scene.world.conditions[name].is_decided]
    attached = {who for c in open_ones for who in c.contributors if who not in c.waived_contributors}
    contributors = sorted({*attached, *(part.contributor for part in (*held_back, *floated))})
    return WaitingFor(figure_of(held_back), figure_of(floated), contributors, tuple(c.stated.thing for c in open_ones))


def condition_items(scene: Scene) -> list[ConditionItem]:
    """All conditions, each with the force pledges that it is on and what it holds back."""
    conditions, cascade = scene.world.conditions, scene.cascade
    on: dict[str, list[str]] = {name: [] for name in conditions}
    attached: dict[str, list[str]] = {name: [] for name in conditions}
    held_back: dict[str, list[Sized]] = {name: [] for name in conditions}
    holding = scene.world.bits(cascade.holds)
    for waiting in cascade.waiting:
        pledge = waiting.pledge
        for name in waiting.conditions:
            on[name].append(pledge.pledge)
        for name in pledge.conditions:
            if name in conditions:
                attached[name].append(pledge.pledge)
        if waiting.people is not None and cascade.standing.get(pledge.pledge) in _KEPT_BACK:
            for name in waiting.kept_back_by(holding, scene.world):
                held_back[name].append(waiting.people)
    return [
        _condition_item(state, cascade.holds[name], on[name], attached[name], held_back[name])
        for name, state in conditions.items()
    ]


_KEPT_BACK = ("conditional", "blocked")


def _condition_item(
    state: ConditionState, holds: bool, on: list[str], attached: list[str], held_back: list[Sized]
) -> ConditionItem:
    fact = state.stated.fact
    return ConditionItem(
        condition=fact.condition, kind=fact.kind, description=fact.description, stated_by=fact.stated_by,
        status=state.status, since=state.since, holds=holds, rule=fact.rule, attached_to=_attached_to(state, attached),
        waived_for=_waived_for(state), pledges=on, held_back=figure_of(held_back), things=(state.stated.thing,),
    )  # fmt: skip


def _attached_to(state: ConditionState, pledges: list[str]) -> list[Target]:
    targets: list[Target] = [{"coalition": True}] if state.is_coalition_wide else []
    targets += [{"contributor": name} for name in state.contributors]
    return targets + [{"pledge": name} for name in pledges]


def _waived_for(state: ConditionState) -> list[Target]:
    contributors: list[Target] = [{"contributor": name} for name in sorted(state.waived_contributors)]
    return contributors + [{"pledge": name} for name in sorted(state.waived_pledges)]


def stance_item(state: StanceState) -> StanceItem:
    """One stance as answered."""
    fact = state.latest.fact
    return StanceItem(
        fact.actor, fact.capability, fact.zone, fact.stance, state.since, fact.said_by, (state.latest.thing,)
    )


def _members_by_role(scene: Scene) -> dict[str, list[str]]:
    by_role: dict[str, list[str]] = {}
    for state in scene.of(MemberState):
        by_role.setdefault(state.role, []).append(Traced(state.member, state.latest.thing))
    return by_role


def requirement_item(state: RequirementState) -> RequirementItem:
    """One requirement as answered."""
    return RequirementItem(
        state.requirement, state.label, state.stated_by, state.standing, state.quantity, state.capability, state.status,
        state.since, (state.stated.thing,),
    )  # fmt: skip


def command_item(state: CommandState) -> CommandItem:
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
        (state.latest.thing,),
    )


def _money(scene: Scene) -> dict[str, dict[str, Figure]]:
    """Money that is at least pledged, by purpose and currency, in whole units of the currency."""
    pots: dict[tuple[str, str], list[PledgeState]] = {}
    for waiting in scene.cascade.waiting:
        unit = waiting.pledge.quantity.unit
        if len(unit) == 3 and waiting.is_firm and unit.isupper() and not waiting.pledge.quantity.is_cumulative:
            pots.setdefault((waiting.pledge.purpose, unit), []).append(waiting.pledge)
    money: dict[str, dict[str, Figure]] = {}
    for (purpose, currency), pledges in sorted(pots.items()):
        money.setdefault(purpose, {})[currency] = figure_of([in_own_unit(pledge) for pledge in pledges])
    return money


def _meetings(scene: Scene) -> Meetings:
    ahead = [m for m in scene.of(MeetingState) if m.status == "scheduled" and m.starts_us > scene.valid_us]
    last = _last_held(scene)
    return Meetings(meeting_item(last) if last else None, meeting_item(ahead[0]) if ahead else None)


def meeting_item(state: MeetingState) -> MeetingItem:
    """One meeting as answered."""
    return MeetingItem(
        state.meeting, state.status, state.forum, state.title, state.starts_at, state.place, list(state.chairs),
        list(state.invited), list(state.attendance), state.participants, (state.latest.thing,),
    )  # fmt: skip


def statement_item(state: SaidState) -> StatementItem:
    """One statement as answered."""
    fact = state.latest.fact
    return StatementItem(
        fact.statement, fact.kind, list(fact.by), fact.text, list(fact.about), fact.horizon, state.is_current,
        (state.latest.thing,),
    )  # fmt: skip


def count_item(state: CountState, scene: Scene) -> CountItem:
    """One reported count beside what the record can name."""
    fact = state.latest.fact
    named, of = _present(fact, scene) if fact.subject == "participants" else _named(fact, scene)
    return CountItem(
        fact.report, fact.subject, fact.value, fact.scope, fact.meeting, fact.pledge, fact.level, fact.capability,
        list(fact.contributors_named), named, of, (state.latest.thing,),
    )  # fmt: skip


def _present(fact: Any, scene: Scene) -> tuple[Bounds | None, tuple[PledgeState, ...]]:
    """How many the record names as present at the meeting that a count is about."""
    meeting = next((m for m in scene.of(MeetingState) if m.meeting == fact.meeting), None)
    if meeting is None:
        return None, ()
    present = sum(attendance.present for attendance in meeting.attendance)
    return Bounds(present, present), ()


def _named(fact: Any, scene: Scene) -> tuple[Bounds, tuple[PledgeState, ...]]:
    """How many contributors, or people, the record names; worked out once for all counts of the same."""
    asked = (fact.subject, fact.pledge, fact.level, fact.capability)
    if asked not in scene.named:
        counted = _counted(fact, scene)
        of = tuple(waiting.pledge for waiting in counted)
        if fact.subject == "personnel":
            in_size = [waiting for waiting in counted if waiting.pledge.quantity.is_in_people]
            people = figure_of([waiting.people or in_people(waiting.pledge) for waiting in in_size])
            is_known = people.undisclosed < people.pledges or not counted
            most = None if people.undisclosed else people.max
            scene.named[asked] = Bounds(people.min, most) if is_known else Bounds(None, None), of
        else:
            contributors = len({pledge.contributor for pledge in of})
            scene.named[asked] = Bounds(contributors, contributors), of
    return scene.named[asked]


def _counted(fact: Any, scene: Scene) -> list[Waiting]:
    """The standing force pledges that a count is beside: of that level or firmer, of that capability, or that one
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


def set_aside_item(state: SetAside) -> SetAsideItem:
    """An event set aside, as answered."""
    event, broken = state.event, state.broken
    thing = thing_of(event)
    things = () if thing is None else (thing,)
    return SetAsideItem(event.event_id, event.sequence, event.fact.type, broken.rule, broken.detail, things)
