"""The register in the examples states facts of the mission to Haiti, each exactly as the file of facts does."""

from pathlib import Path

import orjson

from api.files.facts import facts_in_file
from api.imports import contents_of
from api.sheets.mapping import mapping_in
from api.sheets.row_facts import content_json
from api.sheets.rows import facts_of
from api.sheets.sheet_files import sheet_in
from domain.events import FACT

HAITI = Path(__file__).parents[3] / "examples" / "haiti"


def test_the_register_states_what_the_file_of_facts_states() -> None:
    file = facts_in_file((HAITI / "01-facts-2023-2026.yaml").read_bytes(), "facts", "yaml")
    right = [content_json(FACT.validate_python(orjson.loads(fact.json))) for fact in file]
    mapping = mapping_in((HAITI / "sheet" / "register.yaml").read_text(), "register.yaml")
    found = facts_of(sheet_in((HAITI / "sheet" / "register.csv").read_bytes()), mapping, contents_of)
    assert found.faults == []
    assert len(found.facts) == found.row_count == 81
    assert [fact.content for fact in found.facts if fact.content not in right] == []
