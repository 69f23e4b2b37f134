"""``/c/{coalition}/import``: a sheet is checked, shown as a table, and recorded once that is confirmed.

Nothing is kept by the service in between. The page of the check holds the sheet and the mapping, so what is confirmed
is what was checked, by whichever process; a session that was lost or a record that has moved on loses neither.
"""

import base64
import binascii
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any
from urllib.parse import quote

import orjson
from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from api.files.unreadable import UnreadableText
from api.http.access import Visitor
from api.http.bodies import BODY_BYTES, JSON, MAX_FACTS, facts_in
from api.http.problems import NOT_FOUND, RULE_BROKEN, UNAUTHORIZED, VALIDATION, Fault, Problem
from api.http.uploads import SentFile, Upload, upload_in
from api.imports import MOST_FACTS_WITH_CHANGES, ImportCheck, check_of
from api.pages.changes import sections_of
from api.pages.filters import as_answered, closed
from api.pages.responses import CSV, Document, page, send
from api.pages.routing import pages
from api.pages.viewpoint import Viewpoint, viewpoint_at
from api.routes.imports import import_in
from api.routes.parameters import AsOfQuery, RecordedHistory
from api.routes.record import record
from api.routes.scenarios.proposals import propose
from api.services import services
from api.sheets.sheet import MAX_BYTES
from api.sheets.template import TYPES, csv_template, xlsx_template
from api.wording.phrases import capitalised, count
from api.work_slots import away_from_slot, need_slot
from domain.what_if.changes import MAX_CHANGES

router = pages()

ROWS_ON_A_PAGE = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = ("sheet", "mapping")
TEXTS = ("held_sheet", "held_mapping", "template", "changed", "as_of", "from", "confirmed", "doing", "title")
_BATCH_BYTES = BODY_BYTES // 2

FATES = {
    "refused": "Refused", "undecided": "Changed: say what that means", "corrected": "Corrects the record",
    "amended": "The world has changed", "by hand": "Left alone: changed by hand since", "ended": "Row gone: ended",
    "retracted": "Row gone: retracted", "left alone": "Row gone: left alone", "new": "New",
}  # fmt: skip
"""What becomes of a row, in the order in which the page shows them; rows that say nothing new are counted only."""

COUNTED = {
    "refused": "refused", "undecided": "changed", "corrected": "to correct", "amended": "to amend",
    "by hand": "changed by hand since", "ended": "to end", "retracted": "to retract",
    "left alone": "gone from the sheet", "new": "new", "unchanged": "unchanged",
}  # fmt: skip
"""What the count of each is called."""


@dataclass(frozen=True, slots=True)
class ImportForm:
    """What a visitor sent: the files, from the disk or as the page held them, and the answers."""

    upload: Upload
    first_row: int
    confirmed: str | None
    doing: str

    def held(self, name: str) -> str:
        """A file as the next page holds it."""
        file = self.upload.files[name]
        packed = zlib.compress(json.dumps([file.name, base64.b64encode(file.content).decode()]).encode(), 6)
        return base64.b64encode(packed).decode()


async def sent_form(request: Request) -> ImportForm:
    """The fields of the form. Raises a ``Problem``."""
    async with away_from_slot():
        sent = await upload_in(request, FILES, TEXTS)
    if "mapping" in sent.files:
        sent.texts.pop("template", None)  # a mapping that was just chosen replaces a template chosen before
    for name in FILES:
        is_replaced = name == "mapping" and "template" in sent.texts
        if name not in sent.files and f"held_{name}" in sent.texts and not is_replaced:
            sent.files[name] = _unpacked(sent.texts[f"held_{name}"])
    first = re.fullmatch(r"[0-9]{1,6}", sent.texts.get("from", ""))
    confirmed, doing = sent.texts.get("confirmed"), sent.texts.get("doing", "check")
    return ImportForm(sent, int(first[0]) if first else 0, confirmed, doing)


