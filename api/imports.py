"""What an import of a sheet would record: the sheet and its mapping are read, and compared with the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from api.http.bodies import JSON, facts_in
from api.http.problems import VALIDATION, Fault, Problem
from api.http.validation_errors import faults_of
from api.sheets.mapping import Mapping
from api.sheets.plan import Decision, Fate, Plan, PlanRequest, Step, plan_of
from api.sheets.reading import sheet_in
from api.sheets.row_facts import CellFault, content_json
from api.sheets.rows import FaultInFact, facts_of
from api.sheets.sheet import UnreadableSheet
from domain.events import FACT
from domain.history.history import History
from domain.sources import TO_BE_RECORDED


@dataclass(frozen=True, slots=True)
class Import:
    """A sheet to import: the content of its file, the mapping, and the answers of whoever imports it."""

    content: bytes
    mapping: Mapping
    decision: Decision | None = None
    as_of: str | None = None


@dataclass(slots=True)
class ImportFault:
    """What is wrong with a cell, a row or the sheet: ``cell`` as spreadsheets name it, and the header of its column."""

    detail: str
    row: int | None = None
    cell: str | None = None
    header: str | None = None


@dataclass(slots=True)
class ImportedRow:
    """One fact of one row: what becomes of it, and the facts to record for it.

    ``row`` is null if the row has vanished. ``part`` is the name of the fact in the mapping, ``about`` the number of
    the event on record, ``differs`` the fields in which the row differs from it.
    """

    fate: Fate
    part: str
    key: list[str]
    row: int | None
    detail: str
    about: int | None
    differs: list[str]
    facts: list[dict[str, Any]]


@dataclass(slots=True)
class ImportCheck:
    """What importing a sheet would record. With faults in cells, nothing is compared, and there are no rows.

    ``counts`` says how many rows have each fate, ``is_undecided`` whether somebody has to say what changed: the world
    or the record.
    """

    coalition: str
    sequence: int
    mapping: str
    sheet: str | None
    row_count: int
    counts: dict[Fate, int]
    is_undecided: bool
    faults: list[ImportFault]
    rows: list[ImportedRow]


def check_of(asked: Import, history: History) -> ImportCheck:
    """Read a sheet and compare it with the record. Raises a ``Problem`` for a sheet that cannot be read."""
    mapping = asked.mapping
    try:
        sheet = sheet_in(asked.content, mapping.sheet, separator=mapping.separator, encoding=mapping.encoding)
        found = facts_of(sheet, mapping, checked)
    except UnreadableSheet as error:
        raise Problem(VALIDATION, faults=[Fault(pointer="/sheet", detail=str(error))]) from None
    plan = Plan(mapping.mapping, found.sheet, [])
    if not found.faults:
        request = PlanRequest(
            history.coalition, mapping.mapping, found.sheet, mapping.facts, found.facts, asked.decision,
            asked.as_of or found.as_of, found.source,
        )  # fmt: skip
        plan = plan_of(request, history)
    return ImportCheck(
        history.coalition, history.sequence, mapping.mapping, found.sheet, found.row_count, plan.counts(),
        plan.is_undecided(), [_fault(fault) for fault in found.faults], [_row(step) for step in plan.steps],
    )  # fmt: skip


def _fault(fault: CellFault) -> ImportFault:
    return ImportFault(fault.detail, fault.row, fault.cell.name if fault.cell else None, fault.header)


def _row(step: Step) -> ImportedRow:
    return ImportedRow(step.fate, step.part, [*step.key], step.row, step.detail, step.event, step.differs, step.facts)


def checked(facts: Sequence[dict[str, Any]]) -> list[dict[str, Any] | list[FaultInFact]]:
    """Check facts by themselves, as a body that records them is checked; at most as many as a body may have."""
    try:
        body = facts_in(orjson.dumps(facts), JSON)
    except Problem as problem:
        if len(facts) == 1:
            return [[(fault.pointer or "", fault.detail) for fault in problem.faults] or [("", problem.detail)]]
        return [one for fact in facts for one in checked([fact])]
    results: list[dict[str, Any] | list[FaultInFact]] = []
    for index, item in enumerate(body.items):
        if index in body.faults:
            faults = body.faults[index]
            results.append([((fault.pointer or "").removeprefix(f"/{index}"), fault.detail) for fault in faults])
            continue
        try:
            results.append(content_json(FACT.validator.validate_python(item, context=TO_BE_RECORDED)))
        except ValidationError as error:
            results.append([(fault.pointer or "", fault.detail) for fault in faults_of(error, item, "")])
    return results
