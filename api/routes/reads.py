"""The reads: questions as of ``valid_at``, ``known_at``, ``known_axis`` and ``sequence``, answers with their basis.

Each is there for a coalition and, by the same code, for each of its scenarios: what differs is the history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.http.access import deciding_headers, reader
from api.http.answers import JSON, acceptable, answered, json_of
from api.http.bodies import LINES
from api.http.problems import (
    BAD_PARAMETER,
    BUSY,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    NOT_YET_CAUGHT_UP,
    SCENARIO_CONFLICT,
    TIMEOUT,
    TOOK_TOO_LONG,
    UNAUTHORIZED,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    UNREADABLE_RECORD,
    Fault,
    Problem,
    ProblemSummary,
    ProblemType,
    documented,
    summary,
)
from api.routes.parameters import (
    Asked,
    Definitions,
    KnownAt,
    KnownAxis,
    Recorded,
    Seen,
    Sequence,
    basis_of,
    named_scenario,
    only_known_parameters,
    time_in,
)
from domain.events import FACTS, event_json
from domain.ledger import CoalitionListed, Ledger, Scenarios, UnreadableScenario
from domain.times import YEAR_LAST
from projections.asof import AsOf, view_of
from projections.coalition import CoalitionItem, coalition_of
from projections.difference import Difference, difference_of
from projections.lists import Items, ItemWithHistory, MemberItem, PledgeItem, item_of, items_of
from projections.log import EventPage, OneEvent, Wanted, one_event, page_of
from projections.picture.picture import (
    BasingItem,
    ConditionItem,
    CountItem,
    MeetingItem,
    Picture,
    RequirementItem,
    StanceItem,
    StatementItem,
    picture_of,
)
from projections.pointers import NoSuchFigure
from projections.timeline import Timeline, timeline_of
from projections.what_if.changed_history import ChangedHistory
from projections.why import Why, why

ANY_READ = (
    UNAUTHORIZED, UNKNOWN_COALITION, NOT_ACCEPTABLE, BAD_PARAMETER, UNREADABLE_RECORD, NOT_YET_CAUGHT_UP, TIMEOUT,
)  # fmt: skip
OF_SCENARIO = (UNKNOWN_SCENARIO, SCENARIO_CONFLICT, TOOK_TOO_LONG, BUSY)
_PROBLEMS_OF_ALL = documented(UNAUTHORIZED, NOT_ACCEPTABLE, BAD_PARAMETER, TIMEOUT)
NDJSON = LINES[0]
LINES_A_CHUNK = 500
ALWAYS = str(YEAR_LAST)
"""The record holds what has yet to take effect, too: unless another time is asked for, all of it is shown."""

COALITION = "/coalitions/{coalition}"
SCENARIO = COALITION + "/scenarios/{scenario}"

router = APIRouter(tags=["read"], dependencies=[Depends(reader), Depends(only_known_parameters)])
READS: dict[str, Callable[..., Response]] = {}
"""Every read of one history, by the end of its address."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Response])


def read(
    path: str, name: str, answer_type: Any, *may_be: ProblemType, of_scenario: str | None = None, **more: Any
) -> Callable[[Endpoint], Endpoint]:
    """Have a function answer for a coalition, and for a scenario at the same end of the scenario's own address."""

    def add(endpoint: Endpoint) -> Endpoint:
        READS[path] = endpoint
        for start, whose, dependencies, problems in (
            (COALITION, name, [], ANY_READ),
            (SCENARIO, name.replace("_", "_scenario_", 1), [Depends(named_scenario)], (*ANY_READ, *OF_SCENARIO)),
        ):
            responses = documented(*problems, *may_be) | more.get("responses", {})
            end = of_scenario if of_scenario is not None and start is SCENARIO else path
            router.get(
                start + end, operation_id=whose, response_model=answer_type, responses=responses,
                dependencies=dependencies,
            )(endpoint)  # fmt: skip
        return endpoint

    return add


@dataclass(slots=True)
class ListedCoalition:
    """A coalition on record: its slug, its name by now, and the length of its stream."""

    coalition: str
    name: str
    sequence: int


