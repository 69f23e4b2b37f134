"""Numbers in cells that no fact can hold: the cell is refused by name, and nothing becomes undisclosed."""

import pytest

from api.imports import contents_of
from api.sheets.mapping import mapping_in
from api.sheets.rows import facts_of
from api.sheets.sheet_files import sheet_in

MAPPING = """
mapping: numbers
key: [No]
source: {publisher: AFP}
facts:
  - name: pledge
    type: PledgeMade
    fields:
      pledge: {slug: 'p {No}'}
      contributor: KEN
      level: pledged
      capability: police
      quantity: {column: Size, times: TIMES}
      effective_at: '2025'
"""


@pytest.mark.parametrize(
    ("size", "times"),
    [
        ("1" * 400 + ".5", "1"), ("1" * 400, "1"), ("9" * 6_000, "1"), ("100000000000000000000", "1"), ("1e20", "1"),
        ("460", "1.0e+308"), ("900000000 billion", "1"),
    ],
)  # fmt: skip
def test_a_number_that_no_fact_can_hold_is_refused_by_its_cell(size: str, times: str) -> None:
    found = facts_of(
        sheet_in(f"No,Size\n1,{size}\n".encode()),
        mapping_in(MAPPING.replace("TIMES", times), "numbers.yaml"),
        contents_of,
    )
    assert found.facts == []
    (fault,) = found.faults
    assert fault.cell is not None
    assert (fault.cell.row, fault.header) == (2, "Size")
