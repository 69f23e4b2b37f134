"""Reading commands: the same answers as over HTTP, from a local store and from a service; and how they fail."""

import json
import re
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.cli.commands.reads import KINDS
from domain.ledger import Ledger
from projections.lists import name_field
from tests.running.command_line import FORMED, SECONDS, SOURCES, coalition, pledge, write_ndjson
from tests.running.service import COALITION, Service, clean_environment, running

EXAMPLES = sorted(map(str, (Path(__file__).parents[3] / "examples" / "willing").glob("0[12]-*.yaml")))
KNOWN_AT = "2100-01-01T00:00:00Z"
AS_OF = ("--valid-at", "2025-04-10", "--known-at", KNOWN_AT, "--known-axis", "recorded", "--sequence", "100")
AS_OF_QUERY = f"valid_at=2025-04-10&known_at={KNOWN_AT}&known_axis=recorded&sequence=100"


@pytest.fixture(scope="module")
def example_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with the example in it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('asking')}/ledger.sqlite3"
    assert coalition("record", *EXAMPLES, "-c", "willing", "--as", "desk", database_url=url).returncode == 0
    return url


@pytest.fixture(scope="module")
def example_service(example_url: str) -> Iterator[Service]:
    """A service on the same store."""
    with running(example_url) as service:
        yield service


@pytest.mark.parametrize(
    ("command", "path"),
    [
        (["coalitions"], "/coalitions"),
        (["picture", *AS_OF], f"/coalitions/willing/picture?{AS_OF_QUERY}"),
        (["list", "conditions", *AS_OF], f"/coalitions/willing/conditions?{AS_OF_QUERY}"),
        (
            ["picture", "--without", "leak", "--without", "press_estimate", *AS_OF],
            f"/coalitions/willing/picture?{AS_OF_QUERY}&without=leak,press_estimate",
        ),
        (
            ["list", "pledges", "--attribution", "official", "--reliability-at-least", "B", *AS_OF],
            f"/coalitions/willing/pledges?{AS_OF_QUERY}&attribution=official&reliability_at_least=B",
        ),
        (
            ["log", "--attribution", "leak", "--known-at", KNOWN_AT],
            f"/coalitions/willing/events?known_at={KNOWN_AT}&attribution=leak&limit=100",
        ),
        (["list", "pledges", "gbr-ground", *AS_OF], f"/coalitions/willing/pledges/gbr-ground?{AS_OF_QUERY}"),
        (["why", "/size/conditional", *AS_OF], f"/coalitions/willing/why?figure=/size/conditional&{AS_OF_QUERY}"),
        (
            [
                "timeline",
                "--from",
                "2025-03-01",
                "--to",
                "2025-09-05",
                "--known-at",
                KNOWN_AT,
                "--known-axis",
                "reported",
            ],
            f"/coalitions/willing/timeline?from=2025-03-01&to=2025-09-05&known_at={KNOWN_AT}&known_axis=reported",
        ),
        (
            [
                "diff",
                "--from",
                "2025-04-09",
                "--to",
                "2025-04-10",
                "--from-known-at",
                KNOWN_AT,
                "--to-known-at",
                KNOWN_AT,
            ],
            "/coalitions/willing/diff?from_valid_at=2025-04-09&to_valid_at=2025-04-10"
            f"&from_known_at={KNOWN_AT}&to_known_at={KNOWN_AT}",
        ),
        (
            [
                "log",
                "--type",
                "PledgeMade",
                "--type",
                "StanceStated",
                "--actor",
                "GBR",
                "--limit",
                "2",
                "--known-at",
                KNOWN_AT,
            ],
            f"/coalitions/willing/events?type=PledgeMade&type=StanceStated&actor=GBR&limit=2&known_at={KNOWN_AT}",
        ),
        (
            ["event", "d099fb57-a70d-5d47-b471-3645c53682d7", "--known-at", KNOWN_AT],
            f"/coalitions/willing/events/d099fb57-a70d-5d47-b471-3645c53682d7?known_at={KNOWN_AT}",
        ),
    ],
)
def test_json_output_is_the_answer_of_the_api_from_a_store_and_from_a_service(
    example_url: str, example_service: Service, command: list[str], path: str
) -> None:
    answer = httpx.get(f"{example_service.url}{path}")
    assert answer.status_code == 200, answer.text
    stored = coalition(*command, "--json", database_url=example_url)
    served = coalition(*command, "--json", "--url", example_service.url, database_url="sqlite:////nowhere/x")
    assert timeless(stored.stdout) == timeless(served.stdout) == timeless(answer.text)


