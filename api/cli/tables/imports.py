"""What importing a sheet would record, as tables."""

from collections.abc import Iterator, Sequence

from api.cli.output import show_lines, show_table, show_title
from api.wording.facts import fact_clause
from api.wording.phrases import Json, capitalised, count, spoken, when

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
        show_table("Cells to mend", ("cell", "column", "what is wrong"), rows[:_MOST_ROWS])
        _show_rest(len(rows))
        return
    for fate, title in _TITLES.items():
        steps = [row for row in check["rows"] if row["fate"] == fate]
        if steps:
            rows = [[_row(step), " · ".join(step["key"]), step["part"], _said(step)] for step in steps[:_MOST_ROWS]]
            show_table(title, ("row", "key", "fact", "what it says"), rows)
            _show_rest(len(steps))
    show_lines(["", _summary(check)])


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
        yield f"differs in {', '.join(map(spoken, step['differs']))}"
    if step["detail"]:
        yield step["detail"]
    yield from (_sentence(fact) for fact in step["facts"])


def _sentence(fact: Json) -> str:
    return capitalised(", ".join(filter(None, (when(fact.get("effective_at")), fact_clause(fact, {})))))


def _summary(check: Json) -> str:
    counts: dict[str, int] = check["counts"]
    known: Sequence[str] = ("new", "amended", "corrected", "ended", "retracted", "undecided", "refused", "by hand",
                            "left alone", "unchanged")  # fmt: skip
    return ", ".join(f"{counts[fate]:,} {fate}" for fate in known if fate in counts) or "no rows"
