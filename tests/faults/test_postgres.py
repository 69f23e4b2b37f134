"""PostgreSQL under the load of two services: restarted, killed, out of connections, and its primary lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event

import psycopg
import pytest

from tests.faults.auditor import findings
from tests.faults.conftest import Extent
from tests.faults.load import Load, key_in
from tests.running.fork_server import fork_server
from tests.running.postgres_pair import WAITING, Server, running_alone, running_pair

SERVICES = 2


@contextmanager
def loaded(database_url: str, notes: Path) -> Iterator[Load]:
    """Two services on a database, under load; every request is answered in the end."""
    secret = key_in(database_url)
    with fork_server(database_url) as server:
        load = Load([server.start().url for _ in range(SERVICES)], secret, notes)
        with load.running():
            load.wait_for(10)
            yield load
            load.wait_for(10)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_is_restarted(tmp_path: Path, extent: Extent, how: str) -> None:
    with running_alone() as server:
        with loaded(server.url, tmp_path / "notes") as load:
            for _ in range(extent.postgres_restarts):
                getattr(server, how)()
                load.wait_for_outage(503)
                server.start()
                load.wait_for(10)
        assert findings(server.url, tmp_path / "notes") == []


def test_a_server_without_a_free_connection(tmp_path: Path) -> None:
    with running_alone(max_connections="24") as server:
        with loaded(server.url, tmp_path / "notes") as load:
            with all_connections_taken(server):
                load.wait_for_outage(503)
                load.wait_for_outage(503)
            load.wait_for(10)
        assert findings(server.url, tmp_path / "notes") == []


@contextmanager
def all_connections_taken(server: Server) -> Iterator[None]:
    """End every connection of others, and take its place before they do."""
    is_over = Event()

    def take() -> None:
        with ExitStack() as taken:
            while not is_over.is_set():
                with suppress(psycopg.OperationalError):
                    while not is_over.is_set():
                        greedy = psycopg.connect(server.url, application_name="greedy", autocommit=True)
                        taken.enter_context(greedy).execute(OTHERS_ENDED)
                is_over.wait(0.01)

    with ThreadPoolExecutor(1) as pool:
        taking = pool.submit(take)
        try:
            yield
        finally:
            is_over.set()
            taking.result()


OTHERS_ENDED = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE application_name <> 'greedy' AND backend_type = 'client backend'"""


@pytest.mark.parametrize("primary", ["lost", "still there"])
def test_a_standby_that_is_promoted(tmp_path: Path, extent: Extent, primary: str) -> None:
    """A primary that is still there may go on committing; whoever cuts its waits short must not make it acknowledge."""
    for _ in range(extent.failovers):
        with running_pair() as pair:
            with loaded(pair.url, tmp_path / "notes") as load:
                if primary == "still there":
                    pair.promote()
                    for _ in range(20):
                        pair.primary.ask(f"SELECT pg_cancel_backend(pid) FROM ({WAITING}) AS waiting")
                        time.sleep(0.05)
                pair.primary.kill()
                if primary == "lost":
                    pair.promote()
                load.wait_for(20)
            assert findings(pair.standby.url, tmp_path / "notes") == []
