"""Bodies to send, and the problem with which one is refused."""

import json
from typing import Any

import pytest

from api.http.bodies import facts_in, valid_facts
from api.http.problems import Problem

JSON = "application/json"
LINES = "application/x-ndjson"
PLEDGE: dict[str, Any] = {
    "type": "PledgeMade",
    "effective_at": "2025-04-10",
    "sources": [{"publisher": "A newspaper"}],
    "pledge": "gbr-ground",
    "contributor": "GBR",
    "level": "floated",
    "capability": "ground_forces",
    "quantity": {"min": 3000, "max": 5000, "unit": "personnel"},
}
CONDITION: dict[str, Any] = {
    "type": "ConditionStated",
    "effective_at": "2025-04-10",
    "sources": [{"publisher": "A newspaper"}],
    "condition": "backstop",
    "kind": "partner_backstop",
    "description": "The United States backs the force",
}


def body(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def problem_with(content: bytes, content_type: str | None = JSON) -> Problem:
    with pytest.raises(Problem) as caught:
        valid_facts(facts_in(content, content_type))
    return caught.value


def pointers(problem: Problem) -> list[str | None]:
    return [fault.pointer for fault in problem.faults]
