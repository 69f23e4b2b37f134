"""The log: filters, stable pages, and formats."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.facts import fact, formed, pledge
from tests.api.rich_coalition import FORMED_ID, MISREAD_ID, TWICE_ID
from tests.running.in_process import Service

JSON = "application/json"
LINES = "application/x-ndjson"


def types(service: Service, **filters: Any) -> list[str]:
    items = service.answer(f"/events?{urlencode(filters | {'limit': 1000}, doseq=True)}")["items"]
    return [item["fact"]["type"] for item in items]


def pages(service: Service, query: str) -> list[list[int]]:
    found, path = [], f"/coalitions/willing/events?{query}"
    while path:
        answer = service.client.get(path)
        assert answer.status_code == 200, answer.text
        found.append([item["sequence"] for item in answer.json()["items"]])
        path = answer.links.get("next", {}).get("url", "")
        assert bool(path) == (answer.json()["next_after"] is not None)
    return found


class TestFilters:
    def test_all_events_are_listed_in_order(self, rich: Service) -> None:
        items = rich.answer("/events?limit=1000")["items"]
        assert [item["sequence"] for item in items] == list(range(1, rich.sequence + 1))

    def test_events_are_filtered_by_type(self, rich: Service) -> None:
        assert types(rich, type="MemberLeft") == ["MemberLeft"]
        assert types(rich, type=["EventRetracted", "EventCorrected"]) == ["EventCorrected", "EventRetracted"]
        answer = rich.ask("/events?type=PledgeUpdated")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["parameter"] == "type"
        assert "PledgeMade" in answer.json()["errors"][0]["detail"]

    def test_events_are_filtered_by_subject(self, rich: Service) -> None:
        assert types(rich, about="pledge:can-gone") == [
            "PledgeMade",
            "PledgeWithdrawn",
            "PledgeWithdrawn",
            "ForcesDeployed",
        ]
        assert types(rich, about="pledge:misread") == ["PledgeMade", "EventCorrected"]
        assert types(rich, about="pledge:twice") == ["PledgeMade", "EventRetracted"]
        assert "ConditionAttached" in types(rich, about="pledge:swe-ground")
        assert types(rich, about="meeting:brussels")[-1] == "CountReported"
        assert types(rich, about="member:BEL") == ["MemberJoined", "MemberLeft"]
        assert types(rich, about="command:mnf-u") == ["CommandArranged"]
        assert types(rich, about="coalition") == [
            "CoalitionFormed",
            "CoalitionRenamed",
            "SourceAdded",
            "WarningDismissed",
        ]
        assert "StatementMade" in types(rich, about="pledge:gbr-ground")
        assert types(rich, about="pledge:none") == []

    def test_events_are_filtered_by_actor(self, rich: Service) -> None:
        assert types(rich, actor="BEL") == ["MemberJoined", "MemberLeft", "PledgeMade"]
        assert set(types(rich, actor="USA")) >= {"CoalitionFormed", "StanceStated", "SupportSought", "MeetingHeld"}
        assert types(rich, actor="ITA") == ["PledgeMade", "EventCorrected"]
        assert types(rich, actor="group:cautious-members") == ["PledgeMade"]
        assert types(rich, actor="POL") == ["PledgeMade", "StanceStated"]

    def test_events_are_filtered_by_source(self, rich: Service) -> None:
        assert types(rich, publisher="Yle") == ["PledgeMade"]
        assert types(rich, publisher="Le Monde") == ["SourceAdded"]
        assert types(rich, locator="S1") == []

    def test_events_are_filtered_by_recorder(self, rich: Service) -> None:
        assert len(types(rich, recorded_by="desk")) == rich.sequence
        assert types(rich, recorded_by="another") == []

    def test_events_are_filtered_by_time(self, rich: Service) -> None:
        assert types(rich, effective_from="2025-05-22") == ["ForcesReturned", "CoalitionRenamed"]
        assert types(rich, effective_from="2025-05-15", effective_to="2025-05-19") == [
            "PledgeWithdrawn",
            "PledgeLapsed",
        ]
        late = rich.answer("/pledges/late")["history"][0]["event"]["recorded_at"]
        assert types(rich, recorded_from=late) == ["PledgeMade"]
        assert len(types(rich, recorded_to="2025-06-03")) == 20
        assert len(types(rich, effective_to="2025-05-21", type="PledgeLapsed")) == 1

    def test_filters_are_combined(self, rich: Service) -> None:
        assert types(rich, type="PledgeMade", actor="FRA", publisher="AFP", effective_to="2025-03") == ["PledgeMade"]
        assert types(rich, type="PledgeMade", actor="FRA", publisher="Yle") == []

    @pytest.mark.parametrize(
        "query",
        ["limit=0", "limit=1001", "limit=x", "cursor=x", "cursor=-1", "cursor=٣", "cursor=" + "9" * 40,
         "effective_from=soon", "recorded_to=2025-99", "effective_to=", "type=", "about=", "colour=red"],
    )  # fmt: skip
    def test_invalid_filters_are_refused(self, rich: Service, query: str) -> None:
        answer = rich.ask(f"/events?{query}")
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["parameter"] == query.partition("=")[0]

    def test_as_of(self, rich: Service) -> None:
        assert len(types(rich, sequence=20)) == 20
        assert len(types(rich, known_at="2025-06-02")) == 13
        assert types(rich, valid_at="2025-03-02") == [
            "CoalitionFormed",
            "MemberJoined",
            "MemberJoined",
            "EventRetracted",
            "SourceAdded",
            "WarningDismissed",
        ]
        reported = types(rich, known_axis="reported", known_at="2025-04-09")
        assert "PledgeMade" in reported  # Yle said so in March
        assert len(reported) < 5

    def test_future_events_are_on_record(self, service: Service) -> None:
        service.record(formed(), pledge("a", 10, "2100-01-01"))
        assert types(service) == ["CoalitionFormed", "PledgeMade"]
        assert types(service, valid_at="2099") == ["CoalitionFormed"]


class TestPages:
    def test_pages_leave_nothing_out(self, rich: Service) -> None:
        everything = [sequence for page in pages(rich, "limit=7") for sequence in page]
        assert everything == list(range(1, rich.sequence + 1))
        assert pages(rich, "limit=1000") == [everything]

    def test_the_last_page_has_no_next_even_if_full(self, service: Service) -> None:
        service.record(formed(), pledge("a"), pledge("b"), pledge("c"))
        assert pages(service, "limit=2") == [[1, 2], [3, 4]]

    def test_the_link_to_the_next_page_keeps_the_filters(self, rich: Service) -> None:
        found = pages(rich, "limit=2&type=PledgeMade&type=PledgeRaised&actor=GBR")
        assert [len(page) for page in found] == [2]
        assert len(pages(rich, "limit=5&publisher=AFP&type=PledgeMade")) == 4

    @pytest.mark.parametrize("axis", ["recorded", "reported"])
    def test_pages_stay_the_same_while_more_is_recorded(self, both: Service, axis: str) -> None:
        both.record(formed(), *(pledge(f"p{number}") for number in range(9)))
        first = both.ask(f"/events?limit=4&known_axis={axis}")
        both.record(pledge("new", sources=[{"publisher": "BBC", "published_on": "2025-01-01"}]))
        both.clock.advance(86_400)
        second = both.client.get(first.links["next"]["url"])
        third = both.client.get(second.links["next"]["url"])
        found = [item["sequence"] for page in (first, second, third) for item in page.json()["items"]]
        assert found == list(range(1, 11))
        assert "next" not in third.links
        assert first.json()["basis"] == second.json()["basis"] == third.json()["basis"]
        assert "immutable" in second.headers["cache-control"]

    def test_lines_of_json_have_pages_too(self, rich: Service) -> None:
        first = rich.ask("/events?limit=3", Accept=LINES)
        second = rich.client.get(first.links["next"]["url"], headers={"Accept": LINES})
        sequences = [json.loads(line)["sequence"] for line in (first.text + second.text).splitlines()]
        assert sequences == [1, 2, 3, 4, 5, 6]


class TestForms:
    def test_lines_of_json_are_the_same_events(self, rich: Service) -> None:
        answer = rich.ask("/events?limit=1000", Accept=LINES)
        assert answer.headers["content-type"] == LINES
        assert answer.text.endswith("\n")
        assert [json.loads(line) for line in answer.text.splitlines()] == rich.answer("/events?limit=1000")["items"]

    @pytest.mark.parametrize(
        ("accept", "given"),
        [
            ("*/*", JSON), ("application/*", JSON), ("application/json", JSON),
            (LINES, LINES), ("application/ndjson", "application/ndjson"), ("application/jsonl", "application/jsonl"),
            (f"{LINES}, application/json;q=0.5", LINES), (f"{LINES};q=0.5, application/json", JSON),
            (f"application/json;q=0.2, {LINES};q=0.3", LINES), (f"*/*;q=0.1, {LINES}", LINES),
            (f"{LINES};q=0, */*", JSON), ("application/json;q=0, */*", LINES),
            ("text/html, */*;q=0.8", JSON), ("APPLICATION/X-NDJSON", LINES), ("", JSON),
            (f"{LINES};q=x, application/json", JSON), (f"text/html,{LINES};q=0.001", LINES),
        ],
    )  # fmt: skip
    def test_the_client_chooses_the_format(self, rich: Service, accept: str, given: str) -> None:
        answer = rich.ask("/events?limit=1", Accept=accept)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == given
        assert "Accept" in answer.headers["vary"]

    @pytest.mark.parametrize("accept", ["text/html", "application/xml, text/*", "*/*;q=0", "application/json;q=0"])
    def test_a_format_that_is_not_available_is_refused(self, rich: Service, accept: str) -> None:
        for read in ("/events", "/picture", ""):
            if read == "/events" and accept == "application/json;q=0":
                continue
            answer = rich.ask(read, Accept=accept)
            assert answer.status_code == 406
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["errors"][0]["header"] == "Accept"

    def test_an_empty_page_of_lines_of_json_is_empty(self, rich: Service) -> None:
        assert rich.ask("/events?actor=MCO", Accept=LINES).content == b""


class TestOne:
    def test_an_event_is_shown_with_its_later_corrections(self, rich: Service) -> None:
        one = rich.answer(f"/events/{MISREAD_ID}")
        assert one["event"]["stands"] is False
        (correction,) = one["changes"]
        assert one["event"]["changed_by"] == [correction["event_id"]]
        assert correction["fact"]["type"] == "EventCorrected"
        assert rich.answer(f"/events/{correction['event_id']}")["event"]["stands"] is True

    def test_an_event_is_shown_with_its_added_sources(self, rich: Service) -> None:
        one = rich.answer(f"/events/{FORMED_ID}")
        assert one["event"]["stands"] is True
        assert one["event"]["supported_by"] == [one["changes"][0]["event_id"]]

    def test_an_event_is_shown_with_the_words_of_its_sources(self, both: Service) -> None:
        plain = {"publisher": "AFP", "published_on": "2025-04-12"}
        quoted = plain | {
            "quote": "Two lines:\r\n100 men",
            "accessed_on": "2025-04-13",
            "archived_url": "https://web.example.org/1",
        }
        events = both.record(formed(sources=[plain]), pledge("a", 100, sources=[quoted, plain]))
        as_recorded = [quoted | {"quote": "Two lines:\n100 men"}, plain]
        assert [event["fact"]["sources"] for event in events] == [[plain], as_recorded]
        assert both.answer(f"/events/{events[1]['event_id']}")["event"]["event"] == events[1]
        references = both.answer("/diff?from_valid_at=2025-01-01")["events"]
        cited = {ref["sequence"]: ref["sources"] for ref in references}
        assert [cited[2][0][name] for name in quoted] == [*as_recorded[0].values()]
        assert {"quote", "accessed_on", "archived_url"}.isdisjoint(cited[2][1].keys() | cited[1][0].keys())

    def test_an_event_is_shown_with_its_chain_of_corrections(self, service: Service) -> None:
        service.record(formed(), pledge("a", 100, event_id=TWICE_ID))
        (retraction,) = service.record({"type": "EventRetracted", "retracts": TWICE_ID, "reason": "no"})
        (other,) = service.record({"type": "EventRetracted", "retracts": retraction["event_id"], "reason": "yes"})
        one = service.answer(f"/events/{TWICE_ID}")
        assert one["event"]["stands"] is True
        assert [event["event_id"] for event in one["changes"]] == [retraction["event_id"], other["event_id"]]
        assert service.answer(f"/events/{retraction['event_id']}")["event"]["stands"] is False

    def test_a_corrected_correction_is_not_in_force(self, service: Service) -> None:
        service.record(formed(), pledge("a", 100, event_id=TWICE_ID))
        correcting = {"type": "EventCorrected", "reason": "misread"}
        (first,) = service.record(correcting | {"corrects": TWICE_ID, "replacement": pledge("a", 200)})
        (second,) = service.record(correcting | {"corrects": first["event_id"], "replacement": pledge("a", 300)})
        one = service.answer(f"/events/{first['event_id']}")["event"]
        assert (one["stands"], one["changed_by"]) == (False, [second["event_id"]])
        assert service.answer(f"/events/{second['event_id']}")["event"]["stands"] is True

    def test_as_of(self, rich: Service) -> None:
        then = rich.answer(f"/events/{MISREAD_ID}?known_at=2025-06-08")
        assert then["event"]["stands"] is True
        assert then["changes"] == []
        assert rich.ask(f"/events/{MISREAD_ID}?known_at=2025-06-02").status_code == 404

    def test_event_ids_may_be_in_upper_case(self, service: Service) -> None:
        (event,) = service.record(formed())
        assert service.answer(f"/events/{event['event_id'].upper()}")["event"]["event"] == event

    @pytest.mark.parametrize("event_id", ["x", "%20", "..%2f", "0195f0a0", "a" * 4000, "%F0%9F%98%80"])
    def test_an_invalid_id_is_not_found(self, rich: Service, event_id: str) -> None:
        assert rich.ask(f"/events/{event_id}").status_code == 404

    def test_an_event_is_written_as_it_was_recorded(self, service: Service) -> None:
        recorded = service.record(formed(), fact("MemberJoined", member="FRA", role="lead", note="so it is said"))
        for event in recorded:
            assert service.answer(f"/events/{event['event_id']}")["event"]["event"] == event
        assert [one["event"] for one in service.answer("/members/FRA")["history"]] == recorded[1:]


def test_different_spellings_of_a_publisher_are_the_same(service: Service) -> None:
    composed, decomposed = "Courrier D\u00e9fense", "Courrier De\u0301fense"
    sources = [[{"publisher": name, "published_on": "2025-06-01"}] for name in (composed, decomposed)]
    service.record(formed(), *(pledge(name, sources=given) for name, given in zip("pq", sources, strict=True)))
    for name in (composed, decomposed):
        found = service.client.get("/coalitions/willing/events", params={"publisher": name}).json()["items"]
        assert [event["fact"]["sources"][0]["publisher"] for event in found] == [composed] * 2


def test_an_export_over_http_equals_that_of_the_store_byte_for_byte(both: Service) -> None:
    both.record(formed(), *(pledge(f"of-{number}") for number in range(600)))
    answer = both.ask("/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.content == b"".join(both.ledger.export("willing"))
    assert (both.client.get("/coalitions/none/export").status_code) == 404
    assert both.ask("/export", Accept="application/json").status_code == 406
