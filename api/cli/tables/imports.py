"""What importing a sheet would record, as tables."""

from collections import Counter
from collections.abc import Iterator, Sequence

from api.cli.output import show_lines, show_table, show_title
from api.wording.actors import change_with_names
from api.wording.differences import change_lines
from api.wording.phrases import Json, count
from api.wording.warnings import warning_sentence

_MOST_ROWS = 40
"""The rows of each table; a summary counts all of them."""

_TITLES = {
    "refused": "Refused", "undecided": "Changed rows", "corrected": "Corrections of the record",
    "amended": "Changes in the world", "by hand": "Corrected by hand since: left alone",
    "ended": "Rows that vanished: ended", "retracted": "Rows that vanished: retracted",
    "left alone": "Rows that vanished: left alone", "new": "New facts",
}  # fmt: skip
"""The heading for each fate, in the order of what needs attention."""


def show_check(check: Json, file: str) -> None:
    """Print what is wrong, or else what becomes of each row that would change anything."""
    sheet = f"{file}, sheet {check['sheet']}" if check["sheet"] else file
    show_title(f"{sheet}: {count(check['row_count'], 'row')} read by the mapping {check['mapping']}")
    if check["faults"]:
        rows = [[fault["cell"] or _row(fault), fault["header"] or "", fault["detail"]] for fault in check["faults"]]
        show_table("Cells to correct", ("cell", "column", "what is wrong"), rows[:_MOST_ROWS])
        _show_rest(len(rows))
        return
    for fate, title in _TITLES.items():
        steps = [row for row in check["rows"] if _fate(row) == fate]
        if steps:
            rows = [[_row(step), " · ".join(step["key"]), step["part"], _said(step)] for step in steps[:_MOST_ROWS]]
            show_table(title, ("row", "key", "fact", "what it says"), rows)
            _show_rest(len(steps))
    _show_changes(check)
    show_lines(["", _summary(check)])


def _fate(step: Json) -> str:
    return "refused" if step["refusals"] else str(step["fate"])


def _show_changes(check: Json) -> None:
    """Print what all facts together would change in the picture."""
    if check["changes"] is None or not check["changes"]["changes"]:
        return
    lines = [*change_lines(list(map(change_with_names, check["changes"]["changes"])), lambda _: "")]
    show_title("\nWhat it would change")
    show_lines(lines[:_MOST_ROWS])
    if len(lines) > _MOST_ROWS:
        show_lines([f"and {count(len(lines) - _MOST_ROWS, 'more change')}; --json has all of them."])


def _show_rest(number: int) -> None:
    if number > _MOST_ROWS:
        show_lines([f"and {count(number - _MOST_ROWS, 'more row')}; --json has all of them."])


def _row(step: Json) -> str:
    return f"{step['row']:,}" if step["row"] is not None else "gone"


def _said(step: Json) -> str:
    return "; ".join(_parts(step))


def _parts(step: Json) -> Iterator[str]:
    if step["about"] is not None and step["fate"] != "new":
        yield f"event {step['about']:,}"
    if step["differs"]:
        yield "; ".join(map(_field_change, step["differs"]))
    if step["detail"]:
        yield step["detail"]
    for refusal in step["refusals"]:
        yield ": ".join(filter(None, (refusal["cell"], refusal["rule"], refusal["detail"])))
    yield from step["sentences"]
    yield from (warning_sentence(warning) for warning in step["warnings"])


def _field_change(change: Json) -> str:
    return f"{change['label']}: {change['before'] or 'not stated'} → {change['after'] or 'not stated'}"


def _summary(check: Json) -> str:
    counts = Counter(map(_fate, check["rows"]))
    known: Sequence[str] = ("new", "amended", "corrected", "ended", "retracted", "undecided", "refused", "by hand",
                            "left alone", "unchanged")  # fmt: skip
    return ", ".join(f"{counts[fate]:,} {fate}" for fate in known if fate in counts) or "no rows"
