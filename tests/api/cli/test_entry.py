"""One fact from options, and events corrected, retracted and supported by their numbers."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from api.cli import entry
from api.cli.events import opened_event
from api.cli.main import app
from domain.events import FACTS
from tests.running.command_line import FORMED, CommandResult, coalition, pledge, write_ndjson
from tests.running.service import COALITION, Service, clean_environment, running

KENYA = (
    "fact", "PledgeMade", "--contributor", "Kenya", "--level", "pledged", "--capability", "police",
    "--quantity", "about 450", "--pledge", "ken-police", "--effective-at", "26.02.2024",
    "--publisher", "AFP", "--published-on", "26 Feb 2024",
)  # fmt: skip
SOURCE = (
    "--publisher",
    "Reuters",
    "--url",
    "https://example.org/a",
    "--published-on",
    "1.3.2025",
    "--reliability",
    "b",
)


@pytest.fixture
def store(tmp_path: Path) -> str:
    """A store with a coalition, and the pledge of the United Kingdom as event 2."""
    url = f"sqlite:///{tmp_path}/ledger.sqlite3"
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED | {"effective_at": "2024-01-01"}, pledge("gbr-ground")])
    assert coalition("record", file, "-c", "trial", "--as", "desk", database_url=url).returncode == 0
    return url


@pytest.fixture
def service(store: str) -> Iterator[Service]:
    """A service on the same store."""
    with running(store) as service:
        yield service


def done(store: str, *command: str) -> CommandResult:
    result = coalition(*command, database_url=store)
    assert result.returncode == 0, result.stderr
    return result


def refused(store: str, *command: str, code: int = 1) -> str:
    before = events(store)
    result = coalition(*command, database_url=store)
    assert (result.returncode, events(store)) == (code, before), result
    return result.stderr


def events(store: str) -> list[dict[str, Any]]:
    answer = json.loads(done(store, "log", "--json").stdout)
    return list(answer["items"])


def quantity_now(store: str, name: str = "gbr-ground") -> Any:
    return json.loads(done(store, "list", "pledges", name, "--json").stdout)["item"]["quantity"]


# --- one fact ---------------------------------------------------------------------------------------------------------


def test_a_fact_is_recorded_as_people_write_it(store: str) -> None:
    result = done(store, *KENYA, "--as", "desk")
    assert "Recorded: event 3: On 26 February 2024, Kenya pledged about 450 people for police" in result.stderr
    event = events(store)[-1]
    assert (event["sequence"], event["recorded_by"]) == (3, "desk")
    stated = {
        "type": "PledgeMade", "contributor": "KEN", "level": "pledged", "capability": "police", "pledge": "ken-police",
        "effective_at": "2024-02-26", "sources": [{"publisher": "AFP", "published_on": "2024-02-26"}],
    }  # fmt: skip
    assert event["fact"] | stated == event["fact"]
    quantity = event["fact"]["quantity"]
    assert [quantity[name] for name in ("min", "max", "unit", "approximate")] == [450, 450, "personnel", True]


def test_a_fact_that_is_stated_twice_is_recorded_once(store: str) -> None:
    done(store, *KENYA)
    again = done(store, *KENYA)
    assert "lready on record" in again.stderr
    assert "event 3" in again.stderr
    assert len(events(store)) == 3


def test_a_fact_that_a_file_has_recorded_is_known(store: str, tmp_path: Path) -> None:
    written = {
        "type": "PledgeMade", "contributor": "KEN", "level": "pledged", "capability": "police", "pledge": "ken-police",
        "quantity": {"min": 450, "max": 450, "unit": "personnel", "approximate": True}, "effective_at": "2024-02-26",
        "sources": [{"publisher": "AFP", "published_on": "2024-02-26"}],
    }  # fmt: skip
    done(store, "record", write_ndjson(tmp_path / "kenya.ndjson", [written]))
    assert done(store, *KENYA).stderr.startswith("trial: already on record as event 3.")
    assert len(events(store)) == 3


def test_all_that_cannot_be_read_is_reported_by_option(store: str) -> None:
    report = refused(
        store, "fact", "PledgeMade", "--contributor", "Kenia", "--level", "pledge", "--quantity", "45.000",
        "--capability", "police", "--effective-at", "31.02.2024", "--pledge", "x", "--publisher", "AFP",
    )  # fmt: skip
    assert "--contributor: unknown actor 'Kenia'; did you mean Kenya" in report
    assert "--level: 'pledge' is not one of floated, pledged, committed, assigned; did you mean pledged?" in report
    assert "--quantity: '45.000' can be read in two ways; write 45,000 or 45" in report
    assert "--effective-at: '31.02.2024': not a valid date: 2024-02-31 is not in the calendar" in report


def test_what_is_missing_and_what_breaks_a_rule_is_reported_by_option(store: str) -> None:
    missing = refused(store, "fact", "PledgeWithdrawn", "--pledge", "gbr-ground")
    assert "--source.publisher: sources is missing." in missing
    assert "--effective-at: effective_at is missing." in missing
    withdrawal = ("fact", "PledgeWithdrawn", "--effective-at", "2025-04", "--publisher", "AFP")
    unknown = refused(store, *withdrawal, "--pledge", "gbr-grund")
    assert "--pledge: UnknownId: no pledge gbr-grund is on record; did you mean gbr-ground?" in unknown
    too_much = refused(store, *withdrawal, "--pledge", "gbr-ground", "--quantity", "1,500")
    assert "--quantity: WithdrawsMoreThanIsLeft" in too_much
    assert "(conflicts with event 2)" in too_much


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["fact", "PledgMade"], "unknown type of fact 'PledgMade'; did you mean PledgeMade or PledgeAmended?"),
        (["fact", "EventRetracted"], "use `coalition retract EVENT`"),
        ([*KENYA, "--contribtor", "x"], "--contributor"),
        ([*KENYA, "--set", "quantity"], "--set quantity: expected FIELD=VALUE"),
        ([*KENYA, "--publisher", "dpa"], "--source.published-on is stated 1 times for 2 sources"),
        (["correct", "2", "--reason", "x"], "nothing to correct"),
        (["correct", "2", "--set", "note=x"], "--reason"),
        (["source", "2"], "no source is stated"),
    ],
)
def test_wrong_usage_says_what_is_right(store: str, command: list[str], expected: str) -> None:
    assert expected in refused(store, *command, code=2)


def test_several_sources_and_rows_are_stated_in_turn(store: str) -> None:
    more = (
        "--publisher", "dpa", "--published-on", "2024-02-27", "--set", "sources.1.locator=p. 2",
        "--caveats.caveat", "no-north", "--caveats.kind", "geographic", "--caveats.text", "Not in the north",
    )  # fmt: skip
    done(store, *KENYA, *more)
    fact = events(store)[-1]["fact"]
    assert fact["sources"] == [
        {"publisher": "AFP", "published_on": "2024-02-26"},
        {"publisher": "dpa", "published_on": "2024-02-27", "locator": "p. 2"},
    ]
    assert fact["caveats"] == [{"caveat": "no-north", "kind": "geographic", "text": "Not in the north"}]


def test_organisations_go_by_their_names_on_record(store: str) -> None:
    named = ("fact", "ActorNamed", "--actor", "org:sadc", "--name", "the Southern African Development Community",
             "--short", "SADC", "--effective-at", "2024", "--publisher", "AFP")  # fmt: skip
    done(store, *named)
    done(store, "fact", "StanceStated", "--actor", "SADC", "--capability", "police", "--stance", "willing",
         "--effective-at", "2024-03", "--publisher", "AFP")  # fmt: skip
    assert events(store)[-1]["fact"]["actor"] == "org:sadc"


def test_a_check_shows_the_change_and_records_nothing(store: str) -> None:
    result = done(store, *KENYA, "--check")
    assert "- event 3: On 26 February 2024, Kenya pledged about 450 people for police (ken-police)." in result.stdout
    assert "- Whole force, pledged: 1,000 → 1,450" in result.stdout
    assert result.stderr == "Checked only: nothing was recorded.\n"
    assert len(events(store)) == 2
    answer = json.loads(done(store, *KENYA, "--check", "--json").stdout)
    assert (answer["sequence"], answer["refusals"], len(answer["events"])) == (2, [], 1)
    refusal = coalition("fact", "PledgeWithdrawn", "--pledge", "nope", "--effective-at", "2025", "--publisher", "AFP",
                        "--check", database_url=store)  # fmt: skip
    assert (refusal.returncode, refusal.stdout.splitlines()[0]) == (1, "Refused:")
    assert "--pledge: UnknownId: no pledge nope is on record" in refusal.stdout


def test_a_fact_can_be_proposed(store: str) -> None:
    assert "Proposed as kenyan-police" in done(store, *KENYA, "--propose", "Kenyan police").stderr
    assert len(events(store)) == 2
    assert "Kenya pledged about 450 people" in done(store, "proposals", "show", "kenyan-police").stdout
    done(store, "proposals", "accept", "kenyan-police")
    assert events(store)[-1]["proposed"]["scenario"] == "kenyan-police"


def test_a_fact_can_begin_a_coalition(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/new.sqlite3"
    formed = ("fact", "CoalitionFormed", "-c", "mss", "--name", "A mission", "--effective-at", "2 October 2023",
              "--leads", "Kenya", "--publisher", "UN")  # fmt: skip
    assert "Recorded: event 1: On 2 October 2023, the coalition was formed as A mission" in done(store, *formed).stderr
    assert events(store)[0]["fact"]["leads"] == ["KEN"]


# --- corrections ------------------------------------------------------------------------------------------------------


def test_a_correction_starts_from_what_stands(store: str) -> None:
    first = done(store, "correct", "2", "--set", "quantity.min=200", "--set", "quantity.max=240", "--reason", "misread")
    assert "Event 2: quantity.min 1,000 → 200; quantity.max 1,000 → 240. The error counts as ours" in first.stderr
    done(store, "correct", "2", "--set", "quantity.max=250", "--set", "note=by phone", "--reason", "misread again")
    assert [event["fact"]["type"] for event in events(store)[2:]] == ["EventCorrected", "EventCorrected"]
    assert events(store)[3]["fact"]["corrects"] == events(store)[2]["event_id"]
    assert (quantity_now(store)["min"], quantity_now(store)["max"]) == (200, 250)
    done(store, "correct", "4", "--unset", "note", "--reason", "not for readers")
    replacement = events(store)[4]["fact"]["replacement"]
    assert ("note" in replacement, replacement["quantity"]["max"]) == (False, 250)


def test_with_a_source_the_source_has_corrected_itself(store: str) -> None:
    result = done(store, "correct", "2", "--set", "quantity=about 900", "--reason", "corrected figure", *SOURCE)
    assert "The source corrected itself: this is known from its publication on." in result.stderr
    assert events(store)[-1]["fact"]["sources"] == [
        {"publisher": "Reuters", "url": "https://example.org/a", "published_on": "2025-03-01", "reliability": "B"}
    ]


def test_a_correction_that_changes_nothing_is_refused(store: str) -> None:
    for same in ("quantity.max=1000", "quantity=1,000", "contributor=United Kingdom"):
        report = refused(store, "correct", "2", "--set", same, "--reason", "none")
        assert report == "Nothing was recorded: event 2 says this already.\n", same


def test_unknown_fields_and_values_are_reported_together(store: str) -> None:
    report = refused(store, "correct", "2", "--set", "quantity.maxx=2", "--set", "level=sure", "--unset", "contributer",
                     "--unset", "note", "--set", "sources.4.publisher=x", "--reason", "x")  # fmt: skip
    assert "--set quantity.maxx: PledgeMade has no field quantity.maxx; did you mean quantity.max" in report
    assert "--set level: 'sure' is not one of floated" in report
    assert "--unset contributer: the event says nothing there; did you mean contributor?" in report
    assert "--unset note: the event says nothing there\n" in report
    assert "--set sources.4.publisher: there are 1 rows" in report


def test_a_value_that_breaks_the_fact_is_reported_by_its_field(store: str) -> None:
    report = refused(store, "correct", "2", "--set", "quantity.max=200", "--reason", "x")
    assert "--set quantity.max: replacement.quantity.max: max must not be less than min." in report
    assert "ReplacesAnotherThing" in refused(store, "correct", "2", "--set", "pledge=other", "--reason", "x")


def test_a_correction_is_refused_if_the_record_has_moved_on(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_is_faster(*arguments: Any) -> Any:
        found = opened_event(*arguments)
        done(store, *KENYA)
        return found

    monkeypatch.setattr(entry, "opened_event", another_is_faster)
    result = coalition("correct", "2", "--set", "quantity.max=2000", "--reason", "x", database_url=store)
    assert result.returncode == 1
    assert "Nothing was recorded: something else was recorded in the meantime." in result.stderr
    assert [event["fact"]["type"] for event in events(store)] == ["CoalitionFormed", "PledgeMade", "PledgeMade"]


def test_an_event_is_retracted_with_its_corrections(store: str) -> None:
    done(store, "correct", "2", "--set", "quantity.max=2000", "--reason", "misread")
    checked = done(store, "retract", "2", "--reason", "never said", "--check")
    assert "- event 4: Event 3 was retracted: never said." in checked.stdout
    assert "- event 5: Event 2 was retracted: never said." in checked.stdout
    done(store, "retract", "2", "--reason", "never said")
    assert [event["fact"]["type"] for event in events(store)[3:]] == ["EventRetracted"] * 2
    assert "there is nothing to retract" in refused(store, "retract", "2", "--reason", "again")
    assert "retracted by event 5" in refused(store, "correct", "2", "--set", "note=x", "--reason", "x")
    assert "so it needs no source" in refused(store, "source", "2", *SOURCE)
    done(store, "retract", "5", "--reason", "it was said after all")
    assert quantity_now(store)["max"] == 1000
    assert "Correct it instead" in refused(store, "retract", "1", "--reason", "x")


def test_a_source_is_added_once(store: str) -> None:
    added = ("source", "#2", *SOURCE, "--quote", "up to a thousand")
    assert "Recorded: event 3: A source was added to event 2." in done(store, *added).stderr
    assert "lready on record" in done(store, *added).stderr
    fact = events(store)[2]["fact"]
    assert (fact["sources"][0]["quote"], len(events(store))) == ("up to a thousand", 3)
    assert "An added source" in refused(store, "correct", "3", "--set", "note=x", "--reason", "x")
    bad = refused(store, "source", "2", "--publisher", "Reuters", "--url", "example.org", "--reliability", "G")
    assert "--source.reliability: 'G' is not one of A, B, C, D, E, F" in bad
    assert "--source.url: " in refused(store, "source", "2", "--publisher", "Reuters", "--url", "example.org")


@pytest.mark.parametrize("command", ["correct", "retract", "source"])
def test_an_unknown_event_is_refused(store: str, command: str) -> None:
    options = {"correct": ["--set", "note=x", "--reason", "x"], "retract": ["--reason", "x"], "source": [*SOURCE]}
    assert "there is no event 7; the record has 2 events" in refused(store, command, "7", *options[command])


# --- a service --------------------------------------------------------------------------------------------------------


def test_a_service_records_with_a_key_and_refuses_without(service: Service, store: str) -> None:
    there: Any = {"COALITION_URL": service.url, "COALITION_KEY": service.key}
    nowhere = "sqlite:////nowhere/at/all"
    assert coalition(*KENYA, database_url=nowhere, **there).returncode == 0
    corrected = ("correct", "3", "--set", "quantity=400", "--reason", "misread", "--service", service.url)
    assert coalition(*corrected, database_url=nowhere, COALITION_KEY=service.key).returncode == 0
    assert [event["recorded_by"] for event in events(store)[2:]] == ["tester", "tester"]
    for command in (KENYA, ("retract", "2", "--reason", "x"), ("source", "2", *SOURCE)):
        keyless = coalition(*command, database_url=nowhere, COALITION_URL=service.url)
        assert (keyless.returncode, "A key is required" in keyless.stderr) == (1, True), keyless.stderr
    assert len(events(store)) == 4


# --- help and completion ----------------------------------------------------------------------------------------------


def test_each_type_of_fact_has_help_made_from_its_model(store: str) -> None:
    group: Any = typer.main.get_command(app)
    facts = group.commands["fact"]
    context = facts.make_context("fact", [], resilient_parsing=True)
    names = facts.list_commands(context)
    assert set(names) == set(FACTS) - {"EventCorrected", "EventRetracted", "SourceAdded"}
    for name in names:
        command = facts.get_command(context, name)
        options = [option for one in command.params for option in one.opts]
        assert len(options) == len(set(options)), name
        assert all(one.help for one in command.params), name
        assert {"--source.publisher", "--check", "--propose", "--set", "--service"} <= {*options}, name
    shown = done(store, "fact", "pledge-made", "--help").stdout
    assert "One of floated, pledged, committed, assigned." in " ".join(shown.split())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("coalition fact PledgeW", {"PledgeWithdrawn"}),
        ("coalition fact PledgeMade --lev", {"--level"}),
        ("coalition fact PledgeMade --level co", {"committed"}),
        ("coalition fact PledgeMade --contributor KEN", {"KEN"}),
        ("coalition source --reliab", {"--reliability"}),
        ("coalition correct --un", {"--unset"}),
    ],
)
def test_completion_knows_types_options_and_words(words: str, expected: set[str]) -> None:
    environment = clean_environment() | {
        "_COALITION_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" ")),
    }  # fmt: skip
    shown = subprocess.run([str(COALITION)], env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert set(shown.stdout.split()) == expected
