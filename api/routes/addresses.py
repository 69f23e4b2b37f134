"""The addresses of the reads: each read is registered once, for a coalition and for its scenarios."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter, Depends, Response

from api.http.access import reader
from api.http.problem_answers import problem_responses
from api.http.problems import (
    BAD_PARAMETER,
    BUSY,
    NOT_ACCEPTABLE,
    NOT_YET_CAUGHT_UP,
    SCENARIO_CONFLICT,
    TIMEOUT,
    TOOK_TOO_LONG,
    UNAUTHORIZED,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    UNREADABLE_RECORD,
    ProblemType,
)
from api.routes.parameters import named_scenario, only_known_parameters

ANY_READ = (
    UNAUTHORIZED, UNKNOWN_COALITION, NOT_ACCEPTABLE, BAD_PARAMETER, UNREADABLE_RECORD, NOT_YET_CAUGHT_UP, TIMEOUT,
)  # fmt: skip

OF_SCENARIO = (UNKNOWN_SCENARIO, SCENARIO_CONFLICT, TOOK_TOO_LONG, BUSY)

COALITION = "/coalitions/{coalition}"

SCENARIO = COALITION + "/scenarios/{scenario}"

router = APIRouter(tags=["read"], dependencies=[Depends(reader), Depends(only_known_parameters)])

READS: dict[str, Callable[..., Response]] = {}
"""Every read of a history, by the end of its address."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Response])


def read(
    path: str, name: str, answer_type: Any, *may_be: ProblemType, of_scenario: str | None = None, **more: Any
) -> Callable[[Endpoint], Endpoint]:
    """Register a read for a coalition and, with the same end of the address, for its scenarios."""

    def add(endpoint: Endpoint) -> Endpoint:
        READS[path] = endpoint
        for start, whose, dependencies, problems in (
            (COALITION, name, [], ANY_READ),
            (SCENARIO, name.replace("_", "_scenario_", 1), [Depends(named_scenario)], (*ANY_READ, *OF_SCENARIO)),
        ):
            responses = problem_responses(*problems, *may_be) | more.get("responses", {})
            end = of_scenario if of_scenario is not None and start is SCENARIO else path
            router.get(
                start + end, operation_id=whose, response_model=answer_type, responses=responses,
                dependencies=dependencies,
            )(endpoint)  # fmt: skip
        return endpoint

    return add
