"""What each pledge waits for, and the cascade: which pledges become available when others do.

A condition's rule may ask how much is available, while what is available depends on conditions. Rules only ever ask for
more, so there is a least set of available pledges (start from those that wait for nothing, add those whose conditions
now hold, until nothing changes) and a greatest (start as if every rule held, remove what contradicts that). The
difference is the force whose pledges wait for each other. Knaster and Tarski's theorem says that both exist;
section 5 of the definitions says what is counted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from domain.checkpoints import checkpoint
from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    AllOf,
    AnyOf,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    StanceAtLeast,
    actors_in,
    conditions_in,
)
from domain.concepts.conditions import ConditionState
from domain.concepts.pledges import PledgeState
from domain.concepts.stances import StanceState
from domain.quantities import Range
from domain.times import period
from domain.vocabulary import LEVEL_RANK, STANCE_RANK
from projections.confidence import Doubt
from projections.picture.counted import Counted, counted, has_begun, parts_among
from projections.picture.figures import SizedPledge, in_people

PledgeStanding = Literal["suspended", "blocked", "conditional", "upcoming", "available"]
_FIRM = LEVEL_RANK["pledged"]


@dataclass(slots=True)
class ResolvedPledge:
    """One pledge and the conditions, by name, that it waits for, or would but for what decided them.

    ``people`` is a force pledge with its size in people; null where it is in another unit. ``open_bits`` and
    ``failed_bits`` are the conditions that are open for it, and those that have failed for it, by ``RuleContext.bit``.
    ``doubt`` is what is doubtful about its sources, if anything; ``counted`` what it counts if that is not simply its
    quantity: if it has parts or phases.
    """

    pledge: PledgeState
    is_force: bool
    is_firm: bool
    is_upcoming: bool
    people: SizedPledge | None
    conditions: Mapping[str, ConditionState]
    open_bits: int
    failed_bits: int
    doubt: Doubt | None = None
    counted: Counted | None = None

    @property
    def personnel_min(self) -> int:
        """The people that a rule counts: none if the lower bound is not known."""
        people = self.people_now
        return 0 if people is None else people.min

    @property
    def people_now(self) -> SizedPledge | None:
        """The people that can be available: of a pledge in phases, those of the phase that has begun."""
        return self.people if self.counted is None or self.people is None else self.counted.now

    @property
    def range_now(self) -> Range | None:
        """The range of the people that can be available; ``None`` if it is undisclosed, or in another unit."""
        people = self.people_now
        return None if people is None or people.undisclosed else Range(people.min, people.max)

    def status_of(self, condition: ConditionState) -> str:
        """A condition's status, by facts, for this pledge."""
        return condition.status_for(self.pledge.pledge, self.pledge.contributor)

    def statuses(self) -> Iterable[tuple[ConditionState, str]]:
        """Each condition with its status, by facts, for this pledge."""
        return ((condition, self.status_of(condition)) for condition in self.conditions.values())

    def waits_for(self, condition: ConditionState, holds: Mapping[str, bool]) -> bool:
        """Whether this pledge waits for the condition, or is blocked by it."""
        if holds[condition.condition]:
            return False
        status = condition.status_for(self.pledge.pledge, self.pledge.contributor)
        return status in ("open", "failed")

    def kept_back_by(self, holding: int, world: "RuleContext") -> list[str]:
        """The conditions that this pledge waits for or is blocked by, if those with their bits set hold."""
        keeping = (self.open_bits | self.failed_bits) & ~holding
        return [name for name in self.conditions if keeping & world.bit[name]]

    def is_kept_back(self, holding: int) -> bool:
        """Whether any condition stands in the way of this pledge, if those with their bits set hold."""
        return self.failed_bits != 0 or self.open_bits & ~holding != 0

    @property
    def is_candidate(self) -> bool:
        """Whether the pledge would be available without conditions."""
        return self.is_firm and self.pledge.status == "standing" and not self.is_upcoming


