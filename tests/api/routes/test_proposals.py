"""Proposals: facts that somebody else accepts, one by one or together, edits, declines and discusses."""

from typing import Any

import pytest

from tests.api.facts import SOURCES, pledge
from tests.api.rich_coalition import record_all
from tests.api.routes.test_scenarios import post, posted, refused
from tests.running.in_process import Service

Json = dict[str, Any]


@pytest.fixture
def both(both: Service) -> Service:
    """Serve something of everything, once on each kind of store."""
    record_all(both)
    return both


@pytest.fixture
def service(service: Service) -> Service:
    """Serve something of everything."""
    record_all(service)
    return service


def proposed(service: Service, *facts: Json, name: str = "Figures of May", **more: Any) -> Json:
    body = {"name": name, "purpose": "proposal", "changes": [{"assume": one} for one in facts], **more}
    answer: Json = posted(service, "", body)
    return answer


def test_titles_may_come_again_and_need_no_letters(service: Service) -> None:
    one = proposed(service, pledge("new", 500, "2025-05-02"))
    two = proposed(service, pledge("newer", 500, "2025-05-02"))
    three = proposed(service, pledge("newest", 500, "2025-05-02"), name="Дані за травень")
    assert [one["scenario"], two["scenario"], three["scenario"]] == ["figures-of-may", "figures-of-may-2", "proposal"]


def test_a_repeated_proposal_is_one(both: Service) -> None:
    body = {"name": "Twice", "purpose": "proposal", "changes": [{"assume": pledge("new", 500, "2025-05-02")}]}
    first, second = (post(both, "", body, Idempotency_Key="k-1") for _ in range(2))
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"


def test_a_proposed_fact_has_sources_and_could_be_recorded(service: Service) -> None:
    unsourced = {name: value for name, value in pledge("new", 500, "2025-05-02").items() if name != "sources"}
    body = {"name": "Bare", "purpose": "proposal", "changes": [{"assume": unsourced}]}
    [fault] = refused(post(service, "", body), 422, "what-if-refused", "SourcesAreMissing")
    assert fault["pointer"] == "/changes/0/assume/sources"
    amended = {"type": "PledgeReaffirmed", "pledge": "nowhere", "effective_at": "2025-05-02", "sources": SOURCES}
    body["changes"] = [{"assume": pledge("new", 500, "2025-05-02")}, {"assume": amended}]
    [fault] = refused(post(service, "", body), 409, "rule-broken", "UnknownId")
    assert fault["pointer"] == "/changes/1/assume/pledge"
    body["changes"] = [{"omit": {"attribution": "leak"}}]
    refused(post(service, "", body), 422, "what-if-refused", "OnlyFactsAreProposed")
    assert service.answer("/scenarios")["scenarios"] == []
