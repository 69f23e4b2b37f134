"""What each pledge waits for, and the cascade: which pledges come in when others do.

A condition's rule may ask how much is available, while what is available depends on conditions. Rules only ever ask
for more, so there is a least set of available pledges (start from those that wait for nothing, add those whose
conditions now hold, until nothing changes) and a greatest (start as if every rule held, remove what does not bear it
out). The difference is the force that is waiting for each other. Knaster and Tarski's theorem says that both exist;
section 5 of the definitions says what is counted."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.conditions import (
    AllMembersAtLeast,
    AllOf,
    AnyOf,
    ConditionHolds,
    ConditionState,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    StanceAtLeast,
    actors_named,
    conditions_named,
)
from domain.pledges import PledgeState
from domain.quantities import in_personnel
from domain.stances import StanceState
from domain.times import period
from domain.words import LEVEL_RANK, STANCE_RANK

PledgeStanding = Literal["suspended", "blocked", "conditional", "upcoming", "available"]
_FIRM = LEVEL_RANK["pledged"]


@dataclass(slots=True)
class Waiting:
    """One pledge and the conditions that it waits for, or would but for what decided them."""

    pledge: PledgeState
    conditions: tuple[ConditionState, ...]
    personnel_min: int
    is_firm: bool
    is_upcoming: bool

    def statuses(self) -> Iterable[tuple[ConditionState, str]]:
        """Each condition with its status, by facts, for this pledge."""
        return (
            (condition, condition.status_for(self.pledge.pledge, self.pledge.contributor))
            for condition in self.conditions
        )

    def waits_for(self, condition: ConditionState, holds: Mapping[str, bool]) -> bool:
        """Whether the condition keeps this pledge back."""
        status = condition.status_for(self.pledge.pledge, self.pledge.contributor)
        return status == "failed" or (status == "open" and not holds[condition.condition])

    def is_kept_back(self, holds: Mapping[str, bool]) -> bool:
        """Whether any condition keeps this pledge back."""
        return any(self.waits_for(condition, holds) for condition in self.conditions)

    @property
    def is_candidate(self) -> bool:
        """Whether the pledge would be available if no condition kept it back."""
        return self.is_firm and self.pledge.status == "standing" and not self.is_upcoming


@dataclass(slots=True)
class Cascade:
    """What came of it. ``round`` tells in which round of the least fixed point a pledge came in, from 1."""

    waiting: list[Waiting]
    standing: dict[str, PledgeStanding] = field(default_factory=dict)
    round: dict[str, int] = field(default_factory=dict)
    holds: dict[str, bool] = field(default_factory=dict)
    if_all_move: list[PledgeState] = field(default_factory=list)


@dataclass(slots=True)
class World:
    """What rules are evaluated against, apart from the pledges: conditions, members and the actors' own stances."""

    conditions: dict[str, ConditionState]
    members: frozenset[str]
    stances: dict[tuple[str, str | None], StanceState]

    def stance_of(self, actor: str, capability: str | None) -> StanceState | None:
        """An actor's own word: the one on the capability, or else the overall one; nothing that holds only
        somewhere."""
        return self.stances.get((actor, capability)) or self.stances.get((actor, None))


def cascade_of(pledges: Iterable[PledgeState], world: World, valid_us: int) -> Cascade:
    """Find both fixed points over the standing pledges.

    Levels and contributors in rules are counted over available ``force`` pledges of any unit, people over those in
    people."""
    wide = [condition for condition in world.conditions.values() if condition.is_coalition_wide]
    by_contributor: dict[str, list[ConditionState]] = {}
    for condition in world.conditions.values():
        for contributor in condition.contributors:
            by_contributor.setdefault(contributor, []).append(condition)
    waiting = [_waiting(pledge, world, wide, by_contributor, valid_us) for pledge in pledges]
    cascade = Cascade(waiting, holds=_by_facts(world))
    _least(cascade, world)
    _greatest(cascade, world)
    return cascade


def _waiting(
    pledge: PledgeState,
    world: World,
    wide: list[ConditionState],
    by_contributor: dict[str, list[ConditionState]],
    valid_us: int,
) -> Waiting:
    conditions = {name: world.conditions[name] for name in pledge.conditions if name in world.conditions}
    is_force = pledge.purpose == "force"
    if is_force:
        for condition in (*by_contributor.get(pledge.contributor, ()), *wide):
            conditions[condition.condition] = condition
    stated = in_personnel(pledge.quantity) if is_force and pledge.quantity.is_in_people else None
    is_upcoming = pledge.available_from is not None and period(pledge.available_from).start_us > valid_us
    is_firm = LEVEL_RANK[pledge.level] >= _FIRM
    return Waiting(pledge, tuple(conditions.values()), stated.min if stated else 0, is_firm, is_upcoming)


def _by_facts(world: World) -> dict[str, bool]:
    return {name: condition.status in ("met", "waived") for name, condition in world.conditions.items()}


