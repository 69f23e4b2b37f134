"""The scene that every question starts from: the states in force at one view by kind, with the cascade resolved."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from domain.concepts.basing import BasingState
from domain.concepts.coalition import FORMATION, CoalitionState
from domain.concepts.commands import CommandState
from domain.concepts.conditions import ConditionState
from domain.concepts.meetings import MeetingState
from domain.concepts.members import MemberState
from domain.concepts.pledges import PledgeState
from domain.concepts.requirements import RequirementState
from domain.concepts.stances import StanceState, SupportState
from domain.concepts.statements import CountState, StatementState
from domain.facts import Thing
from domain.history.history import View
from domain.history.knowledge import SetAside
from projections.picture.cascade import Cascade, RuleContext, cascade_of
from projections.picture.figures import Bounds

State = TypeVar("State")


@dataclass(slots=True)
class Scene:
    """The states in force by type, with the cascade resolved: all parts of a picture are made from it."""

    coalition: CoalitionState | None
    pledges: list[PledgeState]
    cascade: Cascade
    world: RuleContext
    by_type: dict[type, list[Any]] = field(default_factory=dict)
    valid_us: int = 0
    named: dict[tuple[str | None, ...], tuple[Bounds, tuple[PledgeState, ...]]] = field(default_factory=dict)

    def of(self, kind: type[State]) -> list[State]:
        """All states of a type, by name."""
        return self.by_type.get(kind, [])


def scene_of(view: View) -> Scene:
    """Sort the states in force, and resolve the cascade. Before the coalition is formed, a scene is empty."""
    coalition = view.state(FORMATION)
    return _scene_with(coalition, () if coalition is None else view.states(), view.valid_us)


def scene_between(one: Scene, other: Scene, moved: Collection[Thing]) -> Scene:
    """The scene in which some things are as in the other scene already, and all else that sizes depend on is as in the
    one; its time is the other's."""
    states = [state for state in _sizing_states(one) if state.latest.thing not in moved]
    states += [state for state in _sizing_states(other) if state.latest.thing in moved]
    return _scene_with(other.coalition, states, other.valid_us)


def sizing_things(scene: Scene) -> set[Thing]:
    """The things of a scene that the figures of the size depend on."""
    return {state.latest.thing for state in _sizing_states(scene)}


def _sizing_states(scene: Scene) -> Iterable[Any]:
    return (state for kind in _SIZING for state in scene.by_type.get(kind, ()))


def _scene_with(coalition: CoalitionState | None, states: Iterable[Any], valid_us: int) -> Scene:
    by_type: dict[type, list[Any]] = {}
    for state in states:
        by_type.setdefault(type(state), []).append(state)
    for kind, key in _ORDER.items():
        by_type.get(kind, []).sort(key=key)
    world = _world(by_type)
    pledges: list[PledgeState] = by_type.get(PledgeState, [])
    cascade = cascade_of((pledge for pledge in pledges if not pledge.is_over), world, valid_us)
    return Scene(coalition, pledges, cascade, world, by_type, valid_us)


_SIZING = (PledgeState, ConditionState, MemberState, StanceState, RequirementState)
"""The kinds of state that the figures of the size depend on."""


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
    StatementState: attrgetter("latest.effective_us", "latest.sequence"),
    CountState: attrgetter("latest.effective_us", "latest.sequence"),
    SetAside: attrgetter("event.sequence"),
}


def _world(by_type: dict[type, list[Any]]) -> RuleContext:
    members = frozenset(m.member for m in by_type.get(MemberState, []) if m.role in ("lead", "contributor"))
    own = {
        (fact.actor, fact.capability): state
        for state in by_type.get(StanceState, [])
        if (fact := state.latest.fact).said_by is None and fact.zone is None
    }
    conditions = {state.condition: state for state in by_type.get(ConditionState, [])}
    return RuleContext(conditions, members, own)
