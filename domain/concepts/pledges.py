"""Pledges: what one contributor would itself provide, of one capability."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, Thing, fact, with_changes
from domain.quantities import Quantity, exceeds, in_words, is_nothing, less, plus
from domain.refusals import (
    IdAlreadyUsed,
    LevelDoesNotMoveThatWay,
    NothingToUndo,
    PledgeIsOver,
    ReturnsMoreThanIsDeployed,
    RuleBroken,
    UnitIsNotThePledges,
    UnknownId,
    WithdrawsMoreThanIsLeft,
)
from domain.times import Date, Moment, format_instant, period
from domain.vocabulary import LEVEL_RANK, Capability, CaveatKind, Level, Purpose, Slug, Text

# --- facts ------------------------------------------------------------------------------------------------------------

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


# --- state ------------------------------------------------------------------------------------------------------------


PledgeStatus = Literal["standing", "suspended", "withdrawn", "lapsed"]
_OVER = ("withdrawn", "lapsed")


class PledgeState(NamedTuple):
    """A pledge at one time. ``quantity`` is what remains of it; ``ends_us`` is when it expires."""

    pledge: str
    contributor: str
    purpose: str
    made: Entry
    latest: Entry
    status: PledgeStatus
    level: Level
    capability: Capability
    quantity: Quantity
    conditions: tuple[str, ...]
    caveats: tuple[Caveat, ...]
    basing: tuple[str, ...]
    since: str
    deployed: Quantity | None = None
    notice_to_move_days: int | None = None
    available_from: str | None = None
    expires_on: str | None = None
    ends_us: int | None = None

    @property
    def is_over(self) -> bool:
        return self.status in _OVER

    @property
    def is_current(self) -> bool:
        """Whether a picture shows it: it is in force, or has forces on the ground."""
        return self.status not in _OVER or (self.deployed is not None and not is_nothing(self.deployed))

    def after_end(self) -> "PledgeState":
        """The pledge after its last day: lapsed since then, or since a later fact that set the end."""
        if self.is_over or self.ends_us is None:
            return self
        is_set_later = self.latest.effective_us > self.ends_us
        since = self.latest.fact.effective_at if is_set_later else format_instant(self.ends_us)
        return with_changes(self, status="lapsed", since=since, ends_us=None)


def evolve(state: PledgeState | None, entry: Entry) -> PledgeState:
    """The pledge after one more fact that breaks no rule."""
    return _made(entry) if state is None else _AFTER[entry.fact.type](state, entry)


def _made(entry: Entry) -> PledgeState:
    fact: PledgeMade = entry.fact
    return PledgeState(
        pledge=fact.pledge, contributor=fact.contributor, purpose=fact.purpose, made=entry, latest=entry,
        status="standing", level=fact.level, capability=fact.capability, quantity=fact.quantity,
        conditions=tuple(dict.fromkeys(fact.conditions)), caveats=fact.caveats, basing=fact.basing,
        since=entry.fact.effective_at, notice_to_move_days=fact.notice_to_move_days,
        available_from=fact.available_from, expires_on=fact.expires_on, ends_us=_end_of(fact.expires_on),
    )  # fmt: skip


def _amended(state: PledgeState, entry: Entry) -> PledgeState:
    changes = {name: value for name in AMENDABLE if (value := getattr(entry.fact, name)) is not None}
    if "expires_on" in changes:
        changes["ends_us"] = _end_of(entry.fact.expires_on)
    return with_changes(state, latest=entry, **changes)


def _moved(state: PledgeState, entry: Entry) -> PledgeState:
    return with_changes(state, latest=entry, level=entry.fact.level)


def _reaffirmed(state: PledgeState, entry: Entry) -> PledgeState:
    return with_changes(state, latest=entry)


def _withdrawn(state: PledgeState, entry: Entry) -> PledgeState:
    left = None if entry.fact.quantity is None else less(state.quantity, entry.fact.quantity)
    if left is None or is_nothing(left):
        return _in_status(state, entry, "withdrawn")
    return with_changes(state, latest=entry, quantity=left)


def _deployed(state: PledgeState, entry: Entry) -> PledgeState:
    return with_changes(state, latest=entry, deployed=_on_the_ground(state.deployed, entry.fact.quantity))


def _returned(state: PledgeState, entry: Entry) -> PledgeState:
    assert state.deployed is not None
    return with_changes(state, latest=entry, deployed=less(state.deployed, entry.fact.quantity))


def _caveat_declared(state: PledgeState, entry: Entry) -> PledgeState:
    declared = Caveat(caveat=entry.fact.caveat, kind=entry.fact.kind, text=entry.fact.text)
    return with_changes(state, latest=entry, caveats=(*_other_caveats(state, declared.caveat), declared))


def _caveat_lifted(state: PledgeState, entry: Entry) -> PledgeState:
    return with_changes(state, latest=entry, caveats=_other_caveats(state, entry.fact.caveat))


def _attached(state: PledgeState, entry: Entry) -> PledgeState:
    condition = entry.fact.condition
    return with_changes(state, latest=entry, conditions=(*_other_conditions(state, condition), condition))


def _detached(state: PledgeState, entry: Entry) -> PledgeState:
    return with_changes(state, latest=entry, conditions=_other_conditions(state, entry.fact.condition))


def _in_status(state: PledgeState, entry: Entry, status: PledgeStatus) -> PledgeState:
    since = state.since if status == state.status else entry.fact.effective_at
    ends_us = None if status in _OVER else state.ends_us
    return with_changes(state, latest=entry, status=status, since=since, ends_us=ends_us)


_AFTER: dict[str, Callable[[PledgeState, Entry], PledgeState]] = {
    "PledgeAmended": _amended,
    "PledgeRaised": _moved,
    "PledgeLowered": _moved,
    "PledgeReaffirmed": _reaffirmed,
    "PledgeWithdrawn": _withdrawn,
    "PledgeSuspended": partial(_in_status, status="suspended"),
    "PledgeResumed": partial(_in_status, status="standing"),
    "PledgeLapsed": partial(_in_status, status="lapsed"),
    "ForcesDeployed": _deployed,
    "ForcesReturned": _returned,
    "CaveatDeclared": _caveat_declared,
    "CaveatLifted": _caveat_lifted,
    # These two belong to the module of conditions; here they change the pledge that they name.
    "ConditionAttached": _attached,
    "ConditionDetached": _detached,
}


def _on_the_ground(before: Quantity | None, more: Quantity) -> Quantity:
    return more if before is None or is_nothing(before) else plus(before, more)


def _other_conditions(state: PledgeState, condition: str) -> tuple[str, ...]:
    return tuple(name for name in state.conditions if name != condition)


def _other_caveats(state: PledgeState, caveat: str) -> tuple[Caveat, ...]:
    return tuple(other for other in state.caveats if other.caveat != caveat)


def _end_of(expires_on: str | None) -> int | None:
    return None if expires_on is None else period(expires_on).end_us


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: PledgeState | None, entry: Entry) -> RuleBroken | None:
    """The rule that the fact would break, if any; ``state`` is the pledge when it takes effect."""
    fact = entry.fact
    if fact.type == "PledgeMade":
        return _name_is_taken(state, fact)
    if state is None:
        return UnknownId(f"no pledge {fact.pledge} is on record", "/pledge")
    if state.status in _OVER and fact.type != "ForcesReturned":
        return PledgeIsOver(
            f"the pledge {fact.pledge} is already over {entry.start_in_words} ({state.status}): "
            "only a return of forces can follow; record a renewed offer as a new pledge",
            "/pledge", _between(state),
        )  # fmt: skip
    broken_by = _BROKEN_BY.get(fact.type)
    return None if broken_by is None else broken_by(state, entry)


def _name_is_taken(state: PledgeState | None, fact: PledgeMade) -> RuleBroken | None:
    if state is None:
        return None
    return IdAlreadyUsed(f"the pledge {fact.pledge} already exists", "/pledge", (state.made.event_id,))


def _amends_the_unit(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeAmended = entry.fact
    if fact.quantity is None or state.deployed is None or is_nothing(state.deployed):
        return None
    return _other_unit(state, fact.quantity)


def _moves_the_wrong_way(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeRaised | PledgeLowered = entry.fact
    step = LEVEL_RANK[fact.level] - LEVEL_RANK[state.level]
    if (step > 0) if isinstance(fact, PledgeRaised) else (step < 0):
        return None
    verb = "raise" if isinstance(fact, PledgeRaised) else "lower"
    detail = f"the pledge {fact.pledge} is {state.level} {entry.start_in_words}; {fact.level} would not {verb} it"
    return LevelDoesNotMoveThatWay(detail, "/level", _between(state))


def _takes_too_much(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: PledgeWithdrawn = entry.fact
    if fact.quantity is None:
        return None
    if other_unit := _other_unit(state, fact.quantity):
        return other_unit
    if not exceeds(fact.quantity, state.quantity):
        return None
    most = _max_in_words(state.quantity)
    detail = f"at most {most} of the pledge {state.pledge} are left {entry.start_in_words}"
    return WithdrawsMoreThanIsLeft(detail, "/quantity", _between(state))


def _returns_too_much(state: PledgeState, entry: Entry) -> RuleBroken | None:
    fact: ForcesReturned = entry.fact
    if state.deployed is None or is_nothing(state.deployed):
        detail = f"nothing of the pledge {state.pledge} is deployed {entry.start_in_words}"
        return ReturnsMoreThanIsDeployed(detail, "/quantity", _between(state))
    if other_unit := _other_unit(state, fact.quantity):
        return other_unit
    if not exceeds(fact.quantity, state.deployed):
        return None
    most = _max_in_words(state.deployed)
    detail = f"at most {most} of the pledge {state.pledge} can be deployed {entry.start_in_words}"
    return ReturnsMoreThanIsDeployed(detail, "/quantity", _between(state))


def _max_in_words(quantity: Quantity) -> str:
    return in_words(quantity.max or 0, quantity.unit)


def _deploys_another_unit(state: PledgeState, entry: Entry) -> RuleBroken | None:
    return _other_unit(state, entry.fact.quantity)


def _resumes_what_goes_on(state: PledgeState, entry: Entry) -> RuleBroken | None:
    if state.status == "suspended":
        return None
    return NothingToUndo(
        f"the pledge {state.pledge} is not suspended {entry.start_in_words}", "/pledge", _between(state)
    )


def _lifts_an_unknown_caveat(state: PledgeState, entry: Entry) -> RuleBroken | None:
    name = entry.fact.caveat
    if any(caveat.caveat == name for caveat in state.caveats):
        return None
    detail = f"the pledge {state.pledge} has no caveat {name} {entry.start_in_words}"
    return NothingToUndo(detail, "/caveat", _between(state))


def _detaches_an_unattached_condition(state: PledgeState, entry: Entry) -> RuleBroken | None:
    name = entry.fact.condition
    if name in state.conditions:
        return None
    detail = f"the condition {name} is not attached to the pledge {state.pledge} {entry.start_in_words}"
    return NothingToUndo(detail, "/condition", _between(state))


_BROKEN_BY: dict[str, Callable[[PledgeState, Entry], RuleBroken | None]] = {
    "PledgeAmended": _amends_the_unit,
    "PledgeRaised": _moves_the_wrong_way,
    "PledgeLowered": _moves_the_wrong_way,
    "PledgeWithdrawn": _takes_too_much,
    "PledgeResumed": _resumes_what_goes_on,
    "ForcesDeployed": _deploys_another_unit,
    "ForcesReturned": _returns_too_much,
    "CaveatLifted": _lifts_an_unknown_caveat,
    "ConditionDetached": _detaches_an_unattached_condition,
}
"""The rule that a fact of each type can break if the pledge is not over; the other types can break none."""


def _other_unit(state: PledgeState, quantity: Quantity) -> RuleBroken | None:
    """The rule that a quantity breaks if its unit or measure differs from the pledge's."""
    if quantity.unit != state.quantity.unit:
        detail = f"the pledge {state.pledge} is counted in {state.quantity.unit}, not in {quantity.unit}"
        return UnitIsNotThePledges(detail, "/quantity/unit", _between(state))
    if quantity.is_cumulative == state.quantity.is_cumulative:
        return None
    total, in_place = "a total over rotations", "in place at one time"
    own, other = (total, in_place) if state.quantity.is_cumulative else (in_place, total)
    detail = f"the pledge {state.pledge} is {own}, but this quantity is {other}"
    return UnitIsNotThePledges(detail, "/quantity/measure", _between(state))


def _between(state: PledgeState) -> tuple[str, ...]:
    """The events that a fact collides with: the pledge's first and its latest."""
    return tuple(dict.fromkeys((state.made.event_id, state.latest.event_id)))
