"""Plans: what an import would record, by comparing the rows of a sheet with what earlier imports recorded.

A fact of a row is recognised by the mapping's name, its place in the mapping and the key of the row, and not by what
the row says. So rows can be moved, and each has one of these fates::

    new          no import has recorded it
    unchanged    the row says what it said when it was last imported
    amended      the world has changed: an amendment, or the next value of a series
    corrected    the record was wrong: a correction of what was recorded
    undecided    the row has changed, and nobody has said which of the two it is
    by hand      the row is as it was imported, but somebody has corrected or retracted the event since: left alone
    ended        its row has vanished: an end, as the mapping says
    retracted    its row has vanished: a retraction, as the mapping says
    left alone   its row has vanished, and the mapping says nothing
    refused      the change cannot be made

The ids of the events are made from what identifies the fact and the number of events that it has had. So two people who
import the same sheet at the same time record it once, and an import that was cut continues where it stopped.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from api.sheets.cells import Cell
from api.sheets.changes import NoSuchChange, amended, ended, is_circumstance
from api.sheets.imported_facts import ImportedFact, StandingFact, recorded_by
from api.sheets.mapping import FactRule
from api.sheets.row_facts import Identity, RowFact
from domain.checkpoints import checkpoint
from domain.events import Event
from domain.history.history import History

_NAMESPACE = uuid.UUID("5f0c0f83-0a35-5a0e-9a0d-4d6c4f1e7f55")

Fate = Literal[
    "new", "unchanged", "amended", "corrected", "undecided", "by hand", "ended", "retracted", "left alone", "refused"
]
Decision = Literal["amend", "correct"]


@dataclass(slots=True)
class Step:
    """One fact of one row: its fate, the facts to record for it, and what there is to say about it.

    ``row`` is ``None`` if the row has vanished. ``event`` is the number of the event that it is about, ``differs`` the
    fields in which the row differs from the record: ``before`` is what stands, ``after`` what the row says.
    """

    fate: Fate
    part: str
    key: tuple[str, ...]
    row: int | None
    facts: list[dict[str, Any]] = field(default_factory=list)
    detail: str = ""
    event: int | None = None
    differs: list[str] = field(default_factory=list)
    places: Mapping[str, Cell] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)

    def cell_of(self, pointer: str) -> Cell | None:
        """The cell that the part of a fact at a JSON pointer, or the part around it, was read from."""
        pointer = pointer.removeprefix("/replacement")
        while pointer and pointer not in self.places:
            pointer = pointer.rpartition("/")[0]
        return self.places.get(pointer)


@dataclass(slots=True)
class Plan:
    """What an import would record: the steps in the order of the mapping's facts, those of vanished rows last."""

    mapping: str
    sheet: str | None
    steps: list[Step]

    def counts(self) -> dict[Fate, int]:
        """How many steps have each fate."""
        counts: dict[Fate, int] = {}
        for step in self.steps:
            counts[step.fate] = counts.get(step.fate, 0) + 1
        return counts

    @property
    def facts(self) -> list[dict[str, Any]]:
        """The facts to record, in order."""
        return [fact for step in self.steps for fact in step.facts]

    def is_undecided(self) -> bool:
        """Whether rows have changed, and nobody has said whether the world or the record did."""
        return any(step.fate == "undecided" for step in self.steps)


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What an import is asked to do: the facts of the rows, the answer about changed rows, and from when changes hold.

    ``source`` is the sheet as a source, for what no row says.
    """

    coalition: str
    mapping: str
    sheet: str | None
    rules: Sequence[FactRule]
    rows: Sequence[RowFact]
    decision: Decision | None = None
    as_of: str | None = None
    source: Mapping[str, Any] | None = None


def plan_of(request: PlanRequest, history: History) -> Plan:
    """Compare rows with the record."""
    recorded = recorded_by(request.mapping, history)
    by_rule: dict[str, list[Step]] = {rule.name: [] for rule in request.rules}
    for row in request.rows:
        checkpoint()
        by_rule[row.rule.name].append(_RowPlan(request, row, recorded.get(row.identity)).step())
    steps = [step for rule in request.rules for step in by_rule[rule.name]]
    steps += _vanished(request, recorded)
    return Plan(request.mapping, request.sheet, steps)


# --- ids --------------------------------------------------------------------------------------------------------------


def _event_id(request: PlanRequest, identity: Identity, number: int) -> str:
    """The id of the event of that number, counted from 1, of one fact of one row."""
    part, key = identity
    return str(uuid.uuid5(_NAMESPACE, "\n".join((request.coalition, request.mapping, part, str(number), *key))))


def _stamped(request: PlanRequest, row: RowFact, facts: Sequence[dict[str, Any]], before: int) -> list[dict[str, Any]]:
    """Facts with ids and the row that they come from; ``before`` is the number of events that it has had."""
    imported = {
        "mapping": request.mapping, "part": row.rule.name, "key": [*row.key], "row": row.row, "digest": row.digest,
    }  # fmt: skip
    if request.sheet is not None:
        imported["sheet"] = request.sheet
    return [
        {"event_id": _event_id(request, row.identity, number), **fact, "imported": imported}
        for number, fact in enumerate(facts, before + 1)
    ]


# --- rows that are there ----------------------------------------------------------------------------------------------


class _RowPlan:
    """What becomes of one fact of one row."""

    def __init__(self, request: PlanRequest, row: RowFact, recorded: ImportedFact | None) -> None:
        self._request = request
        self._row = row
        self._recorded = recorded

    def step(self) -> Step:
        """Its fate, and the facts to record."""
        recorded = self._recorded
        if recorded is None:
            return self._made("new", [self._row.content])
        current = recorded.content
        if current is None:
            return self._retracted(recorded)
        if self._is_ended(recorded):
            return self._said("refused", _THERE_AGAIN, recorded.in_force[-1].latest)
        if self._row.digest == recorded.imported.digest:
            return self._as_imported(recorded)
        differs = [name for name in recorded.differs_from(self._row.content) if name not in self._row.of_edition]
        if not differs:
            return Step("unchanged", self._row.rule.name, self._row.key, self._row.row)
        return self._changed(recorded, current, differs)

    def _retracted(self, recorded: ImportedFact) -> Step:
        """A fact that is retracted is recorded again only if an import retracted it."""
        if recorded.by_hand:
            return self._said("by hand", "it was retracted by hand, so it is not recorded again", recorded.by_hand[-1])
        return self._made("new", [self._row.content])

    def _is_ended(self, recorded: ImportedFact) -> bool:
        return recorded.in_force[-1].content["type"] not in _CONTINUES.get(self._row.rule.type, (self._row.rule.type,))  # type: ignore[index]

    def _as_imported(self, recorded: ImportedFact) -> Step:
        if not recorded.by_hand:
            return Step("unchanged", self._row.rule.name, self._row.key, self._row.row)
        return self._said("by hand", "it was corrected by hand since; the row is left alone", recorded.by_hand[-1])

    def _changed(self, recorded: ImportedFact, current: dict[str, Any], differs: list[str]) -> Step:
        decision = self._request.decision if self._row.rule.changed == "ask" else self._row.rule.changed
        step = self._decided(decision, recorded, current, differs)
        step.differs, step.before, step.after = differs, current, self._row.content
        if recorded.by_hand and step.facts:
            step.detail = "it was corrected by hand since; this replaces that"
        return step

    def _decided(
        self, decision: Decision | None, recorded: ImportedFact, current: dict[str, Any], differs: list[str]
    ) -> Step:
        last = recorded.in_force[-1].latest
        if decision is None:
            return self._said("undecided", "", last)
        if decision == "correct" or not self._can_be_amended(differs):
            return self._made("corrected", [*self._corrections(recorded, differs)], last)
        try:
            return self._made("amended", amended(current, self._row.content, self._since(differs)), last)
        except NoSuchChange as reason:
            return self._said("refused", str(reason), last)

    def _since(self, differs: list[str]) -> str | None:
        """From when a change holds: the date of the edition, or of the row if that has changed, too."""
        is_stated = "effective_at" in differs or "effective_at" in self._row.of_edition
        since: str | None = self._row.content["effective_at"] if is_stated else self._request.as_of
        return since

    def _can_be_amended(self, differs: list[str]) -> bool:
        """Whether something changed in the world: another source or note for the same is a correction."""
        return any(not is_circumstance(name) or name == "effective_at" for name in differs)

    def _corrections(self, recorded: ImportedFact, differs: list[str]) -> Iterator[dict[str, Any]]:
        """Correct each event that states a field that differs; what is new belongs to the first."""
        wanted = self._row.content
        left = set(differs)
        for one in reversed(recorded.in_force):
            content = one.content
            assert content is not None
            is_first = one is recorded.in_force[0]
            stated = {name for name in left if is_first or name in content}
            if not stated:
                continue
            left -= stated
            kept = {name: value for name, value in content.items() if name not in stated}
            replacement = kept | {name: wanted[name] for name in stated if name in wanted}
            reason = f"Corrected in the sheet: {', '.join(sorted(stated)).replace('_', ' ')}"
            yield {
                "type": "EventCorrected", "corrects": one.latest.event_id, "replacement": replacement, "reason": reason,
            }  # fmt: skip

    def _made(self, fate: Fate, facts: list[dict[str, Any]], about: Event | None = None) -> Step:
        before = len(self._recorded.events) if self._recorded else 0
        return Step(
            fate, self._row.rule.name, self._row.key, self._row.row, _stamped(self._request, self._row, facts, before),
            event=about.sequence if about else None, places=self._row.places,
        )  # fmt: skip

    def _said(self, fate: Fate, detail: str, about: Event) -> Step:
        return Step(
            fate, self._row.rule.name, self._row.key, self._row.row, [], detail, about.sequence, places=self._row.places
        )


_THERE_AGAIN = "the row is there again after its end was recorded: retract that event, or use another key"

_CONTINUES = {
    "PledgeMade": ("PledgeMade", "PledgeAmended", "PledgeRaised", "PledgeLowered", "PledgeReaffirmed"),
    "RequirementStated": ("RequirementStated", "RequirementAmended"),
}
"""The types by which a fact of a row goes on; any other ends it."""


# --- rows that have vanished ------------------------------------------------------------------------------------------


def _vanished(request: PlanRequest, recorded: Mapping[Identity, ImportedFact]) -> Iterator[Step]:
    """What becomes of the facts whose rows are gone; the last recorded first, since others may rest on the first."""
    present = {row.identity for row in request.rows}
    rules = {rule.name: rule for rule in request.rules}
    gone = [
        (identity, one) for identity, one in recorded.items() if identity not in present and one.content is not None
    ]
    for identity, one in sorted(gone, key=lambda item: -item[1].events[0].sequence):
        checkpoint()
        rule = rules.get(identity[0])
        last = one.in_force[-1]
        if rule is not None and last.content is not None and _goes_on(rule, last.content["type"]):
            yield _vanishing(request, rule, one, last)


def _goes_on(rule: FactRule, type_name: str) -> bool:
    return type_name in _CONTINUES.get(rule.type, (rule.type,))


def _vanishing(request: PlanRequest, rule: FactRule, one: ImportedFact, last: StandingFact) -> Step:
    step = Step("left alone", rule.name, one.imported.key, None, event=last.latest.sequence)
    content = one.content
    assert content is not None
    row = RowFact(one.imported.row, rule, one.imported.key, {})
    if one.by_hand:
        step.detail = "it was corrected by hand since; it is left alone"
    elif rule.vanished == "retract":
        reason = "Its row is no longer in the sheet"
        facts = [
            {"type": "EventRetracted", "retracts": standing.latest.event_id, "reason": reason}
            for standing in reversed(one.in_force)
        ]
        step.fate, step.facts = "retracted", _stamped(request, row, facts, len(one.events))
    elif rule.vanished == "end":
        try:
            step.facts = _stamped(request, row, [_end(request, content)], len(one.events))
            step.fate = "ended"
        except NoSuchChange as reason_not:
            step.fate, step.detail = "refused", str(reason_not)
    return step


def _end(request: PlanRequest, content: dict[str, Any]) -> dict[str, Any]:
    if request.as_of is None:
        raise NoSuchChange(
            "its row has vanished, but it is not known from when: state as_of in the mapping or with the import"
        )
    if request.source is None:
        raise NoSuchChange("its row has vanished, but no source says so: state source in the mapping")
    return ended(content, request.as_of, [dict(request.source)])
