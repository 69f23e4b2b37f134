"""A check before recording: what facts would become, what is surprising about them, and what they would change.

It is the what-if that assumes these facts, at the end of the record; nothing is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.events import Event
from domain.history.history import History
from domain.times import BEFORE_TIME_US, FOREVER_US, period
from domain.what_if.changes import Assume
from domain.what_if.scenarios import Fork
from projections.asof import AsOf, view_of
from projections.difference import Difference, difference_of
from projections.event_index import LongerIndex, event_index_of
from projections.paging import Page
from projections.record import effective_at, effective_us
from projections.warnings.of_requests import ToldWarning, warnings_from
from projections.warnings.warnings import WarningItem
from projections.what_if.changed_history import ChangedHistory, unchanged


@dataclass(slots=True)
class Refusal:
    """A rule that a fact would break; ``pointer`` leads into the body of the request."""

    pointer: str
    rule: str
    detail: str
    collides_with: list[str]


@dataclass(slots=True)
class Check:
    """What would become of facts if they were recorded now, after the first ``sequence`` events of the coalition.

    ``events`` are as they would be recorded, but for the time and for the ids that the ledger makes. All would be
    recorded, unless there are ``refusals``; then there are no warnings, and ``changes`` is null. The warnings are those
    of the answer to recording. ``changes`` is the difference that the facts make to the picture.
    """

    coalition: str
    sequence: int
    events: list[Event]
    refusals: list[Refusal]
    warnings: list[WarningItem]
    changes: Difference | None


class RecordWithFacts:
    """The record as it would be: the first events of a history, and those that would follow."""

    def __init__(self, history: History, sequence: int, events: Sequence[Event]) -> None:
        self._history = history
        self._now = events[-1].recorded_at
        fork = Fork(valid_at=self._now, known_at=self._now, sequence=sequence)
        assumed = [Assume(assume=replace(event.fact, event_id=event.event_id)) for event in events]
        self._changed = ChangedHistory(history, fork, assumed)
        self._events = self._changed.assumed

    def warnings(self) -> list[ToldWarning]:
        """What recording the facts would give rise to."""
        sequence = self._changed.sequence
        view = self._changed.view(BEFORE_TIME_US, FOREVER_US, "recorded", sequence)
        return warnings_from(self._events, view, LongerIndex(event_index_of(self._history), sequence, self._events))

    def changes(self, valid_at: str | None, page: Page) -> Difference:
        """What the facts would change in the picture of a time: of now, or of when the last of them takes effect.

        Raises ``UnanswerableQuestion``.
        """
        asked = AsOf(valid_at or self._last_effect(), self._now, "recorded", self._changed.sequence)
        basis = asked.basis(self._history, period(self._now).last_us)
        before, after = unchanged(self._changed), self._changed
        return difference_of((view_of(before, basis), basis), (view_of(after, basis), basis), page)

    def _last_effect(self) -> str:
        last = max(self._events, key=effective_us)
        return self._now if effective_us(last) <= period(self._now).last_us else effective_at(last) or self._now
