"""``coalition record``: repeated, interrupted, refused, and into a service."""

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.ledger import Ledger
from tests.running.command_line import FORMED, SECONDS, SOURCES, coalition, pledge, statement, write_ndjson
from tests.running.service import COALITION, Service, clean_environment, service

__all__ = ["service"]

EXAMPLES = Path(__file__).parents[3] / "examples" / "willing"


def recorded(database_url: str) -> list[dict[str, Any]]:
    """The facts on record in the coalition ``trial``, with their events' sequences and recorders."""
    ledger = Ledger(database_url)
    try:
        return [json.loads(state) for _, _, state in ledger.recorder.rows("trial", 0, 1_000_000)]
    finally:
        ledger.close()


def test_recording_a_file_again_records_nothing_whatever_the_batch_size(sqlite_url: str, tmp_path: Path) -> None:
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED, *(statement(n) for n in range(24))])
    first = coalition("record", file, "-c", "trial", "--as", "desk", "--json", database_url=sqlite_url)
    created = f"A new ledger was created: {sqlite_url.removeprefix('sqlite:///')}\n"
    message = f"{created}trial: 25 facts recorded; the record now has 25 events.\n"
    assert (first.returncode, first.stderr) == (0, message)
    assert json.loads(first.stdout) == {
        "coalition": "trial",
        "recorded": 25,
        "already_recorded": 0,
        "sequence": 25,
        "warnings": [],
    }
    for batch in ("500", "7"):
        again = coalition("record", file, "-c", "trial", "--batch", batch, database_url=sqlite_url)
        assert (again.returncode, again.stdout) == (0, "")
        assert "0 facts recorded, 25 already on record" in again.stderr
    events = recorded(sqlite_url)
    assert [event["sequence"] for event in events] == list(range(1, 26))
    assert {event["recorded_by"] for event in events} == {"desk"}


def test_only_facts_added_to_a_file_are_recorded(sqlite_url: str, tmp_path: Path) -> None:
    own_id = "0d3c0d5e-9f4b-4f4e-8a53-5b8f6a1f0001"
    facts = [FORMED, statement(0, event_id=own_id), statement(1)]
    coalition("record", write_ndjson(tmp_path / "a.ndjson", facts), "-c", "trial", database_url=sqlite_url)
    grown = write_ndjson(tmp_path / "a.ndjson", [*facts, statement(2)])
    done = coalition("record", grown, "-c", "trial", database_url=sqlite_url)
    assert "1 fact recorded, 3 already on record; the record now has 4 events" in done.stderr


def test_a_fact_repeated_in_a_file_counts_twice_and_stays_two(sqlite_url: str, tmp_path: Path) -> None:
    confirmed = {
        "type": "MemberJoined",
        "effective_at": "2025-02-01",
        "member": "FRA",
        "role": "lead",
        "sources": SOURCES,
    }
    file = write_ndjson(tmp_path / "a.ndjson", [FORMED, confirmed, confirmed])
    for _ in range(2):
        assert coalition("record", file, "-c", "trial", database_url=sqlite_url).returncode == 0
    assert len(recorded(sqlite_url)) == 3


def test_another_fact_under_a_recorded_id_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    own_id = "0d3c0d5e-9f4b-4f4e-8a53-5b8f6a1f0001"
    coalition(
        "record",
        write_ndjson(tmp_path / "a.ndjson", [FORMED, statement(0, event_id=own_id)]),
        "-c",
        "trial",
        database_url=sqlite_url,
    )
    other = write_ndjson(tmp_path / "b.ndjson", [statement(1, event_id=own_id)])
    done = coalition("record", other, "-c", "trial", database_url=sqlite_url)
    assert done.returncode == 1
    assert "b.ndjson, line 1: /event_id: IdAlreadyUsed" in done.stderr
    assert len(recorded(sqlite_url)) == 2


