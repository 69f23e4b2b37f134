"""Pledges: what one contributor would itself put up, of one capability."""

from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, Thing, fact
from domain.quantities import Quantity, exceeds, is_nothing, less, plus
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
from domain.times import Date, Moment, period, written
from domain.words import LEVEL_RANK, Capability, CaveatKind, Level, Purpose, Slug, Text

# --- facts ------------------------------------------------------------------------------------------------------------

Slugs = Annotated[tuple[Slug, ...], Field(max_length=200)]
NoticeDays = Annotated[StrictInt, Field(ge=0, le=36_500)]
_PEOPLE = {"min": 1000, "max": 3000, "unit": "personnel"}


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Caveat:
    """A restriction that a contributor puts on the use of what it pledges."""

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
    """A contributor says what it would put up, how firmly, and on which conditions."""

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
    """The pledge changes in the world; what is given stands from then on."""

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
            raise ValueError(f"an amendment brings at least one of {', '.join(AMENDABLE)}")
        return self

    @property
    def footings(self) -> tuple[Footing, ...]:
        return _named("basing", "basing", self.basing or ())


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
    """The contributor says again what stands already."""

    type: Literal["PledgeReaffirmed"] = "PledgeReaffirmed"


@fact(pledge="gbr-ground", quantity={"min": 200, "max": 200, "unit": "personnel"}, reason="elections")
class PledgeWithdrawn(PledgeFact):
    """The pledge, or the part of it that ``quantity`` gives, is taken back."""

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
    """The pledge has ended without being withdrawn."""

    type: Literal["PledgeLapsed"] = "PledgeLapsed"
    reason: Text | None = None


@fact(pledge="gbr-ground", quantity={"min": 500, "max": 500, "unit": "personnel"})
class ForcesDeployed(PledgeFact):
    """Forces of the pledge are on the ground, in addition to those that are."""

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
    """A caveat holds for the pledge; declared again, it holds as now said."""

    type: Literal["CaveatDeclared"] = "CaveatDeclared"
    caveat: Slug
    kind: CaveatKind
    text: Text


@fact(pledge="gbr-ground", caveat="not-at-the-line")
class CaveatLifted(PledgeFact):
    """A caveat no longer holds."""

    type: Literal["CaveatLifted"] = "CaveatLifted"
    caveat: Slug
    kind: CaveatKind | None = None
    text: Text | None = None


def _named(kind: str, field: str, names: tuple[str, ...]) -> tuple[Footing, ...]:
    return tuple(Footing(Thing(kind, name), f"/{field}/{position}") for position, name in enumerate(names))


def _named_one(kind: str, field: str, name: str | None) -> tuple[Footing, ...]:
    return () if name is None else (Footing(Thing(kind, name), f"/{field}"),)


# --- state ------------------------------------------------------------------------------------------------------------


class PledgeState(NamedTuple):
    """A pledge at one time. ``quantity`` is what is left of it; ``ends_us`` is when it expires."""

    made: Entry
    latest: Entry
    status: Literal["standing", "suspended", "withdrawn", "lapsed"]
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
    def pledge(self) -> str:
        return self.made.fact.pledge  # type: ignore[no-any-return]

    @property
    def contributor(self) -> str:
        return self.made.fact.contributor  # type: ignore[no-any-return]

    @property
    def purpose(self) -> str:
        return self.made.fact.purpose  # type: ignore[no-any-return]

    @property
    def is_over(self) -> bool:
        return self.status in ("withdrawn", "lapsed")

    @property
    def is_current(self) -> bool:
        """Whether a picture shows it: it stands, or has forces on the ground."""
        return not self.is_over or (self.deployed is not None and not is_nothing(self.deployed))

    def ended(self) -> "PledgeState":
        """The same pledge after its last day."""
        if self.is_over or self.ends_us is None:
            return self
        return self._replace(status="lapsed", since=written(self.ends_us), ends_us=None)


