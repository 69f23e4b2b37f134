"""Work that takes long: so much of it at once, and each for so long, that other requests get their turn.

A thread cannot be ended from outside. So whoever works asks the deadline at every step, and who would wait for long is
sent away: the threads that answer everything else are not all kept waiting here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore, local
from time import monotonic
from typing import Any

from api.http.problems import BUSY, TOOK_TOO_LONG, Problem

WAIT_SECONDS = 5.0


ProgressCallback = Callable[[int, int], Any]
"""Told at every step how much is done, and of how much."""


class Deadline:
    """When the time for one question is over; who is ``watching`` is told of every step."""

    def __init__(self, seconds: float, watching: ProgressCallback | None = None) -> None:
        self._seconds = seconds
        self._until = monotonic() + seconds
        self._watching = watching

    def check(self, done: int = 0, of: int = 0) -> None:
        """Raise a ``Problem`` (503) where the time is over."""
        if monotonic() >= self._until:
            detail = f"One question may take {self._seconds:g} seconds, and they are over. Ask for less."
            raise Problem(TOOK_TOO_LONG, detail)
        if self._watching is not None:
            self._watching(done, of)


class WorkSlots:
    """So many places to work at, and so many to wait for one."""

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self.seconds = seconds
        self.watching: ProgressCallback | None = None
        self._places = Semaphore(places)
        self._most_inside = places + waiting
        self._inside = 0
        self._counting = Lock()
        self._own = local()

    @contextmanager
    def place(self) -> Iterator[Deadline]:
        """Take a place; the time counts from then on. A thread that has a place already keeps it for work inside that
        work.

        Raises a ``Problem`` (503) where there is none for long.
        """
        own: Deadline | None = getattr(self._own, "deadline", None)
        if own is not None:
            yield own
            return
        with self._entered():
            if not self._places.acquire(timeout=WAIT_SECONDS):
                raise Problem(BUSY)
            try:
                self._own.deadline = Deadline(self.seconds, self.watching)
                yield self._own.deadline
            finally:
                self._own.deadline = None
                self._places.release()

    @contextmanager
    def _entered(self) -> Iterator[None]:
        with self._counting:
            if self._inside >= self._most_inside:
                raise Problem(BUSY)
            self._inside += 1
        try:
            yield
        finally:
            with self._counting:
                self._inside -= 1
