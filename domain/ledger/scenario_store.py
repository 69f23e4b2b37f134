"""Saved scenarios in the store: a stream of facts for each, in a table of their own beside the coalitions'.

So nothing hypothetical can be mistaken for a coalition's record: no query for one finds the other.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from eventsourcing.persistence import IntegrityError

from domain.ledger.failures import UnknownScenario, UnreadableEvent
from domain.ledger.heads import check_predecessor
from domain.ledger.identity import new_event_ids
from domain.ledger.mapper import EventMapper, Upcaster
from domain.ledger.outages import store_errors
from domain.ledger.recorders import ScenarioRow, Store
from domain.ledger.rounds import in_rounds
from domain.ledger.tickets import Ticket, recorded_requests
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import BEFORE_TIME_US, format_instant, stamp_us
from domain.what_if.scenarios import SCENARIO_EVENT, SCENARIO_FACTS, Fork, ScenarioEvent, ScenarioState, decide, lineage
from domain.what_if.scenarios import scenario_of as state_of

MAX_SCENARIOS = 1_000
"""How many scenarios may be saved for one coalition."""

EVENT_BYTES = 5_000
"""About what an event of a scenario costs in memory."""

SCENARIO_VERSIONS: dict[str, int] = dict.fromkeys(SCENARIO_FACTS, 1) | {"ScenarioOpened": 2, "ChangeAdded": 2}
"""The version in which each type of fact of a scenario is stored now."""


def _opened_1(event: dict[str, Any]) -> dict[str, Any]:
    fact = event["fact"]
    return event | {"fact": fact | {"changes": [_shifting_one_date(change) for change in fact.get("changes", ())]}}


def _added_1(event: dict[str, Any]) -> dict[str, Any]:
    fact = event["fact"]
    return event | {"fact": fact | {"change": _shifting_one_date(fact["change"])}}


def _shifting_one_date(change: dict[str, Any]) -> dict[str, Any]:
    """A change as version 1 meant it: a shift moved ``effective_at`` and no other date."""
    return change | {"dates": ["effective_at"]} if "shift" in change else change


SCENARIO_UPCASTERS: dict[str, Upcaster] = {"ScenarioOpened.1": _opened_1, "ChangeAdded.1": _added_1}
"""For the topic of each past version, the step that makes of an event's JSON that of the next version."""


class TooManyScenarios(RuleBroken):
    """A coalition has as many scenarios as it may have."""


class SavedScenario(NamedTuple):
    """A saved scenario: its events, and the state that they lead to."""

    coalition: str
    scenario: str
    events: tuple[ScenarioEvent, ...]
    state: ScenarioState

    @property
    def sequence(self) -> int:
        """How many events there are."""
        return len(self.events)

    def at(self, sequence: int) -> "SavedScenario":
        """The scenario after its first ``sequence`` events."""
        return saved(self.coalition, self.scenario, self.events[:sequence])


class UnreadableScenario(NamedTuple):
    """A scenario whose events cannot all be read by this program, and why."""

    coalition: str
    scenario: str
    sequence: int
    failure: UnreadableEvent


class ScenarioRecording(NamedTuple):
    """What was recorded: the scenario after it, and each new event's JSON, as stored."""

    scenario: SavedScenario
    events: list[bytes]
    is_repeat: bool


