"""What-if, sensitivity and simulation on the command line: the answers of the API as tables, and refusals."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.cli.client import Target, connection
from tests.running.command_line import CommandResult, coalition, pledge
from tests.running.service import Service, running

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted(map(str, (ROOT / "examples" / "willing").glob("0[12]-*.yaml")))
WHAT_IFS = ROOT / "examples" / "what-if"
GREAT = "99999999999999999999999"
AT = ("--valid-at", "2025-12-31", "--known-at", "2100-01-01T00:00:00Z")
CEASEFIRE = ("--change", "ceasefire is met on 2025-11-01")
PEACE = (*CEASEFIRE, "--change", "peace-agreement is met on 2025-11-15")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the example in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('what-if')}/ledger.sqlite3"
    assert coalition("record", *EXAMPLES, "-c", "willing", "--as", "desk", database_url=url).returncode == 0
    return url


@pytest.fixture(scope="module")
def service(url: str) -> Iterator[Service]:
    """A service on the same store."""
    with running(url) as service:
        yield service


def output_of(*command: str, url: str, **more: Any) -> str:
    done = coalition(*command, database_url=url, **more)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("command", "questions"),
    [
        (["what-if"], {"picture": {}, "consequences": {}}),
        (
            ["sensitivity", "--group", "us-backing, peace-agreement", "--requirement", "iiss-small", "--seed", "3"],
            {"sensitivity": {"groups": [["us-backing", "peace-agreement"]], "requirements": ["iiss-small"], "seed": 3}},
        ),
        (
            ["simulate", "--dates", "2025-12, 2026-06", "--chance", "seimas-mandate is met with a chance of 60 %",
             "--draws", "500", "--seed", "3"],
            {"simulation": {
                "dates": ["2025-12", "2026-06"], "conditions": [{"condition": "seimas-mandate", "probability": 0.6}],
                "draws": 500, "seed": 3,
            }},
        ),
    ],
)  # fmt: skip
def test_json_output_is_the_answer_of_the_api_from_a_store_and_from_a_service(
    url: str, service: Service, command: list[str], questions: dict[str, Any]
) -> None:
    body = {
        "fork": {"valid_at": AT[1], "known_at": AT[3]},
        "changes": [{"decide": "ceasefire", "becomes": "met", "effective_at": "2025-11-01"}],
        "questions": questions,
    }
    answer = httpx.post(f"{service.url}/coalitions/willing/what-if", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    stored = coalition(*command, *AT, *CEASEFIRE, "--json", database_url=url)
    served = coalition(*command, *AT, *CEASEFIRE, "--json", "--url", service.url, database_url="sqlite:////nowhere/x")
    assert stored.stdout == served.stdout == answer.text


# --- what people read -------------------------------------------------------------------------------------------------


def test_a_ceasefire_alone_makes_nobody_available(url: str) -> None:
    output = output_of("what-if", *AT, *CEASEFIRE, url=url)
    assert "Ceasefire: now met, since 1 November 2025 (was open" in output
    assert "No pledge becomes available" in output


def test_knock_on_effects_are_listed_round_by_round(url: str) -> None:
    output = output_of("what-if", str(WHAT_IFS / "november.yaml"), url=url)
    rounds = [
        line.split()[:2] for line in output.partition("Knock-on effects")[2].splitlines() if line[:6].strip().isdigit()
    ]
    assert ["1", "gbr-ground"] in rounds
    assert rounds[-1] == ["2", "ltu-ground"]
    assert "all-countries-in: open → satisfied, through gbr-ground" in output


def test_each_line_names_its_change(url: str) -> None:
    output = output_of("what-if", str(WHAT_IFS / "air-support.yaml"), url=url)
    assert "now ruled out, since 1 October 2025" in row(output, "- United States, combat air:")
    assert row(output, "- United States, combat air:").endswith("since 19 August 2025) (change 1).")
    assert "- United Kingdom, ground forces: now blocked (was conditional) (change 2)." in output


def test_facts_that_lose_their_footing_are_set_aside_with_the_rule(url: str) -> None:
    output = output_of("what-if", *AT, "-x", "omit every PledgeMade about pledge ltu-ground", url=url)
    aside = output.partition("Not applied")[2]
    assert "UnknownId" in aside
    assert "ConditionAttached" in aside


def test_a_change_without_effect_says_so(url: str) -> None:
    output = output_of("what-if", *AT, *PEACE, "-x", "ceasefire is met on 2025-12-01", url=url)
    assert [line.split()[-1] for line in output.splitlines() if " is met on " in line][:3] == ["some", "some", "none"]


def test_facts_of_a_file_are_assumed_before_the_changes_of_options(url: str, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text(
        "- {type: PledgeMade, effective_at: '2025-10-01', pledge: deu-brigade, contributor: DEU, level: pledged,\n"
        "   capability: ground_forces, quantity: {min: 4000, max: 5000, unit: personnel}}\n"
    )
    output = output_of(
        "what-if", *AT, "--assume", str(facts), "-x", "halve every pledge of DEU for ground_forces", url=url
    )
    assert "1        assume that on 1 October 2025, Germany pledged 4,000 to 5,000 people" in output
    assert "Germany has pledged 2,000 to 2,500 people for ground forces" in output


def test_without_changes_or_conditions_the_answer_says_so(url: str) -> None:
    output = output_of("what-if", "--valid-at", "2025-01-01", url=url)
    assert "No changes." in output
    assert "No figure or item changes." in output
    assert "No condition is open." in output_of("sensitivity", "--valid-at", "2025-01-01", url=url)


def test_a_file_may_come_from_standard_input(url: str) -> None:
    output = output_of("what-if", "-", url=url, content=b"name: Piped\nchanges: [ceasefire fails on 2025-11]\n")
    assert output.startswith("What if: Piped\n")


def test_sensitivity_is_shown_in_tables(url: str) -> None:
    output = output_of("sensitivity", str(WHAT_IFS / "chances.yaml"), url=url)
    assert "affect 5,200 to 17,950 people, plus 5 pledges of undisclosed size." in output
    assert row(output, "Ceasefire (ceasefire)").startswith("Ceasefire (ceasefire) ceasefire none 5,200 to 17,950")
    assert row(output, "first-echelon") == "first-echelon 5,000 0 5,200 ceasefire and peace-agreement"
    assert row(output, "british-float") == "british-float 10,000 0 5,200 cannot be met"


def test_shares_beyond_twenty_conditions_have_their_standard_error(url: str, tmp_path: Path) -> None:
    facts: list[dict[str, Any]] = []
    for name in (f"c{number}" for number in range(21)):
        about = {"effective_at": "2025-10-01", "condition": name, "kind": "other", "description": "One of many"}
        facts += [{"type": "ConditionStated"} | about, pledge(f"of-{name}", "NOR", 100, conditions=[name])]
        facts[-1]["effective_at"] = "2025-10-02"
    file = tmp_path / "many.yaml"
    file.write_text(json.dumps({"changes": [{"assume": fact} for fact in facts]}))
    output = output_of("sensitivity", str(file), *AT, "--samples", "50", url=url)
    assert "50 random orders and their reverses, seed 0." in output
    assert "±" in row(output, "c3 ")


def test_a_simulation_is_shown_in_tables_and_repeatable(url: str) -> None:
    output = output_of("simulate", str(WHAT_IFS / "chances.yaml"), url=url)
    assert row(output, "October 2026") == "October 2026 0 0 0 11,256 14,252 5,274 ± 59"
    assert row(output.partition("Chance of meeting")[2], "October 2026").endswith("45.8 % ± 0.5 %")
    assert row(output, "whether peace-agreement is met") == "whether peace-agreement is met +0.87 +10,590"
    again = output_of("simulate", str(WHAT_IFS / "chances.yaml"), url=url)
    assert again.splitlines()[2:] == output.splitlines()[2:]
    other = output_of("simulate", str(WHAT_IFS / "chances.yaml"), "--seed", "8", url=url)
    assert other.splitlines()[4:] != output.splitlines()[4:]


def test_long_work_on_a_local_store_shows_its_progress(url: str) -> None:
    steps: list[tuple[int, int]] = []
    question = {"dates": ["2025-12", "2026-06"], "draws": 20_000}
    target = Target(None, None, url)
    with connection(target, on_progress=lambda done, of: steps.append((done, of))) as client:
        answer = client.post("/coalitions/willing/simulation", json=question)
    assert answer.status_code == 200, answer.text
    assert steps == [(10_000, 40_000), (20_000, 40_000), (30_000, 40_000), (40_000, 40_000)]


def row(output: str, start: str) -> str:
    """A row of a table by how it begins, its cells with one blank between."""
    rows = (" ".join(line.split()) for line in output.splitlines())
    return next(row for row in rows if row.startswith(start))


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        (["what-if", "-x", "omit every pledge of NZL"], 1, "--change 'omit every pledge of NZL': /omit: Matches"),
        (["what-if", "-x", "omit every pledge of Germany"], 1, "/omit/contributor: changes[0].omit.contributor: "),
        (["what-if", "-x", "thaw is met on 2026"], 1, "/decide: NamesNothing: no condition thaw is known"),
        (["what-if", "-x", "frost"], 2, "--change: 'frost' is not a valid change. A change is one of:"),
        (["what-if", "--sequence", "134", *CEASEFIRE], 1, "--sequence 134: ForkAfterTheEnd: … 133 events"),
        (["what-if", "--scenario", "nope"], 1, "no scenario nope has been saved for willing"),
        (["what-if", "/no/such.yaml"], 1, "/no/such.yaml cannot be read: No such file"),
        (["sensitivity", *AT, *CEASEFIRE, "--group", "ceasefire"], 1, "AlreadyDecided: … ceasefire … met"),
        (["sensitivity", "--requirement", "nothing"], 1, "--requirement nothing: NamesNothing"),
        (["simulate", *AT], 2, "use --dates"),
        (["simulate", "--dates", "2026", "--chance", "thaw is met with a chance of 2"], 1, "/probability: "),
        (["simulate", "--dates", "2026", "--chance", "thaw is likely"], 2, "'thaw is likely' is not a valid chance"),
        (["simulate", "--dates", "2026", "--draws", "10000000"], 1, "draws must be at most 100000"),
        (["what-if", "-x", f"shift every pledge by {GREAT} days"], 1, "days': /days: … 9,007,199,254,740,991"),
        (["what-if", "-x", f"set quantity to {GREAT} people in every pledge"], 1, "/max: … 9,007,199,254,740,991"),
        (["what-if", "--sequence", GREAT], 1, f"--sequence {GREAT}: … 9,007,199,254,740,991"),
        (["simulate", "--dates", "2026", "--seed", GREAT], 1, f"--seed {GREAT}: … 9,007,199,254,740,991"),
        (["simulate", "--dates", "2026", "--chance", f"a spreads around {GREAT}"], 1, "/likeliest: … 740,991"),
        (["sensitivity", "--samples", GREAT], 1, f"--samples {GREAT}: … 9,007,199,254,740,991"),
    ],
)  # fmt: skip
def test_an_invalid_question_is_reported_with_its_place(url: str, command: list[str], code: int, expected: str) -> None:
    done = coalition(*command, database_url=url)
    assert (done.returncode, done.stdout) == (code, ""), done.stdout
    assert all(words in done.stderr for words in expected.split(" … ")), done.stderr


def test_an_invalid_question_in_a_file_is_reported_with_its_line(url: str, tmp_path: Path) -> None:
    file = tmp_path / "what.yaml"
    file.write_text(
        "changes:\n"
        "  - ceasefire is met on 2025-11-01\n"
        "  - assume:\n"
        "      type: StanceStated\n"
        "      actor: USA\n"
        "      stance: opposed\n"
        "  - omit every pledge of Germany\n"
    )
    done = coalition("what-if", str(file), database_url=url)
    assert done.returncode == 1
    assert f"{file}, line 6: /assume/stance: " in done.stderr
    assert f"{file}, line 4: /assume/effective_at: " in done.stderr
    assert f"{file}, line 7: /omit/contributor: " in done.stderr


def test_the_time_limit_is_a_setting(url: str) -> None:
    command = ("simulate", "--dates", "every day from 2026-01-01 to 2026-02-10", "--draws", "100000")
    done = coalition(*command, database_url=url, COALITION_WORK_SECONDS="0.001")
    assert (done.returncode, done.stdout) == (1, "")
    assert "takes too long" in done.stderr


# --- scenarios that are kept ------------------------------------------------------------------------------------------


def done_with(*command: str, url: str) -> CommandResult:
    done = coalition("scenarios", *command, database_url=url)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store of its own with the example in it."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    assert coalition("record", *EXAMPLES, "-c", "willing", "--as", "desk", database_url=url).returncode == 0
    return url


def test_a_scenario_is_saved_changed_rebased_adopted_and_closed(store: str, tmp_path: Path) -> None:
    saved = done_with("save", str(WHAT_IFS / "november.yaml"), "--as", "planner", url=store)
    assert saved.stderr == "Saved as november; its history has 1 event.\n"
    assert "planner" in row(done_with("list", url=store).stdout, "november")
    assert "None." in done_with("list", "--status", "closed", url=store).stdout

    done_with("change", "november", "-x", "us-on-board is met on 2025-12", "--note", "all in", url=store)
    done_with("remove", "november", "4", "--note", "not asked", url=store)
    shown = done_with("show", "november", url=store).stdout
    assert shown.startswith("A ceasefire in November, and all that it requires (november, open)\n")
    assert row(shown, "6 ") == "6 us-on-board is met on 2025-12 1 some"
    assert "added: us-on-board is met on 2025-12" in row(shown, "2 added")
    assert row(shown, "3 change 4 was removed").split()[5:7] == ["not", "asked"]

    facts = tmp_path / "facts.yaml"
    preview = done_with("adopt", "november", "--output", str(facts), url=store)
    assert "France raised pledge fra-5000-to-10000 to the level pledged needed none" in row(preview.stdout, "6 ")
    unsourced = coalition("scenarios", "adopt", "november", "--record", str(facts), database_url=store)
    assert (unsourced.returncode, unsourced.stderr.count("sources is missing")) == (1, 7)
    raised = "- type: PledgeRaised" + facts.read_text().partition("- type: PledgeRaised")[2].partition("\n\n")[0]
    facts.write_text(f"{raised}\n  sources: [{{publisher: a communiqué}}]\n")
    adopted = done_with("adopt", "november", "--record", str(facts), "--as", "desk", url=store)
    assert adopted.stderr == "Recorded 1 fact; the record now has 134 events.\n"

    rebased = done_with("rebase", "november", url=store)
    assert row(rebased.stdout, "5 ") == "5 IdAlreadyUsed an event of that id is on record"
    done_with("close", "november", "--reason", "answered", url=store)
    again = coalition("scenarios", "close", "november", database_url=store)
    assert (again.returncode, again.stdout) == (1, "")
    assert "ScenarioIsClosed" in again.stderr


def test_a_write_is_reported_as_recorded_even_if_the_replay_times_out(store: str) -> None:
    done_with("save", "--name", "Late", "--slug", "late", *AT, *PEACE, url=store)
    closed = coalition("scenarios", "close", "late", database_url=store, COALITION_WORK_SECONDS="0")
    assert (closed.returncode, closed.stdout) == (0, "")
    assert "Closed late; its history has 2 events." in closed.stderr
    assert "not yet known which changes no longer apply" in closed.stderr


def test_reads_and_forks_can_be_based_on_a_scenario(store: str) -> None:
    done_with("save", "--name", "A truce", "--slug", "truce", *AT, *PEACE, url=store)
    training = row(output_of("list", "pledges", "ita-training", "-s", "truce", url=store), "ita-training")
    assert (
        training
        == "ita-training ITA pledged training undisclosed available 2025-09-04 - 2025-09-04 official; 1 publisher"
    )
    assert 'the condition "Ceasefire" was met (assumed)' in output_of(
        "why", "/size/available", "-s", "truce", url=store
    )
    assert "available" in output_of("picture", "-s", "truce", url=store)
    difference = output_of("diff", "-s", "truce", "--from", "2025-10-31", "--to", "2025-11-16", url=store)
    assert "IISS option, small (brigade): shortfall 10,000 → up to 10,000" in difference
    forked = json.loads(output_of("what-if", "-s", "truce", "-x", "omit every pledge of ITA", "--json", url=store))
    assert forked["fork"]["scenario"] == "truce"
    fell = [move["pledge"] for one in forked["consequences"]["rounds"] for move in one["fell"]]
    assert fell == ["ita-training", "ita-monitoring"]
    done_with("save", "--name", "Without Italy", "-s", "truce", "-x", "omit every pledge of ITA", url=store)
    assert "Based on the scenario truce." in done_with("show", "without-italy", url=store).stdout


def test_scenarios_are_compared_side_by_side(store: str) -> None:
    done_with("save", "--name", "A truce", "--slug", "truce", *AT, *PEACE, url=store)
    done_with("save", "--name", "No Germans", "--slug", "no-germans", *AT, "-x", "omit every pledge of DEU", url=store)
    command = ("scenarios", "compare", "truce", "no-germans", "--record")
    shown = output_of(*command, "--chance", "us-backing:40", url=store)
    assert shown.startswith("Side by side\n")
    assert "truce: A truce, 2 changes; as of 2025-12-31" in shown
    assert row(shown, "available").endswith("condition none undisclosed none")
    assert row(shown, "IISS option, small").endswith("10,000 10,000 up to 10,000 10,000")
    turned = output_of("scenarios", "compare", "no-germans", "truce", url=store)
    assert row(turned, "available").endswith("condition none undisclosed")
    answer = json.loads(output_of(*command, "--json", url=store))
    assert [side["scenario"] for side in answer["sides"]] == [None, "truce", "no-germans"]
    figures = answer["figures"]["available"]["values"]
    assert [figure["undisclosed"] for figure in figures] == [0, 2, 0]
    assert "10,000 runs, seed 0." in shown
    missing = coalition("scenarios", "compare", "truce", "nope", database_url=store)
    assert (missing.returncode, "unknown scenario nope" in missing.stderr) == (1, True)


@pytest.mark.parametrize("bases", [("leak",), ("leak", "press_estimate")])
def test_answers_can_leave_out_what_rests_on_leaks(store: str, bases: tuple[str, ...]) -> None:
    without = [word for basis in bases for word in ("--without", basis)]
    done_with("save", "--name", "A truce", "--slug", "truce", *AT, *PEACE, url=store)
    basis = sorted(bases)
    picture = json.loads(output_of("what-if", *AT, *PEACE, *without, "--json", url=store))["picture"]
    assert picture["scenario"]["basis"]["without"] == picture["baseline"]["basis"]["without"] == basis
    share = json.loads(output_of("sensitivity", *AT, *without, "--json", url=store))["sensitivity"]
    assert share["basis"]["without"] == basis
    dates = ("--dates", "2026-06", "--draws", "100")
    simulation = json.loads(output_of("simulate", *AT, *dates, *without, "--json", url=store))["simulation"]
    assert simulation["basis"]["without"] == basis
    compared = json.loads(output_of("scenarios", "compare", "truce", "--record", *without, "--json", url=store))
    assert [side["basis"]["without"] for side in compared["sides"]] == [basis, basis]
    assert "without leaks" in output_of("scenarios", "show", "truce", *without, url=store)


def test_an_unknown_basis_is_refused_by_its_option(url: str) -> None:
    done = coalition("what-if", *AT, "--without", "rumour", database_url=url)
    assert done.returncode == 1
    assert "--without: unknown basis of attribution 'rumour'; choose from official" in done.stderr


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        (["save"], 2, "a saved scenario needs a name"),
        (["save", "--name", "A", "-x", "thaw is met on 2026"], 1, "--change 'thaw is met on 2026': /decide: Names"),
        (["change", "nope", "-x", "ceasefire is met on 2026"], 1, "no scenario nope has been saved"),
        (["change", "nope"], 2, "use --change or --assume"),
        (["show", "no/pe"], 1, "Not found"),
        (["list", "--status", "odd"], 1, "status"),
        (["save", "--name", "x", "--as", "me", "--url", "http://127.0.0.1:9"], 2, "--as applies only to a local store"),
    ],
)  # fmt: skip
def test_scenario_errors_are_reported(url: str, command: list[str], code: int, expected: str) -> None:
    done = coalition("scenarios", *command, database_url=url)
    assert (done.returncode, done.stdout) == (code, "")
    assert all(words in done.stderr for words in expected.split(" … ")), done.stderr
