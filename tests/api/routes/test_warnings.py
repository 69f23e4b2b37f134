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

    def test_a_like_deployment_within_seven_days_may_be_the_same(self, begun: Service) -> None:
        begun.record(pledge(quantity=people(5000)), deployed(500))
        (warning,) = told(begun, deployed(450, "2025-06-17", quantity=people(450, 550)))
        assert (warning["warning"], warning["pointer"]) == ("ReportedTwice", "/quantity")
        assert warning["remedy"]["type"] == "SourceAdded"
        assert told(begun, deployed(600)) == []
        begun.record(deployed(500, "2025-07-20"), deployed(500, "2025-07-28"))
        assert names(listed(begun, valid_at="2025-08-01")) == ["ReportedTwice"]
        begun.record({"type": "EventRetracted", "retracts": warning["events"][0], "reason": "recorded twice"})
        assert listed(begun, valid_at="2025-08-01") == []

    def test_a_pledge_under_another_name_is_told_until_one_is_retracted(self, begun: Service) -> None:
        begun.record(pledge(quantity=people(100)))
        again = pledge("p2", quantity=people(100), event_id="00000000-0000-7000-8000-0000000000b1")
        (warning,) = told(begun, again)
        assert (warning["warning"], warning["pointer"]) == ("LooksLikeAnotherPledge", "/pledge")
        assert names(told(begun, pledge("p3", capability="engineering"))) == []
        assert names(told(begun, pledge("p4", quantity=people(101)))) == []
        retraction = {"type": "EventRetracted", "retracts": again["event_id"], "reason": "recorded twice"}
        assert told(begun, retraction) == listed(begun) == []
        asked = "valid_at=2025-06-15&known_at=2025-06-15&known_axis=reported"
        size = begun.client.get(f"/coalitions/willing/picture?{asked}").json()["size"]["pledged"]
        assert (size["min"], size["max"]) == (1201, 1201)

    def test_a_part_is_not_another_pledge(self, begun: Service) -> None:
        begun.record(pledge())
        assert told(begun, pledge("part", part_of="p")) == []


class TestOthers:
    def test_what_is_dated_before_the_formation_is_told_and_counted(self, begun: Service) -> None:
        begun.record(pledge())
        (warning,) = told(begun, pledge("early", effective_at="2024-12-01", capability="engineering"))
        assert (warning["warning"], warning["pointer"]) == ("BeforeTheFormation", "/effective_at")
        before = begun.client.get("/coalitions/willing/picture?valid_at=2024-12-15").json()
        assert (before["name"], before["before_formation"]) == (None, 1)
        page = begun.client.get("/c/willing?valid_at=2024-12-15")
        assert "1 fact on record took effect before the coalition was formed" in page.text
        after = begun.client.get("/coalitions/willing/picture?valid_at=2025-06-15").json()
        assert after["before_formation"] is None

    def test_forces_beyond_the_pledge(self, begun: Service) -> None:
        begun.record(pledge())
        (warning,) = told(begun, deployed(1001))
        assert (warning["warning"], warning["pointer"]) == ("DeployedBeyondThePledge", "/quantity")
        amended = {"type": "PledgeAmended", "effective_at": "2025-06-20", "pledge": "p", "quantity": people(1001)}
        assert told(begun, amended | by("a source")) == []
        assert names(listed(begun, valid_at="2025-06-15")) == ["DeployedBeyondThePledge"]
        assert listed(begun, valid_at="2025-06-21") == []

    def test_money_beyond_the_pledge(self, begun: Service) -> None:
        euros = {"min": 1_000_000, "max": 1_000_000, "unit": "EUR"}
        begun.record(pledge(capability="funding", purpose="host_aid", quantity=euros))
        paid = {"type": "FundsDisbursed", "effective_at": "2025-06-12", "pledge": "p", "quantity": euros} | by(
            "a source"
        )
        assert told(begun, paid) == []
        (warning,) = told(begun, paid | {"effective_at": "2025-06-25"})
        assert (warning["warning"], warning["pointer"]) == ("DisbursedBeyondThePledge", "/quantity")

    def test_forces_where_they_are_not_to_be(self, begun: Service) -> None:
        basing = {"effective_at": "2025-01-02", "basing": "a"} | by("a source")
        begun.record(basing | {"type": "BasingRuledOut", "zone": "theatre", "country": "EST"}, pledge())
        (warning,) = told(begun, deployed(300, basing="a"))
        assert (warning["warning"], warning["pointer"]) == ("DeployedToAClosedBasing", "/basing")
        agreed = basing | {"type": "BasingAgreed", "effective_at": "2025-06-20"}
        assert told(begun, agreed) == listed(begun) == []
        ended = basing | {"type": "BasingEnded", "effective_at": "2025-06-25"}
        assert names(told(begun, ended)) == names(listed(begun)) == ["DeployedToAClosedBasing"]
        back = {"type": "ForcesReturned", "effective_at": "2025-06-28", "pledge": "p", "basing": "a"} | by("a source")
        assert told(begun, back) == listed(begun) == []

    def test_a_contributor_that_is_not_a_member_or_rules_it_out(self, begun: Service) -> None:
        joined = {"type": "MemberJoined", "effective_at": "2025-02-01", "member": "FRA", "role": "lead"} | by(
            "a source"
        )
        assert told(begun, pledge()) == []
        begun.record(joined)
        assert names(listed(begun)) == ["NotAMember"]
        begun.record(joined | {"member": "EST", "role": "contributor"})
        refused = {"type": "StanceStated", "effective_at": "2025-06-05", "actor": "EST", "stance": "ruled_out"}
        (warning,) = told(begun, refused | by("a source"))
        assert (warning["warning"], warning["pointer"]) == ("AgainstItsOwnStance", "/stance")
        left = {"type": "MemberLeft", "effective_at": "2025-06-06", "member": "EST"} | by("a source")
        assert names(told(begun, left)) == ["NotAMember"]

    def test_an_old_source_and_an_old_word(self, begun: Service) -> None:
        (warning,) = told(begun, pledge() | by("a source", "2024-03-01"))
        assert (warning["warning"], warning["pointer"]) == ("PublishedLongBefore", "/effective_at")
        added = {"type": "SourceAdded", "event": warning["events"][0]} | by("another", "2025-06-01")
        assert told(begun, added) == listed(begun) == []
        assert told(begun, pledge("later", effective_at="2026-12-01") | by("a source", "2025-05-01")) == []
        assert listed(begun, valid_at="2026-06-01") == []
        assert names(listed(begun, valid_at="2026-06-02")) == ["UnconfirmedForLong"]
        word = {"type": "PledgeReaffirmed", "effective_at": "2026-01-01", "pledge": "p"} | by("a source")
        begun.record(word | {"until": "2026-03-31"})
        assert listed(begun, valid_at="2026-03-31") == []
        assert names(listed(begun, valid_at="2026-04-01")) == ["UnconfirmedForLong"]

    def test_doubtful_sources(self, begun: Service) -> None:
        leaked = pledge() | {"attribution": {"basis": "leak"}}
        (warning,) = told(begun, leaked)
        assert (warning["warning"], warning["pointer"]) == ("RestsOnALeakAlone", "/attribution/basis")
        amended = {"type": "PledgeAmended", "effective_at": "2025-06-01", "pledge": "p", "quantity": people(250)}
        (warning,) = told(begun, amended | by("an agency"))
        assert (warning["warning"], warning["pointer"]) == ("SourcesDisagree", "/quantity")
        assert warning["detail"].endswith("250 personnel according to an agency")


