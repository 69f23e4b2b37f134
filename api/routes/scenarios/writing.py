"""Writing to a saved scenario: the bodies that are posted, and how each is recorded."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from api.http.access import Writer
from api.http.answers import acceptable, json_of
from api.http.bodies import JSON, RequestBody, read_as, the_only
from api.http.preconditions import IdempotencyKey, IfMatch, expected_sequence, key_in, not_matched
from api.http.problems import SCENARIO_CONFLICT, VALIDATION, WHAT_IF_REFUSED, Fault, Problem
from api.routes.likelihood import Question
from api.routes.parameters import RecordedHistory, replays_of, saved_scenario, scenarios_of
from api.routes.scenarios.items import UnappliedChange, not_applied
from api.routes.what_if import ForkRequest, forked
from api.routes.what_if_problems import refused_problem
from domain.history.history import History
from domain.ledger import Ledger, LedgerFailure, SavedScenario, ScenarioRecording, StaleMatch, UnknownScenario
from domain.ledger.identity import new_event_ids
from domain.refusals import Refused
from domain.vocabulary import Name, Slug, Text
from domain.what_if.changes import MAX_CHANGES, Assume, Change, Changes
from domain.what_if.scenarios import Fork, ScenarioClosed, ScenarioOpened, ScenarioRebased, ScenarioState

_FORBID = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class NewScenario:
    """A scenario to be saved; ``scenario`` is made from the name where it is not given."""

    name: Name
    scenario: Slug | None = None
    description: Text | None = None
    fork: ForkRequest = Field(default_factory=ForkRequest)
    changes: Changes = ()


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class MoreChanges:
    """Changes to be added, and why."""

    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=MAX_CHANGES)]
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Removal:
    """Why a change is removed."""

    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class Rebase:
    """Another fork for the same changes; what it leaves open is the latest record, at the day that was looked at."""

    fork: ForkRequest = Field(default_factory=ForkRequest)
    note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class CloseRequest:
    """Why a scenario is closed."""

    reason: Text | None = None


BODIES: dict[str, TypeAdapter[Any]] = {
    cls.__name__: TypeAdapter(cls) for cls in (NewScenario, MoreChanges, Removal, Rebase, CloseRequest)
}
"""What is posted to a scenario, by the name of its schema."""


class ScenarioWrite:
    """One request to write to a scenario."""

    def __init__(
        self,
        *,
        request: Request,
        recorded: History,
        author: str,
        sent: RequestBody,
        idempotency_key: str | None = None,
        if_match: str | None = None,
    ) -> None:
        self.request = request
        self.recorded = recorded
        self.author = author
        self.sent = sent
        self._key = idempotency_key
        self._if_match = if_match

    def body(self, name: str) -> Any:
        """The body, read as what ``BODIES`` calls so. Raises a ``Problem`` with all that is wrong with it."""
        return read_as(BODIES[name], the_only(self.sent))

    def record(
        self,
        scenario: str,
        doing: str,
        facts_for: Callable[[ScenarioState | None], Sequence[Any]],
        check: Callable[[ScenarioState], None] = lambda _: None,
    ) -> ScenarioRecording:
        """Record facts. Raises a ``Problem`` where that cannot be."""
        expected = expected_sequence(self._if_match, lambda: self._sequence(scenario))
        try:
            return scenarios_of(self.request).record(
                self.recorded.coalition, scenario, facts_for, recorded_by=self.author,
                request=f"{doing} ".encode() + self.sent.canonical[0], idempotency_key=self._key, if_match=expected,
                check=check,
            )  # fmt: skip
        except Refused as refused:
            raise _problem(refused) from None
        except StaleMatch as stale:
            raise not_matched(stale, "scenario") from None

    def check_changes(self, scenario: str, state: ScenarioState, first: int) -> None:
        """Raise a ``Problem`` where changes from a place on cannot be applied."""
        violations = replays_of(self.request).of_state(self.recorded, scenario, state).violations
        if new := [one for one in violations if one.index >= first]:
            raise refused_problem(WHAT_IF_REFUSED, Refused(new), changes_at="/changes", first=first)

    def fork(self, scenario: str, asked: ForkRequest) -> Fork:
        """Where a scenario is to fork. Raises ``Refused``, also for one that would fork from itself."""
        if asked.scenario is not None:
            scenarios_of(self.request).check_parent(self.recorded.coalition, scenario, asked.scenario)
        return forked(self.request, self.recorded, asked)[1]

    def with_ids(self, changes: Sequence[Any]) -> tuple[Any, ...]:
        """Changes whose assumed facts have ids of their own: the same wherever it is forked, and once adopted."""
        ledger: Ledger = self.request.app.state.ledger
        ids = iter(new_event_ids(len(changes), ledger.clock()))
        return tuple(
            replace(change, assume=replace(change.assume, event_id=next(ids)))
            if isinstance(change, Assume) and change.assume.event_id is None
            else change
            for change in changes
        )

    def created(self, recording: ScenarioRecording) -> Response:
        """The answer to what was recorded: the events, and which changes do not apply."""
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
        """The changes that do not apply; ``None`` if that cannot be worked out now. Recorded is recorded, even if the
        service is busy, the time is over, or the scenario has lost its fork."""
        try:
            history = replays_of(self.request).of_state(self.recorded, saved.scenario, saved.state)
        except (Problem, Refused, LedgerFailure):
            return None
        return not_applied(saved, history.violations)

    def _sequence(self, scenario: str) -> int:
        try:
            return scenarios_of(self.request).get(self.recorded.coalition, scenario).sequence
        except UnknownScenario:
            return 0


def scenario_write(
    *,
    request: Request,
    recorded: RecordedHistory,
    author: Writer,
    sent: Question,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ScenarioWrite:
    """What was posted to the API."""
    acceptable(request, JSON)
    key = key_in(request, idempotency_key)
    return ScenarioWrite(
        request=request, recorded=recorded, author=author, sent=sent, idempotency_key=key, if_match=if_match
    )  # fmt: skip


RequestedWrite = Annotated[ScenarioWrite, Depends(scenario_write)]


def opened(posted: ScenarioWrite) -> ScenarioRecording:
    """Save a new scenario. Raises a ``Problem``."""
    asked: NewScenario = posted.body("NewScenario")
    scenario = asked.scenario or _slug_of(asked.name)

    def facts(_: ScenarioState | None) -> list[Any]:
        return [
            ScenarioOpened(
                name=asked.name, author=posted.author, description=asked.description,
                fork=posted.fork(scenario, asked.fork), changes=posted.with_ids(asked.changes),
            )
        ]  # fmt: skip

    return posted.record(scenario, "open", facts, lambda state: posted.check_changes(scenario, state, 0))


def rebased(posted: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Fork a scenario anew. Raises a ``Problem``."""
    asked: Rebase = posted.body("Rebase")
    saved_scenario(posted.request, posted.recorded, scenario)
    names_parent = "scenario" in the_only(posted.sent).get("fork", {})

    def facts(state: ScenarioState | None) -> list[Any]:
        assert state is not None
        fork = ForkRequest(
            valid_at=asked.fork.valid_at or state.fork.valid_at,
            known_at=asked.fork.known_at,
            known_axis=asked.fork.known_axis or state.fork.known_axis,
            sequence=asked.fork.sequence,
            scenario=asked.fork.scenario if names_parent else state.fork.scenario,
        )
        return [ScenarioRebased(fork=posted.fork(scenario, fork), note=asked.note)]

    return posted.record(scenario, "rebase", facts)


def closed(posted: ScenarioWrite, scenario: str) -> ScenarioRecording:
    """Close a scenario. Raises a ``Problem``."""
    asked: CloseRequest = posted.body("CloseRequest")
    saved_scenario(posted.request, posted.recorded, scenario)
    return posted.record(scenario, "close", lambda _: [ScenarioClosed(reason=asked.reason)])


def _problem(refused: Refused) -> Problem:
    """What is wrong with a fork is told by its place; all else is what the scenario, as it is, does not allow."""
    if any(one.broken.field.startswith("/fork") for one in refused.violations):
        return refused_problem(WHAT_IF_REFUSED, refused)
    told = dict.fromkeys((one.broken.rule, one.broken.detail) for one in refused.violations)
    return Problem(SCENARIO_CONFLICT, faults=[Fault(detail=detail, rule=rule) for rule, detail in told])


def _slug_of(name: str) -> str:
    """A slug from a name. Raises a ``Problem`` where the name has nothing to make one of."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100].strip("-")
    if not slug:
        detail = "No slug can be made from the name: give one as scenario."
        raise Problem(VALIDATION, faults=[Fault(pointer="/scenario", detail=detail)])
    return slug
