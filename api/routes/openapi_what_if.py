"""What-ifs and scenarios in the OpenAPI document: their bodies, and the answers that depend on them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from api.routes.addresses import COALITION, SCENARIO
from api.routes.likelihood import SENSITIVITY, SIMULATION
from api.routes.questions import BASIS, ITEM, QUESTIONS
from api.routes.scenarios.bodies import BODIES
from api.routes.what_if import WHAT_IF
from domain.events import FACTS
from domain.what_if.scenarios import SCENARIO_EVENT

REFERENCE = "#/components/schemas/"
Document = dict[str, Any]

ADDRESSES = {"coalition": "/coalition"}
"""The address of a question's read, if it is not the name of the question."""

OPTIONAL_BODIES = {"Removal", "Rebase", "CloseRequest", "Acceptance", "SensitivityRequest"}

_FORK = {"valid_at": "2025-04-10", "known_at": "2025-04-10"}
_CHANGES = [
    {"assume": {"type": "StanceStated", "actor": "USA", "stance": "ruled_out", "effective_at": "2025-04-10"}},
    {"alter": {"type": "PledgeMade", "contributor": "DEU"}, "scale": 0.5},
    {"decide": {"condition_kind": "partner_backstop"}, "becomes": "failed", "effective_at": "2025-05-01"},
]
EXAMPLES: dict[str, Any] = {
    "WhatIf": {
        "fork": _FORK,
        "changes": _CHANGES,
        "questions": {"picture": {}, "consequences": {}, "why": {"figure": "/size/available/max"}},
    },
    "NewScenario": {"name": "Without the United States", "fork": _FORK, "changes": _CHANGES},
    "MoreChanges": {"changes": _CHANGES[:1], "note": "as announced"},
    "Removal": {"note": "it has happened"},
    "Rebase": {"fork": {"known_at": "2025-05-10"}},
    "CloseRequest": {"reason": "the question was answered"},
    "Replacement": {"change": _CHANGES[0], "note": "as the agency corrected it"},
    "Acceptance": {"changes": [1, 2]},
    "Decline": {"changes": [2], "reason": "the source says 450"},
    "NewComment": {"text": "Is this the figure of March?", "about": 2},
    "SensitivityRequest": {"groups": [["us-backstop", "ceasefire"]]},
    "SimulationRequest": {
        "dates": ["2025-06-30", "2025-12-31"],
        "conditions": [
            {"condition": "ceasefire", "probability": 0.4, "when": {"earliest": "2025-05", "latest": "2025-09"}}
        ],
        "draws": 10_000,
        "seed": 1,
    },
}
"""An example of each body."""


def add_what_ifs(document: Document) -> None:
    """Complete an OpenAPI document that already has the facts."""
    schemas: Document = document["components"]["schemas"]
    schemas |= dict(_schemas(schemas))
    schemas |= _assumed_facts(schemas)
    schemas["Assume"]["properties"]["assume"] = _reference("AssumedFact")
    schemas["FactToAdopt"]["properties"]["fact"] = _reference("AssumedFact")
    schemas["NumberedChange"]["properties"]["change"] = _reference("ScenarioChange")
    for name, field in (("ScenarioItem", "history"), ("RecordedScenarioEvents", "events")):
        schemas[name]["properties"][field]["items"] = _reference("ScenarioEvent")
    kinds = schemas["Selector"]["properties"]["type"]["anyOf"]
    kinds.insert(1, kinds[0]["items"])
    schemas |= {"Questions": _questions(document), "WhatIfAnswer": _answers(document)}
    schemas["WhatIf"]["properties"]["questions"] = _reference("Questions")
    schemas["ScenarioAnswer"] = {
        "description": "What answers about a saved scenario say, too, unless they were asked for with a whole basis.",
        "type": "object",
        "properties": {"record_moved_on": _reference("RecordMovedOn")},
    }
    for answer in _answers_about_scenarios(document["paths"]):
        answer["schema"] = _about_scenario(answer["schema"])
    _add_bodies(document["paths"])


