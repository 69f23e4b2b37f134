"""Every warning: its name, and the function that finds it, of a fact or of the state of a pledge."""

from collections.abc import Callable, Iterator
from typing import Any

from domain.concepts.pledges import PledgeState
from domain.history.history import View
from projections.warnings.dates import before_the_formation, published_long_before
from projections.warnings.doubles import looks_like_another_pledge, reported_twice, same_fact_again
from projections.warnings.found import Found
from projections.warnings.known_facts import FactInForce, KnownFacts
from projections.warnings.pledges import (
    against_its_own_stance,
    deployed_beyond_the_pledge,
    deployed_to_a_closed_basing,
    not_a_member,
    unconfirmed_for_long,
)
from projections.warnings.sources import rests_on_a_leak_alone, sources_disagree

OF_FACTS: tuple[Callable[[KnownFacts, FactInForce], Iterator[Found]], ...] = (
    same_fact_again,
    reported_twice,
    looks_like_another_pledge,
    published_long_before,
    before_the_formation,
)
"""What a fact gives rise to by itself, or together with one recorded before it."""

OF_THINGS: tuple[Callable[[KnownFacts, View, Any], Iterator[Found]], ...] = (sources_disagree,)
"""What the state of anything gives rise to."""

OF_PLEDGES: tuple[Callable[[KnownFacts, View, PledgeState], Iterator[Found]], ...] = (
    not_a_member,
    against_its_own_stance,
    deployed_beyond_the_pledge,
    deployed_to_a_closed_basing,
    unconfirmed_for_long,
    rests_on_a_leak_alone,
)
"""What the state of a pledge gives rise to, together with what else is in force."""
