"""Questions in a body: the reads by the ends of their addresses, with the parameters of those addresses.

The function of the address answers each; only the source of its parameters differs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant, request_params_to_args

from api.http.bodies import RequestBody
from api.http.problem_answers import problem_of_request
from api.http.problems import BAD_PARAMETER, VALIDATION, Fault, Problem
from api.routes import actors, log, reads, warnings
from api.routes.comparisons import read_consequences, read_difference_from_baseline, read_scenario_picture
from api.routes.likelihood import read_sensitivity, read_simulation, requested_question
from api.routes.parameters import bases_in, history, requested_as_of
from api.routes.what_if_problems import problems_at
from domain.history.history import ReadableHistory
from domain.json_pointers import pointer_to
from projections.asof import AsOf

Endpoint = Callable[..., Response]

MAX_QUESTIONS = 20
ITEM = {"events": "event_id"}
"""The parameter that names one item in a question, if it is not ``name``."""

_READS = reads.router.reads | actors.router.reads | log.router.reads | warnings.router.reads

QUESTIONS: dict[str, Endpoint] = {
    "coalition": _READS[""],
    "picture": read_scenario_picture,
    **{path[1:]: read for path, read in _READS.items() if path and "{" not in path},
    "difference": read_difference_from_baseline,
    "consequences": read_consequences,
    "sensitivity": read_sensitivity,
    "simulation": read_simulation,
}
"""The function that answers each question."""

ONE_ITEM: dict[str, Endpoint] = {path.split("/")[1]: read for path, read in _READS.items() if "{" in path}
"""What answers a question for one item."""

QUESTIONS |= {name: read for name, read in ONE_ITEM.items() if name not in QUESTIONS}

UNLESS_ASKED: dict[str, Any] = {"picture": {}, "consequences": {}}
TOGETHER = {"picture": {"with": "baseline,difference"}}
"""Default parameters of questions."""

Question = tuple[str, Mapping[str, Any], str]


def questions_in(asked: Any) -> list[tuple[str, list[Question], bool]]:
    """Return the questions by name, each with its parameters and its place in the body, and whether they are a list.

    Raises a ``Problem`` for an unknown question.
    """
    if not isinstance(asked, dict):
        raise Problem(VALIDATION, faults=[Fault(pointer="/questions", detail="questions must be an object.")])
    found = [(name, list(_several(name, value)), isinstance(value, list)) for name, value in asked.items()]
    if sum(len(several) for _, several, _ in found) > MAX_QUESTIONS:
        detail = f"At most {MAX_QUESTIONS} questions at once."
        raise Problem(VALIDATION, faults=[Fault(pointer="/questions", detail=detail)])
    return found


def _several(name: str, value: Any) -> Iterator[Question]:
    at = pointer_to(["questions", name[:100]])
    if name not in QUESTIONS:
        detail = f"Unknown question; permitted: {', '.join(QUESTIONS)}."
        raise Problem(VALIDATION, faults=[Fault(pointer=at, detail=detail)])
    for place, one in enumerate(value) if isinstance(value, list) else ((None, value),):
        here = at if place is None else f"{at}/{place}"
        if not isinstance(one, dict):
            raise Problem(VALIDATION, faults=[Fault(pointer=here, detail="A question must be an object.")])
        yield name, one, here


def answer_to(request: Request, history: ReadableHistory, question: Question) -> bytes:
    """Return the answer to one question as JSON. Raises a ``Problem`` with its place in the body."""
    name, given, at = question
    given = TOGETHER.get(name, {}) | dict(given)
    item = ITEM.get(name, "name")
    endpoint = ONE_ITEM[name] if name in ONE_ITEM and item in given else QUESTIONS[name]
    body: dict[str, Any] = {}
    if endpoint in (read_sensitivity, read_simulation):
        body = {key: value for key, value in given.items() if key not in BASIS}
        given = {key: value for key, value in given.items() if key in BASIS}
    asking = _QuestionRequest(_bare(request), history, given, RequestBody([body], [], is_list=False, at=at))
    with problems_at(at):
        return bytes(endpoint(**asking.arguments(_needs(endpoint))).body)


BASIS = [field.name for field in fields(AsOf)]
"""The parameters of every question."""


def _bare(request: Request) -> Request:
    """Return the request without its headers and parameters, which are for the answer as a whole."""
    return Request({**request.scope, "method": "GET", "headers": [], "query_string": b"", "state": {}})


@cache
def _needs(endpoint: Endpoint) -> Dependant:
    return get_dependant(path="/{name}/{event_id}", call=endpoint)


class _QuestionRequest:
    """The arguments of a read, from a question."""

    def __init__(self, request: Request, history: ReadableHistory, given: Mapping[str, Any], body: RequestBody) -> None:
        self._request = request
        self._history = history
        self._given = given
        self._body = body
        self._taken: set[str] = set()

    def arguments(self, needs: Dependant) -> dict[str, Any]:
        """Return the arguments of a read. Raises a ``Problem`` for a parameter that is unknown or not valid."""
        values = self._values(needs)
        unknown = [name for name in self._given if name not in self._taken]
        if unknown:
            faults = [Fault(parameter=name, detail=f"unknown parameter {name}") for name in unknown]
            raise Problem(BAD_PARAMETER, faults=faults)
        return values

    def _values(self, needs: Dependant) -> dict[str, Any]:
        if needs.call is history:
            return {"history": self._history}
        if isinstance(given := self._given.get("without"), str):
            self._given = {**self._given, "without": [given]}
        named = [*needs.query_params, *needs.path_params]
        self._taken |= {field.alias for field in named}
        values, errors = request_params_to_args(named, self._given)
        if errors:
            raise problem_of_request(errors)
        if needs.request_param_name:
            values[needs.request_param_name] = self._request
        for other in needs.dependencies:
            if other.name is not None:
                values[other.name] = self._value(other)
        return values

    def _value(self, needs: Dependant) -> Any:
        if needs.call is history:
            return self._history
        if needs.call is requested_question:
            return self._body
        if needs.call is requested_as_of:
            values = self._values(needs)
            return AsOf(**values | {"without": bases_in(values["without"])})
        assert needs.call is not None
        return needs.call(**self._values(needs))
