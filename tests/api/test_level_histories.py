"""One look at the store serves all who came before it began; who comes later waits for the next."""

import asyncio
from threading import Event

import pytest

from api.level_histories import LevelHistories
from domain.history.history import History
from domain.ledger import Ledger, UnknownCoalition
from tests.api.facts import formed, pledge
from tests.running.in_process import Service


class GatedLedger(Ledger):
    """A ledger whose looks at the store can be held up, and are counted."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.is_open = Event()
        self.looks = 0

    def history(self, coalition: str) -> History:
        history = super().history(coalition)
        self.looks += 1
        self.is_open.wait(20)
        return history


@pytest.fixture
def gated(service: Service) -> GatedLedger:
    service.record(formed(), pledge("a"))
    return GatedLedger(service.ledger_url)


def test_who_comes_while_a_look_is_under_way_shares_the_next(service: Service, gated: GatedLedger) -> None:
    async def ask() -> list[int]:
        histories = LevelHistories(gated)
        first = asyncio.create_task(histories.get("willing"))
        while gated.looks == 0:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(service.record, pledge("b"))
        others = [asyncio.create_task(histories.get("willing")) for _ in range(10)]
        await asyncio.sleep(0)
        gated.is_open.set()
        return [(await one).sequence for one in (first, *others)]

    assert asyncio.run(ask())[1:] == [3] * 10
    assert gated.looks == 2
    gated.close()


def test_a_failure_is_for_all_who_waited_and_the_next_look_is_a_new_one(service: Service, gated: GatedLedger) -> None:
    async def ask() -> None:
        histories = LevelHistories(gated)
        gated.is_open.set()
        answers = await asyncio.gather(*(histories.get("none") for _ in range(3)), return_exceptions=True)
        assert all(isinstance(one, UnknownCoalition) for one in answers)
        abandoned = asyncio.create_task(histories.get("willing"))
        await asyncio.sleep(0)
        abandoned.cancel()
        assert (await histories.get("willing")).sequence == 2
        await asyncio.to_thread(service.record, formed(), coalition="none")
        assert (await histories.get("none")).sequence == 1

    asyncio.run(ask())
    gated.close()
