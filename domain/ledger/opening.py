"""Opens the store that a database URL names; the only module that imports the stores."""

from domain.ledger.database_url import SqliteFile, parse
from domain.ledger.outages import store_errors
from domain.ledger.recorders import LedgerRecorder


def open_recorder(database_url: str, *, create: bool) -> LedgerRecorder:
    """Open the store that the URL names, and bring its tables to this program's version; make one if ``create``.

    Raises ``ValueError`` for a URL that is not valid, ``NoLedger``, ``StoreUnavailable``, ``NewerSchema``.
    """
    # Only the store in use is imported, with its driver.
    match parse(database_url):
        case SqliteFile(path):
            from domain.ledger.sqlite import SqliteRecorder

            with store_errors():
                return SqliteRecorder(path, create=create)
        case server:
            from domain.ledger.postgres import PostgresRecorder

            with store_errors():
                return PostgresRecorder(server.uri, create=create)