def _unpacked(text: str) -> SentFile:
    """A file that a page held. Raises a ``Problem``."""
    try:
        unpacking = zlib.decompressobj()
        name, content = json.loads(unpacking.decompress(base64.b64decode(text, validate=True), 2 * MAX_BYTES))
        return SentFile(str(name), base64.b64decode(content, validate=True))
    except (binascii.Error, zlib.error, ValueError, TypeError, RecursionError):
        detail = "the file that the page held cannot be read; choose it again"
        raise Problem(VALIDATION, faults=[Fault(pointer="/sheet", detail=detail)]) from None


@router.get("/c/{coalition}/import")
def import_page(request: Request, recorded: RecordedHistory, asked: AsOfQuery) -> Response:
    """The form that takes a sheet and its mapping."""
    return _form(request, viewpoint_at(request, recorded, asked))


@router.get("/c/{coalition}/templates/{type_name}.{ending}")
def template_file(request: Request, type_name: str, ending: str) -> Response:
    """An empty sheet for facts of one type."""
    makers = {"xlsx": (xlsx_template, XLSX), "csv": (csv_template, CSV)}
    if ending not in makers:
        raise Problem(NOT_FOUND, "templates are .xlsx and .csv files")
    make, media_type = makers[ending]
    try:
        return send(request, Document(make(type_name), media_type, filename=f"{type_name}.{ending}"))
    except UnreadableText as error:
        raise Problem(NOT_FOUND, str(error)) from None


@router.post("/c/{coalition}/import")
async def import_sheet(
    request: Request, visitor: Visitor, recorded: RecordedHistory, asked: AsOfQuery,
    form: Annotated[ImportForm, Depends(sent_form)],
) -> Response:  # fmt: skip
    """Check a sheet, or record what was checked."""
    viewpoint = viewpoint_at(request, recorded, asked)
    if visitor is None:
        return _form(request, viewpoint, form, Problem(UNAUTHORIZED, _SIGNED_OUT))
    need_slot()
    try:
        check = await run_in_threadpool(lambda: check_of(services(request), import_in(form.upload), recorded, visitor))
    except Problem as problem:
        return _form(request, viewpoint, form, problem)
    digest = _digest(check)
    is_to_go_on = form.doing in ("record", "propose")
    if not is_to_go_on or form.confirmed != digest or not check.can_be_recorded:
        moved_on = is_to_go_on and form.confirmed is not None and form.confirmed != digest
        return _check(request, viewpoint, form, check, notice=_MOVED_ON if moved_on else None)
    if form.doing == "propose":
        return await run_in_threadpool(_propose, request, viewpoint, form, check, visitor)
    done = 0
    try:
        for batch in _batches(_facts(check)):
            body = await run_in_threadpool(facts_in, orjson.dumps(batch), JSON)
            await record(request, recorded.coalition, visitor, body, idempotency_key=None, if_match=None)
            done += len(batch)
    except Problem as problem:
        again = await run_in_threadpool(lambda: check_of(services(request), import_in(form.upload), recorded, visitor))
        notice = f"{count(done, 'fact')} recorded, then refused: {_reasons(problem)} This is what is left."
        return _check(request, viewpoint, form, again, notice=notice, status=problem.type.status)
    return page(request, "imported.html", viewpoint=viewpoint, check=check, number=done, names=_names(form))


def _propose(request: Request, viewpoint: Viewpoint, form: ImportForm, check: ImportCheck, author: str) -> Response:
    """Propose what was checked, for somebody else to accept."""
    title = form.upload.texts.get("title", f"Import of {_names(form)['sheet']}")
    # A form that is sent twice, as by a double click, proposes once.
    sent = [author, check.coalition, title, check.sequence, _facts(check)]
    key = f"page-{sha256(json.dumps(sent).encode()).hexdigest()}"
    try:
        proposed = propose(request, viewpoint.history.root, author, _facts(check), title=title, idempotency_key=key)
    except Problem as problem:
        notice = f"Nothing was proposed: {_reasons(problem)}"
        return _check(request, viewpoint, form, check, notice=notice, status=problem.type.status)
    return RedirectResponse(f"{viewpoint.root}/proposals/{quote(proposed.scenario.scenario)}", 303)


