"""The parts of a picture as sentences: each figure and each item, by its place in the picture."""

from collections.abc import Callable, Sequence
from typing import Any, get_args

from api.wording.confidence import doubts_of_figure, doubts_of_item
from api.wording.names import called
from api.wording.phrases import (
    Json,
    able_to_move,
    bounds,
    capitalised,
    condition_name,
    count,
    date,
    figure_of_people,
    for_capability,
    in_zone,
    is_currency,
    label,
    listed,
    money,
    people,
    place_of_basing,
    plural,
    reported_total,
    spoken,
    stance_object,
    stance_verb,
    statement_kind,
    type_in_words,
    when,
)
from domain.vocabulary import Purpose

FIGURE_PHRASES = {
    "floated": "floated",
    "pledged": "pledged",
    "committed": "committed",
    "assigned": "assigned",
    "available": "available",
    "upcoming": "upcoming",
    "conditional": "conditional",
    "blocked": "blocked",
    "suspended": "suspended",
    "if_all_move": "available if pledges waiting for each other were released together",
    "deployed": "deployed",
    "estimated": "estimated from formations",
    "held_back": "affected",
    "binding": "committed or assigned",
    "disbursed": "disbursed",
}
"""What is said of what each figure counts."""


def is_figure(value: Any) -> bool:
    return isinstance(value, dict) and {"min", "max", "pledges", "undisclosed"} <= value.keys()


def is_required(value: Any) -> bool:
    return isinstance(value, dict) and {"requirement", "gaps"} <= value.keys()


def place_of(tokens: Sequence[str]) -> str:
    """The part that a figure belongs to: `` from the United Kingdom``, `` in ground forces``; nothing for the whole."""
    if "by_contributor" in tokens[:-1]:
        return f" from {tokens[tokens.index('by_contributor') + 1]}"
    if "by_basing" in tokens[:-1]:
        basing = tokens[tokens.index("by_basing") + 1]
        return " at no stated place" if basing == "unstated" else f" at {basing}"
    if "by_capability" in tokens[:-1]:
        return f" in {spoken(tokens[tokens.index('by_capability') + 1])}"
    if "required" in tokens[:-1]:
        return f" for the requirement {tokens[tokens.index('required') + 1]}"
    if tokens[0] == "conditions":
        return f" by the condition {called('condition', tokens[1])}"
    return " (waiting for the key partner)" if "key_partner" in tokens else ""


def figure_name(tokens: Sequence[str]) -> str:
    """What a figure counts, by its place: ``available from the United Kingdom``."""
    if "within_days" in tokens:
        return able_to_move(tokens[-1])
    name = next((FIGURE_PHRASES[token] for token in reversed(tokens) if token in FIGURE_PHRASES), spoken(tokens[-1]))
    if "by_level" in tokens:
        name = f"{tokens[-1]} and {FIGURE_PHRASES[tokens[tokens.index('by_level') - 1]]}"
    purpose = purpose_of(tokens)
    return f"{name}{f' as {spoken(purpose)}' if purpose else ''}{place_of(tokens)}"


def unit_of(tokens: Sequence[str]) -> str | None:
    """The unit of a figure that is not in the force's people; ``personnel`` in aid."""
    return tokens[-2] if tokens[0] in ("money", "aid") or "other_units" in tokens else None


def purpose_of(tokens: Sequence[str]) -> str | None:
    """The purpose of the pledges in a figure of money or aid."""
    if tokens[0] not in ("money", "aid"):
        return None
    return next((token for token in tokens[1:] if token in get_args(Purpose)), None)


def figure_sentence(tokens: Sequence[str], value: Json, unit: str | None = None) -> str:
    """A figure: how many people or units, what they are, and from how many pledges and contributors.

    ``unit`` is the unit of the requirement that it is beside, if it is beside one.
    """
    name = figure_name(tokens)
    if not value["pledges"]:
        return f"No pledge counts as {name}."
    unit = unit or unit_of(tokens) or "people"
    unit = "people" if unit == "personnel" else unit
    source = f"from {count(value['pledges'], 'pledge')} by {count(value['contributors'], 'contributor')}"
    if value["undisclosed"] == value["pledges"]:
        size = "amount" if is_currency(unit) else "number"
        return f"An undisclosed {size} of {plural(unit)} {'is' if is_currency(unit) else 'are'} {name}, {source}."
    without = f"; {value['undisclosed']:,} of undisclosed size, not in the sum" if value["undisclosed"] else ""
    amount = _amount(value, unit)
    is_one = value["max"] == 1 or is_currency(unit)
    doubts = "".join(f"; {doubt}" for doubt in doubts_of_figure(value, unit))
    return f"{capitalised(amount)} {'is' if is_one else 'are'} {name}, {source}{without}{doubts}."


