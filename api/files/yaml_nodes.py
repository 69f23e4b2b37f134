"""YAML as JSON has it, with the line that each value was written in."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, ClassVar

import yaml

from api.files.unreadable import NotJson, UnreadableText
from domain.json_pointers import escape, unescape

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_VALUES = 10_000
"""The values that one text may have, such as a rule: each alias counts as what it stands for."""

_MAX_DEPTH = 100
_TEXT, _MAPPING, _LIST = (f"tag:yaml.org,2002:{kind}" for kind in ("str", "map", "seq"))


class _Loader(_Base):  # type: ignore[misc]
    """Reads scalars as in JSON (YAML 1.2, section 10.2): a date is a text, and so are ``no`` and ``1:30``."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """Read a mapping; refuse a name that is not a text, or that occurs twice, since it is not JSON."""
        names: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a list or mapping cannot be a name", key.start_mark
                )
            if key.tag != _TEXT or key.value in names:
                why = "is not text" if key.tag != _TEXT else "occurs more than once"
                raise yaml.constructor.ConstructorError(None, None, f"the name {key.value!r} {why}", key.start_mark)
            names.add(key.value)
        mapping: dict[str, Any] = super().construct_mapping(node, deep)
        return mapping


for _kind, _pattern, _first in (
    ("null", r"null|~|", "n~"),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(0|[1-9]\d*)", "-0123456789"),
    ("float", r"-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?", "-0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_pattern})$"), [*_first])
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^$"), [""])


class Node:
    """A value as it was written: its ``line``, counted from 1, and its parts."""

    def __init__(self, loader: Any, node: Any) -> None:
        self._loader = loader
        self._node = node
        self.line: int = node.start_mark.line + 1

    @property
    def is_list(self) -> bool:
        return bool(self._node.tag == _LIST)

    @property
    def is_mapping(self) -> bool:
        return bool(self._node.tag == _MAPPING)

    @property
    def items(self) -> "list[Node]":
        """The items of a list."""
        return [Node(self._loader, node) for node in self._node.value]

    @property
    def fields(self) -> "dict[str, Node]":
        """The values of a mapping by their names."""
        return {key.value: Node(self._loader, node) for key, node in self._node.value}

    def has_at_most(self, most: int) -> bool:
        """Whether it has at most so many values, each alias written out; one that contains itself has no end."""
        count, waiting = 0, [iter([self._node])]
        while waiting:
            node = next(waiting[-1], None)
            if node is None:
                waiting.pop()
                continue
            count += 1
            if count > most or len(waiting) > _MAX_DEPTH:
                return False
            if isinstance(node, yaml.MappingNode):
                waiting.append(part for pair in node.value for part in pair)
            elif isinstance(node, yaml.SequenceNode):
                waiting.append(iter(node.value))
        return True

    def value(self) -> Any:
        """Return the value. Raises ``UnreadableText``, or ``NotJson`` if JSON has no form for it."""
        try:
            value = self._loader.construct_document(self._node)
            as_json(value)
        except yaml.YAMLError as error:
            raise UnreadableText(_reason(error)) from None
        except (TypeError, ValueError) as error:
            raise NotJson(f"this cannot be written as JSON: {error}", self.line) from None
        for pointer, number in _not_finite(value):
            why = "not a number" if math.isnan(number) else "the number is too large"
            raise NotJson(why, self.line_at(pointer), pointer)
        return value

    def line_at(self, pointer: str) -> int:
        """The line of the part at a JSON pointer, or of the last part on the way that exists."""
        step, _, rest = pointer.removeprefix("/").partition("/")
        if self.is_mapping and (name := unescape(step)) in self.fields:
            return self.fields[name].line_at(rest)
        if self.is_list and step.isdigit() and int(step) < len(self.items):
            return self.items[int(step)].line_at(rest)
        return self.line


def documents(text: str) -> Iterator[Node]:
    """The documents of a text. Raises ``UnreadableText``."""
    loader = _Loader(text)
    try:
        while loader.check_node():
            yield Node(loader, loader.get_node())
    except yaml.YAMLError as error:
        raise UnreadableText(_reason(error)) from None
    finally:
        loader.dispose()


def value_in(text: str) -> Any:
    """The only value in a text. Raises ``UnreadableText``, also for too many values, with each alias written out."""
    values = []
    for document in documents(text):
        if not document.has_at_most(MOST_VALUES):
            raise UnreadableText(f"it has more than {MOST_VALUES:,} values, or is nested too deeply")
        values.append(document.value())
    if len(values) != 1:
        raise UnreadableText("it is empty" if not values else "it has several documents")
    return values[0]


def as_json(value: Any) -> bytes:
    """A value as JSON without loss: an integer keeps all its digits, so that the service can refuse it as too large."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _not_finite(value: Any, pointer: str = "") -> Iterator[tuple[str, float]]:
    """The numbers that are too large for a double, or not numbers, each with its JSON pointer."""
    if isinstance(value, float) and not math.isfinite(value):
        yield pointer, value
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _not_finite(part, f"{pointer}/{escape(name)}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _not_finite(part, f"{pointer}/{index}")


def _reason(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"{problem} at line {mark.line + 1:,}, column {mark.column + 1:,}" if mark else problem
