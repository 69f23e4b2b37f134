"""The parts of a picture as sentences: each figure and each item, by where it stands."""

from collections.abc import Callable, Sequence
from typing import Any

from api.cli.words import (
    Json,
    bounds,
    count,
    date,
    figure,
    figure_of_people,
    gap,
    listed,
    people,
    quantity,
    spoken,
    when,
)

FIGURES = {
    "floated": "only floated",
    "pledged": "pledged, not binding",
    "committed": "committed",
    "assigned": "assigned",
    "available": "available",
    "upcoming": "upcoming",
    "conditional": "waiting for a condition",
    "blocked": "blocked by a failed condition",
    "suspended": "suspended",
    "if_all_move": "available if all move together",
    "deployed": "deployed",
    "estimated": "estimated from formations",
    "held_back": "held back",
}
"""What people of each figure are."""


STANCES = {
    "ruled_out": "rules out",
    "reluctant": "is reluctant about",
    "undecided": "is undecided about",
    "not_excluded": "does not exclude",
    "considering": "is considering",
    "willing": "is willing to see to",
    "committed": "is committed to",
}
"""What an actor of each stance does."""


def is_figure(value: Any) -> bool:
    return isinstance(value, dict) and {"min", "max", "pledges", "undisclosed"} <= value.keys()


def is_required(value: Any) -> bool:
    return isinstance(value, dict) and {"requirement", "gap"} <= value.keys()


def place_of(tokens: Sequence[str]) -> str:
    """Whose or of what a figure is: ``of GBR``, ``in ground forces``; nothing for the whole force."""
    if "by_contributor" in tokens[:-1]:
        return f" of {tokens[tokens.index('by_contributor') + 1]}"
    if "by_capability" in tokens[:-1]:
        return f" in {spoken(tokens[tokens.index('by_capability') + 1])}"
    return " for the partner" if "us_role" in tokens else ""


def figure_name(tokens: Sequence[str]) -> str:
    """What a figure counts, from its place: ``available of GBR``."""
    name = next((FIGURES[token] for token in reversed(tokens) if token in FIGURES), spoken(tokens[-1]))
    if "by_level" in tokens:
        name = f"{tokens[-1]} and {FIGURES[tokens[tokens.index('by_level') - 1]]}"
    if "other_units" in tokens:
        name = f"pledged in {tokens[-1]}"
    if tokens[0] == "money":
        name = f"pledged as {spoken(tokens[1])}"
    return f"{name}{place_of(tokens)}"


def figure_sentence(tokens: Sequence[str], value: Json) -> str:
    """A figure: how much, of what, from how many."""
    name = figure_name(tokens)
    if not value["pledges"]:
        return f"Nothing is {name}: no pledge counts towards it."
    contributors = count(value["contributors"], "contributor")
    unit = f" {tokens[-1]}" if tokens[0] == "money" else "" if "other_units" in tokens else " people"
    known = bounds(value["min"], value["max"])
    if value["undisclosed"] == value["pledges"]:
        return f"An undisclosed number is {name}, from {count(value['pledges'], 'pledge')} of {contributors}."
    without = f", {value['undisclosed']:,} of them undisclosed and not in the sum" if value["undisclosed"] else ""
    amount = f"{known}{unit}" if known != "none" else "none so far"
    from_pledges = f"from {count(value['pledges'], 'pledge')} of {contributors}{without}"
    return f"{amount[:1].upper()}{amount[1:]} {'is' if value['max'] == 1 else 'are'} {name}, {from_pledges}."


def required_sentence(one: Json, available: Json) -> str:
    """What is required beside what is available, and what is missing."""
    need = need_clause(one)
    if one["is_cumulative"]:
        return f"{need}; a total over rotations is held against nothing."
    there = figure(available)
    have = {"none": "nothing is available", "undisclosed": "an undisclosed number is available"}.get(
        there, f"{there} {'is' if there == '1' else 'are'} available"
    )
    return f"{need}, {have}: {missing_clause(one['gap'])}."


def need_clause(one: Json) -> str:
    """What is required, by whom, how firmly."""
    size = people({**one, "measure": "cumulative" if one["is_cumulative"] else None})
    capability = f" for {spoken(one['capability'])}" if one["capability"] else ""
    need = f"{size}{capability} are required ({one['requirement']}, {one['standing']} by {one['stated_by']})"
    return need[:1].upper() + need[1:]


def missing_clause(lacking: Json) -> str:
    """What is missing, in words."""
    said = gap(lacking)
    if said == "none":
        return "nothing is missing"
    if said == "unknown":
        return "how many are missing cannot be said"
    is_range = " to " in said and not said.startswith("up to")
    return f"{f'between {said}'.replace(' to ', ' and ') if is_range else said} are missing"


# --- items ------------------------------------------------------------------------------------------------------------


def pledge_sentence(item: Json) -> str:
    """A pledge as it stands: what is left of it, and what it waits for."""
    said = f"{item['contributor']} has {item['level']} {people(item['quantity'])} for {spoken(item['capability'])}"
    flags = [flag for flag in item["flags"] if flag == "estimated"]
    return f"{item['pledge']}: {said}{', estimated' if flags else ''}{_pledge_state(item)}."