def _amount(value: Json, unit: str) -> str:
    if is_currency(unit):
        return money(value["min"], value["max"], unit)
    known = bounds(value["min"], value["max"])
    one = "person" if unit == "people" else spoken(unit)
    return "none so far" if known == "none" else f"{known} {one if known == '1' else plural(unit)}"


def before_formation(facts: int) -> str:
    """The facts that a picture leaves out before the coalition is formed."""
    not_shown = "it is not shown" if facts == 1 else "they are not shown"
    return f"{count(facts, 'fact')} on record took effect before the coalition was formed; {not_shown}."


# --- items ------------------------------------------------------------------------------------------------------------


def pledge_sentence(item: Json) -> str:
    """A pledge: what is left of it, and its state."""
    what = f"{people(item['quantity'])}{for_capability(item['capability'], item['quantity']['unit'])}"
    state = pledge_state(item)
    also = f"; {state}" if state != item["level"] else ""
    part = f" as part of {item['part_of']}" if item["part_of"] else ""
    pledged = f"{capitalised(item['contributor'])} has {item['level']} {what}{part} ({item['pledge']})"
    return f"{'; '.join([f'{pledged}{also}', *counted_phrases(item['counted'], item['quantity']['unit'])])}."


def counted_phrases(its: Json | None, unit: str) -> list[str]:
    """What a pledge with parts or phases counts: ``counts as 700 beside its parts (deu)``, ``450 now, 1,750 later``."""
    if its is None:
        return []
    beside = f"counts as {_bounds_in(its['whole'], unit)} beside its parts ({listed(its['parts'])})"
    steps = f"{_bounds_in(its['now'], unit)} now, {_bounds_in(its['later'], unit)} later"
    return [beside] * bool(its["parts"]) + [steps] * bool(its["later"])


def _bounds_in(value: Json | None, unit: str) -> str:
    if value is None:
        return "an undisclosed size"
    if is_currency(unit):
        return money(value["min"], value["max"], unit)
    return bounds(value["min"], value["max"])


def pledge_state(item: Json) -> str:
    """``available``, ``conditional on a ceasefire``, ``withdrawn on 1 May 2025``."""
    if item["status"] != "standing":
        return f"{item['status']} {when(item['since'])}"
    waits = [one for one in item["conditions"] if one["keeps_back"]]
    failed = [condition_name(one["condition"]) for one in waits if one["status"] == "failed"]
    open_ = [condition_name(one["condition"]) for one in waits if one["status"] != "failed"]
    states = [f"blocked by a failed condition: {listed(failed)}"] if failed else []
    states += [f"conditional on {listed(open_)}"] if open_ else []
    return "; ".join(states) or str(item["standing"] or item["level"])


def item_name(item: Json) -> str:
    """The name of an item in headings and lists: ``United Kingdom, ground forces``, ``Condition ceasefire``."""
    kind = _kind_of(item)
    return _NAMES[kind](item) if kind else str(next(iter(item.values())))


def _stance_name(item: Json) -> str:
    is_overall = item["capability"] in (None, "unspecified")
    on = "overall" if is_overall else spoken(item["capability"])
    return f"{capitalised(label(item['actor']))}, {on}{in_zone(item['zone'])}"


def _statement_name(item: Json) -> str:
    if item["label"]:
        return str(item["label"])
    by = f" by {listed(item['by'])}" if item["by"] else ""
    return f"{capitalised(statement_kind(item['kind']))}{by}"


def _basing(item: Json) -> str:
    by = f" by {item['proposed_by']}" if item["proposed_by"] else ""
    certainty = f"{item['certainty']}; " if item["certainty"] else ""
    where = f", {place_of_basing(item)}" if item["label"] else ""
    return f"{item_name(item)}{where}: {spoken(item['status'])}{by} ({certainty}{_since(item)})."


def _condition(item: Json) -> str:
    rule = ", although its rule is satisfied" if item["rule"] and item["status"] == "open" and item["holds"] else ""
    affected = figure_of_people(item["held_back"]) if item["held_back"]["pledges"] else "no pledge"
    description = item["description"].removesuffix(".")
    return f"{item_name(item)} ({description}): {item['status']} {_since(item)}{rule}; it affects {affected}."


def _stance(item: Json) -> str:
    by = f", according to {item['said_by']}" if item["said_by"] else ""
    return f"{capitalised(item['actor'])} {stance_verb(item)} {stance_object(item)} ({_since(item)}{by})."


def _requirement(item: Json) -> str:
    need = f"{people(item['quantity'])}{for_capability(item['capability'])}"
    need += f", a line of {item['part_of']}" if item["part_of"] else ""
    return f"{item['label']}: {need}, {item['standing']} by {item['stated_by']} ({_since(item)})."


def _meeting(item: Json) -> str:
    present = [label(one["actor"]) for one in item["attendance"] if one["present"]]
    absent = [label(one["actor"]) for one in item["attendance"] if not one["present"]]
    starts = ""
    if item["starts_at"]:
        starts = f" for {date(item['starts_at'])}" if item["status"] == "scheduled" else f" {when(item['starts_at'])}"
    who = [f"present: {listed(present)}"] if present else []
    who += [f"absent: {listed(absent)}"] if absent else []
    return f"{item_name(item)}: {'; '.join((item['status'] + starts, *who))}."


