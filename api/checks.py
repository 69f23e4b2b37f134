"""Checks before recording: the same judgement as recording, and nothing is recorded.

Forms, imports and the command line show it first; the API answers it to ``?check=true``.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from api.hints import detail_of
from api.services import Services
from api.work_slots import need_slot
from domain.events import fact_json
from projections.check import Check, RecordWithFacts, Refusal
from projections.difference import FIRST
from projections.paging import Page

_NAMESPACE = UUID("0b1f4a5e-52a5-5d7b-8a0e-6f2f43a7c9d4")

PointerOf = Callable[[int, str], str]
"""From the place of a fact and a pointer into it to the pointer into the whole."""


def in_list(place: int, pointer: str) -> str:
    """The pointer into a list of facts."""
    return f"/{place}{pointer}"


def check_facts(
    services: Services,
    coalition: str,
    facts: Sequence[Any],
    recorded_by: str,
    *,
    pointer_of: PointerOf = in_list,
    if_match: int | None = None,
    valid_at: str | None = None,
    page: Page = FIRST,
    with_changes: bool = True,
) -> Check:
    """Check what would become of facts if they were recorded now, as one list; the coalition need not exist.

    ``valid_at`` is the time for which the change of the picture is shown: by default now, or when the last of the facts
    takes effect if that is later; without ``with_changes`` it is left out, since it takes long for thousands of facts.
    Raises what ``Ledger.judge`` raises, and ``UnanswerableQuestion``.
    """
    need_slot()
    ids = [str(uuid5(_NAMESPACE, f"{coalition} {place} {fact_json(fact)!r}")) for place, fact in enumerate(facts)]
    judged = services.ledger.judge(coalition, facts, recorded_by=recorded_by, event_ids=ids, if_match=if_match)
    check = Check(coalition, judged.sequence, judged.events, [], [], None)
    if judged.violations:
        check.refusals = [
            Refusal(
                pointer_of(one.index, one.broken.field), one.broken.rule, detail_of(one.broken, judged.history),
                list(one.broken.collides_with),
            )
            for one in judged.violations
        ]  # fmt: skip
        return check
    record = RecordWithFacts(judged.history, judged.sequence, judged.events)
    check.warnings = [replace(item, pointer=pointer_of(place, item.pointer)) for place, item in record.warnings()]
    if with_changes:
        check.changes = record.changes(valid_at, page)
    return check
