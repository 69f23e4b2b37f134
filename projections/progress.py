"""Long work, told step by step: whoever waits can see how far it is, and stop it."""

from collections.abc import Callable

Step = Callable[[int, int], None]
"""Told how much of the work is done, of how much; it may stop the work by raising."""


def no_step(done: int, of: int) -> None:
    """Let it go on unseen."""
