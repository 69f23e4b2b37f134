"""Meetings: scheduled, held or cancelled, who sat there and who did not, and what came of them."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, References, Thing, fact, footings_of
from domain.quantities import Amount, Quantity
from domain.refusals import IdAlreadyUsed, MeetingIsCancelled, MeetingIsHeld, RuleBroken, UnknownId
from domain.times import Moment, period
from domain.vocabulary import AttendanceLevel, AttendanceMode, Forum, Name, OutcomeKind, Slug, Text

# --- facts ------------------------------------------------------------------------------------------------------------

Actors = Annotated[tuple[Actor, ...], Field(max_length=300)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Attendance:
    """Whether one actor is, or is to be, at a meeting, and who sits there for it."""

    actor: Actor
    present: StrictBool
    level: AttendanceLevel | None = None
    mode: AttendanceMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Participants:
    """How many take part: a least and a most, either of them unknown."""

    min: Amount | None = None
    max: Amount | None = None

    @model_validator(mode="after")
    def _least_before_most(self) -> "Participants":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("max is less than min")
        return self


Attendances = Annotated[tuple[Attendance, ...], Field(max_length=300)]


@fact()
class MeetingFact(Fact):
    """A fact about one meeting."""

    meeting: Slug

    @property
    def thing(self) -> Thing:
        return Thing("meeting", self.meeting)


@fact(
    meeting="brussels-april",
    forum="coalition",
    title="Defence ministers, Brussels",
    starts_at="2025-04-10",
    place="Brussels",
)
class MeetingScheduled(MeetingFact):
    """A meeting is announced; announced again, it is rescheduled, a cancelled one too, and what is left out stays."""

    type: Literal["MeetingScheduled"] = "MeetingScheduled"
    forum: Forum
    title: Name
    starts_at: Moment
    place: Name | None = None
    chairs: Actors | None = None
    invited: Actors | None = None
    attendance: Attendances | None = None


@fact(meeting="brussels-april", attendance=[{"actor": "USA", "present": False}], participants={"min": 30, "max": 30})
class MeetingHeld(MeetingFact):
    """A meeting took place; what is given here overrides what was announced."""

    type: Literal["MeetingHeld"] = "MeetingHeld"
    forum: Forum | None = None
    title: Name | None = None
    starts_at: Moment | None = None
    place: Name | None = None
    chairs: Actors | None = None
    invited: Actors | None = None
    attendance: Attendances | None = None
    participants: Participants | None = None


@fact(meeting="brussels-april", reason="no agreement on the agenda")
class MeetingCancelled(MeetingFact):
    """A scheduled meeting will not take place."""

    type: Literal["MeetingCancelled"] = "MeetingCancelled"
    reason: Text | None = None


@fact(meeting="brussels-april", outcome="brussels-statement", kind="declaration", text="Work on the force goes on")
class MeetingOutcomeRecorded(Fact):
    """Something that a meeting decided, declared, proposed, funded or failed to agree."""

    type: Literal["MeetingOutcomeRecorded"] = "MeetingOutcomeRecorded"
    meeting: Slug
    outcome: Slug
    kind: OutcomeKind
    text: Text
    signed_by: Actors = ()
    endorsed_by: Actors = ()
    quantity: Quantity | None = None
    about: References = ()

    @property
    def thing(self) -> Thing:
        return Thing("outcome", self.outcome)

    @property
    def footings(self) -> tuple[Footing, ...]:
        return (Footing(Thing("meeting", self.meeting), "/meeting", has_to_be="held"), *footings_of(self.about))


# --- state ------------------------------------------------------------------------------------------------------------


class MeetingState(NamedTuple):
    """One meeting at one time. ``starts_us`` is the beginning of the period that ``starts_at`` names."""

    meeting: str
    status: Literal["scheduled", "held", "cancelled"]
    since: str
    latest: Entry
    forum: Forum | None = None
    title: str | None = None
    starts_at: str | None = None
    place: str | None = None
    chairs: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    participants: Participants | None = None
    ends_us: None = None

    @property
    def starts_us(self) -> int:
        return period(self.starts_at or self.since).start_us

    @property
    def is_current(self) -> bool:
        return True


_DESCRIPTION = ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance", "participants")


def evolve(state: MeetingState | None, entry: Entry) -> MeetingState:
    """The meeting after one more fact that breaks no rule."""
    fact = entry.fact
    if isinstance(fact, MeetingCancelled):
        assert state is not None
        since = state.since if state.status == "cancelled" else entry.fact.effective_at
        return state._replace(status="cancelled", since=since, latest=entry)
    status: Literal["scheduled", "held"] = "held" if isinstance(fact, MeetingHeld) else "scheduled"
    given: dict[str, Any] = {name: value for name in _DESCRIPTION if (value := getattr(fact, name, None)) is not None}
    if status == "held" and "starts_at" not in given and (state is None or state.starts_at is None):
        given["starts_at"] = fact.effective_at
    if state is None:
        return MeetingState(fact.meeting, status, entry.fact.effective_at, entry, **given)
    since = state.since if status == state.status else entry.fact.effective_at
    return state._replace(status=status, since=since, latest=entry, **given)


class OutcomeState(NamedTuple):
    """One outcome: it stands from when it was recorded to have come about."""

    latest: Entry
    status: str = "recorded"
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        """A picture shows meetings; their outcomes are asked for by name."""
        return False


def evolve_outcome(state: OutcomeState | None, entry: Entry) -> OutcomeState:
    """The outcome as given."""
    return OutcomeState(entry)


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: MeetingState | None, entry: Entry) -> RuleBroken | None:
    """A cancelled meeting is not held, a held one is neither scheduled nor cancelled."""
    fact = entry.fact
    status = state.status if state else None
    collides_with = (state.latest.event_id,) if state else ()
    match fact:
        case MeetingScheduled() if status == "held":
            return MeetingIsHeld(f"the meeting {fact.meeting} has been held by then", "/meeting", collides_with)
        case MeetingHeld() if status == "cancelled":
            return MeetingIsCancelled(f"the meeting {fact.meeting} is cancelled by then", "/meeting", collides_with)
        case MeetingCancelled() if status is None:
            return UnknownId(f"no meeting {fact.meeting} is scheduled by then", "/meeting")
        case MeetingCancelled() if status == "held":
            return MeetingIsHeld(f"the meeting {fact.meeting} has been held by then", "/meeting", collides_with)
    return None


def outcome_broken_rule(state: OutcomeState | None, entry: Entry) -> RuleBroken | None:
    """An outcome's name is used once."""
    if state is None:
        return None
    return IdAlreadyUsed(f"the outcome {entry.fact.outcome} is recorded already", "/outcome", (state.latest.event_id,))
