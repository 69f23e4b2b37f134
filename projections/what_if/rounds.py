"""The pledges that drop out or become available between two scenes, round by round, each with all its causes.

Pledges drop out in rounds, as they become available: first those that the changes themselves touch, then those that
waited for them by rules, and so on.

A pledge is available if it counts by itself (it is in force, firm, not suspended, not upcoming) and nothing that it is
conditional on stands in its way. So a pledge that becomes available names the pledge itself if it did not count before,
and each condition that did not hold for it before, whether or not the pledge was there to wait for it: all of them are
needed. A pledge that drops out names the pledge itself if it no longer counts, and each condition that now stands in
its way: any of them suffices."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.checkpoints import unless_stopped
from domain.concepts.conditions import ConditionState
from projections.picture.cascade import ResolvedPledge, RuleCounts
from projections.picture.figures import Bounds
from projections.picture.scene import Scene
from projections.what_if.rule_causes import RuleCauses, Turn, available_in


@dataclass(slots=True)
class Reason:
    """What moved a pledge: a condition, or the pledge itself, as ``kind:id``; what it was, and what it is now.

    If the condition's rule decides it: ``through`` are the pledges that it counts and that moved in earlier rounds, or
    in the same where they hold each other up; ``by`` is all else that it looks at and that now counts for more, or for
    less.
    """

    what: str
    was: str
    is_now: str
    through: list[str]
    by: list[Turn]


@dataclass(slots=True)
class Move:
    """A pledge that is available on one side only; ``personnel`` is null in another unit, ``was`` if it is new."""

    pledge: str
    contributor: str
    capability: str
    personnel: Bounds | None
    was: str | None
    is_now: str | None
    because: list[Reason]


@dataclass(slots=True)
class Round:
    """The pledges that drop out, and that become available, in one round of the cascade."""

    round: int
    fell: list[Move]
    came_in: list[Move]


def rounds_between(before: Scene, after: Scene) -> list[Round]:
    """Which pledges are available in one scene and not in the other, in the rounds in which they fall and come in."""
    fallen, come = _Removal(before, after).rounds(), _Arrival(before, after).rounds()
    numbers = sorted({*fallen, *come})
    return [Round(number, fallen.get(number, []), come.get(number, [])) for number in numbers]


# --- dropping out -----------------------------------------------------------------------------------------------------


class _Removal:
    """Takes the pledges out that were available, round by round, until only those are left that still are."""

    def __init__(self, before: Scene, after: Scene) -> None:
        self._before = before
        self._after = after
        self._was = available_in(before)
        self._stays = available_in(after)
        self._now = _all(after)
        self._holds = {name: self._may_hold(name) for name in after.world.conditions}
        self._alive = dict(self._was)
        self._fallen: list[str] = []
        self._causes = RuleCauses(before, after, comes=False)

    def _may_hold(self, name: str) -> bool:
        """By facts, or by a rule that held before and has not been looked at yet."""
        condition = self._after.world.conditions[name]
        if condition.is_decided or condition.rule is None:
            return condition.status in ("met", "waived")
        return self._after.cascade.holds[name] or self._before.cascade.holds.get(name, False)

    def rounds(self) -> dict[int, list[Move]]:
        found: dict[int, list[Move]] = {}
        while falling := [name for name in unless_stopped(self._alive) if self._falls(name)]:
            found[len(found) + 1] = [self._move(name, self._fallen) for name in unless_stopped(falling)]
            self._take_out(falling)
        left = [name for name in self._alive if name not in self._stays]
        if left:
            # They would hold each other up, but nothing brings any of them in.
            self._holds = dict(self._after.cascade.holds)
            found[len(found) + 1] = [self._move(name, [*self._fallen, *left]) for name in unless_stopped(left)]
        return found

    def _falls(self, name: str) -> bool:
        waiting = self._now.get(name)
        return waiting is None or not waiting.is_candidate or waiting.is_kept_back(self._after.world.bits(self._holds))

    def _take_out(self, falling: list[str]) -> None:
        for name in falling:
            del self._alive[name]
        self._fallen += falling
        world = self._after.world
        standing = {name: self._now[name] for name in (*self._alive, *self._stays)}
        counted = RuleCounts(standing.values(), world)
        for name, holds in self._holds.items():
            if holds and not world.conditions[name].is_decided:
                self._holds[name] = counted.holds[name]

    def _move(self, name: str, moved: list[str]) -> Move:
        waiting = self._now.get(name)
        reasons = [] if waiting is None else list(self._conditions(waiting, moved))
        if waiting is None or not waiting.is_candidate:
            reasons.insert(0, Reason(f"pledge:{name}", "available", _standing(self._after, waiting), [], []))
        is_now = self._after.cascade.standing.get(name) if waiting is not None else None
        return _moved(self._was[name], "available", is_now, reasons)

    def _conditions(self, waiting: ResolvedPledge, moved: list[str]) -> Iterator[Reason]:
        was = self._was[waiting.pledge.pledge]
        for condition in waiting.conditions.values():
            if waiting.waits_for(condition, self._holds):
                yield Reason(
                    f"condition:{condition.condition}",
                    _status_of(condition.condition, was, self._before),
                    _status_of(condition.condition, waiting, self._after),
                    self._causes.counted(condition, len(moved), (self._was[one] for one in moved)),
                    self._causes.turned(condition),
                )


# --- becoming available -----------------------------------------------------------------------------------------------


class _Arrival:
    """The pledges that have become available, in the rounds of the cascade."""

    def __init__(self, before: Scene, after: Scene) -> None:
        self._before = before
        self._after = after
        self._earlier = _all(before)
        was = available_in(before)
        self._coming = {name: waiting for name, waiting in available_in(after).items() if name not in was}
        self._causes = RuleCauses(before, after, comes=True)

    def rounds(self) -> dict[int, list[Move]]:
        found: dict[int, list[Move]] = {}
        for name, waiting in unless_stopped(self._coming.items()):
            standing = self._before.cascade.standing.get(name)
            move = _moved(waiting, standing, "available", list(self._reasons(name, waiting)))
            found.setdefault(self._after.cascade.round[name], []).append(move)
        return found

    def _reasons(self, name: str, waiting: ResolvedPledge) -> Iterator[Reason]:
        earlier = self._earlier.get(name)
        if earlier is None or not earlier.is_candidate:
            yield Reason(f"pledge:{name}", _standing(self._before, earlier), "available", [], [])
        held = self._before.cascade.holds
        for condition in waiting.conditions.values():
            was = self._before.world.conditions.get(condition.condition)
            if was is None or waiting.waits_for(was, held):
                yield self._met(condition, waiting)
        if earlier is not None:
            gone = (one for one in earlier.conditions.values() if one.condition not in waiting.conditions)
            yield from (self._gone(one, waiting) for one in gone if earlier.waits_for(one, held))

    def _met(self, condition: ConditionState, waiting: ResolvedPledge) -> Reason:
        """A condition on the pledge that did not hold for it before, or was not there."""
        name = condition.condition
        was = self._before.world.conditions.get(name)
        reason = Reason(
            f"condition:{name}",
            "not there" if was is None else waiting.status_of(was),
            _status_of(name, waiting, self._after),
            [],
            [],
        )
        if reason.is_now == "holds":
            number = self._after.cascade.round[waiting.pledge.pledge]
            reason.through = self._causes.counted(condition, number, self._sooner(number))
            reason.by = self._causes.turned(condition)
        return reason

    def _gone(self, condition: ConditionState, waiting: ResolvedPledge) -> Reason:
        """A condition that the pledge waited for and that is no longer on it."""
        name = condition.condition
        was = _status_of(name, self._earlier[waiting.pledge.pledge], self._before)
        return Reason(f"condition:{name}", was, _status_of(name, waiting, self._after), [], [])

    def _sooner(self, number: int) -> Iterator[ResolvedPledge]:
        """The pledges that became available before a round."""
        rounds = self._after.cascade.round
        return (waiting for name, waiting in self._coming.items() if rounds[name] < number)


# --- both -------------------------------------------------------------------------------------------------------------


def _all(scene: Scene) -> dict[str, ResolvedPledge]:
    return {waiting.pledge.pledge: waiting for waiting in scene.cascade.waiting}


def _moved(waiting: ResolvedPledge, was: str | None, is_now: str | None, reasons: list[Reason]) -> Move:
    pledge = waiting.pledge
    size = waiting.people_now
    personnel = None if size is None or size.undisclosed else Bounds(size.min, size.max)
    return Move(pledge.pledge, pledge.contributor, pledge.capability, personnel, was, is_now, reasons)


def _standing(scene: Scene, waiting: ResolvedPledge | None) -> str:
    """What a pledge is in a scene, where it is not available by itself."""
    if waiting is None:
        return "not there"
    return scene.cascade.standing.get(waiting.pledge.pledge) or waiting.pledge.level


def _status_of(name: str, waiting: ResolvedPledge, scene: Scene) -> str:
    """What a condition is to a pledge: not there, not on it, its status by facts, or that its rule holds."""
    condition = waiting.conditions.get(name)
    if condition is None:
        return "not on it" if name in scene.world.conditions else "not there"
    status = waiting.status_of(condition)
    return "holds" if status == "open" and scene.cascade.holds[name] else status
