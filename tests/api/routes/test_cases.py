"""Small records with the right answers to questions about them: one JSON file a case.

``facts`` are recorded one after the other into an empty coalition; ``@2`` stands for the id of the second event. Each
of ``asks`` has a question (``get`` with ``query``, ``post`` or ``what_if``), the steps to the place to ``look_at``
in the answer, and what is ``right`` there. A step is a name, an index, or the fields of an item of a list; ``#events``
takes the ids of ``events`` as sequences.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.running.in_process import Service

CASES = {
    path.stem: json.loads(path.read_text()) for path in sorted((Path(__file__).parents[2] / "cases").glob("*.json"))
}


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_its_right_answers(service: Service, name: str) -> None:
    case = CASES[name]
    events: list[dict[str, Any]] = []
    for fact in case["facts"]:
        events += service.record(_with_ids(fact, events))
    sequences = {event["event_id"]: event["sequence"] for event in events}
    wrong = []
    for ask in case["asks"]:
        found = _looked_up(_answer(service, ask), ask["look_at"], sequences)
        if found != ask["right"]:
            wrong.append(f"{found}, not {ask['right']}: {ask['why']}")
    assert not wrong, case["title"]


def _with_ids(fact: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    def id_of(value: Any) -> Any:
        is_number = isinstance(value, str) and value.startswith("@")
        return events[int(value[1:]) - 1]["event_id"] if is_number else value

    return {name: id_of(value) for name, value in fact.items()}


def _answer(service: Service, ask: dict[str, Any]) -> Any:
    if "post" in ask:
        return {"status": service.post(ask["post"]).status_code}
    if "what_if" in ask:
        return service.client.post("/coalitions/willing/what-if", json=ask["what_if"], headers=service.key).json()
    return service.client.get(f"/coalitions/willing{ask['get']}", params=ask["query"]).json()


def _looked_up(value: Any, steps: list[Any], sequences: dict[str, int]) -> Any:
    for step in steps:
        if isinstance(step, dict):
            value = next(item for item in value if step.items() <= item.items())
        elif isinstance(step, str) and step.startswith("#"):
            value = sorted(sequences[event_id] for event_id in value[step[1:]])
        else:
            value = value[step]
    return value
