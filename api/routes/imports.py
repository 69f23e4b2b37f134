"""``POST /coalitions/{coalition}/imports``: what importing a sheet would record; nothing is recorded.

The facts of the answer are recorded as any others, at ``/coalitions/{coalition}/events``.
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.http.access import Writer
from api.http.answers import json_of
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BAD_PARAMETER,
    BUSY,
    MALFORMED_BODY,
    READING_STORE,
    TOO_LARGE,
    TOO_MANY_REQUESTS,
    TOOK_TOO_LONG,
    UNAUTHORIZED,
    UNREADABLE_RECORD,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
)
from api.http.uploads import Upload, upload_in
from api.imports import Import, ImportCheck, check_of
from api.routes.parameters import only_known_parameters
from api.routes.slots import SlottedRoute
from api.services import services
from api.sheets.mapping import UnreadableMapping, mapping_in
from api.work_slots import away_from_slot, need_slot
from domain.history.history import History
from domain.ledger import UnknownCoalition
from domain.times import period
from domain.vocabulary import SLUG

router = APIRouter(route_class=SlottedRoute, tags=["record"], dependencies=[Depends(only_known_parameters)])

FILES, TEXTS = ("sheet", "mapping"), ("changed", "as_of")
_PROBLEMS = (
    MALFORMED_BODY, UNAUTHORIZED, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION, BAD_PARAMETER, UNREADABLE_RECORD,
    *READING_STORE, TOO_MANY_REQUESTS, TOOK_TOO_LONG, BUSY,
)  # fmt: skip


async def sent_sheet(request: Request) -> Upload:
    """Return the fields of the form."""
    async with away_from_slot():
        return await upload_in(request, FILES, TEXTS)


@router.post(
    "/coalitions/{coalition}/imports",
    operation_id="check_import",
    response_model=ImportCheck,
    responses=problem_responses(*_PROBLEMS),
)
def check_import(
    request: Request, coalition: str, recorded_by: Writer, sent: Annotated[Upload, Depends(sent_sheet)]
) -> Response:
    """Say what importing a sheet would record, by comparing its rows with the record. Nothing is recorded.

    Faults of cells, refusals and warnings name the row. To import, record the facts of the answer in their order, up to
    1,000 at a time; if that is cut off, ask again and go on: what is on record is left out.
    """
    need_slot()
    asked = import_in(sent)
    check = check_of(coalition, asked, history_to_compare(request, coalition))
    return Response(json_of(ImportCheck, check), media_type="application/json", headers={"Cache-Control": "no-store"})


def import_in(sent: Upload) -> Import:
    """Return the sheet and the mapping that were sent. Raises a ``Problem`` that names the field."""
    for name in FILES:
        if name not in sent.files:
            raise Problem(VALIDATION, faults=[Fault(pointer=f"/{name}", detail=f"send the {name} as a file")])
    mapping = sent.files["mapping"]
    try:
        text = mapping.content.decode("utf-8-sig")
        read = mapping_in(text, mapping.name or "the mapping")
    except UnicodeDecodeError:
        raise Problem(VALIDATION, faults=[Fault(pointer="/mapping", detail="the mapping is not UTF-8")]) from None
    except UnreadableMapping as error:
        raise Problem(VALIDATION, faults=[Fault(pointer="/mapping", detail=str(error))]) from None
    return Import(sent.files["sheet"].content, read, _decision(sent), _as_of(sent))


def _decision(sent: Upload) -> Any:
    changed = sent.texts.get("changed")
    if changed not in (None, "amend", "correct"):
        detail = "choose amend (the world has changed) or correct (the sheet was wrong)"
        raise Problem(VALIDATION, faults=[Fault(pointer="/changed", detail=detail)])
    return changed


def _as_of(sent: Upload) -> str | None:
    as_of = sent.texts.get("as_of")
    try:
        if as_of is not None:
            period(as_of)
    except ValueError as error:
        raise Problem(VALIDATION, faults=[Fault(pointer="/as_of", detail=str(error))]) from None
    return as_of


def history_to_compare(request: Request, coalition: str) -> History | None:
    """Return the record; ``None`` if the coalition is not on record yet."""
    if not re.fullmatch(SLUG, coalition):
        detail = "a coalition's slug has up to 100 lower-case letters and digits, with - _ . inside"
        raise Problem(BAD_PARAMETER, faults=[Fault(parameter="coalition", detail=detail)])
    try:
        return services(request).ledger.history(coalition)
    except UnknownCoalition:
        return None
