"""The slots of a service in this process, and a service that has none left for long work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from api.http.fair_queue import FairQueue
from api.work_slots import WorkSlots
from tests.running.in_process import Service


def slots_of(service: Service) -> WorkSlots:
    """The slots of a service in this process."""
    app: Any = service.client.app
    slots: WorkSlots = app.state.services.slots
    return slots


def forget_answers(service: Service) -> None:
    """Drop the answers and pages that are kept: what is kept needs no slot."""
    memory = service.ledger.memory
    for name in memory.names():
        if name[0] in {"answer", "page"}:
            memory.drop(name)


@contextmanager
def all_slots_taken(service: Service) -> Iterator[None]:
    """Leave no slot for long work."""
    slots = slots_of(service)
    free, slots.long = slots.long, FairQueue(running=0, waiting=0, waiting_each=0)
    try:
        yield
    finally:
        slots.long = free
