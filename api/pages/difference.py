"""``/c/{coalition}/difference``: what changed between two points on both axes, and through which events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response

from api.pages.changes import events_named, sections_of
from api.pages.filters import as_answered
from api.pages.page_cache import send_cached
from api.pages.responses import Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.parameters import KnownAxis, RequestedHistory, Sequence, Without, bases_in
from api.work_slots import need_slot
from domain.times import CALENDAR_US, DAY_US, day_of
from projections.asof import AsOf
from projections.difference import FIRST, Difference, difference_of
from projections.paging import MAX_CHANGES, Page, all_pages
from projections.picture.picture import picture_of
from projections.pointers import parts_of

router = pages()
At = Annotated[str | None, Query()]


@dataclass(frozen=True, slots=True)
class ComparedPoints:
    """The two points that are compared."""

    before: Viewpoint
    after: Viewpoint


def compared_points(
    *,
    request: Request,
    history: RequestedHistory,
    from_valid_at: At = None,
    from_known_at: At = None,
    to_valid_at: At = None,
    to_known_at: At = None,
    known_axis: KnownAxis = None,
    sequence: Sequence = None,
    valid_at: At = None,
    known_at: At = None,
    without: Without = None,
) -> ComparedPoints:
    """The two points that an address asks for. The basis with which pages link here is the later one; by default the
    earlier one is a month before it."""
    later = AsOf(to_valid_at or valid_at, to_known_at or known_at, known_axis, sequence, without=bases_in(without))
    after = viewpoint_at(request, history, later, _parameter_names("to"))
    month_before = day_of(max(after.view.valid_us - 30 * DAY_US, CALENDAR_US[0]))
    earlier = replace(later, valid_at=from_valid_at or month_before, known_at=from_known_at or after.basis.known_at)
    return ComparedPoints(viewpoint_at(request, history, earlier, _parameter_names("from")), after)


def _parameter_names(side: str) -> dict[str, str]:
    return {name: f"{side}_{name}" for name in ("valid_at", "known_at")}


RequestedComparison = Annotated[ComparedPoints, Depends(compared_points)]


@router.get("/c/{coalition}/difference.csv")
def difference_table(request: Request, compared: RequestedComparison) -> Response:
    """Every change, as rows."""

    def make() -> Document:
        columns = ("what", "fields", "before", "after", "events")
        parts = all_pages(lambda part: _compared(compared, part), MAX_CHANGES)
        changes = (change for one in parts for change in as_answered(Difference, one)["changes"])
        rows = ([change[name] for name in columns] for change in changes)
        return csv_file(f"{compared.after.basis.coalition}-difference.csv", columns, rows)

    return send_cached(request, [compared.before, compared.after], make)


@router.get("/c/{coalition}/difference")
def difference_page(request: Request, compared: RequestedComparison) -> Response:
    """What changed, in sentences, and what did not."""
    before, after = compared.before, compared.after

    def make() -> Document:
        difference = _difference(compared)
        return html(
            request, "difference.html", viewpoint=after, before=before, after=after, difference=difference,
            sections=sections_of(difference),
            events=events_named(before, difference["events"]) | events_named(after, difference["events"]),
            unchanged=[] if "next_cursor" in difference else list(_unchanged(after, difference)),
        )  # fmt: skip

    return send_cached(request, [before, after], make)


def _difference(compared: ComparedPoints) -> Any:
    return as_answered(Difference, _compared(compared, FIRST))


def _compared(compared: ComparedPoints, part: Page) -> Difference:
    need_slot()
    before, after = compared.before, compared.after
    return difference_of((before.view, before.basis), (after.view, after.basis), part)


def _unchanged(after: Viewpoint, difference: Any) -> Iterator[str]:
    """The parts of the later picture that are the same in the earlier one."""
    changed = {change["what"] for change in difference["changes"]}
    for what, part in parts_of(picture_of(after.view, after.basis)):
        if what not in changed and not what.startswith("/basis") and getattr(part, "pledges", True):
            yield what
