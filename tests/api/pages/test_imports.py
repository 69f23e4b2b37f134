"""The page that imports a sheet: checked, shown, confirmed, recorded; nothing is lost on the way."""

import base64
import re
import zlib
from html import unescape
from typing import Any

import httpx2
import pytest

from api.http.access import COOKIE
from domain.ledger import Keys
from tests.api.conftest import service
from tests.api.facts import formed, pledge
from tests.running.in_process import Service

__all__ = ["service"]

PAGE = "/c/willing/import"
MAPPING = """
mapping: contingents
key: [Country]
source: {publisher: Secretariat}
as_of: '2025-06-01'
facts:
  - name: pledge
    type: PledgeMade
    fields:
      pledge: {slug: '{Country.code} police'}
      contributor: {column: Country}
      level: pledged
      capability: police
      quantity: {column: Officers, unit: personnel}
      effective_at: '2025-05-01'
"""
SHEET = "Country,Officers\nKEN,1000\nJAM,200\n"


@pytest.fixture
def signed_in(service: Service) -> Service:
    """Serve a coalition to a browser that signed in."""
    service.record(formed())
    service.client.cookies.set(COOKIE, service.secret)
    return service


def send(service: Service, sheet: str | None = SHEET, **texts: str) -> httpx2.Response:
    """Send the form with files from the disk."""
    files: dict[str, Any] = {"mapping": ("pledges.yaml", MAPPING.encode())}
    if sheet is not None:
        files["sheet"] = ("pledges.csv", sheet.encode())
    return service.client.post(PAGE, files=files, data=texts, headers={"Sec-Fetch-Site": "same-origin"})


def send_on(service: Service, page: httpx2.Response, **texts: str) -> httpx2.Response:
    """Send the form of a page as a browser does: with what it holds, and without new files."""
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page.text)
    fields = {name: unescape(value) for name, value in hidden} | texts
    return service.client.post(
        PAGE, data=fields, files={"sheet": ("", b""), "mapping": ("", b"")}, headers={"Sec-Fetch-Site": "same-origin"}
    )


def test_a_sheet_is_shown_first_and_recorded_when_it_is_confirmed(signed_in: Service) -> None:
    shown = send(signed_in)
    assert shown.status_code == 200
    assert "Kenya pledged 1,000 people" in shown.text
    assert "Record 2 facts" in shown.text
    assert signed_in.sequence == 1
    done = send_on(signed_in, shown, doing="record")
    assert done.status_code == 200
    assert "2 facts recorded" in done.text
    assert signed_in.sequence == 3
    assert signed_in.answer("/events")["items"][1]["recorded_by"] == "desk"


def test_a_form_that_is_sent_twice_records_once(signed_in: Service) -> None:
    shown = send(signed_in)
    send_on(signed_in, shown, doing="record")
    again = send_on(signed_in, shown, doing="record")
    assert "The record has moved on since this sheet was checked" in again.text
    assert "2 unchanged" in again.text
    assert signed_in.sequence == 3


def test_what_is_confirmed_is_what_was_checked(signed_in: Service) -> None:
    shown = send(signed_in)
    held = re.findall(r'name="(confirmed)" value="([^"]*)"', shown.text)
    other = send(signed_in, SHEET.replace("200", "300"), doing="record", **dict(held))
    assert "Nothing was recorded" in other.text
    assert signed_in.sequence == 1


def test_changed_rows_are_asked_about_once(signed_in: Service) -> None:
    send_on(signed_in, send(signed_in), doing="record")
    asked = send(signed_in, SHEET.replace("200", "300"))
    assert "Rows have changed since they were imported" in asked.text
    assert "Record" not in re.findall(r"<button[^>]*>([^<]*)", asked.text)[-1]
    shown = send_on(signed_in, asked, changed="amend", doing="check")
    assert "Jamaica changed pledge jam-police: now size 300 people" in shown.text
    assert "1 fact recorded" in send_on(signed_in, shown, doing="record").text
    assert signed_in.answer("/events")["items"][-1]["fact"]["type"] == "PledgeAmended"


