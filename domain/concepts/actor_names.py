"""Names of organisations and groups, as people read them. States keep the names of ISO 3166."""

from typing import Literal, NamedTuple

from domain.actors import OrganisationOrGroup
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import RuleBroken
from domain.vocabulary import Label


@fact(actor="org:eeas", name="the European External Action Service", short="EEAS")
class ActorNamed(Fact):
    """An organisation or a group has this name from then on; a later fact replaces it."""

    type: Literal["ActorNamed"] = "ActorNamed"
    actor: OrganisationOrGroup
    name: Label
    short: Label | None = None

    @property
    def thing(self) -> Thing:
        return Thing("actor", self.actor)


class ActorNameState(NamedTuple):
    """The name of one actor at one time."""

    latest: Entry
    status: str = "named"
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


def evolve(state: ActorNameState | None, entry: Entry) -> ActorNameState:
    """The name as the fact gives it."""
    return ActorNameState(entry)


def broken_rule(state: ActorNameState | None, entry: Entry) -> RuleBroken | None:
    """A name contradicts nothing."""
    return None
