"""Reading a proposal: its facts are judged together, as if they were recorded now."""

from dataclasses import replace

from fastapi import Request

from api.http.problems import SCENARIO_CONFLICT, Fault, Problem
from api.moved_on import moved_on_since
from api.routes.scenarios.acceptance import needed_facts
from api.routes.scenarios.items import Objection, objection
from api.routes.scenarios.proposal_items import Proposal, closing_of, comments_in, fact_item, facts_in
from api.services import services
from domain.history.history import History
from domain.ledger import SavedScenario
from domain.what_if.proposals import ProposedFact, outcome_of
from domain.what_if.refusals import IsNotAProposal
from projections.what_if.moved_on import RecordMovedOn


def read(request: Request, recorded: History, saved: SavedScenario) -> Proposal:
    """A proposal as it is now. Raises a ``Problem`` for a what-if."""
    if saved.state.purpose != "proposal":
        detail = "the scenario is a what-if: nobody proposed its facts"
        raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule=IsNotAProposal.__name__)])
    facts = facts_in(saved, recorded)
    state = saved.state
    is_open = [one for one in facts if one.status == "open"]
    ledger = services(request).ledger
    refusals = ledger.refusals(recorded.coalition, [one.fact for one in is_open]) if is_open else []
    problems: dict[int, list[Objection]] = {}
    for index, broken in refusals:
        problems.setdefault(is_open[index].number, []).append(objection(broken))
    items = [
        fact_item(one, problems.get(one.number, ()), needed_facts(ledger, recorded.coalition, one, is_open))
        if one.status == "open" else fact_item(one)
        for one in facts
    ]  # fmt: skip
    return Proposal(
        saved.coalition, saved.scenario, state.name, state.author, state.description, outcome_of(state, facts),
        closing_of(saved.events), saved.sequence, state.fork, saved.events[0].recorded_at, items,
        list(comments_in(saved.events)), recorded.sequence, None, _moved_on(request, recorded, saved, facts),
    )  # fmt: skip


def _moved_on(request: Request, recorded: History, saved: SavedScenario, facts: list[ProposedFact]) -> RecordMovedOn:
    """How far the record has moved on, apart from what was accepted from here."""
    moved = moved_on_since(services(request).replays.of(recorded, saved.scenario))
    own = [one.recorded for one in facts if one.recorded is not None]
    later = {event.event_id for event in own if event.sequence > saved.state.fork.sequence}
    others = [one for one in moved.first_touching if one.event_id not in later]
    return replace(
        moved, events=moved.events - len(later), touching=moved.touching - len(later), first_touching=others
    )  # fmt: skip
