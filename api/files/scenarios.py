"""Scenario files: a changed history and the questions about it, in YAML that reads like sentences.

::

    name: The United States says no
    fork: {valid_at: 2025-12}
    changes:
      - ceasefire is met on 2025-11-01
      - assume: {type: StanceStated, actor: USA, stance: ruled_out, effective_at: '2025-10-01'}
    simulation:
      dates: every month from 2025-10 to 2026-03
      chances:
        - peace-agreement is met with a chance of 40 %

A file becomes parts of the body that the API takes; parts that are not sentences are taken over unchanged. Each part
keeps its place, so that a refusal of the service names a line of the file.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from api.files.chance_sentences import Chance, chance_in, dates_in
from api.files.change_sentences import change_in
from api.files.facts import content_of, text_in
from api.files.unreadable import NotJson, UnreadableFile, UnreadableSentence, UnreadableText
from api.files.yaml_nodes import Node, documents

FIELDS = ("scenario", "name", "description", "fork", "changes", "undisclosed", "sensitivity", "simulation")
"""The fields that a file may have."""

Read = TypeVar("Read")

Place = Callable[[str], str]
"""The place where a part was written, such as a file and a line, by the JSON pointer to a part of it."""


@dataclass(slots=True)
class WhatIfRequest:
    """Changes and questions, from a file and from options; ``places`` has where each was written, by JSON pointer."""

    saved: dict[str, Any] = field(default_factory=dict)
    fork: dict[str, Any] = field(default_factory=dict)
    changes: list[Any] = field(default_factory=list)
    undisclosed: dict[str, Any] = field(default_factory=dict)
    sensitivity: dict[str, Any] = field(default_factory=dict)
    simulation: dict[str, Any] = field(default_factory=dict)
    without: Sequence[str] = ()
    places: dict[str, Place] = field(default_factory=dict)

    def add_change(self, change: Any, place: Place) -> None:
        """Add a change after the others."""
        self.places[f"/changes/{len(self.changes)}"] = place
        self.changes.append(change)

    def add_chance(self, chance: Chance, place: Place) -> None:
        """Add a part of the simulation."""
        if chance.field == "spread":
            self.simulation["spread"] = chance.value
            self.places["/simulation/spread"] = place
            return
        others = self.simulation.setdefault(chance.field, [])
        self.places[f"/simulation/{chance.field}/{len(others)}"] = place
        others.append(chance.value)

    def place_of(self, pointer: str) -> tuple[str | None, str]:
        """Where the part at a pointer was written, if that is known, and the rest of the pointer."""
        prefix = pointer
        while prefix:
            if prefix in self.places:
                rest = pointer.removeprefix(prefix)
                return self.places[prefix](rest), rest
            prefix = prefix.rpartition("/")[0]
        return None, pointer


# --- a file -----------------------------------------------------------------------------------------------------------


def read_file(file: str) -> WhatIfRequest:
    """The request in a scenario file. Raises ``UnreadableFile``."""
    name = "standard input" if file == "-" else file
    request = WhatIfRequest()
    try:
        for number, document in enumerate(documents(text_in(content_of(file), name))):
            if number or not document.is_mapping:
                flaw = "has several documents" if number else "does not start with the name of a field"
                raise UnreadableFile(f"{name}, line {document.line:,}: a scenario file is one mapping; this one {flaw}")
            _read(document, name, request)
    except NotJson as error:
        raise UnreadableFile(f"{name}, line {error.line:,}: {error}") from None
    except UnreadableText as error:
        hint = "; put a sentence with a colon in quotes" if "mapping values" in str(error) else ""
        raise UnreadableFile(f"{name} is not YAML: {error}{hint}") from None
    except RecursionError:
        raise UnreadableFile(f"{name} is nested too deeply") from None
    if not request.places:
        raise UnreadableFile(f"{name} is empty; a scenario file may have {', '.join(FIELDS)}")
    return request


def _read(document: Node, file: str, request: WhatIfRequest) -> None:
    document.value()  # refuses a name that occurs twice
    for name, node in document.fields.items():
        if name not in FIELDS:
            raise _failure(file, node, f"unknown field {name}; a scenario file may have {', '.join(FIELDS)}")
        request.places[f"/{name}"] = _place(file, node)
        if name == "changes":
            for item in _items(node, file, "changes"):
                request.add_change(_change(item, file), _place(file, item))
        elif name == "simulation":
            _read_simulation(node, file, request)
        elif name in ("fork", "sensitivity", "undisclosed"):
            setattr(request, name, _mapping(node, file, name).value())
        else:
            request.saved[name] = node.value()


def _change(item: Node, file: str) -> Any:
    value = item.value()
    if isinstance(value, str):
        return _parsed(change_in, value, file, item)
    if isinstance(value, dict) and any(" " in name for name in value):
        raise _failure(file, item, "put a sentence with a colon in quotes")
    return value


def _read_simulation(node: Node, file: str, request: WhatIfRequest) -> None:
    fields = _mapping(node, file, "simulation").fields
    for name, part in fields.items():
        value = part.value()
        if name == "chances":
            continue
        request.places[f"/simulation/{name}"] = _place(file, part)
        is_sentence = name == "dates" and isinstance(value, str)
        request.simulation[name] = _parsed(dates_in, value, file, part) if is_sentence else value
    for item in _items(fields["chances"], file, "chances") if "chances" in fields else ():
        sentence = item.value()
        if not isinstance(sentence, str):
            raise _failure(file, item, "a chance is a sentence; use the fields of the API for objects")
        request.add_chance(_parsed(chance_in, sentence, file, item), _place(file, item))


def _parsed(read: Callable[[str], Read], text: str, file: str, node: Node) -> Read:
    try:
        return read(text)
    except UnreadableSentence as error:
        raise _failure(file, node, str(error)) from None


def _items(node: Node, file: str, name: str) -> list[Node]:
    if not node.is_list:
        raise _failure(file, node, f"{name} must be a list, with each item after a dash")
    return node.items


def _mapping(node: Node, file: str, name: str) -> Node:
    if not node.is_mapping:
        raise _failure(file, node, f"{name} must have fields of its own (name: value)")
    return node


def _place(file: str, node: Node) -> Place:
    return lambda pointer: f"{file}, line {node.line_at(pointer):,}"


def _failure(file: str, node: Node, reason: str) -> UnreadableFile:
    return UnreadableFile(f"{file}, line {node.line:,}: {reason}")
