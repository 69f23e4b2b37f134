"""``/c/{coalition}/why``: what a figure is made of, down to the events and their sources."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.http.problems import NOT_FOUND, Fault, Problem
from api.pages.filters import as_answered
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from api.wording.actors import pointer_with_names, with_names
from api.wording.explanations import figure_lines
from api.wording.phrases import capitalised
from domain.events import EVENT
from projections.picture.picture import Picture, picture_of
from projections.pointers import NoSuchFigure
from projections.why import Why, why

router = pages()
Figure = Annotated[str, Query(description="A JSON pointer into the picture.")]


@router.get("/c/{coalition}/why")
def why_page(request: Request, stand: RequestedViewpoint, figure: Figure) -> Response:
    """Why a figure is what it is."""
    answer = _why(stand, figure)
    picture = as_answered(Picture, picture_of(stand.view, stand.basis))
    told = [capitalised(line) for line in figure_lines(pointer_with_names(figure), with_names(picture))]
    events = events_named(stand, (event for part in (*answer["pledges"], answer) for event in part["events"]))
    return page(request, "why.html", stand=stand, picture=picture, answer=answer, told=told, events=events)


@router.get("/c/{coalition}/why.csv")
def why_table(request: Request, stand: RequestedViewpoint, figure: Figure) -> Response:
    """The pledges and the events that a figure rests on, as rows; an event once for each pledge that it is about."""
    answer = _why(stand, figure)
    columns = ("pledge", "event_id", "sequence", "type", "about", "effective_at", "recorded_at", "sources")
    parts = [(part["pledge"]["pledge"], part["events"]) for part in answer["pledges"]] + [("", answer["events"])]
    rows = ([pledge, *(event[name] for name in columns[1:])] for pledge, events in parts for event in events)
    return table(request, f"{stand.basis.coalition}-why.csv", columns, rows)


def _why(stand: Viewpoint, figure: str) -> Any:
    try:
        return as_answered(Why, why(figure, stand.view, stand.basis))
    except NoSuchFigure as error:
        raise Problem(NOT_FOUND, faults=[Fault(parameter="figure", detail=error.detail)]) from None


def events_named(stand: Viewpoint, refs: Any) -> dict[str, Any]:
    """The events that an answer names, by their ids, as they were recorded."""
    ids = dict.fromkeys(ref["event_id"] for ref in refs)
    found = (event for event_id in ids if (event := stand.view.event(event_id)) is not None)
    return {event.event_id: EVENT.dump_python(event, mode="json", exclude_none=True) for event in found}
