"""Warnings of pledges that do not fit with what else is in force.

Each looks at the state of one pledge. A pledge that counts is at least ``pledged`` and not over.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from domain.concepts.pledges import (
    ForcesDeployed,
    FundsDisbursed,
    PledgeAmended,
    PledgeMade,
    PledgeState,
    PledgeWithdrawn,
    StrengthReported,
)
from domain.concepts.stances import StanceState
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import Quantity, in_personnel, in_words, is_nothing, kind_of
from domain.times import DAY_US, period
from domain.vocabulary import FIRM_LEVELS, WarningName
from projections.warnings.found import Found, about_latest
from projections.warnings.known_facts import SENT, KnownFacts

UNCONFIRMED_US = 365 * DAY_US
"""How long the contributor of a pledge may be silent."""


def not_a_member(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """The contributor of a pledge that counts is not a member, though the record names members."""
    if not _counts(pledge) or pledge.contributor.startswith("group:") or not facts.has_members:
        return
    member = view.state(Thing("member", pledge.contributor))
    if member is None or not member.is_current:
        left = None if member is None else facts.of_event(member.latest.event_id)
        one, others = about_latest((facts.of_event(pledge.made.event_id), left))
        detail = f"{pledge.contributor} is not a member, and its pledge {pledge.pledge} is in force"
        pointer = "/member" if one is left else "/contributor"
        yield Found("NotAMember", one, pointer, detail, others)


def against_its_own_stance(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """The contributor of a pledge that counts, of purpose ``force``, itself rules out its capability or everything,
    anywhere or in the zone of one of the pledge's basings."""
    if not _counts(pledge) or pledge.purpose != "force":
        return
    basings = (view.state(Thing("basing", name)) for name in pledge.basing)
    zones = dict.fromkeys([None, *(state.zone for state in basings if state is not None)])
    for zone in zones:
        stance = _own_stance(view, pledge.contributor, pledge.capability, zone)
        if stance is not None and stance.status == "ruled_out":
            stated = facts.of_event(stance.latest.event_id)
            one, others = about_latest((facts.of_event(pledge.made.event_id), stated))
            where = f" in the zone {zone}" if zone else ""
            detail = f"{pledge.contributor} rules this out{where}, and its pledge {pledge.pledge} is in force"
            yield Found("AgainstItsOwnStance", one, "/stance" if one is stated else "/capability", detail, others)
            return


def _own_stance(view: View, actor: str, capability: str, zone: str | None) -> StanceState | None:
    """What an actor itself says of a capability, or else of all."""
    matters = (Thing("stance", f"{actor} {matter} {zone or ''} ") for matter in (capability, ""))
    states: Iterator[StanceState | None] = (view.state(matter) for matter in matters)
    return next((state for state in states if state is not None), None)


def deployed_beyond_the_pledge(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """At least so many are on the ground that they are more than what is left of a pledge that is not over."""
    if pledge.deployed is not None:
        yield from _beyond(facts, view, pledge, pledge.deployed, warning="DeployedBeyondThePledge", how="on the ground")


def disbursed_beyond_the_pledge(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """At least so much is paid that it is more than what is left of a pledge that is not over."""
    if pledge.disbursed is not None:
        yield from _beyond(facts, view, pledge, pledge.disbursed, warning="DisbursedBeyondThePledge", how="paid")


def _beyond(
    facts: KnownFacts, view: View, pledge: PledgeState, done: Quantity, *, warning: WarningName, how: str
) -> Iterator[Found]:
    actual, pledged = in_personnel(done), in_personnel(pledge.quantity)
    if pledge.is_over or actual is None or pledged is None or pledged.max is None or actual.min <= pledged.max:
        return
    change = facts.latest_of(pledge, view.valid_us, _changes_the_balance)
    one, others = about_latest((change, facts.of_event(pledge.made.event_id)))
    unit, _ = kind_of(done)
    amounts = f"at least {in_words(actual.min, unit)} {how}, at most {in_words(pledged.max, unit)} pledged"
    yield Found(warning, one, "/quantity", f"{amounts}: the pledge {pledge.pledge}", others)


def _changes_the_balance(fact: Any) -> bool:
    """Whether a fact adds to what is there or paid, or changes what is pledged."""
    return isinstance(fact, CHANGES_OF_BALANCE) and fact.quantity is not None


CHANGES_OF_BALANCE = (PledgeMade, ForcesDeployed, StrengthReported, FundsDisbursed, PledgeAmended, PledgeWithdrawn)


def deployed_to_a_closed_basing(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """Forces of the pledge are at a basing that is ruled out or has ended."""
    for place in pledge.forces:
        basing = None if place.basing is None else view.state(Thing("basing", place.basing))
        if basing is None or basing.status not in _CLOSED or is_nothing(place.quantity):
            continue
        sent = facts.latest_of(pledge, view.valid_us, partial(_is_sent_to, place.basing))
        one, others = about_latest((sent, facts.of_event(basing.latest.event_id)))
        at_basing = f"at the basing {place.basing}, which {_CLOSED[basing.status]}"
        detail = f"the pledge {pledge.pledge} has forces {at_basing}"
        yield Found("DeployedToAClosedBasing", one, "/basing", detail, others)


_CLOSED = {"ruled_out": "is ruled out", "ended": "has ended"}


def _is_sent_to(basing: str | None, fact: Any) -> bool:
    return isinstance(fact, SENT) and fact.basing == basing


def unconfirmed_for_long(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """The contributor of a pledge that is not over has said and done nothing about it for 365 days, or since the day
    until which it reaffirmed it."""
    said = facts.of_event((pledge.confirmed or pledge.made).event_id)
    if pledge.is_over or said is None:
        return
    since, until = said.fact.effective_at, pledge.confirmed_until
    ends_us = period(since).end_us + UNCONFIRMED_US if until is None else period(until).end_us
    if view.valid_us >= ends_us:
        detail = f"{pledge.contributor} has said and done nothing about the pledge {pledge.pledge} since {since}"
        yield Found("UnconfirmedForLong", said, "/effective_at", detail)


def _counts(pledge: PledgeState) -> bool:
    return pledge.level in FIRM_LEVELS and not pledge.is_over
