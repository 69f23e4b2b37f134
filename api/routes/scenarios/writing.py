"""Writes to saved scenarios, and how each is recorded."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from typing import Annotated, Any

from fastapi import Depends, Request, Response

from api.http.access import Writer
from api.http.answers import acceptable, json_of
from api.http.bodies import JSON, RequestBody, only_item, read_as
from api.http.preconditions import IdempotencyKey, IfMatch, expected_sequence, key_in, not_matched
from api.http.problems import RULE_BROKEN, SCENARIO_CONFLICT, VALIDATION, WHAT_IF_REFUSED, Fault, Problem
from api.routes.likelihood import Question
from api.routes.parameters import RecordedHistory, saved_scenario
from api.routes.scenarios.bodies import BODIES, CloseRequest, NewScenario, Rebase
from api.routes.scenarios.items import UnappliedChange, not_applied
from api.routes.what_if import ForkRequest, fork_of
from api.routes.what_if_problems import refused_problem
from api.services import services
from api.work_slots import ask_for_slot
from domain.history.history import History
from domain.ledger import LedgerFailure, SavedScenario, ScenarioRecording, StaleMatch, UnknownScenario
from domain.ledger.identity import new_event_ids
from domain.refusals import Refused, Violation
from domain.what_if.changes import Assume
from domain.what_if.refusals import OnlyFactsAreProposed, ScenarioIsOpenedAlready, SourcesAreMissing
from domain.what_if.scenarios import (
    Fork,
    ScenarioClosed,
    ScenarioOpened,
    ScenarioRebased,
    ScenarioState,
)


class ScenarioWrite:
    """A request to write to a scenario."""

    def __init__(
        self,
        *,
        request: Request,
        recorded: History,
        author: str,
        request_body: RequestBody,
        idempotency_key: str | None = None,
        if_match: str | None = None,
    ) -> None:
        self.request = request
        self.recorded = recorded
        self.author = author
        self.request_body = request_body
        self._key = idempotency_key
        self._if_match = if_match

    def body(self, name: str) -> Any:
        """Return the body, read as the schema of this name. Raises a ``Problem`` with all its faults."""
        return read_as(BODIES[name], only_item(self.request_body))

    def record(
        self,
        scenario: str,
        doing: str,
        facts_for: Callable[[ScenarioState | None], Sequence[Any]],
        check: Callable[[ScenarioState], None] = lambda _: None,
        placed: Callable[[Refused], Refused] = lambda refused: refused,
    ) -> ScenarioRecording:
        """Record facts. ``placed`` leads what is refused to its place in the body. Raises a ``Problem``."""
        expected = expected_sequence(self._if_match, lambda: self._sequence(scenario))
        try:
            return services(self.request).scenarios.record(
                self.recorded.coalition, scenario, facts_for, recorded_by=self.author,
                request=f"{doing} ".encode() + self.request_body.canonical[0], idempotency_key=self._key,
                if_match=expected, check=check,
            )  # fmt: skip
        except Refused as refused:
            raise _problem(placed(refused)) from None
        except StaleMatch as stale:
            raise not_matched(stale, "scenario") from None

    def check_changes(self, scenario: str, state: ScenarioState, first: int) -> None:
        """Raise a ``Problem`` if changes from number ``first`` on cannot be applied."""
        violations = services(self.request).replays.of_state(self.recorded, scenario, state).violations
        if new := [one for one in violations if one.index >= first]:
            raise refused_problem(WHAT_IF_REFUSED, Refused(new), changes_at="/changes", first=first)

    def check_replaced(self, scenario: str, state: ScenarioState, place: int) -> None:
        """Raise a ``Problem`` if the change at a place in the order, the one in the body, cannot be applied."""
        violations = services(self.request).replays.of_state(self.recorded, scenario, state).violations
        if new := [one for one in violations if one.index == place]:
            raise refused_problem(WHAT_IF_REFUSED, Refused(new), base="/change")

    def check_added(self, scenario: str, state: ScenarioState, count: int) -> None:
        """Raise a ``Problem`` if the last ``count`` changes cannot be applied, or not be recorded if proposed."""
        self.check_changes(scenario, state, len(state.changes) - count)
        self.check_recordable(state, [*state.changes][-count:])

    def check_recordable(self, state: ScenarioState, numbers: Sequence[int], pointer: str = "/changes") -> None:
        """Raise a ``Problem`` if facts of a proposal could not be recorded now, together with its other open facts.

        ``numbers`` are those of the changes at ``pointer`` in the body, in their order.
        """
        if state.purpose != "proposal":
            return
        open_changes = {n: one for n, one in state.changes.items() if one.assume.event_id not in self.recorded}
        places = [*open_changes]
        facts = [one.assume for one in open_changes.values()]
        ledger = services(self.request).ledger
        refusals = ledger.judge(self.recorded.coalition, facts, recorded_by=self.author).violations if facts else []
        found = [
            Violation(numbers.index(places[index]), broken) for index, broken in refusals if places[index] in numbers
        ]
        if found:
            raise Problem(RULE_BROKEN, faults=[_refused_fact(one, pointer) for one in found])

    def fork(self, scenario: str, asked: ForkRequest) -> Fork:
        """Return the requested fork of a scenario. Raises ``Refused``, also if it would fork from itself."""
        if asked.scenario is not None:
            services(self.request).scenarios.check_parent(self.recorded.coalition, scenario, asked.scenario)
        return fork_of(self.request, self.recorded, asked)[1]

    def with_ids(self, changes: Sequence[Any]) -> tuple[Any, ...]:
        """Return changes whose assumed facts have ids, which stay the same at every fork and when adopted."""
        ledger = services(self.request).ledger
        ids = iter(new_event_ids(len(changes), ledger.clock()))
        return tuple(
            replace(change, assume=replace(change.assume, event_id=next(ids)))
            if isinstance(change, Assume) and change.assume.event_id is None
            else change
            for change in changes
        )

    def created(self, recording: ScenarioRecording) -> Response:
        """Return the answer: the recorded events, and the changes that no longer apply."""
        saved = recording.scenario
        content = b'{"scenario":%s,"events":[%s],"not_applied":%s}' % (
            json_of(str, saved.scenario), b",".join(recording.events),
            json_of(list[UnappliedChange] | None, self._not_applied(saved)),
        )  # fmt: skip
        headers = {
            "ETag": f'"{saved.sequence}"',
            "Location": f"/coalitions/{saved.coalition}/scenarios/{saved.scenario}",
            "Cache-Control": "no-store",
        }
        if recording.is_repeat:
            headers["Idempotency-Replayed"] = "true"
        return Response(content, status_code=201, media_type=JSON, headers=headers)

    def _not_applied(self, saved: SavedScenario) -> list[UnappliedChange] | None:
        """Return the changes that no longer apply; ``None`` if they cannot be computed now: the write is answered as
        recorded, even if the service is busy, the time is over, or the scenario has lost its fork."""
        try:
            history = services(self.request).replays.of_state(self.recorded, saved.scenario, saved.state)
        except (Problem, Refused, LedgerFailure):
            return None
        return not_applied(saved, history.violations)

    def _sequence(self, scenario: str) -> int:
        try:
            return services(self.request).scenarios.get(self.recorded.coalition, scenario).sequence
        except UnknownScenario:
            return 0


def scenario_write(
    *,
    request: Request,
    recorded: RecordedHistory,
    author: Writer,
    body: Question,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ScenarioWrite:
    """Return the write that a request to the API asks for."""
    acceptable(request, JSON)
    key = key_in(request, idempotency_key)
    ask_for_slot()
    return ScenarioWrite(
        request=request, recorded=recorded, author=author, request_body=body, idempotency_key=key, if_match=if_match
    )  # fmt: skip


RequestedWrite = Annotated[ScenarioWrite, Depends(scenario_write)]


def open_new(write: ScenarioWrite) -> ScenarioRecording:
    """Save a new scenario. Raises a ``Problem``.

    The slug of a proposal is a new one for each, unless the request states it: titles such as "Figures of March" come
    again, and a title need not have letters for a slug.
    """
    asked: NewScenario = write.body("NewScenario")
    if asked.scenario is not None or asked.purpose == "what_if":
        return _open(write, asked, asked.scenario or _slug_of(asked.name))
    for slug in _slugs_for(asked.name):
        try:
            return _open(write, asked, slug)
        except Problem as problem:
            if not _is_taken(problem):
                raise
    raise AssertionError("there is always another slug")


def _slugs_for(title: str) -> Iterator[str]:
    """The slugs for a title, in the order in which they are tried."""
    slug = _letters_of(title)[:90].strip("-") or "proposal"
    return chain([slug], (f"{slug}-{number}" for number in count(2)))


def _is_taken(problem: Problem) -> bool:
    return any(fault.rule == ScenarioIsOpenedAlready.__name__ for fault in problem.faults)


def _open(write: ScenarioWrite, asked: NewScenario, scenario: str) -> ScenarioRecording:
    def facts(_: ScenarioState | None) -> list[Any]:
        return [
            ScenarioOpened(
                name=asked.name, author=write.author, description=asked.description,
                purpose=None if asked.purpose == "what_if" else asked.purpose,
                fork=write.fork(scenario, asked.fork), changes=write.with_ids(asked.changes),
            )
        ]  # fmt: skip

    def check(state: ScenarioState) -> None:
        write.check_changes(scenario, state, 0)
        write.check_recordable(state, [*state.changes])

    return write.record(scenario, "open", facts, check)


def rebase(write: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Move a scenario to another fork. Raises a ``Problem``."""
    asked: Rebase = write.body("Rebase")
    saved_scenario(write.request, write.recorded, scenario)
    names_parent = "scenario" in (only_item(write.request_body).get("fork") or {})

    def facts(state: ScenarioState | None) -> list[Any]:
        assert state is not None
        fork = ForkRequest(
            valid_at=asked.fork.valid_at or state.fork.valid_at,
            known_at=asked.fork.known_at,
            known_axis=asked.fork.known_axis or state.fork.known_axis,
            sequence=asked.fork.sequence,
            scenario=asked.fork.scenario if names_parent else state.fork.scenario,
        )
        return [ScenarioRebased(fork=write.fork(scenario, fork), note=asked.note)]

    return write.record(scenario, "rebase", facts)


