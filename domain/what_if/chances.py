"""Questions about what may come: which conditions matter, and how likely an outcome is.

A question states how likely each condition is, how quantities and dates spread, and the random seed. Everything else
is as on record. A question is refused by a type named for the rule::

    RuleBroken
    ├── NamesNothing         no condition, pledge or requirement with this name exists at that point
    ├── AlreadyDecided       (domain/refusals.py) the condition is decided by facts, so its outcome is not open
    ├── NamedTwice           one thing has two chances
    ├── IsNotInPeople        a requirement without a lower bound in people
    └── AsksTooMuch          more conditions, runs or dates than one question may have
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Strict, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.nulls import null_is_absent
from domain.quantities import LARGEST
from domain.times import Moment, period
from domain.vocabulary import Slug
from domain.what_if.assumed_sizes import AssumedSizes

MAX_DRAWS = 100_000
MAX_DATES = 120
MAX_DRAWS_TIMES_DATES = 5_000_000
"""Runs times dates."""

MAX_PLEDGES_TIMES_DATES = 100_000
"""Pledges that may count, summed over the dates: a simulation holds all of them at once."""

MAX_SAMPLES = 20_000
MAX_GROUPS = 50
MAX_OPEN_CONDITIONS = 60
"""The number of open conditions that matter that can be distinguished."""

_FORBID = ConfigDict(extra="forbid")
Probability = Annotated[float, Strict(), Field(ge=0, le=1, allow_inf_nan=False)]
Slugs = Annotated[tuple[Slug, ...], Field(min_length=1, max_length=200)]
Seed = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class TimeWindow:
    """A time from the start of ``earliest`` to the end of ``latest``: uniformly distributed, or, with ``likeliest``,
    triangularly with its peak there."""

    earliest: Moment
    latest: Moment
    likeliest: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TimeWindow":
        first_us, last_us = period(self.earliest).start_us, period(self.latest).last_us
        if first_us > last_us:
            raise ValueError("earliest must not be later than latest")
        if self.likeliest is not None and not first_us <= period(self.likeliest).start_us <= last_us:
            raise ValueError("likeliest must lie between earliest and latest")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class ConditionChance:
    """How likely a condition is to be met by a fact: at ``when``, or else before the first date.

    Otherwise it stays open or fails. If a condition with a rule stays open, its rule still decides it.
    """

    condition: Slug
    probability: Probability
    otherwise: Literal["open", "failed"] = "open"
    when: TimeWindow | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class CommonCause:
    """In a share of the runs (``strength``), one cause decides several conditions: then the more likely ones are met
    whenever a less likely one is. Each condition by itself is as likely as before."""

    conditions: Annotated[tuple[Slug, ...], Field(min_length=2, max_length=200)]
    strength: Probability


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class QuantitySpread:
    """How the people of one pledge spread within its stated range.

    ``triangular`` has its peak at ``likeliest``, or else in the middle; ``max`` closes an open-ended range.
    """

    pledge: Slug
    spread: Literal["uniform", "triangular", "least", "most"]
    likeliest: Annotated[StrictInt, Field(ge=0, le=LARGEST)] | None = None
    max: Annotated[StrictInt, Field(ge=0, le=LARGEST)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Arrival:
    """When a pledge becomes available, instead of its ``available_from``."""

    pledge: Slug
    when: TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class SimulationRequest:
    """What to simulate, for which dates and in how many runs (``draws``); the same question has the same answer.

    ``spread`` applies to the pledges that ``quantities`` does not name.
    """

    dates: Annotated[tuple[Moment, ...], Field(min_length=1, max_length=MAX_DATES)]
    conditions: Annotated[tuple[ConditionChance, ...], Field(max_length=200)] = ()
    common_causes: Annotated[tuple[CommonCause, ...], Field(max_length=50)] = ()
    spread: Literal["uniform", "triangular", "least", "most"] = "uniform"
    quantities: Annotated[tuple[QuantitySpread, ...], Field(max_length=2_000)] = ()
    arrivals: Annotated[tuple[Arrival, ...], Field(max_length=2_000)] = ()
    draws: Annotated[StrictInt, Field(ge=100, le=MAX_DRAWS)] = 10_000
    seed: Seed = 0
    undisclosed: AssumedSizes | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class SensitivityRequest:
    """What to examine in addition to each open condition by itself: groups of conditions, and requirements to meet
    (default: all in people). ``samples`` and ``seed`` are used if there are too many sets to examine each."""

    groups: Annotated[tuple[Slugs, ...], Field(max_length=MAX_GROUPS)] = ()
    requirements: Annotated[tuple[Slug, ...], Field(max_length=50)] | None = None
    samples: Annotated[StrictInt, Field(ge=2, le=MAX_SAMPLES)] = 1_000
    seed: Seed = 0
    undisclosed: AssumedSizes | None = None
