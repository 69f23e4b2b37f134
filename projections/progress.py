"""The progress of long calculations, step by step, so that a person can follow it and a caller can stop it.

Work whose progress is not shown can only be stopped at checkpoints (``domain/checkpoints.py``)."""

from collections.abc import Callable

Step = Callable[[int, int], None]
"""Called with (done, total) while long work runs; it may stop the work by raising."""


def no_step(done: int, of: int) -> None:
    """Let the work continue unobserved."""
