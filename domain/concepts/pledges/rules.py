"""The rules that a fact about a pledge must keep."""

from collections.abc import Callable

from domain.concepts.pledges.facts import (
    ForcesReturned,
    PledgeAmended,
    PledgeLowered,
    PledgeMade,
    PledgeRaised,
    PledgeWithdrawn,
)
from domain.concepts.pledges.forces import Forces
from domain.concepts.pledges.state import PledgeState, forces_of
from domain.facts import Entry
from domain.quantities import Quantity, exceeds, in_words, is_nothing, kind_of
from domain.refusals import (
    IdAlreadyUsed,
    LevelDoesNotMoveThatWay,
    NothingToUndo,
    PartOfAPart,
    PledgeIsOver,
    ReturnsMoreThanIsDeployed,
    RuleBroken,
    UnitIsNotThePledges,
    UnknownId,
    WithdrawsMoreThanIsLeft,
)
from domain.vocabulary import LEVEL_RANK


def broken_rule(state: PledgeState | None, entry: Entry) -> RuleBroken | None:
    """The rule that the fact would break, if any; ``state`` is the pledge when it takes effect."""
    fact = entry.fact
    if getattr(fact, "part_of", None) == fact.pledge:
        return PartOfAPart(f"the pledge {fact.pledge} is no part of itself", "/part_of")
    if fact.type == "PledgeMade":
        return _name_is_taken(state, fact)
    if state is None:
        return UnknownId(f"no pledge {fact.pledge} is on record", "/pledge")
    if state.is_over and fact.type != "ForcesReturned":
        return PledgeIsOver(
            f"the pledge {fact.pledge} is already over {entry.start_in_words} ({state.status}): "
            "only a return of forces can follow; record a renewed offer as a new pledge",
            "/pledge", _between(state),
        )  # fmt: skip
    broken_by = _BROKEN_BY.get(fact.type)
    return None if broken_by is None else broken_by(state, entry)


def _name_is_taken(state: PledgeState | None, fact: PledgeMade) -> RuleBroken | None:
    if state is None:
        return None
    return IdAlreadyUsed(f"the pledge {fact.pledge} already exists", "/pledge", (state.made.event_id,))


