"""Adopting a scenario: its assumptions become facts, recorded like all others and with their sources."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import JsonValue
from starlette.concurrency import run_in_threadpool

from api.http.access import Writer, reader
from api.http.answers import json_of, respond
from api.http.bodies import RequestBody, valid_facts
from api.http.preconditions import IdempotencyKey, IfMatch, key_in
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BUSY,
    NOT_ACCEPTABLE,
    SCENARIO_CONFLICT,
    TOOK_TOO_LONG,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    WHAT_IF_REFUSED,
    Fault,
    Problem,
)
from api.routes.addresses import ANY_READ, OF_SCENARIO, SCENARIO
from api.routes.openapi import RECORDED_HEADERS, RecordedEvents
from api.routes.parameters import RecordedHistory, only_known_parameters, saved_scenario
from api.routes.record import WRITE_PROBLEMS, facts_in_body, record
from api.routes.scenarios.items import Objection, objection
from api.routes.scenarios.saved import Scenario
from api.routes.slots import SlottedRoute
from api.services import services
from api.work_slots import ask_for_slot
from domain.corrections import EventCorrected
from domain.events import FACT, ProposalOrigin
from domain.refusals import RuleBroken, Violation
from domain.what_if.changes import ASSUMED, Assume, Decide
from domain.what_if.proposals import provenance_of
from domain.what_if.refusals import SourcesAreMissing
from domain.what_if.scenarios import is_unsourced
from projections.what_if.changed_history import ChangedHistory, facts_to_adopt

router = APIRouter(route_class=SlottedRoute, tags=["scenarios"], dependencies=[Depends(only_known_parameters)])


@dataclass(slots=True)
class FactToAdopt:
    """An assumed fact as it would be recorded; one that still needs sources has none here."""

    fact: dict[str, JsonValue]
    needs_sources: bool
    problems: list[Objection]


@dataclass(slots=True)
class Adoption:
    """The facts that adopting a scenario would record, given the coalition's record at ``sequence``.

    ``not_adopted`` are the numbers of changes that assume nothing: they would alter the record itself.
    """

    coalition: str
    scenario: str
    sequence: int
    facts: list[FactToAdopt]
    not_adopted: list[int]


class IsNotAssumed(RuleBroken):
    """The scenario does not assume the fact."""


@router.get(
    SCENARIO + "/adopt", operation_id="preview_adoption", response_model=Adoption,
    responses=problem_responses(*ANY_READ, *OF_SCENARIO), dependencies=[Depends(reader)],
)  # fmt: skip
def preview_adoption(request: Request, recorded: RecordedHistory, scenario: Scenario) -> Response:
    """The facts that the scenario assumes, as they would be recorded, and the rules that each would break now."""
    saved = saved_scenario(request, recorded, scenario)
    history = _history(request, recorded, scenario)
    ledger = services(request).ledger
    facts, sequence = facts_to_adopt(history), recorded.sequence
    refusals = ledger.judge(recorded.coalition, facts, recorded_by="").violations if facts else []
    adoption = Adoption(
        recorded.coalition,
        scenario,
        sequence,
        [_to_adopt(index, fact, refusals) for index, fact in enumerate(facts)],
        [number for number, change in saved.state.changes.items() if not isinstance(change, (Assume, Decide))],
    )
    return respond(request, json_of(Adoption, adoption))


@router.post(
    SCENARIO + "/adopt", operation_id="adopt_facts", status_code=201, response_model=RecordedEvents,
    responses={
        201: {"headers": RECORDED_HEADERS},
        **problem_responses(
            *WRITE_PROBLEMS, UNKNOWN_COALITION, UNKNOWN_SCENARIO, NOT_ACCEPTABLE, SCENARIO_CONFLICT, WHAT_IF_REFUSED,
            TOOK_TOO_LONG, BUSY,
        ),
    },
)  # fmt: skip
async def adopt_facts(
    *,
    request: Request,
    recorded: RecordedHistory,
    scenario: Scenario,
    recorded_by: Writer,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    """Record facts that the scenario assumes in the coalition, as in the preview and with their sources.

    All or none, by the same rules and with the same answer as other facts. `If-Match` is the coalition's sequence.
    """
    body = await facts_in_body(request)
    key = key_in(request, idempotency_key)
    origins = await run_in_threadpool(_origins, request, recorded, scenario, body, key)
    return await record(
        request, recorded.coalition, recorded_by, body, idempotency_key=idempotency_key, if_match=if_match,
        origins=origins,
    )  # fmt: skip


def _origins(
    request: Request, recorded: RecordedHistory, scenario: str, body: RequestBody, key: str | None
) -> dict[str, ProposalOrigin]:
    """Where the scenario assumes its facts, by their ids.

    Raises a ``Problem`` if it is closed, or does not assume the facts in the body.

    A request that has been recorded is answered, even if the scenario has changed since.
    """
    ask_for_slot()
    ledger = services(request).ledger
    try:
        return _origins_if_open_and_assumed(request, recorded, scenario, body)
    except Problem:
        if key is None or not ledger.has_recorded(recorded.coalition, key):
            raise
        return {}


def _origins_if_open_and_assumed(
    request: Request, recorded: RecordedHistory, scenario: str, body: RequestBody
) -> dict[str, ProposalOrigin]:
    saved = saved_scenario(request, recorded, scenario)
    if saved.state.status == "closed":
        detail = "the scenario is closed; base another scenario on it"
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule="ScenarioIsClosed")])
    history = _history(request, recorded, scenario)
    _check_assumed(body, valid_facts(body), facts_to_adopt(history))
    provenance = provenance_of(saved.events)
    return {
        event.event_id: provenance[number].origin
        for number, effects in zip(saved.state.changes, history.effects, strict=True)
        for event in effects.added
    }


def _history(request: Request, recorded: Any, scenario: str) -> ChangedHistory:
    return services(request).replays.of(recorded, scenario)


def _to_adopt(index: int, fact: Any, refusals: Sequence[Violation]) -> FactToAdopt:
    problems = [objection(broken) for at, broken in refusals if at == index]
    return FactToAdopt(_without_assumed_sources(FACT.dump_python(fact, mode="json", exclude_none=True)),
                       is_unsourced(fact), problems)  # fmt: skip


def _without_assumed_sources(fact: dict[str, Any]) -> dict[str, Any]:
    """Return the fact as JSON, without the placeholder for a source."""
    if "replacement" in fact:
        fact = {**fact, "replacement": _without_assumed_sources(fact["replacement"])}
    is_assumed = fact.get("sources") == [{"publisher": ASSUMED.publisher}]
    return {name: value for name, value in fact.items() if not (is_assumed and name == "sources")}


def _check_assumed(body: RequestBody, facts: Sequence[Any], assumed: Sequence[Any]) -> None:
    """Raise a ``Problem`` with every fact that is not assumed, or still has no source."""
    by_id = {fact.event_id: fact for fact in assumed}
    faults: list[Fault] = []
    for index, fact in enumerate(facts):
        if fact.event_id not in by_id or _without_source(fact) != _without_source(by_id[fact.event_id]):
            detail = "the scenario does not assume this fact: use the fact from the preview, and add sources"
            faults.append(Fault(pointer=body.pointer(index), detail=detail, rule=IsNotAssumed.__name__))
        elif is_unsourced(fact):
            detail = "an assumed fact needs a source before it is recorded"
            faults.append(
                Fault(pointer=body.pointer(index, "/sources"), detail=detail, rule=SourcesAreMissing.__name__)
            )
    if faults:
        raise Problem(WHAT_IF_REFUSED, faults=faults)


def _without_source(fact: Any) -> Any:
    """Return a fact without its id and sources, to compare the contents."""
    if isinstance(fact, EventCorrected):
        fact = replace(fact, replacement=_without_source(fact.replacement))
    return replace(fact, sources=(ASSUMED,), attribution=None, note=None, event_id=None)
