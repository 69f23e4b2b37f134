"""Names of actors: every field that holds an actor is known, and no text is mistaken for one."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter

from api.pages.filters import place
from api.wording.actors import ACTORS, change_with_names, pointer_with_names, with_names
from domain.actors import Actor, Country
from domain.events import FACTS

EXAMPLES = [TypeAdapter(kind).json_schema()["examples"] for kind in (Actor, Country)]


def fields_of_actors(schema: Any) -> Iterator[str]:
    """The fields in a JSON schema that hold an actor or a country, or several."""
    if isinstance(schema, list):
        schema = dict(enumerate(schema))
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            parts = [field, *field.get("anyOf", ())]
            parts += [part.get("items", {}) for part in parts]
            if any(part.get("examples") in EXAMPLES for part in parts):
                yield name
        for part in schema.values():
            yield from fields_of_actors(part)


def test_every_field_of_a_fact_that_holds_an_actor_is_known() -> None:
    of_facts = {name for fact in FACTS.values() for name in fields_of_actors(TypeAdapter(fact).json_schema())}
    assert {"contributor", "stated_by", "actor", "leads", "country"} <= of_facts
    assert of_facts <= ACTORS


def test_actors_go_by_their_names_and_texts_stay() -> None:
    answer = {"contributor": "GBR", "by": ["EST", "org:nato", "group:cautious-members"], "text": "GBR", "unit": "EUR"}
    assert with_names(answer) == {
        "contributor": "the United Kingdom",
        "by": ["Estonia", "NATO", "an unnamed group (cautious members)"],
        "text": "GBR",
        "unit": "EUR",
    }


def test_a_pointer_and_its_value_name_actors_alike() -> None:
    picture = {"members": {"lead": ["NLD"]}, "size": {"by_contributor": {"USA": {"other_units": {"EUR": {}}}}}}
    assert with_names(picture) == {
        "members": {"lead": ["the Netherlands"]},
        "size": {"by_contributor": {"the United States": {"other_units": {"EUR": {}}}}},
    }
    assert pointer_with_names("/size/by_contributor/USA/other_units/EUR").split("/")[3] == "the United States"
    assert pointer_with_names("/stances/USA combat_air") == "/stances/the United States combat_air"
    assert change_with_names({"what": "/members/lead/NLD", "before": None, "after": "NLD"}) == {
        "what": "/members/lead/the Netherlands", "before": None, "after": "the Netherlands",
    }  # fmt: skip
    assert (
        place("/size/by_contributor/USA/if_all_move") == "force › by contributor › United States › if released together"
    )
