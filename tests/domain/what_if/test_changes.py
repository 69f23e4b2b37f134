"""The effect of each change on one event, and its refusals."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.concepts.pledges import PledgeAmended, PledgeMade
from domain.events import Event, content_of
from domain.quantities import LARGEST, Quantity
from domain.refusals import RuleBroken
from domain.what_if.changes import (
    ASSUMED,
    Alter,
    Assume,
    Change,
    Selector,
    alter_event,
    scale_quantity,
)
from domain.what_if.refusals import AlteredFactIsInvalid, FieldIsNotAltered, FieldIsNotThere
from tests.projections.what_if.conditional_pledges import event

CHANGE: TypeAdapter[Any] = TypeAdapter(Change)
ID = "00000000-0000-0000-0000-000000000009"
PEOPLE = {"min": 1001, "max": 2001, "unit": "personnel"}
PLEDGE = event(
    2, "PledgeMade", pledge="p", contributor="GBR", level="pledged", capability="naval",
    quantity={**PEOPLE, "text": "up to two thousand"},
)  # fmt: skip
REAFFIRMED = event(3, "PledgeReaffirmed", pledge="p")
CORRECTION = event(
    4, "EventCorrected", None, corrects=ID, reason="misread",
    replacement={
        "type": "PledgeAmended", "pledge": "p", "quantity": PEOPLE, "effective_at": "2025-04-01",
        "sources": [{"publisher": "AFP"}],
    },
)  # fmt: skip
RETRACTION = event(5, "EventRetracted", None, retracts=ID, reason="misread")


@pytest.mark.parametrize(
    ("least", "most", "factor", "now"),
    [
        (1001, 2001, 0.5, (500, 1001)),
        (10, 30, 0.1, (1, 3)),
        (3, None, 0.5, (1, None)),
        (None, 5, 0.5, (None, 3)),
        (None, None, 2.0, (None, None)),
        (7, 7, 0.0, (0, 0)),
        (LARGEST, LARGEST, 2.0, (LARGEST, LARGEST)),
    ],
)
def test_scaling_rounds_the_lower_bound_down_and_the_upper_bound_up(
    least: int | None, most: int | None, factor: float, now: tuple[int | None, int | None]
) -> None:
    found = scale_quantity(Quantity(min=least, max=most, unit="personnel"), factor)
    assert (found.min, found.max) == now


def alter(**fields: Any) -> Alter:
    return Alter(alter=ID, **fields)


def test_an_altered_event_keeps_its_place() -> None:
    found = alter_event(PLEDGE, alter(scale=0.5, set={"level": "committed", "expires_on": "2025-12-31"}))
    assert isinstance(found, Event)
    assert (found.event_id, found.sequence, found.fact.sources) == (
        PLEDGE.event_id,
        PLEDGE.sequence,
        PLEDGE.fact.sources,
    )
    content = content_of(found)
    assert isinstance(content, PledgeMade)
    assert (content.level, content.expires_on, content.quantity.min) == ("committed", "2025-12-31", 500)
    assert content.quantity.text is None  # the source's words no longer say what it is


def test_altering_a_correction_alters_its_replacement() -> None:
    found = alter_event(CORRECTION, alter(scale=2.0))
    assert isinstance(found, Event)
    content = content_of(found)
    assert isinstance(content, PledgeAmended)
    assert content.quantity is not None
    assert content.quantity.max == 4002


def test_a_field_can_be_removed() -> None:
    with_end = alter_event(PLEDGE, alter(set={"expires_on": "2025-12"}))
    assert isinstance(with_end, Event)
    without = alter_event(with_end, alter(set={"expires_on": None}))
    assert isinstance(without, Event)
    assert without.fact == PLEDGE.fact


REFUSED: list[tuple[Event, dict[str, Any], type[RuleBroken], str]] = [
    (PLEDGE, {"set": {"status": "x"}}, FieldIsNotThere, "/set/status"),
    (REAFFIRMED, {"scale": 0.5}, FieldIsNotThere, "/scale"),
    (PLEDGE, {"set": {"sources": []}}, FieldIsNotAltered, "/set/sources"),
    (PLEDGE, {"set": {"effective_at": "2025"}}, FieldIsNotAltered, "/set/effective_at"),
    (PLEDGE, {"set": {"type": "PledgeRaised"}}, FieldIsNotAltered, "/set/type"),
    (CORRECTION, {"set": {"corrects": ID}}, FieldIsNotAltered, "/set/corrects"),
    (PLEDGE, {"set": {"level": "sure"}}, AlteredFactIsInvalid, "/set/level"),
    (
        PLEDGE,
        {"set": {"quantity": {"min": 5, "max": 1, "unit": "personnel"}}},
        AlteredFactIsInvalid,
        "/set/quantity/max",
    ),
    (PLEDGE, {"set": {"contributor": None}}, AlteredFactIsInvalid, "/set/contributor"),
]


@pytest.mark.parametrize(("one", "fields", "rule", "field"), REFUSED)
def test_an_alteration_to_an_invalid_fact_is_refused(
    one: Event, fields: dict[str, Any], rule: type[RuleBroken], field: str
) -> None:
    found = alter_event(one, alter(**fields))
    assert isinstance(found, rule)
    assert found.field == field


def test_an_assumed_fact_needs_no_source_and_one_that_has_it_keeps_it() -> None:
    met = {"type": "ConditionMet", "condition": "c", "effective_at": "2025-05"}
    assert CHANGE.validate_python({"assume": met}).assume.sources == (ASSUMED,)
    sourced = {**met, "sources": [{"publisher": "AFP"}]}
    assert CHANGE.validate_python({"assume": sourced}).assume.sources[0].publisher == "AFP"
    corrected = {"type": "EventCorrected", "corrects": ID, "reason": "x", "replacement": met}
    change = CHANGE.validate_python({"assume": corrected})
    assert change.assume.replacement.sources == (ASSUMED,)


WRITTEN: list[dict[str, Any]] = [
    {"assume": {"type": "ConditionMet", "condition": "c", "effective_at": "2025-05"}},
    {"omit": ID},
    {"omit": {"attribution": "leak", "effective_from": "2025-04"}},
    {"shift": {"type": "PledgeMade", "contributor": "DEU"}, "days": 30},
    {"shift": ID, "to": "2025-06"},
    {"alter": {"contributor": "DEU", "type": ["PledgeMade", "PledgeAmended"]}, "scale": 0.5},
    {"alter": ID, "set": {"expires_on": None}},
    {"decide": {"condition_kind": "partner_backstop"}, "becomes": "failed", "effective_at": "2025-05"},
    {"decide": "us-backstop", "becomes": "met", "effective_at": "2025-05-01"},
]


@pytest.mark.parametrize("change", WRITTEN)
def test_a_change_is_stored_as_it_is_read(change: dict[str, Any]) -> None:
    read = CHANGE.validate_python(change)
    assert CHANGE.validate_json(CHANGE.dump_json(read, exclude_none=True)) == read


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"undo": ID},
        {"omit": {}},
        {"omit": "p"},
        {"omit": {"type": "PledgeForgotten"}},
        {"omit": {"contributor": "ATLANTIS"}},
        {"shift": ID},
        {"shift": ID, "days": 1, "to": "2025"},
        {"shift": ID, "days": 1.5},
        {"alter": ID},
        {"alter": ID, "set": {}},
        {"alter": ID, "scale": -1},
        {"alter": ID, "scale": float("inf")},
        {"decide": "c", "becomes": "forgotten", "effective_at": "2025"},
        {"assume": {"type": "PledgeMade"}},
    ],
)
def test_an_invalid_change_cannot_be_read(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CHANGE.validate_python(change)


def test_a_selector_takes_one_type_or_several() -> None:
    assert Selector(type="PledgeMade") == Selector(type=("PledgeMade",))  # type: ignore[arg-type]
    assert isinstance(CHANGE.validate_python(WRITTEN[0]), Assume)
