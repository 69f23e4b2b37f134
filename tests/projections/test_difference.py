"""What changed between two pictures, and the events that caused it."""

from domain.times import period
from projections.asof import AsOf, view_of
from projections.difference import difference_of
from tests.domain.record import FORMED, Record, about, given, people, pledge, replacing

NOW_US = period("2030").start_us
BASING_PROPOSED = {"type": "BasingProposed", "basing": "hub", "zone": "theatre_hub", "effective_at": "2025-04-10"}


def published(day: str) -> dict[str, object]:
    return {"sources": [{"publisher": "news report", "published_on": day}]}


def retracted(event_id: str, day: str) -> dict[str, object]:
    return {"type": "EventRetracted", "retracts": event_id, "reason": "an error"} | published(day)


def test_an_event_is_no_longer_set_aside_because_of_its_retraction() -> None:
    record = given(pledge() | published("2025-04-01"))
    (added,) = record.record({"type": "SourceAdded", "event": record.history.events[1].event_id} | published("2025-06"))
    (early,) = record.record(retracted(added, "2025-04-15"))  # public before the added source, hence set aside
    (late,) = record.record(retracted(early, "2025-05-01"))
    bases = [
        AsOf("2025-04-10", known_at, "reported").basis(record.history, NOW_US) for known_at in ("2025-04-20", "2025-05")
    ]
    before, after = ((view_of(record.history, basis), basis) for basis in bases)
    (change,) = difference_of(before, after).changes
    assert change.what == f"/set_aside/{early}"
    assert change.events == [early, late]


def changes(record: Record, before: str, after: str) -> dict[str, list[str]]:
    """Each figure that changed between two days, with the types of the events that caused it."""
    bases = [AsOf(day).basis(record.history, NOW_US) for day in (before, after)]
    one, other = ((view_of(record.history, basis), basis) for basis in bases)
    difference = difference_of(one, other)
    types = {ref.event_id: ref.type for ref in difference.events}
    return {change.what: [types[event_id] for event_id in change.events] for change in difference.changes}


def test_a_date_that_passes_names_the_event_that_set_it() -> None:
    record = given(
        pledge("a", available_from="2025-05-01", expires_on="2025-08-01"),
        about("PledgeAmended", "a", effective_at="2025-04-12", available_from="2025-06-01"),
    )
    assert changes(record, "2025-04-30", "2025-05-02") == {}
    assert changes(record, "2025-05-30", "2025-06-02")["/size/available"] == ["PledgeAmended"]
    assert changes(record, "2025-08-01", "2025-08-02")["/size/available"] == ["PledgeMade"]


def causes_of_public_knowledge(record: Record, valid_at: str, before: str, after: str) -> dict[str, list[str]]:
    """Each figure or item that changed by what became public between two days, with the types of its causes."""
    bases = [AsOf(valid_at, known_at, "reported").basis(record.history, NOW_US) for known_at in (before, after)]
    one, other = ((view_of(record.history, basis), basis) for basis in bases)
    difference = difference_of(one, other)
    types = {ref.event_id: ref.type for ref in difference.events}
    return {change.what: [types[event_id] for event_id in change.events] for change in difference.changes}


def test_a_formation_that_was_corrected_to_a_later_day_is_the_cause_on_that_day() -> None:
    formed = FORMED | {"key_partner": "USA"}
    record = given(formed=formed)
    formation = record.history.events[0].event_id
    record.record(replacing(formation, formed, effective_at="2025-04-20"))
    found = changes(record, "2025-04-15", "2025-04-20")
    assert found == {"/name": ["EventCorrected"], "/key_partner": ["EventCorrected"]}


def condition(name: str, rule: dict[str, object] | None = None, **fields: object) -> dict[str, object]:
    return {
        "type": "ConditionStated", "condition": name, "kind": "other", "description": name, "rule": rule,
        "effective_at": "2025-04-10",
    } | fields  # fmt: skip


def test_a_pledge_that_only_its_absence_keeps_out_of_a_figure_is_a_cause_of_its_change() -> None:
    """Without the lowering the rule would hold, and the second pledge come in, were it not unknown as well."""
    late = published("2025-05-01")
    record = given(
        pledge("first", level="assigned"),
        condition("all-in", {"contributor": "GBR", "level_at_least": "assigned"}) | late,
        pledge("second", contributor="FRA", conditions=["all-in"]) | late,
        about("PledgeLowered", "first", level="floated", effective_at="2025-04-12") | late,
    )
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-05-02", "2025-04-20")
    assert found["/size/available"] == ["ConditionStated", "PledgeMade", "PledgeLowered"]
    assert found["/size/by_contributor/GBR/available"] == ["PledgeLowered"]
    assert found["/pledges/first"] == ["PledgeLowered"]


