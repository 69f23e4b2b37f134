"""The OpenAPI document: FastAPI's own of the routes, with the facts and an example of each."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from api.http.problem_answers import problem_responses
from api.http.problems import INTERNAL, MEDIA_TYPE
from domain.corrections import RecordFact
from domain.events import EVENT, FACT, FACTS, Event
from domain.facts import Fact
from projections.warnings.warnings import WarningItem

REFERENCE = "#/components/schemas/{model}"
Document = dict[str, Any]


@dataclass(slots=True)
class RecordedEvents:
    """The events as recorded, in the order of the facts, and the warnings that these give rise to; the pointer of each
    warning leads into the body of the request."""

    events: list[Event]
    warnings: list[WarningItem]


RECORDED_HEADERS: Document = {
    "ETag": {"description": "The stream's sequence, for `If-Match` and `min_sequence`.", "schema": {"type": "string"}},
    "Location": {"description": "The event, if there is only one.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "`true` if this is the first answer again.",
        "schema": {"type": "string"},
    },
}


def example_of(name: str) -> Document:
    """Return a whole fact of a type, as a client would send it."""
    cls = FACTS[name]
    own: Document = cls.__pydantic_config__["json_schema_extra"]["examples"][0]  # type: ignore[attr-defined]
    common: Document = {"type": name}
    if issubclass(cls, Fact):
        common["effective_at"] = "2025-04-10"
    if not issubclass(cls, RecordFact):
        common["sources"] = [{"publisher": "news report", "published_on": "2025-04-10", "locator": "S7"}]
    return common | own


def with_facts(openapi: Callable[[], Document], add_more: Callable[[Document], None]) -> Callable[[], Document]:
    """Complete an OpenAPI document: facts, the body that records them, and what every operation may answer.

    ``add_more`` receives the document when it has the facts.
    """
    made: list[Document] = []

    def described() -> Document:
        if not made:
            made.append(_completed(openapi(), add_more))
        return made[0]

    return described


def _completed(document: Document, add_more: Callable[[Document], None]) -> Document:
    schemas = document["components"]["schemas"]
    schemas |= _facts_and_events()
    document["paths"]["/coalitions/{coalition}/events"]["post"]["requestBody"] = _body()
    for operation in _operations(document):
        operation["responses"].setdefault("default", _any_problem())
    for path in document["paths"].values():
        for method, operation in path.items():
            is_question = method == "get" or "201" not in operation["responses"]
            if is_question and (schemes := operation.get("security")):
                # Also without a key, unless the settings say otherwise.
                operation["security"] = [{}, *(scheme for scheme in schemes if scheme)]
    add_more(document)
    return _with_plain_names(document)


def _operations(document: Document) -> Iterator[Document]:
    return (operation for path in document["paths"].values() for operation in path.values())


def _facts_and_events() -> Document:
    """Return the schemas of facts and events, in requests as in answers: absent fields are left out."""
    schema = FACT.json_schema(ref_template=REFERENCE)
    event = EVENT.json_schema(ref_template=REFERENCE)
    schemas: Document = schema.pop("$defs") | event.pop("$defs")
    for name in FACTS:
        schemas[name]["examples"] = [example_of(name)]
        schemas[name]["required"] = list(dict.fromkeys(["type", *schemas[name].get("required", [])]))
    schemas["Fact"] = {"title": "Fact", "description": "Any fact; its type tells which."} | schema
    schemas["Event"] = event
    return schemas


def _any_problem() -> Document:
    described: Document = problem_responses(INTERNAL)[INTERNAL.status]
    return {"description": "Any other problem.", "content": {MEDIA_TYPE: described["content"][MEDIA_TYPE]}}


_GENERIC = re.compile(r'(?<=["/])(Items|ItemWithHistory)_(\w+?)Item_(?=")')


def _with_plain_names(document: Document) -> Document:
    """Name ``Items[PledgeItem]`` in plain words: ``PledgeItems``."""
    named: Document = json.loads(_GENERIC.sub(_plain_name, json.dumps(document)))
    for name, schema in named["components"]["schemas"].items():
        schema["title"] = name
    return named


def _plain_name(found: re.Match[str]) -> str:
    return f"{found[2]}Items" if found[1] == "Items" else f"{found[2]}ItemWithHistory"


def _body() -> Document:
    fact = {"$ref": REFERENCE.format(model="Fact")}
    facts = {"type": "array", "items": fact, "minItems": 1, "maxItems": 1000}
    examples = {
        name: {"summary": (FACTS[name].__doc__ or name).splitlines()[0], "value": example_of(name)} for name in FACTS
    }
    return {
        "required": True,
        "description": "One fact, or a list, of which all or none are recorded.",
        "content": {
            "application/json": {"schema": {"anyOf": [fact, facts]}, "examples": examples},
            "application/x-ndjson": {"schema": {"type": "string", "description": "One fact a line."}},
        },
    }