@dataclass(slots=True)
class UnreadableCoalition:
    """A coalition on record that cannot be read here, the length of its stream, and the problem that each read of it
    is answered with."""

    coalition: str
    sequence: int
    problem: ProblemSummary


@dataclass(slots=True)
class Coalitions:
    """Every coalition on record."""

    coalitions: list[ListedCoalition | UnreadableCoalition]


@router.get("/coalitions", operation_id="list_coalitions", response_model=Coalitions, responses=_PROBLEMS_OF_ALL)
def list_coalitions(request: Request) -> Response:
    """Every coalition, with its name by now and the length of its stream."""
    return answered(request, json_of(Coalitions, Coalitions(coalitions_on_record(request))))


def coalitions_on_record(request: Request) -> list[ListedCoalition | UnreadableCoalition]:
    """Every coalition as it is listed; one that cannot be read keeps its place among the others."""
    ledger: Ledger = request.app.state.ledger
    return [
        ListedCoalition(*one)
        if isinstance(one, CoalitionListed)
        else UnreadableCoalition(one.coalition, one.sequence, summary(UNREADABLE_RECORD, str(one.failure)))
        for one in ledger.coalitions()
    ]


@read("", "read_coalition", CoalitionItem, of_scenario="/coalition")
def read_coalition(request: Request, history: Seen, asked: Asked) -> Response:
    """The coalition itself; the ETag is the stream's sequence, for If-Match."""
    basis = basis_of(request, asked, history)
    content = json_of(CoalitionItem, coalition_of(view_of(history, basis), basis))
    is_the_record = asked == AsOf() and not isinstance(history, ChangedHistory)
    return answered(request, content, asked, etag=f'"{basis.sequence}"' if is_the_record else None)


@router.get(
    COALITION + "/picture", operation_id="read_picture", response_model=Picture, responses=documented(*ANY_READ)
)
def read_picture(request: Request, history: Seen, asked: Asked) -> Response:
    """The force picture: size, basing, the key partner's role, conditions, stances, meetings and counts."""
    basis = basis_of(request, asked, history)
    return answered(request, json_of(Picture, picture_of(view_of(history, basis), basis)), asked)


@read("/timeline", "read_timeline", Timeline)
def read_timeline(
    request: Request,
    history: Seen,
    asked: Asked,
    from_: Annotated[str | None, Query(alias="from", description="Default: when the coalition was formed.")] = None,
    to: Annotated[str | None, Query(description="Default: `valid_at`, or else now.")] = None,
) -> Response:
    """The size figures at every change between two dates, as known by one basis, and the events behind each."""
    asked = asked if to is None else replace(asked, valid_at=to)
    basis = basis_of(request, asked, history, None if to is None else {"valid_at": "to"})
    view = view_of(history, basis)
    if from_ is None:
        from_ = coalition_of(view, basis).formed_at or basis.valid_at
    from_us, to_us = time_in("from", from_)[0], view.valid_us
    if from_us > to_us:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="from", detail="from is later than to")])
    return answered(request, json_of(Timeline, timeline_of(view, basis, from_us, to_us)), asked)


@read("/diff", "read_difference", Difference)
def read_difference(
    *,
    request: Request,
    history: Seen,
    from_valid_at: Annotated[
        str | None, Query(description="The earlier point on the valid axis. Default: now.")
    ] = None,
    from_known_at: KnownAt = None,
    to_valid_at: Annotated[str | None, Query(description="The later point on the valid axis. Default: now.")] = None,
    to_known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    from_sequence: Sequence = None,
    to_sequence: Sequence = None,
    sequence: Sequence = None,
    definitions: Definitions = None,
) -> Response:
    """What changed between two points, and through which events. `sequence` is for both, unless one has its own."""
    one = AsOf(from_valid_at, from_known_at, known_axis, _either(from_sequence, sequence), definitions)
    other = AsOf(to_valid_at, to_known_at, known_axis, _either(to_sequence, sequence), definitions)
    before = basis_of(request, one, history, _named("from", from_sequence))
    after = basis_of(request, other, history, _named("to", to_sequence))
    difference = difference_of((view_of(history, before), before), (view_of(history, after), after))
    return answered(request, json_of(Difference, difference), one if other.is_whole else other)


