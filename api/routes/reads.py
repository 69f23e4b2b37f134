"""The reads: questions as of ``valid_at``, ``known_at``, ``known_axis`` and ``sequence``, answers with their basis.

The same code answers for a coalition and for its scenarios: only the history differs."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.answers import json_of, respond
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BAD_PARAMETER,
    NOT_ACCEPTABLE,
    NOT_FOUND,
    READING_STORE,
    UNAUTHORIZED,
    UNREADABLE_RECORD,
    Fault,
    Problem,
    ProblemSummary,
    summary,
)
from api.routes.addresses import ANY_READ, COALITION, ReadRouter
from api.routes.item_filters import WantedItems
from api.routes.paging import (
    LINKED,
    ChangesPage,
    ExplanationPage,
    ItemsPage,
    basis_parameters,
    difference_parameters,
    next_link,
)
from api.routes.parameters import (
    AsOfQuery,
    Definitions,
    KnownAt,
    KnownAxis,
    RequestedHistory,
    Sequence,
    Without,
    bases_in,
    basis_of,
    time_in,
    view_at,
)
from api.services import services
from api.work_slots import need_slot
from domain.history.history import ReadableHistory
from domain.ledger import CoalitionSummary
from projections.asof import AsOf
from projections.coalition import CoalitionItem, coalition_of
from projections.difference import Difference, difference_of
from projections.lists import LISTS, Items, ItemWithHistory, is_unconfirmed_since, item_of, items_of
from projections.names import Names, names_of
from projections.paging import Page
from projections.picture.items import PledgeItem
from projections.picture.picture import Picture, picture_of
from projections.pointers import NoSuchFigure
from projections.timeline import Timeline, timeline_of
from projections.what_if.changed_history import ChangedHistory
from projections.why import Why, why

router = ReadRouter()

_PROBLEMS_OF_ALL = problem_responses(UNAUTHORIZED, NOT_ACCEPTABLE, BAD_PARAMETER, *READING_STORE)


@dataclass(slots=True)
class ListedCoalition:
    """A coalition on record: its slug, its current name, and the length of its stream."""

    coalition: str
    name: str
    sequence: int


@dataclass(slots=True)
class UnreadableCoalition:
    """A coalition on record that cannot be read here, with the length of its stream, and the problem that every read of
    it answers."""

    coalition: str
    sequence: int
    problem: ProblemSummary


@dataclass(slots=True)
class Coalitions:
    """Every coalition on record."""

    coalitions: list[ListedCoalition | UnreadableCoalition]


@router.get("/coalitions", operation_id="list_coalitions", response_model=Coalitions, responses=_PROBLEMS_OF_ALL)
def list_coalitions(request: Request) -> Response:
    """Every coalition, with its current name and the length of its stream."""
    return respond(request, json_of(Coalitions, Coalitions(coalitions_on_record(request))))


def coalitions_on_record(request: Request) -> list[ListedCoalition | UnreadableCoalition]:
    """Return every coalition as listed; one that cannot be read is listed with the others."""
    ledger = services(request).ledger
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
    is_the_record = asked == AsOf() and not isinstance(history, ChangedHistory)
    return answer_question(
        request, history, [BasisPoint(asked, basis)],
        lambda: AnswerContent(json_of(CoalitionItem, coalition_of(view_at(request, history, basis), basis))),
        etag=f'"{basis.sequence}"' if is_the_record else None, depends_on=(basis.sequence,),
    )  # fmt: skip


@router.get(
    COALITION + "/picture", operation_id="read_picture", response_model=Picture, responses=problem_responses(*ANY_READ)
)
def read_picture(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Response:
    """The force picture: size, basing, the key partner's role, conditions, stances, meetings and reported totals."""
    basis = basis_of(request, asked, history)
    return answer_question(
        request, history, [BasisPoint(asked, basis)],
        lambda: AnswerContent(json_of(Picture, picture_of(view_at(request, history, basis), basis))),
    )  # fmt: skip


@router.read("/names", "read_names", Names)
def read_names(request: Request, history: RequestedHistory, asked: AsOfQuery) -> Response:
    """What people read instead of codes and slugs: names of organisations and groups, and labels of things."""
    basis = basis_of(request, asked, history)
    return answer_question(
        request, history, [BasisPoint(asked, basis)],
        lambda: AnswerContent(json_of(Names, names_of(view_at(request, history, basis), basis))),
    )  # fmt: skip


@router.read("/timeline", "read_timeline", Timeline)
def read_timeline(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
    from_: Annotated[str | None, Query(alias="from", description="Default: the formation of the coalition.")] = None,
    to: Annotated[str | None, Query(description="Default: `valid_at`, or else now.")] = None,
) -> Response:
    """The size figures at every change between two dates, as known on one basis, with the events behind each."""
    asked = asked if to is None else replace(asked, valid_at=to)
    basis = basis_of(request, asked, history, None if to is None else {"valid_at": "to"})
    if from_ is None:
        from_ = coalition_of(view_at(request, history, basis), basis).formed_at or basis.valid_at
    from_us, to_us = time_in("from", from_)[0], time_in("to", basis.valid_at)[1]
    if from_us > to_us:
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="from", detail="from is later than to")])

    def make() -> AnswerContent:
        need_slot()
        return AnswerContent(json_of(Timeline, timeline_of(view_at(request, history, basis), basis, from_us, to_us)))

    return answer_question(request, history, [BasisPoint(asked, basis)], make, depends_on=(from_,))


