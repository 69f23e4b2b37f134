"""A question that asks for earlier definitions is told that they are no longer in use, everywhere it can be asked."""

import pytest

from tests.api.facts import formed, pledge
from tests.running.in_process import Service

READS = ["", "/picture", "/timeline", "/diff", "/why?figure=/size/available", "/pledges", "/pledges/a", "/events"]


@pytest.fixture
def recorded(service: Service) -> Service:
    """A coalition with a pledge, and a saved scenario."""
    service.record(formed(), pledge("a"))
    opened = {"name": "As then", "fork": {"valid_at": "2025-05-01", "known_at": "2025-06-01", "sequence": 2}}
    answer = service.client.post(
        "/coalitions/willing/scenarios", json={"scenario": "then"} | opened, headers=service.key
    )
    assert answer.status_code == 201, answer.text
    return service


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("whose", ["", "/scenarios/then"])
def test_a_read_by_earlier_definitions_is_gone(recorded: Service, whose: str, read: str) -> None:
    path = "/coalition" if whose and not read else read
    answer = recorded.ask(f"{whose}{path}{'&' if '?' in path else '?'}definitions=1")
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (410, "/problems/outdated-definitions")
    assert [error["parameter"] for error in problem["errors"]] == ["definitions"]
    assert "definitions 1" in problem["detail"]
    assert "definitions 2" in problem["detail"]


def test_a_scenario_forked_while_earlier_definitions_were_in_use_still_opens(recorded: Service) -> None:
    """A fork fixes what was known; by which definitions it is answered is the reader's matter."""
    answer = recorded.answer("/scenarios/then/picture")
    assert answer["basis"]["definitions"] == 2
    assert answer["basis"]["valid_at"] == "2025-05-01"


def test_a_question_of_a_what_if_is_told_the_same(recorded: Service) -> None:
    body = {"questions": {"picture": {"definitions": 1}}}
    answer = recorded.client.post("/coalitions/willing/what-if", json=body, headers=recorded.key)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/outdated-definitions")
    assert answer.json()["errors"][0]["pointer"] == "/questions/picture/definitions"


def test_a_page_says_so_and_leads_on(recorded: Service) -> None:
    answer = recorded.client.get("/c/willing?valid_at=2025-05-01&definitions=1", headers=recorded.key)
    assert answer.status_code == 410
    assert "These definitions are no longer in use" in answer.text
    assert 'value="2025-05-01"' in answer.text


def test_the_problem_is_described(recorded: Service) -> None:
    assert recorded.client.get("/problems/outdated-definitions").status_code == 200
