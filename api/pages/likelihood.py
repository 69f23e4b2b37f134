"""Which condition matters most, and how likely each outcome is: ``…/what-if/conditions`` and ``…/what-if/chances``."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from pydantic import TypeAdapter

from api.charts import fan_chart, sensitivity_bars
from api.http.answers import json_of
from api.http.problems import BAD_PARAMETER, Fault, Problem
from api.pages.drawings import two_widths
from api.pages.filters import as_answered
from api.pages.fork import RequestedWhatIf, WhatIfView
from api.pages.responses import page, sent, table
from api.pages.routing import pages
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from domain.times import YEAR_LAST, day_of, period
from domain.vocabulary import SLUG
from domain.what_if.chances import SimulationRequest
from projections.picture.picture import Picture, picture_of
from projections.what_if.sensitivity import Sensitivity, sensitivity_of
from projections.what_if.simulation import Simulation, simulation_of

router = pages()

MOST_CHANCES = 100


@router.get("/c/{coalition}/what-if/conditions.csv")
def conditions_table(request: Request, fork: RequestedWhatIf) -> Response:
    """Each open condition's share, as rows."""
    columns = ("condition", "kind", "share_min", "share_max", "available_min_if_met", "available_min_if_failed")
    rows = (
        (one.condition, one.kind, one.share.min, one.share.max, one.if_met.available.min, one.if_failed.available.min)
        for one in fork_sensitivity(request, fork).conditions
    )
    return table(request, f"{fork.stand.basis.coalition}-conditions.csv", columns, rows)


@router.get("/c/{coalition}/what-if/conditions.json")
def conditions_answer(request: Request, fork: RequestedWhatIf) -> Response:
    """The same as the API answers it."""
    return sent(request, json_of(Sensitivity, fork_sensitivity(request, fork)), "application/json")


@router.get("/c/{coalition}/what-if/conditions")
def conditions(request: Request, fork: RequestedWhatIf) -> Response:
    """Which open condition matters most."""
    found = fork_sensitivity(request, fork)
    drawn = two_widths(lambda width, name: sensitivity_bars(found, width=width, name=name), "sensitivity")
    return page(
        request,
        "sensitivity.html",
        stand=fork.stand,
        fork=fork,
        found=as_answered(Sensitivity, found),
        drawn=drawn,
        labels={one.requirement: one.label for one in fork.scenario.picture.requirements},
    )


def fork_sensitivity(request: Request, fork: WhatIfView) -> Sensitivity:
    with services(request).drawing_slots.slot() as deadline, refusals_as_problems():
        return sensitivity_of(fork.scenario.view, fork.scenario.basis, None, deadline.check)


MONTHS = 12


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely each condition is to be met by the last date, in hundredths, and how far to look."""

    of: dict[str, int]
    months: int

    def asked(self, from_us: int) -> SimulationRequest:
        """The question, from the clock on, a date each month."""
        dates = list(_monthly(from_us, self.months))
        when = {"earliest": dates[0], "latest": dates[-1]}
        conditions = [{"condition": name, "probability": share / 100, "when": when} for name, share in self.of.items()]
        return TypeAdapter(SimulationRequest).validate_python({"dates": dates, "conditions": conditions})


UNSAID = Chances({}, MONTHS)
"""Of no condition is it said how likely it is."""


def chances(
    chance: Annotated[list[str] | None, Query(description="`ceasefire:40`, in hundredths; may be repeated.")] = None,
    months: Annotated[int, Query(ge=1, le=60)] = MONTHS,
) -> Chances:
    """The chances that an address has. Raises a ``Problem`` for what is no share of a hundred."""
    of: dict[str, int] = {}
    for text in chance or ():
        found = re.fullmatch(rf"({SLUG}):([0-9]{{1,2}}|100)", text)
        if not found or len(of) == MOST_CHANCES:
            detail = f"a chance is a condition, a colon and a whole number up to 100; at most {MOST_CHANCES} chances"
            raise Problem(BAD_PARAMETER, faults=[Fault(parameter="chance", detail=detail)])
        of[found[1]] = int(found[2])
    return Chances(of, months)


def _monthly(from_us: int, months: int) -> Iterator[str]:
    """The day of the clock, and the same day of each month after it; a month's end stays within its month.

    It ends with the calendar."""
    year, month, day = (int(part) for part in day_of(from_us).split("-"))
    for ahead in range(months + 1):
        years, of_year = divmod(month - 1 + ahead, 12)
        if year + years > YEAR_LAST:
            return
        first = f"{year + years:04}-{of_year + 1:02}"
        last_day = int(day_of(period(first).last_us)[-2:])
        yield f"{first}-{min(day, last_day):02}"


RequestedChances = Annotated[Chances, Depends(chances)]


@router.get("/c/{coalition}/what-if/chances.csv")
def chances_table(request: Request, fork: RequestedWhatIf, likely: RequestedChances) -> Response:
    """The quantiles of what is available at each date, and the chance of each requirement, as rows."""
    found = fork_simulation(request, fork, likely)
    spreads = [(one.at, "available", name, getattr(one.available, name)) for one in found.dates for name in QUANTILES]
    chance = [(one.at, "chance", of.requirement, of.probability) for one in found.dates for of in one.requirements]
    return table(request, f"{fork.stand.basis.coalition}-chances.csv", ("at", "what", "of", "value"), spreads + chance)


QUANTILES = ("p5", "p25", "p50", "p75", "p95", "mean")


@router.get("/c/{coalition}/what-if/chances.json")
def chances_answer(request: Request, fork: RequestedWhatIf, likely: RequestedChances) -> Response:
    """The same as the API answers it."""
    return sent(request, json_of(Simulation, fork_simulation(request, fork, likely)), "application/json")


@router.get("/c/{coalition}/what-if/chances")
def chances_page(request: Request, fork: RequestedWhatIf, likely: RequestedChances) -> Response:
    """How large the force may become, and how likely it meets what is required."""
    found = fork_simulation(request, fork, likely)
    required = picture_of(fork.scenario.view, fork.scenario.basis).requirements
    drawn = two_widths(lambda width, name: fan_chart(found, requirements=required, width=width, name=name), "fan")
    picture = as_answered(Picture, picture_of(fork.scenario.view, fork.scenario.basis))
    return page(
        request, "chances.html", stand=fork.stand, fork=fork, likely=likely, found=as_answered(Simulation, found),
        drawn=drawn, conditions=[one for one in picture["conditions"] if one["status"] == "open"],
        labels={one["requirement"]: one["label"] for one in picture["requirements"]},
    )  # fmt: skip


def fork_simulation(request: Request, fork: WhatIfView, likely: Chances) -> Simulation:
    with services(request).drawing_slots.slot() as deadline, refusals_as_problems():
        asked = likely.asked(fork.scenario.view.valid_us)
        return simulation_of(fork.scenario.view, fork.scenario.basis, asked, deadline.check)