def _answers_about_scenarios(paths: Document) -> Iterator[Document]:
    for path, operations in paths.items():
        if path.startswith(f"{SCENARIO}/") and path != f"{SCENARIO}/adopt":
            yield from (one["responses"]["200"]["content"]["application/json"] for one in operations.values()
                        if "200" in one["responses"])  # fmt: skip


def _about_scenario(schema: Document) -> Document:
    """The schema of an answer about a scenario; each of several possible answers by itself, for generated clients."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_about_scenario(one) for one in schema["anyOf"]]}
    return {"allOf": [schema, _reference("ScenarioAnswer")]}


def _reference(name: str) -> Document:
    return {"$ref": REFERENCE + name}


def _schemas(known: Document) -> Iterator[tuple[str, Document]]:
    """Yield the schemas of bodies and of a scenario's events; facts are there already."""
    adapters: dict[str, TypeAdapter[Any]] = {
        "WhatIf": WHAT_IF, "SensitivityRequest": SENSITIVITY, "SimulationRequest": SIMULATION,
        "ScenarioEvent": SCENARIO_EVENT, **BODIES,
    }  # fmt: skip
    for name, adapter in adapters.items():
        schema = adapter.json_schema(ref_template=REFERENCE + "{model}")
        # A difference has changes, too: those of a scenario get a name of their own.
        schema = json.loads(json.dumps(schema).replace(f'"{REFERENCE}Change"', f'"{REFERENCE}ScenarioChange"'))
        own = {"ScenarioChange" if one == "Change" else one: own for one, own in schema.pop("$defs", {}).items()}
        yield from ((inner, one) for inner, one in own.items() if inner not in known or inner == "Fork")
        if name in EXAMPLES:
            schema["examples"] = [EXAMPLES[name]]
        yield name, schema


def _assumed_facts(schemas: Document) -> Document:
    """Return every fact again, with optional sources."""
    mapping = {name: f"{REFERENCE}Assumed{name}" for name in FACTS}
    assumed = {f"Assumed{name}": _without_needed_sources(schemas[name]) for name in FACTS}
    corrected = assumed["AssumedEventCorrected"]
    corrected["properties"] = corrected["properties"] | {"replacement": _reference("AssumedFact")}
    return assumed | {
        "AssumedFact": {
            "description": "Any fact; its type tells which. Sources may be left out.",
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
            "discriminator": {"propertyName": "type", "mapping": mapping},
        }
    }


def _without_needed_sources(schema: Document) -> Document:
    needed = [name for name in schema["required"] if name != "sources"]
    examples = [{key: value for key, value in one.items() if key != "sources"} for one in schema["examples"]]
    return schema | {"required": needed, "examples": examples}


# --- questions --------------------------------------------------------------------------------------------------------


def _questions(document: Document) -> Document:
    """Return the questions of a what-if: the parameters of each read as fields of an object."""
    asked = {name: _question(document, name) for name in QUESTIONS}
    return {
        "description": "The questions, by the ends of the reads' addresses; a list of questions has a list of answers.",
        "type": "object",
        "properties": {
            name: {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]} for name, one in asked.items()
        },
        "additionalProperties": False,
        "minProperties": 1,
    }  # fmt: skip


def _question(document: Document, name: str) -> Document:
    operation = _operation(document, name)
    parameters = [one for one in operation["parameters"] if one["in"] == "query" and one["name"] != "min_sequence"]
    fields = {one["name"]: {"description": one.get("description", ""), **one["schema"]} for one in parameters}
    needed = [one["name"] for one in parameters if one["required"]]
    if (item := _item(document, name)) is not None:
        fields[ITEM.get(name, "name")] = {"type": "string", "description": "Only this one, with its history."}
        needed += [ITEM.get(name, "name")] if item is operation else []
    if name in _BODIES_OF_QUESTIONS:
        body = document["components"]["schemas"][_BODIES_OF_QUESTIONS[name]]
        fields = {key: fields[key] for key in BASIS} | body["properties"]
        needed = body.get("required", [])
    return {"type": "object", "properties": fields, "required": needed, "additionalProperties": False}


