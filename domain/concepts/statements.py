"""Statements, and reported totals that do not name their contributors."""

from typing import Annotated, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictBool, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from domain.actors import Actor
from domain.facts import Entry, Fact, Footing, References, Thing, fact, footings_of
from domain.quantities import PERSONNEL_PER_FORMATION, Amount, Unit
from domain.refusals import IdAlreadyUsed, RuleBroken
from domain.times import Date, period
from domain.vocabulary import Capability, CountSubject, Level, Slug, StatementKind, Text

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

    min: Amount | None = None
    max: Amount | None = None
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
    """A reported total without names, or another size for a pledge: shown for comparison, never added."""

    type: Literal["CountReported"] = "CountReported"
    report: Slug
    subject: CountSubject
    value: Count
    scope: Text
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
        if info.data["subject"] != "personnel":
            raise _unit_error(value, "only a count of personnel has a unit; leave it out")
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
    """A count, from when it was reported."""

    latest: Entry
    status: str = "reported"
    ends_us: None = None

    @property
    def is_current(self) -> bool:
        return True


def evolve(state: StatementState | None, entry: Entry) -> StatementState:
    """The statement, in force until the end of its horizon."""
    horizon = entry.fact.horizon
    return StatementState(entry, "in_force", period(horizon).end_us if horizon else None)


def evolve_count(state: CountState | None, entry: Entry) -> CountState:
    """The count as the fact gives it."""
    return CountState(entry)


# --- decisions --------------------------------------------------------------------------------------------------------


def broken_rule(state: StatementState | CountState | None, entry: Entry) -> RuleBroken | None:
    """A statement's and a report's name is used once."""
    if state is None:
        return None
    kind, name = entry.thing
    return IdAlreadyUsed(f"the {kind} {name} already exists", f"/{kind}", (state.latest.event_id,))
