"""The OpenAPI document: what FastAPI finds in the routes, and the facts with an example of each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.corrections import RecordFact
from domain.events import FACT, FACTS, Event
from domain.facts import Fact

REFERENCE = "#/components/schemas/{model}"


@dataclass(slots=True)
class Recorded:
    """The events as recorded, in the order of the facts."""

    events: list[Event]


def example_of(name: str) -> dict[str, Any]:
    """A whole fact of a type, as a client would send it."""
    cls = FACTS[name]
    own: dict[str, Any] = cls.__pydantic_config__["json_schema_extra"]["examples"][0]  # type: ignore[attr-defined]
    common: dict[str, Any] = {"type": name}
    if issubclass(cls, Fact):
        common["effective_at"] = "2025-04-10"
    if not issubclass(cls, RecordFact):
        common["sources"] = [{"publisher": "news report", "published_on": "2025-04-10", "locator": "S7"}]
    return common | own


def with_facts(openapi: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """Add the facts, and the body that the write door takes, to an OpenAPI document."""

    def described() -> dict[str, Any]:
        document = openapi()
        schema = FACT.json_schema(ref_template=REFERENCE)
        schemas = document["components"]["schemas"]
        schemas |= schema.pop("$defs")
        for name in FACTS:
            schemas[name]["examples"] = [example_of(name)]
            schemas[name]["required"] = ["type", *schemas[name].get("required", [])]
        schemas["Fact"] = {"title": "Fact", "description": "Any fact, told apart by its type."} | schema
        document["paths"]["/coalitions/{coalition}/events"]["post"]["requestBody"] = _body()
        return document

    return described


def _body() -> dict[str, Any]:
    fact = {"$ref": REFERENCE.format(model="Fact")}
    facts = {"type": "array", "items": fact, "minItems": 1, "maxItems": 1000}
    examples = {
        name: {"summary": (FACTS[name].__doc__ or name).splitlines()[0], "value": example_of(name)} for name in FACTS
    }
    return {
        "required": True,
        "description": "One fact, or a list that is recorded whole or not at all.",
        "content": {
            "application/json": {"schema": {"anyOf": [fact, facts]}, "examples": examples},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One fact a line."}},
        },
    }