_SIGNED_OUT = "You are not signed in, or no longer. Sign in in another tab, and then send this form again."
_MOVED_ON = "The record has moved on since this sheet was checked. Nothing was recorded. This is the check as of now."


def _form(
    request: Request, viewpoint: Viewpoint, form: ImportForm | None = None, problem: Problem | None = None
) -> Response:
    """The form that takes a sheet, with why the one that was sent was refused."""
    refused = [] if problem is None else [_sentence(fault) for fault in problem.faults] or [closed(problem.detail)]
    return page(
        request, "import.html", status=200 if problem is None else problem.type.status, viewpoint=viewpoint,
        refused=refused, types=TYPES, held={} if form is None else _held(form),
        names={} if form is None else _names(form), texts={} if form is None else form.upload.texts,
        most_megabytes=MAX_BYTES // 1024**2,
    )  # fmt: skip


def _check(
    request: Request, viewpoint: Viewpoint, form: ImportForm, check: ImportCheck, *, notice: str | None,
    status: int | None = None,
) -> Response:  # fmt: skip
    """What the sheet would record: a page of its rows, and the buttons that go on."""
    answer: Any = as_answered(ImportCheck, check)
    refused = [row for row in answer["rows"] if row["refusals"]]
    others = [row for fate in FATES for row in answer["rows"] if row["fate"] == fate and not row["refusals"]]
    shown = refused + others
    first = min(form.first_row, max(0, len(shown) - 1)) // ROWS_ON_A_PAGE * ROWS_ON_A_PAGE
    return page(
        request, "import_check.html", status=status or _status(check),
        sections={} if answer["changes"] is None else sections_of(answer["changes"]),
        viewpoint=viewpoint, check=answer, notice=notice, fates=FATES, counted=COUNTED,
        rows=shown[first : first + ROWS_ON_A_PAGE],
        first=first, size=ROWS_ON_A_PAGE, total=len(shown), digest=_digest(check),
        number=len(_facts(check)) if check.can_be_recorded else 0, most_changes=MOST_FACTS_WITH_CHANGES,
        can_be_proposed=len(_facts(check)) <= MAX_CHANGES,
        held=_held(form), names=_names(form), texts=form.upload.texts,
    )  # fmt: skip


def _status(check: ImportCheck) -> int:
    if check.faults:
        return VALIDATION.status
    return RULE_BROKEN.status if any(row.refusals or row.fate == "refused" for row in check.rows) else 200


def _held(form: ImportForm) -> dict[str, str]:
    return {f"held_{name}": form.held(name) for name in FILES if name in form.upload.files}


def _names(form: ImportForm) -> dict[str, str]:
    names = {name: file.name or name for name, file in form.upload.files.items()}
    template = form.upload.texts.get("template")
    return names | ({"mapping": f"the template of {template}"} if template else {})


def _sentence(fault: Fault) -> str:
    return closed(capitalised(fault.detail))


def _reasons(problem: Problem) -> str:
    return " ".join(_sentence(fault) for fault in problem.faults) or closed(problem.detail)


# --- what is recorded -------------------------------------------------------------------------------------------------


def _facts(check: ImportCheck) -> list[dict[str, Any]]:
    return [fact for row in check.rows for fact in row.facts]


def _digest(check: ImportCheck) -> str:
    """What tells whether what is confirmed is what was checked."""
    return sha256(orjson.dumps(_facts(check), option=orjson.OPT_SORT_KEYS)).hexdigest()


def _batches(facts: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The facts in lists that can be recorded, in order."""
    batches: list[list[dict[str, Any]]] = [[]]
    left = _BATCH_BYTES
    for fact in facts:
        size = len(orjson.dumps(fact))
        if batches[-1] and (len(batches[-1]) == MAX_FACTS or size > left):
            batches.append([])
            left = _BATCH_BYTES
        batches[-1].append(fact)
        left -= size
    return batches
