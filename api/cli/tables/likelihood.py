"""Which condition matters, and how likely what is, as tables."""

from collections.abc import Sequence

from api.cli.output import show_lines, show_table, show_title
from api.wording.phrases import Json, basis_line, bounds, count, date, figure, listed, spoken

_NUMBERS = ("available if met", "blocked if failed", "share, at least", "share, at most", "together")


def show_sensitivity(found: Json, title: str) -> None:
    """Print which open conditions the size depends on."""
    show_title(title, basis_line(found["basis"]))
    show_lines(["", *_summary(found)])
    columns = ("Condition", "kind", *_NUMBERS[:4])
    rows = [[_name(one), spoken(one["kind"]), *_turned_out(one), *_shares(one["share"])] for one in found["conditions"]]
    if rows:
        show_table("", columns, rows, numbers=columns[2:])
    else:
        show_lines(["No condition is open."])
    if found["groups"]:
        rows = [[" and ".join(one["conditions"]), *_turned_out(one)] for one in found["groups"]]
        show_table("", ("Together", *_NUMBERS[:2]), rows, numbers=_NUMBERS)
    if found["pairs"]:
        rows = [
            [" and ".join(one["conditions"]), bounds(one["together"]["min"], one["together"]["max"])]
            for one in found["pairs"]
        ]
        show_table("", ("Effective only together", "together"), rows, numbers=_NUMBERS)
    _show_reaching(found["reaching"])


def _summary(found: Json) -> list[str]:
    held = bounds(found["held_back"]["min"], found["held_back"]["max"])
    undisclosed = found["if_all_met"]["available"]["undisclosed"] - found["now"]["available"]["undisclosed"]
    more = [f"{count(undisclosed, 'pledge')} of undisclosed size"] if undisclosed > 0 else []
    more += (
        [f"{count(found['open_ended'], 'open-ended pledge')} counted at the lower bound"] if found["open_ended"] else []
    )
    affected = {"none": "no one", "1": "1 person"}.get(held, f"{held} people")
    lines = [f"Open conditions affect {affected}{f', plus {listed(more)}' if more else ''}."]
    if found["method"] == "sampled":
        lines.append(
            f"Shares are estimated from {found['samples']:,} random orders and their reverses, seed {found['seed']}."
        )
    return lines


def _name(one: Json) -> str:
    if one["holds"]:
        return f"{one['condition']} (rule satisfied)"
    return f"{one['condition']} (has a rule)" if one["has_rule"] else str(one["condition"])


def _turned_out(one: Json) -> tuple[str, str]:
    return figure(one["if_met"]["available"]), figure(one["if_failed"]["blocked"])


def _shares(share: Json) -> tuple[str, str]:
    return _share(share["min"], share["error_min"]), _share(share["max"], share["error_max"])


def _share(people: float, error: float | None) -> str:
    said = f"{people:,.1f}".removesuffix(".0")
    return said if error is None else f"{said} ± {error:,.1f}"


def _show_reaching(reaching: Sequence[Json]) -> None:
    rows = [
        [one["requirement"], f"{one['required_min']:,}", f"{one['available_min']:,}",
         f"{one['available_min_if_all_met']:,}", _sets(one)]
        for one in reaching
    ]  # fmt: skip
    if rows:
        columns = ("Requirement", "required", "available", "if all met", "smallest sets that meet it")
        show_table("", columns, rows, numbers=columns[1:4])


def _sets(one: Json) -> str:
    if one["is_reached"]:
        return "met already"
    if one["available_min_if_all_met"] < one["required_min"]:
        return "cannot be met"
    if not one["sets"]:
        return f"no set of up to {count(one['tried_up_to'], 'condition')}"
    more = "" if one["are_all"] else "\nand more"
    return "\n".join(" and ".join(names) for names in one["sets"]) + more


# --- simulation -------------------------------------------------------------------------------------------------------

_QUANTILES = ("p5", "p25", "p50", "p75", "p95")
_SPREAD = ("5 %", "25 %", "median", "75 %", "95 %", "mean")


def show_simulation(found: Json, title: str) -> None:
    """Print the force over time, and what it depends on most."""
    show_title(title, basis_line(found["basis"]))
    show_lines(["", f"{found['draws']:,} runs, seed {found['seed']}."])
    for name, said in (("available", "Available"), ("if_all_move", "If released together")):
        rows = [[date(one["at"]), *_spread(one[name])] for one in found["dates"]]
        if name == "available" or any(one["available"] != one["if_all_move"] for one in found["dates"]):
            show_table("", (said, *_SPREAD), rows, numbers=_SPREAD)
    _show_chances(found["dates"])
    rows = [[_input(one), f"{one['correlation']:+.2f}", _difference(one)] for one in found["influences"]]
    if rows:
        columns = ("Depends on", "correlation", "average difference if met")
        show_table("", columns, rows, numbers=columns[1:])


def _spread(spread: Json) -> list[str]:
    mean = f"{spread['mean']:,.0f} ± {spread['standard_error']:,.0f}"
    return [*(f"{spread[name]:,}" for name in _QUANTILES), mean]


def _show_chances(dates: Sequence[Json]) -> None:
    needs = {one["requirement"]: one["required_min"] for at in dates for one in at["requirements"]}
    if not needs:
        return
    names = tuple(f"{name} ({least:,})" for name, least in needs.items())
    rows = [
        [date(at["at"]), *(_chance(at["requirements"], name) for name in needs)]
        for at in dates
    ]  # fmt: skip
    show_table("", ("Chance of meeting", *names), rows, numbers=names)


def _chance(requirements: Sequence[Json], name: str) -> str:
    one = next((one for one in requirements if one["requirement"] == name), None)
    return f"{one['probability']:.1%} ± {one['standard_error']:.1%}".replace("%", " %") if one else "-"


def _input(one: Json) -> str:
    said = {"condition": "whether {} is met", "date": "date on which {} is met", "quantity": "size of {}",
            "arrival": "arrival of {}"}  # fmt: skip
    return said[one["kind"]].format(one["of"])


def _difference(one: Json) -> str:
    return "-" if one["difference"] is None else f"{one['difference']:+,.0f}"
