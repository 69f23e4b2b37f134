"""The clock of what is recorded, and the checks that it is right.

Times of recording never go back. So if one event were recorded while the clock stood at 2099, every later event would
be stamped 2099. A clock counts as wrong if it differs by more than a day from the database server's, or from its own
earlier time plus the time elapsed since, or if it is more than a day before the last recorded time.
"""

import time
from collections.abc import Callable

from domain.ledger.failures import ClockOff
from domain.times import CALENDAR_US, DAY_US, format_instant

Clock = Callable[[], int]
"""Returns the time in microseconds since 1970-01-01T00:00:00Z."""


def system_clock() -> int:
    """The machine's time, in microseconds."""
    return time.time_ns() // 1_000


def _elapsed_us() -> int:
    """Microseconds since some moment; setting the clock does not change them, and sleep counts where it is known."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)  # Linux
    return (time.monotonic_ns() if boot_time is None else time.clock_gettime_ns(boot_time)) // 1_000


class CheckedClock:
    """A clock that records nothing at a wrong time; ``is_trusted`` says that its jumps are meant.

    Without ``elapsed_us`` it is not compared with its own earlier time.
    """

    def __init__(
        self, now_us: Clock = system_clock, elapsed_us: Clock | None = _elapsed_us, *, is_trusted: bool = False
    ) -> None:
        self._now_us = now_us
        self._elapsed_us = elapsed_us
        self._is_trusted = is_trusted
        self._other = ""
        self._ahead_us = 0
        if elapsed_us is not None:
            self.compare(now_us(), "what it was when the service started")

    def __call__(self) -> int:
        """Return the time, right or wrong."""
        return self._now_us()

    def compare(self, other_us: int, whose: str) -> None:
        """Measure the clock by another one from now on; ``whose`` names it in the refusal."""
        if self._elapsed_us is not None:
            self._ahead_us, self._other = other_us - self._elapsed_us(), whose

    def stamp_after(self, last_us: int) -> int:
        """Return the time of the next recording, which is not before the last one.

        Raises ``ClockOff`` if the clock is wrong, or ends after the years that can be written.
        """
        now_us = self._now_us()
        if now_us > CALENDAR_US[1] or not (self._is_trusted or self._is_right(now_us)):
            raise ClockOff(
                f"the clock says {_in_words(now_us)}, which is more than a day from {self._other}; {_ADVICE}"
            )
        if last_us > now_us + DAY_US and not self._is_trusted:
            raise ClockOff(
                f"the last event was recorded at {_in_words(last_us)}, which is more than a day after the clock's "
                f"{_in_words(now_us)}; {_ADVICE}"
            )
        return max(now_us, last_us)

    def _is_right(self, now_us: int) -> bool:
        return self._elapsed_us is None or abs(now_us - self._ahead_us - self._elapsed_us()) <= DAY_US


_ADVICE = "set it right, or start the service with COALITION_CLOCK=trusted if this is intended"


def _in_words(at_us: int) -> str:
    try:
        return format_instant(at_us)
    except OverflowError:
        return "a time beyond the year 9999"
