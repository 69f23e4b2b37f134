"""Basing: a place or zone where the force may be based, as proposed, agreed, ruled out or ended."""

from typing import Literal, NamedTuple

from domain.actors import Actor, Country
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import FirstBringsWhatDescribesIt, RuleBroken, UnknownId
from domain.vocabulary import Certainty, Label, Name, Slug, Text, Zone


@fact()
class BasingFact(Fact):
    """A fact about one basing; the first must give its zone, and fields given later apply from then on."""

    basing: Slug
    zone: Zone | None = None
    label: Label | None = None
    country: Country | None = None
    place: Name | None = None
    certainty: Certainty | None = None
    proposed_by: Actor | None = None
    purpose: Text | None = None

    @property
    def thing(self) -> Thing:
        return Thing("basing", self.basing)


@fact(basing="rear", zone="theatre_rear", certainty="expected")
class BasingProposed(BasingFact):
    """It is proposed that the force be based there."""

    type: Literal["BasingProposed"] = "BasingProposed"


@fact(basing="rear", zone="theatre_rear", certainty="stated")
class BasingAgreed(BasingFact):
    """It is agreed that the force may be based there."""

    type: Literal["BasingAgreed"] = "BasingAgreed"


@fact(basing="line", zone="contact_line", certainty="expected")
class BasingRuledOut(BasingFact):
    """The force is not to be based there."""

    type: Literal["BasingRuledOut"] = "BasingRuledOut"


@fact(basing="rear")
class BasingEnded(BasingFact):
    """The basing is no longer proposed, agreed or ruled out."""

    type: Literal["BasingEnded"] = "BasingEnded"


BasingStatus = Literal["proposed", "agreed", "ruled_out", "ended"]
_STATUS: dict[type, BasingStatus] = {
    BasingProposed: "proposed",
    BasingAgreed: "agreed",
    BasingRuledOut: "ruled_out",
    BasingEnded: "ended",
}


class BasingState(NamedTuple):
    """One basing at one time; ``since`` is the start of the unbroken status."""

    basing: str
    zone: Zone
    label: str | None
    country: str | None
    place: str | None
    certainty: Certainty | None
    proposed_by: str | None
    purpose: str | None
    status: BasingStatus
    since: str
    latest: Entry
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


_DESCRIPTION = ("zone", "label", "country", "place", "certainty", "proposed_by", "purpose")


def evolve(state: BasingState | None, entry: Entry) -> BasingState:
    """The basing after one more fact that breaks no rule."""
    fact = entry.fact
    status = _STATUS[type(fact)]
    if state is None:
        described = {name: getattr(fact, name) for name in _DESCRIPTION}
        return BasingState(basing=fact.basing, status=status, since=entry.fact.effective_at, latest=entry, **described)
    changes = {name: value for name in _DESCRIPTION if (value := getattr(fact, name)) is not None}
    since = state.since if status == state.status else entry.fact.effective_at
    return state._replace(status=status, since=since, latest=entry, **changes)


def broken_rule(state: BasingState | None, entry: Entry) -> RuleBroken | None:
    """The first fact about a basing must give its zone."""
    fact = entry.fact
    if state is not None or fact.zone is not None:
        return None
    if isinstance(fact, BasingEnded):
        return UnknownId(f"no basing {fact.basing} is on record", "/basing")
    detail = f"the first fact about the basing {fact.basing} must give its zone"
    return FirstBringsWhatDescribesIt(detail, "/zone")
