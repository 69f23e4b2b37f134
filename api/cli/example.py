"""The examples: two coalitions, recorded through the API like all facts, and a key to try them with."""

from pathlib import Path

from api.cli.batches import PreparedFact, prepare, send
from api.cli.client import in_process
from api.files.facts import facts_in_file
from domain.ledger import Keys, Ledger

COALITION = "willing"
"""The one that a first start points to; it is recorded last, so that it is there only if all are."""
COALITIONS = ("haiti", COALITION)
"""Each has a folder of files in ``examples/``, loaded in the order of their names."""
RECORDED_BY = "example"
KEY_NAME = "local"
FOLDER = Path(__file__).parents[2] / "examples"
FACTS_PER_BATCH = 1_000


def load_on_first_start(ledger: Ledger) -> bool:
    """Record the examples if nothing else is on record; returns whether any was. Raises ``CommandFailed``.

    Each is one list, recorded whole or not at all, so an interrupted first start can be repeated.
    """
    on_record = {item.coalition for item in ledger.coalitions()}
    if COALITION in on_record or not on_record <= set(COALITIONS):
        return False
    with in_process(ledger, RECORDED_BY) as client:
        for coalition in COALITIONS:
            if coalition not in on_record:
                send(client, coalition, _facts_of(coalition), FACTS_PER_BATCH)
    return True


def make_key_on_first_start(ledger: Ledger) -> str | None:
    """Create a key if the ledger has never had one; returns its secret."""
    keys = Keys(ledger)
    return None if keys.list() else keys.add(KEY_NAME)


def _facts_of(coalition: str) -> list[PreparedFact]:
    files = sorted((FOLDER / coalition).glob("*.yaml"))
    return [fact for file in files for fact in prepare(coalition, facts_in_file(file.read_bytes(), file.name, "yaml"))]
