"""The coalition itself: the force being assembled, its theatre, its leads and its key partner."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from domain.actors import Actor, Country
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import EffectiveBeforeItsFooting, IdAlreadyUsed, RuleBroken
from domain.vocabulary import Name, Text

FORMATION = Thing("coalition", "")


@fact(
    name="Coalition of the willing",
    purpose="a reassurance force",
    theatre=["UKR"],
    leads=["FRA", "GBR"],
    key_partner="USA",
)
class CoalitionFormed(Fact):
    """A coalition begins to assemble a force; the first fact of every coalition."""

    type: Literal["CoalitionFormed"] = "CoalitionFormed"
    name: Name
    purpose: Text | None = None
    theatre: Annotated[tuple[Country, ...], Field(max_length=50)] = ()
    leads: Annotated[tuple[Actor, ...], Field(max_length=50)] = ()
    key_partner: Actor | None = None

    @property
    def thing(self) -> Thing:
        return FORMATION


@fact(name="Multinational Force Ukraine")
class CoalitionRenamed(Fact):
    """The coalition has a new name."""

    type: Literal["CoalitionRenamed"] = "CoalitionRenamed"
    name: Name

    @property
    def thing(self) -> Thing:
        return FORMATION


class CoalitionState(NamedTuple):
    """The coalition at one time."""

    formed: Entry
    latest: Entry
    name: str
    ends_us: None = None
    status: str = "formed"

    @property
    def is_current(self) -> bool:
        return True


def evolve(state: CoalitionState | None, entry: Entry) -> CoalitionState:
    """The coalition after one more fact that breaks no rule."""
    if state is None:
        return CoalitionState(formed=entry, latest=entry, name=entry.fact.name)
    return state._replace(latest=entry, name=entry.fact.name)


def broken_rule(state: CoalitionState | None, entry: Entry) -> RuleBroken | None:
    """The rule that the fact would break, if any; ``state`` is the coalition when it takes effect."""
    if isinstance(entry.fact, CoalitionFormed):
        if state is None:
            return None
        return IdAlreadyUsed("the coalition is already formed", "/type", (state.formed.event_id,))
    if state is None:
        return EffectiveBeforeItsFooting(f"the coalition is not yet formed {entry.start_in_words}", "/effective_at")
    return None
