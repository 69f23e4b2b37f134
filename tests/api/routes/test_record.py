"""Recording: answers, refusals, idempotency keys and If-Match."""

import json
from typing import Any
from uuid import UUID

import pytest

from domain.ledger import stream_key
from tests.api.facts import fact, formed, people, pledge
from tests.running.in_process import Service


def errors(answer: Any) -> list[dict[str, Any]]:
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["detail"]
    return problem["errors"]


def names(answer: Any) -> str:
    return str(answer.json()["type"])


class TestRecording:
    def test_the_first_fact_forms_the_coalition(self, both: Service) -> None:
        answer = both.post(formed())
        assert answer.status_code == 201, answer.text
        assert answer.headers["etag"] == '"1"'
        (event,) = answer.json()["events"]
        assert event["coalition"] == "willing"
        assert event["sequence"] == 1
        assert event["recorded_by"] == "desk"
        assert event["recorded_at"] == "2025-06-01T12:00:00.000000Z"
        assert UUID(event["event_id"])
        assert event["fact"] == formed() | {"theatre": [], "leads": []}
        assert answer.headers["location"] == f"/coalitions/willing/events/{event['event_id']}"
        assert both.client.get(answer.headers["location"]).json()["event"]["event"] == event

    def test_a_list_is_recorded_at_one_time_in_its_order(self, both: Service) -> None:
        answer = both.post([formed(), pledge("a"), pledge("b")])
        assert answer.status_code == 201
        assert answer.headers["etag"] == '"3"'
        assert "location" not in answer.headers
        events = answer.json()["events"]
        assert [event["sequence"] for event in events] == [1, 2, 3]
        assert [event["fact"].get("pledge") for event in events] == [None, "a", "b"]
        assert len({event["recorded_at"] for event in events}) == 1

    def test_lines_of_json_are_a_list(self, service: Service) -> None:
        lines = "\n".join(json.dumps(one) for one in (formed(), pledge("a"))) + "\n"
        headers = service.key | {"Content-Type": "application/x-ndjson"}
        answer = service.client.post("/coalitions/willing/events", content=lines, headers=headers)
        assert answer.status_code == 201
        assert answer.headers["etag"] == '"2"'

    def test_a_list_of_one_is_a_list(self, service: Service) -> None:
        answer = service.post([formed()])
        assert answer.headers["location"].startswith("/coalitions/willing/events/")
        assert len(answer.json()["events"]) == 1

    def test_an_id_from_the_client_is_kept_in_lower_case(self, service: Service) -> None:
        made = "0195F0A0-0000-7000-8000-00000000ABCD"
        (event,) = service.record(formed(event_id=made))
        assert event["event_id"] == made.lower()
        assert "event_id" not in event["fact"] or event["fact"]["event_id"] == made.lower()
        again = service.post(pledge("a", event_id=made))
        assert again.status_code == 409
        assert errors(again)[0]["rule"] == "IdAlreadyUsed"

    def test_a_list_may_have_a_thousand_facts(self, service: Service) -> None:
        facts = [formed(), *(pledge(f"p{number}") for number in range(999))]
        answer = service.post(facts)
        assert answer.status_code == 201
        assert answer.headers["etag"] == '"1000"'
        assert service.post([*facts, pledge("more")], coalition="other").status_code == 413

    def test_events_read_back_as_they_were_answered(self, both: Service) -> None:
        recorded = both.record(formed(), pledge("a"), fact("PledgeRaised", pledge="a", level="committed"))
        assert both.answer("/events")["items"] == recorded


