"""Settings of the garbage collector for a service that holds whole records in memory."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

FREEZE_EVERY = 10_000
"""How many new events are loaded before the garbage collector is told to leave them alone."""


class _Exemption:
    """Whether loaded objects are exempt from garbage collection in this process."""

    is_over = False


def freeze_loaded_objects() -> None:
    """Collect recent garbage, then exempt all objects that are left from garbage collection.

    The modules of a process and its record are permanent: millions of objects. To traverse them again and again takes a
    quarter to a third of a busy writer's time and half of a cold start and, if a record is long, tenths of a second
    in the middle of an answer.
    """
    gc.collect(1)
    _freeze()


def end_exemption() -> None:
    """Have the collector examine all objects from now on, since records no longer stay for as long as the process runs.

    A page that is being made while another record is loaded is a cycle; if it were exempt, it would hold its own record
    in memory for good.
    """
    if not _Exemption.is_over:
        _Exemption.is_over = True
        gc.unfreeze()


def _freeze() -> None:
    if not _Exemption.is_over:
        gc.freeze()


@contextmanager
def without_gc() -> Iterator[None]:
    """Collect no garbage while a record is loaded, and exempt the record afterwards.

    Garbage in cycles is collected first: once exempt, it would never be freed, nor the record that it refers to.
    """
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        _freeze()
    finally:
        if was_enabled:
            gc.enable()
