"""Warnings over HTTP: all that hold as of a basis, in pages; those that a request gives rise to are in its answer."""

from typing import Annotated

from fastapi import Depends, Query, Request, Response

from api.answer_cache import AnswerContent, BasisPoint, answer_question
from api.http.answers import json_of
from api.routes.addresses import ReadRouter
from api.routes.paging import LINKED, ItemsPage, basis_parameters, next_link
from api.routes.parameters import AsOfQuery, RequestedHistory, basis_of, view_at
from api.work_slots import need_slot
from domain.vocabulary import WarningName
from projections.lists import Items
from projections.warnings.warnings import WantedWarnings, WarningItem, stretch_of_warnings, warnings_of

router = ReadRouter()


def wanted_warnings(
    *,
    warning: Annotated[list[WarningName] | None, Query(description="Names of warnings; may be repeated.")] = None,
    thing: Annotated[
        str | None,
        Query(description="Warnings about facts on one thing, as kind:id: `pledge:gbr-ground`.", min_length=1),
    ] = None,
    dismissed: Annotated[bool, Query(description="`true` lists dismissed ones as well.")] = False,
) -> WantedWarnings:
    """Return which warnings a request asks for."""
    return WantedWarnings(tuple(warning or ()), thing, dismissed)


@router.read("/warnings", "list_warnings", Items[WarningItem], responses=LINKED)
def list_warnings(
    request: Request,
    history: RequestedHistory,
    asked: AsOfQuery,
    wanted: Annotated[WantedWarnings, Depends(wanted_warnings)],
    page: ItemsPage,
) -> Response:
    """What is on record and surprising, as of a basis, in the order of the events that it is about, in pages."""
    basis = basis_of(request, asked, history)

    def make() -> AnswerContent:
        need_slot()
        found = warnings_of(view_at(request, history, basis), basis, wanted, page)
        return AnswerContent(json_of(Items[WarningItem], found), found.next_cursor)

    return answer_question(
        request, history, [BasisPoint(asked, basis)], make, depends_on=(stretch_of_warnings(history, basis),),
        link=lambda cursor: next_link(request, basis_parameters(basis), cursor),
    )  # fmt: skip
