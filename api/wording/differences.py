"""``coalition diff``: what changed between two pictures, in sentences, and the events that caused it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from api.wording.confidence import dispute, doubts_of_figure, field_name
from api.wording.explanations import reference_sentence
from api.wording.facts import Contributors
from api.wording.items import (
    FIGURE_PHRASES,
    counted_phrases,
    is_figure,
    is_required,
    item_name,
    item_sentence,
    place_of,
    purpose_of,
    sought,
    stance_since,
    unit_of,
)
from api.wording.json_pointers import by_name
from api.wording.phrases import (
    Json,
    able_to_move,
    basis_line,
    bounds,
    capitalised,
    condition_name,
    count,
    date,
    figure,
    is_currency,
    label,
    listed,
    plural,
    quantity,
    spoken,
)
from api.wording.requirements import BESIDE, need_changes, need_clause, shortfall_of
from domain.json_pointers import steps_of


def diff_lines(difference: Json, events: Mapping[str, Json], contributors: Contributors) -> Iterator[str]:
    """The answer in sentences; ``events`` are the events that it refers to, by id."""
    yield f"Before: {basis_line(difference['before'])}."
    yield f"After: {basis_line(difference['after'])}."
    yield ""
    if not difference["changes"]:
        yield "Nothing changed."
        return
    numbers = {ref["event_id"]: ref["sequence"] for ref in difference["events"]}
    yield from change_lines(difference["changes"], lambda event_ids: _events(event_ids, numbers))
    yield ""
    yield f"Caused by {count(len(difference['events']), 'event')}{':' if difference['events'] else '.'}"
    yield from (f"- {reference_sentence(ref, events, contributors)}" for ref in difference["events"])


def change_lines(changes: list[Json], causes: Callable[[Collection[str]], str]) -> Iterator[str]:
    """Each change in a line; ``causes`` turns the ids of its events into a phrase."""
    ambiguous = _ambiguous_pledges(changes)
    for _, of_part in groupby(_without_duplicates(changes), _part_of):
        group = list(of_part)
        through = causes({event_id for change in group for event_id in change["events"]})
        yield f"- {_line(group, ambiguous)}{f' ({through})' if through else ''}."


def _without_duplicates(changes: list[Json]) -> Iterator[Json]:
    """The changes without each requirement whose change is reported together with its shortfall, and without money,
    which is reported as part of the force or of the aid."""
    with_shortfall = {change["what"].removeprefix("/size/required/") for change in changes}
    yield from (
        change
        for change in changes
        if not (
            change["what"].startswith("/requirements/")
            and change["what"].removeprefix("/requirements/") in with_shortfall
        )
        and not change["what"].startswith("/money/")
    )


def _ambiguous_pledges(changes: list[Json]) -> set[str]:
    """The names that several of the changed pledges share, so that each needs its id as well."""
    names = [item_name(_pledge(change)) for change in changes if change["what"].startswith("/pledges/")]
    return {name for name in names if names.count(name) > 1}


def _pledge(change: Json) -> Json:
    item: Json = change["after"] or change["before"]
    return item


def _tokens(change: Json) -> list[str]:
    return steps_of(change["what"])


def _part_of(change: Json) -> str:
    """The part that a change belongs to: figures of the same part share a line, other changes have their own."""
    if not is_figure(change["before"] or change["after"]):
        return str(change["what"])
    tokens = _tokens(change)
    purpose = purpose_of(tokens)
    return f"{tokens[0]}/{purpose}{place_of(tokens)}" if purpose else place_of(tokens)


def _events(event_ids: Collection[str], numbers: Mapping[str, int]) -> str:
    through = sorted(numbers[event_id] for event_id in event_ids if event_id in numbers)
    return f"{'event' if len(through) == 1 else 'events'} {', '.join(map(str, through))}" if through else ""


def _line(changes: Sequence[Json], ambiguous: Collection[str]) -> str:
    """One change, or all those of the figures of one part."""
    tokens, before, after = _tokens(changes[0]), changes[0]["before"], changes[0]["after"]
    if is_figure(before or after):
        figures = "; ".join(_figure(_tokens(change), change) for change in changes)
        return f"{_part(tokens)}{': ' if purpose_of(tokens) else ', '}{figures}"
    if tokens[0] == "members":
        return f"{'New' if before is None else 'No longer a'} {spoken(tokens[1])}: {label(tokens[-1])}"
    if tokens[0] == "set_aside":
        return _application(before, after)
    if before is None or after is None or not isinstance(after, dict):
        return _appearance(tokens, before, after)
    if is_required(after):
        return _requirement(before, after)
    name = item_name(after)
    if tokens[0] == "pledges" and name in ambiguous:
        name = f"{name} ({tokens[1]})"
    if tokens[0] == "meetings" and before["meeting"] != after["meeting"]:
        return f"{_PLACES[tokens[1]]}: {_sentence(after)} (was {item_name(before)})"
    return f"{name}: {'; '.join(_item_changes(tokens[0], before, after))}"


# --- figures ----------------------------------------------------------------------------------------------------------


def _part(tokens: Sequence[str]) -> str:
    if tokens[0] == "money":
        return "Funding" if tokens[1] == "force" else f"Funding ({spoken(tokens[1])})"
    part = place_of(tokens).strip().removeprefix("from ").removeprefix("in ")
    if purpose := purpose_of(tokens):
        return f"{capitalised(spoken(purpose))}{f', {label(part)}' if part else ''}"
    return capitalised(label(part)) if part else "Whole force"


def _figure(tokens: Sequence[str], change: Json) -> str:
    """``floated: none → 5,000 to 20,000``."""
    unit = unit_of(tokens)
    currency = unit if is_currency(unit) else None
    was, is_now = (figure(one, currency) if one else "none" for one in (change["before"], change["after"]))
    doubts_was, doubts = (doubts_of_figure(one, unit) if one else [] for one in (change["before"], change["after"]))
    if was != is_now:
        went = f"{was} → {is_now}"
    elif change["before"] and change["after"] and not set(change["fields"]) - {"disputed", "leak_only"}:
        went = f"unchanged at {was}"
    else:
        went = f"unchanged at {was}, from other pledges"
    if doubts_was != doubts:
        went += f"; {listed(doubts) or 'nothing doubtful'} (was {listed(doubts_was) or 'nothing doubtful'})"
    names = FIGURE_PHRASES | {"if_all_move": "if released together"}
    name = next((names[token] for token in reversed(tokens) if token in names), spoken(tokens[-1]))
    name = able_to_move(tokens[-1]) if "within_days" in tokens else name
    if unit is None:
        return f"{name}: {went}"
    counted = "funding" if currency else "people" if unit == "personnel" else plural(unit)
    return f"{counted} {name}: {went}"


_BESIDE = frozenset({*BESIDE, "gaps", "state"})
"""The fields of a requirement that say what there is of it, and what is lacking."""


def _requirement(before: Json, after: Json) -> str:
    """A requirement on both sides: what is required, what there is of it, and the shortfalls."""
    stated = [{name: value for name, value in side.items() if name not in _BESIDE} for side in (before, after)]
    changes = [*_fields("required", *stated), *need_changes(before, after)]
    return f"{after['label']}: {'; '.join(changes) or 'unchanged, from other pledges'}"


# --- what is new or gone ----------------------------------------------------------------------------------------------

_NOUNS = {"pledges": "pledge", "stances": "stance", "requirements": "requirement"}
"""The noun for a new item whose sentence does not say what it is."""
_PLACES = {"last_held": "Last meeting", "next_scheduled": "Next meeting", "key_partner": "Key partner"}


def _appearance(tokens: Sequence[str], before: Any, after: Any) -> str:
    """Something that is on one side only."""
    item = before if after is None else after
    if is_required(item):
        shortfall = "" if item["is_cumulative"] else f"; shortfall {shortfall_of(item, 'available')}"
        return f"{'New requirement' if before is None else 'No longer required'}: {need_clause(item)}{shortfall}"
    if tokens[0] in ("name", "key_partner", "meetings") or not isinstance(item, dict):
        name = _PLACES.get(tokens[-1]) or capitalised(spoken(tokens[-1]))
        return f"{name}: {_phrase(after)} ({f'was {_name(before)}' if before else 'none before'})"
    new = f"New {_NOUNS[tokens[0]]}" if tokens[0] in _NOUNS else "New"
    return f"{new if before is None else 'No longer current'}: {_sentence(item)}"


def _phrase(item: Any) -> str:
    return _sentence(item) if isinstance(item, dict) else _value(item)


def _name(item: Any) -> str:
    return item_name(item) if isinstance(item, dict) else _value(item)


def _sentence(item: Json) -> str:
    return (item_sentence(item) or item_name(item)).removesuffix(".")


def _application(before: Json | None, after: Json | None) -> str:
    if after is None and before is not None:
        return f"{item_name(before)} is applied again"
    return _sentence(after or {})


# --- what changed in an item ------------------------------------------------------------------------------------------


def _item_changes(kind: str, before: Json, after: Json) -> Iterator[str]:
    """What changed in an item, each change a phrase."""
    yield from _state(kind, before, after)
    yield from _fields(kind, before, after)


_NO_STANCE = "no stance on record"
_STATES: dict[str, tuple[tuple[str, ...], Callable[[Json], str]]] = {
    "pledges": (("status", "standing"), lambda item: str(item.get("standing") or item["status"])),
    "conditions": (("status",), lambda item: str(item["status"])),
    "basing": (("status",), lambda item: spoken(item["status"])),
    "stances": (("stance",), lambda item: spoken(item["stance"])),
    "key_partner": (("stance",), lambda item: spoken(item["stance"]) if item["stance"] else _NO_STANCE),
    "commands": (("status",), lambda item: str(item["status"])),
    "requirements": (("status",), lambda item: str(item["status"])),
    "members": (("status",), lambda item: str(item["status"])),
}
"""The fields that hold the state of an item of each kind, and the state in words."""


def _state(kind: str, before: Json, after: Json) -> Iterator[str]:
    """``now blocked (was conditional)``, and since when if that changed as well."""
    if kind not in _STATES:
        return
    _, state = _STATES[kind]
    was, is_now = state(before), state(after)
    since_was, since = (f"since {date(item['since'])}" if item.get("since") else "" for item in (before, after))
    if since == since_was:
        since = since_was = ""
    if was != is_now:
        before_that = "no stance before" if was == _NO_STANCE else _with(f"was {was}", since_was)
        yield f"{_with(f'now {is_now}', since)} ({before_that})"
    elif since or since_was:
        yield f"{is_now} {since or 'without a date'} (was {since_was or 'without a date'})"


def _with(state: str, since: str) -> str:
    return f"{state}, {since}" if since else state


_REPORTED_ELSEWHERE = frozenset({"since", "personnel", "flags", "rests_on", "event_id", "things", "is_estimated"})
"""Fields that are reported with another: when a state began, and a pledge's size in people and its cautions."""


