"""Changed histories: those of saved scenarios are computed at their first use and kept while nothing changes.

They are kept as parts of the record's own history, which they hold alive, and are let go with it."""

from collections.abc import Sequence
from weakref import WeakSet

from api.http.problems import SCENARIO_CONFLICT, UNKNOWN_SCENARIO, WHAT_IF_REFUSED, Fault, Problem
from api.work_slots import need_slot
from domain.history.history import History, ReadableHistory
from domain.ledger import Memory, SavedScenario, Scenarios, UnknownScenario, stream_key
from domain.refusals import Refused, RuleBroken, Violation
from domain.times import period
from domain.what_if.assumed_sizes import AssumedSizes
from domain.what_if.changes import Change
from domain.what_if.scenarios import Fork, ScenarioState
from projections.asof import Basis
from projections.what_if.changed_history import ChangedHistory, changed, leaving_out
from projections.what_if.selecting import index_of


class NoSuchScenario(RuleBroken):
    """The scenario to fork from has not been saved."""


REPLAY_BYTES = 200_000
"""About what a scenario's history costs in memory that follows the order of the record."""

EVENT_BYTES = 1_000
"""About what each event costs in another order, as forks on the reported axis have, without the event itself."""


TOUCHED_BYTES = 2_000
"""About what leaving out an event costs: its thing is folded again."""


class Replays:
    """A coalition's history as scenarios change it, saved ones and others."""

    def __init__(self, scenarios: Scenarios, memory: Memory) -> None:
        self._scenarios = scenarios
        self._memory = memory
        self._indexed: WeakSet[History] = WeakSet()

    def line(self, coalition: str, scenario: str) -> list[SavedScenario]:
        """The scenarios that one is forked from, the first of them first, and the scenario itself.

        Raises a ``Problem``.
        """
        try:
            return self._scenarios.line(coalition, scenario)
        except UnknownScenario:
            raise Problem(UNKNOWN_SCENARIO) from None
        except Refused as refused:
            broken = refused.violations[0].broken
            raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=broken.detail, rule=broken.rule)]) from None

    def of_line(self, recorded: History, line: Sequence[SavedScenario]) -> ChangedHistory:
        """The history of the last of a line, without the changes that no longer apply. Raises a ``Problem``."""
        history: ReadableHistory = recorded
        for saved in line:
            history = self._replayed(recorded, history, saved.scenario, saved.state)
        assert isinstance(history, ChangedHistory)
        return history

    def of(self, recorded: History, scenario: str) -> ChangedHistory:
        """The history of a saved scenario, without the changes that no longer apply. Raises a ``Problem``."""
        return self.of_line(recorded, self.line(recorded.coalition, scenario))

    def of_state(self, recorded: History, scenario: str, state: ScenarioState) -> ChangedHistory:
        """The history of a scenario as it is, or would be. Raises ``Refused`` if it forks from an unknown one."""
        return self._replayed(recorded, self.base_of(recorded, state.fork.scenario), scenario, state)

    def base_of(self, recorded: History, scenario: str | None) -> ReadableHistory:
        """The history to fork: the coalition's own, or that of a saved scenario. Raises ``Refused``."""
        if scenario is None:
            return recorded
        try:
            self._scenarios.get(recorded.coalition, scenario)
        except UnknownScenario as error:
            raise Refused([Violation(0, NoSuchScenario(str(error), "/fork/scenario"))]) from None
        return self.of(recorded, scenario)

    def changed(
        self,
        recorded: History,
        base: ReadableHistory,
        fork: Fork,
        changes: Sequence[Change],
        undisclosed: AssumedSizes | None = None,
    ) -> ChangedHistory:
        """A changed history that is not cached. Raises ``Refused``, by index, if a change cannot be applied."""
        need_slot()
        self._index(recorded)
        return changed(base, fork, changes, undisclosed)

    def leaving_out(self, history: ReadableHistory, basis: Basis) -> ReadableHistory:
        """A history without what its basis is ``without``: of a coalition's own, kept for what is known there.

        Raises a ``Problem`` if that is too much.
        """
        if not basis.without:
            return history
        known_us = period(basis.known_at).last_us
        known = history.known_set(known_us, basis.known_axis, basis.sequence) if isinstance(history, History) else None
        key = "without", history.coalition, known, basis.without
        kept: ChangedHistory | None = None if known is None else self._memory.get(key)
        if kept is not None and kept.base is history:
            return kept
        need_slot()
        self._index(history.root)
        try:
            left = leaving_out(history, basis)
        except Refused as refused:
            faults = [Fault(parameter="without", detail=one.broken.detail) for one in refused.violations]
            raise Problem(WHAT_IF_REFUSED, faults=faults) from None
        if known is not None:
            cost = _cost_of(left) + TOUCHED_BYTES * len(left.touched)
            self._memory.put(key, left, cost, part_of=stream_key(history.coalition))
        return left

    def _replayed(
        self, recorded: History, base: ReadableHistory, scenario: str, state: ScenarioState
    ) -> ChangedHistory:
        key = "replay", recorded.coalition, scenario
        history: ChangedHistory | None = self._memory.get(key)
        if (
            history is None
            or history.base is not base
            or (history.fork, history.changes) != (state.fork, state.in_order)
        ):
            if state.fork.sequence > base.sequence:
                detail = f"{scenario} is forked after the end of its starting point; rebase it"
                raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule="ForkAfterTheEnd")])
            need_slot()
            self._index(recorded)
            history = ChangedHistory(base, state.fork, state.in_order)
            self._memory.put(key, history, _cost_of(history), part_of=stream_key(recorded.coalition))
        self._memory.weigh(key, _cost_of(history))  # it grows as it is asked about other times
        return history

    def _index(self, recorded: History) -> None:
        """Index the record once, so that no later selector waits for it."""
        if recorded not in self._indexed:
            index_of(recorded).warm()
            self._indexed.add(recorded)


def _cost_of(history: ChangedHistory) -> int:
    """About what a history costs in bytes, with the orders of learning of its own."""
    return REPLAY_BYTES + EVENT_BYTES * sum(order.position for order in history.own_knowledge)
