"""``coalition import``: shown first, recorded when agreed, refused with cells, and continued after an interruption."""

import json
from pathlib import Path

import pytest

from tests.running.command_line import FORMED, CommandResult, coalition, write_ndjson

MAPPING = """
mapping: contingents
key: [Country]
source: {publisher: Secretariat}
facts:
  - name: pledge
    type: PledgeMade
    fields:
      pledge: {slug: '{Country.code} police'}
      contributor: {column: Country}
      level: pledged
      capability: police
      quantity: {column: Officers, unit: personnel}
      effective_at: {column: Date}
"""
ROWS = "Country,Officers,Date\nKenya,1000,2025-05-01\nJamaica,200,2025-05-02\n"


class Desk:
    """A folder with a sheet and its mapping, and a ledger."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.sheet = folder / "pledges.csv"
        self.sheet.write_text(ROWS)
        (folder / "pledges.yaml").write_text(MAPPING)
        self._database_url = database_url
        self.run("record", write_ndjson(folder / "formed.ndjson", [FORMED]), "-c", "trial")

    def run(self, *arguments: str) -> CommandResult:
        return coalition(*arguments, database_url=self._database_url)

    def imported(self, *options: str) -> CommandResult:
        return self.run("import", str(self.sheet), *options)


@pytest.fixture
def desk(sqlite_url: str, tmp_path: Path) -> Desk:
    """A desk at which a sheet is about to be imported."""
    return Desk(tmp_path, sqlite_url)


def test_a_sheet_is_shown_and_nothing_is_recorded_unless_that_is_agreed(desk: Desk) -> None:
    for options, code in (([], 1), (["--check"], 0)):
        shown = desk.imported(*options)
        assert shown.returncode == code
        assert "On 1 May 2025, Kenya pledged 1,000 people for police" in shown.stdout
        assert "What it would change" in shown.stdout
        assert shown.stdout.rstrip().endswith("2 new")
    assert "Record 2 facts with --yes" in desk.imported().stderr
    done = desk.imported("--yes")
    assert (done.returncode, done.stderr) == (0, "trial: 2 facts recorded; the record now has 3 events.\n")
    again = desk.imported("--yes")
    assert (again.returncode, again.stderr) == (0, "trial: nothing to record.\n")


def test_changed_rows_need_an_answer(desk: Desk) -> None:
    desk.imported("--yes")
    desk.sheet.write_text(ROWS.replace("1000,2025-05-01", "1200,2025-05-20"))
    asked = desk.imported("--yes")
    assert asked.returncode == 1
    assert "--changed amend" in asked.stderr
    done = desk.imported("--yes", "--changed", "amend")
    assert "Size: 1,000 people → 1,200 people" in " ".join(done.stdout.split())
    assert "1 fact recorded" in done.stderr


def test_a_cell_that_is_wrong_is_named(desk: Desk) -> None:
    desk.sheet.write_text(ROWS.replace("Jamaica", "Jamaika").replace("1000", "many"))
    refused = desk.imported("--yes")
    assert refused.returncode == 1
    assert "B2" in refused.stdout
    assert "A3" in refused.stdout
    assert "did you mean Jamaica" in refused.stdout
    assert "Nothing was recorded" in refused.stderr


def test_the_answer_of_the_service_can_be_had_as_json(desk: Desk) -> None:
    check = json.loads(desk.imported("--check", "--json").stdout)
    assert check["counts"] == {"new": 2}


def test_what_cannot_be_imported_is_refused_before_anything_is_sent(desk: Desk) -> None:
    missing = desk.run("import", "nowhere.csv", "-m", "m.yaml")
    assert (missing.returncode, missing.stderr) == (1, "nowhere.csv cannot be read: No such file or directory\n")
    (desk.sheet.parent / "other.csv").write_text(ROWS)
    without = desk.run("import", str(desk.sheet.parent / "other.csv"))
    assert (without.returncode, "no mapping beside" in without.stderr) == (2, True)
    with desk.sheet.open("wb") as file:
        file.truncate(100 * 1024 * 1024)
    large = desk.imported()
    assert (large.returncode, "has 104,857,600 bytes; the maximum is 5,242,880" in large.stderr) == (1, True)


def test_many_rows_are_recorded_in_several_lists(desk: Desk) -> None:
    rows = (f"org:actor-{n},{n + 1},2025-05-01" for n in range(2_500))
    desk.sheet.write_text("\n".join(["Country,Officers,Date", *rows]))
    done = desk.imported("--yes")
    assert (done.returncode, done.stderr) == (0, "trial: 2,500 facts recorded; the record now has 2,501 events.\n")
    assert desk.imported("--yes").stderr == "trial: nothing to record.\n"


def test_an_import_can_end_in_a_proposal(desk: Desk) -> None:
    done = desk.imported("--propose", "State of May")
    assert (done.returncode, "2 facts proposed as state-of-may" in done.stderr) == (0, True), done.stderr
    assert "2 new" in desk.imported("--check").stdout
