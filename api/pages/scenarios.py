"""``/c/{coalition}/scenarios``: saved scenarios side by side; forms save, update and archive them.

What a form sends becomes the body that the API takes, and is recorded by the same functions
(``api/routes/scenarios/writing.py``) in the name of the key that its sender signed in with."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse

from api.http.access import Author
from api.http.bodies import JSON, question_in
from api.http.problems import UNREADABLE_RECORD, VALIDATION, Fault, Problem
from api.pages.chart_files import embed, taken_along
from api.pages.drawings import WIDE, two_widths
from api.pages.filters import as_answered, contributor_concerned
from api.pages.filters import closed as closed_sentence
from api.pages.fork import RequestedChanges, SavedWhatIf, WhatIfView, saved, what_if
from api.pages.forms import EMPTY, FormContents, fields
from api.pages.likelihood import UNSAID
from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.pages.what_if import FIGURES, chart_of, compared, difference_table, shown
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.scenarios.items import (
    ListedScenario,
    UnreadableScenarioItem,
    list_item,
    list_item_or_problem,
    scenario_item,
)
from api.routes.scenarios.writing import ScenarioWrite, close, open_new, rebase
from api.services import services
from api.wording.actors import named, with_names
from api.wording.changes import change_sentence
from api.wording.phrases import capitalised
from api.work_slots import Deadline
from domain.history.history import History
from domain.ledger import ScenarioRecording, UnreadableEvent
from domain.vocabulary import Slug
from projections.asof import AsOf, view_of
from projections.picture.picture import Picture, picture_of

router = pages()

# --- side by side -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ScenarioSummary:
    """A saved scenario with its size, as of its fork; or why it cannot be told."""

    listed: ListedScenario | UnreadableScenarioItem
    size: Any
    problem: str | None = None


BOUNDS = ("min", "max", "undisclosed")
_SHOWN = 20
"""So many scenarios are compared on one page: each of them may have to be replayed."""

Cursor = Annotated[Slug | None, Query(description="The scenarios after this one.")]


@router.get("/c/{coalition}/scenarios.csv")
def scenarios_table(request: Request, recorded: RecordedHistory, cursor: Cursor = None) -> Response:
    """The saved scenarios of one page side by side, as rows; the ``Link`` header leads to the next."""
    columns = ("scenario", "name", "author", "status", *(f"{name}_{bound}" for name in FIGURES for bound in BOUNDS))
    found, further = _compared_sizes(request, recorded, cursor)
    rows = (
        (one.listed.scenario, *(getattr(one.listed, name, None) for name in ("name", "author", "status")),
         *(one.size[name][bound] if one.size else None for name in FIGURES for bound in BOUNDS))
        for one in found
    )  # fmt: skip
    answer = table(request, f"{recorded.coalition}-scenarios.csv", columns, rows)
    if further:
        answer.headers["Link"] = f'</c/{quote(recorded.coalition)}/scenarios.csv?cursor={further}>; rel="next"'
    return answer


@router.get("/c/{coalition}/scenarios")
def scenarios(request: Request, recorded: RecordedHistory, asked: AsOfQuery, cursor: Cursor = None) -> Response:
    """The saved scenarios side by side, a page of them."""
    stand = viewpoint_at(request, recorded, asked)
    found, further = _compared_sizes(request, recorded, cursor)
    return page(
        request, "scenarios.html", stand=stand, scenarios=found, figures=FIGURES, cursor=cursor, further=further
    )  # fmt: skip


def _compared_sizes(
    request: Request, recorded: History, cursor: str | None
) -> tuple[list[ScenarioSummary], str | None]:
    """The scenarios after one, a page of them, each with its size; and after which the next page begins.

    All of them take one place and share its time. One whose size cannot be worked out in it is listed without.
    """
    every = sorted(services(request).scenarios.all(recorded.coalition), key=lambda one: one.scenario)
    after = [one for one in every if cursor is None or one.scenario > cursor]
    shown = [list_item_or_problem(one) for one in after[:_SHOWN]]
    further = shown[-1].scenario if len(after) > _SHOWN else None
    try:
        with services(request).slots.slot() as deadline:
            return [_with_size(request, recorded, one, deadline) for one in shown], further
    except Problem as problem:
        return [ScenarioSummary(one, None, problem.detail) for one in shown], further


def _with_size(
    request: Request, recorded: History, one: ListedScenario | UnreadableScenarioItem, deadline: Deadline
) -> ScenarioSummary:
    try:
        deadline.check()
        history = services(request).replays.of(recorded, one.scenario)
    except Problem as problem:
        return ScenarioSummary(one, None, problem.detail)
    except UnreadableEvent as failure:
        return ScenarioSummary(one, None, f"{UNREADABLE_RECORD.title}: {failure}.")
    basis = viewpoint_at(request, history, history.as_of(AsOf())).basis
    return ScenarioSummary(one, as_answered(Picture, picture_of(view_of(history, basis), basis))["size"])


@router.get("/c/{coalition}/scenarios/{scenario}.csv")
def scenario_table(request: Request, fork: SavedWhatIf, scenario: str) -> Response:
    """Everything that is otherwise in a saved scenario, as rows."""
    return difference_table(request, fork, scenario)


@router.get("/c/{coalition}/scenarios/{scenario}/charts/{chart}.{ending}")
def chart_as_file(*, request: Request, fork: SavedWhatIf, scenario: str, chart: str, ending: str) -> Response:
    """A chart of a saved scenario as a file, with what it rests on."""
    drawn = chart_of(request, fork, UNSAID, chart)(WIDE, chart)
    return taken_along(request, fork.scenario, drawn, ending, _about(request, fork, scenario))


@router.get("/c/{coalition}/scenarios/{scenario}/charts/{chart}")
def chart_embedded(request: Request, fork: SavedWhatIf, scenario: str, chart: str) -> Response:
    """A chart of it alone, for a frame in another page."""
    drawn = two_widths(chart_of(request, fork, UNSAID, chart), chart)
    return embed(request, fork.stand, chart, drawn, _about(request, fork, scenario))


def _about(request: Request, fork: WhatIfView, scenario: str) -> str:
    return f"Scenario: {list_item(services(request).scenarios.get(fork.stand.basis.coalition, scenario)).name}"


@router.get("/c/{coalition}/scenarios/{scenario}")
def scenario_page(request: Request, fork: SavedWhatIf, scenario: str) -> Response:
    """A saved scenario beside its baseline."""
    return _shown(request, fork, scenario)


def _shown(request: Request, fork: WhatIfView, scenario: str, form: FormContents = EMPTY) -> Response:
    found = services(request).scenarios.get(fork.stand.basis.coalition, scenario)
    item = scenario_item(found, [found], fork.history.violations)
    told = [(one.number, _sentence(one.change, fork.stand)) for one in item.changes]
    return page(
        request, "what_if.html", status=form.status, stand=fork.stand, fork=fork, clocks=None, pledges=[], form=form,
        scenario=list_item(found), changes=told, left_out={one.number: one for one in item.not_applied},
        **compared(request, fork),
    )  # fmt: skip


def _sentence(change: dict[str, Any], stand: Viewpoint) -> str:
    """A change in words: events by their numbers, and whose pledge it is where an assumed fact is about one."""
    aims = {verb: with_names(aim) for verb in ("assume", "omit", "shift", "alter") if (aim := change.get(verb))}
    events = {verb: stand.number_of(aim) for verb, aim in aims.items() if isinstance(aim, str)}
    aims |= {verb: f"event {number}" for verb, number in events.items() if number is not None}
    concerned = contributor_concerned(change["assume"], stand) if "assume" in change else {}
    contributors = {pledge: named(code) for pledge, code in concerned.items()}
    return closed_sentence(capitalised(change_sentence(change | aims, contributors)))


# --- forms ------------------------------------------------------------------------------------------------------------

DOING: dict[str, Callable[[ScenarioWrite, str], ScenarioRecording]] = {"close": close, "rebase": rebase}
"""What the buttons of a saved scenario do."""


@router.post("/c/{coalition}/what-if")
def save(
    *,
    request: Request,
    author: Author,
    recorded: RecordedHistory,
    proposed: RequestedChanges,
    given: Annotated[dict[str, str], fields("name", "scenario", "description")],
) -> Response:
    """Save what the address asks, and go on to it; or tell beside the form why not."""
    body = {**given, "fork": proposed.asked, "changes": proposed.body}
    try:
        recording = open_new(_posting(request, recorded, author, doing="open", body=body))
    except Problem as problem:
        return shown(request, what_if(request, recorded, proposed), FormContents(given, problem))
    return RedirectResponse(f"{proposed.stand.root}/scenarios/{recording.scenario.scenario}", 303)


@router.post("/c/{coalition}/scenarios/{scenario}")
def change(
    *,
    request: Request,
    author: Author,
    recorded: RecordedHistory,
    asked: AsOfQuery,
    scenario: str,
    given: Annotated[dict[str, str], fields("doing", "sequence")],
) -> Response:
    """Close a scenario, or fork it anew from the latest record, unless others changed it since it was looked at."""
    try:
        doing, sequence = given.get("doing", ""), _sequence(given.get("sequence", ""))
        if doing not in DOING:
            raise Problem(
                VALIDATION, faults=[Fault(pointer="/doing", detail=f"doing must be one of {', '.join(DOING)}")]
            )
        DOING[doing](_posting(request, recorded, author, doing=doing, body={}, sequence=sequence), scenario)
    except Problem as problem:
        fork = saved(request, recorded, services(request).replays.of(recorded, scenario), asked)
        return _shown(request, fork, scenario, FormContents(given, problem))
    return RedirectResponse(f"/c/{quote(recorded.coalition)}/scenarios/{quote(scenario)}", 303)


def _posting(
    request: Request, recorded: History, author: str, *, doing: str, body: Any, sequence: int | None = None
) -> ScenarioWrite:
    """What a form sends, as if it had been posted to the API.

    Its idempotency key is made from all of it, so that a form that is sent twice, as by a double click, counts once.
    """
    sent = question_in(json.dumps(body).encode(), JSON)
    once = sha256(json.dumps([author, doing, sequence, sent.digest]).encode()).hexdigest()
    if_match = None if sequence is None else f'"{sequence}"'
    return ScenarioWrite(
        request=request, recorded=recorded, author=author, request_body=sent, idempotency_key=f"page-{once}",
        if_match=if_match,
    )  # fmt: skip


def _sequence(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Problem(VALIDATION, faults=[Fault(pointer="/sequence", detail="sequence must be a whole number")])
    return int(text)
