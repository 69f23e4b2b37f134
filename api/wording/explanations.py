"""``coalition why``: a figure as a sentence, the pledges that it consists of, and the events that it is based on."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.wording.facts import Contributors, event_sentence
from api.wording.items import figure_sentence, is_figure, is_required, item_sentence, pledge_sentence
from api.wording.json_pointers import nodes_at
from api.wording.phrases import Json, capitalised, count, listed, spoken
from api.wording.requirements import need_sentence


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
        sentence = _sentence(tokens[:depth], [value for _, value in nodes[:depth]])
        if sentence:
            yield sentence
            if depth < len(nodes):
                yield f"{_path(tokens[depth:])}: {_value(nodes[-1][1])}."
            return
    yield f"{pointer or 'The picture'} is {_value(nodes[-1][1] if nodes else picture)}."


def _sentence(tokens: Sequence[str], values: Sequence[Any]) -> str | None:
    """The sentence of the last of some values, each inside the one before it."""
    value = values[-1]
    if is_required(value):
        return need_sentence(value)
    unit = next((around["unit"] for around in values if is_required(around)), None)
    return figure_sentence(tokens, value, unit) if is_figure(value) else item_sentence(value)


_STEPS = {
    "min": "at least", "max": "at most", "gaps": "shortfall", "held_back": "personnel affected",
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
        case int() | float():
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
