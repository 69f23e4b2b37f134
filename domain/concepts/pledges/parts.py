"""The rules between a pledge and its parts, which look at several pledges at once.

A part is of its whole's unit, people and formations being one kind. A whole is no part of another, and a part has none.
A part names its whole while that is in force, and a whole is not withdrawn before its parts: it may lapse, as a promise
does that has a date, and its parts then stand by themselves.
"""

from collections.abc import Hashable, Iterable
from typing import Any

from domain.concepts.pledges.facts import PledgeAmended, PledgeMade, PledgeWithdrawn
from domain.concepts.pledges.state import PledgeState
from domain.facts import Entry
from domain.quantities import Quantity, is_nothing, kind_of, less
from domain.refusals import PartOfAPart, RuleBroken, UnitIsNotTheWholes, WholeIsOver, WithdrawnBeforeItsParts


def has_to_fit_others(fact: Any) -> bool:
    """Whether a fact about a pledge can break a rule that looks at its whole or at its parts."""
    match fact:
        case PledgeMade():
            return fact.part_of is not None
        case PledgeAmended():
            return fact.quantity is not None or whole_named_in(fact) is not None
    return isinstance(fact, PledgeWithdrawn)


def whole_named_in(fact: Any) -> str | None:
    """The whole of which a fact makes a pledge a part."""
    if isinstance(fact, PledgeMade):
        return fact.part_of
    return fact.changes.get("part_of") if isinstance(fact, PledgeAmended) else None


def whole_after(state: PledgeState | None, fact: Any) -> str | None:
    """The whole of a pledge after a fact."""
    if isinstance(fact, PledgeAmended) and "part_of" in fact.changes:
        return whole_named_in(fact)
    return whole_named_in(fact) if state is None else state.part_of


def seen_by_others(pledge: PledgeState) -> Hashable:
    """What the rules between pledges look at."""
    made = pledge.made.event_id, pledge.pledge
    return made, kind_of(pledge.quantity), pledge.part_of, pledge.status if pledge.is_over else None, pledge.ends_us


def is_in_force(pledge: PledgeState, at_us: int) -> bool:
    """Whether a pledge is neither withdrawn nor lapsed at a time after its latest fact."""
    return not pledge.is_over and (pledge.ends_us is None or pledge.ends_us > at_us)


def broken_between(
    state: PledgeState | None, entry: Entry, whole: PledgeState | None, parts: Iterable[PledgeState]
) -> RuleBroken | None:
    """The rule that a fact would break beside the pledge's whole after it and its parts, all just before it."""
    fact = entry.fact
    in_force = sorted((part for part in parts if is_in_force(part, entry.effective_us)), key=lambda one: one.pledge)
    if isinstance(fact, PledgeWithdrawn):
        return _withdraws_the_whole(state, entry, in_force)
    if whole_named_in(fact) is not None and (broken := _is_no_part(entry, whole, in_force)) is not None:
        return broken
    quantity: Quantity = fact.quantity if state is None or fact.quantity is not None else state.quantity
    others = [*in_force, *([whole] if whole is not None and is_in_force(whole, entry.effective_us) else [])]
    different = [other for other in others if kind_of(other.quantity) != kind_of(quantity)]
    if not different:
        return None
    unit = different[0].quantity.unit
    detail = (
        f"a whole and its parts are counted in one unit: {different[0].pledge} is in {unit}, not in {quantity.unit}"
    )
    return UnitIsNotTheWholes(detail, "/part_of" if fact.quantity is None else "/quantity/unit", _made(different))


def _is_no_part(entry: Entry, whole: PledgeState | None, parts: list[PledgeState]) -> RuleBroken | None:
    """The rule that a pledge breaks as a part, if it has parts, or its whole is over or is a part itself."""
    if parts:
        detail = (
            f"the pledge {entry.fact.pledge} has parts {entry.start_in_words} ({parts[0].pledge}), so it is no part"
        )
        return PartOfAPart(detail, "/part_of", _made(parts))
    if whole is None:
        return None
    if not is_in_force(whole, entry.effective_us):
        detail = f"the pledge {whole.pledge} is already over {entry.start_in_words}"
        return WholeIsOver(detail, "/part_of", _made([whole]))
    if whole.part_of is None:
        return None
    detail = f"the pledge {whole.pledge} is a part of {whole.part_of} {entry.start_in_words}, and a part has no parts"
    return PartOfAPart(detail, "/part_of", _made([whole]))


def _withdraws_the_whole(state: PledgeState | None, entry: Entry, parts: list[PledgeState]) -> RuleBroken | None:
    quantity: Quantity | None = entry.fact.quantity
    if not parts or (quantity is not None and state is not None and not is_nothing(less(state.quantity, quantity))):
        return None
    detail = f"the pledge {entry.fact.pledge} still has parts {entry.start_in_words}: {parts[0].pledge}"
    return WithdrawnBeforeItsParts(detail, "/quantity" if quantity else "/pledge", _made(parts))


def _made(pledges: Iterable[PledgeState]) -> tuple[str, ...]:
    return tuple(pledge.made.event_id for pledge in pledges)
