"""Changes and chances as sentences: each means exactly one object of the API and reads back as itself."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as some
from pydantic import TypeAdapter

from api.files.chance_sentences import chance_in, dates_in
from api.files.change_sentences import NOUNS, change_in, quantity_in, types_of
from api.files.unreadable import UnreadableSentence
from api.wording.change_sentences import change_sentence
from domain.events import FACTS
from domain.what_if.chances import SimulationRequest
from domain.what_if.changes import DATE_FIELDS, Change

CHANGE: TypeAdapter[Any] = TypeAdapter(Change)
SIMULATION: TypeAdapter[Any] = TypeAdapter(SimulationRequest)
EVENT = "d099fb57-a70d-5d47-b471-3645c53682d7"


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        (f"omit {EVENT}", {"omit": EVENT}),
        ("omit every PledgeMade of DEU", {"omit": {"type": "PledgeMade", "contributor": "DEU"}}),
        ("omit everything whose attribution is a leak", {"omit": {"attribution": "leak"}}),
        ("omit everything that rests only on leak", {"omit": {"attributed_only_to": ["leak"]}}),
        (
            "omit every pledge that rests only on leak,press_estimate",
            {"omit": {"type": [*types_of("pledge")], "attributed_only_to": ["leak", "press_estimate"]}},
        ),
        ("omit every pledge of DEU.", {"omit": {"type": types_of("pledge"), "contributor": "DEU"}}),
        ("halve everything about pledge gbr-ground", {"alter": {"pledge": "gbr-ground"}, "scale": 0.5}),
        (
            "scale every PledgeMade or PledgeAmended for naval at pledged from 2025-03 until 2025-06 by 1.25",
            {
                "alter": {
                    "type": ["PledgeMade", "PledgeAmended"], "capability": "naval", "level": "pledged",
                    "effective_from": "2025-03", "effective_to": "2025-06",
                },
                "scale": 1.25,
            },
        ),
        (
            "set notice_to_move_days to 30 in every PledgeMade of FRA",
            {"alter": {"type": "PledgeMade", "contributor": "FRA"}, "set": {"notice_to_move_days": 30}},
        ),
        (
            "set quantity to up to 7,500 people in everything about pledge p",
            {"alter": {"pledge": "p"}, "set": {"quantity": {"max": 7500, "unit": "personnel"}}},
        ),
        (
            "set basing to [rear, hub] in everything of FRA",
            {"alter": {"contributor": "FRA"}, "set": {"basing": ["rear", "hub"]}},
        ),
        ("shift everything of GBR by 3 months", {"shift": {"contributor": "GBR"}, "months": 3}),
        (
            "shift everything of GBR by 1 month and 5 days earlier",
            {"shift": {"contributor": "GBR"}, "months": -1, "days": -5},
        ),
        (f"shift {EVENT} to 2025-06", {"shift": EVENT, "to": "2025-06"}),
        (
            "shift available_from and expires_on in every PledgeMade of GBR by 3 months",
            {
                "shift": {"type": "PledgeMade", "contributor": "GBR"}, "months": 3,
                "dates": ["available_from", "expires_on"],
            },
        ),
        (f"shift starts_at in {EVENT} to 2025-06", {"shift": EVENT, "to": "2025-06", "dates": ["starts_at"]}),
        ("ceasefire is met on 2025-11-01", {"decide": "ceasefire", "becomes": "met", "effective_at": "2025-11-01"}),
        (
            "every condition of kind partner_backstop fails on 2025-12",
            {"decide": {"condition_kind": "partner_backstop"}, "becomes": "failed", "effective_at": "2025-12"},
        ),
        ("ceasefire is reopened in 2026", {"decide": "ceasefire", "becomes": "open", "effective_at": "2026"}),
    ],
)  # fmt: skip
def test_each_sentence_means_one_change(sentence: str, change: dict[str, Any]) -> None:
    assert change_in(sentence) == change
    assert change_in(change_sentence(change, {})) == change
    CHANGE.validate_python(change)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("annul every pledge of DEU", "is not a valid change. A change is one of"),
        ("omit every dog of DEU", "unknown kind of fact 'dog': use pledge"),
        ("omit every pledge by DEU", "after 'every pledge', expected of kind KIND, of CONTRIBUTOR"),
        ("omit every pledge of DEU of FRA", "'of' is given twice"),
        ("omit everything", "everything is too broad"),
        ("omit the pledge", "'the pledge' is not a valid target"),
        ("scale everything of DEU by half", "'half' is not a valid factor"),
        ("scale everything of DEU by 1e400", "'1e400' is not a valid factor"),
        ("scale everything of DEU by nan", "'nan' is not a valid factor"),
        ("set quantity to {max: 1e400} in everything of DEU", "/max: the number is too large"),
        (f"set quantity to {'9' * 5_000} people in everything of DEU", "99999999999999999999... has too many digits"),
        (f"shift everything of DEU by {'9' * 5_000} days", "99999999999999999999... has too many digits"),
        ("shift everything of DEU by a while", "'a while' is not a valid span"),
        ("set quantity to [1, in everything of DEU", "'[1,' is not a valid value"),
        ("the ceasefire is met on 2025", "'the ceasefire' is not a valid condition"),
    ],
)
def test_an_invalid_sentence_is_reported_with_its_first_wrong_word(sentence: str, expected: str) -> None:
    with pytest.raises(UnreadableSentence) as refused:
        change_in(sentence)
    assert expected in str(refused.value)


# --- there and back ---------------------------------------------------------------------------------------------------

slugs = some.sampled_from(["gbr-ground", "p1", "us-on-board"])
dates = some.sampled_from(["2025-04-10", "2025-04", "2025", "2025-04-29/2025-04-30", "2025-04-10T10:00:00+02:00"])
types = some.one_of(
    some.sampled_from([*FACTS]),
    some.lists(some.sampled_from([*FACTS]), min_size=2, max_size=4, unique=True),
    some.sampled_from([*NOUNS]).map(types_of),
)
selectors = some.fixed_dictionaries(
    {},
    optional={
        "type": types, "contributor": some.sampled_from(["DEU", "org:nato", "group:cautious-members"]),
        "capability": some.just("naval"), "level": some.just("pledged"), "attribution": some.just("leak"),
        "pledge": slugs, "condition": slugs, "condition_kind": some.just("ceasefire"),
        "effective_from": dates, "effective_to": dates,
    },
).filter(bool)  # fmt: skip
aims = some.just(EVENT) | selectors
quantities = some.fixed_dictionaries(
    {"unit": some.sampled_from(["personnel", "company", "EUR"])},
    optional={"min": some.integers(0, 10**9), "max": some.integers(0, 10**9), "approximate": some.booleans()},
)
values = some.none() | some.booleans() | some.integers(0, 90) | some.text("in1: -'{", max_size=12) | quantities
months = some.integers(-1_200, 1_200)
moved = some.lists(some.sampled_from(DATE_FIELDS), min_size=1, unique=True)
changes = some.one_of(
    some.fixed_dictionaries({"omit": aims}),
    some.fixed_dictionaries({"shift": aims, "to": dates}, optional={"dates": moved}),
    some.builds(
        lambda shift, by: {**shift, **by},
        some.fixed_dictionaries({"shift": aims}, optional={"dates": moved}),
        some.fixed_dictionaries({}, optional={"months": months, "days": months}).filter(bool),
    ),
    some.fixed_dictionaries({"alter": aims, "scale": some.floats(0, 1_000)}),
    some.builds(
        lambda aim, name, value: {"alter": aim, "set": {name: value}},
        aims, some.sampled_from(["quantity", "level", "note"]), values,
    ),
    some.builds(
        lambda aim, becomes, at: {"decide": aim, "becomes": becomes, "effective_at": at},
        slugs | some.just({"condition_kind": "ceasefire"}),
        some.sampled_from(["met", "failed", "waived", "open"]),
        dates,
    ),
)  # fmt: skip


@given(changes)
@example({"alter": EVENT, "set": {"note": "a  b in c."}})
def test_a_change_put_into_words_reads_back_as_itself(change: dict[str, Any]) -> None:
    assert change_in(change_sentence(change, {})) == change


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("7,500 people", {"min": 7500, "max": 7500, "unit": "personnel"}),
        ("5000 to 7500 personnel", {"min": 5000, "max": 7500, "unit": "personnel"}),
        ("at least 2 ship", {"min": 2, "unit": "ship"}),
        ("up to 5 to 6 people", None),
        ("7500", None),
    ],
)
def test_a_quantity_can_be_written_in_words(text: str, quantity: dict[str, Any] | None) -> None:
    assert quantity_in(text) == quantity


# --- chances ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sentence", "field", "value"),
    [
        ("ceasefire is met with a chance of 0.6", "conditions", {"condition": "ceasefire", "probability": 0.6}),
        (
            "ceasefire is met with a chance of 60 % between 2025-11 and 2026-06, likeliest 2026-01, or else fails",
            "conditions",
            {
                "condition": "ceasefire", "probability": 0.6, "otherwise": "failed",
                "when": {"earliest": "2025-11", "latest": "2026-06", "likeliest": "2026-01"},
            },
        ),
        (
            "a, b and c share a cause with a strength of 0.5",
            "common_causes",
            {"conditions": ["a", "b", "c"], "strength": 0.5},
        ),
        ("p spreads evenly up to 9,000", "quantities", {"pledge": "p", "spread": "uniform", "max": 9000}),
        ("p spreads around the middle", "quantities", {"pledge": "p", "spread": "triangular"}),
        ("p spreads around 700", "quantities", {"pledge": "p", "spread": "triangular", "likeliest": 700}),
        ("p counts with its least", "quantities", {"pledge": "p", "spread": "least"}),
        ("every pledge counts with its most", "spread", "most"),
        (
            "p arrives between 2026-01 and 2026-04",
            "arrivals",
            {"pledge": "p", "when": {"earliest": "2026-01", "latest": "2026-04"}},
        ),
    ],
)  # fmt: skip
def test_each_sentence_means_one_part_of_a_simulation(sentence: str, field: str, value: Any) -> None:
    assert chance_in(sentence) == (field, value)
    SIMULATION.validate_python({"dates": ["2026"], field: value if field == "spread" else [value]})


@pytest.mark.parametrize(
    "sentence",
    ["ceasefire is likely", "p spreads wide", "x is met with a chance of 1-2", "x is met with a chance of 1e400",
     f"p spreads around {'9' * 5_000}"],
)  # fmt: skip
def test_an_invalid_chance_is_reported(sentence: str) -> None:
    with pytest.raises(UnreadableSentence):
        chance_in(sentence)


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("every quarter from 2025-11 to 2026-05", ["2025-11", "2026-02", "2026-05"]),
        ("every month from 2025-12 to 2026-01", ["2025-12", "2026-01"]),
        ("every week from 2025-12-29 to 2026-01-06", ["2025-12-29", "2026-01-05"]),
        ("every day from 2025-12-31 to 2026-01-01", ["2025-12-31", "2026-01-01"]),
        ("2025-12, 2026-06", ["2025-12", "2026-06"]),
    ],
)
def test_dates_are_listed_or_described(text: str, dates: list[str]) -> None:
    assert dates_in(text) == dates


@pytest.mark.parametrize(
    "text",
    [
        "every month from 2025-10-01 to 2026",
        "every fortnight from 2025 to 2026",
        "every day from 20251001 to 20251003",
        "every week from 2025-W01-1 to 2025-W03-1",
        "",
    ],
)
def test_invalid_dates_are_reported(text: str) -> None:
    with pytest.raises(UnreadableSentence):
        dates_in(text)
