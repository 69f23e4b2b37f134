"""What is on the ground of a pledge: in all, by basing, and by deployment."""

from typing import Any

from tests.domain.record import Record, about, given, people, pledge

HUB = {"type": "BasingAgreed", "basing": "hub", "zone": "theatre", "effective_at": "2025-04-01"}
REAR = HUB | {"basing": "rear"}
TOO_MANY = "ReturnsMoreThanIsDeployed"


def deployed(least: int | None, most: int | None = None, basing: str | None = None) -> dict[str, Any]:
    return about("ForcesDeployed", quantity=people(least, least if most is None else most), basing=basing)


def returned(number: int | None = None, **more: Any) -> dict[str, Any]:
    return about("ForcesReturned", quantity=None if number is None else people(number, number), **more)


def strength(number: int, basing: str | None = None) -> dict[str, Any]:
    return about("StrengthReported", quantity=people(number, number), basing=basing)


def ground(record: Record) -> dict[str | None, tuple[int | None, int | None]]:
    """What is on the ground, in all and by basing; ``somewhere`` where none is stated."""
    state = record.state("pledge")
    places = {place.basing or "somewhere": (place.quantity.min, place.quantity.max) for place in state.forces}
    return {"all": (state.deployed.min, state.deployed.max), **places}


def test_a_return_that_names_no_basing_may_have_been_from_any() -> None:
    record = given(pledge(), HUB, REAR, deployed(300, basing="hub"), deployed(200, basing="rear"), returned(100))
    assert ground(record) == {"all": (400, 400), "hub": (200, 300), "rear": (100, 200)}


def test_a_return_from_a_basing_takes_those_known_there_and_then_those_somewhere() -> None:
    record = given(pledge(), HUB, deployed(300, basing="hub"), deployed(200), returned(400, basing="hub"))
    assert ground(record) == {"all": (100, 100), "somewhere": (100, 100)}
    assert record.refuses(returned(101, basing="hub")) == [(TOO_MANY, "/quantity")]


def test_a_report_of_strength_sets_its_place_and_leaves_the_others() -> None:
    record = given(pledge(), HUB, REAR, deployed(300, basing="hub"), deployed(200, basing="rear"), strength(50, "hub"))
    assert ground(record) == {"all": (250, 250), "hub": (50, 50), "rear": (200, 200)}
    record.record(strength(400))
    assert ground(record) == {"all": (400, 400), "somewhere": (400, 400)}
    record.record(returned(100, basing="rear"))
    assert ground(record) == {"all": (300, 300), "somewhere": (300, 300)}


def test_all_leave_one_basing() -> None:
    record = given(pledge(), HUB, REAR, deployed(300, 500, "hub"), deployed(200, basing="rear"))
    record.record(returned(basing="hub"))
    assert ground(record) == {"all": (200, 200), "rear": (200, 200)}
    assert record.refuses(returned(basing="hub")) == [(TOO_MANY, "/basing")]


def test_the_forces_of_one_deployment_leave_whole_and_once() -> None:
    record = given(pledge())
    (first,) = record.record(deployed(550, 600))
    (second,) = record.record(about("ForcesDeployed", quantity=people(None, None)))
    record.record(returned(of=second))
    assert ground(record) == {"all": (550, 600), "somewhere": (550, 600)}
    assert record.refuses(returned(of=second)) == [(TOO_MANY, "/of")]
    record.record(returned(of=first))
    assert ground(record) == {"all": (0, 0)}


def test_a_return_of_unknown_forces_leaves_each_deployment_in_part() -> None:
    record = given(pledge())
    (first,) = record.record(deployed(500))
    record.record(deployed(500), returned(200), returned(of=first))
    assert ground(record) == {"all": (300, 500), "somewhere": (300, 500)}


def test_only_the_last_twenty_deployments_at_a_place_are_told_apart() -> None:
    record = given(pledge())
    events = [record.record(deployed(10))[0] for _ in range(25)]
    assert record.refuses(returned(of=events[5])) == [(TOO_MANY, "/of")]
    record.record(returned(of=events[6]))
    assert ground(record) == {"all": (240, 240), "somewhere": (240, 240)}


def test_a_battalion_comes_home_although_800_people_were_sent() -> None:
    battalion = {"min": 1, "max": 1, "unit": "battalion"}
    record = given(pledge(quantity=battalion), deployed(800))
    assert record.refuses(about("PledgeWithdrawn", quantity=people(1001, 1001))) == [
        ("WithdrawsMoreThanIsLeft", "/quantity")
    ]
    record.record(about("ForcesReturned", quantity=battalion))
    assert ground(record) == {"all": (0, 500), "somewhere": (0, 500)}
    assert record.state("pledge").deployed.is_estimated
