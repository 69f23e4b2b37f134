"""Saved scenarios: a coalition's history, forked at a basis and changed, stored as a stream of its own facts.

A scenario is opened with a name, an author and a fork; changes are added and removed; it is rebased to another fork,
and closed. Its result is worked out on request (``projections/what_if/changed_history.py``) and never stored, and
nothing hypothetical enters a coalition's stream::

    RuleBroken
    ├── ScenarioIsNotOpened     the first fact of a scenario opens it
    ├── ScenarioIsOpenedAlready
    ├── ScenarioIsClosed        a closed scenario cannot change
    ├── IsNotAProposal          only what is proposed can be declined
    ├── OnlyFactsAreProposed    every change of a proposal assumes a fact
    ├── NoSuchChange            the scenario has no change with this number
    ├── IsDeclinedAlready       a declined fact is replaced, or left as it is
    ├── TooManyChanges
    ├── ForkAfterTheEnd         the starting point lies beyond the end of the record
    ├── ForkCycle               a scenario would fork from itself, directly or through others
    ├── ForksTooDeep
    └── SourcesAreMissing       an assumed fact without sources cannot be recorded, nor proposed

A **proposal** is a scenario whose changes are facts that somebody else may accept: each with its sources, ready to be
recorded. It is declined here. What was accepted is in the coalition's record, and nowhere else: an accepted fact keeps
the id that it has as an assumption (``projections/what_if/proposals.py``).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple, get_args

from pydantic import ConfigDict, Field, StrictInt, TypeAdapter
from pydantic.dataclasses import dataclass

from domain.corrections import EventCorrected
from domain.facts import fact
from domain.history.history import KnownAxis
from domain.nulls import null_is_absent
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import Moment
from domain.vocabulary import Name, Slug, Text
from domain.what_if.changes import ASSUMED, MAX_CHANGES, Assume, Change, Changes
from domain.what_if.refusals import (
    ForkCycle,
    ForksTooDeep,
    IsDeclinedAlready,
    IsNotAProposal,
    NoSuchChange,
    OnlyFactsAreProposed,
    ScenarioIsClosed,
    ScenarioIsNotOpened,
    ScenarioIsOpenedAlready,
    SourcesAreMissing,
    TooManyChanges,
)

Purpose = Literal["what_if", "proposal"]
"""What a scenario is for: a question, or facts that somebody else may accept."""

Number = Annotated[StrictInt, Field(ge=1)]
"""The number of a change; numbers count from 1 and are not reused."""

MAX_FORK_DEPTH = 10
"""The number of scenarios that may fork one from the next."""


# --- facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
@null_is_absent
class Fork:
    """The point at which a scenario leaves its coalition's history, or that of another scenario: a complete basis.

    It includes those of the first ``sequence`` events that were known at ``known_at`` on ``known_axis``; ``valid_at``
    is the default date of its answers.
    """

    valid_at: Moment
    known_at: Moment
    known_axis: KnownAxis = "recorded"
    sequence: Annotated[StrictInt, Field(ge=0)]
    scenario: Slug | None = None


@fact(
    name="Without the United States",
    author="a planner",
    fork={"valid_at": "2025-04-10", "known_at": "2025-04-10", "sequence": 40},
)
class ScenarioOpened:
    """A scenario is begun: a proposal if ``purpose`` says so, else a what-if."""

    type: Literal["ScenarioOpened"] = "ScenarioOpened"
    name: Name
    author: Name
    description: Text | None = None
    purpose: Literal["proposal"] | None = None
    fork: Fork
    changes: Changes = ()


@fact()
class ChangeAdded:
    """A change is added after the others; ``note`` says why."""

    type: Literal["ChangeAdded"] = "ChangeAdded"
    change: Change
    note: Text | None = None


@fact(number=2)
class ChangeRemoved:
    """A change is removed, by its number."""

    type: Literal["ChangeRemoved"] = "ChangeRemoved"
    number: Number
    note: Text | None = None


@fact(number=2)
class ChangeReplaced:
    """Another change takes the place and the number of one; one that was declined is proposed again."""

    type: Literal["ChangeReplaced"] = "ChangeReplaced"
    number: Number
    change: Change
    note: Text | None = None


@fact(number=2, reason="the source says 450, not 540")
class ChangeDeclined:
    """A proposed fact is not accepted; it no longer applies, until it is replaced."""

    type: Literal["ChangeDeclined"] = "ChangeDeclined"
    number: Number
    reason: Text


@fact(text="Is this the figure of March?", about=2)
class CommentMade:
    """Somebody remarks on the scenario, or on the change with the number ``about``. It changes nothing."""

    type: Literal["CommentMade"] = "CommentMade"
    text: Text
    about: Number | None = None


@fact(fork={"valid_at": "2025-05-10", "known_at": "2025-05-10", "sequence": 55})
class ScenarioRebased:
    """The same changes apply to another starting point."""

    type: Literal["ScenarioRebased"] = "ScenarioRebased"
    fork: Fork
    note: Text | None = None


@fact(reason="the question was answered")
class ScenarioClosed:
    """The scenario can no longer change; it can still be read and commented on."""

    type: Literal["ScenarioClosed"] = "ScenarioClosed"
    reason: Text | None = None


AnyScenarioFact = Annotated[
    ScenarioOpened
    | ChangeAdded
    | ChangeRemoved
    | ChangeReplaced
    | ChangeDeclined
    | CommentMade
    | ScenarioRebased
    | ScenarioClosed,
    Field(discriminator="type"),
]
SCENARIO_FACT: TypeAdapter[Any] = TypeAdapter(AnyScenarioFact)
"""Reads one fact of a scenario."""

SCENARIO_FACTS: dict[str, type] = {cls.__name__: cls for cls in get_args(get_args(AnyScenarioFact)[0])}
"""Every type of fact of a scenario, by its name: the storage contract, as for events."""


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class ScenarioEvent:
    """A fact of a scenario as recorded. ``sequence`` counts from 1 within the scenario."""

    event_id: str
    coalition: str
    scenario: str
    sequence: int
    recorded_at: str
    recorded_by: str
    idempotency_key: str | None = None
    fact: AnyScenarioFact


SCENARIO_EVENT: TypeAdapter[ScenarioEvent] = TypeAdapter(ScenarioEvent)
"""Reads and writes one event of a scenario as it is stored and answered."""


# --- state ------------------------------------------------------------------------------------------------------------


class ScenarioState(NamedTuple):
    """A scenario at one time. Changes have their numbers: ``changes`` apply, in this order; ``declined`` do not."""

    name: str
    author: str
    description: str | None
    fork: Fork
    changes: dict[int, Any]
    declined: dict[int, Any]
    purpose: Purpose = "what_if"
    status: Literal["open", "closed"] = "open"
    last_number: int = 0

    @property
    def in_order(self) -> tuple[Any, ...]:
        """The changes in the order in which they apply."""
        return tuple(self.changes.values())


def evolve(state: ScenarioState | None, fact: Any) -> ScenarioState:
    """The scenario after one more fact that breaks no rule."""
    if state is None:
        numbered = dict(enumerate(fact.changes, start=1))
        return ScenarioState(
            fact.name, fact.author, fact.description, fact.fork, numbered, {}, fact.purpose or "what_if",
            last_number=len(numbered),
        )  # fmt: skip
    match fact:
        case ChangeAdded():
            number = state.last_number + 1
            return state._replace(changes={**state.changes, number: fact.change}, last_number=number)
        case ChangeRemoved():
            return state._replace(changes=_without(state.changes, fact.number))
        case ChangeReplaced():
            changes = sorted((state.changes | {fact.number: fact.change}).items())
            return state._replace(changes=dict(changes), declined=_without(state.declined, fact.number))
        case ChangeDeclined():
            declined = state.declined | {fact.number: state.changes[fact.number]}
            return state._replace(changes=_without(state.changes, fact.number), declined=declined)
        case ScenarioRebased():
            return state._replace(fork=fact.fork)
        case ScenarioClosed():
            return state._replace(status="closed")
    return state


def _without(changes: dict[int, Any], number: int) -> dict[int, Any]:
    return {other: change for other, change in changes.items() if other != number}


def scenario_of(events: Iterable[ScenarioEvent]) -> ScenarioState | None:
    """The scenario after its events; ``None`` if there are none."""
    state: ScenarioState | None = None
    for event in events:
        state = evolve(state, event.fact)
    return state


# --- decisions --------------------------------------------------------------------------------------------------------


def decide(state: ScenarioState | None, facts: Sequence[Any]) -> ScenarioState:
    """The scenario with these facts added, all or none. Raises ``Refused`` with every rule that any of them breaks."""
    violations: list[Violation] = []
    for index, one in enumerate(facts):
        broken = broken_rule(state, one)
        if broken is not None:
            violations.append(Violation(index, broken))
        else:
            state = evolve(state, one)
    if violations or state is None:
        raise Refused(violations or [Violation(0, ScenarioIsNotOpened("unknown scenario"))])
    return state


def broken_rule(state: ScenarioState | None, fact: Any) -> RuleBroken | None:
    """The rule that a fact would break against the scenario, if any."""
    if isinstance(fact, ScenarioOpened):
        if state is not None:
            return ScenarioIsOpenedAlready("the scenario already exists", "/type")
        return _unfit_to_propose(dict(enumerate(fact.changes)), "/changes") if fact.purpose == "proposal" else None
    if state is None:
        return ScenarioIsNotOpened("the first fact of a scenario must be ScenarioOpened", "/type")
    if isinstance(fact, CommentMade):
        is_known = fact.about is None or fact.about <= state.last_number
        return None if is_known else NoSuchChange(f"the scenario has no change with the number {fact.about}", "/about")
    if state.status == "closed":
        return ScenarioIsClosed("the scenario is closed; fork another from it", "/type")
    if isinstance(fact, ChangeDeclined) and state.purpose != "proposal":
        return IsNotAProposal("only the facts of a proposal can be declined", "/type")
    if isinstance(fact, ChangeAdded) and len(state.changes) >= MAX_CHANGES:
        return TooManyChanges(f"a scenario has at most {MAX_CHANGES} changes", "/change")
    return _broken_by_number(state, fact) or _broken_by_change(state, fact)


def _broken_by_number(state: ScenarioState, fact: Any) -> RuleBroken | None:
    """The rule that a fact about one change breaks, if that change is not there."""
    number = getattr(fact, "number", None)
    if number is None or number in state.changes:
        return None
    if number not in state.declined:
        return NoSuchChange(f"the scenario has no change with the number {number}", "/number")
    return None if isinstance(fact, ChangeReplaced) else IsDeclinedAlready(f"{number} was declined", "/number")


def _broken_by_change(state: ScenarioState, fact: Any) -> RuleBroken | None:
    """The rule that a change breaks in a proposal, if it is not ready to be recorded."""
    if state.purpose != "proposal" or not isinstance(fact, (ChangeAdded, ChangeReplaced)):
        return None
    return _unfit_to_propose({None: fact.change}, "/change")


def _unfit_to_propose(changes: dict[Any, Any], field: str) -> RuleBroken | None:
    """Why changes cannot be proposed: there are none, or one is no fact with its sources. Keys lead to each of them."""
    if not changes:
        return OnlyFactsAreProposed("a proposal needs at least one fact", field)
    for step, change in changes.items():
        place = field if step is None else f"{field}/{step}"
        if not isinstance(change, Assume):
            return OnlyFactsAreProposed("only facts can be proposed: use assume", place)
        if is_unsourced(change.assume):
            inner = "/replacement" if isinstance(change.assume, EventCorrected) else ""
            detail = "a proposed fact needs a source, so that others can judge it"
            return SourcesAreMissing(detail, f"{place}/assume{inner}/sources")
    return None


def lineage(scenario: str, fork: Fork, fork_of: Callable[[str], Fork | None]) -> list[tuple[str, Fork]]:
    """The scenarios from the coalition's own history up to this one, each with its fork.

    Raises ``Refused`` for an unknown scenario, for a cycle, and if they fork too deep.
    """
    line: list[tuple[str, Fork]] = [(scenario, fork)]
    while (parent := line[-1][1].scenario) is not None:
        broken = _broken_by_parent(parent, line, fork_of(parent))
        if broken is not None:
            raise Refused([Violation(0, broken)])
        line.append((parent, fork_of(parent)))  # type: ignore[arg-type]
    return line[::-1]


def _broken_by_parent(parent: str, line: list[tuple[str, Fork]], fork: Fork | None) -> RuleBroken | None:
    if any(parent == name for name, _ in line):
        return ForkCycle(f"the scenario would fork from itself, through {parent}", "/fork/scenario")
    if fork is None:
        return ScenarioIsNotOpened(f"unknown scenario {parent}", "/fork/scenario")
    if len(line) >= MAX_FORK_DEPTH:
        return ForksTooDeep(f"at most {MAX_FORK_DEPTH} scenarios can fork one from the next", "/fork/scenario")
    return None


def is_unsourced(fact: Any) -> bool:
    """Whether a fact, or the replacement in a correction, still has the placeholder for its sources."""
    return ASSUMED in fact.sources or (isinstance(fact, EventCorrected) and ASSUMED in fact.replacement.sources)
