"""Members of the coalition, by role. A state can pledge without being a member: surprising, but recorded."""

from typing import Literal, NamedTuple

from domain.actors import Actor
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import NothingToUndo, RuleBroken
from domain.vocabulary import Role, Text


@fact(member="FRA", role="lead")
class MemberJoined(Fact):
    """An actor is a member in a role; a later fact changes the role."""

    type: Literal["MemberJoined"] = "MemberJoined"
    member: Actor
    role: Role

    @property
    def thing(self) -> Thing:
        return Thing("member", self.member)


@fact(member="FRA", reason="a new government")
class MemberLeft(Fact):
    """An actor is no longer a member."""

    type: Literal["MemberLeft"] = "MemberLeft"
    member: Actor
    reason: Text | None = None

    @property
    def thing(self) -> Thing:
        return Thing("member", self.member)


class MemberState(NamedTuple):
    """One actor's membership at one time."""

    member: str
    role: Role
    status: Literal["joined", "left"]
    since: str
    latest: Entry
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return self.status == "joined"


def evolve(state: MemberState | None, entry: Entry) -> MemberState:
    """The membership after one more fact that breaks no rule."""
    fact = entry.fact
    if isinstance(fact, MemberJoined):
        is_confirmation = state is not None and state.is_current and state.role == fact.role
        since = state.since if is_confirmation and state else entry.fact.effective_at
        return MemberState(fact.member, fact.role, "joined", since, entry)
    assert state is not None
    return state._replace(status="left", since=entry.fact.effective_at, latest=entry)


def broken_rule(state: MemberState | None, entry: Entry) -> RuleBroken | None:
    """Leaving needs a membership."""
    if isinstance(entry.fact, MemberLeft) and (state is None or not state.is_current):
        collides_with = () if state is None else (state.latest.event_id,)
        return NothingToUndo(f"{entry.fact.member} is not a member {entry.start_in_words}", "/member", collides_with)
    return None
