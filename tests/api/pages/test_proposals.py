"""The pages of proposals: facts are accepted, declined and discussed by forms, each of which counts once."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from api.http.access import COOKIE
from domain.ledger import Keys
from tests.api.conftest import service
from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service

__all__ = ["service"]

SCRIPT = "<script>alert(1)</script>"
PATH = "/c/willing/proposals/figures-of-may"


@pytest.fixture
def signed_in(service: Service) -> Service:
    """Serve a coalition with a proposal of three facts to a browser that signed in as ``boss``."""
    return ready(service)


def ready(service: Service) -> Service:
    """Record a coalition, propose facts as ``desk``, and bring the cookie of ``boss``."""
    service.record(formed(), pledge("a", 100))
    propose(service, pledge("b", 500), fact("PledgeReaffirmed", pledge="b"), pledge("c", 70))
    service.client.cookies.set(COOKIE, Keys(service.ledger).add("boss"))
    return service


def propose(service: Service, *facts: Any, name: str = "Figures of May", **more: Any) -> None:
    body = {"name": name, "purpose": "proposal", "changes": [{"assume": one} for one in facts], **more}
    answer = service.client.post("/coalitions/willing/scenarios", json=body, headers=service.key)
    assert answer.status_code == 201, answer.text


def send(service: Service, doing: str, **fields: str) -> httpx2.Response:
    form = {"sequence": "1", "doing": doing} | fields
    return service.client.post(PATH, data=form, follow_redirects=False)


def page(service: Service, path: str = PATH) -> str:
    answer = service.client.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def statuses(service: Service) -> list[str]:
    return [one["status"] for one in service.answer("/scenarios/figures-of-may/proposal")["facts"]]


def test_a_page_shows_each_fact_what_it_needs_and_what_all_would_change(signed_in: Service) -> None:
    shown = page(signed_in)
    assert "Proposed by desk" in shown
    assert "It needs fact 1 , which is not accepted yet" in shown
    assert "3 facts: 3 open" in shown
    assert "100 → 670" in shown


def test_facts_are_accepted_one_by_one_and_together(signed_in: Service) -> None:
    assert send(signed_in, "accept", fact="3").status_code == 303
    assert statuses(signed_in) == ["open", "open", "accepted"]
    assert "Accepted by boss" in page(signed_in)
    assert send(signed_in, "accept_all", open="1,2").status_code == 303
    assert statuses(signed_in) == ["accepted"] * 3
    recorded = signed_in.answer("/events?valid_at=2100")["items"]
    assert [event["proposed"]["number"] for event in recorded if "proposed" in event] == [3, 1, 2]


def test_a_fact_that_needs_another_is_not_accepted_alone(signed_in: Service) -> None:
    answer = send(signed_in, "accept", fact="2")
    assert (answer.status_code, "Fact 2 needs fact 1" in answer.text) == (409, True)
    assert statuses(signed_in) == ["open"] * 3


def test_declining_needs_a_reason_and_keeps_the_selection(signed_in: Service) -> None:
    answer = send(signed_in, "decline", fact="3")
    assert (answer.status_code, "say why" in answer.text.lower()) == (422, True)
    assert re.search(r'value="3" form="selection" checked', answer.text)
    assert send(signed_in, "decline", fact="3", reason=SCRIPT).status_code == 303
    assert (statuses(signed_in)[2], SCRIPT in signed_in.client.get(PATH).text) == ("declined", False)


def test_a_selection_is_checked_without_being_recorded(signed_in: Service) -> None:
    before = signed_in.sequence
    answer = send(signed_in, "check", fact="3")
    assert (answer.status_code, signed_in.sequence) == (200, before)
    assert "What the selected facts would change" in answer.text
    assert send(signed_in, "check").status_code == 422


def test_what_was_accepted_meanwhile_is_said_and_nothing_typed_is_lost(signed_in: Service) -> None:
    send(signed_in, "accept", fact="3")
    answer = send(signed_in, "decline", fact="3", reason="I have doubts")
    assert answer.status_code == 409
    assert "accepted by boss" in answer.text
    assert "I have doubts" in answer.text


def test_an_edited_fact_is_not_accepted_unseen(signed_in: Service) -> None:
    edit = {"change": {"assume": pledge("c", 7_000)}}
    address = "/coalitions/willing/scenarios/figures-of-may/changes/3/replace"
    assert signed_in.client.post(address, json=edit, headers=signed_in.key).status_code == 201
    answer = send(signed_in, "accept", fact="3")
    assert (answer.status_code, statuses(signed_in)[2]) == (412, "open")
    assert "edited by desk" in answer.text
    assert send(signed_in, "accept", fact="3", sequence="2").status_code == 303


@pytest.mark.parametrize("doing", ["accept", "comment"])
def test_a_form_that_is_sent_twice_at_once_counts_once(both: Service, doing: str) -> None:
    ready(both)
    fields = {"fact": "3"} if doing == "accept" else {"text": "Why?"}
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: send(both, doing, **fields), range(4)))
    assert [answer.status_code for answer in answers] == [303] * 4
    item = both.answer("/scenarios/figures-of-may/proposal")
    assert (both.sequence, len(item["comments"])) == ((3, 0) if doing == "accept" else (2, 1))


def test_a_discussion_and_its_end(signed_in: Service) -> None:
    assert send(signed_in, "comment", text="Which page?\nOf what?", about="2").status_code == 303
    assert send(signed_in, "comment").status_code == 422
    assert "Which page?" in page(signed_in)
    assert send(signed_in, "withdraw", why="a mistake").status_code == 303
    assert "withdrawn by boss" in page(signed_in)
    assert send(signed_in, "accept", fact="1").status_code == 409
    assert send(signed_in, "comment", text="A pity").status_code == 303


def test_the_same_key_may_accept_and_the_page_says_so(signed_in: Service) -> None:
    signed_in.client.cookies.set(COOKIE, signed_in.secret)
    send(signed_in, "accept", fact="3")
    assert "Proposed and accepted by the same key." in page(signed_in)


def test_a_form_without_a_key_asks_for_one_and_loses_nothing(signed_in: Service) -> None:
    signed_in.client.cookies.clear()
    answer = send(signed_in, "comment", text="Long thoughts")
    assert (answer.status_code, "Long thoughts" in answer.text) == (401, True)
    form = {"sequence": "1", "doing": "comment", "text": "Long thoughts", "key_to_sign_in": signed_in.secret}
    assert signed_in.client.post(PATH, data=form, follow_redirects=False).status_code == 303
    assert "Long thoughts" in page(signed_in)


def test_forms_from_elsewhere_and_nonsense_are_refused(signed_in: Service) -> None:
    form = {"sequence": "1", "doing": "accept", "fact": "1"}
    assert signed_in.client.post(PATH, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    for wrong in ({"fact": "x"}, {"fact": "99"}, {"sequence": "x", "fact": "1"}, {"fact": "1" * 40}, {"doing": "burn"}):
        assert signed_in.client.post(PATH, data=form | wrong).status_code in (409, 422), wrong
    assert signed_in.client.post(f"{PATH}-not", data=form).status_code == 404
    assert statuses(signed_in) == ["open"] * 3


def test_the_list_has_open_proposals_first(signed_in: Service) -> None:
    assert "Nothing has been proposed." not in page(signed_in, "/c/willing/proposals")
    send(signed_in, "withdraw")
    signed_in.clock.advance()
    propose(signed_in, pledge("d", 5), name="Later")
    signed_in.clock.advance()
    propose(signed_in, pledge("e", 5), name="Latest")
    shown = page(signed_in, "/c/willing/proposals")
    assert shown.index("Latest") < shown.index("Later ") < shown.index("Figures of May")
    assert signed_in.client.get("/c/willing/proposals.csv").text.splitlines()[3].endswith("withdrawn,3 facts: 3 open,0")
    assert signed_in.client.get(f"{PATH}/facts.csv").text.count("open") == 3


def test_html_in_every_field_is_text(signed_in: Service) -> None:
    hostile = pledge("d", 5) | {"note": SCRIPT, "sources": [{"publisher": SCRIPT, "title": SCRIPT}]}
    propose(signed_in, hostile, name=SCRIPT, description=SCRIPT, scenario="hostile")
    for path in ("/c/willing/proposals", "/c/willing/proposals/hostile"):
        assert SCRIPT not in signed_in.client.get(path).text


def test_what_was_accepted_says_who_proposed_it(signed_in: Service) -> None:
    send(signed_in, "accept", fact="3")
    recorded = signed_in.answer("/events?valid_at=2100")["items"]
    assert ["proposed" in event for event in recorded] == [False, False, True]
    for path in ("/c/willing/record?valid_at=2100", f"/c/willing/record/{recorded[2]['event_id']}"):
        assert "Proposed by desk, accepted by boss" in page(signed_in, path)
    assert "Proposed by" not in page(signed_in, f"/c/willing/record/{recorded[1]['event_id']}")


def test_a_what_if_has_a_page_of_its_own(signed_in: Service) -> None:
    body = {"name": "As hoped", "changes": [{"assume": pledge("d", 5)}]}
    signed_in.client.post("/coalitions/willing/scenarios", json=body, headers=signed_in.key)
    answer = signed_in.client.get("/c/willing/proposals/as-hoped", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/c/willing/scenarios/as-hoped")
    assert "As hoped" not in page(signed_in, "/c/willing/proposals")
    assert "Figures of May" not in page(signed_in, "/c/willing/scenarios")


# --- editing a fact ---------------------------------------------------------------------------------------------------


def filled(service: Service, number: int) -> dict[str, str]:
    """What the form of a fact is filled with, as a browser would send it."""
    answer = service.client.get(f"{PATH}/{number}")
    assert answer.status_code == 200, answer.text
    form = answer.text.partition('<form class="form wide"')[2]
    fields = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]*value="([^"]*)"', form))
    fields |= dict(re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def edit(service: Service, number: int, **changed: str) -> httpx2.Response:
    form = filled(service, number) | {name.replace("__", "."): value for name, value in changed.items()}
    return service.client.post(f"{PATH}/{number}", data=form, follow_redirects=False)


def test_a_fact_is_edited_in_the_form_that_it_fills(signed_in: Service) -> None:
    before = signed_in.answer("/scenarios/figures-of-may/proposal")["facts"][2]["fact"]
    assert edit(signed_in, 3).status_code == 303
    assert signed_in.answer("/scenarios/figures-of-may/proposal")["facts"][2]["fact"] == before
    assert edit(signed_in, 3, fact__quantity="about 450", why="as the ministry says").status_code == 303
    item = signed_in.answer("/scenarios/figures-of-may/proposal")["facts"][2]
    assert (item["fact"]["quantity"]["min"], item["fact"]["event_id"]) == (450, before["event_id"])
    assert (item["edited"]["by"], item["edited"]["text"]) == ("boss", "as the ministry says")
    assert "Edited by boss" in page(signed_in)


def test_what_cannot_be_read_or_recorded_is_said_beside_the_field_and_stays(signed_in: Service) -> None:
    answer = edit(signed_in, 3, fact__quantity="plenty", fact__note="Long thoughts")
    assert (answer.status_code, 'id="f-fact-quantity-wrong"' in answer.text) == (422, True)
    assert "Long thoughts" in answer.text
    answer = edit(signed_in, 3, fact__pledge="a", fact__note="Long thoughts")
    assert (answer.status_code, "Long thoughts" in answer.text) == (409, True)
    assert 'id="f-fact-pledge-wrong"' in answer.text
    assert "Edited by" not in page(signed_in)


def test_an_edit_of_what_was_edited_or_accepted_meanwhile_is_refused_and_stays(signed_in: Service) -> None:
    form = filled(signed_in, 3) | {"fact.note": "Long thoughts"}
    assert edit(signed_in, 3, fact__quantity="80").status_code == 303
    answer = signed_in.client.post(f"{PATH}/3", data=form)
    assert (answer.status_code, "edited by boss" in answer.text, "Long thoughts" in answer.text) == (412, True, True)
    form = filled(signed_in, 3) | {"fact.note": "Long thoughts"}
    assert send(signed_in, "accept", fact="3", sequence="2").status_code == 303
    answer = signed_in.client.post(f"{PATH}/3", data=form)
    assert (answer.status_code, "was accepted" in answer.text) == (409, True)
    assert signed_in.client.get(f"{PATH}/99").status_code == 404


def test_a_proposed_correction_is_edited_by_the_fact_that_would_stand(signed_in: Service) -> None:
    event_id = signed_in.answer("/events?valid_at=2100")["items"][1]["event_id"]
    correction = {
        "type": "EventCorrected", "corrects": event_id, "replacement": pledge("a", 90), "reason": "a digit",
    }  # fmt: skip
    propose(signed_in, correction, scenario="corrections", name="Corrections")
    path = "/c/willing/proposals/corrections/1"
    form = {"sequence": "1", "fact.pledge": "a", "fact.contributor": "GBR", "fact.level": "pledged",
            "fact.capability": "ground_forces", "fact.quantity": "95", "fact.effective_at": "2025-04-10",
            "fact.sources.0.publisher": "news report"}  # fmt: skip
    assert signed_in.client.get(path).status_code == 200
    answer = signed_in.client.post(path, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    [item] = signed_in.answer("/scenarios/corrections/proposal")["facts"]
    assert (item["fact"]["replacement"]["quantity"]["min"], item["fact"]["reason"]) == (95, "a digit")


def test_a_form_that_proposes_is_sent_twice_and_counts_once(signed_in: Service) -> None:
    form = {
        "contributor": "FRA", "level": "pledged", "capability": "ground_forces", "quantity": "70",
        "effective_at": "2025-05-02", "pledge": "fra", "sources.0.publisher": "AFP", "opened": "2", "doing": "propose",
        "proposal_title": "Twice",
    }  # fmt: skip
    answers = [signed_in.client.post("/c/willing/new/PledgeMade", data=form, follow_redirects=False) for _ in range(2)]
    assert {(answer.status_code, answer.headers["location"]) for answer in answers} == {
        (303, "/c/willing/new?proposed=twice")
    }
    assert "Twice" in page(signed_in, "/c/willing/proposals/twice")
