"""How the garbage collector is set for a service that keeps whole records in memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FREEZE_EVERY = 10_000
"""After so many more events, those taken in so far are spared by the garbage collector."""


def freeze_loaded_objects() -> None:
    """Spare the garbage collector what is held by now, once it has taken what has become garbage of late.

    What a process loads at its start, and a record, are for good: millions of objects. Going through them again and
    again takes a quarter to a third of a busy writer's time and half of a cold start, and, where a record is long,
    tenths of a second in the midst of answers.
    """
    gc.collect(1)
    gc.freeze()


@contextmanager
def without_gc() -> Iterator[None]:
    """Collect no garbage while a record is loaded, and spare it from then on."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if was_enabled:
            gc.enable()
