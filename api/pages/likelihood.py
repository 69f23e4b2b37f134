"""Which condition matters most, and how likely each outcome is: ``…/what-if/conditions`` and ``…/what-if/chances``."""

from fastapi import Request, Response

from api.charts import fan_chart, sensitivity_bars
from api.http.answers import JSON, json_of
from api.pages.chances import Chances, RequestedChances, sensitivity_in, simulation_in
from api.pages.drawings import two_widths
from api.pages.filters import as_answered
from api.pages.fork import RequestedWhatIf, WhatIfView
from api.pages.responses import Document, csv_file, html
from api.pages.routing import pages
from projections.picture.picture import Picture
from projections.what_if.sensitivity import Sensitivity
from projections.what_if.simulation import Simulation

router = pages()

QUANTILES = ("p5", "p25", "p50", "p75", "p95", "mean")


@router.get("/c/{coalition}/what-if/conditions.csv")
def conditions_table(request: Request, what_if: RequestedWhatIf) -> Response:
    """The share of each open condition, as rows."""

    def make(fork: WhatIfView) -> Document:
        columns = ("condition", "kind", "share_min", "share_max", "available_min_if_met", "available_min_if_failed")
        rows = (
            (one.condition, one.kind, one.share.min, one.share.max, one.if_met.available.min,
             one.if_failed.available.min)
            for one in sensitivity_in(request, fork).conditions
        )  # fmt: skip
        return csv_file(f"{fork.viewpoint.basis.coalition}-conditions.csv", columns, rows)

    return what_if.show(make)


@router.get("/c/{coalition}/what-if/conditions.json")
def conditions_answer(request: Request, what_if: RequestedWhatIf) -> Response:
    """The sensitivity as the API returns it."""
    return what_if.show(lambda fork: Document(json_of(Sensitivity, sensitivity_in(request, fork)), JSON))


@router.get("/c/{coalition}/what-if/conditions")
def conditions_page(request: Request, what_if: RequestedWhatIf) -> Response:
    """Which open condition matters most."""

    def make(fork: WhatIfView) -> Document:
        sensitivity = sensitivity_in(request, fork)
        drawn = two_widths(lambda width, name: sensitivity_bars(sensitivity, width=width, name=name), "sensitivity")
        return html(
            request, "sensitivity.html", viewpoint=fork.viewpoint, fork=fork, drawn=drawn,
            sensitivity=as_answered(Sensitivity, sensitivity),
            labels={one.requirement: one.label for one in fork.scenario.picture.requirements},
        )  # fmt: skip

    return what_if.show(make)


@router.get("/c/{coalition}/what-if/chances.csv")
def chances_table(request: Request, what_if: RequestedWhatIf, chances: RequestedChances) -> Response:
    """The quantiles of the available force at each date, and the chance of each requirement, as rows."""

    def make(fork: WhatIfView) -> Document:
        dates = simulation_in(request, fork, chances).dates
        rows = [(one.at, "available", name, getattr(one.available, name)) for one in dates for name in QUANTILES]
        rows += [(one.at, "chance", of.requirement, of.probability) for one in dates for of in one.requirements]
        return csv_file(f"{fork.viewpoint.basis.coalition}-chances.csv", ("at", "what", "of", "value"), rows)

    return what_if.show(make)


@router.get("/c/{coalition}/what-if/chances.json")
def chances_answer(request: Request, what_if: RequestedWhatIf, chances: RequestedChances) -> Response:
    """The simulation as the API returns it."""
    return what_if.show(lambda fork: Document(json_of(Simulation, simulation_in(request, fork, chances)), JSON))


@router.get("/c/{coalition}/what-if/chances")
def chances_page(request: Request, what_if: RequestedWhatIf, chances: RequestedChances) -> Response:
    """How large the force may become, and how likely it is to meet each requirement."""
    return what_if.show(lambda fork: _chances(request, fork, chances))


def _chances(request: Request, fork: WhatIfView, chances: Chances) -> Document:
    simulation = simulation_in(request, fork, chances)
    required = fork.scenario.picture.requirements
    drawn = two_widths(lambda width, name: fan_chart(simulation, requirements=required, width=width, name=name), "fan")
    picture = as_answered(Picture, fork.scenario.picture)
    return html(
        request, "chances.html", viewpoint=fork.viewpoint, fork=fork, chances=chances, drawn=drawn,
        simulation=as_answered(Simulation, simulation),
        conditions=[one for one in picture["conditions"] if one["status"] == "open"],
        labels={one["requirement"]: one["label"] for one in picture["requirements"]},
    )  # fmt: skip
