"""One coalition's stream: its history in memory, and the queue of writes to it.

Callers that write at the same time share a commit. One thread writes as long as requests wait: it takes them, decides
one after the other, saves all that were accepted in one transaction, and answers each; then it takes those that came
meanwhile::

    waiting ──► decided one after another ──► one transaction ──► in the history ──► answered
                 ▲  refused ones as well: they may conflict with facts of the same transaction
                 └── again, if another process was faster: then with the store held, so that no other process is

Nothing is answered before the commit, refusals included.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from functools import cache
from threading import Lock
from typing import Any, NamedTuple

from eventsourcing.persistence import IntegrityError, StoredEvent

from domain.checkpoints import never_stopped
from domain.concepts.coalition import FORMATION, CoalitionFormed
from domain.events import Event
from domain.history.decisions import Draft
from domain.history.fold import FoldedEntry
from domain.history.history import History
from domain.ledger.clock import CheckedClock
from domain.ledger.collector import FREEZE_EVERY, freeze_loaded_objects, without_gc
from domain.ledger.failures import (
    ClockOff,
    CutStream,
    KeyInProgress,
    KeyReused,
    StaleMatch,
    StoreUnavailable,
    UnreadableEvent,
)
from domain.ledger.heads import Addition, Head, check_head, check_predecessor, check_same_id, head_of
from domain.ledger.mapper import EventMapper
from domain.ledger.outages import store_errors
from domain.ledger.recorders import PAGE, Insert, LedgerRecorder, Request
from domain.ledger.rounds import in_rounds
from domain.ledger.tickets import FactsTicket, Recording, check_request, recorded_requests
from domain.refusals import Refused, Violation
from domain.times import format_instant

FACTS_PER_COMMIT = 2_000
"""A commit takes no further request beyond so many facts, so that the first of them does not wait long."""


class WholeHistory(History):
    """A history that grows by whole lists: its readers see all of a list or nothing."""

    def __init__(self, coalition: str) -> None:
        self._whole = 0
        self.is_half_changed = False
        super().__init__(coalition)

    @property
    def sequence(self) -> int:
        """How many events there are, without a list that is being added."""
        return self._whole

    def extend(self, events: Iterable[Event], folded: Iterable[FoldedEntry | None] = ()) -> None:
        """Add events; those before an event that cannot be read are kept, but readers do not see them.

        ``folded`` is what a draft over this history has made of each.

        Raises ``UnreadableEvent`` if the store has a gap, or lacks the formation with which a record begins.
        """
        made = iter(folded)
        for event in events:
            if event.sequence != len(self.events) + 1:
                raise UnreadableEvent(f"the stored events of {self.coalition} have a gap before {event.sequence}")
            if event.coalition != self.coalition:
                raise UnreadableEvent(f"event {event.sequence} of {self.coalition} is one of {event.coalition}")
            if event.sequence == 1 and not isinstance(event.fact, CoalitionFormed):
                raise UnreadableEvent(f"the stored events of {self.coalition} do not begin with its formation")
            if event.event_id in self:
                raise UnreadableEvent(f"event {event.sequence} of {self.coalition} has the id of an earlier one")
            self.is_half_changed = True
            self.append(event, next(made, None))
            self.is_half_changed = False
        self._whole = len(self.events)


class Judgement(NamedTuple):
    """What would become of a request: its ``events`` as they would be recorded after the first ``sequence`` events of
    the history, and the rules that they break; they would be recorded if these are none."""

    history: History
    sequence: int
    events: list[Event]
    violations: list[Violation]


class Attempt:
    """The decisions of one round: the outcome of each request, and the rows and keys to save for those accepted.

    ``folded`` is what the history, still at ``sequence``, can take over of the events instead of folding them again.
    """

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.outcomes: list[tuple[FactsTicket, Recording | Exception]] = []
        self.events: list[Event] = []
        self.stored: list[StoredEvent] = []
        self.requests: list[Request] = []
        self.folded: list[FoldedEntry | None] = []
        self.addition: Addition | None = None

    @property
    def has_recordings(self) -> bool:
        """Whether any request is answered as recorded, now or before."""
        return any(isinstance(outcome, Recording) for _, outcome in self.outcomes)

    @property
    def has_refusals(self) -> bool:
        """Whether any request is answered with something else."""
        return not all(isinstance(outcome, Recording) for _, outcome in self.outcomes)

    def was_saved(self, history: History) -> bool:
        """Whether the history has its events, although the commit was not confirmed."""
        return bool(self.events) and history.events[self.sequence : self.sequence + 1] == self.events[:1]


class Stream:
    """A coalition's history, level with the store, and the queue of requests to record in it."""

    def __init__(
        self, coalition: str, recorder: LedgerRecorder, mapper: EventMapper, clock: CheckedClock, writers: Executor
    ) -> None:
        self._coalition = coalition
        self._recorder = recorder
        self._mapper = mapper
        self._clock = clock
        self._history = WholeHistory(coalition)
        self._spared = 0
        self._vouched = 0  # how long the stream was when this process last answered that something is recorded
        self._is_complete = False
        self._changing = Lock()
        self._waiting: deque[FactsTicket] = deque()
        self._running: set[str] = set()
        self._is_written = False
        self._writers = writers
        self._queue = Lock()

    @property
    def is_empty(self) -> bool:
        """Whether the record is empty, as far as this process knows."""
        return self._history.sequence == 0

    @property
    def events_held(self) -> int:
        """How many events the history holds in memory."""
        return self._history.events_held

    def history_in_memory(self, sequence: int) -> History | None:
        """The history as it is, without asking the store; ``None`` if it has fewer events than ``sequence``."""
        history = self._history
        return history if history.sequence >= sequence else None

    def is_idle(self) -> bool:
        """Whether nothing is being loaded or recorded, nor waits to be."""
        return not self._is_written and not self._changing.locked()

    # --- reading ------------------------------------------------------------------------------------------------------

    def caught_up(self) -> History:
        """Return the history with everything that any process committed before the call."""
        try:
            return self._level()
        except CutStream:
            if not self._forget_unconfirmed():
                raise
            return self._level()

    def _level(self) -> History:
        known = self._history.sequence
        with store_errors():
            newest = self._recorder.sequence(self._coalition)
        if newest < known:
            raise CutStream(f"{self._coalition} has lost events: {known:,} were read, and {newest:,} are stored")
        if newest > self._history.sequence or not self._is_complete:
            with self._changing:
                self._catch_up()
            found = self._history.sequence
            if found < newest:
                raise CutStream(f"{self._coalition} has lost events: {newest:,} are stored, and {found:,} can be found")
        return self._history

    def _forget_unconfirmed(self) -> bool:
        """Forget all events, to be read again, if every event that this process vouched for is still stored.

        A server may show events that its standby has not received, and that are gone once the standby takes its place.
        Raises ``CutStream``.
        """
        with self._changing:
            events, vouched = self._history.events, self._vouched
            if not self._recorder.shows_unconfirmed or vouched >= len(events):
                return False
            if vouched:
                self._check_stored(events[vouched - 1])
            self._history, self._spared, self._is_complete = WholeHistory(self._coalition), 0, False
        return True

    def _catch_up(self) -> None:
        """Add the stored events that the history lacks; the caller holds ``_changing``."""
        with store_errors():
            # Before the rows: what another process commits in between must not look like a loss.
            head = None if self._is_complete else self._recorder.head(self._coalition)
            rows = self._recorder.rows(self._coalition, len(self._history.events), PAGE)
            if rows:
                self._check_beginning()
            if len(rows) < PAGE:
                self._extend(self._mapper.events(rows))
            else:
                with without_gc():
                    self._extend(self._events_from(rows))
                self._spared = self._history.sequence
            if not self._is_complete:
                self._check_end(head)

    def _check_end(self, head: Head | None) -> None:
        """Raise ``CutStream`` if the store once had more of the stream than was read, or something else."""
        events = self._history.events
        if head is not None:
            check_head(self._coalition, len(events), (head.sequence,))
            check_same_id(self._coalition, events[head.sequence - 1], head.event_id)
        self._is_complete = bool(events)

    def _check_beginning(self) -> None:
        """Raise ``CutStream`` if what is stored further on does not continue what was read."""
        if self._history.events:
            self._check_stored(self._history.events[-1])

    def _check_stored(self, event: Event) -> None:
        """Raise ``CutStream`` if the store does not have an event in its place."""
        with store_errors():
            place = self._recorder.rows(self._coalition, event.sequence - 1, 1)
        check_predecessor(self._coalition, event.sequence, event.event_id, place[0][2:] if place else None)

    def _events_from(self, rows: list[tuple[Any, ...]]) -> Iterator[Event]:
        """Yield the events of a page of rows and of all that follow."""
        while rows:
            yield from self._mapper.events(rows)
            rows = self._recorder.rows(self._coalition, rows[-1][0], PAGE)

    def _extend(self, events: Iterable[Event], folded: Iterable[FoldedEntry | None] = ()) -> None:
        """Add events; a history that one of them left half changed is loaded again the next time."""
        try:
            with never_stopped():
                self._history.extend(events, folded)
        except BaseException as error:
            if self._history.is_half_changed:
                taken_in, self._history = len(self._history.events), WholeHistory(self._coalition)
                if isinstance(error, Exception):
                    detail = f"event {taken_in + 1} of {self._coalition} cannot be added to its history: {error!r}"
                    raise UnreadableEvent(detail) from error
            raise

    # --- writing ------------------------------------------------------------------------------------------------------

    def submit(self, ticket: FactsTicket) -> "Future[Recording]":
        """Have a request recorded; a caller that cancels it before it is taken has changed nothing.

        Raises ``KeyInProgress``. After the ledger was closed, the future raises ``StoreUnavailable``.
        """
        with self._queue:
            if ticket.key is not None:
                if ticket.key in self._running:
                    raise KeyInProgress(ticket.key)
                self._running.add(ticket.key)
            self._waiting.append(ticket)
            is_written, self._is_written = self._is_written, True
        if not is_written:
            self._begin_to_write()
        return ticket.future

    def _begin_to_write(self) -> None:
        try:
            self._writers.submit(self._write_all)
        except RuntimeError:  # the ledger was closed, or the process is ending
            while tickets := self._take():
                self._settle([(ticket, StoreUnavailable("the ledger is closed")) for ticket in tickets])

    def judge(self, ticket: FactsTicket) -> Judgement:
        """Return what would become of a request, without recording it. Raises ``StaleMatch``, ``ClockOff``."""
        self.caught_up()
        with self._changing:
            self._catch_up()
            sequence = self._history.sequence
            ticket.check_sequence(sequence)
            events = [*self._events(ticket, sequence + 1, self._next_recorded_at())]
            return Judgement(self._history, sequence, events, self._history.draft().violations_of(events))

    def _write_all(self) -> None:
        """Write until no request waits."""
        while tickets := self._take():
            outcomes: list[tuple[FactsTicket, Recording | BaseException]]
            try:
                with store_errors():
                    outcomes = [*self._write(tickets)]
            except BaseException as error:
                outcomes = [(ticket, error) for ticket in tickets]
            self._settle(outcomes)

    def _settle(self, outcomes: list[tuple[FactsTicket, "Recording | BaseException"]]) -> None:
        """Answer all; a key may be used again as soon as its request is answered."""
        with self._queue:
            self._running.difference_update(ticket.key for ticket, _ in outcomes if ticket.key is not None)
        for ticket, outcome in outcomes:
            ticket.settle(outcome)

    def _take(self) -> list[FactsTicket]:
        """Take the first request that waits, and as many others as fit into one commit; none if no request waits."""
        tickets: list[FactsTicket] = []
        facts = 0
        with self._queue:
            while self._waiting and (not tickets or facts + len(self._waiting[0].facts) <= FACTS_PER_COMMIT):
                ticket = self._waiting.popleft()
                if ticket.future.set_running_or_notify_cancel():
                    tickets.append(ticket)
                    facts += len(ticket.facts)
                elif ticket.key is not None:
                    self._running.discard(ticket.key)
            self._is_written = bool(tickets)
        return tickets

    def _write(self, tickets: list[FactsTicket]) -> list[tuple[FactsTicket, Recording | Exception]]:
        """Decide and save; return the outcome of each ticket.

        After another process was faster, the tickets are decided again with the store held.
        """
        attempts: list[Attempt] = []
        has_forgotten = False

        def decide_and_save(count: int) -> Attempt:
            nonlocal has_forgotten
            turn = self._recorder.turn(self._coalition) if count else nullcontext(self._recorder.insert_events)
            try:
                with turn as insert:
                    return self._attempt(tickets, attempts, insert)
            except CutStream as cut:
                # A stream that is cut when it is read again has lost what was confirmed.
                if has_forgotten or not self._forget_unconfirmed():
                    raise
                has_forgotten = True
                raise IntegrityError(str(cut)) from cut  # decided by what is gone, and to be decided again

        saved = in_rounds(self._coalition, decide_and_save)
        self._take_in(saved)
        return saved.outcomes

    def _attempt(self, tickets: list[FactsTicket], earlier: list[Attempt], insert: Insert) -> Attempt:
        """Decide and save once, unless an earlier attempt was committed without confirmation; the store knows."""
        with self._changing:
            self._catch_up()
            saved = next((attempt for attempt in earlier if attempt.was_saved(self._history)), None)
            attempt = saved or self._decide(tickets)
            if saved is not None or attempt.has_refusals:
                self._check_beginning()  # what is inserted is checked by the store; these answers rest on memory alone
        if attempt.addition is not None and saved is None:
            earlier.append(attempt)
            insert(attempt.stored, requests=attempt.requests, addition=attempt.addition)
        elif attempt.has_recordings:
            self._recorder.confirm()
        return attempt

    def _take_in(self, attempt: Attempt) -> None:
        """Add the saved events to the history, unless a reader has already found them in the store."""
        with self._changing:
            if attempt.has_recordings:
                self._vouched = max(self._vouched, attempt.sequence + len(attempt.events))
            known = self._history.sequence - attempt.sequence
            if known == 0:
                self._extend(attempt.events, attempt.folded)
            elif known > 0:
                self._extend(attempt.events[known:])
            if self._history.sequence - self._spared >= FREEZE_EVERY:
                self._spared = self._history.sequence
                freeze_loaded_objects()

    def _decide(self, tickets: list[FactsTicket]) -> Attempt:
        """Decide each request against the record and the facts of the requests before it."""
        attempt = Attempt(self._history.sequence)
        draft = self._history.draft()
        repeats = recorded_requests(self._recorder, self._coalition, tickets)
        recorded_at = cache(self._next_recorded_at)
        for ticket in tickets:
            try:
                outcome = repeats.get(ticket.key) or self._decide_one(ticket, attempt, draft, recorded_at())
                if isinstance(outcome, Request):
                    outcome = self._first_answer(ticket, outcome)
            except (Refused, KeyReused, StaleMatch, ClockOff) as refusal:
                # An answer, not a defect: its traceback would hold, in a cycle, everything it was decided by.
                attempt.outcomes.append((ticket, refusal.with_traceback(None)))
            except Exception as fault:
                attempt.outcomes.append((ticket, fault))
            else:
                attempt.outcomes.append((ticket, outcome))
        attempt.folded = draft.folded
        if attempt.events:
            before = self._history.events[attempt.sequence - 1].event_id if attempt.sequence else None
            head = head_of(attempt.events[-1], draft.track(FORMATION))
            attempt.addition = Addition(attempt.sequence, before, head)
        return attempt

    def _next_recorded_at(self) -> str:
        return format_instant(self._clock.stamp_after(self._history.last_recorded_us))

    def _decide_one(self, ticket: FactsTicket, attempt: Attempt, draft: Draft, recorded_at: str) -> Recording:
        sequence = attempt.sequence + len(attempt.events)
        ticket.check_sequence(sequence)
        events = list(self._events(ticket, sequence + 1, recorded_at))
        stored = list(map(self._mapper.stored, events, ticket.facts_json))
        draft.add(events)
        attempt.events += events
        attempt.stored += stored
        attempt.requests += ticket.requests(sequence, len(events))
        return Recording([row.state for row in stored], sequence + 1, sequence + len(events), is_repeat=False)

    def _events(self, ticket: FactsTicket, first_sequence: int, recorded_at: str) -> Iterator[Event]:
        for index, fact in enumerate(ticket.facts):
            yield Event(
                event_id=ticket.event_ids[index],
                coalition=self._coalition,
                sequence=first_sequence + index,
                recorded_at=recorded_at,
                recorded_by=ticket.recorded_by,
                idempotency_key=ticket.key,
                proposed=ticket.proposed[index] if ticket.proposed else None,
                fact=fact,
            )

    def _first_answer(self, ticket: FactsTicket, request: Request) -> Recording:
        """Return the answer to the first request with this key, byte for byte."""
        ticket.check_repeat(request)
        count = request.last_sequence - request.first_sequence + 1
        with store_errors():
            rows = self._recorder.rows(self._coalition, request.first_sequence - 1, count)
        check_request(request, rows, self._mapper.events(rows), self._mapper)
        return Recording([state for _, _, state in rows], request.first_sequence, request.last_sequence, is_repeat=True)
