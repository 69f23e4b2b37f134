"""What became of the facts of a proposal: each is open, accepted or declined.

An accepted fact is on record under the id that it has in the proposal, and that alone says so: nothing is written to
the proposal when it is accepted, so the two can never disagree. What is on record stays accepted, whatever is said of
it in the proposal afterwards.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from domain.corrections import EventCorrected, EventRetracted, target_of
from domain.events import Event, ProposalOrigin
from domain.facts import Fact, Thing
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


class ChangeProvenance(NamedTuple):
    """A change of a scenario by its number; the events that ``added`` it, ``edited`` it last, and ``declined`` it."""

    number: int
    change: Any
    added: ScenarioEvent
    edited: ScenarioEvent | None = None
    declined: ScenarioEvent | None = None

    @property
    def origin(self) -> ProposalOrigin:
        """What an event says that puts what it assumes on record."""
        by, editor = self.added.recorded_by, None if self.edited is None else self.edited.recorded_by
        return ProposalOrigin(
            scenario=self.added.scenario, number=self.number, by=by, edited_by=None if editor == by else editor
        )


def provenance_of(events: Iterable[ScenarioEvent]) -> dict[int, ChangeProvenance]:
    """The changes of a scenario by their numbers, declined ones too, without those that were removed."""
    found: dict[int, ChangeProvenance] = {}
    last_number = 0
    for event in events:
        match event.fact:
            case ScenarioOpened() | ChangeAdded():
                for number, change in enumerate(_added_by(event.fact), start=last_number + 1):
                    found[number] = ChangeProvenance(number, change, event)
                    last_number = number
            case ChangeReplaced():
                edited = found[event.fact.number]
                found[event.fact.number] = edited._replace(change=event.fact.change, edited=event, declined=None)
            case ChangeDeclined():
                found[event.fact.number] = found[event.fact.number]._replace(declined=event)
            case ChangeRemoved():
                del found[event.fact.number]
    return found


def _added_by(fact: Any) -> Sequence[Any]:
    return fact.changes if isinstance(fact, ScenarioOpened) else (fact.change,)


class ProposedFact(NamedTuple):
    """A fact of a proposal as it would be recorded, with its id; ``recorded`` is the event that has it on record."""

    fact: Any
    provenance: ChangeProvenance
    recorded: Event | None = None

    @property
    def number(self) -> int:
        """Its number in the proposal."""
        return self.provenance.number

    @property
    def status(self) -> FactStatus:
        """What became of it."""
        if self.recorded is not None:
            return "accepted"
        return "open" if self.provenance.declined is None else "declined"


def proposed_facts(
    events: Iterable[ScenarioEvent], event_on_record: Callable[[str], Event | None]
) -> list[ProposedFact]:
    """The facts of a proposal in their order; ``event_on_record`` finds an event by its id.

    What was written to the proposal about a fact after it was recorded has no effect: it came too late.
    """
    events = list(events)
    found = provenance_of(events)
    recorded = {number: event_on_record(_id_of(one.change)) for number, one in found.items()}
    in_time = provenance_of(event for event in events if not _came_too_late(event, recorded))
    return [
        ProposedFact(one.change.assume, one, recorded[one.number])
        for one in in_time.values()
        if isinstance(one.change, Assume)
    ]


def _id_of(change: Any) -> str:
    return change.assume.event_id or "" if isinstance(change, Assume) else ""


def _came_too_late(event: ScenarioEvent, recorded: Mapping[int, Event | None]) -> bool:
    if not isinstance(event.fact, ChangeReplaced | ChangeDeclined):
        return False
    accepted = recorded.get(event.fact.number)
    return accepted is not None and accepted.recorded_at < event.recorded_at


def outcome_of(state: ScenarioState, facts: Iterable[ProposedFact]) -> Outcome:
    """What became of a proposal, given what became of its facts."""
    statuses = {one.status for one in facts}
    if "open" in statuses and state.status == "open":
        return "open"
    if "accepted" in statuses:
        return "accepted" if statuses == {"accepted"} else "partly_accepted"
    return "declined" if statuses == {"declined"} else "withdrawn"


# --- facts that build on each other -----------------------------------------------------------------------------------


def may_need(one: ProposedFact, others: Iterable[ProposedFact]) -> list[ProposedFact]:
    """Those of the others that a fact may build on, directly or through one another.

    They come before it, and are about a thing that it is about or rests on; or they correct or retract something.
    """
    found: list[ProposedFact] = []
    left = [other for other in others if other.number < one.number]
    needed = _builds_on(one.fact)
    while direct := [other for other in left if isinstance(other.fact, _MENDING) or needed & _brings(other.fact)]:
        found += direct
        left = [other for other in left if other not in direct]
        needed = needed.union(*(_builds_on(other.fact) for other in direct))
    return sorted(found, key=lambda other: other.number)


_MENDING = (EventCorrected, EventRetracted)


def _builds_on(fact: Any) -> set[Thing | str]:
    if isinstance(fact, EventCorrected):
        return {target_of(fact), *_builds_on(fact.replacement)}
    if isinstance(fact, Fact):
        return {fact.thing, *(footing.thing for footing in fact.footings)}
    return {target_of(fact)}


def _brings(fact: Any) -> set[Thing | str | None]:
    return {fact.event_id, fact.thing} if isinstance(fact, Fact) else {fact.event_id}
