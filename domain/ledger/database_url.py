"""The address of the store: one URL, ``sqlite:///relative``, ``sqlite:////absolute`` or ``postgresql://...``."""

from typing import NamedTuple
from urllib.parse import unquote

FORMS = "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host:port/database"


class SqliteFile(NamedTuple):
    """A SQLite database in one file."""

    path: str


class PostgresServer(NamedTuple):
    """A PostgreSQL database: a connection URI for libpq, with its parameters."""

    uri: str


def parse(database_url: str) -> SqliteFile | PostgresServer:
    """Read a database URL; raises ``ValueError`` with the possible forms, never with the URL's password."""
    scheme, separator, rest = database_url.partition("://")
    if separator and scheme == "sqlite":
        return _sqlite(rest)
    if separator and scheme in {"postgresql", "postgres"}:
        return _postgres(database_url)
    raise ValueError(f"the database URL must be {FORMS}")


def _sqlite(rest: str) -> SqliteFile:
    host, slash, path = rest.partition("/")
    if host or not slash or not path or path.endswith("/") or "?" in path or "\0" in unquote(path):
        raise ValueError(f"a SQLite URL names only a file: {FORMS}")
    if ":memory:" in path:
        raise ValueError("a ledger in memory would be lost; name a file")
    return SqliteFile(unquote(path))


def _postgres(database_url: str) -> PostgresServer:
    import psycopg.conninfo  # here, because it takes a sixth of a second, which SQLite need not wait for

    try:
        known = psycopg.conninfo.conninfo_to_dict(database_url)
    except psycopg.ProgrammingError:
        raise ValueError(f"the PostgreSQL URL is not valid; it must be {FORMS}") from None
    if not known.get("dbname"):
        raise ValueError(f"the PostgreSQL URL names no database: {FORMS}")
    # libpq checks the ports, one for each host, only when it connects.
    if not all(port.isdecimal() for port in str(known.get("port") or "5432").split(",")):
        raise ValueError(f"the PostgreSQL URL's port is not a number: {FORMS}")
    return PostgresServer(database_url)
