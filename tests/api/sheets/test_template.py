"""Templates: a sheet for each type of fact, which the import reads back."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from api.sheets.sheet_files import sheet_in
from api.sheets.template import TYPES, columns_of, csv_template, mapping_of_template, xlsx_template
from domain.events import FACTS, RECORD_TYPES
from tests.api.conftest import service
from tests.api.facts import formed
from tests.running.command_line import coalition, write_ndjson
from tests.running.in_process import Service

__all__ = ["service"]


def test_every_fact_about_the_world_but_the_formation_has_a_template() -> None:
    assert {*TYPES} == FACTS.keys() - {*RECORD_TYPES, "CoalitionFormed"}


@pytest.mark.parametrize("name", TYPES)
def test_a_template_has_a_column_for_each_field_and_is_read_back(name: str) -> None:
    headers = [column.header for column in columns_of(name)]
    assert len(headers) == len({header.casefold() for header in headers})
    assert [*sheet_in(xlsx_template(name), name).rows[0]] == headers
    assert next(csv.reader(io.StringIO(csv_template(name).decode("utf-8-sig")))) == headers
    mapping = mapping_of_template(name)
    assert {*mapping.key} <= {*headers}
    assert mapping.facts[0].type == name


def filled(name: str, **cells: str) -> bytes:
    """A template as CSV with one row filled in, by header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [column.header for column in columns_of(name)])
    writer.writeheader()
    writer.writerow({header.replace("_", " "): cell for header, cell in cells.items()})
    return text.getvalue().encode()


ROW = {
    "Contributor": "Kenya", "Level": "Pledged", "Capability": "police", "Size": "about 1,000", "Pledge": "ken-police",
    "Takes_effect": "26 February 2024", "Publisher": "AFP", "Published": "27.02.2024", "How_official": "official",
    "Whose_words": "KEN",
}  # fmt: skip


def asked(service: Service, sheet: bytes) -> Any:
    files = {"sheet": ("PledgeMade.csv", sheet)}
    answer = service.client.post(
        "/coalitions/willing/imports", files=files, data={"template": "PledgeMade"}, headers=service.key
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_template_that_was_filled_in_states_a_fact(service: Service) -> None:
    service.record(formed(effective_at="2024-01-01"))
    [row] = asked(service, filled("PledgeMade", **ROW))["rows"]
    [fact] = row["facts"]
    expected = {
        "type": "PledgeMade", "pledge": "ken-police", "contributor": "KEN", "level": "pledged", "capability": "police",
        "quantity": {"min": 1000, "max": 1000, "unit": "personnel", "approximate": True},
        "effective_at": "2024-02-26", "sources": [{"publisher": "AFP", "published_on": "2024-02-27"}],
        "attribution": {"actor": "KEN", "basis": "official"},
    }  # fmt: skip
    assert {name: value for name, value in fact.items() if name in expected} == expected
    service.record(fact)
    assert asked(service, filled("PledgeMade", **ROW))["counts"] == {"unchanged": 1}


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("Level", "comitted", "did you mean committed?"),
        ("Contributor", "Kenia", "did you mean Kenya"),
        ("Takes_effect", "03/04/2024", "can be read in two ways"),
        ("Size", "many", "is not a quantity"),
        ("Publisher", "", "sources"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(service: Service, header: str, cell: str, reason: str) -> None:
    service.record(formed(effective_at="2024-01-01"))
    faults = asked(service, filled("PledgeMade", **ROW | {header: cell}))["faults"]
    assert any(reason in fault["detail"] for fault in faults), faults
    assert {fault["row"] for fault in faults} == {2}


def test_the_command_line_writes_a_template_and_imports_it(sqlite_url: str, tmp_path: Path) -> None:
    file = tmp_path / "PledgeMade.csv"
    done = coalition("template", "PledgeMade", "-o", str(file), database_url=sqlite_url)
    assert (done.returncode, done.stdout) == (0, "")
    again = coalition("template", "PledgeMade", "-o", str(file), database_url=sqlite_url)
    assert (again.returncode, "is already there" in again.stderr) == (1, True)
    file.write_bytes(filled("PledgeMade", **ROW))
    coalition("record", write_ndjson(tmp_path / "f.ndjson", [formed(effective_at="2024-01-01")]), "-c", "trial",
              database_url=sqlite_url)  # fmt: skip
    done = coalition("import", str(file), "-t", "PledgeMade", "--yes", database_url=sqlite_url)
    assert (done.returncode, "1 fact recorded" in done.stderr) == (0, True), done.stderr
