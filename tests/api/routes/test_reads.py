"""The reads: both clocks, explanations of figures, differences with their causes, and complete timelines."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from domain.concepts.registry import LISTS
from tests.api.facts import fact, formed, pledge
from tests.api.rich_coalition import MISREAD_ID, TWICE_ID
from tests.running.in_process import Service

KINDS = tuple(LISTS)


def refused(answer: Any, status: int = 422) -> list[dict[str, Any]]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.json().get("errors", [])


def available(service: Service, **asked: Any) -> tuple[int, int | None]:
    figure = service.answer(f"/picture?{urlencode(asked)}")["size"]["available"]
    return figure["min"], figure["max"]


class TestBothClocks:
    def test_a_picture_depends_on_valid_time(self, both: Service) -> None:
        both.record(formed(), pledge("a", 1000, "2025-04-10"), fact("PledgeWithdrawn", "2025-04-20", pledge="a"))
        assert available(both, valid_at="2025-04-09") == (0, 0)
        assert available(both, valid_at="2025-04-10") == (1000, 1000)
        assert available(both, valid_at="2025-04-19") == (1000, 1000)
        assert available(both, valid_at="2025-04-20") == (0, 0)
        assert available(both) == (0, 0)

    def test_a_picture_depends_on_the_time_of_recording(self, both: Service) -> None:
        both.record(formed())
        (first,) = both.record(pledge("a", 1000))
        (second,) = both.record(pledge("b", 500, "2025-04-01"))
        assert available(both, known_at=first["recorded_at"]) == (1000, 1000)
        assert available(both, known_at=second["recorded_at"]) == (1500, 1500)
        assert available(both, sequence=2) == (1000, 1000)
        assert available(both, sequence=0) == (0, 0)
        assert available(both, known_at="2025-05") == (0, 0)
        assert both.answer("/picture?known_at=2025-05")["name"] is None

    def test_a_correction_changes_the_past_once_it_is_recorded(self, both: Service) -> None:
        _, wrong = both.record(formed(), pledge("a", 9000))
        before = both.answer("/picture?valid_at=2025-04-15")
        (correction,) = both.record(
            {"type": "EventCorrected", "corrects": wrong["event_id"], "replacement": pledge("a", 900), "reason": "typo"}
        )
        assert available(both, valid_at="2025-04-15") == (900, 900)
        assert available(both, valid_at="2025-04-15", known_at=wrong["recorded_at"]) == (9000, 9000)
        assert available(both, valid_at="2025-04-15", known_at=correction["recorded_at"]) == (900, 900)
        again = both.answer(f"/picture?valid_at=2025-04-15&sequence=2&known_at={before['basis']['known_at']}")
        assert again == before

    def test_a_picture_depends_on_the_time_of_reporting(self, both: Service) -> None:
        early = [{"publisher": "AFP", "published_on": "2025-04-02"}]
        late = [{"publisher": "AFP", "published_on": "2025-04-12T10:00:00Z"}, {"publisher": "BBC"}]
        both.record(formed(sources=early), pledge("a", 100, sources=early), pledge("b", 10, sources=late))
        asked = {"known_axis": "reported", "valid_at": "2025-04-20"}
        assert available(both, known_at="2025-04-01", **asked) == (0, 0)
        assert available(both, known_at="2025-04-02T23:00:00Z", **asked) == (0, 0)
        assert available(both, known_at="2025-04-02", **asked) == (100, 100)
        assert available(both, known_at="2025-04-12T09:59:59Z", **asked) == (100, 100)
        assert available(both, known_at="2025-04-12T10:00:00Z", **asked) == (110, 110)
        assert available(both, known_at="2025-04-01", valid_at="2025-04-20") == (0, 0)

    def test_when_a_source_was_read_or_archived_makes_nothing_public(self, both: Service) -> None:
        read = {"accessed_on": "2025-04-03", "archived_url": "https://web.example.org/1", "quote": "100 men"}
        dated = [{"publisher": "AFP", "published_on": "2025-04-12", **read}]
        both.record(formed(sources=dated), pledge("a", 100, sources=dated))
        asked = {"known_axis": "reported", "valid_at": "2025-04-20"}
        assert available(both, known_at="2025-04-11", **asked) == (0, 0)
        assert available(both, known_at="2025-04-12", **asked) == (100, 100)
        (undated,) = both.record(pledge("b", 10, sources=[{"publisher": "AFP", **read}]))
        assert available(both, known_at="2025-04-30", **asked) == (100, 100)
        assert available(both, known_at=undated["recorded_at"], **asked) == (110, 110)

    def test_before_its_formation_a_coalition_is_empty_and_not_an_error(self, rich: Service) -> None:
        picture = rich.answer("/picture?valid_at=1999")
        assert picture["name"] is None
        assert picture["key_partner"] is None
        assert picture["size"]["available"]["pledges"] == 0
        for kind in KINDS:
            assert rich.answer(f"/{kind}?valid_at=1999")["items"] == []
        assert rich.answer("?valid_at=1999")["name"] is None
        assert rich.answer("/timeline?from=1998&to=1999")["points"][0]["size"]["available"]["max"] == 0

    def test_recorded_events_are_known_even_if_the_local_clock_is_behind(self, both: Service) -> None:
        both.record(formed(), pledge("a", 1000))
        both.clock.advance(-3600)
        assert available(both) == (1000, 1000)
        basis = both.answer("/picture")["basis"]
        assert basis["known_at"] > basis["valid_at"]


class TestQuestionsThatCannotBeAnswered:
    @pytest.mark.parametrize("read", ["", "/picture", "/pledges", "/events", "/timeline", "/pledges/gbr-ground"])
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("valid_at", "yesterday"), ("valid_at", "2025-13"), ("valid_at", "2025-04-10T00:00:00"), ("valid_at", ""),
            ("known_at", "1800"), ("known_at", "2025-04-10 12:00"), ("known_axis", "both"), ("sequence", "-1"),
            ("sequence", "x"), ("sequence", "1000000"), ("sequence", "9" * 5000), ("definitions", "3"),
            ("definitions", "0"), ("min_sequence", "x"), ("min_sequence", "-1"), ("min_sequence", "1.5"),
            ("valid", "2025"), ("valid_at", "0001-01-01T00:00:00+14:00"), ("valid_at", "9999-12-31T23:59:59-14:00"),
        ],
    )  # fmt: skip
    def test_an_invalid_parameter_is_named(self, rich: Service, read: str, name: str, value: str) -> None:
        errors = refused(rich.ask(f"{read}?{urlencode({name: value})}"))
        assert [error["parameter"] for error in errors] == [name]

    def test_a_parameter_given_twice_is_refused(self, rich: Service) -> None:
        errors = refused(rich.ask("/picture?valid_at=2025-04-10&valid_at=2025-04-11"))
        assert errors[0]["parameter"] == "valid_at"

    def test_parameters_of_other_reads_are_refused(self, rich: Service) -> None:
        assert refused(rich.ask("/picture?figure=/size"))[0]["parameter"] == "figure"
        assert refused(rich.ask("/timeline?limit=3"))[0]["parameter"] == "limit"

    @pytest.mark.parametrize(
        ("query", "parameter"),
        [
            ("timeline?to=never", "to"), ("timeline?from=never", "from"), ("timeline?from=2025-05&to=2025-04", "from"),
            ("diff?from_valid_at=never", "from_valid_at"), ("diff?to_known_at=never", "to_known_at"),
            ("diff?known_axis=other", "known_axis"), ("diff?sequence=999999", "sequence"),
            ("diff?to_sequence=999999", "to_sequence"), ("diff?valid_at=2025", "valid_at"), ("why", "figure"),
        ],
    )  # fmt: skip
    def test_a_refused_parameter_is_named_as_it_was_sent(self, rich: Service, query: str, parameter: str) -> None:
        assert refused(rich.ask("/" + query))[0]["parameter"] == parameter

    @pytest.mark.parametrize("coalition", ["other", "Willing", "%2e%2e", "w" * 5000, "a%20b", "%FF", "%C0%AE"])
    def test_an_unknown_coalition_is_not_found(self, rich: Service, coalition: str) -> None:
        for read in ("", "/picture", "/events", "/pledges/x", "/why?figure=/size"):
            assert rich.client.get(f"/coalitions/{coalition}{read}").status_code == 404

    def test_unknown_items_are_not_found(self, rich: Service) -> None:
        for kind in KINDS:
            assert rich.ask(f"/{kind}/nothing-of-that-name").status_code == 404
        assert rich.ask("/events/0195f0a0-0000-7000-8000-000000000001").status_code == 404
        assert rich.ask("/soldiers").status_code == 404
        assert rich.ask("/picture/").status_code == 404

    def test_items_not_yet_known_are_not_found(self, rich: Service) -> None:
        assert rich.ask("/pledges/late").status_code == 200
        assert rich.ask("/pledges/late?sequence=20").status_code == 404


class TestReadingOnesOwnWrites:
    def test_min_sequence_accepts_a_sequence_or_the_tag_of_a_write(self, both: Service) -> None:
        answer = both.post([formed(), pledge("a")])
        tag = answer.headers["etag"]
        for least in ("2", tag, "W/" + tag):
            assert both.ask(f"/picture?{urlencode({'min_sequence': least})}").json()["basis"]["sequence"] == 2

    def test_waiting_for_a_future_sequence_ends(self, both: Service) -> None:
        both.record(formed())
        answer = both.ask("/picture?min_sequence=2")
        refused(answer, 503)
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["type"] == "/problems/not-yet-caught-up"

    def test_a_waiting_read_sees_what_is_recorded_meanwhile(self, both: Service) -> None:
        both.record(formed())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(both.ask, "/picture?min_sequence=2")
            both.record(pledge("a"))
            assert waiting.result().json()["basis"]["sequence"] == 2

    @pytest.mark.parametrize("path", ["/coalitions/willing/picture", "/c/willing"])
    def test_waiting_reads_delay_no_others(self, service: Service, path: str) -> None:
        service.record(formed())
        statuses = asyncio.run(_in_order(service, [f"{path}?min_sequence=2"] * 60, path))
        assert statuses == [200, *[503] * 60]


class TestLists:
    def test_coalitions_are_listed(self, both: Service) -> None:
        assert both.client.get("/coalitions").json() == {"coalitions": []}
        both.record(formed(), pledge("a"))
        both.record(formed("Later", effective_at="2030-01-01"), coalition="another")
        both.record(fact("CoalitionRenamed", "2025-05-01", name="Multinational Force"))
        assert both.client.get("/coalitions").json() == {
            "coalitions": [
                {"coalition": "another", "name": "Later", "sequence": 1},
                {"coalition": "willing", "name": "Multinational Force", "sequence": 3},
            ]
        }

    def test_every_list_has_items(self, rich: Service) -> None:
        for kind in KINDS:
            answer = rich.answer(f"/{kind}")
            assert set(answer) == {"items", "basis"}
            assert answer["items"], kind

    def test_every_item_has_its_history(self, rich: Service) -> None:
        for kind in KINDS:
            for item in rich.answer(f"/{kind}")["items"]:
                name = next(iter(item.values()))
                one = rich.answer(f"/{kind}/{name}")
                assert one["history"], (kind, name)
                if kind != "stances":
                    assert one["item"] == item

    def test_a_history_shows_the_later_corrections_of_each_event(self, rich: Service) -> None:
        wrong, correction = rich.answer("/pledges/misread")["history"]
        assert (wrong["event"]["event_id"], wrong["stands"]) == (MISREAD_ID, False)
        assert wrong["changed_by"] == [correction["event"]["event_id"]]
        assert correction["stands"] is True
        gone = rich.answer("/pledges/twice")
        assert gone["item"] is None
        assert [one["stands"] for one in gone["history"]] == [False, True]
        assert gone["history"][0]["event"]["event_id"] == TWICE_ID

    def test_items_that_depend_on_others_are_in_force(self, rich: Service) -> None:
        history = rich.answer("/pledges/fra-ground")["history"]
        assert [one["event"]["fact"]["type"] for one in history] == ["PledgeMade", "PledgeReaffirmed", "CaveatLifted"]
        assert all(one["stands"] for one in history)

    def test_past_items_are_still_listed_as_past(self, rich: Service) -> None:
        over = {item["pledge"]: item["status"] for item in rich.answer("/pledges")["items"]}
        assert over["can-gone"] == "withdrawn"
        assert over["aus-lapsing"] == "lapsed"
        assert over["lva-ground"] == "lapsed"
        assert {item["requirement"]: item["status"] for item in rich.answer("/requirements")["items"]}[
            "old"
        ] == "withdrawn"
        assert {item["member"]: item["status"] for item in rich.answer("/members")["items"]}["BEL"] == "left"

    def test_a_statement_is_in_force_until_its_horizon(self, rich: Service) -> None:
        in_force = [
            item["in_force"]
            for at in ("2025-12-31", "2026")
            for item in rich.answer(f"/statements?valid_at={at}")["items"]
        ]
        assert in_force == [True, False]

    def test_an_outcome_is_in_the_history_of_its_meeting(self, rich: Service) -> None:
        types = [one["event"]["fact"]["type"] for one in rich.answer("/meetings/brussels")["history"]]
        assert types == ["MeetingScheduled", "MeetingHeld", "MeetingOutcomeRecorded"]

    def test_a_stance_is_found_by_its_actor_or_its_name(self, rich: Service) -> None:
        assert rich.answer("/stances/USA")["item"]["stance"] == "willing"
        assert rich.answer("/stances/USA%20logistics")["item"]["stance"] == "not_excluded"
        assert rich.answer("/stances/POL")["item"]["said_by"] == "GBR"


def steps(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict):
        yield from ((name.replace("~", "~0").replace("/", "~1"), inner) for name, inner in node.items())
    elif isinstance(node, list):
        yield from ((str(position), inner) for position, inner in enumerate(node))


def figures(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value in a picture by its pointer; of the parts by contributor and capability, all alike, one each."""
    yield pointer, node
    alike = list(steps(node))[:1] if pointer in ("/size/by_contributor", "/size/by_capability") else steps(node)
    for step, inner in alike:
        yield from figures(inner, f"{pointer}/{step}")


