"""Routes whose requests have a slot: each is answered at once, or waits on the event loop for its turn."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from anyio import CancelScope
from fastapi import Request, Response
from fastapi.routing import APIRoute

from api.answer_cache import repeat_answer
from api.http.access import client_of
from api.http.fair_queue import WAIT_SECONDS, Slot
from api.http.problems import BUSY, Problem
from api.services import services
from api.work_slots import SlotNeeded, Work, WorkSlots

OPTIONAL_WAIT_SECONDS = 5.0
"""How long a write waits for a slot that it can go on without."""

_GONE = "The client has closed the connection."

Answer = Callable[[Request], Awaitable[Response]]


class SlottedRoute(APIRoute):
    """A route of reads and questions, and of writes that ask for a slot before they write (``ask_for_slot``).

    A request begins in a slot for plain reads. If its answer is kept, that is sent. If it turns out to be long work, it
    waits for a slot for that and is answered from the start; the work is stopped when the client goes.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            slots = services(request).slots
            try:
                async with slots.plain.slot(client_of(request)) as slot:
                    with slots.working(Work(slot)):
                        return await repeat_answer(request) or await answer(request)
            except SlotNeeded as needed:
                may_be_refused = needed.may_be_refused
            await request.body()  # while it waits, whatever the client still sends is discarded
            async with _client_watch(request) as watch:
                return await _answer_long(request, slots, watch, answer, may_be_refused=may_be_refused)

        return handle


class WriteRoute(SlottedRoute):
    """A route that records facts, in a slot for writes; with ``check`` it only reads, in slots as other reads have."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route."""
        write, read = super(SlottedRoute, self).get_route_handler(), super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.query_params.get("check", "false") != "false":
                return await read(request)
            async with services(request).slots.writes.slot(client_of(request)):
                return await write(request)

        return handle


class _Watch:
    """Whether the client has gone, and what to do when it goes."""

    def __init__(self) -> None:
        self.is_gone = False
        self.on_gone: Callable[[], Any] = lambda: None

    async def wait(self, request: Request) -> None:
        """Wait until the client goes; whatever it still sends is ignored."""
        while (await request.receive())["type"] != "http.disconnect":
            pass
        self.is_gone = True
        self.on_gone()


@asynccontextmanager
async def _client_watch(request: Request) -> AsyncIterator[_Watch]:
    """Watch the client of a request whose body has been read."""
    watch = _Watch()
    task = asyncio.create_task(watch.wait(request))
    try:
        yield watch
    finally:
        task.cancel()


async def _answer_long(
    request: Request, slots: WorkSlots, watch: _Watch, answer: Answer, *, may_be_refused: bool
) -> Response:
    """Answer in a slot for long work, unless the client goes before.

    Raises a ``Problem`` (429, 503) if no slot becomes free; a write that ``may_be_refused`` one goes on without it.
    """
    client = client_of(request)
    slot, refused = Slot(slots.long, client), None
    with CancelScope() as waiting:
        watch.on_gone = waiting.cancel
        try:
            await slot.take(OPTIONAL_WAIT_SECONDS if may_be_refused else WAIT_SECONDS)
        except Problem as refusal:
            if not may_be_refused:
                raise
            refused, slot = refusal, Slot(slots.plain, client)
            await slot.take()
    try:
        if watch.is_gone:
            raise Problem(BUSY, _GONE)
        work = Work(slot, refused=refused) if refused else Work(slot, seconds=slots.seconds)
        watch.on_gone = lambda: work.stop(_GONE)
        with slots.working(work):
            return await answer(request)
    finally:
        slot.leave()
