"""``/c/{coalition}``: the force picture at two dates; and the briefing, the same on one sheet of paper."""

from dataclasses import replace
from typing import Any

from fastapi import Request, Response

from api.pages.clocks import clocks_of
from api.pages.drawings import charts_of, is_drawn_at_once
from api.pages.filters import LEVELS, as_answered
from api.pages.page_cache import send_cached
from api.pages.responses import Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from projections.coalition import CoalitionItem, coalition_of
from projections.picture.items import MeetingItem, PledgeItem, pledge_items
from projections.picture.picture import Picture
from projections.pointers import parts_of
from projections.why import value_of

router = pages()

MAX_ROWS = 16
"""Rows of a table or list that the page shows; a link leads to all of them."""


@router.get("/c/{coalition}/picture.csv")
def picture_table(request: Request, viewpoint: RequestedViewpoint) -> Response:
    """Every figure and every plain value of the picture, as rows, by its JSON pointer."""

    def make() -> Document:
        parts = ((what, value_of(part)) for what, part in parts_of(viewpoint.picture))
        rows = [(what, name, value) for what, part in parts for name, value in _fields(part)]
        return csv_file(f"{viewpoint.basis.coalition}-picture.csv", ("what", "field", "value"), rows)

    return send_cached(request, [viewpoint], make)


def _fields(part: Any) -> list[tuple[str, Any]]:
    return list(part.items()) if isinstance(part, dict) else [("", part)]


@router.get("/c/{coalition}")
def picture(request: Request, viewpoint: RequestedViewpoint) -> Response:
    """The picture."""

    def make() -> Document:
        clocks = clocks_of(viewpoint)
        steps = charts_of(viewpoint, "steps") if is_drawn_at_once(viewpoint) else None
        return html(
            request, "picture.html", viewpoint=viewpoint, clocks=clocks, steps=steps, map=charts_of(viewpoint, "map"),
            **_parts(viewpoint),
        )  # fmt: skip

    return send_cached(request, [viewpoint], make)


@router.get("/c/{coalition}/briefing")
def briefing(request: Request, viewpoint: RequestedViewpoint) -> Response:
    """The picture on one sheet, to be printed."""

    def make() -> Document:
        return html(request, "briefing.html", viewpoint=viewpoint, address=str(request.url), **_parts(viewpoint))

    return send_cached(request, [viewpoint], make)


def _parts(viewpoint: Viewpoint) -> dict[str, Any]:
    """The picture, and the lists beside it, as the API returns them."""
    meetings = _all(viewpoint, "meetings", MeetingItem)
    answer: dict[str, Any] = as_answered(Picture, _without_parts(viewpoint.picture))
    return {
        "picture": answer,
        "coalition": as_answered(CoalitionItem, coalition_of(viewpoint.view, viewpoint.basis)),
        "by_level": as_answered(dict[str, list[PledgeItem]], _by_level(viewpoint)),
        "meetings": sorted(meetings, key=lambda one: one["starts_at"] or "", reverse=True),
        "ruled_out": [one for one in answer["stances"] if one["stance"] == "ruled_out"],
        "other_stances": [one for one in answer["stances"] if one["stance"] != "ruled_out"],
        "titles": {one["meeting"]: one["title"] or one["meeting"] for one in meetings},
        "max_rows": MAX_ROWS,
    }


def _all(viewpoint: Viewpoint, kind: str, item_type: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = as_answered(list[item_type], viewpoint.items(kind))
    return items


def _by_level(viewpoint: Viewpoint) -> dict[str, list[PledgeItem]]:
    in_force = [one for one in pledge_items(viewpoint.scene) if one.status in ("standing", "suspended")]
    return {level: [one for one in in_force if one.level == level] for level in LEVELS}


def _without_parts(picture: Picture) -> Picture:
    """The picture without the many figures by contributor and capability, which no page shows."""
    return replace(picture, size=replace(picture.size, by_contributor={}, by_capability={}))
