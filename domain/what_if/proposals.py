"""What became of the facts of a proposal: each is open, accepted or declined.

An accepted fact is on record under the id that it has in the proposal, and that alone says so: nothing is written to
the proposal when it is accepted, so the two can never disagree. What is on record stays accepted, whatever the proposal
says of it later.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NamedTuple

from domain.events import Event, ProposalOrigin
from domain.what_if.changes import Assume
from domain.what_if.scenarios import (
    ChangeAdded,
    ChangeDeclined,
    ChangeRemoved,
    ChangeReplaced,
    ScenarioEvent,
    ScenarioOpened,
    ScenarioState,
)

FactStatus = Literal["open", "accepted", "declined"]
"""What became of a proposed fact."""

Outcome = Literal["open", "accepted", "partly_accepted", "declined", "withdrawn"]
"""What became of a proposal."""

RecordedEvent = Callable[[str], Event | None]
"""The event on record with an id."""


class ProposedFact(NamedTuple):
    """A fact of a proposal: ``number`` is that of its change, ``fact`` is as it would be recorded, with its id.

    ``added`` proposed it, ``edited`` changed it last, ``declined`` declined it, ``recorded`` has it on record.
    """

    number: int
    fact: Any
    added: ScenarioEvent
    edited: ScenarioEvent | None = None
    declined: ScenarioEvent | None = None
    recorded: Event | None = None

    @property
    def status(self) -> FactStatus:
        """What became of it."""
        if self.recorded is not None:
            return "accepted"
        return "open" if self.declined is None else "declined"

    @property
    def origin(self) -> ProposalOrigin:
        """What the event says that records it."""
        by, editor = self.added.recorded_by, self.edited.recorded_by if self.edited is not None else None
        return ProposalOrigin(
            scenario=self.added.scenario, number=self.number, by=by, edited_by=None if editor == by else editor
        )


def proposed_facts(events: Iterable[ScenarioEvent], recorded: RecordedEvent) -> list[ProposedFact]:
    """The facts of a proposal in their order, without those that were removed."""
    found: dict[int, ProposedFact] = {}
    last_number = 0
    for event in events:
        match event.fact:
            case ScenarioOpened() | ChangeAdded():
                for change in _added_by(event.fact):
                    last_number += 1
                    found[last_number] = ProposedFact(last_number, _fact_of(change), event)
            case ChangeReplaced():
                edited = found[event.fact.number]
                fact = _fact_of(event.fact.change)
                found[event.fact.number] = edited._replace(fact=fact, edited=event, declined=None)
            case ChangeDeclined():
                found[event.fact.number] = found[event.fact.number]._replace(declined=event)
            case ChangeRemoved():
                del found[event.fact.number]
    return [one._replace(recorded=recorded(one.fact.event_id)) for one in found.values()]


def _fact_of(change: Any) -> Any:
    assert isinstance(change, Assume)
    return change.assume


def _added_by(fact: Any) -> Sequence[Any]:
    return fact.changes if isinstance(fact, ScenarioOpened) else (fact.change,)


def outcome_of(state: ScenarioState, facts: Sequence[ProposedFact]) -> Outcome:
    """What became of a proposal, given what became of its facts."""
    statuses = {one.status for one in facts}
    if "open" in statuses and state.status == "open":
        return "open"
    if "accepted" in statuses:
        return "accepted" if statuses == {"accepted"} else "partly_accepted"
    return "declined" if statuses == {"declined"} else "withdrawn"


def open_facts(facts: Iterable[ProposedFact]) -> list[ProposedFact]:
    """Those that can still be accepted."""
    return [one for one in facts if one.status == "open"]
