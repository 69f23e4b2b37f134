"""``coalition diff``: what changed between two pictures, in sentences, and the events that changed it."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

from api.cli.facts_told import Contributors
from api.cli.items_told import FIGURES, is_figure, is_required, item_sentence, missing_clause, need_clause, place_of
from api.cli.pointers import named
from api.cli.why_told import told
from api.cli.words import Json, basis_line, count, figure, gap, plural, quantity, spoken


def diff_lines(difference: Json, events: Mapping[str, Json], contributors: Contributors) -> Iterator[str]:
    """The answer in sentences; ``events`` has each event that it names, by its id."""
    yield f"Before: {basis_line(difference['before'])}."
    yield f"After: {basis_line(difference['after'])}."
    yield ""
    if not difference["changes"]:
        yield "Nothing changed."
        return
    numbers = {ref["event_id"]: ref["sequence"] for ref in difference["events"]}
    yield from changes_told(difference["changes"], lambda event_ids: _events(event_ids, numbers))
    yield ""
    yield f"It changed through {count(len(difference['events']), 'event')}{':' if difference['events'] else '.'}"
    yield from (f"- {told(ref, events, contributors)}" for ref in difference["events"])


def changes_told(changes: list[Json], causes: Callable[[Collection[str]], str]) -> Iterator[str]:
    """Each change in a line; ``causes`` has what is said of the events that it comes from, by their ids."""
    for part, of_part in groupby(_not_told_twice(changes), _part_of):
        yield from (f"- {line}" for line in _lines(part, list(of_part), causes))


def _not_told_twice(changes: list[Json]) -> Iterator[Json]:
    """Leave out a requirement as stated where it is told beside what is missing."""
    beside = {change["what"].removeprefix("/size/required/") for change in changes}
    yield from (
        change
        for change in changes
        if not (change["what"].startswith("/requirements/") and change["what"].removeprefix("/requirements/") in beside)
    )


def _tokens(change: Json) -> list[str]:
    return [token.replace("~1", "/").replace("~0", "~") for token in change["what"].split("/")[1:]]


def _part_of(change: Json) -> str:
    """Figures of the same part are told together; anything else by itself."""
    return place_of(_tokens(change)) if is_figure(change["before"] or change["after"]) else change["what"]


def _lines(part: str, changes: list[Json], causes: Callable[[Collection[str]], str]) -> Iterator[str]:
    through = causes({event_id for change in changes for event_id in change["events"]})
    by = f" ({through})." if through else "."
    if is_figure(changes[0]["before"] or changes[0]["after"]):
        name = "The whole force" if not part else part.strip().removeprefix("of ").removeprefix("in ")
        went = "; ".join(_went(_tokens(change), change) for change in changes)
        yield f"{name[:1].upper()}{name[1:]}: {went}{by}"
    else:
        yield f"{_changed(_tokens(changes[0]), changes[0]['before'], changes[0]['after'])}{by}"


def _events(event_ids: Collection[str], numbers: Mapping[str, int]) -> str:
    through = sorted(numbers[event_id] for event_id in event_ids if event_id in numbers)
    said = ", ".join(map(str, through))
    return f"{'event' if len(through) == 1 else 'events'} {said}" if through else ""


def _went(tokens: list[str], change: Json) -> str:
    was, is_now = (figure(one) if one else "none" for one in (change["before"], change["after"]))
    name = next((FIGURES[token] for token in reversed(tokens) if token in FIGURES), spoken(tokens[-1]))
    name = f"in {tokens[-1] if tokens[-1].isupper() else plural(tokens[-1])}" if "other_units" in tokens else name
    return f"{name} stays {was}, of other pledges" if was == is_now else f"{name} was {was}, is {is_now}"


def _changed(tokens: list[str], before: Any, after: Any) -> str:
    """One change of an item: what is new, what is gone, what it is instead, or which fields went from what to what."""
    if tokens[-1] in (before, after) and None in (before, after):
        how = f"as {spoken(tokens[1])}" if tokens[0] == "members" else f"({_name(tokens[:-1])})"
        return f"{'New' if before is None else 'Gone'}: {tokens[-1]} {how}"
    if before is None and (new := _told(after)):
        return f"New: {new}"
    if after is None and (gone := _told(before)):
        return f"Gone: {gone}"
    if is_required(before) and is_required(after) and before["gap"] != after["gap"]:
        return f"{_told(after)}, before that {missing_clause(before['gap'])}"
    if _is_another(before, after) and (instead := _told(after)):
        return f"{_name(tokens)}: {instead}"
    return f"{_name(tokens)}: {'; '.join(_differences(before, after, ''))}"


def _told(value: Any) -> str | None:
    if is_required(value):
        need = need_clause(value)
        return need if value["is_cumulative"] else f"{need}; {missing_clause(value['gap'])}"
    sentence = item_sentence(value)
    return sentence.removesuffix(".") if sentence else None


def _is_another(before: Any, after: Any) -> bool:
    """Whether an item has given way to one of another name."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    first = next(iter(after))
    return bool(before.get(first) != after[first])


