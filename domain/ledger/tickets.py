"""Requests to record, each held by the caller that waits for its answer."""

from collections.abc import Sequence
from threading import Event as Signal
from typing import Any, NamedTuple

from domain.ledger.identity import digest_of, new_event_ids


class Recording(NamedTuple):
    """What was recorded: each event's JSON, as stored, and the sequences of the first and the last."""

    events: list[bytes]
    first_sequence: int
    last_sequence: int
    is_repeat: bool


class Ticket:
    """One request to record, while its caller waits."""

    __slots__ = ("_outcome", "_signal", "digest", "event_ids", "facts", "if_match", "key", "leads", "recorded_by")

    def __init__(
        self, facts: Sequence[Any], recorded_by: str, key: str | None, if_match: int | None, now_us: int
    ) -> None:
        self.facts = facts
        self.recorded_by = recorded_by
        self.key = key
        self.digest = digest_of(facts) if key is not None else b""
        self.if_match = if_match
        made = new_event_ids(len(facts), now_us)
        self.event_ids = [fact.event_id or made[index] for index, fact in enumerate(facts)]
        self.leads = False
        self._signal = Signal()
        self._outcome: Recording | Exception | None = None

    @property
    def is_settled(self) -> bool:
        """Whether there is an answer."""
        return self._outcome is not None

    def settle(self, outcome: Recording | Exception) -> None:
        """Give the caller its answer."""
        self._outcome = outcome
        self._signal.set()

    def lead(self) -> None:
        """Wake the caller to lead."""
        self.leads = True
        self._signal.set()

    def wait(self) -> None:
        """Wait for the answer, or for being called to lead."""
        self._signal.wait()

    def answer(self) -> Recording:
        """The answer; raises what stood in the way."""
        if isinstance(self._outcome, Recording):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome
