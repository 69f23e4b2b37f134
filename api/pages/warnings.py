"""``/c/{coalition}/warnings``: what is on record and surprising, with the facts that would settle it."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.pages.filters import as_answered
from api.pages.page_cache import send_cached
from api.pages.responses import MAX_TABLE_ROWS, Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from api.work_slots import need_slot
from projections.lists import Items
from projections.paging import Page, Position
from projections.warnings.warnings import WantedWarnings, WarningItem, warnings_of

router = pages()

Dismissed = Annotated[bool, Query(description="`true` shows dismissed ones as well.")]

ALL = Page(Position(), limit=1_000_000)

_COLUMNS = ("warning", "pointer", "detail", "events", "remedy", "dismissed")


@router.get("/c/{coalition}/warnings.csv")
def warnings_table(request: Request, viewpoint: RequestedViewpoint, dismissed: Dismissed = False) -> Response:
    """All warnings, as rows."""

    def make() -> Document:
        rows = ([warning.get(name) for name in _COLUMNS] for warning in _warnings(viewpoint, dismissed=dismissed))
        return csv_file(f"{viewpoint.basis.coalition}-warnings.csv", _COLUMNS, rows)

    return send_cached(request, [viewpoint], make)


@router.get("/c/{coalition}/warnings")
def warnings_page(request: Request, viewpoint: RequestedViewpoint, dismissed: Dismissed = False) -> Response:
    """All warnings, each with its events."""

    def make() -> Document:
        warnings = _warnings(viewpoint, dismissed=dismissed)
        shown = warnings[:MAX_TABLE_ROWS]
        numbers = {event_id: _number(viewpoint, event_id) for warning in shown for event_id in warning["events"]}
        return html(
            request, "warnings.html", viewpoint=viewpoint, warnings=warnings, numbers=numbers, dismissed=dismissed
        )  # fmt: skip

    return send_cached(request, [viewpoint], make)


def _warnings(viewpoint: Viewpoint, *, dismissed: bool) -> list[Any]:
    need_slot()
    wanted = WantedWarnings(with_dismissed=dismissed)
    found = warnings_of(viewpoint.view, viewpoint.basis, wanted, ALL)
    items: list[Any] = as_answered(Items[WarningItem], found)["items"]
    return items


def _number(viewpoint: Viewpoint, event_id: str) -> int:
    event = viewpoint.view.event(event_id)
    assert event is not None
    return event.sequence
