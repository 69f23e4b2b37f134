"""Questions about what may come: which condition matters, and how likely what is.

Whoever asks says how likely each condition is, how quantities and dates may spread, and from which seed to draw. What
is not said is as the record has it. Such a question is refused by a type named for what is wrong with it::

    RuleBroken
    ├── NamesNothing         (changes.py) no condition, pledge or requirement of that name stands by then
    ├── AlreadyDecided       (refusals.py) facts have decided the condition: only open ones can turn out in several ways
    ├── NamedTwice           one thing is given two chances
    ├── IsNotInPeople        a requirement that does not say how many people at least
    └── AsksTooMuch          more conditions, draws or dates than are worked out at once
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, Strict, StrictInt, model_validator
from pydantic.dataclasses import dataclass

from domain.quantities import LARGEST
from domain.times import Moment, period
from domain.vocabulary import Slug

MAX_DRAWS = 100_000
MAX_DATES = 120
MAX_DRAWS_TIMES_DATES = 5_000_000
"""Draws times dates."""

MAX_SAMPLES = 20_000
MAX_GROUPS = 50
MAX_OPEN_CONDITIONS = 60
"""So many open conditions that matter can be told apart."""

_FORBID = ConfigDict(extra="forbid")
Probability = Annotated[float, Strict(), Field(ge=0, le=1, allow_inf_nan=False)]
Slugs = Annotated[tuple[Slug, ...], Field(min_length=1, max_length=200)]
Seed = Annotated[StrictInt, Field(ge=0, le=LARGEST)]


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class TimeWindow:
    """Some time from the start of ``earliest`` to the end of ``latest``: any as likely as another, or, with
    ``likeliest``, the likelier the nearer to that (a triangular distribution)."""

    earliest: Moment
    latest: Moment
    likeliest: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "TimeWindow":
        first_us, last_us = period(self.earliest).start_us, period(self.latest).last_us
        if first_us > last_us:
            raise ValueError("earliest comes after latest")
        if self.likeliest is not None and not first_us <= period(self.likeliest).start_us <= last_us:
            raise ValueError("likeliest lies between earliest and latest")
        return self


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ConditionChance:
    """How likely a condition is met by a deciding fact; if it is, ``when``, or else by every date that is asked.

    If it is not, it stays open, or has failed. A condition with a rule that stays open is still decided by its rule.
    """

    condition: Slug
    probability: Probability
    otherwise: Literal["open", "failed"] = "open"
    when: TimeWindow | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class CommonCause:
    """In so large a share of the draws (``strength``) one cause decides several conditions at once: then the likelier
    ones are met whenever a less likely one is. Each by itself is as likely as before."""

    conditions: Annotated[tuple[Slug, ...], Field(min_length=2, max_length=200)]
    strength: Probability


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class QuantitySpread:
    """How the people of one pledge spread within the range that was stated.

    ``triangular`` has its peak at ``likeliest``, or else in the middle; ``max`` closes a range that is open-ended.
    """

    pledge: Slug
    spread: Literal["uniform", "triangular", "least", "most"]
    likeliest: Annotated[StrictInt, Field(ge=0, le=LARGEST)] | None = None
    max: Annotated[StrictInt, Field(ge=0, le=LARGEST)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Arrival:
    """When a pledge becomes available, in the place of its ``available_from``."""

    pledge: Slug
    when: TimeWindow


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class SimulationRequest:
    """What to draw, how often, and for which dates; the same question with the same seed has the same answer.

    ``spread`` is how pledges spread that ``quantities`` does not name.
    """

    dates: Annotated[tuple[Moment, ...], Field(min_length=1, max_length=MAX_DATES)]
    conditions: Annotated[tuple[ConditionChance, ...], Field(max_length=200)] = ()
    common_causes: Annotated[tuple[CommonCause, ...], Field(max_length=50)] = ()
    spread: Literal["uniform", "triangular", "least", "most"] = "uniform"
    quantities: Annotated[tuple[QuantitySpread, ...], Field(max_length=2_000)] = ()
    arrivals: Annotated[tuple[Arrival, ...], Field(max_length=2_000)] = ()
    draws: Annotated[StrictInt, Field(ge=100, le=MAX_DRAWS)] = 10_000
    seed: Seed = 0


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class SensitivityRequest:
    """What to look at besides every open condition by itself: groups of conditions, and requirements to be reached
    (default: all that are in people). ``samples`` and ``seed`` serve where not every set can be looked at."""

    groups: Annotated[tuple[Slugs, ...], Field(max_length=MAX_GROUPS)] = ()
    requirements: Annotated[tuple[Slug, ...], Field(max_length=50)] | None = None
    samples: Annotated[StrictInt, Field(ge=2, le=MAX_SAMPLES)] = 1_000
    seed: Seed = 0