def _either(own: int | None, of_both: int | None) -> int | None:
    return of_both if own is None else own


def _named(side: str, sequence: int | None) -> dict[str, str]:
    """What the parameters of one side of a difference are called."""
    names = {name: f"{side}_{name}" for name in ("valid_at", "known_at")}
    return names if sequence is None else names | {"sequence": f"{side}_sequence"}


@read("/why", "read_why", Why, NOT_FOUND)
def read_why(
    request: Request,
    history: Seen,
    asked: Asked,
    figure: Annotated[
        str,
        Query(
            description="A JSON pointer into the picture; a list's item by position or by name.",
            examples=["/size/available/max"],
        ),
    ],
) -> Response:
    """What a figure is made of: the pledges that it is the sum of, and the events that it rests on."""
    basis = basis_of(request, asked, history)
    try:
        answer = why(figure, view_of(history, basis), basis)
    except NoSuchFigure as error:
        raise Problem(NOT_FOUND, faults=[Fault(parameter="figure", detail=error.detail)]) from None
    return answered(request, json_of(Why, answer), asked)


def _add_list(kind: str, item_type: Any, what: str) -> None:
    """Two routes for one kind: all of them, and one with its history."""

    def read_all(request: Request, history: Seen, asked: Asked) -> Response:
        basis = basis_of(request, asked, history)
        return answered(request, json_of(Items[item_type], items_of(kind, view_of(history, basis), basis)), asked)

    def read_one(request: Request, history: Seen, asked: Asked, name: str) -> Response:
        basis = basis_of(request, asked, history)
        found = item_of(kind, name, view_of(history, basis), basis)
        if found is None:
            raise Problem(NOT_FOUND, f"nothing called {name} was known among the {kind}")
        return answered(request, json_of(ItemWithHistory[item_type], found), asked)

    read_all.__doc__ = f"{what}, as of a basis."
    read_one.__doc__ = f"One of the {kind}, with every event about it."
    read(f"/{kind}", f"list_{kind}", Items[item_type])(read_all)
    read(f"/{kind}/{{name}}", f"read_{kind}_item", ItemWithHistory[item_type], NOT_FOUND)(read_one)


_add_list("pledges", PledgeItem, "Every pledge that was made, those that are over included")
_add_list("requirements", RequirementItem, "Every requirement that was stated")
_add_list("conditions", ConditionItem, "Every condition, whether it holds, and what it holds back")
_add_list("basing", BasingItem, "Every place or zone where the force may, or may not, stand")
_add_list("meetings", MeetingItem, "Every meeting, with who sat there and who did not")
_add_list("members", MemberItem, "Every membership")
_add_list("stances", StanceItem, "How far each actor would go")
_add_list("statements", StatementItem, "Every statement")
_add_list("counts", CountItem, "What sources count, beside what the record can name")


@router.get(
    COALITION + "/export",
    operation_id="export_coalition",
    response_class=StreamingResponse,
    responses={
        200: {"content": {NDJSON: {"schema": {"type": "string", "description": "A header, then one event a line."}}}},
        **documented(*ANY_READ),
    },
)
def export_coalition(request: Request, recorded: Recorded) -> StreamingResponse:
    """The whole record with its scenarios, each event as it is stored, for `coalition restore`; keys are left out."""
    media_type = acceptable(request, *LINES)
    ledger: Ledger = request.app.state.ledger
    scenarios: Scenarios = request.app.state.scenarios
    for one in scenarios.all(recorded.coalition):
        if isinstance(one, UnreadableScenario):
            raise one.failure
    headers = {"Cache-Control": "no-store", "Vary": f"Accept, {deciding_headers(request)}"}
    return StreamingResponse(_in_chunks(ledger.export(recorded.coalition)), media_type=media_type, headers=headers)


