"""The page: templates over the reads of the API. Every state is an address; nothing is worked out here a second time.

``start.py``, ``picture.py``, ``because.py``, ``record.py``, ``difference.py``, ``what_if.py``, ``scenarios.py`` and
``charts.py`` each answer one kind of page. They take the very JSON that the API answers, tell it in words
(``words.py``) with actors by their names (``naming.py``), and draw it (``drawings.py`` and ``stories.py`` say what,
``api/charts`` how). ``clocks.py`` is what the two sliders offer; ``asking.py`` reads the basis; ``sending.py`` sends a
page and its CSV twin, with headers that keep scripts and styles to our own files, which ``files.py`` serves;
``problem.py`` has refusals told as a page, which keeps its clocks. ``signing_in.py`` takes a person's key, ``forms.py``
reads what a form sends."""

from fastapi import FastAPI

from api.pages import (
    assets,
    chart_files,
    difference,
    likelihood,
    lists,
    log,
    picture,
    scenarios,
    signing_in,
    start,
    what_if,
    why,
)


def install(app: FastAPI) -> None:
    """Serve the pages and their files."""
    kinds = (
        start, signing_in, picture, why, log, lists, difference, what_if, likelihood, scenarios, chart_files, assets,
    )  # fmt: skip
    for part in kinds:
        app.router.routes.extend(part.router.routes)