class TestRefusing:
    def test_a_broken_rule_is_named_with_its_field_and_the_colliding_events(self, both: Service) -> None:
        _, made = both.record(formed(), pledge("a", 1000))
        answer = both.post(fact("PledgeWithdrawn", pledge="a", quantity=people(2000, 2000)))
        assert answer.status_code == 409
        assert names(answer) == "/problems/rule-broken"
        (error,) = errors(answer)
        assert error["rule"] == "WithdrawsMoreThanIsLeft"
        assert error["pointer"] == "/quantity"
        assert error["collides_with"] == [made["event_id"]]
        assert both.sequence == 2

    def test_a_list_is_refused_as_a_whole_with_all_its_errors(self, both: Service) -> None:
        both.record(formed())
        answer = both.post([
            pledge("a"),
            pledge("a"),
            fact("PledgeRaised", pledge="nowhere", level="committed"),
            fact("PledgeRaised", pledge="a", level="floated"),
        ])  # fmt: skip
        assert answer.status_code == 409
        found = [(error["pointer"], error["rule"]) for error in errors(answer)]
        assert found == [
            ("/1/pledge", "IdAlreadyUsed"),
            ("/2/pledge", "UnknownId"),
            ("/3/level", "LevelDoesNotMoveThatWay"),
        ]
        assert both.sequence == 1

    def test_every_invalid_field_is_reported_with_its_index(self, service: Service) -> None:
        service.record(formed())
        wrong = [
            pledge("a", contributor="United Kingdom"),
            {"type": "PledgeMade"},
            pledge("c", level="maybe", surprise=1),
        ]
        answer = service.post(wrong)
        assert answer.status_code == 422
        assert names(answer) == "/problems/validation"
        pointers = {error["pointer"] for error in errors(answer)}
        assert {"/0/contributor", "/1/pledge", "/1/sources", "/2/level", "/2/surprise"} <= pointers
        assert service.sequence == 1

    def test_clients_cannot_set_the_record_details(self, service: Service) -> None:
        service.record(formed())
        envelope: dict[str, Any] = {
            "recorded_by": "somebody else", "recorded_at": "2025-01-01T00:00:00Z", "sequence": 7, "coalition": "other",
            "idempotency_key": "k",
        }  # fmt: skip
        for name, value in envelope.items():
            answer = service.post(pledge("a", **{name: value}))
            assert answer.status_code == 422
            assert [error["pointer"] for error in errors(answer)] == [f"/{name}"]
        assert service.sequence == 1

    def test_a_coalition_begins_with_its_formation(self, both: Service) -> None:
        answer = both.post(pledge("a"))
        assert answer.status_code == 409
        assert errors(answer)[0]["rule"] == "BeginsWithItsFormation"
        assert both.client.get("/coalitions").json() == {"coalitions": []}
        assert both.ask("").status_code == 404

    @pytest.mark.parametrize(
        "slug", ["Willing", "-willing", "willing.", "w" * 101, "a b", "ü", "a%2Fb", "%F0%9F%8C%8D"]
    )
    def test_a_coalitions_name_is_a_slug(self, service: Service, slug: str) -> None:
        answer = service.post(formed(), coalition=slug)
        assert answer.status_code in (404, 422), answer.text
        assert service.client.get("/coalitions").json() == {"coalitions": []}

    def test_unknown_parameters_are_refused_when_recording(self, service: Service) -> None:
        answer = service.client.post("/coalitions/willing/events?dry_run=true", json=formed(), headers=service.key)
        assert answer.status_code == 422
        assert errors(answer)[0]["parameter"] == "dry_run"


class TestIdempotency:
    def test_the_same_request_gets_the_first_answer_byte_for_byte(self, both: Service) -> None:
        both.record(formed())
        first = both.post(pledge("a"), Idempotency_Key='"k-1"')
        both.record(pledge("b"))
        both.clock.advance()
        again = both.post(pledge("a"), Idempotency_Key='"k-1"')
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["etag"] == first.headers["etag"] == '"2"'
        assert again.headers["location"] == first.headers["location"]
        assert again.headers["idempotency-replayed"] == "true"
        assert both.sequence == 3

    def test_a_bare_key_is_the_same_key(self, service: Service) -> None:
        first = service.post(formed(), Idempotency_Key='"k-1"')
        again = service.post(formed(), Idempotency_Key="k-1")
        assert again.content == first.content

    def test_white_space_and_the_order_of_keys_do_not_matter(self, service: Service) -> None:
        first = service.post(formed(), Idempotency_Key="k")
        spelt = json.dumps(dict(reversed(formed().items())), indent=3).replace("willing", "wi\\u006cling")
        headers = service.key | {"Content-Type": "application/json", "Idempotency-Key": "k"}
        again = service.client.post("/coalitions/willing/events", content=spelt, headers=headers)
        assert (again.status_code, again.content) == (201, first.content)

    def test_a_key_with_another_body_is_refused(self, both: Service) -> None:
        both.post(formed(), Idempotency_Key="k")
        answer = both.post(formed("Another name"), Idempotency_Key="k")
        assert answer.status_code == 422
        assert names(answer) == "/problems/idempotency-key-reused"
        assert both.sequence == 1

    def test_a_list_in_another_order_is_another_body(self, service: Service) -> None:
        service.record(formed())
        service.post([pledge("a"), pledge("b")], Idempotency_Key="k")
        assert service.post([pledge("b"), pledge("a")], Idempotency_Key="k").status_code == 422

    def test_a_key_is_looked_up_before_the_rules_and_before_if_match(self, both: Service) -> None:
        both.record(formed())
        first = both.post(pledge("a"), Idempotency_Key="k", If_Match='"1"')
        again = both.post(pledge("a"), Idempotency_Key="k", If_Match='"1"')
        assert (again.status_code, again.content) == (201, first.content)
        assert both.post(pledge("a"), If_Match='"1"').status_code == 412

    def test_a_refusal_does_not_use_up_a_key(self, both: Service) -> None:
        both.record(formed())
        raised = fact("PledgeRaised", pledge="a", level="committed")
        assert both.post(raised, Idempotency_Key="k").status_code == 409
        both.record(pledge("a"))
        assert both.post(raised, Idempotency_Key="k").status_code == 201

    def test_a_key_belongs_to_its_coalition(self, service: Service) -> None:
        assert service.post(formed(), Idempotency_Key="k").status_code == 201
        assert service.post(formed("Other"), coalition="other", Idempotency_Key="k").status_code == 201

    def test_events_carry_the_key_of_their_request(self, service: Service) -> None:
        answer = service.post([formed(), pledge("a")], Idempotency_Key='"k \\"1\\""')
        assert {event["idempotency_key"] for event in answer.json()["events"]} == {'k "1"'}

    @pytest.mark.parametrize("key", ["", '""', " ", "k" * 256, '"' + "k" * 256 + '"', "k\x7f", "schl\xfcssel", "\t"])
    def test_an_invalid_key_is_refused(self, service: Service, key: str) -> None:
        headers = [
            (b"idempotency-key", key.encode("latin-1")),
            (b"authorization", service.key["Authorization"].encode()),
        ]
        answer = service.client.post("/coalitions/willing/events", json=formed(), headers=headers)
        assert answer.status_code == 400, answer.text
        assert names(answer) == "/problems/idempotency-key-invalid"
        assert errors(answer)[0]["header"] == "Idempotency-Key"
        assert service.client.get("/coalitions").json() == {"coalitions": []}

    def test_two_keys_are_refused(self, service: Service) -> None:
        headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b"), ("Authorization", service.key["Authorization"])]
        answer = service.client.post("/coalitions/willing/events", json=formed(), headers=headers)
        assert answer.status_code == 400

    def test_a_key_of_the_greatest_length_is_accepted(self, both: Service) -> None:
        assert both.post(formed(), Idempotency_Key="k" * 255).status_code == 201


