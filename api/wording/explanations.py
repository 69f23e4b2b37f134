"""``coalition why``: a figure as a sentence, the pledges that it consists of, and the events that it is based on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.wording.facts import Contributors, event_sentence
from api.wording.items import figure_sentence, is_figure, is_required, item_sentence, pledge_sentence, required_sentence
from api.wording.json_pointers import nodes_at
from api.wording.phrases import Json, capitalised, count, listed, spoken


def why_lines(why: Json, picture: Json, events: Mapping[str, Json], contributors: Contributors) -> Iterator[str]:
    """The answer in sentences; ``events`` are the events that it refers to, by id."""
    yield from figure_lines(why["figure"], picture)
    pledges = [contribution["pledge"] for contribution in why["pledges"]]
    if pledges:
        yield ""
        yield f"It consists of {count(len(pledges), 'pledge')}:"
        yield from (f"- {pledge_sentence(pledge)}" for pledge in pledges)
    refs = {ref["event_id"]: ref for part in (*why["pledges"], why) for ref in part["events"]}
    in_order = sorted(refs.values(), key=lambda ref: ref["sequence"])
    yield ""
    yield f"It is based on {count(len(in_order), 'event')}:" if in_order else "It is based on no events."
    yield from (f"- {reference_sentence(ref, events, contributors)}" for ref in in_order)


def reference_sentence(ref: Json, events: Mapping[str, Json], contributors: Contributors) -> str:
    """An event as a sentence, or its type, subject and number if no more of it is known."""
    event = events.get(ref["event_id"])
    return event_sentence(event, contributors) if event else f"{ref['type']} {ref['about']} (event {ref['sequence']})."


def figure_lines(pointer: str, picture: Json) -> Iterator[str]:
    """The part at a pointer, introduced by the nearest part around it that has a sentence."""
    nodes = nodes_at(picture, pointer)
    tokens = [token for token, _ in nodes]
    for depth in range(len(nodes), 0, -1):
        sentence = _sentence(tokens[:depth], nodes[depth - 1][1], picture)
        if sentence:
            yield sentence
            if depth < len(nodes):
                yield f"{_path(tokens[depth:])}: {_value(nodes[-1][1])}."
            return
    yield f"{pointer or 'The picture'} is {_value(nodes[-1][1] if nodes else picture)}."


def _sentence(tokens: Sequence[str], value: Any, picture: Json) -> str | None:
    if is_required(value):
        size = picture["size"]
        part = size["by_capability"].get(value["capability"]) if value["capability"] else size
        return required_sentence(value, part["available"] if part else _NOTHING)
    return figure_sentence(tokens, value) if is_figure(value) else item_sentence(value)


_NOTHING = {"min": 0, "max": 0, "pledges": 0, "contributors": 0, "undisclosed": 0}


_STEPS = {
    "min": "at least", "max": "at most", "gap": "shortfall", "held_back": "personnel affected",
    "holds": "rule satisfied", "undisclosed": "pledges of undisclosed size",
}  # fmt: skip

_PARTS = _STEPS | {"min": "a lower bound", "max": "an upper bound"}


def _path(tokens: Sequence[str]) -> str:
    """The path from a part with a sentence to one of its parts: ``Shortfall, at most``."""
    return capitalised(", ".join(_STEPS.get(token, spoken(token)) for token in tokens))


def _value(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case str():
            return spoken(value)
        case list() if all(isinstance(one, str) for one in value):
            return ", ".join(value) or "empty"
        case list():
            return f"a list of {len(value):,}"
        case dict() if not value:
            return "empty"
    return f"consists of {listed([_PARTS.get(part, spoken(part)) for part in value])}"