class TestWhy:
    def test_every_figure_in_the_picture_can_be_explained(self, rich: Service) -> None:
        picture = rich.answer("/picture?valid_at=2025-05-20&known_axis=reported")
        basis = urlencode(picture["basis"])
        asked = 0
        for pointer, value in figures(picture):
            answer = rich.answer(f"/why?{basis}&{urlencode({'figure': pointer})}")
            assert answer["value"] == value, pointer
            assert answer["figure"] == pointer
            assert answer["basis"] == picture["basis"]
            asked += 1
        assert asked > 500

    def test_a_figure_is_the_sum_of_its_pledges(self, rich: Service) -> None:
        for valid_at in ("2025-03-20", "2025-04-22", "2025-05-13"):
            size = rich.answer(f"/picture?valid_at={valid_at}")["size"]
            for name in (
                "floated",
                "pledged",
                "committed",
                "available",
                "conditional",
                "upcoming",
                "suspended",
                "blocked",
            ):
                answer = rich.answer(f"/why?figure=/size/{name}&valid_at={valid_at}")
                pledges = [contribution["pledge"] for contribution in answer["pledges"]]
                people_of = [one["personnel"] for one in pledges if one["personnel"]]
                assert sum(one["min"] for one in people_of) == size[name]["min"]
                assert len(pledges) == size[name]["pledges"]
                assert len({one["contributor"] for one in pledges}) == size[name]["contributors"]

    def test_a_number_has_the_explanation_of_its_figure(self, rich: Service) -> None:
        figure, number = (rich.answer(f"/why?figure=/size/available{rest}") for rest in ("", "/max"))
        assert figure["pledges"] == number["pledges"]
        assert number["value"] == figure["value"]["max"]

    def test_items_of_lists_by_position_and_by_name(self, rich: Service) -> None:
        requirements = rich.answer("/picture")["requirements"]
        position = [one["requirement"] for one in requirements].index("size")
        by_name, by_position = (rich.answer(f"/why?figure=/requirements/{step}") for step in ("size", position))
        assert by_name["value"] == by_position["value"]
        assert [event["type"] for event in by_name["events"]] == ["RequirementStated", "RequirementAmended"]

    def test_each_figure_is_based_on_its_own_facts(self, rich: Service) -> None:
        for figure, types in {
            "/name": ["CoalitionFormed", "CoalitionRenamed", "SourceAdded", "WarningDismissed"],
            "/members/lead/FRA": ["MemberJoined"],
            "/key_partner/stance": ["StanceStated", "StanceStated"],
            "/basing/rear/status": ["BasingProposed", "BasingAgreed"],
            "/size/assigned/min": [],
            "/meetings/last_held/participants/min": ["MeetingScheduled", "MeetingHeld"],
            "/counts/rival/value": ["CountReported"],
        }.items():  # fmt: skip
            answer = rich.answer(f"/why?figure={figure}")
            assert [event["type"] for event in answer["events"]] == types, figure
            if not figure.startswith("/counts"):
                assert answer["pledges"] == []

    def test_a_pledge_released_by_a_rule_names_the_facts_of_the_rule(self, rich: Service) -> None:
        answer = rich.answer(
            "/why?figure=/size/by_contributor/group:cautious-members/available/min&valid_at=2025-05-12"
        )
        (contribution,) = answer["pledges"]
        assert contribution["pledge"]["pledge"] == "cautious"
        assert [event["type"] for event in contribution["events"]] == [
            "ConditionStated", "PledgeMade", "StanceStated", "StanceStated",
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "figure",
        ["size", "/sizes", "/size/available/maximum", "/size/available/max/0", "/basing/99", "/basing/-1", "/basing/01",
         "//", "/size/", "/size/available/of", "/~2", "/conditions/peace/things", "/__class__", "/size/__doc__"],
    )  # fmt: skip
    def test_a_figure_outside_the_picture_is_not_found(self, rich: Service, figure: str) -> None:
        (error,) = refused(rich.ask(f"/why?{urlencode({'figure': figure})}"), 404)
        assert error["parameter"] == "figure"