def test_recording_resumes_after_being_killed(sqlite_url: str, tmp_path: Path) -> None:
    file = write_ndjson(tmp_path / "facts.ndjson", [FORMED, *(statement(n) for n in range(999))])
    coalition("record", write_ndjson(tmp_path / "first.ndjson", [FORMED]), "-c", "trial", database_url=sqlite_url)
    process = subprocess.Popen(
        [str(COALITION), "record", file, "-c", "trial", "--batch", "1"],
        env=clean_environment() | {"COALITION_DATABASE_URL": sqlite_url},
        stderr=subprocess.DEVNULL,
    )
    ledger = Ledger(sqlite_url)
    while ledger.history("trial").sequence < 50:
        assert process.poll() is None
    process.kill()
    assert process.wait(SECONDS) == -signal.SIGKILL
    there = ledger.history("trial").sequence
    ledger.close()
    assert 50 <= there < 1_000
    done = coalition("record", file, "-c", "trial", "--json", database_url=sqlite_url)
    assert json.loads(done.stdout) | {"sequence": 1_000, "recorded": 1_000 - there} == json.loads(done.stdout)
    assert [event["fact"].get("statement") for event in recorded(sqlite_url)[1:]] == [f"said-{n}" for n in range(999)]


def test_a_refused_batch_keeps_earlier_batches_and_says_how_to_continue(sqlite_url: str, tmp_path: Path) -> None:
    too_much = pledge("gbr-ground", people=1_500) | {"type": "PledgeWithdrawn", "effective_at": "2025-04-01"}
    too_much = {name: too_much[name] for name in ("type", "effective_at", "pledge", "quantity", "sources")}
    facts = [FORMED, pledge("gbr-ground"), statement(0), too_much, statement(1)]
    file = write_ndjson(tmp_path / "facts.ndjson", facts)
    done = coalition("record", file, "-c", "trial", "--batch", "3", database_url=sqlite_url)
    assert done.returncode == 1
    assert "facts.ndjson, line 4: /quantity: WithdrawsMoreThanIsLeft: " in done.stderr
    assert "conflicts with" in done.stderr
    assert "3 of 5 facts are on record" in done.stderr
    mended = write_ndjson(tmp_path / "facts.ndjson", [*facts[:3], facts[4]])
    assert coalition("record", mended, "-c", "trial", "--batch", "3", database_url=sqlite_url).returncode == 0
    assert len(recorded(sqlite_url)) == 4


@pytest.mark.parametrize("suffix", ["json", "ndjson", "yaml"])
def test_errors_name_their_line_before_anything_is_recorded(sqlite_url: str, tmp_path: Path, suffix: str) -> None:
    wrong = [FORMED, statement(0, kind="gossip"), statement(1) | {"mood": "good"}]
    lines = ",\n".join(map(json.dumps, wrong))
    text = {"json": f"[{lines}]", "yaml": f"[{lines}]", "ndjson": lines.replace(",\n", "\n")}[suffix]
    file = tmp_path / f"facts.{suffix}"
    file.write_text(text)
    done = coalition("record", str(file), "-c", "trial", database_url=sqlite_url)
    assert done.returncode == 1
    created, *errors = done.stderr.splitlines()
    assert created.startswith("A new ledger was created")
    assert errors[0].startswith("Nothing was recorded")
    assert errors[1].startswith(f"  {file}, line 2: /kind: kind is 'gossip'; permitted: ")
    assert errors[2] == f"  {file}, line 3: /mood: mood is not a field here."
    assert recorded(sqlite_url) == []


@pytest.mark.parametrize("number", ["1e400", "-1e400", ".inf", ".nan", "99999999999999999999999", "!!float .inf"])
def test_a_number_outside_json_is_never_recorded_as_null(sqlite_url: str, tmp_path: Path, number: str) -> None:
    made = json.dumps([FORMED, pledge("gbr-ground")]).replace('"max": 1000', f'"max": {number}')
    file = tmp_path / "facts.yaml"
    file.write_text(made)
    done = coalition("record", str(file), "-c", "trial", database_url=sqlite_url)
    assert (done.returncode, recorded(sqlite_url)) == (1, [])
    assert f"{file}, line 1: /quantity/max: " in done.stderr


