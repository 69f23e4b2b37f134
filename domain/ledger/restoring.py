"""Restoring a record: what was exported goes in again as it was, ids and times included.

It was judged when it was recorded and is not judged again; but it has to be one whole record in its order.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from eventsourcing.persistence import StoredEvent

from domain.concepts.coalition import CoalitionFormed
from domain.events import Event
from domain.facts import UUID
from domain.ledger.exports import ExportedScenarioEvent
from domain.ledger.failures import BrokenExport
from domain.ledger.identity import digest_of
from domain.ledger.mapper import EventMapper
from domain.ledger.recorders import Request, ScenarioRow
from domain.ledger.scenario_store import ScenarioMapper, saved, scope_of
from domain.times import format_instant, instant_us
from domain.vocabulary import SLUG
from domain.what_if.scenarios import ScenarioEvent

_UUID = re.compile(UUID)


class Restoration:
    """The rows of an exported record, checked one by one as they are asked for; then the requests they came with.

    Raises ``BrokenExport`` at the first event that is not in its place.
    """

    def __init__(self, coalition: str, events: Iterable[Event], mapper: EventMapper) -> None:
        self._coalition = coalition
        self._events = events
        self._mapper = mapper
        self._ids: set[str] = set()
        self._facts_of: dict[str, list[Any]] = {}
        self._requests: list[Request] = []
        self.count = 0

    def rows(self) -> Iterator[StoredEvent]:
        """Give each event's row."""
        previous: Event | None = None
        for event in self._events:
            self._check(event, previous)
            self._note_key(event, previous)
            previous = event
            self.count += 1
            yield self._mapper.to_stored_event(event)
        if previous is None:
            raise BrokenExport("there is nothing to restore")
        self._end_request(previous)

    def requests(self) -> Iterator[Request]:
        """Give the requests that had idempotency keys, so that they are recognised after the restoration as before."""
        yield from self._requests

    def _check(self, event: Event, previous: Event | None) -> None:
        _check_place(event, self.count + 1, self._coalition, previous, self._ids)
        if previous is None and not isinstance(event.fact, CoalitionFormed):
            raise BrokenExport("the first event is not CoalitionFormed")
        if event.fact.event_id not in {None, event.event_id}:
            raise BrokenExport(f"event {event.sequence} has another event_id than its fact")

    def _note_key(self, event: Event, previous: Event | None) -> None:
        """Gather the facts that were recorded under one key; a key covers one unbroken run of events."""
        key = event.idempotency_key
        if previous is not None and previous.idempotency_key != key:
            self._end_request(previous)
            if key in self._facts_of:
                raise BrokenExport(f"event {event.sequence} has an idempotency key that an earlier request has")
        if key is not None:
            self._facts_of.setdefault(key, []).append(event.fact)

    def _end_request(self, last: Event) -> None:
        key = last.idempotency_key
        if key is not None:
            facts = self._facts_of[key]
            first_sequence = last.sequence - len(facts) + 1
            self._requests.append(Request(self._coalition, key, digest_of(facts), first_sequence, last.sequence))
            facts.clear()


class ScenarioRestoration:
    """The rows of a record's exported scenarios, one after the other, checked as those of the record are."""

    def __init__(self, coalition: str, exported: Iterable[ExportedScenarioEvent]) -> None:
        self._coalition = coalition
        self._exported = exported
        self._mapper = ScenarioMapper()
        self._requests: dict[tuple[str, str], Request] = {}

    def rows(self) -> Iterator[ScenarioRow]:
        """Give each event's row."""
        ids: set[str] = set()
        done: set[str] = set()
        for scenario, exported in groupby(self._exported, key=lambda one: one.event.scenario):
            if scenario in done or not re.fullmatch(SLUG, scenario):
                raise BrokenExport(f"the scenario {scenario!r} is not in one piece, or its name is no slug")
            done.add(scenario)
            events: list[ScenarioEvent] = []
            for event, digest in exported:
                _check_place(event, len(events) + 1, self._coalition, events[-1] if events else None, ids)
                self._note_request(event, digest)
                events.append(event)
                yield self._mapper.row(event)
            self._check_whole(scenario, events)

    def requests(self) -> Iterator[Request]:
        """Give the requests that had idempotency keys, by the digests that the export has of them."""
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
            raise BrokenExport(f"the events of {scenario} make no scenario: {error!r}") from error


def _check_place(
    event: Event | ScenarioEvent,
    sequence: int,
    coalition: str,
    previous: Event | ScenarioEvent | None,
    ids: set[str],
) -> None:
    """Raise ``BrokenExport`` where an event is not the one that comes next, or its envelope is not the ledger's."""
    if event.sequence != sequence:
        raise BrokenExport(f"sequence {event.sequence} stands where {sequence} should")
    if event.coalition != coalition:
        raise BrokenExport(f"event {sequence} is of the coalition {event.coalition}, not {coalition}")
    if not _is_instant(event.recorded_at) or (previous and event.recorded_at < previous.recorded_at):
        raise BrokenExport(f"event {sequence} has recorded_at {event.recorded_at!r}: no instant, or too early")
    if not _is_stored_id(event.event_id) or event.event_id in ids:
        raise BrokenExport(f"event {sequence} has the event_id {event.event_id!r}: no UUID, or used before")
    ids.add(event.event_id)


def _is_stored_id(text: str) -> bool:
    """Whether a text is a UUID as the ledger stores it: in lower case."""
    return _UUID.fullmatch(text) is not None and text == text.lower()


def _is_instant(text: str) -> bool:
    """Whether it is an instant, written as the ledger writes them."""
    try:
        return format_instant(instant_us(text)) == text
    except ValueError:
        return False
