"""The facts about pledges."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Fact, Footing, Thing, fact
from domain.quantities import Quantity
from domain.times import Date, Moment
from domain.vocabulary import Capability, CaveatKind, Level, Purpose, Slug, Text

Slugs = Annotated[tuple[Slug, ...], Field(max_length=200)]
NoticeDays = Annotated[StrictInt, Field(ge=0, le=36_500)]
_PEOPLE = {"min": 1000, "max": 3000, "unit": "personnel"}


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Caveat:
    """A restriction that a contributor places on the use of its pledge."""

    caveat: Slug
    kind: CaveatKind
    text: Text


@fact()
class PledgeFact(Fact):
    """A fact about one pledge."""

    pledge: Slug

    @property
    def thing(self) -> Thing:
        return Thing("pledge", self.pledge)


@fact(pledge="gbr-ground", contributor="GBR", level="pledged", capability="ground_forces", quantity=_PEOPLE)
class PledgeMade(PledgeFact):
    """A contributor says what it would provide, how firmly, and on which conditions."""

    type: Literal["PledgeMade"] = "PledgeMade"
    contributor: Actor
    level: Level
    capability: Capability
    quantity: Quantity
    purpose: Purpose = "force"
    conditions: Slugs = ()
    caveats: Annotated[tuple[Caveat, ...], Field(max_length=200)] = ()
    basing: Slugs = ()
    notice_to_move_days: NoticeDays | None = None
    available_from: Moment | None = None
    expires_on: Date | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        if not self.conditions and not self.basing:
            return ()
        return _named("condition", "conditions", self.conditions) + _named("basing", "basing", self.basing)


@fact(pledge="gbr-ground", quantity={"min": 1000, "max": 2000, "unit": "personnel"})
class PledgeAmended(PledgeFact):
    """The pledge changes in the world; the given fields apply from then on."""

    type: Literal["PledgeAmended"] = "PledgeAmended"
    capability: Capability | None = None
    quantity: Quantity | None = None
    basing: Slugs | None = None
    notice_to_move_days: NoticeDays | None = None
    available_from: Moment | None = None
    expires_on: Date | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "PledgeAmended":
        if all(getattr(self, name) is None for name in AMENDABLE):
            raise ValueError(f"an amendment needs at least one of {', '.join(AMENDABLE)}")
        return self

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named("basing", "basing", self.basing) if self.basing else ()


AMENDABLE = ("capability", "quantity", "basing", "notice_to_move_days", "available_from", "expires_on")


@fact(pledge="gbr-ground", level="committed")
class PledgeRaised(PledgeFact):
    """The pledge becomes firmer."""

    type: Literal["PledgeRaised"] = "PledgeRaised"
    level: Level


@fact(pledge="gbr-ground", level="floated")
class PledgeLowered(PledgeFact):
    """The pledge becomes less firm."""

    type: Literal["PledgeLowered"] = "PledgeLowered"
    level: Level


@fact(pledge="gbr-ground")
class PledgeReaffirmed(PledgeFact):
    """The contributor confirms the pledge as it is."""

    type: Literal["PledgeReaffirmed"] = "PledgeReaffirmed"


@fact(pledge="gbr-ground", quantity={"min": 200, "max": 200, "unit": "personnel"}, reason="elections")
class PledgeWithdrawn(PledgeFact):
    """The pledge, or the part of it in ``quantity``, is withdrawn."""

    type: Literal["PledgeWithdrawn"] = "PledgeWithdrawn"
    quantity: Quantity | None = None
    reason: Text | None = None


@fact(pledge="gbr-ground", reason="under review")
class PledgeSuspended(PledgeFact):
    """The pledge is on hold."""

    type: Literal["PledgeSuspended"] = "PledgeSuspended"
    reason: Text | None = None


@fact(pledge="gbr-ground")
class PledgeResumed(PledgeFact):
    """The pledge is no longer on hold."""

    type: Literal["PledgeResumed"] = "PledgeResumed"
    reason: Text | None = None


@fact(pledge="gbr-ground", reason="its mandate ran out")
class PledgeLapsed(PledgeFact):
    """The pledge ends without being withdrawn."""

    type: Literal["PledgeLapsed"] = "PledgeLapsed"
    reason: Text | None = None


@fact(pledge="gbr-ground", quantity={"min": 500, "max": 500, "unit": "personnel"})
class ForcesDeployed(PledgeFact):
    """More forces of the pledge are on the ground, in addition to those already there."""

    type: Literal["ForcesDeployed"] = "ForcesDeployed"
    quantity: Quantity
    basing: Slug | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named_one("basing", "basing", self.basing)


@fact(pledge="gbr-ground", quantity={"min": 500, "max": 500, "unit": "personnel"})
class ForcesReturned(PledgeFact):
    """Forces of the pledge have left."""

    type: Literal["ForcesReturned"] = "ForcesReturned"
    quantity: Quantity
    basing: Slug | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named_one("basing", "basing", self.basing)


@fact(pledge="gbr-ground", caveat="not-at-the-line", kind="geographic", text="Not within 50 km of the contact line")
class CaveatDeclared(PledgeFact):
    """A caveat applies to the pledge; a later fact replaces it."""

    type: Literal["CaveatDeclared"] = "CaveatDeclared"
    caveat: Slug
    kind: CaveatKind
    text: Text


@fact(pledge="gbr-ground", caveat="not-at-the-line")
class CaveatLifted(PledgeFact):
    """A caveat no longer applies."""

    type: Literal["CaveatLifted"] = "CaveatLifted"
    caveat: Slug
    kind: CaveatKind | None = None
    text: Text | None = None


def _named(kind: str, field: str, names: tuple[str, ...]) -> tuple[Footing, ...]:
    return tuple(Footing(Thing(kind, name), f"/{field}/{position}") for position, name in enumerate(names))


def _named_one(kind: str, field: str, name: str | None) -> tuple[Footing, ...]:
    return () if name is None else (Footing(Thing(kind, name), f"/{field}"),)
