"""``/c/{coalition}/record``: the log of events with filters, and the page of each event."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from api.http.problems import NOT_FOUND, Problem
from api.pages.changes import sections_of
from api.pages.filters import as_answered
from api.pages.opened_event import opened_event
from api.pages.page_cache import send_cached
from api.pages.responses import Document, csv_file, html, long_table
from api.pages.routing import pages
from api.pages.viewpoint import POINT, RequestedViewpoint, Viewpoint, viewpoint_at
from api.routes.log import ALWAYS, Filters, filters
from api.work_slots import need_slot
from domain.corrections import EventCorrected, EventRetracted
from domain.events import EVENT, FACTS, Event, content_of
from domain.facts import Fact
from domain.history.history import View
from domain.times import CALENDAR_US, day_of, period
from projections.asof import AsOf
from projections.difference import Difference, difference_of
from projections.log import EventPage, OneEvent, one_event, page_of

router = pages()
LogFilters = Annotated[Filters, Depends(filters)]

MAX_ROWS = 50
"""Events on a page of the log."""

# --- the log ----------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/record.csv")
def log_table(request: Request, viewpoint: RequestedViewpoint, filters: LogFilters) -> Response:
    """All events that match the filters, as rows."""
    whole = _of_all_time(request, viewpoint)
    events = filters.wanted.after(filters.after, whole.read, whole.basis)
    columns = ("sequence", "event_id", "recorded_at", "recorded_by", "type", "effective_at", "fact")
    filename = f"{viewpoint.basis.coalition}-record.csv"
    return long_table(request, filename, columns, map(_row, events))


def _row(event: Event) -> list[Any]:
    fact = EVENT.dump_python(event, mode="json", exclude_none=True)["fact"]
    details = (event.sequence, event.event_id, event.recorded_at, event.recorded_by)
    return [*details, fact["type"], fact.get("effective_at"), fact]


@router.get("/c/{coalition}/record")
def log(request: Request, viewpoint: RequestedViewpoint, filters: LogFilters) -> Response:
    """The log, a page of it."""

    def make() -> Document:
        events = _page(_of_all_time(request, viewpoint), replace(filters, limit=min(filters.limit, MAX_ROWS)))
        parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        query = urlencode(parameters)
        further = urlencode([*parameters, ("cursor", events["next_after"])]) if events["next_after"] else None
        return html(
            request, "log.html", viewpoint=viewpoint, events=events["items"], query=query, further=further,
            filters={name: value for name, value in parameters if name not in POINT},
            is_first=filters.after == 0, types=sorted(FACTS),
        )  # fmt: skip

    return send_cached(request, [viewpoint], make)


def _of_all_time(request: Request, viewpoint: Viewpoint) -> Viewpoint:
    """Include what has not yet taken effect, unless a date was asked for."""
    if "valid_at" in request.query_params:
        return viewpoint
    return viewpoint_at(request, viewpoint.history, replace(viewpoint.asked, valid_at=ALWAYS))


def _page(viewpoint: Viewpoint, filters: Filters) -> Any:
    found = page_of(viewpoint.read, viewpoint.basis, filters.wanted, filters.after, filters.limit)
    return as_answered(EventPage, found)


# --- one event --------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/record/{event_id}.csv")
def event_table(request: Request, viewpoint: RequestedViewpoint, event_id: str) -> Response:
    """One event, as rows of its fields."""

    def make() -> Document:
        event = _event(viewpoint, event_id)["event"]["event"]
        fields = {name: value for name, value in event.items() if name != "fact"} | event["fact"]
        filename = f"{viewpoint.basis.coalition}-event-{event['sequence']}.csv"
        return csv_file(filename, ("field", "value"), list(fields.items()))

    return send_cached(request, [viewpoint], make)


@router.get("/c/{coalition}/record/{event_id}")
def event_page(request: Request, viewpoint: RequestedViewpoint, event_id: str) -> Response:
    """One event: its record details, its sources, what it changed, and its later corrections."""

    def make() -> Document:
        answer = _event(viewpoint, event_id)
        difference = _caused_by(request, viewpoint, answer["event"]["event"])
        return html(
            request, "event.html", viewpoint=viewpoint, answer=answer, difference=difference,
            sections=sections_of(difference), opened=opened_event(viewpoint, event_id),
        )  # fmt: skip

    return send_cached(request, [viewpoint], make)


def _event(viewpoint: Viewpoint, event_id: str) -> Any:
    event = one_event(event_id.lower(), viewpoint.view, viewpoint.basis)
    if event is None:
        raise Problem(NOT_FOUND, f"no event {event_id} was known at that point")
    return as_answered(OneEvent, event)


def _caused_by(request: Request, viewpoint: Viewpoint, event: Any) -> Any:
    """The difference between the picture with an event and without it, on the day on which it takes effect."""
    need_slot()
    recorded = viewpoint.history.view(CALENDAR_US[1], CALENDAR_US[1], "recorded", event["sequence"])
    dates = _effective_dates(recorded, event["event_id"])
    valid_at = min(dates, key=lambda date: period(date).start_us, default=viewpoint.basis.valid_at)
    if "T" not in valid_at.upper():
        valid_at = day_of(period(valid_at).start_us)  # a longer period would be looked at as of its end
    before, after = (
        viewpoint_at(request, viewpoint.history, AsOf(valid_at, event["recorded_at"], "recorded", sequence))
        for sequence in (event["sequence"] - 1, event["sequence"])
    )
    return as_answered(Difference, difference_of((before.view, before.basis), (after.view, after.basis)))


def _effective_dates(recorded: View, event_id: str) -> Iterator[str]:
    """The dates on which an event takes effect. For a retraction, those of the retracted event; for a correction, those
    of the corrected fact and of its replacement."""
    event = recorded.event(event_id)
    while event is not None and isinstance(event.fact, EventRetracted):
        event = recorded.event(event.fact.retracts)
    fact: Any = None if event is None else event.fact
    if isinstance(fact, EventCorrected):
        yield fact.replacement.effective_at
        corrected = recorded.event(fact.corrects)
        fact = None if corrected is None else content_of(corrected)
    if isinstance(fact, Fact):
        yield fact.effective_at
