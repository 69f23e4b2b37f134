"""What many facts of a pledge that only add to its sums come to, taken together.

A deployment adds to what is on the ground, and a disbursement to what has been paid. Neither changes anything else but
who spoke last. So a run of them can be added up without the pledge, and be applied to it as one.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from domain.concepts.pledges import forces
from domain.concepts.pledges.facts import (
    ForcesDeployed,
    ForcesReturned,
    FundsDisbursed,
    PledgeAmended,
    StrengthReported,
)
from domain.concepts.pledges.forces import Deployment, Forces
from domain.concepts.pledges.state import PledgeState, confirmed, forces_of, is_its_own
from domain.facts import Entry, with_changes
from domain.quantities import Quantity, is_nothing, plus, plus_all_in_one_unit


class Run(NamedTuple):
    """Deployments and disbursements that follow one another: all that they bring, and all that they pay.

    ``parts`` has their entries in several sequences.
    """

    parts: tuple[Sequence[Entry], ...]
    forces: Forces | None
    paid: Quantity | None

    @property
    def unit(self) -> str:
        """The unit of all of them."""
        return str(self.parts[0][0].fact.quantity.unit)

    @property
    def last_us(self) -> int:
        """When the last one takes effect."""
        return self.parts[-1][-1].effective_us


def only_adds(fact: Any) -> bool:
    """Whether a fact only adds to a sum."""
    return isinstance(fact, (ForcesDeployed, FundsDisbursed)) and not is_nothing(fact.quantity)


def changes_only_sums(fact: Any) -> bool:
    """Whether a fact changes nothing but sums: it adds to one, takes from one, or counts what is there."""
    return only_adds(fact) or isinstance(fact, (ForcesReturned, StrengthReported))


def asks_for_sums(fact: Any) -> bool:
    """Whether a rule of a fact looks at a sum."""
    return isinstance(fact, ForcesReturned) or (isinstance(fact, PledgeAmended) and fact.quantity is not None)


def run_of(entries: Sequence[Entry]) -> Run | None:
    """Facts that only add, taken together; ``None`` if they are in several units, which only add up in their order."""
    if len({entry.fact.quantity.unit for entry in entries}) > 1:
        return None
    came = [
        (entry.fact.basing, Deployment(entry.event_id, entry.fact.quantity))
        for entry in entries
        if isinstance(entry.fact, ForcesDeployed)
    ]
    paid = [entry.fact.quantity for entry in entries if isinstance(entry.fact, FundsDisbursed)]
    return Run((entries,), forces.arrived(came) if came else None, plus_all_in_one_unit(paid) if paid else None)


def joined(one: Run, later: Run) -> Run | None:
    """Two runs as one; ``None`` if they are in different units."""
    if one.unit != later.unit:
        return None
    both = forces.joined(one.forces, later.forces, all_arrived=True) if later.forces else one.forces
    return Run(one.parts + later.parts, both, _both(one.paid, later.paid))


def _both(one: Quantity | None, other: Quantity | None) -> Quantity | None:
    return plus(one, other) if one is not None and other is not None else one or other


def after_run(state: PledgeState, run: Run) -> PledgeState:
    """The pledge after a run, during which it does not expire: as after each of its facts, one by one."""
    details, there = state.details, state.deployed
    if run.forces is not None:
        both = forces.joined(forces_of(state), run.forces)
        details, there = details._replace(forces=both.places), both.total
    if run.paid is not None:
        details = details._replace(disbursed=_both(details.disbursed, run.paid))
    state = with_changes(state, latest=run.parts[-1][-1], deployed=there, details=details)
    entries = (entry for part in reversed(run.parts) for entry in reversed(part))
    own = next((entry for entry in entries if is_its_own(entry.fact, state.contributor)), None)
    return state if own is None else confirmed(state, own)
