"""The real input: each statement of the article and each note is carried by facts, and the facts load as they are."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.events import FACT

EXAMPLES = Path(__file__).parents[1] / "examples"
ARTICLE = EXAMPLES / "willing" / "01-article-2025-04-10.yaml"
NOTES = EXAMPLES / "willing" / "02-facts-2025.yaml"

CARRIED = {
    "S1": {
        "CoalitionFormed", "MemberJoined FRA", "MemberJoined GBR", "ConditionStated peace-agreement",
        "ConditionAttached peace-agreement",
    },
    "S2": {
        "MeetingScheduled brussels-2025-04-10", "MeetingHeld brussels-2025-04-10",
        "CountReported brussels-countries-article",
    },
    "S3": {
        "CoalitionFormed", "MeetingScheduled brussels-2025-04-10", "MeetingHeld brussels-2025-04-10",
        "StatementMade kind-of-force",
    },
    "S4": {"MeetingHeld kyiv-officers-spring"},
    "S5": {"BasingRuledOut contact-line"},
    "S6": {"BasingProposed rear", "BasingProposed outside-theatre"},
    "S7": {"RequirementStated british-float"},
    "S8": {"ConditionStated peace-agreement", "ConditionAttached peace-agreement"},
    "S9": {
        "MeetingScheduled brussels-2025-04-10", "MeetingHeld brussels-2025-04-10",
        "StatementMade americans-in-earlier-talks",
    },
    "S10": {"MeetingScheduled brussels-2025-04-10", "StatementMade us-defence-secretary-absent"},
    "S11": {"SupportSought combat_air", "SupportSought logistics"},
    "S12": {"StanceStated USA"},
    "S13": {"StatementMade us-calls-on-europe"},
    "S14": {"StatementMade europe-to-show-it-can-act"},
    "S15": {"ConditionStated us-on-board", "ConditionAttached us-on-board", "StanceStated group:cautious-members"},
    "S16": {"StatementMade capacity-is-short"},
    "S17": {"StatementMade new-offensive-feared"},
    "S18": {"StatementMade pressure-before-negotiations"},
    "S19": {"MeetingScheduled udcg-2025-04-11", "CountReported udcg-countries-article"},
    "S20": {"MeetingScheduled udcg-2025-04-11", "StatementMade udcg-aim"},
}  # fmt: skip
"""Each statement of the article, and the facts that carry it."""

SLUGS = {
    "Member": "member", "Condition": "condition", "Meeting": "meeting", "Count": "report", "Statement": "statement",
    "Basing": "basing", "Requirement": "requirement", "Support": "capability", "Stance": "actor",
}  # fmt: skip


def facts_in(path: Path) -> list[dict[str, Any]]:
    facts: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return facts


def locators_of(fact: dict[str, Any]) -> set[str]:
    return {source.get("locator", "") for source in fact["sources"]}


def named(fact: dict[str, Any]) -> str:
    """The fact in short: its type, and the name of what it is about."""
    fields = [field for concept, field in SLUGS.items() if fact["type"].startswith(concept)]
    return " ".join([fact["type"], *(fact[field] for field in fields)])


@pytest.mark.parametrize("statement", [f"S{number}" for number in range(1, 21)])
def test_each_statement_of_the_article_is_carried_by_these_facts(statement: str) -> None:
    assert {named(fact) for fact in facts_in(ARTICLE) if statement in locators_of(fact)} == CARRIED[statement]


@pytest.mark.parametrize("statement", CARRIED)
def test_the_table_for_readers_says_the_same(statement: str) -> None:
    rows = [
        line
        for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {statement} |")
    ]
    assert len(rows) == 1
    listed = {entry.replace("`", "").strip() for entry in rows[0].strip("| ").split("|")[1].split("·")}
    assert listed == CARRIED[statement]


@pytest.mark.parametrize("note", [f"F{number:03}" for number in range(1, 37)])
def test_each_note_is_carried_by_at_least_one_fact_with_its_address(note: str) -> None:
    sources = [source for fact in facts_in(NOTES) for source in fact["sources"] if source.get("locator") == note]
    assert any(source.get("url") for source in sources)


@pytest.mark.parametrize("path", [ARTICLE, NOTES], ids=lambda path: path.stem)
def test_each_fact_is_what_a_client_would_post(path: Path) -> None:
    for fact in facts_in(path):
        assert FACT.validate_json(json.dumps(fact)).type == fact["type"]


def test_every_source_of_the_article_is_the_article_but_the_one_that_dates_the_formation() -> None:
    others = [(named(fact), source["publisher"]) for fact in facts_in(ARTICLE) for source in fact["sources"]
              if source["publisher"] != "news report"]  # fmt: skip
    assert others == [("CoalitionFormed", "UNN")]
    assert all(
        source["published_on"] == "2025-04-10" for fact in facts_in(ARTICLE) for source in fact["sources"]
        if source["publisher"] == "news report"
    )  # fmt: skip


def test_the_readme_counts_the_facts() -> None:
    readme = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    for path in (ARTICLE, NOTES):
        assert f"| `willing/{path.name}` | {len(facts_in(path))} |" in readme
