"""``/c/{coalition}/charts/{chart}``: one chart, to embed or to take along as SVG or PNG, with what it rests on."""

from fastapi import Request, Response

from api.pages.asking import Standing
from api.pages.drawings import CHARTS, drawn
from api.pages.problem import pages
from api.pages.sending import EMBEDDED_POLICY, page
from api.problems import NOT_FOUND, Problem

router = pages()


@router.get("/c/{coalition}/charts/{chart}")
def embedded(request: Request, stand: Standing, chart: str) -> Response:
    """A chart alone, in a page that other sites may show in a frame."""
    if chart not in CHARTS:
        raise Problem(NOT_FOUND, f"there is no chart {chart}; there are {', '.join(CHARTS)}")
    return page(
        request, "chart.html", policy=EMBEDDED_POLICY, stand=stand, chart=chart, drawn=drawn(stand, chart),
        address=str(request.url),
        framed=request.headers.get("sec-fetch-dest") == "iframe",
    )  # fmt: skip