def _in_chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Many lines at once: each chunk is a step for the server."""
    while chunk := b"".join(islice(lines, LINES_A_CHUNK)):
        yield chunk


FactType = Literal[tuple(FACTS)]  # type: ignore[valid-type]


@dataclass(slots=True, frozen=True)
class Filters:
    """The filters of the record."""

    wanted: Wanted
    after: int
    limit: int


def filters(
    *,
    type: Annotated[
        list[FactType] | None,  # type: ignore[valid-type]
        Query(description="Types of fact; may be repeated."),
    ] = None,
    about: Annotated[str | None, Query(description="kind:id, as `pledge:gbr-ground`.", min_length=1)] = None,
    actor: Annotated[str | None, Query(description="Named in the fact, in any role.", min_length=1)] = None,
    publisher: Annotated[str | None, Query(description="Publisher of one of its sources.", min_length=1)] = None,
    locator: Annotated[str | None, Query(description="Locator of one of its sources.", min_length=1)] = None,
    recorded_by: Annotated[str | None, Query(description="Name of the key that recorded it.", min_length=1)] = None,
    effective_from: Annotated[str | None, Query(description="Effective then or later.")] = None,
    effective_to: Annotated[str | None, Query(description="Effective by then.")] = None,
    recorded_from: Annotated[str | None, Query(description="Recorded then or later.")] = None,
    recorded_to: Annotated[str | None, Query(description="Recorded by then.")] = None,
    cursor: Annotated[
        str | None, Query(description="From the `next` link of the page before.", pattern=r"^\d{1,15}$")
    ] = None,
    limit: Annotated[int, Query(description="Events a page.", ge=1, le=1000)] = 100,
) -> Filters:
    """The filters that a request gives."""
    wanted = Wanted(
        tuple(type or ()), about, actor, publisher, locator, recorded_by,
        None if effective_from is None else time_in("effective_from", effective_from)[0],
        None if effective_to is None else time_in("effective_to", effective_to)[1],
        None if recorded_from is None else time_in("recorded_from", recorded_from)[0],
        None if recorded_to is None else time_in("recorded_to", recorded_to)[1],
    )  # fmt: skip
    return Filters(wanted, int(cursor or 0), limit)


@read(
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
def list_events(request: Request, history: Seen, asked: Asked, given: Annotated[Filters, Depends(filters)]) -> Response:
    """The record itself, in the order of `sequence`: filtered, in pages, as JSON or, by Accept, as NDJSON."""
    media_type = acceptable(request, JSON, *LINES)
    asked = replace(asked, valid_at=ALWAYS if asked.valid_at is None else asked.valid_at)
    basis = basis_of(request, asked, history)
    view = view_of(history, basis)
    page = page_of(view, basis, given.wanted.effective_by(view.valid_us), given.after, given.limit)
    link = _next_link(request, page)
    if media_type in LINES:
        lines = b"".join(event_json(event) + b"\n" for event in page.items)
        return answered(request, lines, asked, media_type=media_type, link=link)
    items = b",".join(event_json(event) for event in page.items)
    rest = json_of(EventPage, EventPage([], page.basis, page.next_after))
    return answered(request, rest.replace(b'{"items":[]', b'{"items":[' + items + b"]", 1), asked, link=link)


def _next_link(request: Request, page: EventPage) -> str | None:
    """The next page of the same basis: what is recorded meanwhile does not shift it."""
    if page.next_after is None:
        return None
    fixed = {
        name: getattr(page.basis, name) for name in ("valid_at", "known_at", "known_axis", "sequence", "definitions")
    }
    query = request.query_params.multi_items()
    kept = [(name, value) for name, value in query if name not in (*fixed, "cursor", "min_sequence")]
    return f'<{request.url.path}?{urlencode([*kept, *fixed.items(), ("cursor", page.next_after)])}>; rel="next"'


@read("/events/{event_id}", "read_event", OneEvent, NOT_FOUND)
def read_event(request: Request, history: Seen, asked: Asked, event_id: str) -> Response:
    """One event as recorded, and the events that corrected or retracted it, or added sources to it."""
    basis = basis_of(request, asked, history)
    found = one_event(event_id.lower(), view_of(history, basis), basis)
    if found is None:
        raise Problem(NOT_FOUND, f"no event {event_id} was known")
    return answered(request, json_of(OneEvent, found), asked)
