"""``GET /coalitions/{coalition}/compare``: scenarios side by side, and the record with them if asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.access import reader
from api.http.answers import json_of
from api.http.problem_answers import problem_responses
from api.http.problems import BAD_PARAMETER, UNKNOWN_SCENARIO, WHAT_IF_REFUSED, Fault, Problem
from api.moved_on import moved_on_since
from api.routes.addresses import ANY_READ, COALITION, OF_SCENARIO
from api.routes.chances import Percentages
from api.routes.paging import LINKED, ItemsPage, next_link
from api.routes.parameters import (
    AsOfQuery,
    RecordedHistory,
    basis_of,
    changed_history,
    only_known_parameters,
    view_at,
)
from api.routes.slots import SlottedRoute
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.work_slots import need_slot
from domain.history.history import History
from domain.ledger import SavedScenario
from domain.what_if.chances import ConditionChance
from projections.asof import AsOf, view_of
from projections.coalition import coalition_of
from projections.paging import Page
from projections.what_if.side_by_side import (
    FIRST,
    MAX_SIDES,
    MIN_SIDES,
    Side,
    SideBySide,
    ViewedSide,
    side_by_side,
)

router = APIRouter(
    route_class=SlottedRoute, tags=["what if"], dependencies=[Depends(reader), Depends(only_known_parameters)]
)

Line = list[SavedScenario]
"""The scenarios that one is forked from, and the scenario itself at the end."""

ComparedScenarios = Annotated[list[str], Query(description="A saved scenario; repeated: two to six, with the record.")]
WithRecord = Annotated[bool, Query(description="Whether the record is one of the sides, the first.")]


class RequestedSides(NamedTuple):
    """The sides of a comparison: scenarios, and the record if it is ``with_record``; ``asked`` is the point of all."""

    lines: list[Line]
    with_record: bool
    asked: AsOf


@router.get(
    COALITION + "/compare",
    operation_id="compare_scenarios",
    response_model=SideBySide,
    responses=problem_responses(*ANY_READ, *OF_SCENARIO, WHAT_IF_REFUSED) | LINKED,
)
def compare_scenarios(
    *,
    request: Request,
    recorded: RecordedHistory,
    asked: AsOfQuery,
    scenario: ComparedScenarios,
    record: WithRecord = False,
    percent: Percentages,
    page: ItemsPage,
) -> Response:
    """Two to six sides: saved scenarios, and the record if asked. Their figures, requirements and pledges, and with
    chances also how large the force may become.

    What the parameters leave open is as of the starting point of each scenario, but `valid_at`, which is that of the
    first scenario for all sides.
    """
    sides = requested_sides(request, recorded, scenario, record, asked)
    basis = basis_of(request, sides.asked, recorded)

    def make() -> AnswerContent:
        found = compare_sides(request, viewed_sides(request, recorded, sides), percent, page)
        return AnswerContent(json_of(SideBySide, found), found.next_cursor)

    depends_on = [tuple((one.scenario, one.sequence, one.events[-1].event_id) for one in line) for line in sides.lines]
    return answer_question(
        request, recorded, [BasisPoint(sides.asked, basis)], make,
        link=lambda cursor: next_link(request, {"valid_at": basis.valid_at, "sequence": basis.sequence}, cursor),
        depends_on=(*depends_on, sides.asked, recorded.sequence),
    )  # fmt: skip


def requested_sides(
    request: Request, recorded: History, scenarios: list[str], with_record: bool, asked: AsOf
) -> RequestedSides:
    """The sides that a request names. Raises a ``Problem`` for an unknown scenario, and for too few or too many."""
    _check_sides(scenarios, with_record)
    lines = [_line(request, recorded, name) for name in scenarios]
    asked = replace(asked, valid_at=asked.valid_at or lines[0][-1].state.fork.valid_at)
    return RequestedSides(lines, with_record, asked)


def viewed_sides(request: Request, recorded: History, sides: RequestedSides) -> list[ViewedSide]:
    """The sides with the views that they are answered from, the record first. Raises a ``Problem`` without a slot."""
    need_slot()
    viewed = [_of_scenario(request, recorded, line, sides.asked) for line in sides.lines]
    if sides.with_record:
        basis = basis_of(request, sides.asked, recorded)
        view = view_at(request, recorded, basis)
        name = coalition_of(view, basis).name or recorded.coalition
        viewed.insert(0, ViewedSide(Side(None, name, 0, basis, None), view))
    return viewed


def compare_sides(
    request: Request, viewed: Sequence[ViewedSide], percent: Mapping[str, int], page: Page = FIRST
) -> SideBySide:
    """The comparison, with the chance of each condition in per cent. Raises a ``Problem`` for one that is not open."""
    chances = [ConditionChance(condition=name, probability=number / 100) for name, number in percent.items()]
    with refusals_as_problems(base="/chance"):
        return side_by_side(viewed, chances, page, services(request).slots.on_progress)


def _check_sides(scenarios: list[str], record: bool) -> None:
    """Raise a ``Problem`` if there are too few or too many sides, or if one is named twice."""
    faults = [
        Fault(parameter="scenario", detail=f"the scenario {name[:100]} is named {times} times")
        for name, times in Counter(scenarios).items()
        if times > 1
    ]
    count = len(scenarios) + record
    if not MIN_SIDES <= count <= MAX_SIDES:
        detail = f"{count} {'is' if count == 1 else 'are'} named; compare {MIN_SIDES} to {MAX_SIDES}"
        faults.append(Fault(parameter="scenario", detail=f"{detail}, the record included"))
    if faults:
        raise Problem(BAD_PARAMETER, faults=faults)


def _line(request: Request, recorded: History, name: str) -> Line:
    try:
        return services(request).replays.line(recorded.coalition, name)
    except Problem as problem:
        if problem.type is not UNKNOWN_SCENARIO:
            raise
        fault = Fault(parameter="scenario", detail=f"unknown scenario {name[:100]}")
        raise Problem(UNKNOWN_SCENARIO, faults=[fault]) from None


def _of_scenario(request: Request, recorded: History, line: Line, asked: AsOf) -> ViewedSide:
    """One scenario; a later ``sequence`` than its starting point's leaves it as it is."""
    saved, history = line[-1], services(request).replays.of_line(recorded, line)
    if asked.sequence is not None:
        asked = replace(asked, sequence=min(asked.sequence, history.sequence))
    basis = basis_of(request, asked, history)
    moved_on = None if asked.is_whole else moved_on_since(history)
    side = Side(saved.scenario, saved.state.name, len(saved.state.changes), basis, moved_on)
    return ViewedSide(side, view_of(changed_history(request, history, basis), basis))
