"""Charts and the map: pure functions from figures to SVG text.

Each returns a ``Chart``: in a template ``{{ chart }}`` is the drawing itself, without ``style`` elements or attributes;
``charts.css`` has the rules for its classes. ``chart.title`` and ``chart.summary`` say what it shows, ``chart.table``
(``columns``, ``rows``) has the same as text, ``chart.beside`` are sentences to show next to it.
``width`` is the width in pixels that the drawing is made for (366 reads well on a telephone, 960 on a desk); ``name``
begins every id in it, so two charts in one page need two names.

    step_chart(timeline, from_, to, *, on=None, requirements=(), meetings=(), figures=(...), width=960, name="steps")
        ``timeline`` is a ``Timeline``; ``requirements`` and ``meetings`` are items of ``items_of``. The clock of valid
        time is ``on``; the clock of known time is the timeline's basis.
    headline_bars(size, *, width=960, name="headline")
        ``size`` of a ``Picture``.
    contributor_bars(by_contributor, *, by="level" | "standing", width=960, name="contributors")
        ``size.by_contributor`` of a ``Picture``.
    force_map(picture, theatre=(), *, width=480, name="map")
        Its ``beside`` ends with ``BOUNDARIES``, what the boundaries mean.

    cascade_graph(consequences, *, width=960, name="cascade")
    sensitivity_bars(sensitivity, *, width=960, name="sensitivity")
    fan_chart(simulation, *, requirements=(), figure="available" | "if_all_move", width=960, name="fan")
        The answers of ``projections/what_if/consequences.py``, ``sensitivity.py`` and ``simulation.py``.

    standalone(chart, basis, sources=(), heading=None)
        The chart as an SVG file with its title, basis and sources; ``sources_in_words`` of an answer's sources.
    png(svg, zoom=2)
        Such a file as a PNG.
"""

from api.charts.bars import contributor_bars, headline_bars
from api.charts.cascade import cascade_graph
from api.charts.chart import Chart, Table
from api.charts.fan import fan_chart
from api.charts.map import BOUNDARIES, force_map
from api.charts.ranking import sensitivity_bars
from api.charts.standalone import STYLESHEET, png, sources_in_words, standalone
from api.charts.steps import step_chart

__all__ = [
    "BOUNDARIES",
    "STYLESHEET",
    "Chart",
    "Table",
    "cascade_graph",
    "contributor_bars",
    "fan_chart",
    "force_map",
    "headline_bars",
    "png",
    "sensitivity_bars",
    "sources_in_words",
    "standalone",
    "step_chart",
]
