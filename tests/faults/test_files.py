"""The file of a SQLite store under load: no room, no permission, gone, cut short, damaged."""

import random
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from domain.events import event_json
from domain.ledger import Ledger, LedgerFailure
from tests.domain.ledger.facts import formed, pledge
from tests.faults.auditor import findings
from tests.faults.conftest import Extent
from tests.faults.load import COALITIONS, Load, key_in
from tests.running.service import Service, running

BOUND = (sys.executable, "-m", "tests.running.bound_by_permissions")
UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Name a file in a folder of its own."""
    return tmp_path / "store" / "ledger.sqlite3"


@contextmanager
def loaded(file: Path) -> Iterator[tuple[Service, Load]]:
    """A service on the file, under load; whatever the block did, every request is answered in the end, and audited."""
    url = f"sqlite:///{file}"
    with running(url) as service:
        load = Load([service.url], service.key, file.parent.parent / "notes")
        with load.running():
            load.wait_for(10)
            yield service, load
            load.wait_for(10)
    assert findings(url, load.notes) == []


def test_a_disk_that_is_full_for_a_while(file: Path) -> None:
    with loaded(file) as (service, load):
        limit_files(service, max(part.stat().st_size for part in file.parent.iterdir()))
        load.wait_for_outage(507)
        load.wait_for_outage(507)
        limit_files(service, UNLIMITED)


def limit_files(service: Service, size: int) -> None:
    """Let no file of the service grow beyond a size, as if its disk were full."""
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def test_a_file_that_is_gone_for_a_while(file: Path) -> None:
    with loaded(file) as (_, load):
        away = file.parent.with_name("away")
        file.parent.rename(away)
        load.wait_for_outage(503)
        away.rename(file.parent)


def test_a_file_that_is_read_only_for_a_while(file: Path) -> None:
    file.parent.mkdir()
    url = f"sqlite:///{file}"
    secret = key_in(url)
    with ExitStack() as services:
        first = services.enter_context(running(url, key=secret, through=BOUND))
        load = Load([first.url], secret, file.parent.parent / "notes")
        with load.running():
            load.wait_for(10)
            first.kill()
            for part in (*file.parent.iterdir(), file.parent):
                part.chmod(part.stat().st_mode & ~0o222)
            second = services.enter_context(running(url, key=secret, through=BOUND))
            assert httpx.get(f"{second.url}/coalitions").status_code == 200
            load.turn_to(0, second.url)
            load.wait_for_outage(503)
            file.parent.chmod(0o755)
            for part in file.parent.iterdir():
                part.chmod(0o644)
            second.kill()
            third = services.enter_context(running(url, key=secret, through=BOUND))
            load.turn_to(0, third.url)
            load.wait_for(10)
    assert findings(url, load.notes) == []


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_a_file_that_is_cut_short(file: Path, kept: float) -> None:
    before = recorded_in(file)
    with file.open("r+b") as opened:
        opened.truncate(int(file.stat().st_size * kept))
    assert read_again(file, before) in ("unreadable", "whole")


def test_bits_that_are_flipped(file: Path, extent: Extent) -> None:
    """A flipped bit is an outage, or affects nothing, or changes a text or a number within one event."""
    before = recorded_in(file)
    whole = file.read_bytes()
    chance = random.Random(2025)
    outcomes: Counter[str] = Counter()
    for _ in range(extent.flips):
        place = chance.randrange(len(whole))
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :])
        outcomes[read_again(file, before)] += 1
    assert outcomes.keys() <= {"whole", "unreadable", "one event differs"}, outcomes


def recorded_in(file: Path) -> dict[str, list[bytes]]:
    """Record a hundred events of each coalition; returns them as they are stored, in a file without a log."""
    file.parent.mkdir(parents=True)
    ledger = Ledger(f"sqlite:///{file}")
    for coalition in COALITIONS:
        ledger.record(coalition, [formed(), *(pledge(f"p{number}") for number in range(99))], recorded_by="desk")
    ledger.close()
    return read(file)


def read(file: Path) -> dict[str, list[bytes]]:
    """Every event as the service would serve it, by coalition."""
    ledger = Ledger(f"sqlite:///{file}")
    try:
        found = {}
        for coalition in COALITIONS:
            events = ledger.history(coalition).events
            assert [event.sequence for event in events] == list(range(1, len(events) + 1))
            found[coalition] = [event_json(event) for event in events]
        return found
    finally:
        ledger.close()


def read_again(file: Path, before: dict[str, list[bytes]]) -> str:
    """What became of the events; fails if a coalition is served with events missing, or with several that differ."""
    try:
        after = read(file)
    except LedgerFailure:
        return "unreadable"
    assert list(map(len, after.values())) == list(map(len, before.values()))
    pairs = [pair for name in before for pair in zip(before[name], after[name], strict=True)]
    differing = sum(was != now for was, now in pairs)
    return "whole" if differing == 0 else "one event differs" if differing == 1 else f"{differing} events differ"
