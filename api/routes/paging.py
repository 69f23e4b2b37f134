"""Pages of answers over HTTP: the parameters that ask for one, and the link to the next.

The link fixes the basis of the first page, so events recorded meanwhile do not shift the pages."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Query, Request

from projections.asof import Basis
from projections.paging import CURSOR, MAX_CHANGES, MAX_EXPLAINING, MAX_ITEMS, MAX_MOVES, Page, page_from

Cursor = Annotated[
    str | None, Query(description="From the `next` link, or the `next_cursor`, of the previous page.", pattern=CURSOR)
]


def items_page(
    cursor: Cursor = None,
    limit: Annotated[int, Query(description="Items, or events of a history, a page.", ge=1, le=MAX_ITEMS)] = MAX_ITEMS,
) -> Page:
    """Return the page of a list, or of a history, that a request asks for."""
    return page_from(cursor, limit)


def explanation_page(
    cursor: Cursor = None,
    limit: Annotated[
        int, Query(description="Pledges, and events of each, a page.", ge=1, le=MAX_EXPLAINING)
    ] = MAX_EXPLAINING,
) -> Page:
    """Return the page of an explanation that a request asks for."""
    return page_from(cursor, limit)


def changes_page(
    cursor: Cursor = None,
    limit: Annotated[
        int, Query(description="Changes, and ids of events in each, a page.", ge=1, le=MAX_CHANGES)
    ] = MAX_CHANGES,
) -> Page:
    """Return the page of a difference that a request asks for."""
    return page_from(cursor, limit)


def moves_page(
    cursor: Cursor = None,
    limit: Annotated[
        int, Query(description="Moves, and pledges that each came through, a page.", ge=1, le=MAX_MOVES)
    ] = MAX_MOVES,
) -> Page:
    """Return the page of consequences that a request asks for."""
    return page_from(cursor, limit)


ItemsPage = Annotated[Page, Depends(items_page)]
ExplanationPage = Annotated[Page, Depends(explanation_page)]
ChangesPage = Annotated[Page, Depends(changes_page)]
MovesPage = Annotated[Page, Depends(moves_page)]

LINKED: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"Link": {"description": "The next page.", "schema": {"type": "string"}}}}
}
"""What the schema says of an answer with pages."""


def basis_parameters(basis: Basis) -> dict[str, Any]:
    """Return the parameters that ask for a basis."""
    return {name: getattr(basis, name) for name in ("valid_at", "known_at", "known_axis", "sequence", "definitions")}


def difference_parameters(before: Basis, after: Basis) -> dict[str, Any]:
    """Return the parameters that ask for a difference between two bases of one axis."""
    sides = {"from": before, "to": after}
    names = ("valid_at", "known_at", "sequence")
    own = {f"{side}_{name}": getattr(basis, name) for side, basis in sides.items() for name in names}
    return own | {"known_axis": before.known_axis, "definitions": before.definitions}


def next_link(request: Request, fixed: Mapping[str, Any], cursor: object) -> str | None:
    """Return the link to the page at a cursor, with the parameters that fix the basis; ``None`` without a cursor."""
    if cursor is None:
        return None
    query = request.query_params.multi_items()
    kept = [(name, value) for name, value in query if name not in (*fixed, "cursor", "min_sequence")]
    return f'<{request.url.path}?{urlencode([*kept, *fixed.items(), ("cursor", str(cursor))])}>; rel="next"'
