"""The clock of a service under load is set to other times, and right again."""

from contextlib import closing
from pathlib import Path

from domain.ledger import Ledger
from domain.ledger.clock import system_clock
from domain.times import instant_us
from tests.faults.auditor import findings
from tests.faults.load import COALITIONS, Load, key_in
from tests.running.fork_server import fork_server

HOUR, DAY = 3_600, 86_400


def test_a_clock_that_is_put_back_and_forth(sqlite_url: str, tmp_path: Path) -> None:
    off = tmp_path / "seconds-off"
    off.write_text("0")
    secret = key_in(sqlite_url)
    with fork_server(sqlite_url, off) as server:
        load = Load([server.start().url], secret, tmp_path / "notes")
        with load.running():
            load.wait_for(10)
            for seconds in (HOUR, -HOUR):
                set_to(off, seconds)
                load.wait_for(10)
            for seconds in (-2 * DAY, 2 * DAY, 80 * 365 * DAY):
                set_to(off, seconds)
                load.wait_for_outage(503)
                load.wait_for_outage(503)
                set_to(off, 0)
                load.wait_for(10)
    assert findings(sqlite_url, load.notes) == []
    with closing(Ledger(sqlite_url)) as ledger:
        latest = max(ledger.history(coalition).events[-1].recorded_at for coalition in COALITIONS)
    assert instant_us(latest) < system_clock() + 2 * HOUR * 1_000_000


def set_to(file: Path, seconds: int) -> None:
    """Exchange the file as a whole, so that nobody reads half of it."""
    new = file.with_name("new")
    new.write_text(str(seconds))
    new.rename(file)