def close(write: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Close a scenario. Raises a ``Problem``."""
    asked: CloseRequest = write.body("CloseRequest")
    saved_scenario(write.request, write.recorded, scenario)
    return write.record(scenario, "close", lambda _: [ScenarioClosed(reason=asked.reason)])


UNFIT = (OnlyFactsAreProposed, SourcesAreMissing)
"""Rules about the changes of a proposal, which name a place in the body."""


def in_list(refused: Refused) -> Refused:
    """What is refused of added changes, at its place in the list of the body."""
    return Refused(
        [
            Violation(index, type(broken)(broken.detail, f"/changes/{index}{broken.field.removeprefix('/change')}"))
            if isinstance(broken, UNFIT)
            else Violation(index, broken)
            for index, broken in refused.violations
        ]
    )


def _problem(refused: Refused) -> Problem:
    """Return a refusal as a problem: errors about a fork have its place; the others are conflicts with the scenario."""
    if any(one.broken.field.startswith("/fork") or isinstance(one.broken, UNFIT) for one in refused.violations):
        return refused_problem(WHAT_IF_REFUSED, refused)
    broken = dict.fromkeys((one.broken.rule, one.broken.detail) for one in refused.violations)
    return Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule=rule) for rule, detail in broken])


def _refused_fact(violation: Violation, pointer: str) -> Fault:
    """A proposed fact that a rule forbids now, by its place in the body."""
    index, broken = violation
    place = f"{pointer}/{index}" if pointer.endswith("s") else pointer
    return Fault(
        pointer=f"{place}/assume{broken.field}", detail=broken.detail, rule=broken.rule,
        collides_with=broken.collides_with,
    )  # fmt: skip


def _letters_of(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _slug_of(name: str) -> str:
    """Make a slug from a name. Raises a ``Problem`` if the name has no letters or digits for one."""
    slug = _letters_of(name)[:100].strip("-")
    if not slug:
        detail = "The name gives no slug: state one as scenario."
        raise Problem(VALIDATION, faults=[Fault(pointer="/scenario", detail=detail)])
    return slug
