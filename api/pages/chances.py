"""The chances that an address sets for conditions, and the sensitivity and simulation of a what-if."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import TypeAdapter

from api.pages.fork import WhatIfView
from api.routes.chances import Percentages
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.work_slots import need_slot
from domain.times import YEAR_LAST, day_of, period
from domain.what_if.chances import SimulationRequest
from projections.what_if.sensitivity import Sensitivity, sensitivity_of
from projections.what_if.simulation import Simulation, simulation_of

MONTHS = 12
"""The months ahead that a simulation covers by default."""


@dataclass(frozen=True, slots=True)
class Chances:
    """The chance of each condition to be met within the months ahead, in per cent."""

    percent: dict[str, int]
    months: int

    def question(self, from_us: int) -> SimulationRequest:
        """The question to the simulation, with a date each month from a time on."""
        dates = list(_monthly(from_us, self.months))
        when = {"earliest": dates[0], "latest": dates[-1]}
        conditions = [
            {"condition": name, "probability": percent / 100, "when": when} for name, percent in self.percent.items()
        ]
        return TypeAdapter(SimulationRequest).validate_python({"dates": dates, "conditions": conditions})


NO_CHANCES = Chances({}, MONTHS)


def chances(percent: Percentages, months: Annotated[int, Query(ge=1, le=60)] = MONTHS) -> Chances:
    """The chances of an address."""
    return Chances(percent, months)


RequestedChances = Annotated[Chances, Depends(chances)]


def _monthly(from_us: int, months: int) -> Iterator[str]:
    """A day, and the same day of each month after it, or the month's last; up to the end of the calendar."""
    year, month, day = (int(part) for part in day_of(from_us).split("-"))
    for ahead in range(months + 1):
        years, month_index = divmod(month - 1 + ahead, 12)
        if year + years > YEAR_LAST:
            return
        text = f"{year + years:04}-{month_index + 1:02}"
        last_day = int(day_of(period(text).last_us)[-2:])
        yield f"{text}-{min(day, last_day):02}"


def sensitivity_in(request: Request, fork: WhatIfView) -> Sensitivity:
    """The sensitivity of a what-if. Raises a ``Problem`` without a slot, or out of time."""
    need_slot()
    with refusals_as_problems():
        return sensitivity_of(fork.scenario.view, fork.scenario.basis, None, services(request).slots.on_progress)


def simulation_in(request: Request, fork: WhatIfView, chances: Chances) -> Simulation:
    """The simulation of a what-if. Raises a ``Problem`` without a slot, or out of time."""
    need_slot()
    with refusals_as_problems():
        question = chances.question(fork.scenario.view.valid_us)
        return simulation_of(fork.scenario.view, fork.scenario.basis, question, services(request).slots.on_progress)
