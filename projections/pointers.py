"""The parts of a picture: every figure and item by its JSON pointer, for ``why.py`` and ``difference.py``.

List items are addressed by position, as RFC 6901 has it, or by the name in their first field, which does not shift.
"""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from domain.concepts.pledges import PledgeState
from domain.events import Event
from domain.facts import Thing, json_name
from domain.json_pointers import escape, steps_of
from projections.picture.figures import Figure

HIDDEN = ("things", "of")


class NoSuchFigure(LookupError):
    """A JSON pointer names nothing in the picture; ``pointer`` is as far as it leads."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail


def resolve(root: Any, pointer: str) -> list[Any]:
    """The nodes from the root to what a pointer names. Raises ``NoSuchFigure``."""
    if pointer and not pointer.startswith("/"):
        raise NoSuchFigure("", "a figure is named by a JSON pointer, as in /size/available/max")
    path = [root]
    reached = ""
    for step in steps_of(pointer):
        path.append(_step(path[-1], step, reached))
        reached += f"/{escape(step)}"
    return path


def _step(node: Any, token: str, reached: str) -> Any:
    offered = _offered(node)
    if token not in offered:
        names = ", ".join(sorted(offered)[:40]) or "nothing"
        raise NoSuchFigure(reached, f"unknown step {token} at {reached or 'the top'}; choose from: {names}")
    return offered[token]


def _offered(node: Any) -> dict[str, Any]:
    """The steps that lead on from a node."""
    if isinstance(node, dict):
        return {str(key): value for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return {name_of(item): item for item in node} | {str(position): item for position, item in enumerate(node)}
    kind: Any = type(node)
    return {json_name(name): getattr(node, name) for name in _shown_fields(kind)}


@cache
def _shown_fields(kind: Any) -> tuple[str, ...]:
    """The fields by which a node of a kind leads on; none where it is no dataclass, or an event."""
    if not is_dataclass(kind) or kind is Event:
        return ()
    return tuple(field.name for field in fields(kind) if field.name not in HIDDEN)


def name_of(item: Any) -> str:
    """What an item of a list is called: its first field, and for a stance all that tells it from others."""
    kind: Any = type(item)
    chosen = _naming_fields(kind)
    if not chosen:
        return str(item)
    return " ".join(str(value) for name in chosen if (value := getattr(item, name)) is not None)


@cache
def _naming_fields(kind: Any) -> tuple[str, ...]:
    if not is_dataclass(kind):
        return ()
    names = [field.name for field in fields(kind)]
    return ("actor", "capability", "zone", "said_by") if {"stance", "actor"} <= set(names) else (names[0],)


def parts_of(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure, item and plain value under a node, each with a pointer that names list items."""
    if isinstance(node, Figure) or (pointer and hasattr(node, "things")):
        yield pointer, node
    elif isinstance(node, (dict, list, tuple)) or is_dataclass(node):
        for name, inner in _named_steps(node):
            yield from parts_of(inner, f"{pointer}/{escape(name)}")
    else:
        yield pointer, node


def made_from(node: Any) -> tuple[dict[str, PledgeState], set[Thing]]:
    """The pledges and the things that a node, and all inside it, were made from."""
    pledges, things = own_sources(node)
    for inner in _inside(node):
        more_pledges, more_things = made_from(inner)
        pledges |= more_pledges
        things |= more_things
    return pledges, things


def _inside(node: Any) -> Iterable[Any]:
    """What is directly inside a node, without plain values."""
    if isinstance(node, dict):
        inner: Iterable[Any] = node.values()
    elif isinstance(node, (list, tuple)):
        inner = node
    else:
        kind: Any = type(node)
        inner = (getattr(node, name) for name in _shown_fields(kind))
    return (one for one in inner if one is not None and not isinstance(one, (str, int, Decimal)))


def own_sources(node: Any) -> tuple[dict[str, PledgeState], set[Thing]]:
    """The pledges and the things that a node itself was made from, whatever is inside it."""
    return {pledge.pledge: pledge for pledge in getattr(node, "of", ())}, set(getattr(node, "things", ()))


def _named_steps(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, (list, tuple)):
        return ((name_of(item), item) for item in node)
    return iter(_offered(node).items())