def _pledge_state(item: Json) -> str:
    if item["status"] != "standing":
        return f"; {item['status']} {when(item['since'])}"
    waits = [one["condition"] for one in item["conditions"] if one["keeps_back"]]
    if waits:
        failed = any(one["status"] == "failed" for one in item["conditions"])
        return f"; {'blocked by' if failed else 'waiting for'} {listed(waits)}"
    return f"; {item['standing']}" if item["standing"] else ""


def _basing(item: Json) -> str:
    where = ", ".join(filter(None, (spoken(item["zone"]), item["place"], item["country"])))
    by = f" by {item['proposed_by']}" if item["proposed_by"] else ""
    certainty = f", {item['certainty']}" if item["certainty"] else ""
    return f"Basing at {item['basing']} ({where}{certainty}) is {spoken(item['status'])}{by} {_since(item)}."


def _condition(item: Json) -> str:
    held = figure_of_people(item["held_back"])
    rule = ", but its rule holds" if item["rule"] and item["status"] == "open" and item["holds"] else ""
    what = f"{item['condition']} ({item['description'].removesuffix('.')})"
    return f"The condition {what} is {item['status']} {_since(item)}{rule}; it holds back {held}."


def _stance(item: Json) -> str:
    what = spoken(item["capability"]) if item["capability"] else "taking part"
    where = f" ({spoken(item['zone'])})" if item["zone"] else ""
    by = f", says {item['said_by']}" if item["said_by"] else ""
    return f"{item['actor']} {STANCES[item['stance']]} {what}{where} {_since(item)}{by}."


def _requirement(item: Json) -> str:
    need = people(item["quantity"])
    return f"{item['requirement']}: {item['stated_by']} states a need of {need}, {item['standing']}, {_since(item)}."


def _meeting(item: Json) -> str:
    present = [one["actor"] for one in item["attendance"] if one["present"]]
    absent = [one["actor"] for one in item["attendance"] if not one["present"]]
    who = "".join((f"; there: {listed(present)}" if present else "", f"; absent: {listed(absent)}" if absent else ""))
    starts = f" {when(item['starts_at'])}" if item["starts_at"] else ""
    became = f"{'is' if item['status'] == 'scheduled' else 'was'} {item['status']}"
    return f"The meeting {item['meeting']} ({item['title'] or spoken(item['forum'])}) {became}{starts}{who}."


def _statement(item: Json) -> str:
    who = f"{listed(item['by'])} {'state' if len(item['by']) > 1 else 'states'}" if item["by"] else "It is stated"
    return f"{who} ({spoken(item['kind'])}, {item['statement']}): {item['text']}"


def _counted(item: Json) -> str:
    named = f"; the record names {bounds(item['named']['min'], item['named']['max'])}" if item["named"] else ""
    number = people(item["value"]) if item["subject"] == "personnel" else f"{quantity(item['value'])} {item['subject']}"
    return f"{item['report']}: a source counts {number} ({item['scope']}){named}."


def _member(item: Json) -> str:
    if item["status"] == "left":
        return f"{item['member']}, {spoken(item['role'])} before, left {when(item['since'])}."
    return f"{item['member']} takes part as {spoken(item['role'])} {_since(item)}."


def _command(item: Json) -> str:
    led_by = f", led by {listed(item['led_by'])}" if item["led_by"] else ""
    at = f" at {item['headquarters']}" if item["headquarters"] else ""
    return f"The {item['component']} command is {item['status']}{at}{led_by} {_since(item)}."


def _set_aside(item: Json) -> str:
    return f"Event {item['sequence']} ({item['type']}) is set aside by {item['rule']}: {item['detail']}."


def _partner(item: Json) -> str:
    stance = f"is {spoken(item['stance'])} {_since(item)}" if item["stance"] else "has stated no stance"
    return f"The key partner, {item['partner']}, {stance}."


def _since(item: Json) -> str:
    return f"since {date(item['since'])}" if item.get("since") else ""


def _sought(item: Json) -> str:
    sought = f"sought as {item['importance']}" if item["importance"] else "not sought"
    stance = f"its stance is {spoken(item['stance'])} {_since(item)}" if item["stance"] else "it has stated no stance"
    return f"From the key partner, {spoken(item['capability'])} is {sought}; {stance}."


_TELLERS: dict[tuple[str, str], Callable[[Any], str]] = {
    ("basing", "zone"): _basing,
    ("condition", "description"): _condition,
    ("actor", "stance"): _stance,
    ("pledge", "contributor"): pledge_sentence,
    ("requirement", "quantity"): _requirement,
    ("meeting", "forum"): _meeting,
    ("statement", "kind"): _statement,
    ("report", "scope"): _counted,
    ("member", "role"): _member,
    ("command", "component"): _command,
    ("event_id", "rule"): _set_aside,
    ("partner", "by_capability"): _partner,
    ("capability", "importance"): _sought,
}
"""How an item is told, by its first field and another that it has."""


def item_sentence(value: Any) -> str | None:
    """An item of any of the picture's lists as a sentence; nothing for what is no such item."""
    if not isinstance(value, dict) or not value:
        return None
    name = next(iter(value))
    return next((tell(value) for (first, other), tell in _TELLERS.items() if first == name and other in value), None)
