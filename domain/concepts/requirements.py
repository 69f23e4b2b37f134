"""Requirements: a size, in any unit, that the whole force is said to need, even if only one state says so.

A requirement may be a line of another: what the whole needs of one capability."""

from typing import Literal, NamedTuple

from pydantic import model_validator

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, Thing, fact
from domain.quantities import Quantity
from domain.refusals import IdAlreadyUsed, LineOfALine, RequirementIsWithdrawn, RuleBroken, UnknownId
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
    """An actor states what the force needs, as a whole or of one capability; ``part_of`` makes it a line of another."""

    type: Literal["RequirementStated"] = "RequirementStated"
    label: Name
    stated_by: Actor
    standing: RequirementStanding
    quantity: Quantity
    capability: Capability | None = None
    part_of: Slug | None = None

    @property
    def footings(self) -> tuple[Footing, ...]:
        if self.part_of is None:
            return ()
        return (Footing(Thing("requirement", self.part_of), "/part_of", has_to_be="whole"),)


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
    part_of: str | None = None
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
            fact.part_of,
        )
    if isinstance(fact, RequirementWithdrawn):
        since = state.since if state.status == "withdrawn" else entry.fact.effective_at
        return state._replace(latest=entry, status="withdrawn", since=since)
    changes = {name: value for name in _AMENDABLE if (value := getattr(fact, name)) is not None}
    return state._replace(latest=entry, **changes)


def broken_rule(state: RequirementState | None, entry: Entry) -> RuleBroken | None:
    """A name is used once, no requirement is its own line, and a withdrawn one cannot be amended."""
    fact = entry.fact
    if isinstance(fact, RequirementStated):
        if fact.part_of == fact.requirement:
            return LineOfALine(f"the requirement {fact.requirement} cannot be a line of itself", "/part_of")
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
