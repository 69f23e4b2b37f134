"""The simulation: the force over time, as conditions, quantities and dates turn out in many ways.

Each draw is one world, the same at all dates: each condition is met from some time on or never, each pledge has one
size within its range. At each date the pledges and conditions are those in force, what facts have decided remains
decided, and the cascade, with its rules, is computed in every draw. Draws are made from a seed, in blocks; the same
question with the same seed has the same answer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from domain.checkpoints import checkpoint, unless_stopped
from domain.history.history import View
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import period
from domain.what_if.assumed_sizes import AssumedSizes
from domain.what_if.chances import (
    MAX_DRAWS_TIMES_DATES,
    MAX_PLEDGES_TIMES_DATES,
    CommonCause,
    ConditionChance,
    SimulationRequest,
    TimeWindow,
)
from domain.what_if.refusals import AsksTooMuch, NamedTwice, NamesNothing
from projections.asof import Basis
from projections.picture.cascade import ResolvedPledge
from projections.picture.needs import RequirementFigures
from projections.picture.scene import Scene, scene_of
from projections.picture.size import size_of
from projections.progress import Step, no_step
from projections.what_if.changed_history import assumed_sizes_in, with_assumed_sizes
from projections.what_if.pledge_ranges import PledgeRange, range_of, triangular
from projections.what_if.sensitivity import counts_for, is_in_people, not_open
from projections.what_if.worlds import Bits, People, Present, Truth, Worlds

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MAX_INFLUENCES = 20
BLOCK = 10_000
MAX_NUMBERS = 4_000_000
"""Numbers drawn for pledges in one block, 8 bytes each; with more pledges, a block has fewer draws."""
"""Draws made at a time; the influences are computed from the first block."""

FLOAT = NDArray[np.float64]


@dataclass(slots=True)
class Spread:
    """How many people, over the draws: quantiles, and the mean with its standard error."""

    p5: int
    p25: int
    p50: int
    p75: int
    p95: int
    mean: float
    standard_error: float


@dataclass(slots=True)
class Likelihood:
    """The share of draws in which a requirement's lower bound is reached."""

    requirement: str
    required_min: int
    probability: float
    standard_error: float


@dataclass(slots=True)
class AtDate:
    """The force at one date, over the draws; ``assumed`` of its pledges count with an assumed size."""

    at: str
    assumed: int
    available: Spread
    if_all_move: Spread
    requirements: list[Likelihood]


@dataclass(slots=True)
class Influence:
    """How the force available at the last date depends on one input: ``condition``, ``date``, ``quantity`` or
    ``arrival``.

    ``correlation`` is that of ranks, from -1 to 1. For a condition, ``difference`` is how many more people are
    available on average if it is met by then.
    """

    kind: str
    of: str
    correlation: float
    difference: float | None


@dataclass(slots=True)
class Simulation:
    """The force over time, and what it depends on most; ``undisclosed`` is what pledges of undisclosed size are assumed
    to be, if anything."""

    basis: Basis
    undisclosed: AssumedSizes | None
    draws: int
    seed: int
    dates: list[AtDate]
    influences: list[Influence]


