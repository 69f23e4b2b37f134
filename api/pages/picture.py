"""``/c/{coalition}``: the force picture, with its two clocks; and the same on one sheet of paper."""

from dataclasses import replace
from typing import Any

from fastapi import Request, Response

from api.pages import drawings
from api.pages.clocks import clocks_of
from api.pages.filters import LEVELS, as_answered
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from projections.coalition import CoalitionItem, coalition_of
from projections.picture.items import MeetingItem, MemberItem, PledgeItem, pledge_items
from projections.picture.picture import Picture
from projections.pointers import parts_of
from projections.why import value_of

router = pages()

MOST_ROWS = 16
"""So many rows of a table or a list does the page show; a link leads to all of them."""


@router.get("/c/{coalition}.csv")
def picture_table(request: Request, stand: RequestedViewpoint) -> Response:
    """Every figure and every plain value of the picture, as rows: its JSON pointer, and what it is."""
    parts = ((what, value_of(part)) for what, part in parts_of(stand.picture))
    rows = [(what, name, value) for what, part in parts for name, value in _fields(part)]
    return table(request, f"{stand.basis.coalition}-picture.csv", ("what", "field", "value"), rows)


def _fields(part: Any) -> list[tuple[str, Any]]:
    return list(part.items()) if isinstance(part, dict) else [("", part)]


@router.get("/c/{coalition}")
def picture(request: Request, stand: RequestedViewpoint) -> Response:
    """The picture."""
    clocks = clocks_of(stand)
    steps = drawings.drawn(stand, "steps") if drawings.is_at_hand(stand) else None
    where = drawings.drawn(stand, "map")
    return page(request, "picture.html", stand=stand, clocks=clocks, steps=steps, where=where, **_seen(stand))


@router.get("/c/{coalition}/briefing")
def briefing(request: Request, stand: RequestedViewpoint) -> Response:
    """The picture on one sheet, to be printed."""
    return page(request, "briefing.html", stand=stand, address=str(request.url), **_seen(stand))


def _seen(stand: Viewpoint) -> dict[str, Any]:
    """The picture, and the lists that go with it, as the API answers them."""
    meetings = _all(stand, "meetings", MeetingItem)
    shown: dict[str, Any] = as_answered(Picture, _without_parts(stand.picture))
    return {
        "picture": shown,
        "coalition": as_answered(CoalitionItem, coalition_of(stand.view, stand.basis)),
        "by_level": as_answered(dict[str, list[PledgeItem]], _by_level(stand)),
        "meetings": sorted(meetings, key=lambda one: one["starts_at"] or "", reverse=True),
        "ruled_out": [one for one in shown["stances"] if one["stance"] == "ruled_out"],
        "other_stances": [one for one in shown["stances"] if one["stance"] != "ruled_out"],
        "members": [one for one in _all(stand, "members", MemberItem) if one["status"] == "joined"],
        "titles": {one["meeting"]: one["title"] or one["meeting"] for one in meetings},
        "most": MOST_ROWS,
    }


def _all(stand: Viewpoint, kind: str, item_type: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = as_answered(list[item_type], stand.items(kind))
    return items


def _by_level(stand: Viewpoint) -> dict[str, list[PledgeItem]]:
    standing = [one for one in pledge_items(stand.scene) if one.status in ("standing", "suspended")]
    return {level: [one for one in standing if one.level == level] for level in LEVELS}


def _without_parts(picture: Picture) -> Picture:
    """The picture without the figures of each contributor and capability: no page shows them, and they are many."""
    return replace(picture, size=replace(picture.size, by_contributor={}, by_capability={}))
