"""``why`` and ``diff`` in sentences, with the certainty of each figure."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from api.routes.openapi import example_of
from api.wording.facts import event_sentence, fact_clause
from api.wording.items import figure_sentence
from api.wording.phrases import ZONES, bounds, date, figure, gap, listed, people, place_of_basing, quantity, when
from domain.events import FACT, FACTS
from domain.quantities import in_words
from domain.vocabulary import Zone
from tests.running.command_line import FORMED, SOURCES, coalition, pledge, write_ndjson

UNDOUBTED = {"disputed": 0, "leak_only": {"min": 0, "max": 0}}
ENVELOPE = {"sequence": 12, "recorded_at": "2025-05-02T09:30:00.123456Z", "recorded_by": "desk"}


@pytest.fixture
def trial_url(sqlite_url: str, tmp_path: Path) -> str:
    """A store with a need, a pledge, and a withdrawal from it."""
    people_50 = {"min": 150, "max": 150, "unit": "personnel"}
    facts = [
        FORMED,
        {"type": "RequirementStated", "effective_at": "2025-02-01", "requirement": "need", "label": "The need",
         "stated_by": "FRA", "standing": "floated", "quantity": {"min": 10_000, "max": 30_000, "unit": "personnel"},
         "sources": SOURCES},
        pledge("gbr-ground", people=1_000),
        {"type": "PledgeWithdrawn", "effective_at": "2025-05-01", "pledge": "gbr-ground", "quantity": people_50,
         "sources": SOURCES},
        pledge("est-company", "EST", quantity={"min": 1, "max": 1, "unit": "company"}),
    ]  # fmt: skip
    file = write_ndjson(tmp_path / "facts.ndjson", facts)
    done = coalition("record", file, "-c", "trial", "--as", "desk", database_url=sqlite_url)
    assert done.returncode == 0, done.stderr
    return sqlite_url


def sentences(*command: str, database_url: str) -> list[str]:
    done = coalition(*command, database_url=database_url)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_shortfall_is_explained(trial_url: str) -> None:
    lines = sentences("why", "/size/required/need", "--valid-at", "2025-02-15", database_url=trial_url)
    assert "10,000 to 30,000 people required (floated by France), open. On the ground: none" in lines[0]
    assert "; available: none (shortfall 10,000 to 30,000); " in lines[0]
    lines = sentences("why", "/size/required/need", "--valid-at", "2025-06-01", database_url=trial_url)
    assert "people required (floated by France), partly filled." in lines[0]
    assert "; available: 950 to 1,100 (shortfall 8,900 to 29,050); " in lines[0]


def test_the_available_figure_is_explained(trial_url: str) -> None:
    lines = sentences("why", "/size/available/max", "--valid-at", "2025-06-01", database_url=trial_url)
    assert lines[0] == "950 to 1,100 people are available, from 2 pledges by 2 contributors."
    assert lines[1].endswith(": 1,100.")
    assert "- The United Kingdom has pledged 850 people for ground forces (gbr-ground); available." in lines
    assert (
        "- Estonia has pledged 1 company (estimated: 100 to 250) for ground forces (est-company); available." in lines
    )
    assert lines[-2].startswith(
        "- On 1 May 2025, the United Kingdom withdrew 150 people from pledge gbr-ground (event 4, "
    )
    assert lines[-2].endswith(" by desk; source: news report, 10 April 2025).")


def test_the_available_figure_of_one_level_is_explained(trial_url: str) -> None:
    at = ("--valid-at", "2025-06-01")
    lines = sentences("why", "/size/available/by_level/pledged/min", *at, database_url=trial_url)
    assert lines[0] == "950 to 1,100 people are pledged and available, from 2 pledges by 2 contributors."
    assert lines[1].endswith(": 950.")
    lines = sentences("why", "/size/conditional/by_level/committed", *at, database_url=trial_url)
    assert lines[0] == "No pledge counts as committed and conditional."


def test_a_formed_unit_is_in_words_and_in_people() -> None:
    assert quantity({"min": 1, "max": 1, "unit": "formed_unit"}) == "1 formed unit (estimated: 120 to 160)"
    assert quantity({"min": 2, "max": 3, "unit": "formed_unit"}) == "2 to 3 formed units (estimated: 240 to 480)"
    assert people({"min": None, "max": None, "unit": "formed_unit"}) == "an undisclosed number of formed units"
    assert in_words(2, "formed_unit") == "2 formed units"


def test_every_zone_is_a_phrase_of_place() -> None:
    assert ZONES.keys() == set(get_args(Zone))
    basing = {"basing": "port", "zone": "district", "country": "Haiti", "place": "Cité Soleil"}
    assert place_of_basing(basing) == "in a district (Cité Soleil, Haiti)"


def test_the_explanation_of_money_mentions_no_people() -> None:
    value = {"min": 11_000, "max": 11_000, "pledges": 1, "contributors": 1, "undisclosed": 0, **UNDOUBTED}
    lines = figure_sentence(["money", "host_aid", "EUR", "pledged"], value)
    assert lines == "EUR 11,000 is pledged as host aid, from 1 pledge by 1 contributor."


@pytest.mark.parametrize("figure", ["/money", "/counts", "/size/by_capability/ground_forces/other_units"])
def test_an_empty_figure_is_explained(trial_url: str, figure: str) -> None:
    lines = sentences("why", figure, "--valid-at", "2025-06-01", database_url=trial_url)
    assert lines[0] == f"{figure} is empty."


def test_a_difference_names_its_changes_and_causes(trial_url: str) -> None:
    lines = sentences("diff", "--from", "2025-04-01", "--to", "2025-05-01", database_url=trial_url)
    whole = next(line for line in lines if line.startswith("- Whole force"))
    for name in ("pledged", "available", "if released together"):
        assert f"{name}: 1,100 to 1,250 → 950 to 1,100" in whole
    assert whole.endswith("(event 4).")
    assert "- United Kingdom, ground forces: size 1,000 → 850 (event 4)." in lines
    assert lines[-2].endswith("1 event:")
    assert lines[-1].startswith(
        "- On 1 May 2025, the United Kingdom withdrew 150 people from pledge gbr-ground (event 4, "
    )


def test_an_empty_difference_says_so(trial_url: str) -> None:
    lines = sentences("diff", "--from", "2025-04-01", "--to", "2025-04-02", database_url=trial_url)
    assert lines[-1] == "Nothing changed."


@pytest.mark.parametrize("name", FACTS)
def test_every_type_of_fact_has_a_sentence(name: str) -> None:
    example = json.loads(FACT.dump_json(FACT.validate_python(example_of(name)), exclude_none=True))
    lines = event_sentence({**ENVELOPE, "fact": example}, {})
    assert lines[0].isupper()
    assert lines.endswith(").")
    assert "None" not in lines
    assert "{" not in lines


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (pledge("p", quantity={"min": 1_000}), "GBR pledged at least 1,000 people for ground forces (p)"),
        (pledge("p", level="floated", quantity={"max": 500}), "GBR floated up to 500 people for ground forces (p)"),
        (
            pledge("p", quantity={"text": "boots"}),
            'GBR pledged an undisclosed number of people ("boots") for ground forces (p)',
        ),
        (
            pledge("p", quantity={"min": 400, "max": 400, "approximate": True}),
            "GBR pledged about 400 people for ground forces (p)",
        ),
        (
            {"type": "PledgeWithdrawn", "pledge": "p", "reason": "elections"},
            "GBR withdrew pledge p in full; reason: elections",
        ),
        (
            {"type": "StanceStated", "actor": "POL", "stance": "ruled_out", "zone": "theatre"},
            "POL ruled out taking part in the theatre",
        ),
        ({"type": "FutureFact"}, "FutureFact was recorded"),
    ],
)
def test_a_sentence_says_how_certain_a_fact_is(own: dict[str, Any], expected: str) -> None:
    assert fact_clause(own, {"p": "GBR"}) == expected


def test_figures_show_their_certainty() -> None:
    assert [bounds(*each) for each in [(0, 0), (5, 5), (1_000, 2_000), (0, 9), (5, None), (None, 9), (None, None)]] == [
        "none", "5", "1,000 to 2,000", "up to 9", "at least 5", "up to 9", "undisclosed",
    ]  # fmt: skip
    assert quantity({"min": 2, "max": 3, "unit": "brigade"}) == "2 to 3 brigades (estimated: 6,000 to 15,000)"
    assert quantity({"min": None, "max": 30, "unit": "ship", "approximate": True}) == "up to about 30 ships"
    assert quantity({"min": 11, "max": 11, "unit": "EUR"}) == "EUR 11"
    assert people({"min": 9, "max": 9, "unit": "personnel", "measure": "cumulative"}) == "9 people over rotations"
    assert [gap({"min": least, "max": most}) for least, most in [(None, None), (None, 5), (0, 0), (1, 2)]] == [
        "unknown", "up to 5", "none", "1 to 2",
    ]  # fmt: skip


def test_a_figure_never_hides_what_is_undisclosed() -> None:
    each = {"min": 100, "max": 100, "pledges": 3, "contributors": 2, "undisclosed": 1}
    assert figure(each) == "100, plus 1 undisclosed pledge"
    assert figure(each | {"min": 0, "max": 0, "undisclosed": 3}) == "undisclosed"
    assert figure(each | {"pledges": 0, "undisclosed": 0}) == "none"


def test_dates_in_sentences_keep_their_precision() -> None:
    times = ["2025-05-01", "2025-05", "2025", "2025-04-29/2025-04-30", "2025-05-01T09:30:00.000000Z"]
    assert [when(time) for time in times] == [
        "on 1 May 2025", "in May 2025", "in 2025", "between 29 and 30 April 2025",
        "at 2025-05-01 09:30:00 UTC",
    ]  # fmt: skip
    assert date("2025-05-01") == "1 May 2025"


def test_lists_are_joined_with_and() -> None:
    assert [listed(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_a_coalition_renamed_between_two_days_is_named_before_and_after(sqlite_url: str, tmp_path: Path) -> None:
    renamed = {
        "type": "CoalitionRenamed",
        "effective_at": "2025-05-01",
        "name": "Multinational Force",
        "sources": SOURCES,
    }
    done = coalition(
        "record", write_ndjson(tmp_path / "facts.ndjson", [FORMED, renamed]), "-c", "trial", database_url=sqlite_url
    )
    assert done.returncode == 0, done.stderr
    lines = sentences("diff", "--from", "2025-04-01", "--to", "2025-06-01", database_url=sqlite_url)
    assert any("Multinational Force" in line and FORMED["name"] in line for line in lines)
