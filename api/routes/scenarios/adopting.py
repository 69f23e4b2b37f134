"""Adopting: what a scenario assumes becomes facts to be recorded, through the write door and with their sources."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import JsonValue
from starlette.concurrency import run_in_threadpool

from api.http.access import Writer, reader
from api.http.answers import answered, json_of
from api.http.bodies import RequestBody, validated
from api.http.preconditions import IdempotencyKey, IfMatch, key_in
from api.http.problem_answers import documented
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
from api.routes.parameters import RecordedHistory, only_known_parameters, replays_of, saved_scenario
from api.routes.record import WRITE_PROBLEMS, facts_sent, record
from api.routes.scenarios.saved import Scenario
from domain.corrections import EventCorrected
from domain.events import FACT
from domain.ledger import Ledger
from domain.refusals import RuleBroken, Violation
from domain.what_if.changes import ASSUMED, Assume, Decide
from domain.what_if.refusals import SourcesAreMissing
from domain.what_if.scenarios import is_unsourced
from projections.what_if.changed_history import ChangedHistory, facts_to_adopt

router = APIRouter(tags=["scenarios"], dependencies=[Depends(only_known_parameters)])


@dataclass(slots=True)
class Objection:
    """A rule that a fact would break were it recorded now; ``pointer`` leads into the fact."""

    rule: str
    detail: str
    pointer: str
    collides_with: list[str]


@dataclass(slots=True)
class FactToAdopt:
    """An assumed fact as it would be recorded; one that needs sources has none here."""

    fact: dict[str, JsonValue]
    needs_sources: bool
    problems: list[Objection]


@dataclass(slots=True)
class Adoption:
    """What adopting a scenario would record, against the coalition's record at ``sequence``.

    ``not_adopted`` are the changes, by number, that assume nothing: a record is not altered by wishing.
    """

    coalition: str
    scenario: str
    sequence: int
    facts: list[FactToAdopt]
    not_adopted: list[int]


class IsNotAssumed(RuleBroken):
    """The fact is none that the scenario assumes."""


@router.get(
    SCENARIO + "/adopt", operation_id="preview_adoption", response_model=Adoption,
    responses=documented(*ANY_READ, *OF_SCENARIO), dependencies=[Depends(reader)],
)  # fmt: skip
def preview_adoption(request: Request, recorded: RecordedHistory, scenario: Scenario) -> Response:
    """The facts that the scenario assumes, as they would be recorded, and what stands against each by now."""
    saved = saved_scenario(request, recorded, scenario)
    history = _history(request, recorded, scenario)
    ledger: Ledger = request.app.state.ledger
    facts, sequence = facts_to_adopt(history), recorded.sequence
    refusals = ledger.refusals(recorded.coalition, facts) if facts else []
    adoption = Adoption(
        recorded.coalition,
        scenario,
        sequence,
        [_to_adopt(index, fact, refusals) for index, fact in enumerate(facts)],
        [number for number, change in saved.state.changes.items() if not isinstance(change, (Assume, Decide))],
    )
    return answered(request, json_of(Adoption, adoption))


@router.post(
    SCENARIO + "/adopt", operation_id="adopt_facts", status_code=201, response_model=RecordedEvents,
    responses={
        201: {"headers": RECORDED_HEADERS},
        **documented(
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
    """Record facts that the scenario assumes, as the preview gives them and with their sources, in the coalition.

    This is the write door: all or none, the same rules, the same answer. `If-Match` is the coalition's sequence.
    """
    sent = await facts_sent(request)
    key = key_in(request, idempotency_key)
    await run_in_threadpool(_check_adoptable, request, recorded, scenario, sent, key)
    return await record(
        request, recorded.coalition, recorded_by, sent, idempotency_key=idempotency_key, if_match=if_match
    )


def _check_adoptable(
    request: Request, recorded: RecordedHistory, scenario: str, sent: RequestBody, key: str | None
) -> None:
    """Raise a ``Problem`` if the scenario is closed, or does not assume what was sent.

    A request that has been recorded has its answer, whatever has become of the scenario since.
    """
    ledger: Ledger = request.app.state.ledger
    try:
        _check_open_and_assumed(request, recorded, scenario, sent)
    except Problem:
        if key is None or not ledger.has_recorded(recorded.coalition, key):
            raise


def _check_open_and_assumed(request: Request, recorded: RecordedHistory, scenario: str, sent: RequestBody) -> None:
    saved = saved_scenario(request, recorded, scenario)
    if saved.state.status == "closed":
        detail = "the scenario is closed; fork another from it"
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule="ScenarioIsClosed")])
    _check_assumed(sent, validated(sent), facts_to_adopt(_history(request, recorded, scenario)))


def _history(request: Request, recorded: Any, scenario: str) -> ChangedHistory:
    return replays_of(request).of(recorded, scenario)


def _to_adopt(index: int, fact: Any, refusals: Sequence[Violation]) -> FactToAdopt:
    problems = [
        Objection(broken.rule, broken.detail, broken.field, list(broken.collides_with))
        for at, broken in refusals
        if at == index
    ]
    return FactToAdopt(_without_assumed_sources(FACT.dump_python(fact, mode="json", exclude_none=True)),
                       is_unsourced(fact), problems)  # fmt: skip


def _without_assumed_sources(fact: dict[str, Any]) -> dict[str, Any]:
    """The fact as JSON, without the source that stands where there is none."""
    if "replacement" in fact:
        fact = {**fact, "replacement": _without_assumed_sources(fact["replacement"])}
    is_assumed = fact.get("sources") == [{"publisher": ASSUMED.publisher}]
    return {name: value for name, value in fact.items() if not (is_assumed and name == "sources")}


def _check_assumed(sent: RequestBody, facts: Sequence[Any], assumed: Sequence[Any]) -> None:
    """Raise a ``Problem`` with every fact that is none of those assumed, or has still no source."""
    by_id = {fact.event_id: fact for fact in assumed}
    faults: list[Fault] = []
    for index, fact in enumerate(facts):
        if fact.event_id not in by_id or _said(fact) != _said(by_id[fact.event_id]):
            detail = "this is no fact that the scenario assumes: take it from the preview, and add its sources"
            faults.append(Fault(pointer=sent.pointer(index), detail=detail, rule=IsNotAssumed.__name__))
        elif is_unsourced(fact):
            detail = "an assumed fact needs a source before it is recorded"
            faults.append(
                Fault(pointer=sent.pointer(index, "/sources"), detail=detail, rule=SourcesAreMissing.__name__)
            )
    if faults:
        raise Problem(WHAT_IF_REFUSED, faults=faults)


def _said(fact: Any) -> Any:
    """What a fact says, whoever says so."""
    if isinstance(fact, EventCorrected):
        fact = replace(fact, replacement=_said(fact.replacement))
    return replace(fact, sources=(ASSUMED,), attribution=None, note=None, event_id=None)
