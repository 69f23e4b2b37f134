"""Places at which long work can be stopped: folds, sweeps and drawings call ``checkpoint`` at every step.

A thread cannot be ended from outside. Who answers a request sets a limit on the work of its thread; the loops that do
the work know nothing of requests.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Check = Callable[[], None]
"""Raises if the work is to stop."""

_CHECK: ContextVar[Check | None] = ContextVar("check", default=None)


def checkpoint() -> None:
    """Stop here, by the exception of the limit in force, if the work took too long or is no longer wanted."""
    check = _CHECK.get()
    if check is not None:
        check()


@contextmanager
def stopped_by(check: Check) -> Iterator[None]:
    """Have every checkpoint inside call ``check``."""
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)
