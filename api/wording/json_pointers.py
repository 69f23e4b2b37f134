"""JSON pointers into an answer, as ``why`` takes them: a list's item by position, or by its name."""

from typing import Any

from domain.json_pointers import steps_of


def nodes_at(root: Any, pointer: str) -> list[tuple[str, Any]]:
    """The steps of a pointer, each with the node that it leads to, as far as it leads anywhere."""
    found: list[tuple[str, Any]] = []
    node = root
    for step in steps_of(pointer):
        offered = _offered(node)
        if step not in offered:
            break
        node = offered[step]
        found.append((step, node))
    return found


def name_of(item: Any) -> str:
    """What an item of a list is called: its first field, and for a stance all that tells it from others."""
    if not isinstance(item, dict) or not item:
        return str(item)
    is_stance = "actor" in item and "stance" in item
    names = ("actor", "capability", "zone", "said_by") if is_stance else (next(iter(item)),)
    return " ".join(str(item[name]) for name in names if item.get(name) is not None)


def named(items: list[Any]) -> dict[str, Any]:
    """A list's items by their names."""
    return {name_of(item): item for item in items}


def _offered(node: Any) -> dict[str, Any]:
    if isinstance(node, dict):
        return node
    if isinstance(node, list):
        return named(node) | {str(position): item for position, item in enumerate(node)}
    return {}
