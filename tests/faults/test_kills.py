"""Services killed at any moment under load, on either store, alone and in pairs."""

import random
from pathlib import Path

from tests.faults.auditor import findings
from tests.faults.conftest import Extent
from tests.faults.load import Load, key_in
from tests.running.fork_server import fork_server


def killed_under_load(database_url: str, notes: Path, *, kills: int, services: int) -> Load:
    """Kill one service after another while all are written to; returns the load, which is over."""
    chance = random.Random(2025)
    secret = key_in(database_url)
    with fork_server(database_url) as server:
        running = [server.start() for _ in range(services)]
        load = Load([service.url for service in running], secret, notes)
        with load.running():
            for _ in range(kills):
                load.wait_for(chance.randint(1, 12))
                victim = chance.randrange(services)
                running[victim].kill()
                running[victim] = server.start()
                load.turn_to(victim, running[victim].url)
            load.wait_for(1)
    return load


def test_a_service_on_sqlite(sqlite_url: str, tmp_path: Path, extent: Extent) -> None:
    load = killed_under_load(sqlite_url, tmp_path / "notes", kills=extent.sqlite_kills, services=1)
    assert findings(sqlite_url, load.notes) == []
    assert load.answers_lost > 0, "no kill came between a commit and its answer"


def test_two_services_on_sqlite(sqlite_url: str, tmp_path: Path, extent: Extent) -> None:
    load = killed_under_load(sqlite_url, tmp_path / "notes", kills=max(3, extent.sqlite_kills // 10), services=2)
    assert findings(sqlite_url, load.notes) == []


def test_two_services_on_postgresql(postgres_url: str, tmp_path: Path, extent: Extent) -> None:
    load = killed_under_load(postgres_url, tmp_path / "notes", kills=extent.postgres_kills, services=2)
    assert findings(postgres_url, load.notes) == []
