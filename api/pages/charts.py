"""``/c/{coalition}/charts/{chart}``: one chart, to embed or to download, with its basis and sources."""

from collections.abc import Callable

from fastapi import Request, Response

from api.charts import Chart
from api.http.problems import NOT_FOUND, Problem
from api.pages.chart_files import chart_file, chart_page
from api.pages.drawings import CHARTS, charts_of
from api.pages.page_cache import send_cached
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint

router = pages()


@router.get("/c/{coalition}/charts/{chart}.{ending}")
def chart_download(request: Request, viewpoint: RequestedViewpoint, chart: str, ending: str) -> Response:
    """A chart as a file: an image with its title, basis and sources on it, or its figures as CSV or JSON."""
    draw, widths = _chart(chart)
    return send_cached(request, [viewpoint], lambda: chart_file(viewpoint, draw(viewpoint, widths[0], chart), ending))


@router.get("/c/{coalition}/charts/{chart}")
def embedded_chart(request: Request, viewpoint: RequestedViewpoint, chart: str) -> Response:
    """A chart alone, in a page that other sites may show in a frame."""
    _chart(chart)
    return send_cached(request, [viewpoint], lambda: chart_page(request, viewpoint, chart, charts_of(viewpoint, chart)))


def _chart(chart: str) -> tuple[Callable[..., Chart], tuple[int, ...]]:
    if chart not in CHARTS:
        raise Problem(NOT_FOUND, f"unknown chart {chart}; choose from: {', '.join(CHARTS)}")
    return CHARTS[chart]
