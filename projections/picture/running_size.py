"""The size of the force while the states that it is made from change one by one.

A timeline moves it from change to change, a difference from one side towards the other. What a change does not touch is
not worked out again: pledges are resolved, enter and leave figures, and are summed by the functions that a picture
uses, so the figures are those of a picture with the same states."""

from collections.abc import Iterable, Mapping
from typing import Any

from domain.concepts.conditions import ConditionState
from domain.concepts.members import MemberState
from domain.concepts.pledges import PledgeState
from domain.concepts.requirements import RequirementState
from domain.concepts.stances import StanceState
from domain.facts import Thing
from projections.confidence import Doubt
from projections.picture.aid import ByUnit, aid_by_purpose
from projections.picture.cascade import Cascade, ConditionsOn, ResolvedPledge, cascade_among, resolved
from projections.picture.figures import Figures
from projections.picture.groups import Entries, FigureGroup, FigureGroups, on_the_ground, remainder
from projections.picture.needs import RequirementFigures, needs_in
from projections.picture.readiness import within_days
from projections.picture.scene import IN_ORDER, Scene, world_of

SIZING: dict[str, type] = {
    "pledge": PledgeState,
    "condition": ConditionState,
    "member": MemberState,
    "stance": StanceState,
    "requirement": RequirementState,
}
"""The kinds of thing whose states the figures depend on, with the types of these states."""

NO_DOUBTS: Mapping[str, Doubt] = {}

_WORLD = (ConditionState, MemberState, StanceState)

_PledgeEntries = tuple[Any, Entries, Entries]
"""A pledge, and how its remainder and its deployed part enter the figures."""

_NOTHING: _PledgeEntries = None, (), ()


