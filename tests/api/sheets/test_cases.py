"""Sheets as people send them, each with its mapping and the right facts, or the right refusal, beside it."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.sheets.row_facts import content_json
from domain.events import FACT
from tests.api.facts import formed
from tests.running.in_process import Service

SHEETS = Path(__file__).parents[2] / "cases" / "sheets"
CASES = {path.stem: json.loads(path.read_text()) for path in sorted(SHEETS.glob("*.json"))}


def check(service: Service, name: str, case: dict[str, Any]) -> httpx2.Response:
    """Ask what importing the sheet of a case would record."""
    files = {part: (path.name, path.read_bytes()) for part, path in
             (("sheet", SHEETS / case["sheet"]), ("mapping", SHEETS / f"{name}.yaml"))}  # fmt: skip
    answers: dict[str, Any] = {part: case[part] for part in ("changed", "as_of") if part in case}
    return service.client.post("/coalitions/willing/imports", files=files, data=answers, headers=service.key)


def stated(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts to record, each with its row, without ids and where they come from."""
    return [
        {"row": row["row"], "fate": row["fate"], "fact": content_json(FACT.validate_python(fact))}
        for row in answer["rows"]
        for fact in row["facts"]
    ]


def right(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The right facts of a case, in the form in which they are stored."""
    return [{"fate": "new"} | one | {"fact": content_json(FACT.validate_python(one["fact"]))} for one in case["facts"]]


@pytest.mark.parametrize("name", CASES)
def test_the_sheet_states_what_stands_beside_it(service: Service, name: str) -> None:
    case = CASES[name]
    service.record(formed(effective_at="2023-01-01"))
    answer = check(service, name, case)
    if "refused" in case:
        assert answer.status_code == 422, answer.text
        [error] = answer.json()["errors"]
        assert error["pointer"] == "/sheet"
        assert case["refused"] in error["detail"]
        return
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [{**fault, "detail": wanted["detail"]} for fault, wanted in zip(found["faults"], case.get("faults", ()),
            strict=True) if wanted["detail"] in fault["detail"]] == case.get("faults", [])  # fmt: skip
    assert stated(found) == right(case) if "facts" in case else found["rows"] == []
    if "then" in case:
        service.record(*(fact for row in found["rows"] for fact in row["facts"]))
        assert stated(check(service, name, case["then"]).json()) == right(case["then"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if "facts" in case])
def test_importing_a_sheet_twice_records_it_once(service: Service, name: str) -> None:
    case = CASES[name]
    service.record(formed(effective_at="2023-01-01"))
    facts = [fact for row in check(service, name, case).json()["rows"] for fact in row["facts"]]
    service.record(*facts)
    again = check(service, name, case).json()
    assert again["counts"] == {"unchanged": len(facts)}
    assert not any(row["facts"] for row in again["rows"])
