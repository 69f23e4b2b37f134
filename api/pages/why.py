"""``/c/{coalition}/why``: what a figure is made of, down to the events and their sources."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.http.problems import NOT_FOUND, Fault, Problem
from api.pages.changes import events_named
from api.pages.filters import as_answered
from api.pages.page_cache import send_cached
from api.pages.responses import Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from api.wording.actors import pointer_with_names, with_names
from api.wording.explanations import figure_lines
from api.wording.phrases import capitalised
from api.work_slots import need_slot
from projections.paging import MAX_EXPLAINING, Page, all_pages
from projections.picture.picture import Picture, picture_of
from projections.pointers import NoSuchFigure
from projections.why import FIRST, Why, why

router = pages()
Figure = Annotated[str, Query(description="A JSON pointer into the picture.")]


@router.get("/c/{coalition}/why")
def why_page(request: Request, viewpoint: RequestedViewpoint, figure: Figure) -> Response:
    """Why a figure is what it is."""

    def make() -> Document:
        answer = _why(viewpoint, figure)
        picture = as_answered(Picture, picture_of(viewpoint.view, viewpoint.basis))
        lines = [capitalised(line) for line in figure_lines(pointer_with_names(figure), with_names(picture))]
        events = events_named(viewpoint, (event for part in (*answer["pledges"], answer) for event in part["events"]))
        return html(
            request, "why.html", viewpoint=viewpoint, picture=picture, answer=answer, lines=lines, events=events
        )  # fmt: skip

    return send_cached(request, [viewpoint], make)


@router.get("/c/{coalition}/why.csv")
def why_table(request: Request, viewpoint: RequestedViewpoint, figure: Figure) -> Response:
    """The pledges and the events that a figure is based on, as rows; an event once for each pledge that it is about."""

    def make() -> Document:
        columns = ("pledge", "event_id", "sequence", "type", "about", "effective_at", "recorded_at", "sources")
        rows = (
            [pledge, *(event[name] for name in columns[1:])]
            for answer in all_pages(lambda part: _explained(viewpoint, figure, part), MAX_EXPLAINING)
            for pledge, events in _events_by_pledge(as_answered(Why, answer))
            for event in events
        )
        return csv_file(f"{viewpoint.basis.coalition}-why.csv", columns, rows)

    return send_cached(request, [viewpoint], make)


def _events_by_pledge(answer: Any) -> list[tuple[str, list[Any]]]:
    return [*((part["pledge"]["pledge"], part["events"]) for part in answer["pledges"]), ("", answer["events"])]


def _why(viewpoint: Viewpoint, figure: str) -> Any:
    return as_answered(Why, _explained(viewpoint, figure, FIRST))


def _explained(viewpoint: Viewpoint, figure: str, part: Page) -> Why:
    need_slot()
    try:
        return why(figure, viewpoint.view, viewpoint.basis, part)
    except NoSuchFigure as error:
        raise Problem(NOT_FOUND, faults=[Fault(parameter="figure", detail=error.detail)]) from None
