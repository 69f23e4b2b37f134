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
    OUTDATED_DEFINITIONS,
    READING_STORE,
    SCENARIO_CONFLICT,
    TOO_MANY_REQUESTS,
    TOOK_TOO_LONG,
    UNAUTHORIZED,
    UNKNOWN_COALITION,
    UNKNOWN_SCENARIO,
    UNREADABLE_RECORD,
    ProblemType,
)
from api.routes.parameters import named_scenario, only_known_parameters
from api.routes.slots import SlottedRoute

ANY_READ = (
    UNAUTHORIZED, UNKNOWN_COALITION, NOT_ACCEPTABLE, OUTDATED_DEFINITIONS, BAD_PARAMETER, UNREADABLE_RECORD,
    NOT_YET_CAUGHT_UP, *READING_STORE, TOO_MANY_REQUESTS, TOOK_TOO_LONG, BUSY,
)  # fmt: skip

OF_SCENARIO = (UNKNOWN_SCENARIO, SCENARIO_CONFLICT)

COALITION = "/coalitions/{coalition}"

SCENARIO = COALITION + "/scenarios/{scenario}"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Response])


class ReadRouter(APIRouter):
    """The routes of one module of reads, and its reads of one history by the ends of their addresses."""

    def __init__(self) -> None:
        super().__init__(
            tags=["read"], route_class=SlottedRoute, dependencies=[Depends(reader), Depends(only_known_parameters)]
        )
        self.reads: dict[str, Callable[..., Response]] = {}

    def read(
        self, path: str, name: str, answer_type: Any, *may_be: ProblemType, of_scenario: str | None = None, **more: Any
    ) -> Callable[[Endpoint], Endpoint]:
        """Have a function answer for a coalition, and for a scenario at the same end of the scenario's own address."""

        def add(endpoint: Endpoint) -> Endpoint:
            self.reads[path] = endpoint
            for start, whose, dependencies, problems in (
                (COALITION, name, [], ANY_READ),
                (SCENARIO, name.replace("_", "_scenario_", 1), [Depends(named_scenario)], (*ANY_READ, *OF_SCENARIO)),
            ):
                responses = problem_responses(*problems, *may_be) | more.get("responses", {})
                end = of_scenario if of_scenario is not None and start is SCENARIO else path
                self.get(
                    start + end, operation_id=whose, response_model=answer_type, responses=responses,
                    dependencies=dependencies,
                )(endpoint)  # fmt: skip
            return endpoint

        return add
