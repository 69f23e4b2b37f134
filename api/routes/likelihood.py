"""Sensitivity to conditions and simulations, for a coalition or a scenario. Nothing is recorded."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import TypeAdapter

from api.http.access import reader
from api.http.answers import acceptable, json_of, respond
from api.http.bodies import JSON, RequestBody, body_of, only_item, question_in, read_as
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BUSY,
    MALFORMED_BODY,
    TOO_LARGE,
    TOOK_TOO_LONG,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    WHAT_IF_REFUSED,
)
from api.moved_on import moved_on_in, with_moved_on
from api.routes.addresses import ANY_READ, COALITION, OF_SCENARIO, SCENARIO
from api.routes.parameters import AsOfQuery, RequestedHistory, basis_of, named_scenario, only_known_parameters, view_at
from api.routes.slots import SlottedRoute
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.work_slots import away_from_slot, need_slot
from domain.what_if.chances import SensitivityRequest, SimulationRequest
from projections.what_if.sensitivity import Sensitivity, sensitivity_of
from projections.what_if.simulation import Simulation, simulation_of

SENSITIVITY: TypeAdapter[SensitivityRequest] = TypeAdapter(SensitivityRequest)
SIMULATION: TypeAdapter[SimulationRequest] = TypeAdapter(SimulationRequest)
OF_QUESTION = (
    MALFORMED_BODY, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION, WHAT_IF_REFUSED, TOOK_TOO_LONG, BUSY,
)  # fmt: skip

router = APIRouter(
    route_class=SlottedRoute, tags=["what if"], dependencies=[Depends(reader), Depends(only_known_parameters)]
)


async def requested_question(request: Request) -> RequestBody:
    """Return the one object in the body, with its place."""
    async with away_from_slot():
        return await body_of(request, question_in)


Question = Annotated[RequestBody, Depends(requested_question)]


def read_sensitivity(request: Request, history: RequestedHistory, asked: AsOfQuery, body: Question) -> Response:
    """Which open condition matters: the size if it is met or fails, its share of the personnel affected, the pairs that
    are effective only together, and the smallest sets that meet each requirement."""
    acceptable(request, JSON)
    need_slot()
    question = read_as(SENSITIVITY, only_item(body), body.at)
    basis = basis_of(request, asked, history)
    with refusals_as_problems(base=body.at):
        answer = sensitivity_of(view_at(request, history, basis), basis, question, services(request).slots.on_progress)
    return respond(request, with_moved_on(json_of(Sensitivity, answer), moved_on_in(request, history, asked)))


def read_simulation(request: Request, history: RequestedHistory, asked: AsOfQuery, body: Question) -> Response:
    """Quantiles of the force over time and the chance of meeting each requirement, from runs of how conditions,
    quantities and dates may turn out. The same random seed gives the same answer."""
    acceptable(request, JSON)
    need_slot()
    question = read_as(SIMULATION, only_item(body), body.at)
    basis = basis_of(request, asked, history)
    with refusals_as_problems(base=body.at):
        answer = simulation_of(view_at(request, history, basis), basis, question, services(request).slots.on_progress)
    return respond(request, with_moved_on(json_of(Simulation, answer), moved_on_in(request, history, asked)))


def _add(endpoint: Any, end: str, answer_type: Any) -> None:
    for start, whose, dependencies, problems in (
        (COALITION, end, [], (*ANY_READ, *OF_QUESTION)),
        (SCENARIO, f"scenario_{end}", [Depends(named_scenario)], (*ANY_READ, *OF_SCENARIO, *OF_QUESTION)),
    ):
        router.post(
            f"{start}/{end}", operation_id=f"ask_{whose}", response_model=answer_type,
            responses=problem_responses(*dict.fromkeys(problems)), dependencies=dependencies,
        )(endpoint)  # fmt: skip


_add(read_sensitivity, "sensitivity", Sensitivity)
_add(read_simulation, "simulation", Simulation)
