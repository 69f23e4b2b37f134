"""``POST /coalitions/{coalition}/imports``: what importing a sheet would record; nothing is recorded.

The facts of the answer are recorded as any others, at ``/coalitions/{coalition}/events``.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from api.files.unreadable import UnreadableText
from api.forms.dates import moment_in
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
from api.http.uploads import MULTIPART, Upload, upload_in
from api.imports import Import, ImportCheck, check_of
from api.routes.addresses import ANY_READ, COALITION
from api.routes.parameters import RecordedHistory, only_known_parameters
from api.routes.slots import SlottedRoute
from api.services import services
from api.sheets.mapping import Mapping, UnreadableMapping, mapping_in
from api.sheets.template import mapping_of_template
from api.work_slots import away_from_slot, need_slot

router = APIRouter(route_class=SlottedRoute, tags=["record"], dependencies=[Depends(only_known_parameters)])

FILES, TEXTS = ("sheet", "mapping"), ("template", "changed", "as_of")
_PROBLEMS = (*ANY_READ, MALFORMED_BODY, TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION)


_FILE = {"type": "string", "format": "binary"}
_BODY = {
    "required": True,
    "description": "The sheet, and either the mapping that says what its columns mean or the type of its template.",
    "content": {
        MULTIPART: {
            "schema": {
                "type": "object",
                "required": ["sheet"],
                "properties": {
                    "sheet": _FILE | {"description": "CSV or XLSX, up to 5 MB."},
                    "mapping": _FILE | {"description": "YAML; see docs/recording.md."},
                    "template": {"type": "string", "description": "The type of fact of the template."},
                    "changed": {
                        "type": "string", "enum": ["amend", "correct"],
                        "description": "What it means that rows say something else than before.",
                    },
                    "as_of": {"type": "string", "description": "From when changes hold, if the rows do not say."},
                },
            }
        }
    },
}  # fmt: skip


async def sent_sheet(request: Request) -> Upload:
    """Return the fields of the form."""
    async with away_from_slot():
        return await upload_in(request, FILES, TEXTS)


@router.post(
    COALITION + "/imports",
    operation_id="check_import",
    openapi_extra={"requestBody": _BODY},
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
    if "sheet" not in sent.files:
        raise _refused("sheet", "send the sheet as a file")
    return Import(sent.files["sheet"].content, _mapping(sent), _decision(sent), _as_of(sent))


def _mapping(sent: Upload) -> Mapping:
    """The mapping that was sent, or that of the template that was named."""
    mapping, template = sent.files.get("mapping"), sent.texts.get("template")
    if (mapping is None) == (template is None):
        raise _refused("mapping", "send the mapping as a file, or name the template that the sheet was made from")
    try:
        if mapping is None:
            return mapping_of_template(template or "")
        return mapping_in(mapping.content.decode("utf-8-sig"), mapping.name or "the mapping")
    except UnreadableText as error:
        raise _refused("template", str(error)) from None
    except UnicodeDecodeError:
        raise _refused("mapping", "the mapping is not UTF-8") from None
    except UnreadableMapping as error:
        raise _refused("mapping", str(error)) from None


def _refused(field: str, detail: str) -> Problem:
    return Problem(VALIDATION, faults=[Fault(pointer=f"/{field}", detail=detail)])


def _decision(sent: Upload) -> Any:
    changed = sent.texts.get("changed")
    if changed not in (None, "amend", "correct"):
        raise _refused("changed", "choose amend (the world has changed) or correct (the sheet was wrong)")
    return changed


def _as_of(sent: Upload) -> str | None:
    """The date from which changes hold, as people write dates."""
    try:
        return moment_in(sent.texts["as_of"]) if "as_of" in sent.texts else None
    except UnreadableText as error:
        raise _refused("as_of", str(error)) from None
