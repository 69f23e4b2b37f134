"""Warnings of what may have been recorded twice.

Each fact is compared with those recorded before it, and named together with the first of them that is like it.
"""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from typing import Any

from domain.concepts.pledges import PledgeMade
from domain.facts import Thing
from domain.quantities import Quantity, in_personnel, kind_of
from domain.times import period
from projections.warnings.found import Found, number, remedy_of_double
from projections.warnings.known_facts import (
    ADDING,
    ANOTHER_WITHIN_US,
    TWICE_WITHIN_US,
    FactInForce,
    KnownFacts,
    may_be_like,
    same_time,
)

_NOT_COMPARED = ("event_id", "sources", "note", "imported", "effective_at")


def same_fact_again(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """The same type, thing, time and content as a fact recorded before, but for sources and note.

    Nothing is pledged twice under one name.
    """
    fact = one.fact
    if isinstance(fact, PledgeMade):
        return
    first = facts.first([same_time(fact, one.starts_us)], one, lambda other, _: _is_same(fact, other))
    if first is not None:
        detail = f"{number(one)} says the same as {number(first)}"
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


def recorded_twice(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """``same_fact_again``, or else ``reported_twice``."""
    found = next(same_fact_again(facts, one), None)
    if found is not None:
        yield found
    elif isinstance(one.fact, ADDING):
        yield from reported_twice(facts, one)


def reported_twice(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """A deployment, return or disbursement of a pledge like one recorded before: at most 7 days earlier or later, of a
    size that may be the same, and not at another basing."""
    fact = one.fact

    def is_like_it(other: Any, starts_us: int) -> bool:
        return (
            type(other) is type(fact)
            and other.pledge == fact.pledge
            and abs(starts_us - one.starts_us) <= TWICE_WITHIN_US
            and _may_be_same(getattr(fact, "basing", None), getattr(other, "basing", None))
            and getattr(fact, "of", None) == getattr(other, "of", None)
            and sizes_meet(fact.quantity, other.quantity)
        )

    first = facts.first(may_be_like(fact, one.starts_us), one, is_like_it)
    if first is not None:
        detail = f"{number(one)} may report the same as {number(first)}, and both count"
        yield Found("ReportedTwice", one, "/quantity", detail, (first,), remedy_of_double(facts, first, one))


def _may_be_same(one: str | None, other: str | None) -> bool:
    return one is None or other is None or one == other


def looks_like_another_pledge(facts: KnownFacts, one: FactInForce) -> Iterator[Found]:
    """A pledge of the same contributor, capability and unit as one recorded before, made at most 30 days earlier or
    later, whose size may be the same; both are in force, and neither is a part of the other."""
    fact = one.fact

    def is_like_it(other: Any, starts_us: int) -> bool:
        return (
            isinstance(other, PledgeMade)
            and other.pledge != fact.pledge
            and (other.contributor, other.capability, other.purpose) == same
            and abs(starts_us - one.starts_us) <= ANOTHER_WITHIN_US
            and sizes_meet(fact.quantity, other.quantity)
            and _both_stand(facts, (one.starts_us, fact), (starts_us, other))
        )

    same = fact.contributor, fact.capability, fact.purpose
    first = facts.first(may_be_like(fact, one.starts_us), one, is_like_it)
    if first is not None:
        detail = (
            f"the pledge {fact.pledge} of {number(one)} looks like the pledge {first.fact.pledge} of {number(first)}"
        )
        yield Found("LooksLikeAnotherPledge", one, "/pledge", detail, (first,))


def _both_stand(facts: KnownFacts, *pledges: tuple[int, PledgeMade]) -> bool:
    """Whether pledges are in force side by side, and none is a part of another."""
    view = facts.view_at(max(starts_us for starts_us, _ in pledges))
    states = [view.state(Thing("pledge", fact.pledge)) for _, fact in pledges]
    wholes = {state.part_of for state in states if state is not None}
    return all(state is not None and not state.is_over and state.pledge not in wholes for state in states)


def sizes_meet(one: Quantity | None, other: Quantity | None) -> bool:
    """Whether two quantities of one kind may be the same number; undisclosed ones only meet each other, as do those
    that stand for all that is there (``None``)."""
    if one is None or other is None:
        return one is other
    if kind_of(one) != kind_of(other):
        return False
    size, other_size = in_personnel(one), in_personnel(other)
    if size is None or other_size is None:
        return size is other_size
    is_not_more = other_size.max is None or size.min <= other_size.max
    return is_not_more and (size.max is None or other_size.min <= size.max)
