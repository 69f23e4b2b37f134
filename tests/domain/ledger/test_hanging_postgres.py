"""A PostgreSQL that hangs: stopped by a signal, it takes packets and never answers."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from domain.ledger import Ledger, LedgerFailure, ReadOnlyStore, Recording, StoreReplaced, StoreTimeout, StoreUnavailable
from domain.ledger.postgres import ANSWER_SECONDS
from tests.domain.ledger.facts import formed, pledge
from tests.running.postgres import PostgresServer, running_postgres

PATIENCE_SECONDS = 6 * ANSWER_SECONDS
"""Generous: a question may wait for a connection, for an answer and for a question before it."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """Run a server that nobody else depends on."""
    with running_postgres() as one:
        yield one


def processes(server: PostgresServer) -> list[int]:
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [pid, *map(int, children.split())]


def tell(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        os.kill(pid, what)


def outage_in_time(ask: Callable[[], object]) -> type[LedgerFailure]:
    began = time.monotonic()
    with pytest.raises(StoreUnavailable) as failure:
        ask()
    assert time.monotonic() - began < PATIENCE_SECONDS
    return failure.type


def test_a_server_that_hangs_is_given_up_and_found_again(server: PostgresServer) -> None:
    with server.fresh_database() as url:
        ledger = Ledger(url)
        ledger.record("willing", [formed()], recorded_by="desk")

        def record() -> Recording:
            return ledger.record("willing", [pledge("gbr")], recorded_by="desk", idempotency_key="k")

        stopped = processes(server)
        tell(stopped, signal.SIGSTOP)
        try:
            assert outage_in_time(record) is StoreTimeout
            # For a moment nobody waits for a server that was silent just now.
            began = time.monotonic()
            assert outage_in_time(lambda: ledger.history("willing")) is StoreTimeout
            assert time.monotonic() - began < ANSWER_SECONDS
            time.sleep(1.1)
            outage_in_time(lambda: ledger.history("willing"))
            outage_in_time(ledger.check)
        finally:
            tell(stopped, signal.SIGCONT)
        give_up = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                assert record().last_sequence == 2
                break
            except StoreUnavailable:
                assert time.monotonic() < give_up
                time.sleep(0.2)
        assert ledger.history("willing").sequence == 2
        ledger.close()


def test_a_database_made_anew_is_not_taken_for_the_one_that_was_opened(server: PostgresServer) -> None:
    with server.fresh_database() as url:
        ledger = Ledger(url)
        ledger.record("willing", [formed()], recorded_by="desk")
        ledger.recorder.change("UPDATE store SET identity = 'another'", ())
        with pytest.raises(StoreReplaced):
            ledger.record("willing", [pledge("gbr")], recorded_by="desk")
        with pytest.raises(StoreReplaced):
            ledger.check()
        ledger.recorder.change("DROP TABLE store", ())
        with pytest.raises(StoreReplaced):
            ledger.check()
        ledger.close()


def test_a_server_that_takes_no_writes_says_so(server: PostgresServer) -> None:
    with server.fresh_database() as url:
        Ledger(url).close()
        with psycopg.connect(url, autocommit=True) as connection:
            name = connection.info.dbname
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on".encode())
        ledger = Ledger(url)
        assert ledger.coalitions() == []
        for ask in (lambda: ledger.record("willing", [formed()], recorded_by="desk"), ledger.check):
            with pytest.raises(ReadOnlyStore):
                ask()
        ledger.close()
