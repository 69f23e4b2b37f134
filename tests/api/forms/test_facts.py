"""Facts made of what was typed: each can be stated, and a name that is not known is answered with those meant."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from api.files.facts import facts_in_file
from api.files.unreadable import UnreadableText
from api.forms.actors import actor_in
from api.forms.facts import Known, fact_of, texts_of
from api.forms.fields import BEGINNINGS, LABELS, THINGS, form_of
from domain.events import FACT, FACTS, fact_json
from tests.oracle.random_histories import Attempt, scripts

EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[3] / "examples").glob("*/*.yaml")
    if path.parent.name in ("willing", "haiti")
)


def assert_can_be_typed(raw: dict[str, Any]) -> None:
    """What a fact states can be typed, in the fields of its form; its id and its replacement are not typed."""
    fact = FACT.validate_python({name: value for name, value in raw.items() if name != "event_id"})
    stored = json.loads(fact_json(fact))
    typed, faults = fact_of(raw["type"], texts_of(stored))
    assert not faults
    untyped = {name: raw[name] for name in ("replacement", "imported") if name in raw}
    assert _stated(json.loads(fact_json(FACT.validate_python(typed | untyped)))) == _stated(stored)


def _stated(fact: dict[str, Any]) -> dict[str, Any]:
    """A fact without what it leaves open: an empty list says as little as none."""
    return {name: value for name, value in fact.items() if value not in (None, [])}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_each_fact_of_an_example_can_be_typed(path: Path) -> None:
    for one in facts_in_file(path.read_bytes(), path.name, "yaml"):
        assert_can_be_typed(json.loads(one.json))


@given(scripts(20))
def test_any_fact_can_be_typed(script: list[Attempt]) -> None:
    for attempt in script:
        for raw in attempt.facts:
            assert_can_be_typed(raw)


@pytest.mark.parametrize("type_name", FACTS)
def test_each_type_has_a_form_whose_fields_say_what_they_are(type_name: str) -> None:
    form = form_of(type_name)
    assert form.meaning
    assert len({field.path for field in form.fields}) == len(form.fields)
    for field in form.fields:
        assert field.label[0].isupper(), field
        assert field.help, field
        assert field.kind != "choice" or field.choices, field
        assert field.kind not in ("slug", "slugs") or field.thing or field.name in ("caveat",), field


def test_what_the_model_cannot_say_is_said_of_fields_that_exist() -> None:
    paths = {field.path for name in FACTS for field in form_of(name).fields}
    names = {path.rpartition(".")[2] for path in paths}
    assert LABELS.keys() <= paths | names
    assert THINGS.keys() <= names
    assert all(form_of(name).field(field).begins for name, field in BEGINNINGS.items())


class TestFaults:
    KNOWN = Known({"pledge": ["gbr-ground", "fra-ground"]}, {"NATO": "org:nato"})

    def test_each_is_told_at_its_field(self) -> None:
        typed = fact_of(
            "PledgeMade",
            {
                "pledge": "x",
                "contributor": "Kenia",
                "quantity": "lots",
                "level": "commited",
                "effective_at": "26.02.2024",
            },
        )
        assert typed.fact["effective_at"] == "2024-02-26"
        assert typed.faults.keys() == {"contributor", "quantity", "level"}
        assert "did you mean Kenya" in typed.faults["contributor"]
        assert "did you mean committed" in typed.faults["level"]

    def test_a_name_on_record_that_was_nearly_typed(self) -> None:
        typed = fact_of("PledgeRaised", {"pledge": "gbr-grund", "level": "Committed"}, self.KNOWN)
        assert "did you mean gbr-ground" in typed.faults["pledge"]
        assert typed.fact["level"] == "committed"
        assert fact_of("PledgeRaised", {"pledge": "GBR ground"}, self.KNOWN).fact["pledge"] == "gbr-ground"

    def test_an_unknown_field_and_an_unknown_type(self) -> None:
        assert "did you mean quantity" in fact_of("PledgeMade", {"quantty": "5"}).faults["quantty"]
        with pytest.raises(UnreadableText, match="did you mean PledgeMade"):
            form_of("PledgeMad")

    def test_what_an_amendment_takes_away(self) -> None:
        typed = fact_of("PledgeAmended", {"pledge": "p", "expires_on": "none", "basing": "None"})
        assert typed.fact == {"type": "PledgeAmended", "pledge": "p", "expires_on": None, "basing": None}

    def test_rows_that_were_left_empty_fall_away(self) -> None:
        texts = {"sources.0.publisher": " ", "sources.2.publisher": "AFP", "sources.1.title": ""}
        assert fact_of("SourceAdded", texts).fact["sources"] == [{"publisher": "AFP"}]

    def test_a_pointer_leads_to_its_field(self) -> None:
        form = form_of("PledgeMade")
        assert form.at_pointer("/sources/1/published_on") == "sources.1.published_on"
        assert form.at_pointer("/quantity/min") == "quantity"
        assert form.at_pointer("/none") is None


@pytest.mark.parametrize(
    ("text", "actor"),
    [
        ("Kenya", "KEN"), ("KEN", "KEN"), ("ken", "KEN"), ("the United States", "USA"), ("US", "USA"),
        ("Britain", "GBR"),
        ("Cote d'Ivoire", "CIV"), ("turkey", "TUR"), ("NATO", "org:nato"), ("org:eu", "org:eu"), ("The Bahamas", "BHS"),
        ("Netherlands", "NLD"), ("Czech Republic", "CZE"),
    ],
)  # fmt: skip
def test_actors_by_name_or_code(text: str, actor: str) -> None:
    assert actor_in(text, {"NATO": "org:nato"}) == actor


@pytest.mark.parametrize(
    ("text", "hint"), [("Kenia", "Kenya"), ("Xyzzy", "org:xyzzy"), ("Untied States", "United States")]
)
def test_an_unknown_actor_says_who_may_be_meant(text: str, hint: str) -> None:
    with pytest.raises(UnreadableText, match=hint):
        actor_in(text)
