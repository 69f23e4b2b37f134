"""Stances: how far an actor says it would go; and support sought from a partner."""

from typing import Literal, NamedTuple

from domain.actors import Actor
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import RuleBroken
from domain.vocabulary import Capability, Importance, Stance, Zone


@fact(actor="USA", capability="combat_air", stance="not_excluded")
class StanceStated(Fact):
    """How far an actor would go, on one capability or overall, everywhere or in one zone.

    If ``attribution.actor`` is absent or is the actor itself, it is the actor's own statement.
    """

    type: Literal["StanceStated"] = "StanceStated"
    actor: Actor
    capability: Capability | None = None
    zone: Zone | None = None
    stance: Stance

    @property
    def thing(self) -> Thing:
        return Thing("stance", f"{self.actor} {self.capability or ''} {self.zone or ''} {self.said_by or ''}")

    @property
    def said_by(self) -> str | None:
        """The actor that says so, if it is not the actor itself."""
        speaker = self.attribution.actor if self.attribution else None
        return None if speaker == self.actor else speaker


@fact(partner="USA", capability="combat_air", importance="critical")
class SupportSought(Fact):
    """The coalition, or one of its members, seeks support of one capability from a partner."""

    type: Literal["SupportSought"] = "SupportSought"
    partner: Actor
    capability: Capability
    importance: Importance
    sought_by: Actor | None = None

    @property
    def thing(self) -> Thing:
        return Thing("support", f"{self.partner} {self.capability}")


class StanceState(NamedTuple):
    """One actor's stance on one matter, according to one speaker, at one time."""

    latest: Entry
    status: str
    since: str
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


class SupportState(NamedTuple):
    """Support of one capability sought from one partner, at one time; ``status`` is its importance."""

    latest: Entry
    status: str
    since: str
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


def evolve(state: StanceState | None, entry: Entry) -> StanceState:
    """The latest statement counts; ``since`` is the start of the unbroken stance."""
    stance = entry.fact.stance
    return StanceState(entry, stance, state.since if state and state.status == stance else entry.fact.effective_at)


def evolve_support(state: SupportState | None, entry: Entry) -> SupportState:
    """The latest fact counts; ``since`` is the start of the unbroken importance."""
    importance = entry.fact.importance
    return SupportState(
        entry, importance, state.since if state and state.status == importance else entry.fact.effective_at
    )


def broken_rule(state: StanceState | SupportState | None, entry: Entry) -> RuleBroken | None:
    """None: a stance can always be stated, and support sought."""
    return None