def test_a_pledge_that_is_released_and_withdrawn_at_once_is_a_cause_of_the_figure() -> None:
    late = published("2025-05-01")
    record = given(
        condition("mandate"),
        pledge("first", conditions=["mandate"]),
        pledge("second", conditions=["mandate"]),
        {"type": "ConditionMet", "condition": "mandate", "effective_at": "2025-04-12"} | late,
        about("PledgeWithdrawn", "second", effective_at="2025-04-12") | late,
    )
    for days in (("2025-04-20", "2025-05-02"), ("2025-05-02", "2025-04-20")):
        found = causes_of_public_knowledge(record, "2025-04-20", *days)
        assert found["/size/available"] == ["ConditionMet", "PledgeWithdrawn"]


def test_what_became_public_together_with_a_pledge_and_gives_it_its_footing_is_a_cause() -> None:
    late = published("2025-05-01")
    record = given(
        BASING_PROPOSED | late,
        pledge(basing=["hub"]) | late,
        about("ForcesDeployed", quantity=people(100, 100), effective_at="2025-04-12") | late,
    )
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-04-20", "2025-05-02")
    assert found["/size/pledged"] == ["BasingProposed", "PledgeMade"]
    assert found["/size/deployed"] == ["BasingProposed", "PledgeMade", "ForcesDeployed"]
    assert found["/basing/hub"] == ["BasingProposed"]


def test_a_pledge_and_a_condition_that_rest_on_each_other_have_the_same_cause() -> None:
    """The waiver is set aside without the pledge, and the pledge without the condition."""
    record = given(
        condition("mandate") | published("2025-05-01"),
        pledge(level="floated", quantity={"max": 4, "unit": "EUR"}, conditions=["mandate"]),
        {"type": "ConditionWaived", "condition": "mandate", "pledge": "p", "effective_at": "2025-04-12"},
    )
    for days in (("2025-04-20", "2025-05-02"), ("2025-05-02", "2025-04-20")):
        found = causes_of_public_knowledge(record, "2025-04-20", *days)
        assert "ConditionStated" in found["/conditions/mandate"]
        assert found["/pledges/p"] == ["ConditionStated", "PledgeMade"]


def test_a_deployment_whose_pledge_gains_its_footing_names_what_gave_it() -> None:
    record = given(
        BASING_PROPOSED | published("2025-05-01"),
        pledge(basing=["hub"]),
        about("ForcesDeployed", quantity=people(100, 100), effective_at="2025-04-12"),
    )
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-04-20", "2025-05-02")
    assert found["/size/deployed"] == ["BasingProposed", "PledgeMade", "ForcesDeployed"]


def test_a_deployment_that_has_an_amendment_set_aside_is_a_cause_of_what_the_amendment_changed() -> None:
    """An amendment into another unit is set aside once people are known to be deployed before it."""
    ships = {"min": 2, "max": 2, "unit": "ship"}
    record = given(pledge(), about("PledgeAmended", quantity=ships, effective_at="2025-04-15"))
    amendment = record.history.events[2].event_id
    record.record({"type": "EventRetracted", "retracts": amendment, "reason": "an error"} | published("2025-06-01"))
    deployed = about("ForcesDeployed", quantity=people(100, 100), effective_at="2025-04-12")
    record.record(deployed | published("2025-05-01"))
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-04-20", "2025-05-02")
    assert found["/size/pledged"] == ["PledgeAmended", "ForcesDeployed"]


def test_what_ends_the_hope_that_all_move_is_the_cause_of_that_figure() -> None:
    """The rule never holds by itself; once another member without a pledge is known, not even if all move."""
    member = {"type": "MemberJoined", "role": "lead"}
    record = given(
        member | {"member": "GBR"},
        condition("all-in", {"all_members_at_least": "pledged"}),
        pledge(conditions=["all-in"]),
        member | {"member": "FRA"} | published("2025-05-01"),
    )
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-04-20", "2025-05-02")
    assert found["/size/if_all_move"] == ["MemberJoined"]


def test_what_brings_a_footing_is_not_a_retraction_of_something_later() -> None:
    record = given(BASING_PROPOSED | published("2025-05-01"), pledge(basing=["hub"]))
    agreed = {"type": "BasingAgreed", "basing": "hub", "effective_at": "2025-05-12"}
    (agreement,) = record.record(agreed | published("2025-06-01"))
    record.record(retracted(agreement, "2025-05-01"))
    found = causes_of_public_knowledge(record, "2025-04-20", "2025-04-20", "2025-06-02")
    assert {"BasingProposed", "PledgeMade"} <= set(found["/size/pledged"])