def changes(service: Service, query: str) -> dict[str, list[str]]:
    """What changed, and through events of which types."""
    difference = service.answer(f"/diff?{query}")
    types = {event["event_id"]: event["type"] for event in difference["events"]}
    return {change["what"]: [types[event_id] for event_id in change["events"]] for change in difference["changes"]}


class TestDifferences:
    def test_a_point_does_not_differ_from_itself(self, rich: Service) -> None:
        difference = rich.answer("/diff?from_valid_at=2025-04-15&to_valid_at=2025-04-15")
        assert difference["changes"] == difference["events"] == []
        assert difference["before"] == difference["after"]

    def test_both_sides_of_a_difference_equal_the_pictures(self, rich: Service) -> None:
        difference = rich.answer("/diff?from_valid_at=2025-03-09&to_valid_at=2025-05-20")
        sides = [rich.answer(f"/picture?{urlencode(difference[side])}") for side in ("before", "after")]
        for change in difference["changes"]:
            if change["what"].startswith("/size/available"):
                assert [change["before"], change["after"]] == [side["size"]["available"] for side in sides]
                assert change["fields"]

    def test_every_change_names_an_event(self, rich: Service) -> None:
        days = [
            "2025-02-01",
            "2025-03-10",
            "2025-03-15",
            "2025-04-11",
            "2025-04-25",
            "2025-05-12",
            "2025-05-21",
            "2026-06-01",
        ]
        for first in days:
            for second in days:
                difference = rich.answer(f"/diff?from_valid_at={first}&to_valid_at={second}")
                for change in difference["changes"]:
                    assert change["events"], (first, second, change["what"])
                assert bool(difference["changes"]) == (first != second)

    def test_a_withdrawal_is_a_change(self, rich: Service) -> None:
        found = changes(rich, "from_valid_at=2025-05-18&to_valid_at=2025-05-19")
        assert found["/size/available"] == ["PledgeWithdrawn"]
        assert found["/pledges/can-gone"] == ["PledgeWithdrawn"]
        assert found["/size/required/size"] == ["PledgeWithdrawn"]

    def test_a_pledge_becomes_available_by_its_own_date(self, rich: Service) -> None:
        difference = rich.answer("/diff?from_valid_at=2025-04-30&to_valid_at=2025-05-01")
        (event,) = difference["events"]
        assert (event["type"], event["about"]) == ("PledgeMade", "pledge:est-company")

    def test_an_expiry_is_a_change(self, rich: Service) -> None:
        assert changes(rich, "from_valid_at=2025-05-19&to_valid_at=2025-05-20") == {}
        difference = rich.answer("/diff?from_valid_at=2025-05-20&to_valid_at=2025-05-21")
        (event,) = difference["events"]
        assert (event["type"], event["about"]) == ("PledgeMade", "pledge:lva-ground")

    def test_a_condition_met_releases_a_pledge(self, rich: Service) -> None:
        found = changes(rich, "from_valid_at=2025-05-04&to_valid_at=2025-05-05")
        assert found["/size/available"] == ["ConditionMet"]
        assert found["/pledges/nld-ground"] == ["ConditionMet"]
        assert found["/conditions/mandate"] == ["ConditionMet"]

    def test_a_stance_releases_a_pledge_through_a_rule(self, rich: Service) -> None:
        found = changes(rich, "from_valid_at=2025-05-11&to_valid_at=2025-05-12")
        assert set(map(tuple, found.values())) == {("StanceStated",)}
        assert {"/size/available", "/pledges/cautious", "/conditions/us-on-board", "/key_partner"} <= found.keys()

    def test_one_pledge_releases_another_through_a_rule(self, rich: Service) -> None:
        found = changes(rich, "from_valid_at=2025-04-11&to_valid_at=2025-04-12")
        assert found["/size/by_contributor/EST/upcoming"] == ["PledgeRaised"]
        assert found["/pledges/est-company"] == ["PledgeRaised"]
        assert found["/conditions/british-lead"] == ["PledgeRaised"]

    def test_corrections_and_retractions_are_causes(self, rich: Service) -> None:
        known = {one["event"]["event_id"]: one["event"] for name in ("misread", "twice", "late")
                 for one in rich.answer(f"/pledges/{name}")["history"]}  # fmt: skip
        times = sorted({event["recorded_at"] for event in known.values()})
        found = changes(rich, f"from_known_at={times[0]}&to_known_at={times[1]}")
        assert found["/pledges/misread"] == ["EventCorrected"]
        assert found["/pledges/twice"] == ["EventRetracted"]
        assert found["/size/available"] == ["EventCorrected", "EventRetracted"]
        assert "/size/required/size" in found

    def test_back_dated_facts_are_causes(self, rich: Service) -> None:
        recorded_at = rich.answer("/pledges/late")["history"][0]["event"]["recorded_at"]
        found = changes(
            rich,
            f"from_known_at=2025-06-09T23:00:00Z&to_known_at={recorded_at}&from_valid_at=2025-04&to_valid_at=2025-04",
        )
        assert set(map(tuple, found.values())) == {("PledgeMade",)}

    def test_members_and_names_can_change(self, rich: Service) -> None:
        found = changes(rich, "from_valid_at=2025-04-19&to_valid_at=2025-05-26")
        assert found["/members/observer/BEL"] == ["MemberLeft"]
        assert found["/name"] == ["CoalitionRenamed"]
        assert found["/basing/rear"] == ["BasingAgreed"]

    def test_sequences_can_be_compared(self, rich: Service) -> None:
        sequence = rich.sequence
        found = changes(
            rich, f"from_sequence={sequence - 1}&to_sequence={sequence}&from_valid_at=2025-04&to_valid_at=2025-04"
        )
        assert found["/pledges/late"] == ["PledgeMade"]

    def test_a_difference_can_run_backwards(self, rich: Service) -> None:
        forwards, backwards = (
            rich.answer(f"/diff?from_valid_at={one}&to_valid_at={other}")
            for one, other in (("2025-04-01", "2025-05-20"), ("2025-05-20", "2025-04-01"))
        )
        turned = {
            change["what"]: (change["after"], change["before"], change["events"]) for change in backwards["changes"]
        }
        assert turned == {
            change["what"]: (change["before"], change["after"], change["events"]) for change in forwards["changes"]
        }


