"""A what-if beside the record: both pictures, their difference and the consequences, and the charts of these."""

from collections.abc import Callable
from typing import Any

from fastapi import Request

from api.charts import Chart, cascade_graph, fan_chart, sensitivity_bars
from api.http.problems import NOT_FOUND, Problem
from api.pages.chances import Chances, sensitivity_in, simulation_in
from api.pages.changes import sections_of
from api.pages.drawings import two_widths
from api.pages.filters import as_answered
from api.pages.fork import WhatIfView
from api.pages.responses import Document, csv_file
from api.routes.comparisons import ComparedPictures
from api.work_slots import need_slot
from projections.difference import Difference, beside, difference_of
from projections.paging import MAX_CHANGES, all_pages
from projections.picture.picture import Picture
from projections.what_if.changed_history import baseline_of
from projections.what_if.consequences import Consequences, consequences_of

FIGURES = ("available", "conditional", "blocked", "floated", "deployed", "if_all_move")
"""The figures that pages compare what-ifs by."""


def comparison(fork: WhatIfView) -> dict[str, Any]:
    """The values that templates show of a what-if beside the record, as the API returns them."""
    pictures, consequences = pictures_and_consequences(fork)
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


def pictures_and_consequences(fork: WhatIfView) -> tuple[ComparedPictures, Consequences]:
    """Both pictures and their difference, and the consequences. Raises a ``Problem`` without a slot, or out of time."""
    basis, history = fork.scenario.basis, fork.history
    need_slot()
    baseline, scenario, difference = beside((baseline_of(history, basis), basis), (fork.scenario.view, basis))
    return ComparedPictures(scenario, baseline, difference), consequences_of(history, basis)


def difference_table(fork: WhatIfView, name: str) -> Document:
    """All differences, as rows."""
    columns = ("what", "fields", "before", "after", "events")
    basis = fork.scenario.basis
    need_slot()
    sides = (baseline_of(fork.history, basis), basis), (fork.scenario.view, basis)
    parts = all_pages(lambda part: difference_of(*sides, part), MAX_CHANGES)
    rows = ([change[name] for name in columns] for one in parts for change in as_answered(Difference, one)["changes"])
    return csv_file(f"{basis.coalition}-{name}.csv", columns, rows)


def what_if_chart(request: Request, fork: WhatIfView, chances: Chances, chart: str) -> Callable[[int, str], Chart]:
    """The function that draws a chart of a what-if at a width. Raises a ``Problem`` for an unknown name."""
    match chart:
        case "cascade":
            need_slot()
            consequences = consequences_of(fork.history, fork.scenario.basis)
            return lambda width, name: cascade_graph(consequences, width=width, name=name)
        case "sensitivity":
            sensitivity = sensitivity_in(request, fork)
            return lambda width, name: sensitivity_bars(sensitivity, width=width, name=name)
        case "fan":
            simulation = simulation_in(request, fork, chances)
            required = fork.scenario.picture.requirements
            return lambda width, name: fan_chart(simulation, requirements=required, width=width, name=name)
    raise Problem(NOT_FOUND, f"unknown chart {chart}; choose from: cascade, sensitivity, fan")
