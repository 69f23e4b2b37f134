"""Warnings of pledges that do not fit with what else is in force.

Each looks at the state of one pledge. A pledge that counts is at least ``pledged`` and not over.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from domain.concepts.pledges import ForcesDeployed, PledgeAmended, PledgeState, PledgeWithdrawn
from domain.concepts.stances import StanceState
from domain.facts import Thing
from domain.history.history import View
from domain.quantities import in_personnel, in_words, is_nothing
from domain.times import DAY_US, period
from domain.vocabulary import FIRM_LEVELS
from projections.warnings.found import Found, about_latest
from projections.warnings.known_facts import KnownFacts

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
    if pledge.is_over or pledge.deployed is None:
        return
    deployed, pledged = in_personnel(pledge.deployed), in_personnel(pledge.quantity)
    if deployed is None or pledged is None or pledged.max is None or deployed.min <= pledged.max:
        return
    changes = facts.latest_of(Thing("pledge", pledge.pledge), view.valid_us, _changes_the_balance)
    one, others = about_latest((changes, facts.of_event(pledge.made.event_id)))
    unit = pledge.deployed.unit
    detail = (
        f"at least {in_words(deployed.min, unit)} of the pledge {pledge.pledge} are on the ground, "
        f"and at most {in_words(pledged.max, unit)} of it are pledged"
    )
    yield Found("DeployedBeyondThePledge", one, "/quantity", detail, others)


def _changes_the_balance(fact: object) -> bool:
    """Whether a fact adds to what is on the ground, or changes what is pledged."""
    return isinstance(fact, (ForcesDeployed, PledgeAmended, PledgeWithdrawn)) and fact.quantity is not None


def deployed_to_a_closed_basing(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """Forces of the pledge were sent to a basing that is ruled out or has ended, and some are still on the ground."""
    if pledge.deployed is None or is_nothing(pledge.deployed):
        return
    for name in _places_of(facts, view, pledge):
        basing = view.state(Thing("basing", name))
        if basing is None or basing.status not in ("ruled_out", "ended"):
            continue
        sent = facts.latest_of(Thing("pledge", pledge.pledge), view.valid_us, partial(_is_sent_to, name))
        closed = facts.of_event(basing.latest.event_id)
        one, others = about_latest((sent, closed))
        detail = f"the basing {name} {_CLOSED[basing.status]}, and forces of the pledge {pledge.pledge} are there"
        yield Found("DeployedToAClosedBasing", one, "/basing", detail, others)


def _places_of(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterable[str]:
    """The basings to which forces of a pledge were deployed."""
    thing = Thing("pledge", pledge.pledge)
    said = (facts.said_by(event) for event in view.record(thing))
    sent = (one.fact for one in said if one is not None and one.starts_us <= view.valid_us)
    return dict.fromkeys(fact.basing for fact in sent if isinstance(fact, ForcesDeployed) and fact.basing)


_CLOSED = {"ruled_out": "is ruled out", "ended": "has ended"}


def _is_sent_to(basing: str, fact: object) -> bool:
    return isinstance(fact, ForcesDeployed) and fact.basing == basing


def unconfirmed_for_long(facts: KnownFacts, view: View, pledge: PledgeState) -> Iterator[Found]:
    """The contributor of a pledge that is not over has said and done nothing about it for 365 days."""
    said = facts.of_event(pledge.latest.event_id)
    if pledge.is_over or said is None:
        return
    since = said.fact.effective_at
    if view.valid_us >= period(since).end_us + UNCONFIRMED_US:
        detail = f"{pledge.contributor} has said and done nothing about the pledge {pledge.pledge} since {since}"
        yield Found("UnconfirmedForLong", said, "/effective_at", detail)


def _counts(pledge: PledgeState) -> bool:
    return pledge.level in FIRM_LEVELS and not pledge.is_over
