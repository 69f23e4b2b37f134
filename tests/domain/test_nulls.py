"""``null`` on an optional field is the same as leaving the field out: in every fact, its parts, and every request."""

from dataclasses import MISSING, Field, fields
from enum import Enum
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.routes.openapi import example_of
from api.routes.scenarios.bodies import NewScenario, Rebase
from api.routes.what_if import WhatIf
from domain.concepts.meetings import Attendance, Participants
from domain.concepts.statements import Count
from domain.events import FACT, FACTS
from domain.quantities import Quantity
from domain.sources import Attribution, Source
from domain.what_if.chances import ConditionChance, SensitivityRequest, SimulationRequest
from domain.what_if.scenarios import Fork

PARTS: dict[type, dict[str, Any]] = {
    Quantity: {"min": 1, "max": 2, "unit": "personnel"},
    Source: {"publisher": "AFP"},
    Attribution: {"basis": "leak"},
    Attendance: {"actor": "USA", "present": True},
    Participants: {"min": 1, "max": 2},
    Count: {"min": 1, "max": 2},
    Fork: {"valid_at": "2025", "known_at": "2025", "sequence": 1},
    ConditionChance: {"condition": "peace", "probability": 0.5},
    SimulationRequest: {"dates": ["2025"]},
    SensitivityRequest: {},
    WhatIf: {},
    NewScenario: {"name": "No"},
    Rebase: {},
}
"""Parts of facts, and requests, with a value for each field that they need."""


def optional(cls: type) -> list[str]:
    """The fields that can be left out and mean nothing else by null."""
    return [field.name for field in fields(cls) if field.name != "type" and _is_optional(field)]


def _is_optional(field: "Field[Any]") -> bool:
    has_default = field.default is not MISSING or field.default_factory is not MISSING
    return has_default and not isinstance(field.default, Enum)


@pytest.mark.parametrize("name", FACTS)
def test_in_a_fact_null_is_the_same_as_leaving_a_field_out(name: str) -> None:
    example = example_of(name)
    for field in set(optional(FACTS[name])) - example.keys():
        assert FACT.validate_python({**example, field: None}) == FACT.validate_python(example), field


@pytest.mark.parametrize("cls", PARTS)
def test_so_it_is_in_the_parts_of_a_fact_and_in_requests(cls: type) -> None:
    read: TypeAdapter[Any] = TypeAdapter(cls)
    needed = PARTS[cls]
    for field in set(optional(cls)) - needed.keys():
        assert read.validate_python({**needed, field: None}) == read.validate_python(needed), field


def test_a_schema_says_that_null_is_accepted() -> None:
    schema = FACT.json_schema()["$defs"]["CoalitionFormed"]["properties"]["theatre"]
    assert {"type": "null"} in schema["anyOf"]
