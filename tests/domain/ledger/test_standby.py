"""PostgreSQL with a standby: a commit that the standby has perhaps not received is unknown, and never called done."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from domain.ledger import Ledger, Scenarios, StoreUnavailable
from domain.what_if.scenarios import SCENARIO_FACT
from tests.domain.ledger.facts import formed, pledge, stored_states
from tests.running.postgres_pair import WAITING, Pair, running_pair

FORK = {"valid_at": "2025-04-10", "known_at": "2025-04-10", "sequence": 1}
Write = Callable[[Ledger], Any]


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    with running_pair() as running:
        yield running


@pytest.fixture
def own_pair() -> Iterator[Pair]:
    with running_pair() as running:
        yield running


@pytest.fixture
def pair(servers: Pair) -> Pair:
    servers.primary.ask("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    return servers


@pytest.fixture
def ledger(pair: Pair) -> Iterator[Ledger]:
    opened = Ledger(pair.url)
    opened.record("willing", [formed()], recorded_by="desk")
    yield opened
    opened.close()


def facts(ledger: Ledger) -> Any:
    return ledger.record("willing", [pledge("alone")], recorded_by="desk", idempotency_key="alone")


def scenario(ledger: Ledger) -> Any:
    opened = [
        SCENARIO_FACT.validate_python({"type": "ScenarioOpened", "name": "Alone", "author": "desk", "fork": FORK})
    ]
    return Scenarios(ledger).record(
        "willing", "alone", lambda _: opened, recorded_by="desk", request=b"{}", idempotency_key="alone-too"
    )


def ended_while_it_waits(pair: Pair, write: Callable[[], Any], how: str) -> "Future[Any]":
    """Write, and end each wait for the standby, until the writer has its answer."""
    with ThreadPoolExecutor(1) as writer:
        writing = writer.submit(write)
        while not writing.done():
            pair.primary.ask(f"SELECT {how}(pid) FROM ({WAITING}) AS waiting")
    return writing


@contextmanager
def without_standby(pair: Pair) -> Iterator[None]:
    pair.standby.stop()
    try:
        yield
    finally:
        pair.standby.start()


@pytest.mark.parametrize("write", [facts, scenario])
@pytest.mark.parametrize("how", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_whose_wait_was_ended_is_unknown(pair: Pair, ledger: Ledger, write: Write, how: str) -> None:
    with without_standby(pair):
        with pytest.raises(StoreUnavailable):
            ended_while_it_waits(pair, lambda: write(ledger), how).result()
        # It can be read here, but the standby does not have it: a repeat is not told that it is recorded either,
        # and neither is one that reaches another service.
        other = Ledger(pair.url)
        for asked in (ledger, other):
            with pytest.raises(StoreUnavailable):
                ended_while_it_waits(pair, lambda asked=asked: write(asked), how).result()  # type: ignore[misc]
        other.close()
    again = write(ledger)
    assert again.is_repeat
    assert write(ledger).events == again.events


def test_a_repeat_is_answered_once_the_standby_has_it(pair: Pair, ledger: Ledger) -> None:
    with without_standby(pair), pytest.raises(StoreUnavailable):
        ended_while_it_waits(pair, lambda: facts(ledger), "pg_cancel_backend").result()
    again = facts(ledger)
    pair.standby.wait_until("pg_last_wal_replay_lsn() = pg_last_wal_receive_lsn()")
    stored = pair.standby.ask("SELECT state FROM stored_events WHERE originator_version = 2")
    assert [state for (state,) in stored] == again.events == stored_states(ledger)[1:]


def test_what_only_a_lost_primary_had_is_forgotten(own_pair: Pair) -> None:
    """The promoted standby is the truth: whoever read more from the primary goes on from there, without a restart."""
    ledger = Ledger(own_pair.url)
    ledger.record("willing", [formed()], recorded_by="desk")
    own_pair.standby.stop()
    with pytest.raises(StoreUnavailable):
        ended_while_it_waits(own_pair, lambda: facts(ledger), "pg_cancel_backend").result()
    assert ledger.history("willing").sequence == 2
    own_pair.primary.kill()
    own_pair.standby.start()
    own_pair.promote()
    again = facts(ledger)
    assert (again.is_repeat, again.first_sequence) == (False, 2)
    assert stored_states(ledger)[1:] == again.events
    assert ledger.history("willing").sequence == 2
    ledger.close()


def test_a_reader_forgets_it_too(own_pair: Pair) -> None:
    ledger, other = Ledger(own_pair.url), Ledger(own_pair.url)
    ledger.record("willing", [formed()], recorded_by="desk")
    own_pair.standby.stop()
    with pytest.raises(StoreUnavailable):
        ended_while_it_waits(own_pair, lambda: facts(ledger), "pg_cancel_backend").result()
    assert other.history("willing").sequence == 2
    own_pair.primary.kill()
    own_pair.standby.start()
    own_pair.promote()
    with suppress(StoreUnavailable):  # the pool still has connections to the primary
        other.history("willing")
    assert other.history("willing").sequence == 1
    ledger.close()
    other.close()
