"""Saved scenarios as they are kept: a stream of facts for each, in a table of their own beside the coalitions'.

What is hypothetical can so never be taken for a coalition's record: no query for one finds the other.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsourcing.persistence import IntegrityError

from domain.ledger.failures import KeyReused, StaleMatch, UnknownScenario, UnreadableEvent, WriteConflict
from domain.ledger.identity import new_event_ids
from domain.ledger.mapper import EventMapper, Upcaster
from domain.ledger.recorders import Request, ScenarioRow, available
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import format_instant, instant_us
from domain.what_if.scenarios import SCENARIO_EVENT, SCENARIO_FACTS, Fork, ScenarioEvent, ScenarioState, decide, lineage
from domain.what_if.scenarios import scenario_of as state_of

if TYPE_CHECKING:
    from domain.ledger.ledger import Ledger

ROUNDS = 10
"""So often a request is decided again after another was faster."""

MOST_SCENARIOS = 1_000
"""So many scenarios may be saved for one coalition."""

SCENARIO_VERSIONS: dict[str, int] = dict.fromkeys(SCENARIO_FACTS, 1)
"""The version in which each type of fact of a scenario is stored now."""

SCENARIO_UPCASTERS: dict[str, Upcaster] = {}
"""For the topic of each past version, the step that makes of an event's JSON that of the next version."""


class TooManyScenarios(RuleBroken):
    """Only so many scenarios are kept for one coalition."""


class SavedScenario(NamedTuple):
    """A scenario as it has been saved: its events, and what they add up to."""

    coalition: str
    scenario: str
    events: tuple[ScenarioEvent, ...]
    state: ScenarioState

    @property
    def sequence(self) -> int:
        """How many events there are."""
        return len(self.events)

    def at(self, sequence: int) -> "SavedScenario":
        """The scenario as its first events had left it."""
        return saved(self.coalition, self.scenario, self.events[:sequence])


class UnreadableScenario(NamedTuple):
    """A scenario whose events cannot all be read by this program, and why."""

    coalition: str
    scenario: str
    sequence: int
    failure: UnreadableEvent


class ScenarioRecording(NamedTuple):
    """What was recorded: the scenario as that left it, and each new event's JSON, as stored."""

    scenario: SavedScenario
    events: list[bytes]
    is_repeat: bool


