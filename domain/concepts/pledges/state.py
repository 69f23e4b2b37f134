"""What the facts about a pledge add up to."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

from domain.concepts.pledges import forces
from domain.concepts.pledges.facts import (
    Caveat,
    ForcesDeployed,
    ForcesReturned,
    Phase,
    PledgeMade,
    StrengthReported,
)
from domain.concepts.pledges.forces import Forces, ForcesAt
from domain.facts import Entry, Fact, with_changes
from domain.quantities import Quantity, is_nothing, less, plus
from domain.times import format_instant, period
from domain.vocabulary import Capability, Level

PledgeStatus = Literal["standing", "suspended", "withdrawn", "lapsed"]
_OVER = ("withdrawn", "lapsed")


class PledgeDetails(NamedTuple):
    """What few pledges have, apart, so that the others need not carry it."""

    part_of: str | None = None
    fills: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    disbursed: Quantity | None = None
    confirmed_until: str | None = None
    forces: tuple[ForcesAt, ...] = ()


NO_DETAILS = PledgeDetails()


class PledgeState(NamedTuple):
    """A pledge at one time. ``quantity`` is what remains of it; ``ends_us`` is when it expires.

    ``confirmed`` is the latest entry in which the contributor itself said or did something about it, if there is one.
    """

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
    confirmed: Entry | None = None
    deployed: Quantity | None = None
    notice_to_move_days: int | None = None
    available_from: str | None = None
    expires_on: str | None = None
    ends_us: int | None = None
    details: "PledgeDetails" = NO_DETAILS

    @property
    def part_of(self) -> str | None:
        """The pledge of which it is a part."""
        return self.details.part_of

    @property
    def fills(self) -> tuple[str, ...]:
        """The requirements, or lines of them, that it fills."""
        return self.details.fills

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The steps in which it grows, in the order of time."""
        return self.details.phases

    @property
    def disbursed(self) -> Quantity | None:
        """What has been paid of it."""
        return self.details.disbursed

    @property
    def confirmed_until(self) -> str | None:
        """The last day for which the contributor has reaffirmed it."""
        return self.details.confirmed_until

    @property
    def forces(self) -> tuple[ForcesAt, ...]:
        """What is on the ground, by basing; ``deployed`` is the sum."""
        return self.details.forces

    @property
    def is_over(self) -> bool:
        return self.status in _OVER

    @property
    def is_current(self) -> bool:
        """Whether a picture shows it: it is in force, has forces on the ground, or money of it has been paid."""
        is_there = self.deployed is not None and not is_nothing(self.deployed)
        return self.status not in _OVER or is_there or self.details.disbursed is not None

    def after_end(self) -> "PledgeState":
        """The pledge after its last day: lapsed since then, or since a later fact that set the end."""
        if self.is_over or self.ends_us is None:
            return self
        is_set_later = self.latest.effective_us > self.ends_us
        since = self.latest.fact.effective_at if is_set_later else format_instant(self.ends_us)
        return with_changes(self, status="lapsed", since=since, ends_us=None)


def evolve(state: PledgeState | None, entry: Entry) -> PledgeState:
    """The pledge after one more fact that breaks no rule."""
    return _made(entry) if state is None else confirmed(_AFTER[entry.fact.type](state, entry), entry)


def _made(entry: Entry) -> PledgeState:
    fact: PledgeMade = entry.fact
    details = NO_DETAILS
    if fact.part_of is not None or fact.fills or fact.phases:
        details = PledgeDetails(fact.part_of, fact.fills or (), fact.phases or ())
    return PledgeState(
        pledge=fact.pledge, contributor=fact.contributor, purpose=fact.purpose, made=entry, latest=entry,
        status="standing", level=fact.level, capability=fact.capability, quantity=fact.quantity,
        conditions=tuple(dict.fromkeys(fact.conditions)), caveats=fact.caveats, basing=fact.basing,
        since=entry.fact.effective_at, confirmed=entry if is_its_own(fact, fact.contributor) else None,
        notice_to_move_days=fact.notice_to_move_days, available_from=fact.available_from, expires_on=fact.expires_on,
        ends_us=_end_of(fact.expires_on), details=details,
    )  # fmt: skip