def test_a_cell_that_is_wrong_is_named_and_nothing_is_recorded(signed_in: Service) -> None:
    shown = send(signed_in, SHEET.replace("JAM", "JAMM"), doing="record")
    assert shown.status_code == 422
    assert ">A3<" in shown.text
    assert "Country" in shown.text
    mended = send_on(signed_in, shown)
    assert ">A3<" in mended.text  # what the page held is still there
    assert signed_in.sequence == 1


def test_a_lost_session_loses_nothing(signed_in: Service) -> None:
    shown = send(signed_in)
    Keys(signed_in.ledger).revoke("desk")
    signed_in.clock.advance(60)
    refused = send_on(signed_in, shown, doing="record")
    assert refused.status_code == 401
    assert "pledges.csv" in refused.text
    signed_in.client.cookies.set(COOKIE, Keys(signed_in.ledger).add("night desk"))
    again = send_on(signed_in, refused)
    assert "Record 2 facts" in again.text


def test_a_rule_that_is_broken_is_named_with_its_cell(signed_in: Service) -> None:
    signed_in.record(pledge("ken-police", contributor="KEN"))
    refused = send(signed_in, doing="record")
    assert refused.status_code == 409
    assert "A2: The pledge ken-police already exists" in refused.text
    assert "Record 2 facts" not in refused.text
    assert signed_in.sequence == 2


def test_the_change_of_the_picture_is_shown(signed_in: Service) -> None:
    shown = send(signed_in)
    assert "What it would change in the picture" in shown.text
    assert "New pledge: Kenya has pledged 1,000 people for police" in shown.text


def test_without_a_file_the_form_says_so(signed_in: Service) -> None:
    refused = send(signed_in, None)
    assert refused.status_code == 422
    assert "Send the sheet as a file." in refused.text


def test_html_in_cells_is_text(signed_in: Service) -> None:
    shown = send(signed_in, "Country,Officers\n<script>alert(1)</script>,1000\n")
    assert "<script>alert" not in shown.text


def test_a_file_that_is_too_large_is_refused_on_a_page(signed_in: Service) -> None:
    files = {"sheet": ("pledges.csv", b"x" * (9 * 1024 * 1024)), "mapping": ("pledges.yaml", MAPPING.encode())}
    refused = signed_in.client.post(PAGE, files=files, headers={"Accept": "text/html,application/xhtml+xml"})
    assert refused.status_code == 413
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert "The file has more than 8 MB, the maximum." in refused.text


def test_a_form_from_another_site_is_refused(signed_in: Service) -> None:
    files = {"sheet": ("pledges.csv", SHEET.encode()), "mapping": ("pledges.yaml", MAPPING.encode())}
    refused = signed_in.client.post(PAGE, files=files, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_templates_are_files(signed_in: Service, ending: str) -> None:
    assert f"/c/willing/templates/PledgeMade.{ending}" in signed_in.client.get(PAGE).text
    file = signed_in.client.get(f"/c/willing/templates/PledgeMade.{ending}")
    assert file.status_code == 200
    assert file.headers["content-disposition"] == f'attachment; filename="PledgeMade.{ending}"'
    assert signed_in.client.get(f"/c/willing/templates/Pledge.{ending}").status_code == 404


def test_what_a_page_held_cannot_grow_without_end(signed_in: Service) -> None:
    packed = base64.b64encode(zlib.compress(b"[" + b" " * 50_000_000 + b"]", 9)).decode()
    answer = send(signed_in, None, held_sheet=packed)
    assert answer.status_code == 422
    assert "choose it again" in answer.text


def test_an_import_can_end_in_a_proposal_that_somebody_accepts(signed_in: Service) -> None:
    proposed = send_on(signed_in, send(signed_in), doing="propose", title="State of May")
    assert proposed.url.path == "/c/willing/scenarios/state-of-may"
    assert signed_in.sequence == 1
    accepted = signed_in.client.post(
        "/coalitions/willing/scenarios/state-of-may/accept", json={}, headers=signed_in.key
    )
    assert accepted.status_code == 201, accepted.text
    assert "2 unchanged" in send(signed_in).text


def test_corrections_can_be_proposed_as_well(signed_in: Service) -> None:
    send_on(signed_in, send(signed_in), doing="record")
    shown = send(signed_in, SHEET.replace("200", "300"), changed="correct")
    proposed = send_on(signed_in, shown, doing="propose")
    assert proposed.url.path == "/c/willing/scenarios/import-of-pledges-csv"
