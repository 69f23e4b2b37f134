"""What figures and items rest on, in words: on whose word, how many publishers, how graded, and what is disputed."""

from typing import Any

from api.wording.actors import named
from api.wording.phrases import BASES, Json, bounds, count, date, is_currency, listed, money, people, spoken

_FIELDS = {
    "quantity": "size", "notice_to_move_days": "days of notice to move", "available_from": "available from",
    "expires_on": "expiry", "starts_at": "start", "value": "reported total", "proposed_by": "proposed by",
    "stated_by": "stated by",
}  # fmt: skip
"""What the fields are called on which sources can disagree, if not by their own names."""

_DATES = ("available_from", "expires_on", "starts_at")
_ACTORS = ("stated_by", "proposed_by", "led_by")


def doubts_of_figure(value: Json, unit: str | None = None) -> list[str]:
    """What is doubtful about a figure: ``200 on leaks alone``, ``1 pledge disputed``; nothing, if nothing is."""
    leaked = value["leak_only"]
    if is_currency(unit):
        amount = money(leaked["min"], leaked["max"], str(unit))
    else:
        amount = bounds(leaked["min"], leaked["max"])
    on_leaks = [] if (leaked["min"], leaked["max"]) == (0, 0) else [f"{amount} on leaks alone"]
    return on_leaks + ([f"{count(value['disputed'], 'pledge')} disputed"] if value["disputed"] else [])


def doubts_of_item(item: Json) -> list[str]:
    """What is doubtful about an item: ``rests on a leak alone``, ``disputed: size 200 (BBC) or 250 (AFP)``."""
    rests_on = item.get("rests_on")
    on_leaks = ["rests on a leak alone"] if rests_on and rests_on["bases"] == ["leak"] else []
    return on_leaks + [f"disputed: {dispute(one)}" for one in item.get("disputed") or ()]


def dispute(one: Json) -> str:
    """The rival values of a field, with who stands by each: ``size 200 (a broadcaster) or 250 (an agency)``."""
    values = [f"{_value(one['field'], rival['value'])} ({listed(rival['publishers'])})" for rival in one["values"]]
    return f"{field_name(one['field'])} {' or '.join(values)}"


def field_name(field: str) -> str:
    """What a field is called on which sources disagree."""
    return _FIELDS.get(field, spoken(field))


def _value(field: str, value: Any) -> str:
    match value:
        case None:
            return "none"
        case str() if field in _DATES:
            return date(value)
        case str():
            return named(value) if field in _ACTORS else spoken(value)
        case int() | float():
            return f"{value:,}"
        case list():
            return listed([_value(field, one) for one in value]) or "none"
        case {"quantity": quantity}:
            return f"{people(quantity)} from {date(value['from'])}"
        case dict() if "unit" in value:
            return people(value)
    return bounds(value["min"], value["max"])


def footing_sentence(rests_on: Json) -> str:
    """``Based on official statements and leaks, from 2 publishers (AFP and BBC); best grading B2.``"""
    publishers = rests_on["publishers"]
    who = f"one publisher ({publishers[0]})" if len(publishers) == 1 else f"{len(publishers)} publishers"
    named = f" ({listed(publishers)})" if len(publishers) > 1 else ""
    grading = f"best grading {rests_on['best_grading']}" if rests_on["best_grading"] else "not graded"
    return f"Based on {listed([BASES[basis] for basis in rests_on['bases']])}, from {who}{named}; {grading}."


def footing_cell(item: Json) -> str:
    """The same in few words, for a table: ``leak alone; 1 publisher; B2; disputed``."""
    rests_on = item["rests_on"]
    bases = rests_on["bases"]
    words = "leak alone" if bases == ["leak"] else ", ".join(spoken(basis) for basis in bases)
    cells = [words, count(len(rests_on["publishers"]), "publisher")]
    cells += [rests_on["best_grading"]] if rests_on["best_grading"] else []
    return "; ".join(cells + (["disputed"] if item.get("disputed") else []))