def _amends_the_unit(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeAmended = entry.fact
    is_on_the_ground = state.deployed is not None and not is_nothing(state.deployed)
    is_tied = is_on_the_ground or state.disbursed is not None
    if fact.quantity is not None and is_tied and (other_unit := _other_unit(state, fact.quantity)):
        return other_unit
    phases = fact.changes.get("phases", state.phases) or ()
    whole = state.quantity if fact.quantity is None else fact.quantity
    if all(kind_of(phase.quantity) == kind_of(whole) for phase in phases):
        return None
    detail = f"the phases of the pledge {state.pledge} are in another unit than the pledge, which is in {whole.unit}"
    return UnitIsNotThePledges(detail, "/quantity/unit" if fact.quantity else "/phases", _between(state))


def _moves_the_wrong_way(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeRaised | PledgeLowered = entry.fact
    step = LEVEL_RANK[fact.level] - LEVEL_RANK[state.level]
    if (step > 0) if isinstance(fact, PledgeRaised) else (step < 0):
        return None
    verb = "raise" if isinstance(fact, PledgeRaised) else "lower"
    detail = f"the pledge {fact.pledge} is {state.level} {entry.start_in_words}; {fact.level} would not {verb} it"
    return LevelDoesNotMoveThatWay(detail, "/level", _between(state))


def _takes_too_much(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeWithdrawn = entry.fact
    if fact.quantity is None:
        return None
    if other_unit := _other_unit(state, fact.quantity):
        return other_unit
    if not exceeds(fact.quantity, state.quantity):
        return None
    most = _max_in_words(state.quantity)
    detail = f"at most {most} of the pledge {state.pledge} are left {entry.start_in_words}"
    return WithdrawsMoreThanIsLeft(detail, "/quantity", _between(state))


def _returns_too_much(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: ForcesReturned = entry.fact
    forces = forces_of(state)
    if forces is None or not forces.are_there:
        detail = f"nothing of the pledge {state.pledge} is deployed {entry.start_in_words}"
        return ReturnsMoreThanIsDeployed(detail, "/quantity" if fact.quantity else "", _between(state))
    if fact.of is not None:
        return _returns_what_is_gone(state, forces, entry)
    if fact.quantity is not None and (other_unit := _other_unit(state, fact.quantity)):
        return other_unit
    if fact.quantity is not None and exceeds(fact.quantity, forces.total):
        most = _max_in_words(forces.total)
        detail = f"at most {most} of the pledge {state.pledge} can be deployed {entry.start_in_words}"
        return ReturnsMoreThanIsDeployed(detail, "/quantity", _between(state))
    return None if fact.basing is None else _leaves_where_too_few_are(state, forces, entry)


def _returns_what_is_gone(state: PledgeState, forces: Forces, entry: Entry) -> RuleBroken | None:
    if forces.deployment(entry.fact.of) is not None:
        return None
    detail = f"no forces of the deployment {entry.fact.of} of the pledge {state.pledge} are on the ground"
    return ReturnsMoreThanIsDeployed(f"{detail} {entry.start_in_words}", "/of", _between(state))


def _leaves_where_too_few_are(state: PledgeState, forces: Forces, entry: Entry) -> RuleBroken | None:
    fact: ForcesReturned = entry.fact
    most = forces.most_from(fact.basing)
    where = f"of the pledge {state.pledge} can be at {fact.basing} {entry.start_in_words}"
    if most is None:
        return ReturnsMoreThanIsDeployed(f"no forces {where}", "/basing", _between(state))
    if fact.quantity is None or not exceeds(fact.quantity, most):
        return None
    return ReturnsMoreThanIsDeployed(f"at most {_max_in_words(most)} {where}", "/quantity", _between(state))


def _max_in_words(quantity: Quantity) -> str:
    return in_words(quantity.max or 0, quantity.unit)


def _is_in_another_unit(state: PledgeState, entry: Entry) -> RuleBroken | None:
    return _other_unit(state, entry.fact.quantity)


def _resumes_what_goes_on(state: PledgeState, entry: Entry) -> RuleBroken | None:
    if state.status == "suspended":
        return None
    return NothingToUndo(
        f"the pledge {state.pledge} is not suspended {entry.start_in_words}", "/pledge", _between(state)
    )


def _lifts_an_unknown_caveat(state: PledgeState, entry: Entry) -> RuleBroken | None:
    name = entry.fact.caveat
    if any(caveat.caveat == name for caveat in state.caveats):
        return None
    detail = f"the pledge {state.pledge} has no caveat {name} {entry.start_in_words}"
    return NothingToUndo(detail, "/caveat", _between(state))


def _detaches_an_unattached_condition(state: PledgeState, entry: Entry) -> RuleBroken | None:
    name = entry.fact.condition
    if name in state.conditions:
        return None
    detail = f"the condition {name} is not attached to the pledge {state.pledge} {entry.start_in_words}"
    return NothingToUndo(detail, "/condition", _between(state))


_BROKEN_BY: dict[str, Callable[[PledgeState, Entry], RuleBroken | None]] = {
    "PledgeAmended": _amends_the_unit,
    "PledgeRaised": _moves_the_wrong_way,
    "PledgeLowered": _moves_the_wrong_way,
    "PledgeWithdrawn": _takes_too_much,
    "PledgeResumed": _resumes_what_goes_on,
    "ForcesDeployed": _is_in_another_unit,
    "StrengthReported": _is_in_another_unit,
    "FundsDisbursed": _is_in_another_unit,
    "ForcesReturned": _returns_too_much,
    "CaveatLifted": _lifts_an_unknown_caveat,
    "ConditionDetached": _detaches_an_unattached_condition,
}
"""The rule that a fact of each type can break if the pledge is not over; the other types can break none."""


def _other_unit(state: PledgeState, quantity: Quantity) -> RuleBroken | None:
    """The rule that a quantity breaks if its unit or measure differs from the pledge's."""
    if kind_of(quantity)[0] != kind_of(state.quantity)[0]:
        detail = f"the pledge {state.pledge} is counted in {state.quantity.unit}, not in {quantity.unit}"
        return UnitIsNotThePledges(detail, "/quantity/unit", _between(state))
    if quantity.is_cumulative == state.quantity.is_cumulative:
        return None
    total, in_place = "a total over rotations", "in place at one time"
    own, other = (total, in_place) if state.quantity.is_cumulative else (in_place, total)
    detail = f"the pledge {state.pledge} is {own}, but this quantity is {other}"
    return UnitIsNotThePledges(detail, "/quantity/measure", _between(state))


def _between(state: PledgeState) -> tuple[str, ...]:
    """The events that a fact collides with: the pledge's first and its latest."""
    return tuple(dict.fromkeys((state.made.event_id, state.latest.event_id)))
