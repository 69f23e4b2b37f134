"""The ledger: every coalition's record in one store, read and written by any number of processes."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple

from eventsourcing.persistence import IntegrityError

from domain.concepts.coalition import FORMATION
from domain.events import Event, ProposalOrigin
from domain.history.history import History
from domain.ledger.clock import CheckedClock, Clock, system_clock
from domain.ledger.collector import end_exemption
from domain.ledger.exports import ExportedScenarioEvent, lines_of
from domain.ledger.failures import AlreadyOnRecord, StoreUnavailable, UnknownCoalition, UnreadableEvent
from domain.ledger.heads import Head, ListedStream, head_from, head_of, name_at
from domain.ledger.mapper import EventMapper
from domain.ledger.memory import Memory
from domain.ledger.opening import open_recorder
from domain.ledger.outages import store_errors
from domain.ledger.restoring import Restoration, ScenarioRestoration
from domain.ledger.stream import Judgement, Stream
from domain.ledger.tickets import FactsTicket, Recording
from domain.vocabulary import SLUG

WRITERS = 16
"""How many coalitions are written to at the same time; each has one writer."""

EVENT_BYTES = 2_200
"""About what an event costs in memory with all that is derived from it (``benchmarks/cold_load.py``)."""

STREAM_BYTES = 10_000
"""About what a coalition costs, however short its record is."""

CHECK_SECONDS = 1
"""How long the outcome of a check holds."""

_COALITION = re.compile(SLUG)
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def stream_key(coalition: str) -> tuple[str, str]:
    """The key under which a coalition's history is kept in memory; what is derived from it is a part of it."""
    return "history", coalition


def _let_go(key: Any) -> None:
    """Note that records are let go; kept answers and pages are mere bytes, which no cycle holds."""
    if key[0] not in ("answer", "page"):
        end_exemption()


class CoalitionSummary(NamedTuple):
    """A coalition on record: its slug, its current name, and the length of its stream."""

    coalition: str
    name: str
    sequence: int


class UnreadableCoalition(NamedTuple):
    """A coalition with events that this program cannot read, and the reason."""

    coalition: str
    sequence: int
    failure: UnreadableEvent