@dataclass(slots=True)
class Cascade:
    """The outcome. ``round`` has the round of the least fixed point, from 1, in which each pledge became available."""

    waiting: list[ResolvedPledge]
    standing: dict[str, PledgeStanding] = field(default_factory=dict)
    round: dict[str, int] = field(default_factory=dict)
    holds: dict[str, bool] = field(default_factory=dict)
    if_all_move: list[PledgeState] = field(default_factory=list)
    holds_if_all_move: dict[str, bool] = field(default_factory=dict)


@dataclass(slots=True)
class RuleContext:
    """What rules are evaluated against, apart from the pledges: conditions, members and the actors' own stances.

    Each condition has a ``bit``, so that sets of them are compared in one step; those given are kept.
    """

    conditions: dict[str, ConditionState]
    members: frozenset[str]
    stances: dict[tuple[str, str | None], StanceState]
    bit: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.conditions:
            if name not in self.bit:
                self.bit[name] = 1 << len(self.bit)

    def stance_of(self, actor: str, capability: str | None) -> StanceState | None:
        """An actor's own stance: on the capability, or else overall; one limited to a zone does not count."""
        return self.stances.get((actor, capability)) or self.stances.get((actor, None))

    def bits(self, holds: Mapping[str, bool]) -> int:
        """The conditions that hold, as bits."""
        return sum(self.bit[name] for name, is_so in holds.items() if is_so)


def cascade_of(
    pledges: Iterable[PledgeState], world: RuleContext, valid_us: int, doubts: Mapping[str, Doubt]
) -> Cascade:
    """Find both fixed points over the standing pledges; ``doubts`` are what is doubtful about any of them, by name.

    Levels and contributors in rules are counted over available ``force`` pledges of any unit, people over those in
    people."""
    conditions_on = ConditionsOn(world)
    in_force = list(pledges)
    parts = parts_among(in_force)
    if not doubts and not parts:
        return cascade_among([resolved(pledge, conditions_on, valid_us) for pledge in in_force], world)
    waiting = [
        resolved(pledge, conditions_on, valid_us, doubt=doubts.get(pledge.pledge), parts=parts.get(pledge.pledge, ()))
        for pledge in in_force
    ]
    return cascade_among(waiting, world)


def cascade_among(waiting: list[ResolvedPledge], world: RuleContext) -> Cascade:
    """The same, once it is known what each pledge waits for."""
    cascade = Cascade(waiting, holds=_by_facts(world))
    _least(cascade, world)
    _greatest(cascade, world)
    return cascade


_Conditions = tuple[dict[str, ConditionState], int, int]
"""Conditions by name, and as bits those of them that are open and those that have failed."""


class ConditionsOn:
    """The conditions on a pledge; those on all force pledges of a contributor are collected once."""

    def __init__(self, world: RuleContext) -> None:
        self._world = world
        self._wide = [condition for condition in world.conditions.values() if condition.is_coalition_wide]
        self._by_contributor: dict[str, list[ConditionState]] = {}
        for condition in world.conditions.values():
            for contributor in condition.contributors:
                self._by_contributor.setdefault(contributor, []).append(condition)
        self._waived_for = {name for condition in world.conditions.values() for name in condition.waived_pledges}
        self._of_contributor: dict[str, _Conditions] = {}

    def of(self, pledge: PledgeState, is_force: bool) -> _Conditions:
        """The conditions on one pledge."""
        shared = self._shared(pledge.contributor) if is_force else _NONE
        name = pledge.pledge
        if name in self._waived_for:
            return self._decided((*pledge.conditions, *shared[0]), name, pledge.contributor)
        if not pledge.conditions:
            return shared
        own, open_bits, failed_bits = self._decided(pledge.conditions, name, pledge.contributor)
        return own | shared[0], open_bits | shared[1], failed_bits | shared[2]

    def _shared(self, contributor: str) -> _Conditions:
        found = self._of_contributor.get(contributor)
        if found is None:
            shared = (c.condition for c in (*self._by_contributor.get(contributor, ()), *self._wide))
            found = self._of_contributor[contributor] = self._decided(shared, "", contributor)
        return found

    def _decided(self, names: Iterable[str], pledge: str, contributor: str) -> _Conditions:
        """The conditions of these names that are in force, and how each is decided for a pledge."""
        known, bit = self._world.conditions, self._world.bit
        conditions: dict[str, ConditionState] = {}
        open_bits, failed_bits = 0, 0
        for name in names:
            condition = known.get(name)
            if condition is None:
                continue
            conditions[name] = condition
            status = condition.status_for(pledge, contributor)
            if status == "open":
                open_bits |= bit[name]
            elif status == "failed":
                failed_bits |= bit[name]
        return conditions, open_bits, failed_bits