def _statement(item: Json) -> str:
    return f"{item_name(item)}: {item['text']}"


def _reported_count(item: Json) -> str:
    named = f"; named here: {bounds(item['named']['min'], item['named']['max'])}" if item["named"] else ""
    status = "; the series ended" if item["status"] == "ended" else ""
    return f"{item_name(item)}: {reported_total(item)}, according to {according_to(item)}{named}{status}."


def according_to(total: Json) -> str:
    """Who reported a total, and for when: ``AFP (10 April 2025)``."""
    return f"{listed(total['publishers'])} ({date(total['since'])})"


def _member(item: Json) -> str:
    if item["status"] == "left":
        last = listed([spoken(one["role"]) for one in item["roles"]])
        return f"{item_name(item)}: left {when(item['since'])}; {last} until then."
    roles = [f"{spoken(one['role'])} {_since(one)}" for one in item["roles"]]
    return f"{item_name(item)}: {listed(roles)}."


def _command(item: Json) -> str:
    led_by = f", led by {listed(item['led_by'])}" if item["led_by"] else ""
    at = f", with headquarters in {item['headquarters']}" if item["headquarters"] else ""
    return f"{item_name(item)}: {item['status']}{at}{led_by} ({_since(item)})."


def _set_aside(item: Json) -> str:
    return f"{item_name(item)} is not applied: {item['detail']} ({item['rule']})."


def _partner(item: Json) -> str:
    return f"{item_name(item)}: {stance_since(item)}."


def stance_since(item: Json) -> str:
    """``undecided since 10 April 2025``, ``no stance on record``."""
    return f"{spoken(item['stance'])} {_since(item)}" if item["stance"] else "no stance on record"


def _since(item: Json) -> str:
    return f"since {date(item['since'])}" if item.get("since") else ""


def sought(item: Json) -> str:
    """``sought (critical)``."""
    return f"sought ({item['importance']})" if item["importance"] else "not sought"


def _sought(item: Json) -> str:
    return f"{item_name(item)}, from the key partner: {sought(item)}; stance: {stance_since(item)}."


_SENTENCES: dict[tuple[str, str], Callable[[Any], str]] = {
    ("basing", "zone"): _basing,
    ("condition", "description"): _condition,
    ("actor", "stance"): _stance,
    ("pledge", "contributor"): pledge_sentence,
    ("requirement", "quantity"): _requirement,
    ("meeting", "forum"): _meeting,
    ("statement", "kind"): _statement,
    ("report", "scope"): _reported_count,
    ("member", "role"): _member,
    ("command", "component"): _command,
    ("event_id", "rule"): _set_aside,
    ("partner", "by_capability"): _partner,
    ("capability", "importance"): _sought,
}
"""The sentence of each kind of item; a kind is known by its first field and another that it has."""

_NAMES: dict[tuple[str, str], Callable[[Any], str]] = {
    ("basing", "zone"): lambda item: str(item["label"] or f"Basing {place_of_basing(item)}"),
    ("condition", "description"): lambda item: str(item["label"] or f"Condition {item['condition']}"),
    ("actor", "stance"): _stance_name,
    ("pledge", "contributor"): lambda item: f"{capitalised(label(item['contributor']))}, {spoken(item['capability'])}",
    ("requirement", "quantity"): lambda item: str(item["label"]),
    ("meeting", "forum"): lambda item: str(item["title"] or item["meeting"]),
    ("statement", "kind"): _statement_name,
    ("report", "scope"): lambda item: str(item["label"] or f"Reported total ({item['scope']})"),
    ("member", "role"): lambda item: capitalised(label(item["member"])),
    ("command", "component"): lambda item: f"{capitalised(item['component'])} command",
    ("event_id", "rule"): lambda item: f"Event {item['sequence']} ({type_in_words(item['type'])})",
    ("partner", "by_capability"): lambda item: f"Key partner, {label(item['partner'])}",
    ("capability", "importance"): lambda item: capitalised(spoken(item["capability"])),
}
"""The name of each kind of item."""


def item_sentence(value: Any) -> str | None:
    """An item of the picture's lists as a sentence; ``None`` for other values."""
    kind = _kind_of(value)
    if kind is None:
        return None
    sentence = _SENTENCES[kind](value)
    doubts = doubts_of_item(value)
    return f"{sentence.removesuffix('.')}; {'; '.join(doubts)}." if doubts else sentence


def _kind_of(value: Any) -> tuple[str, str] | None:
    """The kind of an item, by its first field and another that it has."""
    if not isinstance(value, dict) or not value:
        return None
    name = next(iter(value))
    return next((kind for kind in _SENTENCES if kind[0] == name and kind[1] in value), None)
