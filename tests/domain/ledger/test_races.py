"""Many writers at once: no fact is lost or doubled, and no writer makes another fail."""

import itertools
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from domain.history.knowledge import KnowledgeIndex
from domain.ledger import Ledger, Recording, StaleMatch, StoreUnavailable, UnreadableEvent, WriteConflict
from domain.refusals import IdAlreadyUsed, Refused
from tests.domain.fold_contents import tracks_of
from tests.domain.ledger.conftest import Opened
from tests.domain.ledger.facts import fact, formed, pledge, stored_states

ROOT = Path(__file__).parents[3]
WRITERS, REQUESTS = 16, 12


def beaten_by(ledger: Ledger, rival: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a rival write just after the ledger has decided its next request, and before it saves it."""
    insert = ledger.recorder.insert_events

    def late(*arguments: Any, **named: Any) -> Any:
        monkeypatch.setattr(ledger.recorder, "insert_events", insert)
        rival()
        return insert(*arguments, **named)

    monkeypatch.setattr(ledger.recorder, "insert_events", late)


def raised(name: str) -> Any:
    return fact("PledgeRaised", pledge=name, level="committed")


def amended(name: str, personnel: int) -> Any:
    return fact("PledgeAmended", pledge=name, quantity={"min": 0, "max": personnel, "unit": "personnel"})


def whole(ledger: Ledger, recordings: list[Recording]) -> None:
    """Check that the stream has no gap and holds exactly what was answered, where it was said to be."""
    stored = stored_states(ledger)
    events = ledger.history("willing").events
    assert [event.sequence for event in events] == list(range(1, len(stored) + 1))
    assert [event.recorded_at for event in events] == sorted(event.recorded_at for event in events)
    answered = sorted(recordings, key=lambda recording: recording.first_sequence)
    assert [state for recording in answered for state in recording.events] == stored
    assert all(
        recording.events == stored[recording.first_sequence - 1 : recording.last_sequence] for recording in answered
    )


def test_a_lost_race_is_decided_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = opened(), opened()
    recordings = [here.record("willing", [formed()], recorded_by="desk")]
    beaten_by(
        here, lambda: recordings.append(there.record("willing", [pledge("fra")], recorded_by="rival")), monkeypatch
    )
    recordings.append(here.record("willing", [pledge("gbr")], recorded_by="desk"))
    assert [recording.last_sequence for recording in recordings] == [1, 2, 3]
    whole(here, recordings)


def test_what_the_winner_recorded_counts_when_it_is_decided_again(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = opened(), opened()
    here.record("willing", [formed()], recorded_by="desk")
    beaten_by(here, lambda: there.record("willing", [pledge("gbr")], recorded_by="rival"), monkeypatch)
    with pytest.raises(Refused) as refusal:
        here.record("willing", [pledge("gbr")], recorded_by="desk")
    assert isinstance(refusal.value.violations[0].broken, IdAlreadyUsed)
    beaten_by(here, lambda: there.record("willing", [pledge("fra")], recorded_by="rival"), monkeypatch)
    with pytest.raises(StaleMatch) as stale:
        here.record("willing", [pledge("deu")], recorded_by="desk", if_match=2)
    assert stale.value.sequence == 3


def test_what_another_process_adds_during_the_first_look_is_no_loss(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = opened(), opened()
    there.record("willing", [formed()], recorded_by="rival")
    rows, head = here.recorder.rows, here.recorder.head
    rivals = iter([pledge("fra"), pledge("deu")])

    def beside(read: Callable[..., Any]) -> Callable[..., Any]:
        def late(*arguments: Any) -> Any:
            found = read(*arguments)
            for rival in itertools.islice(rivals, 1):
                there.record("willing", [rival], recorded_by="rival")
            return found

        return late

    monkeypatch.setattr(here.recorder, "rows", beside(rows))
    monkeypatch.setattr(here.recorder, "head", beside(head))
    assert here.history("willing").sequence >= 1
    here.record("willing", [pledge("gbr")], recorded_by="desk")
    assert [getattr(event.fact, "pledge", None) for event in here.history("willing").events[1:]] == [
        "fra",
        "deu",
        "gbr",
    ]


def test_nothing_is_left_of_what_was_decided_but_not_saved(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = opened(), opened()
    here.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    beaten_by(here, lambda: there.record("willing", [raised("gbr")], recorded_by="rival"), monkeypatch)
    here.record("willing", [amended("gbr", 5), pledge("fra"), amended("fra", 7)], recorded_by="desk")
    with pytest.raises(Refused):
        here.record("willing", [amended("gbr", 6), pledge("fra")], recorded_by="desk")
    here.record("willing", [amended("fra", 8)], recorded_by="desk")
    assert tracks_of(here.history("willing")) == tracks_of(opened().history("willing"))


def test_a_history_that_took_over_half_a_list_is_loaded_again(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = opened()
    ledger.record("willing", [formed(), pledge("gbr")], recorded_by="desk")
    before = ledger.history("willing")
    on_append, calls = KnowledgeIndex.on_append, itertools.count()

    def fails_at_the_second(*arguments: Any) -> None:
        if next(calls) == 1:
            raise MemoryError
        on_append(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(KnowledgeIndex, "on_append", fails_at_the_second)
        with pytest.raises(UnreadableEvent):
            ledger.record("willing", [pledge("fra"), amended("gbr", 5), pledge("deu")], recorded_by="desk")
    assert before.sequence == 2
    assert ledger.history("willing").sequence == 5
    assert tracks_of(ledger.history("willing")) == tracks_of(opened().history("willing"))


def test_attempts_after_lost_races_are_limited(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[None] = []

    def beaten(*_: Any, **__: Any) -> None:
        rounds.append(None)
        raise IntegrityError("taken")

    monkeypatch.setattr(ledger.recorder, "insert_events", beaten)
    monkeypatch.setattr(ledger.recorder, "turn", lambda _: _Turn(beaten))
    with pytest.raises(WriteConflict):
        ledger.record("willing", [formed()], recorded_by="desk")
    assert len(rounds) == 10


class _Turn:
    def __init__(self, insert: Callable[..., None]) -> None:
        self.insert = insert

    def __enter__(self) -> Callable[..., None]:
        return self.insert

    def __exit__(self, *_: object) -> None: ...


def test_threads_lose_nothing_and_share_commits(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    insert = ledger.recorder.insert_events
    commits: list[None] = []

    def counted(*arguments: Any, **named: Any) -> Any:
        commits.append(None)
        return insert(*arguments, **named)

    monkeypatch.setattr(ledger.recorder, "insert_events", counted)
    recordings = [ledger.record("willing", [formed()], recorded_by="desk")]
    together = threading.Barrier(WRITERS)

    def write(writer: int) -> list[Recording]:
        together.wait(10)
        return [
            ledger.record("willing", [pledge(f"{writer}-{count}a"), pledge(f"{writer}-{count}b")], recorded_by="desk")
            for count in range(REQUESTS)
        ]

    with ThreadPoolExecutor(WRITERS) as pool:
        for written in pool.map(write, range(WRITERS)):
            recordings += written
    assert len(recordings) == 1 + WRITERS * REQUESTS
    assert len(commits) < len(recordings)
    whole(ledger, recordings)


def test_a_refused_request_affects_no_other(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    together = threading.Barrier(WRITERS)

    def write(writer: int) -> Recording | Refused:
        together.wait(10)
        try:
            return ledger.record("willing", [pledge("contested"), pledge(f"own-{writer}")], recorded_by="desk")
        except Refused as refusal:
            return refusal

    with ThreadPoolExecutor(WRITERS) as pool:
        outcomes = list(pool.map(write, range(WRITERS)))
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, Recording)]
    assert (won.first_sequence, won.last_sequence) == (2, 3)
    events = ledger.history("willing").events
    assert len(events) == 3
    lost = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    assert {violation.broken.collides_with for refusal in lost for violation in refusal.violations} == {
        (events[1].event_id,)
    }


def test_of_concurrent_writers_with_one_if_match_only_one_succeeds(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    together = threading.Barrier(WRITERS)

    def write(writer: int) -> int:
        together.wait(10)
        try:
            return ledger.record("willing", [pledge(f"p{writer}")], recorded_by="desk", if_match=1).last_sequence
        except StaleMatch as stale:
            return -stale.sequence

    with ThreadPoolExecutor(WRITERS) as pool:
        assert sorted(pool.map(write, range(WRITERS))) == [-2] * (WRITERS - 1) + [2]


def test_readers_see_complete_lists_while_others_write(opened: Opened) -> None:
    here, there = opened(), opened()
    here.record("willing", [formed()], recorded_by="desk")
    done = threading.Event()

    def write() -> None:
        for count in range(40):
            here.record("willing", [pledge(f"{count}-{part}") for part in range(5)], recorded_by="desk")
        done.set()

    def read(ledger: Ledger) -> int:
        seen = 0
        while not done.is_set():
            sequence = ledger.history("willing").sequence
            assert sequence >= seen
            assert sequence % 5 == 1
            seen = sequence
        return ledger.history("willing").sequence

    with ThreadPoolExecutor(5) as pool:
        readers = [pool.submit(read, ledger) for ledger in (here, here, there, there)]
        pool.submit(write).result()
        assert {reader.result() for reader in readers} == {201}


WRITE = """
import sys
from domain.ledger import Ledger
from tests.domain.ledger.facts import formed, pledge
url, name = sys.argv[1:]
ledger = Ledger(url)
print("ready", flush=True)
sys.stdin.readline()
for count in range(60):
    last = ledger.record("willing", [pledge(f"{name}-{count}-{part}") for part in range(2)], recorded_by=name)
    print(last.first_sequence, flush=True)
"""


def writing(database_url: str, name: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", WRITE, database_url, name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_write_at_once_lose_nothing(opened: Opened, database_url: str) -> None:
    ledger = opened()
    ledger.record("willing", [formed()], recorded_by="desk")
    processes = [writing(database_url, name) for name in ("a", "b", "c")]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    first_sequences: list[int] = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        answered, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        first_sequences += map(int, answered.split())
    assert sorted(first_sequences) == list(range(2, 362, 2))
    events = ledger.history("willing").events
    assert [event.sequence for event in events] == list(range(1, 362))
    assert len({event.event_id for event in events}) == 361


def test_a_closed_ledger_records_nothing_and_blocks_nobody(ledger: Ledger) -> None:
    ledger.record("willing", [formed()], recorded_by="desk")
    ledger.close()
    for name in ("one", "two", "three"):
        with pytest.raises(StoreUnavailable, match="closed"):
            ledger.submit("willing", [pledge(name)], recorded_by="desk", idempotency_key="k").result(timeout=10)