_NONE: _Conditions = {}, 0, 0


def resolved(
    pledge: PledgeState,
    conditions_on: ConditionsOn,
    valid_us: int,
    before: ResolvedPledge | None = None,
    doubt: Doubt | None = None,
    *,
    parts: Sequence[PledgeState] = (),
) -> ResolvedPledge:
    """One pledge with what it waits for at a time; ``before`` may be the same pledge with what it once waited for.

    ``parts`` are those of the pledges in force that are part of it."""
    is_upcoming = pledge.available_from is not None and period(pledge.available_from).start_us > valid_us
    its_counted: Counted | None = None
    if parts or pledge.details.phases or (before is not None and before.counted is not None):
        before = None
        is_upcoming = not has_begun(pledge, valid_us)
        its_counted = counted(pledge, parts, valid_us, doubt)
    if before is not None and before.pledge is pledge and before.doubt == doubt:
        is_force, is_firm, people = before.is_force, before.is_firm, before.people
    else:
        is_force = pledge.purpose == "force"
        people = in_people(pledge, doubt) if is_force and pledge.quantity.is_in_people else None
        is_firm = LEVEL_RANK[pledge.level] >= _FIRM
    if its_counted is not None and people is not None:
        people = its_counted.whole
    conditions = conditions_on.of(pledge, is_force)
    return ResolvedPledge(pledge, is_force, is_firm, is_upcoming, people, *conditions, doubt, its_counted)


def _by_facts(world: RuleContext) -> dict[str, bool]:
    return {name: condition.status in ("met", "waived") for name, condition in world.conditions.items()}


def _ruled(world: RuleContext) -> list[ConditionState]:
    """The conditions that their rules decide."""
    return [c for c in world.conditions.values() if c.status == "open" and c.rule is not None]


def _least(cascade: Cascade, world: RuleContext) -> None:
    candidates = _candidates(cascade)
    ruled = _ruled(world)
    available: list[ResolvedPledge] = []
    rounds = 0
    while True:
        checkpoint()
        rounds += 1
        holding = world.bits(cascade.holds)
        coming = [waiting for waiting in candidates if not waiting.is_kept_back(holding)]
        if not coming and rounds > 1:
            break
        cascade.round |= {waiting.pledge.pledge: rounds for waiting in coming}
        available += coming
        candidates = [waiting for waiting in candidates if waiting.is_kept_back(holding)]
        if not ruled or not _now_hold(ruled, cascade.holds, RuleCounts(available, world)):
            break
    holding = world.bits(cascade.holds)
    for waiting in cascade.waiting:
        if waiting.is_firm:
            cascade.standing[waiting.pledge.pledge] = _standing(waiting, holding)


def _now_hold(ruled: list[ConditionState], holds: dict[str, bool], counted: "RuleCounts") -> bool:
    """Marks the rules that now hold, and returns whether there are any."""
    coming = [name for c in ruled if not holds[name := c.condition] and counted.holds[name]]
    holds |= dict.fromkeys(coming, True)
    return bool(coming)


