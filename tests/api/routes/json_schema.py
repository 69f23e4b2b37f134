"""As much of JSON Schema (2020-12) as the OpenAPI document uses, to check real answers against it."""

import re
from collections.abc import Iterator
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,), "array": (list,), "string": (str,), "integer": (int,), "number": (int, float),
    "boolean": (bool,), "null": (type(None),),
}  # fmt: skip


def _is_of(kind: str | None, value: Any) -> bool:
    if kind is None:
        return True
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


class Checker:
    """Finds where a value does not match a schema of a document; fields outside the schema are errors."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The schema that a reference leads to; raises ``KeyError`` if there is none."""
        while "$ref" in schema:
            target: Any = self._document
            for step in schema["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            schema = target
        return schema

    def faults(self, value: Any, schema: dict[str, Any], at: str = "") -> Iterator[str]:
        """The errors, each with its place."""
        schema = self.resolved(schema)
        if "const" in schema and value != schema["const"]:
            yield f"{at}: {value!r} is not {schema['const']!r}"
        if "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
        for some in ("anyOf", "oneOf"):
            if some in schema and not any(not list(self.faults(value, part, at)) for part in schema[some]):
                yield f"{at}: {str(value)[:300]} fits nothing of {some}"
        if not _is_of(schema.get("type"), value):
            yield f"{at}: {value!r} is no {schema['type']}"
            return
        if isinstance(value, dict):
            yield from self._faults_of_object(value, schema, at)
        if isinstance(value, list):
            for position, item in enumerate(value):
                yield from self.faults(item, schema.get("items", {}), f"{at}/{position}")
        if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
            yield f"{at}: {value!r} does not match {schema['pattern']}"

    def _faults_of_object(self, value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
        known = schema.get("properties", {})
        yield from (f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
        for name, inner in value.items():
            if name in known:
                yield from self.faults(inner, known[name], f"{at}/{name}")
            elif isinstance(schema.get("additionalProperties"), dict):
                yield from self.faults(inner, schema["additionalProperties"], f"{at}/{name}")
            elif known or schema.get("additionalProperties") is False:
                yield f"{at}: {name} is not described"