def timeless(text: str) -> str:
    """Leave out the now that a basis has where nothing else was asked."""
    return re.sub(r'"valid_at":"[^"]+Z"', '"valid_at":"now"', text)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["coalitions"], "Coalition of the willing      133"),
        (["picture", *AS_OF], "Size floated by British officials"),
        (["picture", "--without", "leak", *AS_OF], "100 events on record; without leaks"),
        (["picture", "--valid-at", "2020"], "willing: not yet formed"),
        (["list", "meetings"], "brussels-2025-04-10"),
        (["list", "requirements", "british-float"], "10,000 to 30,000 people"),
        (["timeline", "--from", "2025-03-01", "--to", "2025-09-05"], "38 PledgeMade gbr-ground"),
        (["log", "--about", "pledge:gbr-ground"], "United Kingdom pledged an undisclosed number of people"),
        (["log", "--publisher", "nobody"], "None."),
        (["event", "d099fb57-a70d-5d47-b471-3645c53682d7"], "source was added to event"),
        (
            ["why", "size/required/british-float/gaps/available/min", "--valid-at", "2025-04-10"],
            "available: none (shortfall 10,000 to 30,000)",
        ),
        (
            ["diff", "--from", "2025-04-09", "--to", "2025-04-10"],
            "10,000 to 30,000 people required (floated by the United Kingdom)",
        ),
    ],
)
def test_the_default_output_is_tables_and_sentences(example_url: str, command: list[str], expected: str) -> None:
    done = coalition(*command, database_url=example_url)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_listed_and_each_item_has_its_history(example_url: str, kind: str) -> None:
    listed = coalition("list", kind, database_url=example_url)
    assert listed.returncode == 0, listed.stderr
    items = json.loads(coalition("list", kind, "--json", database_url=example_url).stdout)["items"]
    name = items[0][name_field(kind)]
    assert name in listed.stdout
    one = coalition("list", kind, name, database_url=example_url)
    assert one.returncode == 0, one.stderr
    assert "History" in one.stdout