_BODIES_OF_QUESTIONS = {"sensitivity": "SensitivityRequest", "simulation": "SimulationRequest"}


def _operation(document: Document, name: str) -> Document:
    path: Document | None = document["paths"].get(SCENARIO + ADDRESSES.get(name, f"/{name}"))
    operation: Document | None = (path.get("get") or path["post"]) if path is not None else _item(document, name)
    assert operation is not None
    return operation


def _item(document: Document, name: str) -> Document | None:
    path = document["paths"].get(f"{SCENARIO}/{name}/{{{ITEM.get(name, 'name')}}}")
    return None if path is None else path["get"]


def _answers(document: Document) -> Document:
    """Return the answer to a what-if: for each question, the answer of its address."""
    answers = {name: list(_answers_to(document, name)) for name in QUESTIONS}
    return {
        "description": "The basis of the fork, the fork, how far the record has moved on, and each answer.",
        "type": "object",
        "properties": {
            "basis": _reference("Basis"),
            "fork": _reference("Fork"),
            "record_moved_on": _reference("RecordMovedOn"),
            "undisclosed": document["components"]["schemas"]["WhatIf"]["properties"]["undisclosed"],
            **{name: {"anyOf": [*several, {"type": "array", "items": {"anyOf": several}}]}
               for name, several in answers.items()},
        },
        "required": ["basis", "fork", "record_moved_on"],
        "additionalProperties": False,
    }  # fmt: skip


def _answers_to(document: Document, name: str) -> Iterator[Document]:
    if name == "picture":
        yield _reference("ComparedPictures")
        return
    operation, item = _operation(document, name), _item(document, name)
    for one in (operation, item) if item is not operation else (operation,):
        if one is not None:
            yield one["responses"]["200"]["content"]["application/json"]["schema"]


# --- bodies -----------------------------------------------------------------------------------------------------------


def _add_bodies(paths: Document) -> None:
    bodies: Mapping[str, str] = {
        f"{COALITION}/what-if": "WhatIf",
        f"{COALITION}/sensitivity": "SensitivityRequest",
        f"{SCENARIO}/sensitivity": "SensitivityRequest",
        f"{COALITION}/simulation": "SimulationRequest",
        f"{SCENARIO}/simulation": "SimulationRequest",
        f"{COALITION}/scenarios": "NewScenario",
        f"{SCENARIO}/changes": "MoreChanges",
        f"{SCENARIO}/changes/{{number}}/remove": "Removal",
        f"{SCENARIO}/rebase": "Rebase",
        f"{SCENARIO}/close": "CloseRequest",
        f"{SCENARIO}/changes/{{number}}/replace": "Replacement",
        f"{SCENARIO}/accept": "Acceptance",
        f"{SCENARIO}/decline": "Decline",
        f"{SCENARIO}/comments": "NewComment",
    }
    for path, name in bodies.items():
        content = {"application/json": {"schema": _reference(name)}}
        paths[path]["post"]["requestBody"] = {"required": name not in OPTIONAL_BODIES, "content": content}
    recording = paths[f"{COALITION}/events"]["post"]["requestBody"]["content"]
    paths[f"{SCENARIO}/adopt"]["post"]["requestBody"] = {
        "required": True,
        "description": "Facts of the preview, one or a list, with their sources.",
        "content": {"application/json": recording["application/json"]},
    }
    answer = paths[f"{COALITION}/what-if"]["post"]["responses"]["200"]
    answer["content"] = {"application/json": {"schema": _reference("WhatIfAnswer")}}
