"""Places at which long work can be stopped: folds, sweeps and drawings call ``checkpoint`` at every step.

A thread cannot be ended from outside. Who answers a request sets a limit on the work of its thread; the loops that do
the work know nothing of requests.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")

Check = Callable[[], None]
"""Raises if the work is to stop."""

_CHECK: ContextVar[Check | None] = ContextVar("check", default=None)


def checkpoint() -> None:
    """Stop here, by the exception of the limit in force, if the work took too long or is no longer wanted."""
    check = _CHECK.get()
    if check is not None:
        check()


def unless_stopped(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items of a loop, with a checkpoint before each."""
    for item in items:
        checkpoint()
        yield item


def never_stopped() -> AbstractContextManager[None]:
    """Let no checkpoint inside stop: for work on what requests share, which must not be left half done."""
    return stopped_by(None)


@contextmanager
def stopped_by(check: Check | None) -> Iterator[None]:
    """Have every checkpoint inside call ``check``, or do nothing (``None``)."""
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)
