"""The example: the coalition of 2025, recorded through the door that all facts take, and a key to try it with."""

from pathlib import Path

from api.cli.client import in_process
from api.cli.recording import PreparedFact, prepared, send
from api.files.facts import facts_in_file
from domain.ledger import Keys, Ledger

COALITION = "willing"
RECORDED_BY = "example"
KEY_NAME = "local"
FOLDER = Path(__file__).parents[2] / "examples" / COALITION
AT_ONCE = 1_000


def load_on_first_start(ledger: Ledger) -> bool:
    """Record the example where no coalition is on record; gives whether it did. Raises ``CommandFailed``.

    It is one list, all or nothing: a start that is cut short leaves a first start for the next time.
    """
    if ledger.coalitions():
        return False
    with in_process(ledger, RECORDED_BY) as client:
        send(client, COALITION, _facts(), AT_ONCE)
    return True


def make_key_on_first_start(ledger: Ledger) -> str | None:
    """The secret of a key, where the ledger has never had one."""
    keys = Keys(ledger)
    return None if keys.list() else keys.add(KEY_NAME)


def _facts() -> list[PreparedFact]:
    files = sorted(FOLDER.glob("*.yaml"))
    return [fact for file in files for fact in prepared(COALITION, facts_in_file(file.read_bytes(), file.name, "yaml"))]
