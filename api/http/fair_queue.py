"""A fair queue: it bounds how many requests are worked on at once, and those that wait take turns by client.

Requests wait on the event loop, so none of them holds a thread. A client that sends many requests waits for its own; it
delays another client by one turn at most. One client never holds the last slot while there is more than one.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import ceil
from time import monotonic

from api.http.problems import BUSY, TOO_MANY_REQUESTS, Problem

WAIT_SECONDS = 20.0
"""How long a request waits for its turn before it is refused."""

RETRY_SECONDS_MAX = 60
_WEIGHT_OF_LATEST = 0.2

STOPPING = "The service is being stopped; try again after the time in Retry-After."

_Turn = asyncio.Future[None]


class FairQueue:
    """``running`` slots; up to ``waiting`` requests wait for one, up to ``waiting_each`` of them from one client."""

    def __init__(self, running: int, waiting: int, waiting_each: int) -> None:
        self._running_max = running
        self._running_each = max(1, running - 1)
        self._waiting_max = waiting
        self._waiting_each = waiting_each
        self._held: Counter[str] = Counter()
        self._turns: dict[str, deque[_Turn]] = {}
        self._mean_seconds = 0.0
        self._is_stopped = False

    @property
    def running(self) -> int:
        """How many slots are taken."""
        return self._held.total()

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return sum(map(len, self._turns.values()))

    @asynccontextmanager
    async def slot(self, client: str) -> AsyncIterator["Slot"]:
        """Wait for a slot and hold it. Raises a ``Problem`` as ``take`` does."""
        slot = Slot(self, client)
        await slot.take()
        try:
            yield slot
        finally:
            slot.leave()

    async def take(self, client: str, wait_seconds: float = WAIT_SECONDS) -> None:
        """Wait for a slot, to be given back by ``leave``.

        Raises a ``Problem``: 429 if too many requests of the client wait already, 503 if too many wait in all, if no
        slot becomes free in time, or if the service is being stopped.
        """
        if self._is_stopped:
            raise _stopping()
        turn: _Turn = asyncio.get_running_loop().create_future()
        self._turns.setdefault(client, deque()).append(turn)
        self._call_next()
        if turn.done():
            return
        try:
            self._check_bounds(client)
            async with asyncio.timeout(wait_seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave(client)
            else:
                self._forget(client, turn)
            if isinstance(error, TimeoutError):
                raise self._busy() from None
            raise

    def leave(self, client: str, after_seconds: float | None = None) -> None:
        """Give a slot back, held for so long; the next client in turn takes it."""
        if after_seconds is not None:
            self._mean_seconds += _WEIGHT_OF_LATEST * (after_seconds - self._mean_seconds)
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        self._call_next()

    def stop(self) -> None:
        """Refuse the requests that wait, and all later ones."""
        self._is_stopped = True
        for turns in self._turns.values():
            for turn in turns:
                if not turn.done():
                    turn.set_exception(_stopping())

    def _call_next(self) -> None:
        while self.running < self._running_max:
            client = next((one for one in self._turns if self._held[one] < self._running_each), None)
            if client is None:
                return
            turns = self._turns.pop(client)
            turn = turns.popleft()
            if turns:
                self._turns[client] = turns  # last, so that all others come before
            if not turn.done():
                self._held[client] += 1
                turn.set_result(None)

    def _check_bounds(self, client: str) -> None:
        """Raise a ``Problem`` if one more of this client cannot wait.

        If the queue is full, the client with the most requests in it loses its latest, unless it is this one.
        """
        own = len(self._turns[client])
        if self.waiting > self._waiting_max:
            longest = max(self._turns, key=lambda one: len(self._turns[one]))
            if len(self._turns[longest]) <= own:
                raise self._busy()
            displaced = self._turns[longest].pop()
            if not displaced.done():
                displaced.set_exception(self._busy())
        if own > self._waiting_each:
            detail = f"{self._waiting_each} of your requests wait already; send fewer at once."
            raise Problem(TOO_MANY_REQUESTS, detail, headers=self._retry_after(own))

    def _busy(self) -> Problem:
        return Problem(BUSY, headers=self._retry_after(self.waiting))

    def _retry_after(self, ahead: int) -> dict[str, str]:
        """When a slot is probably free: after those ahead, at the mean time that requests held one."""
        seconds = ceil(self._mean_seconds * ahead / max(1, self._running_max))
        return {"Retry-After": str(min(max(1, seconds), RETRY_SECONDS_MAX))}

    def _forget(self, client: str, turn: _Turn) -> None:
        turns = self._turns.get(client)
        if turns is not None and turn in turns:
            turns.remove(turn)
        if not turns:
            self._turns.pop(client, None)


class Slot:
    """One request's slot in a queue."""

    def __init__(self, queue: FairQueue, client: str) -> None:
        self._queue = queue
        self._client = client
        self._since: float | None = None

    async def take(self, wait_seconds: float = WAIT_SECONDS) -> None:
        """Wait for the slot. Raises a ``Problem`` as the queue does."""
        await self._queue.take(self._client, wait_seconds)
        self._since = monotonic()

    def leave(self) -> None:
        """Give the slot back, if it is held."""
        if self._since is not None:
            self._queue.leave(self._client, monotonic() - self._since)
            self._since = None

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Leave the slot to others while the request waits for something else, such as its body."""
        self.leave()
        yield
        await self.take()


def _stopping() -> Problem:
    return Problem(BUSY, STOPPING)
