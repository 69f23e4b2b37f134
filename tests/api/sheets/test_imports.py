"""Importing a sheet again: what is new is recorded, what changed is amended or corrected, and nothing is repeated."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.api.facts import fact, formed, pledge
from tests.running.in_process import Service

MAPPING = """
mapping: contingents
key: [Country]
source: {publisher: Secretariat, published_on: '2025-05-01'}
renamed: {Republic of Kenya: Kenya}
facts:
  - name: pledge
    type: PledgeMade
    vanished: VANISHED
    fields:
      pledge: {slug: '{Country.code} police'}
      contributor: {column: Country}
      level: {column: Level, empty: pledged}
      capability: police
      quantity: {column: Officers, unit: personnel}
      effective_at: {column: Date}
      note: {column: Note}
"""
HEADER = "Country,Officers,Date,Level,Note\n"
KENYA, JAMAICA, BENIN = "Kenya,1000,2025-05-01,,\n", "Jamaica,200,2025-05-02,,\n", "Benin,1500,2025-05-03,,\n"
Rows = dict[str, Any]


@pytest.fixture
def ready(both: Service) -> Service:
    """Serve a coalition on each kind of store."""
    both.record(formed())
    return both


def ask(service: Service, rows: str, *, vanished: str = "keep", mapping: str = MAPPING, **answers: str) -> Rows:
    """What importing some rows would record."""
    files = {
        "sheet": ("s.csv", (HEADER + rows).encode()),
        "mapping": ("m.yaml", mapping.replace("VANISHED", vanished).encode()),
    }
    answer = service.client.post("/coalitions/willing/imports", files=files, data=answers, headers=service.key)
    assert answer.status_code == 200, answer.text
    found: Rows = answer.json()
    return found


def facts_in(check: Rows) -> list[Rows]:
    return [one for row in check["rows"] for one in row["facts"]]


def record(service: Service, rows: str, **more: str) -> Rows:
    """Import some rows."""
    check = ask(service, rows, **more)
    assert check["can_be_recorded"], check
    service.record(*facts_in(check))
    return check


def fates(check: Rows) -> dict[str, str]:
    return {row["key"][0]: row["fate"] for row in check["rows"]}


def sizes(service: Service) -> dict[str, int]:
    items = service.answer("/pledges?known_at=2030-01-01&valid_at=2030-01-01")["items"]
    return {item["pledge"]: item["quantity"]["max"] for item in items}


def test_every_event_says_where_it_comes_from(ready: Service) -> None:
    check = record(ready, KENYA)
    [row] = check["rows"]
    [recorded] = row["facts"]
    event = ready.answer(f"/events/{recorded['event_id']}")["event"]["event"]
    assert event["fact"]["imported"] == {
        "mapping": "contingents", "part": "pledge", "key": ["Kenya"], "row": 2,
        "digest": recorded["imported"]["digest"],
    }  # fmt: skip


def test_rows_that_were_moved_and_spelt_otherwise_say_nothing_new(ready: Service) -> None:
    record(ready, KENYA + JAMAICA)
    again = ask(ready, JAMAICA + "\n,,,,\n" + KENYA.replace("Kenya", " KENYA "))
    assert fates(again) == {"Jamaica": "unchanged", "KENYA": "unchanged"}


def test_a_row_whose_key_was_renamed_is_told_by_the_mapping(ready: Service) -> None:
    record(ready, KENYA)
    renamed = KENYA.replace("Kenya", "Republic of Kenya")
    assert fates(ask(ready, renamed.replace("Republic of Kenya", "KEN"))) == {"KEN": "new", "Kenya": "left alone"}
    mapping = MAPPING.replace("contributor: {column: Country}", "contributor: KEN").replace("{Country.code}", "ken")
    assert fates(ask(ready, renamed, mapping=mapping)) == {"Kenya": "unchanged"}


def test_a_changed_row_is_undecided_until_somebody_says_what_changed(ready: Service) -> None:
    record(ready, KENYA + JAMAICA)
    check = ask(ready, KENYA.replace("1000", "1200") + JAMAICA + BENIN)
    assert fates(check) == {"Kenya": "undecided", "Jamaica": "unchanged", "Benin": "new"}
    assert (check["is_undecided"], check["can_be_recorded"]) == (True, False)
    assert check["rows"][0]["differs"] == [
        {"field": "quantity", "label": "Size", "before": "1,000 people", "after": "1,200 people"}
    ]


def test_a_change_in_the_world_is_an_amendment(ready: Service) -> None:
    record(ready, KENYA)
    changed = "Kenya,1200,2025-05-20,committed,\n"
    check = record(ready, changed, changed="amend")
    assert [one["type"] for one in facts_in(check)] == ["PledgeAmended", "PledgeRaised"]
    assert {one["effective_at"] for one in facts_in(check)} == {"2025-05-20"}
    assert fates(ask(ready, changed)) == {"Kenya": "unchanged"}
    further = record(ready, "Kenya,1300,2025-05-25,committed,\n", changed="amend")
    assert [one["type"] for one in facts_in(further)] == ["PledgeAmended"]
    assert sizes(ready) == {"ken-police": 1300}


def test_a_change_needs_the_day_from_which_it_holds(ready: Service) -> None:
    record(ready, KENYA)
    changed = KENYA.replace("1000", "1200")
    refused = ask(ready, changed, changed="amend")
    assert fates(refused) == {"Kenya": "refused"}
    assert "state as_of" in refused["rows"][0]["detail"]
    assert not refused["can_be_recorded"]
    check = record(ready, changed, changed="amend", as_of="20 May 2025")
    assert facts_in(check)[0]["effective_at"] == "2025-05-20"
    assert fates(ask(ready, changed)) == {"Kenya": "unchanged"}


def test_an_error_is_corrected_also_in_an_amendment(ready: Service) -> None:
    record(ready, KENYA)
    record(ready, "Kenya,1200,2025-05-20,,\n", changed="amend")
    check = record(ready, "Kenya,1250,2025-05-20,,\n", changed="correct")
    [correction] = facts_in(check)
    assert (correction["type"], correction["replacement"]["type"]) == ("EventCorrected", "PledgeAmended")
    assert correction["replacement"]["effective_at"] == "2025-05-20"
    record(ready, "Kenya,1260,2025-05-20,,\n", changed="correct")
    assert sizes(ready) == {"ken-police": 1260}


def test_another_note_is_a_correction_whatever_is_said_of_the_others(ready: Service) -> None:
    record(ready, KENYA)
    check = record(ready, "Kenya,1000,2025-05-01,,By letter\n", changed="amend", as_of="2025-05-20")
    assert [one["type"] for one in facts_in(check)] == ["EventCorrected"]


def test_what_was_corrected_by_hand_is_not_undone(ready: Service) -> None:
    record(ready, KENYA + JAMAICA)
    first, second = (event for event in ready.answer("/events")["items"] if event["fact"]["type"] == "PledgeMade")
    replacement = {name: value for name, value in first["fact"].items() if name not in ("event_id", "imported")}
    replacement["quantity"] = {"min": 1100, "max": 1100, "unit": "personnel"}
    ready.record({"type": "EventCorrected", "corrects": first["event_id"], "replacement": replacement, "reason": "a"},
                 {"type": "EventRetracted", "retracts": second["event_id"], "reason": "b"})  # fmt: skip
    check = ask(ready, KENYA + JAMAICA)
    assert fates(check) == {"Kenya": "by hand", "Jamaica": "by hand"}
    assert [row["about"] for row in check["rows"]] == [4, 5]
    assert facts_in(check) == []
    edited = ask(ready, KENYA.replace("1000", "1200") + JAMAICA, changed="correct")
    assert fates(edited) == {"Kenya": "corrected", "Jamaica": "by hand"}
    assert edited["rows"][0]["detail"] == "it was corrected by hand since; this replaces that"
    ready.record(*facts_in(edited))
    assert sizes(ready) == {"ken-police": 1200}
    agreed = ask(ready, KENYA.replace("1000", "1200") + JAMAICA)
    assert fates(agreed)["Kenya"] == "unchanged"


def test_a_row_that_states_what_was_corrected_by_hand_changes_nothing(ready: Service) -> None:
    record(ready, KENYA)
    first = ready.answer("/events")["items"][-1]
    replacement = {name: value for name, value in first["fact"].items() if name not in ("event_id", "imported")}
    replacement["quantity"] = {"min": 1100, "max": 1100, "unit": "personnel"}
    ready.record(
        {"type": "EventCorrected", "corrects": first["event_id"], "replacement": replacement, "reason": "a digit"}
    )
    assert fates(ask(ready, KENYA.replace("1000", "1100"))) == {"Kenya": "unchanged"}


@pytest.mark.parametrize(
    ("vanished", "fate", "type_name"), [("end", "ended", "PledgeWithdrawn"), ("retract", "retracted", "EventRetracted")]
)
def test_a_row_that_vanished(ready: Service, vanished: str, fate: str, type_name: str) -> None:
    record(ready, KENYA + JAMAICA, vanished=vanished)
    check = record(ready, KENYA, vanished=vanished, as_of="2025-05-20")
    assert fates(check) == {"Kenya": "unchanged", "Jamaica": fate}
    assert [one["type"] for one in facts_in(check)] == [type_name]
    assert fates(ask(ready, KENYA, vanished=vanished)) == {"Kenya": "unchanged"}
    back = ask(ready, KENYA + JAMAICA, vanished=vanished)
    assert fates(back)["Jamaica"] == {"ended": "refused", "retracted": "new"}[fate]
    if fate == "retracted":
        ready.record(*facts_in(back))
        assert sizes(ready) == {"ken-police": 1000, "jam-police": 200}


def test_a_row_that_vanished_is_left_alone_unless_the_mapping_says_otherwise(ready: Service) -> None:
    record(ready, KENYA + JAMAICA)
    check = ask(ready, KENYA)
    assert fates(check) == {"Kenya": "unchanged", "Jamaica": "left alone"}
    assert facts_in(check) == []


def test_an_import_that_was_cut_goes_on_where_it_stopped(ready: Service) -> None:
    facts = facts_in(ask(ready, KENYA + JAMAICA + BENIN))
    ready.record(*facts[:2])
    rest = ask(ready, KENYA + JAMAICA + BENIN)
    assert fates(rest) == {"Kenya": "unchanged", "Jamaica": "unchanged", "Benin": "new"}
    assert facts_in(rest) == facts[2:]


def test_two_people_who_import_at_once_record_once(ready: Service) -> None:
    facts = facts_in(ask(ready, KENYA + JAMAICA))
    with ThreadPoolExecutor(2) as threads:
        answers = [*threads.map(lambda _: ready.post(facts), range(2))]
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    refused = next(answer for answer in answers if answer.status_code == 409).json()
    assert {error["rule"] for error in refused["errors"]} >= {"IdAlreadyUsed"}
    assert ready.sequence == 3


def test_two_people_who_change_one_row_at_once_do_not_overwrite_each_other(ready: Service) -> None:
    record(ready, KENYA)
    one = facts_in(ask(ready, KENYA.replace("1000", "1200"), changed="correct"))
    other = facts_in(ask(ready, KENYA.replace("1000", "1300"), changed="correct"))
    assert ready.post(one).status_code == 201
    assert ready.post(other).status_code == 409
    assert sizes(ready) == {"ken-police": 1200}


def test_what_is_on_record_otherwise_is_refused_with_its_cell(ready: Service) -> None:
    ready.record(pledge("ken-police", contributor="KEN"))
    check = ask(ready, KENYA + JAMAICA)
    assert not check["can_be_recorded"]
    [refusal] = check["rows"][0]["refusals"]
    assert (refusal["rule"], refusal["cell"], refusal["header"]) == ("IdAlreadyUsed", "A2", "Country")
    assert check["rows"][1]["refusals"] == []


def test_the_check_has_warnings_and_the_change_of_the_picture(ready: Service) -> None:
    ready.record(fact("MemberJoined", member="FRA", role="lead"))
    check = ask(ready, KENYA)
    assert [warning["warning"] for warning in check["rows"][0]["warnings"]] == ["NotAMember"]
    assert any(change["what"].startswith("/pledges/ken-police") for change in check["changes"]["changes"])
    assert check["rows"][0]["sentences"] == ["On 1 May 2025, Kenya pledged 1,000 people for police (ken-police)"]


@pytest.mark.parametrize(
    ("fields", "pointer", "reason"),
    [
        ({"sheet": None}, "/sheet", "send the sheet"),
        ({"mapping": None}, "/mapping", "send the mapping"),
        ({"changed": "perhaps"}, "/changed", "choose amend"),
        ({"as_of": "soon"}, "/as_of", "not a date"),
        ({"template": "PledgeMade"}, "/mapping", "or name the template"),
        ({"mapping": None, "template": "PledgeMad"}, "/template", "did you mean PledgeMade"),
        ({"other": "x"}, "/other", "unknown field"),
    ],
)
def test_a_request_that_is_not_valid_names_the_field(
    ready: Service, fields: dict[str, str | None], pointer: str, reason: str
) -> None:
    files: Rows = {"sheet": ("s.csv", b"a"), "mapping": ("m.yaml", MAPPING.replace("VANISHED", "keep").encode())}
    files = {name: file for name, file in files.items() if fields.get(name, "") is not None}
    texts = {name: text for name, text in fields.items() if text is not None}
    answer = ready.client.post("/coalitions/willing/imports", files=files, data=texts, headers=ready.key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert reason in answer.json()["errors"][0]["detail"]


def test_what_is_wrong_in_the_mapping_is_told_once(ready: Service) -> None:
    check = ask(ready, KENYA + JAMAICA, mapping=MAPPING.replace("capability: police", "capability: polise"))
    [fault] = check["faults"]
    assert (fault["cell"], fault["row"]) == (None, None)
    assert fault["detail"].startswith("the mapping: pledge: capability: ")


def test_without_a_key_nothing_is_checked(ready: Service) -> None:
    answer = ready.client.post("/coalitions/willing/imports", files={"sheet": ("s.csv", b"a")})
    assert answer.status_code == 401


EDITION = """
mapping: returns
key: [Country]
header: 2
source: {publisher: Secretariat, published_on: {cell: B1}}
facts:
  - name: strength
    type: StrengthReported
    fields:
      pledge: {slug: '{Country.code} police'}
      quantity: {column: Present, unit: personnel}
      effective_at: {cell: B1}
