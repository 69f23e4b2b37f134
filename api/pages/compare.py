"""``/c/{coalition}/compare``: two to six saved scenarios side by side, and the record with them if asked."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query, Request, Response

from api.http.problems import BAD_PARAMETER, UNKNOWN_SCENARIO, WHAT_IF_REFUSED, Problem
from api.pages.comparison import FIGURES
from api.pages.filters import as_answered
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import POINT, viewpoint_at
from api.routes.chances import Percentages
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.side_by_side import WithRecord, compare_sides, requested_sides, viewed_sides
from api.services import services
from api.wording.moved_on import moved_on_sentence
from api.wording.names import calling_by
from api.wording.side_by_side import (
    QUANTILES,
    chance_beside,
    need_beside,
    pledge_beside,
    pledges_that_differ,
    shortfall_beside,
)
from domain.history.history import History
from domain.ledger import SavedScenario
from projections.paging import MAX_ITEMS, all_pages
from projections.picture.scene import scene_of
from projections.what_if.side_by_side import MAX_SIDES, SideBySide, ViewedSide

router = pages()

Scenarios = Annotated[list[str] | None, Query(alias="scenario", description="A saved scenario; repeated.")]

_OF_THE_CHOICE = (BAD_PARAMETER, UNKNOWN_SCENARIO, WHAT_IF_REFUSED)
"""Problems that another choice on the page solves."""

WORDS = {
    "need": need_beside, "shortfall": shortfall_beside, "chance": chance_beside, "moved_on": moved_on_sentence,
}  # fmt: skip
"""How the cells of the page are worded."""


@router.get("/c/{coalition}/compare.csv")
def compared_table(
    *, request: Request, recorded: RecordedHistory, asked: AsOfQuery, scenario: Scenarios = None,
    record: WithRecord = False, percent: Percentages,
) -> Response:  # fmt: skip
    """The figures, shortfalls, pledges and chances of scenarios, as rows with a column for each side."""
    sides = requested_sides(request, recorded, scenario or [], record, asked)
    viewed = viewed_sides(request, recorded, sides)
    parts = [as_answered(SideBySide, one) for one in all_pages(
        lambda part: compare_sides(request, viewed, percent, part), MAX_ITEMS
    )]  # fmt: skip
    columns = ("what", "name", "field", *(one.side.scenario or "on record" for one in viewed))
    return table(request, f"{recorded.coalition}-compared.csv", columns, _rows(parts))


def _rows(parts: Sequence[Any]) -> Iterator[list[Any]]:
    first = parts[0]
    for name, figure in first["figures"].items():
        for bound in ("min", "max", "undisclosed"):
            yield ["figure", name, bound, *(one[bound] for one in figure["values"])]
    for one in first["requirements"]:
        yield ["shortfall", one["requirement"], "", *map(shortfall_beside, one["values"])]
    for part in parts:
        for one in part["pledges"]:
            yield ["pledge", one["pledge"], "", *map(pledge_beside, one["values"])]
    if chances := first["chances"]:
        for quantile in QUANTILES:
            yield ["chance", "available", quantile, *(one[quantile] for one in chances["available"])]
        for name, values in chances["requirements"].items():
            yield ["chance", name, "probability", *(one and one["probability"] for one in values)]


@router.get("/c/{coalition}/compare")
def compare_page(
    *, request: Request, recorded: RecordedHistory, asked: AsOfQuery, scenario: Scenarios = None,
    record: WithRecord = False, percent: Percentages,
) -> Response:  # fmt: skip
    """Scenarios side by side; with too few or too many, the form to choose them and what is wrong."""
    viewpoint = viewpoint_at(request, recorded, asked)
    point = {name: request.query_params[name] for name in POINT if name in request.query_params}
    chosen = scenario or []
    compared, conditions, refused = None, [], None
    try:
        if chosen:
            viewed = viewed_sides(request, recorded, requested_sides(request, recorded, chosen, record, asked))
            conditions = _open_conditions(viewed)
            compared = as_answered(SideBySide, compare_sides(request, viewed, percent))
    except Problem as problem:
        if problem.type not in _OF_THE_CHOICE:
            raise
        refused = problem
    with calling_by(viewpoint):
        return page(
            request, "compare.html", status=refused.type.status if refused else 200, viewpoint=viewpoint,
            compared=compared, conditions=conditions, chosen=chosen, with_record=record, percent=percent,
            refused=[fault.detail for fault in refused.faults] if refused else [],
            scenarios=_names(request, recorded), figures=FIGURES, words=WORDS, quantiles=QUANTILES,
            pledges=pledges_that_differ(compared["pledges"]) if compared else [], most=MAX_SIDES,
            point=point, query=urlencode(_parameters(chosen, record, percent) | point, doseq=True),
        )  # fmt: skip


def _names(request: Request, recorded: History) -> dict[str, str]:
    """The name of each scenario that can be read, by its slug."""
    every = services(request).scenarios.all(recorded.coalition)
    return {one.scenario: one.state.name for one in every if isinstance(one, SavedScenario)}


def _open_conditions(viewed: Sequence[ViewedSide]) -> list[str]:
    """The conditions that are open on any side, in their order there."""
    worlds = [scene_of(one.view).world.conditions for one in viewed]
    return list(dict.fromkeys(name for world in worlds for name, one in world.items() if not one.is_decided))


def _parameters(chosen: Sequence[str], with_record: bool, percent: dict[str, int]) -> dict[str, Any]:
    """The parameters of the page but for its point in time."""
    chances = [f"{name}:{number}" for name, number in percent.items()]
    return {"scenario": list(chosen), "record": ["true"] if with_record else [], "chance": chances}