class Scenarios:
    """The saved scenarios in a ledger's store."""

    def __init__(self, ledger: "Ledger") -> None:
        self._recorder = ledger.recorder
        self._clock = ledger.clock
        self._mapper = ScenarioMapper()
        self._kept: dict[tuple[str, str], SavedScenario] = {}

    # --- reading ---

    def get(self, coalition: str, scenario: str) -> SavedScenario:
        """A scenario with everything that any process had committed before the call.

        Raises ``UnknownScenario``, ``UnreadableEvent``.
        """
        found = self._known(coalition, scenario)
        if found is None:
            raise UnknownScenario(coalition, scenario)
        return found

    def all(self, coalition: str) -> list[SavedScenario | UnreadableScenario]:
        """Every scenario of a coalition, by its name; one that cannot be read stands beside the others."""
        with available():
            sequences = self._recorder.scenario_sequences(coalition)
        found = (self._listed(coalition, scenario, sequence) for scenario, sequence in sequences)
        return [one for one in found if one is not None]

    def _listed(self, coalition: str, scenario: str, sequence: int) -> SavedScenario | UnreadableScenario | None:
        try:
            return self._known(coalition, scenario, sequence)
        except UnreadableEvent as failure:
            return UnreadableScenario(coalition, scenario, sequence, failure)

    def line(self, coalition: str, scenario: str) -> list[SavedScenario]:
        """The scenarios that one forks from, the first first, and itself.

        Raises ``UnknownScenario``; ``Refused`` for a line that never begins.
        """
        own = self.get(coalition, scenario)
        found = {scenario: own}
        names = lineage(scenario, own.state.fork, lambda name: self._fork_of(coalition, name, found))
        return [found[name] for name, _ in names]

    def check_parent(self, coalition: str, scenario: str, parent: str) -> None:
        """Raise ``Refused`` where a scenario that forks from ``parent`` forks from itself, from none, or too deep."""
        fork = Fork(valid_at="2000", known_at="2000", sequence=0, scenario=parent)
        lineage(scenario, fork, lambda name: self._fork_of(coalition, name, {}))

    def _fork_of(self, coalition: str, scenario: str, found: dict[str, SavedScenario]) -> Fork | None:
        one = found[scenario] if scenario in found else self._known(coalition, scenario)
        if one is None:
            return None
        found[scenario] = one
        return one.state.fork

    def _known(self, coalition: str, scenario: str, sequence: int | None = None) -> SavedScenario | None:
        """What is kept, brought level with the store; ``None`` where the store has none."""
        kept = self._kept.get((coalition, scenario))
        if kept is not None and kept.sequence == sequence:
            return kept
        with available():
            rows = self._recorder.scenario_rows(coalition, scenario, kept.sequence if kept else 0)
        if not rows:
            return kept
        read = tuple(self._mapper.scenario_event(topic, state) for _, topic, state in rows)
        found = _loaded(coalition, scenario, (*kept.events, *read) if kept else read)
        self._kept[coalition, scenario] = found
        return found

    # --- writing ---

    def record(
        self,
        coalition: str,
        scenario: str,
        facts_for: Callable[[ScenarioState | None], Sequence[Any]],
        *,
        recorded_by: str,
        request: bytes,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        check: Callable[[ScenarioState], None] = lambda _: None,
    ) -> ScenarioRecording:
        """Record facts of a scenario, all or none; returns after they are on the disk.

        ``facts_for`` gives the facts for the scenario as it is by then, ``check`` may refuse what they would make of
        it; either may be asked again where another was faster. ``request`` is what the client sent, to be known again
        by. Raises ``Refused``, ``KeyReused``, ``StaleMatch``, ``WriteConflict``, ``UnreadableEvent``,
        ``StoreUnavailable``.
        """
        digest = hashlib.sha256(request).digest()
        write = _Write(coalition, scenario, facts_for, recorded_by, idempotency_key, digest, if_match, check)
        conflict: _SequenceTaken | None = None
        for _ in range(ROUNDS):
            try:
                return self._repeat(write) or self._decided(write)
            except _SequenceTaken as error:
                conflict = error
            except Exception:
                # The same request may have come through elsewhere after it was looked for: then it has its answer,
                # whether it stands in its own way or the check could not be made.
                repeat = self._repeat(write)
                if repeat is None:
                    raise
                return repeat
        raise WriteConflict(f"others wrote to {write.scope} first, {ROUNDS} times") from conflict

    def _decided(self, write: "_Write") -> ScenarioRecording:
        """Decide once, and save."""
        known = self._known(write.coalition, write.scenario)
        sequence = known.sequence if known else 0
        if write.if_match is not None and write.if_match != sequence:
            raise StaleMatch(write.if_match, sequence)
        before = known.state if known else None
        facts = write.facts_for(before)
        state = decide(before, facts)
        if known is None:
            self._refuse_too_many(write.coalition)
        write.check(state)
        events = list(self._events(write, facts, sequence, known.events[-1].recorded_at if known else None))
        rows = [self._mapper.row(event) for event in events]
        with available():
            try:
                self._recorder.insert_scenario_events(rows, write.requests(sequence, len(events)))
            except IntegrityError as error:
                raise _SequenceTaken from error
        found = saved(write.coalition, write.scenario, (*known.events, *events) if known else tuple(events))
        self._kept[write.coalition, write.scenario] = found
        return ScenarioRecording(found, [row.state for row in rows], is_repeat=False)

    def _refuse_too_many(self, coalition: str) -> None:
        with available():
            count = len(self._recorder.scenario_sequences(coalition))
        if count >= MOST_SCENARIOS:
            detail = f"at most {MOST_SCENARIOS:,} scenarios are kept for one coalition"
            raise Refused([Violation(0, TooManyScenarios(detail))])

    def _events(
        self, write: "_Write", facts: Sequence[Any], sequence: int, last_recorded_at: str | None
    ) -> Iterator[ScenarioEvent]:
        now_us = self._clock()
        at_us = now_us if last_recorded_at is None else max(now_us, instant_us(last_recorded_at))
        ids = new_event_ids(len(facts), now_us)
        for number, (event_id, fact) in enumerate(zip(ids, facts, strict=True), start=sequence + 1):
            yield ScenarioEvent(
                event_id=event_id, coalition=write.coalition, scenario=write.scenario, sequence=number,
                recorded_at=format_instant(at_us), recorded_by=write.recorded_by, idempotency_key=write.key, fact=fact,
            )  # fmt: skip

    def _repeat(self, write: "_Write") -> ScenarioRecording | None:
        """The answer that the first request of this key got, if there was one."""
        if write.key is None:
            return None
        with available():
            requests = self._recorder.requests(write.scope, [write.key])
        if not requests:
            return None
        (request,) = requests
        if request.digest != write.digest:
            raise KeyReused(write.key)
        whole = self.get(write.coalition, write.scenario).at(request.last_sequence)
        events = [scenario_event_json(event) for event in whole.events[request.first_sequence - 1 :]]
        return ScenarioRecording(whole, events, is_repeat=True)


