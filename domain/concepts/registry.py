"""Every kind of thing: its facts, how they change it, the rules that they must keep, and the name of its list."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple

from pydantic import Field

from domain.concepts import (
    actor_names,
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
from domain.concepts.actor_names import ActorNamed
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
    FundsDisbursed,
    PledgeAmended,
    PledgeLapsed,
    PledgeLowered,
    PledgeMade,
    PledgeRaised,
    PledgeReaffirmed,
    PledgeResumed,
    PledgeSuspended,
    PledgeWithdrawn,
    StrengthReported,
)
from domain.concepts.pledges import sums as pledge_sums
from domain.concepts.requirements import RequirementAmended, RequirementStated, RequirementWithdrawn
from domain.concepts.stances import StanceStated, SupportSought
from domain.concepts.statements import CountEnded, CountReported, StatementMade
from domain.facts import Entry, Fact
from domain.refusals import RuleBroken

WorldFact = Annotated[
    CoalitionFormed | CoalitionRenamed | MemberJoined | MemberLeft | CommandArranged
    | RequirementStated | RequirementAmended | RequirementWithdrawn
    | PledgeMade | PledgeAmended | PledgeRaised | PledgeLowered | PledgeReaffirmed | PledgeWithdrawn | PledgeSuspended
    | PledgeResumed | PledgeLapsed | ForcesDeployed | StrengthReported | ForcesReturned | FundsDisbursed
    | CaveatDeclared | CaveatLifted
    | ConditionStated | ConditionAttached | ConditionDetached | ConditionMet | ConditionFailed | ConditionReopened
    | ConditionWaived
    | BasingProposed | BasingAgreed | BasingRuledOut | BasingEnded | StanceStated | SupportSought
    | MeetingScheduled | MeetingHeld | MeetingCancelled | MeetingOutcomeRecorded | StatementMade | CountReported
    | CountEnded | ActorNamed,
    Field(discriminator="type"),
]  # fmt: skip
"""Every fact about the world."""


class Sums(NamedTuple):
    """The facts about a kind of thing that change nothing but its sums.

    Of those that only add to them, many can be taken together, and no rule looks at a sum. ``run_of`` takes facts that
    follow one another together, and ``joined`` two runs, or they return ``None`` if that cannot be; ``after_run`` is
    the thing after them.
    """

    changes_only_sums: Callable[[Any], bool]
    only_adds: Callable[[Any], bool]
    asks_for_sums: Callable[[Any], bool]
    run_of: Callable[[Sequence[Entry]], Any]
    joined: Callable[[Any, Any], Any]
    after_run: Callable[[Any, Any], Any]


class Concept(NamedTuple):
    """One kind of thing; ``list_name`` is the list that shows its things, if any."""

    facts: tuple[type[Fact], ...]
    evolve: Callable[[Any, Entry], Any]
    broken_rule: Callable[[Any, Entry], RuleBroken | None]
    list_name: str | None = None
    sums: Sums | None = None


CONCEPTS: dict[str, Concept] = {
    "coalition": Concept((CoalitionFormed, CoalitionRenamed), coalition.evolve, coalition.broken_rule),
    "pledge": Concept(
        (
            PledgeMade, PledgeAmended, PledgeRaised, PledgeLowered, PledgeReaffirmed, PledgeWithdrawn, PledgeSuspended,
            PledgeResumed, PledgeLapsed, ForcesDeployed, StrengthReported, ForcesReturned, FundsDisbursed,
            CaveatDeclared, CaveatLifted,
        ),
        pledges.evolve, pledges.broken_rule, "pledges",
        Sums(
            pledge_sums.changes_only_sums, pledge_sums.only_adds, pledge_sums.asks_for_sums,
            pledge_sums.run_of, pledge_sums.joined, pledge_sums.after_run,
        ),
    ),
    "requirement": Concept(
        (RequirementStated, RequirementAmended, RequirementWithdrawn),
        requirements.evolve, requirements.broken_rule, "requirements",
    ),
    "condition": Concept(
        (
            ConditionStated, ConditionAttached, ConditionDetached, ConditionMet, ConditionFailed, ConditionReopened,
            ConditionWaived,
        ),
        conditions.evolve, conditions.broken_rule, "conditions",
    ),
    "basing": Concept(
        (BasingProposed, BasingAgreed, BasingRuledOut, BasingEnded), basing.evolve, basing.broken_rule, "basing"
    ),
    "meeting": Concept(
        (MeetingScheduled, MeetingHeld, MeetingCancelled), meetings.evolve, meetings.broken_rule, "meetings"
    ),
    "outcome": Concept((MeetingOutcomeRecorded,), meetings.evolve_outcome, meetings.outcome_broken_rule),
    "member": Concept((MemberJoined, MemberLeft), members.evolve, members.broken_rule, "members"),
    "command": Concept((CommandArranged,), commands.evolve, commands.broken_rule),
    "stance": Concept((StanceStated,), stances.evolve, stances.broken_rule, "stances"),
    "support": Concept((SupportSought,), stances.evolve_support, stances.broken_rule),
    "statement": Concept((StatementMade,), statements.evolve, statements.broken_rule, "statements"),
    "actor": Concept((ActorNamed,), actor_names.evolve, actor_names.broken_rule),
    "report": Concept(
        (CountReported, CountEnded), statements.evolve_count, statements.broken_rule_of_count, "counts"
    ),
}  # fmt: skip
"""Each kind of thing by its name. A condition attached to a pledge belongs to that pledge's history."""

LISTS: dict[str, str] = {concept.list_name: kind for kind, concept in CONCEPTS.items() if concept.list_name}
"""The kind of the things on each list, by the list's name, in the order in which lists are shown."""
