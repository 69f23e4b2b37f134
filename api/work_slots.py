"""Slots for long work: at most so many tasks run at once; further ones are refused after a short wait.

A thread cannot be ended from outside. So each task checks its deadline at every step, and only a few threads wait for a
slot: the rest remain free to answer everything else.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore, local
from time import monotonic
from typing import Any

from api.http.problems import BUSY, TOOK_TOO_LONG, Problem
from domain.checkpoints import stopped_by

WAIT_SECONDS = 5.0

ProgressCallback = Callable[[int, int], Any]
"""Called with (done, total) while long work runs."""


class Deadline:
    """The end of the time for one task; ``on_progress`` is called at every step that is counted."""

    def __init__(self, seconds: float, on_progress: ProgressCallback | None = None) -> None:
        self._seconds = seconds
        self._until = monotonic() + seconds
        self._on_progress = on_progress

    def check(self, done: int = 0, total: int = 0) -> None:
        """Raise a ``Problem`` (503) if the time is over."""
        if monotonic() >= self._until:
            detail = f"One question may take {self._seconds:g} seconds; this one takes longer. Ask for less."
            raise Problem(TOOK_TOO_LONG, detail)
        if self._on_progress is not None and total:
            self._on_progress(done, total)


class WorkSlots:
    """At most ``running`` tasks run at once, each for at most ``seconds``, and at most ``waiting`` wait for a slot."""

    def __init__(self, running: int, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self.on_progress: ProgressCallback | None = None
        self._slots = Semaphore(running)
        self._max_inside = running + waiting
        self._inside = 0
        self._counting = Lock()
        self._own = local()

    @contextmanager
    def slot(self) -> Iterator[Deadline]:
        """Take a slot; the time counts from then on. Work within work, in the same thread, shares its slot.

        Raises a ``Problem`` (503) if no slot becomes free within a short wait.
        """
        own: Deadline | None = getattr(self._own, "deadline", None)
        if own is not None:
            yield own
            return
        with self._entered():
            if not self._slots.acquire(timeout=WAIT_SECONDS):
                raise Problem(BUSY)
            try:
                self._own.deadline = Deadline(self.seconds, self.on_progress)
                with stopped_by(self._own.deadline.check):
                    yield self._own.deadline
            finally:
                self._own.deadline = None
                self._slots.release()

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._counting:
            if self._inside >= self._max_inside:
                raise Problem(BUSY)
            self._inside += 1
        try:
            yield
        finally:
            with self._counting:
                self._inside -= 1
