"""Saved scenarios: their reads, and the requests that open, change, rebase and close one."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api.http.access import deciding_headers, reader, scope
from api.http.answers import acceptable, json_of, respond
from api.http.bodies import JSON
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BUSY,
    NOT_ACCEPTABLE,
    SCENARIO_CONFLICT,
    TOOK_TOO_LONG,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    WHAT_IF_REFUSED,
)
from api.routes.addresses import ANY_READ, COALITION, OF_SCENARIO, SCENARIO
from api.routes.openapi import RECORDED_HEADERS
from api.routes.parameters import RecordedHistory, only_known_parameters, saved_scenario
from api.routes.record import WRITE_PROBLEMS
from api.routes.scenarios.bodies import MoreChanges, Removal
from api.routes.scenarios.items import (
    RecordedScenarioEvents,
    SavedScenarios,
    ScenarioItem,
    list_item_or_problem,
    scenario_item,
)
from api.routes.scenarios.proposal_writes import check_not_accepted
from api.routes.scenarios.writing import RequestedWrite, close, in_list, open_new, rebase
from api.routes.slots import SlottedRoute
from api.services import services
from domain.ledger import (
    UnreadableScenario,
)
from domain.what_if.scenarios import ChangeAdded, ChangeRemoved, Purpose, ScenarioState

_READ_PROBLEMS = problem_responses(*ANY_READ, *OF_SCENARIO)
OF_WRITE = problem_responses(
    *WRITE_PROBLEMS, UNKNOWN_COALITION, UNKNOWN_SCENARIO, NOT_ACCEPTABLE, SCENARIO_CONFLICT, WHAT_IF_REFUSED,
    TOOK_TOO_LONG, BUSY,
)  # fmt: skip

router = APIRouter(route_class=SlottedRoute, tags=["scenarios"], dependencies=[Depends(only_known_parameters)])

Scenario = Annotated[str, Path(description="A saved scenario of the coalition.")]


# --- reading ----------------------------------------------------------------------------------------------------------


@router.get(
    COALITION + "/scenarios", operation_id="list_scenarios", response_model=SavedScenarios,
    responses=problem_responses(*ANY_READ), dependencies=[Depends(reader)],
)  # fmt: skip
def list_scenarios(
    request: Request,
    recorded: RecordedHistory,
    status: Annotated[
        Literal["open", "closed"] | None,
        Query(description="Only those with this status, and any that cannot be read."),
    ] = None,
    purpose: Annotated[
        Purpose | None, Query(description="Only what-ifs, or only proposals, and any that cannot be read.")
    ] = None,
) -> Response:
    """The saved scenarios of a coalition: what-ifs, and proposals, whose `purpose` says so."""
    found = services(request).scenarios.all(recorded.coalition)
    shown = [
        list_item_or_problem(one, recorded)
        for one in found
        if isinstance(one, UnreadableScenario)
        or (status in (None, one.state.status) and purpose in (None, one.state.purpose))
    ]
    return respond(request, json_of(SavedScenarios, SavedScenarios(shown)))


@router.get(
    SCENARIO, operation_id="read_scenario", response_model=ScenarioItem,
    responses=_READ_PROBLEMS, dependencies=[Depends(reader)],
)  # fmt: skip
def read_scenario(request: Request, recorded: RecordedHistory, scenario: Scenario) -> Response:
    """A scenario: its fork and lineage, its changes, those that no longer apply, and its history.

    The ETag is its sequence, for If-Match.
    """
    acceptable(request, JSON)
    saved = saved_scenario(request, recorded, scenario)
    history = services(request).replays.of(recorded, scenario)
    item = scenario_item(saved, services(request).scenarios.line(recorded.coalition, scenario), history)
    vary = f"Accept, {deciding_headers(request)}"
    headers = {"ETag": f'"{saved.sequence}"', "Cache-Control": f"{scope(request)}, no-cache", "Vary": vary}
    return Response(json_of(ScenarioItem, item), media_type=JSON, headers=headers)


# --- writing ----------------------------------------------------------------------------------------------------------


Endpoint = TypeVar("Endpoint", bound=Callable[..., Response])


def posts(router: APIRouter, path: str, name: str) -> Callable[[Endpoint], Endpoint]:
    """Return a decorator for a route that writes to a scenario."""
    return router.post(
        path, operation_id=name, status_code=201, response_model=RecordedScenarioEvents,
        responses={201: {"headers": RECORDED_HEADERS}, **OF_WRITE},
    )  # fmt: skip


@posts(router, COALITION + "/scenarios", "open_scenario")
def open_scenario(write: RequestedWrite) -> Response:
    """Save a scenario: a name, a fork, and changes that apply there. Its author is the name of the key."""
    return write.created(open_new(write))


@posts(router, SCENARIO + "/changes", "add_changes")
def add_changes(write: RequestedWrite, scenario: Scenario) -> Response:
    """Add changes at the end, all or none."""
    asked: MoreChanges = write.body("MoreChanges")
    saved_scenario(write.request, write.recorded, scenario)
    added = [ChangeAdded(change=change, note=asked.note) for change in write.with_ids(asked.changes)]
    recording = write.record(
        scenario,
        "changes",
        lambda _: added,
        lambda state: write.check_added(scenario, state, len(added)),
        in_list,
    )
    return write.created(recording)


@posts(router, SCENARIO + "/changes/{number}/remove", "remove_change")
def remove_change(
    write: RequestedWrite,
    scenario: Scenario,
    number: Annotated[int, Path(ge=1, le=10**9, description="The number of the change.")],
) -> Response:
    """Remove a change by its number; the other numbers stay as they are."""
    asked: Removal = write.body("Removal")
    saved_scenario(write.request, write.recorded, scenario)
    removed = [ChangeRemoved(number=number, note=asked.note)]

    def facts(_: ScenarioState | None) -> Sequence[Any]:
        check_not_accepted(write, scenario, number)
        return removed

    return write.created(write.record(scenario, f"remove {number}", facts))


@posts(router, SCENARIO + "/rebase", "rebase_scenario")
def rebase_scenario(write: RequestedWrite, scenario: Scenario) -> Response:
    """Move a scenario to another fork, by default the latest record; lists the changes that no longer apply."""
    return write.created(rebase(write, scenario))


@posts(router, SCENARIO + "/close", "close_scenario")
def close_scenario(write: RequestedWrite, scenario: Scenario) -> Response:
    """Close a scenario: it cannot be changed any more, but still be read and forked."""
    return write.created(close(write, scenario))
