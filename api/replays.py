"""Changed histories: those of saved scenarios are worked out when first asked for, and kept while nothing changes."""

from collections.abc import Sequence
from threading import Lock
from weakref import WeakSet

from api.http.problems import SCENARIO_CONFLICT, UNKNOWN_SCENARIO, Fault, Problem
from api.work_slots import WorkSlots
from domain.history.history import History, ReadableHistory
from domain.ledger import Scenarios, UnknownScenario
from domain.refusals import Refused, RuleBroken, Violation
from domain.what_if.changes import Change
from domain.what_if.scenarios import Fork, ScenarioState
from projections.what_if.changed_history import ChangedHistory, changed
from projections.what_if.selecting import index_of


class NoSuchScenario(RuleBroken):
    """The scenario that would be forked has not been saved."""


KEPT = 64
"""So many scenarios' histories are kept; who asks for another waits until it is worked out."""

MOST_EVENTS_HELD = 500_000
"""So many events may they hold folded in other orders than the record's own, as forks on the reported axis do."""


class Replays:
    """What saved scenarios, and those that are not saved, make of a coalition's history."""

    def __init__(self, scenarios: Scenarios, work: WorkSlots) -> None:
        self._scenarios = scenarios
        self.work = work
        self._kept: dict[tuple[str, str], ChangedHistory] = {}
        self._changing = Lock()
        self._indexed: WeakSet[History] = WeakSet()

    def of(self, recorded: History, scenario: str) -> ChangedHistory:
        """The history of a saved scenario, what no longer applies left out. Raises a ``Problem``."""
        try:
            line = self._scenarios.line(recorded.coalition, scenario)
        except UnknownScenario:
            raise Problem(UNKNOWN_SCENARIO) from None
        except Refused as refused:
            broken = refused.violations[0].broken
            raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=broken.detail, rule=broken.rule)]) from None
        history: ReadableHistory = recorded
        for saved in line:
            history = self._replayed(recorded, history, saved.scenario, saved.state)
        assert isinstance(history, ChangedHistory)
        return history

    def of_state(self, recorded: History, scenario: str, state: ScenarioState) -> ChangedHistory:
        """The history of a scenario as it is, or would be. Raises ``Refused`` where it forks from none."""
        return self._replayed(recorded, self.base_of(recorded, state.fork.scenario), scenario, state)

    def base_of(self, recorded: History, scenario: str | None) -> ReadableHistory:
        """What is forked: the coalition's own history, or that of a saved scenario. Raises ``Refused``."""
        if scenario is None:
            return recorded
        try:
            self._scenarios.get(recorded.coalition, scenario)
        except UnknownScenario as error:
            raise Refused([Violation(0, NoSuchScenario(str(error), "/fork/scenario"))]) from None
        return self.of(recorded, scenario)

    def changed(
        self, recorded: History, base: ReadableHistory, fork: Fork, changes: Sequence[Change]
    ) -> ChangedHistory:
        """A history that nobody keeps. Raises ``Refused``, by the index of the change, where one cannot be applied."""
        with self.work.place() as deadline:
            self._index(recorded)
            return changed(base, fork, changes, deadline.check)

    def _replayed(
        self, recorded: History, base: ReadableHistory, scenario: str, state: ScenarioState
    ) -> ChangedHistory:
        key = recorded.coalition, scenario
        kept = self._kept.get(key)
        if kept is None or kept.base is not base or (kept.fork, kept.changes) != (state.fork, state.in_order):
            if state.fork.sequence > base.sequence:
                detail = f"{scenario} is forked after the end of what it forks from; rebase it"
                raise Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule="ForkAfterTheEnd")])
            with self.work.place() as deadline:
                self._index(recorded)
                kept = ChangedHistory(base, state.fork, state.in_order, deadline.check)
        self._keep(key, kept)
        return kept

    def _index(self, recorded: History) -> None:
        """Index the record once, so that no later selector waits for that."""
        if recorded not in self._indexed:
            index_of(recorded).warm()
            self._indexed.add(recorded)

    def _keep(self, key: tuple[str, str], history: ChangedHistory) -> None:
        """Keep it as the one that was asked for last."""
        with self._changing:
            self._kept.pop(key, None)
            self._kept[key] = history
            while len(self._kept) > KEPT or (len(self._kept) > 1 and self._events_held() > MOST_EVENTS_HELD):
                del self._kept[next(iter(self._kept))]

    def _events_held(self) -> int:
        held = {id(one): one.position for history in self._kept.values() for one in history.own_knowledge}
        return sum(held.values())
