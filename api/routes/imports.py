"""``POST /coalitions/{coalition}/imports``: what importing a sheet would record; nothing is recorded.

The facts of the answer are recorded as any others, at ``/coalitions/{coalition}/events``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.http.access import Writer
from api.http.answers import acceptable, json_of
from api.http.bodies import JSON
from api.http.problem_answers import problem_responses
from api.http.problems import (
    MALFORMED_BODY,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    VALIDATION,
    Fault,
    Problem,
)
from api.http.uploads import Upload, upload_in
from api.imports import Import, ImportCheck, check_of
from api.routes.addresses import ANY_READ, COALITION
from api.routes.parameters import RecordedHistory, only_known_parameters
from api.routes.slots import SlottedRoute
from api.services import services
from api.sheets.mapping import UnreadableMapping, mapping_in
from api.work_slots import away_from_slot, need_slot
from domain.times import period

router = APIRouter(route_class=SlottedRoute, tags=["record"], dependencies=[Depends(only_known_parameters)])

FILES, TEXTS = ("sheet", "mapping"), ("changed", "as_of")
_PROBLEMS = (*ANY_READ, MALFORMED_BODY, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION)


async def sent_sheet(request: Request) -> Upload:
    """Return the fields of the form."""
    async with away_from_slot():
        return await upload_in(request, FILES, TEXTS)


@router.post(
    COALITION + "/imports",
    operation_id="check_import",
    response_model=ImportCheck,
    responses=problem_responses(*dict.fromkeys(_PROBLEMS)),
)
def check_import(
    request: Request, recorded: RecordedHistory, recorded_by: Writer, sent: Annotated[Upload, Depends(sent_sheet)]
) -> Response:
    """Say what importing a sheet would record, by comparing its rows with the record. Nothing is recorded.

    Faults of cells, refusals and warnings name the row. To import, record the facts of the answer in their order, up to
    1,000 at a time; if that is cut off, ask again and go on: what is on record is left out.
    """
    acceptable(request, JSON)
    need_slot()
    check = check_of(services(request), import_in(sent), recorded, recorded_by)
    return Response(json_of(ImportCheck, check), media_type=JSON, headers={"Cache-Control": "no-store"})


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
