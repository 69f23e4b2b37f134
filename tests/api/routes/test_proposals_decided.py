"""Properties of decisions on proposals: in any order, and by two processes at once, each fact is recorded once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service, serving
from tests.running.service import running

Json = dict[str, Any]

FACTS = [
    fact("ConditionStated", condition="vote", kind="parliamentary_mandate", description="A vote"),
    pledge("a", 500, conditions=["vote"]),
    pledge("b", 70),
    fact("PledgeRaised", pledge="a", level="committed", effective_at="2025-05-02"),
    fact("PledgeAmended", pledge="b", quantity={"min": 90, "max": 90, "unit": "personnel"}, effective_at="2025-05-03"),
    fact("ConditionMet", condition="vote", effective_at="2025-05-04"),
]
NUMBERS = range(1, len(FACTS) + 1)
NEXT = count(1)
"""Numbers for the coalitions of examples."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Serve one store for all examples, each with a coalition of its own."""
    with serving(f"sqlite:///{tmp_path_factory.mktemp('proposals') / 'ledger.sqlite3'}") as service:
        yield service


def proposed(client: Any, coalition: str, headers: Any, facts: list[Json]) -> str:
    """The address of a new proposal in a new coalition."""
    assert client.post(f"/coalitions/{coalition}/events", json=formed(), headers=headers).status_code == 201
    body = {"name": "All", "purpose": "proposal", "changes": [{"assume": one} for one in facts]}
    answer = client.post(f"/coalitions/{coalition}/scenarios", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    return f"/coalitions/{coalition}/scenarios/all"


def events_in(client: Any, coalition: str) -> list[Json]:
    answer: list[Json] = client.get(f"/coalitions/{coalition}/events?limit=1000").json()["items"]
    return answer


# --- in any order -----------------------------------------------------------------------------------------------------

SOME = st.sets(st.sampled_from(NUMBERS), min_size=1).map(sorted)
STEPS = st.lists(
    st.tuples(st.just("accept"), SOME)
    | st.tuples(st.just("decline"), SOME)
    | st.tuples(st.just("edit"), st.sampled_from(NUMBERS))
    | st.tuples(st.just("accept all"), st.none()),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_any_order_of_decisions_records_each_fact_once_and_loses_none(service: Service, steps: list[Any]) -> None:
    coalition = f"any-{next(NEXT)}"
    address = proposed(service.client, coalition, service.key, FACTS)
    acknowledged: dict[int, str] = {}
    for doing, what in steps:
        answer = decide(service, address, doing, what)
        assert answer.status_code in (201, 409), answer.text
        if answer.status_code == 201 and doing.startswith("accept"):
            events = answer.json()["events"]
            numbers = [event["proposed"]["number"] for event in events]
            assert not acknowledged.keys() & set(numbers)
            assert what is None or numbers == what
            acknowledged |= {event["proposed"]["number"]: event["event_id"] for event in events}
    recorded = {one["proposed"]["number"]: one["event_id"] for one in events_in(service.client, coalition)[1:]}
    assert recorded == acknowledged
    assert len(events_in(service.client, coalition)) == 1 + len(acknowledged)
    item = service.client.get(f"{address}/proposal").json()
    assert {one["number"] for one in item["facts"] if one["status"] == "accepted"} == acknowledged.keys()


def decide(service: Service, address: str, doing: str, what: Any) -> Any:
    path: str
    body: Json
    match doing:
        case "edit":
            path, body = f"changes/{what}/replace", {"change": {"assume": FACTS[what - 1] | {"note": "edited"}}}
        case "decline":
            path, body = "decline", {"changes": what, "reason": "no"}
        case _:
            path, body = "accept", {"changes": what}
    return service.client.post(f"{address}/{path}", json=body, headers=service.key)


# --- what all of them come to -----------------------------------------------------------------------------------------


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["2025-05-01", "2025-05-02", "2025-05-03", "2025-05-04", "2026"]), st.integers(1, len(FACTS)))
def test_the_picture_after_all_are_accepted_is_that_of_the_proposal(service: Service, day: str, first: int) -> None:
    coalition = f"same-{next(NEXT)}"
    address = proposed(service.client, coalition, service.key, FACTS)
    at = {"valid_at": day, "known_at": "2100-01-01T00:00:00Z"}
    before = service.client.get(f"{address}/picture", params=at).json()
    for numbers in (list(NUMBERS)[:first], None):  # in two parts, or all at once
        if numbers is not None or first < len(FACTS):
            answer = service.client.post(f"{address}/accept", json={"changes": numbers}, headers=service.key)
            assert answer.status_code == 201, answer.text
    after = service.client.get(f"/coalitions/{coalition}/picture", params=at).json()
    own = ("basis", "record_moved_on")
    assert {k: v for k, v in before.items() if k not in own} == {k: v for k, v in after.items() if k not in own}


# --- by two processes at once -----------------------------------------------------------------------------------------


def test_two_processes_at_once_record_each_fact_once(database_url: str) -> None:
    names = [f"p-{number}" for number in range(12)]
    with ExitStack() as stack:
        services = [stack.enter_context(running(database_url)) for _ in range(2)]
        clients = [
            stack.enter_context(httpx.Client(base_url=one.url, headers=one.authorization, timeout=30))
            for one in services
        ]
        address = proposed(clients[0], "willing", clients[0].headers, [pledge(name, 10) for name in names])
        # Each fact by itself and all of them, at both, again and again; with facts declined in between.
        requests: list[tuple[str, Json]] = [("accept", {"changes": [number]}) for number in range(1, len(names) + 1)]
        requests += [("accept", {}), ("decline", {"changes": [5], "reason": "no"}), ("accept", {"changes": [4, 5, 6]})]
        jobs = [(client, path, body) for path, body in requests for client in clients]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda job: job[0].post(f"{address}/{job[1]}", json=job[2]), jobs))
        assert {answer.status_code for answer in answers} <= {201, 409}, [answer.text for answer in answers]
        accepted = [
            event["event_id"]
            for answer, (_, path, _) in zip(answers, jobs, strict=True)
            if answer.status_code == 201 and path == "accept"
            for event in answer.json()["events"]
        ]
        for client in clients:
            recorded = [event["event_id"] for event in events_in(client, "willing")[1:]]
            assert Counter(recorded) == Counter(accepted)
            statuses = [one["status"] for one in client.get(f"{address}/proposal").json()["facts"]]
            assert statuses.count("accepted") == len(recorded)
            assert "open" not in statuses
