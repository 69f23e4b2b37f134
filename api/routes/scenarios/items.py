"""Saved scenarios as answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, JsonValue, TypeAdapter

from api.http.problems import UNREADABLE_RECORD, ProblemSummary, summary
from api.moved_on import moved_on_since
from api.routes.what_if_problems import detail_of
from domain.history.history import History
from domain.ledger import SavedScenario, UnreadableScenario
from domain.refusals import RuleBroken, Violation
from domain.times import FOREVER_US
from domain.what_if.changes import Change
from domain.what_if.proposals import Outcome, ProposedFact, outcome_of, proposed_facts
from domain.what_if.scenarios import SCENARIO_EVENT, ChangeAdded, Fork, Purpose, ScenarioEvent, ScenarioOpened
from projections.what_if.changed_history import ChangedHistory
from projections.what_if.moved_on import RecordMovedOn

CHANGE: TypeAdapter[Any] = TypeAdapter(Change)


OnlyIfProposal = Annotated[
    Purpose, Field(exclude_if=lambda purpose: purpose == "what_if", description="Absent for a what-if.")
]


OutcomeOfProposal = Annotated[
    Outcome | None,
    Field(exclude_if=lambda outcome: outcome is None, description="What became of a proposal; absent for a what-if."),
]


@dataclass(slots=True)
class ListedScenario:
    """A saved scenario in a list; ``changes`` is the number of its changes, ``events_since`` that of the events since
    its starting point."""

    scenario: str
    name: str
    author: str
    description: str | None
    status: Literal["open", "closed"]
    sequence: int
    fork: Fork
    changes: int
    opened_at: str
    events_since: int
    purpose: OnlyIfProposal = "what_if"
    outcome: OutcomeOfProposal = None


@dataclass(slots=True)
class UnreadableScenarioItem:
    """A saved scenario that cannot be read here, and the problem that every read of it answers."""

    scenario: str
    sequence: int
    problem: ProblemSummary


@dataclass(slots=True)
class SavedScenarios:
    """The saved scenarios of a coalition, by slug."""

    scenarios: list[ListedScenario | UnreadableScenarioItem]


@dataclass(slots=True)
class NumberedChange:
    """A change of a scenario with its number, and when, by whom and why it was added."""

    number: int
    change: dict[str, JsonValue]
    added_at: str
    added_by: str
    note: str | None


@dataclass(slots=True)
class UnappliedChange:
    """A change that no longer applies at this fork; ``pointer`` leads into the change."""

    number: int
    rule: str
    detail: str
    pointer: str
    collides_with: list[str]


@dataclass(slots=True)
class Objection:
    """A rule that a fact would break if it were recorded now; ``pointer`` leads into the fact."""

    rule: str
    detail: str
    pointer: str
    collides_with: list[str]


@dataclass(slots=True)
class ScenarioItem:
    """A saved scenario: its fork, its changes in order, those that no longer apply, and its own history."""

    coalition: str
    scenario: str
    name: str
    author: str
    description: str | None
    status: Literal["open", "closed"]
    sequence: int
    fork: Fork
    lineage: list[str]
    changes: list[NumberedChange]
    not_applied: list[UnappliedChange]
    opened_at: str
    history: list[dict[str, JsonValue]]
    record_moved_on: RecordMovedOn
    purpose: OnlyIfProposal = "what_if"


@dataclass(slots=True)
class RecordedScenarioEvents:
    """The events of a scenario as recorded, and its changes that no longer apply; null if these cannot be computed now.
    The scenario itself has them later."""

    scenario: str
    events: list[dict[str, JsonValue]]
    not_applied: list[UnappliedChange] | None


def list_item(saved: SavedScenario, recorded: History) -> ListedScenario:
    """Return a scenario for a list, beside the record."""
    state = saved.state
    return ListedScenario(
        saved.scenario, state.name, state.author, state.description, state.status, saved.sequence, state.fork,
        len(state.changes), saved.events[0].recorded_at, max(0, recorded.sequence - state.fork.sequence),
        state.purpose, outcome_of(state, facts_in(saved, recorded)) if state.purpose == "proposal" else None,
    )  # fmt: skip


def facts_in(saved: SavedScenario, recorded: History) -> list[ProposedFact]:
    """Return the facts of a proposal, with what became of them on record."""
    view = recorded.view(FOREVER_US, FOREVER_US, "recorded", recorded.sequence)
    return proposed_facts(saved.events, view.event)


def list_item_or_problem(
    one: SavedScenario | UnreadableScenario, recorded: History
) -> ListedScenario | UnreadableScenarioItem:
    """Return a scenario for a list, or the reason why it cannot be read."""
    if isinstance(one, SavedScenario):
        return list_item(one, recorded)
    return UnreadableScenarioItem(one.scenario, one.sequence, summary(UNREADABLE_RECORD, str(one.failure)))


def scenario_item(saved: SavedScenario, line: Sequence[SavedScenario], history: ChangedHistory) -> ScenarioItem:
    """Return a whole scenario; ``line`` are the scenarios that it is forked from and itself. Raises a ``Problem``."""
    state = saved.state
    return ScenarioItem(
        saved.coalition, saved.scenario, state.name, state.author, state.description, state.status, saved.sequence,
        state.fork, [one.scenario for one in line[:-1]], list(_changes(saved)),
        not_applied(saved, history.violations), saved.events[0].recorded_at,
        [_as_stored(event) for event in saved.events], moved_on_since(history), state.purpose,
    )  # fmt: skip


def not_applied(saved: SavedScenario, violations: Iterable[Violation]) -> list[UnappliedChange]:
    """Return the changes that cannot be applied, with their numbers."""
    numbers = list(saved.state.changes)
    return [
        UnappliedChange(numbers[index], broken.rule, detail_of(broken), broken.field, list(broken.collides_with))
        for index, broken in violations
    ]


def objection(broken: RuleBroken) -> Objection:
    """Return a rule that a fact would break."""
    return Objection(broken.rule, broken.detail, broken.field, list(broken.collides_with))


def _changes(saved: SavedScenario) -> Iterable[NumberedChange]:
    """Yield the scenario's changes, each from the event that added it."""
    number = 0
    for event in saved.events:
        for _ in _added_by(event):
            number += 1
            if number in saved.state.changes:
                now = CHANGE.dump_python(saved.state.changes[number], mode="json", exclude_none=True)
                note = getattr(event.fact, "note", None)
                yield NumberedChange(number, now, event.recorded_at, event.recorded_by, note)


def _added_by(event: ScenarioEvent) -> Sequence[Any]:
    match event.fact:
        case ScenarioOpened():
            return event.fact.changes
        case ChangeAdded():
            return (event.fact.change,)
    return ()


def _as_stored(event: ScenarioEvent) -> dict[str, JsonValue]:
    stored: dict[str, JsonValue] = SCENARIO_EVENT.dump_python(event, mode="json", exclude_none=True)
    return stored