@router.read("/diff", "read_difference", Difference, responses=LINKED)
def read_difference(
    *,
    request: Request,
    history: RequestedHistory,
    from_valid_at: Annotated[str | None, Query(description="`valid_at` of the earlier point. Default: now.")] = None,
    from_known_at: KnownAt = None,
    to_valid_at: Annotated[str | None, Query(description="`valid_at` of the later point. Default: now.")] = None,
    to_known_at: KnownAt = None,
    known_axis: KnownAxis = None,
    from_sequence: Sequence = None,
    to_sequence: Sequence = None,
    sequence: Sequence = None,
    definitions: Definitions = None,
    without: Without = None,
    page: ChangesPage,
) -> Response:
    """What changed between two points, with the events behind it, in pages. `sequence` is for both, unless one has its
    own."""
    left = bases_in(without)
    one = AsOf(from_valid_at, from_known_at, known_axis, _either(from_sequence, sequence), definitions, left)
    other = AsOf(to_valid_at, to_known_at, known_axis, _either(to_sequence, sequence), definitions, left)
    before = basis_of(request, one, history, _named("from", from_sequence))
    after = basis_of(request, other, history, _named("to", to_sequence))

    def make() -> AnswerContent:
        need_slot()
        sides = (view_at(request, history, before), before), (view_at(request, history, after), after)
        difference = difference_of(*sides, page)
        return AnswerContent(json_of(Difference, difference), difference.next_cursor)

    return answer_question(
        request, history, [BasisPoint(one, before), BasisPoint(other, after)], make,
        link=lambda cursor: next_link(request, difference_parameters(before, after), cursor),
    )  # fmt: skip


def _either(own: int | None, of_both: int | None) -> int | None:
    return of_both if own is None else own


def _named(side: str, sequence: int | None) -> dict[str, str]:
    """What the parameters of one side of a difference are called."""
    names = {name: f"{side}_{name}" for name in ("valid_at", "known_at")}
    return names if sequence is None else names | {"sequence": f"{side}_sequence"}


@router.read("/why", "read_why", Why, NOT_FOUND, responses=LINKED)
def read_why(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
    figure: Annotated[
        str,
        Query(
            description="A JSON pointer into the picture; an item of a list by position or by name.",
            examples=["/size/available/max"],
        ),
    ],
    page: ExplanationPage,
) -> Response:
    """What a figure consists of: the pledges that it is the sum of, and the events that it is based on, in pages."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        try:
            answer = why(figure, view_at(request, history, basis), basis, page)
        except NoSuchFigure as error:
            raise Problem(NOT_FOUND, faults=[Fault(parameter="figure", detail=error.detail)]) from None
        return AnswerContent(json_of(Why, answer), answer.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip


UnconfirmedSince = Annotated[
    str | None,
    Query(
        description="Only pledges in force about which the contributor has said and done nothing since the start of "
        "that day, month, year or instant.",
        examples=["2025-06-01"],
    ),
]


def _list_of_pledges(
    *,
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
    wanted: WantedItems,
    page: ItemsPage,
    unconfirmed_since: UnconfirmedSince = None,
) -> Response:
    since_us = None if unconfirmed_since is None else time_in("unconfirmed_since", unconfirmed_since)[0]

    def is_wanted(item: PledgeItem) -> bool:
        return wanted.lets_through(item) and (since_us is None or is_unconfirmed_since(item, since_us))

    return _answer_list("pledges", PledgeItem, request, history, asked, page=page, is_wanted=is_wanted)


def _answer_list(
    kind: str,
    item_type: Any,
    request: Request,
    history: ReadableHistory,
    asked: AsOf,
    *,
    page: Page,
    is_wanted: Callable[[Any], bool],
) -> Response:
    """Answer with what is wanted of a list."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        found = items_of(kind, view_at(request, history, basis), basis, page, is_wanted)
        return AnswerContent(json_of(Items[item_type], found), found.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make,
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip


def _add_list(kind: str, item_type: Any, what: str) -> None:
    """Add two reads for a kind: of all items, and of one with its history."""

    def read_all(
        request: Request, history: RequestedHistory, asked: AsOfQuery, wanted: WantedItems, page: ItemsPage
    ) -> Response:
        return _answer_list(kind, item_type, request, history, asked, page=page, is_wanted=wanted.lets_through)

    def read_one(
        request: Request,
        history: RequestedHistory,
        asked: AsOfQuery,
        name: str,
        page: ItemsPage,
    ) -> Response:
        basis = basis_of(request, asked, history)

        def make() -> AnswerContent:
            found = item_of(kind, name, view_at(request, history, basis), basis, page)
            if found is None:
                raise Problem(NOT_FOUND, f"no {name} was known among the {kind}")
            return AnswerContent(json_of(ItemWithHistory[item_type], found), found.next_cursor)

        return answer_question(
            request, history, [BasisPoint(asked, basis)], make,
            link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
        )  # fmt: skip

    listed: Any = _list_of_pledges if kind == "pledges" else read_all
    listed.__doc__ = f"{what}, as of a basis, in pages."
    read_one.__doc__ = f"One of the {kind}, with every event about it, in pages."
    router.read(f"/{kind}", f"list_{kind}", Items[item_type], responses=LINKED)(listed)
    one_with_history = ItemWithHistory[item_type]
    router.read(f"/{kind}/{{name}}", f"read_{kind}_item", one_with_history, NOT_FOUND, responses=LINKED)(read_one)


SUMMARIES = {
    "pledges": "Every pledge, also those that have ended",
    "requirements": "Every requirement that was stated",
    "conditions": "Every condition, with its status and the personnel affected",
    "basing": "Every place or zone where the force may or may not be based",
    "meetings": "Every meeting, with its attendance",
    "members": "Every membership",
    "stances": "Every stance: the position of each actor",
    "statements": "Every statement",
    "counts": "Reported totals compared with this record",
}
"""The title of each list (``projections/lists.py``)."""

for _kind, _summary in SUMMARIES.items():
    _add_list(_kind, LISTS[_kind].item_type, _summary)
