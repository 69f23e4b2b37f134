"""Sensitivity and simulation as tables: which condition matters most, and how large the force may be."""

from collections.abc import Sequence

from api.cli.output import show_lines, show_table, show_title
from api.wording.assumed_sizes import assumed_sizes_sentence
from api.wording.names import with_slug
from api.wording.phrases import Json, basis_line, bounds, count, date, figure, listed, spoken

_NUMBERS = ("available if met", "blocked if failed", "share, at least", "share, at most", "together")


def show_sensitivity(answer: Json, title: str) -> None:
    """Print which open conditions the size depends on."""
    show_title(title, basis_line(answer["basis"]))
    show_lines(["", *_summary(answer)])
    columns = ("Condition", "kind", *_NUMBERS[:4])
    rows = [[_name(one), spoken(one["kind"]), *_outcomes(one), *_shares(one["share"])] for one in answer["conditions"]]
    if rows:
        show_table("", columns, rows, numbers=columns[2:])
    else:
        show_lines(["No condition is open."])
    _show_undisclosed(answer)
    if answer["groups"]:
        rows = [[" and ".join(one["conditions"]), *_outcomes(one)] for one in answer["groups"]]
        show_table("", ("Together", *_NUMBERS[:2]), rows, numbers=_NUMBERS)
    if answer["pairs"]:
        rows = [
            [" and ".join(one["conditions"]), bounds(one["together"]["min"], one["together"]["max"])]
            for one in answer["pairs"]
        ]
        show_table("", ("Effective only together", "together"), rows, numbers=_NUMBERS)
    _show_requirements(answer["reaching"])


def _summary(answer: Json) -> list[str]:
    people = bounds(answer["held_back"]["min"], answer["held_back"]["max"])
    undisclosed = answer["if_all_met"]["available"]["undisclosed"] - answer["now"]["available"]["undisclosed"]
    more = [f"{count(undisclosed, 'pledge')} of undisclosed size"] if undisclosed > 0 else []
    more += (
        [f"{count(answer['open_ended'], 'open-ended pledge')} counted at the lower bound"]
        if answer["open_ended"]
        else []
    )
    affected = {"none": "no one", "1": "1 person"}.get(people, f"{people} people")
    lines = [f"Open conditions affect {affected}{f', plus {listed(more)}' if more else ''}."]
    lines += filter(None, [assumed_sizes_sentence(answer["undisclosed"])])
    if answer["method"] == "sampled":
        lines.append(
            f"Shares are estimated from {answer['samples']:,} random orders and their reverses, seed {answer['seed']}."
        )
    return lines


def _name(one: Json) -> str:
    if one["holds"]:
        return f"{with_slug('condition', one['condition'])} (rule satisfied)"
    return (
        f"{with_slug('condition', one['condition'])} (has a rule)"
        if one["has_rule"]
        else with_slug("condition", one["condition"])
    )


def _outcomes(one: Json) -> tuple[str, str]:
    return figure(one["if_met"]["available"]), figure(one["if_failed"]["blocked"])


def _shares(share: Json) -> tuple[str, str]:
    return _share(share["min"], share["error_min"]), _share(share["max"], share["error_max"])


def _show_undisclosed(answer: Json) -> None:
    rows = [
        [_name(one), f"{share['released']:,}", _share(share["share"], share["error"])]
        for one in answer["conditions"]
        if (share := one["undisclosed"])["share"] or share["released"]
    ]
    if rows:
        columns = ("Pledges of undisclosed size", "released by it alone", "share")
        show_table("", columns, rows, numbers=columns[1:])


def _share(people: float, error: float | None) -> str:
    text = f"{people:,.1f}".removesuffix(".0")
    return text if error is None else f"{text} ± {error:,.1f}"


def _show_requirements(requirements: Sequence[Json]) -> None:
    rows = [
        [one["requirement"], f"{one['required_min']:,}", f"{one['available_min']:,}",
         f"{one['available_min_if_all_met']:,}", _sets(one)]
        for one in requirements
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


def show_simulation(answer: Json, title: str) -> None:
    """Print the force over time, and the inputs that it depends on most."""
    show_title(title, basis_line(answer["basis"]))
    assumed = assumed_sizes_sentence(answer["undisclosed"])
    show_lines(["", f"{answer['draws']:,} runs, seed {answer['seed']}.", *filter(None, [assumed])])
    for name, label in (("available", "Available"), ("if_all_move", "If released together")):
        rows = [[date(one["at"]), *_spread(one[name])] for one in answer["dates"]]
        if name == "available" or any(one["available"] != one["if_all_move"] for one in answer["dates"]):
            show_table("", (label, *_SPREAD), rows, numbers=_SPREAD)
    _show_chances(answer["dates"])
    rows = [[_input(one), f"{one['correlation']:+.2f}", _difference(one)] for one in answer["influences"]]
    if rows:
        columns = ("Depends on", "correlation", "average difference if met")
        show_table("", columns, rows, numbers=columns[1:])


def _spread(spread: Json) -> list[str]:
    mean = f"{spread['mean']:,.0f} ± {spread['standard_error']:,.0f}"
    return [*(f"{spread[name]:,}" for name in _QUANTILES), mean]


def _show_chances(dates: Sequence[Json]) -> None:
    required = {one["requirement"]: one["required_min"] for at in dates for one in at["requirements"]}
    if not required:
        return
    names = tuple(f"{name} ({least:,})" for name, least in required.items())
    rows = [
        [date(at["at"]), *(_chance(at["requirements"], name) for name in required)]
        for at in dates
    ]  # fmt: skip
    show_table("", ("Chance of meeting", *names), rows, numbers=names)


def _chance(requirements: Sequence[Json], name: str) -> str:
    one = next((one for one in requirements if one["requirement"] == name), None)
    return f"{one['probability']:.1%} ± {one['standard_error']:.1%}".replace("%", " %") if one else "-"


def _input(one: Json) -> str:
    phrases = {"condition": "whether {} is met", "date": "date on which {} is met", "quantity": "size of {}",
            "arrival": "arrival of {}"}  # fmt: skip
    return phrases[one["kind"]].format(one["of"])


def _difference(one: Json) -> str:
    return "-" if one["difference"] is None else f"{one['difference']:+,.0f}"