def _least(cascade: Cascade, world: World) -> None:
    candidates = _candidates(cascade)
    ruled = [
        condition
        for condition in world.conditions.values()
        if condition.rule is not None and condition.status == "open"
    ]
    available: list[Waiting] = []
    rounds = 0
    while True:
        rounds += 1
        coming = [waiting for waiting in candidates if not waiting.is_kept_back(cascade.holds)]
        if not coming and rounds > 1:
            break
        cascade.round |= {waiting.pledge.pledge: rounds for waiting in coming}
        available += coming
        candidates = [waiting for waiting in candidates if waiting.pledge.pledge not in cascade.round]
        if not ruled or not _now_hold(ruled, cascade.holds, Counted(available, world), world):
            break
    for waiting in cascade.waiting:
        if waiting.is_firm:
            cascade.standing[waiting.pledge.pledge] = _standing(waiting, cascade)


def _now_hold(ruled: list[ConditionState], holds: dict[str, bool], counted: "Counted", world: World) -> bool:
    """Mark the rules that have come to hold; whether any has."""
    coming = [name for c in ruled if not holds[name := c.condition] and rule_holds(c.rule, counted, world)]
    holds |= dict.fromkeys(coming, True)
    return bool(coming)


def _greatest(cascade: Cascade, world: World) -> None:
    holds = _by_facts(world)
    ruled = [
        condition
        for condition in world.conditions.values()
        if condition.rule is not None and condition.status == "open"
    ]
    holds |= {condition.condition: True for condition in ruled}
    moving = [waiting for waiting in _candidates(cascade) if not waiting.is_kept_back(holds)]
    while ruled:
        counted = Counted(moving, world)
        failing = [c.condition for c in ruled if holds[c.condition] and not rule_holds(c.rule, counted, world)]
        if not failing:
            break
        holds |= dict.fromkeys(failing, False)
        moving = [waiting for waiting in moving if not waiting.is_kept_back(holds)]
    cascade.if_all_move = [waiting.pledge for waiting in moving]


def _candidates(cascade: Cascade) -> list[Waiting]:
    """The pledges that would be available if every condition that can hold did."""
    return [waiting for waiting in cascade.waiting if waiting.is_candidate]


def _standing(waiting: Waiting, cascade: Cascade) -> PledgeStanding:
    """The first that fits."""
    if waiting.pledge.status == "suspended":
        return "suspended"
    if any(status == "failed" for _, status in waiting.statuses()):
        return "blocked"
    if waiting.is_kept_back(cascade.holds):
        return "conditional"
    return "upcoming" if waiting.is_upcoming else "available"


class Counted:
    """What rules count, over one set of available pledges."""

    def __init__(self, available: Iterable[Waiting], world: World) -> None:
        self.personnel_min = 0
        self.firmest: dict[tuple[str, str | None], int] = {}
        for waiting in available:
            pledge = waiting.pledge
            if pledge.purpose != "force":
                continue
            self.personnel_min += waiting.personnel_min
            rank = LEVEL_RANK[pledge.level]
            for scope in ((pledge.contributor, None), (pledge.contributor, pledge.capability)):
                self.firmest[scope] = max(rank, self.firmest.get(scope, 0))
        self.contributors = sum(capability is None for _, capability in self.firmest)

    def reaches(self, contributor: str, level: Any, capability: str | None = None) -> bool:
        """Whether a contributor has an available pledge that is at least so firm."""
        rank = self.firmest.get((contributor, capability))
        return rank is not None and rank >= LEVEL_RANK[level]


def rule_holds(rule: Any, counted: Counted, world: World) -> bool:
    """Whether a rule holds when just those pledges are available which were counted."""
    match rule:
        case AllOf():
            return all(rule_holds(part, counted, world) for part in rule.all_of)
        case AnyOf():
            return any(rule_holds(part, counted, world) for part in rule.any_of)
        case ConditionHolds():
            return _condition_holds(world.conditions.get(rule.condition), counted, world)
        case PersonnelAtLeast():
            return counted.personnel_min >= rule.personnel_at_least
        case ContributorsAtLeast():
            return counted.contributors >= rule.contributors_at_least
        case AllMembersAtLeast():
            level = rule.all_members_at_least
            return bool(world.members) and all(counted.reaches(member, level) for member in world.members)
        case ContributorAtLeast():
            return counted.reaches(rule.contributor, rule.level_at_least, rule.capability)
        case StanceAtLeast():
            stance = world.stance_of(rule.actor, rule.capability)
            return stance is not None and STANCE_RANK[stance.latest.fact.stance] >= STANCE_RANK[rule.stance_at_least]
    raise TypeError(f"not a rule: {rule!r}")


def _condition_holds(condition: ConditionState | None, counted: Counted, world: World) -> bool:
    if condition is None or condition.status == "failed":
        return False
    if condition.is_decided:
        return True
    return condition.rule is not None and rule_holds(condition.rule, counted, world)


def waits_on(condition: ConditionState, partner: str, world: World) -> bool:
    """Whether a condition is the partner's to bring about: by its kind, or by a rule that names the partner.

    A rule names it directly, or through a condition that it refers to.
    """
    if condition.kind == "partner_backstop":
        return True
    rule = condition.rule
    if rule is None:
        return False
    referred = (world.conditions.get(name) for name, _ in conditions_named(rule))
    return partner in actors_named(rule) or any(
        other is not None and waits_on(other, partner, world) for other in referred
    )
