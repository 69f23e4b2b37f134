"""``/c/{coalition}/proposals``: the proposals of a coalition, open ones first."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from api.pages.responses import page, table
from api.pages.routing import pages
from api.pages.viewpoint import viewpoint_at
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.scenarios.items import facts_in
from api.routes.scenarios.proposal_items import comments_in
from api.services import services
from api.wording.names import calling_by
from api.wording.proposals import OUTCOMES, facts_in_words
from domain.history.history import History
from domain.ledger import SavedScenario
from domain.vocabulary import Slug
from domain.what_if.proposals import Outcome, outcome_of

router = pages()

MAX_ROWS = 50
"""Proposals on a page."""

Cursor = Annotated[Slug | None, Query(description="The proposals after this one.")]


@dataclass(frozen=True, slots=True)
class ListedProposal:
    """A proposal in a list; ``facts`` says in words what became of its facts."""

    scenario: str
    name: str
    author: str
    opened_at: str
    outcome: Outcome
    facts: str
    comments: int


@router.get("/c/{coalition}/proposals.csv")
def proposals_table(request: Request, recorded: RecordedHistory) -> Response:
    """All proposals, as rows."""
    columns = ("scenario", "name", "author", "opened_at", "outcome", "facts", "comments")
    rows = ([getattr(one, name) for name in columns] for one in _listed(request, recorded))
    return table(request, f"{recorded.coalition}-proposals.csv", columns, rows)


@router.get("/c/{coalition}/proposals")
def proposals_page(request: Request, recorded: RecordedHistory, asked: AsOfQuery, cursor: Cursor = None) -> Response:
    """A page of the proposals."""
    viewpoint = viewpoint_at(request, recorded, asked)
    every = _listed(request, recorded)
    start = next((place for place, one in enumerate(every, start=1) if one.scenario == cursor), 0)
    shown = every[start : start + MAX_ROWS]
    further = shown[-1].scenario if len(every) > start + MAX_ROWS else None
    with calling_by(viewpoint):
        return page(
            request, "proposals.html", viewpoint=viewpoint, proposals=shown, outcomes=OUTCOMES, cursor=cursor,
            further=further,
        )  # fmt: skip


def _listed(request: Request, recorded: History) -> list[ListedProposal]:
    """All proposals, open ones first, and the latest first. One that cannot be read is in the list of scenarios."""
    every = services(request).scenarios.all(recorded.coalition)
    listed = [
        _proposal(one, recorded) for one in every if isinstance(one, SavedScenario) and one.state.purpose == "proposal"
    ]
    listed.sort(key=lambda one: one.opened_at, reverse=True)
    return sorted(listed, key=lambda one: one.outcome != "open")


def _proposal(saved: SavedScenario, recorded: History) -> ListedProposal:
    facts = facts_in(saved, recorded)
    return ListedProposal(
        saved.scenario, saved.state.name, saved.state.author, saved.events[0].recorded_at,
        outcome_of(saved.state, facts), facts_in_words([one.status for one in facts]),
        sum(1 for _ in comments_in(saved.events)),
    )  # fmt: skip
