"""From the rows of a sheet to the facts that they state, each with the cells that it was read from."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.sheets.cells import Cell, same_text, text_of
from api.sheets.changes import CIRCUMSTANCES
from api.sheets.mapping import FactRule, origins_in
from api.sheets.mapping import Mapping as SheetMapping
from api.sheets.row_facts import CellFault, RowFact
from api.sheets.sheet import Sheet, UnreadableSheet
from api.sheets.table import Row, Table
from api.sheets.values import EMPTY, Compiler, Findings, Part
from domain.checkpoints import checkpoint

MAX_FACTS = 100_000
FACTS_AT_ONCE = 500

FaultInFact = tuple[str, str]
"""The JSON pointer into a fact, and what is wrong there."""

FactCheck = Callable[[Sequence[dict[str, Any]]], Sequence[dict[str, Any] | Sequence[FaultInFact]]]
"""Checks facts by themselves: for each, its content as it is stored, or what is wrong with it."""


@dataclass(slots=True)
class SheetFacts:
    """What the rows of a sheet state, and what is wrong with them.

    ``source`` and ``as_of`` are of the whole sheet, ``titles`` are the headers by the numbers of their columns.
    """

    sheet: str | None
    row_count: int = 0
    facts: list[RowFact] = field(default_factory=list)
    faults: list[CellFault] = field(default_factory=list)
    source: dict[str, Any] | None = None
    as_of: str | None = None
    titles: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Candidate:
    row: int
    rule: FactRule
    key: tuple[str, ...]
    fact: dict[str, Any]
    places: Mapping[str, Cell]


def facts_of(sheet: Sheet, mapping: SheetMapping, check: FactCheck) -> SheetFacts:
    """The facts that a sheet states by a mapping. Raises ``UnreadableSheet`` if the two do not belong together."""
    reader = _Reader(sheet, mapping)
    waiting: list[_Candidate] = []
    for candidate in reader.candidates():
        waiting.append(candidate)
        if len(waiting) == FACTS_AT_ONCE:
            reader.take(waiting, check)
            waiting = []
    reader.take(waiting, check)
    reader.found.faults.sort(key=lambda fault: (fault.row or 0, fault.cell or Cell(0, 0)))
    return reader.found


class _Reader:
    def __init__(self, sheet: Sheet, mapping: SheetMapping) -> None:
        self._mapping = mapping
        self._table = Table(sheet, mapping)
        self._key = [self._table.column(name) for name in mapping.key]
        compiler = Compiler(self._table)
        self._renamed = {same_text(name): before for name, before in mapping.renamed.items()}
        self.found = SheetFacts(sheet.name, titles=self._table.titles)
        self._read_whole_sheet(compiler)
        self._parts: list[tuple[FactRule, Part]] = []
        self._of_edition = {rule.name: frozenset(_of_edition(rule)) for rule in mapping.facts}
        for rule in mapping.facts:
            fields = {"type": rule.type, **rule.fields}
            if self.found.source is not None:
                fields.setdefault("sources", [self.found.source])
            self._parts.append((rule, compiler.part(fields, rule.type)))
            for condition in rule.when:
                for name in (condition.column, condition.changes):
                    if name is not None:
                        self._table.column(name)

    def _read_whole_sheet(self, compiler: Compiler) -> None:
        """What is said of the whole sheet: the sheet as a source, and the day that it speaks of."""
        whole, findings = Row(1, ()), Findings()
        for name, pointer in (("source", "/sources/0"), ("as_of", "/effective_at")):
            value = getattr(self._mapping, name)
            if value is None:
                continue
            made = compiler.part(dict(value) if isinstance(value, Mapping) else value, "PledgeReaffirmed", pointer)
            result = made(whole, findings)
            setattr(self.found, name, None if result is EMPTY else result)
        self.found.faults += findings.faults

    def candidates(self) -> Iterator[_Candidate]:
        """The facts of each row, before they are checked."""
        rows_by_key: dict[tuple[str, ...], int] = {}
        for row in self._table.rows():
            checkpoint()
            self.found.row_count += 1
            key = self._key_of(row)
            if key is None:
                continue
            same = tuple(map(same_text, key))
            if (other := rows_by_key.setdefault(same, row.number)) != row.number:
                names = " and ".join(self._mapping.key)
                detail = f"rows {other:,} and {row.number:,} have the same {names}: {', '.join(key)}"
                self._add(CellFault(detail, Cell(row.number, self._key[0]), self._mapping.key[0], row.number))
                continue
            yield from self._facts_of(row, key)

    def _key_of(self, row: Row) -> tuple[str, ...] | None:
        """What the key columns hold; ``None`` if one of them cannot be read, or if they are all empty."""
        texts: list[str] = []
        for name, column in zip(self._mapping.key, self._key, strict=True):
            cell = Cell(row.number, column)
            if fault := self._table.sheet.faults.get(cell):
                self._add(CellFault(fault, cell, name, row.number))
                return None
            text = text_of(row.value(column))
            texts.append(self._renamed.get(same_text(text), text)[:300])
        if not any(texts):
            names = " and ".join(self._mapping.key)
            detail = (
                f"the row has no {names}, by which rows are told apart; fill it in, or let the mapping skip the row"
            )
            self._add(CellFault(detail, Cell(row.number, self._key[0]), self._mapping.key[0], row.number))
            return None
        return tuple(texts)

    def _facts_of(self, row: Row, key: tuple[str, ...]) -> Iterator[_Candidate]:
        for rule, part in self._parts:
            if not all(self._table.holds(condition, row) for condition in rule.when):
                continue
            findings = Findings()
            fact = part(row, findings)
            for fault in findings.faults:
                self._add(fault)
            if not findings.faults:
                yield _Candidate(row.number, rule, key, fact, findings.places)

    # --- checking -----------------------------------------------------------------------------------------------------

    def take(self, candidates: Sequence[_Candidate], check: FactCheck) -> None:
        """Check candidates, and keep those that are valid."""
        if not candidates:
            return
        if len(self.found.facts) + len(candidates) > MAX_FACTS:
            raise UnreadableSheet(f"the sheet states more than {MAX_FACTS:,} facts, the maximum")
        for one, result in zip(candidates, check([one.fact for one in candidates]), strict=True):
            if isinstance(result, dict):
                of_edition = self._of_edition[one.rule.name]
                self.found.facts.append(RowFact(one.row, one.rule, one.key, result, one.places, of_edition))
                continue
            for pointer, detail in result:
                self._add(self._placed(one, pointer, detail))

    def _placed(self, one: _Candidate, pointer: str, detail: str) -> CellFault:
        """A fault of a fact, with the cell that its part was read from."""
        at = pointer
        while at and at not in one.places:
            at = at.rpartition("/")[0]
        cell = one.places.get(at) if at else None
        name = pointer.removeprefix("/").replace("/", ".")
        if cell is None and not any(place.startswith(f"{pointer}/") or not pointer for place in one.places):
            # It is the same for each row: what is wrong is in the mapping.
            return CellFault(": ".join(filter(None, ("the mapping", one.rule.name, name, detail))))
        if cell is not None:
            return CellFault(f"{detail} ({one.rule.name}: {name})", cell, self._table.title(cell.column), one.row)
        return CellFault(
            f"{one.rule.name}: {name}: {detail}" if name else f"{one.rule.name}: {detail}", None, None, one.row
        )

    def _add(self, fault: CellFault) -> None:
        self.found.faults.append(fault)


def _of_edition(rule: FactRule) -> Iterator[str]:
    """The circumstances that a rule takes from the sheet as a whole, and not from the row."""
    for name in CIRCUMSTANCES:
        origins = [origin for _, origin in origins_in(rule.fields.get(name))]
        if (name == "sources" and name not in rule.fields) or any("cell" in origin for origin in origins):
            yield name
