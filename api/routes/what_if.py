"""``POST /coalitions/{coalition}/what-if``: fork a history, change it and ask it; nothing is stored."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ConfigDict, Field, JsonValue, StrictInt, TypeAdapter
from pydantic.dataclasses import dataclass

from api.http.access import reader
from api.http.answers import acceptable, json_of, respond
from api.http.bodies import JSON, only_item, read_as
from api.http.problem_answers import problem_responses
from api.http.problems import VALIDATION, WHAT_IF_REFUSED, Fault, Problem
from api.moved_on import moved_on_since
from api.routes.addresses import ANY_READ, COALITION, OF_SCENARIO
from api.routes.likelihood import OF_QUESTION, Question
from api.routes.parameters import RecordedHistory, only_known_parameters
from api.routes.questions import UNLESS_ASKED, answer_to, questions_in
from api.routes.slots import SlottedRoute
from api.routes.what_if_problems import refusals_as_problems
from api.services import services
from api.work_slots import need_slot
from domain.checkpoints import checkpoint
from domain.history.history import History, KnownAxis, ReadableHistory
from domain.nulls import null_is_absent
from domain.times import Moment
from domain.vocabulary import Slug
from domain.what_if.assumed_sizes import AssumedSize, AssumedSizes
from domain.what_if.changes import Changes
from domain.what_if.refusals import AsksTooMuch
from domain.what_if.scenarios import Fork
from projections.asof import AsOf, Basis, UnanswerableQuestion
from projections.what_if.changed_history import ChangedHistory, basis_of_fork, fork_at
from projections.what_if.moved_on import RecordMovedOn

_FORBID = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
class ForkRequest:
    """Where to fork; what is left open means now or, for the fork of a scenario, what that scenario's fork has."""

    valid_at: Moment | None = None
    known_at: Moment | None = None
    known_axis: KnownAxis | None = None
    sequence: Annotated[StrictInt, Field(ge=0)] | None = None
    scenario: Slug | None = None

    @property
    def as_of(self) -> AsOf:
        """The requested point."""
        return AsOf(self.valid_at, self.known_at, self.known_axis, self.sequence)


@dataclass(frozen=True, slots=True, kw_only=True, config=_FORBID)
@null_is_absent
class WhatIf:
    """A fork, changes, what pledges of undisclosed size are assumed to be, and questions to the changed history."""

    fork: ForkRequest = Field(default_factory=ForkRequest)
    changes: Changes = ()
    undisclosed: AssumedSizes | None = None
    questions: Annotated[dict[str, JsonValue], Field(min_length=1)] | None = None


WHAT_IF: TypeAdapter[WhatIf] = TypeAdapter(WhatIf)
_FORK: TypeAdapter[Fork] = TypeAdapter(Fork)

ANSWER_BYTES = 64 * 1024 * 1024
"""The most that the answers to one what-if may have together."""

_TOO_MUCH = Fault(
    pointer="/questions", rule=AsksTooMuch.__name__,
    detail=f"the answers have more than {ANSWER_BYTES // 1024**2} MiB together; ask fewer questions at once",
)  # fmt: skip

router = APIRouter(
    route_class=SlottedRoute, tags=["what if"], dependencies=[Depends(reader), Depends(only_known_parameters)]
)


@router.post(
    COALITION + "/what-if",
    operation_id="ask_what_if",
    responses=problem_responses(*dict.fromkeys((*ANY_READ, *OF_SCENARIO, *OF_QUESTION))),
)
def ask_what_if(request: Request, recorded: RecordedHistory, body: Question) -> Response:
    """What if: fork the history, change it, and ask any question of it. Nothing is stored."""
    acceptable(request, JSON)
    need_slot()
    replays = services(request).replays
    asked = read_as(WHAT_IF, only_item(body))
    questions = questions_in(UNLESS_ASKED if asked.questions is None else asked.questions)
    with refusals_as_problems(changes_at="/changes"):
        base, fork = fork_of(request, recorded, asked.fork)
        history = replays.changed(recorded, base, fork, asked.changes, asked.undisclosed)
    parts = [
        _named("basis", json_of(Basis, basis_of_fork(history, fork))),
        _named("fork", json_of(Fork, fork)),
        _named("record_moved_on", json_of(RecordMovedOn, moved_on_since(history))),
    ]
    if asked.undisclosed is not None:
        parts.append(_named("undisclosed", json_of(dict[str, AssumedSize], asked.undisclosed)))
    left_bytes = ANSWER_BYTES
    for name, several, is_list in questions:
        answers = []
        for question in several:
            answers.append(_answer(request, history, question))
            left_bytes -= len(answers[-1])
            if left_bytes < 0:
                raise Problem(WHAT_IF_REFUSED, faults=[_TOO_MUCH])
        parts.append(_named(name, b"[" + b",".join(answers) + b"]" if is_list else answers[0]))
    return respond(request, b"{" + b",".join(parts) + b"}")


def fork_of(request: Request, recorded: History, asked: ForkRequest) -> tuple[ReadableHistory, Fork]:
    """Return the history to fork, and the fork. Raises ``Refused``, or a ``Problem`` for a point that is not valid."""
    replays = services(request).replays
    base = replays.base_of(recorded, asked.scenario)
    point = base.as_of(asked.as_of) if isinstance(base, ChangedHistory) else asked.as_of
    try:
        return base, fork_at(base, point, services(request).clock(), asked.scenario)
    except UnanswerableQuestion as error:
        fault = Fault(pointer=f"/fork/{error.parameter}", detail=error.detail)
        raise Problem(VALIDATION, faults=[fault]) from None


def _answer(request: Request, history: ChangedHistory, question: Any) -> bytes:
    checkpoint()
    return answer_to(request, history, question)


def _named(name: str, content: bytes) -> bytes:
    return b'"%s":%s' % (name.encode(), content)
