"""How the force is commanded: named arrangements, each replaced by a later fact about it."""

from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from domain.actors import Actor
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import RuleBroken
from domain.vocabulary import CommandStatus, Component, Name, Slug, Text


@fact(command="force-headquarters", component="overall", status="planned", headquarters="Paris", led_by=["FRA", "GBR"])
class CommandArranged(Fact):
    """A command is planned, operating or ended; a later fact replaces the arrangement."""

    type: Literal["CommandArranged"] = "CommandArranged"
    command: Slug
    component: Component
    status: CommandStatus
    headquarters: Name | None = None
    led_by: Annotated[tuple[Actor, ...], Field(max_length=50)] = ()
    description: Text | None = None

    @property
    def thing(self) -> Thing:
        return Thing("command", self.command)


class CommandState(NamedTuple):
    """One command at one time."""

    latest: Entry
    status: str
    since: str
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


def evolve(state: CommandState | None, entry: Entry) -> CommandState:
    """The arrangement as the fact gives it."""
    is_confirmation = state is not None and state.status == entry.fact.status
    return CommandState(entry, entry.fact.status, state.since if is_confirmation and state else entry.fact.effective_at)


def broken_rule(state: CommandState | None, entry: Entry) -> RuleBroken | None:
    """None: an arrangement can always be made and changed."""
    return None
