"""Warnings: in the answer to the request that gives rise to them, as a list as of a basis, and how they end."""

from typing import Any

import pytest

from tests.api.facts import formed
from tests.running.in_process import Service

Json = dict[str, Any]


def by(publisher: str, on: str = "2025-06-10") -> Json:
    return {"sources": [{"publisher": publisher, "published_on": on}]}


def people(least: int, most: int | None = None) -> Json:
    return {"min": least, "max": least if most is None else most, "unit": "personnel"}


def pledge(name: str = "p", **fields: Any) -> Json:
    made: Json = {"type": "PledgeMade", "effective_at": "2025-06-01", "pledge": name, "contributor": "EST"}
    made |= {"level": "pledged", "capability": "ground_forces", "quantity": people(1000)}
    return made | by("a source", "2025-06-01") | fields


def deployed(number: int, on: str = "2025-06-10", **fields: Any) -> Json:
    fact = {"type": "ForcesDeployed", "effective_at": on, "pledge": "p", "quantity": people(number)}
    return fact | by("agency one", on) | fields


def told(service: Service, *facts: Json) -> list[Json]:
    answer = service.post(list(facts) if len(facts) > 1 else facts[0])
    assert answer.status_code == 201, answer.text
    warnings: list[Json] = answer.json()["warnings"]
    return warnings


def listed(service: Service, **parameters: Any) -> list[Json]:
    answer = service.client.get("/coalitions/willing/warnings", params={"valid_at": "2025-07-01"} | parameters)
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def names(warnings: list[Json]) -> list[str]:
    return [one["warning"] for one in warnings]


@pytest.fixture
def begun(service: Service) -> Service:
    service.record(formed(effective_at="2025-01-01"))
    return service


class TestDoubles:
    def test_remedies_of_a_fact_recorded_again_leave_one_with_both_sources(self, begun: Service) -> None:
        begun.record(pledge(), deployed(500))
        (warning,) = told(begun, deployed(500) | by("agency two", "2025-06-11"))
        first, second = listed(begun, warning="SameFactAgain")[0]["events"][::-1]
        assert (warning["warning"], warning["pointer"], warning["events"]) == ("SameFactAgain", "", [second, first])
        assert warning["remedy"] == {"type": "SourceAdded", "event": first} | by("agency two", "2025-06-11")
        (still,) = told(begun, warning["remedy"])
        assert (still["warning"], still["pointer"]) == ("SameFactAgain", "/event")
        assert (still["remedy"]["type"], still["remedy"]["retracts"]) == ("EventRetracted", second)
        assert told(begun, still["remedy"]) == listed(begun) == []
        picture = begun.client.get("/coalitions/willing/picture?valid_at=2025-07-01").json()
        assert (picture["size"]["deployed"]["min"], picture["size"]["deployed"]["max"]) == (500, 500)

    def test_pages_and_tables_show_warnings_with_what_settles_them(self, begun: Service) -> None:
        begun.record(pledge(), deployed(500))
        told(begun, deployed(500) | by("agency two", "2025-06-11"))
        page = begun.client.get("/c/willing/warnings?valid_at=2025-07-01")
        assert page.status_code == 200
        assert "Same fact again: event 4 says the same as event 3." in page.text
        assert "SourceAdded" in page.text
        table = begun.client.get("/c/willing/warnings.csv?valid_at=2025-07-01")
        assert table.text.splitlines()[1].startswith("SameFactAgain")