@pytest.mark.parametrize(
    ("command", "code", "expected"),
    [
        (["picture", "--valid-at", "soon"], 1, "A parameter is not valid:\n  valid_at: "),
        (["picture", "-c", "nobody"], 1, "Unknown coalition: no coalition nobody is on record"),
        (["picture", "-c", "no/body?x"], 1, "Not found"),
        (["event", "../picture"], 1, "Not found"),
        (["event", ".."], 1, "no event .. was known"),
        (["event", "100%25"], 1, "no event 100%25 was known"),
        (["event", "x?limit=1"], 1, "no event x?limit=1 was known"),
        (["list", "pledges", "..", "--scenario", "."], 1, "Unknown scenario"),
        (["scenarios", "show", ".."], 1, "Unknown scenario"),
        (["why", "/size/nothing"], 1, "nothing at /size; choose from: assigned, available"),
        (["list", "pledges", "nothing"], 1, "no nothing was known among the pledges"),
        (["list", "things"], 2, "list things; choose from: pledges, "),
        (["picture", "--url", "http://127.0.0.1:9"], 1, "http://127.0.0.1:9 cannot be reached: "),
        (["picture", "--url", "nonsense"], 2, "nonsense is not a valid URL"),
        (["picture", "--url", "http://h", "--database", "sqlite:///x"], 2, "only one of them"),
        (["picture", "--database", "sqlite:////nowhere/at/all"], 1, "no ledger at /nowhere/at/all"),
        (["picture", "--database", "mysql://x"], 2, "the database URL must be sqlite:///"),
        (["picture", "--url", "http://h", "--key", "clé"], 2, "the key is not valid"),
        (["picture", "--nonsense"], 2, "No such option"),
        (["log", "--publisher", "Caf\udce9", "--url", "http://h"], 2, r"--publisher Caf\xe9 is not valid UTF-8"),
        (["log", "--publisher=\udcff"], 2, r"--publisher=\xff is not valid UTF-8"),
        (["why", "/\udcff"], 2, r"/\xff is not valid UTF-8"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_failures_are_one_sentence_on_stderr(example_url: str, command: list[str], code: int, expected: str) -> None:
    done = coalition(*command, database_url=example_url)
    assert (done.returncode, done.stdout) == (code, "")
    assert expected in done.stderr


def test_a_file_name_may_be_any_bytes(sqlite_url: str, tmp_path: Path) -> None:
    file = write_ndjson(tmp_path / "Caf\udce9.ndjson", [FORMED])
    done = coalition("record", file, "-c", "trial", database_url=sqlite_url)
    assert done.returncode == 0, done.stderr


def test_a_file_that_is_not_a_ledger_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, and no database at all. " * 100)
    done = coalition("picture", database_url=f"sqlite:///{file}")
    assert done.returncode == 1
    assert "not a database" in done.stderr


def test_a_locked_file_is_reported_in_a_sentence(sqlite_url: str) -> None:
    Ledger(sqlite_url).close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        done = coalition("keys", "add", "second", database_url=sqlite_url)
        other.execute("ROLLBACK")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "the database does not answer: database is locked\n"


def test_the_coalition_may_be_omitted_if_there_is_only_one(sqlite_url: str, tmp_path: Path) -> None:
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED])
    coalition("record", file, "-c", "one", database_url=sqlite_url)
    assert "Trial" in coalition("picture", database_url=sqlite_url).stdout
    coalition("record", file, "-c", "two", database_url=sqlite_url)
    unsaid = coalition("picture", database_url=sqlite_url)
    assert (unsaid.returncode, "--coalition: one, two\n" in unsaid.stderr) == (2, True)
    assert "Trial" in coalition("picture", database_url=sqlite_url, COALITION_NAME="two").stdout


def test_a_closed_output_pipe_is_not_reported(example_url: str) -> None:
    command = f"'{COALITION}' log --limit 1000 --json | head -c 100"
    environment = clean_environment() | {"COALITION_DATABASE_URL": example_url}
    done = subprocess.run(["/bin/sh", "-c", command], env=environment, capture_output=True, check=True, timeout=SECONDS)
    assert (len(done.stdout), done.stderr) == (100, b"")


def test_recorded_text_cannot_control_the_terminal(sqlite_url: str, tmp_path: Path) -> None:
    named = FORMED | {"name": "[bold]Red[/bold] :smile:"}
    coalition("record", write_ndjson(tmp_path / "facts.ndjson", [named]), "-c", "trial", database_url=sqlite_url)
    assert "[bold]Red[/bold] :smile:" in coalition("picture", database_url=sqlite_url).stdout
    assert "[bold]Red[/bold] :smile:" in coalition("coalitions", database_url=sqlite_url).stdout


@pytest.fixture(scope="module")
def corrected_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store in which event 4 corrects event 2, event 5 adds a source to event 3, and event 6 retracts event 3."""
    folder = tmp_path_factory.mktemp("corrected")
    ids = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(4)]
    made = pledge("gbr-ground", people=100) | {"event_id": ids[2]}
    joined = {"type": "MemberJoined", "effective_at": "2025-02-01", "member": "GBR", "role": "contributor"}
    facts = [
        FORMED, made, joined | {"event_id": ids[3], "sources": SOURCES},
        {"type": "EventCorrected", "corrects": ids[2], "reason": "a typo", "sources": SOURCES,
         "replacement": pledge("gbr-ground", people=300)},
        {"type": "SourceAdded", "event": ids[3], "sources": SOURCES},
        {"type": "EventRetracted", "retracts": ids[3], "reason": "mistaken", "sources": SOURCES},
    ]  # fmt: skip
    url = f"sqlite:///{folder}/ledger.sqlite3"
    done = coalition("record", write_ndjson(folder / "facts.ndjson", facts), "-c", "trial", database_url=url)
    assert done.returncode == 0, done.stderr
    return url


@pytest.mark.parametrize(
    ("command", "phrases"),
    [
        (["log"], ["Event 2 was corrected", "added to event 3", "Event 3 was retracted"]),
        (["log", "--type", "EventRetracted"], ["Event 3 was retracted"]),
        (["event", "00000000-0000-4000-8000-000000000003"], ["added to event 3", "Event 3 was retracted"]),
        (["list", "pledges", "gbr-ground"], ["Event 2 was corrected"]),
        (["why", "/size/pledged"], ["Event 2 was corrected"]),
        (["diff", "--from-sequence", "3"], ["Event 2 was corrected", "Event 3 was retracted"]),
    ],
)
def test_corrections_name_an_event_by_its_number(corrected_url: str, command: list[str], phrases: list[str]) -> None:
    done = coalition(*command, database_url=corrected_url)
    assert done.returncode == 0, done.stderr
    output = " ".join(done.stdout.split())
    assert [phrase for phrase in phrases if phrase not in output] == []
    assert "vent 00000000-" not in output
    if command[0] not in ("log", "event"):
        assert "00000000-" not in output


def test_the_log_and_one_event_show_the_id_beside_the_number(corrected_url: str) -> None:
    ids = [
        event["event_id"]
        for event in json.loads(coalition("log", "--json", database_url=corrected_url).stdout)["items"]
    ]
    assert [one for one in ids if one not in coalition("log", database_url=corrected_url).stdout] == []
    by_number, by_id = (coalition("event", name, database_url=corrected_url) for name in ("3", ids[2]))
    assert by_number.stdout == by_id.stdout
    assert ids[2] in by_number.stdout
    unknown = coalition("event", "99", database_url=corrected_url)
    assert (unknown.returncode, unknown.stderr) == (1, f"there is no event 99; the record has {len(ids)} events\n")


def test_tables_and_sentences_have_names_and_labels(sqlite_url: str, tmp_path: Path) -> None:
    facts = [
        FORMED,
        {"type": "ActorNamed", "effective_at": "2025-01-01", "actor": "org:binuh", "name": "the Integrated Office",
         "short": "BINUH", "sources": SOURCES},
        {"type": "ConditionStated", "effective_at": "2025-01-01", "condition": "court", "kind": "court_ruling",
         "label": "The court allows it", "description": "A suit", "sources": SOURCES},
        pledge("staff", "org:binuh", people=10) | {"conditions": ["court"]},
    ]  # fmt: skip
    file = write_ndjson(tmp_path / "facts.ndjson", facts)
    assert coalition("record", file, "-c", "trial", "--as", "desk", database_url=sqlite_url).returncode == 0
    for command, shown in (
        (["list", "conditions"], "The court allows it (court)"),
        (["list", "pledges"], "BINUH"),
        (["log"], 'The condition "The court allows it" was stated: A suit'),
        (["why", "/size/conditional"], "The Integrated Office has pledged 10 people"),
        (["why", "/size/conditional"], "conditional on The court allows it."),
        (["sensitivity"], "The court allows it (court)"),
    ):
        done = coalition(*command, database_url=sqlite_url)
        assert shown in done.stdout, (command, done.stdout, done.stderr)
