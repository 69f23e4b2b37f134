"""Requests to record, each with a future for whoever waits for its answer."""

from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

from domain.ledger.identity import digest_of, new_event_ids


class Recording(NamedTuple):
    """What was recorded: each event's JSON, as stored, and the sequences of the first and the last."""

    events: list[bytes]
    first_sequence: int
    last_sequence: int
    is_repeat: bool


class Ticket:
    """One request to record; its ``future`` gets what came of it."""

    __slots__ = ("digest", "event_ids", "facts", "future", "if_match", "key", "recorded_by")

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
        self.future: Future[Recording] = Future()

    def settle(self, outcome: Recording | BaseException) -> None:
        """Give the caller its answer, or what stood in the way."""
        if isinstance(outcome, Recording):
            self.future.set_result(outcome)
        else:
            self.future.set_exception(outcome)
