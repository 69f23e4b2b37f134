"""Whether the service is running, and whether it can answer."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request

from api.http.problem_answers import problem_responses
from api.http.problems import READING_STORE, STORAGE_FULL, STORE_READ_ONLY, TIMEOUT, Problem
from api.services import services
from domain.ledger import Ledger

READY_SECONDS = 5.0
"""How long the store may take to answer."""

router = APIRouter(prefix="/health", tags=["health"])


@dataclass(slots=True)
class Health:
    """The state of the service."""

    status: Literal["live", "ready"]


class StoreCheck:
    """Asks the store whether it answers: in a thread of its own, once for all who wait for the same answer."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._thread = ThreadPoolExecutor(1, "check-store")
        self._asked: Future[None] | None = None

    async def passes(self) -> None:
        """Return if the store answers. Raises what its check raises; a ``Problem`` (503) if that takes too long."""
        if self._asked is None or self._asked.done():
            self._asked = self._thread.submit(self._ledger.check)
        try:
            async with asyncio.timeout(READY_SECONDS):
                await asyncio.shield(asyncio.wrap_future(self._asked))
        except TimeoutError:
            raise Problem(TIMEOUT) from None


@router.get("/live", operation_id="check_live")
async def live() -> Health:
    """Whether the process answers."""
    return Health("live")


@router.get(
    "/ready", operation_id="check_ready", responses=problem_responses(*READING_STORE, STORE_READ_ONLY, STORAGE_FULL)
)
async def ready(request: Request) -> Health:
    """Whether the store is the one that was opened, and takes writes; a file is written to find out."""
    await services(request).store_check.passes()
    return Health("ready")
