"""The reads of scenarios only: beside the baseline, against it, and the consequences of the changes."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.access import reader
from api.http.answers import json_of
from api.http.problem_answers import problem_responses
from api.http.problems import BAD_PARAMETER, Fault, Problem
from api.routes.addresses import ANY_READ, OF_SCENARIO, SCENARIO
from api.routes.paging import LINKED, ChangesPage, MovesPage, basis_parameters, next_link
from api.routes.parameters import (
    AsOfQuery,
    RequestedHistory,
    basis_of,
    changed_history,
    named_scenario,
    only_known_parameters,
    view_at,
)
from api.routes.reads import read_picture
from api.routes.slots import SlottedRoute
from api.work_slots import need_slot
from domain.history.history import View
from projections.asof import Basis
from projections.difference import Difference, beside, difference_of
from projections.picture.picture import Picture
from projections.what_if.changed_history import ChangedHistory, unchanged
from projections.what_if.consequences import Consequences, consequences_of

_PROBLEMS = problem_responses(*ANY_READ, *OF_SCENARIO)
_PARTS = ("baseline", "difference")

router = APIRouter(
    route_class=SlottedRoute,
    tags=["what if"],
    dependencies=[Depends(reader), Depends(only_known_parameters), Depends(named_scenario)],
)


@dataclass(slots=True)
class ComparedPictures:
    """A scenario's picture, that of its baseline, and the difference; parts that were not requested are null."""

    scenario: Picture
    baseline: Picture | None
    difference: Difference | None


@router.get(
    SCENARIO + "/picture",
    operation_id="read_scenario_picture",
    response_model=Picture | ComparedPictures,
    responses=_PROBLEMS,
)
def read_scenario_picture(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
    with_: Annotated[
        str | None,
        Query(alias="with", description="Adds to the picture: `baseline`, `difference`, or both with a comma between."),
    ] = None,
) -> Response:
    """The force picture of the scenario, alone or with the baseline: the same fork without the changes."""
    parts = [] if with_ is None else with_.split(",")
    if unknown := [part for part in parts if part not in _PARTS]:
        detail = f"with must be {' or '.join(_PARTS)}, or both with a comma between, not {unknown[0][:60]!r}"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="with", detail=detail)])
    if not parts:
        return read_picture(request, history, asked)
    assert isinstance(history, ChangedHistory)
    changed, basis = history, basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        baseline, scenario, difference = beside(*_sides(request, changed, basis))
        compared = ComparedPictures(
            scenario, baseline if "baseline" in parts else None, difference if "difference" in parts else None
        )
        return AnswerContent(json_of(ComparedPictures, compared))

    return answer_question(request, history, [BasisPoint(asked, basis)], make)


def _sides(request: Request, changed: ChangedHistory, basis: Basis) -> tuple[tuple[View, Basis], tuple[View, Basis]]:
    """Return the baseline and the scenario as of a basis."""
    return (view_at(request, unchanged(changed), basis), basis), (view_at(request, changed, basis), basis)


@router.get(
    SCENARIO + "/difference",
    operation_id="read_scenario_difference_from_baseline",
    response_model=Difference,
    responses=_PROBLEMS | LINKED,
)
def read_difference_from_baseline(
    request: Request, history: RequestedHistory, asked: AsOfQuery, page: ChangesPage
) -> Response:
    """The differences between the scenario and its baseline, with the events that cause them, also assumed ones; in
    pages."""
    assert isinstance(history, ChangedHistory)
    changed, basis = history, basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        difference = difference_of(*_sides(request, changed, basis), page)
        return AnswerContent(json_of(Difference, difference), difference.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip


@router.get(
    SCENARIO + "/consequences",
    operation_id="read_scenario_consequences",
    response_model=Consequences,
    responses=_PROBLEMS | LINKED,
)
def read_consequences(request: Request, history: RequestedHistory, asked: AsOfQuery, page: MovesPage) -> Response:
    """The facts that no longer apply, the pledges that drop out or become available, round by round with their causes,
    and the changes without effect; in pages."""
    assert isinstance(history, ChangedHistory)
    changed, basis = history, basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        consequences = consequences_of(changed_history(request, changed, basis), basis, page)
        return AnswerContent(json_of(Consequences, consequences), consequences.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip
