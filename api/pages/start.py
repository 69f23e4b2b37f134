"""``/``: every coalition on record, or how to begin where there is none."""

from dataclasses import asdict

from fastapi import Request, Response

from api.pages.problem import pages
from api.pages.sending import page, table
from api.reading import ListedCoalition
from domain.ledger import Ledger

router = pages()


@router.get("/")
def start(request: Request) -> Response:
    """All coalitions."""
    coalitions = _listed(request)
    return page(request, "start.html", coalitions=coalitions, address=str(request.base_url).rstrip("/"))


@router.get("/coalitions.csv")
def start_table(request: Request) -> Response:
    """All coalitions, as rows."""
    coalitions = [asdict(coalition) for coalition in _listed(request)]
    columns = ("coalition", "name", "sequence")
    return table(request, "coalitions.csv", columns, ([one[name] for name in columns] for one in coalitions))


def _listed(request: Request) -> list[ListedCoalition]:
    ledger: Ledger = request.app.state.ledger
    return [ListedCoalition(*coalition) for coalition in ledger.coalitions()]
