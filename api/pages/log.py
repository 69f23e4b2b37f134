"""The record: its log with filters, each event, and each thing with all that was recorded of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Request, Response

from api.http.problems import NOT_FOUND, Problem
from api.pages.difference import sections_of
from api.pages.filters import as_answered
from api.pages.responses import long_table, page, table
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint, viewpoint_at
from api.routes.log import ALWAYS, Filters, filters
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


_SHOWN = 50

# --- the log ----------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/record.csv")
def log_table(request: Request, stand: RequestedViewpoint, given: LogFilters) -> Response:
    """The events that the filters leave, all of them, as rows."""
    view = _always(request, stand).view
    events = given.wanted.effective_by(view.valid_us).after(given.after, view)
    columns = ("sequence", "event_id", "recorded_at", "recorded_by", "type", "effective_at", "fact")
    filename = f"{stand.basis.coalition}-record.csv"
    return long_table(request, filename, columns, map(_row, events))


def _row(event: Event) -> list[Any]:
    fact = EVENT.dump_python(event, mode="json", exclude_none=True)["fact"]
    envelope = (event.sequence, event.event_id, event.recorded_at, event.recorded_by)
    return [*envelope, fact["type"], fact.get("effective_at"), fact]


@router.get("/c/{coalition}/record")
def log(request: Request, stand: RequestedViewpoint, given: LogFilters) -> Response:
    """The log, a page of it."""
    found = _page(_always(request, stand), replace(given, limit=min(given.limit, _SHOWN)))
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode(kept)
    further = urlencode([*kept, ("cursor", found["next_after"])]) if found["next_after"] else None
    asked = {name: value for name, value in kept if name not in ("valid_at", "known_at", "known_axis", "sequence")}
    return page(
        request, "log.html", stand=stand, found=found, asked=asked, query=query, further=further,
        is_first=given.after == 0, types=sorted(FACTS),
    )  # fmt: skip


def _always(request: Request, stand: Viewpoint) -> Viewpoint:
    """What has yet to take effect is on record, too, unless another time was asked for."""
    if "valid_at" in request.query_params:
        return stand
    asked = replace(stand.asked, valid_at=ALWAYS)
    return viewpoint_at(request, stand.history, asked)


def _page(stand: Viewpoint, given: Filters) -> Any:
    wanted = given.wanted.effective_by(stand.view.valid_us)
    return as_answered(EventPage, page_of(stand.view, stand.basis, wanted, given.after, given.limit))


# --- one event --------------------------------------------------------------------------------------------------------


@router.get("/c/{coalition}/record/{event_id}.csv")
def event_table(request: Request, stand: RequestedViewpoint, event_id: str) -> Response:
    """One event, as rows of its fields."""
    found = _event(stand, event_id)["event"]["event"]
    fields = {name: value for name, value in found.items() if name != "fact"} | found["fact"]
    return table(request, f"{stand.basis.coalition}-event-{found['sequence']}.csv", ("field", "value"), fields.items())


@router.get("/c/{coalition}/record/{event_id}")
def event(request: Request, stand: RequestedViewpoint, event_id: str) -> Response:
    """One event: its envelope, its sources, what it changed, and what changed it."""
    found = _event(stand, event_id)
    changed = _changed_by(request, stand, found["event"]["event"])
    return page(
        request, "event.html", stand=stand, found=found, changed=changed, sections=sections_of(changed),
    )  # fmt: skip


def _event(stand: Viewpoint, event_id: str) -> Any:
    found = one_event(event_id.lower(), stand.view, stand.basis)
    if found is None:
        raise Problem(NOT_FOUND, f"no event {event_id} was known at that point")
    return as_answered(OneEvent, found)


def _changed_by(request: Request, stand: Viewpoint, event: Any) -> Any:
    """What an event changed: the difference between the record with it and without, when it took effect."""
    recorded = stand.history.view(CALENDAR_US[1], CALENDAR_US[1], "recorded", event["sequence"])
    dates = _taking_effect(recorded, event["event_id"])
    valid_at = min(dates, key=lambda date: period(date).start_us, default=stand.basis.valid_at)
    if "T" not in valid_at.upper():
        valid_at = day_of(period(valid_at).start_us)  # a longer period would be looked at as of its end
    sides = [
        viewpoint_at(request, stand.history, AsOf(valid_at, event["recorded_at"], "recorded", sequence))
        for sequence in (event["sequence"] - 1, event["sequence"])
    ]
    before, after = ((side.view, side.basis) for side in sides)
    return as_answered(Difference, difference_of(before, after))


def _taking_effect(recorded: View, event_id: str) -> Iterator[str]:
    """When an event takes effect; one about the record, when what it takes away did, and what comes in its place."""
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