class TestIfMatch:
    def test_a_matching_write_is_recorded_and_answered_with_the_next_tag(self, both: Service) -> None:
        assert both.post(formed(), If_Match='"0"').status_code == 201
        assert both.ask("").headers["etag"] == '"1"'
        answer = both.post(pledge("a"), If_Match=both.ask("").headers["etag"])
        assert answer.headers["etag"] == '"2"'

    def test_a_stale_match_is_answered_with_the_current_tag(self, both: Service) -> None:
        both.record(formed(), pledge("a"))
        answer = both.post(pledge("b"), If_Match='"1"')
        assert answer.status_code == 412
        assert names(answer) == "/problems/precondition-failed"
        assert answer.headers["etag"] == '"2"'
        assert both.sequence == 2

    @pytest.mark.parametrize("header", ['"2"', "*", ' "2" ', '"1", "2"', '"7","2"', 'W/"2", "2"', '"abc", "2"'])
    def test_if_match_accepts_the_current_tag(self, service: Service, header: str) -> None:
        service.record(formed(), pledge("a"))
        assert service.post(pledge("b"), If_Match=header).status_code == 201

    @pytest.mark.parametrize(
        "header", ['"1"', '"3"', 'W/"2"', '"02"', '"abc"', '""', '"1", "3"', '"99999999999999999999"']
    )
    def test_if_match_refuses_other_tags(self, service: Service, header: str) -> None:
        service.record(formed(), pledge("a"))
        answer = service.post(pledge("b"), If_Match=header)
        assert answer.status_code == 412
        assert answer.headers["etag"] == '"2"'
        assert answer.json()["detail"] == "the stream is at sequence 2, not at the one in If-Match"

    def test_if_match_refuses_an_unknown_coalition(self, service: Service) -> None:
        answer = service.post(formed(), If_Match="*")
        assert answer.status_code == 412
        assert answer.headers["etag"] == '"0"'
        assert answer.json()["detail"] == "the coalition does not exist yet"

    @pytest.mark.parametrize("header", ["2", "", '"2', "2,3", '"2" "3"', "**", 'w/"2"'])
    def test_an_invalid_if_match_is_refused(self, service: Service, header: str) -> None:
        service.record(formed(), pledge("a"))
        answer = service.post(pledge("b"), If_Match=header)
        assert answer.status_code == 422, answer.text
        assert errors(answer)[0]["header"] == "If-Match"


def test_a_refused_write_leaves_no_trace_of_its_coalition(service: Service) -> None:
    for number in range(30):
        answer = service.post(fact("MemberJoined", member="FRA", role="lead"), coalition=f"new-{number}")
        assert answer.status_code == 409
    answer = service.post(formed(), coalition="stale", If_Match='"7"')
    assert answer.status_code == 412
    assert service.ledger.memory.names() == []
    service.record(formed())
    service.post(formed())
    assert service.ledger.memory.names() == [stream_key("willing")]
    service.record(formed(), coalition="new-1")
    assert service.client.get("/coalitions/new-1").json()["sequence"] == 1
