"""Slots for work: what each request may take, and how many requests are worked on at once.

Every request has a slot of its class. Plain reads and writes take one at once; long work (whatever draws over time,
compares, explains, changes a history or simulates) calls ``need_slot`` before it begins. If the request has no slot for
long work yet, that raises ``SlotNeeded``: the route (``api/routes/slots.py``) waits for one on the event loop and
answers the request from the start. So threads are never all taken by long work, and an answer that is cached already
needs no slot.

A thread cannot be ended from outside. The work itself asks at its checkpoints (``domain/checkpoints.py``) whether it
may go on: until its time is over, its client has gone, or the service is being stopped.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from math import ceil
from threading import get_ident
from time import monotonic, thread_time

from api.http.fair_queue import STOPPING, FairQueue, Slot
from api.http.problems import BUSY, TOOK_TOO_LONG, Problem
from domain.checkpoints import stopped_by
from projections.progress import Step, no_step

PLAIN_SECONDS = 1.0
"""Processor time after which a plain read turns out to be long work, and begins again in a slot for it."""

WALL_FACTOR = 3
"""Work may last this many times its processor time by the clock: the slots for long work share one processor."""

LOOK_SECONDS = 0.002
"""How often a checkpoint looks at the processor time; between, it costs next to nothing."""


class SlotNeeded(Exception):
    """The request needs a slot for long work; if it ``may_be_refused``, it goes on without one."""

    def __init__(self, *, may_be_refused: bool = False) -> None:
        super().__init__("a slot for long work is needed")
        self.may_be_refused = may_be_refused


@dataclass(slots=True, eq=False)
class _Stretch:
    """The processor time of a request in one call in one thread; times are in seconds."""

    work: "Work"
    thread: int
    since: float
    seconds: float = 0.0


_STRETCH: ContextVar[_Stretch | None] = ContextVar("stretch", default=None)
_WORK: ContextVar["Work | None"] = ContextVar("work", default=None)


class Work:
    """The work of one request: in a slot for long work, for ``seconds`` of processor time; without one; or ``refused``
    one. ``slot`` is the slot of any class that the request holds."""

    def __init__(
        self, slot: Slot | None = None, *, seconds: float | None = None, refused: Problem | None = None
    ) -> None:
        self.slot = slot
        self.is_in_slot = seconds is not None
        self.refused = refused
        self._seconds = PLAIN_SECONDS if seconds is None else seconds
        self._until = monotonic() + WALL_FACTOR * self._seconds
        self._stretches: list[_Stretch] = []
        self._look_at = 0.0
        self._stopped: str | None = None

    def stop(self, why: str) -> None:
        """Have the next checkpoint end the work."""
        self._stopped = why

    def check(self) -> None:
        """Raise a ``Problem`` (503) if the work is to stop; ``SlotNeeded`` if it is too long for a plain read."""
        if self._stopped is not None:
            raise Problem(BUSY, self._stopped)
        now = monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_SECONDS
        is_over = self._processor_seconds() >= self._seconds
        if not self.is_in_slot:
            if is_over:
                self.need_slot()
        elif is_over or now >= self._until:
            detail = f"One question may take {self._seconds:g} seconds; this one takes longer. Ask for less."
            raise Problem(TOOK_TOO_LONG, detail)

    def need_slot(self, *, may_be_refused: bool = False) -> None:
        """Go on only with a slot for long work. Raises ``SlotNeeded``, or the ``Problem`` with which it was refused."""
        if self.refused is not None and not may_be_refused:
            raise Problem(self.refused.type, self.refused.detail, headers=self.refused.headers)
        if not self.is_in_slot and self.refused is None:
            raise SlotNeeded(may_be_refused=may_be_refused)

    def _processor_seconds(self) -> float:
        """The processor time of the request so far, over the calls in which it ran, each in some thread."""
        stretch, now = _STRETCH.get(), thread_time()
        if stretch is None or stretch.work is not self or stretch.thread != get_ident():
            stretch = _Stretch(self, get_ident(), now)
            _STRETCH.set(stretch)
            self._stretches.append(stretch)
        stretch.seconds = now - stretch.since
        return sum(one.seconds for one in self._stretches)


def need_slot() -> None:
    """Begin long work: only in a slot for it. Work outside any request needs none."""
    work = _WORK.get()
    if work is not None:
        work.need_slot()


def ask_for_slot() -> None:
    """Have a slot for long work, unless the service is too busy: for requests that can go on without one.

    Such requests change something, so they must ask before they do: afterwards they cannot begin again.
    """
    work = _WORK.get()
    if work is not None:
        work.need_slot(may_be_refused=True)


class WorkSlots:
    """The queues for each class of requests, and the works in them.

    Work in a slot for long work may take ``seconds`` of processor time. ``workers`` processes share the limits on
    those who wait; each has its own processor, so each has its own slots.
    """

    def __init__(self, seconds: float, workers: int = 1) -> None:
        self.seconds = seconds
        self.on_progress: Step = no_step
        self.plain = _queue(running=16, waiting=256, waiting_each=128, workers=workers)
        self.writes = _queue(running=64, waiting=512, waiting_each=256, workers=workers)
        self.long = _queue(running=2, waiting=64, waiting_each=16, workers=workers)
        self._works: set[Work] = set()

    @contextmanager
    def working(self, work: Work) -> Iterator[None]:
        """Have everything inside be this work, stopped at its checkpoints."""
        token = _WORK.set(work)
        self._works.add(work)
        try:
            with stopped_by(work.check):
                yield
        finally:
            self._works.discard(work)
            _WORK.reset(token)

    def stop(self) -> None:
        """End all work at its next checkpoint, and refuse what waits or comes."""
        for queue in (self.plain, self.writes, self.long):
            queue.stop()
        for work in list(self._works):
            work.stop(STOPPING)


def _queue(running: int, waiting: int, waiting_each: int, workers: int) -> FairQueue:
    return FairQueue(running, ceil(waiting / workers), ceil(waiting_each / workers))


@asynccontextmanager
async def away_from_slot() -> AsyncIterator[None]:
    """Leave the request's slot to others while it waits for something else, such as its body."""
    work = _WORK.get()
    if work is None or work.slot is None:
        yield
        return
    async with work.slot.away():
        yield
