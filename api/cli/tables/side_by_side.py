"""Scenarios side by side as tables: a column for each."""

from collections.abc import Iterator, Sequence

from api.cli.output import show_lines, show_table, show_title
from api.cli.tables.lists import code
from api.cli.tables.picture import FIGURE_LABELS, OFFERED_LEVELS
from api.wording.moved_on import moved_on_sentence
from api.wording.phrases import Json, basis_line, count, figure
from api.wording.side_by_side import QUANTILES, chance_beside, need_beside, pledges_that_differ, shortfall_beside


def show_side_by_side(answer: Json) -> None:
    """Print figures, shortfalls, the pledges that differ, and chances."""
    sides = answer["sides"]
    columns = [one["scenario"] or "on record" for one in sides]
    show_title("Side by side")
    show_lines(["", *(line for one in sides for line in _about(one))])
    labels = FIGURE_LABELS | {level: f"{level}, in any state" for level in OFFERED_LEVELS}
    figures = {name: answer["figures"][name]["values"] for name in labels}
    rows = [
        [labels[name], *map(figure, values)]
        for name, values in figures.items()
        if any(one["pledges"] for one in values)
    ]
    show_table("", ("Personnel", *columns), rows, numbers=columns)
    if answer["requirements"]:
        needs = [[need_beside(one["values"]), *map(shortfall_beside, one["values"])] for one in answer["requirements"]]
        show_table("", ("Shortfall", *columns), needs, numbers=columns)
    _show_pledges(answer["pledges"], columns)
    if answer["chances"]:
        _show_chances(answer["chances"], columns)


def _about(side: Json) -> Iterator[str]:
    name = side["scenario"] or "on record"
    changes = f", {count(side['changes'], 'change')}" if side["scenario"] else ""
    yield f"{name}: {side['name']}{changes}; {basis_line(side['basis'])}"
    if side["record_moved_on"] and (said := moved_on_sentence(side["record_moved_on"])):
        yield f"{name}: {said}"


def _show_pledges(pledges: Sequence[Json], columns: Sequence[str]) -> None:
    rows = [[name, code(contributor), *cells] for name, contributor, cells in pledges_that_differ(pledges)]
    if not rows:
        show_lines(["", "No pledge differs in level, state or size."])
        return
    show_table("Pledges that differ", ("pledge", "contributor", *columns), rows)


def _show_chances(chances: Json, columns: Sequence[str]) -> None:
    show_lines(["", f"{chances['draws']:,} runs, seed {chances['seed']}."])
    rows = [[label, *(f"{one[name]:,.0f}" for one in chances["available"])] for name, label in QUANTILES.items()]
    show_table("", ("Available", *columns), rows, numbers=columns)
    likely = [[name, *map(chance_beside, values)] for name, values in chances["requirements"].items()]
    if likely:
        show_table("", ("Chance of meeting", *columns), likely, numbers=columns)
