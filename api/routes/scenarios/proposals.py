"""Proposals: facts that somebody else may accept, saved as the changes of a scenario."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api.http.access import Writer, reader
from api.http.answers import acceptable, json_of, respond
from api.http.bodies import JSON, only_item, question_in, read_as
from api.http.preconditions import IdempotencyKey, key_in
from api.http.problem_answers import problem_responses
from api.http.problems import Fault, Problem
from api.routes.addresses import ANY_READ, OF_SCENARIO, SCENARIO
from api.routes.likelihood import Question
from api.routes.openapi import RECORDED_HEADERS, RecordedEvents
from api.routes.parameters import RecordedHistory, only_known_parameters, saved_scenario
from api.routes.record import recorded_answer
from api.routes.scenarios.acceptance import Selection, accept
from api.routes.scenarios.bodies import BODIES, Acceptance
from api.routes.scenarios.proposal_items import Proposal
from api.routes.scenarios.proposal_reading import read
from api.routes.scenarios.proposal_writes import comment, decline, replace_with
from api.routes.scenarios.saved import OF_WRITE, Scenario, posts
from api.routes.scenarios.writing import RequestedWrite, ScenarioWrite, open_new
from api.routes.slots import SlottedRoute
from api.services import services
from api.work_slots import ask_for_slot
from domain.history.history import History
from domain.ledger import ScenarioRecording

router = APIRouter(route_class=SlottedRoute, tags=["scenarios"], dependencies=[Depends(only_known_parameters)])


@router.get(
    SCENARIO + "/proposal", operation_id="read_proposal", response_model=Proposal,
    responses=problem_responses(*ANY_READ, *OF_SCENARIO), dependencies=[Depends(reader)],
)  # fmt: skip
def read_proposal(request: Request, recorded: RecordedHistory, scenario: Scenario) -> Response:
    """A proposal: what became of each fact, what prevents it now, the difference it would make, and the comments."""
    acceptable(request, JSON)
    return respond(request, json_of(Proposal, read(request, recorded, saved_scenario(request, recorded, scenario))))


@router.post(
    SCENARIO + "/accept", operation_id="accept_facts", status_code=201, response_model=RecordedEvents,
    responses={201: {"headers": RECORDED_HEADERS}, **OF_WRITE},
)  # fmt: skip
def accept_facts(
    *,
    request: Request,
    recorded: RecordedHistory,
    scenario: Scenario,
    accepted_by: Writer,
    body: Question,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Record facts of a proposal in the coalition, as they stand: all that are open, or those with the numbers in
    `changes`. All or none.

    By the same rules and with the same answer as other facts; each event says who proposed it. With `sequence`, that
    of the proposal as you saw it, facts that were edited since are refused.
    """
    acceptable(request, JSON)
    asked: Acceptance = read_as(BODIES["Acceptance"], only_item(body))
    key = key_in(request, idempotency_key)
    ask_for_slot()
    saved, selection = saved_scenario(request, recorded, scenario), Selection(asked.changes, asked.sequence)
    recording = accept(services(request).ledger, saved, accepted_by, selection, key)
    return recorded_answer(request, recorded.coalition, recording)


@posts(router, SCENARIO + "/decline", "decline_facts")
def decline_facts(write: RequestedWrite, scenario: Scenario) -> Response:
    """Decline facts of a proposal, with the reason: all that are open, or those with the numbers in `changes`."""
    return write.created(decline(write, scenario))


@posts(router, SCENARIO + "/comments", "comment_on_scenario")
def comment_on_scenario(write: RequestedWrite, scenario: Scenario) -> Response:
    """Comment on a scenario, or on one of its changes."""
    return write.created(comment(write, scenario))


@posts(router, SCENARIO + "/changes/{number}/replace", "replace_change")
def replace_change(
    write: RequestedWrite,
    scenario: Scenario,
    number: Annotated[int, Path(ge=1, le=10**9, description="The number of the change.")],
) -> Response:
    """Put another change in the place of one, under its number; an assumed fact keeps its id."""
    return write.created(replace_with(write, scenario, number))


_IN_FACT = re.compile(r"/changes/([0-9]+)/assume(/.*)?")


def propose(
    request: Request,
    recorded: History,
    author: str,
    facts: Sequence[Mapping[str, Any]],
    *,
    title: str,
    description: str | None = None,
    idempotency_key: str | None = None,
) -> ScenarioRecording:
    """Propose facts, written as for recording: with their sources, and each seeing those before it.

    They are judged by the same rules, together, but recorded only when somebody accepts them. The same key with the
    same facts gets the first answer again. The slug is made from the title. Raises a ``Problem``, whose pointers lead
    into the list of facts, as those of ``POST …/events`` do (``/0/quantity/min``), or to ``/name``, the title.
    """
    body = {
        "name": title, "description": description, "purpose": "proposal",
        "changes": [{"assume": dict(fact)} for fact in facts],
    }  # fmt: skip
    try:
        write = ScenarioWrite(
            request=request, recorded=recorded, author=author, idempotency_key=idempotency_key,
            request_body=question_in(json.dumps(body).encode(), JSON),
        )  # fmt: skip
        return open_new(write)
    except Problem as problem:
        if not problem.faults:
            raise
        raise Problem(problem.type, faults=map(_in_facts, problem.faults), headers=problem.headers) from None


def _in_facts(fault: Fault) -> Fault:
    """The same fault at its place in the list of facts."""
    place = _IN_FACT.fullmatch(fault.pointer or "")
    return fault if place is None else replace(fault, pointer=f"/{place[1]}{place[2] or ''}")
