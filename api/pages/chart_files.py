"""A chart as a file (SVG, PNG, CSV, JSON) and as a page of its own, with its basis and sources."""

import json
from dataclasses import asdict
from urllib.parse import quote

from fastapi import Request

from api.charts import Chart, png, sources_in_words, standalone
from api.http.answers import JSON
from api.http.problems import NOT_FOUND, Problem
from api.pages.responses import EMBEDDED_POLICY, PNG, SVG, Document, csv_file, html
from api.pages.viewpoint import Viewpoint
from api.work_slots import need_slot
from projections.coalition import coalition_of

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
"""A file contains its style, since other programs open it too; it may load nothing and run nothing."""


def chart_file(viewpoint: Viewpoint, chart: Chart, ending: str, about: str | None = None) -> Document:
    """A chart as a file; ``about`` is the what-if that it shows. Raises a ``Problem`` for an unknown format."""
    match ending:
        case "svg":
            return Document(_svg(viewpoint, chart, about).encode(), SVG, FILE_POLICY)
        case "png":
            need_slot()
            return Document(png(_svg(viewpoint, chart, about)), PNG, FILE_POLICY)
        case "csv":
            filename = f"{viewpoint.basis.coalition}-{chart.name}.csv"
            return csv_file(filename, chart.table.columns, chart.table.rows)
        case "json":
            rows = [dict(zip(chart.table.columns, row, strict=True)) for row in chart.table.rows]
            document = {
                "title": chart.title, "about": about, "summary": chart.summary, "rows": rows, "beside": chart.beside,
                "basis": asdict(viewpoint.basis),
            }  # fmt: skip
            return Document(json.dumps(document, ensure_ascii=False).encode(), JSON)
    raise Problem(NOT_FOUND, f"unknown format {ending}; choose from: svg, png, csv, json")


def _svg(viewpoint: Viewpoint, chart: Chart, about: str | None) -> str:
    """A chart as an SVG file; its sources are those of all known events."""
    sources = sources_in_words(source for event in viewpoint.view.events() for source in event.fact.sources)
    heading = coalition_of(viewpoint.view, viewpoint.basis).name or viewpoint.basis.coalition
    return standalone(chart, viewpoint.basis, sources, f"{heading}. {about}" if about else heading)


def chart_page(
    request: Request, viewpoint: Viewpoint, chart: str, drawn: list[Chart], about: str | None = None
) -> Document:
    """The page of one chart; ``about`` is the what-if that it shows. In a frame it has no advice on embedding."""
    return html(
        request, "chart.html", policy=EMBEDDED_POLICY, viewpoint=viewpoint, chart=chart, drawn=drawn, about=about,
        address=str(request.url), path=quote(request.url.path), query=request.url.query,
        framed=request.headers.get("sec-fetch-dest") == "iframe",
    )  # fmt: skip
