"""What one request may take: processor time over all its threads, until a checkpoint; and which routes have slots."""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local
from time import sleep
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api import work_slots
from api.http.problems import BUSY, TOOK_TOO_LONG, Problem
from api.pages import responses
from api.routes.slots import SlottedRoute, WriteRoute
from api.work_slots import SlotNeeded, Work, WorkSlots, need_slot
from domain.checkpoints import checkpoint, unless_stopped
from tests.running.in_process import Service


class Clocks:
    """The clock of the wall, and the processor time of each thread, both set by hand."""

    def __init__(self) -> None:
        self.wall = 0.0
        self._own = local()

    def thread(self) -> float:
        """The processor time of the thread that asks."""
        return getattr(self._own, "seconds", 100.0)

    def compute(self, seconds: float) -> None:
        """Let the thread that calls have computed."""
        self._own.seconds = self.thread() + seconds
        self.wall += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(work_slots, "monotonic", lambda: clocks.wall)
    monkeypatch.setattr(work_slots, "thread_time", clocks.thread)
    return clocks


def in_thread(pool: ThreadPoolExecutor, call: Callable[[], Any]) -> Any:
    """Call in another thread with the caller's context, as the framework does."""
    return pool.submit(contextvars.copy_context().run, call).result()


def stopped(work: Work) -> Problem:
    with pytest.raises(Problem) as found:
        work.check()
    return found.value


def test_work_may_take_so_much_processor_time_and_no_more(clocks: Clocks) -> None:
    work = Work(seconds=10)
    work.check()
    clocks.compute(9)
    work.check()
    clocks.compute(1)
    assert stopped(work).type is TOOK_TOO_LONG


def test_processor_time_counts_over_all_calls_of_a_request_and_not_for_others_in_the_same_thread(
    clocks: Clocks,
) -> None:
    work = Work(seconds=10)

    def four_seconds() -> None:
        work.check()
        clocks.compute(4)
        work.check()

    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            in_thread(pool, four_seconds)
            in_thread(pool, lambda: clocks.compute(5))  # another request's
        with pytest.raises(Problem):
            in_thread(pool, four_seconds)


def test_waiting_for_the_processor_is_not_counted_but_has_a_limit(clocks: Clocks) -> None:
    work = Work(seconds=10)
    work.check()
    clocks.wall = 29
    work.check()
    clocks.wall = 31
    assert stopped(work).type is TOOK_TOO_LONG


def test_work_that_is_stopped_ends_at_its_next_checkpoint() -> None:
    slots, work = WorkSlots(seconds=20), Work(seconds=20)
    done: list[int] = []

    def do(number: int) -> None:
        done.append(number)
        if number == 3:
            work.stop("Enough.")

    with pytest.raises(Problem) as found, slots.working(work):
        list(map(do, unless_stopped(range(10))))
    assert (found.value.type, found.value.detail, done) == (BUSY, "Enough.", [0, 1, 2, 3])


def test_all_work_is_stopped_when_the_service_is() -> None:
    slots = WorkSlots(seconds=20)
    with slots.working(Work(seconds=20)):
        checkpoint()
        slots.stop()
        with pytest.raises(Problem, match="stopped"):
            checkpoint()
    checkpoint()


def test_a_plain_read_that_takes_long_begins_again_in_a_slot_for_long_work(clocks: Clocks) -> None:
    work = Work()
    work.check()
    clocks.compute(work_slots.PLAIN_SECONDS / 2)
    work.check()
    clocks.compute(work_slots.PLAIN_SECONDS / 2)
    with pytest.raises(SlotNeeded):
        work.check()


def test_long_work_begins_only_in_a_slot_or_outside_any_request() -> None:
    slots = WorkSlots(seconds=20)
    need_slot()
    with slots.working(Work(seconds=20)):
        need_slot()
    with slots.working(Work()), pytest.raises(SlotNeeded):
        need_slot()
    with slots.working(Work(refused=Problem(BUSY))), pytest.raises(Problem):
        need_slot()


def test_workers_share_the_queues_and_have_slots_of_their_own() -> None:
    alone, one_of_four = WorkSlots(seconds=20), WorkSlots(seconds=20, workers=4)
    for name in ("plain", "writes", "long"):
        whole, share = getattr(alone, name), getattr(one_of_four, name)
        assert share._running_max == whole._running_max
        assert 4 * share._waiting_max == whole._waiting_max
        assert 4 * share._waiting_each == whole._waiting_each


WITHOUT_SLOTS = {"/health/live", "/health/ready", "/problems", "/problems/{name}", "/files/{name}"}


def test_every_route_has_slots_but_those_that_need_no_record(service: Service) -> None:
    app: Any = service.client.app
    routes = [route for route in app.router.routes if isinstance(route, APIRoute)]
    without = {route.path for route in routes if not isinstance(route, (SlottedRoute, WriteRoute))}
    assert without == WITHOUT_SLOTS
    writes = {route.path for route in routes if isinstance(route, WriteRoute)}
    assert writes == {"/coalitions/{coalition}/events"}


def test_few_long_tables_are_computed_at_once(rich: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most, compute = [0], [0], responses._csv

    def slowly(rows: Any) -> bytes:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        sleep(0.01)
        at_once[0] -= 1
        return compute(rows)

    monkeypatch.setattr(responses, "_csv", slowly)
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: rich.client.get("/c/willing/record.csv").content, range(12)))
    assert len(set(answers)) == 1
    assert len(answers[0].splitlines()) > 80
    assert most[0] == 2


def test_reads_that_wait_for_others_hold_no_slot(rich: Service) -> None:
    app: Any = rich.client.app
    slots: WorkSlots = app.state.services.slots
    running = slots.plain._running_max
    with ThreadPoolExecutor(running + 4) as pool:
        ahead = [
            pool.submit(rich.client.get, "/coalitions/willing/picture?min_sequence=9999") for _ in range(running + 4)
        ]
        answered = 0
        while not any(one.done() for one in ahead):
            assert rich.ask("/picture").status_code == 200
            answered += not any(one.done() for one in ahead)
        assert {one.result().status_code for one in ahead} == {503}
    assert answered >= 1
    assert slots.plain.running == 0
