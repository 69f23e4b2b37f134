"""The forms in which facts are entered: any fact can be, nothing typed is lost, and what was previewed is recorded."""

import json
import re
from html import unescape
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from api.forms.facts import texts_of
from api.forms.fields import form_of
from api.http.access import COOKIE
from domain.events import FACT, FACTS, fact_json
from tests.api import rich_coalition
from tests.api.conftest import service
from tests.api.facts import fact, formed, people, pledge
from tests.running.in_process import Service

__all__ = ["service"]

SCRIPT = "<script>alert(1)</script>"
SOURCE = {"sources.0.publisher": "Reuters", "sources.0.published_on": "29 July 2023"}
KENYA = {
    "contributor": "Kenya", "level": "pledged", "capability": "police", "quantity": "about 1,000",
    "effective_at": "29 July 2025",
} | SOURCE  # fmt: skip
ABOUT_THE_RECORD = ("EventCorrected", "EventRetracted", "SourceAdded", "WarningDismissed")


@pytest.fixture
def desk(service: Service) -> Service:
    """Serve a coalition with a pledge to a browser that signed in as ``desk``."""
    service.record(formed(), pledge("gbr-ground", 100))
    service.client.cookies.set(COOKIE, service.secret)
    return service


def send(service: Service, type_name: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
    return service.client.post(f"/c/willing/new/{type_name}", data=fields, headers=headers, follow_redirects=False)


def hidden(page: str) -> dict[str, str]:
    """What the form of a page sends beside what is typed."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    found += re.findall(r'<textarea hidden name="([^"]+)">\n?(.*?)</textarea>', page, re.DOTALL)
    return {name: unescape(value) for name, value in found}


def typed_in(page: str) -> dict[str, str]:
    """What stands in the fields of a page."""
    found = re.findall(r'<input id="f-[^"]*" name="([^"]+)"[^>]* value="([^"]*)"', page)
    found += re.findall(r'<textarea id="f-[^"]*" name="([^"]+)"[^>]*>\n(.*?)</textarea>', page, re.DOTALL)
    selects = re.findall(r'<select id="f-[^"]*" name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL)
    for name, options in selects:
        found += [(name, value) for value in re.findall(r'<option value="([^"]*)" selected>', options)]
    return {name: unescape(value) for name, value in found if value}


def faults(page: str) -> dict[str, str]:
    """What is said to be wrong, by field."""
    found = re.findall(r'id="f-([^"]*)-wrong">(.*?)</p>', page)
    return {name.replace("-", "."): unescape(text) for name, text in found}


def preview(service: Service, type_name: str, typed: dict[str, str]) -> str:
    """The page of a preview; fails if something is refused."""
    answer = send(service, type_name, typed | {"doing": "check"})
    assert answer.status_code == 200, (faults(answer.text), re.findall(r"<p>.*?</p>", answer.text)[:6])
    assert "nothing is recorded yet" in answer.text
    return answer.text


def recorded(service: Service, type_name: str, typed: dict[str, str]) -> list[Any]:
    """Preview and record; returns the events that were added."""
    before = service.sequence
    page = preview(service, type_name, typed)
    answer = send(service, type_name, typed_in(page) | hidden(page) | {"doing": "record"})
    assert answer.status_code == 303, faults(answer.text)
    assert answer.headers["location"] == f"/c/willing/new?recorded={before + 1}-{service.sequence}"
    assert service.client.get(answer.headers["location"]).status_code == 200
    events: list[Any] = service.answer("/events?limit=1000")["items"][before:]
    return events


def stated(fact: dict[str, Any]) -> dict[str, Any]:
    """A fact without what it leaves open, and without its id."""
    return {name: value for name, value in fact.items() if value not in (None, [], "") and name != "event_id"}


def test_a_rich_coalition_is_entered_fact_by_fact(service: Service) -> None:
    service.client.cookies.set(COOKIE, service.secret)
    types = set()
    money = {"unit": "EUR", "min": 5_000_000, "max": 5_000_000}
    others = [
        fact("ActorNamed", actor="org:nato", name="NATO"),
        pledge("money", quantity=money, capability="funding"),
        fact("FundsDisbursed", "2025-05-01", pledge="money", quantity=money),
        pledge("police"),
        fact("StrengthReported", "2025-05-01", pledge="police", quantity=people(10, 10)),
    ]
    for facts in (*rich_coalition.lists(), others):
        for one in facts:
            if one["type"] in ABOUT_THE_RECORD:
                continue
            if one["type"] == "CoalitionFormed":
                service.record(one)
                continue
            (event,) = recorded(service, one["type"], texts_of(one))
            assert stated(event["fact"]) == stated(json.loads(fact_json(FACT.validate_python(one))))
            types.add(one["type"])
    assert types == FACTS.keys() - {"CoalitionFormed", *ABOUT_THE_RECORD}


def test_no_field_of_a_fact_has_the_name_of_a_control(desk: Service) -> None:
    paths = {field.path for name in FACTS for field in form_of(name).fields}
    page = desk.client.get("/c/willing/new/PledgeMade").text
    controls = set(re.findall(r' name="([^"]+)"', page))
    assert {"doing", "then", "opened", "checked", "proposal_title"} <= controls
    later = {"ready", "seen", "shown", "key_to_sign_in"}
    assert not (controls - {field.path.replace("*", "0") for field in form_of("PledgeMade").fields} | later) & paths


@pytest.mark.parametrize("type_name", sorted(FACTS.keys() - set(ABOUT_THE_RECORD)))
def test_each_type_has_a_page(desk: Service, type_name: str) -> None:
    page = desk.client.get(f"/c/willing/new/{type_name}")
    assert page.status_code == 200
    assert len(page.content) < 120_000


def test_a_pledge_as_its_source_reports_it(desk: Service) -> None:
    page = preview(desk, "PledgeMade", KENYA)
    assert "Kenya pledged about 1,000 people for police" in page
    assert typed_in(page)["pledge"] == "kenya-police"
    (event,) = recorded(desk, "PledgeMade", KENYA)
    assert event["recorded_by"] == "desk"
    assert event["fact"]["contributor"] == "KEN"
    assert event["fact"]["quantity"]["min"] == 1000
    assert event["fact"]["sources"][0]["published_on"] == "2023-07-29"


def test_the_source_is_remembered(desk: Service) -> None:
    recorded(desk, "PledgeMade", KENYA)
    page = desk.client.get("/c/willing/new/ForcesDeployed?pledge=kenya-police").text
    assert typed_in(page) == {
        "pledge": "kenya-police", "sources.0.publisher": "Reuters", "sources.0.published_on": "2023-07-29",
    }  # fmt: skip


def test_the_name_of_a_second_pledge_is_another(desk: Service) -> None:
    recorded(desk, "PledgeMade", KENYA)
    assert typed_in(preview(desk, "PledgeMade", KENYA | {"quantity": "50"}))["pledge"] == "kenya-police-2"


class TestWhatIsWrong:
    def test_is_said_beside_its_field_and_all_that_was_typed_comes_back(self, desk: Service) -> None:
        typed = KENYA | {"contributor": "Kenia", "quantity": "lots", "effective_at": "31.02.2024", "note": SCRIPT}
        answer = send(desk, "PledgeMade", typed | {"doing": "record"})
        assert answer.status_code == 422
        assert faults(answer.text).keys() == {"contributor", "quantity", "effective_at"}
        assert "did you mean Kenya?" in faults(answer.text)["contributor"]
        assert typed_in(answer.text) == typed
        assert SCRIPT not in answer.text
        assert desk.sequence == 2

    def test_a_rule_that_would_be_broken(self, desk: Service) -> None:
        answer = send(desk, "PledgeMade", KENYA | {"pledge": "gbr-ground", "doing": "check"})
        assert answer.status_code == 422
        assert "pledge" in faults(answer.text)

    def test_a_name_that_is_not_on_record(self, desk: Service) -> None:
        raised = {"pledge": "gbr-grund", "level": "committed", "effective_at": "2025-05-01"} | SOURCE
        assert "did you mean gbr-ground?" in faults(send(desk, "PledgeRaised", raised).text)["pledge"]

    def test_a_fact_without_a_source(self, desk: Service) -> None:
        typed = {name: text for name, text in KENYA.items() if not name.startswith("sources")}
        answer = send(desk, "PledgeMade", typed | {"doing": "check"})
        assert answer.status_code == 422
        assert "ource" in answer.text
        assert typed_in(answer.text).items() >= typed.items()

    def test_all_that_is_missing_is_said_at_once(self, desk: Service) -> None:
        answer = send(desk, "PledgeMade", {"quantity": "lots", "doing": "check"})
        assert answer.status_code == 422
        assert faults(answer.text).keys() == {
            "contributor", "level", "capability", "quantity", "pledge", "effective_at", "sources.0.publisher",
        }  # fmt: skip

    def test_the_key_is_gone(self, desk: Service) -> None:
        desk.client.cookies.clear()
        answer = send(desk, "PledgeMade", KENYA | {"doing": "check"})
        assert answer.status_code == 401
        again = hidden(answer.text)
        assert again.items() >= KENYA.items()
        assert "nothing is recorded yet" in send(desk, "PledgeMade", again | {"key_to_sign_in": desk.secret}).text

    def test_a_form_from_another_site(self, desk: Service) -> None:
        assert send(desk, "PledgeMade", KENYA, origin="https://evil.example").status_code == 403

    @pytest.mark.parametrize("ready", ["{", "{}", "[1]", json.dumps([{}] * 51)])
    def test_facts_that_the_page_cannot_have_held(self, desk: Service, ready: str) -> None:
        assert send(desk, "PledgeMade", KENYA | {"ready": ready}).status_code == 422

    def test_an_address_that_names_no_field(self, desk: Service) -> None:
        assert desk.client.get("/c/willing/new/PledgeMade?plegde=x").status_code == 422

    def test_a_rule_that_would_be_far_larger_than_it_is_written(self, desk: Service) -> None:
        bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{later}: &{later} [{', '.join([f'*{name}'] * 9)}]\n" for name, later in pairwise("abcdefgh")
        )
        typed = {"condition": "c", "kind": "ceasefire", "description": "x", "effective_at": "2025-05-01", "rule": bomb}
        answer = send(desk, "ConditionStated", typed | SOURCE)
        assert answer.status_code == 422
        assert "10,000 values" in faults(answer.text)["rule"]

    def test_there_are_as_many_rows_as_were_typed(self, desk: Service) -> None:
        page = desk.client.get("/c/willing/new/PledgeMade?sources.999.publisher=x&sources.7.publisher=y")
        rows = {name: text for name, text in typed_in(page.text).items() if name.endswith("publisher")}
        assert rows == {"sources.0.publisher": "y", "sources.1.publisher": "x"}
        assert len(page.content) < 120_000
        assert desk.client.get("/c/willing/new/PledgeMade?sources.20000.publisher=x").status_code == 422

    def test_a_field_that_the_form_does_not_have(self, desk: Service) -> None:
        answer = send(desk, "PledgeMade", KENYA | {"quantity.max": "5"})
        assert answer.status_code == 422
        assert "quantity.max" in answer.text.lower()
        assert typed_in(answer.text).items() >= KENYA.items()

    @pytest.mark.parametrize(
        "ready",
        ['[{"type": "PledgeMade"}]', '[{"type": ["x"]}]', "[" * 60_000, '[{"type": "ActorNamed", "actor": 3}]',
         '[{"type": "PledgeMade", "quantity": NaN}]', '[{"type": "EventCorrected", "replacement": 1}]'],
    )  # fmt: skip
    def test_facts_that_are_ready_are_valid(self, desk: Service, ready: str) -> None:
        assert send(desk, "PledgeMade", KENYA | {"ready": ready}).status_code == 422

    def test_a_form_holds_no_more_facts_than_it_can_record(self, desk: Service) -> None:
        held = [pledge(f"p{number}") for number in range(50)]
        answer = send(desk, "PledgeMade", KENYA | {"ready": json.dumps(held), "doing": "add", "then": "PledgeMade"})
        assert answer.status_code == 422
        assert "record those that are ready first" in answer.text
        assert len(json.loads(hidden(answer.text)["ready"])) == 50
        assert typed_in(answer.text).items() >= KENYA.items()

    def test_a_type_without_a_form(self, desk: Service) -> None:
        assert desk.client.get("/c/willing/new/PledgeMad").status_code == 404
        assert desk.client.get("/c/willing/new/EventCorrected").status_code == 404


class TestRecording:
    def test_what_was_not_previewed_is_not_recorded(self, desk: Service) -> None:
        page = preview(desk, "PledgeMade", KENYA)
        answer = send(desk, "PledgeMade", hidden(page) | KENYA | {"quantity": "5,000", "doing": "record"})
        assert answer.status_code == 200
        assert "nothing is recorded yet" in answer.text
        assert desk.sequence == 2

    def test_a_form_that_is_sent_twice_counts_once(self, desk: Service) -> None:
        page = preview(desk, "PledgeMade", KENYA)
        sent = typed_in(page) | hidden(page) | {"doing": "record"}
        assert [send(desk, "PledgeMade", sent).status_code for _ in range(2)] == [303, 303]
        assert desk.sequence == 3

    def test_the_record_moves_on_before_the_form_is_sent(self, desk: Service) -> None:
        raised = {"pledge": "gbr-ground", "level": "committed", "effective_at": "2025-05-01"} | SOURCE
        page = preview(desk, "PledgeRaised", raised)
        desk.record(fact("PledgeWithdrawn", "2025-04-20", pledge="gbr-ground"))
        answer = send(desk, "PledgeRaised", typed_in(page) | hidden(page) | {"doing": "record"})
        assert answer.status_code == 409
        assert typed_in(answer.text).items() >= raised.items()
        assert "Recorded meanwhile" in answer.text
        assert desk.sequence == 3

    def test_the_picture_moves_on_before_the_form_is_sent(self, desk: Service) -> None:
        page = preview(desk, "PledgeMade", KENYA)
        desk.record(pledge("fra-ground", 700, contributor="FRA"))
        answer = send(desk, "PledgeMade", typed_in(page) | hidden(page) | {"doing": "record"})
        assert answer.status_code == 200
        assert "the record has moved on since the preview" in answer.text
        assert "Recorded meanwhile" in answer.text
        assert desk.sequence == 3
        again = send(desk, "PledgeMade", typed_in(answer.text) | hidden(answer.text) | {"doing": "record"})
        assert again.status_code == 303

    def test_what_does_not_matter_to_the_preview_does_not_hold_it_up(self, desk: Service) -> None:
        page = preview(desk, "PledgeMade", KENYA)
        desk.record(fact("StatementMade", statement="s", kind="political", by=["GBR"], text="Soon"))
        answer = send(desk, "PledgeMade", typed_in(page) | hidden(page) | {"doing": "record"})
        assert answer.status_code == 303

    def test_several_facts_from_one_source_are_recorded_together(self, desk: Service) -> None:
        first = send(desk, "PledgeMade", KENYA | {"doing": "add", "then": "ForcesDeployed"})
        assert first.status_code == 200, faults(first.text)
        assert typed_in(first.text) == SOURCE
        second = {"pledge": "kenya-police", "quantity": "400", "effective_at": "25 June 2026"}
        events = recorded(desk, "ForcesDeployed", hidden(first.text) | typed_in(first.text) | second)
        assert [event["fact"]["type"] for event in events] == ["PledgeMade", "ForcesDeployed"]
        assert len({event["recorded_at"] for event in events}) == 1

    def test_a_fact_that_is_ready_can_be_removed_or_recorded_alone(self, desk: Service) -> None:
        first = send(desk, "PledgeMade", KENYA | {"doing": "add", "then": "ForcesDeployed"})
        (event,) = recorded(desk, "ForcesDeployed", hidden(first.text) | typed_in(first.text))
        assert event["fact"]["type"] == "PledgeMade"
        removed = send(desk, "ForcesDeployed", hidden(first.text) | {"doing": "remove-0"})
        assert "ready" not in hidden(removed.text)

    def test_a_fact_that_is_ready_is_opened_again(self, desk: Service) -> None:
        first = send(desk, "PledgeMade", KENYA | {"doing": "add", "then": "ForcesDeployed"})
        second = {"pledge": "kenya-police", "quantity": "400", "effective_at": "25 June 2026"}
        sent = hidden(first.text) | typed_in(first.text) | second
        edited = send(desk, "ForcesDeployed", sent | {"doing": "edit-0"})
        assert typed_in(edited.text).items() >= {"contributor": "KEN", "quantity": "about 1,000 people"}.items()
        assert 'action="/c/willing/new/PledgeMade"' in edited.text
        assert [one["type"] for one in json.loads(hidden(edited.text)["ready"])] == ["ForcesDeployed"]

    def test_the_words_of_one_fact_are_not_those_of_the_next(self, desk: Service) -> None:
        typed = KENYA | {"sources.0.quote": "a thousand", "sources.0.locator": "p. 3"}
        assert typed_in(send(desk, "PledgeMade", typed | {"doing": "add", "then": "ForcesDeployed"}).text) == SOURCE
        recorded(desk, "PledgeMade", typed)
        assert typed_in(desk.client.get("/c/willing/new/PledgeMade").text).keys() == SOURCE.keys()

    def test_a_warning_is_dismissed_by_the_number_of_its_event(self, desk: Service) -> None:
        (event,) = recorded(desk, "PledgeMade", KENYA | {"effective_at": "2024"})
        page = desk.client.get("/c/willing/warnings").text
        (address,) = set(re.findall(r'href="(/c/willing/new/WarningDismissed[^"]*BeforeTheFormation)"', page))
        typed = typed_in(desk.client.get(unescape(address)).text) | {"reason": "looked into it"}
        assert typed["event"] == "3"
        (dismissal,) = recorded(desk, "WarningDismissed", typed)
        assert dismissal["fact"]["event"] == event["event_id"]

    def test_a_double_is_recorded_as_another_source(self, desk: Service) -> None:
        deployed = {"pledge": "gbr-ground", "quantity": "50", "effective_at": "2025-05-01"} | SOURCE
        recorded(desk, "ForcesDeployed", deployed)
        again = deployed | {"sources.0.publisher": "AFP"}
        page = preview(desk, "ForcesDeployed", again)
        assert "Record it as another source instead" in page
        mended = send(desk, "ForcesDeployed", typed_in(page) | hidden(page) | {"doing": "remedy-0"})
        (event,) = recorded(desk, "ForcesDeployed", typed_in(mended.text) | hidden(mended.text))
        assert event["fact"]["type"] == "SourceAdded"
        assert event["fact"]["sources"][0]["publisher"] == "AFP"

    def test_proposing_needs_a_title_and_records_nothing(self, desk: Service) -> None:
        assert send(desk, "PledgeMade", KENYA | {"doing": "propose"}).status_code == 422
        long = send(desk, "PledgeMade", KENYA | {"doing": "propose", "proposal_title": "x" * 5_000})
        assert (long.status_code, "wrong-proposal_title" in long.text) == (422, True)
        kept = send(desk, "PledgeMade", KENYA | {"doing": "add", "then": "PledgeMade", "proposal_title": "Police"})
        assert 'value="Police"' in kept.text
        answer = send(desk, "PledgeMade", KENYA | {"doing": "propose", "proposal_title": "Kenya's police"})
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].startswith("/c/willing/new?proposed=")
        assert desk.sequence == 2
        assert desk.client.get(answer.headers["location"]).status_code == 200


def test_a_form_of_a_large_coalition_stays_small(desk: Service) -> None:
    desk.record(*(pledge(f"of-{number}", number) for number in range(1, 900)))
    desk.record(fact("ActorNamed", actor="org:nato", name="the North Atlantic Treaty Organization", short="NATO"))
    page = desk.client.get("/c/willing/new/PledgeRaised").text
    assert len(page) < 120_000
    assert '<option value="of-899">United Kingdom, ground forces</option>' in page
    assert '<option value="NATO">org:nato</option>' in desk.client.get("/c/willing/new/PledgeMade").text


def test_record_is_offered_to_those_who_are_signed_in(desk: Service) -> None:
    assert 'href="/c/willing/new"' in desk.client.get("/c/willing").text
    desk.client.cookies.clear()
    assert 'href="/c/willing/new"' not in desk.client.get("/c/willing").text
