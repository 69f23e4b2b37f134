"""Pledges: what one contributor would itself provide, of one capability."""

from domain.concepts.pledges.facts import (
    AMENDABLE,
    Caveat,
    CaveatDeclared,
    CaveatLifted,
    ForcesDeployed,
    ForcesReturned,
    FundsDisbursed,
    Phase,
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
from domain.concepts.pledges.rules import broken_rule
from domain.concepts.pledges.state import PledgeState, evolve

__all__ = [
    "AMENDABLE",
    "Caveat",
    "CaveatDeclared",
    "CaveatLifted",
    "ForcesDeployed",
    "ForcesReturned",
    "FundsDisbursed",
    "Phase",
    "PledgeAmended",
    "PledgeLapsed",
    "PledgeLowered",
    "PledgeMade",
    "PledgeRaised",
    "PledgeReaffirmed",
    "PledgeResumed",
    "PledgeState",
    "PledgeSuspended",
    "PledgeWithdrawn",
    "StrengthReported",
    "broken_rule",
    "evolve",
]
