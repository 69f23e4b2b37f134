"""Charts as files, SVG or PNG: with the title, basis and sources in the drawing, and a style of their own.

A file is for light paper. Its style is ``charts.css`` with each colour as its own fallback, because not every program
that shows SVG knows custom properties."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from api.charts.chart import FONT_SIZE, SMALL, Chart
from api.charts.svg import Markup, element, number, text, wrapped
from api.wording import phrases
from domain.sources import Source
from projections.asof import Basis

HERE = Path(__file__).parent
STYLESHEET = HERE / "charts.css"
FONTS = sorted(str(path) for path in (HERE / "fonts").glob("*.ttf"))
MARGIN = 20
MAX_SOURCES = 30
"""The sources named on a chart; of further sources it gives the number."""
MAX_DATES = 12
"""The dates named of a source; of more, the first, the last and their number."""
MAX_LINES = 40
"""The lines of a paragraph; what is longer ends with an ellipsis."""
MAX_PIXELS = 24_000_000
"""The pixels of a PNG: four bytes each while it is drawn."""


def sources_in_words(sources: Iterable[Source]) -> list[str]:
    """Publishers with the dates of what they published, in the order of the first: ``UNN (2025-04-02, 2025-04-10)``."""
    dates: dict[str, dict[str, None]] = {}
    for source in sources:
        dates.setdefault(source.publisher, {}).update({source.published_on: None} if source.published_on else {})
    return [f"{publisher} ({_in_order(its)})" if its else publisher for publisher, its in dates.items()]


def _in_order(dates: Iterable[str]) -> str:
    in_order = sorted(dates)
    if len(in_order) <= MAX_DATES:
        return ", ".join(in_order)
    return f"{in_order[0]} to {in_order[-1]}, {len(in_order):,} dates"


def basis_in_words(basis: Basis) -> str:
    """The basis of a chart, with which the same answer can be requested again."""
    return (
        f"Basis: coalition {basis.coalition}, as of {phrases.moment(basis.valid_at)}, as "
        f"{phrases.known(basis.known_axis)} by {phrases.moment(basis.known_at)}; first "
        f"{phrases.count(basis.sequence, 'event')} on record; "
        f"{phrases.without(basis.without) + '; ' if basis.without else ''}definitions {basis.definitions}."
    )


def standalone(chart: Chart, basis: Basis, sources: Sequence[str] = (), heading: str | None = None) -> str:
    """The chart as an SVG file. ``heading``, such as the coalition's name, goes before the title."""
    title = f"{heading}: {chart.title[:1].lower()}{chart.title[1:]}" if heading else chart.title
    above, y = _lines([title], chart.width, MARGIN, 16, "label", font_weight="600")
    summary, y = _lines([chart.summary], chart.width, y + 4, FONT_SIZE, "faint")
    drawing = element("g", chart.drawing, transform=f"translate({MARGIN} {number(y + 10)})")
    notes = [*chart.beside, basis_in_words(basis), _sources_line(sources)]
    below, y = _lines(notes, chart.width, y + 10 + chart.height + 10, SMALL, "faint")
    width, height = chart.width + 2 * MARGIN, round(y + MARGIN)
    names = element("title", title, id=f"{chart.name}-title"), element("desc", chart.summary, id=f"{chart.name}-desc")
    paper = element("rect", width=width, height=height, fill="#ffffff")
    attributes = chart.outside() | {"viewBox": f"0 0 {width} {height}", "width": width, "height": height}
    svg = element("svg", *names, element("style", style()), paper, above, summary, drawing, below, **attributes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg}\n'


def png(svg: str, zoom: float = 2) -> bytes:
    """An SVG file as a PNG, with ``zoom`` pixels for each of its own, in the fonts of this folder.

    A drawing that would have more pixels than the most that are drawn gets fewer for each of its own.
    """
    from resvg_py import svg_to_bytes

    size = re.search(r' width="([0-9.]+)" height="([0-9.]+)"', svg)
    assert size is not None
    zoom = min(zoom, (MAX_PIXELS / (float(size[1]) * float(size[2]))) ** 0.5)
    return bytes(svg_to_bytes(svg_string=svg, zoom=zoom, skip_system_fonts=True, font_files=FONTS))


@cache
def style() -> Markup:
    """The rules of ``charts.css`` for a file: without those for pages, and with each colour as its fallback."""
    rules = STYLESHEET.read_text("utf-8").partition("@media")[0]
    rules = re.sub(r"/\*.*?\*/", "", rules, flags=re.DOTALL)
    rules = re.sub(r"var\(--[\w-]+, ([^()]*)\)", r"\1", rules)
    return Markup(re.sub(r"\s+", " ", rules).strip())


def _sources_line(sources: Sequence[str]) -> str:
    if not sources:
        return ""
    more = len(sources) - MAX_SOURCES
    return f"Sources: {'; '.join(sources[:MAX_SOURCES])}{f'; and {more} more' if more > 0 else ''}."


def _lines(
    paragraphs: Sequence[str],
    width: float,
    top: float,
    font_size: float,
    class_: str,
    *,
    font_weight: str | None = None,
) -> tuple[Markup, float]:
    """Paragraphs below each other, and their lower end."""
    drawn, y = [], top
    for paragraph in filter(None, paragraphs):
        lines = wrapped(paragraph, width, font_size)
        for line in lines if len(lines) <= MAX_LINES else (*lines[: MAX_LINES - 1], "…"):
            y += font_size * 1.35
            drawn.append(text(line, MARGIN, y, class_, font_size=font_size, font_weight=font_weight))
        y += 4
    return Markup("".join(drawn)), y