class TestTimelines:
    def test_every_point_is_the_picture_of_its_time_and_no_point_is_missing(self, rich: Service) -> None:
        points = {point["at"]: point for point in rich.answer("/timeline?from=2025-02-20&to=2025-06-05")["points"]}
        shown: Any = None
        days = [f"2025-{month:02}-{day:02}" for month in (3, 4, 5) for day in range(1, 32 if month != 4 else 31)]
        for day in days:
            size = rich.answer(f"/picture?valid_at={day}T00:00:00Z")["size"]
            figures_then = {name: size[name] for name in points["2025-02-20T00:00:00.000000Z"]["size"]}
            names = ("requirement", "unit", "min", "max", "gaps", "state")
            gaps = [{name: one[name] for name in names} for one in size["required"]]
            point = points.get(f"{day}T00:00:00.000000Z")
            if point:
                shown = (point["size"], point["required"])
                assert point["events"], day
            if shown:
                assert shown == (figures_then, gaps), day

    def test_dates_that_pass_are_changes_with_their_event(self, rich: Service) -> None:
        points = {point["at"][:10]: point for point in rich.answer("/timeline")["points"]}
        begun, over = points["2025-05-01"], points["2025-05-21"]
        assert [event["about"] for event in begun["events"]] == ["pledge:est-company"]
        assert [event["about"] for event in over["events"]] == ["pledge:lva-ground"]

    def test_a_timeline_runs_from_the_formation_to_now_by_default(self, rich: Service) -> None:
        timeline = rich.answer("/timeline")
        assert timeline["points"][0]["at"] == "2025-03-01T00:00:00.000000Z"
        assert timeline["basis"]["valid_at"] == rich.answer("/picture")["basis"]["valid_at"]
        assert timeline["next_from"] is None

    def test_a_timeline_covers_whole_periods(self, rich: Service) -> None:
        points = rich.answer("/timeline?from=2025-05-19&to=2025-05-21")["points"]
        assert [point["at"][:10] for point in points] == ["2025-05-19", "2025-05-21"]
        one = rich.answer("/timeline?from=2025-05-19T12:00:00Z&to=2025-05-19T12:00:00Z")["points"]
        assert [point["at"] for point in one] == ["2025-05-19T12:00:00.000000Z"]

    def test_a_long_timeline_continues_where_it_stopped(self, service: Service) -> None:
        service.record(formed(effective_at="2020-01-01"), pledge("a", 10, "2020-12-31"))
        days = [f"20{year}-{month:02}-{day:02}" for year in (21, 22) for month in range(1, 13) for day in range(1, 28)]
        turns = ("PledgeSuspended", "PledgeResumed")
        service.record(*(fact(turns[at % 2], day, pledge="a") for at, day in enumerate(days)))
        points, start = [], "2020-01-01"
        while start:
            page = service.answer(f"/timeline?from={start}")
            points += page["points"]
            start = page["next_from"]
        assert [point["at"][:10] for point in points] == ["2020-01-01", "2020-12-31", *days]
        assert [point["size"]["available"]["min"] for point in points[1:]] == [10, *([0, 10] * (len(days) // 2))]

    def test_a_timeline_is_as_known_at_a_time(self, rich: Service) -> None:
        then = rich.answer("/timeline?sequence=13&to=2025-04-10")
        assert all(point["size"]["pledged"]["pledges"] == 0 for point in then["points"])


async def _in_order(service: Service, first: list[str], then: str) -> list[int]:
    """The statuses of requests, in the order of their answers; one of them is sent a moment after all others."""
    statuses: list[int] = []
    transport = httpx2.ASGITransport(service.client.app)

    async def ask(path: str) -> None:
        statuses.append((await client.get(path)).status_code)

    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost") as client:
        waiting = [asyncio.create_task(ask(path)) for path in first]
        await asyncio.sleep(0.1)
        await asyncio.gather(ask(then), *waiting)
    return statuses


def test_a_correction_that_moves_the_formation_and_drops_the_key_partner_is_its_cause(service: Service) -> None:
    (formation,) = service.record(formed(key_partner="USA"))
    later = formed(effective_at="2025-04-01")
    (correction,) = service.record(
        {"type": "EventCorrected", "corrects": formation["event_id"], "reason": "misread", "replacement": later}
    )
    query = "from_valid_at=2025-03-15&from_sequence=1&to_valid_at=2025-04-02&to_sequence=2"
    (partner,) = (one for one in service.answer(f"/diff?{query}")["changes"] if one["what"] == "/key_partner")
    assert partner["events"] == [correction["event_id"]]
