"""A picture taken apart: every figure and every item by its JSON pointer. What ``why`` resolves and ``diff`` compares.

List items are addressed by position, as RFC 6901 has it, or by the name in their first field, which does not shift.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from domain.events import Event
from domain.facts import Thing
from domain.pledges import PledgeState
from projections.figures import Figure

HIDDEN = ("things", "of")


class NoSuchFigure(LookupError):
    """A JSON pointer leads nowhere in the picture; ``pointer`` is as far as it leads."""

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
    for token in pointer.split("/")[1:]:
        path.append(_step(path[-1], token.replace("~1", "/").replace("~0", "~"), reached))
        reached += f"/{token}"
    return path


def _step(node: Any, token: str, reached: str) -> Any:
    offered = _offered(node)
    if token not in offered:
        names = ", ".join(sorted(offered)[:40]) or "nothing"
        raise NoSuchFigure(reached, f"no {token} at {reached or 'the top'}; there is {names}")
    return offered[token]


def _offered(node: Any) -> dict[str, Any]:
    """The steps that lead on from a node."""
    if isinstance(node, dict):
        return {str(key): value for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return {name_of(item): item for item in node} | {str(position): item for position, item in enumerate(node)}
    if is_dataclass(node) and not isinstance(node, (type, Event)):
        return {field.name: getattr(node, field.name) for field in fields(node) if field.name not in HIDDEN}
    return {}


def name_of(item: Any) -> str:
    """What an item of a list is called: its first field, and for a stance all that tells it from others."""
    if not is_dataclass(item):
        return str(item)
    names = ("actor", "capability", "zone", "said_by") if hasattr(item, "stance") and hasattr(item, "actor") else None
    chosen = names or (fields(item)[0].name,)
    return " ".join(str(value) for name in chosen if (value := getattr(item, name)) is not None)


def parts_of(node: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every figure, item and plain value under a node, each with a pointer that names list items."""
    if isinstance(node, Figure) or (pointer and hasattr(node, "things")):
        yield pointer, node
    elif isinstance(node, (dict, list, tuple)) or is_dataclass(node):
        for name, inner in _named_steps(node):
            yield from parts_of(inner, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
    else:
        yield pointer, node


def made_from(node: Any) -> tuple[dict[str, PledgeState], set[Thing]]:
    """The pledges and the things that a node, and all inside it, were made from."""
    pledges, things = own_sources(node)
    for _, inner in _named_steps(node):
        more_pledges, more_things = made_from(inner)
        pledges |= more_pledges
        things |= more_things
    return pledges, things


def own_sources(node: Any) -> tuple[dict[str, PledgeState], set[Thing]]:
    """The pledges and the things that a node itself was made from, whatever is inside it."""
    return {pledge.pledge: pledge for pledge in getattr(node, "of", ())}, set(getattr(node, "things", ()))


def _named_steps(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, (list, tuple)):
        return ((name_of(item), item) for item in node)
    return iter(_offered(node).items())
