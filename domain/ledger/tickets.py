"""Requests to record: what each says about repeats and about the stream, and how a repeat is recognised."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from domain.events import Event, ProposalOrigin, fact_json
from domain.ledger.failures import KeyReused, StaleMatch, UnreadableEvent
from domain.ledger.identity import digest_of, new_event_ids
from domain.ledger.mapper import EventMapper
from domain.ledger.outages import store_errors
from domain.ledger.recorders import LedgerRecorder, Request


class Recording(NamedTuple):
    """What was recorded: each event's JSON, as stored, and the sequences of the first and the last."""

    events: list[bytes]
    first_sequence: int
    last_sequence: int
    is_repeat: bool


class Ticket:
    """One request to record in a stream.

    ``scope`` is the name under which the stream's idempotency keys are stored, ``digest`` tells a repeat from another
    request with the same key, and ``if_match`` is the sequence at which the writer last saw the stream.
    """

    __slots__ = ("digest", "if_match", "key", "recorded_by", "scope")

    def __init__(self, scope: str, recorded_by: str, key: str | None, digest: bytes, if_match: int | None) -> None:
        self.scope = scope
        self.recorded_by = recorded_by
        self.key = key
        self.digest = digest
        self.if_match = if_match

    def check_repeat(self, request: Request) -> None:
        """Raise ``KeyReused`` if the request recorded under this key was another one."""
        if request.digest != self.digest:
            raise KeyReused(request.key)

    def check_sequence(self, sequence: int) -> None:
        """Raise ``StaleMatch`` if the stream is not at the sequence that the writer expects."""
        if self.if_match is not None and self.if_match != sequence:
            raise StaleMatch(self.if_match, sequence)

    def requests(self, after: int, count: int) -> list[Request]:
        """Return the row that recognises a repeat, once ``count`` events after a sequence were made of this request."""
        if self.key is None:
            return []
        return [Request(self.scope, self.key, self.digest, after + 1, after + count)]


class FactsTicket(Ticket):
    """A request to record facts of a coalition; its ``future`` receives the outcome.

    ``facts_json`` has the facts as JSON, which is written once: for the digest, for the rows and for the answer.
    ``proposed`` says of each fact where it was proposed; it is empty if none was.
    """

    __slots__ = ("event_ids", "facts", "facts_json", "future", "proposed")

    def __init__(
        self,
        coalition: str,
        facts: Sequence[Any],
        recorded_by: str,
        now_us: int,
        *,
        key: str | None = None,
        if_match: int | None = None,
        event_ids: Sequence[str] | None = None,
        proposed: Sequence[ProposalOrigin | None] = (),
    ) -> None:
        self.facts = facts
        self.proposed = proposed
        self.facts_json = [*map(fact_json, facts)]
        digest = digest_of(self.facts_json) if key is not None else b""
        super().__init__(coalition, recorded_by, key, digest, if_match)
        new_ids = new_event_ids(len(facts), now_us) if event_ids is None else event_ids
        self.event_ids = [fact.event_id or new_ids[index] for index, fact in enumerate(facts)]
        self.future: Future[Recording] = Future()

    def settle(self, outcome: Recording | BaseException) -> None:
        """Give the caller the recording, or the reason why there is none."""
        if isinstance(outcome, Recording):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)


def recorded_requests(recorder: LedgerRecorder, scope: str, tickets: Iterable[Ticket]) -> dict[str | None, Request]:
    """Return the requests that were recorded before under the tickets' keys, by key."""
    keys = [ticket.key for ticket in tickets if ticket.key is not None]
    if not keys:
        return {}
    with store_errors():
        return {request.key: request for request in recorder.requests(scope, keys)}


def check_request(request: Request, rows: Sequence[Any], events: Sequence[Event], mapper: EventMapper) -> None:
    """Raise ``UnreadableEvent`` if rows of (sequence, topic, state) and their events are not a request as recorded.

    Events in an older version are not compared: their facts were written in another form.
    """
    first, last = request.first_sequence, request.last_sequence
    if [row[0] for row in rows] != list(range(first, last + 1)):
        raise UnreadableEvent(f"the stored events of {request.coalition} have a gap in {first} to {last}")
    facts = (fact_json(event.fact) for event in events)
    if all(mapper.is_current(row[1]) for row in rows) and digest_of(facts) != request.digest:
        raise UnreadableEvent(f"events {first} to {last} of {request.coalition} are not as they were recorded")
