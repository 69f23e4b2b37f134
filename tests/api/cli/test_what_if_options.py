"""The options of the what-if commands: in which order their changes apply, and where each was written."""

from pathlib import Path
from typing import Any

import pytest

from api.cli.failures import MISUSED, CommandFailed
from api.cli.what_if import add_assumed, add_chances, add_changes, set_dates
from api.files.scenarios import WhatIfRequest, read_file


def test_changes_are_ordered_by_file_then_facts_then_options(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text("changes:\n  - ceasefire fails on 2025\n")
    request = read_file(str(file))
    facts = tmp_path / "facts.yaml"
    facts.write_text("- type: StanceStated\n- type: MemberLeft\n")
    add_assumed(request, [str(facts)])
    add_changes(request, ["ceasefire is reopened on 2026", "{omit: {contributor: DEU}}"])
    assert [next(iter(change)) for change in request.changes] == ["decide", "assume", "assume", "decide", "omit"]
    assert request.place_of("/changes/2/assume/member") == (f"{facts}, line 2", "/assume/member")
    assert request.place_of("/changes/4/omit") == ("--change '{omit: {contributor: DEU}}'", "/omit")


@pytest.mark.parametrize(
    ("give", "expected"),
    [
        (lambda request: add_changes(request, ["ceasefire"]), "--change: 'ceasefire' is not a valid change"),
        (lambda request: add_changes(request, ["{omit: ["]), "--change: "),
        (
            lambda request: add_changes(request, ["{omit: x, scale: 1e400}"]),
            "--change: /scale: the number is too large",
        ),
        (lambda request: add_chances(request, ["ceasefire"]), "--chance: 'ceasefire' is not a valid chance"),
        (lambda request: set_dates(request, "every day"), "--dates: 'every day' is not a valid list of dates"),
    ],
)
def test_an_invalid_option_is_misuse(give: Any, expected: str) -> None:
    with pytest.raises(CommandFailed, match="^" + expected) as refused:
        give(WhatIfRequest())
    assert refused.value.exit_code == MISUSED