def evolve(state: PledgeState | None, entry: Entry) -> PledgeState:
    """The pledge after one more fact that breaks no rule."""
    fact = entry.fact
    if state is None:
        return _made(entry)
    match fact:
        case PledgeReaffirmed():
            return state._replace(latest=entry)
        case PledgeAmended():
            return _amended(state, entry)
        case PledgeRaised() | PledgeLowered():
            return state._replace(latest=entry, level=fact.level)
        case PledgeWithdrawn():
            return _withdrawn(state, entry)
        case PledgeSuspended():
            return _in_status(state, entry, "suspended")
        case PledgeResumed():
            return _in_status(state, entry, "standing")
        case PledgeLapsed():
            return _in_status(state, entry, "lapsed")
        case ForcesDeployed():
            return state._replace(latest=entry, deployed=_on_the_ground(state.deployed, fact.quantity))
        case ForcesReturned():
            assert state.deployed is not None
            return state._replace(latest=entry, deployed=less(state.deployed, fact.quantity))
        case CaveatDeclared():
            declared = Caveat(caveat=fact.caveat, kind=fact.kind, text=fact.text)
            return state._replace(latest=entry, caveats=(*_other_caveats(state, fact.caveat), declared))
        case CaveatLifted():
            return state._replace(latest=entry, caveats=_other_caveats(state, fact.caveat))
    return _conditioned(state, entry)


def _made(entry: Entry) -> PledgeState:
    fact: PledgeMade = entry.fact
    return PledgeState(
        made=entry, latest=entry, status="standing", level=fact.level, capability=fact.capability,
        quantity=fact.quantity, conditions=tuple(dict.fromkeys(fact.conditions)), caveats=fact.caveats,
        basing=fact.basing, since=entry.fact.effective_at, notice_to_move_days=fact.notice_to_move_days,
        available_from=fact.available_from, expires_on=fact.expires_on, ends_us=_end_of(fact.expires_on),
    )  # fmt: skip


def _amended(state: PledgeState, entry: Entry) -> PledgeState:
    changes = {name: value for name in AMENDABLE if (value := getattr(entry.fact, name)) is not None}
    if "expires_on" in changes:
        changes["ends_us"] = _end_of(entry.fact.expires_on)
    return state._replace(latest=entry, **changes)


def _withdrawn(state: PledgeState, entry: Entry) -> PledgeState:
    left = None if entry.fact.quantity is None else less(state.quantity, entry.fact.quantity)
    if left is None or is_nothing(left):
        return _in_status(state, entry, "withdrawn")
    return state._replace(latest=entry, quantity=left)


def _in_status(
    state: PledgeState, entry: Entry, status: Literal["standing", "suspended", "withdrawn", "lapsed"]
) -> PledgeState:
    since = state.since if status == state.status else entry.fact.effective_at
    ends_us = None if status in ("withdrawn", "lapsed") else state.ends_us
    return state._replace(latest=entry, status=status, since=since, ends_us=ends_us)


def _on_the_ground(before: Quantity | None, more: Quantity) -> Quantity:
    return more if before is None or is_nothing(before) else plus(before, more)


def _conditioned(state: PledgeState, entry: Entry) -> PledgeState:
    """Attaching and detaching stand in the module of conditions; here they change the pledge that they name."""
    condition = entry.fact.condition
    others = tuple(name for name in state.conditions if name != condition)
    is_attached = entry.fact.type == "ConditionAttached"
    return state._replace(latest=entry, conditions=(*others, condition) if is_attached else others)


def _other_caveats(state: PledgeState, caveat: str) -> tuple[Caveat, ...]:
    return tuple(other for other in state.caveats if other.caveat != caveat)


def _end_of(expires_on: str | None) -> int | None:
    return None if expires_on is None else period(expires_on).end_us


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: PledgeState | None, entry: Entry) -> RuleBroken | None:
    """The rule that the fact breaks against the pledge as it is by then, if any."""
    fact = entry.fact
    if isinstance(fact, PledgeMade):
        return _name_is_taken(state, fact)
    if state is None:
        return UnknownId(f"no pledge {fact.pledge} is made by then", "/pledge")
    if state.is_over and not isinstance(fact, ForcesReturned):
        return PledgeIsOver(
            f"the pledge {fact.pledge} is {state.status}; only a return is possible, coming back is a new pledge",
            "/pledge", _between(state),
        )  # fmt: skip
    return _broken_by_kind(state, fact)


