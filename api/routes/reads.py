"""The reads: questions as of ``valid_at``, ``known_at``, ``known_axis`` and ``sequence``, answers with their basis.

Each is there for a coalition and, by the same code, for each of its scenarios: what differs is the history."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.http.answers import answered, json_of
from api.http.problem_answers import documented
from api.http.problems import (
    BAD_PARAMETER,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    TIMEOUT,
    UNAUTHORIZED,
    UNREADABLE_RECORD,
    Fault,
    Problem,
    ProblemSummary,
    summary,
)
from api.routes.addresses import ANY_READ, COALITION, ReadRouter
from api.routes.parameters import (
    AsOfQuery,
    Definitions,
    KnownAt,
    KnownAxis,
    RequestedHistory,
    Sequence,
    basis_of,
    time_in,
)
from domain.ledger import CoalitionSummary, Ledger
from projections.asof import AsOf, view_of
from projections.coalition import CoalitionItem, coalition_of
from projections.difference import Difference, difference_of
from projections.lists import LISTS, Items, ItemWithHistory, item_of, items_of
from projections.picture.picture import Picture, picture_of
from projections.pointers import NoSuchFigure
from projections.timeline import Timeline, timeline_of
from projections.what_if.changed_history import ChangedHistory
from projections.why import Why, why

router = ReadRouter()

_PROBLEMS_OF_ALL = documented(UNAUTHORIZED, NOT_ACCEPTABLE, BAD_PARAMETER, TIMEOUT)


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
        if isinstance(one, CoalitionSummary)
        else UnreadableCoalition(one.coalition, one.sequence, summary(UNREADABLE_RECORD, str(one.failure)))
        for one in ledger.coalitions()
    ]


@router.read("", "read_coalition", CoalitionItem, of_scenario="/coalition")
def read_coalition(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Response:
    """The coalition itself; the ETag is the stream's sequence, for If-Match."""
    basis = basis_of(request, asked, history)
    content = json_of(CoalitionItem, coalition_of(view_of(history, basis), basis))
    is_the_record = asked == AsOf() and not isinstance(history, ChangedHistory)
    return answered(request, content, asked, etag=f'"{basis.sequence}"' if is_the_record else None)


@router.get(
    COALITION + "/picture", operation_id="read_picture", response_model=Picture, responses=documented(*ANY_READ)
)
def read_picture(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Response:
    """The force picture: size, basing, the key partner's role, conditions, stances, meetings and counts."""
    basis = basis_of(request, asked, history)
    return answered(request, json_of(Picture, picture_of(view_of(history, basis), basis)), asked)


@router.read("/timeline", "read_timeline", Timeline)
def read_timeline(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
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


@router.read("/diff", "read_difference", Difference)
def read_difference(
    *,
    request: Request,
    history: RequestedHistory,
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


@router.read("/why", "read_why", Why, NOT_FOUND)
def read_why(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
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

    def read_all(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Response:
        basis = basis_of(request, asked, history)
        return answered(request, json_of(Items[item_type], items_of(kind, view_of(history, basis), basis)), asked)

    def read_one(request: Request, history: RequestedHistory, asked: AsOfQuery, name: str) -> Response:
        basis = basis_of(request, asked, history)
        found = item_of(kind, name, view_of(history, basis), basis)
        if found is None:
            raise Problem(NOT_FOUND, f"nothing called {name} was known among the {kind}")
        return answered(request, json_of(ItemWithHistory[item_type], found), asked)

    read_all.__doc__ = f"{what}, as of a basis."
    read_one.__doc__ = f"One of the {kind}, with every event about it."
    router.read(f"/{kind}", f"list_{kind}", Items[item_type])(read_all)
    router.read(f"/{kind}/{{name}}", f"read_{kind}_item", ItemWithHistory[item_type], NOT_FOUND)(read_one)


SUMMARIES = {
    "pledges": "Every pledge that was made, those that are over included",
    "requirements": "Every requirement that was stated",
    "conditions": "Every condition, whether it holds, and what it holds back",
    "basing": "Every place or zone where the force may, or may not, stand",
    "meetings": "Every meeting, with who sat there and who did not",
    "members": "Every membership",
    "stances": "How far each actor would go",
    "statements": "Every statement",
    "counts": "What sources count, beside what the record can name",
}
"""What each list has (``projections/lists.py``)."""

for _kind, _summary in SUMMARIES.items():
    _add_list(_kind, LISTS[_kind].item_type, _summary)
