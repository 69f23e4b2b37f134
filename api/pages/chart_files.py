"""``/c/{coalition}/charts/{chart}``: one chart, to embed or to take along, with what it rests on."""

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import quote

from fastapi import Request, Response

from api.charts import Chart, png, sources_in_words, standalone
from api.http.problems import NOT_FOUND, Problem
from api.pages.drawings import CHARTS, drawn
from api.pages.responses import EMBEDDED_POLICY, PNG, SVG, page, sent, table
from api.pages.routing import pages
from api.pages.viewpoint import RequestedViewpoint, Viewpoint
from projections.coalition import coalition_of

router = pages()

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
"""A file brings its style with it and is opened in other programs, too; beside that it may load and do nothing."""


@router.get("/c/{coalition}/charts/{chart}.{ending}")
def as_file(request: Request, stand: RequestedViewpoint, chart: str, ending: str) -> Response:
    """A chart as a file: drawn, with its title, basis and sources written on it, or what is drawn as a table."""
    draw, widths = _chart(chart)
    return taken_along(request, stand, draw(stand, widths[0], chart), ending)


def taken_along(request: Request, stand: Viewpoint, drawn: Chart, ending: str, about: str | None = None) -> Response:
    """Send a chart as a file; ``about`` is the what-if that it shows. Raises a ``Problem`` for no such kind of file."""
    match ending:
        case "svg":
            return sent(request, _file(stand, drawn, about).encode(), SVG, policy=FILE_POLICY)
        case "png":
            return sent(request, png(_file(stand, drawn, about)), PNG, policy=FILE_POLICY)
        case "csv":
            return table(request, f"{stand.basis.coalition}-{drawn.name}.csv", drawn.table.columns, drawn.table.rows)
        case "json":
            rows = [dict(zip(drawn.table.columns, row, strict=True)) for row in drawn.table.rows]
            told = {"title": drawn.title, "about": about, "summary": drawn.summary, "rows": rows}
            whole = told | {"beside": drawn.beside, "basis": asdict(stand.basis)}
            return sent(request, json.dumps(whole, ensure_ascii=False).encode(), "application/json")
    raise Problem(NOT_FOUND, f"unknown format {ending}; choose from: svg, png, csv, json")


def _file(stand: Viewpoint, drawn: Chart, about: str | None) -> str:
    """A chart as an SVG file; its sources are those of all events that were known."""
    sources = sources_in_words(source for event in stand.view.events() for source in event.fact.sources)
    heading = coalition_of(stand.view, stand.basis).name or stand.basis.coalition
    return standalone(drawn, stand.basis, sources, f"{heading}. {about}" if about else heading)


def _chart(chart: str) -> tuple[Callable[..., Chart], tuple[int, ...]]:
    if chart not in CHARTS:
        raise Problem(NOT_FOUND, f"unknown chart {chart}; choose from: {', '.join(CHARTS)}")
    return CHARTS[chart]


@router.get("/c/{coalition}/charts/{chart}")
def embedded(request: Request, stand: RequestedViewpoint, chart: str) -> Response:
    """A chart alone, in a page that other sites may show in a frame."""
    _chart(chart)
    return embed(request, stand, chart, drawn(stand, chart))


def embed(request: Request, stand: Viewpoint, chart: str, charts: list[Chart], about: str | None = None) -> Response:
    """The page of one chart, and of which what-if it is; a frame gets it without the advice on how to make one."""
    return page(
        request, "chart.html", policy=EMBEDDED_POLICY, stand=stand, chart=chart, drawn=charts, about=about,
        address=str(request.url), path=quote(request.url.path), query=request.url.query,
        framed=request.headers.get("sec-fetch-dest") == "iframe",
    )  # fmt: skip
