"""Members of the coalition, and their roles. A state can pledge without being a member: surprising, but recorded."""

from typing import Literal, NamedTuple, get_args

from domain.actors import Actor
from domain.facts import Entry, Fact, Thing, fact
from domain.refusals import NothingToUndo, RuleBroken
from domain.vocabulary import Role, Text


@fact(member="FRA", role="lead")
class MemberJoined(Fact):
    """An actor is a member in a role, in addition to the roles that it has."""

    type: Literal["MemberJoined"] = "MemberJoined"
    member: Actor
    role: Role

    @property
    def thing(self) -> Thing:
        return Thing("member", self.member)


@fact(member="FRA", reason="a new government")
class MemberLeft(Fact):
    """An actor is no longer a member; or, if a role is given, no longer in that role."""

    type: Literal["MemberLeft"] = "MemberLeft"
    member: Actor
    role: Role | None = None
    reason: Text | None = None

    @property
    def thing(self) -> Thing:
        return Thing("member", self.member)


class HeldRole(NamedTuple):
    """A role of a member, and the start of it."""

    role: Role
    since: str


class MemberState(NamedTuple):
    """One actor's membership at one time. ``roles`` are its roles in the order of the vocabulary; if it has left, those
    that it had last."""

    member: str
    roles: tuple[HeldRole, ...]
    status: Literal["joined", "left"]
    since: str
    latest: Entry
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return self.status == "joined"

    def has_any(self, *roles: Role) -> bool:
        """Whether it is a member in one of some roles."""
        return self.is_current and any(held.role in roles for held in self.roles)


def evolve(state: MemberState | None, entry: Entry) -> MemberState:
    """The membership after one more fact that breaks no rule."""
    fact = entry.fact
    if isinstance(fact, MemberJoined):
        return _joined(state, entry)
    assert state is not None
    staying = tuple(held for held in state.roles if fact.role not in (None, held.role))
    if staying:
        return state._replace(roles=staying, latest=entry)
    return state._replace(status="left", since=fact.effective_at, latest=entry)


def _joined(state: MemberState | None, entry: Entry) -> MemberState:
    fact = entry.fact
    if state is None or not state.is_current:
        return MemberState(fact.member, (HeldRole(fact.role, fact.effective_at),), "joined", fact.effective_at, entry)
    if state.has_any(fact.role):
        return state._replace(latest=entry)
    roles = sorted((*state.roles, HeldRole(fact.role, fact.effective_at)), key=lambda held: _ORDER[held.role])
    return state._replace(roles=tuple(roles), latest=entry)


_ORDER: dict[Role, int] = {role: place for place, role in enumerate(get_args(Role))}


def broken_rule(state: MemberState | None, entry: Entry) -> RuleBroken | None:
    """Leaving needs a membership, and leaving a role that role."""
    fact = entry.fact
    if not isinstance(fact, MemberLeft):
        return None
    collides_with = () if state is None else (state.latest.event_id,)
    if state is None or not state.is_current:
        return NothingToUndo(f"{fact.member} is not a member {entry.start_in_words}", "/member", collides_with)
    if fact.role is not None and not state.has_any(fact.role):
        detail = f"{fact.member} is not a member in the role {fact.role} {entry.start_in_words}"
        return NothingToUndo(detail, "/role", collides_with)
    return None
