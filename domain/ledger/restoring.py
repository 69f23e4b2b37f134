"""Restoring a record: an export is inserted again as it was, with its ids and times.

It was checked against the rules when it was recorded and is not checked again; but it must be a whole record in order.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from eventsourcing.persistence import StoredEvent

from domain.concepts.coalition import CoalitionFormed
from domain.events import Event, fact_json
from domain.facts import UUID
from domain.ledger.exports import ExportedScenarioEvent
from domain.ledger.failures import BrokenExport
from domain.ledger.heads import NAMING, Head, head_from
from domain.ledger.identity import digest_of
from domain.ledger.mapper import EventMapper
from domain.ledger.recorders import Request, ScenarioRow
from domain.ledger.scenario_store import ScenarioMapper, saved, scope_of
from domain.times import stamp_us
from domain.vocabulary import SLUG
from domain.what_if.scenarios import ScenarioEvent

_UUID = re.compile(UUID)


class Restoration:
    """The rows of an exported record, checked one by one as they are consumed; then the requests.

    Raises ``BrokenExport`` at the first event that is out of place.
    """

    def __init__(self, coalition: str, events: Iterable[Event], mapper: EventMapper) -> None:
        self._coalition = coalition
        self._events = events
        self._mapper = mapper
        self._ids: set[str] = set()
        self._facts_of: dict[str, list[Any]] = {}
        self._requests: list[Request] = []
        self._naming: list[Event] = []
        self._last: Event | None = None
        self.count = 0

    def rows(self) -> Iterator[StoredEvent]:
        """Yield each event's row."""
        previous: Event | None = None
        for event in self._events:
            self._check(event, previous)
            self._note_key(event, previous)
            previous = event
            self.count += 1
            if event.fact.type in NAMING:
                self._naming.append(event)
            yield self._mapper.to_stored_event(event)
        if previous is None:
            raise BrokenExport("it has no events to restore")
        self._end_request(previous)
        self._last = previous

    def requests(self) -> Iterator[Request]:
        """Yield the requests with idempotency keys, so that repeats are recognised after the restoration as before."""
        yield from self._requests

    def heads(self) -> Iterator[Head]:
        """Yield the head of the stream."""
        assert self._last is not None
        yield head_from(self._naming, self._last)

    def _check(self, event: Event, previous: Event | None) -> None:
        _check_place(event, self.count + 1, self._coalition, previous, self._ids)
        if previous is None and not isinstance(event.fact, CoalitionFormed):
            raise BrokenExport("the first event is not CoalitionFormed")
        if event.fact.event_id not in {None, event.event_id}:
            raise BrokenExport(f"event {event.sequence} and its fact have different event_ids")

    def _note_key(self, event: Event, previous: Event | None) -> None:
        """Collect the facts that were recorded under one key; a key covers one unbroken run of events."""
        key = event.idempotency_key
        if previous is not None and previous.idempotency_key != key:
            self._end_request(previous)
            if key in self._facts_of:
                raise BrokenExport(f"event {event.sequence} has the idempotency key of an earlier request")
        if key is not None:
            self._facts_of.setdefault(key, []).append(event.fact)

    def _end_request(self, last: Event) -> None:
        key = last.idempotency_key
        if key is not None:
            facts = self._facts_of[key]
            first_sequence = last.sequence - len(facts) + 1
            self._requests.append(
                Request(self._coalition, key, digest_of(map(fact_json, facts)), first_sequence, last.sequence)
            )
            facts.clear()


class ScenarioRestoration:
    """The rows of a record's exported scenarios, one after the other, checked like those of the record."""

    def __init__(self, coalition: str, exported: Iterable[ExportedScenarioEvent]) -> None:
        self._coalition = coalition
        self._exported = exported
        self._mapper = ScenarioMapper()
        self._requests: dict[tuple[str, str], Request] = {}

    def rows(self) -> Iterator[ScenarioRow]:
        """Yield each event's row."""
        ids: set[str] = set()
        done: set[str] = set()
        for scenario, exported in groupby(self._exported, key=lambda one: one.event.scenario):
            if scenario in done or not re.fullmatch(SLUG, scenario):
                raise BrokenExport(f"the events of scenario {scenario!r} are not together, or its name is not a slug")
            done.add(scenario)
            events: list[ScenarioEvent] = []
            for event, digest in exported:
                _check_place(event, len(events) + 1, self._coalition, events[-1] if events else None, ids)
                self._note_request(event, digest)
                events.append(event)
                yield self._mapper.row(event)
            self._check_whole(scenario, events)

    def requests(self) -> Iterator[Request]:
        """Yield the requests with idempotency keys; their digests are in the export."""
        yield from self._requests.values()

    def _note_request(self, event: ScenarioEvent, digest: bytes | None) -> None:
        key = event.idempotency_key
        if key is None:
            return
        if digest is None:
            raise BrokenExport(f"event {event.sequence} of the scenario {event.scenario} lacks its request's digest")
        first = self._requests.get((event.scenario, key))
        first_sequence = event.sequence if first is None else first.first_sequence
        scope = scope_of(self._coalition, event.scenario)
        self._requests[event.scenario, key] = Request(scope, key, digest, first_sequence, event.sequence)

    def _check_whole(self, scenario: str, events: list[ScenarioEvent]) -> None:
        try:
            saved(self._coalition, scenario, tuple(events))
        except Exception as error:
            raise BrokenExport(f"the events of {scenario} do not make a scenario: {error!r}") from error


def _check_place(
    event: Event | ScenarioEvent,
    sequence: int,
    coalition: str,
    previous: Event | ScenarioEvent | None,
    ids: set[str],
) -> None:
    """Raise ``BrokenExport`` if an event is not the next one, or its envelope is not valid."""
    if event.sequence != sequence:
        raise BrokenExport(f"sequence {event.sequence} is in the place of {sequence}")
    if event.coalition != coalition:
        raise BrokenExport(f"event {sequence} belongs to the coalition {event.coalition}, not {coalition}")
    if not _is_stamp(event.recorded_at) or (previous and stamp_us(event.recorded_at) < stamp_us(previous.recorded_at)):
        raise BrokenExport(f"event {sequence} has recorded_at {event.recorded_at!r}: not an instant, or too early")
    if not _is_stored_id(event.event_id) or event.event_id in ids:
        raise BrokenExport(f"event {sequence} has the event_id {event.event_id!r}: not a UUID, or used before")
    ids.add(event.event_id)


def _is_stored_id(text: str) -> bool:
    """Whether a text is a UUID as the ledger stores it: in lower case."""
    return _UUID.fullmatch(text) is not None and text == text.lower()


def _is_stamp(text: str) -> bool:
    """Whether a text is an instant in the form that the ledger writes."""
    try:
        stamp_us(text)
    except ValueError:
        return False
    return True
