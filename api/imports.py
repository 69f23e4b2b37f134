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
from api.wording.actors import named, with_names
from api.wording.facts import fact_clause
from api.wording.names import calling_by
from api.wording.phrases import capitalised, when
from domain.events import FACT
from domain.facts import Thing
from domain.history.history import History
from domain.sources import TO_BE_RECORDED
from domain.times import CALENDAR_US, FOREVER_US
from projections.names import actor_named, label_of


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
    the event on record, ``differs`` the fields in which the row differs from it, ``sentences`` the facts in words.
    """

    fate: Fate
    part: str
    key: list[str]
    row: int | None
    detail: str
    about: int | None
    differs: list[str]
    facts: list[dict[str, Any]]
    sentences: list[str]


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
    words = Words(history, plan.facts)
    return ImportCheck(
        history.coalition, history.sequence, mapping.mapping, found.sheet, found.row_count, plan.counts(),
        plan.is_undecided(), [_fault(fault) for fault in found.faults], [_row(step, words) for step in plan.steps],
    )  # fmt: skip


def _fault(fault: CellFault) -> ImportFault:
    return ImportFault(fault.detail, fault.row, fault.cell.name if fault.cell else None, fault.header)


def _row(step: Step, words: "Words") -> ImportedRow:
    sentences = [words.sentence(fact) for fact in step.facts]
    return ImportedRow(
        step.fate, step.part, [*step.key], step.row, step.detail, step.event, step.differs, step.facts, sentences
    )


class Words:
    """The sentences of facts that are to be recorded: who and what they are about is on record, or among them."""

    def __init__(self, history: History, facts: Sequence[dict[str, Any]]) -> None:
        self._view = history.view(CALENDAR_US[1], FOREVER_US, "recorded", history.sequence)
        self._new = {fact["pledge"]: fact["contributor"] for fact in facts if fact["type"] == "PledgeMade"}

    def actor(self, code: str) -> tuple[str, str | None] | None:
        """The name on record of an organisation or a group."""
        found = actor_named(self._view, code)
        return None if found is None else (found.name, found.short)

    def label(self, kind: str, slug: str) -> str | None:
        """The label on record of a thing."""
        return label_of(self._view, Thing(kind, slug))

    def sentence(self, fact: dict[str, Any]) -> str:
        """A fact as a sentence: when, and what happened."""
        pledge = fact.get("replacement", fact).get("pledge")
        contributor = self._contributor_of(pledge) if pledge is not None else None
        numbers = {name: self._number_of(fact[name]) for name in ("corrects", "retracts") if name in fact}
        with calling_by(self):
            contributors = {} if contributor is None else {pledge: named(contributor)}
            clause = fact_clause(with_names(fact) | numbers, contributors)
        return capitalised(", ".join(filter(None, (when(fact.get("effective_at")), clause))))

    def _contributor_of(self, pledge: str) -> str | None:
        state = self._view.state(Thing("pledge", pledge))
        return self._new.get(pledge) if state is None else str(state.contributor)

    def _number_of(self, event_id: str) -> int | str:
        event = self._view.event(event_id)
        return event_id if event is None else event.sequence


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
