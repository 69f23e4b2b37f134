"""``/c/{coalition}/scenarios/{scenario}``: a saved scenario beside the record, and the forms that update or archive it.

A form is recorded by the functions of the API (``api/routes/scenarios/writing.py``), under the name of the key that its
sender signed in with."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.http.access import Author
from api.http.problems import VALIDATION, Fault, Problem
from api.pages.chances import NO_CHANCES
from api.pages.chart_files import chart_file, chart_page
from api.pages.comparison import comparison, difference_table, what_if_chart
from api.pages.drawings import WIDE, two_widths
from api.pages.filters import closed, contributor_concerned
from api.pages.fork import SavedWhatIf, WhatIfView, saved_what_if
from api.pages.forms import EMPTY, FormContents, fields, scenario_write
from api.pages.page_cache import send_cached
from api.pages.responses import Document, html, send
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.scenarios import writing
from api.routes.scenarios.items import list_item, scenario_item
from api.services import services
from api.wording.actors import named, with_names
from api.wording.change_sentences import change_sentence
from api.wording.moved_on import moved_on_sentence
from api.wording.names import calling_by
from api.wording.phrases import capitalised
from domain.ledger import ScenarioRecording

router = pages()

ACTIONS: dict[str, Callable[[writing.ScenarioWrite, str], ScenarioRecording]] = {
    "close": writing.close,
    "rebase": writing.rebase,
}
"""What the buttons of a saved scenario do."""


@router.get("/c/{coalition}/scenarios/{scenario}/difference.csv")
def scenario_table(request: Request, fork: SavedWhatIf, scenario: str) -> Response:
    """All differences between a saved scenario and the record, as rows."""
    return _send(request, fork, lambda: difference_table(fork, scenario))


@router.get("/c/{coalition}/scenarios/{scenario}/charts/{chart}.{ending}")
def chart_download(*, request: Request, fork: SavedWhatIf, scenario: str, chart: str, ending: str) -> Response:
    """A chart of a saved scenario as a file, with its basis and sources."""

    def make() -> Document:
        drawn = what_if_chart(request, fork, NO_CHANCES, chart)(WIDE, chart)
        return chart_file(fork.scenario, drawn, ending, _about(request, fork, scenario))

    return _send(request, fork, make)


@router.get("/c/{coalition}/scenarios/{scenario}/charts/{chart}")
def embedded_chart(request: Request, fork: SavedWhatIf, scenario: str, chart: str) -> Response:
    """A chart of a saved scenario alone, for a frame in another page."""

    def make() -> Document:
        drawn = two_widths(what_if_chart(request, fork, NO_CHANCES, chart), chart)
        return chart_page(request, fork.viewpoint, chart, drawn, _about(request, fork, scenario))

    return _send(request, fork, make)


def _send(request: Request, fork: WhatIfView, make: Callable[[], Document]) -> Response:
    return send_cached(request, [fork.viewpoint, fork.scenario], make)


def _about(request: Request, fork: WhatIfView, scenario: str) -> str:
    return f"Scenario: {services(request).scenarios.get(fork.viewpoint.basis.coalition, scenario).state.name}"


@router.get("/c/{coalition}/scenarios/{scenario}")
def scenario_page(request: Request, fork: SavedWhatIf, scenario: str) -> Response:
    """A saved scenario beside the record."""
    return _send(request, fork, lambda: _page(request, fork, scenario))


@router.post("/c/{coalition}/scenarios/{scenario}")
def change(
    *,
    request: Request,
    author: Author,
    recorded: RecordedHistory,
    asked: AsOfQuery,
    scenario: str,
    form: Annotated[dict[str, str], fields("doing", "sequence")],
) -> Response:
    """Archive a scenario, or update it to the latest record, unless someone changed it since the page was opened."""
    try:
        doing, sequence = _action(form), _sequence(form.get("sequence", ""))
        ACTIONS[doing](scenario_write(request, recorded, author, doing=doing, body={}, sequence=sequence), scenario)
    except Problem as problem:
        fork = saved_what_if(request, recorded, services(request).replays.of(recorded, scenario), asked)
        contents = FormContents(form, problem)
        with calling_by(fork.viewpoint):
            return send(request, _page(request, fork, scenario, contents), contents.status)
    return RedirectResponse(f"/c/{quote(recorded.coalition)}/scenarios/{quote(scenario)}", 303)


def _action(form: dict[str, str]) -> str:
    doing = form.get("doing", "")
    if doing not in ACTIONS:
        raise Problem(VALIDATION, faults=[Fault(pointer="/doing", detail=f"doing must be one of {', '.join(ACTIONS)}")])
    return doing


def _sequence(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Problem(VALIDATION, faults=[Fault(pointer="/sequence", detail="sequence must be a whole number")])
    return int(text)


def _page(request: Request, fork: WhatIfView, scenario: str, form: FormContents = EMPTY) -> Document:
    saved = services(request).scenarios.get(fork.viewpoint.basis.coalition, scenario)
    item = scenario_item(saved, [saved], fork.history)
    return html(
        request, "what_if.html", viewpoint=fork.viewpoint, fork=fork, clocks=None, pledges=[],
        form=form, scenario=list_item(saved, fork.history.root),
        moved_on=moved_on_sentence(asdict(item.record_moved_on)),
        changes=[(one.number, _sentence(one.change, fork.viewpoint)) for one in item.changes],
        left_out={one.number: one for one in item.not_applied},
        **comparison(fork),
    )  # fmt: skip


def _sentence(change: dict[str, Any], viewpoint: Viewpoint) -> str:
    """A change in words: events by their numbers, and the contributor of the pledge that an assumed fact is about."""
    aims = {verb: with_names(aim) for verb in ("assume", "omit", "shift", "alter") if (aim := change.get(verb))}
    events = {verb: viewpoint.number_of(aim) for verb, aim in aims.items() if isinstance(aim, str)}
    aims |= {verb: f"event {number}" for verb, number in events.items() if number is not None}
    concerned = contributor_concerned(change["assume"], viewpoint) if "assume" in change else {}
    contributors = {pledge: named(code) for pledge, code in concerned.items()}
    return closed(capitalised(change_sentence(change | aims, contributors)))
