"""Saved scenarios: a coalition's history, forked at a basis and changed, kept as a stream of facts of its own.

A scenario is opened with a name, an author and a fork; changes are added and removed; it is rebased to another fork,
and closed. What a replay shows is worked out when asked (``projections/what_if/changed_history.py``): nothing of it is
stored, and nothing hypothetical enters a coalition's stream::

    RuleBroken
    ├── ScenarioIsNotOpened     the first fact of a scenario opens it
    ├── ScenarioIsOpenedAlready
    ├── ScenarioIsClosed        nothing happens in a closed one
    ├── NoSuchChange            no change of that number is in the scenario
    ├── TooManyChanges
    ├── ForkAfterTheEnd         forked later than the record reaches
    ├── ForkCycle               a scenario that would fork from itself, directly or through others
    ├── ForksTooDeep
    └── SourcesAreMissing       an assumed fact without sources cannot be recorded
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, StrictInt, TypeAdapter
from pydantic.dataclasses import dataclass

from domain.corrections import EventCorrected
from domain.facts import fact
from domain.history.history import KnownAxis
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import Moment
from domain.vocabulary import Name, Slug, Text
from domain.what_if.changes import ASSUMED, MAX_CHANGES, Change, Changes
from domain.what_if.refusals import (
    ForkCycle,
    ForksTooDeep,
    NoSuchChange,
    ScenarioIsClosed,
    ScenarioIsNotOpened,
    ScenarioIsOpenedAlready,
    TooManyChanges,
)

MAX_FORK_DEPTH = 10
"""So many scenarios may fork from each other, one from the next."""


# --- facts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, config=ConfigDict(extra="forbid"))
class Fork:
    """Where a scenario leaves its coalition's history, or that of another scenario: a whole basis.

    ``sequence`` is how many recorded events it sees, ``known_at`` and ``known_axis`` which of them; ``valid_at`` is
    what it looks at unless asked otherwise.
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
    """Somebody begins to ask what if."""

    type: Literal["ScenarioOpened"] = "ScenarioOpened"
    name: Name
    author: Name
    description: Text | None = None
    fork: Fork
    changes: Changes = ()


@fact()
class ChangeAdded:
    """One more change, after those that are there; ``note`` says why."""

    type: Literal["ChangeAdded"] = "ChangeAdded"
    change: Change
    note: Text | None = None


@fact(number=2)
class ChangeRemoved:
    """A change, by its number, is in it no longer. Numbers count from 1 and are not used again."""

    type: Literal["ChangeRemoved"] = "ChangeRemoved"
    number: Annotated[StrictInt, Field(ge=1)]
    note: Text | None = None


@fact(fork={"valid_at": "2025-05-10", "known_at": "2025-05-10", "sequence": 55})
class ScenarioRebased:
    """The same changes, on a fork at another basis."""

    type: Literal["ScenarioRebased"] = "ScenarioRebased"
    fork: Fork
    note: Text | None = None


@fact(reason="the question was answered")
class ScenarioClosed:
    """Nothing more happens in it; it can still be read."""

    type: Literal["ScenarioClosed"] = "ScenarioClosed"
    reason: Text | None = None


AnyScenarioFact = Annotated[
    ScenarioOpened | ChangeAdded | ChangeRemoved | ScenarioRebased | ScenarioClosed, Field(discriminator="type")
]
SCENARIO_FACT: TypeAdapter[Any] = TypeAdapter(AnyScenarioFact)
"""Reads one fact of a scenario."""

SCENARIO_FACTS: dict[str, type] = {
    cls.__name__: cls for cls in (ScenarioOpened, ChangeAdded, ChangeRemoved, ScenarioRebased, ScenarioClosed)
}
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
    """A scenario as its facts have left it. ``changes`` are in order, by their numbers."""

    name: str
    author: str
    description: str | None
    fork: Fork
    changes: dict[int, Any]
    status: Literal["open", "closed"] = "open"
    last_number: int = 0

    @property
    def in_order(self) -> tuple[Any, ...]:
        """The changes as they are applied."""
        return tuple(self.changes.values())


def evolve(state: ScenarioState | None, fact: Any) -> ScenarioState:
    """The scenario after one more fact that breaks no rule."""
    if state is None:
        numbered = dict(enumerate(fact.changes, start=1))
        return ScenarioState(fact.name, fact.author, fact.description, fact.fork, numbered, last_number=len(numbered))
    match fact:
        case ChangeAdded():
            number = state.last_number + 1
            return state._replace(changes={**state.changes, number: fact.change}, last_number=number)
        case ChangeRemoved():
            return state._replace(changes={n: change for n, change in state.changes.items() if n != fact.number})
        case ScenarioRebased():
            return state._replace(fork=fact.fork)
    return state._replace(status="closed")


def scenario_of(events: Iterable[ScenarioEvent]) -> ScenarioState | None:
    """The scenario that its events add up to; ``None`` where there are none."""
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
        raise Refused(violations or [Violation(0, ScenarioIsNotOpened("there is no such scenario"))])
    return state


def broken_rule(state: ScenarioState | None, fact: Any) -> RuleBroken | None:
    """The rule that a fact breaks against the scenario as it is by then, if any."""
    if isinstance(fact, ScenarioOpened):
        return None if state is None else ScenarioIsOpenedAlready("the scenario is opened already", "/type")
    if state is None:
        return ScenarioIsNotOpened("the first fact of a scenario is ScenarioOpened", "/type")
    if state.status == "closed":
        return ScenarioIsClosed("the scenario is closed; fork another from it", "/type")
    if isinstance(fact, ChangeAdded) and len(state.changes) >= MAX_CHANGES:
        return TooManyChanges(f"a scenario has at most {MAX_CHANGES} changes", "/change")
    if isinstance(fact, ChangeRemoved) and fact.number not in state.changes:
        return NoSuchChange(f"the scenario has no change {fact.number}", "/number")
    return None


def lineage(scenario: str, fork: Fork, fork_of: Callable[[str], Fork | None]) -> list[tuple[str, Fork]]:
    """The scenarios from the coalition's own history up to this one, each with its fork.

    Raises ``Refused`` for one that is not there, for a cycle, and where they fork too deep.
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
        return ScenarioIsNotOpened(f"there is no scenario {parent}", "/fork/scenario")
    if len(line) >= MAX_FORK_DEPTH:
        return ForksTooDeep(f"at most {MAX_FORK_DEPTH} scenarios fork one from the next", "/fork/scenario")
    return None


def is_unsourced(fact: Any) -> bool:
    """Whether a fact, or what it puts in the place of another, rests on nothing but an assumption."""
    return ASSUMED in fact.sources or (isinstance(fact, EventCorrected) and ASSUMED in fact.replacement.sources)
