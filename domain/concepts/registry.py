"""Every kind of thing: its facts, how it changes, and the rules that its facts must keep."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from domain.concepts import (
    basing,
    coalition,
    commands,
    conditions,
    meetings,
    members,
    pledges,
    requirements,
    stances,
    statements,
)
from domain.concepts.basing import BasingAgreed, BasingEnded, BasingProposed, BasingRuledOut
from domain.concepts.coalition import CoalitionFormed, CoalitionRenamed
from domain.concepts.commands import CommandArranged
from domain.concepts.conditions import (
    ConditionAttached,
    ConditionDetached,
    ConditionFailed,
    ConditionMet,
    ConditionReopened,
    ConditionStated,
    ConditionWaived,
)
from domain.concepts.meetings import MeetingCancelled, MeetingHeld, MeetingOutcomeRecorded, MeetingScheduled
from domain.concepts.members import MemberJoined, MemberLeft
from domain.concepts.pledges import (
    CaveatDeclared,
    CaveatLifted,
    ForcesDeployed,
    ForcesReturned,
    PledgeAmended,
    PledgeLapsed,
    PledgeLowered,
    PledgeMade,
    PledgeRaised,
    PledgeReaffirmed,
    PledgeResumed,
    PledgeSuspended,
    PledgeWithdrawn,
)
from domain.concepts.requirements import RequirementAmended, RequirementStated, RequirementWithdrawn
from domain.concepts.stances import StanceStated, SupportSought
from domain.concepts.statements import CountReported, StatementMade
from domain.facts import Entry
from domain.refusals import RuleBroken

WorldFact = Annotated[
    CoalitionFormed | CoalitionRenamed | MemberJoined | MemberLeft | CommandArranged
    | RequirementStated | RequirementAmended | RequirementWithdrawn
    | PledgeMade | PledgeAmended | PledgeRaised | PledgeLowered | PledgeReaffirmed | PledgeWithdrawn | PledgeSuspended
    | PledgeResumed | PledgeLapsed | ForcesDeployed | ForcesReturned | CaveatDeclared | CaveatLifted
    | ConditionStated | ConditionAttached | ConditionDetached | ConditionMet | ConditionFailed | ConditionReopened
    | ConditionWaived
    | BasingProposed | BasingAgreed | BasingRuledOut | BasingEnded | StanceStated | SupportSought
    | MeetingScheduled | MeetingHeld | MeetingCancelled | MeetingOutcomeRecorded | StatementMade | CountReported,
    Field(discriminator="type"),
]  # fmt: skip
"""Every fact about the world."""


class Concept(NamedTuple):
    """How one kind of thing changes, and what its facts must not do."""

    evolve: Callable[[Any, Entry], Any]
    broken_rule: Callable[[Any, Entry], RuleBroken | None]


CONCEPTS: dict[str, Concept] = {
    "coalition": Concept(coalition.evolve, coalition.broken_rule),
    "member": Concept(members.evolve, members.broken_rule),
    "command": Concept(commands.evolve, commands.broken_rule),
    "requirement": Concept(requirements.evolve, requirements.broken_rule),
    "pledge": Concept(pledges.evolve, pledges.broken_rule),
    "condition": Concept(conditions.evolve, conditions.broken_rule),
    "basing": Concept(basing.evolve, basing.broken_rule),
    "stance": Concept(stances.evolve, stances.broken_rule),
    "support": Concept(stances.evolve_support, stances.broken_rule),
    "meeting": Concept(meetings.evolve, meetings.broken_rule),
    "outcome": Concept(meetings.evolve_outcome, meetings.outcome_broken_rule),
    "statement": Concept(statements.evolve, statements.broken_rule),
    "report": Concept(statements.evolve_count, statements.broken_rule),
}
