"""Meetings: scheduled, held or cancelled, their attendance and their outcomes."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, References, Thing, fact, footings_of
from domain.quantities import Quantity, Whole
from domain.refusals import IdAlreadyUsed, MeetingIsCancelled, MeetingIsHeld, RuleBroken, UnknownId
from domain.times import Moment, Period, period
from domain.vocabulary import AttendanceLevel, AttendanceMode, Forum, Label, Name, OutcomeKind, Slug, Text

# --- facts ------------------------------------------------------------------------------------------------------------

Actors = Annotated[tuple[Actor, ...], Field(max_length=300)]


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Attendance:
    """Whether one actor is, or is to be, present at a meeting, at which level and how."""

    actor: Actor
    present: StrictBool
    level: AttendanceLevel | None = None
    mode: AttendanceMode | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Participants:
    """The number of participants: at least and at most, either of them unknown."""

    min: Whole | None = None
    max: Whole | None = None

    @model_validator(mode="after")
    def _min_not_above_max(self) -> "Participants":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("max must not be less than min")
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
    """A meeting is announced, or rescheduled, also after it was cancelled; fields left out stay as they were."""

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
    """A meeting took place; the given fields override the announcement."""

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
    """Something that a meeting decided, declared, proposed, funded or failed to agree on."""

    type: Literal["MeetingOutcomeRecorded"] = "MeetingOutcomeRecorded"
    meeting: Slug
    outcome: Slug
    kind: OutcomeKind
    label: Label | None = None
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
    latest: Entry
    starts_at: str
    forum: Forum | None = None
    title: str | None = None
    place: str | None = None
    chairs: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()
    attendance: tuple[Attendance, ...] = ()
    participants: Participants | None = None
    ends_us: None = None

    @property
    def starts_us(self) -> int:
        return period(self.starts_at).start_us

    @property
    def is_ahead_until_us(self) -> int:
        """When it is no longer ahead, unless it was held or cancelled before: see ``ahead_until_us``."""
        return ahead_until_us(period(self.starts_at))

    @property
    def is_current(self) -> bool:
        return True


def ahead_until_us(starts: Period) -> int:
    """When a meeting is no longer ahead: at its instant, or at the end of the day, month, year or interval named."""
    return starts.start_us if starts.is_instant else starts.end_us


_DESCRIPTION = ("forum", "title", "starts_at", "place", "chairs", "invited", "attendance", "participants")


def evolve(state: MeetingState | None, entry: Entry) -> MeetingState:
    """The meeting after one more fact that breaks no rule."""
    fact = entry.fact
    if isinstance(fact, MeetingCancelled):
        assert state is not None
        return state._replace(status="cancelled", latest=entry)
    status: Literal["scheduled", "held"] = "held" if isinstance(fact, MeetingHeld) else "scheduled"
    given: dict[str, Any] = {name: value for name in _DESCRIPTION if (value := getattr(fact, name, None)) is not None}
    if state is None:
        return MeetingState(fact.meeting, status, entry, **{"starts_at": fact.effective_at} | given)
    return state._replace(status=status, latest=entry, **given)


class OutcomeState(NamedTuple):
    """One outcome, from its effective time on."""

    latest: Entry
    status: str = "recorded"
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        """False: a picture shows meetings, and outcomes only with their meeting."""
        return False


def evolve_outcome(state: OutcomeState | None, entry: Entry) -> OutcomeState:
    """The outcome as the fact gives it."""
    return OutcomeState(entry)


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: MeetingState | None, entry: Entry) -> RuleBroken | None:
    """A cancelled meeting cannot be held; a meeting that has been held cannot be scheduled or cancelled."""
    fact = entry.fact
    status = state.status if state else None
    collides_with = (state.latest.event_id,) if state else ()
    match fact:
        case MeetingScheduled() if status == "held":
            return _already_held(entry, collides_with)
        case MeetingHeld() if status == "cancelled":
            detail = f"the meeting {fact.meeting} is cancelled {entry.start_in_words}; schedule it again first"
            return MeetingIsCancelled(detail, "/meeting", collides_with)
        case MeetingCancelled() if status is None:
            return UnknownId(f"no meeting {fact.meeting} is on record", "/meeting")
        case MeetingCancelled() if status == "held":
            return _already_held(entry, collides_with)
    return None


def _already_held(entry: Entry, collides_with: tuple[str, ...]) -> RuleBroken:
    detail = f"the meeting {entry.fact.meeting} has already been held {entry.start_in_words}"
    return MeetingIsHeld(detail, "/meeting", collides_with)


def outcome_broken_rule(state: OutcomeState | None, entry: Entry) -> RuleBroken | None:
    """An outcome's name is used once."""
    if state is None:
        return None
    return IdAlreadyUsed(f"the outcome {entry.fact.outcome} already exists", "/outcome", (state.latest.event_id,))