def _broken_by_kind(state: PledgeState, fact: Fact) -> RuleBroken | None:
    match fact:
        case PledgeReaffirmed() | PledgeSuspended() | PledgeLapsed() | CaveatDeclared():
            return None
        case PledgeAmended():
            return _amends_the_unit(state, fact)
        case PledgeRaised() | PledgeLowered():
            return _moves_the_wrong_way(state, fact)
        case PledgeWithdrawn():
            return _takes_too_much(state, fact)
        case PledgeResumed() if state.status != "suspended":
            return NothingToUndo(f"the pledge {state.pledge} is not suspended", "/pledge", _between(state))
        case ForcesDeployed():
            return _other_unit(state, fact.quantity)
        case ForcesReturned():
            return _returns_too_much(state, fact)
        case CaveatLifted() if all(caveat.caveat != fact.caveat for caveat in state.caveats):
            return NothingToUndo(f"the pledge {state.pledge} has no caveat {fact.caveat}", "/caveat", _between(state))
    if fact.type == "ConditionDetached" and fact.condition not in state.conditions:  # type: ignore[attr-defined]
        return NothingToUndo(
            f"the condition is not attached to the pledge {state.pledge}", "/condition", _between(state)
        )
    return None


def _name_is_taken(state: PledgeState | None, fact: PledgeMade) -> RuleBroken | None:
    if state is None:
        return None
    return IdAlreadyUsed(f"the pledge {fact.pledge} is made already", "/pledge", (state.made.event_id,))


def _amends_the_unit(state: PledgeState, fact: PledgeAmended) -> RuleBroken | None:
    if fact.quantity is None or state.deployed is None or is_nothing(state.deployed):
        return None
    return _other_unit(state, fact.quantity)


def _moves_the_wrong_way(state: PledgeState, fact: PledgeRaised | PledgeLowered) -> RuleBroken | None:
    step = LEVEL_RANK[fact.level] - LEVEL_RANK[state.level]
    if (step > 0) if isinstance(fact, PledgeRaised) else (step < 0):
        return None
    verb = "raise" if isinstance(fact, PledgeRaised) else "lower"
    return LevelDoesNotMoveThatWay(
        f"{fact.level} does not {verb} a pledge that is {state.level}", "/level", _between(state)
    )


def _takes_too_much(state: PledgeState, fact: PledgeWithdrawn) -> RuleBroken | None:
    if fact.quantity is None:
        return None
    if other_unit := _other_unit(state, fact.quantity):
        return other_unit
    if not exceeds(fact.quantity, state.quantity):
        return None
    detail = f"at most {state.quantity.max} {state.quantity.unit} of the pledge {state.pledge} are left by then"
    return WithdrawsMoreThanIsLeft(detail, "/quantity", _between(state))


def _returns_too_much(state: PledgeState, fact: ForcesReturned) -> RuleBroken | None:
    if state.deployed is None or is_nothing(state.deployed):
        return ReturnsMoreThanIsDeployed(
            f"nothing of the pledge {state.pledge} is deployed by then", "/quantity", _between(state)
        )
    if other_unit := _other_unit(state, fact.quantity):
        return other_unit
    if not exceeds(fact.quantity, state.deployed):
        return None
    detail = f"at most {state.deployed.max} {state.deployed.unit} of the pledge {state.pledge} are deployed by then"
    return ReturnsMoreThanIsDeployed(detail, "/quantity", _between(state))


def _other_unit(state: PledgeState, quantity: Quantity) -> RuleBroken | None:
    if quantity.unit == state.quantity.unit:
        return None
    return UnitIsNotThePledges(
        f"the pledge {state.pledge} is in {state.quantity.unit}", "/quantity/unit", _between(state)
    )


def _between(state: PledgeState) -> tuple[str, ...]:
    """The events that the record would collide with: the pledge's first and its latest."""
    return tuple(dict.fromkeys((state.made.event_id, state.latest.event_id)))