def _fields(kind: str, before: Json, after: Json) -> Iterator[str]:
    own = set(_STATES[kind][0]) if kind in _STATES else set()
    for field in after:
        was, is_now = before.get(field), after[field]
        is_reported = field in _REPORTED_ELSEWHERE | own or (field in ("min", "max") and "min" in after)
        is_reported |= field == "holds" and before["status"] != after["status"]
        is_reported |= field == "confirmed_on" and _says_more(before, after)
        if was != is_now and not is_reported:
            yield from _field(field, was, is_now)
    if "min" in after and (before["min"], before["max"]) != (after["min"], after["max"]):
        yield f"size {bounds(before['min'], before['max'])} → {bounds(after['min'], after['max'])}"


def _says_more(before: Json, after: Json) -> bool:
    """Whether more of a pledge has changed than when its contributor last said something about it."""
    rest = after.keys() - {"confirmed_on", "rests_on", "disputed"}
    return any(before.get(field) != after[field] for field in rest)


def _field(field: str, was: Any, is_now: Any) -> Iterator[str]:
    match field:
        case _ if field in _OF_NAMED:
            yield from _OF_NAMED[field](by_name(was), by_name(is_now))
        case "attendance":
            yield from _attendance(was, is_now)
        case "last_meeting":
            yield f"last meeting {_meeting_attended(was)} → {_meeting_attended(is_now)}"
        case "waiting":
            yield from _waiting(was, is_now)
        case "counted":
            counted = [", ".join(counted_phrases(its, "personnel")) or "its whole size" for its in (was, is_now)]
            yield f"counts: {counted[0]} → {counted[1]}"
        case "round":
            yield f"released in round {is_now}" if is_now else "no longer released"
        case "holds":
            yield "its rule is now satisfied" if is_now else "its rule is no longer satisfied"
        case "held_back":
            yield f"personnel affected {figure(was)} → {figure(is_now)}"
        case _ if isinstance(was, list) and isinstance(is_now, list):
            yield from _names(_LABELS.get(field, spoken(field)), was, is_now)
        case _ if _value(was) == _value(is_now):
            yield f"{_LABELS.get(field, spoken(field))} unchanged at {_value(was)}, but worded differently"
        case _:
            yield f"{_LABELS.get(field, spoken(field))} {_value(was)} → {_value(is_now)}"


