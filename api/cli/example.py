"""The example: the coalition of 2025, recorded through the API like all facts, and a key to try it with."""

from pathlib import Path

from api.cli.batches import PreparedFact, prepare, send
from api.cli.client import in_process
from api.files.facts import facts_in_file
from domain.ledger import Keys, Ledger

COALITION = "willing"
RECORDED_BY = "example"
KEY_NAME = "local"
FOLDER = Path(__file__).parents[2] / "examples" / COALITION
FACTS_PER_BATCH = 1_000


def load_on_first_start(ledger: Ledger) -> bool:
    """Record the example if no coalition is on record; returns whether it did. Raises ``CommandFailed``.

    It is one list, recorded whole or not at all, so an interrupted first start can be repeated.
    """
    if ledger.coalitions():
        return False
    with in_process(ledger, RECORDED_BY) as client:
        send(client, COALITION, _facts(), FACTS_PER_BATCH)
    return True


def make_key_on_first_start(ledger: Ledger) -> str | None:
    """Create a key if the ledger has never had one; returns its secret."""
    keys = Keys(ledger)
    return None if keys.list() else keys.add(KEY_NAME)


def _facts() -> list[PreparedFact]:
    files = sorted(FOLDER.glob("*.yaml"))
    return [fact for file in files for fact in prepare(COALITION, facts_in_file(file.read_bytes(), file.name, "yaml"))]
