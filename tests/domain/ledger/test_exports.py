"""An export names the version of each event, includes the scenarios, and can be read by every later program."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.ledger import BrokenExport, KeyReused, Ledger, Scenarios, UnknownCoalition, UnreadableEvent
from domain.ledger.exports import LEFT_OUT, VERSION, BrokenLine, Export
from domain.ledger.mapper import UPCASTERS, VERSIONS
from domain.ledger.scenario_store import SCENARIO_VERSIONS
from domain.what_if.scenarios import SCENARIO_FACT
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import formed, pledge
from tests.domain.ledger.test_scenarios import ADDED, OPENED, record

GOLDEN = Path(__file__).parent / "golden_exports"
"""Exports as past programs wrote them, by the version of the format. Files are added, never changed."""


def restored(ledger: Ledger, lines: list[bytes]) -> int:
    export = Export(lines)
    return ledger.restore("willing", export.events(), export.scenario_events())


@pytest.fixture
def elsewhere(sqlite_url: str) -> Iterator[Ledger]:
    """Another store, with a record and two scenarios, one of them closed."""
    other = Ledger(sqlite_url + ".elsewhere")
    other.record("willing", [formed()], recorded_by="desk")
    other.record("willing", [pledge("gbr"), pledge("fra")], recorded_by="desk", idempotency_key="k")
    scenarios = Scenarios(other)
    record(scenarios, OPENED, idempotency_key="s", request=b"open {}")
    record(scenarios, ADDED, idempotency_key="t", request=b"changes {}")
    closed = SCENARIO_FACT.validate_python({"type": "ScenarioClosed"})
    scenarios.record("willing", "all", lambda _: [OPENED, closed], recorded_by="desk", request=b"{}")
    yield other
    other.close()


def test_the_first_line_lists_the_contents_and_what_is_left_out(elsewhere: Ledger) -> None:
    header, *lines = map(json.loads, elsewhere.export("willing"))
    assert header == {
        "format": "coalition-export", "version": VERSION, "coalition": "willing", "events": 3, "scenarios": 2,
        "scenario_events": 4, "left_out": list(LEFT_OUT),
    }  # fmt: skip
    assert [line["topic"] for line in lines] == [
        "CoalitionFormed.1", "PledgeMade.1", "PledgeMade.1",
        "ScenarioOpened.2", "ScenarioClosed.1", "ScenarioOpened.2", "ChangeAdded.2",
    ]  # fmt: skip
    assert [("event" in line, "request" in line) for line in lines] == [
        *[(True, False)] * 3, *[(False, False)] * 2, *[(False, True)] * 2,
    ]  # fmt: skip


def test_scenarios_are_restored_as_they_were(ledger: Ledger, elsewhere: Ledger) -> None:
    lines = list(elsewhere.export("willing"))
    assert restored(ledger, lines) == 3
    assert list(ledger.export("willing")) == lines
    there, here = Scenarios(elsewhere), Scenarios(ledger)
    assert here.all("willing") == there.all("willing")
    assert record(here, OPENED, idempotency_key="s", request=b"open {}").is_repeat
    again = record(here, ADDED, idempotency_key="t", request=b"changes {}")
    assert (again.is_repeat, again.scenario.sequence) == (True, 2)
    with pytest.raises(KeyReused):
        record(here, ADDED, idempotency_key="t", request=b"changes other")
    assert record(here, ADDED).scenario.sequence == 3


def test_an_export_leaves_out_what_is_recorded_meanwhile(elsewhere: Ledger) -> None:
    lines = elsewhere.export("willing")
    first = next(lines)
    elsewhere.record("willing", [pledge("deu")], recorded_by="desk")
    record(Scenarios(elsewhere), ADDED)
    export = Export([first, *lines])
    assert (len(list(export.events())), len(list(export.scenario_events()))) == (3, 4)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ndjson")), ids=lambda path: path.stem)
def test_exports_of_past_versions_are_restored(ledger: Ledger, path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    assert restored(ledger, lines) == 5
    events = ledger.history("willing").events
    assert [event.fact.type for event in events[1:3]] == ["PledgeMade", "PledgeReaffirmed"]
    request = [event.fact for event in events[1:3]]
    assert ledger.record("willing", request, recorded_by="news desk", idempotency_key="k").is_repeat
    kept = [one.sequence for one in Scenarios(ledger).all("willing")]
    if path.stem == "unversioned":
        assert kept == []
        assert [json.loads(line)["event"] for line in list(ledger.export("willing"))[1:]] == list(
            map(json.loads, lines)
        )
    else:
        assert kept == [2]
        assert list(ledger.export("willing")) == [_in_current_version(line) for line in lines]


def _in_current_version(line: bytes) -> bytes:
    """A line of an export in version 1 whose scenarios shift nothing; such events differ by their topic alone."""
    for name, version in SCENARIO_VERSIONS.items():
        line = line.replace(b'{"topic":"%b.1"' % name.encode(), b'{"topic":"%b.%d"' % (name.encode(), version))
    return line


def with_contributor(event: dict[str, Any]) -> dict[str, Any]:
    """From a made-up first version that called the contributor a state."""
    event["fact"]["contributor"] = event["fact"].pop("state")
    return event


def of_the_first_version(line: bytes) -> bytes:
    return line.replace(b'"contributor":', b'"state":')


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.ndjson")), ids=lambda path: path.stem)
def test_events_of_a_past_version_are_upcast_as_in_the_store(
    opened: Opened, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VERSIONS, "PledgeMade", 2)
    monkeypatch.setitem(UPCASTERS, "PledgeMade.1", with_contributor)
    ledger = opened()
    assert restored(ledger, [of_the_first_version(line) for line in path.read_bytes().splitlines(keepends=True)]) == 5
    pledges = [event.fact for event in ledger.history("willing").events if event.fact.type == "PledgeMade"]
    assert [one.contributor for one in pledges] == ["GBR", "FRA", "GBR"]
    topics = [json.loads(line)["topic"] for line in list(ledger.export("willing"))[1:6]]
    assert topics == ["CoalitionFormed.1", "PledgeMade.2", "PledgeReaffirmed.1", "PledgeMade.2", "PledgeMade.2"]


def test_an_event_is_exported_in_its_stored_version(
    opened: Opened, elsewhere: Ledger, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = list(elsewhere.export("willing"))
    elsewhere.recorder.change(
        "UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), ?, ?) AS BLOB) WHERE topic = ?",
        ('"contributor":', '"state":', "PledgeMade.1"),
    )
    monkeypatch.setitem(VERSIONS, "PledgeMade", 2)
    monkeypatch.setitem(UPCASTERS, "PledgeMade.1", with_contributor)
    newer = Ledger(sqlite_url + ".elsewhere")
    lines = list(newer.export("willing"))
    newer.close()
    assert lines == [before[0], before[1], *map(of_the_first_version, before[2:4]), *before[4:]]
    ledger = opened()
    assert restored(ledger, lines) == 3
    assert [one.fact for one in ledger.history("willing").events][1:] == [pledge("gbr"), pledge("fra")]


def test_unreadable_events_are_not_exported(elsewhere: Ledger) -> None:
    elsewhere.recorder.change("UPDATE scenario_events SET topic = ? WHERE sequence = ?", ("ScenarioSold.1", 2))
    with pytest.raises(UnreadableEvent, match="ScenarioSold"):
        list(elsewhere.export("willing"))
    elsewhere.recorder.change("DELETE FROM stored_events WHERE originator_version = ?", (2,))
    with pytest.raises(UnreadableEvent, match="gap"):
        list(elsewhere.export("willing"))


Spoil = Callable[[list[bytes]], list[bytes]]


def changed(number: int, before: bytes, after: bytes) -> Spoil:
    def spoil(lines: list[bytes]) -> list[bytes]:
        assert before in lines[number]
        return [*lines[:number], lines[number].replace(before, after), *lines[number + 1 :]]

    return spoil


BROKEN: dict[str, tuple[Spoil, str]] = {
    "without an event": (lambda lines: lines[:3] + lines[4:], "2 of 3 events"),
    "without its last line": (lambda lines: lines[:-1], "3 of 4 events of scenarios"),
    "without its scenarios": (lambda lines: lines[:4], "0 of 4 events of scenarios"),
    "with its scenarios first": (lambda lines: [lines[0], *lines[4:], *lines[1:4]], "0 of 3 events"),
    "with an event among the scenarios": (lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]], "of 3 events"),
    "with a gap in a scenario": (lambda lines: [*lines[:6], lines[7]], "sequence 2 is in the place of 1"),
    "with a scenario in two pieces": (
        lambda lines: [*lines[:5], *lines[6:], lines[5]],
        "not together",
    ),
    "with a scenario of another coalition": (changed(7, b'"coalition":"willing"', b'"coalition":"able"'), "able"),
    "with a scenario that is no slug": (changed(4, b'"scenario":"all"', b'"scenario":"A l l"'), "slug"),
    "with an unknown fact of a scenario": (changed(5, b"ScenarioClosed.1", b"ScenarioSold.1"), "ScenarioSold"),
    "with a scenario that is not opened": (changed(4, b"ScenarioOpened", b"ScenarioClosed"), "line 5"),
    "with a key and no digest": (
        lambda lines: [*lines[:7], json.dumps({**json.loads(lines[7]), "request": None}).encode()],
        "line 8",
    ),
    "of a newer format": (changed(0, b'"version":1', b'"version":2'), "format version 2"),
    "of another kind": (changed(0, b"coalition-export", b"shopping-list"), "line 1"),
}


@pytest.mark.parametrize(("spoil", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_damaged_export_leaves_nothing(ledger: Ledger, elsewhere: Ledger, spoil: Spoil, expected: str) -> None:
    lines = list(elsewhere.export("willing"))
    with pytest.raises(BrokenExport, match=expected):
        restored(ledger, spoil(lines))
    with pytest.raises(UnknownCoalition):
        ledger.history("willing")
    assert ledger.recorder.scenario_sequences("willing") == []
    assert restored(ledger, lines) == 3


def test_an_unreadable_line_is_named(elsewhere: Ledger) -> None:
    lines = list(elsewhere.export("willing"))
    export = Export([*lines[:2], b"\n", lines[2][:30]])
    with pytest.raises(BrokenLine) as broken:
        list(export.events())
    assert broken.value.number == 4
