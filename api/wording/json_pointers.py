"""JSON pointers into an answer, as ``why`` takes them: the item of a list by position or by name."""

from typing import Any

from domain.json_pointers import steps_of


def nodes_at(root: Any, pointer: str) -> list[tuple[str, Any]]:
    """The steps of a pointer, each with its node, as far as the nodes exist."""
    nodes: list[tuple[str, Any]] = []
    node = root
    for step in steps_of(pointer):
        children = _children(node)
        if step not in children:
            break
        node = children[step]
        nodes.append((step, node))
    return nodes


def name_of(item: Any) -> str:
    """The name of an item of a list: its first field; for a stance, all fields that identify it."""
    if not isinstance(item, dict) or not item:
        return str(item)
    is_stance = "actor" in item and "stance" in item
    names = ("actor", "capability", "zone", "said_by") if is_stance else (next(iter(item)),)
    return " ".join(str(item[name]) for name in names if item.get(name) is not None)


def by_name(items: list[Any]) -> dict[str, Any]:
    """The items of a list by their names."""
    return {name_of(item): item for item in items}


def _children(node: Any) -> dict[str, Any]:
    if isinstance(node, dict):
        return node
    if isinstance(node, list):
        return by_name(node) | {str(position): item for position, item in enumerate(node)}
    return {}
