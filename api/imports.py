"""What an import of a sheet would record: the sheet and its mapping are read, and compared with the record."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic import ValidationError

from api.http.bodies import JSON, facts_in
from api.http.problems import Problem
from api.http.validation_errors import faults_of
from api.sheets.mapping import Mapping
from api.sheets.plan import Decision, Plan, PlanRequest, plan_of
from api.sheets.reading import sheet_in
from api.sheets.row_facts import content_json
from api.sheets.rows import Fault, SheetFacts, facts_of
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


@dataclass(frozen=True, slots=True)
class PlannedImport:
    """What the rows state, and what would be recorded; without a plan if there are faults in cells."""

    rows: SheetFacts
    plan: Plan | None


def planned(coalition: str, asked: Import, history: History | None) -> PlannedImport:
    """Read a sheet and compare it with the record. Raises ``UnreadableSheet``."""
    mapping = asked.mapping
    sheet = sheet_in(asked.content, mapping.sheet, separator=mapping.separator, encoding=mapping.encoding)
    rows = facts_of(sheet, mapping, checked)
    if rows.faults:
        return PlannedImport(rows, None)
    request = PlanRequest(
        coalition, mapping.mapping, rows.sheet, mapping.facts, rows.facts, asked.decision,
        asked.as_of or rows.as_of, rows.source,
    )  # fmt: skip
    return PlannedImport(rows, plan_of(request, history))


def checked(facts: Sequence[dict[str, Any]]) -> list[dict[str, Any] | list[Fault]]:
    """Check facts by themselves, as a body that records them is checked; at most as many as a body may have."""
    try:
        body = facts_in(orjson.dumps(facts), JSON)
    except Problem as problem:
        if len(facts) == 1:
            return [[(fault.pointer or "", fault.detail) for fault in problem.faults] or [("", problem.detail)]]
        return [one for fact in facts for one in checked([fact])]
    results: list[dict[str, Any] | list[Fault]] = []
    for index, item in enumerate(body.items):
        if index in body.faults:
            results.append(
                [((fault.pointer or "").removeprefix(f"/{index}"), fault.detail) for fault in body.faults[index]]
            )
            continue
        try:
            results.append(content_json(FACT.validator.validate_python(item, context=TO_BE_RECORDED)))
        except ValidationError as error:
            results.append([(fault.pointer or "", fault.detail) for fault in faults_of(error, item, "")])
    return results