class Scenarios:
    """The saved scenarios in a ledger's store."""

    def __init__(self, store: Store) -> None:
        self._recorder = store.recorder
        self._clock = store.clock
        self._mapper = ScenarioMapper()
        self._memory = store.memory

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
        """Every scenario of a coalition, by name; one that cannot be read is listed with the others."""
        with store_errors():
            sequences = self._recorder.scenario_sequences(coalition)
        found = (self._listed(coalition, scenario, sequence) for scenario, sequence in sequences)
        return [one for one in found if one is not None]

    def _keep(self, found: SavedScenario) -> None:
        self._memory.put(_key(found.coalition, found.scenario), found, EVENT_BYTES * found.sequence)

    def _listed(self, coalition: str, scenario: str, sequence: int) -> SavedScenario | UnreadableScenario | None:
        try:
            return self._known(coalition, scenario, sequence)
        except UnreadableEvent as failure:
            return UnreadableScenario(coalition, scenario, sequence, failure)

    def line(self, coalition: str, scenario: str) -> list[SavedScenario]:
        """The scenarios that one is forked from, the first of them first, and the scenario itself.

        Raises ``UnknownScenario``; ``Refused`` if the line has no beginning.
        """
        own = self.get(coalition, scenario)
        found = {scenario: own}
        names = lineage(scenario, own.state.fork, lambda name: self._fork_of(coalition, name, found))
        return [found[name] for name, _ in names]

    def check_parent(self, coalition: str, scenario: str, parent: str) -> None:
        """Raise ``Refused`` if a scenario forked from ``parent`` would fork from itself, from none, or too deep."""
        fork = Fork(valid_at="2000", known_at="2000", sequence=0, scenario=parent)
        lineage(scenario, fork, lambda name: self._fork_of(coalition, name, {}))

    def _fork_of(self, coalition: str, scenario: str, found: dict[str, SavedScenario]) -> Fork | None:
        one = found[scenario] if scenario in found else self._known(coalition, scenario)
        if one is None:
            return None
        found[scenario] = one
        return one.state.fork

    def _known(self, coalition: str, scenario: str, sequence: int | None = None) -> SavedScenario | None:
        """The scenario, level with the store; ``None`` if the store has none."""
        cached: SavedScenario | None = self._memory.get(_key(coalition, scenario))
        if cached is not None and cached.sequence == sequence:
            return cached
        with store_errors():
            # From the last known event on, which has to be there still.
            rows = self._recorder.scenario_rows(coalition, scenario, cached.sequence - 1 if cached else 0)
        if cached is not None:
            last = rows.pop(0)[2:] if rows else None
            check_predecessor(scope_of(coalition, scenario), cached.sequence, cached.events[-1].event_id, last)
        if not rows:
            return cached
        read = tuple(self._mapper.scenario_event(topic, state) for _, topic, state in rows)
        found = _loaded(coalition, scenario, (*cached.events, *read) if cached else read)
        self._keep(found)
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

        ``facts_for`` returns the facts for the scenario as it is at that point, ``check`` may refuse the state that
        they would lead to; both are called again if another process was faster. ``request`` is the client's request, by
        which a repeat is recognised. Raises ``Refused``, ``KeyReused``, ``StaleMatch``, ``WriteConflict``,
        ``UnreadableEvent``, ``StoreUnavailable``.
        """
        digest = hashlib.sha256(request).digest()
        ticket = ScenarioTicket(
            coalition=coalition, scenario=scenario, facts_for=facts_for, recorded_by=recorded_by, key=idempotency_key,
            digest=digest, if_match=if_match, check=check,
        )  # fmt: skip
        attempts: list[Attempt] = []
        with store_errors():
            return in_rounds(ticket.scope, lambda _: self._attempt(ticket, attempts))

    def _attempt(self, ticket: "ScenarioTicket", earlier: list["Attempt"]) -> ScenarioRecording:
        """Decide and save once, unless the request has been recorded already."""
        try:
            return self._repeat(ticket) or self._committed(ticket, earlier) or self._decided(ticket, earlier)
        except IntegrityError:
            raise
        except Exception:
            # The same request may have been recorded elsewhere after it was looked for: then it has its answer, even
            # if it is refused because of itself, or the check could not be made.
            repeat = self._repeat(ticket)
            if repeat is None:
                raise
            return repeat

    def _committed(self, ticket: "ScenarioTicket", earlier: list["Attempt"]) -> ScenarioRecording | None:
        """The outcome of an earlier attempt that was committed without confirmation; the store knows."""
        known = self._known(ticket.coalition, ticket.scenario) if earlier else None
        found = next((attempt.recording for attempt in earlier if known is not None and attempt.is_in(known)), None)
        if found is not None:
            self._recorder.confirm()
        return found

    def _decided(self, ticket: "ScenarioTicket", earlier: list["Attempt"]) -> ScenarioRecording:
        known = self._known(ticket.coalition, ticket.scenario)
        sequence = known.sequence if known else 0
        ticket.check_sequence(sequence)
        before = known.state if known else None
        facts = ticket.facts_for(before)
        state = decide(before, facts)
        if known is None:
            self._refuse_too_many(ticket.coalition)
        ticket.check(state)
        events = tuple(self._events(ticket, facts, sequence, known.events[-1].recorded_at if known else None))
        rows = [self._mapper.row(event) for event in events]
        found = saved(ticket.coalition, ticket.scenario, (*known.events, *events) if known else events)
        recording = ScenarioRecording(found, [row.state for row in rows], is_repeat=False)
        earlier.append(Attempt(sequence, events, recording))
        after_id = known.events[-1].event_id if known else None
        self._recorder.insert_scenario_events(rows, ticket.requests(sequence, len(events)), after_id)
        self._keep(found)
        return recording

    def _refuse_too_many(self, coalition: str) -> None:
        with store_errors():
            count = len(self._recorder.scenario_sequences(coalition))
        if count >= MAX_SCENARIOS:
            detail = f"a coalition may have at most {MAX_SCENARIOS:,} scenarios"
            raise Refused([Violation(0, TooManyScenarios(detail))])

    def _events(
        self, ticket: "ScenarioTicket", facts: Sequence[Any], sequence: int, last_recorded_at: str | None
    ) -> Iterator[ScenarioEvent]:
        last_us = BEFORE_TIME_US if last_recorded_at is None else stamp_us(last_recorded_at)
        at_us = self._clock.stamp_after(last_us)
        ids = new_event_ids(len(facts), self._clock())
        for number, (event_id, fact) in enumerate(zip(ids, facts, strict=True), start=sequence + 1):
            yield ScenarioEvent(
                event_id=event_id, coalition=ticket.coalition, scenario=ticket.scenario, sequence=number,
                recorded_at=format_instant(at_us), recorded_by=ticket.recorded_by,
                idempotency_key=ticket.key, fact=fact,
            )  # fmt: skip

    def _repeat(self, ticket: "ScenarioTicket") -> ScenarioRecording | None:
        """The answer to the first request with this key, if there was one."""
        request = recorded_requests(self._recorder, ticket.scope, [ticket]).get(ticket.key)
        if request is None:
            return None
        ticket.check_repeat(request)
        self._recorder.confirm()
        whole = self.get(ticket.coalition, ticket.scenario).at(request.last_sequence)
        events = [scenario_event_json(event) for event in whole.events[request.first_sequence - 1 :]]
        return ScenarioRecording(whole, events, is_repeat=True)


def _key(coalition: str, scenario: str) -> tuple[str, str, str]:
    return "scenario", coalition, scenario


class ScenarioTicket(Ticket):
    """A request to record facts of a scenario; ``facts_for`` and ``check`` as ``Scenarios.record`` has them."""

    __slots__ = ("check", "coalition", "facts_for", "scenario")

    def __init__(
        self,
        *,
        coalition: str,
        scenario: str,
        facts_for: Callable[[ScenarioState | None], Sequence[Any]],
        recorded_by: str,
        key: str | None,
        digest: bytes,
        if_match: int | None,
        check: Callable[[ScenarioState], None],
    ) -> None:
        super().__init__(scope_of(coalition, scenario), recorded_by, key, digest, if_match)
        self.coalition = coalition
        self.scenario = scenario
        self.facts_for = facts_for
        self.check = check


class Attempt(NamedTuple):
    """The outcome of one round: the events after a sequence, and the answer if they are saved."""

    sequence: int
    events: tuple[ScenarioEvent, ...]
    recording: ScenarioRecording

    def is_in(self, known: SavedScenario) -> bool:
        """Whether the scenario has the events, although their commit was not confirmed."""
        first = self.events[0].event_id
        return any(event.event_id == first for event in known.events[self.sequence : self.sequence + 1])


def scope_of(coalition: str, scenario: str) -> str:
    """The name under which a scenario's idempotency keys are stored; no coalition can have it."""
    return f"{coalition}/{scenario}"


