"""Changed histories: those of saved scenarios are computed at their first use and cached while nothing changes."""

from collections.abc import Sequence
from threading import Lock
from weakref import WeakSet

from api.http.problems import SCENARIO_CONFLICT, UNKNOWN_SCENARIO, Fault, Problem
from api.work_slots import need_slot
from domain.history.history import History, ReadableHistory
from domain.ledger import Scenarios, UnknownScenario
from domain.lru import Lru
from domain.refusals import Refused, RuleBroken, Violation
from domain.what_if.changes import Change
from domain.what_if.scenarios import Fork, ScenarioState
from projections.what_if.changed_history import ChangedHistory, changed
from projections.what_if.selecting import index_of


class NoSuchScenario(RuleBroken):
    """The scenario to fork from has not been saved."""


CACHED_HISTORIES = 64
"""How many scenarios' histories are cached; another one is computed when it is asked for."""

MAX_EVENTS_HELD = 500_000
"""How many events the cached histories may hold in other orders than the record's, as forks on the reported axis do."""


class Replays:
    """A coalition's history as scenarios change it, saved ones and others."""

    def __init__(self, scenarios: Scenarios) -> None:
        self._scenarios = scenarios
        self._cached = Lru[tuple[str, str], ChangedHistory](CACHED_HISTORIES)
        self._bounding = Lock()
        self._indexed: WeakSet[History] = WeakSet()

    def of(self, recorded: History, scenario: str) -> ChangedHistory:
        """The history of a saved scenario, without the changes that no longer apply. Raises a ``Problem``."""
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
        self, recorded: History, base: ReadableHistory, fork: Fork, changes: Sequence[Change]
    ) -> ChangedHistory:
        """A changed history that is not cached. Raises ``Refused``, by index, if a change cannot be applied."""
        need_slot()
        self._index(recorded)
        return changed(base, fork, changes)

    def _replayed(
        self, recorded: History, base: ReadableHistory, scenario: str, state: ScenarioState
    ) -> ChangedHistory:
        key = recorded.coalition, scenario
        history = self._cached.get(key)
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
            self._cached.put(key, history)
        self._drop_what_holds_too_much()
        return history

    def _index(self, recorded: History) -> None:
        """Index the record once, so that no later selector waits for it."""
        if recorded not in self._indexed:
            index_of(recorded).warm()
            self._indexed.add(recorded)

    def _drop_what_holds_too_much(self) -> None:
        """Drop the histories used least recently; a cached one grows as it is asked about other times."""
        with self._bounding:
            while len(self._cached) > 1 and self._events_held() > MAX_EVENTS_HELD:
                self._cached.drop_oldest()

    def _events_held(self) -> int:
        held = {id(one): one.position for history in self._cached.values() for one in history.own_knowledge}
        return sum(held.values())
