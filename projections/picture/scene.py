"""The scene that every question starts from: the states in force at one view by kind, with the cascade resolved."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, TypeVar

from domain.checkpoints import unless_stopped
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
from domain.history.history import View
from domain.history.knowledge import SetAside
from domain.history.overlay import known_at
from projections.confidence import Confidence, Doubt, RestsOn, Trust
from projections.picture.cascade import Cascade, RuleContext, cascade_of
from projections.picture.figures import Bounds

State = TypeVar("State")


@dataclass(slots=True)
class Scene:
    """The states in force by type, with the cascade resolved: all parts of a picture are made from it.

    ``doubts`` are what is doubtful about the sources of any pledge, by its name. A scene of a view has its
    ``confidence``. While the coalition is not formed, ``before_formation`` counts the facts in effect, all left out.
    """

    coalition: CoalitionState | None
    pledges: list[PledgeState]
    cascade: Cascade
    world: RuleContext
    by_type: dict[type, list[Any]] = field(default_factory=dict)
    valid_us: int = 0
    named: dict[tuple[str | None, ...], tuple[Bounds, tuple[PledgeState, ...]]] = field(default_factory=dict)
    doubts: Mapping[str, Doubt] = field(default_factory=dict)
    confidence: Confidence | None = None
    before_formation: int | None = None

    def of(self, kind: type[State]) -> list[State]:
        """All states of a type, by name."""
        return self.by_type.get(kind, [])

    def rests_on(self, state: Any) -> RestsOn:
        """What the value of a thing rests on, by its state."""
        assert self.confidence is not None, "only a view has events"
        return self.confidence.rests_on(state)

    def trust(self, state: Any) -> Trust:
        """On which fields the sources of a thing disagree, and what its value rests on, by its state."""
        assert self.confidence is not None, "only a view has events"
        return self.confidence.trust(state)


def scene_of(view: View) -> Scene:
    """Sort the states in force, and resolve the cascade. Before the coalition is formed, a scene is empty."""
    coalition = view.state(FORMATION)
    by_type: dict[type, list[Any]] = {}
    for state in () if coalition is None else view.states():
        by_type.setdefault(type(state), []).append(state)
    for kind, key in IN_ORDER.items():
        by_type.get(kind, []).sort(key=key)
    conditions, members, stances = (by_type.get(kind, []) for kind in (ConditionState, MemberState, StanceState))
    world = world_of(conditions, members, stances)
    pledges: list[PledgeState] = by_type.get(PledgeState, [])
    confidence = Confidence(view)
    doubts = confidence.doubts(pledges)
    cascade = cascade_of((pledge for pledge in pledges if not pledge.is_over), world, view.valid_us, doubts)
    older = _facts_in_effect(view) if coalition is None else None
    return Scene(
        coalition, pledges, cascade, world, by_type, view.valid_us, doubts=doubts, confidence=confidence,
        before_formation=older,
    )  # fmt: skip


def _facts_in_effect(view: View) -> int:
    """How many facts about the world had taken effect."""
    corrections = known_at(view.knowledge, view.position).corrections
    aside = {one.event.event_id for one in view.set_aside()}
    entries = (corrections.entry(event) for event in unless_stopped(view.events()) if event.event_id not in aside)
    return sum(entry is not None and entry.effective_us <= view.valid_us for entry in entries)


IN_ORDER: dict[type, Any] = {
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
    CountState: lambda state: (-state.value.effective_us, -state.value.sequence),
    SetAside: attrgetter("event.sequence"),
}
"""The order of the states of each type in a scene."""


def world_of(
    conditions: Iterable[ConditionState],
    members: Iterable[MemberState],
    stances: Iterable[StanceState],
    bit: dict[str, int] | None = None,
) -> RuleContext:
    """What rules are evaluated against, from states in force; conditions in the order in which they were stated."""
    own = {
        (fact.actor, fact.capability): state
        for state in stances
        if (fact := state.latest.fact).said_by is None and fact.zone is None
    }
    joined = frozenset(member.member for member in members if member.has_any("lead", "contributor"))
    return RuleContext({state.condition: state for state in conditions}, joined, own, bit or {})
