"""Requirements: a size that the whole force is said to need, even if only one state says so."""

from typing import Literal, NamedTuple

from pydantic import model_validator

from domain.actors import Actor
from domain.facts import Entry, Fact, Thing, fact
from domain.quantities import Quantity
from domain.refusals import IdAlreadyUsed, RequirementIsWithdrawn, RuleBroken, UnknownId
from domain.vocabulary import Capability, Name, RequirementStanding, Slug, Text


@fact()
class RequirementFact(Fact):
    """A fact about one requirement."""

    requirement: Slug

    @property
    def thing(self) -> Thing:
        return Thing("requirement", self.requirement)


@fact(
    requirement="floated-size", label="Size floated by officials", stated_by="GBR", standing="floated",
    quantity={"min": 10000, "max": 30000, "unit": "personnel"},
)  # fmt: skip
class RequirementStated(RequirementFact):
    """An actor states what the force needs, as a whole or of one capability."""

    type: Literal["RequirementStated"] = "RequirementStated"
    label: Name
    stated_by: Actor
    standing: RequirementStanding
    quantity: Quantity
    capability: Capability | None = None


@fact(requirement="floated-size", standing="agreed")
class RequirementAmended(RequirementFact):
    """The requirement changes; the given fields apply from then on."""

    type: Literal["RequirementAmended"] = "RequirementAmended"
    label: Name | None = None
    stated_by: Actor | None = None
    standing: RequirementStanding | None = None
    quantity: Quantity | None = None
    capability: Capability | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "RequirementAmended":
        if all(getattr(self, name) is None for name in _AMENDABLE):
            raise ValueError(f"an amendment needs at least one of {', '.join(_AMENDABLE)}")
        return self


@fact(requirement="floated-size", reason="overtaken")
class RequirementWithdrawn(RequirementFact):
    """The requirement no longer applies."""

    type: Literal["RequirementWithdrawn"] = "RequirementWithdrawn"
    reason: Text | None = None


_AMENDABLE = ("label", "stated_by", "standing", "quantity", "capability")


class RequirementState(NamedTuple):
    """One requirement at one time."""

    stated: Entry
    latest: Entry
    status: Literal["stated", "withdrawn"]
    label: str
    stated_by: str
    standing: RequirementStanding
    quantity: Quantity
    capability: Capability | None
    since: str
    ends_us: None = None

    @property
    def requirement(self) -> str:
        return str(self.stated.fact.requirement)

    @property
    def is_current(self) -> bool:
        return self.status == "stated"


def evolve(state: RequirementState | None, entry: Entry) -> RequirementState:
    """The requirement after one more fact that breaks no rule."""
    fact = entry.fact
    if state is None:
        return RequirementState(
            entry,
            entry,
            "stated",
            fact.label,
            fact.stated_by,
            fact.standing,
            fact.quantity,
            fact.capability,
            entry.fact.effective_at,
        )
    if isinstance(fact, RequirementWithdrawn):
        since = state.since if state.status == "withdrawn" else entry.fact.effective_at
        return state._replace(latest=entry, status="withdrawn", since=since)
    changes = {name: value for name in _AMENDABLE if (value := getattr(fact, name)) is not None}
    return state._replace(latest=entry, **changes)


def broken_rule(state: RequirementState | None, entry: Entry) -> RuleBroken | None:
    """A name is used once, and a withdrawn requirement cannot be amended."""
    fact = entry.fact
    if isinstance(fact, RequirementStated):
        if state is None:
            return None
        return IdAlreadyUsed(
            f"the requirement {fact.requirement} already exists", "/requirement", (state.stated.event_id,)
        )
    if state is None:
        return UnknownId(f"no requirement {fact.requirement} is on record", "/requirement")
    if not state.is_current and isinstance(fact, RequirementAmended):
        detail = f"the requirement {fact.requirement} is already withdrawn {entry.start_in_words}"
        return RequirementIsWithdrawn(detail, "/requirement", (state.latest.event_id,))
    return None