class Ledger:
    """The record in the database that a URL names; threads may share it.

    A store that does not exist is made if ``create``. Raises ``ValueError`` for a URL that is not valid, ``NoLedger``
    if there is none and none may be made, ``StoreUnavailable`` if the database does not answer, ``NewerSchema`` if a
    newer program has changed its tables.
    """

    def __init__(self, database_url: str, clock: Clock | CheckedClock = system_clock, *, create: bool = True) -> None:
        self.recorder = open_recorder(database_url, create=create)
        self._mapper = EventMapper()
        self.clock = clock if isinstance(clock, CheckedClock) else CheckedClock(clock, elapsed_us=None)
        self.recorder.compare_with(self.clock)
        self.memory = Memory(on_let_go=_let_go)
        self._unreadable: dict[str, UnreadableEvent] = {}
        self._opening = Lock()
        self._checking = Lock()
        self._checked_until = 0.0
        self._outage: StoreUnavailable | None = None
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        if self.recorder.was_migrated:
            self._make_heads()

    @property
    def is_new(self) -> bool:
        """Whether the store was made when the ledger was opened."""
        return self.recorder.is_new

    @property
    def place(self) -> tuple[Hashable, ...]:
        """What tells the store from any other, a copy of its file included, as a value that processes can compare."""
        return self.recorder.place

    def history(self, coalition: str) -> History:
        """Return the coalition's history, with everything that any process committed before the call.

        Raises ``UnknownCoalition``, ``UnreadableEvent``, ``StoreUnavailable``.
        """
        try:
            history = self._history(coalition)
        except UnreadableEvent as failure:
            self._unreadable[coalition] = failure.with_traceback(None)
            raise
        self._unreadable.pop(coalition, None)
        return history

    def history_in_memory(self, coalition: str, sequence: int) -> History | None:
        """Return the history as this process has it, without asking the store.

        ``None`` if it has fewer events than ``sequence``: then ``history`` finds them.
        """
        stream: Stream | None = self.memory.get(stream_key(coalition))
        return None if stream is None else stream.history_in_memory(sequence)

    def _history(self, coalition: str) -> History:
        stream = self.memory.get(stream_key(coalition))
        if stream is None:
            # An unknown name leaves no trace in memory.
            with store_errors():
                if self.recorder.sequence(coalition) == 0:
                    raise UnknownCoalition(coalition)
            stream = self._stream(coalition)
        history: History = stream.caught_up()
        if history.sequence == 0:
            raise UnknownCoalition(coalition)
        self._weigh(coalition, history)
        return history

    def coalitions(self) -> list[CoalitionSummary | UnreadableCoalition]:
        """Return every coalition on record, by slug.

        The heads of the streams say all that there is to list. Only a coalition whose head is missing or behind is
        read. One that is known to be unreadable is listed with the others.
        """
        with store_errors():
            streams = self.recorder.streams()
        now_us = self.clock()
        return [self._listed(stream, now_us) for stream in streams]

    def record(
        self,
        coalition: str,
        facts: Sequence[Any],
        *,
        recorded_by: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        proposed: Sequence[ProposalOrigin | None] = (),
    ) -> Recording:
        """Record facts, all or none; returns after they are on the disk.

        Raises what ``submit`` raises, and what its future raises.
        """
        return self.submit(
            coalition, facts, recorded_by=recorded_by, idempotency_key=idempotency_key, if_match=if_match,
            proposed=proposed,
        ).result()  # fmt: skip

    def submit(
        self,
        coalition: str,
        facts: Sequence[Any],
        *,
        recorded_by: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
        proposed: Sequence[ProposalOrigin | None] = (),
    ) -> "Future[Recording]":
        """Have facts recorded, all or none; the future is done after they are on the disk.

        The same key with the same facts gets the first answer again, whatever ``if_match`` is (the stream's sequence as
        the writer last saw it; 0 for a new coalition). ``proposed`` says of each fact where it was proposed. Raises
        ``KeyInProgress``; ``ValueError`` for a slug or a key that is not valid, and for no facts. The future raises
        ``Refused`` if a rule is broken, and ``KeyReused``, ``StaleMatch``, ``WriteConflict``, ``UnreadableEvent``,
        ``StoreUnavailable``, the last also after ``close``.
        """
        _check_slug(coalition)
        if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
            raise ValueError("an idempotency key has 1 to 255 printable ASCII characters")
        if not facts:
            raise ValueError("there are no facts to record")
        stream = self._stream(coalition)
        future = stream.submit(
            FactsTicket(
                coalition, facts, recorded_by, self.clock(), key=idempotency_key, if_match=if_match, proposed=proposed
            )
        )
        future.add_done_callback(lambda _: self._weigh_written(coalition, stream))
        return future

    def has_recorded(self, coalition: str, idempotency_key: str) -> bool:
        """Whether a request with this key has been recorded; raises ``StoreUnavailable``."""
        with store_errors():
            return bool(self.recorder.requests(coalition, [idempotency_key]))

    def judge(
        self,
        coalition: str,
        facts: Sequence[Any],
        *,
        recorded_by: str,
        event_ids: Sequence[str] | None = None,
        if_match: int | None = None,
    ) -> Judgement:
        """Return what would become of facts if they were recorded now, as one list; nothing is recorded.

        ``event_ids`` are for the facts that have no id of their own. Raises ``StaleMatch``, ``UnreadableEvent``,
        ``StoreUnavailable``; ``ValueError`` for a slug that is not valid.
        """
        _check_slug(coalition)
        stream = self._stream(coalition)
        ticket = FactsTicket(coalition, facts, recorded_by, self.clock(), if_match=if_match, event_ids=event_ids)
        try:
            return stream.judge(ticket)
        finally:
            self._weigh_written(coalition, stream)

    def export(self, coalition: str) -> Iterator[bytes]:
        """Yield the lines of an export of the record and its scenarios (see ``exports.py``).

        Raises ``UnknownCoalition``, ``StoreUnavailable``; during iteration also ``UnreadableEvent``.
        """
        return lines_of(coalition, self.recorder, self._mapper)

    def restore(
        self, coalition: str, events: Iterable[Event], scenario_events: Iterable[ExportedScenarioEvent] = ()
    ) -> int:
        """Put an exported record and its scenarios into an empty coalition, with their ids and times.

        All or nothing; returns the record's length. Raises ``AlreadyOnRecord``, ``BrokenExport`` at the first event
        that is out of place, ``StoreUnavailable``; ``ValueError`` for a slug that is not valid.
        """
        _check_slug(coalition)
        restoration = Restoration(coalition, events, self._mapper)
        scenarios = ScenarioRestoration(coalition, scenario_events)
        with store_errors():
            if self.recorder.rows(coalition, 0, 1):
                raise AlreadyOnRecord(coalition)
            try:
                requests = chain(restoration.requests(), scenarios.requests())
                self.recorder.restore(restoration.rows(), scenarios.rows(), requests, restoration.heads())
            except IntegrityError:
                raise AlreadyOnRecord(coalition) from None
        return restoration.count

    def check(self) -> None:
        """Check that the store is the one that was opened, and takes writes; raises ``StoreUnavailable``.

        Anyone may ask for this, so it writes once a second at most.
        """
        with store_errors():
            self.recorder.check_identity()
        with self._checking:
            if monotonic() >= self._checked_until:
                self._outage = self._outage_in_writing()
                self._checked_until = monotonic() + CHECK_SECONDS
            if self._outage is not None:
                raise type(self._outage)(str(self._outage))

    def _outage_in_writing(self) -> StoreUnavailable | None:
        try:
            with store_errors():
                self.recorder.check_writing()
        except StoreUnavailable as outage:
            return outage.with_traceback(None)
        return None

    def close(self) -> None:
        """Finish the writes that are under way, and close the connections."""
        self._writers.shutdown()
        self.recorder.close()

    def _stream(self, coalition: str) -> Stream:
        with self._opening:
            stream: Stream | None = self.memory.get(stream_key(coalition))
            if stream is None:
                stream = Stream(coalition, self.recorder, self._mapper, self.clock, self._writers)
                self.memory.put(stream_key(coalition), stream, STREAM_BYTES, is_idle=stream.is_idle)
        return stream

    def _weigh(self, coalition: str, history: History) -> None:
        self.memory.weigh(stream_key(coalition), STREAM_BYTES + EVENT_BYTES * history.events_held)

    def _weigh_written(self, coalition: str, stream: Stream) -> None:
        """Weigh what has been written to; drop the stream of a name under which nothing was recorded.

        It still answers those who wait for it; to it, a stream that is opened meanwhile is like another process. The
        same is true of one that was let go while it was idle.
        """
        with self._opening:
            if self.memory.get(stream_key(coalition)) is not stream:
                return
            if stream.is_empty:
                self.memory.drop(stream_key(coalition))
        self.memory.weigh(stream_key(coalition), STREAM_BYTES + EVENT_BYTES * stream.events_held)

    def _listed(self, stream: ListedStream, now_us: int) -> CoalitionSummary | UnreadableCoalition:
        coalition = stream.coalition
        try:
            if stream.sequence != stream.head_sequence or stream.names is None or coalition in self._unreadable:
                history = self.history(coalition)
                head = head_of(history.events[history.sequence - 1], history.track(FORMATION))
                self._keep(head)
                return CoalitionSummary(coalition, name_at(head.names, now_us), head.sequence)
            return CoalitionSummary(coalition, name_at(stream.names, now_us), stream.sequence)
        except UnreadableEvent as failure:
            return UnreadableCoalition(coalition, stream.sequence, failure)

    def _keep(self, *heads: Head) -> None:
        """Put heads beside events that an older program recorded without one; a store that is read-only lacks them."""
        with suppress(StoreUnavailable), store_errors():
            self.recorder.put_heads(heads)

    def _make_heads(self) -> None:
        """Make the heads of a store of an older version; only the events that names depend on are read."""
        heads = []
        with store_errors():
            for stream in (one for one in self.recorder.streams() if one.names is None):
                last = self.recorder.rows(stream.coalition, stream.sequence - 1, 1)
                naming = self.recorder.naming_rows(stream.coalition)
                with suppress(UnreadableEvent):  # it will be found when somebody asks
                    heads.append(head_from(self._mapper.events(naming), *self._mapper.events(last)))
        self._keep(*heads)


def _check_slug(coalition: str) -> None:
    if not _COALITION.fullmatch(coalition):
        raise ValueError("a coalition's slug has up to 100 lower-case letters and digits, with - _ . inside")
