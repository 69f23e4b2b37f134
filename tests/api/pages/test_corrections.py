"""Forms about an event: a preview first, then the facts that the API would record; nothing typed is lost."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import httpx2
import pytest

from api.http.access import COOKIE
from domain.events import RECORD_TYPES
from tests.api.conftest import rich, service
from tests.api.facts import SOURCES, formed, people, pledge
from tests.api.rich_coalition import lists
from tests.running.in_process import Service

__all__ = ["rich", "service"]

SCRIPT = "<script>alert(1)</script>"
SOURCE = {
    "record.sources.0.publisher": "AFP",
    "record.sources.0.published_on": "2025-05-01",
    "record.sources.0.quote": "one\r\ntwo",
}
RETRACTION = {"record.reason": "recorded twice", "record.whose": "ours"}

REASON, WHOSE, SOURCED = "record.reason", "record.whose", "record.sources.0"
SOURCE = {f"{SOURCED}.publisher": "AFP", f"{SOURCED}.published_on": "1 May 2025", f"{SOURCED}.quote": "one\r\ntwo"}
RETRACTION = {REASON: "recorded twice", WHOSE: "ours"}
CORRECTION = RETRACTION | {REASON: "misread"}


@pytest.fixture
def desk(service: Service) -> Service:
    """Serve a coalition with a pledge to a browser that signed in as ``desk``."""
    return ready(service)


def ready(service: Service) -> Service:
    service.record(formed(), pledge("a", 100))
    service.client.cookies.set(COOKIE, service.secret)
    return service


def events(service: Service) -> list[Any]:
    items: list[Any] = service.answer("/events?limit=1000")["items"]
    return items


def address(service: Service, doing: str, sequence: int = 2) -> str:
    return f"/c/willing/record/{events(service)[sequence - 1]['event_id']}/{doing}"


def send(service: Service, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
    return service.client.post(path, data=fields, headers=headers, follow_redirects=False)


def fields(page: str) -> dict[str, str]:
    """What the form of a page sends if nothing is changed."""
    form = page.partition('id="mend"')[2]
    found = dict(re.findall(r'<input (?![^>]*type="radio")[^>]*?name="([^"]+)"[^>]*? value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea [^>]*?name="([^"]+)"[^>]*>\n([^<]*)</textarea>', form))
    for name, options in re.findall(r'<select [^>]*?name="([^"]+)"[^>]*>(.*?)</select>', form):
        chosen = re.findall(r'value="([^"]*)" selected', options)
        found[name] = chosen[0] if chosen else ""
    return {name: unescape(value) for name, value in found.items()}


def beside(page: str, field: str) -> str:
    """The fault beside a field."""
    ids = (f"wrong-{field}", f"f-{field.replace('.', '-')}-wrong")
    found = [text for one in ids for text in re.findall(rf'<p class="wrong" id="{one}">([^<]*)</p>', page)]
    return unescape("".join(found))


def previewed(service: Service, path: str, typed: dict[str, str]) -> dict[str, str]:
    """All that the form of a preview sends; fails if there is no preview."""
    opened = fields(service.client.get(path).text)
    answer = send(service, path, opened | typed | {"doing": "check"})
    assert answer.status_code == 200, answer.text
    assert "nothing is recorded yet" in answer.text
    return fields(answer.text) | typed | {"doing": "record"}


def recorded(service: Service, path: str, typed: dict[str, str]) -> list[Any]:
    """Preview and record; returns the events that were added."""
    before = service.sequence
    answer = send(service, path, previewed(service, path, typed))
    assert answer.status_code == 303, answer.text
    added = events(service)[before:]
    assert answer.headers["location"] == f"/c/willing/record/{added[-1]['event_id']}"
    return added


# --- retracting -------------------------------------------------------------------------------------------------------


def test_our_error_is_retracted_without_sources(desk: Service) -> None:
    (event,) = recorded(desk, address(desk, "retract"), RETRACTION)
    assert event["recorded_by"] == "desk"
    assert event["fact"]["type"] == "EventRetracted"
    assert event["fact"]["reason"] == "recorded twice"
    assert event["fact"]["sources"] == []
    assert desk.answer("/pledges")["items"] == []


def test_what_the_source_withdrew_is_retracted_with_that_source(desk: Service) -> None:
    (event,) = recorded(
        desk, address(desk, "retract"), {"record.reason": "withdrawn", "record.whose": "source"} | SOURCE
    )
    assert event["fact"]["sources"] == [{"publisher": "AFP", "published_on": "2025-05-01", "quote": "one\ntwo"}]
    asked = "/pledges?known_axis=reported&valid_at=2025-06-01&known_at="
    assert [len(desk.answer(asked + day)["items"]) for day in ("2025-04-30", "2025-05-01")] == [1, 0]


def test_an_event_is_retracted_with_its_corrections(desk: Service) -> None:
    correction = {"type": "EventCorrected", "reason": "misread"}
    last = events(desk)[1]["event_id"]
    for size in (200, 300):
        (event,) = desk.record(correction | {"corrects": last, "replacement": pledge("a", size)})
        last = event["event_id"]
    page = desk.client.get(address(desk, "retract")).text
    assert "2 corrections of it are retracted as well: event 4, event 3." in page
    numbers = {event["event_id"]: event["sequence"] for event in events(desk)}
    added = recorded(desk, address(desk, "retract"), RETRACTION)
    assert [numbers[event["fact"]["retracts"]] for event in added] == [4, 3, 2]
    assert desk.answer("/pledges")["items"] == []


def test_one_correction_is_undone_on_its_own_page(desk: Service) -> None:
    first = events(desk)[1]["event_id"]
    desk.record({"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)})
    recorded(desk, address(desk, "retract", 3), RETRACTION)
    assert desk.answer("/pledges")["items"][0]["quantity"]["max"] == 100


def test_a_retraction_is_undone_on_its_own_page(desk: Service) -> None:
    (event,) = recorded(desk, address(desk, "retract"), RETRACTION)
    assert "there is nothing to retract" in desk.client.get(address(desk, "retract")).text
    recorded(desk, address(desk, "retract", event["sequence"]), RETRACTION)
    assert len(desk.answer("/pledges")["items"]) == 1


def test_the_formation_is_not_retracted(desk: Service) -> None:
    assert "formation of a coalition cannot be retracted" in desk.client.get(address(desk, "retract", 1)).text


# --- correcting -------------------------------------------------------------------------------------------------------


def test_our_error_is_corrected_as_if_it_had_been_right_from_the_start(desk: Service) -> None:
    path = address(desk, "correct")
    assert fields(desk.client.get(path).text)["fact.quantity"] == "100 people"
    (event,) = recorded(desk, path, CORRECTION | {"fact.quantity": "about 200"})
    fact = event["fact"]
    assert (fact["type"], fact["corrects"], fact["reason"]) == (
        "EventCorrected", events(desk)[1]["event_id"], "misread",
    )  # fmt: skip
    assert fact["sources"] == []
    made = events(desk)[1]["fact"]
    about_200 = {"min": 200, "max": 200, "unit": "personnel", "approximate": True, "measure": "in_place"}
    assert {name: value for name, value in fact["replacement"].items() if name != "quantity"} == {
        name: value for name, value in made.items() if name not in ("event_id", "quantity")
    }
    assert fact["replacement"]["quantity"].items() <= about_200.items()
    asked = "/pledges?known_axis=reported&valid_at=2025-06-01&known_at=2025-04-10"
    assert desk.answer(asked)["items"][0]["quantity"]["max"] == 200


def test_a_source_that_corrected_itself_is_known_from_its_publication(desk: Service) -> None:
    typed = {REASON: "a typing error there", WHOSE: "source", "fact.quantity": "200"} | SOURCE
    recorded(desk, address(desk, "correct"), typed)
    asked = "/pledges?known_axis=reported&valid_at=2025-06-01&known_at="
    sizes = [desk.answer(asked + day)["items"][0]["quantity"]["max"] for day in ("2025-04-30", "2025-05-01")]
    assert sizes == [100, 200]


def test_what_differs_is_marked_in_the_preview(desk: Service) -> None:
    path = address(desk, "correct")
    typed = fields(desk.client.get(path).text) | CORRECTION | {"fact.quantity": "200", "fact.note": "see p. 2"}
    page = send(desk, path, typed | {"doing": "check"}).text
    table = page.partition("What differs")[2].partition("</table>")[0]
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr class.*?</tr>", table)]
    assert [" ".join(row) for row in rows] == [
        "Size 100 people 200 people",
        "Note for readers of the record none see p. 2",
    ]
    assert "1,000" not in table


def test_a_correction_is_filled_with_what_stands_and_corrects_it(desk: Service) -> None:
    recorded(desk, address(desk, "correct"), CORRECTION | {"fact.quantity": "200"})
    for sequence, size in ((2, 300), (3, 400)):
        path = address(desk, "correct", sequence)
        filled = fields(desk.client.get(path).text)["fact.quantity"]
        assert filled == f"{size - 100} people"
        (event,) = recorded(desk, path, CORRECTION | {"fact.quantity": str(size)})
        assert event["fact"]["corrects"] == events(desk)[event["sequence"] - 2]["event_id"]
    assert desk.answer("/pledges")["items"][0]["quantity"]["max"] == 400


@pytest.mark.parametrize("typed", [{}, {"fact.quantity": "100"}, {"fact.quantity": " 100  people "}])
def test_a_correction_that_changes_nothing_is_refused_in_words(desk: Service, typed: dict[str, str]) -> None:
    path = address(desk, "correct")
    answer = send(desk, path, fields(desk.client.get(path).text) | CORRECTION | typed | {"doing": "check"})
    assert answer.status_code == 422
    assert "This corrects nothing" in answer.text


def test_a_race_comes_back_filled_in_with_what_stands_now_beside_it(desk: Service) -> None:
    path = address(desk, "correct")
    form = previewed(desk, path, CORRECTION | {"fact.quantity": "300"})
    recorded(desk, path, CORRECTION | {"fact.quantity": "200"})
    answer = send(desk, path, form)
    assert (answer.status_code, desk.sequence) == (412, 3)
    assert fields(answer.text)["fact.quantity"] == "300"
    assert "In force now: 200 people" in answer.text
    again = fields(answer.text) | CORRECTION
    preview = send(desk, path, again | {"doing": "check"})
    assert send(desk, path, fields(preview.text) | CORRECTION | {"doing": "record"}).status_code == 303
    assert desk.answer("/pledges")["items"][0]["quantity"]["max"] == 300


def test_two_who_correct_at_once_are_told(both: Service) -> None:
    ready(both)
    path = address(both, "correct")
    forms = [previewed(both, path, CORRECTION | {"fact.quantity": str(size)}) for size in range(200, 208)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda form: send(both, path, form), forms))
    assert sorted(answer.status_code for answer in answers) == [303, *[412] * 7]
    for answer, form in zip(answers, forms, strict=True):
        if answer.status_code == 412:
            assert "Event 2 was corrected or retracted by event 3" in answer.text
            assert fields(answer.text)["fact.quantity"] == form["fact.quantity"]
            assert "In force now: 20" in answer.text
    assert both.sequence == 3


def test_rows_and_fields_taken_away_stay_as_they_were(desk: Service) -> None:
    phases = [{"from": "2025-05-01", "quantity": people(10, 20)}, {"from": "2025-07-01", "quantity": people(50, 50)}]
    caveats = [{"caveat": "c", "kind": "task", "text": "No\n\npatrols, at night"}]
    sources = [{"publisher": "AFP", "title": "One,  two"}, {"publisher": "BBC", "quote": " kept \n as it is"}]
    (made,) = desk.record(pledge("b", 50, phases=phases, caveats=caveats, sources=sources, note="x"))
    (amended,) = desk.record(
        {"type": "PledgeAmended", "pledge": "b", "effective_at": "2025-05-01", "sources": SOURCES, "expires_on": None}
    )
    for event, typed in ((made, {"fact.level": "committed"}), (amended, {"fact.notice_to_move_days": "10"})):
        (correction,) = recorded(desk, address(desk, "correct", event["sequence"]), CORRECTION | typed)
        changed = next(iter(typed)).removeprefix("fact.")
        before = {name: value for name, value in event["fact"].items() if name not in ("event_id", changed)}
        after = {name: value for name, value in correction["fact"]["replacement"].items() if name != changed}
        assert after == before


def test_rows_that_a_form_has_no_room_for_stay_as_they_were(desk: Service) -> None:
    sources = [{"publisher": f"paper {number}", "title": f"page {number}"} for number in range(60)]
    (made,) = desk.record(pledge("b", 50, sources=sources))
    path = address(desk, "correct", made["sequence"])
    shown = fields(desk.client.get(path).text)
    assert {name for name in shown if name.endswith(".publisher") and name.startswith("fact.")} == {
        f"fact.sources.{number}.publisher" for number in range(40)
    }
    typed = shown | CORRECTION | {"fact.sources.3.publisher": "another"}
    preview = send(desk, path, typed | {"doing": "check"})
    assert preview.text.count('<tr class="differs">') == 1
    answer = send(desk, path, fields(preview.text) | CORRECTION | {"doing": "record"})
    assert answer.status_code == 303
    replaced = events(desk)[-1]["fact"]["replacement"]["sources"]
    sources[3]["publisher"] = "another"
    assert replaced == sources


@pytest.mark.parametrize(
    "name",
    [
        "fact.nothing", "fact.", "fact..", "fact.sources", "fact.sources.0", "fact.sources.x.publisher",
        "fact.sources.\u0662.publisher", "fact.sources.99999999999999999999.publisher", "fact.attribution",
        "fact.quantity.text", "fact.quantity.min", "fact.type", "fact.event_id", "record.nothing", "record.retracts",
        "record.sources.5000.publisher", "nothing", "seen", "about", "sequence", "doing",
    ],
)  # fmt: skip
@pytest.mark.parametrize("doing", ["correct", "retract", "source"])
def test_a_field_that_no_form_sends_is_refused_or_does_nothing(desk: Service, doing: str, name: str) -> None:
    path = address(desk, doing)
    typed = fields(desk.client.get(path).text) | CORRECTION | {"fact.quantity": "5", name: f"{SCRIPT}."}
    for button in ("check", "record"):
        answer = send(desk, path, typed | {"doing": button})
        assert answer.status_code in (200, 412, 422), answer.text
        assert SCRIPT not in answer.text
    assert desk.sequence == 2


@pytest.mark.parametrize("name", sorted({fact["type"] for facts in lists() for fact in facts} - set(RECORD_TYPES)))
def test_the_form_of_every_type_says_what_stands_and_reads_it_back(rich: Service, name: str) -> None:
    rich.client.cookies.set(COOKIE, rich.secret)
    found = [event for event in events(rich) if event["fact"]["type"] == name]
    assert found
    for event in found:
        path = f"/c/willing/record/{event['event_id']}/correct"
        page = rich.client.get(path)
        if "is retracted by event" in page.text:
            continue
        unchanged = fields(page.text) | CORRECTION
        assert "This corrects nothing" in send(rich, path, unchanged | {"doing": "check"}).text
        preview = send(rich, path, unchanged | {"fact.note": "another note", "doing": "check"})
        assert preview.status_code == 200, unescape(preview.text)
        assert preview.text.count('<tr class="differs">') == 1


# --- adding a source --------------------------------------------------------------------------------------------------


def test_a_source_is_added_to_what_stands(desk: Service) -> None:
    first = events(desk)[1]["event_id"]
    (correction,) = desk.record(
        {"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)}
    )
    (event,) = recorded(desk, address(desk, "source"), SOURCE)
    assert event["fact"]["event"] == correction["event_id"]
    assert event["fact"]["sources"] == [{"publisher": "AFP", "published_on": "2025-05-01", "quote": "one\ntwo"}]


# --- what cannot be recorded ------------------------------------------------------------------------------------------

REFUSED = [
    ("retract", {WHOSE: "ours"}, REASON, "State the reason."),
    ("retract", {REASON: "x"}, WHOSE, "Choose whose error it was."),
    ("retract", {REASON: "x", WHOSE: "nobody's"}, WHOSE, "Choose whose error it was."),
    ("retract", {REASON: "x", WHOSE: "source"}, f"{SOURCED}.publisher", "State the source"),
    ("retract", {REASON: "a\u202eb", WHOSE: "ours"}, REASON, "U+202E"),
    ("source", {}, f"{SOURCED}.publisher", ""),
    ("source", SOURCE | {f"{SOURCED}.quote": "y" * 1_001}, f"{SOURCED}.quote", "at most 1,000 characters"),
    ("source", SOURCE | {f"{SOURCED}.url": "javascript:alert(1)"}, f"{SOURCED}.url", ""),
    ("source", SOURCE | {f"{SOURCED}.archived_url": "https://name:word@example.org"}, f"{SOURCED}.archived_url",
     "password"),
    ("source", SOURCE | {f"{SOURCED}.accessed_on": "30 February 2025"}, f"{SOURCED}.accessed_on", ""),
    ("source", SOURCE | {f"{SOURCED}.reliability": "G"}, f"{SOURCED}.reliability", ""),
    ("correct", CORRECTION | {"fact.quantity": "a few"}, "fact.quantity", ""),
    ("correct", CORRECTION | {"fact.contributor": "Kenia"}, "fact.contributor", "Kenya"),
    ("correct", CORRECTION | {"fact.effective_at": "1/2/2025"}, "fact.effective_at", ""),
    ("correct", CORRECTION | {"fact.pledge": "another"}, "fact.pledge", "not another"),
    ("correct", CORRECTION | {"fact.level": ""}, "fact.level", "missing"),
    ("correct", CORRECTION | {"fact.sources.0.publisher": ""}, "fact.sources.0.publisher", "missing"),
    ("correct", {"fact.quantity": "200", WHOSE: "ours"}, REASON, "State the reason."),
    ("correct", {"fact.quantity": "200", REASON: "x"}, WHOSE, "Choose whose error it was."),
]  # fmt: skip


@pytest.mark.parametrize(("doing", "typed", "field", "message"), REFUSED)
def test_a_fault_is_shown_beside_its_field_and_nothing_is_recorded(
    desk: Service, doing: str, typed: dict[str, str], field: str, message: str
) -> None:
    path = address(desk, doing)
    for button in ("check", "record"):
        answer = send(desk, path, fields(desk.client.get(path).text) | typed | {"doing": button})
        assert answer.status_code == 422
        assert beside(answer.text, field)
        assert message in beside(answer.text, field)
        assert "Nothing was recorded." in answer.text
    assert desk.sequence == 2


def test_nothing_typed_is_lost_or_run(desk: Service) -> None:
    typed = {
        REASON: f"{SCRIPT}\n\nand more",
        WHOSE: "source",
        f"{SOURCED}.title": '"><b>',
        f"{SOURCED}.quote": "\nfirst",
    }
    answer = send(desk, address(desk, "retract"), typed)
    assert SCRIPT not in answer.text
    shown = unescape(answer.text)
    assert f"{SCRIPT}\n\nand more</textarea>" in shown
    assert 'value="source" required checked' in answer.text
    assert 'value=""><b>"' in shown


def test_what_is_recorded_is_what_was_seen(desk: Service) -> None:
    path = address(desk, "retract")
    form = previewed(desk, path, RETRACTION)
    answer = send(desk, path, form | {REASON: "another"})
    assert (answer.status_code, desk.sequence) == (200, 2)
    assert "nothing is recorded yet" in answer.text
    assert send(desk, path, RETRACTION | {"doing": "record"}).status_code == 200
    assert desk.sequence == 2


@pytest.mark.parametrize(
    ("doing", "typed"),
    [("source", SOURCE), ("retract", RETRACTION), ("correct", CORRECTION | {"fact.quantity": "200"})],
)
def test_a_form_that_is_sent_twice_counts_once(both: Service, doing: str, typed: dict[str, str]) -> None:
    ready(both)
    path = address(both, doing)
    form = previewed(both, path, typed)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: send(both, path, form), range(4)))
    answers.append(send(both, path, form))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert both.sequence == 3


def test_an_event_that_was_changed_meanwhile_is_not_changed_unseen(desk: Service) -> None:
    path = address(desk, "retract")
    form = previewed(desk, path, RETRACTION)
    first = events(desk)[1]["event_id"]
    desk.record({"type": "EventCorrected", "reason": "x", "corrects": first, "replacement": pledge("a", 200)})
    answer = send(desk, path, form)
    assert answer.status_code == 412
    assert "Event 2 was corrected or retracted by event 3 after this form was opened" in answer.text
    assert "recorded twice" in answer.text
    assert desk.sequence == 3
    assert send(desk, path, fields(answer.text) | RETRACTION).status_code == 200


def test_a_form_without_a_key_keeps_what_was_typed_and_goes_on_with_one(desk: Service) -> None:
    path = address(desk, "source")
    typed = SOURCE | {"record.sources.0.title": f"\n{SCRIPT}"}
    opened = fields(desk.client.get(path).text)
    desk.client.cookies.clear()
    answer = send(desk, path, opened | typed | {"doing": "check"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert SCRIPT not in answer.text
    kept = dict(re.findall(r'<textarea hidden name="([^"]+)">\n([^<]*)</textarea>', answer.text))
    kept = {name: unescape(value) for name, value in kept.items()}
    sent = {name: value.replace("\r\n", "\n").strip() for name, value in (opened | typed).items()}
    assert kept == {name: value for name, value in sent.items() if value} | {"doing": "check"}
    wrong = send(desk, path, kept | {"key_to_sign_in": "coal_not-one"})
    assert wrong.status_code == 401
    assert "unknown or revoked" in wrong.text
    assert "coal_not-one" not in wrong.text
    again = send(desk, path, kept | {"key_to_sign_in": desk.secret})
    assert again.status_code == 200
    assert "nothing is recorded yet" in again.text
    assert desk.secret not in again.text
    assert send(desk, path, fields(again.text) | typed | {"doing": "record"}).status_code == 303


@pytest.mark.parametrize("doing", ["correct", "retract", "source"])
def test_a_form_from_another_site_does_nothing(desk: Service, doing: str) -> None:
    path = address(desk, doing)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert send(desk, path, RETRACTION | SOURCE, **headers).status_code == 403
    assert desk.sequence == 2


def test_unknown_events_are_not_found(desk: Service) -> None:
    for path in ("/c/willing/record/nothing/retract", "/c/nowhere/record/nothing/source"):
        assert desk.client.get(path).status_code == 404
        assert send(desk, path, RETRACTION).status_code == 404


def test_the_page_of_an_event_offers_what_can_be_done(desk: Service) -> None:
    page = desk.client.get(address(desk, "")[:-1]).text
    assert all(f"/{doing}" in page for doing in ("correct", "retract", "source"))
    assert "/retract" not in desk.client.get(address(desk, "", 1)[:-1]).text
    desk.client.cookies.clear()
    assert "/retract" not in desk.client.get(address(desk, "")[:-1]).text


def test_an_effect_that_was_not_previewed_is_shown_first(desk: Service) -> None:
    path = address(desk, "retract")
    sent = previewed(desk, path, RETRACTION)
    desk.record(pledge("b", 50))
    answer = send(desk, path, sent)
    assert answer.status_code == 200
    assert "the record has moved on since the preview" in answer.text
    assert desk.sequence == 3
