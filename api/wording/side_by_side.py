"""Scenarios side by side, in the words of a table's cells."""

from collections.abc import Sequence

from api.wording.phrases import Json, quantity, state_in_words
from api.wording.requirements import required, shortfall_of

QUANTILES = {"p5": "5 %", "p50": "median", "p95": "95 %", "mean": "mean"}
"""What is shown of the available force by chance, and its name."""


def need_beside(values: Sequence[Json | None]) -> str:
    """A requirement as it is called beside its shortfall on each side: ``Force for the rear: 10,000 to 30,000``."""
    one = next(one for one in values if one is not None)
    return f"{one['label']}: {required(one)}"


def shortfall_beside(one: Json | None) -> str:
    """What is lacking on one side."""
    return "not required" if one is None else shortfall_of(one, "available")


def pledge_beside(one: Json | None) -> str:
    """A pledge on one side: its level, its state and its size."""
    if one is None:
        return "not in force"
    return f"{one['level']}, {state_in_words(one['standing'] or one['status'])}: {quantity(one['quantity'])}"


def pledges_that_differ(pledges: Sequence[Json]) -> list[tuple[str, str, list[str]]]:
    """The pledges whose level, state or size differs: the slug, the contributor's code and a cell for each side."""
    found = [(one, [*map(pledge_beside, one["values"])]) for one in pledges if one["differs"]]
    return [(one["pledge"], _contributor(one["values"]), cells) for one, cells in found if len(set(cells)) > 1]


def _contributor(values: Sequence[Json | None]) -> str:
    return str(next(one["contributor"] for one in values if one is not None))


def chance_beside(one: Json | None) -> str:
    """The chance of meeting a requirement on one side: ``42.5 % ± 0.5 %``."""
    return "-" if one is None else f"{one['probability']:.1%} ± {one['standard_error']:.1%}".replace("%", " %")
