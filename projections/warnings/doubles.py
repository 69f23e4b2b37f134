"""Warnings of what may have been recorded twice.

Each fact is compared with those recorded before it, and named together with the first of them that is like it.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from domain.concepts.pledges import PledgeMade
from domain.facts import Thing
from domain.quantities import PERSONNEL_PER_FORMATION, Quantity, in_personnel
from domain.times import period
from projections.warnings.found import Found, number, remedy_of_double
from projections.warnings.known_facts import (
    ADDING,
    ANOTHER_WITHIN_US,
    TWICE_WITHIN_US,
    FactInForce,
    KnownFacts,
    near_in_time,
    same_time,
)

_NOT_COMPARED = ("event_id", "sources", "note", "effective_at")


def same_fact_again(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """The same type, thing, time and content as a fact recorded before, but for sources and note."""
    fact = one.fact
    at_that_time = same_time(fact.type, fact.thing, one.starts_us)
    first = facts.first([at_that_time], one, lambda other: _is_same(fact, other.fact))
    if first is not None:
        detail = f"{number(first)} says the same"
        yield Found("SameFactAgain", one, "", detail, (first,), remedy_of_double(facts, first, one))


def _is_same(fact: Any, other: Any) -> bool:
    fact_type: Any = type(fact)
    compared = _compared(fact_type)
    return (
        type(other) is fact_type
        and period(fact.effective_at) == period(other.effective_at)
        and all(getattr(fact, name) == getattr(other, name) for name in compared)
    )


@cache
def _compared(fact_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(fact_type) if field.name not in _NOT_COMPARED)


def reported_twice(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """A deployment, return or disbursement of a pledge like one recorded before, at most 7 days earlier or later."""
    fact = one.fact
    if not isinstance(fact, ADDING):
        return

    def is_like_it(other: FactInForce) -> bool:
        return (
            type(other.fact) is type(fact)
            and other.fact.pledge == fact.pledge
            and abs(other.starts_us - one.starts_us) <= TWICE_WITHIN_US
            and _may_be_same(fact.basing, other.fact.basing)
            and _may_be_as_many(fact.quantity, other.fact.quantity)
            and not _is_same(fact, other.fact)
        )

    first = facts.first(near_in_time(fact, one.starts_us), one, is_like_it)
    if first is not None:
        detail = f"{number(first)}, within 7 days, may be the same: both count"
        yield Found("ReportedTwice", one, "/quantity", detail, (first,), remedy_of_double(facts, first, one))


def _may_be_as_many(one: Quantity | None, other: Quantity | None) -> bool:
    return one is None or other is None or sizes_meet(one, other)


def _may_be_same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def looks_like_another_pledge(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """A pledge of the same contributor, capability and unit as one recorded before, made at most 30 days earlier or
    later, whose size may be the same; both are in force, and neither is a part of the other."""
    fact = one.fact
    if not isinstance(fact, PledgeMade):
        return

    def is_like_it(other: FactInForce) -> bool:
        return (
            isinstance(other.fact, PledgeMade)
            and other.fact.pledge != fact.pledge
            and other.fact.contributor == fact.contributor
            and other.fact.capability == fact.capability
            and other.fact.purpose == fact.purpose
            and abs(other.starts_us - one.starts_us) <= ANOTHER_WITHIN_US
            and sizes_meet(fact.quantity, other.fact.quantity)
            and _both_stand(facts, one, other)
        )

    first = facts.first(near_in_time(fact, one.starts_us), one, is_like_it)
    if first is not None:
        detail = f"it looks like the pledge {first.fact.pledge} of {number(first)}"
        yield Found("LooksLikeAnotherPledge", one, "/pledge", detail, (first,))


def _both_stand(facts: KnownFacts, one: FactInForce, other: FactInForce) -> bool:
    """Whether two pledges are in force side by side."""
    view = facts.view_of(one, other)
    states = [view.state(Thing("pledge", fact.pledge)) for fact in (one.fact, other.fact)]
    return all(state is not None and not state.is_over for state in states)


def sizes_meet(one: Quantity | None, other: Quantity | None) -> bool:
    """Whether two quantities of one kind may be the same number; undisclosed ones only meet each other, as do those
    that stand for all that is there (``None``)."""
    if one is None or other is None:
        return one is other
    if _kind(one) != _kind(other):
        return False
    size, other_size = in_personnel(one), in_personnel(other)
    if size is None or other_size is None:
        return size is other_size
    is_not_more = other_size.max is None or size.min <= other_size.max
    return is_not_more and (size.max is None or other_size.min <= size.max)


def _kind(quantity: Quantity) -> tuple[str, bool]:
    is_people = quantity.unit in PERSONNEL_PER_FORMATION
    return ("personnel" if is_people else quantity.unit), quantity.is_cumulative
