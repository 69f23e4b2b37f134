"""What makes a condition's rule hold in one scene and not in another: the pledges that it counts, and all else that it
looks at and that counts for more in the one where it holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.checkpoints import unless_stopped
from domain.concepts.condition_rules import (
    AllMembersAtLeast,
    ConditionHolds,
    ContributorAtLeast,
    ContributorsAtLeast,
    PersonnelAtLeast,
    SimpleRule,
    StanceAtLeast,
    walk,
)
from domain.concepts.conditions import ConditionState
from domain.vocabulary import LEVEL_RANK
from projections.picture.cascade import ResolvedPledge, RuleContext, stance_reaches
from projections.picture.scene import Scene


@dataclass(slots=True)
class Turn:
    """A thing that a rule looks at: what it was, and what it is now. ``what`` is ``condition:id``, ``member:actor``,
    ``stance:actor`` or ``stance:actor/capability``, or ``pledge:id`` for a pledge that is available on both sides but
    counts for more, or for less."""

    what: str
    was: str
    is_now: str


class RuleCauses:
    """The causes of rules between two scenes; ``comes`` if they hold in the second, not in the first."""

    def __init__(self, before: Scene, after: Scene, *, comes: bool) -> None:
        self._before = before
        self._after = after
        self._comes = comes
        self._staying = _on_both_sides(before, after)
        self._counted: dict[tuple[int, str], list[str]] = {}
        self._turned: dict[str, list[Turn]] = {}

    def counted(self, condition: ConditionState, number: int, moved: Iterable[ResolvedPledge]) -> list[str]:
        """Those of the pledges moved so far that a condition's rule counts; the same whenever ``number`` is."""
        key = number, condition.condition
        if key not in self._counted:
            counts = list(self._counts_in(condition))
            world = self._after.world
            self._counted[key] = [
                one.pledge.pledge for one in moved if any(_weight(count, one, world) for count in counts)
            ]
        return self._counted[key]

    def turned(self, condition: ConditionState) -> list[Turn]:
        """All else that a condition's rule looks at and that counts for more where it holds."""
        name = condition.condition
        if name not in self._turned:
            found = (turn for count in self._counts_in(condition) for turn in self._turns(count))
            self._turned[name] = list({turn.what: turn for turn in found}.values())
        return self._turned[name]

    def _counts_in(self, condition: ConditionState) -> Iterator[SimpleRule]:
        """The simple rules that decide a condition, those of the conditions that its rule refers to included; each
        condition is met once."""
        referred = {condition.condition}
        rest = [condition]
        for one in rest:
            if one.is_decided or one.rule is None:
                continue
            for part, _ in walk(one.rule):
                yield part
                other = self._after.world.conditions.get(getattr(part, "condition", ""))
                if other is not None and other.condition not in referred:
                    referred.add(other.condition)
                    rest.append(other)

    def _turns(self, count: SimpleRule) -> Iterator[Turn]:
        match count:
            case ConditionHolds():
                yield from self._of_condition(count.condition)
            case StanceAtLeast():
                yield from self._of_stance(count)
            case AllMembersAtLeast():
                yield from self._of_members()
        for before, after in unless_stopped(self._staying):
            weights = _weight(count, before, self._before.world), _weight(count, after, self._after.world)
            if weights[0] != weights[1] and (weights[0] < weights[1]) == self._comes:
                yield Turn(f"pledge:{after.pledge.pledge}", *_differing(before, after))

    def _of_condition(self, name: str) -> Iterator[Turn]:
        was, is_now = (_status(name, scene) for scene in (self._before, self._after))
        held, holds = (scene.cascade.holds.get(name, False) for scene in (self._before, self._after))
        if held != holds and holds == self._comes:
            yield Turn(f"condition:{name}", was, is_now)

    def _of_stance(self, count: StanceAtLeast) -> Iterator[Turn]:
        reached, reaches = (stance_reaches(count, scene.world) for scene in (self._before, self._after))
        if reached != reaches and reaches == self._comes:
            was, is_now = (_stance(count, scene.world) for scene in (self._before, self._after))
            on = f"/{count.capability}" if count.capability else ""
            yield Turn(f"stance:{count.actor}{on}", was, is_now)

    def _of_members(self) -> Iterator[Turn]:
        """The first members, or those that a rule about all of them need no longer wait for."""
        were, are = self._before.world.members, self._after.world.members
        lacking, having = (were, are) if self._comes else (are, were)
        for member in sorted(lacking - having if lacking else having):
            yield Turn(f"member:{member}", *("a member" if member in one else "not a member" for one in (were, are)))


def _on_both_sides(before: Scene, after: Scene) -> list[tuple[ResolvedPledge, ResolvedPledge]]:
    """The pledges that are available in both scenes and differ."""
    was, is_now = available_in(before), available_in(after)
    both = [(was[name], waiting) for name, waiting in is_now.items() if name in was]
    return [(one, other) for one, other in both if one.pledge is not other.pledge]


def available_in(scene: Scene) -> dict[str, ResolvedPledge]:
    """The available pledges by name."""
    standing = scene.cascade.standing
    return {name: w for w in scene.cascade.waiting if standing.get(name := w.pledge.pledge) == "available"}


def _weight(count: SimpleRule, waiting: ResolvedPledge, world: RuleContext) -> int:
    """What a pledge counts for in a rule; 0 if the rule does not count it."""
    pledge = waiting.pledge
    if not waiting.is_force:
        return 0
    match count:
        case PersonnelAtLeast():
            return waiting.personnel_min
        case ContributorsAtLeast():
            return 1
        case AllMembersAtLeast():
            return LEVEL_RANK[pledge.level] if pledge.contributor in world.members else 0
        case ContributorAtLeast():
            is_of = count.capability in (None, pledge.capability) and pledge.contributor == count.contributor
            return LEVEL_RANK[pledge.level] if is_of else 0
    return 0


def _differing(before: ResolvedPledge, after: ResolvedPledge) -> tuple[str, str]:
    """What rules count of a pledge, where that differs."""
    sides = [
        (w.pledge.level, f"{w.personnel_min} people", w.pledge.contributor, w.pledge.capability, w.pledge.purpose)
        for w in (before, after)
    ]
    differing = [(one, other) for one, other in zip(*sides, strict=True) if one != other]
    was, is_now = (", ".join(side) for side in zip(*differing, strict=True))
    return was, is_now


def _status(name: str, scene: Scene) -> str:
    condition = scene.world.conditions.get(name)
    if condition is None:
        return "not there"
    return "holds" if condition.status == "open" and scene.cascade.holds[name] else condition.status


def _stance(count: StanceAtLeast, world: RuleContext) -> str:
    stance = world.stance_of(count.actor, count.capability)
    return "not there" if stance is None else str(stance.latest.fact.stance)
