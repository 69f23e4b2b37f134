"""Restoring a record: what was exported goes in again as it was, ids and times included.

It was judged when it was recorded and is not judged again; but it has to be one whole record in its order.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from eventsourcing.persistence import StoredEvent

from domain.coalition import CoalitionFormed
from domain.events import Event
from domain.ledger.failures import BrokenExport
from domain.ledger.identity import digest_of
from domain.ledger.mapper import EventMapper
from domain.ledger.recorders import Request
from domain.times import instant_us, written

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


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
        sequence = self.count + 1
        if event.sequence != sequence:
            raise BrokenExport(f"sequence {event.sequence} stands where {sequence} should")
        if event.coalition != self._coalition:
            raise BrokenExport(f"event {sequence} is of the coalition {event.coalition}, not {self._coalition}")
        if previous is None and not isinstance(event.fact, CoalitionFormed):
            raise BrokenExport("the first event is not CoalitionFormed")
        if not _is_instant(event.recorded_at) or (previous and event.recorded_at < previous.recorded_at):
            raise BrokenExport(f"event {sequence} has recorded_at {event.recorded_at!r}: no instant, or too early")
        if not _UUID.fullmatch(event.event_id) or event.event_id in self._ids:
            raise BrokenExport(f"event {sequence} has the event_id {event.event_id!r}: no UUID, or used before")
        if event.fact.event_id not in {None, event.event_id}:
            raise BrokenExport(f"event {sequence} has another event_id than its fact")
        self._ids.add(event.event_id)

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


def _is_instant(text: str) -> bool:
    """Whether it is an instant, written as the ledger writes them."""
    try:
        return written(instant_us(text)) == text
    except ValueError:
        return False
