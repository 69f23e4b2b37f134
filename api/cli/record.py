"""``coalition record``: files of facts, with a progress bar."""

import getpass
import json
import sys
from collections.abc import Sequence

import httpx

from api.cli.client import Target, asking, coalition_named
from api.cli.failures import MISUSED, CommandFailed
from api.cli.output import progress_bar, say
from api.cli.recording import Outcome, PreparedFact, prepared, send
from api.files.facts import FactInFile, content_of, facts_in_file, format_of
from api.wording.phrases import count


def record(
    files: Sequence[str],
    coalition: str | None,
    format_name: str | None,
    *,
    batch: int,
    recorded_by: str,
    where: Target,
    as_json: bool,
) -> None:
    """Record the facts of files, in their order. Raises ``CommandFailed``."""
    written = [_read(file, format_of(file, format_name)) for file in files]
    with asking(where, recorded_by, is_made=True) as client:
        named = coalition_named(client, coalition)
        facts = [fact for of_file in written for fact in prepared(named, of_file)]
        outcome = _sent(client, named, facts, batch)
    _tell(outcome, as_json=as_json)


def name_to_record_by(where: Target, name: str | None) -> str:
    """Who records: into a local store the one named, or else the user of this machine. Raises ``CommandFailed``."""
    if where.url and name:
        raise CommandFailed("--as applies only to a local store; a service takes the name from the key", MISUSED)
    return name or getpass.getuser()


def _read(file: str, format_name: str) -> list[FactInFile]:
    found = facts_in_file(content_of(file), "standard input" if file == "-" else file, format_name)
    if not found:
        raise CommandFailed(f"{file} contains no facts")
    return found


def _sent(client: httpx.Client, coalition: str, facts: Sequence[PreparedFact], batch: int) -> Outcome:
    with progress_bar() as bar:
        task = bar.add_task(f"recording {coalition}", total=len(facts))
        return send(client, coalition, facts, batch, lambda done: bar.update(task, completed=done))


def _tell(outcome: Outcome, *, as_json: bool) -> None:
    said = f"{outcome.coalition}: {count(outcome.recorded, 'fact')} recorded"
    if outcome.already_recorded:
        said += f", {outcome.already_recorded:,} already on record"
    say(f"{said}; the record now has {count(outcome.sequence, 'event')}." if outcome.sequence else f"{said}.")
    if as_json:
        numbers = {name: getattr(outcome, name) for name in Outcome.__slots__ if name != "sequence"}
        sys.stdout.write(json.dumps(numbers | {"sequence": outcome.sequence}) + "\n")
