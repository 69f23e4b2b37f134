"""The record over HTTP: pages of events with filters, and one event by its id."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.access import deciding_headers
from api.http.answers import JSON, acceptable, json_of
from api.http.bodies import LINES
from api.http.problem_answers import problem_responses
from api.http.problems import NOT_FOUND, Problem
from api.routes.addresses import ANY_READ, COALITION, ReadRouter
from api.routes.item_filters import Attribution, ReliabilityAtLeast
from api.routes.paging import basis_parameters, next_link
from api.routes.parameters import AsOfQuery, RecordedHistory, RequestedHistory, basis_of, read_history, time_in, view_at
from api.services import services
from domain.events import FACTS, event_json
from domain.ledger import UnreadableScenario
from domain.times import YEAR_LAST
from projections.log import EventFilter, EventPage, OneEvent, one_event, page_of

router = ReadRouter()

NDJSON = LINES[0]

LINES_A_CHUNK = 500

ALWAYS = str(YEAR_LAST)
"""The record also has facts that are yet to take effect: all are shown unless another time is requested."""


@router.get(
    COALITION + "/export",
    operation_id="export_coalition",
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string", "description": "A header, then one event a line."}}}},
        **problem_responses(*ANY_READ),
    },
)
def export_coalition(request: Request, recorded: RecordedHistory) -> StreamingResponse:
    """The whole record with its scenarios, each event as stored, for `coalition restore`. Keys are left out."""
    media_type = acceptable(request, *LINES)
    ledger = services(request).ledger
    scenarios = services(request).scenarios
    for one in scenarios.all(recorded.coalition):
        if isinstance(one, UnreadableScenario):
            raise one.failure
    headers = {"Cache-Control": "no-store", "Vary": f"Accept, {deciding_headers(request)}"}
    return StreamingResponse(_in_chunks(ledger.export(recorded.coalition)), media_type=media_type, headers=headers)


def _in_chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Join many lines: each chunk is a step for the server."""
    while chunk := b"".join(islice(lines, LINES_A_CHUNK)):
        yield chunk


FactType = Literal[tuple(FACTS)]  # type: ignore[valid-type]


@dataclass(slots=True, frozen=True)
class Filters:
    """The filters of the record."""

    wanted: EventFilter
    after: int
    limit: int


def filters(
    *,
    type: Annotated[
        list[FactType] | None,  # type: ignore[valid-type]
        Query(description="Types of fact; may be repeated."),
    ] = None,
    about: Annotated[str | None, Query(description="kind:id, as `pledge:gbr-ground`.", min_length=1)] = None,
    actor: Annotated[str | None, Query(description="An actor named in the fact, in any role.", min_length=1)] = None,
    publisher: Annotated[str | None, Query(description="The publisher of one of its sources.", min_length=1)] = None,
    locator: Annotated[str | None, Query(description="The locator of one of its sources.", min_length=1)] = None,
    recorded_by: Annotated[str | None, Query(description="The name of the key that recorded it.", min_length=1)] = None,
    effective_from: Annotated[str | None, Query(description="Effective at that time or later.")] = None,
    effective_to: Annotated[str | None, Query(description="Effective at that time or earlier.")] = None,
    recorded_from: Annotated[str | None, Query(description="Recorded at that time or later.")] = None,
    recorded_to: Annotated[str | None, Query(description="Recorded at that time or earlier.")] = None,
    attribution: Attribution = None,
    reliability_at_least: ReliabilityAtLeast = None,
    cursor: Annotated[
        str | None, Query(description="From the `next` link of the previous page.", pattern=r"^[0-9]{1,15}$")
    ] = None,
    limit: Annotated[int, Query(description="Events a page.", ge=1, le=1000)] = 100,
) -> Filters:
    """Return the filters of a request."""
    wanted = EventFilter(
        tuple(type or ()), about, actor, publisher, locator, recorded_by,
        None if effective_from is None else time_in("effective_from", effective_from)[0],
        None if effective_to is None else time_in("effective_to", effective_to)[1],
        None if recorded_from is None else time_in("recorded_from", recorded_from)[0],
        None if recorded_to is None else time_in("recorded_to", recorded_to)[1],
        tuple(attribution or ()), reliability_at_least,
    )  # fmt: skip
    return Filters(wanted, int(cursor or 0), limit)


@router.read(
    "/events",
    "list_events",
    EventPage,
    responses={
        200: {
            "content": {NDJSON: {"schema": {"type": "string", "description": "One event a line."}}},
            "headers": {"Link": {"description": "The next page.", "schema": {"type": "string"}}},
        },
    },
)
def list_events(
    request: Request, history: RequestedHistory, asked: AsOfQuery, given: Annotated[Filters, Depends(filters)]
) -> Response:
    """The record in the order of `sequence`, filtered, in pages, as JSON or (with Accept) as NDJSON."""
    media_type = acceptable(request, JSON, *LINES)
    asked = replace(asked, valid_at=ALWAYS if asked.valid_at is None else asked.valid_at)
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        page = page_of(read_history(request, history, basis), basis, given.wanted, given.after, given.limit)
        if media_type in LINES:
            return AnswerContent(b"".join(event_json(event) + b"\n" for event in page.items), page.next_after)
        items = b",".join(event_json(event) for event in page.items)
        rest = json_of(EventPage, EventPage([], page.basis, page.next_after))
        return AnswerContent(rest.replace(b'{"items":[]', b'{"items":[' + items + b"]", 1), page.next_after)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        media_type=media_type, link=lambda next_after: next_link(request, basis_parameters(basis), next_after),
    )  # fmt: skip


@router.read("/events/{event_id}", "read_event", OneEvent, NOT_FOUND)
def read_event(request: Request, history: RequestedHistory, asked: AsOfQuery, event_id: str) -> Response:
    """One event as recorded, and the events that corrected or retracted it, or added sources to it."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        found = one_event(event_id.lower(), view_at(request, history, basis), basis)
        if found is None:
            raise Problem(NOT_FOUND, f"no event {event_id} was known")
        return AnswerContent(json_of(OneEvent, found))

    return answer_question(request, history, [BasisPoint(asked, basis)], make)
