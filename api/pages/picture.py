"""``/c/{coalition}``: the force picture at two dates; and the briefing, the same on one sheet of paper."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fastapi import Request, Response

from api.charts.chart import figure_in_words
from api.pages.clocks import clocks_of
from api.pages.drawings import charts_of, is_drawn_at_once
from api.pages.filters import LEVELS, as_answered
from api.pages.page_cache import send_cached
from api.pages.responses import Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from api.wording.phrases import spoken
from domain.json_pointers import escape
from projections.coalition import CoalitionItem, coalition_of
from projections.picture.aid import Aid
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
        "in_people": any(answer["size"][name]["pledges"] for name in IN_PEOPLE),
        "units": [part for part in _in_units(answer) if part["units"]],
        "donors": _donors(viewpoint.picture.aid),
        "max_rows": MAX_ROWS,
    }


IN_PEOPLE = ("floated", "pledged", "committed", "assigned", "deployed")
"""The figures that say whether any people are pledged, or on the ground."""


def _in_units(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What there is in units other than people, and for each other purpose than the force."""
    yield {"purpose": None, "pointer": "/size/other_units", "units": answer["size"]["other_units"]}
    for purpose in ("host_aid", "own_preparation"):
        yield {"purpose": purpose, "pointer": f"/aid/{purpose}", "units": answer["aid"][purpose]}


def _donors(aid: Aid) -> list[dict[str, Any]]:
    """What each contributor pledges for other purposes than the force, in words, each with the pointer to it."""
    return [
        {
            "contributor": contributor,
            "parts": [
                {
                    "pointer": f"/aid/by_contributor/{escape(contributor)}/{purpose}/{unit}/pledged",
                    "words": f"{figure_in_words(one.pledged, unit)} ({spoken(purpose)})",
                }
                for purpose, by_unit in by_purpose.items()
                for unit, one in by_unit.items()
                if one.pledged.pledges
            ],
        }
        for contributor, by_purpose in aid.by_contributor.items()
    ]


def _all(viewpoint: Viewpoint, kind: str, item_type: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = as_answered(list[item_type], viewpoint.items(kind))
    return items


def _by_level(viewpoint: Viewpoint) -> dict[str, list[PledgeItem]]:
    in_force = [one for one in pledge_items(viewpoint.scene) if one.status in ("standing", "suspended")]
    return {level: [one for one in in_force if one.level == level] for level in LEVELS}


def _without_parts(picture: Picture) -> Picture:
    """The picture without the many figures by contributor and capability, which no page shows."""
    return replace(picture, size=replace(picture.size, by_contributor={}, by_capability={}))
