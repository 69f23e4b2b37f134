"""``/c/{coalition}/what-if``: a history changed by clicking, beside the one on record.

A change is a word and a name, such as ``failed:us-backing`` or ``halved:gbr-ground``, repeated in the address. It
becomes a change as the API takes it (``domain/what_if/changes.py``), and the same replay works out the result."""

from collections.abc import Callable
from typing import Any

from fastapi import Request, Response

from api.charts import Chart, cascade_graph, fan_chart, sensitivity_bars
from api.http.answers import json_of
from api.http.problems import NOT_FOUND, Problem
from api.pages.chart_files import embed, taken_along
from api.pages.clocks import clocks_of
from api.pages.difference import sections_of
from api.pages.drawings import WIDE, two_widths
from api.pages.filters import as_answered
from api.pages.fork import RequestedWhatIf, WhatIfView
from api.pages.forms import EMPTY, FormContents
from api.pages.likelihood import Chances, RequestedChances, fork_sensitivity, fork_simulation
from api.pages.responses import page, sent, table
from api.pages.routing import pages
from api.routes.comparisons import ComparedPictures
from api.services import services
from projections.difference import Difference, beside, difference_of
from projections.lists import Items, items_of
from projections.picture.items import PledgeItem
from projections.picture.picture import Picture
from projections.what_if.changed_history import baseline_of
from projections.what_if.consequences import Consequences, consequences_of

router = pages()

FIGURES = ("available", "conditional", "blocked", "floated", "deployed", "if_all_move")
"""The figures that a scenario is compared by."""

# --- what comes of them -----------------------------------------------------------------------------------------------


def compared(request: Request, fork: WhatIfView) -> dict[str, Any]:
    """The two pictures, how they differ, and what led there, as the API answers them."""
    pictures, consequences = _compared(request, fork)
    difference = as_answered(Difference, pictures.difference)
    return {
        "baseline": as_answered(Picture, pictures.baseline),
        "picture": as_answered(Picture, pictures.scenario),
        "difference": difference,
        "sections": sections_of(difference),
        "consequences": as_answered(Consequences, consequences),
        "cascade": two_widths(lambda width, name: cascade_graph(consequences, width=width, name=name), "cascade"),
        "figures": FIGURES,
    }


def _compared(request: Request, fork: WhatIfView) -> tuple[ComparedPictures, Consequences]:
    """Both pictures and their difference, and the consequences. Raises a ``Problem`` without a place or time for it."""
    basis, history = fork.scenario.basis, fork.history
    with services(request).slots.slot() as deadline:
        before, after = (baseline_of(history, basis), basis), (fork.scenario.view, basis)
        baseline, scenario, difference = beside(before, after, deadline.check)
        consequences = consequences_of(history, basis, deadline.check)
    return ComparedPictures(scenario, baseline, difference), consequences


# --- pages ------------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/what-if.json")
def what_if_answer(request: Request, fork: RequestedWhatIf) -> Response:
    """The pictures, the difference and the consequences, as ``POST /coalitions/{coalition}/what-if`` answers them."""
    pictures, consequences = _compared(request, fork)
    parts = json_of(ComparedPictures, pictures), json_of(Consequences, consequences)
    return sent(request, b'{"picture":%s,"consequences":%s}' % parts, "application/json")


@router.get("/c/{coalition}/what-if.csv")
def what_if_table(request: Request, fork: RequestedWhatIf) -> Response:
    """Everything that is otherwise, as rows."""
    return difference_table(request, fork, "what-if")


@router.get("/c/{coalition}/what-if")
def what_if_page(request: Request, fork: RequestedWhatIf) -> Response:
    """What can be changed, what was, and what comes of it."""
    return shown(request, fork)


def shown(request: Request, fork: WhatIfView, form: FormContents = EMPTY) -> Response:
    """The page, with the form that saves it as it came back."""
    clocks = clocks_of(fork.stand)
    pledges = as_answered(Items[PledgeItem], items_of("pledges", fork.stand.view, fork.stand.basis))["items"]
    return page(
        request, "what_if.html", status=form.status, stand=fork.stand, fork=fork, clocks=clocks, scenario=None,
        form=form, pledges=[one for one in pledges if one["status"] in ("standing", "suspended")],
        **compared(request, fork),
    )  # fmt: skip


def difference_table(request: Request, fork: WhatIfView, name: str) -> Response:
    """Everything that is otherwise, as rows."""
    columns = ("what", "fields", "before", "after", "events")
    basis = fork.scenario.basis
    with services(request).slots.slot() as deadline:
        before, after = (baseline_of(fork.history, basis), basis), (fork.scenario.view, basis)
        difference = difference_of(before, after, deadline.check)
    rows = ([change[name] for name in columns] for change in as_answered(Difference, difference)["changes"])
    return table(request, f"{basis.coalition}-{name}.csv", columns, rows)


# --- how likely what is -----------------------------------------------------------------------------------------------


# --- their charts, to take along --------------------------------------------------------------------------------------


def chart_of(request: Request, fork: WhatIfView, likely: Chances, chart: str) -> Callable[[int, str], Chart]:
    """What draws one of the charts of these pages. Raises a ``Problem`` where there is none of that name."""
    match chart:
        case "cascade":
            with services(request).slots.slot() as deadline:
                consequences = consequences_of(fork.history, fork.scenario.basis, deadline.check)
            return lambda width, name: cascade_graph(consequences, width=width, name=name)
        case "sensitivity":
            sensitivity = fork_sensitivity(request, fork)
            return lambda width, name: sensitivity_bars(sensitivity, width=width, name=name)
        case "fan":
            simulation = fork_simulation(request, fork, likely)
            required = fork.scenario.picture.requirements
            return lambda width, name: fan_chart(simulation, requirements=required, width=width, name=name)
    raise Problem(NOT_FOUND, f"unknown chart {chart}; choose from: cascade, sensitivity, fan")


@router.get("/c/{coalition}/what-if/charts/{chart}.{ending}")
def chart_as_file(
    request: Request, fork: RequestedWhatIf, likely: RequestedChances, chart: str, ending: str
) -> Response:
    """A chart as a file, with what it rests on."""
    drawn = chart_of(request, fork, likely, chart)(WIDE, chart)
    return taken_along(request, fork.scenario, drawn, ending, fork.told)


@router.get("/c/{coalition}/what-if/charts/{chart}")
def chart_embedded(request: Request, fork: RequestedWhatIf, likely: RequestedChances, chart: str) -> Response:
    """A chart alone, for a frame in another page."""
    drawn = two_widths(chart_of(request, fork, likely, chart), chart)
    return embed(request, fork.stand, chart, drawn, fork.told)
