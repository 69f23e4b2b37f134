"""The progress of long work, step by step, so that a caller can follow it and stop it."""

from collections.abc import Callable

Step = Callable[[int, int], None]
"""Called with (done, total) while long work runs; it may stop the work by raising."""


def no_step(done: int, of: int) -> None:
    """Let the work continue unobserved."""
