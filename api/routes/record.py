"""The only endpoint that records facts: ``POST /coalitions/{coalition}/events``."""

import re
from asyncio import wrap_future
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, NamedTuple

import orjson
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from api.checks import check_facts
from api.hints import detail_of, facts_of_request
from api.http.access import Writer
from api.http.answers import json_of
from api.http.bodies import ACCEPT_POST, RequestBody, body_of, facts_in
from api.http.preconditions import IdempotencyKey, IfMatch, expected_sequence, key_in, not_matched
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BAD_PARAMETER,
    IDEMPOTENCY_IN_PROGRESS,
    IDEMPOTENCY_KEY_INVALID,
    IDEMPOTENCY_KEY_REUSED,
    MALFORMED_BODY,
    PRECONDITION_FAILED,
    RULE_BROKEN,
    TOO_LARGE,
    UNAUTHORIZED,
    UNREADABLE_RECORD,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    WRITE_CONFLICT,
    WRITING_STORE,
    Fault,
    Problem,
)
from api.routes.openapi import RECORDED_HEADERS, RecordedEvents
from api.routes.paging import ChangesPage
from api.routes.parameters import only_known_parameters
from api.routes.slots import WriteRoute
from api.services import services
from api.work_slots import away_from_slot
from domain.events import ProposalOrigin, event_json
from domain.history.history import History
from domain.ledger import Ledger, Recording, StaleMatch, UnknownCoalition
from domain.refusals import Refused
from domain.times import BEFORE_TIME_US, FOREVER_US, Moment
from domain.vocabulary import SLUG
from projections.check import Check, Refusal
from projections.difference import Difference
from projections.event_index import event_index_of
from projections.paging import Page
from projections.warnings.of_requests import is_at_hand, warnings_from
from projections.warnings.warnings import WarningItem

router = APIRouter(route_class=WriteRoute, tags=["record"], dependencies=[Depends(only_known_parameters)])

_LISTS = CapacityLimiter(2)
"""Few long lists are validated at once, in threads of their own: all of them compute, and reads would wait for them."""

WRITE_PROBLEMS = (
    MALFORMED_BODY, IDEMPOTENCY_KEY_INVALID, UNAUTHORIZED, RULE_BROKEN, IDEMPOTENCY_IN_PROGRESS, PRECONDITION_FAILED,
    TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION, BAD_PARAMETER, IDEMPOTENCY_KEY_REUSED, WRITE_CONFLICT,
    UNREADABLE_RECORD, *WRITING_STORE,
)  # fmt: skip


async def facts_in_body(request: Request) -> RequestBody:
    """Return the facts in the body."""
    async with away_from_slot():
        return await body_of(request, facts_in)


class CheckRequest(NamedTuple):
    """A check to be made: the time for which the change is shown, and the page of changes."""

    valid_at: str | None
    page: Page


def check_request(
    page: ChangesPage,
    *,
    check: Annotated[bool, Query(description="`true` checks the facts and records nothing.")] = False,
    valid_at: Annotated[
        Moment | None,
        Query(
            description="With `check=true`: the time for which `changes` is shown. By default it is now, or when the "
            "last of the facts takes effect if that is later."
        ),
    ] = None,
    request: Request,
) -> CheckRequest | None:
    """Return the check that a request asks for; ``None`` if it is to record. Raises a ``Problem``."""
    if check:
        return CheckRequest(valid_at, page)
    if names := [name for name in ("valid_at", "cursor") if name in request.query_params]:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter=name, detail="needs check=true") for name in names])
    return None


@router.post(
    "/coalitions/{coalition}/events",
    operation_id="record_facts",
    status_code=201,
    response_model=RecordedEvents,
    responses={
        200: {"model": Check, "description": "What would be recorded, with `check=true`; nothing is."},
        201: {"headers": RECORDED_HEADERS},
        **problem_responses(*WRITE_PROBLEMS),
    },
)
async def record_facts(
    *,
    request: Request,
    coalition: str,
    recorded_by: Writer,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
    asked: Annotated[CheckRequest | None, Depends(check_request)],
) -> Response:
    """Record one fact, or a list of up to 1,000, all or none. The first fact of a new coalition is CoalitionFormed.

    The answer follows when the events are on the disk; its ETag is the stream's sequence. `warnings` tells what is
    surprising about them. With `check=true` nothing is recorded: the answer has what would be (200).
    """
    body = await facts_in_body(request)
    if asked is not None:
        return await check(request, coalition, recorded_by, body, if_match=if_match, asked=asked)
    return await record(request, coalition, recorded_by, body, idempotency_key=idempotency_key, if_match=if_match)


async def check(
    request: Request, coalition: str, recorded_by: str, body: RequestBody, *, if_match: str | None, asked: CheckRequest
) -> Response:
    """Answer what would become of facts if they were recorded now. Raises a ``Problem``."""
    ledger = services(request).ledger
    _slug(coalition)

    def checked() -> Check:
        expected = None if if_match is None else expected_sequence(if_match, lambda: _sequence(ledger, coalition))
        facts = facts_of_request(body)
        return check_facts(
            services(request), coalition, facts, recorded_by, pointer_of=body.pointer, if_match=expected,
            valid_at=asked.valid_at, page=asked.page,
        )  # fmt: skip

    try:
        found = await run_in_threadpool(checked)
    except StaleMatch as stale:
        raise not_matched(stale, "coalition") from None
    headers = {"ETag": f'"{found.sequence}"', "Cache-Control": "no-store"}
    return Response(_check_json(found), media_type="application/json", headers=headers)


