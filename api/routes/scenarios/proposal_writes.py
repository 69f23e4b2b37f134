"""Writes to a proposal: its facts are declined, edited and commented on; ``acceptance.py`` accepts them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from api.http.problems import SCENARIO_CONFLICT, Fault, Problem
from api.routes.parameters import saved_scenario
from api.routes.scenarios.acceptance import Selection, check_seen, chosen_facts, why_not_open
from api.routes.scenarios.bodies import Decline, NewComment, Replacement
from api.routes.scenarios.items import facts_in
from api.routes.scenarios.writing import ScenarioWrite
from api.services import services
from domain.history.history import History
from domain.ledger import SavedScenario, ScenarioRecording
from domain.what_if.changes import Assume
from domain.what_if.proposals import provenance_of
from domain.what_if.scenarios import ChangeDeclined, ChangeReplaced, CommentMade, ScenarioState


def decline(write: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Decline facts, with the reason. Raises a ``Problem``."""
    asked: Decline = write.body("Decline")
    saved_scenario(write.request, write.recorded, scenario)

    def facts(_: ScenarioState | None) -> Sequence[Any]:
        saved = saved_scenario(write.request, write.recorded, scenario)
        chosen = chosen_facts(saved, facts_in(saved, _by_now(write)), Selection(asked.changes, asked.sequence))
        declined.extend(one.number for one in chosen)
        return [ChangeDeclined(number=one.number, reason=asked.reason) for one in chosen]

    declined: list[int] = []
    recording = write.record(scenario, "decline", facts)
    for number in declined:
        check_not_accepted(write, scenario, number)
    return recording


def comment(write: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Comment on a scenario. Raises a ``Problem``."""
    asked: NewComment = write.body("NewComment")
    saved_scenario(write.request, write.recorded, scenario)
    return write.record(scenario, "comment", lambda _: [CommentMade(text=asked.text, about=asked.about)])


def replace_with(write: ScenarioWrite, scenario: str, number: int) -> ScenarioRecording:
    """Put another change in the place of one. Raises a ``Problem``."""
    asked: Replacement = write.body("Replacement")
    saved_scenario(write.request, write.recorded, scenario)

    def facts(state: ScenarioState | None) -> Sequence[Any]:
        assert state is not None
        saved = check_not_accepted(write, scenario, number)
        if number in (provenance := provenance_of(saved.events)):
            check_seen([provenance[number]], asked.sequence)
        [change] = write.with_ids([_with_id_of(state, number, asked.change)])
        return [ChangeReplaced(number=number, change=change, note=asked.note)]

    def check(state: ScenarioState) -> None:
        place = [*state.changes].index(number)
        write.check_replaced(scenario, state, place)
        write.check_recordable(state, [number], "/change")

    recording = write.record(scenario, f"replace {number}", facts, check)
    check_not_accepted(write, scenario, number)
    return recording


def _by_now(write: ScenarioWrite) -> History:
    """The record as it is now: what it was when the request began may lack what somebody has accepted since."""
    return services(write.request).ledger.history(write.recorded.coalition)


def check_not_accepted(write: ScenarioWrite, scenario: str, number: int) -> SavedScenario:
    """The scenario. Raises a ``Problem`` if it is a proposal and the fact is on record: it is corrected there only.

    It is asked before a write and after it: what is on record by then was accepted at the same time, and the write has
    no effect (``proposed_facts``).
    """
    saved = saved_scenario(write.request, write.recorded, scenario)
    if saved.state.purpose != "proposal":
        return saved
    facts = {one.number: one for one in facts_in(saved, _by_now(write)) if one.status == "accepted"}
    if number in facts and (broken := why_not_open(number, facts)):
        raise Problem(
            SCENARIO_CONFLICT,
            faults=[Fault(detail=broken.detail, rule=broken.rule, collides_with=broken.collides_with)],
        )
    return saved


def _with_id_of(state: ScenarioState, number: int, change: Any) -> Any:
    """The change; an assumed fact has the id of the one in whose place it comes, so it is accepted once at most."""
    before = state.changes.get(number) or state.declined.get(number)
    if not isinstance(change, Assume) or not isinstance(before, Assume):
        return change
    return replace(change, assume=replace(change.assume, event_id=before.assume.event_id))
