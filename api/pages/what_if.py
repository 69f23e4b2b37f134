"""``/c/{coalition}/what-if``: changes chosen by clicking, their result beside the record, and the form to save them."""

from typing import Annotated

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.http.access import Author
from api.http.answers import JSON, json_of
from api.http.problems import Problem
from api.pages.chances import RequestedChances
from api.pages.chart_files import chart_file, chart_page
from api.pages.clocks import clocks_of
from api.pages.comparison import comparison, difference_table, pictures_and_consequences, what_if_chart
from api.pages.drawings import WIDE, two_widths
from api.pages.filters import as_answered
from api.pages.fork import RequestedChanges, RequestedWhatIf, WhatIfView, what_if_view
from api.pages.forms import EMPTY, FormContents, fields, scenario_write
from api.pages.responses import Document, html, send
from api.pages.routing import pages
from api.routes.comparisons import ComparedPictures
from api.routes.parameters import RecordedHistory
from api.routes.scenarios.writing import open_new
from api.wording.names import calling_by
from projections.lists import Items, items_of
from projections.picture.items import PledgeItem
from projections.what_if.consequences import Consequences

router = pages()


@router.get("/c/{coalition}/what-if.json")
def what_if_answer(request: Request, what_if: RequestedWhatIf) -> Response:
    """The pictures, the difference and the consequences, as ``POST /coalitions/{coalition}/what-if`` returns them."""

    def make(fork: WhatIfView) -> Document:
        pictures, consequences = pictures_and_consequences(fork)
        parts = json_of(ComparedPictures, pictures), json_of(Consequences, consequences)
        return Document(b'{"picture":%s,"consequences":%s}' % parts, JSON)

    return what_if.show(make)


@router.get("/c/{coalition}/what-if.csv")
def what_if_table(request: Request, what_if: RequestedWhatIf) -> Response:
    """All differences, as rows."""
    return what_if.show(lambda fork: difference_table(fork, "what-if"))


@router.get("/c/{coalition}/what-if")
def what_if_page(request: Request, what_if: RequestedWhatIf) -> Response:
    """The possible changes, the chosen ones, and their result."""
    return what_if.show(lambda fork: _page(request, fork))


@router.post("/c/{coalition}/what-if")
def save(
    *,
    request: Request,
    author: Author,
    recorded: RecordedHistory,
    proposed: RequestedChanges,
    form: Annotated[dict[str, str], fields("name", "scenario", "description")],
) -> Response:
    """Save the what-if of the address as a scenario and go on to it, or show the form again with what is wrong."""
    body = {**form, "fork": proposed.fork_basis, "changes": proposed.body}
    try:
        recording = open_new(scenario_write(request, recorded, author, doing="open", body=body))
    except Problem as problem:
        contents = FormContents(form, problem)
        with calling_by(proposed.viewpoint):
            return send(request, _page(request, what_if_view(request, recorded, proposed), contents), contents.status)
    return RedirectResponse(f"{proposed.viewpoint.root}/scenarios/{recording.scenario.scenario}", 303)


def _page(request: Request, fork: WhatIfView, form: FormContents = EMPTY) -> Document:
    viewpoint = fork.viewpoint
    pledges = as_answered(Items[PledgeItem], items_of("pledges", viewpoint.view, viewpoint.basis))["items"]
    return html(
        request, "what_if.html", viewpoint=viewpoint, fork=fork, clocks=clocks_of(viewpoint),
        scenario=None, form=form, pledges=[one for one in pledges if one["status"] in ("standing", "suspended")],
        **comparison(fork),
    )  # fmt: skip


@router.get("/c/{coalition}/what-if/charts/{chart}.{ending}")
def chart_download(
    request: Request, what_if: RequestedWhatIf, chances: RequestedChances, chart: str, ending: str
) -> Response:
    """A chart as a file, with its basis and sources."""

    def make(fork: WhatIfView) -> Document:
        drawn = what_if_chart(request, fork, chances, chart)(WIDE, chart)
        return chart_file(fork.scenario, drawn, ending, fork.text)

    return what_if.show(make)


@router.get("/c/{coalition}/what-if/charts/{chart}")
def embedded_chart(request: Request, what_if: RequestedWhatIf, chances: RequestedChances, chart: str) -> Response:
    """A chart alone, for a frame in another page."""

    def make(fork: WhatIfView) -> Document:
        drawn = two_widths(what_if_chart(request, fork, chances, chart), chart)
        return chart_page(request, fork.viewpoint, chart, drawn, fork.text)

    return what_if.show(make)