def _check_json(check: Check) -> bytes:
    return b'{"coalition":%b,"sequence":%d,"events":[%b],"refusals":%b,"warnings":%b,"changes":%b}' % (
        json_of(str, check.coalition), check.sequence, b",".join(map(event_json, check.events)),
        json_of(list[Refusal], check.refusals), json_of(list[WarningItem], check.warnings),
        json_of(Difference | None, check.changes),
    )  # fmt: skip


async def record(
    request: Request,
    coalition: str,
    recorded_by: str,
    body: RequestBody,
    *,
    idempotency_key: str | None,
    if_match: str | None,
    origins: Mapping[str, ProposalOrigin] | None = None,
) -> Response:
    """Record facts and answer when they are on the disk; ``origins`` say by event id where facts were proposed.

    Raises a ``Problem``.
    """
    ledger = services(request).ledger
    _slug(coalition)
    facts = (
        facts_of_request(body) if body.is_small else await to_thread.run_sync(facts_of_request, body, limiter=_LISTS)
    )
    key, expected = key_in(request, idempotency_key), None
    if if_match is not None:
        expected = await run_in_threadpool(expected_sequence, if_match, lambda: _sequence(ledger, coalition))
    try:
        recording = await wrap_future(
            ledger.submit(
                coalition,
                facts,
                recorded_by=recorded_by,
                idempotency_key=key,
                if_match=expected,
                proposed=[origins.get(fact.event_id) for fact in facts] if origins else (),
            )
        )
    except Refused as refused:
        broken = refused
        faults = await run_in_threadpool(lambda: _faults(broken, body, _history(ledger, coalition)))
        raise Problem(RULE_BROKEN, faults=faults) from None
    except StaleMatch as stale:
        raise not_matched(stale, "coalition") from None
    return _created(coalition, recording, await _warnings(ledger, coalition, recording, body))


async def _warnings(ledger: Ledger, coalition: str, recording: Recording, body: RequestBody) -> bytes:
    """Return what the recorded facts give rise to, as JSON: always the same, as of the last of them.

    It is worked out here and now if that takes no longer than to change the thread.
    """
    last = recording.last_sequence
    history = ledger.history_in_memory(coalition, last)
    if history is not None and body.is_small and is_at_hand(event_index_of(history), last):
        return _warnings_in(history, recording, body)
    return await to_thread.run_sync(
        lambda: _warnings_in(history or ledger.history(coalition), recording, body), limiter=_LISTS
    )


def recorded_answer(request: Request, coalition: str, recording: Recording) -> Response:
    """The answer to facts that were recorded as a list, with what is surprising about them."""
    history = services(request).ledger.history(coalition)
    first, last = recording.first_sequence, recording.last_sequence
    body = RequestBody([None] * (last - first + 1), [], is_list=True)
    return _created(coalition, recording, _warnings_in(history, recording, body))


def _warnings_in(history: History, recording: Recording, body: RequestBody) -> bytes:
    first, last = recording.first_sequence, recording.last_sequence
    view = history.view(BEFORE_TIME_US, FOREVER_US, "recorded", last)
    told = warnings_from(history.events[first - 1 : last], view, event_index_of(history))
    items = [replace(item, pointer=body.pointer(place, item.pointer)) for place, item in told]
    return json_of(list[WarningItem], items)


def _created(coalition: str, recording: Recording, warnings: bytes) -> Response:
    headers = {"ETag": f'"{recording.last_sequence}"', "Accept-Post": ACCEPT_POST, "Cache-Control": "no-store"}
    if len(recording.events) == 1:
        headers["Location"] = f"/coalitions/{coalition}/events/{orjson.loads(recording.events[0])['event_id']}"
    if recording.is_repeat:
        headers["Idempotency-Replayed"] = "true"
    content = b'{"events":[%b],"warnings":%b}' % (b",".join(recording.events), warnings)
    return Response(content, status_code=201, media_type="application/json", headers=headers)


def _faults(refused: Refused, body: RequestBody, history: History | None) -> list[Fault]:
    return [
        Fault(
            pointer=body.pointer(violation.index, violation.broken.field),
            detail=detail_of(violation.broken, history),
            rule=violation.broken.rule, collides_with=violation.broken.collides_with,
        )
        for violation in refused.violations
    ]  # fmt: skip


def _slug(coalition: str) -> None:
    if not re.fullmatch(SLUG, coalition):
        detail = "a coalition's slug has up to 100 lower-case letters and digits, with - _ . inside"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="coalition", detail=detail)])


def _sequence(ledger: Ledger, coalition: str) -> int:
    history = _history(ledger, coalition)
    return 0 if history is None else history.sequence


def _history(ledger: Ledger, coalition: str) -> History | None:
    try:
        return ledger.history(coalition)
    except UnknownCoalition:
        return None
