"""The examples: facts cover each statement of the article and each note, and load as they are."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from domain.events import FACT
from domain.ledger import Keys, Ledger
from tests.running.postgres import PostgresServer

EXAMPLES = Path(__file__).parents[2] / "examples"
ARTICLE = EXAMPLES / "willing" / "01-article-2025-04-10.yaml"
NOTES = EXAMPLES / "willing" / "02-facts-2025.yaml"
LATER_NOTES = EXAMPLES / "willing" / "03-facts-2025-2026.yaml"
HAITI = EXAMPLES / "haiti" / "01-facts-2023-2026.yaml"
ALL_FILES = (ARTICLE, NOTES, LATER_NOTES, HAITI)

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
    return {source.get("locator", "") for source in fact.get("sources", ())}


def named(fact: dict[str, Any]) -> str:
    """The fact in short: its type, and the name of what it is about."""
    fields = [field for concept, field in SLUGS.items() if fact["type"].startswith(concept)]
    return " ".join([fact["type"], *(fact[field] for field in fields)])


@pytest.mark.parametrize("statement", [f"S{number}" for number in range(1, 21)])
def test_each_statement_of_the_article_is_in_these_facts(statement: str) -> None:
    assert {named(fact) for fact in facts_in(ARTICLE) if statement in locators_of(fact)} == CARRIED[statement]


@pytest.mark.parametrize("statement", CARRIED)
def test_the_table_for_readers_agrees(statement: str) -> None:
    rows = [
        line
        for line in (EXAMPLES / "README.md").read_text(encoding="utf-8").splitlines()
        if line.startswith(f"| {statement} |")
    ]
    assert len(rows) == 1
    listed = {entry.replace("`", "").strip() for entry in rows[0].strip("| ").split("|")[1].split("·")}
    assert listed == CARRIED[statement]


@pytest.mark.parametrize(
    ("path", "letter", "numbers"),
    [(NOTES, "F", range(1, 37)), (LATER_NOTES, "F", range(37, 102)), (HAITI, "H", range(1, 61))],
    ids=["F001 to F036", "F037 to F101", "H001 to H060"],
)
def test_each_note_is_in_at_least_one_fact_with_its_address(path: Path, letter: str, numbers: range) -> None:
    sources = [source for fact in facts_in(path) for source in fact["sources"]]
    with_address = {source.get("locator", "")[:4] for source in sources if source.get("url")}
    assert with_address >= {f"{letter}{number:03}" for number in numbers}


@pytest.mark.parametrize("path", ALL_FILES, ids=lambda path: path.stem)
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
    for path in ALL_FILES:
        assert f"| `{path.parent.name}/{path.name}` | {len(facts_in(path))} |" in readme


# --- what the ledger answers, with the article, and then with everything ---------------------------------------------

LATE_US = 1_800_000_000_000_000
Ask = Callable[..., dict[str, Any]]


@contextmanager
def loaded(database_url: str, *paths: Path, coalition: str = "willing") -> Iterator[Ask]:
    """Post the files as they are, in order, each whole, and ask for pictures as a client does."""
    ledger = Ledger(database_url)
    try:
        app = create_app(ledger, Settings(database_url), now_us=lambda: LATE_US)
        client = TestClient(app, base_url="http://localhost", client=("127.0.0.1", 50_000))
        bearer = {"Authorization": f"Bearer {Keys(ledger).add('tests')}"}
        for path in paths:
            answer = client.post(f"/coalitions/{coalition}/events", json=facts_in(path), headers=bearer)
            assert answer.status_code == 201, answer.text

        def ask(valid_at: str, **as_of: Any) -> dict[str, Any]:
            answer = client.get(f"/coalitions/{coalition}/picture", params={"valid_at": valid_at, **as_of})
            assert answer.status_code == 200, answer.text
            picture: dict[str, Any] = answer.json()
            return picture

        yield ask
    finally:
        ledger.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Give fresh databases of one kind, for ledgers that this module's tests only read."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path_factory.mktemp('examples') / 'ledger.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with ExitStack() as databases:
        yield lambda: databases.enter_context(server.fresh_database())


@pytest.fixture(scope="module")
def article(fresh_url: Callable[[], str]) -> Iterator[Ask]:
    with loaded(fresh_url(), ARTICLE) as ask:
        yield ask


@pytest.fixture(scope="module")
def everything(fresh_url: Callable[[], str]) -> Iterator[Ask]:
    with loaded(fresh_url(), ARTICLE, NOTES) as ask:
        yield ask


def only(items: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """The one item with these fields."""
    [item] = [item for item in items if all(item[name] == value for name, value in fields.items())]
    return item


AS_OF_THE_ARTICLE = [{}, {"known_at": "2025-04-10", "known_axis": "reported"}]


@pytest.mark.parametrize("known", AS_OF_THE_ARTICLE, ids=["as recorded", "as reported by then"])
class TestThePictureOfTheTenthOfApril:
    """With the article alone, for the day of the article; the record and the public knew the same."""

    def test_britain_floats_10_000_to_30_000_and_nothing_is_available(
        self, article: Ask, known: dict[str, Any]
    ) -> None:
        size = article("2025-04-10", **known)["size"]
        required = only(size["required"], requirement="british-float")
        assert (required["stated_by"], required["standing"], required["min"], required["max"]) == (
            "GBR",
            "floated",
            10_000,
            30_000,
        )
        assert required["gaps"]["available"] == {"min": 10_000, "max": 30_000}
        assert (size["available"]["min"], size["available"]["max"], size["available"]["pledges"]) == (0, 0, 0)

    def test_the_contact_line_is_ruled_out_and_other_zones_are_proposed(
        self, article: Ask, known: dict[str, Any]
    ) -> None:
        basing = article("2025-04-10", **known)["basing"]
        assert {(item["zone"], item["status"], item["certainty"]) for item in basing} == {
            ("contact_line", "ruled_out", "expected"),
            ("theatre_rear", "proposed", "expected"),
            ("out_of_theatre", "proposed", "possible"),
        }

    def test_the_united_states_is_absent_sought_and_undecided(self, article: Ask, known: dict[str, Any]) -> None:
        key_partner = article("2025-04-10", **known)["key_partner"]
        assert key_partner["last_meeting"] == {"meeting": "brussels-2025-04-10", "present": False}
        assert key_partner["stance"] == "undecided"
        assert {item["capability"]: (item["importance"], item["stance"]) for item in key_partner["by_capability"]} == {
            "combat_air": ("critical", "undecided"),
            "logistics": ("critical", "undecided"),
        }

    def test_a_peace_agreement_is_open_for_the_whole_force(self, article: Ask, known: dict[str, Any]) -> None:
        condition = only(article("2025-04-10", **known)["conditions"], kind="peace_agreement")
        assert (condition["status"], condition["holds"]) == ("open", False)
        assert [attached["coalition"] for attached in condition["attached_to"]] == [True]

    def test_an_unnamed_group_waits_for_the_united_states(self, article: Ask, known: dict[str, Any]) -> None:
        picture = article("2025-04-10", **known)
        condition = only(picture["conditions"], kind="partner_backstop")
        assert (condition["status"], condition["holds"]) == ("open", False)
        assert [attached["contributor"] for attached in condition["attached_to"]] == ["group:cautious-members"]
        assert only(picture["stances"], actor="group:cautious-members")["stance"] == "reluctant"

    def test_the_contact_group_meets_next(self, article: Ask, known: dict[str, Any]) -> None:
        meetings = article("2025-04-10", **known)["meetings"]
        assert meetings["last_held"]["meeting"] == "brussels-2025-04-10"
        ahead = meetings["next_scheduled"]
        assert (ahead["meeting"], ahead["forum"], ahead["chairs"]) == (
            "udcg-2025-04-11",
            "contact_group",
            ["GBR", "DEU"],
        )

    def test_nothing_is_set_aside(self, article: Ask, known: dict[str, Any]) -> None:
        assert article("2025-04-10", **known)["set_aside"] == []


def test_on_the_ninth_the_brussels_meeting_is_scheduled_without_the_united_states(article: Ask) -> None:
    meetings = article("2025-04-09")["meetings"]
    assert meetings["last_held"]["meeting"] == "kyiv-officers-spring"
    ahead = meetings["next_scheduled"]
    assert (ahead["meeting"], ahead["starts_at"]) == ("brussels-2025-04-10", "2025-04-10")
    assert [(seat["actor"], seat["present"]) for seat in ahead["attendance"]] == [("USA", False)]


def test_before_the_article_its_facts_were_not_public(article: Ask) -> None:
    picture = article("2025-04-10", known_at="2025-04-09", known_axis="reported")
    assert (picture["requirements"], picture["conditions"], picture["stances"]) == ([], [], [])


def test_no_fact_of_the_notes_is_set_aside(everything: Ask) -> None:
    assert everything("2025-12-31")["set_aside"] == []


def test_the_later_leak_was_not_public_on_the_tenth(everything: Ask) -> None:
    as_public = everything("2025-04-10", known_at="2025-04-10", known_axis="reported")
    as_recorded = everything("2025-04-10")
    leaked = {"times-64000", "times-256000-rotated"}
    assert leaked.isdisjoint(item["requirement"] for item in as_public["requirements"])
    assert leaked <= {item["requirement"] for item in as_recorded["requirements"]}
    assert only(as_recorded["size"]["required"], requirement="times-256000-rotated")["gaps"]["available"] == {
        "min": None,
        "max": None,
    }


def test_one_summit_keeps_its_three_head_counts(everything: Ask) -> None:
    counts = [item for item in everything("2025-03-27")["counts"] if item["meeting"] == "paris-2025-03-27"]
    assert {(item["value"].get("min"), item["value"]["max"]) for item in counts} == {(31, 31), (None, 30), (33, 33)}


def test_26_countries_are_counted_in_three_scopes_with_none_named(everything: Ask) -> None:
    counts = [item for item in everything("2025-09-04")["counts"] if item["report"].startswith("twenty-six-")]
    assert len({item["scope"] for item in counts}) == 3
    assert {(item["value"]["min"], item["named"]["max"]) for item in counts} == {(26, 0)}


def test_the_line_is_ruled_out_since_march_once_the_notes_are_in(everything: Ask) -> None:
    line = only(everything("2025-04-10")["basing"], basing="contact-line")
    assert (line["status"], line["since"]) == ("ruled_out", "2025-03-27")


def test_in_september_every_pledge_is_conditional(everything: Ask) -> None:
    size = everything("2025-09-04")["size"]
    assert size["available"]["pledges"] == 0
    assert size["conditional"]["pledges"] == size["pledged"]["pledges"] == 7
    assert (size["conditional"]["min"], size["conditional"]["max"]) == (200, 200 + 250)
    assert (size["floated"]["min"], size["floated"]["max"]) == (5_000, 20_000)


def test_rival_reports_of_a_company_and_a_battalion_are_both_shown(everything: Ask) -> None:
    rival = only(everything("2025-08-22")["counts"], report="est-battalion")
    assert (rival["value"]["unit"], rival["named"]) == ("battalion", {"min": 0, "max": 250})


def test_the_united_states_rules_out_troops_but_not_the_air(everything: Ask) -> None:
    by_capability = {
        item["capability"]: item["stance"] for item in everything("2025-08-19")["key_partner"]["by_capability"]
    }
    assert by_capability == {"combat_air": "not_excluded", "ground_forces": "ruled_out", "logistics": "undecided"}
    assert everything("2025-07-10")["key_partner"]["last_meeting"] == {"meeting": "leaders-2025-07-10", "present": True}


def test_a_stance_reported_by_a_newspaper_is_separate_from_the_official_one(everything: Ask) -> None:
    stances = everything("2025-05-01")["stances"]
    assert only(stances, actor="ESP")["said_by"] == "org:the-times"
    assert {(item["said_by"], item["stance"]) for item in stances if item["actor"] == "ITA"} == {
        (None, "ruled_out"), ("org:the-times", "ruled_out"),
    }  # fmt: skip


# --- what became of it by February 2026 -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def to_date(fresh_url: Callable[[], str]) -> Iterator[Ask]:
    with loaded(fresh_url(), ARTICLE, NOTES, LATER_NOTES) as ask:
        yield ask


def test_by_february_nothing_is_available_and_nobody_is_there(to_date: Ask) -> None:
    picture = to_date("2026-02-28")
    assert picture["set_aside"] == []
    size = picture["size"]
    assert [(size[name]["min"], size[name]["max"], size[name]["pledges"]) for name in ("available", "deployed")] == [
        (0, 0, 0),
        (0, 0, 0),
    ]
    assert only(picture["commands"], command="force-headquarters")["status"] == "operating"
    assert only(picture["basing"], basing="military-hubs")["status"] == "agreed"


def test_one_leak_in_two_renderings_is_disputed_and_its_figure_says_so(to_date: Ask) -> None:
    size = to_date("2026-01-31")["size"]
    floated = size["by_contributor"]["GBR"]["floated"]
    assert (floated["max"], floated["disputed"], floated["leak_only"]) == (7_500, 1, {"min": 0, "max": 7_500})


# --- a mission elsewhere ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def haiti(fresh_url: Callable[[], str]) -> Iterator[Ask]:
    with loaded(fresh_url(), HAITI, coalition="haiti") as ask:
        yield ask


def test_two_offers_are_older_than_the_mission(haiti: Ask) -> None:
    before = haiti("2023-09-01")
    assert (before["name"], before["before_formation"]) == (None, 3)
    after = haiti("2023-10-03")
    assert (after["key_partner"], after["size"]["pledged"]["min"]) == (None, 350)


def test_a_court_blocks_kenya_and_an_agreement_lifts_that(haiti: Ask) -> None:
    blocked = haiti("2024-02-15")["size"]["by_contributor"]["KEN"]["blocked"]
    assert (blocked["min"], blocked["pledges"]) == (1_000, 1)
    assert haiti("2024-03-05")["size"]["by_contributor"]["KEN"]["blocked"]["pledges"] == 0


def test_on_that_day_the_public_knew_of_400_who_were_200(haiti: Ask) -> None:
    assert haiti("2024-06-26")["size"]["deployed"]["min"] == 200
    as_public = haiti("2024-06-30", known_at="2024-06-30", known_axis="reported")
    assert as_public["size"]["deployed"]["min"] == 400
    assert haiti("2024-06-30", known_at="2024-07-08", known_axis="reported")["size"]["deployed"]["min"] == 200


def test_jamaicas_parts_are_counted_once(haiti: Ask) -> None:
    jamaica = haiti("2024-09-13")["size"]["by_contributor"]["JAM"]
    assert (jamaica["pledged"]["min"], jamaica["committed"]["min"]) == (0, 200)
    assert jamaica["deployed"]["min"] == 24


def test_kenya_grows_in_phases(haiti: Ask) -> None:
    kenya = haiti("2024-11-01")["size"]["by_contributor"]["KEN"]
    assert [kenya[name]["min"] for name in ("available", "upcoming", "assigned")] == [700, 300, 1_000]


def test_the_needed_strength_is_beside_what_there_is(haiti: Ask) -> None:
    need = only(haiti("2026-01-31")["size"]["required"], requirement="force-size")
    assert (need["min"], need["state"]) == (5_550, "partly")
    assert need["gaps"]["deployed"]["max"] > 4_000
    assert need["gaps"]["pledged"]["max"] == 0  # what is promised would be enough


def test_money_is_pledged_and_paid(haiti: Ask) -> None:
    dollars = haiti("2025-03-01")["money"]["force"]["USD"]
    assert dollars["disbursed"]["min"] == 95_000_000 + 3_200_000 + 1_700_000
    assert haiti("2025-03-01")["aid"]["host_aid"]["USD"]["disbursed"]["min"] == 15_000_000


def test_no_fact_about_haiti_is_set_aside(haiti: Ask) -> None:
    assert haiti("2026-04-01")["set_aside"] == []