class _Write(NamedTuple):
    """One request to record."""

    coalition: str
    scenario: str
    facts_for: Callable[[ScenarioState | None], Sequence[Any]]
    recorded_by: str
    key: str | None
    digest: bytes
    if_match: int | None
    check: Callable[[ScenarioState], None]

    @property
    def scope(self) -> str:
        """What its idempotency key is kept under."""
        return scope_of(self.coalition, self.scenario)

    def requests(self, sequence: int, count: int) -> list[Request]:
        """What is kept of it, where it has a key: the ``count`` events after ``sequence`` that it became."""
        if self.key is None:
            return []
        return [Request(self.scope, self.key, self.digest, sequence + 1, sequence + count)]


def scope_of(coalition: str, scenario: str) -> str:
    """What the idempotency keys of a scenario are kept under; no coalition has such a name."""
    return f"{coalition}/{scenario}"


class _SequenceTaken(Exception):
    """Another has written to the scenario first, or with the same key."""


def saved(coalition: str, scenario: str, events: tuple[ScenarioEvent, ...]) -> SavedScenario:
    """A scenario from its events, of which there is at least one."""
    state = state_of(events)
    assert state is not None
    return SavedScenario(coalition, scenario, events, state)


def _loaded(coalition: str, scenario: str, events: tuple[ScenarioEvent, ...]) -> SavedScenario:
    """A scenario from its stored events. Raises ``UnreadableEvent`` where they do not add up to one."""
    if [event.sequence for event in events] != list(range(1, len(events) + 1)):
        raise UnreadableEvent(f"the stored events of the scenario {scenario} of {coalition} have a gap")
    try:
        return saved(coalition, scenario, events)
    except Exception as error:
        detail = f"the stored events of the scenario {scenario} of {coalition} make no scenario: {error!r}"
        raise UnreadableEvent(detail) from error


class ScenarioMapper(EventMapper):
    """Turns events of scenarios into rows and back, whatever version they were stored in."""

    def __init__(self) -> None:
        super().__init__(SCENARIO_VERSIONS, SCENARIO_UPCASTERS)
        # There are few of them, and what a change is aimed at is told apart by more than the reader of facts knows.
        self._read = SCENARIO_EVENT.validate_python

    def row(self, event: ScenarioEvent) -> ScenarioRow:
        """Give the event its row."""
        return ScenarioRow(
            event.coalition, event.scenario, event.sequence, self._topics[event.fact.type], scenario_event_json(event)
        )

    def scenario_event(self, topic: str, state: bytes) -> ScenarioEvent:
        """Read an event from its topic and its JSON, of whatever version; raises ``UnreadableEvent``."""
        event: Any = self.event(topic, state)
        assert isinstance(event, ScenarioEvent)
        return event


def scenario_event_json(event: ScenarioEvent) -> bytes:
    """An event as JSON; what is absent is left out."""
    return SCENARIO_EVENT.dump_json(event, exclude_none=True)
