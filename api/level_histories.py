"""Histories that are level with the store: one look at it for all requests that come at the same time."""

import asyncio
from contextvars import Context

from starlette.concurrency import run_in_threadpool

from domain.history.history import History
from domain.ledger import Ledger


class LevelHistories:
    """The histories of a ledger, for the event loop.

    A look that has begun may have missed what was committed since. So whoever comes meanwhile waits for the next one,
    together with all others that do: however many they are, one thread at a time looks for a coalition.
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
                # In a context of its own: the work of the request that happens to be first is not that of the others.
                self._tasks[coalition] = asyncio.create_task(self._look(coalition), context=Context())
        return await asyncio.shield(following)

    async def _look(self, coalition: str) -> None:
        """Look at the store as long as anyone waits for it."""
        try:
            while (awaited := self._next.pop(coalition, None)) is not None:
                try:
                    awaited.set_result(await run_in_threadpool(self._ledger.history, coalition))
                except Exception as failure:
                    awaited.set_exception(failure)
                    awaited.exception()  # that nobody waits for it any longer is no fault
        finally:
            del self._tasks[coalition]