_LABELS = {
    "quantity": "size", "deployed": "deployed", "notice_to_move_days": "days of notice to move", "expires_on": "expiry",
    "made_at": "made", "attached_to": "applies to", "waived_for": "waived for",
    "pledges": "pledges affected", "contributors_named": "contributors named", "named": "named here",
    "value": "reported", "chairs": "chaired by", "starts_at": "start", "in_force": "in force", "kind": "type",
    "rule": "its rule", "confirmed": "confirmation", "confirmed_on": "last confirmed",
    "part_of": "part of", "fills": "towards", "deployed_at": "deployed at", "disbursed": "paid out",
}  # fmt: skip


def _conditions(was: Mapping[str, Json], is_now: Mapping[str, Json]) -> Iterator[str]:
    """How a pledge's conditions changed: ``now also conditional on a ceasefire``."""
    new = [one for name, one in is_now.items() if name not in was]
    waits = [condition_name(one["condition"]) for one in new if one["keeps_back"] and one["status"] != "failed"]
    if waits:
        also = "also " if any(one["keeps_back"] for one in was.values()) else ""
        yield f"now {also}conditional on {listed(waits)}"
    for one in new:
        if not one["keeps_back"] or one["status"] == "failed":
            yield f"new condition, {one['status']}: {condition_name(one['condition'])}"
    if gone := [condition_name(one["condition"]) for name, one in was.items() if name not in is_now]:
        yield f"no longer conditional on {listed(gone)}"
    changed: dict[str, list[str]] = {}
    for name, one in is_now.items():
        if name in was and was[name] != one:
            changed.setdefault(_condition_change(was[name], one), []).append(condition_name(one["condition"]))
    yield from (phrase.format(listed(names)) for phrase, names in changed.items())