def saved(coalition: str, scenario: str, events: tuple[ScenarioEvent, ...]) -> SavedScenario:
    """Make a scenario from its events, of which there is at least one."""
    state = state_of(events)
    assert state is not None
    return SavedScenario(coalition, scenario, events, state)


def _loaded(coalition: str, scenario: str, events: tuple[ScenarioEvent, ...]) -> SavedScenario:
    """Make a scenario from its stored events. Raises ``UnreadableEvent`` if they do not make one."""
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
        # There are few of them, and the target of a change takes more to tell apart than the reader of facts knows.
        self._read = SCENARIO_EVENT.validate_python

    def row(self, event: ScenarioEvent) -> ScenarioRow:
        """Return the event's row."""
        return ScenarioRow(
            event.coalition, event.scenario, event.sequence, self._topics[event.fact.type], scenario_event_json(event)
        )

    def scenario_event(self, topic: str, state: bytes) -> ScenarioEvent:
        """Read an event from its topic and its JSON, of whatever version; raises ``UnreadableEvent``."""
        event: Any = self.event(topic, state)
        assert isinstance(event, ScenarioEvent)
        return event


def scenario_event_json(event: ScenarioEvent) -> bytes:
    """The event as JSON; absent fields are left out."""
    return SCENARIO_EVENT.dump_json(event, exclude_none=True)
