"""The lists of a coalition, and the page of each thing on them with its history."""

from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.http.problems import NOT_FOUND, Problem
from api.pages.clocks import clocks_of
from api.pages.drawings import charts_of
from api.pages.filters import as_answered
from api.pages.follow_ups import links_of
from api.pages.page_cache import send_cached
from api.pages.responses import MAX_TABLE_ROWS, Document, csv_file, html
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from projections.lists import LISTS, Items, ItemWithHistory, item_of, items_of, name_field

router = pages()

After = Annotated[int, Query(description="How many items come before this page.", ge=0, le=1_000_000)]

TITLES = {
    "pledges": "Pledges",
    "requirements": "Requirements",
    "conditions": "Conditions",
    "basing": "Basing",
    "meetings": "Meetings",
    "members": "Members",
    "stances": "Stances",
    "statements": "Statements",
    "counts": "Reported totals",
}
"""The title of each list (``projections/lists.py``)."""


def _add_list(kind: str, item_type: Any, title: str) -> None:
    """The four routes of one kind: the list, and one item with its history; each as a page and as a table."""
    key = name_field(kind)

    def all_table(request: Request, viewpoint: RequestedViewpoint) -> Response:
        def make() -> Document:
            items = _items(viewpoint)
            columns = list(items[0]) if items else [key]
            rows = (list(item.values()) for item in items)
            return csv_file(f"{viewpoint.basis.coalition}-{kind}.csv", columns, rows)

        return send_cached(request, [viewpoint], make)

    def all_of_kind(request: Request, viewpoint: RequestedViewpoint, after: After = 0) -> Response:
        def make() -> Document:
            clocks, items = clocks_of(viewpoint), _items(viewpoint)
            stories = charts_of(viewpoint, "stories") if kind == "pledges" and after == 0 else None
            return html(
                request, "items.html", viewpoint=viewpoint, clocks=clocks, items=items[after : after + MAX_TABLE_ROWS],
                kind=kind, title=title, name_field=key, lists=TITLES, stories=stories, after=after, count=len(items),
            )  # fmt: skip

        return send_cached(request, [viewpoint], make)

    def one_table(request: Request, viewpoint: RequestedViewpoint, name: str) -> Response:
        def make() -> Document:
            history = _one(viewpoint, name)["history"]
            columns = ("sequence", "event_id", "recorded_at", "stands", "type", "effective_at", "fact")
            rows = (
                [one["event"]["sequence"], one["event"]["event_id"], one["event"]["recorded_at"], one["stands"],
                 one["event"]["fact"]["type"], one["event"]["fact"].get("effective_at"), one["event"]["fact"]]
                for one in history
            )  # fmt: skip
            return csv_file(f"{viewpoint.basis.coalition}-{name}.csv", columns, rows)

        return send_cached(request, [viewpoint], make)

    def one(request: Request, viewpoint: RequestedViewpoint, name: str) -> Response:
        def make() -> Document:
            clocks, answer = clocks_of(viewpoint), _one(viewpoint, name)
            return html(
                request, "item.html", viewpoint=viewpoint, clocks=clocks, answer=answer, kind=kind, title=title,
                name=name, follow_ups=links_of(kind, key, answer["item"]) if answer["item"] else (),
            )  # fmt: skip

        return send_cached(request, [viewpoint], make)

    def _items(viewpoint: Viewpoint) -> list[Any]:
        items: list[Any] = as_answered(Items[item_type], items_of(kind, viewpoint.view, viewpoint.basis))["items"]
        return items

    def _one(viewpoint: Viewpoint, name: str) -> Any:
        item = item_of(kind, name, viewpoint.view, viewpoint.basis)
        if item is None:
            raise Problem(NOT_FOUND, f"nothing called {name} was known among the {kind}")
        return as_answered(ItemWithHistory[item_type], item)

    path = f"/c/{{coalition}}/{kind}"
    for end, endpoint in ((".csv", all_table), ("", all_of_kind), ("/{name}/history.csv", one_table), ("/{name}", one)):
        router.get(path + end)(endpoint)


for _kind, _title in TITLES.items():
    _add_list(_kind, LISTS[_kind].item_type, _title)