_NAMES = {"us_role": "the key partner", "size": ""}
_TOLD_BY_QUANTITY = ("personnel", "flags")


def _name(tokens: list[str]) -> str:
    names = [_NAMES.get(token, token if "-" in token or token.isupper() else spoken(token)) for token in tokens]
    said = " ".join(filter(None, names)) or "the picture"
    return said[:1].upper() + said[1:]


def _differences(was: Any, is_now: Any, name: str) -> Iterator[str]:
    """What differs, down to what can be said in a few words."""
    if was == is_now:
        return
    if _has_named_items(was) or _has_named_items(is_now):
        yield from _items_differ(named(was), named(is_now), name)
    elif isinstance(was, dict) and isinstance(is_now, dict) and not (_is_said(was) or _is_said(is_now)):
        for field in was | is_now:
            if not (field in _TOLD_BY_QUANTITY and "quantity" in was):
                own_name = name and field == next(iter(is_now))
                told = name if own_name else f"{name} {spoken(field)}".strip()
                yield from _differences(was.get(field), is_now.get(field), told)
    elif _are_names(was) and _are_names(is_now):
        yield f"{name} {'; '.join(_names_differ(was, is_now))}"
    else:
        yield f"{name} was {_said(was)}, is {_said(is_now)}".strip()


def _has_named_items(value: Any) -> bool:
    """Whether it is a list of items; a target (``{"pledge": ...}``) is said, not compared."""
    return isinstance(value, list) and any(isinstance(one, dict) and len(one) > 1 for one in value)


def _are_names(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) or _is_target(one) for one in value)


def _is_target(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1


def _names_differ(was: list[Any], is_now: list[Any]) -> Iterator[str]:
    if more := [one for one in is_now if one not in was]:
        yield f"also {_said(more)}"
    if less := [one for one in was if one not in is_now]:
        yield f"no longer {_said(less)}"
    if not more and not less:
        yield f"now in the order {_said(is_now)}"


def _items_differ(was: dict[str, Any], is_now: dict[str, Any], name: str) -> Iterator[str]:
    for item in was | is_now:
        if item not in was:
            yield f"{name} now with {_brief(item, is_now[item])}".strip()
        elif item not in is_now:
            yield f"{name} no longer with {item}".strip()
        else:
            yield from _differences(was[item], is_now[item], f"{name} {item}".strip())


def _brief(name: str, item: Any) -> str:
    """An item by its name, and what else there is to it."""
    rest = [f"{spoken(field)} {_said(value)}" for field, value in list(item.items())[1:] if value is not None]
    return f"{name} ({', '.join(rest)})" if rest else name


def _is_said(value: Json) -> bool:
    return is_figure(value) or "unit" in value or value.keys() == {"min", "max"}


def _said(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case str():
            return spoken(value)
        case list():
            return ", ".join(_said(one) for one in value) or "nothing"
        case {"coalition": True}:
            return "everyone"
        case dict() if is_figure(value):
            return figure(value)
        case dict() if "unit" in value:
            return quantity(value)
        case dict() if value.keys() == {"min", "max"}:
            return gap(value)
    return ", ".join(_said(one) for one in value.values() if one is not None)
