"""Statements, and series of reported totals that do not name their contributors."""

from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, References, Thing, fact, footings_of
from domain.quantities import PERSONNEL_PER_FORMATION, Unit, Whole
from domain.refusals import CountsSomethingElse, IdAlreadyUsed, RuleBroken, UnknownId
from domain.times import Date, period
from domain.vocabulary import Capability, CountSubject, Label, Level, Slug, StatementKind, Text

# --- facts ------------------------------------------------------------------------------------------------------------

Actors = Annotated[tuple[Actor, ...], Field(max_length=300)]
PEOPLE = ("personnel", *PERSONNEL_PER_FORMATION)
"""The units in which people are counted."""


@fact(
    statement="spring-warning",
    kind="threat_assessment",
    by=["UKR"],
    text="A new offensive is likely",
    horizon="2025-05",
)
class StatementMade(Fact):
    """A statement that matters to the force; it is in force until the end of its ``horizon``, if it has one."""

    type: Literal["StatementMade"] = "StatementMade"
    statement: Slug
    kind: StatementKind
    label: Label | None = None
    by: Actors = ()
    text: Text
    about: References = ()
    horizon: Date | None = None

    @property
    def thing(self) -> Thing:
        return Thing("statement", self.statement)

    @property
    def footings(self) -> tuple[Footing, ...]:
        return footings_of(self.about)


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Count:
    """A number that a source reports: at least and at most, open if null; ``unit`` only for people and formations."""

    min: Whole | None = None
    max: Whole | None = None
    unit: Unit | None = None
    approximate: StrictBool | None = None

    @model_validator(mode="after")
    def _min_not_above_max(self) -> "Count":
        if self.min is None and self.max is None:
            raise ValueError("a count needs at least one of min and max")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("max must not be less than min")
        return self


@fact(
    report="heads-of-afp",
    subject="contributors",
    value={"min": 6, "max": 6},
    scope="ready to send troops",
    level="pledged",
)
class CountReported(Fact):
    """A reported total without names, or another size for a pledge: shown for comparison, never added.

    The same ``report`` again is the next value of that series, from then on.
    """

    type: Literal["CountReported"] = "CountReported"
    report: Slug
    subject: CountSubject
    value: Count
    scope: Text
    label: Label | None = None
    meeting: Slug | None = None
    pledge: Slug | None = None
    level: Level | None = None
    capability: Capability | None = None
    contributors_named: Actors = ()

    @field_validator("value")
    @classmethod
    def _has_a_unit_of_people(cls, value: Count, info: ValidationInfo) -> Count:
        if value.unit is None or "subject" not in info.data:
            return value
        if info.data["subject"] not in ("personnel", "deployed"):
            raise _unit_error(value, "only a count of personnel or of those deployed has a unit; leave it out")
        if value.unit not in PEOPLE:
            raise _unit_error(value, f"unknown unit of personnel; choose one of {', '.join(PEOPLE)}")
        return value

    @property
    def thing(self) -> Thing:
        return Thing("report", self.report)

    @property
    def footings(self) -> tuple[Footing, ...]:
        named = (("meeting", self.meeting), ("pledge", self.pledge))
        return tuple(Footing(Thing(kind, name), f"/{kind}") for kind, name in named if name is not None)


@fact(report="heads-of-afp")
class CountEnded(Fact):
    """The series ends: its last value no longer applies."""

    type: Literal["CountEnded"] = "CountEnded"
    report: Slug

    @property
    def thing(self) -> Thing:
        return Thing("report", self.report)


def _unit_error(value: Count, message: str) -> ValidationError:
    """An error that points at the unit of a count, not at the whole count."""
    return ValidationError.from_exception_data(
        "Count", [{"type": "value_error", "loc": ("unit",), "input": value.unit, "ctx": {"error": ValueError(message)}}]
    )


# --- state ------------------------------------------------------------------------------------------------------------


class StatementState(NamedTuple):
    """A statement, from when it was made."""

    latest: Entry
    status: str
    ends_us: int | None

    @property
    def is_current(self) -> bool:
        return self.status == "in_force"

    def after_end(self) -> "StatementState":
        """The statement after its horizon."""
        return StatementState(self.latest, "past", None)


class CountState(NamedTuple):
    """A series of reported totals; ``value`` is the last total reported, ``label`` the last label given."""

    value: Entry
    latest: Entry
    status: Literal["reported", "ended"]
    label: str | None
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return self.status == "reported"


def evolve(state: StatementState | None, entry: Entry) -> StatementState:
    """The statement, in force until the end of its horizon."""
    horizon = entry.fact.horizon
    return StatementState(entry, "in_force", period(horizon).end_us if horizon else None)


def evolve_count(state: CountState | None, entry: Entry) -> CountState:
    """The series after its next value, or after its end."""
    if state is not None and isinstance(entry.fact, CountEnded):
        return state._replace(latest=entry, status="ended")
    label = entry.fact.label or (state.label if state else None)
    return CountState(entry, entry, "reported", label)


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: StatementState | None, entry: Entry) -> RuleBroken | None:
    """A statement's name is used once."""
    if state is None:
        return None
    name = entry.thing.id
    return IdAlreadyUsed(f"the statement {name} already exists", "/statement", (state.latest.event_id,))


def broken_rule_of_count(state: CountState | None, entry: Entry) -> RuleBroken | None:
    """A series keeps its subject and its scope, and only one that is there can end."""
    fact = entry.fact
    if isinstance(fact, CountEnded):
        return None if state else UnknownId(f"no report {fact.report} is on record", "/report")
    if state is None:
        return None
    for field in ("subject", "scope"):
        own, other = getattr(state.value.fact, field), getattr(fact, field)
        if own != other:
            detail = (
                f"the report {fact.report} has the {field} {own!r}, not {other!r}; use another name for another count"
            )
            return CountsSomethingElse(detail, f"/{field}", (state.value.event_id,))
    return None
