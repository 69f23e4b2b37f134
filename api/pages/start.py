"""``/``: every coalition on record, or how to begin if there is none."""

from fastapi import Request, Response

from api.pages.fact_fields import new_coalition
from api.pages.forms import EMPTY
from api.pages.responses import page, table
from api.pages.routing import pages
from api.routes.reads import coalitions_on_record

router = pages()


@router.get("/")
def start(request: Request) -> Response:
    """All coalitions."""
    coalitions = coalitions_on_record(request)
    return page(
        request, "start.html", coalitions=coalitions, form=EMPTY, address=str(request.base_url).rstrip("/"),
        **new_coalition({}),
    )  # fmt: skip


@router.get("/coalitions.csv")
def start_table(request: Request) -> Response:
    """All coalitions, as rows."""
    columns = ("coalition", "name", "sequence")
    rows = ([getattr(one, name, None) for name in columns] for one in coalitions_on_record(request))
    return table(request, "coalitions.csv", columns, rows)
