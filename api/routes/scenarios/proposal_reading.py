"""Reading a proposal: its open facts are checked together, as if they were recorded now."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from fastapi import Request

from api.checks import check_facts
from api.http.problems import SCENARIO_CONFLICT, Fault, Problem
from api.moved_on import moved_on_since
from api.routes.scenarios.acceptance import needed_facts
from api.routes.scenarios.items import Objection, facts_in
from api.routes.scenarios.proposal_items import Proposal, closing_of, comments_in, fact_item
from api.services import Services, services
from domain.history.history import History
from domain.ledger import SavedScenario
from domain.what_if.proposals import ProposedFact, outcome_of
from domain.what_if.refusals import IsNotAProposal
from projections.difference import Difference
from projections.warnings.warnings import WarningItem
from projections.what_if.moved_on import RecordMovedOn


def read(request: Request, recorded: History, saved: SavedScenario) -> Proposal:
    """A proposal as it is now. Raises a ``Problem`` for a what-if."""
    state = saved.state
    if state.purpose != "proposal":
        detail = "the scenario is a what-if: nobody proposed its facts"
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule=IsNotAProposal.__name__)])
    facts = facts_in(saved, recorded)
    undecided = [one for one in facts if one.status == "open"]
    checked = _checked(services(request), recorded.coalition, undecided)
    items = [
        fact_item(one, checked.problems.get(one.number, ()), checked.warnings.get(one.number, ())) for one in facts
    ]
    ledger = services(request).ledger
    for item, one in zip(items, facts, strict=True):
        if one.status == "open":
            item.needs = needed_facts(ledger, recorded.coalition, one, undecided)
    return Proposal(
        saved.coalition, saved.scenario, state.name, state.author, state.description, outcome_of(state, facts),
        closing_of(saved.events), saved.sequence, state.fork, saved.events[0].recorded_at, items,
        list(comments_in(saved.events)), recorded.sequence, checked.changes,
        _moved_on(request, recorded, saved, facts),
    )  # fmt: skip


class _CheckedFacts(NamedTuple):
    """What a check found, by the numbers of the facts, and what those that could be recorded would change."""

    problems: dict[int, list[Objection]]
    warnings: dict[int, list[WarningItem]]
    changes: Difference | None


def _checked(services: Services, coalition: str, facts: Sequence[ProposedFact]) -> _CheckedFacts:
    """Check facts together; if some are refused, what the others would change is worked out without them."""
    found = _CheckedFacts({}, {}, None)
    while facts:
        numbers = [one.number for one in facts]
        check = check_facts(services, coalition, [one.fact for one in facts], "")
        for refusal in check.refusals:
            number, pointer = _place(refusal.pointer, numbers)
            objection = Objection(refusal.rule, refusal.detail, pointer, refusal.collides_with)
            found.problems.setdefault(number, []).append(objection)
        for item in check.warnings:
            number, pointer = _place(item.pointer, numbers)
            found.warnings.setdefault(number, []).append(replace(item, pointer=pointer))
        if not check.refusals:
            return found._replace(changes=check.changes)
        facts = [one for one in facts if one.number not in found.problems]
    return found


def _place(pointer: str, numbers: Sequence[int]) -> tuple[int, str]:
    """The number of the fact that a pointer into the list leads to, and the pointer into the fact."""
    index, slash, rest = pointer[1:].partition("/")
    return numbers[int(index)], slash + rest


def _moved_on(request: Request, recorded: History, saved: SavedScenario, facts: list[ProposedFact]) -> RecordMovedOn:
    """How far the record has moved on, apart from what was accepted from here."""
    moved = moved_on_since(services(request).replays.of(recorded, saved.scenario))
    own = [one.recorded for one in facts if one.recorded is not None]
    later = {event.event_id for event in own if event.sequence > saved.state.fork.sequence}
    others = [one for one in moved.first_touching if one.event_id not in later]
    return replace(
        moved, events=moved.events - len(later), touching=moved.touching - len(later), first_touching=others
    )  # fmt: skip
