"""``/c/{coalition}/charts/{chart}``: one chart, to embed or to take along as SVG or PNG, with what it rests on."""

from collections.abc import Callable

from fastapi import Request, Response

from api.charts import Chart, png, sources_in_words, standalone
from api.pages.asking import Stand, Standing
from api.pages.drawings import CHARTS, drawn
from api.pages.problem import pages
from api.pages.sending import EMBEDDED_POLICY, PNG, SVG, page, sent
from api.problems import NOT_FOUND, Problem
from projections.coalition import coalition_of

router = pages()

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"
"""A file brings its style with it and is opened in other programs, too; beside that it may load and do nothing."""


@router.get("/c/{coalition}/charts/{chart}.svg")
def as_svg(request: Request, stand: Standing, chart: str) -> Response:
    """A chart as a file, with its title, basis and sources written on it."""
    return taken_along(request, stand, _drawn(stand, chart), None, SVG)


@router.get("/c/{coalition}/charts/{chart}.png")
def as_png(request: Request, stand: Standing, chart: str) -> Response:
    """The same as pixels, for programs that show no SVG."""
    return taken_along(request, stand, _drawn(stand, chart), None, PNG)


def _drawn(stand: Stand, chart: str) -> Chart:
    draw, widths = _chart(chart)
    return draw(stand, widths[0], chart)


def taken_along(request: Request, stand: Stand, drawn: Chart, about: str | None, media_type: str) -> Response:
    """Send a chart as a file, SVG or PNG; ``about`` is the what-if that it shows, in words.

    Its sources are those of all events that were known."""
    sources = sources_in_words(source for event in stand.view.events() for source in event.fact.sources)
    heading = coalition_of(stand.view, stand.basis).name or stand.basis.coalition
    svg = standalone(drawn, stand.basis, sources, f"{heading}. {about}" if about else heading)
    return sent(request, png(svg) if media_type == PNG else svg.encode(), media_type, policy=FILE_POLICY)


def _chart(chart: str) -> tuple[Callable[..., Chart], tuple[int, ...]]:
    if chart not in CHARTS:
        raise Problem(NOT_FOUND, f"there is no chart {chart}; there are {', '.join(CHARTS)}")
    return CHARTS[chart]


@router.get("/c/{coalition}/charts/{chart}")
def embedded(request: Request, stand: Standing, chart: str) -> Response:
    """A chart alone, in a page that other sites may show in a frame."""
    _chart(chart)
    return embed(request, stand, chart, drawn(stand, chart))


def embed(request: Request, stand: Stand, chart: str, charts: list[Chart], about: str | None = None) -> Response:
    """The page of one chart, and of which what-if it is; a frame gets it without the advice on how to make one."""
    return page(
        request, "chart.html", policy=EMBEDDED_POLICY, stand=stand, chart=chart, drawn=charts, about=about,
        address=str(request.url), framed=request.headers.get("sec-fetch-dest") == "iframe",
    )  # fmt: skip
