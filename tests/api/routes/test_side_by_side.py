"""Scenarios side by side: each side is what its own reads answer, and what cannot be compared is refused by name."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.facts import formed, pledge
from tests.api.routes.test_scenarios import NEW_PLEDGE, POINT, opened, posted, refused
from tests.api.routes.test_what_if import HALVED
from tests.running.in_process import Service

Json = dict[str, Any]


@pytest.fixture
def compared(rich: Service) -> Service:
    """Serve a coalition with three scenarios."""
    names = [one["scenario"] for one in rich.answer("/scenarios")["scenarios"]]
    if "halved" not in names:
        opened(rich, "same", [])
        opened(rich, "halved", [HALVED])
        opened(rich, "more", [HALVED, NEW_PLEDGE])
    return rich


def open_condition(service: Service) -> str:
    items = service.answer(f"/conditions?{urlencode(POINT)}")["items"]
    return str(next(one["condition"] for one in items if one["status"] == "open"))


def query(*scenarios: str, **parameters: Any) -> str:
    return urlencode([*(("scenario", name) for name in scenarios), *parameters.items()])


def test_each_side_is_what_its_own_reads_answer(compared: Service) -> None:
    answer = compared.answer(f"/compare?{query('halved', 'more', record='true', **POINT)}")
    assert [side["scenario"] for side in answer["sides"]] == [None, "halved", "more"]
    assert [side["changes"] for side in answer["sides"]] == [0, 1, 2]
    reads = [f"/picture?{urlencode(POINT)}", "/scenarios/halved/picture", "/scenarios/more/picture"]
    pictures = [compared.answer(read) for read in reads]
    assert [side["basis"]["valid_at"] for side in answer["sides"]] == [POINT["valid_at"]] * 3
    for name, figure in answer["figures"].items():
        values = [picture["size"][name] for picture in pictures]
        assert figure == {"differs": any(value != values[0] for value in values), "values": values}
    assert answer["figures"]["committed"]["differs"]
    for number, one in enumerate(answer["requirements"]):
        assert one["values"] == [picture["size"]["required"][number] for picture in pictures]
    assert answer["chances"] is None


def test_a_pledge_is_null_on_the_sides_that_lack_it(compared: Service) -> None:
    answer = compared.answer(f"/compare?{query('same', 'more')}")
    pledges = {one["pledge"]: one for one in answer["pledges"]}
    assert pledges["new"]["values"][0] is None
    assert pledges["new"]["differs"]
    items = compared.answer("/scenarios/more/pledges")["items"]
    of_more = {one["pledge"]: one for one in items}
    for name, one in pledges.items():
        assert one["values"][1] == of_more[name]
    assert not pledges["est-company"]["differs"]
    assert pledges["gbr-ground"]["differs"]


def test_pledges_have_pages(compared: Service) -> None:
    whole = compared.answer(f"/compare?{query('same', 'more')}")["pledges"]
    path: str | None = f"/coalitions/willing/compare?{query('same', 'more', limit=4)}"
    found: list[Json] = []
    while path is not None:
        response = compared.client.get(path)
        found += response.json()["pledges"]
        assert len(response.json()["pledges"]) <= 4
        path = response.links.get("next", {}).get("url")
    assert found == whole
    assert len(whole) > 8


def test_chances_are_those_of_a_simulation_of_each_side(compared: Service) -> None:
    (condition, *_) = [
        one["condition"]
        for one in compared.answer(f"/conditions?{urlencode(POINT)}")["items"]
        if one["status"] == "open"
    ]
    answer = compared.answer(f"/compare?{query('same', 'more', chance=f'{condition}:40')}")["chances"]
    body = {"dates": [POINT["valid_at"]], "conditions": [{"condition": condition, "probability": 0.4}]}
    for number, name in enumerate(("same", "more")):
        response = compared.client.post(f"/coalitions/willing/scenarios/{name}/simulation", json=body).json()
        assert answer["available"][number] == response["dates"][0]["available"]
        likely = {one["requirement"]: one for one in response["dates"][0]["requirements"]}
        assert {name: values[number] for name, values in answer["requirements"].items()} == likely
    assert (answer["draws"], answer["conditions"]) == (10_000, [[condition]] * 2)


def test_a_chance_counts_where_its_condition_is_open(compared: Service) -> None:
    (condition, *_) = [
        one["condition"]
        for one in compared.answer(f"/conditions?{urlencode(POINT)}")["items"]
        if one["status"] == "open"
    ]
    decided = {"decide": condition, "becomes": "met", "effective_at": "2025-05-01"}
    if compared.ask("/scenarios/decided").status_code == 404:
        opened(compared, "decided", [decided])
    chances = compared.answer(f"/compare?{query('same', 'decided', chance=f'{condition}:40')}")["chances"]
    assert chances["conditions"] == [[condition], []]
    answer = compared.ask(f"/compare?{query('same', 'more', chance='nothing:40')}")
    refused(answer, 422, "what-if-refused", "NamesNothing")


def test_what_cannot_be_compared_is_refused_by_name(compared: Service) -> None:
    def details(path: str, status: int = 422) -> list[str]:
        response = compared.ask(path)
        assert response.status_code == status, response.text
        return [error["detail"] for error in response.json()["errors"]]

    assert details(f"/compare?{query('same')}") == ["1 is named; compare 2 to 6, the record included"]
    many = [f"s{number}" for number in range(6)]
    assert details(f"/compare?{query(*many, record='true')}") == ["7 are named; compare 2 to 6, the record included"]
    assert details(f"/compare?{query('same', 'same')}") == ["the scenario same is named 2 times"]
    assert details(f"/compare?{query('same', 'none')}", 404) == ["unknown scenario none"]
    assert compared.ask("/compare").status_code == 422
    assert compared.ask(f"/compare?{query('same', record='true')}").status_code == 200
    assert compared.ask(f"/compare?{query('same', 'more', chance='x')}").status_code == 422


def test_an_answer_is_kept_until_a_scenario_or_the_record_changes(both: Service) -> None:
    both.record(formed(), pledge("p", 10, "2025-04-02"))
    opened(both, "a", [])
    opened(both, "b", [{"omit": {"pledge": "p"}}])
    path = f"/compare?{query('a', 'b')}"
    first = both.ask(path)
    assert "immutable" not in first.headers["cache-control"]
    assert both.ask(path, **{"If-None-Match": first.headers["etag"]}).status_code == 304
    posted(both, "/b/changes", {"changes": [NEW_PLEDGE]})
    second = both.ask(path, **{"If-None-Match": first.headers["etag"]})
    assert (second.status_code, len(second.json()["pledges"])) == (200, 2)
    both.record(pledge("q", 10, "2025-04-02"))
    third = both.ask(path, **{"If-None-Match": second.headers["etag"]})
    assert third.status_code == 200
    assert [side["record_moved_on"]["events"] for side in third.json()["sides"]] == [1, 1]
    whole = (
        f"{path}&{urlencode({**POINT, 'sequence': 3, 'definitions': first.json()['sides'][0]['basis']['definitions']})}"
    )
    fixed = both.ask(whole)
    assert "immutable" not in fixed.headers["cache-control"]
    assert [side["record_moved_on"] for side in fixed.json()["sides"]] == [None, None]