class RunningSize:
    """The size of the force at one time, by states that may change.

    ``put`` and ``turn`` say what changes; the figures asked for afterwards are those of the new states. ``doubts`` are
    what is doubtful about any pledge among the states, by name.
    """

    def __init__(self, valid_us: int, states: Iterable[Any] = (), doubts: Mapping[str, Doubt] = NO_DOUBTS) -> None:
        self.valid_us = valid_us
        self._states: dict[type, dict[str, Any]] = {kind: {} for kind in SIZING.values()}
        self._resolved: dict[str, ResolvedPledge] = {}
        self._entered: dict[str, _PledgeEntries] = {}
        self._doubts: dict[str, Doubt] = {}
        self._parts: dict[str, tuple[str, ...]] = {}
        self._groups = FigureGroups()
        self._cascade, self._world = Cascade([]), world_of((), (), ())
        self._conditions_on = ConditionsOn(self._world)
        self._moved: set[str] = set()
        self._is_world_new = False
        self._decided: set[str] = set()
        for state in states:
            thing = state.latest.thing
            self.put(thing, state, doubts.get(thing.id) if thing.kind == "pledge" else None)

    def copy(self) -> "RunningSize":
        """The same size, which can change independently."""
        self._settle()
        other = RunningSize(self.valid_us)
        other._states = {kind: dict(states) for kind, states in self._states.items()}
        other._resolved, other._entered = dict(self._resolved), dict(self._entered)
        other._doubts, other._parts = dict(self._doubts), dict(self._parts)
        other._groups = self._groups.copy()
        other._cascade, other._world, other._conditions_on = self._cascade, self._world, self._conditions_on
        return other

    # --- what changes ---

    def put(self, thing: Thing, state: Any, doubt: Doubt | None = None) -> None:
        """Replace the state of a thing; ``None``: it is no longer in force. Things of other kinds are ignored.

        ``doubt`` is what is doubtful about a pledge.
        """
        kind = SIZING.get(thing.kind)
        if kind is None:
            return
        whole = self._whole_of(thing.id) if kind is PledgeState else None
        if state is None:
            self._states[kind].pop(thing.id, None)
        else:
            self._states[kind][thing.id] = state
        if kind is PledgeState:
            self._moved.add(thing.id)
            if whole is not None or (state is not None and state.part_of is not None):
                self._let_whole_follow(thing.id, whole, None if state is None else state.part_of)
            if doubt is not None:
                self._doubts[thing.id] = doubt
            elif self._doubts:
                self._doubts.pop(thing.id, None)
        self._is_world_new |= kind in _WORLD
        if kind is ConditionState:
            self._decided.add(thing.id)

    def turn(self, pledge: str) -> None:
        """Look again at a pledge that one of its dates has reached."""
        self._moved.add(pledge)
        if (whole := self._whole_of(pledge)) is not None:
            self._moved.add(whole)

    def _whole_of(self, name: str) -> str | None:
        """The pledge that a pledge is part of, if it is."""
        pledge: PledgeState | None = self._states[PledgeState].get(name)
        return None if pledge is None else pledge.part_of

    def _let_whole_follow(self, part: str, was: str | None, is_now: str | None) -> None:
        """Note of what a pledge is now a part, and look again at what it was and is a part of."""
        for whole in {was, is_now} - {None}:
            assert whole is not None
            self._moved.add(whole)
            others = tuple(name for name in self._parts.get(whole, ()) if name != part)
            self._parts[whole] = (*others, part) if whole == is_now else others

    # --- what is answered ---

    def figures(self) -> Figures:
        """The figures of all."""
        self._settle()
        return self._groups.all.figures()

    def aid(self) -> dict[str, ByUnit]:
        """The aid of all, by purpose and unit."""
        self._settle()
        return aid_by_purpose(self._groups)

    def required(self) -> list[RequirementFigures]:
        """The requirements beside what there is."""
        self._settle()
        return needs_in(self._groups, self._in_order(RequirementState))

    def part(self, steps: list[str]) -> Any:
        """One figure, or requirement, by the steps that lead to it in a picture; ``None`` where there is none."""
        if steps[:2] == ["size", "required"]:
            return next((one for one in self.required() if one.requirement == steps[2]), None)
        self._settle()
        if steps[:2] == ["size", "within_days"]:
            return within_days(self._groups.all)[steps[2]]
        group, names = self._group(steps)
        if group is None:
            return None
        names = names[names[0] == "other_units" :]
        return group.figure(names[0]) if len(names) == 1 else getattr(group.in_unit(names[0]), names[1])

    def _group(self, steps: list[str]) -> tuple[FigureGroup | None, list[str]]:
        """The group that a figure is one of, and the steps that lead on from it."""
        groups = self._groups
        match steps:
            case ["size", ("by_contributor" | "by_capability") as grouped, key, *rest]:
                return getattr(groups, grouped).get(key), rest
            case ["aid", "by_contributor", contributor, purpose, *rest]:
                return groups.aid_by_contributor.get((contributor, purpose)), rest
            case ["aid", purpose, *rest]:
                return groups.aid.get(purpose), rest
        return groups.all, steps[1:]

    def scene(self) -> Scene:
        """The states with the cascade resolved, for what stands behind the figures."""
        self._settle()
        by_type = {kind: self._in_order(kind) for kind in SIZING.values()}
        return Scene(
            None, by_type[PledgeState], self._cascade, self._world, by_type, self.valid_us, doubts=dict(self._doubts)
        )

    def _in_order(self, kind: type) -> list[Any]:
        return sorted(self._states[kind].values(), key=IN_ORDER[kind])

    # --- working out what has moved ---

    def _settle(self) -> None:
        if not self._moved and not self._is_world_new:
            return
        if self._is_world_new:
            before = self._world
            conditions, members, stances = map(self._in_order, _WORLD)
            self._world = world_of(conditions, members, stances, dict(before.bit))
            self._conditions_on = ConditionsOn(self._world)
            for name in self._decided:
                self._moved |= self._touched_by(before.conditions.get(name), self._world.conditions.get(name))
        for name in self._moved:
            self._resolve(name)
        outcome, self._cascade = self._cascade, cascade_among([*self._resolved.values()], self._world)
        self._moved |= _differing(outcome, self._cascade)
        moving = {pledge.pledge for pledge in self._cascade.if_all_move}
        for name in self._moved:
            self._reenter(name, name in moving)
        self._moved.clear()
        self._decided.clear()
        self._is_world_new = False

    def _touched_by(self, *states: ConditionState | None) -> set[str]:
        """The pledges that a condition may be on, by what it was and what it is, if that makes a difference to them."""
        versions = [state for state in states if state is not None]
        if len({_decision(state) for state in states}) == 1:
            return set()
        if any(state.is_coalition_wide for state in versions):
            return set(self._states[PledgeState])
        contributors = {name for state in versions for name in state.contributors}
        waived = {name for state in versions for name in state.waived_pledges}
        conditions = {state.condition for state in versions}
        return {
            name
            for name, pledge in self._states[PledgeState].items()
            if name in waived or pledge.contributor in contributors or not conditions.isdisjoint(pledge.conditions)
        }

    def _resolve(self, name: str) -> None:
        pledges: dict[str, PledgeState] = self._states[PledgeState]
        pledge = pledges.get(name)
        if pledge is None or pledge.is_over:
            self._resolved.pop(name, None)
        else:
            before, doubt = self._resolved.get(name), self._doubts.get(name)
            parts = [one for part in self._parts.get(name, ()) if not (one := pledges[part]).is_over]
            self._resolved[name] = resolved(pledge, self._conditions_on, self.valid_us, before, doubt, parts=parts)

    def _reenter(self, name: str, is_moving: bool) -> None:
        pledge: PledgeState | None = self._states[PledgeState].get(name)
        before = self._entered.get(name, _NOTHING)
        now = _NOTHING
        if pledge is not None:
            waiting = self._resolved.get(name)
            standing = self._cascade.standing.get(name)
            doubt = self._doubts.get(name)
            is_same = before[0] is pledge and all(entry.part.doubt == doubt for entry in before[2])
            now = (
                pledge,
                () if waiting is None else remainder(waiting, standing, is_moving),
                before[2] if is_same else on_the_ground(pledge, doubt),
            )
        if now == before:
            return
        for entry in (*before[1], *before[2]):
            self._groups.own(before[0], entry)
            self._groups.leave(before[0], entry)
        entries = (*now[1], *now[2])
        for entry in entries:
            self._groups.own(now[0], entry)
        self._groups.enter(now[0], entries)
        self._groups.forget(now[0], entries)
        self._entered[name] = now


def _decision(condition: ConditionState | None) -> tuple[Any, ...] | None:
    """All about a condition, but for its rule, that pledges depend on."""
    if condition is None:
        return None
    return (
        condition.status, condition.is_coalition_wide, condition.contributors, condition.waived_pledges,
        condition.waived_contributors,
    )  # fmt: skip


def _differing(before: Cascade, after: Cascade) -> set[str]:
    """The pledges that two outcomes of a cascade do not treat alike."""
    standing = before.standing.items() ^ after.standing.items()
    moving, moving_now = ({pledge.pledge for pledge in one.if_all_move} for one in (before, after))
    return {name for name, _ in standing} | (moving ^ moving_now)


def sizing_states(scene: Scene) -> dict[Thing, Any]:
    """The states of a scene that the figures of the size depend on, by thing."""
    kinds: Iterable[type[Any]] = SIZING.values()
    return {state.latest.thing: state for kind in kinds for state in scene.of(kind)}