"""


def test_another_edition_of_a_sheet_changes_only_the_rows_that_say_something_else(ready: Service) -> None:
    """The sheet as a source and its date are of the edition: a level that stays the same is not reported again."""
    ready.record(pledge("ken-police", contributor="KEN"), pledge("jam-police", contributor="JAM"))

    def edition(day: str, kenya: int) -> Rows:
        sheet = f"As of,{day}\nCountry,Present\nKenya,{kenya}\nJamaica,24\n"
        files = {"sheet": ("s.csv", sheet.encode()), "mapping": ("m.yaml", EDITION.encode())}
        data = {"changed": "amend"}
        answer = ready.client.post("/coalitions/willing/imports", files=files, data=data, headers=ready.key)
        found: Rows = answer.json()
        if facts_in(found):
            ready.record(*facts_in(found))
        return found

    assert fates(edition("2025-04-30", 200)) == {"Kenya": "new", "Jamaica": "new"}
    later = edition("2025-05-31", 400)
    assert fates(later) == {"Kenya": "amended", "Jamaica": "unchanged"}
    [level] = facts_in(later)
    assert (level["type"], level["effective_at"]) == ("StrengthReported", "2025-05-31")
    assert level["sources"] == [{"publisher": "Secretariat", "published_on": "2025-05-31"}]
