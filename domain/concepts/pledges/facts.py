"""The facts about pledges."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, StrictInt, model_serializer, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import ABSENT, Amended, EventId, Fact, Footing, Thing, fact, json_name
from domain.quantities import CURRENCIES, Quantity, exceeds, kind_of
from domain.times import Date, Moment, period
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


@dataclass(
    frozen=True, slots=True, kw_only=True,
    config=ConfigDict(extra="forbid", alias_generator=json_name, serialize_by_alias=True),
)  # fmt: skip
class Phase:
    """One step of a pledge that grows: the size that it has from a date on."""

    from_: Moment
    quantity: Quantity


def phase_from(from_: str, quantity: Quantity) -> Phase:
    """A phase by its two values; one of them has a name that only JSON can use."""
    values: dict[str, Any] = {"from": from_, "quantity": quantity}
    return Phase(**values)


Phases = Annotated[tuple[Phase, ...], Field(min_length=1, max_length=50)]


def _check_phases(phases: tuple[Phase, ...] | None, whole: Quantity | None) -> None:
    """Raises ``ValueError`` for phases that are not in the order of time, or not of one kind, or beyond the whole."""
    if not phases:
        return
    for before, after in pairwise(phases):
        if period(before.from_).start_us >= period(after.from_).start_us:
            raise ValueError("phases must be in the order of time, each from a later date than the one before")
    whole_or_first = phases[0].quantity if whole is None else whole
    for phase in phases:
        if kind_of(phase.quantity) != kind_of(whole_or_first):
            raise ValueError("phases must be in the unit of the pledge, or all in people and formations")
        if whole is not None and exceeds(phase.quantity, whole):
            raise ValueError("a phase must not be larger than the pledge")


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
    part_of: Slug | None = None
    fills: Slugs | None = None
    phases: Phases | None = None

    @model_validator(mode="after")
    def _has_fitting_phases(self) -> "PledgeMade":
        _check_phases(self.phases, self.quantity)
        return self

    @property
    def footings(self) -> tuple[Footing, ...]:
        named = _named("condition", "conditions", self.conditions) if self.conditions else ()
        if self.basing:
            named += _named("basing", "basing", self.basing)
        if self.part_of is not None or self.fills:
            named += _named_one("pledge", "part_of", self.part_of) + _named("requirement", "fills", self.fills or ())
        return named


@fact(pledge="gbr-ground", quantity={"min": 1000, "max": 2000, "unit": "personnel"}, expires_on=None)
class PledgeAmended(PledgeFact):
    """The pledge changes in the world; the given fields apply from then on, and null takes one away.

    A field that is left out stays as it is.
    """

    type: Literal["PledgeAmended"] = "PledgeAmended"
    capability: Capability | None = None
    quantity: Quantity | None = None
    basing: Amended[Slugs] = ABSENT
    notice_to_move_days: Amended[NoticeDays] = ABSENT
    available_from: Amended[Moment] = ABSENT
    expires_on: Amended[Date] = ABSENT
    part_of: Amended[Slug] = ABSENT
    fills: Amended[Slugs] = ABSENT
    phases: Amended[Phases] = ABSENT

    @model_validator(mode="after")
    def _changes_something(self) -> "PledgeAmended":
        if not self.changes:
            raise ValueError(f"an amendment needs at least one of {', '.join(AMENDABLE)}")
        _check_phases(self.changes.get("phases"), self.quantity)
        return self

    @model_serializer(mode="wrap")
    def _with_what_is_taken_away(self, write: SerializerFunctionWrapHandler) -> Any:
        written: dict[str, Any] = write(self)  # absent fields, and those that are null, may be left out
        return written | {name: None for name in REMOVABLE if getattr(self, name) is None}

    @property
    def changes(self) -> dict[str, Any]:
        """The new value of each field that changes; ``None`` for what is taken away."""
        return dict(self._changed())

    def _changed(self) -> Iterator[tuple[str, Any]]:
        yield from ((name, value) for name in REPLACEABLE if (value := getattr(self, name)) is not None)
        yield from ((name, value) for name in REMOVABLE if (value := getattr(self, name)) is not ABSENT)

    @property
    def footings(self) -> tuple[Footing, ...]:
        named: tuple[Footing, ...] = ()
        if self.basing and self.basing is not ABSENT:
            named += _named("basing", "basing", self.basing)
        if self.part_of is not None and self.part_of is not ABSENT:
            named += _named_one("pledge", "part_of", self.part_of)
        if self.fills and self.fills is not ABSENT:
            named += _named("requirement", "fills", self.fills)
        return named


REPLACEABLE = ("capability", "quantity")
"""What a pledge always has: an amendment can replace it."""

REMOVABLE = ("basing", "notice_to_move_days", "available_from", "expires_on", "part_of", "fills", "phases")
"""What a pledge can be without: an amendment can replace it, or take it away."""

AMENDABLE = (*REPLACEABLE, *REMOVABLE)


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
    """The contributor confirms the pledge as it is; ``until`` is the last day for which it does."""

    type: Literal["PledgeReaffirmed"] = "PledgeReaffirmed"
    until: Date | None = None


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


@fact(pledge="gbr-ground", quantity={"min": 450, "max": 450, "unit": "personnel"}, basing="hub")
class StrengthReported(PledgeFact):
    """So many forces of the pledge are on the ground, whatever was reported before: in all, or at one basing.

    Later deployments and returns add to it and take from it.
    """

    type: Literal["StrengthReported"] = "StrengthReported"
    quantity: Quantity
    basing: Slug | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named_one("basing", "basing", self.basing)


@fact(pledge="gbr-ground", quantity={"min": 500, "max": 500, "unit": "personnel"})
class ForcesReturned(PledgeFact):
    """Forces of the pledge have left: so many, all (from one basing, if it is named), or those of one deployment.

    A deployment is named in ``of``; its forces leave whole, so nothing of a range stays behind.
    """

    type: Literal["ForcesReturned"] = "ForcesReturned"
    quantity: Quantity | None = None
    basing: Slug | None = None
    of: EventId | None = None

    @model_validator(mode="after")
    def _names_forces_one_way(self) -> "ForcesReturned":
        if self.of is not None and (self.quantity is not None or self.basing is not None):
            raise ValueError("with of, the forces of that deployment leave whole: leave quantity and basing out")
        return self

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named_one("basing", "basing", self.basing)


@fact(pledge="gbr-aid", quantity={"min": 1500000, "max": 1500000, "unit": "EUR"})
class FundsDisbursed(PledgeFact):
    """Money of the pledge has been paid, in addition to what was paid before."""

    type: Literal["FundsDisbursed"] = "FundsDisbursed"
    quantity: Quantity

    @model_validator(mode="after")
    def _is_money(self) -> "FundsDisbursed":
        if self.quantity.unit not in CURRENCIES:
            raise ValueError("what is disbursed is money: give the quantity in an ISO 4217 currency")
        return self


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