def _condition_change(was: Json, is_now: Json) -> str:
    """What happened to a condition of a pledge, as a format string for its name."""
    state = f" (now {is_now['status']})" if was["status"] != is_now["status"] else ""
    if was["keeps_back"] and not is_now["keeps_back"]:
        return f"no longer waiting for {{}}{state}"
    return f"now waiting for {{}}{state}" if is_now["keeps_back"] else f"condition {{}}{state}"


def _disputes(was: Mapping[str, Json], is_now: Mapping[str, Json]) -> Iterator[str]:
    """On what sources have come to disagree, or do no longer: ``now disputed: size 200 (BBC) or 250 (AFP)``."""
    for name, one in is_now.items():
        if was.get(name) != one:
            yield f"{'disputed otherwise' if name in was else 'now disputed'}: {dispute(one)}"
    yield from (f"{field_name(name)} no longer disputed" for name in was if name not in is_now)


def _caveats(was: Mapping[str, Json], is_now: Mapping[str, Json]) -> Iterator[str]:
    for name, one in is_now.items():
        if was.get(name) != one:
            yield f"{'caveat changed' if name in was else 'new caveat'}: {one['text'].removesuffix('.')}"
    yield from (f"caveat lifted: {one['text'].removesuffix('.')}" for name, one in was.items() if name not in is_now)