class TestDismissal:
    def test_a_dismissed_warning_is_listed_only_if_asked_until_that_is_retracted(self, begun: Service) -> None:
        begun.record(pledge())
        (warning,) = told(begun, deployed(1001))
        dismissed = {"type": "WarningDismissed", "event": warning["events"][0], "reason": "agreed by phone"}
        (event,) = begun.record(dismissed | {"warning": "DeployedBeyondThePledge"})
        assert listed(begun) == []
        (shown,) = listed(begun, dismissed="true")
        assert shown["dismissed"] == {
            "event_id": event["event_id"], "recorded_by": "desk", "reason": "agreed by phone",
        }  # fmt: skip
        assert names(listed(begun, sequence=3)) == ["DeployedBeyondThePledge"]
        begun.record({"type": "EventRetracted", "retracts": event["event_id"], "reason": "nobody agreed"})
        assert names(listed(begun)) == ["DeployedBeyondThePledge"]
        assert begun.post(dismissed | {"warning": "Unheard"}).status_code == 422

    def test_a_list_has_pointers_with_places_and_filters(self, begun: Service) -> None:
        warnings = told(begun, pledge(), deployed(1001), pledge("q"))
        assert [(one["warning"], one["pointer"]) for one in warnings] == [
            ("DeployedBeyondThePledge", "/1/quantity"),
            ("LooksLikeAnotherPledge", "/2/pledge"),
        ]
        assert names(listed(begun, thing="pledge:q")) == ["LooksLikeAnotherPledge"]
        assert names(listed(begun, warning="DeployedBeyondThePledge")) == ["DeployedBeyondThePledge"]
        answer = begun.client.get("/coalitions/willing/warnings?valid_at=2025-07-01&limit=1").json()
        assert answer["next_cursor"] == "1"

    def test_a_correction_is_told_with_a_pointer_into_its_replacement(self, begun: Service) -> None:
        _, sent = begun.record(pledge(), deployed(1000))
        corrected = {"type": "EventCorrected", "corrects": sent["event_id"], "replacement": deployed(1001)}
        (warning,) = told(begun, corrected | {"reason": "misread"})
        assert (warning["pointer"], warning["events"][0]) == ("/replacement/quantity", sent["event_id"])

    def test_a_repeated_request_is_told_the_same_whatever_was_recorded_since(self, begun: Service) -> None:
        begun.record(pledge())
        first = begun.post(deployed(1001), Idempotency_Key="k-1")
        (warning,) = first.json()["warnings"]
        begun.record({"type": "EventRetracted", "retracts": warning["events"][0], "reason": "nothing landed"})
        assert begun.post(deployed(1001), Idempotency_Key="k-1").content == first.content

    def test_a_scenario_has_warnings_of_its_own(self, begun: Service) -> None:
        begun.record(pledge())
        changes = [{"assume": deployed(2000)}]
        scenario = {"scenario": "more", "name": "More", "changes": changes, "fork": {"valid_at": "2025-07-01"}}
        made = begun.client.post("/coalitions/willing/scenarios", json=scenario, headers=begun.key)
        assert made.status_code == 201, made.text
        answer = begun.client.get("/coalitions/willing/scenarios/more/warnings").json()
        assert names(answer["items"]) == ["DeployedBeyondThePledge"]
        assert listed(begun) == []
