"""The pages: templates over the reads of the API. Every state is an address; nothing is computed here a second time.

Pages, one file each: ``start`` (all coalitions), ``begin`` (a new one), ``signing_in``, ``picture`` (and the briefing),
``why``, ``log`` (and each event), ``entry`` (forms for facts), ``corrections`` (forms about an event), ``imports`` (of
sheets), ``warnings``, ``lists`` (and each thing on them), ``difference``, ``charts`` (to embed or download),
``what_if``, ``likelihood`` (conditions and chances), ``scenarios`` (all saved ones), ``scenario`` (one), ``compare``
(several side by side), ``proposals`` (all), ``proposal`` (one) and ``proposal_fact`` (the form that edits one fact).
No page imports another.

They share: ``viewpoint`` (the basis that an address asks for), ``routing`` (routes whose refusals are pages),
``responses`` (headers, HTML, CSV), ``page_cache`` (what was made before), ``assets`` (scripts and styles), ``filters``
(words for templates), ``forms``, ``preview`` (facts before they are recorded), ``opened_event`` (what can be done about
an event), ``follow_ups`` (what can be recorded next about a thing), ``clocks`` (the two dates), ``changes`` (a
difference in sentences), ``drawings`` and ``stories`` (what the charts show; ``api/charts`` draws them),
``chart_files`` (a chart as a file or a page), ``fork`` (the what-if of an address), ``comparison`` (a what-if beside
the record) and ``chances`` (how likely each condition is)."""

from fastapi import FastAPI

from api.pages import (
    assets,
    begin,
    charts,
    compare,
    corrections,
    difference,
    entry,
    imports,
    likelihood,
    lists,
    log,
    picture,
    proposal,
    proposal_fact,
    proposals,
    scenario,
    scenarios,
    signing_in,
    start,
    warnings,
    what_if,
    why,
)

PAGES = (
    start, begin, signing_in, picture, why, log, warnings, lists, difference, imports, what_if, likelihood, scenarios,
    scenario, proposals, proposal, proposal_fact, entry, corrections, compare, charts, assets,
)  # fmt: skip


def install(app: FastAPI) -> None:
    """Serve the pages and their files."""
    for page in PAGES:
        app.router.routes.extend(page.router.routes)