def _capabilities(was: Mapping[str, Json], is_now: Mapping[str, Json]) -> Iterator[str]:
    """What is sought from the key partner, and its stance on each."""
    for name, one in is_now.items():
        old = was.get(name)
        if old is None:
            yield f"{spoken(name)}: {sought(one)}, {stance_since(one)}"
        elif old != one:
            changed = [f"now {sought(one)}"] if sought(old) != sought(one) else []
            if stance_since(old) != stance_since(one):
                now, before = (stance_since(side).replace(" since ", ", since ") for side in (one, old))
                changed.append(f"now {now} (was {before})")
            yield f"{spoken(name)}: {', '.join(changed)}"
    yield from (f"{spoken(name)}: no longer sought" for name in was if name not in is_now)


_OF_NAMED: dict[str, Callable[[Mapping[str, Json], Mapping[str, Json]], Iterator[str]]] = {
    "conditions": _conditions, "caveats": _caveats, "by_capability": _capabilities, "disputed": _disputes,
}  # fmt: skip
"""The fields of an item that are lists of things with names, and what is said of their changes."""


def _attendance(was: Sequence[Json], is_now: Sequence[Json]) -> Iterator[str]:
    for word, is_present in (("present", True), ("absent", False)):
        sides = [[label(one["actor"]) for one in side if one["present"] is is_present] for side in (was, is_now)]
        yield from _names(word, *sides) if sides[0] != sides[1] else ()
    if [(one["actor"], one["present"]) for one in was] == [(one["actor"], one["present"]) for one in is_now]:
        yield "level or form of attendance changed"


def _meeting_attended(meeting: Json | None) -> str:
    if meeting is None:
        return "none"
    attended = {True: "present", False: "absent"}.get(meeting["present"], "attendance not on record")
    return f"{meeting['meeting']} ({attended})"


def _waiting(was: Json, is_now: Json) -> Iterator[str]:
    """What changed in what waits for the key partner."""
    if was["contributors"] != is_now["contributors"]:
        yield from _names("contributors waiting for it", was["contributors"], is_now["contributors"])
    for field, name in (("held_back", "personnel affected"), ("floated", "floated, waiting for it")):
        if was[field] != is_now[field]:
            yield f"{name} {figure(was[field])} → {figure(is_now[field])}"


def _names(name: str, was: Sequence[Any], is_now: Sequence[Any]) -> Iterator[str]:
    more, less = [one for one in is_now if one not in was], [one for one in was if one not in is_now]
    changed = [f"added {_value(more)}"] if more else []
    changed += [f"removed {_value(less)}"] if less else []
    yield f"{name}: {'; '.join(changed) or f'now in the order {_value(is_now)}'}"


def _value(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return f"{value:,}"
        case str():
            return spoken(value)
        case list() | tuple():
            return listed([_value(one) for one in value]) or "none"
        case {"coalition": True}:
            return "all contributors"
        case {"contributor": contributor}:
            return f"every pledge of {contributor}"
        case {"pledge": pledge}:
            return f"pledge {pledge}"
        case dict() if is_figure(value):
            return figure(value)
        case dict() if "unit" in value:
            return quantity(value)
        case dict() if value.keys() <= {"min", "max", "approximate"}:
            return bounds(value.get("min"), value.get("max"))
    return ", ".join(_value(one) for one in value.values() if one is not None)
