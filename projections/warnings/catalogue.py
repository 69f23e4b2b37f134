"""Every warning: the function that finds it, and the types of fact that it can be about."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from domain.concepts.basing import BasingEnded, BasingRuledOut
from domain.concepts.members import MemberLeft
from domain.concepts.pledges import PledgeMade
from domain.concepts.stances import StanceStated
from domain.facts import Fact
from domain.history.history import View
from projections.warnings.dates import before_the_formation, published_long_before
from projections.warnings.doubles import looks_like_another_pledge, recorded_twice
from projections.warnings.found import Found
from projections.warnings.known_facts import SENT, FactInForce, KnownFacts
from projections.warnings.pledges import (
    CHANGES_OF_BALANCE,
    against_its_own_stance,
    deployed_beyond_the_pledge,
    deployed_to_a_closed_basing,
    disbursed_beyond_the_pledge,
    not_a_member,
    unconfirmed_for_long,
)
from projections.warnings.sources import rests_on_a_leak_alone, sources_disagree

OfFact = Callable[[KnownFacts, FactInForce], Iterator[Found]]
OfState = Callable[[KnownFacts, View, Any], Iterator[Found]]

_FACTS: dict[OfFact, tuple[type, ...]] = {
    recorded_twice: (Fact,),
    looks_like_another_pledge: (PledgeMade,),
    published_long_before: (Fact,),
    before_the_formation: (Fact,),
}
"""What a fact gives rise to by itself, or together with one recorded before it."""

_PLEDGES: dict[OfState, tuple[type, ...]] = {
    not_a_member: (PledgeMade, MemberLeft),
    against_its_own_stance: (PledgeMade, StanceStated),
    deployed_beyond_the_pledge: CHANGES_OF_BALANCE,
    disbursed_beyond_the_pledge: CHANGES_OF_BALANCE,
    deployed_to_a_closed_basing: (*SENT, BasingRuledOut, BasingEnded),
    unconfirmed_for_long: (),
    rests_on_a_leak_alone: (Fact,),
}
"""What the state of a pledge gives rise to, together with what else is in force; time alone can do so as well."""


@cache
def of_facts(fact_type: Any) -> tuple[OfFact, ...]:
    """What finds the warnings of a fact of a type."""
    return tuple(find for find, types in _FACTS.items() if issubclass(fact_type, types))


@cache
def of_states(kind: str, fact_type: Any = None) -> tuple[OfState, ...]:
    """What finds the warnings of the state of a kind of thing; or only those about a fact of a type."""
    pledges = _PLEDGES if kind == "pledge" else {}
    found = (find for find, types in pledges.items() if fact_type is None or issubclass(fact_type, types))
    return sources_disagree, *found