def simulation_of(view: View, basis: Basis, asked: SimulationRequest, step: Step = no_step) -> Simulation:
    """Draw the force at each date, as known by the view.

    Raises ``Refused``, by JSON pointer into the question, for what is unknown, not open, or too much.
    """
    _check_size(asked)
    view = with_assumed_sizes(view, asked.undisclosed)
    dates = list(_dates(view, asked))
    _check_names(asked, dates)
    chance = np.random.Generator(np.random.PCG64(asked.seed))
    totals = _AvailableTotals(dates, asked.draws)
    influences: list[Influence] = []
    uncertain = sorted({name for date in dates for name, size in date.sizes.items() if size.most > size.least})
    block = min(BLOCK, max(1, MAX_NUMBERS // max(1, len(uncertain))))
    for start in range(0, asked.draws, block):
        draws = _Draws(asked, uncertain, chance, min(block, asked.draws - start))
        for number, date in enumerate(dates):
            draws.turn_to_next_date()
            found = _ForceSample(date, draws)
            totals.add(number, start, found)
            if start == 0 and number == len(dates) - 1:
                influences = _influences(found, draws)
            checkpoint()
            step(start * len(dates) + (number + 1) * draws.count, asked.draws * len(dates))
    return Simulation(basis, assumed_sizes_in(view), asked.draws, asked.seed, totals.by_date(), influences)


# --- checks of the question -------------------------------------------------------------------------------------------


def _check_size(asked: SimulationRequest) -> None:
    if asked.draws * len(asked.dates) > MAX_DRAWS_TIMES_DATES:
        detail = f"runs times dates must be at most {MAX_DRAWS_TIMES_DATES:,}"
        raise Refused([Violation(0, AsksTooMuch(detail, "/draws"))])


def _dates(view: View, asked: SimulationRequest) -> Iterator["_Date"]:
    """Each date in turn. Raises ``Refused`` as soon as they hold too many pledges together."""
    pledges = 0
    for text in unless_stopped(asked.dates):
        date = _Date(text, view.at(period(text).last_us), asked)
        pledges += len(date.scene.cascade.waiting)
        if pledges > MAX_PLEDGES_TIMES_DATES:
            detail = f"pledges times dates must be at most {MAX_PLEDGES_TIMES_DATES:,}; ask for fewer dates"
            raise Refused([Violation(0, AsksTooMuch(detail, "/dates"))])
        yield date


def _check_names(asked: SimulationRequest, dates: Sequence["_Date"]) -> None:
    violations = [Violation(0, broken) for broken in (*_twice(asked), *_not_there(asked, dates))]
    if violations:
        raise Refused(violations)


def _twice(asked: SimulationRequest) -> Iterator[RuleBroken]:
    causes = [
        (f"/common_causes/{number}/conditions/{place}", name)
        for number, cause in enumerate(asked.common_causes)
        for place, name in enumerate(cause.conditions)
    ]
    yield from _repeated((f"/conditions/{n}/condition", one.condition) for n, one in enumerate(asked.conditions))
    yield from _repeated((f"/quantities/{n}/pledge", one.pledge) for n, one in enumerate(asked.quantities))
    yield from _repeated((f"/arrivals/{n}/pledge", one.pledge) for n, one in enumerate(asked.arrivals))
    yield from _repeated(iter(causes))
    likely = {one.condition for one in asked.conditions}
    for field, name in causes:
        if name not in likely:
            yield NamesNothing(f"{name} has no probability in conditions", field)


def _repeated(named: Iterable[tuple[str, str]]) -> Iterator[RuleBroken]:
    seen: set[str] = set()
    for field, name in named:
        if name in seen:
            yield NamedTwice(f"{name} is named twice", field)
        seen.add(name)


def _not_there(asked: SimulationRequest, dates: Sequence["_Date"]) -> Iterator[RuleBroken]:
    """The names that are unknown, or not open, at any of the dates."""
    for number, one in enumerate(asked.conditions):
        broken = [not_open(one.condition, date.scene, f"/conditions/{number}/condition") for date in dates]
        if None not in broken:
            yield next(rule for rule in reversed(broken) if rule is not None)
    pledges = {pledge.pledge for date in dates for pledge in date.scene.pledges}
    named = [(f"/quantities/{number}/pledge", one.pledge) for number, one in enumerate(asked.quantities)]
    named += [(f"/arrivals/{number}/pledge", one.pledge) for number, one in enumerate(asked.arrivals)]
    for field, name in named:
        if name not in pledges:
            yield NamesNothing(f"the pledge {name} is not in force on any of the dates", field)


# --- one date ---------------------------------------------------------------------------------------------------------


class _Date:
    """What is in force at a date, and the worlds that are possible."""

    def __init__(self, text: str, view: View, asked: SimulationRequest) -> None:
        self.text = text
        self.at_us = view.valid_us
        arriving = {one.pledge for one in asked.arrivals}
        self.scene = _with_arrivals(scene_of(view), arriving)
        self.worlds = Worlds(self.scene, apart=arriving)
        self.required = [one for one in size_of(self.scene).required if is_in_people(one)]
        self.sizes = {
            waiting.pledge.pledge: range_of(waiting, asked) for crowd in self.worlds.crowds for waiting in crowd.waiting
        }
        doubts = (waiting.doubt for crowd in self.worlds.crowds for waiting in crowd.waiting)
        self.assumed = sum(doubt is not None and doubt.is_assumed for doubt in doubts)


def _with_arrivals(scene: Scene, arriving: set[str]) -> Scene:
    """For the pledges that are named, whether they have arrived is drawn."""
    waiting = [
        replace(one, is_upcoming=False) if one.pledge.pledge in arriving else one for one in scene.cascade.waiting
    ]
    return replace(scene, cascade=replace(scene.cascade, waiting=waiting))


# --- the draws --------------------------------------------------------------------------------------------------------


class _Draws:
    """One block of draws: a number from 0 to 1 for everything uncertain.

    Things are drawn in the order of the question, then pledges by name, so that the seed determines everything.
    """

    def __init__(
        self, asked: SimulationRequest, pledges: Sequence[str], chance: np.random.Generator, count: int
    ) -> None:
        self.count = count
        self._crowds: dict[tuple[Any, ...], People] = {}
        self._crowds_before: dict[tuple[Any, ...], People] = {}
        own = {one.condition: chance.random(count) for one in asked.conditions}
        causes = [self._cause(cause, chance) for cause in asked.common_causes]
        self.conditions = {
            one.condition: _ConditionOutcome(one, _decided(one.condition, own, causes), chance.random(count), count)
            for one in asked.conditions
        }
        self.arrivals = {one.pledge: _times(one.when, chance.random(count)) for one in asked.arrivals}
        self.pledges = dict(zip(pledges, chance.random((len(pledges), count)), strict=True))

    def _cause(self, cause: CommonCause, chance: np.random.Generator) -> tuple[set[str], Truth, FLOAT]:
        return set(cause.conditions), chance.random(self.count) < cause.strength, chance.random(self.count)

    def turn_to_next_date(self) -> None:
        """Forgets the sums for dates before the last."""
        self._crowds_before, self._crowds = self._crowds, {}

    def people(self, date: _Date, waiting: Sequence[ResolvedPledge]) -> People:
        """The people of some pledges at a date, in each draw; kept while the pledges stay as they are."""
        sizes = [(one.pledge.pledge, date.sizes[one.pledge.pledge]) for one in waiting]
        key = tuple((name, *size.key) for name, size in sizes if size.most)
        total = self._crowds.get(key)
        if total is None:
            total = self._crowds_before.get(key)
        if total is None:
            total = sum((self._of(name, size) for name, size in sizes), start=0.0)
        self._crowds[key] = total
        return total

    def _of(self, name: str, size: PledgeRange) -> People:
        drawn = self.pledges.get(name)
        return float(size.least) if drawn is None else size.of(drawn)


def _decided(name: str, own: dict[str, FLOAT], causes: Sequence[tuple[set[str], Truth, FLOAT]]) -> FLOAT:
    """The number that decides a condition: its own, or that of its common cause."""
    for names, is_at_work, common in causes:
        if name in names:
            return np.where(is_at_work, common, own[name])
    return own[name]


class _ConditionOutcome:
    """How one condition turns out in each draw: whether it is met, and from when on."""

    def __init__(self, asked: ConditionChance, decided: FLOAT, drawn: FLOAT, count: int) -> None:
        self.drawn = drawn if asked.when is not None else None
        self.is_met: Truth = decided < asked.probability
        self.from_us = None if asked.when is None else _times(asked.when, drawn)
        self.fails = asked.otherwise == "failed"
        self._count = count

    def met_by(self, at_us: int) -> Truth:
        """In which draws it is met by a time."""
        return self.is_met if self.from_us is None else self.is_met & (self.from_us <= at_us)


def _times(when: TimeWindow, drawn: FLOAT) -> FLOAT:
    """Microseconds since the epoch, from numbers from 0 to 1."""
    first_us, last_us = period(when.earliest).start_us, period(when.latest).last_us
    if when.likeliest is None:
        return first_us + drawn * (last_us - first_us)
    return triangular(drawn, first_us, period(when.likeliest).start_us, last_us)


# --- the result -------------------------------------------------------------------------------------------------------


class _ForceSample:
    """The force at one date in one block of draws."""

    def __init__(self, date: _Date, draws: _Draws) -> None:
        self.date = date
        worlds = date.worlds
        people = [draws.people(date, crowd.waiting) for crowd in worlds.crowds]
        present = self._present(draws)
        met, failed = self._turned_out(draws)
        holds = worlds.least(met, failed, people, present)
        moving = worlds.greatest(met, failed, people, present)
        self.available = worlds.available(holds, people, present)
        self.if_all_move = worlds.available(moving, people, present)
        self.reached = [self._reaches(one, holds, people, present, draws) for one in date.required]

    def _turned_out(self, draws: _Draws) -> tuple[Bits, Bits]:
        met, failed = (np.zeros(draws.count, dtype=np.uint64) for _ in range(2))
        for name, turn in draws.conditions.items():
            number = self.date.worlds.bit.get(name)
            if number is not None:
                place = np.uint64(number)
                met |= turn.met_by(self.date.at_us).astype(np.uint64) << place
                if turn.fails:
                    failed |= (~turn.is_met).astype(np.uint64) << place
        return met, failed

    def _present(self, draws: _Draws) -> Present:
        if not draws.arrivals:
            return None
        arrivals = (draws.arrivals.get(crowd.waiting[0].pledge.pledge) for crowd in self.date.worlds.crowds)
        return [None if from_us is None else from_us <= self.date.at_us for from_us in arrivals]

    def _reaches(
        self, required: RequirementFigures, holds: Bits, people: list[People], present: Present, draws: _Draws
    ) -> Truth:
        if required.capability is not None or required.is_filled_by_name:
            crowds = self.date.worlds.crowds
            people = [
                draws.people(self.date, [one for one in crowd.waiting if counts_for(required, one)]) for crowd in crowds
            ]
            return self.date.worlds.available(holds, people, present) >= (required.min or 0)
        return self.available >= (required.min or 0)


class _AvailableTotals:
    """The force available in every draw at every date."""

    def __init__(self, dates: Sequence[_Date], draws: int) -> None:
        self._dates = dates
        self._draws = draws
        self._available = np.empty((len(dates), draws))
        self._if_all_move = np.empty((len(dates), draws))
        self._reached = [[0] * len(date.required) for date in dates]

    def add(self, number: int, start: int, found: _ForceSample) -> None:
        """Add one block of draws at one date."""
        self._available[number, start : start + len(found.available)] = found.available
        self._if_all_move[number, start : start + len(found.if_all_move)] = found.if_all_move
        for place, reached in enumerate(found.reached):
            self._reached[number][place] += int(np.count_nonzero(reached))

    def by_date(self) -> list[AtDate]:
        """Each date, as answered."""
        return [
            AtDate(
                date.text,
                date.assumed,
                spread_of(self._available[number]),
                spread_of(self._if_all_move[number]),
                [
                    self._likelihood(required, count)
                    for required, count in zip(date.required, self._reached[number], strict=True)
                ],
            )
            for number, date in enumerate(self._dates)
        ]

    def _likelihood(self, required: RequirementFigures, reached: int) -> Likelihood:
        probability = reached / self._draws
        error = sqrt(probability * (1 - probability) / self._draws)
        return Likelihood(required.requirement, required.min or 0, probability, error)


def spread_of(people: FLOAT) -> Spread:
    """Quantiles, in whole people, and the mean."""
    p5, p25, p50, p75, p95 = (round(float(one)) for one in np.quantile(people, QUANTILES))
    return Spread(p5, p25, p50, p75, p95, float(people.mean()), float(people.std(ddof=1)) / sqrt(len(people)))


# --- influences -------------------------------------------------------------------------------------------------------


def _influences(found: _ForceSample, draws: _Draws) -> list[Influence]:
    """The inputs with the greatest influence on the available force; they are uniform, so they are ranks already."""
    ranked = ranks(found.available)
    inputs = list(_inputs(found, draws))
    influences = [
        Influence(kind, of, _correlation(one, ranked), _difference(kind, one, found.available))
        for kind, of, one in inputs
    ]
    telling = [one for one in influences if one.correlation != 0]
    return sorted(telling, key=lambda one: (-abs(one.correlation), one.kind, one.of))[:MAX_INFLUENCES]


def _inputs(found: _ForceSample, draws: _Draws) -> Iterator[tuple[str, str, NDArray[Any]]]:
    for name, turn in draws.conditions.items():
        if name in found.date.worlds.bit:
            yield "condition", name, turn.met_by(found.date.at_us)
            if turn.drawn is not None:
                yield "date", name, turn.drawn
    for name, from_us in draws.arrivals.items():
        yield "arrival", name, from_us
    for name, drawn in draws.pledges.items():
        if name in found.date.sizes and found.date.sizes[name].spread in ("uniform", "triangular"):
            yield "quantity", name, drawn


def ranks(values: FLOAT) -> FLOAT:
    """The rank of each value; ties share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    means: FLOAT = last - (counts - 1) / 2
    return means[places]


def _correlation(one: NDArray[Any], other: FLOAT) -> float:
    """Pearson's correlation; 0 if either is the same in every draw."""
    first, second = one - one.mean(), other - other.mean()
    scale = sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / scale if scale else 0.0


def _difference(kind: str, is_met: NDArray[Any], people: FLOAT) -> float | None:
    if kind != "condition" or is_met.all() or not is_met.any():
        return None
    return float(people[is_met].mean() - people[~is_met].mean())
