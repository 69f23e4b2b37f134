"""Histories that are level with the store: requests that arrive together share one query."""

import asyncio
from contextvars import Context

from starlette.concurrency import run_in_threadpool

from domain.history.history import History
from domain.ledger import Ledger


class LevelHistories:
    """The histories of a ledger, for the event loop.

    A query that has begun may miss what is committed after it. So requests that arrive meanwhile share the next one.
    However many there are, only one thread at a time queries the store for a coalition.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._next: dict[str, asyncio.Future[History]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def get(self, coalition: str) -> History:
        """Return a history with everything that any process committed before the call. Raises as the ledger does."""
        following = self._next.get(coalition)
        if following is None:
            following = self._next[coalition] = asyncio.get_running_loop().create_future()
            if coalition not in self._tasks:
                # A context of its own: the limits of the request that happens to be first do not hold for the others.
                self._tasks[coalition] = asyncio.create_task(self._look(coalition), context=Context())
        return await asyncio.shield(following)

    async def _look(self, coalition: str) -> None:
        """Query the store as long as requests wait for it."""
        try:
            while (awaited := self._next.pop(coalition, None)) is not None:
                try:
                    awaited.set_result(await run_in_threadpool(self._ledger.history, coalition))
                except Exception as failure:
                    awaited.set_exception(failure)
                    awaited.exception()  # marks it as retrieved: all who waited may have gone
        finally:
            del self._tasks[coalition]
