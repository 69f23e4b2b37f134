"""Scenario files: their contents, and the place of each part."""

from pathlib import Path

import pytest

from api.files.scenarios import read_file
from api.files.unreadable import UnreadableFile

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "what-if").glob("*.yaml"))
WHOLE = """\
scenario: autumn
name: An autumn
description: What the autumn may bring.
fork: {valid_at: '2025-12-31', sequence: 40}
changes:
  - ceasefire is met on 2025-11-01
  - assume:
      type: StanceStated
      effective_at: 2025-10-01
      actor: USA
      stance: ruled_out
  - {alter: {contributor: DEU}, scale: 0.5}
sensitivity:
  groups: [[ceasefire, us-backing]]
simulation:
  dates: every month from 2025-10 to 2025-12
  chances:
    - us-backing is met with a chance of 30 %
    - every pledge counts with its least
  arrivals:
    - {pledge: p, when: {earliest: '2025', latest: '2026'}}
  seed: 7
"""


def written(tmp_path: Path, text: str) -> str:
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    return str(file)


def test_a_file_contains_a_fork_changes_and_questions(tmp_path: Path) -> None:
    asked = read_file(written(tmp_path, WHOLE))
    assert asked.saved == {"scenario": "autumn", "name": "An autumn", "description": "What the autumn may bring."}
    assert asked.fork == {"valid_at": "2025-12-31", "sequence": 40}
    assert asked.changes == [
        {"decide": "ceasefire", "becomes": "met", "effective_at": "2025-11-01"},
        {"assume": {"type": "StanceStated", "effective_at": "2025-10-01", "actor": "USA", "stance": "ruled_out"}},
        {"alter": {"contributor": "DEU"}, "scale": 0.5},
    ]
    assert asked.sensitivity == {"groups": [["ceasefire", "us-backing"]]}
    assert asked.simulation == {
        "dates": ["2025-10", "2025-11", "2025-12"],
        "arrivals": [{"pledge": "p", "when": {"earliest": "2025", "latest": "2026"}}],
        "seed": 7,
        "conditions": [{"condition": "us-backing", "probability": 0.3}],
        "spread": "least",
    }


@pytest.mark.parametrize(
    ("pointer", "line", "rest"),
    [
        ("/changes/0/decide", 6, "/decide"),
        ("/changes/1/assume/stance", 11, "/assume/stance"),
        ("/changes/1/assume/sources", 8, "/assume/sources"),
        ("/changes/2", 12, ""),
        ("/fork/sequence", 4, "/sequence"),
        ("/sensitivity/groups/0/1", 14, "/groups/0/1"),
        ("/simulation/dates/2", 16, "/2"),
        ("/simulation/conditions/0/condition", 18, "/condition"),
        ("/simulation/spread", 19, ""),
        ("/simulation/arrivals/0/when", 21, "/0/when"),
    ],
)
def test_every_part_keeps_its_line_number(tmp_path: Path, pointer: str, line: int, rest: str) -> None:
    file = written(tmp_path, WHOLE)
    assert read_file(file).place_of(pointer) == (f"{file}, line {line}", rest)


def test_a_byte_order_mark_and_other_line_endings_are_accepted(tmp_path: Path) -> None:
    plain = read_file(written(tmp_path, WHOLE))
    marked = read_file(written(tmp_path, "\ufeff" + WHOLE.replace("\n", "\r\n")))
    assert (marked.fork, marked.changes, marked.simulation) == (plain.fork, plain.changes, plain.simulation)


def test_absent_parts_have_no_line_number(tmp_path: Path) -> None:
    assert read_file(written(tmp_path, WHOLE)).place_of("/elsewhere") == (None, "/elsewhere")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "is empty; a scenario file may have scenario, name,"),
        ("- one\n- two\n", ", line 1: a scenario file is one mapping"),
        ("name: a\n---\nname: b\n", ", line 3: a scenario file is one mapping; this one has several documents"),
        ("name: a\nforks: {}\n", ", line 2: unknown field forks"),
        ("name: a\nname: b\n", "the name 'name' occurs more than once at line 2"),
        ("changes: none\n", ", line 1: changes must be a list"),
        ("fork: now\n", ", line 1: fork must have fields of its own"),
        ("changes:\n  - omit every pledge by DEU\n", ", line 2: after 'every pledge', expected of kind KIND"),
        (
            "changes:\n  - set quantity to {max: 5} in everything of DEU\n",
            "sentence with a colon in quotes",
        ),
        ("simulation:\n  dates: sometimes every day\n", ", line 2: 'sometimes every day' is not a valid list of dates"),
        ("simulation:\n  chances:\n    - {condition: x}\n", ", line 3: a chance is a sentence"),
        ("simulation:\n  chances:\n    - x may be\n", ", line 3: 'x may be' is not a valid chance"),
        ("changes: [\n", "is not YAML"),
        (
            "changes:\n  - alter: {contributor: DEU}\n    set:\n      quantity: {min: 1, max: 1e400}\n",
            ", line 4: /changes/0/set/quantity/max: the number is too large",
        ),
        ("changes:\n  - {omit: .nan}\n  - !!binary aGVsbG8=\n", "cannot be written as JSON"),
    ],
)
def test_invalid_content_is_reported_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(UnreadableFile) as refused:
        read_file(file)
    assert str(refused.value).startswith(file)
    assert expected in str(refused.value)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_can_be_read(file: Path) -> None:
    assert read_file(str(file)).changes
