"""``/c/{coalition}/scenarios``: the saved what-ifs side by side."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request, Response

from api.http.problems import UNREADABLE_RECORD, Problem
from api.pages.comparison import FIGURES
from api.pages.filters import as_answered
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.scenarios.items import ListedScenario, UnreadableScenarioItem, list_item_or_problem
from api.services import services
from api.work_slots import ask_for_slot, need_slot
from domain.checkpoints import checkpoint
from domain.history.history import History
from domain.ledger import SavedScenario, UnreadableEvent, UnreadableScenario
from domain.vocabulary import Slug
from projections.asof import AsOf, view_of
from projections.picture.picture import Picture, picture_of
from projections.what_if.side_by_side import MAX_SIDES

router = pages()

BOUNDS = ("min", "max", "undisclosed")
MAX_ROWS = 20
"""Scenarios compared on one page: each of them may have to be replayed."""

Cursor = Annotated[Slug | None, Query(description="The scenarios after this one.")]


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A saved scenario with its size as of its starting point, or why that cannot be computed."""

    listed: ListedScenario | UnreadableScenarioItem
    size: Any
    problem: str | None = None


@router.get("/c/{coalition}/scenarios.csv")
def scenarios_table(request: Request, recorded: RecordedHistory, cursor: Cursor = None) -> Response:
    """A page of the saved scenarios side by side, as rows; the ``Link`` header leads to the next page."""
    columns = ("scenario", "name", "author", "status", *(f"{name}_{bound}" for name in FIGURES for bound in BOUNDS))
    summaries, further = _page_of_summaries(request, recorded, cursor)
    rows = (
        (one.listed.scenario, *(getattr(one.listed, name, None) for name in ("name", "author", "status")),
         *(one.size[name][bound] if one.size else None for name in FIGURES for bound in BOUNDS))
        for one in summaries
    )  # fmt: skip
    answer = table(request, f"{recorded.coalition}-scenarios.csv", columns, rows)
    if further:
        answer.headers["Link"] = f'</c/{quote(recorded.coalition)}/scenarios.csv?cursor={further}>; rel="next"'
    return answer


@router.get("/c/{coalition}/scenarios")
def scenarios_page(request: Request, recorded: RecordedHistory, asked: AsOfQuery, cursor: Cursor = None) -> Response:
    """A page of the saved scenarios side by side."""
    viewpoint = viewpoint_at(request, recorded, asked)
    summaries, further = _page_of_summaries(request, recorded, cursor)
    return page(
        request, "scenarios.html", viewpoint=viewpoint, scenarios=summaries, figures=FIGURES, cursor=cursor,
        further=further, most=MAX_SIDES,
    )  # fmt: skip


def _page_of_summaries(
    request: Request, recorded: History, cursor: str | None
) -> tuple[list[ScenarioSummary], str | None]:
    """The scenarios after a cursor, a page of them, each with its size; and the cursor of the next page.

    All of them share one slot and its time. A scenario whose size cannot be computed in it is listed without.
    """
    every = [one for one in services(request).scenarios.all(recorded.coalition) if _is_listed(one)]
    after = [one for one in every if cursor is None or one.scenario > cursor]
    shown = [list_item_or_problem(one, recorded) for one in after[:MAX_ROWS]]
    further = shown[-1].scenario if len(after) > MAX_ROWS else None
    ask_for_slot()
    try:
        need_slot()
        return [_summary(request, recorded, one) for one in shown], further
    except Problem as problem:
        return [ScenarioSummary(one, None, problem.detail) for one in shown], further


def _is_listed(one: SavedScenario | UnreadableScenario) -> bool:
    """Whether it is listed here: a proposal is listed with the others, unless it cannot be read."""
    return isinstance(one, UnreadableScenario) or one.state.purpose == "what_if"


def _summary(request: Request, recorded: History, one: ListedScenario | UnreadableScenarioItem) -> ScenarioSummary:
    try:
        checkpoint()
        history = services(request).replays.of(recorded, one.scenario)
    except Problem as problem:
        return ScenarioSummary(one, None, problem.detail)
    except UnreadableEvent as failure:
        return ScenarioSummary(one, None, f"{UNREADABLE_RECORD.title}: {failure}.")
    basis = viewpoint_at(request, history, history.as_of(AsOf())).basis
    return ScenarioSummary(one, as_answered(Picture, picture_of(view_of(history, basis), basis))["size"])
