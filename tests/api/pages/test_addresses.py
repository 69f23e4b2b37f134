"""No address has two meanings, whatever the names of coalitions, things and scenarios are."""

import re
from collections.abc import Iterator
from itertools import product

import pytest
from starlette.routing import Match, Route

from tests.api.facts import formed, pledge
from tests.running.in_process import Service, serving

ENDINGS = ("csv", "json", "svg", "png")
NAMES = ["a", *(f"a.{ending}" for ending in ENDINGS), *(f"a.{ending}.{ending}" for ending in ENDINGS), "picture.csv"]
SLUGS = {"coalition", "scenario", "name"}
VALUES = {
    "coalition": NAMES, "scenario": NAMES, "name": NAMES, "ending": ENDINGS, "chart": ["steps"], "number": ["1"],
    "type_name": ["PledgeMade"],
    "event_id": ["0192b7a0-0000-7000-8000-000000000000"],
}  # fmt: skip


@pytest.fixture
def service(sqlite_url: str) -> Iterator[Service]:
    with serving(sqlite_url) as running_service:
        yield running_service


def paths_of(template: str) -> Iterator[str]:
    fields = re.findall(r"{(\w+)", template)
    for values in product(*(VALUES[field] for field in fields)):
        path = template
        for value in values:
            path = re.sub(r"{[^}]+}", value, path, count=1)
        yield path


def test_no_path_belongs_to_two_routes(service: Service) -> None:
    routes = [route for route in service.client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
    found: set[tuple[str, ...]] = set()
    for route in routes:
        method = sorted(route.methods or ())[0]
        for path in paths_of(route.path):
            scope = {"type": "http", "path": path, "method": method, "root_path": ""}
            found.add(tuple(other.path for other in routes if is_address_of(other, scope)))
    assert {paths for paths in found if len(paths) > 1} == set()


def is_address_of(route: Route, scope: dict) -> bool:
    """Whether a route has the path, with a value for each of its fields that the field can have."""
    match, found = route.matches(scope)
    values = found.get("path_params", {}).items()
    return match is Match.FULL and all(value in VALUES.get(field, [value]) or field in SLUGS for field, value in values)


def test_a_coalition_whose_name_ends_with_csv_has_its_own_pages(service: Service) -> None:
    for coalition in ("a", "a.csv"):
        service.record(formed() | {"name": f"The coalition {coalition}"}, coalition=coalition)
    assert "The coalition a.csv" in service.client.get("/c/a.csv").text
    for coalition in ("a", "a.csv"):
        file = service.client.get(f"/c/{coalition}/picture.csv")
        assert file.headers["content-type"].startswith("text/csv")
        assert f"The coalition {coalition}\r\n" in file.text
        assert f"/c/{coalition}/picture.csv?" in service.client.get(f"/c/{coalition}").text


def test_a_pledge_whose_name_ends_with_csv_has_its_own_pages(service: Service) -> None:
    service.record(formed(), pledge("p", 10), pledge("p.csv", 20))
    pages = [service.client.get(f"/c/willing/pledges/{name}").text for name in ("p", "p.csv")]
    assert ["20 people" in page for page in pages] == [False, True]
    for name, sequence in (("p", "2"), ("p.csv", "3")):
        page = service.client.get(f"/c/willing/pledges/{name}").text
        assert f"/c/willing/pledges/{name}/history.csv?" in page
        rows = service.client.get(f"/c/willing/pledges/{name}/history.csv").text.splitlines()
        assert [row.split(",")[0] for row in rows] == ["sequence", sequence]


def test_a_scenario_whose_name_ends_with_csv_has_its_own_pages(service: Service) -> None:
    service.record(formed(), pledge("p", 10))
    for name, people in (("s", 11), ("s.csv", 22)):
        change = {"alter": {"pledge": "p"}, "set": {"quantity": {"min": people, "max": people, "unit": "personnel"}}}
        body = {"scenario": name, "name": f"Scenario {name}", "changes": [change]}
        answer = service.client.post("/coalitions/willing/scenarios", json=body, headers=service.key)
        assert answer.status_code == 201, answer.text
    assert "Scenario s.csv" in service.client.get("/c/willing/scenarios/s.csv").text
    for name in ("s", "s.csv"):
        address = f"/c/willing/scenarios/{name}/difference.csv"
        assert f"{address}?" in service.client.get(f"/c/willing/scenarios/{name}").text
        assert service.client.get(address).headers["content-type"].startswith("text/csv")


@pytest.mark.parametrize(
    ("earlier", "now"),
    [
        ("/c/willing.csv?valid_at=2025-04-10", "/c/willing/picture.csv?valid_at=2025-04-10"),
        ("/c/willing/pledges/p.csv", "/c/willing/pledges/p/history.csv"),
        ("/c/willing/scenarios/s.csv", "/c/willing/scenarios/s/difference.csv"),
    ],
)
def test_the_earlier_address_of_a_file_leads_to_it(service: Service, earlier: str, now: str) -> None:
    service.record(formed(), pledge("p", 10))
    answer = service.client.get(earlier, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, now)
