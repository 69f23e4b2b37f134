"""What the facts about a pledge add up to."""

from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

from domain.concepts.pledges.facts import AMENDABLE, Caveat, PledgeMade
from domain.facts import Entry, with_changes
from domain.quantities import Quantity, is_nothing, less, plus
from domain.times import format_instant, period
from domain.vocabulary import Capability, Level

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
