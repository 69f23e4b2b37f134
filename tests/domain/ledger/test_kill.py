"""A process that is killed while writing loses no answered fact and leaves no partial list."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

from domain.ledger import Ledger
from tests.domain.ledger.facts import formed, stored_states

ROOT = Path(__file__).parents[3]
KILLS, LIST = 3, 7

WRITE = """
import sys, threading
from domain.ledger import Ledger
from tests.domain.ledger.facts import pledge
url, life, length = sys.argv[1], sys.argv[2], int(sys.argv[3])
ledger = Ledger(url)
def write(writer):
    for count in range(1_000_000):
        name = f"{life}-{writer}-{count}"
        facts = [pledge(f"{name}-{part}") for part in range(length)]
        ledger.record("willing", facts, recorded_by=name, idempotency_key=name)
        sys.stdout.write(name + "\\n")
        sys.stdout.flush()
threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_no_answered_fact_is_lost_and_no_list_is_partial(database_url: str) -> None:
    ledger = Ledger(database_url)
    ledger.record("willing", [formed()], recorded_by="desk")
    answered: list[str] = []
    for life in range(KILLS):
        command = [sys.executable, "-c", WRITE, database_url, str(life), str(LIST)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            # Killed in the midst of writing, after another number of answers each time.
            answered += [process.stdout.readline().strip() for _ in range(9 + 13 * life)]
            process.kill()
            answered += process.stdout.read().split("\n")[:-1]
    events = [json.loads(line) for line in stored_states(ledger)]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    recorded = Counter(event["recorded_by"] for event in events[1:])
    assert set(answered) <= recorded.keys()
    assert set(recorded.values()) == {LIST}
    kept = {
        name: (first, last)
        for name, first, last in ledger.recorder.select("SELECT key, first_sequence, last_sequence FROM idempotency")
    }
    assert kept.keys() == recorded.keys()
    for name, (first, last) in kept.items():
        assert {event["recorded_by"] for event in events[first - 1 : last]} == {name}
        assert last - first + 1 == LIST
    ledger.close()
