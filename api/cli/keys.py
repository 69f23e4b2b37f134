"""``coalition keys``: a secret goes to stdout, once and alone; everything about it to stderr."""

import json
import os
import sys
from contextlib import AbstractContextManager

from api.cli.client import local_ledger
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import say
from api.cli.tables.lists import show_keys
from api.wording.phrases import count
from domain.ledger import Keys, Ledger


def add(database_url: str, name: str) -> None:
    """Create a key. Raises ``CommandFailed``."""
    with _ledger(database_url) as ledger:
        try:
            secret = Keys(ledger).add(name)
        except ValueError as error:
            raise CommandFailed(str(error), MISUSED) from None
    say(f"Key for {name}, shown only once. Send it as Authorization: Bearer, or set COALITION_KEY.")
    sys.stdout.write(secret + "\n")
    sys.stdout.flush()


def show_all(database_url: str, *, as_json: bool) -> None:
    """List the keys. Raises ``CommandFailed``."""
    with _ledger(database_url) as ledger:
        keys = [key._asdict() for key in Keys(ledger).list()]
    if as_json:
        sys.stdout.write(json.dumps({"keys": keys}) + "\n")
    else:
        show_keys(keys)


def revoke(database_url: str, id_or_name: str) -> None:
    """Revoke keys. Raises ``CommandFailed`` if none is active."""
    with _ledger(database_url) as ledger:
        revoked = Keys(ledger).revoke(id_or_name)
    if not revoked:
        raise CommandFailed(f"no active key {id_or_name}; see `coalition keys list`")
    say(f"{count(revoked, 'key')} revoked.")


def _ledger(database_url: str) -> AbstractContextManager[Ledger]:
    """The ledger with the keys, which must exist: a service accepts the keys of its own store only."""
    hint = "name another with --database or COALITION_DATABASE_URL"
    if service := os.environ.get("COALITION_URL"):
        hint = f"the keys of {service} are in its own store: name that with --database or COALITION_DATABASE_URL"
    return local_ledger(database_url, create=False, hint=hint)
