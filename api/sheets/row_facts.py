"""The facts that the rows of a sheet state, before they are compared with the record."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple

from api.sheets.cells import Cell, same_text
from api.sheets.mapping import FactRule
from domain.events import fact_json

_OF_THE_EVENT = ("event_id", "imported")


class CellFault(NamedTuple):
    """What is wrong with a cell, or with a row or the sheet if there is none."""

    detail: str
    cell: Cell | None = None
    header: str | None = None
    row: int | None = None


@dataclass(frozen=True, slots=True)
class RowFact:
    """A fact that a row states: valid, in the form in which it is stored, without an id.

    ``places`` has the cell that each part was read from, by its JSON pointer. ``of_edition`` are the fields that belong
    to the edition of the sheet, such as the sheet as a source: another edition does not change the row.
    """

    row: int
    rule: FactRule
    key: tuple[str, ...]
    content: dict[str, Any]
    places: Mapping[str, Cell] = field(default_factory=dict)
    of_edition: frozenset[str] = frozenset()

    @property
    def identity(self) -> "Identity":
        return identity_of(self.rule.name, self.key)

    @property
    def digest(self) -> str:
        """What tells whether the row states something else than before."""
        own = {name: value for name, value in self.content.items() if name not in self.of_edition}
        text = json.dumps(own, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()[:32]


Identity = tuple[str, tuple[str, ...]]
"""Which fact of which row: the part of the mapping, and the key as it is compared."""


def identity_of(part: str, key: Sequence[str]) -> Identity:
    """The identity of a fact of a row; letters in upper and lower case are the same."""
    return part, tuple(map(same_text, key))


def content_json(fact: Any) -> dict[str, Any]:
    """What a fact says, in the form in which it is stored, without what belongs to its event."""
    content: dict[str, Any] = json.loads(fact_json(fact))
    for name in _OF_THE_EVENT:
        content.pop(name, None)
    return content