def test_standard_input_needs_a_format(sqlite_url: str) -> None:
    content = json.dumps(FORMED).encode()
    without_format = coalition("record", "-", "-c", "trial", database_url=sqlite_url, content=content)
    assert (without_format.returncode, "--format json" in without_format.stderr) == (2, True)
    with_format = coalition("record", "-", "-c", "trial", "--format", "json", database_url=sqlite_url, content=content)
    assert with_format.returncode == 0
    assert len(recorded(sqlite_url)) == 1


def test_a_service_records_under_the_name_of_the_key(service: Service) -> None:
    files = sorted(map(str, EXAMPLES.glob("0[12]-*.yaml")))
    there: Any = {
        "COALITION_URL": service.url,
        "COALITION_KEY": service.key,
        "database_url": "sqlite:////nowhere/at/all",
    }
    for message in ("133 facts recorded", "0 facts recorded, 133 already on record"):
        done = coalition("record", *files, "-c", "willing", **there)
        assert (done.returncode, message in done.stderr) == (0, True), done.stderr
    events = httpx.get(f"{service.url}/coalitions/willing/events", params={"recorded_by": "tester", "limit": 1000})
    assert len(events.json()["items"]) == 133
    keyless = coalition("record", *files, "-c", "willing", **there | {"COALITION_KEY": ""})
    assert (keyless.returncode, "A key is required" in keyless.stderr) == (1, True)
    named = coalition("record", *files, "--as", "me", **there)
    assert (named.returncode, "takes the name from the key" in named.stderr) == (2, True)
    service.kill()
    gone = coalition("record", *files, "-c", "willing", **there)
    assert (gone.returncode, "Nothing was recorded" in gone.stderr) == (1, True)


def test_a_check_says_what_files_would_change_and_records_nothing(sqlite_url: str, tmp_path: Path) -> None:
    coalition("record", write_ndjson(tmp_path / "a.ndjson", [FORMED]), "-c", "trial", database_url=sqlite_url)
    both = write_ndjson(tmp_path / "b.ndjson", [FORMED, pledge("gbr-ground"), statement(0)])
    done = coalition("record", both, "-c", "trial", "--check", database_url=sqlite_url)
    assert (done.returncode, len(recorded(sqlite_url))) == (0, 1), done.stderr
    assert "- event 2: On 1 March 2025, the United Kingdom pledged 1,000 people for ground forces" in done.stdout
    assert "- Whole force, pledged: none → 1,000" in done.stdout
    assert done.stderr == "trial: 1 fact already on record.\nChecked only: nothing was recorded.\n"
    asked = coalition("record", both, "-c", "trial", "--check", "--json", database_url=sqlite_url)
    assert [event["sequence"] for event in json.loads(asked.stdout)["events"]] == [2, 3]
    coalition("record", both, "-c", "trial", database_url=sqlite_url)
    again = coalition("record", both, "-c", "trial", "--check", database_url=sqlite_url)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "trial: 3 facts already on record.\n")


def test_a_check_of_files_names_the_line_of_what_would_be_refused(sqlite_url: str, tmp_path: Path) -> None:
    withdrawn = {"type": "PledgeWithdrawn", "pledge": "gbr-grund", "effective_at": "2025-04-01", "sources": SOURCES}
    coalition("record", write_ndjson(tmp_path / "a.ndjson", [FORMED, pledge("gbr-ground")]), "-c", "trial",
              database_url=sqlite_url)  # fmt: skip
    file = write_ndjson(tmp_path / "b.ndjson", [statement(0), withdrawn])
    done = coalition("record", file, "-c", "trial", "--check", database_url=sqlite_url)
    assert done.returncode == 1
    assert (
        "b.ndjson, line 2: /pledge: UnknownId: no pledge gbr-grund is on record; did you mean gbr-ground?"
        in done.stdout
    )
    assert "Nothing was recorded: this would be refused." in done.stderr
    many = write_ndjson(tmp_path / "c.ndjson", [statement(number) for number in range(1_001)])
    too_many = coalition("record", many, "-c", "trial", "--check", database_url=sqlite_url)
    assert (too_many.returncode, "the maximum is 1,000" in too_many.stderr) == (1, True)