def is_its_own(fact: Fact, contributor: str) -> bool:
    """Whether it is a word or a deed of the contributor, and not only what another says of it."""
    return fact.attribution is None or fact.attribution.actor in (None, contributor)


def confirmed(state: PledgeState, entry: Entry) -> PledgeState:
    """The pledge after a word of its contributor; one that comes after the end of a confirmation takes its place."""
    if not is_its_own(entry.fact, state.contributor):
        return state
    until = state.details.confirmed_until
    if entry.fact.type == "PledgeReaffirmed":
        until = entry.fact.until
    elif until is not None and period(until).end_us <= entry.effective_us:
        until = None
    if until == state.details.confirmed_until:
        return with_changes(state, confirmed=entry)
    return with_changes(state, confirmed=entry, details=state.details._replace(confirmed_until=until))


def _amended(state: PledgeState, entry: Entry) -> PledgeState:
    changes: dict[str, Any] = {
        name: () if value is None and name in _LISTS else value for name, value in entry.fact.changes.items()
    }
    if "expires_on" in changes:
        changes["ends_us"] = _end_of(entry.fact.expires_on)
    details: dict[str, Any] = {name: changes.pop(name) for name in ("part_of", "fills", "phases") if name in changes}
    if details:
        changes["details"] = state.details._replace(**details)
    return with_changes(state, latest=entry, **changes)


_LISTS = ("basing", "fills", "phases")


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
    fact: ForcesDeployed = entry.fact
    return _with_forces(state, entry, forces.deployed(forces_of(state), entry.event_id, fact.quantity, fact.basing))


def _reported(state: PledgeState, entry: Entry) -> PledgeState:
    fact: StrengthReported = entry.fact
    return _with_forces(state, entry, forces.reported(forces_of(state), entry.event_id, fact.quantity, fact.basing))


def _returned(state: PledgeState, entry: Entry) -> PledgeState:
    fact: ForcesReturned = entry.fact
    before = forces_of(state)
    assert before is not None
    if fact.of is not None:
        after = forces.left_whole(before, fact.of)
    elif fact.quantity is not None:
        after = forces.returned(before, fact.quantity, fact.basing)
    else:
        after = forces.all_left(before) if fact.basing is None else forces.left_from(before, fact.basing)
    return _with_forces(state, entry, after)


def forces_of(state: PledgeState) -> Forces | None:
    """What is on the ground of a pledge; ``None`` if nothing ever was."""
    return None if state.deployed is None else Forces(state.deployed, state.details.forces)


def _with_forces(state: PledgeState, entry: Entry, after: Forces) -> PledgeState:
    details = state.details._replace(forces=after.places)
    return with_changes(state, latest=entry, deployed=after.total, details=details)


def _disbursed(state: PledgeState, entry: Entry) -> PledgeState:
    before, paid = state.details.disbursed, entry.fact.quantity
    disbursed = paid if before is None else plus(before, paid)
    return with_changes(state, latest=entry, details=state.details._replace(disbursed=disbursed))


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
    "StrengthReported": _reported,
    "ForcesReturned": _returned,
    "FundsDisbursed": _disbursed,
    "CaveatDeclared": _caveat_declared,
    "CaveatLifted": _caveat_lifted,
    # These two belong to the module of conditions; here they change the pledge that they name.
    "ConditionAttached": _attached,
    "ConditionDetached": _detached,
}


def _other_conditions(state: PledgeState, condition: str) -> tuple[str, ...]:
    return tuple(name for name in state.conditions if name != condition)


def _other_caveats(state: PledgeState, caveat: str) -> tuple[Caveat, ...]:
    return tuple(other for other in state.caveats if other.caveat != caveat)


def _end_of(expires_on: str | None) -> int | None:
    return None if expires_on is None else period(expires_on).end_us
