"""The fair queue: bounds, turns by client, and slots that are always given back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from api.http import fair_queue
from api.http.fair_queue import FairQueue, Slot
from api.http.problems import BUSY, TOO_MANY_REQUESTS, Problem, ProblemType

Scene = Callable[[], Coroutine[Any, Any, None]]


def run(scene: Scene) -> None:
    asyncio.run(scene())


async def settle() -> None:
    """Let everything that can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def refused(waiting: Awaitable[Any], kind: ProblemType) -> Problem:
    with pytest.raises(Problem) as found:
        await waiting
    assert found.value.type is kind
    assert 1 <= int(found.value.headers["Retry-After"]) <= 60
    return found.value


class Requests:
    """Requests at a queue, each of which holds its slot until it is told to end."""

    def __init__(self, queue: FairQueue) -> None:
        self.queue = queue
        self.running: list[str] = []
        self.answered: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._ends: dict[str, asyncio.Event] = {}

    def send(self, *names: str) -> None:
        """Send requests; the first letter of a name is the client."""
        for name in names:
            self._ends[name] = asyncio.Event()
            self.tasks[name] = asyncio.create_task(self._request(name))

    async def _request(self, name: str) -> None:
        async with self.queue.slot(name[0]):
            self.running.append(name)
            await self._ends[name].wait()
            self.running.remove(name)
            self.answered.append(name)

    async def end_first(self) -> str:
        """End the request that has run longest."""
        name = self.running[0]
        self._ends[name].set()
        await settle()
        return name

    async def end_all(self) -> list[str]:
        """End all, one after another; returns them in the order in which they ran."""
        await settle()
        while self.running:
            await self.end_first()
        return self.answered


def test_clients_take_turns_whoever_sends_most() -> None:
    async def scene() -> None:
        requests = Requests(FairQueue(running=2, waiting=99, waiting_each=99))
        requests.send("a1", "a2", "a3", "a4", "a5")
        await settle()
        requests.send("b1", "b2", "c1")
        assert await requests.end_all() == ["a1", "b1", "a2", "b2", "c1", "a3", "a4", "a5"]

    run(scene)


def test_one_client_leaves_a_slot_to_others() -> None:
    async def scene() -> None:
        requests = Requests(FairQueue(running=3, waiting=99, waiting_each=99))
        requests.send("a1", "a2", "a3")
        await settle()
        assert requests.running == ["a1", "a2"]
        requests.send("b1")
        await settle()
        assert requests.running == ["a1", "a2", "b1"]
        await requests.end_all()
        assert requests.queue.running == requests.queue.waiting == 0

    run(scene)


def test_a_client_with_too_many_requests_is_told_so_and_others_may_still_wait() -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=99, waiting_each=2)
        requests = Requests(queue)
        requests.send("a1", "a2", "a3")
        await settle()
        await refused(queue.take("a"), TOO_MANY_REQUESTS)
        requests.send("b1")
        assert await requests.end_all() == ["a1", "a2", "b1", "a3"]

    run(scene)


def test_in_a_full_queue_the_client_with_the_most_requests_makes_room() -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=3, waiting_each=9)
        requests = Requests(queue)
        requests.send("a1", "a2", "a3", "a4")
        await settle()
        await refused(queue.take("a"), BUSY)
        requests.send("b1")
        await settle()
        await refused(requests.tasks.pop("a4"), BUSY)
        requests.send("c1")
        await settle()
        await refused(requests.tasks.pop("a3"), BUSY)
        await refused(queue.take("d"), BUSY)
        assert await requests.end_all() == ["a1", "a2", "b1", "c1"]

    run(scene)


def test_who_waits_too_long_is_refused_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=9, waiting_each=9)
        await queue.take("a")
        await refused(queue.take("b", 0.01), BUSY)
        assert queue.waiting == 0
        queue.leave("a")
        await queue.take("b")
        assert queue.running == 1

    run(scene)


def test_who_gives_up_waiting_takes_no_slot() -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=9, waiting_each=9)
        await queue.take("a")
        for is_called_before in (False, True):
            waiting = asyncio.create_task(queue.take("b"))
            await settle()
            if is_called_before:  # it is called and gives up before it runs again
                queue.leave("a")
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert queue.waiting == 0
        assert queue.running == 0

    run(scene)


def test_a_stopped_queue_refuses_who_waits_and_who_comes() -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=9, waiting_each=9)
        await queue.take("a")
        waiting = asyncio.create_task(queue.take("b"))
        await settle()
        queue.stop()
        await refused(waiting, BUSY)
        await refused(queue.take("c"), BUSY)
        queue.leave("a")
        assert (queue.running, queue.waiting) == (0, 0)

    run(scene)


def test_a_slot_left_for_a_while_is_free_for_others() -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=9, waiting_each=9)
        async with queue.slot("a") as slot:
            async with slot.away():
                assert queue.running == 0
                other = Slot(queue, "b")
                await other.take()
                other.leave()
            assert queue.running == 1
        assert queue.running == 0

    run(scene)


def test_the_time_to_retry_after_follows_the_time_that_requests_take(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene() -> None:
        queue = FairQueue(running=1, waiting=1, waiting_each=9)
        now = iter(range(0, 1000, 50))
        monkeypatch.setattr(fair_queue, "monotonic", lambda: next(now))
        async with queue.slot("a"):
            pass
        requests = Requests(queue)
        requests.send("a1", "a2")
        await settle()
        assert (await refused(queue.take("a"), BUSY)).headers["Retry-After"] == "20"
        await requests.end_all()

    run(scene)
