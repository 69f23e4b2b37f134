"""What an import of a sheet would record: the sheet and its mapping are read, and compared with the record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from pydantic import ValidationError

from api.checks import check_facts
from api.forms import fields as form_fields
from api.forms.facts import texts_of
from api.http.bodies import JSON, facts_in
from api.http.problems import VALIDATION, Fault, Problem
from api.http.validation_errors import faults_of
from api.services import Services
from api.sheets.mapping import Mapping as SheetMapping
from api.sheets.plan import Decision, Fate, Plan, PlanRequest, Step, plan_of
from api.sheets.row_facts import CellFault, content_json
from api.sheets.rows import FaultInFact, facts_of
from api.sheets.sheet import UnreadableSheet
from api.sheets.sheet_files import sheet_in
from api.wording.actors import named, with_names
from api.wording.facts import fact_clause
from api.wording.names import calling_by
from api.wording.phrases import capitalised, when
from domain.events import FACT
from domain.facts import Thing
from domain.history.history import History
from domain.sources import TO_BE_RECORDED
from domain.times import CALENDAR_US, FOREVER_US
from projections.difference import Difference
from projections.names import actor_named, label_of
from projections.warnings.warnings import WarningItem

MOST_FACTS_WITH_CHANGES = 500
"""The number of facts up to which their change of the picture is worked out: it takes long for thousands."""


@dataclass(frozen=True, slots=True)
class Import:
    """A sheet to import: the content of its file, the mapping, and the answers of whoever imports it."""

    content: bytes
    mapping: SheetMapping
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
class RowRefusal:
    """A rule that a fact of a row would break; the cell and its header if the field was read from one."""

    rule: str
    detail: str
    cell: str | None
    header: str | None
    collides_with: list[str]


@dataclass(slots=True)
class FieldChange:
    """A field in which a row differs from the record, as one would type it; null if it is not stated."""

    field: str
    label: str
    before: str | None
    after: str | None


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
    differs: list[FieldChange]
    facts: list[dict[str, Any]]
    sentences: list[str]
    refusals: list[RowRefusal] = field(default_factory=list)
    warnings: list[WarningItem] = field(default_factory=list)


@dataclass(slots=True)
class ImportCheck:
    """What importing a sheet would record. With faults in cells, nothing is compared, and there are no rows.

    ``counts`` says how many rows have each fate, ``is_undecided`` whether somebody has to say what changed: the world
    or the record. ``can_be_recorded`` is false while that is so, or if anything is refused, or nothing is left to
    record. ``changes`` is what all facts together would change in the picture; null for more than 500 facts.
    """

    coalition: str
    sequence: int
    mapping: str
    sheet: str | None
    row_count: int
    counts: dict[Fate, int]
    is_undecided: bool
    can_be_recorded: bool
    faults: list[ImportFault]
    rows: list[ImportedRow]
    changes: Difference | None = None


def check_of(services: Services, asked: Import, history: History, author: str) -> ImportCheck:
    """Read a sheet, compare it with the record, and check what would be recorded.

    Raises a ``Problem`` for a sheet that cannot be read, and what ``check_facts`` raises.
    """
    mapping = asked.mapping
    try:
        sheet = sheet_in(asked.content, mapping.sheet, separator=mapping.separator, encoding=mapping.encoding)
        found = facts_of(sheet, mapping, contents_of)
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
    check = ImportCheck(
        history.coalition, history.sequence, mapping.mapping, found.sheet, found.row_count, plan.counts(),
        plan.is_undecided(), False, [_fault(fault) for fault in dict.fromkeys(found.faults)],
        [_row(step, words) for step in plan.steps],
    )  # fmt: skip
    if plan.facts and not check.is_undecided:
        _judge(services, check, plan, found.titles, author)
        check.can_be_recorded = not any(row.refusals or row.fate == "refused" for row in check.rows)
    return check


def _judge(services: Services, check: ImportCheck, plan: Plan, titles: Mapping[int, str], author: str) -> None:
    """Add the refusals and the warnings to the rows, and what the facts would change."""
    owners = [(step, row) for step, row in zip(plan.steps, check.rows, strict=True) for _ in step.facts]
    facts = [FACT.validate_python(fact) for fact in plan.facts]
    found = check_facts(services, check.coalition, facts, author, with_changes=len(facts) <= MOST_FACTS_WITH_CHANGES)
    check.changes = found.changes
    for refusal in found.refusals:
        place, pointer = _split(refusal.pointer)
        step, row = owners[place]
        cell = step.cell_of(pointer)
        header = titles.get(cell.column) if cell else None
        row.refusals.append(
            RowRefusal(refusal.rule, refusal.detail, cell.name if cell else None, header, refusal.collides_with)
        )
    for warning in found.warnings:
        place, pointer = _split(warning.pointer)
        owners[place][1].warnings.append(replace(warning, pointer=pointer))


def _split(pointer: str) -> tuple[int, str]:
    """The place of a fact in a list, and the rest of a pointer into the list."""
    place, slash, rest = pointer.removeprefix("/").partition("/")
    return int(place), slash + rest


def _fault(fault: CellFault) -> ImportFault:
    return ImportFault(fault.detail, fault.row, fault.cell.name if fault.cell else None, fault.header)


def _row(step: Step, words: "Words") -> ImportedRow:
    sentences = [words.sentence(fact) for fact in step.facts]
    return ImportedRow(
        step.fate,
        step.part,
        [*step.key],
        step.row,
        step.detail,
        step.event,
        [*_field_changes(step)],
        step.facts,
        sentences,
    )


def _field_changes(step: Step) -> Iterator[FieldChange]:
    """The fields in which a row differs from the record, each as one would type it."""
    if not step.differs:
        return
    before, after = texts_of(step.before), texts_of(step.after)
    for path in {**before, **after}:
        if path.partition(".")[0] in step.differs and before.get(path) != after.get(path):
            yield FieldChange(path, form_fields.label_of(path), before.get(path), after.get(path))


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


def contents_of(facts: Sequence[dict[str, Any]]) -> list[dict[str, Any] | list[FaultInFact]]:
    """Check facts by themselves, as a body that records them is checked; at most as many as a body may have."""
    try:
        body = facts_in(orjson.dumps(facts), JSON)
    except Problem as problem:
        if len(facts) == 1:
            return [[(fault.pointer or "", fault.detail) for fault in problem.faults] or [("", problem.detail)]]
        return [one for fact in facts for one in contents_of([fact])]
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