def _greatest(cascade: Cascade, world: RuleContext) -> None:
    ruled = _ruled(world)
    holds = _by_facts(world) | {condition.condition: True for condition in ruled}
    holding = world.bits(holds)
    moving = [waiting for waiting in _candidates(cascade) if not waiting.is_kept_back(holding)]
    while ruled:
        checkpoint()
        counted = RuleCounts(moving, world)
        failing = [name for c in ruled if holds[name := c.condition] and not counted.holds[name]]
        if not failing:
            break
        holds |= dict.fromkeys(failing, False)
        holding = world.bits(holds)
        moving = [waiting for waiting in moving if not waiting.is_kept_back(holding)]
    cascade.holds_if_all_move = holds
    cascade.if_all_move = [waiting.pledge for waiting in moving]


def _candidates(cascade: Cascade) -> list[ResolvedPledge]:
    """The pledges that would be available if every condition that can hold did."""
    return [waiting for waiting in cascade.waiting if waiting.is_candidate]


def _standing(waiting: ResolvedPledge, holding: int) -> PledgeStanding:
    """The first state that applies."""
    if waiting.pledge.status == "suspended":
        return "suspended"
    if waiting.failed_bits:
        return "blocked"
    if waiting.open_bits & ~holding:
        return "conditional"
    return "upcoming" if waiting.is_upcoming else "available"


class RuleCounts:
    """What rules count over one set of available pledges, and the conditions that hold if only those are available."""

    def __init__(self, available: Iterable[ResolvedPledge], world: RuleContext) -> None:
        self.personnel_min = 0
        self.firmest: dict[tuple[str, str | None], int] = {}
        for waiting in available:
            if not waiting.is_force:
                continue
            self.personnel_min += waiting.personnel_min
            rank, contributor = LEVEL_RANK[waiting.pledge.level], waiting.pledge.contributor
            for scope in ((contributor, None), (contributor, waiting.pledge.capability)):
                self.firmest[scope] = max(rank, self.firmest.get(scope, 0))
        self.contributors = sum(capability is None for _, capability in self.firmest)
        self.holds: dict[str, bool] = {}
        for name, condition in world.conditions.items():  # a rule names only conditions that were stated before it
            self.holds[name] = _comes_to(condition, self, world)

    def reaches(self, contributor: str, level: Any, capability: str | None = None) -> bool:
        """Whether a contributor has an available pledge of at least this level."""
        rank = self.firmest.get((contributor, capability))
        return rank is not None and rank >= LEVEL_RANK[level]


def _comes_to(condition: ConditionState, counted: RuleCounts, world: RuleContext) -> bool:
    """Whether a condition holds: by the facts, or else by its rule."""
    if condition.is_decided:
        return condition.status != "failed"
    return condition.rule is not None and rule_holds(condition.rule, counted, world)


def rule_holds(rule: Any, counted: RuleCounts, world: RuleContext) -> bool:
    """Whether a rule holds if only the counted pledges are available."""
    match rule:
        case AllOf():
            return all(rule_holds(part, counted, world) for part in rule.all_of)
        case AnyOf():
            return any(rule_holds(part, counted, world) for part in rule.any_of)
        case ConditionHolds():
            return counted.holds.get(rule.condition, False)
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
            return stance_reaches(rule, world)
    raise TypeError(f"not a rule: {rule!r}")


def stance_reaches(rule: StanceAtLeast, world: RuleContext) -> bool:
    """Whether an actor's stance is at least the one that a rule asks for."""
    stance = world.stance_of(rule.actor, rule.capability)
    return stance is not None and STANCE_RANK[stance.latest.fact.stance] >= STANCE_RANK[rule.stance_at_least]


def waiting_on(actor: str, world: RuleContext, *, is_key_partner: bool = True) -> set[str]:
    """The conditions that depend on an actor: by a rule that names it, or for the key partner by their kind.

    A rule names it directly, or through a condition that it refers to, which was stated before it.
    """
    found: set[str] = set()
    for name, condition in world.conditions.items():
        rule = condition.rule
        is_named = rule is not None and (
            actor in actors_in(rule) or any(other in found for other, _ in conditions_in(rule))
        )
        if is_named or (is_key_partner and condition.kind == "partner_backstop"):
            found.add(name)
    return found
